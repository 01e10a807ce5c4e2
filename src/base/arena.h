#ifndef BASE_ARENA_H
#define BASE_ARENA_H

/*
 * One lifetime's memory: everything taken from an arena goes at once.  Not
 * shared between threads.  Chunks double from 16 KiB to 1 MiB.
 */

#include "base/str.h"

struct arena;

void arena_close(struct arena *a);
DEFINE_CLOSEP(struct arena, arena_close)
struct arena *arena_open(void) MUST_CHECK CLOSED_BY(arena_close);

/* n bytes aligned to 16, uninitialised, for the arena's life. */
void *arena_alloc(struct arena *a, size_t n) MUST_CHECK;
/* count * size zeroed bytes. */
void *arena_zero(struct arena *a, size_t count, size_t size) MUST_CHECK;
/* A copy of s, NUL-terminated. */
struct str arena_str(struct arena *a, struct str s) MUST_CHECK;
/* Formatted, NUL-terminated. */
struct str arena_fmt(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Forget everything, keep the first chunk. */
void arena_clear(struct arena *a);
/* Bytes held from the system. */
size_t arena_bytes(const struct arena *a);

#define ARENA_NEW(a, T) ((T *)arena_zero((a), 1, sizeof(T)))
#define ARENA_ARRAY(a, T, n) ((T *)arena_zero((a), (n), sizeof(T)))

/* Room for one more in a list that lies in the arena; what is outgrown stays there, at most as much
 * again. */
void *arena_grow(struct arena *a, void *v, size_t n, size_t *cap, size_t item_bytes) MUST_CHECK;
#define ARENA_VEC(T)                                                                               \
	struct {                                                                                   \
		T *v;                                                                              \
		size_t n, cap;                                                                     \
	}
/* To *list {v, n}, which has room for cap. */
#define ARENA_PUSH(arena, list, cap, ...)                                                          \
	do {                                                                                       \
		(list)->v = arena_grow((arena), (list)->v, (list)->n, &(cap), sizeof(*(list)->v)); \
		(list)->v[(list)->n++] = __VA_ARGS__;                                              \
	} while (0)

/* struct list {v, n}: what a view gives back, in the arena that it was given. */
#define ARENA_LIST(list, item)                                                                     \
	struct list {                                                                              \
		item *v;                                                                           \
		size_t n;                                                                          \
	}

#endif
