#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "oidc/inner.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "base/mem.h"
#include "test_store.h"

/* Tokens by keys made here, true and hostile ones; the cookie; settings; a provider's document. */

#define NOW_MS INT64_C(1494579600000) /* 2017-05-12T09:00Z */
#define NOW_S "1494579600"

static EVP_PKEY *rsa, *other_rsa, *p256;
static struct text keys; /* the set: rsa as "r", p256 as "e" */

static void add_member(struct text *to, const char *name, const unsigned char *p, size_t n)
{
	text_addf(to, ",\"%s\":\"", name);
	base64url_add(to, str_from((const char *)p, n));
	text_add_char(to, '"');
}

static void add_rsa(struct text *to, EVP_PKEY *key, const char *more)
{
	static const char *const names[] = {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E};
	static const char *const members[] = {"n", "e"};

	text_addf(to, "{\"kty\":\"RSA\"%s", more);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		unsigned char bytes[1024];
		BIGNUM *bn = NULL;
		int n;

		assert_int_equal(EVP_PKEY_get_bn_param(key, names[i], &bn), 1);
		n = BN_bn2bin(bn, bytes);
		add_member(to, members[i], bytes, (size_t)n);
		BN_free(bn);
	}
	text_add_char(to, '}');
}

static void add_p256(struct text *to, EVP_PKEY *key, const char *more)
{
	unsigned char point[65];
	size_t n = 0;

	assert_int_equal(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point,
							 sizeof(point), &n),
			 1);
	assert_int_equal(n, 65);
	text_addf(to, "{\"crv\":\"P-256\",\"kty\":\"EC\"%s", more);
	add_member(to, "x", point + 1, 32);
	add_member(to, "y", point + 33, 32);
	text_add_char(to, '}');
}

static int make_keys(void **state UNUSED)
{
	rsa = EVP_RSA_gen(2048);
	other_rsa = EVP_RSA_gen(2048);
	p256 = EVP_EC_gen("P-256");
	text_add_c(&keys, "{\"keys\":[");
	add_rsa(&keys, rsa, ",\"kid\":\"r\",\"use\":\"sig\"");
	text_add_char(&keys, ',');
	add_p256(&keys, p256, ",\"kid\":\"e\",\"alg\":\"ES256\"");
	text_add_c(&keys, "]}");
	return !rsa || !other_rsa || !p256;
}

static int drop_keys(void **state UNUSED)
{
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(other_rsa);
	EVP_PKEY_free(p256);
	text_free(&keys);
	return 0;
}

/* --- making tokens ------------------------------------------------------------------------------
 */

struct making {
	EVP_PKEY *key;
	const char *header, *payload;
	bool pss;
};

static void sign(const struct making *m, struct str message, struct text *to)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey = NULL;
	unsigned char sig[1024], raw[64];
	size_t n = sizeof(sig);

	assert_int_equal(EVP_DigestSignInit(ctx, &pkey, EVP_sha256(), NULL, m->key), 1);
	if (m->pss) {
		assert_true(EVP_PKEY_CTX_set_rsa_padding(pkey, RSA_PKCS1_PSS_PADDING) > 0);
		assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey, RSA_PSS_SALTLEN_DIGEST) > 0);
	}
	assert_int_equal(EVP_DigestSign(ctx, sig, &n, (const unsigned char *)message.p, message.n),
			 1);
	EVP_MD_CTX_free(ctx);
	if (EVP_PKEY_is_a(m->key, "EC")) {
		const unsigned char *p = sig;
		ECDSA_SIG *parts = d2i_ECDSA_SIG(NULL, &p, (long)n);

		assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(parts), raw, 32), 32);
		assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(parts), raw + 32, 32), 32);
		ECDSA_SIG_free(parts);
		base64url_add(to, str_from((const char *)raw, 64));
		return;
	}
	base64url_add(to, str_from((const char *)sig, n));
}

static void make(const struct making *m, struct text *to)
{
	AUTO(text_freep) struct text message = {0};

	base64url_add(&message, str_of(m->header));
	text_add_char(&message, '.');
	base64url_add(&message, str_of(m->payload));
	text_clear(to);
	text_add(to, text_str(&message));
	text_add_char(to, '.');
	if (m->key)
		sign(m, text_str(&message), to);
}

#define RS "{\"alg\":\"RS256\",\"kid\":\"r\"}"
#define ES "{\"alg\":\"ES256\",\"kid\":\"e\"}"
#define TIMES "\"exp\":1494580200,\"iat\":" NOW_S
#define WHO "\"sub\":\"s1\",\"email\":\"ann@example.org\""
#define REST TIMES ",\"nonce\":\"n-0\"," WHO
#define GOOD "{\"iss\":\"https://id.example\",\"aud\":\"lp\"," REST "}"

static const struct oidc_expect expect = {.issuer = STR("https://id.example"),
					  .client_id = STR("lp"),
					  .nonce = STR("n-0"),
					  .claim = STR("email"),
					  .second = STR("urn:mfa"),
					  .now_ms = NOW_MS};

static enum err_code read_code(struct str token, const struct oidc_expect *e, struct oidc_said *ret)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct oidc_expect with = *e;
	static struct oidc_said said;
	struct err err = {0};

	if (!with.keys.n)
		with.keys = text_str(&keys);
	if (!oidc_token_read(token, &with, arena, &said, &err)) {
		assert_true(err.text[0]);
		return err.code;
	}
	assert_true(str_is(said.address, "ann@example.org"));
	assert_true(str_is(said.subject, "s1"));
	if (ret)
		*ret = said;
	return ERR_NONE;
}

static enum err_code made_code(struct making m)
{
	AUTO(text_freep) struct text token = {0};

	make(&m, &token);
	return read_code(text_str(&token), &expect, NULL);
}

static void true_tokens_are_believed(void **state UNUSED)
{
	static const char *const payloads[] = {
		GOOD,
		"{\"iss\":\"https://id.example\",\"aud\":[\"lp\"]," REST "}",
		"{\"iss\":\"https://id.example\",\"aud\":[\"a\",\"lp\"],\"azp\":\"lp\"," REST "}",
		"{\"iss\":\"https://id.example\",\"aud\":\"lp\",\"email_verified\":true," REST "}",
		"{\"iss\":\"https://id.example\",\"aud\":\"lp\",\"email_verified\":\"true\"," REST
		"}",
		"{\"iss\":\"https://id.example\",\"aud\":\"lp\",\"nbf\":" NOW_S ".5," REST "}",
	};

	for (size_t i = 0; i < ARRAY_LEN(payloads); i++) {
		assert_int_equal(made_code((struct making){rsa, RS, payloads[i], false}), ERR_NONE);
		assert_int_equal(made_code((struct making){p256, ES, payloads[i], false}),
				 ERR_NONE);
	}
	assert_int_equal(
		made_code((struct making){rsa, "{\"alg\":\"PS256\",\"kid\":\"r\"}", GOOD, true}),
		ERR_NONE);
	/* The only key of its kind need not be named. */
	assert_int_equal(made_code((struct making){rsa, "{\"alg\":\"RS256\"}", GOOD, false}),
			 ERR_NONE);
}

/* Signed rightly, and still not for us, not now, or of nobody. */
static void what_is_said_is_judged(void **state UNUSED)
{
#define ISS "\"iss\":\"https://id.example\""
#define AUD "\"aud\":\"lp\""
	static const char *const payloads[] = {
		"[]",
		"not json",
		"{}",
		"{\"iss\":\"https://id.example/\"," AUD "," REST "}",
		"{\"iss\":\"https://evil.example\"," AUD "," REST "}",
		"{" AUD "," REST "}",
		"{" ISS "," REST "}",
		"{" ISS ",\"aud\":\"lp2\"," REST "}",
		"{" ISS ",\"aud\":[]," REST "}",
		"{" ISS ",\"aud\":[\"a\",\"lp\"]," REST "}",
		"{" ISS ",\"aud\":[\"a\",\"lp\"],\"azp\":\"a\"," REST "}",
		"{" ISS "," AUD ",\"azp\":\"a\"," REST "}",
		"{" ISS "," AUD ",\"aud\":\"other\"," REST "}",
		"{" ISS "," AUD ",\"nonce\":\"n-0\"," WHO "}",
		"{" ISS "," AUD ",\"exp\":1494579540,\"iat\":1494579000,\"nonce\":\"n-0\"," WHO "}",
		"{" ISS "," AUD ",\"exp\":\"1494580200\",\"iat\":" NOW_S ",\"nonce\":\"n-0\"," WHO
		"}",
		"{" ISS "," AUD ",\"exp\":1e300,\"iat\":" NOW_S ",\"nonce\":\"n-0\"," WHO "}",
		"{" ISS "," AUD ",\"exp\":1494580200,\"iat\":1494579700,\"nonce\":\"n-0\"," WHO "}",
		"{" ISS "," AUD ",\"exp\":1494580200,\"iat\":1494578000,\"nonce\":\"n-0\"," WHO "}",
		"{" ISS "," AUD ",\"nbf\":1494579700," REST "}",
		"{" ISS "," AUD ",\"nbf\":\"soon\"," REST "}",
		"{" ISS "," AUD "," TIMES "," WHO "}",
		"{" ISS "," AUD "," TIMES ",\"nonce\":\"n-1\"," WHO "}",
		"{" ISS "," AUD "," TIMES ",\"nonce\":\"\"," WHO "}",
		"{" ISS "," AUD "," TIMES ",\"nonce\":\"n-0\",\"sub\":\"s1\"}",
		"{" ISS "," AUD "," TIMES ",\"nonce\":\"n-0\",\"email\":\"ann@example.org\"}",
		"{" ISS "," AUD "," TIMES
		",\"nonce\":\"n-0\",\"sub\":\"s1\",\"email\":[\"a@b.c\"]}",
		"{" ISS "," AUD ",\"email_verified\":false," REST "}",
		"{" ISS "," AUD ",\"email_verified\":\"no\"," REST "}",
		"{" ISS "," AUD ",\"email_verified\":1," REST "}",
	};

	for (size_t i = 0; i < ARRAY_LEN(payloads); i++)
		if (made_code((struct making){rsa, RS, payloads[i], false}) != ERR_DENIED)
			fail_msg("believed: %s", payloads[i]);
}

/* The attacks that tokens of this kind are known for (RFC 8725). */
static void what_is_signed_otherwise_is_not_believed(void **state UNUSED)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\"}",
		"{\"alg\":\"None\",\"kid\":\"r\"}",
		"{\"alg\":\"\",\"kid\":\"r\"}",
		"{\"kid\":\"r\"}",
		"{\"alg\":\"HS256\",\"kid\":\"r\"}",
		"{\"alg\":\"rs256\",\"kid\":\"r\"}",
		"{\"alg\":[\"RS256\"],\"kid\":\"r\"}",
		"{\"alg\":\"RS256\",\"alg\":\"none\",\"kid\":\"r\"}",
		"{\"alg\":\"RS512\",\"kid\":\"r\"}",
		"{\"alg\":\"PS256\",\"kid\":\"r\"}",
		"{\"alg\":\"RS256\",\"crit\":[\"b64\"],\"b64\":false,\"kid\":\"r\"}",
		"[\"alg\",\"RS256\"]",
		"RS256",
	};
	AUTO(text_freep) struct text t = {0};

	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		assert_int_equal(made_code((struct making){rsa, headers[i], GOOD, false}),
				 ERR_DENIED);
		assert_int_equal(made_code((struct making){NULL, headers[i], GOOD, false}),
				 ERR_DENIED);
	}
	/* A key that the provider doesn't show, or shows for another kind of signature. */
	assert_int_equal(made_code((struct making){other_rsa, RS, GOOD, false}), ERR_DENIED);
	assert_int_equal(
		made_code((struct making){rsa, "{\"alg\":\"RS256\",\"kid\":\"x\"}", GOOD, false}),
		ERR_NOT_FOUND);
	assert_int_equal(
		made_code((struct making){rsa, "{\"alg\":\"RS256\",\"kid\":\"e\"}", GOOD, false}),
		ERR_NOT_FOUND);
	assert_int_equal(
		made_code((struct making){p256, "{\"alg\":\"ES256\",\"kid\":\"r\"}", GOOD, false}),
		ERR_NOT_FOUND);
	/* Its own key, brought along. */
	text_add_c(&t, "{\"alg\":\"RS256\",\"jku\":\"https://evil.example/\",\"jwk\":");
	add_rsa(&t, other_rsa, "");
	text_add_c(&t, "}");
	assert_int_equal(made_code((struct making){other_rsa, text_c(&t), GOOD, false}),
			 ERR_DENIED);
}

static void every_byte_counts(void **state UNUSED)
{
	AUTO(text_freep) struct text token = {0};

	make(&(struct making){p256, ES, GOOD, false}, &token);
	for (size_t i = 0; i < token.n; i++) {
		char was = token.p[i];

		token.p[i] = was == 'A' ? 'B' : 'A';
		assert_int_not_equal(read_code(text_str(&token), &expect, NULL), ERR_NONE);
		token.p[i] = was;
		assert_int_not_equal(read_code(str_sub(text_str(&token), 0, i), &expect, NULL),
				     ERR_NONE);
	}
	text_add_char(&token, '.');
	assert_int_equal(read_code(text_str(&token), &expect, NULL), ERR_DENIED);
	while (token.n <= OIDC_TOKEN_MAX)
		text_add_c(&token, "AAAA");
	assert_int_equal(read_code(text_str(&token), &expect, NULL), ERR_DENIED);
}

static void two_factors_are_two_kinds(void **state UNUSED)
{
	static const struct {
		const char *said;
		bool second;
	} cases[] = {
		{"\"amr\":[\"mfa\"]", true},
		{"\"amr\":[\"pwd\",\"otp\"]", true},
		{"\"amr\":[\"pin\",\"hwk\"]", true},
		{"\"amr\":[\"pwd\"]", false},
		{"\"amr\":[\"pwd\",\"pin\",\"kba\"]", false},
		{"\"amr\":[\"pwd\",\"sms\"]", false},
		{"\"amr\":[\"otp\"]", false},
		{"\"amr\":\"mfa\"", false},
		{"\"amr\":[[\"mfa\"]]", false},
		{"\"acr\":\"urn:mfa\"", true},
		{"\"acr\":\"urn:other\"", false},
		{"\"acr\":[\"urn:mfa\"]", false},
	};
	AUTO(text_freep) struct text token = {0};
	struct oidc_said said;
	char payload[400];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		snprintf(payload, sizeof(payload), "{" ISS "," AUD ",%s," REST "}", cases[i].said);
		make(&(struct making){rsa, RS, payload, false}, &token);
		assert_int_equal(read_code(text_str(&token), &expect, &said), ERR_NONE);
		assert_int_equal(said.second, cases[i].second);
	}
}

/* --- keys
 * ------------------------------------------------------------------------------------------ */

static void keys_for_other_things_are_none(void **state UNUSED)
{
	static const char *const more[] = {
		",\"kid\":\"r\",\"use\":\"enc\"", ",\"kid\":\"r\",\"alg\":\"RS512\"",
		",\"kid\":\"r\",\"key_ops\":[\"sign\"]", ",\"kid\":\"r2\""};
	static const char *const sets[] = {"", "{}", "[]", "{\"keys\":{}}", "{\"keys\":\"r\"}"};
	AUTO(text_freep) struct text token = {0};
	AUTO(text_freep) struct text set = {0};
	struct oidc_expect with = expect;

	make(&(struct making){rsa, RS, GOOD, false}, &token);
	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		text_clear(&set);
		text_add_c(&set,
			   "{\"keys\":[null,1,{\"kty\":\"oct\",\"kid\":\"r\",\"k\":\"AAAA\"},");
		add_rsa(&set, rsa, more[i]);
		text_add_c(&set, "]}");
		with.keys = text_str(&set);
		assert_int_equal(read_code(text_str(&token), &with, NULL), ERR_NOT_FOUND);
	}
	for (size_t i = 1; i < ARRAY_LEN(sets); i++) {
		with.keys = str_of(sets[i]);
		assert_int_not_equal(read_code(text_str(&token), &with, NULL), ERR_NONE);
	}
	/* The same name twice: which? */
	text_clear(&set);
	text_add_c(&set, "{\"keys\":[");
	add_rsa(&set, rsa, ",\"kid\":\"r\"");
	text_add_char(&set, ',');
	add_rsa(&set, other_rsa, ",\"kid\":\"r\"");
	text_add_c(&set, "]}");
	with.keys = text_str(&set);
	assert_int_equal(read_code(text_str(&token), &with, NULL), ERR_DENIED);
}

/* A short modulus, an exponent of one, a point beside the curve: RFC 8725, 3.5. */
static void weak_keys_are_none(void **state UNUSED)
{
	unsigned char big[256] = {0x80}, point[32] = {1};
	struct jwk one = {
		.kind = JWK_RSA, .a = str_from((const char *)big, sizeof(big)), .b = STR("\x01")};
	struct jwk beside = {.kind = JWK_P256,
			     .a = str_from((const char *)point, 32),
			     .b = str_from((const char *)point, 32)};
	AUTO(text_freep) struct text token = {0};
	AUTO(text_freep) struct text set = {0};
	struct oidc_expect with = expect;
	EVP_PKEY *small = EVP_RSA_gen(1024);

	big[255] = 1;
	assert_false(jwk_verify(&one, JWS_RS256, STR("m"), one.a));
	assert_false(jwk_verify(&beside, JWS_ES256, STR("m"), str_from((const char *)big, 64)));
	make(&(struct making){small, RS, GOOD, false}, &token);
	text_add_c(&set, "{\"keys\":[");
	add_rsa(&set, small, ",\"kid\":\"r\"");
	text_add_c(&set, "]}");
	with.keys = text_str(&set);
	assert_int_equal(read_code(text_str(&token), &with, NULL), ERR_NOT_FOUND);
	EVP_PKEY_free(small);
}

/* --- the provider's document, addresses
 * ------------------------------------------------------------ */

#define PLACES                                                                                     \
	"\"authorization_endpoint\":\"https://id.example/a?x=1\",\"token_endpoint\":"              \
	"\"https://id.example/t\",\"jwks_uri\":\"https://id.example/k\""

static void a_document_is_of_its_issuer(void **state UNUSED)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"issuer\":\"https://evil.example\"," PLACES "}",
		"{\"issuer\":\"https://id.example\"}",
		"{\"issuer\":\"https://"
		"id.example\",\"response_types_supported\":[\"id_token\"]," PLACES "}",
		"{\"issuer\":\"https://id.example\",\"authorization_endpoint\":\"http://id.example/"
		"a\","
		"\"token_endpoint\":\"https://id.example/t\",\"jwks_uri\":\"https://id.example/"
		"k\"}",
		"{\"issuer\":\"https://id.example\",\"authorization_endpoint\":"
		"\"https://id.example/a\\r\\nSet-Cookie: "
		"x\",\"token_endpoint\":\"https://id.example/t\","
		"\"jwks_uri\":\"https://id.example/k\"}",
	};
	struct provider p = {0};
	struct err err = {0};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(provider_read(str_of(bad[i]), STR("https://id.example"), &p, &err));
	assert_true(provider_read(STR("{\"issuer\":\"https://id.example\"," PLACES "}"),
				  STR("https://id.example"), &p, &err));
	assert_false(p.post_secret);
	provider_free(&p);
	assert_true(provider_read(
		STR("{\"issuer\":\"https://id.example\",\"token_endpoint_auth_methods_supported\":["
		    "\"client_secret_post\"],\"authorization_response_iss_parameter_supported\":"
		    "true," PLACES "}"),
		STR("https://id.example"), &p, &err));
	assert_true(p.post_secret && p.says_issuer);
	add_query(&p.authorization, "state", STR("a b&c"));
	assert_true(str_is(text_str(&p.authorization), "https://id.example/a?x=1&state=a%20b%26c"));
	provider_free(&p);
}

static void addresses_are_of_the_web(void **state UNUSED)
{
	static const char *const good[] = {"https://id.example", "https://id.example:8443/a/b?c=d",
					   "https://[2001:470::1]/"};
	static const char *const bad[] = {"",
					  "http://id.example",
					  "https://",
					  "https:///a",
					  "https://:443",
					  "https://user@id.example",
					  "https://id.example/ a",
					  "https://id.example/#a",
					  "https://id.example\\@evil.example",
					  "https://\xc3\xa9.example",
					  "file:///etc/passwd"};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(address_good(str_of(good[i])));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(address_good(str_of(bad[i])));
}

/* --- with a store
 * ------------------------------------------------------------------------------------ */

struct house {
	char folder[64], path[96], key_path[104];
	struct store *store;
	struct site_key *key;
	struct clock clock;
	struct oidc *oidc;
};

static int open_house(void **state)
{
	static const struct store_table *const tables[] = {oidc_tables, NULL};
	struct house *h = mem_zero(1, sizeof(*h));
	struct err err = {0};

	snprintf(h->folder, sizeof(h->folder), "/tmp/lynchpin-oidc-XXXXXX");
	assert_non_null(mkdtemp(h->folder));
	snprintf(h->path, sizeof(h->path), "%s/s.db", h->folder);
	snprintf(h->key_path, sizeof(h->key_path), "%s.key", h->path);
	h->clock = clock_fixed(NOW_MS);
	test_store_at(h->path);
	if (!store_open(
		    &(struct store_config){.path = h->path, .mode = STORE_CREATE, .tables = tables},
		    &h->store, &err) ||
	    !site_key_create(h->key_path, &h->key, &err) ||
	    !oidc_open(&(struct oidc_config){.store = h->store, .key = h->key, .clock = &h->clock},
		       &h->oidc, &err))
		fail_msg("%s", err.text);
	*state = h;
	return 0;
}

static int close_house(void **state)
{
	struct house *h = *state;
	char line[160];

	oidc_close(h->oidc);
	site_key_close(h->key);
	store_close(h->store);
	snprintf(line, sizeof(line), "rm -r %s", h->folder);
	assert_int_equal(system(line), 0);
	free(h);
	return 0;
}

static const struct oidc_settings settings = {.issuer = STR("https://id.example"),
					      .client_id = STR("lp"),
					      .claim = STR("email"),
					      .address = STR("https://console.example")};

static void settings_are_kept_and_the_secret_sealed(void **state)
{
	static const struct oidc_settings bad[] = {
		{.issuer = STR("http://id.example"), .client_id = STR("lp"), .claim = STR("email")},
		{.issuer = STR("https://id.example?a"),
		 .client_id = STR("lp"),
		 .claim = STR("email")},
		{.issuer = STR("https://id.example"), .claim = STR("email")},
		{.issuer = STR("https://id.example"),
		 .client_id = STR("l\np"),
		 .claim = STR("email")},
		{.issuer = STR("https://id.example"),
		 .client_id = STR("lp"),
		 .claim = STR("email"),
		 .address = STR("https://console.example/path")},
	};
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text secret = {0};
	struct house *h = *state;
	struct oidc_settings got;
	struct err err = {0};

	assert_true(oidc_settings(h->oidc, arena, &got, &err));
	assert_false(got.issuer.n);
	assert_false(oidc_end(h->oidc, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_false(oidc_set(h->oidc, &bad[i], STR("s3cret"), &err));
		assert_int_equal(err.code, ERR_INVALID);
	}
	assert_false(oidc_set(h->oidc, &settings, STR(""), &err));
	assert_true(oidc_set(h->oidc, &settings, STR("s3cret"), &err));
	assert_true(oidc_set(h->oidc, &settings, STR("a new s3cret"), &err));
	assert_true(oidc_settings(h->oidc, arena, &got, &err));
	assert_true(str_eq(got.address, settings.address) && got.made_ms == NOW_MS);
	assert_true(settings_secret(h->oidc, &secret, &err));
	assert_true(str_is(text_str(&secret), "a new s3cret"));
	assert_true(oidc_end(h->oidc, &err));
	assert_false(settings_secret(h->oidc, &secret, &err));
}

static void a_cookie_is_good_for_its_trip(void **state)
{
	struct house *h = *state;
	struct oidc_cookie one, two;
	struct words made, read, other;

	cookie_make(h->oidc, &one, &made);
	cookie_make(h->oidc, &two, &other);
	assert_string_not_equal(one.c, two.c);
	assert_string_not_equal(made.state, other.state);
	assert_string_not_equal(made.state, made.nonce);
	assert_int_equal(strlen(made.verifier), 43); /* RFC 7636, 4.1: the least */
	assert_true(cookie_read(h->oidc, str_of(one.c), &read));
	assert_memory_equal(&made, &read, sizeof(made));
	for (size_t i = 0; one.c[i]; i++) {
		char was = one.c[i];

		one.c[i] = was == 'A' ? 'B' : 'A';
		assert_false(cookie_read(h->oidc, str_of(one.c), &read));
		one.c[i] = was;
	}
	assert_false(cookie_read(h->oidc, STR(""), &read));
	assert_false(cookie_read(h->oidc, str_sub(str_of(one.c), 0, 70), &read));
	h->clock = clock_fixed(NOW_MS + OIDC_TRIP_MS);
	assert_false(cookie_read(h->oidc, str_of(one.c), &read));
	h->clock = clock_fixed(NOW_MS - 1);
	assert_false(cookie_read(h->oidc, str_of(one.c), &read));
}

static enum err_code back_with(struct house *h, const struct oidc_answer *answer)
{
	struct oidc_trip t;
	struct err err = {0};

	if (oidc_return_begin(h->oidc, answer, &t, &err)) {
		oidc_trip_free(&t);
		return ERR_NONE;
	}
	return err.code;
}

static void an_answer_is_to_what_was_asked(void **state)
{
	struct house *h = *state;
	struct oidc_cookie cookie;
	struct words words;
	struct oidc_answer answer = {.code = STR("c"), .back = STR("https://console.example/b")};
	struct oidc_trip t;
	struct err err = {0};

	assert_false(oidc_depart_begin(h->oidc, &t, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_true(oidc_set(h->oidc, &settings, STR("s3cret"), &err));
	cookie_make(h->oidc, &cookie, &words);
	answer.cookie = str_of(cookie.c);
	answer.state = str_of(words.state);
	assert_int_equal(back_with(h, &answer), ERR_NONE);
	answer.state = str_of(words.nonce);
	assert_int_equal(back_with(h, &answer), ERR_DENIED);
	answer.state = STR("");
	assert_int_equal(back_with(h, &answer), ERR_DENIED);
	answer.state = str_of(words.state);
	answer.code = STR("");
	assert_int_equal(back_with(h, &answer), ERR_DENIED);
	answer.code = STR("c");
	answer.error = STR("access_denied");
	assert_int_equal(back_with(h, &answer), ERR_DENIED);
	answer.error = STR("");
	answer.cookie = STR("");
	assert_int_equal(back_with(h, &answer), ERR_DENIED);
}

/* Nobody is at that address, and nobody waits for it again at once. */
static void a_provider_that_is_away_is_left_alone(void **state)
{
	struct oidc_settings away = settings;
	struct oidc_departure way = {.to = {0}};
	struct house *h = *state;
	struct oidc_trip t;
	struct err err = {0};

	away.issuer = STR("https://127.0.0.1:1"); /* internal, too */
	assert_true(oidc_set(h->oidc, &away, STR("s3cret"), &err));
	assert_true(oidc_depart_begin(h->oidc, &t, &err));
	assert_true(t.ask);
	oidc_trip_ask(&t);
	assert_false(oidc_depart_end(h->oidc, &t, STR("https://console.example/b"), &way, &err));
	assert_int_equal(err.code, ERR_IO);
	assert_false(way.to.n);
	assert_false(oidc_depart_begin(h->oidc, &t, &err));
	assert_int_equal(err.code, ERR_CONFLICT);
	h->clock = clock_fixed(NOW_MS + ASIDE_MS);
	assert_true(oidc_depart_begin(h->oidc, &t, &err));
	oidc_trip_free(&t);
}

#define HOUSE(f) cmocka_unit_test_setup_teardown(f, open_house, close_house)
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(true_tokens_are_believed),
		cmocka_unit_test(what_is_said_is_judged),
		cmocka_unit_test(what_is_signed_otherwise_is_not_believed),
		cmocka_unit_test(every_byte_counts),
		cmocka_unit_test(two_factors_are_two_kinds),
		cmocka_unit_test(keys_for_other_things_are_none),
		cmocka_unit_test(weak_keys_are_none),
		cmocka_unit_test(a_document_is_of_its_issuer),
		cmocka_unit_test(addresses_are_of_the_web),
		HOUSE(settings_are_kept_and_the_secret_sealed),
		HOUSE(a_cookie_is_good_for_its_trip),
		HOUSE(an_answer_is_to_what_was_asked),
		HOUSE(a_provider_that_is_away_is_left_alone),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
