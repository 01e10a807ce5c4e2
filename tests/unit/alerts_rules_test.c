#include "alerts_world.h"

#include "alerts/inner.h"

/* Clocks, ladders and holidays: what a file must say, what holds, and what comes due by them. */

static void refused(const char *what, const char *bytes, const char *words)
{
	AUTO(text_freep) struct text body = {0};
	struct err err = {0};

	if (alerts_adopt_body(str_of(what), STR("rules.csv"), str_of(bytes), &body, &err))
		fail_msg("taken: %s", bytes);
	assert_int_equal(err.code, ERR_INVALID);
	if (!strstr(err.text, words))
		fail_msg("\"%s\", not \"%s\"", err.text, words);
}

#define CLOCKS "severity,unit,acknowledge,update,remediate\n"
#define LADDERS "role,step,after,unit,to\n"
#define DAYS "date,name,area\n"
#define ZONE "zone,UTC,+00:00\n"

static void a_bad_file_is_refused_with_its_line(void **state)
{
	(void)state;
	refused("prayers", CLOCKS, "none of the rules");
	refused("clocks", "severity,unit\nhigh,hours\n", "acknowledge");
	refused("clocks", CLOCKS "high,hours,48,72,336\n", "no clock for severity information");
	refused("clocks", CLOCKS "high,hours,48,72,336\nhigh,hours,1,1,1\n", "line 3: \"high\" is");
	refused("clocks", CLOCKS "huge,hours,48,72,336\n", "line 2: \"huge\" is neither");
	refused("clocks", CLOCKS "high,weeks,48,72,336\n", "line 2: \"weeks\" is no unit");
	refused("clocks", CLOCKS "high,hours,-1,72,336\n", "line 2: \"-1\" is no whole number");
	refused("clocks", CLOCKS "high,hours,48,72,99999999999999999999\n", "from 0 to 87600");
	refused("clocks", CLOCKS "ssvc-immediate,working_days,1,1,1\n", "to shorten other clocks");
	refused("clocks", CLOCKS "ssvc-immediate,hours,1,1,\n", "all three stated");
	refused("clocks", "severity,unit,acknowledge,update,remediate\nhigh\xff,hours,1,1,1\n",
		"byte 47 is not UTF-8");
	refused("ladders", LADDERS, "no step in it");
	refused("ladders", LADDERS ",1,0,hours,siro\n", "no role");
	refused("ladders", LADDERS "trust,2,0,hours,siro\n", "in order from 1");
	refused("ladders", LADDERS "trust,1,2,days,siro\ntrust,2,1,days,siro\n",
		"line 3: step 2 is due before");
	refused("ladders", LADDERS "trust,1,2,months,siro\n", "no unit: hours or days");
	refused("ladders", LADDERS "trust,1,2,days,cousin:siro\n", "\"cousin:siro\" is nobody");
	refused("ladders", LADDERS "trust,1,2,days,region:\n", "is nobody");
	refused("ladders", LADDERS "trust,1,2,days,king\n", "\"king\" is nobody");
	refused("ladders", LADDERS "trust,1,2,days,nation:system\n", "is nobody");
	refused("holidays", DAYS "2017-12-25,Christmas Day,\n", "no row \"zone\"");
	refused("holidays", DAYS ZONE "2017-02-29,Nothing,\n", "line 3: \"2017-02-29\" is no date");
	refused("holidays", DAYS ZONE "2017-12-25T10:00,Nothing,\n", "is no date");
	refused("holidays", DAYS ZONE ZONE, "a second zone");
	refused("holidays", DAYS "zone,Mars,+25:00\n", "no offset from UTC");
	refused("holidays", DAYS "zone,London,+00:00 us\n", "no offset from UTC");
	refused("holidays", DAYS ZONE "2017-12-25,a,R1\n2017-12-25,b,r1\n",
		"2017-12-25 is there twice for R1");
}

static void clock_is(struct world *w, struct alert_content content, struct alert_clock want)
{
	const struct alerts_view view = world_view(w);
	struct alert_clock got;
	struct err err = {0};

	assert_true(rules_clock(&view, &content, &got, &err));
	assert_int_equal(got.elapsed, want.elapsed);
	assert_int_equal(got.acknowledge, want.acknowledge);
	assert_int_equal(got.update, want.update);
	assert_int_equal(got.remediate, want.remediate);
}

static void the_pack_says_how_long(void **state)
{
	struct world *w = *state;

	clock_is(w, (struct alert_content){.severity = SEVERITY_HIGH},
		 (struct alert_clock){true, 48 * MS_PER_HOUR, 72 * MS_PER_HOUR, 14 * MS_PER_DAY});
	clock_is(w, (struct alert_content){.severity = SEVERITY_MEDIUM},
		 (struct alert_clock){false, 5, 10, 30});
	clock_is(w, (struct alert_content){.severity = SEVERITY_INFORMATION},
		 (struct alert_clock){false, 10, 0, 0});
	clock_is(w, (struct alert_content){.severity = SEVERITY_HIGH, .ssvc = STR("out-of-cycle")},
		 (struct alert_clock){true, 48 * MS_PER_HOUR, 72 * MS_PER_HOUR, 7 * MS_PER_DAY});
	clock_is(w,
		 (struct alert_content){.severity = SEVERITY_INFORMATION, .ssvc = STR("immediate")},
		 (struct alert_clock){true, 24 * MS_PER_HOUR, 24 * MS_PER_HOUR, 3 * MS_PER_DAY});
	/* A decision without a row of its own shortens nothing. */
	clock_is(w, (struct alert_content){.severity = SEVERITY_LOW, .ssvc = STR("defer")},
		 (struct alert_clock){false, 10, 20, 60});
}

static void without_clocks_nothing_is_published(void **state)
{
	struct world *w = *state;
	const struct alerts_view view = world_view(w);
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct alert_clock clock;
	struct err err = {0};

	assert_true(store_begin(w->store, &txn, &err));
	assert_true(store_run(txn, SQL("DELETE FROM alerts_clock"), ARGS(), &err));
	assert_false(rules_clock(&view, &(struct alert_content){0}, &clock, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "no clocks are adopted"));
}

/* What was published keeps its clock, whatever is adopted later. */
static void the_latest_rules_hold_from_then_on(void **state)
{
	struct world *w = *state;
	struct alerts_view view;
	struct alert_clock clock;
	struct err err = {0};

	world_publish(w, "CC-2017-0001");
	world_at(w, "2017-05-13T09:00:00Z");
	assert_true(world_adopt(w, "clocks",
				STR(CLOCKS "critical,hours,1,1,1\nhigh,hours,2,2,2\n"
					   "medium,hours,3,3,3\nlow,hours,4,4,4\n"
					   "information,hours,5,,\n"),
				&err));
	clock_is(w, (struct alert_content){.severity = SEVERITY_HIGH},
		 (struct alert_clock){true, 2 * MS_PER_HOUR, 2 * MS_PER_HOUR, 2 * MS_PER_HOUR});
	view = world_view(w);
	assert_true(alert_clock_of(&view, STR("CC-2017-0001"), &clock, &err));
	assert_int_equal(clock.acknowledge, 48 * MS_PER_HOUR);
	world_publish(w, "CC-2017-0002");
	assert_true(alert_clock_of(&view, STR("CC-2017-0002"), &clock, &err));
	assert_int_equal(clock.acknowledge, 2 * MS_PER_HOUR);
	world_rebuild_same(w);
}

static struct rules *loaded(struct world *w)
{
	const struct alerts_view view = world_view(w);
	struct rules *rules = NULL;
	struct err err = {0};

	if (!rules_load(&view, &rules, &err))
		fail_msg("%s", err.text);
	return rules;
}

static int64_t ms_of(const char *stamp)
{
	int64_t ms = 0;

	assert_true(stamp_parse(str_of(stamp), &ms));
	return ms;
}

/* A date without a time lasts till midnight where the service is, not in Greenwich. */
static void a_day_ends_when_it_ends_there(void **state)
{
	struct world *w = *state;
	const struct alerts_view view = world_view(w);
	struct err err = {0};
	int64_t end = 0;

	assert_true(alert_day_end(&view, ms_of("2017-05-20"), &end, &err));
	assert_int_equal(end, ms_of("2017-05-20T23:00:00Z") - 1);
	assert_true(alert_day_end(&view, ms_of("2017-12-01"), &end, &err));
	assert_int_equal(end, ms_of("2017-12-02T00:00:00Z") - 1);
}

static void days_are_those_of_the_region(void **state)
{
	struct world *w = *state;
	struct err err = {0};
	const struct rules *rules = loaded(w);
	const struct calendar *c = rules_calendar(rules, STR("R1"));

	assert_int_equal(c->nholidays, 99);
	/* Friday before the Spring bank holiday: one working day is Tuesday, in British Summer
	 * Time. */
	assert_int_equal(calendar_working_days(c, ms_of("2017-05-26T10:00:00Z"), 1),
			 ms_of("2017-05-30T22:59:59.999Z"));
	assert_true(world_adopt(w, "holidays",
				STR(DAYS "zone,Paris,+01:00 eu\n2017-07-14,Bastille,r2\n"
					 "2017-12-25,Christmas Day,\n2017-12-25,Noël,R2\n"),
				&err));
	rules = loaded(w);
	assert_int_equal(rules_calendar(rules, STR("R1"))->nholidays, 1);
	assert_int_equal(rules_calendar(rules, STR("R2"))->nholidays, 2);
	assert_int_equal(rules_calendar(rules, STR("R2"))->offset_minutes, 60);
	world_rebuild_same(w);
}

static void a_role_climbs_its_own_ladder(void **state)
{
	struct world *w = *state;
	const struct rules *rules = loaded(w);
	const struct ladder_step *steps;
	size_t n;

	assert_true(rules_ladder(rules, STR("gp_practice"), &steps, &n));
	assert_int_equal(n, 4);
	assert_true(str_is(steps[1].recipient, "partner"));
	assert_int_equal(steps[1].after_ms, 2 * MS_PER_DAY);
	assert_true(rules_ladder(rules, STR("lighthouse"), &steps, &n));
	assert_true(str_is(steps[3].recipient, "nation:national-lead"));
}

/* --- what comes due --- */

static void do_due(struct world *w, const char *want)
{
	const struct alerts_view view = world_view(w);
	AUTO(text_freep) struct text got = {0};
	struct alert_due_list due;
	struct err err = {0};

	if (!alert_due(&view, &due, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < due.n; i++)
		text_addf(&got, "%s %.*s\n", due.v[i].act, STR_FMT(due.v[i].body));
	assert_string_equal(text_c(&got), want);
	for (size_t i = 0; i < due.n; i++)
		world_do(w, "system", due.v[i].act, due.v[i].body.p);
	assert_true(alert_due(&view, &due, &err));
	assert_int_equal(due.n, 0);
}

static void publish_to(struct world *w, const char *audience)
{
	char rest[320];

	snprintf(rest, sizeof(rest),
		 "'about':{'cves':['CVE-2017-0144']},'outcomes':['fix','mitigation'],'audience':%s",
		 audience);
	world_issue(w, "CC-2017-0001", rest);
}

static void reach(struct world *w, const char *org)
{
	char body[200];

	snprintf(body, sizeof(body),
		 "{'org':'%s','post':'lead','name':'L','email':'l@example.org'}", org);
	world_do(w, "national-lead", "contact.set", body);
}

static void joiners_come_due(void **state)
{
	struct world *w = *state;

	publish_to(w, "{'roles':['trust']}");
	do_due(w, "");
	world_at(w, "2017-05-13T09:00:00Z");
	world_do(w, "national-lead", "org.add",
		 "{'org':'T0','name':'New','role':'trust','parent':'R1'}");
	world_do(w, "national-lead", "org.add",
		 "{'org':'T5','name':'New','role':'trust','parent':'R1'}");
	do_due(w, "alert.join {\"alert\":\"CC-2017-0001\",\"orgs\":[\"T0\",\"T5\"]}\n");
	world_do(w, "national-lead", "alert.withdraw",
		 "{'alert':'CC-2017-0001','base':1,'reason':'over'}");
	world_do(w, "national-lead", "org.add",
		 "{'org':'T6','name':'New','role':'trust','parent':'R1'}");
	do_due(w, "");
}

#define STEP(org, step, to)                                                                        \
	"alert.escalate {\"alert\":\"CC-2017-0001\",\"ordinal\":1,\"org\":\"" org                  \
	"\",\"step\":" step ",\"to\":\"" to "\"}\n"

/* Overdue from 48 hours on: 14 May 09:00. */
static void a_ladder_is_climbed_step_by_step(void **state)
{
	struct world *w = *state;

	reach(w, "T1");
	reach(w, "P1");
	publish_to(w, "{'orgs':['T1','P1','T2']}");
	world_at(w, "2017-05-14T08:59:59Z");
	do_due(w, "");
	world_at(w, "2017-05-14T09:00:01Z");
	do_due(w, STEP("P1", "1", "p1-lead") STEP("T1", "1", "t1-lead"));
	world_at(w, "2017-05-16T09:00:01Z");
	do_due(w, STEP("P1", "2", "partner of P1") STEP("T1", "2", "t1-siro"));
	/* Who answers is late no more, until the next update is. */
	world_do(w, "t1-lead", "alert.acknowledge", "{'alert':'CC-2017-0001','org':'T1'}");
	world_at(w, "2017-05-19T09:00:00Z");
	do_due(w, STEP("P1", "3", "security-lead of Q1"));
	world_at(w, "2017-05-25T09:00:00Z");
	do_due(w, STEP("P1", "4", "r1-lead") STEP("T1", "3", "r1-lead"));
}

/* While somebody is to decide on an exception nobody climbs. */
static void an_exception_holds_the_ladder(void **state)
{
	struct world *w = *state;

	reach(w, "T1");
	publish_to(w, "{'orgs':['T1']}");
	world_do(w, "t1-lead", "alert.except",
		 "{'alert':'CC-2017-0001','org':'T1','reason':'a','opinion':'b','controls':'c',"
		 "'until':'2017-06-01'}");
	world_at(w, "2017-05-20T09:00:00Z");
	do_due(w, "");
}

#define SUPPLIER(step, to)                                                                         \
	"alert.escalate {\"alert\":\"CC-2017-0001\",\"ordinal\":0,\"org\":\"S1\",\"step\":" step   \
	",\"to\":\"" to "\"}\n"

/* S1 has the one duty, of that name and date, or none (""). */
static void s1_owes(struct world *w, const char *want)
{
	const struct alerts_view view = world_view(w);
	AUTO(text_freep) struct text got = {0};
	struct duty_list duties;
	char stamp[STAMP_BYTES];
	struct err err = {0};

	if (!alert_duties(&view, STR("s1-resp"), &duties, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < duties.n; i++)
		if (duties.v[i].as_supplier)
			text_addf(&got, "%.*s %.*s%s", STR_FMT(duties.v[i].what),
				  STR_FMT(stamp_format(duties.v[i].due_ms, stamp)),
				  duties.v[i].overdue ? " overdue" : "");
	assert_string_equal(text_c(&got), want);
}

/* What of the steps climbed is open still: organisation, ordinal, step. */
static void digest_is(struct world *w, const char *want)
{
	const struct alerts_view view = world_view(w);
	AUTO(text_freep) struct text got = {0};
	struct escalation_list list;
	struct err err = {0};

	if (!alert_digest(&view, STR(""), &list, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < list.n; i++)
		text_addf(&got, "%.*s %u %u, ", STR_FMT(list.v[i].org), list.v[i].ordinal,
			  list.v[i].step);
	assert_string_equal(text_c(&got), want);
}

static void supplies(struct world *w, const char *kind)
{
	char body[120];

	snprintf(body, sizeof(body), "{'alert':'CC-2017-0001','org':'S1','kind':'%s'}", kind);
	world_do(w, "s1-resp", "alert.supply", body);
}

/* Whoever waits first starts its clock; nothing is owed once there is a fix, or will be none. */
static void a_supplier_that_is_waited_for_owes_an_answer(void **state)
{
	struct world *w = *state;

	publish_to(w, "{'roles':['trust']}");
	s1_owes(w, "");
	world_refuses(w, "system", "alert.escalate",
		      "{'alert':'CC-2017-0001','org':'S1','ordinal':0,'step':1,'to':'x'}",
		      "waits for S1");
	world_do(w, "t1-lead", "alert.progress",
		 "{'alert':'CC-2017-0001','org':'T1','kind':'blocked','supplier':'S1'}");
	world_at(w, "2017-05-13T09:00:00Z");
	world_do(w, "national-lead", "alert.progress",
		 "{'alert':'CC-2017-0001','org':'T2','kind':'blocked','supplier':'S1'}");
	s1_owes(w, "answer 2017-05-14T09:00:00.000Z");
	/* Nobody is known there: that is not late. */
	world_at(w, "2017-05-14T10:00:00Z");
	s1_owes(w, "answer 2017-05-14T09:00:00.000Z");
	do_due(w, "");
	reach(w, "S1");
	s1_owes(w, "answer 2017-05-14T09:00:00.000Z overdue");
	do_due(w, SUPPLIER("1", "security-lead of S1"));
	world_at(w, "2017-05-15T08:00:00Z");
	supplies(w, "acknowledged");
	s1_owes(w, "update 2017-05-18T08:00:00.000Z");
	do_due(w, "");
	world_at(w, "2017-05-17T08:00:00Z");
	supplies(w, "working");
	s1_owes(w, "update 2017-05-20T08:00:00.000Z");
	supplies(w, "no_fix");
	s1_owes(w, "");
	world_at(w, "2017-06-17T08:00:00Z");
	s1_owes(w, "");
	world_rebuild_same(w);
}

/* The ladder of the role supplier, where there is one; the steps of what it owes itself as an
 * organisation are others. */
static void a_silent_supplier_climbs_a_ladder_of_its_own(void **state)
{
	struct world *w = *state;
	struct err err = {0};

	assert_true(world_adopt(w, "ladders",
				STR("role,step,after,unit,to\nsupplier,1,0,hours,responder\n"
				    "supplier,2,1,days,nation:national-lead\n"
				    "*,1,0,hours,security-lead\n"),
				&err));
	reach(w, "S1");
	publish_to(w, "{'orgs':['S1','T1']}");
	world_do(w, "t1-lead", "alert.progress",
		 "{'alert':'CC-2017-0001','org':'T1','kind':'blocked','supplier':'S1'}");
	world_at(w, "2017-05-14T09:00:01Z");
	do_due(w, STEP("S1", "1", "s1-resp") SUPPLIER("1", "s1-resp"));
	world_at(w, "2017-05-15T10:00:00Z");
	world_do(w, "s1-resp", "alert.acknowledge", "{'alert':'CC-2017-0001','org':'S1'}");
	do_due(w, STEP("T1", "1", "t1-lead") SUPPLIER("2", "national-lead"));
	digest_is(w, "S1 0 2, T1 1 1, S1 1 1, S1 0 1, ");
	supplies(w, "fix");
	world_at(w, "2017-05-16T10:00:00Z");
	do_due(w, "");
	digest_is(w, "T1 1 1, S1 1 1, ");
	world_do(w, "national-lead", "alert.withdraw",
		 "{'alert':'CC-2017-0001','base':1,'reason':'over'}");
	digest_is(w, "");
}

static void duties_come_by_date(void **state)
{
	struct world *w = *state;
	struct alerts_view view;
	struct duty_list duties;
	struct err err = {0};

	reach(w, "T1");
	world_publish(w, "CC-2017-0001");
	world_at(w, "2017-05-12T10:00:00Z");
	world_publish(w, "CC-2017-0002");
	world_do(w, "t1-lead", "alert.acknowledge", "{'alert':'CC-2017-0002','org':'T1'}");
	world_at(w, "2017-05-14T10:00:00Z");
	view = world_view(w);
	assert_true(alert_duties(&view, STR("t1-lead"), &duties, &err));
	assert_int_equal(duties.n, 4);
	assert_true(str_is(duties.v[0].what, "acknowledge"));
	assert_true(duties.v[0].overdue);
	assert_int_equal(duties.v[0].due_ms, ms_of("2017-05-14T09:00:00Z"));
	assert_true(str_is(duties.v[1].what, "update"));
	assert_int_equal(duties.v[1].due_ms, ms_of("2017-05-15T10:00:00Z"));
	assert_true(str_is(duties.v[2].what, "remediate"));
	assert_false(duties.v[2].overdue);
	/* The nation answers for itself here: its own duties alone. */
	assert_true(alert_duties(&view, STR("national-lead"), &duties, &err));
	assert_true(duties.n > 0 && str_is(duties.v[0].org, "X26"));
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int alerts_rules_run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bad_file_is_refused_with_its_line),
		CASE(the_pack_says_how_long),
		CASE(without_clocks_nothing_is_published),
		CASE(the_latest_rules_hold_from_then_on),
		CASE(days_are_those_of_the_region),
		CASE(a_day_ends_when_it_ends_there),
		CASE(a_role_climbs_its_own_ladder),
		CASE(joiners_come_due),
		CASE(a_ladder_is_climbed_step_by_step),
		CASE(an_exception_holds_the_ladder),
		CASE(a_supplier_that_is_waited_for_owes_an_answer),
		CASE(a_silent_supplier_climbs_a_ladder_of_its_own),
		CASE(duties_come_by_date),
	};

	return cmocka_run_group_tests_name("alerts, rules", tests, NULL, NULL);
}
