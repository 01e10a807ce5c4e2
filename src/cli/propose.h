#ifndef CLI_PROPOSE_H
#define CLI_PROPOSE_H

/*
 * Inner door: fewer expected devices, proposed by one person and approved by another.
 */

#include "cli/command.h"
#include "directory/directory.h"

/* Columns of what is expected by class, and their cells; DIRECTORY_NO_COUNT shows as nothing. */
#define EXPECTED_CLASS_COLUMNS                                                                     \
	{"expected_workstation", NULL, true}, {"expected_server", NULL, true},                     \
		{"expected_medical", NULL, true}, {"expected_network", NULL, true},                \
		{"expected_mobile", NULL, true},                                                   \
	{                                                                                          \
		"expected_other", NULL, true                                                       \
	}
void expected_class_cells(struct listing *l, const int64_t classes[ORG_CLASSES]);
void count_cell(struct listing *l, int64_t n);

extern const struct cli_option propose_options[], withdraw_options[], proposals_options[];
MUST_CHECK bool propose_run(struct cli *c, struct err *err);
MUST_CHECK bool approve_run(struct cli *c, struct err *err);
MUST_CHECK bool withdraw_run(struct cli *c, struct err *err);
MUST_CHECK bool proposals_run(struct cli *c, struct err *err);

/* "900 in all, medical 39": what is known of all (DIRECTORY_NO_COUNT: nothing) and by class. */
struct str devices_text(struct arena *arena, int64_t all, const int64_t classes[ORG_CLASSES]);
/* The open proposal of an organisation as a line; empty for none. */
MUST_CHECK bool proposal_line(const struct directory_view *view, struct str org, struct str *ret,
			      struct err *err);

#endif
