#ifndef TESTS_UNIT_WIRE_TEST_H
#define TESTS_UNIT_WIRE_TEST_H

/* The room's tests, a file per kind; each list ends with an empty entry. */

#include "wire/wire.h"

extern const struct CMUnitTest wire_json_tests[], wire_csv_tests[], wire_unpack_tests[],
	wire_other_tests[], wire_fetch_tests[], wire_data_tests[];

#define assert_str(s, c)                                                                           \
	do {                                                                                       \
		struct str got_ = (s);                                                             \
		char *copy_ = strndup(got_.p ? got_.p : "", got_.n);                               \
		assert_string_equal(copy_, c);                                                     \
		free(copy_);                                                                       \
	} while (0)

#endif
