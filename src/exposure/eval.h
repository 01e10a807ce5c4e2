#ifndef EXPOSURE_EVAL_H
#define EXPOSURE_EVAL_H

/* One class asked of organisations: what eval.c, form.c, query.c and worst.c share. */

#include "exposure/world.h"

/* Which kinds of devices are exposed, unknown. */
struct kind_sets {
	uint8_t exposed, unknown;
};
/* What a form of many programs says where its slots are not held. */
struct idle {
	const uint32_t *start, *programs; /* slot -> the programs that name it */
	const uint32_t *always;		  /* those that have to be asked everywhere */
	uint32_t nalways;
	const struct kind_sets *said;		 /* by program; NULL: all are asked everywhere */
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

/* ---- plain.c ---- */
/* An organisation of one device of each kind, which holds nothing. */
struct unit kinds_unit(struct arena *arena);

/* ---- eval.c ---- */
/* What each program says of devices of each kind, where nothing is held. */
void programs_alone(const struct form *f, struct kind_sets *ret);
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
