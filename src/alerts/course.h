#ifndef ALERTS_COURSE_H
#define ALERTS_COURSE_H

/*
 * How the counts of a run went from inventory to inventory: what a trend is read from.  A row of
 * alerts_cover or alerts_evidence says what counts at the newest; its course says what did before.
 * In that of a cover every inventory has an entry; in a sparse one those where something differs
 * from the entry before, when devices were seen being told by how long before the inventory.
 */

#include "base/err.h"
#include "base/text.h"

struct course_point {
	int64_t at_ms; /* when the inventory was taken */
	uint64_t unknown, devices, covered;
	int64_t expected;		      /* -1: nobody has said */
	int64_t oldest_ago_ms, newest_ago_ms; /* of the exposed: seen so long before at_ms */
};

struct course {
	bool sparse;
	struct course_point last;
	struct text bytes;
};

/* Before the first: last.at_ms is that of the run's first inventory. */
void course_add(struct course *c, const struct course_point *p);
void course_release(struct course *c);
/* To be added to; false when the bytes are no course. */
MUST_CHECK bool course_resume(struct course *c, struct str bytes, int64_t from_ms);
bool course_is_corrupt(const char *table, struct str org, struct err *err);
/* The next entry; at is the one before, and {.at_ms = the run's first} before the first. */
MUST_CHECK bool course_next(struct str *bytes, struct course_point *at, bool *ret_any);

#endif
