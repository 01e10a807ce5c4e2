#ifndef NAMES_VERSION_H
#define NAMES_VERSION_H

/*
 * Inner door: one comparison and one "can it be read" per scheme.  A reader
 * that accepts everything is NULL in version.c's table.
 */

#include "names/names.h"

static inline int version_sign(int c)
{
	return c < 0 ? -1 : c > 0;
}

static inline size_t version_digits_end(struct str s, size_t at)
{
	while (at < s.n && char_is_digit(s.p[at]))
		at++;
	return at;
}

static inline size_t version_alpha_end(struct str s, size_t at)
{
	while (at < s.n && char_is_alpha(s.p[at]))
		at++;
	return at;
}

static inline bool version_digit_at(struct str s, size_t at)
{
	return at < s.n && char_is_digit(s.p[at]);
}

static inline bool version_alpha_at(struct str s, size_t at)
{
	return at < s.n && char_is_alpha(s.p[at]);
}

/* Cut the digits that s begins with off it. */
static inline struct str version_cut_digits(struct str *s)
{
	struct str digits = str_sub(*s, 0, version_digits_end(*s, 0));
	*s = str_from_offset(*s, digits.n);
	return digits;
}

static inline bool version_cut_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_from_offset(*s, 1);
	return true;
}

/* Digit strings of any length as numbers; empty is 0. */
int version_cmp_digits(struct str a, struct str b);
int version_cmp_ci(struct str a, struct str b);
/* Is s one or more digits? */
bool version_is_digits(struct str s);

int version_cmp_dpkg(struct str a, struct str b);
int version_cmp_rpm(struct str a, struct str b);
int version_cmp_alpm(struct str a, struct str b);
int version_cmp_apk(struct str a, struct str b);
int version_cmp_gentoo(struct str a, struct str b);
bool version_reads_apk(struct str s);
bool version_reads_gentoo(struct str s);

int version_cmp_semver(struct str a, struct str b);
int version_cmp_nuget(struct str a, struct str b);
bool version_reads_semver(struct str s);
int version_cmp_maven(struct str a, struct str b);
int version_cmp_openssl(struct str a, struct str b);
bool version_reads_openssl(struct str s);
int version_cmp_pypi(struct str a, struct str b);
bool version_reads_pypi(struct str s);
int version_cmp_gem(struct str a, struct str b);

#endif
