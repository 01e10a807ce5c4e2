#include "oidc/inner.h"

#include <sodium.h>

/* An ID token: its signature first, then what it says (OpenID Connect Core 1.0, 3.1.3.7). */

enum { SUBJECT_MOST = 255, ADDRESS_CLAIM_MOST = 254 };

static bool no(struct err *err, const char *why)
{
	return err_set(err, ERR_DENIED, "the provider's token is not to be believed: %s", why);
}

/* --- the signature
 * -------------------------------------------------------------------------------- */

struct jws {
	struct str message, payload, signature; /* payload: bytes; message: what is signed */
	enum jws_alg alg;
	struct str key_id; /* empty: it names none */
};

/* The algorithms are listed here and nowhere else: "none" and those with shared keys are not. */
static bool alg_of(struct str name, enum jws_alg *ret)
{
	static const char *const names[] = {
		[JWS_RS256] = "RS256", [JWS_PS256] = "PS256", [JWS_ES256] = "ES256"};

	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		if (str_is(name, names[i]))
			return *ret = (enum jws_alg)i, true;
	return false;
}

static bool header_read(struct str bytes, struct arena *arena, struct jws *ret, struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct json_value h, unused;
	struct err why;

	if (!json_parse(doc, bytes, 0, &h, &why) || json_type(h) != JSON_OBJECT)
		return no(err, "its header is no JSON object");
	/* RFC 7515, 4.1.11: what must be understood and is not. */
	if (json_get(h, "crit", &unused))
		return no(err, "its header asks for what we don't know");
	if (!alg_of(json_str_or(h, "alg", STR("")), &ret->alg))
		return no(err, "it is signed in a way that is not accepted");
	ret->key_id = arena_str(arena, json_str_or(h, "kid", STR("")));
	return true;
}

static bool jws_read(struct str token, struct arena *arena, struct jws *ret, struct err *err)
{
	size_t first = str_find_char(token, '.', 0), second;
	struct str header;

	if (token.n > OIDC_TOKEN_MAX)
		return no(err, "it is too long");
	second = first == SIZE_MAX ? SIZE_MAX : str_find_char(token, '.', first + 1);
	if (second == SIZE_MAX || str_find_char(token, '.', second + 1) != SIZE_MAX)
		return no(err, "it has not three parts");
	ret->message = str_sub(token, 0, second);
	if (!base64url_read(str_sub(token, 0, first), arena, &header) ||
	    !base64url_read(str_sub(token, first + 1, second - first - 1), arena, &ret->payload) ||
	    !base64url_read(str_from_offset(token, second + 1), arena, &ret->signature))
		return no(err, "it is no base64url");
	return header_read(header, arena, ret, err);
}

static const char *alg_name(enum jws_alg alg)
{
	return alg == JWS_RS256 ? "RS256" : alg == JWS_PS256 ? "PS256" : "ES256";
}

static bool fits(const struct jwk *k, const struct jws *jws)
{
	return (k->kind == JWK_P256) == (jws->alg == JWS_ES256) &&
	       (!k->alg.n || str_is(k->alg, alg_name(jws->alg))) &&
	       (!jws->key_id.n || str_eq(k->id, jws->key_id));
}

/* A token that names no key is by the only one that fits. */
static bool signed_by(const struct jws *jws, const struct jwks *keys, struct err *err)
{
	const struct jwk *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < keys->n; i++)
		if (fits(&keys->v[i], jws))
			found = &keys->v[i], n++;
	if (!found)
		return err_set(err, ERR_NOT_FOUND,
			       "the provider's token is signed by a key that "
			       "the provider doesn't show");
	if (n > 1)
		return no(err, "it doesn't say which of several keys signed it");
	return jwk_verify(found, jws->alg, jws->message, jws->signature) ||
	       no(err, "its signature is wrong");
}

/* --- what it says
 * --------------------------------------------------------------------------------- */

static bool same(struct str a, struct str b)
{
	return a.n && a.n == b.n && sodium_memcmp(a.p, b.p, a.n) == 0;
}

/* It is for us: the only one it is for, or it says that we asked (azp). */
static bool for_us(struct json_value o, struct str client_id, struct err *err)
{
	struct json_value aud, one;
	struct str s, azp;
	bool us = false;

	if (!json_get(o, "aud", &aud))
		return no(err, "it says not for whom it is");
	if (json_str(aud, &s))
		us = str_eq(s, client_id);
	for (struct json_iter it = json_iter(aud);
	     json_type(aud) == JSON_ARRAY && json_next(&it, &one);)
		us |= json_str(one, &s) && str_eq(s, client_id);
	if (!us)
		return no(err, "it is for somebody else");
	azp = json_str_or(o, "azp", STR(""));
	if (json_type(aud) == JSON_ARRAY && json_count(aud) > 1 && !azp.n)
		return no(err, "it is for several, and doesn't say for whom it was made");
	return !azp.n || str_eq(azp, client_id) || no(err, "it was made for somebody else");
}

/* Seconds since 1970, maybe with a fraction. */
static bool time_of(struct json_value o, const char *name, int64_t *ret_ms)
{
	struct json_value v;
	double s;

	if (!json_get(o, name, &v) || !json_double(v, &s) || !(s > 0 && s < 1e11))
		return false;
	*ret_ms = (int64_t)(s * 1000);
	return true;
}

static bool in_time(struct json_value o, int64_t now_ms, struct err *err)
{
	struct json_value unused;
	int64_t exp, iat, nbf = 0;

	if (!time_of(o, "exp", &exp) || !time_of(o, "iat", &iat) ||
	    (json_get(o, "nbf", &unused) && !time_of(o, "nbf", &nbf)))
		return no(err, "it lacks its times");
	if (exp + SKEW_MS <= now_ms)
		return no(err, "its time is over");
	if (iat - SKEW_MS > now_ms || nbf - SKEW_MS > now_ms)
		return no(err, "it is of the future; compare the clocks");
	/* It was made for this trip, and none takes longer. */
	return now_ms - iat <= OIDC_TRIP_MS + SKEW_MS || no(err, "it is too old");
}

/*
 * RFC 8176: "mfa", or what is known together with what is had or is.  Messages and calls by
 * telephone (sms, tel) are none to rely upon.
 */
static bool second_factor(struct json_value o, struct str second)
{
	static const char *const known[] = {"pwd", "pin", "kba"};
	static const char *const had[] = {"otp", "hwk",	 "swk",	 "sc",
					  "fpt", "face", "iris", "retina"};
	struct json_value amr, one;
	bool mfa = false, knows = false, has = false;
	struct str s;

	if (second.n && str_eq(json_str_or(o, "acr", STR("")), second))
		return true;
	if (!json_get(o, "amr", &amr) || json_type(amr) != JSON_ARRAY)
		return false;
	for (struct json_iter it = json_iter(amr); json_next(&it, &one);) {
		if (!json_str(one, &s))
			continue;
		mfa |= str_is(s, "mfa");
		for (size_t i = 0; i < ARRAY_LEN(known); i++)
			knows |= str_is(s, known[i]);
		for (size_t i = 0; i < ARRAY_LEN(had); i++)
			has |= str_is(s, had[i]);
	}
	return mfa || (knows && has);
}

/* An address that the provider says it has not verified is anybody's. */
static bool who(struct json_value o, const struct oidc_expect *expect, struct arena *arena,
		struct oidc_said *ret, struct err *err)
{
	struct oidc_said said = {.subject = json_str_or(o, "sub", STR(""))};
	struct json_value v, verified;
	struct str word;
	bool yes = true;

	if (!said.subject.n || said.subject.n > SUBJECT_MOST)
		return no(err, "it names nobody");
	if (!json_get_str(o, expect->claim, &v) || !json_str(v, &said.address) || !said.address.n ||
	    said.address.n > ADDRESS_CLAIM_MOST)
		return err_set(err, ERR_DENIED,
			       "the provider's token has no address in the claim \"%.*s\"",
			       STR_FMT(expect->claim));
	if (str_is(expect->claim, "email") && json_get(o, "email_verified", &verified) &&
	    !json_bool(verified, &yes))
		yes = json_str(verified, &word) && str_is(word, "true");
	if (!yes)
		return err_set(err, ERR_DENIED, "the provider has not verified the address");
	said.second = second_factor(o, expect->second);
	said.subject = arena_str(arena, said.subject);
	said.address = arena_str(arena, said.address);
	*ret = said;
	return true;
}

bool oidc_token_read(struct str token, const struct oidc_expect *expect, struct arena *arena,
		     struct oidc_said *ret, struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct json_value o;
	struct jwks keys;
	struct jws jws;
	struct err why;

	if (!jws_read(token, arena, &jws, err) || !jwks_read(expect->keys, arena, &keys, err) ||
	    !signed_by(&jws, &keys, err))
		return false;
	if (!json_parse(doc, jws.payload, 0, &o, &why) || json_type(o) != JSON_OBJECT)
		return no(err, "it is no JSON object");
	if (!str_eq(json_str_or(o, "iss", STR("")), expect->issuer))
		return no(err, "it is of another provider");
	if (!for_us(o, expect->client_id, err) || !in_time(o, expect->now_ms, err))
		return false;
	if (!same(json_str_or(o, "nonce", STR("")), expect->nonce))
		return no(err, "it was made for another sign-in");
	return who(o, expect, arena, ret, err);
}
