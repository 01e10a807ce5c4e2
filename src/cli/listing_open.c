#include "cli/listing.h"

/* Apart from listing.c, which uses them: so that gcc's analyzer can follow the pair. */

struct listing *listing_begin(struct cli *c, const char *name, const struct column *columns)
{
	struct listing *l = mem_zero(1, sizeof(*l));

	l->cli = c;
	l->name = name;
	l->columns = columns;
	l->arena = arena_open();
	while (columns[l->ncolumns].key)
		l->ncolumns++;
	assert(l->ncolumns && l->ncolumns <= COLUMNS_MAX);
	return l;
}

void listing_drop(struct listing *l)
{
	if (!l)
		return;
	arena_close(l->arena);
	free(l->cells.v);
	free(l);
}
