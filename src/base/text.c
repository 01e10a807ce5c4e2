#include "base/text.h"

#include <stdarg.h>

#include "base/mem.h"

void text_free(struct text *t)
{
	free(t->p);
	*t = (struct text){0};
}

void text_clear(struct text *t)
{
	t->n = 0;
	if (t->p)
		t->p[0] = '\0';
}

char *text_room(struct text *t, size_t n)
{
	if (t->n + n + 1 > t->cap) {
		t->cap = MAX_OF(t->cap * 2, t->n + n + 1);
		t->cap = MAX_OF(t->cap, (size_t)64);
		t->p = mem_resize(t->p, t->cap, 1);
	}
	return t->p + t->n;
}

void text_add(struct text *t, struct str s)
{
	char *at = text_room(t, s.n);

	if (s.n)
		memcpy(at, s.p, s.n);
	t->n += s.n;
	t->p[t->n] = '\0';
}

void text_add_c(struct text *t, const char *c)
{
	text_add(t, str_of(c));
}

void text_add_char(struct text *t, char c)
{
	text_add(t, str_from(&c, 1));
}

void text_add_u64(struct text *t, uint64_t x)
{
	char buf[24];
	size_t i = sizeof(buf);

	do {
		buf[--i] = (char)('0' + x % 10);
		x /= 10;
	} while (x);
	text_add(t, str_from(buf + i, sizeof(buf) - i));
}

void text_addf(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	text_room(t, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(t->p + t->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	t->n += (size_t)n;
}
