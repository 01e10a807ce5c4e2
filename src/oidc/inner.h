#ifndef OIDC_INNER_H
#define OIDC_INNER_H

/* What the files of this room share.  Never leaves the folder. */

#include "oidc/oidc.h"

#include <openssl/evp.h>

#include "base/arena.h"
#include "wire/wire.h"

enum {
	ADDRESS_MOST = 2048, /* bytes of an address of the provider's */
	DOCUMENT_MOST = 256 << 10,
	ASK_SECONDS = 10,
	FRESH_MS = 3600000, /* the provider's documents are asked for again */
	ASIDE_MS = 20000,   /* a provider that failed is left alone */
	SKEW_MS = 60000,
	SECRET_MOST = 512,
};

/* --- key.c --- */

struct jwk {
	enum jwk_kind { JWK_RSA, JWK_P256 } kind;
	struct str id, alg; /* empty: it says none */
	struct str a, b;    /* RSA: n and e; P-256: x and y, 32 bytes each */
};
ARENA_LIST(jwks, struct jwk);
/* Keys of a set that could sign a token; others are passed over. ERR_DENIED: it is no set. */
MUST_CHECK bool jwks_read(struct str json, struct arena *arena, struct jwks *ret, struct err *err);
enum jws_alg { JWS_RS256, JWS_PS256, JWS_ES256 };
/* Is signature of message by key?  False too for a key that is none. */
bool jwk_verify(const struct jwk *key, enum jws_alg alg, struct str message, struct str signature);
/* RFC 4648, section 5, without padding, in its one spelling; in the arena. */
MUST_CHECK bool base64url_read(struct str s, struct arena *arena, struct str *ret);
void base64url_add(struct text *to, struct str bytes);

/* --- provider.c --- */

struct provider {
	struct text issuer, authorization, token, keys_at, jwks;
	bool post_secret; /* client_secret_post: it takes no other way */
	bool says_issuer; /* RFC 9207: its answers must */
	int64_t fetched_ms;
};
void provider_free(struct provider *p);
void provider_copy(const struct provider *from, struct provider *to);
/* The discovery document of an issuer; jwks stays empty.  ERR_DENIED says what is wrong. */
MUST_CHECK bool provider_read(struct str json, struct str issuer, struct provider *ret,
			      struct err *err);
/* https, a host, no user, no fragment; printable. */
bool address_good(struct str address);
void add_query(struct text *to, const char *name, struct str value);
void percent_encode(struct text *to, struct str s);

/* --- ask.c --- */

struct asking {
	const char *ca_file; /* NULL: the system's */
	bool internal;
};
MUST_CHECK bool ask_provider(const struct asking *how, struct str issuer, struct provider *ret,
			     struct err *err);
MUST_CHECK bool ask_keys(const struct asking *how, struct provider *p, struct err *err);
/* The code for a token: the answer's id_token is appended. */
struct exchange {
	struct str client_id, secret, code, verifier, back;
};
MUST_CHECK bool ask_token(const struct asking *how, const struct provider *p,
			  const struct exchange *x, struct text *ret, struct err *err);

/* --- settings.c --- */

struct oidc_keys {
	uint8_t seal[DERIVED_KEY_BYTES];   /* of the client's secret */
	uint8_t cookie[DERIVED_KEY_BYTES]; /* of what a trip is known by */
};
struct oidc {
	struct store *store;
	const struct clock *clock;
	void (*chance)(void *to, size_t n);
	struct oidc_keys *keys; /* NULL: opened to look */
	struct provider kept;	/* the last that was asked */
	int64_t aside_ms;	/* it failed then; 0: no */
};
static inline int64_t oidc_now(const struct oidc *o)
{
	return clock_now_ms(o->clock);
}
/* ERR_NOT_FOUND without settings.  The secret is wiped by the caller. */
MUST_CHECK bool settings_secret(struct oidc *o, struct text *ret, struct err *err);

/* --- cookie.c --- */

enum { WORD_BYTES = 48 };
/* What one trip is known by: all follow from its cookie and a key of ours. */
struct words {
	char state[WORD_BYTES], nonce[WORD_BYTES], verifier[WORD_BYTES];
};
void cookie_make(struct oidc *o, struct oidc_cookie *ret, struct words *words);
/* False: it is none of ours, or too old. */
bool cookie_read(struct oidc *o, struct str cookie, struct words *words);

#endif
