/* Claims and exceptions for some devices, and several estates under one organisation. */

#include "evidence_scene.h"

static void each_device_has_its_claim(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_run(s, DAY(11), DAY(18), "d1 d2 d3 d4");
	add_claim(s, CLAIM_FIXED, DAY(12), "d1");
	add_approved(s, CLAIM_EXCEPTED, DAY(12), DAY(30), "d2");
	add_approved(s, CLAIM_MITIGATED, DAY(12), DAY(25), "d3");
	assert_judged(s, DAY(13), "exposed");
	assert_int_equal(s->is.unproven, 1);
	assert_int_equal(s->is.excepted, 1);
	assert_int_equal(s->is.mitigated, 1);
	assert_int_equal(s->is.exposed, 4);
	add_claim(s, CLAIM_NOT_APPLICABLE, DAY(13), "d4");
	assert_judged(s, DAY(14), "unproven");
	add_run(s, DAY(15), DAY(22), "d1 d2 d3");
	assert_judged(s, DAY(16), "evidence_differs");
	assert_int_equal(s->is.differs, 1);
	assert_true(obligation_device_differs(&s->facts, &s->is, &s->devices[1][0]));
	assert_false(obligation_device_differs(&s->facts, &s->is, &s->devices[1][1]));
	assert_false(obligation_device_differs(&s->facts, &s->is, &s->devices[0][0]));
	add_run(s, DAY(17), DAY(24), "d2 d3");
	assert_judged(s, DAY(18), "excepted");
	assert_int_equal(s->is.until_ms, DAY(25));
	assert_judged(s, DAY(25) + 1, "exposed");
}

static void the_rest_has_to_be_seen(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_run(s, DAY(11), 0, "d1");
	add_approved(s, CLAIM_EXCEPTED, DAY(12), DAY(60), "d1");
	assert_judged(s, DAY(13), "unknown");
	assert_int_equal(s->is.excepted, 1);
	add_run(s, DAY(14), DAY(21), "d1");
	assert_judged(s, DAY(15), "excepted");
	assert_int_equal(s->is.closed_ms, DAY(14));
	/* Closed until its date: stale evidence on the rest opens nothing... */
	assert_judged(s, DAY(22), "excepted");
	assert_int_equal(s->is.closed_ms, DAY(14));
	/* ...nor does an inventory that sees too little, even one that shows d1 mended... */
	add_run(s, DAY(30), 0, NULL);
	assert_judged(s, DAY(31), "excepted");
	/* ...but exposure elsewhere does, and then the rest is unseen again. */
	add_run(s, DAY(40), 0, "d1 d2");
	assert_judged(s, DAY(41), "exposed");
	add_run(s, DAY(42), 0, "d1");
	assert_judged(s, DAY(43), "unknown");
	assert_judged(s, DAY(60) + 1, "exposed");
}

static void a_gap_between_exceptions_opens(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_run(s, DAY(11), DAY(18), "d1");
	add_approved(s, CLAIM_EXCEPTED, DAY(12), DAY(20), "d1");
	add_approved(s, CLAIM_EXCEPTED, DAY(21), DAY(30), "d1");
	assert_judged(s, DAY(19), "excepted");
	assert_judged(s, DAY(22), "unknown");
	/* Renewed in time it goes on. */
	s->claims[1].at_ms = s->claims[1].decided_ms = DAY(20);
	assert_judged(s, DAY(22), "excepted");
	assert_int_equal(s->is.closed_ms, DAY(12));
	assert_int_equal(s->is.until_ms, DAY(30));
}

static void unseen_sets_are_parts(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_claim(s, CLAIM_FIXED, DAY(11), "d1 d2");
	assert_judged(s, DAY(12), "unproven");
	add_claim(s, CLAIM_IN_PROGRESS, DAY(13), "d1");
	assert_judged(s, DAY(13), "unproven");
	add_claim(s, CLAIM_IN_PROGRESS, DAY(14), "d2");
	assert_judged(s, DAY(14), "unknown");
	add_approved(s, CLAIM_EXCEPTED, DAY(15), DAY(30), "d1");
	assert_judged(s, DAY(16), "unknown");
	add_approved(s, CLAIM_MITIGATED, DAY(17), DAY(25), NULL);
	assert_judged(s, DAY(18), "mitigated");
	assert_int_equal(s->is.until_ms, DAY(25));
}

static void work_on_one_device_takes_that_back(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	s->facts.has_inventory = false;
	add_approved(s, CLAIM_ATTESTED, DAY(11), DAY(30), NULL);
	add_claim(s, CLAIM_IN_PROGRESS, DAY(12), "d1");
	assert_judged(s, DAY(11), "attested");
	assert_judged(s, DAY(12), "unknown");
	add_approved(s, CLAIM_EXCEPTED, DAY(13), DAY(20), "d1");
	assert_judged(s, DAY(14), "excepted");
	assert_int_equal(s->is.until_ms, DAY(20));
}

static void a_fixed_rest_is_unproven(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_run(s, DAY(11), 0, "d1");
	add_claim(s, CLAIM_FIXED, DAY(12), NULL);
	add_approved(s, CLAIM_EXCEPTED, DAY(13), DAY(30), "d1");
	assert_judged(s, DAY(14), "unproven");
	add_run(s, DAY(15), DAY(22), "d1");
	assert_judged(s, DAY(16), "excepted");
}

static void words_of_sets_when_clear(void **state)
{
	static const struct {
		enum claim_kind first, second;
		const char *first_devices, *second_devices, *want;
	} rows[] = {
		{CLAIM_FIXED, CLAIM_ACKNOWLEDGED, "d1", NULL, "verified"},
		{CLAIM_NOT_APPLICABLE, CLAIM_ACKNOWLEDGED, "d1", NULL, "clear"},
		{CLAIM_NOT_APPLICABLE, CLAIM_FIXED, NULL, "d1", "verified"},
		{CLAIM_FIXED, CLAIM_NOT_APPLICABLE, "d1", NULL, "verified_not_applicable"},
		{CLAIM_FIXED, CLAIM_IN_PROGRESS, "d1", "d1", "clear"},
		{CLAIM_FIXED, CLAIM_IN_PROGRESS, "d1 d2", "d1", "verified"},
		{CLAIM_NOT_APPLICABLE, CLAIM_IN_PROGRESS, NULL, "d1", "clear"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct scene *s = scene_new();

		add_claim(s, rows[i].first, DAY(11), rows[i].first_devices);
		add_claim(s, rows[i].second, DAY(12), rows[i].second_devices);
		add_run(s, DAY(13), DAY(20), NULL);
		assert_judged(s, DAY(14), rows[i].want);
	}
}

/* --- mergers ------------------------------------------------------------------------------ */

static const struct str inherited[] = {{"B", 1}, {"C", 1}};

static void a_predecessor_speaks_for_its_estate(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	s->facts.inherited = inherited;
	s->facts.ninherited = 1;
	add_claim(s, CLAIM_FIXED, DAY(11), NULL)->org = STR("B");
	assert_judged(s, DAY(12), "unproven");
	add_run(s, DAY(13), 0, "d1 d2");
	s->devices[0][1].org = STR("B");
	assert_judged(s, DAY(14), "evidence_differs");
	assert_int_equal(s->is.differs, 1);
	add_claim(s, CLAIM_IN_PROGRESS, DAY(15), NULL)->org = STR("B");
	assert_judged(s, DAY(16), "exposed");
	/* The successor speaks for both. */
	add_claim(s, CLAIM_FIXED, DAY(17), NULL);
	assert_judged(s, DAY(18), "unproven");
	assert_int_equal(s->is.unproven, 2);
	/* An organisation that it did not succeed speaks for nobody here. */
	add_approved(s, CLAIM_EXCEPTED, DAY(19), DAY(30), NULL)->org = STR("C");
	assert_judged(s, DAY(20), "unproven");
}

static void an_exception_of_one_estate_is_partial(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	s->facts.inherited = inherited;
	s->facts.ninherited = 1;
	add_run(s, DAY(11), 0, "d1");
	s->devices[0][0].org = STR("B");
	add_approved(s, CLAIM_EXCEPTED, DAY(12), DAY(30), NULL)->org = STR("B");
	assert_judged(s, DAY(13), "unknown");
	add_approved(s, CLAIM_MITIGATED, DAY(14), DAY(25), NULL);
	s->claims[1].until_ms = DAY(25);
	assert_judged(s, DAY(15), "mitigated");
	assert_int_equal(s->is.until_ms, DAY(25));
}

static void what_was_said_before_a_merger_is_not_about_it(void **state)
{
	const int64_t since[] = {DAY(20), DAY(1)};
	struct scene *s = scene_new();

	(void)state;
	s->facts.inherited = inherited;
	s->facts.inherited_ms = since;
	s->facts.ninherited = 2;
	add_run(s, DAY(11), 0, "d1 d2 d3");
	s->devices[0][1].org = STR("B");
	s->devices[0][2].org = STR("C");
	add_approved(s, CLAIM_EXCEPTED, DAY(12), DAY(60), NULL);
	assert_judged(s, DAY(21), "exposed");
	assert_int_equal(s->is.excepted, 2);
	add_approved(s, CLAIM_EXCEPTED, DAY(20), DAY(60), NULL);
	assert_judged(s, DAY(21), "excepted");
	assert_int_equal(s->is.excepted, 3);
}

static void not_applicable_is_for_every_estate(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	s->facts.inherited = inherited;
	s->facts.ninherited = 1;
	add_claim(s, CLAIM_NOT_APPLICABLE, DAY(11), NULL)->org = STR("B");
	add_run(s, DAY(12), DAY(19), NULL);
	assert_judged(s, DAY(13), "clear");
	add_claim(s, CLAIM_NOT_APPLICABLE, DAY(13), NULL);
	assert_judged(s, DAY(13), "verified_not_applicable");
	s->claims[0].kind = CLAIM_FIXED;
	s->facts.nclaims = 1;
	assert_judged(s, DAY(13), "verified");
}

static void the_earliest_due_date_is_inherited(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	s->facts.due_before_ms = DAY(15);
	assert_judged(s, DAY(11), "unknown_unanswered");
	assert_int_equal(s->is.remediate_due_ms, DAY(15));
	s->facts.due_before_ms = DAY(90);
	assert_judged(s, DAY(11), "unknown_unanswered");
	assert_int_equal(s->is.remediate_due_ms, DAY(24));
}

/* --- runs of two estates ------------------------------------------------------------------- */

static struct evidence_run run(const char *org, int64_t from_ms, int64_t last_ms,
			       int64_t covers_until_ms, const struct evidence_device *v)
{
	size_t n = v ? 1 : 0;

	return (struct evidence_run){.from_ms = from_ms,
				     .last_ms = last_ms,
				     .known_ms = last_ms + 5,
				     .covers_until_ms = covers_until_ms,
				     .exposed = n,
				     .oldest_ms = n ? v->seen_ms : 0,
				     .newest_ms = n ? v->seen_ms : 0,
				     .unknown = 1,
				     .covered = 8,
				     .devices = 9,
				     .expected = 10,
				     .v = v,
				     .ref = {str_of(org), (uint64_t)from_ms}};
}

static void two_estates_are_added_up(void **state)
{
	const struct evidence_device a1 = {STR("A"), STR("d1"), 95},
				     b1 = {STR("B"), STR("d1"), 190};
	const struct evidence_run va[] = {run("A", 100, 250, 400, &a1),
					  run("A", 300, 350, 500, NULL)};
	const struct evidence_run vb[] = {run("B", 200, 200, 450, &b1), run("B", 300, 600, 0, NULL),
					  run("B", 700, 700, 800, NULL)};
	const struct evidence_runs a = {va, 2}, b = {vb, 3};
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct evidence_runs both, back;

	(void)state;
	evidence_runs_join(&a, &b, arena, &both);
	evidence_runs_join(&b, &a, arena, &back);
	assert_int_equal(both.n, 4);
	/* Before the other has sent anything nothing covers, and nobody knows how many there are.
	 */
	assert_int_equal(both.v[0].from_ms, 100);
	assert_int_equal(both.v[0].last_ms, 100);
	assert_int_equal(both.v[0].covers_until_ms, 0);
	assert_int_equal(both.v[0].expected, -1);
	assert_int_equal(both.v[0].exposed, 1);
	assert_int_equal(both.v[1].from_ms, 200);
	assert_int_equal(both.v[1].last_ms, 250);
	assert_int_equal(both.v[1].covers_until_ms, 400);
	assert_int_equal(both.v[1].exposed, 2);
	assert_int_equal(both.v[1].oldest_ms, 95);
	assert_int_equal(both.v[1].newest_ms, 190);
	assert_int_equal(both.v[1].expected, 20);
	assert_int_equal(both.v[1].unknown, 2);
	assert_int_equal(both.v[1].covered, 16);
	assert_int_equal(both.v[1].devices, 18);
	assert_true(str_is(both.v[1].v[0].org, "A") && str_is(both.v[1].v[1].org, "B"));
	assert_true(str_is(back.v[1].v[0].org, "A"));
	/* Both begin a run at once; one of them doesn't cover. */
	assert_int_equal(both.v[2].from_ms, 300);
	assert_int_equal(both.v[2].last_ms, 600);
	assert_int_equal(both.v[2].covers_until_ms, 0);
	assert_true(str_is(both.v[2].ref.site, "B"));
	assert_int_equal(both.v[3].from_ms, 700);
	assert_int_equal(both.v[3].covers_until_ms, 500);
	for (size_t i = 0; i < both.n; i++)
		assert_int_equal(both.v[i].covers_until_ms, back.v[i].covers_until_ms);
}

static void joining_nothing_covers_nothing(void **state)
{
	const struct evidence_run va[] = {run("A", 100, 250, 400, NULL)};
	const struct evidence_device b1 = {STR("B"), STR("d1"), 190};
	struct evidence_run vb[] = {run("B", 200, 250, 400, &b1)};
	const struct evidence_runs a = {va, 1}, b = {vb, 1}, none = {0};
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct evidence_runs both;

	(void)state;
	evidence_runs_join(&none, &none, arena, &both);
	assert_int_equal(both.n, 0);
	evidence_runs_join(&none, &a, arena, &both);
	assert_int_equal(both.n, 1);
	assert_int_equal(both.v[0].covers_until_ms, 0);
	assert_int_equal(both.v[0].last_ms, 250);
	/* Devices that were not asked for stay so. */
	vb[0].v = NULL;
	evidence_runs_join(&a, &b, arena, &both);
	assert_int_equal(both.v[1].exposed, 1);
	assert_null(both.v[1].v);
}

int evidence_device_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_device_has_its_claim),
		cmocka_unit_test(the_rest_has_to_be_seen),
		cmocka_unit_test(a_gap_between_exceptions_opens),
		cmocka_unit_test(unseen_sets_are_parts),
		cmocka_unit_test(work_on_one_device_takes_that_back),
		cmocka_unit_test(a_fixed_rest_is_unproven),
		cmocka_unit_test(words_of_sets_when_clear),
		cmocka_unit_test(a_predecessor_speaks_for_its_estate),
		cmocka_unit_test(an_exception_of_one_estate_is_partial),
		cmocka_unit_test(what_was_said_before_a_merger_is_not_about_it),
		cmocka_unit_test(not_applicable_is_for_every_estate),
		cmocka_unit_test(the_earliest_due_date_is_inherited),
		cmocka_unit_test(two_estates_are_added_up),
		cmocka_unit_test(joining_nothing_covers_nothing),
	};

	return cmocka_run_group_tests_name("devices", tests, NULL, NULL);
}
