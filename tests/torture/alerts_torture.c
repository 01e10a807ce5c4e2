/* An alert that the disk refuses at any step is published whole or not at all. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "faulty_disk.h"
#include "torture.h"

#include "../unit/alerts_world.h"

struct place {
	void *world; /* struct world *, as cmocka's state */
};

static void fresh(void *ctx)
{
	struct place *p = ctx;
	struct world *w;

	if (p->world)
		world_close(&p->world);
	assert_int_equal(world_open(&p->world), 0);
	w = p->world;
	world_publish(w, "CC-2017-0001");
	world_do(w, "analyst", "alert.draft",
		 "{'alert':'CC-2017-0002','base':0,'weight':'first','title':'SMB','severity':"
		 "'high','tlp':'GREEN','about':{'cves':['CVE-2017-0144']},'outcomes':['fix'],"
		 "'audience':{'roles':['trust','gp_practice']},'supersedes':'CC-2017-0001'}");
	world_do(w, "national-lead", "alert.approve", "{'alert':'CC-2017-0002','revision':1}");
}

static bool publish(void *ctx, struct err *err)
{
	struct place *p = ctx;

	return world_try(p->world, "analyst", "alert.publish",
			 "{'alert':'CC-2017-0002','revision':1}", err);
}

/* Published or not: nothing between, and the older one ends with it. */
static void old_or_new(void *ctx)
{
	struct place *p = ctx;
	struct world *w = p->world;
	int64_t members = world_count(w, SQL("SELECT COUNT(*) FROM alerts_member"
					     " WHERE alert = 'CC-2017-0002'"));
	int64_t ends = world_count(w, SQL("SELECT COUNT(*) FROM alerts_end"));
	enum alert_life life = world_alert(w, "CC-2017-0002").life;

	if (life == ALERT_PUBLISHED) {
		assert_int_equal(members, 6);
		assert_int_equal(ends, 1);
		return;
	}
	assert_int_equal(life, ALERT_APPROVED);
	assert_int_equal(members, 0);
	assert_int_equal(ends, 0);
}

static void an_alert_is_published_or_not(void **state)
{
	struct place p = {0};
	struct torture t = {.step = publish, .unchanged = old_or_new, .reset = fresh, .ctx = &p};

	(void)state;
	assert_true(torture(&t) >= 5);
	assert_int_equal(world_alert(p.world, "CC-2017-0002").life, ALERT_PUBLISHED);
	old_or_new(&p);
	world_rebuild_same(p.world);
	world_close(&p.world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(an_alert_is_published_or_not)};

	faulty_disk();
	return cmocka_run_group_tests_name("alerts torture", tests, NULL, NULL);
}
