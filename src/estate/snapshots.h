#ifndef ESTATE_SNAPSHOTS_H
#define ESTATE_SNAPSHOTS_H

/* Records of imports, as the recorded tables hold them. */

#include "estate/estate.h"

struct snapshot_more {
	struct str only; /* the only device it is about; empty: several */
	enum estate_format forced;
};

/* As estate_snapshots(), with what only this room needs; *ret_more may be NULL. */
MUST_CHECK bool snapshots_of(struct store *store, struct str org, struct arena *arena,
			     struct estate_snapshot **ret, struct snapshot_more **ret_more,
			     size_t *ret_n, struct err *err);

#endif
