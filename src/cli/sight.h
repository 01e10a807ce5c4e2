#ifndef CLI_SIGHT_H
#define CLI_SIGHT_H

/*
 * Inner door: whose eyes a command looks with.  Who gives --as looks as that post; who gives none
 * is the operator at the machine.  Every command that reads asks here; nothing is written.
 */

#include "cli/command.h"
#include "desk/desk.h"

/* As the command line says.  ERR_NOT_FOUND: no such post; ERR_DENIED: it has ended. */
MUST_CHECK bool sight_open(struct cli *c, struct acts *a, struct sight *ret, struct err *err);

/* Say how many organisations a listing leaves out: one line before the table (with CSV on standard
 * error), "hidden_organisations" in JSON.  The operator is told nothing, nothing being hidden. */
void sight_hidden(struct listing *l, const struct sight *s, uint64_t orgs);

#endif
