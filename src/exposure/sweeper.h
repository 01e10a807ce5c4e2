#ifndef EXPOSURE_SWEEPER_H
#define EXPOSURE_SWEEPER_H

/* What a sweep works with, for sweep.c and sweeper.c. */

#include "exposure/local.h"
#include "exposure/sweep.h"

struct sweeper {
	struct local local;
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

#endif
