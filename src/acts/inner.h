#ifndef ACTS_INNER_H
#define ACTS_INNER_H

/* What the files of this room share.  Never leaves the folder. */

#include "acts/acts.h"
#include "base/mem.h"

/* Acts that wait to be done in one commit. */
struct queue {
	VEC_OF(struct acts_submission) v;
	struct arena *arena; /* their bodies, posts and users */
};

struct acts {
	struct store *store;
	struct site_key *key;
	struct journal *journal;
	struct store_txn *txn;
	const struct clock *clock;
	struct arena *arena; /* post and user */
	struct str post, user;
	int64_t began_ms; /* one moment for all acts of a transaction */
	bool grouped;	  /* acts_begin() was called */
	bool borrows;	  /* store, key and journal are another's */
	struct queue queue;
};

/* The record that an act became. */
struct act_mark {
	uint64_t number;
	struct hash hash;
};
/* Check, append, apply, within a transaction that is open. */
MUST_CHECK bool acts_run(struct acts *a, const struct act_request *request, struct act_mark *ret,
			 struct err *err);

#endif
