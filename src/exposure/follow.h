#ifndef EXPOSURE_FOLLOW_H
#define EXPOSURE_FOLLOW_H

/* What open.c and follow.c share: what a part is made of, gathered from the store. */

#include "exposure/world.h"

struct gathering {
	struct arena *arena;
	const struct segment **segments; /* references held */
	size_t nsegments, segments_cap;
	VEC_OF(struct exposure_org_name) orgs; /* by code */
};
void gathering_release(struct gathering *g);
void gathering_keep(struct gathering *g, const struct segment *s); /* takes the reference */
MUST_CHECK bool gathering_names(struct gathering *g, const struct exposure_sources *src,
				struct err *err);
/* A part of the segments gathered, which it takes; like: see part_of(). */
struct part *gathering_part(struct gathering *g, struct grounds *grounds, struct part *like,
			    int64_t now_ms);
struct exposure_resolver resolver_of(const struct grounds *g);

#endif
