#ifndef EXPOSURE_SWEEP_H
#define EXPOSURE_SWEEP_H

/* Every class over one organisation. */

#include "exposure/inner.h"

struct class_counts {
	uint32_t exposed, unknown;
};
struct sweeper;
void sweeper_close(struct sweeper *s);
DEFINE_CLOSEP(struct sweeper, sweeper_close)
/* Room for units of up to words words; one thread at a time. */
struct sweeper *sweeper_open(const struct part *w, uint32_t words) MUST_CHECK
	CLOSED_BY(sweeper_close);
struct class_met {
	uint32_t class;
	struct class_counts counts;
};
/* The classes that name an id of the organisation, each once; valid until the next call. */
size_t sweep_unit(struct sweeper *s, const struct unit *o, const struct class_met **ret);
/* All of them: ret has a place for each class. */
void sweep_counts(struct sweeper *s, const struct unit *o, struct class_counts *ret);

#endif
