#include "access/inner.h"

/*
 * What sign-in reads from outside: e-mail addresses, tokens, cookies, network addresses, names of
 * browsers, passwords as they are judged.  The first byte picks which, the rest is the text.
 */

static void no_chance(void *to, size_t n)
{
	memset(to, 7, n);
}

static void an_address_folds_once(struct str s)
{
	struct folded f, again;
	struct err err;

	f = email_typed(s);
	assert(f.n <= ACCESS_EMAIL_MAX);
	if (!email_read(s, &f, &err)) {
		assert(err.code == ERR_INVALID);
		return;
	}
	assert(email_read(folded_str(&f), &again, &err));
	assert(str_eq(folded_str(&f), folded_str(&again)));
}

static void a_token_has_one_spelling(struct str s)
{
	struct hash h;

	if (secret_read(s, &h))
		assert(s.n == TOKEN_CHARS);
	if (api_token_read(s, &h))
		assert(s.n == 52 && str_starts(s, STR("lp_")));
}

static void a_cookie_is_ours_or_none(struct access *a, struct str s)
{
	static const struct folded who = {"a@b.c", 5};
	uint8_t nonce[DEVICE_NONCE_BYTES];
	struct access_secret ours;

	device_make(a, &who, &ours);
	/* The nonce and the time are always these here: there is but one that is right. */
	if (device_known(a, &who, s, nonce))
		assert(str_is(s, ours.c));
	access_csrf(a, STR("bound"), &ours);
	if (access_csrf_right(a, STR("bound"), s))
		assert(str_is(s, ours.c));
}

static void what_is_shown_is_text(struct str s)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str shown = shown_cut(s, 200, arena);
	struct place p = place_of(s);

	assert(shown.n <= 200 && str_is_utf8(shown, NULL));
	for (size_t i = 0; i < shown.n; i++)
		assert((unsigned char)shown.p[i] >= 0x20);
	assert(p.one_n <= sizeof(p.one) && p.wide_n <= sizeof(p.wide));
}

static void a_password_is_judged(struct access *a, struct str s)
{
	struct person_row p = {.folded = {"pat.pine@example.org", 20}, .name = STR("Pat Pine")};
	struct err err;

	if (!password_check(a, &p, s, &err))
		return;
	assert(s.n <= ACCESS_PASSWORD_MAX && password_points(s) >= ACCESS_PASSWORD_MIN);
	p.second = true;
	assert(password_check(a, &p, s, &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct access_keys keys;
	struct clock clock = clock_fixed(1494547200000);
	struct access a = {.clock = &clock, .chance = no_chance, .keys = &keys};
	struct str s;

	if (!size)
		return 0;
	s = str_from((const char *)data + 1, size - 1);
	text_add(&a.service, STR("Aldershire"));
	switch (data[0] % 5) {
	case 0:
		an_address_folds_once(s);
		break;
	case 1:
		a_token_has_one_spelling(s);
		break;
	case 2:
		a_cookie_is_ours_or_none(&a, s);
		break;
	case 3:
		what_is_shown_is_text(s);
		break;
	default:
		a_password_is_judged(&a, s);
	}
	text_free(&a.service);
	return 0;
}
