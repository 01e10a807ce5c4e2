#ifndef TESTS_MODEL_TWIN_H
#define TESTS_MODEL_TWIN_H

/* The engine's naive twin: plain loops over the criteria and the components of one device. */

#include "exposure/exposure.h"

/* The state of one device, or -1 when nobody judges the vulnerability. */
int twin_state(const struct exposure_parts *parts, const struct segment *s, uint32_t device,
	       const struct vuln_row *v);

#endif
