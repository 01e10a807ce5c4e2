#ifndef EXPOSURE_LOCAL_H
#define EXPOSURE_LOCAL_H

/*
 * The leaves of all classes as they meet one organisation.  Leaves that meet
 * the same ids have one number; numbers below PLAIN_LEAVES meet none, and are the
 * mask that is left.  Sets of a leaf are made once and kept while they fit.
 */

#include "exposure/sweep.h"
#include "exposure/words.h"

enum { PLAIN_LEAVES = 8 };

struct local_leaf {
	uint32_t first, n[LEAF_LISTS]; /* spans of places among the organisation's ids */
	uint32_t mask, hash;
	uint64_t *sets; /* true, then unknown; of a verdict exposed, unknown, fixed, no line */
};

struct local {
	const struct part *w;
	const struct unit *o;
	uint32_t *number; /* by leaf */
	uint32_t *touched;
	size_t ntouched;
	bool *seen;	 /* by leaf: is it among those touched? */
	uint32_t *lanes; /* by leaf and list: where the next of its places goes */
	VEC_OF(uint32_t) places;
	VEC_OF(struct local_leaf) leaves;
	struct span_list spans;
	uint32_t *slots;     /* of the hash table: number + 1 */
	size_t nslots;	     /* a power of two, more than twice the leaves */
	struct arena *arena; /* kept sets */
	uint64_t *spare, *zero;
};

void local_init(struct local *l, const struct part *w, uint32_t words);
void local_release(struct local *l);
void local_begin(struct local *l, const struct unit *o);
void local_end(struct local *l);

/* Of a criterion's leaf: words of true, then of unknown.  Valid until the next call with the same
 * spare (nspare: 0 or 1...; each has its own room). */
enum { LOCAL_SPARES = PROGRAM_DEPTH + 8 };
const uint64_t *local_sets(struct local *l, uint32_t number, bool verdict, unsigned spare);

#endif
