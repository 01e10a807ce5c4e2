#ifndef CONSOLE_LOOK_H
#define CONSOLE_LOOK_H

/* Inner door: a page that looks at the service with the eyes of a post, and tables on it. */

#include "console/inner.h"
#include "desk/desk.h"

struct look {
	struct web_request *req;
	struct web_reply *reply;
	struct console *k;
	struct arena *arena; /* the request's */
	struct sight sight;
	struct alerts_view view;
	int64_t now_ms;
	struct text *csv; /* a table is asked for as CSV: it has gone there */
};
/* False: the reply says why, or leads to where a post is chosen. */
bool look_begin(struct web_request *req, struct web_reply *reply, struct look *ret);
/* The same for a page that is made for nobody in particular: it has no reply. */
MUST_CHECK bool look_as(struct console *k, struct web_request *req, struct str post,
			struct look *ret, struct err *err);
/* May the post do this to org ("": the whole service)?  What can't be told is no. */
bool look_may(const struct look *l, const char *right, struct str org);
/* The same of the organisation in the address, where there is one; false: the reply says no. */
bool look_need(struct look *l, const char *right);
/* Writes the problem and returns false, so that callers can return it. */
bool look_fail(struct look *l, const struct err *err);

/* The page's body to write and its frame: the entry of the menu that it stands under, and the
 * fault with which a form came back, which the title and the status (422) say. */
struct look_page {
	const char *title, *here;
	const struct fault *fault; /* NULL: there is no form */
};
struct text *look_page(struct look *l, const struct look_page *page, struct frame *ret);

/* How old the data are, as the strip tells who looks: their own, or all.  Nothing is read. */
struct str frame_fresh_of(const struct look *l);

/* --- addresses --- */

/* This page's address with one value of the query changed, taken out (value empty) or added. */
struct str address_with(const struct look *l, const char *name, struct str value);
/* Path and query as they came, in arena. */
struct str address_query(struct arena *arena, const struct web_request *req);
/* "/" and pieces, each encoded: address_of(l, (const char *const[]){"alerts", NULL}...) is
 * spelled address_of(l, 2, STR("alerts"), id). */
struct str address_of(const struct look *l, size_t n, const struct str *pieces);
#define ADDRESS(l, ...)                                                                            \
	address_of(l, sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str),              \
		   (const struct str[]){__VA_ARGS__})

/* --- words --- */

/* "in 3 hours", "2 days ago"; empty for 0. */
struct str span_words(const struct look *l, int64_t ms);
/* "12 May 2017, 07:44": without the zone, which the foot of the page says. */
struct str moment_words(const struct look *l, int64_t ms);

/* --- what a form does --- */

struct words { /* of a command line, behind the program's name */
	const char *v[96];
	size_t n;
};
void words_add(struct words *w, const char *word);
/* "--until=2017-06-01"; nothing where value is empty. */
void words_option(const struct look *l, struct words *w, const char *option, struct str value);
/* What stands by itself; "--" goes before. */
void words_argument(const struct look *l, struct words *w, struct str value);
/* Do it as who looks.  file: what the last word stands for, or NULL.
 * *ret_said: the last line that it printed. */
bool look_run(struct look *l, const struct words *w, const struct web_upload *file,
	      struct str *ret_said, struct err *err);
/* The same with all that it printed; the caller frees it in any case. */
bool look_run_whole(struct look *l, const struct words *w, const struct web_upload *file,
		    struct text *ret_out, struct err *err);
/* On to the page at to, which says what was done. */
void look_done(struct look *l, struct str to, struct str said);
/* What the page before had done; empty: nothing, or the address says so and nobody else. */
struct str look_said(const struct look *l);

/* --- tables --- */

struct grid_column {
	const char *key;     /* in addresses and in CSV */
	const char *heading; /* NULL: in CSV alone */
	bool number;
};
struct grid_cell {
	struct str text, href, tag; /* tag: the class of a coloured word */
	struct str note;	    /* beside the text, smaller */
	int64_t n;		    /* by which numbers and times sort */
	bool number;
};
struct grid {
	struct look *look;
	const char *name; /* in addresses: NAME.sort, NAME.page, csv=NAME */
	struct str caption, empty;
	const char *form;  /* its rows are ticked for the form of that id, by their first cells */
	bool still;	   /* neither sorts nor has pages: it is on no page of its own */
	const char *order; /* where the address says none: "-number"; NULL: as they come */
	const struct grid_column *columns; /* ended by a NULL key */
	size_t ncolumns;
	ARENA_VEC(struct grid_cell) cells;
	/* After grid_end(): */
	struct str *sort_hrefs; /* by column */
	size_t sorted;		/* by which; SIZE_MAX: as they came */
	bool down;
	const struct grid_cell **rows; /* of this page */
	size_t nrows, first, total;
	struct str prev, next, csv; /* addresses; empty: none */
};
void grid_begin(struct grid *g, struct look *l, const char *name,
		const struct grid_column *columns);
void grid_text(struct grid *g, struct str s);
void grid_link(struct grid *g, struct str s, struct str href);
void grid_count(struct grid *g, uint64_t n);
void grid_count_link(struct grid *g, uint64_t n, struct str href);
void grid_unknown(struct grid *g); /* nobody has said */
void grid_when(struct grid *g, int64_t ms);
/* When it is due, with a word where it is past. */
void grid_due(struct grid *g, int64_t ms, bool overdue);
void grid_state(struct grid *g, enum obligation_state state);
/* Under the last cell put. */
void grid_note(struct grid *g, struct str s);
/* Sorts and parts it as the address says, or writes it as CSV: then look->csv is set and the page
 * is not to be written. */
void grid_end(struct grid *g);

/* The class of a tag for a state: what is closed, open, bad. */
struct str state_tag(enum obligation_state state);

#endif
