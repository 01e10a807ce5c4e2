#ifndef TESTS_UNIT_NAMES_TEST_H
#define TESTS_UNIT_NAMES_TEST_H

/* The room's tests, a file per kind; each list ends with an empty entry. */

#include "base/rng.h"
#include "names/names.h"

extern const struct CMUnitTest names_cpe_tests[], names_version_tests[], names_windows_tests[],
	names_other_tests[];

#define assert_str(s, c)                                                                           \
	do {                                                                                       \
		struct str got_ = (s);                                                             \
		char *copy_ = strndup(got_.p ? got_.p : "", got_.n);                               \
		assert_string_equal(copy_, c);                                                     \
		free(copy_);                                                                       \
	} while (0)

/* The whole real table data/name, released with text_free(); skips the test when it is not there.
 */
struct text real_table(const char *name);
/* The next line's fields, cut at tabs; missing ones are empty.  False at the end. */
bool next_row(struct str *rest, struct str *fields, size_t n);

#endif
