#include "base/arena.h"

#include <stdarg.h>

#include "base/mem.h"

enum { FIRST_CHUNK = 16 << 10, LARGEST_CHUNK = 1 << 20, ALIGN = 16 };

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(16) char bytes[];
};

struct arena {
	struct chunk *head;
	size_t held;
};

static struct chunk *chunk_new(struct arena *a, size_t size)
{
	struct chunk *c = mem_alloc(sizeof(*c) + size);

	c->next = a->head;
	c->used = 0;
	c->size = size;
	a->head = c;
	a->held += size;
	return c;
}

struct arena *arena_open(void)
{
	struct arena *a = mem_zero(1, sizeof(*a));

	chunk_new(a, FIRST_CHUNK);
	return a;
}

void arena_close(struct arena *a)
{
	struct chunk *next;

	if (!a)
		return;
	for (struct chunk *c = a->head; c; c = next) {
		next = c->next;
		free(c);
	}
	free(a);
}

void *arena_alloc(struct arena *a, size_t n)
{
	struct chunk *c = a->head;
	void *p;

	assert(n < SIZE_MAX / 2);
	n = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (n > c->size - c->used) {
		size_t next = MIN_OF(c->size * 2, (size_t)LARGEST_CHUNK);

		c = chunk_new(a, MAX_OF(n, next));
	}
	p = c->bytes + c->used;
	c->used += n;
	return p;
}

void *arena_zero(struct arena *a, size_t count, size_t size)
{
	size_t bytes;
	void *p;

	bool over = __builtin_mul_overflow(count, size, &bytes);
	assert(!over);
	p = arena_alloc(a, bytes);
	return memset(p, 0, bytes);
}

void *arena_grow(struct arena *a, void *v, size_t n, size_t *cap, size_t item_bytes)
{
	void *more;

	if (n < *cap)
		return v;
	*cap = *cap ? *cap * 2 : 8;
	more = arena_zero(a, *cap, item_bytes);
	if (n)
		memcpy(more, v, n * item_bytes);
	return more;
}

struct str arena_str(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return str_from(p, s.n);
}

struct str arena_fmt(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return str_from(p, (size_t)n);
}

void arena_clear(struct arena *a)
{
	struct chunk *next;

	for (struct chunk *c = a->head; c->next; c = next) {
		next = c->next;
		a->held -= c->size;
		free(c);
		a->head = next;
	}
	a->head->used = 0;
}

size_t arena_bytes(const struct arena *a)
{
	return a->held;
}
