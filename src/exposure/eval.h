#ifndef EXPOSURE_EVAL_H
#define EXPOSURE_EVAL_H

/* What eval.c, query.c and sweep.c share. */

#include "exposure/world.h"

struct hit {
	uint32_t lane, place; /* leaf << LISTS_SHIFT | list; among the organisation's ids */
	uint64_t word;	      /* its devices, where a word holds them */
};
/* By unit of the part, from start[unit] to start[unit + 1], by lane. */
struct class_hits {
	uint32_t *start;
	struct hit *v;
	size_t touched; /* organisations that have any */
};
/* ---- hits.c ---- */
void class_hits(const struct part *w, const struct class *c, struct arena *arena,
		struct class_hits *ret);

struct scratch {
	uint32_t words;
	struct sets level[PROGRAM_DEPTH + 4];
	/* Of the organisation and class evaluated, where they are known; NULL: it is searched. */
	const struct hit *hits;
	uint32_t nhits;
};
/* With what is known of where unit holds something of the class. */
struct sets class_eval_hits(const struct part *w, uint32_t unit, uint32_t class,
			    const struct class_hits *hits, struct scratch *s);
/* Exposed, unknown, fixed of a class of one leaf, in an organisation of one word. */
struct word_sets {
	uint64_t t, u, x;
};
struct word_sets single_eval_hits(const struct part *w, uint32_t unit, uint32_t class,
				  const struct class_hits *hits);
/* Add the devices of every id within the spans. */
void spans_devices(const struct unit *o, const struct spans *s, uint64_t *to);
/* class_hits() of every part; in arena. */
struct class_hits *world_hits(const struct exposure_world *w, const struct asked_of *asked,
			      struct arena *arena);

#endif
