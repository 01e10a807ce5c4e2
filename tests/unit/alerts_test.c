#include "alerts_world.h"

/* What was said of alerts: who may say it, when, and what it leaves. */

#define DRAFT_REST                                                                                 \
	"'title':'SMB','severity':'high','tlp':'GREEN','text':'Patch.',"                           \
	"'about':{'cves':['CVE-2017-0144']},'outcomes':['fix','mitigation']"

static void an_alert_goes_out_and_is_answered(void **state)
{
	struct world *w = *state;
	struct alert a;

	world_publish(w, "CC-2017-0001");
	a = world_alert(w, "cc-2017-0001");
	assert_int_equal(a.life, ALERT_PUBLISHED);
	assert_int_equal(a.members, 11);
	assert_true(str_is(a.author, "analyst"));
	assert_true(str_is(a.approver, "national-lead"));
	assert_int_equal(a.asked_ms, w->now_ms);
	assert_false(a.pending);
	world_do(w, "t1-lead", "alert.acknowledge", "{'alert':'CC-2017-0001','org':'T1'}");
	world_do(w, "t1-lead", "alert.claim", "{'alert':'CC-2017-0001','org':'T1','kind':'fixed'}");
	assert_int_equal(world_count(w, SQL("SELECT COUNT(*) FROM alerts_claim")), 2);
	world_rebuild_same(w);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_alert_goes_out_and_is_answered),
	};

	return cmocka_run_group_tests_name("alerts", tests, NULL, NULL);
}
