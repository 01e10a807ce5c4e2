#ifndef EXPOSURE_CENSUS_H
#define EXPOSURE_CENSUS_H

/*
 * What all organisations have of a kind (raw names, systems, patch states), told apart by a key and
 * numbered in order of first sight, organisation by organisation, by as many threads as there are.
 */

#include "exposure/inner.h"

struct sight {
	uint32_t unit, at;
};
struct census_kind {
	uint32_t (*count)(const struct unit *o);
	uint32_t *(*numbers)(struct unit *o); /* count of them, to be filled */
	/* Appends the key of one; own is its thread's, from open. */
	void (*key)(void *own, const struct part *w, struct sight at, struct text *key);
	void *(*open)(struct part *w); /* NULL: nothing of its own */
	void (*close)(void *own);
};
struct census {
	struct sight *v; /* where each was seen first */
	uint32_t n;
};
static inline void census_release(struct census *c)
{
	free(c->v);
}
void census_take(struct part *w, const struct census_kind *kind, struct census *ret);

#endif
