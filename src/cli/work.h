#ifndef CLI_WORK_H
#define CLI_WORK_H

/* Inner door. */

#include "cli/command.h"

/* The outbox alone, once, under the lease. */
MUST_CHECK bool work_send_run(struct cli *c, struct err *err);

/* Begin a process that does what time brings, as lynchpin work does, until this one ends; its acts
 * are stamped by clock. */
MUST_CHECK bool work_start(const struct cli *c, struct clock clock, struct err *err);

#endif
