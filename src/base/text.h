#ifndef BASE_TEXT_H
#define BASE_TEXT_H

/*
 * struct text builds bytes.  Initialise with {0}, release with text_free() (or
 * AUTO(text_freep) on a struct text).  Always NUL-terminated once something was
 * added, so text_c() can go to a system door.
 */

#include "base/str.h"

struct text {
	char *p;
	size_t n, cap;
};

void text_free(struct text *t);
/* Keep the memory, drop the contents. */
void text_clear(struct text *t);
void text_add(struct text *t, struct str s);
void text_add_c(struct text *t, const char *c);
void text_add_char(struct text *t, char c);
void text_add_u64(struct text *t, uint64_t x);
void text_addf(struct text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Make room for n more bytes and return where they go; then t->n += what was written. */
char *text_room(struct text *t, size_t n);

static inline struct str text_str(const struct text *t)
{
	return (struct str){t->p, t->n};
}

static inline const char *text_c(const struct text *t)
{
	return t->p ? t->p : "";
}

static inline void text_freep(struct text *t)
{
	text_free(t);
}

#endif
