#ifndef CLI_WORK_H
#define CLI_WORK_H

/* Inner door. */

#include "cli/command.h"

/* The outbox alone, once, under the lease. */
MUST_CHECK bool work_send_run(struct cli *c, struct err *err);

#endif
