#ifndef WIRE_BLOCK_H
#define WIRE_BLOCK_H

/*
 * 64 bytes at a time: which of them equal a character, as a bit mask.  SSE2 is
 * part of x86-64; elsewhere plain loops, that compilers turn into vectors.
 */

#include "base/def.h"

#ifdef __SSE2__
#include <emmintrin.h>

struct block {
	__m128i v[4];
};

static inline struct block block_load(const char *p)
{
	struct block b;

	for (int i = 0; i < 4; i++)
		memcpy(&b.v[i], p + (size_t)i * 16, 16);
	return b;
}

/* Which of v's bytes are c once the bits of fold are set in them. */
static inline uint64_t block_part(__m128i v, char c, char fold)
{
	__m128i eq = _mm_cmpeq_epi8(_mm_or_si128(v, _mm_set1_epi8(fold)), _mm_set1_epi8(c));

	return (uint32_t)_mm_movemask_epi8(eq);
}

/* Bytes that are c once the bits of fold are set in them. */
static inline uint64_t block_eq_fold(const struct block *b, char c, char fold)
{
	return block_part(b->v[0], c, fold) | block_part(b->v[1], c, fold) << 16 |
	       block_part(b->v[2], c, fold) << 32 | block_part(b->v[3], c, fold) << 48;
}

#else

struct block {
	char v[64];
};

static inline struct block block_load(const char *p)
{
	struct block b;

	memcpy(b.v, p, sizeof(b.v));
	return b;
}

static inline uint64_t block_eq_fold(const struct block *b, char c, char fold)
{
	uint64_t m = 0;

	for (unsigned i = 0; i < 64; i++)
		m |= (uint64_t)((char)(b->v[i] | fold) == c) << i;
	return m;
}

#endif

static inline uint64_t block_eq(const struct block *b, char c)
{
	return block_eq_fold(b, c, 0);
}

/* The block at p when only n < 64 bytes are left: the rest are spaces. */
static inline struct block block_load_tail(const char *p, size_t n)
{
	char rest[64];

	memset(rest, ' ', sizeof(rest));
	memcpy(rest, p, n);
	return block_load(rest);
}

#endif
