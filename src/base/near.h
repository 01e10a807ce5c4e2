#ifndef BASE_NEAR_H
#define BASE_NEAR_H

/*
 * "Did you mean": the one of several words that differs least from what was typed.  For
 * messages only: it never decides anything, and words of more than 64 bytes are near to none.
 */

#include "base/str.h"

struct near {
	struct str word; /* as typed; set it, leave the rest empty */
	struct str best; /* the nearest so far, borrowed; empty when none is near enough */
	unsigned edits;
};

/*
 * Look at one more.  Near is at most two letters put in, left out, changed or swapped, one in words
 * of up to four letters; capitals don't count.  The first of equals stays.
 */
void near_try(struct near *n, struct str candidate);

#endif
