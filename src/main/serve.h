#ifndef MAIN_SERVE_H
#define MAIN_SERVE_H

/* Inner door: the server, given the service to serve. */

#include "cli/cli.h"

bool serve(const struct cli_serve *wish, struct err *err);

#endif
