#ifndef EXPOSURE_WHY_H
#define EXPOSURE_WHY_H

/* Reasons: what query.c asks of why.c. */

#include "exposure/inner.h"

struct unit *org_find(const struct exposure_world *w, struct str code);
MUST_CHECK bool vuln_find(const struct exposure_world *w, struct str cve,
			  const struct vuln_row **ret, struct err *err);
MUST_CHECK bool device_find(const struct exposure_world *w, struct str org, struct str device,
			    const struct unit **ret, uint32_t *ret_device, struct err *err);
/* Fill in why and seen_ms of one device. */
void why_line(const struct exposure_world *w, const struct unit *o, uint32_t device,
	      const struct vuln_row *v, enum exposure_state state, struct arena *arena,
	      struct exposure_device *ret);

#endif
