#include <float.h>
#include <math.h>

#include "wire/wire.h"

/*
 * ECMA-262 Number::toString: the fewest digits that read back as the same
 * double and, among those, the nearest to it; then one of four notations.
 */
struct decimal {
	uint64_t digits;
	int power; /* value = digits * 10^power */
};

static bool reads_back(struct decimal d, double x)
{
	char buf[40];

	snprintf(buf, sizeof(buf), "%jue%d", (uintmax_t)d.digits, d.power);
	return strtod(buf, NULL) == x;
}

/* The nearest decimal to x > 0 with n digits. */
static struct decimal nearest(double x, int n)
{
	struct decimal d = {0, 0};
	char buf[40];
	const char *p = buf;
	int power = 0, sign;

	snprintf(buf, sizeof(buf), "%.*e", n - 1, x);
	for (; *p != 'e'; p++)
		if (char_is_digit(*p))
			d.digits = d.digits * 10 + (uint64_t)(*p - '0');
	sign = p[1] == '-' ? -1 : 1;
	for (p += 2; *p; p++)
		power = power * 10 + (*p - '0');
	d.power = sign * power - (n - 1);
	return d;
}

static struct decimal shortest(double x)
{
	struct decimal d;
	int unused;
	/* A decimal of up to 15 digits survives the way into a normal double and back, so if
	 * one reads back as x, nearest(x, 15) is it. */
	int n = x >= DBL_MIN ? 15 : 1;

	for (;; n++) {
		d = nearest(x, n);
		if (n == 17 || reads_back(d, x))
			break;
		/* Below a power of two doubles lie half as far apart as above: the nearest
		 * decimal may miss x's interval where its upper neighbour is inside (2^-44). */
		d.digits++;
		if (frexp(x, &unused) == 0.5 && reads_back(d, x))
			break;
	}
	while (d.digits % 10 == 0)
		d.digits /= 10, d.power++;
	return d;
}

/* Append to p. */
static char *put(char *p, const char *s, int n)
{
	memcpy(p, s, (size_t)n);
	return p + n;
}

static char *zeros(char *p, int n)
{
	memset(p, '0', (size_t)n);
	return p + n;
}

/* k digits with the point after the first n of them (n may be outside 0..k). */
static char *notation(char *p, const char *digits, int k, int n)
{
	if (k <= n && n <= 21)
		return zeros(put(p, digits, k), n - k);
	if (0 < n && n <= 21)
		return put(put(put(p, digits, n), ".", 1), digits + n, k - n);
	if (-6 < n && n <= 0)
		return put(zeros(put(p, "0.", 2), -n), digits, k);
	*p++ = digits[0];
	if (k > 1)
		p = put(put(p, ".", 1), digits + 1, k - 1);
	return p + snprintf(p, 8, "e%c%d", n > 0 ? '+' : '-', n > 0 ? n - 1 : 1 - n);
}

struct str json_number(double x, char buf[32])
{
	struct decimal d;
	char digits[24], *p = buf;
	int k;

	assert(isfinite(x));
	if (x == 0) { /* minus zero too */
		*p = '0';
		return str_from(buf, 1);
	}
	if (x < 0) {
		*p++ = '-';
		x = -x;
	}
	if (x < 9007199254740992.0 && x == trunc(x)) {
		p += snprintf(p, 24, "%ju", (uintmax_t)x);
		return str_from(buf, (size_t)(p - buf));
	}
	d = shortest(x);
	k = snprintf(digits, sizeof(digits), "%ju", (uintmax_t)d.digits);
	p = notation(p, digits, k, k + d.power);
	return str_from(buf, (size_t)(p - buf));
}
