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

/* Organisations of together at most 64 devices, side by side in one word. */
struct pack {
	uint64_t *words;      /* by id, allocated with the first; zero between packs */
	VEC_OF(uint32_t) ids; /* held, in no order */
	uint64_t unseen[8];   /* by mask: as a unit's */
	uint32_t ndevices;
};
static inline uint64_t pack_devices(const struct pack *p)
{
	return p->ndevices == WORD_DEVICES ? ~(uint64_t)0 : ((uint64_t)1 << p->ndevices) - 1;
}
struct word_met {
	uint32_t class;
	uint64_t exposed, unknown;
};

struct sweeper {
	struct local local;
	struct pack pack;
	VEC_OF(struct word_met) words_met; /* by the pack */
	struct leaf_words *leaf_words;	   /* by leaf; zero between organisations */
	struct lane *lanes;		   /* by class; zero between organisations */
	uint32_t *reached;		   /* classes, in order of first sight */
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
static inline void word_met_add(struct sweeper *s, uint32_t class, uint64_t exposed,
				uint64_t unknown)
{
	VEC_PUSH(&s->words_met, (struct word_met){class, exposed, unknown});
}

/* ---- pack.c ---- */
/* Another organisation of one word, of which there is room for every device. */
void pack_add(struct sweeper *s, const struct unit *o);
/* Every class of which the pack holds something, each once, as words_met; the pack is empty then.
 */
void pack_ask(struct sweeper *s);
/* ---- small.c: the classes of several leaves, of a pack, added to words_met ---- */
void small_ask(struct sweeper *s);
/* ---- reach.c: classes of one leaf that are reached, added to words_met; to met ---- */
void reach_word(struct sweeper *s);
void reach_words(struct sweeper *s, const struct unit *o);

#endif
