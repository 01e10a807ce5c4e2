#include "keys/keys.h"

#include <sodium.h>

static const char digits[] = "0123456789abcdef";

struct str hex_encode(const void *bytes, size_t n, char *buf)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < n; i++) {
		buf[2 * i] = digits[b[i] >> 4];
		buf[2 * i + 1] = digits[b[i] & 15];
	}
	buf[2 * n] = '\0';
	return str_from(buf, 2 * n);
}

/* Lower case only: one value has one spelling, or a flipped bit of a stored digest could
 * pass for the same digest. */
static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool hex_decode(struct str hex, void *bytes, size_t n)
{
	uint8_t *b = bytes;

	if (hex.n != 2 * n)
		return false;
	for (size_t i = 0; i < hex.n; i++) {
		if (digit_of(hex.p[i]) < 0)
			return false;
	}
	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(digit_of(hex.p[2 * i]) << 4 | digit_of(hex.p[2 * i + 1]));
	return true;
}

void base64_encode(struct str bytes, struct text *out)
{
	size_t room = sodium_base64_encoded_len(bytes.n, sodium_base64_VARIANT_ORIGINAL);

	sodium_bin2base64(text_room(out, room), room, (const unsigned char *)bytes.p, bytes.n,
			  sodium_base64_VARIANT_ORIGINAL);
	out->n += room - 1;
}

bool base64_decode(struct str s, struct text *out, struct err *err)
{
	const char *end = NULL;
	size_t n = 0;

	/* libsodium checks that the bits left over are zero and the padding is there. */
	if (sodium_base642bin((unsigned char *)text_room(out, s.n / 4 * 3 + 3), s.n / 4 * 3 + 3,
			      s.n ? s.p : "", s.n, NULL, &n, &end,
			      sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    (s.n && end != s.p + s.n))
		return err_set(err, ERR_INVALID, "not base64 (RFC 4648)");
	out->n += n;
	*text_room(out, 1) = '\0';
	return true;
}
