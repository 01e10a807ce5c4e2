#include "access/inner.h"

/* Tokens that are carried by their owners, and what is stored of them. */

static void encode(const uint8_t *bytes, size_t n, struct access_secret *ret)
{
	sodium_bin2base64(ret->c, sizeof(ret->c), bytes, n,
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* Exactly n bytes in their one spelling. */
static bool decode(struct str s, uint8_t *ret, size_t n)
{
	const char *end = NULL;
	size_t got = 0;

	if (!s.n || s.n > ACCESS_SECRET_BYTES)
		return false;
	/* The library takes some bytes beyond ASCII for digits. */
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] & 0x80)
			return false;
	return sodium_base642bin(ret, n, s.p, s.n, NULL, &got, &end,
				 sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
	       got == n && end == s.p + s.n;
}

static struct hash hash_bytes(const uint8_t *bytes)
{
	return hash_of(str_from((const char *)bytes, HASH_BYTES));
}

void secret_make(const struct access *a, struct access_secret *ret, struct hash *ret_hash)
{
	uint8_t bytes[HASH_BYTES];

	a->chance(bytes, sizeof(bytes));
	encode(bytes, sizeof(bytes), ret);
	*ret_hash = hash_bytes(bytes);
	sodium_memzero(bytes, sizeof(bytes));
}

bool secret_read(struct str token, struct hash *ret)
{
	uint8_t bytes[HASH_BYTES];
	bool ok = token.n == TOKEN_CHARS && decode(token, bytes, sizeof(bytes));

	if (ok)
		*ret = hash_bytes(bytes);
	sodium_memzero(bytes, sizeof(bytes));
	return ok;
}

void id_of(const struct hash *h, char ret[ACCESS_ID_BYTES])
{
	hex_encode(h->b, (ACCESS_ID_BYTES - 1) / 2, ret);
}

bool hash_of_row(struct str blob, struct hash *ret, struct err *err)
{
	if (blob.n != HASH_BYTES)
		return err_set(err, ERR_CORRUPT, "a token's hash has not its length");
	memcpy(ret->b, blob.p, HASH_BYTES);
	return true;
}

/* --- API tokens --- */

enum { API_DIGITS = 43, CHECK_DIGITS = 6, API_CHARS = 3 + API_DIGITS + CHECK_DIGITS };
static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* The checksum of zip and of Ethernet (ISO 3309), bit by bit: 46 bytes are few. */
static uint32_t crc32_of(struct str s)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < s.n; i++) {
		crc ^= (uint8_t)s.p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
	}
	return ~crc;
}

static void check_digits(struct str before, char ret[CHECK_DIGITS])
{
	uint32_t crc = crc32_of(before);

	for (size_t i = CHECK_DIGITS; i-- > 0; crc /= 62)
		ret[i] = digits[crc % 62];
}

/* 32 bytes as a number in base 62: 43 digits, as 62^43 > 2^256. */
static void to_base62(uint8_t n[HASH_BYTES], char ret[API_DIGITS])
{
	for (size_t d = API_DIGITS; d-- > 0;) {
		unsigned rest = 0;

		for (size_t i = 0; i < HASH_BYTES; i++) {
			rest = rest << 8 | n[i];
			n[i] = (uint8_t)(rest / 62);
			rest %= 62;
		}
		ret[d] = digits[rest];
	}
}

void api_token_make(const struct access *a, struct access_secret *ret, struct hash *ret_hash)
{
	uint8_t bytes[HASH_BYTES];

	a->chance(bytes, sizeof(bytes));
	memcpy(ret->c, "lp_", 3);
	to_base62(bytes, ret->c + 3);
	check_digits(str_from(ret->c, 3 + API_DIGITS), ret->c + 3 + API_DIGITS);
	ret->c[API_CHARS] = '\0';
	*ret_hash = hash_of(str_from(ret->c, API_CHARS));
	sodium_memzero(bytes, sizeof(bytes));
}

bool api_token_read(struct str token, struct hash *ret)
{
	char check[CHECK_DIGITS];

	if (token.n != API_CHARS || !str_starts(token, STR("lp_")))
		return false;
	for (size_t i = 3; i < API_CHARS; i++)
		if (!char_is_digit(token.p[i]) && !char_is_alpha(token.p[i]))
			return false;
	check_digits(str_sub(token, 0, 3 + API_DIGITS), check);
	if (memcmp(check, token.p + 3 + API_DIGITS, CHECK_DIGITS) != 0)
		return false;
	*ret = hash_of(token);
	return true;
}

/* --- the device cookie: nonce, time of making, their keyed hash with the address --- */

struct device {
	uint8_t nonce[DEVICE_NONCE_BYTES], made[8], mac[32];
};
#define DEVICE_LIFE_MS (365 * MS_PER_DAY)

static void device_mac(const struct access *a, const struct folded *who, const struct device *d,
		       uint8_t ret[32])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, a->keys->device, sizeof(a->keys->device), 32);
	crypto_generichash_update(&state, d->nonce, sizeof(d->nonce));
	crypto_generichash_update(&state, d->made, sizeof(d->made));
	crypto_generichash_update(&state, (const unsigned char *)who->c, who->n);
	crypto_generichash_final(&state, ret, 32);
}

void device_make(const struct access *a, const struct folded *who, struct access_secret *ret)
{
	uint64_t now = (uint64_t)access_now(a);
	struct device d;

	a->chance(d.nonce, sizeof(d.nonce));
	for (size_t i = 0; i < sizeof(d.made); i++)
		d.made[i] = (uint8_t)(now >> (56 - 8 * i));
	device_mac(a, who, &d, d.mac);
	encode((const uint8_t *)&d, sizeof(d), ret);
}

bool device_known(const struct access *a, const struct folded *who, struct str cookie,
		  uint8_t ret_nonce[DEVICE_NONCE_BYTES])
{
	struct device d;
	uint8_t mac[32];
	uint64_t made = 0;

	if (!decode(cookie, (uint8_t *)&d, sizeof(d)))
		return false;
	device_mac(a, who, &d, mac);
	if (sodium_memcmp(mac, d.mac, sizeof(mac)) != 0)
		return false;
	for (size_t i = 0; i < sizeof(d.made); i++)
		made = made << 8 | d.made[i];
	if (access_now(a) - (int64_t)made > DEVICE_LIFE_MS)
		return false;
	memcpy(ret_nonce, d.nonce, DEVICE_NONCE_BYTES);
	return true;
}

/* --- texts that forms carry --- */

struct csrf {
	uint8_t nonce[16], mac[32];
};

static void csrf_mac(const struct access *a, struct str bound, struct csrf *c)
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, a->keys->csrf, sizeof(a->keys->csrf), sizeof(c->mac));
	crypto_generichash_update(&state, c->nonce, sizeof(c->nonce));
	crypto_generichash_update(&state, (const unsigned char *)bound.p, bound.n);
	crypto_generichash_final(&state, c->mac, sizeof(c->mac));
}

void access_csrf(struct access *a, struct str bound, struct access_secret *ret)
{
	struct csrf c;

	a->chance(c.nonce, sizeof(c.nonce));
	csrf_mac(a, bound, &c);
	encode((const uint8_t *)&c, sizeof(c), ret);
}

bool access_csrf_right(struct access *a, struct str bound, struct str said)
{
	struct csrf c, right;

	if (!decode(said, (uint8_t *)&c, sizeof(c)))
		return false;
	right = c;
	csrf_mac(a, bound, &right);
	return sodium_memcmp(right.mac, c.mac, sizeof(c.mac)) == 0;
}
