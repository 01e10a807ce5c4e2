/* Every cell of the table, what evidence does in time, and closures. */

#include "evidence_scene.h"

/* --- the table, cell by cell ---------------------------------------------------------- */

enum { CLEAR, EXPOSED, NEITHER };

static void cell(int column, int kind, const char *want)
{
	struct scene *s = scene_new();
	bool dated = kind == CLAIM_MITIGATED || kind == CLAIM_EXCEPTED || kind == CLAIM_ATTESTED;

	if (kind >= 0 && dated)
		add_approved(s, (enum claim_kind)kind, DAY(11), DAY(40), NULL);
	else if (kind >= 0)
		add_claim(s, (enum claim_kind)kind, DAY(11), NULL);
	if (column != NEITHER)
		add_run(s, DAY(12), DAY(19), column == EXPOSED ? "d1 d2" : NULL);
	s->facts.has_inventory = column != NEITHER;
	assert_judged(s, DAY(13), want);
	assert_int_equal(obligation_is_closed(s->is.state), s->is.closed_ms != 0);
	assert_int_equal(s->is.exposed, column == EXPOSED ? 2 : 0);
	assert_int_equal(s->is.differs, str_is(str_of(want), "evidence_differs") ? 2 : 0);
	assert_int_equal(s->is.mitigated, column == EXPOSED && kind == CLAIM_MITIGATED ? 2 : 0);
	assert_int_equal(s->is.excepted, column == EXPOSED && kind == CLAIM_EXCEPTED ? 2 : 0);
	assert_int_equal(s->is.answered, kind >= 0);
	assert_int_equal(s->is.covering, column != NEITHER);
	assert_int_equal(s->is.until_ms, dated && obligation_is_closed(s->is.state) &&
							 s->is.state != OBLIGATION_VERIFIED
						 ? DAY(40)
						 : 0);
}

static void every_cell_is_as_designed(void **state)
{
	static const struct {
		int kind;
		const char *cells[3];
	} rows[] = {
		{-1, {"clear_unanswered", "exposed_unanswered", "unknown_unanswered"}},
		{CLAIM_ACKNOWLEDGED, {"clear", "exposed", "unknown"}},
		{CLAIM_APPLICABLE, {"clear", "exposed", "unknown"}},
		{CLAIM_IN_PROGRESS, {"clear", "exposed", "unknown"}},
		{CLAIM_BLOCKED, {"clear", "exposed", "unknown"}},
		{CLAIM_HELP, {"clear", "exposed", "unknown"}},
		{CLAIM_NOT_APPLICABLE, {"verified_not_applicable", "evidence_differs", "unproven"}},
		{CLAIM_FIXED, {"verified", "evidence_differs", "unproven"}},
		{CLAIM_MITIGATED, {"verified", "mitigated", "mitigated"}},
		{CLAIM_EXCEPTED, {"verified", "excepted", "excepted"}},
		{CLAIM_ATTESTED, {"verified", "evidence_differs", "attested"}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (int column = CLEAR; column <= NEITHER; column++)
			cell(column, rows[i].kind, rows[i].cells[column]);
}

static void names_go_both_ways(void **state)
{
	enum claim_kind kind;

	(void)state;
	for (unsigned i = 0; i < CLAIM_KINDS; i++) {
		assert_true(claim_kind_by_name(str_of(claim_kind_name((enum claim_kind)i)), &kind));
		assert_int_equal(kind, i);
	}
	assert_false(claim_kind_by_name(STR("mended"), &kind));
	assert_string_equal(obligation_state_words(OBLIGATION_VERIFIED_NOT_APPLICABLE),
			    "verified not applicable");
}

/* --- evidence in time ------------------------------------------------------------------ */

static void silence_keeps_exposure(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_run(s, DAY(11), DAY(18), "d1");
	assert_judged(s, DAY(12), "exposed_unanswered");
	assert_judged(s, DAY(18), "exposed_unanswered");
	assert_judged(s, DAY(400), "exposed_unanswered");
	assert_int_equal(s->is.seen_ms, DAY(11));
	assert_false(s->is.covering);
}

static void stale_evidence_clears_nothing(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_run(s, DAY(11), DAY(18), NULL);
	assert_judged(s, DAY(18), "clear_unanswered");
	assert_judged(s, DAY(18) + 1, "unknown_unanswered");
	add_claim(s, CLAIM_ACKNOWLEDGED, DAY(18) + 1, NULL);
	assert_judged(s, DAY(19), "unknown");
	/* In the last millisecond it would have closed. */
	s->claims[0].at_ms = DAY(18);
	assert_judged(s, DAY(19), "clear");
	assert_int_equal(s->is.closed_ms, DAY(18));
	assert_int_equal(s->is.closed_by.number, 100);
}

static void evidence_before_a_claim_supports_it(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_run(s, DAY(9), DAY(16), NULL);
	add_claim(s, CLAIM_FIXED, DAY(12), NULL);
	assert_judged(s, DAY(12) - 1, "clear_unanswered");
	assert_judged(s, DAY(12), "verified");
	assert_int_equal(s->is.closed_ms, DAY(12));
}

static void only_later_evidence_contradicts(void **state)
{
	struct scene *s = scene_new();
	struct evidence_run *r;

	(void)state;
	add_claim(s, CLAIM_FIXED, DAY(12), NULL);
	r = add_run(s, DAY(12) - 1, DAY(30), "d1");
	assert_judged(s, DAY(13), "unproven");
	assert_int_equal(s->is.unproven, 1);
	assert_int_equal(s->is.exposed, 1);
	assert_int_equal(s->is.seen_ms, DAY(12) - 1);
	/* At the same millisecond it is no later. */
	r->from_ms = r->newest_ms = s->devices[0][0].seen_ms = DAY(12);
	assert_judged(s, DAY(13), "unproven");
	r->from_ms = r->newest_ms = s->devices[0][0].seen_ms = DAY(12) + 1;
	assert_judged(s, DAY(13), "evidence_differs");
	/* Before that evidence was taken. */
	assert_judged(s, DAY(12), "unproven");
	assert_int_equal(s->is.exposed, 0);
}

static void counts_do_without_devices(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_claim(s, CLAIM_FIXED, DAY(11), NULL);
	add_run(s, DAY(12), 0, "d1 d2 d3")->v = NULL;
	assert_judged(s, DAY(13), "evidence_differs");
	assert_int_equal(s->is.differs, 3);
}

static void work_takes_a_claim_back(void **state)
{
	static const enum claim_kind back[] = {CLAIM_IN_PROGRESS, CLAIM_BLOCKED, CLAIM_HELP,
					       CLAIM_APPLICABLE};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(back); i++) {
		struct scene *s = scene_new();

		add_claim(s, CLAIM_FIXED, DAY(11), NULL);
		add_claim(s, back[i], DAY(13), NULL);
		assert_judged(s, DAY(12), "unproven");
		assert_judged(s, DAY(14), "unknown");
		add_run(s, DAY(15), DAY(20), "d1");
		assert_judged(s, DAY(16), "exposed");
		/* What was taken back is not verified either. */
		add_run(s, DAY(17), DAY(24), NULL);
		assert_judged(s, DAY(18), "clear");
	}
}

static void acknowledging_takes_nothing_back(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_claim(s, CLAIM_FIXED, DAY(11), NULL);
	add_claim(s, CLAIM_ACKNOWLEDGED, DAY(12), NULL);
	assert_judged(s, DAY(13), "unproven");
	add_claim(s, CLAIM_NOT_APPLICABLE, DAY(13), NULL);
	add_run(s, DAY(14), DAY(20), NULL);
	assert_judged(s, DAY(14), "verified_not_applicable");
}

/* --- closures ------------------------------------------------------------------------------ */

static void a_closure_latches(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_claim(s, CLAIM_FIXED, DAY(11), NULL);
	add_run(s, DAY(12), DAY(19), NULL);
	assert_judged(s, DAY(12), "verified");
	assert_judged(s, DAY(300), "verified");
	assert_false(s->is.covering);
	assert_int_equal(s->is.ordinal, 1);
	assert_int_equal(s->is.due_ms, 0);
	/* A later inventory that sees too little, and doubts, open nothing. */
	add_run(s, DAY(30), 0, NULL)->unknown = 4;
	add_claim(s, CLAIM_IN_PROGRESS, DAY(31), NULL);
	assert_judged(s, DAY(300), "verified");
	assert_int_equal(s->is.unknown, 4);
}

static void a_closed_word_changes_while_covered(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_run(s, DAY(9), DAY(16), NULL);
	add_claim(s, CLAIM_ACKNOWLEDGED, DAY(11), NULL);
	add_claim(s, CLAIM_FIXED, DAY(12), NULL);
	add_claim(s, CLAIM_NOT_APPLICABLE, DAY(17), NULL);
	assert_judged(s, DAY(11), "clear");
	assert_judged(s, DAY(12), "verified");
	assert_judged(s, DAY(18), "verified");
	assert_int_equal(s->is.closed_ms, DAY(11));
}

static void a_lapsed_mitigation_stays_verified(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_approved(s, CLAIM_MITIGATED, DAY(11), DAY(20), NULL);
	add_run(s, DAY(12), DAY(19), NULL);
	assert_judged(s, DAY(21), "verified");
	/* Had it lapsed before anything covered, it would be clear and no more. */
	s->runs[0].from_ms = DAY(20) + 1;
	s->runs[0].covers_until_ms = DAY(27);
	assert_judged(s, DAY(21), "clear");
}

static void exposure_after_a_closure_begins_anew(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_claim(s, CLAIM_FIXED, DAY(11), NULL);
	add_run(s, DAY(12), DAY(19), NULL);
	add_run(s, DAY(30), DAY(37), "d7")->known_ms = DAY(32);
	add_claim(s, CLAIM_NOT_APPLICABLE, DAY(30), NULL);
	assert_judged(s, DAY(30) - 1, "verified");
	assert_judged(s, DAY(33), "exposed_unanswered");
	assert_int_equal(s->is.ordinal, 2);
	assert_int_equal(s->is.start_ms, DAY(32));
	assert_int_equal(s->is.previous_closed_ms, DAY(12));
	assert_int_equal(s->is.previous_closed_by.number, 100);
	assert_int_equal(s->is.first_claim, 2);
	assert_int_equal(s->is.acknowledge_due_ms, DAY(34));
	assert_int_equal(s->is.remediate_due_ms, DAY(46));
	/* It is answered and closed like the first. */
	add_claim(s, CLAIM_FIXED, DAY(34), NULL);
	assert_judged(s, DAY(34), "unproven");
	add_run(s, DAY(35), DAY(42), NULL);
	assert_judged(s, DAY(90), "verified");
	assert_int_equal(s->is.closed_ms, DAY(35));
	add_run(s, DAY(91), DAY(95), "d1");
	assert_judged(s, DAY(92), "exposed_unanswered");
	assert_int_equal(s->is.ordinal, 3);
	assert_int_equal(s->is.previous_closed_ms, DAY(35));
}

static void unanswered_clear_closes_nothing(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_run(s, DAY(11), DAY(18), NULL);
	add_run(s, DAY(13), DAY(20), "d1");
	add_claim(s, CLAIM_FIXED, DAY(14), NULL);
	/* The clear inventory was overtaken before anybody answered. */
	assert_judged(s, DAY(15), "unproven");
	assert_int_equal(s->is.ordinal, 1);
}

static void an_answer_at_the_next_inventory_is_too_late(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_run(s, DAY(11), DAY(18), NULL);
	add_run(s, DAY(13), DAY(20), "d1");
	add_claim(s, CLAIM_ACKNOWLEDGED, DAY(13), NULL);
	assert_judged(s, DAY(14), "exposed");
	assert_int_equal(s->is.ordinal, 1);
	s->claims[0].at_ms--;
	assert_judged(s, DAY(14), "exposed_unanswered");
	assert_int_equal(s->is.ordinal, 2);
}

/* The inventory is new, though what it says of the device was seen before the closure. */
static void a_new_inventory_is_fresh_exposure(void **state)
{
	struct scene *s = scene_new();
	struct evidence_run *r;

	(void)state;
	add_claim(s, CLAIM_FIXED, DAY(11), NULL);
	add_run(s, DAY(13), DAY(20), NULL);
	r = add_run(s, DAY(14), DAY(21), "d1");
	r->oldest_ms = r->newest_ms = s->devices[1][0].seen_ms = DAY(12);
	s->facts.due_before_ms = DAY(12);
	assert_judged(s, DAY(15), "exposed_unanswered");
	assert_int_equal(s->is.ordinal, 2);
	assert_int_equal(s->is.seen_ms, DAY(12));
	/* What a predecessor owed was closed with the first. */
	assert_int_equal(s->is.remediate_due_ms, DAY(28));
}

static void carried_claims_close_before_the_ask(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_claim(s, CLAIM_FIXED, DAY(2), NULL);
	add_run(s, DAY(3), DAY(9), NULL);
	assert_judged(s, DAY(11), "verified");
	/* Exposed again before this alert was published: its clock runs from when it was. */
	add_run(s, DAY(8), 0, "d1");
	assert_judged(s, DAY(11), "exposed_unanswered");
	assert_int_equal(s->is.ordinal, 2);
	assert_int_equal(s->is.start_ms, DAY(10));
}

/* --- until a date --------------------------------------------------------------------------- */

static void dates_end_to_the_millisecond(void **state)
{
	static const struct {
		enum claim_kind kind;
		const char *before, *after;
		bool inventory;
	} rows[] = {
		{CLAIM_MITIGATED, "mitigated", "exposed", true},
		{CLAIM_EXCEPTED, "excepted", "exposed", true},
		{CLAIM_MITIGATED, "mitigated", "unknown", false},
		{CLAIM_EXCEPTED, "excepted", "unknown", false},
		{CLAIM_ATTESTED, "attested", "unknown", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct scene *s = scene_new();

		if (rows[i].inventory)
			add_run(s, DAY(11), DAY(12), "d1");
		s->facts.has_inventory = rows[i].inventory;
		add_approved(s, rows[i].kind, DAY(12), DAY(20), NULL);
		assert_judged(s, DAY(20), rows[i].before);
		assert_int_equal(s->is.closed_ms, DAY(12));
		assert_int_equal(s->is.due_ms, DAY(20));
		assert_judged(s, DAY(20) + 1, rows[i].after);
		assert_int_equal(s->is.closed_ms, 0);
		assert_int_equal(s->is.until_ms, 0);
		/* Without a date it holds for no time at all. */
		s->claims[0].until_ms = 0;
		assert_judged(s, DAY(13), rows[i].after);
	}
}

static void exceptions_count_once_approved(void **state)
{
	struct scene *s = scene_new();
	struct claim *c;

	(void)state;
	add_run(s, DAY(11), DAY(12), "d1");
	c = add_approved(s, CLAIM_EXCEPTED, DAY(12), DAY(20), NULL);
	c->approved = false;
	c->decided_ms = 0;
	assert_judged(s, DAY(13), "exposed");
	assert_true(s->is.pending);
	assert_judged(s, DAY(20) + 1, "exposed");
	assert_false(s->is.pending);
	c->approved = true;
	c->decided_ms = DAY(15);
	assert_judged(s, DAY(15) - 1, "exposed");
	assert_true(s->is.pending);
	assert_judged(s, DAY(15), "excepted");
	assert_false(s->is.pending);
	assert_int_equal(s->is.closed_ms, DAY(15));
	c->approved = false;
	assert_judged(s, DAY(16), "exposed");
	assert_false(s->is.pending);
}

static void a_pending_exception_is_an_answer_and_no_more(void **state)
{
	struct scene *s = scene_new();
	struct claim *c = add_claim(s, CLAIM_EXCEPTED, DAY(12), NULL);

	(void)state;
	c->until_ms = DAY(40);
	assert_judged(s, DAY(13), "unknown");
	add_run(s, DAY(14), DAY(21), NULL);
	assert_judged(s, DAY(15), "clear");
	/* Approved while evidence covers: then there was one to verify. */
	c->approved = true;
	c->decided_ms = DAY(16);
	assert_judged(s, DAY(17), "verified");
	c->decided_ms = DAY(22);
	assert_judged(s, DAY(23), "clear");
}

static void work_ends_no_exception(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_run(s, DAY(11), DAY(12), "d1");
	add_approved(s, CLAIM_EXCEPTED, DAY(12), DAY(20), NULL);
	add_claim(s, CLAIM_IN_PROGRESS, DAY(13), NULL);
	assert_judged(s, DAY(14), "excepted");
	/* But who says that it is fixed is held to that. */
	add_claim(s, CLAIM_FIXED, DAY(15), NULL);
	assert_judged(s, DAY(16), "unproven");
	add_run(s, DAY(17), DAY(18), "d1");
	assert_judged(s, DAY(18), "evidence_differs");
}

static void a_lapsed_exception_uncovers_what_was_said(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_claim(s, CLAIM_FIXED, DAY(11), NULL);
	add_run(s, DAY(12), DAY(13), "d1");
	add_approved(s, CLAIM_EXCEPTED, DAY(14), DAY(20), NULL);
	assert_judged(s, DAY(13), "evidence_differs");
	assert_judged(s, DAY(15), "excepted");
	assert_judged(s, DAY(21), "evidence_differs");
	/* Renewed after a gap: closed since the renewal. */
	add_approved(s, CLAIM_MITIGATED, DAY(22), DAY(30), NULL);
	assert_judged(s, DAY(23), "mitigated");
	assert_int_equal(s->is.closed_ms, DAY(22));
}

static void attesting_is_for_who_sends_nothing(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_approved(s, CLAIM_ATTESTED, DAY(12), DAY(20), NULL);
	assert_judged(s, DAY(13), "unproven");
	/* Time alone makes it no better. */
	assert_judged(s, DAY(21), "unproven");
	s->facts.has_inventory = false;
	assert_judged(s, DAY(13), "attested");
	add_run(s, DAY(14), DAY(16), "d1");
	assert_judged(s, DAY(15), "evidence_differs");
	assert_judged(s, DAY(21), "evidence_differs");
	add_claim(s, CLAIM_IN_PROGRESS, DAY(22), NULL);
	assert_judged(s, DAY(22), "exposed");
}

static void a_confirmation_is_nothing_for_inventories(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	s->facts.evidencable = false;
	add_run(s, DAY(9), DAY(30), NULL);
	assert_judged(s, DAY(11), "unknown_unanswered");
	add_claim(s, CLAIM_ACKNOWLEDGED, DAY(11), NULL);
	assert_judged(s, DAY(12), "unknown");
	add_claim(s, CLAIM_FIXED, DAY(12), NULL);
	assert_judged(s, DAY(13), "unproven");
	add_approved(s, CLAIM_ATTESTED, DAY(14), DAY(20), NULL);
	assert_judged(s, DAY(15), "attested");
	assert_int_equal(s->is.closed_ms, DAY(14));
	assert_judged(s, DAY(21), "unproven");
	s->facts.nclaims = 0;
	assert_judged(s, DAY(21), "unknown_unanswered");
	assert_int_equal(s->is.expected, -1);
}

int evidence_state_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_is_as_designed),
		cmocka_unit_test(names_go_both_ways),
		cmocka_unit_test(silence_keeps_exposure),
		cmocka_unit_test(stale_evidence_clears_nothing),
		cmocka_unit_test(evidence_before_a_claim_supports_it),
		cmocka_unit_test(only_later_evidence_contradicts),
		cmocka_unit_test(counts_do_without_devices),
		cmocka_unit_test(work_takes_a_claim_back),
		cmocka_unit_test(acknowledging_takes_nothing_back),
		cmocka_unit_test(a_closure_latches),
		cmocka_unit_test(a_closed_word_changes_while_covered),
		cmocka_unit_test(a_lapsed_mitigation_stays_verified),
		cmocka_unit_test(exposure_after_a_closure_begins_anew),
		cmocka_unit_test(unanswered_clear_closes_nothing),
		cmocka_unit_test(an_answer_at_the_next_inventory_is_too_late),
		cmocka_unit_test(a_new_inventory_is_fresh_exposure),
		cmocka_unit_test(carried_claims_close_before_the_ask),
		cmocka_unit_test(dates_end_to_the_millisecond),
		cmocka_unit_test(exceptions_count_once_approved),
		cmocka_unit_test(a_pending_exception_is_an_answer_and_no_more),
		cmocka_unit_test(work_ends_no_exception),
		cmocka_unit_test(a_lapsed_exception_uncovers_what_was_said),
		cmocka_unit_test(attesting_is_for_who_sends_nothing),
		cmocka_unit_test(a_confirmation_is_nothing_for_inventories),
	};

	return cmocka_run_group_tests_name("states", tests, NULL, NULL);
}
