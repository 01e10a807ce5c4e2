#ifndef TESTS_MODEL_OBLIGATIONS_H
#define TESTS_MODEL_OBLIGATIONS_H

/*
 * The rules of doc/evidence.md as plain loops: everything that happened is walked through in order
 * of time, each estate by itself, and what follows is written down.
 */

#include "evidence/evidence.h"

enum { TWIN_ESTATES = 3, TWIN_MOMENTS = 200 };

struct twin_estate {
	struct str org;
	int64_t since_ms; /* what the organisation said before is not about it */
	struct evidence_runs runs;
};

struct twin_case {
	const struct obligation_facts *facts; /* but for runs and inherited */
	struct twin_estate estates[TWIN_ESTATES];
	size_t nestates;
};

void twin_judge(const struct twin_case *w, struct obligation_verdict *ret);

#endif
