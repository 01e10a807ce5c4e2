#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

/*
 * Inner door: what the commands that change something share.
 */

#include "cli/command.h"

/* Refuse a folder where files are asked for, and say how to name what is in it: command is all but
 * the files, e.g. "feed import". */
MUST_CHECK bool import_no_folder(const char *command, const char *path, struct err *err);
/* For AUTO on a struct str from file_map(). */
void import_unmap(struct str *bytes);

/* What the options of estate import state; when a file was last changed, 0 when nobody knows. */
struct estate_stated;
MUST_CHECK bool import_stated(struct cli *c, struct estate_stated *ret, struct err *err);
int64_t import_changed_ms(const char *path);
/* estate conflicts [ORG] */
MUST_CHECK bool estate_conflicts_run(struct cli *c, struct err *err);
/* estate import --by SUPPLIER FILE... */
MUST_CHECK bool import_by(struct cli *c, struct err *err);

/* Put bytes as bulk and do one act that cites them, within acts_begin() and commit; what
 * request says of held is set here. */
MUST_CHECK bool import_act(struct acts *a, const struct act_request *request, struct str bytes,
			   struct err *err);

/* The same of an inventory that was read: estate.import. */
struct estate_reading;
MUST_CHECK bool import_reading(struct acts *a, const struct estate_reading *r, struct err *err);
/* With the mapping by which it was read, where there is one. */
struct estate_file_in;
MUST_CHECK bool import_inventory(struct acts *a, const struct estate_file_in *in,
				 const struct estate_reading *r, struct err *err);

/* "recorded as number N"; {"record":N} under --json. */
MUST_CHECK bool import_recorded(struct cli *c, uint64_t number, struct err *err);

/* What came in, in lines, or with --json and --csv as rows of told. */
struct segment;
struct listing *import_listing(struct cli *c) MUST_CHECK CLOSED_BY(listing_drop);
void import_say_reading(struct cli *c, struct listing *told, const struct estate_file_in *in,
			const struct estate_reading *r);
/* It repeats what is there, as why says. */
void import_say_known(struct cli *c, struct listing *told, const struct estate_file_in *in,
		      const struct estate_reading *r, const char *why);
/* Which devices of an organisation are known no more. */
void import_say_gone(struct cli *c, struct listing *told, const struct segment *before,
		     const struct segment *after);

/* LIST: words parted by commas become an array; COUNTS: "name=n" parted by commas, which may be
 * given several times, an object; FLAG: true. */
enum word_kind { WORD_TEXT, WORD_NUMBER, WORD_LIST, WORD_COUNTS, WORD_FLAG };
/* An option of the command line and the member of the act's body that it becomes. */
struct act_word {
	const char *option, *member;
	enum word_kind kind;
};
/* Do an act whose body is the positional arguments (by member name, ended by NULL) and options
 * (may be NULL); prints "recorded as number N". */
MUST_CHECK bool import_simple_act(struct cli *c, const char *act, const char *const *args,
				  const struct act_word *words, struct err *err);

/* The same in a service that is open, with one member more. */
struct words_act {
	const char *act;
	const char *const *args;
	const struct act_word *words;
	const char *key; /* NULL: none */
	struct str value;
};
MUST_CHECK bool import_words_act(struct cli *c, struct acts *a, const struct words_act *what,
				 struct err *err);

#endif
