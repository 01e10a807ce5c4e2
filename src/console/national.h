#ifndef CONSOLE_NATIONAL_H
#define CONSOLE_NATIONAL_H

/* Inner door: what the first pages put together: of a nation or region, and of one's own. */

#include "console/alerts.h"

/* An open alert and how it stands, for who looks. */
struct standing {
	struct alert alert;
	struct obligation_list list;
	struct tally total;
	struct tallies regions;
};
ARENA_LIST(standings, struct standing);
/* Published and not ended, and for the post to read; the newest first. */
MUST_CHECK bool standings_read(struct look *l, struct standings *ret, struct err *err);
/* Of those and of drafts, as a table. */
void standings_grid(struct look *l, const struct standings *s, struct grid *g);

/* Something to do: who, what, where. */
struct todo {
	struct str words, href, hint;
	bool late;
};
ARENA_LIST(todos, struct todo);

struct tile { /* a region */
	struct str name, words, href, css;
	unsigned x, y;
};
struct coverage { /* organisations by how fresh their newest inventory is */
	uint64_t week, month, older, none;
	uint64_t devices_expected; /* of those that have said */
	uint64_t unsaid;	   /* that have not */
};
struct national_view {
	struct str who, where, as_of;
	struct todos todos;
	struct grid alerts, worst, regions, coverage_grid;
	struct chart trend;
	struct str trend_of; /* the alert's number */
	struct grid trend_grid;
	bool has_trend, may_write;
	const struct tile *tiles;
	size_t ntiles;
	unsigned map_h;
	struct bar coverage;
};

struct own_view {
	const struct frame *frame;
	struct str said, who, where;
	struct todos todos;
	struct grid alerts, orgs;
	struct posts posts;
};

void national_show(struct look *l);
MUST_CHECK bool national_fill(struct look *l, struct national_view *v, struct err *err);
/* kept.c: the page as it was made not long ago. */
void kept_show(struct web_request *req, struct web_reply *reply, struct str post);
void own_show(struct look *l);

#endif
