#ifndef CLI_CLI_H
#define CLI_CLI_H

/*
 * The command line: lynchpin NOUN VERB ...  It turns words into acts and views
 * into tables or JSON; what may be done is decided by acts alone.  Exit 0 done,
 * 1 refused or not found with one line on standard error, 2 wrong usage.  Every
 * command, option and line of help is a row of a table.
 */

#include "base/clock.h"
#include "base/text.h"

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

/*
 * A command within another program: what it prints and refuses goes here.  It writes to no file and
 * no terminal, reads none but this, changes nothing of the process, and may be run again and again.
 */
struct cli_caught {
	struct text out;       /* what it would print on standard output; the caller frees both */
	struct text notes;     /* what it would say beside, a line each */
	struct err err;	       /* why it was refused */
	const char *file_name; /* what stands for a file among the words, NULL: nothing does */
	struct str file;       /* and what is in it */
};

struct acts;
struct exposure_world;

/* A world of the whole store that somebody keeps: *ret is as of now, and lives until the command
 * has run. */
struct cli_kept {
	bool (*world)(void *ctx, struct exposure_world **ret, struct err *err);
	void *ctx;
};

struct cli_config {
	int argc;
	char *const *argv;
	const char *program; /* path of this executable, for commands that start it again */
	struct str user;     /* the operating system's name for the person */
	const char *db;	     /* $LYNCHPIN_DB, or NULL */
	struct clock clock;
	struct acts *acts;	     /* the service at db where it is open already, or NULL */
	const struct cli_kept *kept; /* or NULL: a command opens what it looks at */
	/* Serve until told to stop. */
	bool (*serve)(const struct cli_serve *wish, struct err *err);
	bool quiet;		   /* print nothing but errors: a command within another's story */
	struct cli_caught *caught; /* NULL: standard output and error, and any file */
};

/* Run one command line; returns the exit code. */
int cli_run(const struct cli_config *config);

/* An option, as a command's help has it. */
struct cli_option {
	const char *name;  /* "--by" */
	const char *value; /* what stands for its value in the help; NULL for a flag; ended by
			    * "..." when it may be given again and again */
	const char *about;
};
struct cli_described {
	const char *about;
	const struct cli_option *options; /* ended by a NULL name; may be NULL */
	unsigned min_args, max_args;
};
/* What a command is for and takes; verb NULL: the noun alone is one.  False: there is none such. */
bool cli_describe(const char *noun, const char *verb, struct cli_described *ret);

#endif
