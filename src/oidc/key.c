#include "oidc/inner.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <sodium.h>

/* Public keys as JSON has them (RFC 7517, RFC 7518), and signatures by them. */

enum { RSA_LEAST = 2048 / 8, RSA_MOST = 8192 / 8, EXPONENT_MOST = 8, P256_BYTES = 32 };

bool base64url_read(struct str s, struct arena *arena, struct str *ret)
{
	const char *end = NULL;
	uint8_t *to = arena_alloc(arena, s.n + 1);
	size_t n = 0;

	/* The library takes some bytes beyond ASCII for digits. */
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_digit(s.p[i]) && !char_is_alpha(s.p[i]) && s.p[i] != '-' &&
		    s.p[i] != '_')
			return false;
	if (sodium_base642bin(to, s.n + 1, s.n ? s.p : "", s.n, NULL, &n, &end,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    (s.n && end != s.p + s.n))
		return false;
	*ret = str_from((const char *)to, n);
	return true;
}

void base64url_add(struct text *to, struct str bytes)
{
	size_t room = sodium_base64_ENCODED_LEN(bytes.n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *p = text_room(to, room);

	sodium_bin2base64(p, room, (const unsigned char *)bytes.p, bytes.n,
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	to->n += strlen(p);
}

/* --- reading ------------------------------------------------------------------------------------
 */

static bool member(struct json_value o, const char *name, struct arena *arena, struct str *ret)
{
	return base64url_read(json_str_or(o, name, STR("")), arena, ret) && ret->n;
}

/* Is it for signatures?  Nothing said is yes. */
static bool may_sign(struct json_value o)
{
	struct json_value ops, one;
	struct str s;

	if (!str_is(json_str_or(o, "use", STR("sig")), "sig"))
		return false;
	if (!json_get(o, "key_ops", &ops))
		return true;
	for (struct json_iter it = json_iter(ops); json_next(&it, &one);)
		if (json_str(one, &s) && str_is(s, "verify"))
			return true;
	return false;
}

static bool key_read(struct json_value o, struct arena *arena, struct jwk *ret)
{
	struct str type = json_str_or(o, "kty", STR(""));
	struct jwk k = {.id = arena_str(arena, json_str_or(o, "kid", STR(""))),
			.alg = arena_str(arena, json_str_or(o, "alg", STR("")))};

	if (!may_sign(o))
		return false;
	if (str_is(type, "RSA")) {
		k.kind = JWK_RSA;
		if (!member(o, "n", arena, &k.a) || !member(o, "e", arena, &k.b))
			return false;
		return *ret = k, k.a.n >= RSA_LEAST && k.a.n <= RSA_MOST && k.b.n <= EXPONENT_MOST;
	}
	if (!str_is(type, "EC") || !str_is(json_str_or(o, "crv", STR("")), "P-256"))
		return false;
	k.kind = JWK_P256;
	if (!member(o, "x", arena, &k.a) || !member(o, "y", arena, &k.b))
		return false;
	return *ret = k, k.a.n == P256_BYTES && k.b.n == P256_BYTES;
}

bool jwks_read(struct str json, struct arena *arena, struct jwks *ret, struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct json_value root, keys, one;
	struct jwks out = {0};
	struct jwk k;
	size_t cap = 0;

	if (!json_parse(doc, json, 0, &root, err))
		return err_wrap(err, "the provider's keys");
	if (!json_get(root, "keys", &keys) || json_type(keys) != JSON_ARRAY)
		return err_set(err, ERR_DENIED, "the provider's keys are no set of keys");
	for (struct json_iter it = json_iter(keys); json_next(&it, &one) && out.n < OIDC_KEYS_MAX;)
		if (key_read(one, arena, &k))
			ARENA_PUSH(arena, &out, cap, k);
	*ret = out;
	return true;
}

/* --- verifying -----------------------------------------------------------------------------------
 */

static void pkey_freep(EVP_PKEY **p)
{
	EVP_PKEY_free(*p);
}
static void pkey_ctx_freep(EVP_PKEY_CTX **p)
{
	EVP_PKEY_CTX_free(*p);
}
static void md_ctx_freep(EVP_MD_CTX **p)
{
	EVP_MD_CTX_free(*p);
}
static void params_freep(OSSL_PARAM **p)
{
	OSSL_PARAM_free(*p);
}
static void build_freep(OSSL_PARAM_BLD **p)
{
	OSSL_PARAM_BLD_free(*p);
}
static void bn_freep(BIGNUM **p)
{
	BN_free(*p);
}

static BIGNUM *number(struct str bytes)
{
	return BN_bin2bn((const unsigned char *)bytes.p, (int)bytes.n, NULL);
}

static EVP_PKEY *pkey_from(const char *type, OSSL_PARAM *params)
{
	AUTO(pkey_ctx_freep) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (!ctx || !params || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		return NULL;
	return key;
}

static EVP_PKEY *rsa_key(const struct jwk *k)
{
	AUTO(build_freep) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	AUTO(params_freep) OSSL_PARAM *params = NULL;
	AUTO(bn_freep) BIGNUM *n = number(k->a);
	AUTO(bn_freep) BIGNUM *e = number(k->b);

	/* An even or small exponent, or a short modulus behind zeros, is no key. */
	if (!build || !n || !e || !BN_is_odd(e) || BN_is_one(e) || BN_num_bits(n) < RSA_LEAST * 8 ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e))
		return NULL;
	params = OSSL_PARAM_BLD_to_param(build);
	return pkey_from("RSA", params);
}

static EVP_PKEY *p256_key(const struct jwk *k)
{
	AUTO(build_freep) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	AUTO(params_freep) OSSL_PARAM *params = NULL;
	unsigned char point[1 + 2 * P256_BYTES] = {4}; /* not compressed (SEC 1, 2.3.3) */

	memcpy(point + 1, k->a.p, P256_BYTES);
	memcpy(point + 1 + P256_BYTES, k->b.p, P256_BYTES);
	if (!build ||
	    !OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)))
		return NULL;
	params = OSSL_PARAM_BLD_to_param(build);
	return pkey_from("EC", params); /* refuses a point that is not on the curve */
}

static bool check(EVP_PKEY *key, enum jws_alg alg, struct str message, struct str signature)
{
	AUTO(md_ctx_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey = NULL; /* ctx's own */

	if (!ctx || EVP_DigestVerifyInit(ctx, &pkey, EVP_sha256(), NULL, key) <= 0)
		return false;
	/* RFC 7518, 3.5: MGF1 with SHA-256, a salt as long as the hash. */
	if (alg == JWS_PS256 &&
	    (EVP_PKEY_CTX_set_rsa_padding(pkey, RSA_PKCS1_PSS_PADDING) <= 0 ||
	     EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey, RSA_PSS_SALTLEN_DIGEST) <= 0))
		return false;
	return EVP_DigestVerify(ctx, (const unsigned char *)signature.p, signature.n,
				(const unsigned char *)message.p, message.n) == 1;
}

/* RFC 7518, 3.4: R and S, 32 bytes each; OpenSSL takes them as DER. */
static bool check_p256(EVP_PKEY *key, struct str message, struct str signature)
{
	ECDSA_SIG *sig;
	BIGNUM *r, *s;
	unsigned char *der = NULL;
	int n;
	bool ok;

	if (signature.n != 2 * P256_BYTES)
		return false;
	sig = ECDSA_SIG_new();
	r = number(str_sub(signature, 0, P256_BYTES));
	s = number(str_from_offset(signature, P256_BYTES));
	if (!sig || !r || !s || !ECDSA_SIG_set0(sig, r, s)) {
		BN_free(r);
		BN_free(s);
		ECDSA_SIG_free(sig);
		return false;
	}
	n = i2d_ECDSA_SIG(sig, &der);
	ok = n > 0 && check(key, JWS_ES256, message, str_from((const char *)der, (size_t)n));
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
	return ok;
}

bool jwk_verify(const struct jwk *k, enum jws_alg alg, struct str message, struct str signature)
{
	AUTO(pkey_freep) EVP_PKEY *key = k->kind == JWK_RSA ? rsa_key(k) : p256_key(k);

	if (!key || (k->kind == JWK_P256) != (alg == JWS_ES256))
		return false;
	return alg == JWS_ES256 ? check_p256(key, message, signature)
				: check(key, alg, message, signature);
}
