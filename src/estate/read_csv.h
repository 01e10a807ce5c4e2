#ifndef ESTATE_READ_CSV_H
#define ESTATE_READ_CSV_H

/*
 * What reading the template line by line and reading it in pieces share.
 */

#include "estate/read.h"

enum column {
	COL_DEVICE,
	COL_CLASS,
	COL_TYPE,
	COL_SEGMENT,
	COL_SERVICE,
	COL_OS,
	COL_OS_VERSION,
	COL_OS_CPE,
	COL_OS_ARCH,
	COL_OS_ROLE,
	COL_INTERNET,
	COL_SMB1,
	COL_PUBLISHER,
	COL_NAME,
	COL_VERSION,
	COL_CPE,
	COL_PURL,
	COL_UPDATES,
	COL_FILES,
	COL_ORG,
	COLUMNS
};
enum { DEVICE_COLUMNS = COL_SMB1 + 1 };

struct csv_plan {
	size_t at[COLUMNS]; /* SIZE_MAX: absent */
	size_t ncolumns;
	size_t end, lines; /* the header ends at this offset, with this line */
	char sep;
};

/* What the rows so far said of the device of the row before. */
struct csv_last {
	struct str cell[DEVICE_COLUMNS];
	uint32_t device;
	bool any;
};

/* The header: the first line that is no comment. */
MUST_CHECK bool csv_read_header(struct rows *r, struct str bytes, struct csv_plan *ret,
				struct err *err);
MUST_CHECK bool csv_put_row(struct rows *r, const struct csv_plan *p, const struct csv_row *row,
			    struct csv_last *last, struct err *err);
/* Whose the rows are may be said, but it must be one organisation in all of them. */
MUST_CHECK bool csv_put_org(struct rows *r, struct str cell, struct err *err);

/* The member into r when no line of it is in quotes or wrong; else false: it is to be read in
 * order, and when clash is set then it cannot be taken in. */
bool csv_read_plain(struct rows *r, const struct read_member *m, struct err *clash);

#endif
