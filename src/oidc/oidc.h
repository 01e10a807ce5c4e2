#ifndef OIDC_OIDC_H
#define OIDC_OIDC_H

/*
 * Single sign-on: a provider of OpenID Connect (Core 1.0, authorization code flow with PKCE) says
 * who somebody is.  It knows that provider's settings, its documents and how its tokens are
 * verified; it promises that nothing of a token is believed before its signature, issuer, audience,
 * times and nonce were found right, that an answer counts in the browser alone that was sent out
 * for it, and that the client's secret is stored sealed and in no error's text.  Asking over the
 * network is a step of its own, for another thread.  It never decides who may sign in: that is
 * access's.
 */

#include "base/arena.h"
#include "base/clock.h"
#include "keys/keys.h"
#include "store/store.h"

extern const struct store_table oidc_tables[]; /* local; ended by a NULL name */

/* --- the provider ----------------------------------------------------------------------------- */

struct oidc_settings {
	struct str issuer;    /* empty: there is none */
	struct str client_id; /* ours, at the provider */
	struct str claim;     /* that holds the sign-in address; "email" by default */
	struct str second;  /* a value of acr that stands for two factors; empty: amr alone says */
	struct str address; /* the console's, "https://lynchpin.example"; empty: as it was asked */
	struct str ca_file; /* empty: the system's */
	bool internal;	    /* the provider may have an internal address */
	int64_t made_ms;
};
struct oidc_config {
	struct store *store;	    /* borrowed */
	const struct site_key *key; /* needed while opening; NULL to look at settings alone */
	const struct clock *clock;  /* borrowed */
	void (*chance)(void *to, size_t n); /* NULL: the system's */
};
struct oidc;
void oidc_close(struct oidc *o); /* wipes */
DEFINE_CLOSEP(struct oidc, oidc_close)
MUST_CHECK bool oidc_open(const struct oidc_config *config, struct oidc **ret, struct err *err);
/* As they are in the store; issuer empty: there is none. */
MUST_CHECK bool oidc_settings(struct oidc *o, struct arena *arena, struct oidc_settings *ret,
			      struct err *err);
/* In place of those before.  ERR_INVALID: an issuer that is no https address, a client's id or a
 * secret that is empty or too long. */
MUST_CHECK bool oidc_set(struct oidc *o, const struct oidc_settings *settings, struct str secret,
			 struct err *err);
/* ERR_NOT_FOUND. */
MUST_CHECK bool oidc_end(struct oidc *o, struct err *err);

/* --- there and back --------------------------------------------------------------------------- */

/*
 * In three steps: begin looks at the store, ask talks to the provider (up to 10 seconds a question,
 * three at most), touches nothing but the trip and may be run by another thread, end of the same
 * kind says what came of it.  ask may be needless (false).
 */
struct oidc_trip {
	bool ask;
	struct oidc_trip_state *state; /* the room's own */
};
void oidc_trip_free(struct oidc_trip *t);
void oidc_trip_ask(struct oidc_trip *t);

enum { OIDC_COOKIE_BYTES = 80, OIDC_TRIP_MS = 10 * 60 * 1000 };
struct oidc_cookie {
	char c[OIDC_COOKIE_BYTES]; /* ended by NUL */
};
/* ERR_NOT_FOUND: there is no provider; ERR_CONFLICT: it failed a moment ago and is left alone. */
MUST_CHECK bool oidc_depart_begin(struct oidc *o, struct oidc_trip *ret, struct err *err);
/* Where the browser goes, and the cookie it brings back.  back: the full address of the page that
 * it comes back to.  The trip is freed. */
struct oidc_departure {
	struct text to; /* appended to; the caller's to free */
	struct oidc_cookie cookie;
};
MUST_CHECK bool oidc_depart_end(struct oidc *o, struct oidc_trip *t, struct str back,
				struct oidc_departure *ret, struct err *err);

/* What came back: the cookie, and members of the query. */
struct oidc_answer {
	struct str cookie, code, state, issuer, error;
	struct str back; /* as it was for oidc_depart_end() */
};
/* ERR_DENIED: this browser was not sent out for that, or too long ago, or the provider said no. */
MUST_CHECK bool oidc_return_begin(struct oidc *o, const struct oidc_answer *answer,
				  struct oidc_trip *ret, struct err *err);
/* Who it is, as the provider has it. */
struct oidc_said {
	struct str address; /* the claim, as it was said */
	struct str subject;
	bool second; /* it asked for a second factor */
};
/* ERR_DENIED: a token that is not to be believed, or that has no address; ERR_IO, ERR_LIMIT: the
 * provider can't be reached or talks nonsense.  The trip is freed. */
MUST_CHECK bool oidc_return_end(struct oidc *o, struct oidc_trip *t, struct arena *arena,
				struct oidc_said *ret, struct err *err);

/* Ask the provider of settings once, to see that they are right; appends where it signs in. */
MUST_CHECK bool oidc_try(const struct oidc_settings *settings, struct text *ret_where,
			 struct err *err);

/* --- tokens ------------------------------------------------------------------------------------
 */

enum { OIDC_TOKEN_MAX = 16384, OIDC_KEYS_MAX = 64 };
struct oidc_expect {
	struct str keys; /* the provider's (RFC 7517) */
	struct str issuer, client_id, nonce, claim, second;
	int64_t now_ms; /* clocks may differ by a minute */
};
/*
 * Is it a signed ID token (RFC 7519, RFC 7515 compact; RS256, PS256 or ES256) by one of the
 * keys, with all that is expected?  Pure.  ERR_DENIED: no; ERR_NOT_FOUND: by another key.  Strings
 * of *ret in arena.
 */
MUST_CHECK bool oidc_token_read(struct str token, const struct oidc_expect *expect,
				struct arena *arena, struct oidc_said *ret, struct err *err);

#endif
