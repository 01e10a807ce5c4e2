/* Due dates, coverage, suppliers. */

#include "evidence_scene.h"

#include "base/file.h"

static int64_t stamp(const char *s)
{
	int64_t ms;

	assert_true(stamp_parse(str_of(s), &ms));
	return ms;
}

#define assert_stamp(ms, want)                                                                     \
	do {                                                                                       \
		char buf_[STAMP_BYTES];                                                            \
		stamp_format((ms), buf_);                                                          \
		assert_string_equal(buf_, want);                                                   \
	} while (0)

/* --- clocks alone ----------------------------------------------------------------------- */

static void elapsed_clocks_count_every_hour(void **state)
{
	const struct alert_clock high = {true, 48 * MS_PER_HOUR, 72 * MS_PER_HOUR, DAY(14)};
	const struct calendar c = {.eu_summer_time = true};
	const int64_t at = stamp("2017-04-13T17:00Z");

	(void)state;
	assert_stamp(alert_clock_due(&high, &c, at, high.acknowledge), "2017-04-15T17:00:00.000Z");
	assert_stamp(alert_clock_due(&high, &c, at, high.remediate), "2017-04-27T17:00:00.000Z");
	assert_int_equal(alert_clock_due(&high, &c, at, 0), 0);
}

static void working_days_leave_holidays_out(void **state)
{
	const int32_t holidays[] = {(int32_t)day_of(2017, 4, 14), (int32_t)day_of(2017, 4, 17)};
	const struct calendar c = {
		.eu_summer_time = true, .holidays = holidays, .nholidays = ARRAY_LEN(holidays)};
	const struct alert_clock low = {.acknowledge = 2};

	(void)state;
	assert_stamp(alert_clock_due(&low, &c, stamp("2017-04-12T10:00Z"), 2),
		     "2017-04-18T22:59:59.999Z");
	/* Asked on Good Friday, or over the week-end: Tuesday is the first day. */
	assert_stamp(alert_clock_due(&low, &c, stamp("2017-04-14T10:00Z"), 1),
		     "2017-04-18T22:59:59.999Z");
	assert_stamp(alert_clock_due(&low, &c, stamp("2017-04-16T10:00Z"), 1),
		     "2017-04-18T22:59:59.999Z");
	/* Half past midnight on Tuesday in London is still Monday in Greenwich. */
	assert_stamp(alert_clock_due(&low, &c, stamp("2017-04-17T23:30Z"), 1),
		     "2017-04-19T22:59:59.999Z");
	assert_int_equal(alert_clock_due(&low, &c, stamp("2017-04-12T10:00Z"), 0), 0);
}

static void working_days_know_summer_time(void **state)
{
	const struct calendar c = {.eu_summer_time = true};
	const struct alert_clock low = {.acknowledge = 1};

	(void)state;
	assert_stamp(alert_clock_due(&low, &c, stamp("2017-03-24T12:00Z"), 1),
		     "2017-03-27T22:59:59.999Z");
	assert_stamp(alert_clock_due(&low, &c, stamp("2017-10-27T12:00Z"), 1),
		     "2017-10-30T23:59:59.999Z");
}

/* --- what an obligation owes --------------------------------------------------------------- */

static void unanswered_owes_an_answer(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	assert_judged(s, DAY(12), "unknown_unanswered");
	assert_int_equal(s->is.acknowledge_due_ms, DAY(12));
	assert_int_equal(s->is.update_due_ms, 0);
	assert_int_equal(s->is.remediate_due_ms, DAY(24));
	assert_int_equal(s->is.due_ms, DAY(12));
	assert_false(s->is.overdue);
	assert_judged(s, DAY(12) + 1, "unknown_unanswered");
	assert_true(s->is.overdue);
	/* Who was not reached is not late. */
	s->facts.reached = false;
	assert_judged(s, DAY(40), "unknown_unanswered");
	assert_int_equal(s->is.due_ms, DAY(12));
	assert_false(s->is.overdue);
}

static void answered_owes_news(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_claim(s, CLAIM_ACKNOWLEDGED, DAY(11), NULL);
	add_claim(s, CLAIM_IN_PROGRESS, DAY(13), NULL);
	assert_judged(s, DAY(16), "unknown");
	assert_int_equal(s->is.acknowledge_due_ms, 0);
	assert_int_equal(s->is.update_due_ms, DAY(16));
	assert_int_equal(s->is.answered_ms, DAY(11));
	assert_int_equal(s->is.updated_ms, DAY(13));
	assert_false(s->is.overdue);
	assert_judged(s, DAY(16) + 1, "unknown");
	assert_true(s->is.overdue);
	add_claim(s, CLAIM_FIXED, DAY(23), NULL);
	assert_judged(s, DAY(24), "unproven");
	assert_int_equal(s->is.due_ms, DAY(24));
	assert_false(s->is.overdue);
	assert_judged(s, DAY(24) + 1, "unproven");
	assert_true(s->is.overdue);
}

static void clear_owes_an_answer_alone(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_run(s, DAY(9), DAY(40), NULL);
	assert_judged(s, DAY(11), "clear_unanswered");
	assert_int_equal(s->is.remediate_due_ms, 0);
	assert_int_equal(s->is.due_ms, DAY(12));
	assert_judged(s, DAY(13), "clear_unanswered");
	assert_true(s->is.overdue);
	add_claim(s, CLAIM_ACKNOWLEDGED, DAY(14), NULL);
	assert_judged(s, DAY(14), "clear");
	assert_int_equal(s->is.due_ms, 0);
	assert_false(s->is.overdue);
}

static void no_duty_where_the_clock_has_none(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	s->facts.clock = (struct alert_clock){0};
	assert_judged(s, DAY(400), "unknown_unanswered");
	assert_int_equal(s->is.due_ms, 0);
	assert_false(s->is.overdue);
}

static void a_stated_date_holds_unless_it_had_passed(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	s->facts.remediate_by_ms = DAY(17);
	assert_judged(s, DAY(11), "unknown_unanswered");
	assert_int_equal(s->is.remediate_due_ms, DAY(17));
	s->facts.start_ms = DAY(17);
	assert_judged(s, DAY(18), "unknown_unanswered");
	assert_int_equal(s->is.remediate_due_ms, DAY(31));
}

static void a_pending_exception_stops_no_clock(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_claim(s, CLAIM_EXCEPTED, DAY(11), NULL)->until_ms = DAY(60);
	assert_judged(s, DAY(25), "unknown");
	assert_true(s->is.pending);
	assert_true(s->is.overdue);
	assert_int_equal(s->is.remediate_due_ms, DAY(24));
}

/* --- suppliers ----------------------------------------------------------------------------- */

static void who_waits_mitigates_first(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_run(s, DAY(9), DAY(40), "d1");
	add_claim(s, CLAIM_BLOCKED, DAY(11), NULL)->supplier = STR("V");
	assert_judged(s, DAY(12), "exposed");
	assert_true(s->is.blocked);
	assert_int_equal(s->is.mitigate_due_ms, DAY(24));
	assert_int_equal(s->is.remediate_due_ms, 0);
	s->facts.fix_ms = DAY(20);
	assert_judged(s, DAY(20) - 1, "exposed");
	assert_int_equal(s->is.remediate_due_ms, 0);
	assert_judged(s, DAY(20), "exposed");
	assert_int_equal(s->is.remediate_due_ms, DAY(34));
	assert_int_equal(s->is.mitigate_due_ms, DAY(24));
	/* A fix from before one was asked shortens nothing. */
	s->facts.fix_ms = DAY(5);
	assert_judged(s, DAY(20), "exposed");
	assert_int_equal(s->is.remediate_due_ms, DAY(24));
}

static void who_mitigates_still_waits(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_run(s, DAY(9), DAY(40), "d1");
	add_claim(s, CLAIM_BLOCKED, DAY(11), NULL);
	add_approved(s, CLAIM_MITIGATED, DAY(12), DAY(20), NULL);
	add_claim(s, CLAIM_HELP, DAY(13), NULL);
	assert_judged(s, DAY(14), "mitigated");
	assert_true(s->is.blocked);
	assert_judged(s, DAY(21), "exposed");
	assert_true(s->is.blocked);
	assert_int_equal(s->is.mitigate_due_ms, DAY(24));
	add_claim(s, CLAIM_IN_PROGRESS, DAY(22), NULL);
	assert_judged(s, DAY(22), "exposed");
	assert_false(s->is.blocked);
	assert_int_equal(s->is.mitigate_due_ms, 0);
	assert_int_equal(s->is.remediate_due_ms, DAY(24));
}

static void one_device_does_not_hold_the_rest_up(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	add_run(s, DAY(9), DAY(40), "d1 d2");
	add_claim(s, CLAIM_BLOCKED, DAY(11), "d1");
	assert_judged(s, DAY(12), "exposed");
	assert_true(s->is.blocked);
	assert_int_equal(s->is.mitigate_due_ms, 0);
	assert_int_equal(s->is.remediate_due_ms, DAY(24));
	add_approved(s, CLAIM_EXCEPTED, DAY(12), DAY(30), "d2");
	assert_judged(s, DAY(13), "exposed");
	assert_int_equal(s->is.mitigate_due_ms, DAY(24));
	assert_int_equal(s->is.remediate_due_ms, 0);
	add_claim(s, CLAIM_IN_PROGRESS, DAY(14), "d1");
	assert_judged(s, DAY(15), "exposed");
	assert_false(s->is.blocked);
}

/* --- coverage ------------------------------------------------------------------------------ */

static void enough_is_ninety_five_per_cent(void **state)
{
	static const struct {
		uint64_t expected, needed;
	} rows[] = {{0, 0},   {1, 1},	{4, 4},	  {5, 4},    {6, 5},	{19, 18},	  {20, 19},
		    {21, 20}, {39, 38}, {40, 38}, {100, 95}, {101, 96}, {1000000, 950000}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(evidence_needed(rows[i].expected), rows[i].needed);
		assert_true(evidence_covers(rows[i].needed, rows[i].expected));
		assert_true(evidence_covers(rows[i].expected + 1, rows[i].expected));
		if (rows[i].needed)
			assert_false(evidence_covers(rows[i].needed - 1, rows[i].expected));
	}
}

/* --- the table that is printed -------------------------------------------------------------- */

static void add_row(void *ctx, const char *claims, const char *clear, const char *exposed,
		    const char *neither)
{
	text_addf(ctx, "| %s | %s | %s | %s |\n", claims, clear, exposed, neither);
}

static void the_page_has_the_table(void **state)
{
	const char *root = getenv("LYNCHPIN_SOURCE");
	AUTO(text_freep) struct text table = {0};
	AUTO(text_freep) struct text path = {0};
	AUTO(text_freep) struct text page = {0};
	struct err err;

	(void)state;
	text_addf(&path, "%s/doc/evidence.md", root ? root : ".");
	assert_true(file_read(text_c(&path), 1 << 20, &page, &err));
	add_row(&table, "claims so far", "covering evidence, nothing exposed",
		"evidence shows n exposed", "neither");
	text_add_c(&table, "|---|---|---|---|\n");
	evidence_table_each(add_row, &table);
	if (str_find(text_str(&page), text_str(&table), 0) == SIZE_MAX)
		print_error("doc/evidence.md does not hold this:\n%s", text_c(&table));
	assert_true(str_find(text_str(&page), text_str(&table), 0) != SIZE_MAX);
}

int evidence_clock_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elapsed_clocks_count_every_hour),
		cmocka_unit_test(working_days_leave_holidays_out),
		cmocka_unit_test(working_days_know_summer_time),
		cmocka_unit_test(unanswered_owes_an_answer),
		cmocka_unit_test(answered_owes_news),
		cmocka_unit_test(clear_owes_an_answer_alone),
		cmocka_unit_test(no_duty_where_the_clock_has_none),
		cmocka_unit_test(a_stated_date_holds_unless_it_had_passed),
		cmocka_unit_test(a_pending_exception_stops_no_clock),
		cmocka_unit_test(who_waits_mitigates_first),
		cmocka_unit_test(who_mitigates_still_waits),
		cmocka_unit_test(one_device_does_not_hold_the_rest_up),
		cmocka_unit_test(enough_is_ninety_five_per_cent),
		cmocka_unit_test(the_page_has_the_table),
	};

	return cmocka_run_group_tests_name("clocks", tests, NULL, NULL);
}
