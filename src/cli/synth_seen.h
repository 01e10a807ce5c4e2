#ifndef CLI_SYNTH_SEEN_H
#define CLI_SYNTH_SEEN_H

/*
 * Inner door: versions of a product that vulnerabilities name, made into its history.
 */

#include "base/mem.h"
#include "cli/synth.h"

struct synth_seen {
	uint32_t product;
	struct str version;
	int64_t ms; /* when somebody first wrote of it */
};

struct synth_history {
	struct arena *arena;
	int64_t as_of_ms;
	VEC_OF(struct synth_version) v; /* work room */
};

/*
 * The versions that a product had by the moment, ascending by number and by day, from the n of
 * seen that are its, ascending by version.  How many; 0: it was not there yet, or
 * is forgotten.
 */
uint32_t synth_history_make(struct synth_history *h, const struct synth_seen *seen, size_t n,
			    const struct synth_version **ret);

#endif
