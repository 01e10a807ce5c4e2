#ifndef CLI_CLI_H
#define CLI_CLI_H

/*
 * The command line: lynchpin NOUN VERB ...  It turns words into acts and views
 * into tables or JSON; what may be done is decided by acts alone.  Exit 0 done,
 * 1 refused or not found with one line on standard error, 2 wrong usage.  Every
 * command, option and line of help is a row of a table.
 */

#include "base/clock.h"

/* What "lynchpin serve" was asked; the server itself is another room's, and main brings both
 * together. */
struct cli_serve {
	const char *db;
	struct clock clock;
	const char *const *listen;
	size_t nlisten;
	const char *cert, *key, *uploads;	    /* cert and key NULL: no TLS */
	unsigned workers, connections, per_address; /* 0: as the server thinks best */
	bool metrics_for_all, quiet;
	const char *version;
};

struct cli_config {
	int argc;
	char *const *argv;
	const char *program; /* path of this executable, for commands that start it again */
	struct str user;     /* the operating system's name for the person */
	const char *db;	     /* $LYNCHPIN_DB, or NULL */
	struct clock clock;
	/* Serve until told to stop. */
	bool (*serve)(const struct cli_serve *wish, struct err *err);
	bool quiet; /* print nothing but errors: a command within another's story */
};

/* Run one command line; returns the exit code. */
int cli_run(const struct cli_config *config);

#endif
