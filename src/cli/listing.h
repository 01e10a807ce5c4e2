#ifndef CLI_LISTING_H
#define CLI_LISTING_H

/* Inner door: what a listing is made of, for listing.c and listing_open.c. */

#include "base/mem.h"
#include "cli/command.h"

enum { COLUMNS_MAX = 32 };

struct cell {
	enum cell_kind kind;
	int decimals;
	int64_t i;
	double x;
	struct str s;
};

struct listing {
	struct cli *cli;
	const char *name;
	const struct column *columns;
	size_t ncolumns;
	struct arena *arena;
	VEC_OF(struct cell) cells;
	struct {
		const char *key;
		struct cell value;
	} notes[COLUMNS_MAX];
	size_t nnotes;
};

#endif
