#ifndef ONCE_ONCE_H
#define ONCE_ONCE_H

/*
 * Requests that have a name, so that asking again does nothing again.  It knows who asked what
 * under which name within the last day, and what was answered; it promises that of two that ask the
 * same at once only one is the first, and that what was begun is never begun again under that name
 * while nobody knows how it ended.  It never carries anything out.  Its table is local; functions
 * that write do so in a transaction of their own.
 */

#include "base/arena.h"
#include "base/clock.h"
#include "keys/keys.h"
#include "store/store.h"

extern const struct store_table once_tables[]; /* ended by a NULL name */

enum {
	ONCE_NAME_MAX = 255,
	ONCE_MOST = 1000,     /* of one person, the latest */
	ONCE_BYTES = 1 << 16, /* an answer longer than that is not kept */
};
struct once_place {
	struct store *store;
	const struct clock *clock;
};
struct once_request {
	int64_t person;
	struct str post, name; /* as who asks calls it: theirs in that post */
	struct hash of;	       /* of all that makes it another */
};
enum once_state {
	ONCE_FIRST, /* do it, then once_end() */
	ONCE_AGAIN, /* it was done, and this was the answer */
	ONCE_OTHER, /* another request had that name */
	ONCE_OPEN,  /* it is being carried out, or was cut off */
};
struct once_begun {
	enum once_state state;
	struct str answer; /* in the arena; empty: it was too long */
};
/* ERR_INVALID: the name is none.  O(1) queries. */
MUST_CHECK bool once_begin(const struct once_place *view, const struct once_request *r,
			   struct arena *arena, struct once_begun *ret, struct err *err);
/* answer NULL: nothing was done, it may be asked again. */
MUST_CHECK bool once_end(const struct once_place *view, const struct once_request *r,
			 const struct str *answer, struct err *err);
/* Drop what is older than a day.  Now and then. */
MUST_CHECK bool once_sweep(const struct once_place *view, struct err *err);

#endif
