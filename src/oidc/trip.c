#include "oidc/inner.h"

#include <sodium.h>

#include "base/mem.h"

/* From our sign-in page to the provider and back: what is looked up, asked, and found. */

struct oidc_trip_state {
	struct arena *arena; /* of what is below */
	struct oidc_settings settings;
	struct asking how;
	struct text secret, ca;
	struct provider provider;
	bool back, asked, failed;	  /* back: on the way home */
	struct str issuer, code, back_at; /* issuer: as the answer says */
	struct words words;
	int64_t now_ms;
	struct oidc_said said;
	struct err err; /* if failed */
};

static void wipe(struct text *t)
{
	if (t->p)
		sodium_memzero(t->p, t->cap);
	text_free(t);
}

void oidc_trip_free(struct oidc_trip *t)
{
	struct oidc_trip_state *s = t->state;

	if (s) {
		wipe(&s->secret);
		text_free(&s->ca);
		provider_free(&s->provider);
		arena_close(s->arena);
		sodium_memzero(s, sizeof(*s));
		free(s);
	}
	*t = (struct oidc_trip){0};
}

static bool is_fresh(const struct oidc *o, struct str issuer)
{
	int64_t age = oidc_now(o) - o->kept.fetched_ms;

	return o->kept.fetched_ms && age >= 0 && age < FRESH_MS &&
	       str_eq(text_str(&o->kept.issuer), issuer);
}

static bool begin(struct oidc *o, struct oidc_trip *t, struct err *err)
{
	int64_t aside = oidc_now(o) - o->aside_ms;
	struct oidc_trip_state *s = mem_zero(1, sizeof(*s));

	t->state = s;
	s->arena = arena_open();
	s->now_ms = oidc_now(o);
	if (!oidc_settings(o, s->arena, &s->settings, err))
		return false;
	if (!s->settings.issuer.n)
		return err_set(err, ERR_NOT_FOUND, "there is no single sign-on here");
	if (o->aside_ms && aside >= 0 && aside < ASIDE_MS)
		return err_set(err, ERR_CONFLICT,
			       "the provider of single sign-on did not answer a "
			       "moment ago; try again soon");
	text_add(&s->ca, s->settings.ca_file);
	s->how = (struct asking){.ca_file = s->ca.n ? text_c(&s->ca) : NULL,
				 .internal = s->settings.internal};
	if (is_fresh(o, s->settings.issuer))
		provider_copy(&o->kept, &s->provider);
	else
		t->ask = true;
	return true;
}

/* --- asking, in another thread -------------------------------------------------------------------
 */

static bool know_provider(struct oidc_trip_state *s, struct err *err)
{
	struct provider p = {0};

	if (s->provider.fetched_ms)
		return true;
	if (!ask_provider(&s->how, s->settings.issuer, &p, err) || !ask_keys(&s->how, &p, err)) {
		provider_free(&p);
		return false;
	}
	p.fetched_ms = s->now_ms;
	provider_free(&s->provider);
	s->provider = p;
	s->asked = true;
	return true;
}

/* Keys change: one that is not known is asked for, once. */
static bool read_token(struct oidc_trip_state *s, struct str token, struct err *err)
{
	struct oidc_expect expect = {.issuer = s->settings.issuer,
				     .client_id = s->settings.client_id,
				     .nonce = str_of(s->words.nonce),
				     .claim = s->settings.claim,
				     .second = s->settings.second,
				     .now_ms = s->now_ms};

	for (;;) {
		expect.keys = text_str(&s->provider.jwks);
		if (oidc_token_read(token, &expect, s->arena, &s->said, err))
			return true;
		if (err->code != ERR_NOT_FOUND)
			return false;
		err->code = ERR_DENIED;
		if (s->asked)
			return false;
		if (!ask_keys(&s->how, &s->provider, err))
			return false;
		s->asked = true;
	}
}

/* RFC 9207: an answer of another provider is not to be taken for this one's. */
static bool is_from(const struct oidc_trip_state *s, struct err *err)
{
	if (s->issuer.n ? str_eq(s->issuer, s->settings.issuer) : !s->provider.says_issuer)
		return true;
	return err_set(err, ERR_DENIED, "this is an answer of another provider");
}

static bool come_home(struct oidc_trip_state *s, struct err *err)
{
	const struct exchange x = {.client_id = s->settings.client_id,
				   .secret = text_str(&s->secret),
				   .code = s->code,
				   .verifier = str_of(s->words.verifier),
				   .back = s->back_at};
	AUTO(wipe) struct text token = {0};

	return is_from(s, err) && ask_token(&s->how, &s->provider, &x, &token, err) &&
	       read_token(s, text_str(&token), err);
}

void oidc_trip_ask(struct oidc_trip *t)
{
	struct oidc_trip_state *s = t->state;

	s->failed = !know_provider(s, &s->err) || (s->back && !come_home(s, &s->err));
}

/* What was learnt is kept for others; a provider that can't be reached is left alone for a while,
 * as each who waits for it holds up those behind. */
static bool settle(struct oidc *o, const struct oidc_trip_state *s, struct err *err)
{
	if (s->asked)
		provider_copy(&s->provider, &o->kept);
	o->aside_ms = s->failed && s->err.code == ERR_IO ? oidc_now(o) : 0;
	if (s->failed)
		*err = s->err;
	return !s->failed;
}

/* --- there
 * ------------------------------------------------------------------------------------------ */

bool oidc_depart_begin(struct oidc *o, struct oidc_trip *ret, struct err *err)
{
	struct oidc_trip t = {0};

	if (!begin(o, &t, err)) {
		oidc_trip_free(&t);
		return false;
	}
	*ret = t;
	return true;
}

/* RFC 7636, 4.2: S256. */
static void add_challenge(struct text *to, const char *verifier)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	AUTO(text_freep) struct text challenge = {0};

	crypto_hash_sha256(digest, (const unsigned char *)verifier, strlen(verifier));
	base64url_add(&challenge, str_from((const char *)digest, sizeof(digest)));
	add_query(to, "code_challenge", text_str(&challenge));
	add_query(to, "code_challenge_method", STR("S256"));
}

static void add_way(const struct oidc_trip_state *s, const struct words *w, struct str back,
		    struct text *to)
{
	text_add(to, text_str(&s->provider.authorization));
	add_query(to, "response_type", STR("code"));
	add_query(to, "client_id", s->settings.client_id);
	add_query(to, "redirect_uri", back);
	add_query(to, "scope", STR("openid email"));
	add_query(to, "state", str_of(w->state));
	add_query(to, "nonce", str_of(w->nonce));
	if (s->settings.second.n)
		add_query(to, "acr_values", s->settings.second);
	add_challenge(to, w->verifier);
}

bool oidc_depart_end(struct oidc *o, struct oidc_trip *t, struct str back,
		     struct oidc_departure *ret, struct err *err)
{
	struct words words;
	bool ok = settle(o, t->state, err);

	if (ok) {
		cookie_make(o, &ret->cookie, &words);
		add_way(t->state, &words, back, &ret->to);
		sodium_memzero(&words, sizeof(words));
	}
	oidc_trip_free(t);
	return ok;
}

/* --- and back
 * --------------------------------------------------------------------------------------- */

static bool is_answer(const struct oidc_answer *a, const struct words *w, struct err *err)
{
	struct str state = str_of(w->state);

	if (a->state.n != state.n || sodium_memcmp(a->state.p, state.p, state.n) != 0)
		return err_set(err, ERR_DENIED,
			       "this is no answer to the sign-in that was begun in "
			       "this browser; begin again");
	if (a->error.n)
		return err_set(err, ERR_DENIED, "the provider did not let you in (%.*s)",
			       (int)MIN_OF(a->error.n, (size_t)60), a->error.p);
	return (a->code.n && a->code.n <= ADDRESS_MOST) ||
	       err_set(err, ERR_DENIED, "the provider's answer has no code");
}

static bool begin_return(struct oidc *o, const struct oidc_answer *a, struct oidc_trip *t,
			 struct err *err)
{
	struct words words;
	struct oidc_trip_state *s;

	if (!cookie_read(o, a->cookie, &words))
		return err_set(err, ERR_DENIED,
			       "no sign-in was begun in this browser, or it was too "
			       "long ago; begin again");
	if (!is_answer(a, &words, err) || !begin(o, t, err) ||
	    !settings_secret(o, &t->state->secret, err))
		return false;
	s = t->state;
	s->back = true;
	s->words = words;
	s->issuer = arena_str(s->arena, a->issuer);
	s->code = arena_str(s->arena, a->code);
	s->back_at = arena_str(s->arena, a->back);
	t->ask = true;
	return true;
}

bool oidc_return_begin(struct oidc *o, const struct oidc_answer *answer, struct oidc_trip *ret,
		       struct err *err)
{
	struct oidc_trip t = {0};

	if (!begin_return(o, answer, &t, err)) {
		oidc_trip_free(&t);
		return false;
	}
	*ret = t;
	return true;
}

bool oidc_return_end(struct oidc *o, struct oidc_trip *t, struct arena *arena,
		     struct oidc_said *ret, struct err *err)
{
	bool ok = settle(o, t->state, err);

	if (ok)
		*ret = (struct oidc_said){.address = arena_str(arena, t->state->said.address),
					  .subject = arena_str(arena, t->state->said.subject),
					  .second = t->state->said.second};
	oidc_trip_free(t);
	return ok;
}
