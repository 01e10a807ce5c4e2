#ifndef CONSOLE_ALERTS_H
#define CONSOLE_ALERTS_H

/* Inner door: what the pages of alerts put together. */

#include "console/chart.h"

/* Sums over the organisations that a post sees. */
struct tally {
	struct str code, name; /* of a region */
	uint64_t orgs, open, count[OBLIGATION_STATES];
	uint64_t unanswered, overdue, not_reached, exposed, unknown, pending, help;
};
void tally_add(struct tally *t, const struct obligation *o);
struct tallies {
	struct tally *v; /* by code */
	size_t n;
};
struct tallies tally_regions(const struct look *l, const struct obligation_list *list);

/* The organisations of an alert that a filter ("overdue=1") leaves. */
struct str alert_filtered(const struct look *l, struct str id, const char *filter);
struct str alert_of_region(const struct look *l, struct str id, struct str region);

/* The states as a bar, each part leading to its organisations in alert. */
struct bar state_bar(const struct look *l, const struct tally *t, struct str alert);

struct option_view { /* of a select */
	struct str value, words;
	bool chosen;
};
struct options_view {
	const struct option_view *v;
	size_t n;
};

struct alerts_view_page {
	const struct frame *frame;
	struct grid grid;
	bool may_write;
};
/* That of the address; false: the reply says why not. */
bool alert_find(struct look *l, struct alert *ret);
void alert_page(struct look *l, struct fault fault);
void obligation_page(struct look *l, struct fault fault);

/* What may be done for several organisations of its table at once. */
struct bulk_offer {
	bool any, chase, answer;
	struct str action; /* where the form goes */
};
struct alert_view {
	const struct frame *frame;
	struct fault fault;
	struct alert alert;
	struct str said; /* what was just done */
	struct str about, outcomes, classes, audience, published, updated, ended, by;
	bool may_approve, may_publish, may_withdraw, may_edit, may_answer, may_deliver;
	struct tally total;
	struct bar bar;
	struct chart curve;
	bool has_curve;
	struct grid states, regions, orgs, suppliers, curve_days;
	struct bulk_offer bulk;
	struct options_view state_options, region_options, chased_options;
	struct str text; /* searched for */
	bool overdue, unanswered, pending, unreached, help;
	uint64_t answerable; /* organisations that it may answer for and that have not yet */
	struct str fresh;    /* how far evidence goes */
};

struct task_view {
	struct str name, state, css, hint, href; /* css of the tag */
};
struct obligation_view {
	const struct frame *frame;
	struct fault fault;
	struct alert alert;
	struct obligation o;
	struct str said, state, css, evidence, taken, inventory_href;
	struct str chased, chase_note; /* the last time that it was; empty: never */
	struct task_view tasks[4];
	struct grid claims, devices, unknown, clocks, chases;
	struct str waits[8]; /* what those it waits for have said */
	size_t nwaits;
	bool may_answer, may_decide, may_send, devices_hidden, devices_later;
	bool may_disclose;
	bool stands_in; /* who reads it oversees the organisation, and is not of it */
	struct options_view suppliers;
	const struct claim *undecided;
	const struct web_pairs *form; /* that came back */
};
struct replay_view { /* who knew what at a moment */
	const struct frame *frame;
	struct fault fault;
	struct alert alert;
	struct str at, org, story; /* as a field has it; asked of alone; what is said of it */
	struct str sum;		   /* how many knew */
	struct grid grid;
};
/* Did the form of that answer come back?  Then what was typed into it. */
bool answer_came_back(const struct obligation_view *v, const char *what);
struct str answer_typed(const struct obligation_view *v, const char *what, const char *field);

#endif
