#include "oidc/inner.h"

/*
 * What a provider sends: tokens, sets of keys, its document; and what a browser brings back.  The
 * first byte picks which, the rest is the text.
 */

/* A token that nobody signed is nobody's, whatever it says. */
static void no_token_is_believed(struct str s, struct arena *arena)
{
	static const char keys[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"e\","
				   "\"x\":\"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY\","
				   "\"y\":\"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU\"}]}";
	const struct oidc_expect expect = {.keys = str_of(keys),
					   .issuer = STR("https://id.example"),
					   .client_id = STR("lp"),
					   .nonce = STR("n-0"),
					   .claim = STR("email"),
					   .now_ms = 1494579600000};
	struct oidc_said said;
	struct err err;

	assert(!oidc_token_read(s, &expect, arena, &said, &err));
	assert(err.code == ERR_DENIED || err.code == ERR_NOT_FOUND);
}

static void keys_are_whole(struct str s, struct arena *arena)
{
	struct jwks keys;
	struct err err;

	if (!jwks_read(s, arena, &keys, &err))
		return;
	assert(keys.n <= OIDC_KEYS_MAX);
	for (size_t i = 0; i < keys.n && i < 4; i++) {
		assert(!jwk_verify(&keys.v[i], JWS_RS256, STR("m"), STR("no signature")));
		assert(!jwk_verify(
			&keys.v[i], JWS_ES256, STR("m"),
			STR("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
			    "f")));
	}
}

static void a_document_names_addresses(struct str s)
{
	struct provider p = {0};
	struct err err;

	if (!provider_read(s, STR("https://id.example"), &p, &err))
		return;
	assert(address_good(text_str(&p.authorization)) && address_good(text_str(&p.token)) &&
	       address_good(text_str(&p.keys_at)));
	add_query(&p.authorization, "state", s);
	assert(address_good(text_str(&p.authorization)) || p.authorization.n > ADDRESS_MOST);
	provider_free(&p);
}

static void a_word_has_one_spelling(struct str s, struct arena *arena)
{
	AUTO(text_freep) struct text again = {0};
	struct str bytes;

	if (!base64url_read(s, arena, &bytes))
		return;
	base64url_add(&again, bytes);
	assert(str_eq(text_str(&again), s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = str_from((const char *)data, size);
	struct arena *arena;

	if (!size)
		return 0;
	arena = arena_open();
	s = str_from_offset(s, 1);
	switch (data[0]) {
	case 't':
		no_token_is_believed(s, arena);
		break;
	case 'k':
		keys_are_whole(s, arena);
		break;
	case 'd':
		a_document_names_addresses(s);
		break;
	default:
		a_word_has_one_spelling(s, arena);
	}
	arena_close(arena);
	return 0;
}
