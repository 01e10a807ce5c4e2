#ifndef KEYS_KEYS_H
#define KEYS_KEYS_H

/*
 * Hashes, hexadecimal and base64, and the site's signing key.  Promises: secrets
 * lie in guarded memory, are wiped on close and are never in an error's text; a
 * key file that others may read is not used; an existing one is never
 * overwritten.  Never knows what is sealed.  libsodium does the arithmetic:
 * BLAKE2b-256 (RFC 7693, no key) and Ed25519 (RFC 8032).
 */

#include "base/str.h"
#include "base/text.h"

enum { HASH_BYTES = 32, HASH_HEX_BYTES = 65, SEAL_BYTES = 64, PUBLIC_KEY_BYTES = 32 };

struct hash {
	uint8_t b[HASH_BYTES];
};

/* BLAKE2b-256 of bytes. */
struct hash hash_of(struct str bytes);

/* The same of bytes that come in pieces: hasher_init, hasher_add..., hasher_end. */
struct hasher { /* stays where it is between init and end: not copied */
	uint8_t room[384 + 63];
};
void hasher_init(struct hasher *h);
void hasher_add(struct hasher *h, struct str bytes);
struct hash hasher_end(struct hasher *h);

static inline bool hash_eq(const struct hash *a, const struct hash *b)
{
	return memcmp(a->b, b->b, HASH_BYTES) == 0;
}

static inline struct str hash_str(const struct hash *h)
{
	return str_from((const char *)h->b, HASH_BYTES);
}

/* 64 lower-case digits and a NUL in buf; returns buf as a str. */
struct str hash_hex(const struct hash *h, char buf[HASH_HEX_BYTES]);
/* Exactly 64 lower-case digits, else false and *ret untouched. */
MUST_CHECK bool hash_parse(struct str hex, struct hash *ret);

/* 2 n lower-case digits and a NUL in buf; returns buf as a str. */
struct str hex_encode(const void *bytes, size_t n, char *buf);
/* Exactly 2 n lower-case digits to n bytes, else false and bytes untouched. */
MUST_CHECK bool hex_decode(struct str hex, void *bytes, size_t n);
/* RFC 4648 section 4, with padding; appended to *out.  Decoding accepts nothing else. */
void base64_encode(struct str bytes, struct text *out);
MUST_CHECK bool base64_decode(struct str s, struct text *out, struct err *err);

struct public_key {
	uint8_t b[PUBLIC_KEY_BYTES];
};

struct seal {
	uint8_t b[SEAL_BYTES];
};

/* The first 16 hexadecimal digits of the public key's BLAKE2b-256: a site's name. */
enum { SITE_ID_BYTES = 17 };
struct site_id {
	char c[SITE_ID_BYTES];
};
struct site_id site_id_of(const struct public_key *key);

static inline struct str site_id_str(const struct site_id *id)
{
	return str_from(id->c, SITE_ID_BYTES - 1);
}

/* Is seal a valid Ed25519 signature of message by key? */
bool seal_verify(const struct public_key *key, struct str message, const struct seal *seal);

struct site_key;

/* Wipes the secret. */
void site_key_close(struct site_key *k);
DEFINE_CLOSEP(struct site_key, site_key_close)
/* Where the key of the store at store_path lies: store_path + ".key". */
void site_key_path(const char *store_path, struct text *out);
/*
 * A new key pair, kept in a new 0600 file; durable on return.  ERR_EXISTS when there is a
 * file already (it is left alone), ERR_DENIED, ERR_FULL, ERR_IO.
 */
MUST_CHECK bool site_key_create(const char *path, struct site_key **ret, struct err *err);
/*
 * ERR_NOT_FOUND; ERR_DENIED when group or others may read the file or it is somebody
 * else's; ERR_CORRUPT when it is not a key file or its halves don't belong together.
 */
MUST_CHECK bool site_key_open(const char *path, struct site_key **ret, struct err *err);
const struct public_key *site_key_public(const struct site_key *k);
struct site_id site_key_id(const struct site_key *k);
struct seal site_key_seal(const struct site_key *k, struct str message);
/* A key of its own for what this machine keeps secret: the same each time, different for each
 * purpose, and nothing about the site's key follows from it.  Wipe it after use. */
enum { DERIVED_KEY_BYTES = 32 };
void site_key_derive(const struct site_key *k, struct str purpose, uint8_t ret[DERIVED_KEY_BYTES]);

#endif
