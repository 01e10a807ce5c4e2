#include "base/str.h"

#include <endian.h>

int str_cmp(struct str a, struct str b)
{
	size_t n = MIN_OF(a.n, b.n);
	int c = n ? memcmp(a.p, b.p, n) : 0;

	if (c)
		return c < 0 ? -1 : 1;
	return a.n < b.n ? -1 : a.n > b.n;
}

int str_qsort_cmp(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

bool str_eq_ci(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (char_lower(a.p[i]) != char_lower(b.p[i]))
			return false;
	return true;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq(str_sub(s, 0, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq(str_from_offset(s, s.n - suffix.n), suffix);
}

bool str_starts_ci(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq_ci(str_sub(s, 0, prefix.n), prefix);
}

size_t str_find(struct str s, struct str needle, size_t from)
{
	for (size_t i = from; needle.n <= s.n && i <= s.n - needle.n; i++)
		if (str_eq(str_sub(s, i, needle.n), needle))
			return i;
	return SIZE_MAX;
}

/* Eight bytes, the first lowest, with the bit set by which small letters differ from capitals. */
static uint64_t folded8(const char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return le64toh(x) | 0x2020202020202020u;
}

/* Bits at bytes of the eight at p where the needle's first two (of one: that one) may stand: at
 * least where they do, the letters' case aside. */
static uint64_t may_begin(const char *p, const uint64_t two[2], size_t second)
{
	uint64_t x = (folded8(p) ^ two[0]) | (folded8(p + second) ^ two[1]);

	return (x - 0x0101010101010101u) & ~x & 0x8080808080808080u;
}

static size_t find_ci_short(struct str s, struct str needle, size_t from)
{
	char first = needle.n ? char_lower(needle.p[0]) : '\0';

	for (size_t i = from; i <= s.n - needle.n; i++)
		if ((!needle.n || char_lower(s.p[i]) == first) &&
		    str_eq_ci(str_sub(s, i, needle.n), needle))
			return i;
	return SIZE_MAX;
}

size_t str_find_ci(struct str s, struct str needle, size_t from)
{
	const uint64_t ones = 0x0101010101010101u;
	size_t second = needle.n > 1, i = from;
	uint64_t two[2];

	if (needle.n > s.n)
		return SIZE_MAX;
	if (!needle.n || s.n < 8 + second)
		return find_ci_short(s, needle, from);
	two[0] = ones * (uint8_t)(needle.p[0] | 0x20);
	two[1] = ones * (uint8_t)(needle.p[second] | 0x20);
	while (i <= s.n - needle.n) {
		size_t at = MIN_OF(i, s.n - 8 - second); /* i - at < 8 */
		uint64_t may = may_begin(s.p + at, two, second) >> 8 * (i - at);

		if (!may) {
			i = at + 8;
			continue;
		}
		i += (size_t)__builtin_ctzll(may) / 8;
		if (str_eq_ci(str_sub(s, i, needle.n), needle))
			return i;
		i++;
	}
	return SIZE_MAX;
}

size_t str_find_char(struct str s, char c, size_t from)
{
	const char *at = from < s.n ? memchr(s.p + from, c, s.n - from) : NULL;

	return at ? (size_t)(at - s.p) : SIZE_MAX;
}

struct str str_sub(struct str s, size_t from, size_t n)
{
	if (from >= s.n)
		return str_from(s.p ? s.p + s.n : NULL, 0);
	return str_from(s.p + from, MIN_OF(n, s.n - from));
}

struct str str_from_offset(struct str s, size_t from)
{
	return str_sub(s, from, SIZE_MAX);
}

struct str str_trim(struct str s)
{
	while (s.n && char_is_space(s.p[0]))
		s.p++, s.n--;
	while (s.n && char_is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* The end is marked by p == NULL, so that a last empty piece is given too. */
bool str_next(struct str *rest, char sep, struct str *ret_piece)
{
	size_t at;

	if (!rest->p)
		return false;
	at = str_find_char(*rest, sep, 0);
	if (at == SIZE_MAX) {
		*ret_piece = *rest;
		*rest = (struct str){NULL, 0};
	} else {
		*ret_piece = str_sub(*rest, 0, at);
		*rest = str_from_offset(*rest, at + 1);
	}
	return true;
}

bool str_next_line(struct str *rest, struct str *ret_line)
{
	struct str line;
	size_t at;

	if (!rest->n)
		return false;
	at = str_find_char(*rest, '\n', 0);
	line = str_sub(*rest, 0, at);
	*rest = at == SIZE_MAX ? (struct str){NULL, 0} : str_from_offset(*rest, at + 1);
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	*ret_line = line;
	return true;
}

bool str_to_u64(struct str s, uint64_t *ret)
{
	uint64_t x = 0;

	if (!s.n || s.n > 20)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!char_is_digit(s.p[i]) || __builtin_mul_overflow(x, 10u, &x) ||
		    __builtin_add_overflow(x, (uint64_t)(s.p[i] - '0'), &x))
			return false;
	}
	*ret = x;
	return true;
}

bool str_to_i64(struct str s, int64_t *ret)
{
	bool neg = s.n && s.p[0] == '-';
	uint64_t x;

	if (!str_to_u64(neg ? str_from_offset(s, 1) : s, &x) || x > (uint64_t)INT64_MAX + neg)
		return false;
	*ret = (int64_t)(neg ? -x : x);
	return true;
}

bool str_to_double(struct str s, double *ret)
{
	char copy[64];
	char *end;
	double x;

	if (!s.n || s.n >= sizeof(copy) ||
	    !(char_is_digit(s.p[0]) || s.p[0] == '-' || s.p[0] == '.'))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_digit(s.p[i]) && !memchr("+-.eE", s.p[i], 5))
			return false;
	memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	x = strtod(copy, &end);
	if (*end || x != x || x - x != 0)
		return false;
	*ret = x;
	return true;
}

uint64_t u64_hash(uint64_t x)
{
	/* splitmix64's finaliser (Steele, Lea, Flood 2014). */
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	__uint128_t m = (__uint128_t)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* n bytes, fewer than 8, as a number, the rest zero. */
static uint64_t load_few(const char *p, size_t n)
{
	uint64_t w = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint32_t lo, hi;

	/* Halves that may overlap: cheaper than a copy of some length. */
	if (n >= 4) {
		memcpy(&lo, p, 4);
		memcpy(&hi, p + n - 4, 4);
		return lo | (uint64_t)hi << (n - 4) * 8;
	}
	for (size_t i = 0; i < n; i++)
		w |= (uint64_t)(unsigned char)p[i] << i * 8;
#else
	memcpy(&w, p, n);
#endif
	return w;
}

uint64_t str_hash(struct str s)
{
	const uint64_t k0 = 0xa0761d6478bd642fu, k1 = 0xe7037ed1a0b428dbu;
	uint64_t h = k0 ^ s.n, a, b;
	const char *p = s.p;
	size_t n = s.n;

	for (; n >= 16; p += 16, n -= 16) {
		memcpy(&a, p, 8);
		memcpy(&b, p + 8, 8);
		h = mix(a ^ k1, b ^ h);
	}
	a = b = 0;
	if (n >= 8) {
		memcpy(&a, p, 8);
		b = load_few(p + 8, n - 8);
	} else {
		a = load_few(p, n);
	}
	return mix(k1 ^ s.n, mix(a ^ k1, b ^ h));
}

/* Length of the well-formed sequence at p (RFC 3629, table of section 4), or 0. */
static size_t utf8_len(const unsigned char *p, size_t n)
{
	unsigned lo = 0x80, hi = 0xbf;
	size_t len;

	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		len = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		len = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4;
	else
		return 0;
	if (p[0] == 0xe0)
		lo = 0xa0;
	else if (p[0] == 0xed)
		hi = 0x9f;
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xf4)
		hi = 0x8f;
	if (n < len || p[1] < lo || p[1] > hi)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return len;
}

bool str_is_utf8(struct str s, size_t *ret_bad_at)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0;

	while (i < s.n) {
		uint64_t w;
		size_t len;

		if (s.n - i >= 8) {
			memcpy(&w, p + i, 8);
			if (!(w & 0x8080808080808080u)) {
				i += 8;
				continue;
			}
		}
		if (p[i] < 0x80) {
			i++;
			continue;
		}
		len = utf8_len(p + i, s.n - i);
		if (!len) {
			if (ret_bad_at)
				*ret_bad_at = i;
			return false;
		}
		i += len;
	}
	return true;
}
