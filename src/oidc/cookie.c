#include "oidc/inner.h"

#include <sodium.h>

/*
 * What a browser takes along: chance, the time, and their keyed hash.  State, nonce and the
 * verifier of PKCE (RFC 7636) are other keyed hashes of the same, so that no worker has to remember
 * anything and nobody else can make them.
 */

struct seed {
	uint8_t chance[16], made[8], mac[32];
};

static void mac(const struct oidc *o, const struct seed *s, const char *purpose, uint8_t ret[32])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, o->keys->cookie, sizeof(o->keys->cookie), 32);
	crypto_generichash_update(&state, (const unsigned char *)purpose, strlen(purpose) + 1);
	crypto_generichash_update(&state, s->chance, sizeof(s->chance));
	crypto_generichash_update(&state, s->made, sizeof(s->made));
	crypto_generichash_final(&state, ret, 32);
}

static void word(const struct oidc *o, const struct seed *s, const char *purpose,
		 char ret[WORD_BYTES])
{
	uint8_t bytes[32];

	mac(o, s, purpose, bytes);
	sodium_bin2base64(ret, WORD_BYTES, bytes, sizeof(bytes),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static void words_of(const struct oidc *o, const struct seed *s, struct words *ret)
{
	word(o, s, "state", ret->state);
	word(o, s, "nonce", ret->nonce);
	word(o, s, "verifier", ret->verifier);
}

void cookie_make(struct oidc *o, struct oidc_cookie *ret, struct words *words)
{
	uint64_t now = (uint64_t)oidc_now(o);
	struct seed s;

	o->chance(s.chance, sizeof(s.chance));
	for (size_t i = 0; i < sizeof(s.made); i++)
		s.made[i] = (uint8_t)(now >> (56 - 8 * i));
	mac(o, &s, "cookie", s.mac);
	words_of(o, &s, words);
	sodium_bin2base64(ret->c, sizeof(ret->c), (const unsigned char *)&s, sizeof(s),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool cookie_read(struct oidc *o, struct str cookie, struct words *words)
{
	const char *end = NULL;
	uint8_t right[32];
	uint64_t made = 0;
	struct seed s;
	int64_t age;
	size_t n = 0;

	if (!cookie.n || cookie.n >= OIDC_COOKIE_BYTES ||
	    sodium_base642bin((unsigned char *)&s, sizeof(s), cookie.p, cookie.n, NULL, &n, &end,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    n != sizeof(s) || end != cookie.p + cookie.n)
		return false;
	mac(o, &s, "cookie", right);
	if (sodium_memcmp(right, s.mac, sizeof(right)) != 0)
		return false;
	for (size_t i = 0; i < sizeof(s.made); i++)
		made = made << 8 | s.made[i];
	age = oidc_now(o) - (int64_t)made;
	words_of(o, &s, words);
	return age >= 0 && age < OIDC_TRIP_MS;
}
