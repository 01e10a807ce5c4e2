#ifndef CLI_OUTBOX_H
#define CLI_OUTBOX_H

/*
 * Inner door: the outbox, worked through by the one process that holds the lease: what the journal
 * gives cause to tell, its sending, and the records of whom it reached.
 */

#include "cli/command.h"
#include "notify/notify.h"

/* Opened beside acts, whose key it needs too. */
MUST_CHECK bool outbox_open(struct cli *c, struct acts *a, bool looks, struct notify **ret,
			    struct err *err);

struct outbox_done {
	struct notify_advanced told;
	struct notify_sent sent;
	uint64_t recorded; /* acts */
};
/* acts: of the post system. */
MUST_CHECK bool outbox_round(struct acts *acts, struct notify *n, int64_t budget_ms,
			     struct outbox_done *ret, struct err *err);
/* In a line; nothing when nothing was done, unless always. */
void outbox_say(const struct outbox_done *done, bool always, struct text *out);

#endif
