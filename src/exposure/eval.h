#ifndef EXPOSURE_EVAL_H
#define EXPOSURE_EVAL_H

/* What eval.c, query.c and sweep.c share. */

#include "exposure/inner.h"

struct scratch {
	uint32_t words;
	struct sets level[PROGRAM_DEPTH + 4];
};
/* Add the devices of every id within the spans. */
void spans_devices(const struct unit *o, const struct spans *s, uint64_t *to);
/* Add the organisations that hold something the class names. */
void class_marks(const struct exposure_world *w, const struct class *c, uint64_t *orgs);
/* For one that holds nothing of it: how many are unknown, when that takes no look at devices. */
bool class_plain(const struct exposure_world *w, const struct unit *o, const struct class *c,
		 uint64_t *ret_unknown);

#endif
