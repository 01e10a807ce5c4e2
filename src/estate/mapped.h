#ifndef ESTATE_MAPPED_H
#define ESTATE_MAPPED_H

/*
 * A table as a mapping reads it: its header found, its columns placed, its cells in our words.
 * Read by read_mapped.c row by row, by part.c for whose each row is.
 */

#include "estate/mapping.h"
#include "estate/rows.h"
#include "wire/wire.h"

/* Where a choice's columns are in this file; SIZE_MAX: not there. */
struct place {
	const struct rule *rule;
	size_t at[MAPPING_CHOICES][MAPPING_PIECES];
};

struct sieve_place {
	const struct sieve *sieve;
	size_t at;
};

struct mapped {
	const struct mapping *m;
	struct rows *r;		       /* for its line, in messages */
	const struct map_table *table; /* NULL: only what holds for all */
	struct place places[TARGETS];
	VEC_OF(struct sieve_place) sieves;
	struct csv *head;
	const struct csv_row *header; /* lives as long as head */
	bool *read;		      /* by column */
	size_t met;		      /* the most columns of a table that were there */
	struct text cell;
	size_t start, end; /* the header is what lies between these offsets */
	size_t before;	   /* lines before it, and of them such as are no comment */
	size_t passed;
};

/* Of a table's lines that hold something and are no comment, so many may be the header. */
enum { MAPPED_HEADER_LINES = 32 };

void mapped_release(struct mapped *t);
/* Find the header in bytes (UTF-8): the first line that has the columns of the mapping, or of one
 * of its tables.  ERR_INVALID names the line that came nearest. */
MUST_CHECK bool mapped_open(struct mapped *t, struct str bytes, struct err *err);
/* Has the header what tells of target? */
bool mapped_has(const struct mapped *t, enum target target);
/* What the row says of a target, in our words; it lives until the next one. */
struct str mapped_cell(struct mapped *t, enum target target, const struct csv_row *row);
/* Does the mapping leave the row out? */
bool mapped_leaves_out(const struct mapped *t, const struct csv_row *row);

/* The source's name as the mapping has it; empty. */
struct str mapped_source(const struct mapped *t, struct arena *arena);
/* What mapping and table state of the snapshot, into r. */
MUST_CHECK bool mapped_statements(struct rows *r, const struct mapped *t, struct str bytes,
				  struct err *err);

/* For the person: where the header is, which columns say nothing; how many rows are left out. */
void mapped_say(const struct mapped *t, struct text *notes);
void mapped_say_left(uint64_t nameless, uint64_t left_out, struct text *notes);

#endif
