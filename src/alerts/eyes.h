#ifndef ALERTS_EYES_H
#define ALERTS_EYES_H

/* Which organisations of an alert a post sees one by one. */

#include "alerts/inner.h"
#include "base/table.h"

struct eyes {
	bool all; /* sees every organisation's counts */
	struct str region;
	struct intern *orgs; /* else these */
};
void eyes_release(struct eyes *e);
/* post "": all. */
MUST_CHECK bool eyes_open(const struct alerts_view *view, struct str post, struct eyes *e,
			  struct err *err);
bool eyes_see(const struct eyes *e, struct str org, struct str region);
/* Who sees nothing of its peers sees no count of fewer than five of them, its own left out:
 * count[state] of all, seen[state] of those that it sees. */
void eyes_hide_few(const struct eyes *e, const uint64_t *seen, uint64_t *count);

#endif
