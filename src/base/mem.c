#include "base/mem.h"

static NO_RETURN void out_of_memory(size_t n)
{
	fprintf(stderr, "lynchpin: out of memory (%zu bytes wanted)\n", n);
	abort();
}

void *mem_alloc(size_t n)
{
	void *p = malloc(n ? n : 1);

	if (!p)
		out_of_memory(n);
	return p;
}

void *mem_zero(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		out_of_memory(count);
	return p;
}

void *mem_resize(void *p, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		out_of_memory(count);
	p = realloc(p, bytes ? bytes : 1);
	if (!p)
		out_of_memory(bytes);
	return p;
}

char *mem_copy(const char *p, size_t n)
{
	char *copy = mem_alloc(n + 1);

	if (n)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

void *mem_grow(void *v, size_t n, size_t *cap, size_t item_bytes)
{
	if (n < *cap)
		return v;
	*cap = *cap ? *cap * 2 : 8;
	return mem_resize(v, *cap, item_bytes);
}
