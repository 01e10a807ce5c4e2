#include "access/inner.h"

/* One-time codes: SHA-1 (FIPS 180-4), HMAC (RFC 2104), HOTP (RFC 4226), base 32 (RFC 4648). */

struct sha1_state {
	uint32_t h[5];
	uint64_t bytes;
	uint8_t block[64];
	size_t n;
};

static uint32_t rotl(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static void sha1_block(struct sha1_state *s)
{
	static const uint32_t k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
	uint32_t w[80], a = s->h[0], b = s->h[1], c = s->h[2], d = s->h[3], e = s->h[4];

	for (size_t t = 0; t < 16; t++)
		w[t] = (uint32_t)s->block[4 * t] << 24 | (uint32_t)s->block[4 * t + 1] << 16 |
		       (uint32_t)s->block[4 * t + 2] << 8 | s->block[4 * t + 3];
	for (size_t t = 16; t < 80; t++)
		w[t] = rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
	for (size_t t = 0; t < 80; t++) {
		uint32_t f = t < 20   ? (b & c) | (~b & d)
			     : t < 40 ? b ^ c ^ d
			     : t < 60 ? (b & c) | (b & d) | (c & d)
				      : b ^ c ^ d;
		uint32_t next = rotl(a, 5) + f + e + k[t / 20] + w[t];

		e = d, d = c, c = rotl(b, 30), b = a, a = next;
	}
	s->h[0] += a, s->h[1] += b, s->h[2] += c, s->h[3] += d, s->h[4] += e;
	sodium_memzero(w, sizeof(w));
}

static void sha1_init(struct sha1_state *s)
{
	*s = (struct sha1_state){.h = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}};
}

static void sha1_add(struct sha1_state *s, const void *p, size_t n)
{
	const uint8_t *bytes = p;

	s->bytes += n;
	for (size_t i = 0; i < n; i++) {
		s->block[s->n++] = bytes[i];
		if (s->n == sizeof(s->block)) {
			sha1_block(s);
			s->n = 0;
		}
	}
}

static void sha1_end(struct sha1_state *s, uint8_t ret[SHA1_BYTES])
{
	uint64_t bits = s->bytes * 8;
	uint8_t length[8];

	for (size_t i = 0; i < 8; i++)
		length[i] = (uint8_t)(bits >> (56 - 8 * i));
	sha1_add(s, "\x80", 1);
	while (s->n != 56)
		sha1_add(s, "", 1);
	sha1_add(s, length, sizeof(length));
	for (size_t i = 0; i < SHA1_BYTES; i++)
		ret[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
	sodium_memzero(s, sizeof(*s));
}

void sha1(struct str bytes, uint8_t ret[SHA1_BYTES])
{
	struct sha1_state s;

	sha1_init(&s);
	sha1_add(&s, bytes.p, bytes.n);
	sha1_end(&s, ret);
}

void hmac_sha1(struct str key, struct str bytes, uint8_t ret[SHA1_BYTES])
{
	uint8_t pad[64] = {0};
	struct sha1_state s;

	assert(key.n <= sizeof(pad));
	memcpy(pad, key.p, key.n);
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36;
	sha1_init(&s);
	sha1_add(&s, pad, sizeof(pad));
	sha1_add(&s, bytes.p, bytes.n);
	sha1_end(&s, ret);
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36 ^ 0x5c;
	sha1_init(&s);
	sha1_add(&s, pad, sizeof(pad));
	sha1_add(&s, ret, SHA1_BYTES);
	sha1_end(&s, ret);
	sodium_memzero(pad, sizeof(pad));
}

uint32_t hotp(struct str secret, uint64_t counter, unsigned digits)
{
	uint8_t moving[8], mac[SHA1_BYTES];
	uint32_t number, most = 1;
	size_t at;

	for (size_t i = 0; i < 8; i++)
		moving[i] = (uint8_t)(counter >> (56 - 8 * i));
	hmac_sha1(secret, str_from((const char *)moving, sizeof(moving)), mac);
	at = mac[SHA1_BYTES - 1] & 0xf;
	number = (uint32_t)(mac[at] & 0x7f) << 24 | (uint32_t)mac[at + 1] << 16 |
		 (uint32_t)mac[at + 2] << 8 | mac[at + 3];
	for (unsigned i = 0; i < digits; i++)
		most *= 10;
	sodium_memzero(mac, sizeof(mac));
	return number % most;
}

void base32_encode(const uint8_t *bytes, size_t n, char *ret)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < n; i++) {
		held = held << 8 | bytes[i];
		for (bits += 8; bits >= 5; bits -= 5)
			*ret++ = alphabet[held >> (bits - 5) & 31];
		held &= (1U << bits) - 1;
	}
	if (bits)
		*ret++ = alphabet[held << (5 - bits) & 31];
	*ret = '\0';
}
