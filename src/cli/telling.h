#ifndef CLI_TELLING_H
#define CLI_TELLING_H

/* Inner door: the body of a record in words, for a person who asks who did what to whom. */

#include "base/arena.h"
#include "base/str.h"

struct telling {
	struct str org;	 /* whom it concerns; empty: the whole service */
	struct str what; /* one line */
};
/* Of any body, also of kinds of act that are not known here.  In arena. */
struct telling telling_of(struct arena *arena, struct str body);

#endif
