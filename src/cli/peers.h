#ifndef CLI_PEERS_H
#define CLI_PEERS_H

/*
 * Inner door: what of an exposure by organisation, region and device is open to who looks.  Of
 * organisations that the post does not see there are sums alone, and none that fewer than
 * PEERS_MIN of them make up, nor could be left over by taking one sum shown from another.
 */

#include "cli/sight.h"
#include "exposure/exposure.h"

struct peers {
	bool regions;	 /* in: the list will be folded into regions */
	size_t sent;	 /* in: of the list, so many have sent inventories; silent ones follow */
	uint64_t silent; /* out: those that sent nothing, among those shown, and their devices */
	int64_t silent_expected;
	uint64_t hidden; /* out: organisations in no row */
	bool partial;	 /* out: the list's total is of those in its rows alone */
};
/* Keep what s may see; rows of regions whose sums are large enough stay whole. */
MUST_CHECK bool peers_keep(struct sight *s, struct exposure_org_list *list, struct peers *peers,
			   struct err *err);
struct peers_devices {
	struct exposure_device_list list;
	uint64_t hidden; /* organisations whose devices are not in it */
};
/* exposure_devices() of the organisations whose devices s may see.  The one that filter names was
 * asked for by sight_need(). */
MUST_CHECK bool peers_devices(struct sight *s, const struct exposure_world *world,
			      const struct exposure_filter *filter, struct peers_devices *ret,
			      struct err *err);

#endif
