#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "names_test.h"

struct text real_table(const char *name)
{
	const char *data = getenv("LYNCHPIN_DATA"), *source = getenv("LYNCHPIN_SOURCE");
	struct text path = {0}, table = {0};
	struct err err = {0};

	if (data)
		text_addf(&path, "%s/%s", data, name);
	else
		text_addf(&path, "%s/../shared/data/%s", source ? source : ".", name);
	bool read = file_read(text_c(&path), 64 << 20, &table, &err);
	text_free(&path);
	if (!read) {
		print_message("no %s: set LYNCHPIN_DATA to where the real tables are\n", name);
		text_free(&table);
		skip();
	}
	return table;
}

bool next_row(struct str *rest, struct str *fields, size_t n)
{
	struct str line;

	if (!str_next_line(rest, &line))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!str_next(&line, '\t', &fields[i]))
			fields[i] = (struct str){0};
	return true;
}

static const struct CMUnitTest *const groups[] = {names_cpe_tests, names_version_tests,
						  names_windows_tests, names_other_tests};

int main(void)
{
	struct CMUnitTest all[128];
	size_t n = 0;

	for (size_t g = 0; g < ARRAY_LEN(groups); g++)
		for (const struct CMUnitTest *t = groups[g]; t->test_func && n < ARRAY_LEN(all);
		     t++)
			all[n++] = *t;
	return _cmocka_run_group_tests("names", all, n, NULL, NULL);
}
