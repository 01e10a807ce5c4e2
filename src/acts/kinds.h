#ifndef ACTS_KINDS_H
#define ACTS_KINDS_H

/* Inner door: every room's acts, in the order of the floors. */

#include "journal/journal.h"

extern const struct act_kind *const acts_kinds[]; /* ended by NULL */

#endif
