/* An import that the disk refuses at any step leaves the directory as it was, or whole. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "faulty_disk.h"
#include "torture.h"

#include "../unit/directory_world.h"

static const char file[] = "code,name,role,parent,expected_devices\n"
			   "R1,North,region,X26,\n"
			   "T1,Alder,trust,R1,1000\n"
			   "T2,Birch,trust,R1,500\n";

struct place {
	void *world; /* struct world *, as cmocka's state */
	struct text whole;
};

static void fresh(void *ctx)
{
	struct place *p = ctx;

	if (p->world)
		world_close(&p->world);
	assert_int_equal(world_open(&p->world), 0);
}

static bool import(void *ctx, struct err *err)
{
	struct place *p = ctx;
	struct directory_report report;

	return world_try_import(p->world,
				&(struct directory_import){.bytes = str_of(file),
							   .taken_ms = day_ms("2017-05-01"),
							   .received_ms = day_ms("2017-05-02")},
				&report, err);
}

static unsigned lines(struct str s)
{
	struct str line;
	unsigned n = 0;

	while (s.n && str_next_line(&s, &line))
		n++;
	return n;
}

/* The nation and its post alone, or all that the file says. */
static void old_or_new(void *ctx)
{
	struct place *p = ctx;
	struct world *w = p->world;
	AUTO(text_freep) struct text now = {0};

	world_dump_things(w->store, &now);
	if (lines(text_str(&now)) == 4)
		return;
	assert_int_equal(lines(text_str(&now)), lines(text_str(&p->whole)));
}

static void an_import_is_there_or_not(void **state)
{
	struct place p = {0};
	struct torture t = {.step = import, .unchanged = old_or_new, .reset = fresh, .ctx = &p};
	struct err err = {0};

	(void)state;
	fresh(&p);
	assert_true(import(&p, &err));
	world_dump_things(((struct world *)p.world)->store, &p.whole);
	assert_true(lines(text_str(&p.whole)) > 15);
	assert_true(torture(&t) >= 5);
	old_or_new(&p);
	world_close(&p.world);
	text_free(&p.whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(an_import_is_there_or_not)};

	faulty_disk();
	return cmocka_run_group_tests_name("directory torture", tests, NULL, NULL);
}
