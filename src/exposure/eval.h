#ifndef EXPOSURE_EVAL_H
#define EXPOSURE_EVAL_H

/* One class asked of organisations: what eval.c, form.c, query.c and worst.c share. */

#include "exposure/plain.h"
#include "exposure/world.h"

/* What a form of many programs says where its slots are not held. */
struct idle {
	const uint32_t *start, *programs; /* slot -> the programs that name it; NULL: all are
					   * asked everywhere */
	const uint32_t *always;		  /* those that have to be asked everywhere */
	uint32_t nalways;
	uint32_t exposed[KINDS], unknown[KINDS]; /* programs that say so of a kind */
};
/* A class with its leaves numbered among themselves: slots. */
struct form {
	const struct part *part;
	const uint32_t *leaves; /* by slot, ascending */
	const uint8_t *masks;	/* theirs */
	uint32_t nleaves;
	const struct program *programs; /* of slots */
	uint32_t nprograms;
	const uint32_t *code;
	uint32_t verdict; /* slot, or NONE */
	bool single;	  /* nothing but one leaf */
	struct idle idle;
};
struct hit {
	uint32_t lane, place; /* slot << LISTS_SHIFT | list; among the organisation's ids */
	uint64_t word;	      /* its devices, where a word holds them */
};
static inline uint32_t hit_list(const struct hit *h)
{
	return h->lane & ((1u << LISTS_SHIFT) - 1);
}
/* By unit of the part, from start[unit] to start[unit + 1], by lane. */
struct class_hits {
	struct form form;
	uint32_t *start;
	struct hit *v;
	size_t touched; /* organisations that have any */
};

/* ---- form.c ---- */
void class_form(const struct part *w, uint32_t class, struct arena *arena, struct form *ret);
void class_hits(const struct part *w, uint32_t class, struct arena *arena, struct class_hits *ret);

/* ---- idle.c ---- */
void idle_build(struct form *f, struct arena *arena);
struct due {
	uint32_t *asked, stamp; /* by program: when last found due */
	size_t nasked;
	VEC_OF(uint32_t) programs;
};
void due_release(struct due *d);
/* Finds the programs to ask, those of which some slot is hit; returns what all others say. */
struct kind_sets due_find(struct due *d, const struct form *f, const struct hit *h,
			  const struct hit *end);

/* ---- eval.c ---- */
/* What the form's program says of the devices of a unit that holds nothing, of one word. */
struct kind_words program_alone(const struct form *f, uint32_t program, const struct unit *o,
				struct scratch *s);
/* With what is known of where unit holds something of the class. */
struct sets class_eval_hits(const struct class_hits *hits, uint32_t unit, struct scratch *s);
struct counts {
	uint32_t exposed, unknown, fixed;
};
/* How many devices, where some hit is. */
struct counts class_count_hits(const struct class_hits *hits, uint32_t unit, struct scratch *s);
/* Add the devices of every id within the spans; false when there is none. */
bool spans_devices(const struct unit *o, const struct spans *s, uint64_t *to);

/* ---- query.c: class_hits() of every part; in arena ---- */
struct class_hits *world_hits(const struct exposure_world *w, const struct asked_of *asked,
			      struct arena *arena);

#endif
