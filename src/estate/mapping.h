#ifndef ESTATE_MAPPING_H
#define ESTATE_MAPPING_H

/*
 * A column mapping (doc/templates/mapping.md): which columns of somebody's table say what.  Parsed
 * from text once for each file; its texts point into that.
 */

#include "base/mem.h"
#include "estate/rows.h"

enum target {
	TARGET_DEVICE,
	TARGET_CLASS,
	TARGET_TYPE,
	TARGET_SEGMENT,
	TARGET_SERVICE,
	TARGET_OS,
	TARGET_OS_VERSION,
	TARGET_OS_CPE,
	TARGET_OS_ARCH,
	TARGET_OS_ROLE,
	TARGET_INTERNET,
	TARGET_SMB1,
	TARGET_VENDOR,
	TARGET_MODEL,
	TARGET_UDI,
	TARGET_SUPPORT,
	TARGET_CONTROLS,
	TARGET_SEEN,
	TARGET_UPDATES,
	TARGET_PUBLISHER,
	TARGET_NAME,
	TARGET_VERSION,
	TARGET_CPE,
	TARGET_PURL,
	TARGET_ORG,
	TARGETS
};
extern const char *const target_names[TARGETS];

/* A column, with what stands before it; without a column the text is a constant, or an end. */
struct piece {
	struct str before, column;
	bool constant;
};

/* What gives a target: the first of these that is there and says something. */
enum { MAPPING_CHOICES = 8, MAPPING_PIECES = 8 };
struct choice {
	struct piece v[MAPPING_PIECES];
	size_t n;
};
struct rule {
	struct choice v[MAPPING_CHOICES];
	size_t n, line; /* n 0: no rule */
	bool optional;	/* columns that are not there say nothing */
};

/* A cell's word, and what it means; "*" is every other word. */
struct word {
	enum target target;
	struct str from, to;
};

/* Rows are left out, or alone taken, where the column says so. */
struct sieve {
	struct str column, value;
	bool only;
};

enum date_order { DATES_ISO, DATES_DMY, DATES_MDY };

struct map_table {
	struct str name; /* empty: what holds for all */
	struct rule rules[TARGETS];
	VEC_OF(struct word) words;
	VEC_OF(struct sieve) sieves;
};

struct mapping {
	struct map_table common;
	VEC_OF(struct map_table) tables;
	struct str source, kind; /* empty: not said */
	int whole, sees;	 /* -1: not said */
	unsigned incomplete;	 /* bits of facets */
	enum date_order dates;
	bool first_word; /* of two words on one device the first stands; else they are refused */
};

enum { MAPPING_MAX_BYTES = 64 << 10, MAPPING_MAX_TABLES = 32 };
void mapping_release(struct mapping *m);
/* ERR_INVALID "mapping line N: ..." */
MUST_CHECK bool mapping_parse(struct str text, struct mapping *ret, struct err *err);

/* A date as the order says, or as RFC 3339 has it; false when it is none. */
MUST_CHECK bool mapping_date(struct str s, enum date_order order, int64_t *ret_ms);
/* The last day of a day, month or year, as 2027-06-30 in buf. */
MUST_CHECK bool mapping_last_day(struct str s, enum date_order order, char buf[STAMP_BYTES],
				 struct str *ret);
/* Has it a form that GS1, HIBCC or ICCBBA give an identifier of a device? */
bool udi_looks_right(struct str s);

/* The mapping by which a register of medical devices is read. */
extern const char register_mapping[];

#endif
