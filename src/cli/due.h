#ifndef CLI_DUE_H
#define CLI_DUE_H

/*
 * Inner door: what time brings, and who does it.  Evidence brought up to date, joiners, steps of
 * ladders: by one process at a time, the one that holds the lease.
 */

#include "alerts/alerts.h"
#include "cli/command.h"

#define DUE_LEASE "work"
/* Without renewal it ends after this: with the looks of those that stand by, whose pause is
 * DUE_LOOK_MS, work that was cut off goes on elsewhere within 5 seconds. */
enum { DUE_LEASE_MS = 2500, DUE_RENEW_MS = 800, DUE_LOOK_MS = 400 };

/* This process, for people: "host/pid". */
struct str due_holder(struct arena *arena);

struct due_done {
	struct alerts_advanced evidence;
	uint64_t joined, climbed, acts;
};
struct due_round {
	struct acts *acts; /* of the post system */
	struct alerts *room;
	const struct clock *clock;
	struct text *say;   /* what the acts say, or NULL */
	bool evidence_only; /* not what time and answers bring */
};
/* Do all that is due now. */
MUST_CHECK bool due_round(const struct due_round *r, struct due_done *done, struct err *err);
/* In lines. */
void due_say(const struct due_done *done, struct text *out);
/* The service, opened for the post system. */
MUST_CHECK bool due_open(struct cli *c, struct acts **ret, struct err *err);

/* Who else does what is due just now is appended; nothing when nobody does. */
MUST_CHECK bool due_other(struct cli *c, struct acts *a, struct text *ret, struct err *err);

#endif
