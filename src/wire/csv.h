#ifndef WIRE_CSV_H
#define WIRE_CSV_H

/* The reader's insides, shared by the file that opens one and the file that reads. */

#include "base/arena.h"
#include "base/mem.h"
#include "wire/wire.h"

struct csv {
	struct csv_options opt;
	const char *p, *end;
	const char *block;  /* start of the block that mask speaks of */
	uint64_t mask;	    /* separators and line ends at or after the position */
	struct arena *undo; /* fields whose doubled quotes were undone; cleared per row */
	bool undone;
	struct arena *names_arena;
	VEC_OF(struct str) fields;
	struct str *names;
	size_t names_n;
	size_t line; /* of p */
	struct csv_row row;
};

/* Load the first block. */
void csv_start(struct csv *c);

#endif
