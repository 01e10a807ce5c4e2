#ifndef BASE_STR_H
#define BASE_STR_H

/*
 * struct str looks at bytes that somebody else owns: pointer and length, no
 * NUL expected, {NULL, 0} is the empty string.  All comparisons are by byte;
 * the _ci forms fold ASCII letters only.
 */

#include "base/def.h"
#include "base/err.h"

struct str {
	const char *p;
	size_t n;
};

#define STR(lit) ((struct str){"" lit "", sizeof(lit) - 1})
#define STR_FMT(s) (int)MIN_OF((s).n, (size_t)4096), (s).n ? (s).p : "" /* for "%.*s" */

static inline struct str str_of(const char *c)
{
	return (struct str){c, c ? strlen(c) : 0};
}

static inline struct str str_from(const char *p, size_t n)
{
	return (struct str){p, n};
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *c)
{
	return str_eq(a, str_of(c));
}

static inline char char_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline bool char_is_digit(char c)
{
	return c >= '0' && c <= '9';
}
/* What a hexadecimal digit stands for; -1: it is none. */
static inline int char_hex(char c)
{
	if (char_is_digit(c))
		return c - '0';
	c = char_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static inline bool char_is_alpha(char c)
{
	return char_lower(c) >= 'a' && char_lower(c) <= 'z';
}

static inline bool char_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* As memcmp, the shorter first when one is the other's prefix. */
int str_cmp(struct str a, struct str b);
bool str_eq_ci(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_starts_ci(struct str s, struct str prefix);
/* Offset of needle in s from from, or SIZE_MAX.  O(n m), n and m small. */
size_t str_find(struct str s, struct str needle, size_t from);
size_t str_find_ci(struct str s, struct str needle, size_t from);
size_t str_find_char(struct str s, char c, size_t from);
/* s from offset from, n bytes at most; clamped. */
struct str str_sub(struct str s, size_t from, size_t n);
struct str str_from_offset(struct str s, size_t from);
/* Without white space at both ends. */
struct str str_trim(struct str s);

/*
 * Cut the next piece before sep off *rest; false when nothing is left.  "a,,b"
 * gives "a", "", "b"; the empty string gives one empty piece, then none.  Start
 * with *rest = whole string.
 */
bool str_next(struct str *rest, char sep, struct str *ret_piece);
/* Next line without its LF or CRLF; false at the end. */
bool str_next_line(struct str *rest, struct str *ret_line);

/* Whole string as a decimal number; false when it is anything else or too large. */
MUST_CHECK bool str_to_u64(struct str s, uint64_t *ret);
MUST_CHECK bool str_to_i64(struct str s, int64_t *ret);
MUST_CHECK bool str_to_double(struct str s, double *ret);

/* 64-bit hash for tables (not for secrets): wyhash-like mixing, seed fixed. */
uint64_t str_hash(struct str s);
/* The same of one number. */
uint64_t u64_hash(uint64_t x);

/* Is s well-formed UTF-8 (RFC 3629, no surrogates, no overlongs)?  *ret_bad_at: offset of the
 * first bad byte when not; may be NULL. */
bool str_is_utf8(struct str s, size_t *ret_bad_at);

/* The word that goes with a count: plural(n, "device", "devices"). */
static inline const char *plural(uint64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

/* For qsort over struct str. */
int str_qsort_cmp(const void *a, const void *b);

#endif
