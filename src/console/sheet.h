#ifndef CONSOLE_SHEET_H
#define CONSOLE_SHEET_H

/* Inner door: a listing of the command line as a table on a page. */

#include "console/look.h"

struct sheet {
	const char *name; /* in addresses */
	struct str caption, empty;
	struct words words; /* of the command, without --csv */
	const char *hide;   /* columns that go out as CSV alone, parted by blanks; or NULL */
	const char *order;  /* where the address says none: "-number"; or NULL */
};
/* What the command refuses is *err. */
MUST_CHECK bool sheet_fill(struct look *l, const struct sheet *sheet, struct grid *ret,
			   struct err *err);
/* What a command prints for people, whole. */
MUST_CHECK bool sheet_text(struct look *l, const struct words *w, struct str *ret, struct err *err);

struct filter_view {
	const char *name, *label;
	struct str value;
};
struct sheet_view {
	const struct frame *frame;
	struct fault fault;
	struct str title, intro, said, help, verified;
	struct grid grid;
	const struct filter_view *filters;
	size_t nfilters;
	bool may_verify, may_invite;
};

struct rule_view {
	const char *what;
	struct str name, text;
};
struct settings_view {
	const struct frame *frame;
	struct fault fault;
	struct str said;
	struct grid settings, feeds;
	struct rule_view rules[3];
	bool may_adopt, may_outbox;
};
/* Is the row the first about what it is about? */
bool settings_begins(const struct grid *g, size_t row);

struct invite_view {
	const struct frame *frame;
	struct fault fault;
	struct str said, email, name, post, link;
	const struct post_row *posts; /* to choose from; none: it is typed */
	size_t nposts;
};

struct org_view {
	const struct frame *frame;
	struct fault fault;
	struct str said;
	struct org org;
	struct str region, parent, expected, devices;
	bool sees_devices, may_send, may_disclose, may_contact;
	struct contacts contacts;
	struct str *confirmed; /* by contact */
	struct grid alerts, inventories, exposure, disclosures;
	struct str changed; /* what an inventory that was just sent changed: lines */
};
struct device_view {
	const struct frame *frame;
	struct org org;
	struct str device, cve, why;
	struct grid facts, exposure;
};
struct vuln_view {
	const struct frame *frame;
	struct str cve, text;
	struct grid regions, orgs;
};

#endif
