#ifndef TESTS_MODEL_TWIN_H
#define TESTS_MODEL_TWIN_H

/* The engine's naive twin: plain loops over the criteria and the components of one device. */

#include "exposure/exposure.h"

/* The state of one device, or -1 when nobody judges the vulnerability.  Never by two threads at
 * once. */
int twin_state(const struct exposure_parts *parts, const struct segment *s, uint32_t device,
	       const struct vuln_row *v);

/* The same for many: the vulnerabilities are given first and outlive it, each thread has a hand. */
struct twin;
struct twin_hand;
struct twin *twin_open(const struct exposure_parts *parts, const struct vuln_row *const *vulns,
		       size_t n);
void twin_close(struct twin *t);
struct twin_hand *twin_hand_open(const struct twin *t);
void twin_hand_close(struct twin_hand *h);
/* ret: by device, a state for each vulnerability. */
void twin_segment(struct twin_hand *h, const struct segment *s, int8_t *ret);

#endif
