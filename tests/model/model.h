#ifndef TESTS_MODEL_MODEL_H
#define TESTS_MODEL_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "twin.h"
#include "worlds.h"

struct census {
	uint64_t worlds, answers, by_state[EXPOSURE_STATES];
};
/* Every device of the world, for one vulnerability: engine and twin. */
bool devices_agree(const struct exposure_world *w, const struct exposure_parts *p,
		   const struct vuln_row *v, struct arena *a, struct census *c);

void real_vulnerabilities_agree(void **state);

#endif
