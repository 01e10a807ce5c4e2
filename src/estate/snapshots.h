#ifndef ESTATE_SNAPSHOTS_H
#define ESTATE_SNAPSHOTS_H

/* Records of imports, as the recorded tables hold them. */

#include "estate/estate.h"

struct snapshot_more {
	struct str only; /* the only device it is about; empty: several */
	enum estate_format forced;
	bool mapped;
	struct hash map; /* of the mapping of its columns, kept as bulk */
};

struct snapshot_list {
	struct estate_snapshot *v;
	struct snapshot_more *more;
	size_t n;
};
/* Which of them still count: may hold the newest word on some device. */
void snapshots_mark(struct snapshot_list *all);
/* As estate_snapshots(), with what only this room needs. */
MUST_CHECK bool snapshots_of(struct store *store, struct str org, struct arena *arena,
			     struct snapshot_list *ret, struct err *err);
/* Whose there are, in order. */
MUST_CHECK bool snapshots_orgs(struct store *store, struct intern *to, struct err *err);

#endif
