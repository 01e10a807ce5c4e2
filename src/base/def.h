#ifndef BASE_DEF_H
#define BASE_DEF_H

/*
 * What every file needs before its first line: attributes with names that say
 * what they promise, cleanup at the end of a scope, and the functions that may
 * not be called here (banned.h).
 */

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define UNUSED __attribute__((unused))
#define NO_RETURN __attribute__((noreturn))

/* gcc's pairing of allocator and release; clang 14 has no such form. */
#if defined(__GNUC__) && !defined(__clang__)
#define CLOSED_BY(fn) __attribute__((malloc, malloc(fn, 1)))
#else
#define CLOSED_BY(fn)
#endif

/*
 * AUTO(journal_closep) struct journal *j = NULL;
 * runs journal_closep(&j) when j goes out of scope.  Move it out with
 * *ret = j, j = NULL.
 */
#define AUTO(fn) __attribute__((cleanup(fn)))
#define DEFINE_CLOSEP(type, fn)                                                                    \
	static inline void fn##p(type **p)                                                         \
	{                                                                                          \
		if (*p)                                                                            \
			fn(*p);                                                                    \
	}

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))

#include "base/banned.h"

#endif
