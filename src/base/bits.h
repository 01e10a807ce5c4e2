#ifndef BASE_BITS_H
#define BASE_BITS_H

/*
 * Sets of small numbers as plain 64-bit words.  The caller owns the words and
 * knows their number; bits past the size are kept zero.
 */

#include "base/def.h"

static inline size_t bits_words(size_t n)
{
	return (n + 63) / 64;
}

static inline void bits_add(uint64_t *w, size_t i)
{
	w[i / 64] |= (uint64_t)1 << (i % 64);
}

static inline void bits_drop(uint64_t *w, size_t i)
{
	w[i / 64] &= ~((uint64_t)1 << (i % 64));
}

static inline bool bits_has(const uint64_t *w, size_t i)
{
	return w[i / 64] >> (i % 64) & 1;
}

static inline size_t bits_count(const uint64_t *w, size_t words)
{
	size_t n = 0;

	for (size_t i = 0; i < words; i++)
		n += (size_t)__builtin_popcountll(w[i]);
	return n;
}

static inline void bits_or(uint64_t *to, const uint64_t *from, size_t words)
{
	for (size_t i = 0; i < words; i++)
		to[i] |= from[i];
}

static inline void bits_and(uint64_t *to, const uint64_t *from, size_t words)
{
	for (size_t i = 0; i < words; i++)
		to[i] &= from[i];
}

static inline void bits_and_not(uint64_t *to, const uint64_t *from, size_t words)
{
	for (size_t i = 0; i < words; i++)
		to[i] &= ~from[i];
}

/* All of 0 .. n-1. */
static inline void bits_fill(uint64_t *w, size_t n)
{
	size_t words = bits_words(n);

	for (size_t i = 0; i < words; i++)
		w[i] = ~(uint64_t)0;
	if (n % 64)
		w[words - 1] = ((uint64_t)1 << (n % 64)) - 1;
}

/* The first member at or after i, or n. */
static inline size_t bits_next(const uint64_t *w, size_t n, size_t i)
{
	while (i < n) {
		uint64_t rest = w[i / 64] >> (i % 64);

		if (rest) {
			i += (size_t)__builtin_ctzll(rest);
			return i < n ? i : n;
		}
		i = (i / 64 + 1) * 64;
	}
	return n;
}

#define BITS_EACH(i, w, n)                                                                         \
	for (size_t i = bits_next((w), (n), 0); i < (n); i = bits_next((w), (n), i + 1))

#endif
