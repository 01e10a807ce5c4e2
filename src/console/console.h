#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

/*
 * The console: the pages that people see and what answers under /api.  It knows routes, cookies,
 * forms and words, and who asks; it promises that who is not signed in sees nothing but the ways
 * in, that no form counts that was not of our own page, that every page stands in one frame and
 * works without scripts, and that a password is judged beside the loop.  It changes nothing by
 * itself: who may sign in is access's, everything else goes through acts.
 */

#include "web/web.h"

struct console_config {
	const char *db; /* borrowed */
	struct clock clock;
	bool keeps_world; /* of the whole estate, for what asks about one organisation */
};
/* What web serves.  config is borrowed for as long as it does. */
void console_app(const struct console_config *config, struct web_app *ret);
/* Can it be opened?  What is wrong for good is said before anything listens. */
MUST_CHECK bool console_try(const struct console_config *config, struct err *err);

#endif
