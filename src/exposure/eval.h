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

#endif
