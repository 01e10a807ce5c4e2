#ifndef TORTURE_H
#define TORTURE_H

/*
 * Reruns a step with its first, second, ... fallible part refused (base/fault.h)
 * until nothing is refused any more.  Each refused run must fail with one clear
 * line, or succeed because the part could be done without; unchanged(ctx) then
 * looks whether the world is as before.  Leaks are the sanitizer's to find.
 * Include after <cmocka.h>.
 */

#include "base/err.h"
#include "base/fault.h"

enum { TORTURE_MOST = 100000 };

struct torture {
	bool (*step)(void *ctx, struct err *err);
	void (*unchanged)(void *ctx); /* after each failed run; may be NULL */
	void (*reset)(void *ctx);     /* before each run; may be NULL */
	void *ctx;
	unsigned first; /* parts before this one are tortured elsewhere; 0: all */
};

/* Returns how many parts could be refused: at least 1, or the step asks nobody. */
static inline unsigned torture(const struct torture *t)
{
	for (unsigned n = t->first ? t->first : 1; n < TORTURE_MOST; n++) {
		struct err err = {0};
		bool ok, met;

		if (t->reset)
			t->reset(t->ctx);
		fault_arm(n);
		ok = t->step(t->ctx, &err);
		met = fault_met();
		fault_arm(0);
		if (!met) {
			if (!ok)
				fail_msg("with nothing refused: %s", err.text);
			return n - 1;
		}
		if (ok)
			continue;
		if (err.code == ERR_NONE || !err.text[0])
			fail_msg("refusal %u gave no error", n);
		if (t->unchanged)
			t->unchanged(t->ctx);
	}
	fail_msg("still refused after %d runs", TORTURE_MOST);
	return 0;
}

#endif
