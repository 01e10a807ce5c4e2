#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

/*
 * Inner door: what a command is, and what it is given.
 */

#include "acts/acts.h"
#include "base/text.h"
#include "cli/cli.h"

struct cli;

struct command {
	const char *noun, *verb; /* verb NULL: the noun alone is the command */
	const char *args;	 /* for the help: "FILE..." */
	const char *about;
	unsigned min_args, max_args;	  /* UINT_MAX: any number */
	const struct cli_option *options; /* ended by a NULL name */
	bool (*run)(struct cli *c, struct err *err);
};

/* Each file of commands has one such list, ended by a NULL noun. */
extern const struct command service_commands[], org_commands[], feed_commands[], vuln_commands[],
	estate_commands[], exposure_commands[], plumbing_commands[], bench_commands[],
	demo_commands[], delegate_commands[], mandate_commands[], oidc_commands[], alert_commands[],
	synth_commands[], work_commands[], ask_commands[], serve_commands[], person_commands[],
	token_commands[], notify_commands[], settings_commands[], rehearse_commands[];
bool store_copy_run(struct cli *c, struct err *err);

struct cli_given {
	const char *name, *value;
};

struct cli {
	const struct cli_config *config;
	const struct command *command;
	struct arena *arena; /* for the command's life */
	const char **args;
	unsigned nargs;
	struct cli_given *given; /* in the order given */
	unsigned ngiven;
	const char *db;
	struct clock clock;
	bool json, csv;
	bool writes;	 /* the service was opened to act */
	struct text out; /* standard output, written at the end or by cli_flush() */
};

/* The value of an option of this command, NULL when not given; "" for a flag that was. */
const char *cli_opt(const struct cli *c, const char *name);
/* Of an option that may be given again: the i-th value, NULL past the last. */
const char *cli_opt_at(const struct cli *c, const char *name, unsigned i);
static inline bool cli_flag(const struct cli *c, const char *name)
{
	return cli_opt(c, name) != NULL;
}
/* The option as a number, date-time, or one of several words; absent gives otherwise. ERR_USAGE. */
MUST_CHECK bool cli_opt_u64(const struct cli *c, const char *name, uint64_t otherwise,
			    uint64_t *ret, struct err *err);
MUST_CHECK bool cli_opt_stamp(const struct cli *c, const char *name, int64_t otherwise,
			      int64_t *ret_ms, struct err *err);
static inline struct str cli_arg(const struct cli *c, unsigned i)
{
	return i < c->nargs ? str_of(c->args[i]) : (struct str){0};
}

/* The service, opened as the command line says (--db, --as). */
MUST_CHECK bool cli_open(struct cli *c, enum acts_mode mode, struct acts **ret, struct err *err);
/*
 * ERR_INVALID when --now is earlier than the last record (cli_open() to write asks it).  A record
 * never stands before the one it follows: it would be stamped with the later time, and an exercise
 * be spoilt.  The machine's own clock may be a little behind; its records are raised.
 */
MUST_CHECK bool cli_not_before(const struct cli *c, struct acts *a, struct err *err);

/* Write what is in c->out to standard output now. */
MUST_CHECK bool cli_flush(struct cli *c, struct err *err);
/* A line beside what is printed, for people: on standard error. */
void cli_note(const struct cli *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A file that the command line names, as file_map(); for cli_unmap().  A command that was caught
 * opens none but the one it was given: ERR_INVALID. */
MUST_CHECK bool cli_map(const struct cli *c, const char *path, struct str *ret, struct err *err);
void cli_unmap(const struct cli *c, struct str bytes);
static inline bool cli_is_caught_file(const struct cli *c, const char *path)
{
	return c->config->caught && c->config->caught->file_name == path;
}
/* One line of progress on standard error, replaced by the next; only on a terminal. */
void cli_progress(const char *fmt, ...) PRINTF_LIKE(1, 2);

/*
 * A listing prints as a plain table, as CSV (--csv) or as JSON (--json): {"NAME":[{column:
 * value...}...], more...}.  Build rows cell by cell; then listing_end() appends it to c->out.
 */
enum cell_kind { CELL_TEXT, CELL_INT, CELL_REAL, CELL_BOOL, CELL_NULL, CELL_WORDS, CELL_JSON };

struct column {
	const char *key;     /* in JSON and CSV */
	const char *heading; /* in the table; NULL leaves the column out of it */
	bool right;	     /* numbers stand at the right */
};

struct listing;

void listing_drop(struct listing *l);
DEFINE_CLOSEP(struct listing, listing_drop)
struct listing *listing_begin(struct cli *c, const char *name,
			      const struct column *columns) /* ended by a NULL key */
	MUST_CHECK CLOSED_BY(listing_drop);
void listing_text(struct listing *l, struct str s);
/* Parted by blanks: an array in JSON, else with commas between. */
void listing_words(struct listing *l, struct str words);
void listing_int(struct listing *l, int64_t n);
void listing_json(struct listing *l, struct str json); /* canonical JSON, under --json alone */
void listing_real(struct listing *l, double x, int decimals);
void listing_bool(struct listing *l, bool b);
void listing_null(struct listing *l);		   /* unknown: "-" in the table, null in JSON */
void listing_stamp(struct listing *l, int64_t ms); /* 0 is null */
void listing_day(struct listing *l, int64_t ms);   /* 0 is null */
/* A member beside the rows in JSON; not shown in the table. */
void listing_note(struct listing *l, const char *key, struct str value);
void listing_note_bool(struct listing *l, const char *key, bool value);
void listing_note_int(struct listing *l, const char *key, int64_t value);
/* Canonical JSON, trusted to be one value; in the listing's arena. */
void listing_note_json(struct listing *l, const char *key, struct str json);
size_t listing_rows(const struct listing *l);
/* Print; empty says what to print in the table's place when there are no rows. Frees l. */
MUST_CHECK bool listing_end(struct listing *l, const char *empty, struct err *err);

/* How old the newest vulnerability feed is; old: too old for what rests on it.  Said on standard
 * error, and in JSON as members of the listing. */
struct feed_age {
	int64_t taken_ms, days; /* taken_ms 0: there is none */
	bool old;
};
MUST_CHECK bool feed_age(struct cli *c, struct acts *a, struct feed_age *ret, struct err *err);
void feed_age_warn(const struct cli *c, const struct feed_age *age);
void feed_age_note(struct listing *l, const struct feed_age *age);

/* The terms of the search language, for the help of estate search. */
void estate_search_help(struct text *out);

#endif
