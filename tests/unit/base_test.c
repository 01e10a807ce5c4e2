#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"

static void stamps_round_trip(void **state)
{
	char buf[STAMP_BYTES];
	int64_t ms;

	(void)state;
	assert_true(stamp_parse(STR("2017-05-12T08:44:00+01:00"), &ms));
	assert_string_equal(stamp_format(ms, buf).p, "2017-05-12T07:44:00.000Z");
	assert_false(stamp_parse(STR("99999-01-01"), &ms));
	assert_false(stamp_parse(STR("2017-02-29"), &ms));
}

/* Known answers published with Random123. */
static void philox_known_answers(void **state)
{
	uint32_t zero[4] = {0}, key[2] = {0}, out[4];

	(void)state;
	rng_philox(zero, key, out);
	assert_int_equal(out[0], 0x6627e8d5);
	assert_int_equal(out[1], 0xe169c58d);
	assert_int_equal(out[2], 0xbc57ac4c);
	assert_int_equal(out[3], 0x9b00dbd8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps_round_trip),
		cmocka_unit_test(philox_known_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
