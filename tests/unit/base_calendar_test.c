/* Working days in the civil time of a zone. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/calendar.h"

static int64_t stamp(const char *s)
{
	int64_t ms;

	assert_true(stamp_parse(str_of(s), &ms));
	return ms;
}

static void assert_due(const struct calendar *c, const char *from, int64_t n, const char *want)
{
	char buf[STAMP_BYTES];

	stamp_format(calendar_working_days(c, stamp(from), n), buf);
	assert_string_equal(buf, want);
}

static const struct calendar plain, london = {.eu_summer_time = true};

static void summer_time_changes_at_one(void **state)
{
	static const struct {
		const char *at;
		int minutes;
	} rows[] = {{"2017-03-26T00:59:59.999Z", 0},  {"2017-03-26T01:00Z", 60},
		    {"2017-10-29T00:59:59.999Z", 60}, {"2017-10-29T01:00Z", 0},
		    {"2017-01-01T00:00Z", 0},	      {"2017-12-31T23:59Z", 0},
		    {"2017-07-01T12:00Z", 60},	      {"2019-03-31T01:00Z", 60},
		    {"2021-10-31T00:59Z", 60}};
	const struct calendar berlin = {.offset_minutes = 60, .eu_summer_time = true},
			      india = {.offset_minutes = 330};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const int64_t at = stamp(rows[i].at);

		assert_int_equal(calendar_offset_minutes(&london, at), rows[i].minutes);
		assert_int_equal(calendar_offset_minutes(&berlin, at), 60 + rows[i].minutes);
		assert_int_equal(calendar_offset_minutes(&india, at), 330);
		assert_int_equal(calendar_offset_minutes(&plain, at), 0);
	}
}

static void days_are_civil(void **state)
{
	const struct calendar west = {.offset_minutes = -300};

	(void)state;
	assert_int_equal(calendar_day(&london, stamp("2017-06-01T22:59:59.999Z")),
			 day_of(2017, 6, 1));
	assert_int_equal(calendar_day(&london, stamp("2017-06-01T23:00Z")), day_of(2017, 6, 2));
	assert_int_equal(calendar_day(&london, stamp("2017-01-01T23:30Z")), day_of(2017, 1, 1));
	assert_int_equal(calendar_day(&west, stamp("2017-06-02T04:59Z")), day_of(2017, 6, 1));
	assert_int_equal(calendar_day(&plain, -1), -1);
}

static void a_week_has_five_working_days(void **state)
{
	const int32_t holidays[] = {(int32_t)day_of(2017, 4, 14), (int32_t)day_of(2017, 4, 17)};
	const struct calendar c = {.holidays = holidays, .nholidays = ARRAY_LEN(holidays)};

	(void)state;
	for (unsigned i = 10; i <= 18; i++) /* Monday 10 April 2017 */
		assert_int_equal(calendar_is_working(&c, day_of(2017, 4, i)), i <= 13 || i == 18);
	assert_true(calendar_is_working(&plain, day_of(2017, 4, 14)));
	/* The epoch was a Thursday; before it weeks go on. */
	assert_true(calendar_is_working(&plain, 0));
	assert_false(calendar_is_working(&plain, -4));
	assert_false(calendar_is_working(&plain, -5));
	assert_true(calendar_is_working(&plain, -6));
}

static void working_days_end_at_midnight(void **state)
{
	(void)state;
	assert_due(&plain, "2017-05-12T07:44Z", 0, "2017-05-12T23:59:59.999Z");
	assert_due(&plain, "2017-05-12T07:44Z", 1, "2017-05-15T23:59:59.999Z");
	assert_due(&plain, "2017-05-13T07:44Z", 0, "2017-05-13T23:59:59.999Z");
	assert_due(&plain, "2017-05-13T07:44Z", 1, "2017-05-15T23:59:59.999Z");
	assert_due(&plain, "2017-05-12T07:44Z", 10, "2017-05-26T23:59:59.999Z");
	assert_due(&london, "2017-05-12T07:44Z", 1, "2017-05-15T22:59:59.999Z");
}

static void days_of_change_have_their_own_length(void **state)
{
	(void)state;
	assert_due(&london, "2017-03-25T12:00Z", 0, "2017-03-25T23:59:59.999Z");
	assert_due(&london, "2017-03-26T00:30Z", 0, "2017-03-26T22:59:59.999Z");
	assert_due(&london, "2017-03-26T22:59:59.999Z", 0, "2017-03-26T22:59:59.999Z");
	assert_due(&london, "2017-03-26T23:00Z", 0, "2017-03-27T22:59:59.999Z");
	assert_due(&london, "2017-10-28T12:00Z", 0, "2017-10-28T22:59:59.999Z");
	assert_due(&london, "2017-10-28T23:00Z", 0, "2017-10-29T23:59:59.999Z");
	assert_due(&london, "2017-10-29T23:59:59.999Z", 0, "2017-10-29T23:59:59.999Z");
	assert_due(&london, "2017-10-27T12:00Z", 1, "2017-10-30T23:59:59.999Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(summer_time_changes_at_one),
		cmocka_unit_test(days_are_civil),
		cmocka_unit_test(a_week_has_five_working_days),
		cmocka_unit_test(working_days_end_at_midnight),
		cmocka_unit_test(days_of_change_have_their_own_length),
	};

	return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
