#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire_test.h"

static const struct CMUnitTest *const groups[] = {wire_json_tests,   wire_csv_tests,
						  wire_unpack_tests, wire_other_tests,
						  wire_fetch_tests,  wire_data_tests};

int main(void)
{
	struct CMUnitTest all[128];
	size_t n = 0;

	for (size_t g = 0; g < ARRAY_LEN(groups); g++)
		for (const struct CMUnitTest *t = groups[g]; t->test_func && n < ARRAY_LEN(all);
		     t++)
			all[n++] = *t;
	return _cmocka_run_group_tests("wire", all, n, NULL, NULL);
}
