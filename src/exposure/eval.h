#ifndef EXPOSURE_EVAL_H
#define EXPOSURE_EVAL_H

/* What eval.c, query.c and sweep.c share. */

#include "exposure/world.h"

struct scratch {
	uint32_t words;
	struct sets level[PROGRAM_DEPTH + 4];
};
/* Add the devices of every id within the spans. */
void spans_devices(const struct unit *o, const struct spans *s, uint64_t *to);
/* Add the organisations that hold something the class names. */
void class_marks(const struct part *w, const struct class *c, uint64_t *orgs);
/* The same for every part of a world; *ret_marked: how many in all. */
uint64_t **world_marks(const struct exposure_world *w, const struct asked_of *asked,
		       struct arena *arena, size_t *ret_marked);

#endif
