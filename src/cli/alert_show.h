#ifndef CLI_ALERT_SHOW_H
#define CLI_ALERT_SHOW_H

/* Inner door: what alert_show.c puts together, for people there and for programs in
 * alert_show_json.c. */

#include "cli/alert.h"

struct region {
	struct str code, name;
	uint64_t orgs, count[OBLIGATION_STATES], unanswered, overdue, not_reached, exposed, unknown,
		knew;
};

struct shown {
	const struct alert_shown *in;
	struct alert alert;
	struct obligation_list list;
	enum post_scope scope;
	struct str own;		/* organisation of the post that looks */
	struct region *regions; /* by code */
	size_t nregions;
	struct region total; /* of what the post sees one by one */
};

struct rows {
	unsigned states;
	struct str region;
	bool overdue, unanswered;
	bool open_only; /* a person who did not ask for states */
	uint64_t limit; /* 0: all */
};

/* What --region, --state, --overdue, --unanswered and --limit say. */
MUST_CHECK bool alert_rows_of(struct cli *c, struct rows *ret, struct err *err);
bool alert_wanted(const struct rows *rows, const struct obligation *o);

bool alert_sees_supplier(const struct shown *s, const struct supplier_waits *w);

MUST_CHECK bool alert_show_listing(struct cli *c, const struct shown *s, const struct rows *rows,
				   struct err *err);

#endif
