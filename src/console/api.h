#ifndef CONSOLE_API_H
#define CONSOLE_API_H

/*
 * Inner door: the API.  A request under /api/v1 is a command of the command line, run as the post
 * that asks, with what it prints caught; so the two can't differ in what they show or permit.
 * Which address is which command is a row of one table, from which routes and the description at
 * /openapi.json are made; what a command takes is what the command line says that it takes.
 */

#include "cli/cli.h"
#include "console/inner.h"

enum api_flags {
	API_HEAVY = 1,	 /* it takes the world of exposures, or long for another reason */
	API_UPLOAD = 2,	 /* the body is the file; what else there is to say stands in the query */
	API_REPORTS = 4, /* what it found wrong is its answer */
	API_ONE = 8,	 /* about one thing: no pages, no table */
	API_APART = 16,	 /* of the whole estate's world, which one process keeps */
};
struct api_row {
	enum web_method method;
	const char *pattern; /* below /api/v1; {name}: an argument or option of that name */
	const char *noun, *verb;
	/* The arguments in order, parted by blanks: names of members; "a+b" are one with a slash
	 * between; "name..." is any number; "@" the file of an upload; absent ones come last. */
	const char *args;
	/* The options that it takes, as "state overdue"; "*": all but those that name files.
	 * A mark follows what must be given: "reason!". */
	const char *options;
	const char *fixed; /* an option that it always has: "--by=org" */
	/* Members of the answer: name, name# (a number), name? (yes or no), name{} (an object),
	 * name[] (a list); the first list is what is given in pages. */
	const char *keys;
	const char *about; /* NULL: the command's own */
	unsigned flags;
};
extern const struct api_row api_rows[];
extern const size_t api_nrows;
enum { API_ROWS_MOST = 120, API_PATTERN_MOST = 96 };
#define API_ROOT "/api/v1"

/* A word of a table: "reason!" is {reason, '!'}. */
struct api_word {
	struct str name;
	char mark;
};
/* The next of words parted by blanks, false at the end. */
bool api_next_word(struct str *rest, struct api_word *ret);

/* What one route takes, from its row and the command's own help. */
enum api_in { API_IN_PATH, API_IN_QUERY, API_IN_BODY };
enum api_type { API_TEXT, API_NUMBER, API_FLAG };
struct api_param {
	struct str name;
	enum api_in in;
	enum api_type type;
	bool many, must;
	struct str about;
	const char *option; /* "--region"; NULL: it is an argument, or a part of one */
};
enum { API_PARAMS_MOST = 48 };
enum api_paging {
	API_PAGE_NONE,
	API_PAGE_CUT,	 /* the command gives all: it is cut here */
	API_PAGE_LIMIT,	 /* it takes --limit */
	API_PAGE_OFFSET, /* and --offset */
};
struct api_params {
	struct api_param v[API_PARAMS_MOST];
	size_t n;
	struct cli_described command;
	enum api_paging paging;
};
/* In arena. */
void api_params(const struct api_row *row, struct arena *arena, struct api_params *ret);
/* What each of a list has, in such words; NULL: nothing is said of it. */
const char *api_items(const struct api_row *row, struct str list);
/* The list of the answer, empty: there is none. */
struct str api_list_of(const struct api_row *row);

/* --- one request --- */

struct api_page {
	bool given; /* a limit was */
	uint64_t limit, offset;
};
enum { API_PAGE = 1000, API_PAGE_MOST = 100000 };
/* A command to run, and what it said: nothing of the request is in it, so that another process may
 * do it. */
struct api_call {
	const char *db;
	struct acts *acts;
	const struct cli_kept *kept;
	struct clock clock;
	struct str user;
	char **words; /* the program's name first */
	int nwords;
	struct cli_caught said;
};
void api_call_free(struct api_call *call);
/* False: call->said.err says why. */
bool api_run(struct api_call *call);

struct api_request {
	const struct api_row *row;
	struct web_request *req;
	struct api_params params;
	struct api_page page;
	bool csv;
	struct json_doc *doc; /* of the body */
};
/* The words of the command, in the request's memory.  ERR_INVALID: what was sent doesn't fit. */
MUST_CHECK bool api_words(struct api_request *q, struct api_call *call, struct err *err);
/* What was said, as an answer. */
void api_answer(const struct api_request *q, const struct api_call *call, struct web_reply *reply);

/* Run it and answer; of what changes something and has an Idempotency-Key, once. */
void api_once(const struct api_request *q, struct api_call *call, struct web_reply *reply);

/* --- routes --- */

#define RIGHT_API_READ "api.read"
#define RIGHT_API_WRITE "api.write"
#define RIGHT_API_INVENTORY "api.inventory"
enum { API_ROUTES_MOST = API_ROWS_MOST + 2 };
/* Append them; returns how many. */
size_t api_routes(struct web_route *to);
/* Who asks is known.  False: the reply says why not. */
bool api_admit(const struct web_route *route, struct web_request *req, struct web_reply *reply);
/* /openapi.json */
void api_document_show(struct web_request *req, struct web_reply *reply);

#endif
