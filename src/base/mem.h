#ifndef BASE_MEM_H
#define BASE_MEM_H

/*
 * Memory that is always there: allocation never returns NULL.  When the system
 * has none left, the process says so and ends; the journal is safe to cut at
 * any byte.  Sizes that a user controls are capped before they come here.
 */

#include "base/def.h"

/* n bytes, uninitialised; released with free(). */
void *mem_alloc(size_t n) MUST_CHECK;
/* count * size bytes, zeroed, overflow checked; released with free(). */
void *mem_zero(size_t count, size_t size) MUST_CHECK;
/* p made count * size bytes, overflow checked. */
void *mem_resize(void *p, size_t count, size_t size) MUST_CHECK;
/* A copy of n bytes with a NUL after them; released with free(). */
char *mem_copy(const char *p, size_t n) MUST_CHECK;

/* Make room for one more item in a vector {T *v; size_t n, cap;}.  Doubles: O(1) amortised. */
void *mem_grow(void *v, size_t n, size_t *cap, size_t item_bytes) MUST_CHECK;

/* For AUTO(freep). */
static inline void freep(void *p)
{
	free(*(void **)p);
}

/*
 * A growing vector: declare "struct { T *v; size_t n, cap; } x = {0};" and
 * VEC_PUSH(&x, item).  Released with free(x.v).
 */
#define VEC_OF(T)                                                                                  \
	struct {                                                                                   \
		T *v;                                                                              \
		size_t n, cap;                                                                     \
	}
#define VEC_PUSH(vec, ...)                                                                         \
	do {                                                                                       \
		(vec)->v = mem_grow((vec)->v, (vec)->n, &(vec)->cap, sizeof(*(vec)->v));           \
		(vec)->v[(vec)->n++] = __VA_ARGS__;                                                \
	} while (0)

#endif
