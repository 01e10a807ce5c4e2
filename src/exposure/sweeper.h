#ifndef EXPOSURE_SWEEPER_H
#define EXPOSURE_SWEEPER_H

/* What a sweep works with, for sweep.c and sweeper.c. */

#include "exposure/local.h"
#include "exposure/sweep.h"

/* Of a class while an organisation is gone through.  One word: devices true, and maybe.  More:
 * where the next of its places goes; how many of them are true. */
struct lane {
	uint64_t t, u;
};

/* Of a leaf, for an organisation of one word. */
struct leaf_words {
	uint64_t v[LEAF_LISTS];
	bool any;
};

struct sweeper {
	struct local local;
	struct leaf_words *leaf_words; /* by leaf; zero between organisations */
	uint64_t all_devices;
	struct lane *lanes; /* by class; zero between organisations */
	uint32_t *reached;  /* classes, in order of first sight */
	size_t nreached;
	VEC_OF(uint32_t) places;
	struct span_list bounds;
	const uint64_t *over; /* devices on whose line the vendor speaks, or NULL */
	uint64_t *result, *over_words;
	const uint32_t *at;
	uint64_t *level[PROGRAM_DEPTH + 4]; /* true, then unknown */
	uint32_t words;
	struct intern *memo; /* of large organisations: questions asked before; sweep_unit's own */
	VEC_OF(struct class_counts) answers;
	VEC_OF(struct class_met) met;
	uint32_t *asked, stamp; /* by class: when last */
	struct text key;
};

static inline void met_add(struct sweeper *s, uint32_t class, uint32_t exposed, uint32_t unknown)
{
	VEC_PUSH(&s->met, (struct class_met){class, {exposed, unknown}});
}

/* ---- small.c: the classes of several leaves, of an organisation of one word ---- */
void small_ask(struct sweeper *s, const struct unit *o);
/* ---- reach.c: classes of one leaf that the organisation reaches, added to met ---- */
void reach_ask(struct sweeper *s, const struct unit *o);

#endif
