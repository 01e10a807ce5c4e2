#ifndef CONSOLE_BULK_H
#define CONSOLE_BULK_H

/* Inner door: an alert and several of its organisations at once: who was chased, what is done for
 * those that were chosen. */

#include "console/alerts.h"

/* Which rows of an alert's table are shown, as the address says. */
struct wanted {
	unsigned states;
	struct str region, text, chased; /* chased: "yes", "no" */
	bool overdue, unanswered, pending, unreached, help;
};
/* Those of the address, in names known there: to be put behind another path. */
struct str wanted_query(const struct look *l);
void wanted_read(struct look *l, struct wanted *ret);

/* By organisation, those of each the latest first. */
struct chased {
	const struct chase *v;
	size_t n;
};
MUST_CHECK bool chased_read(struct look *l, struct str alert, struct str org, struct chased *ret,
			    struct err *err);
/* The latest of an organisation, and how many there are; NULL: none. */
const struct chase *chased_latest(const struct chased *all, struct str org, size_t *ret_times);
/* "chased 12 May 2017, 07:44 by r1-lead"; empty: never. */
struct str chased_words(struct look *l, const struct chased *all, struct str org);
/* A cell: when last, and by whom. */
void grid_chased(struct grid *g, const struct chased *all, struct str org);

/* Is that it needs help the last that it said? */
bool needs_help(const struct obligation *o);
bool is_wanted(const struct wanted *w, const struct obligation *o, const struct chased *chased);

/* What the table of an alert lets its reader do for several at once. */
MUST_CHECK bool bulk_offers(struct look *l, const struct alert *alert, struct bulk_offer *ret,
			    struct err *err);

struct bulk_view {
	const struct frame *frame;
	struct fault fault;
	struct alert alert;
	struct str what;		/* "chase", "escalate", "answer" */
	struct str action, orgs, again; /* again: those chased less than a day ago */
	struct grid grid;
	size_t n, recent; /* for how many it will be done; recent: chased less than a day ago */
	struct str title, done, missed; /* once it was tried: what came of it */
	const struct web_pairs *form;	/* that came back */
};
/* Did the form of that act come back?  Then what was typed into it. */
bool bulk_came_back(const struct bulk_view *v, const char *act);
struct str bulk_typed(const struct bulk_view *v, const char *act, const char *field);

#endif
