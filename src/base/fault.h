#ifndef BASE_FAULT_H
#define BASE_FAULT_H

/*
 * Torture: every step that the outside can refuse (a read, a write, a commit)
 * asks fault_here() first.  A test arms fault number n and reruns with n = 1,
 * 2, ... until nothing fails any more; after each run nothing may be lost,
 * leaked or half-done.  Unarmed it costs one load and a branch.
 */

#include "base/def.h"

/* The n-th fallible step from now fails; 0 disarms. */
void fault_arm(unsigned n);
/* Has the armed fault been met since fault_arm()? */
bool fault_met(void);
/* How many steps have asked since fault_arm(n), n > 0. */
unsigned fault_asked(void);
/* True when this step must fail. */
bool fault_here(void);

#endif
