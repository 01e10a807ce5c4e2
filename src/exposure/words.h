#ifndef EXPOSURE_WORDS_H
#define EXPOSURE_WORDS_H

/* Sets of devices, four words at a time; n counts words. */

#include "base/bits.h"

typedef uint64_t words4 __attribute__((vector_size(32), aligned(8), may_alias));

static inline void words_or(uint64_t *to, const uint64_t *from, size_t n)
{
	size_t i = 0;

	for (; i + 4 <= n; i += 4)
		*(words4 *)(to + i) |= *(const words4 *)(from + i);
	for (; i < n; i++)
		to[i] |= from[i];
}

static inline void words_and_not(uint64_t *to, const uint64_t *from, size_t n)
{
	size_t i = 0;

	for (; i + 4 <= n; i += 4)
		*(words4 *)(to + i) &= ~*(const words4 *)(from + i);
	for (; i < n; i++)
		to[i] &= ~from[i];
}

size_t words_count(const uint64_t *w, size_t n);
/* Of those in both. */
size_t words_count_both(const uint64_t *a, const uint64_t *b, size_t n);

#endif
