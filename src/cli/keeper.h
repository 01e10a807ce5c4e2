#ifndef CLI_KEEPER_H
#define CLI_KEEPER_H

/*
 * Inner door: a process beside `lynchpin work` that takes its lease, renews it and gives it back.
 * Work on a nation may take longer than the lease lasts, and a store is not shared between threads;
 * so another process keeps the lease, for as long as the one that works is there.
 */

#include "cli/command.h"

struct keeper;

/* Gives the lease back and waits for the process to end. */
void keeper_stop(struct keeper *k);
DEFINE_CLOSEP(struct keeper, keeper_stop)
/*
 * Start it for the store at db.  No store may be open in this process meanwhile: the new one begins
 * as its copy.
 */
MUST_CHECK bool keeper_start(const char *db, const struct store_lease *lease, struct keeper **ret,
			     struct err *err);
/* The lease as the keeper has it; term 0 when it is another's. */
const struct store_lease *keeper_lease(const struct keeper *k);
/*
 * See what it says; wait for that up to wait_ms.  *ret_known: it has looked at least once.  False
 * when the process has ended.
 */
bool keeper_look(struct keeper *k, int wait_ms, bool *ret_known);

#endif
