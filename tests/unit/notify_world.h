#ifndef TESTS_NOTIFY_WORLD_H
#define TESTS_NOTIFY_WORLD_H

/* The small service of alerts_world.h with the room notify over it, and a mail server that is never
 * there. */

#include "alerts_world.h"

#include "notify/inner.h"

struct post_office {
	struct world *w;
	struct clock clock; /* moves with w->now_ms: office_at() */
	struct notify *n;
};
/* *state becomes a struct post_office *.  Holders of t1-lead, t1-siro, r1-lead have addresses, as
 * have P1's contact and s1-resp; a mail server is set. */
int office_open(void **state);
int office_close(void **state);
void office_at(struct post_office *o, const char *stamp);
/* notify_advance(); how many notices came of it. */
uint64_t office_advance(struct post_office *o);
/* Local rows of one table as text. */
void office_dump(struct post_office *o, const char *table, struct text *to);
/* notify_list(), of all states. */
struct notify_messages office_list(struct post_office *o);
/* What became of every message that waits. */
void office_settle(struct post_office *o, const char *recipient, enum notify_state state);
void office_bundle(struct post_office *o);

#define OK(call)                                                                                   \
	do {                                                                                       \
		struct err err_ = {0}, *err = &err_;                                               \
		if (!(call))                                                                       \
			fail_msg("%s: %s", #call, err_.text);                                      \
	} while (0)
#define OFFICE(fn) cmocka_unit_test_setup_teardown(fn, office_open, office_close)

#endif
