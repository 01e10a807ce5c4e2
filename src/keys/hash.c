#include "keys/keys.h"

#include <sodium.h>

enum { STATE_ALIGN = 64 };
static_assert(sizeof(struct hasher) >= sizeof(crypto_generichash_state) + STATE_ALIGN - 1,
	      "hasher holds the state wherever it lies");
static_assert(HASH_BYTES == crypto_generichash_BYTES, "BLAKE2b-256");
static_assert(SEAL_BYTES == crypto_sign_BYTES, "Ed25519");
static_assert(PUBLIC_KEY_BYTES == crypto_sign_PUBLICKEYBYTES, "Ed25519");

/* Before main: libsodium chooses the processor's fastest BLAKE2b and Ed25519 here, once. */
__attribute__((constructor)) static void keys_ready(void)
{
	if (sodium_init() < 0) {
		fputs("lynchpin: libsodium does not start\n", stderr);
		abort();
	}
}

/* The state wants 64 bytes of alignment, which not every stack gives (gcc's with
 * detect_stack_use_after_return does not): it lies at the first such place in the room. */
static crypto_generichash_state *state_of(struct hasher *h)
{
	uintptr_t at = ((uintptr_t)h->room + STATE_ALIGN - 1) & ~(uintptr_t)(STATE_ALIGN - 1);

	return (crypto_generichash_state *)at;
}

void hasher_init(struct hasher *h)
{
	(void)crypto_generichash_init(state_of(h), NULL, 0, HASH_BYTES);
}

void hasher_add(struct hasher *h, struct str bytes)
{
	if (bytes.n)
		(void)crypto_generichash_update(state_of(h), (const unsigned char *)bytes.p,
						bytes.n);
}

struct hash hasher_end(struct hasher *h)
{
	struct hash hash;

	(void)crypto_generichash_final(state_of(h), hash.b, HASH_BYTES);
	return hash;
}

struct hash hash_of(struct str bytes)
{
	struct hash hash;

	(void)crypto_generichash(hash.b, HASH_BYTES, (const unsigned char *)bytes.p, bytes.n, NULL,
				 0);
	return hash;
}

struct str hash_hex(const struct hash *h, char buf[HASH_HEX_BYTES])
{
	return hex_encode(h->b, HASH_BYTES, buf);
}

bool hash_parse(struct str hex, struct hash *ret)
{
	return hex_decode(hex, ret->b, HASH_BYTES);
}

struct site_id site_id_of(const struct public_key *key)
{
	struct hash hash = hash_of(str_from((const char *)key->b, PUBLIC_KEY_BYTES));
	struct site_id id;

	hex_encode(hash.b, (SITE_ID_BYTES - 1) / 2, id.c);
	return id;
}

bool seal_verify(const struct public_key *key, struct str message, const struct seal *seal)
{
	return crypto_sign_verify_detached(seal->b, (const unsigned char *)message.p, message.n,
					   key->b) == 0;
}
