#include "intel_tests.h"

static void cve_numbers(void **state)
{
	static const char *const bad[] = {"",
					  "CVE-2017",
					  "CVE-2017-144",
					  "CVE-2017-00144",
					  "CVE-1998-0001",
					  "CVE-2017-0144 ",
					  "CVE 2017-0144",
					  "CVE-20170-0144",
					  "CVE-2017-01x4",
					  "CVE-2017-+144",
					  "CVE-2017-123456789012345"};
	char buf[CVE_TEXT_BYTES];
	uint64_t a = 0, b = 0;

	(void)state;
	assert_true(cve_parse(STR("CVE-2017-0144"), &a));
	assert_true(cve_parse(STR("cve-2017-10000"), &b));
	assert_true(a < b);
	assert_string_equal(cve_format(a, buf).p, "CVE-2017-0144");
	assert_string_equal(cve_format(b, buf).p, "CVE-2017-10000");
	assert_true(cve_parse(STR("CVE-2025-12345678901234"), &a));
	assert_string_equal(cve_format(a, buf).p, "CVE-2025-12345678901234");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (cve_parse(str_of(bad[i]), &a))
			fail_msg("'%s' was taken", bad[i]);
}

static void cvss_scores(void **state)
{
	static const struct {
		const char *vector;
		int base, temporal, environmental;
	} good[] = {
		{"AV:N/AC:M/Au:N/C:C/I:C/A:C", 93, -1, -1},
		{"(AV:N/AC:L/Au:N/C:P/I:P/A:P)", 75, -1, -1},
		{"AV:A/AC:M/Au:N/C:C/I:N/A:P/E:POC/RL:W/RC:UC", 64, 49, -1},
		{"CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H", 81, 81, 81},
		{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 100, 100, 100},
		{"CVSS:3.1/S:U/AV:N/AC:L/PR:H/UI:N/C:L/I:L/A:N/E:F/RL:X", 38, 37, 37},
		{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 100, -1, -1},
		{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0, -1, -1},
		{"CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:U", 41, -1, -1},
	};
	static const char *const bad[] = {
		"",
		"AV:N",
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H",
		"CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
		"CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
		"CVSS:5.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:S/VI:H/VA:H/SC:H/SI:H/SA:H",
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H/",
	};
	struct err err;
	struct cvss c;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_ok(cvss_parse(str_of(good[i].vector), &c, &err));
		assert_int_equal(c.base, good[i].base);
		assert_int_equal(c.temporal, good[i].temporal);
		assert_int_equal(c.environmental, good[i].environmental);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (cvss_parse(str_of(bad[i]), &c, &err))
			fail_msg("'%s' was taken", bad[i]);
	assert_string_equal(cvss_severity(CVSS_31, 93), "critical");
	assert_string_equal(cvss_severity(CVSS_2, 93), "high");
	assert_string_equal(cvss_severity(CVSS_40, 0), "none");
}

static const struct CMUnitTest own[] = {
	cmocka_unit_test(cve_numbers),
	cmocka_unit_test(cvss_scores),
	{0},
};

int main(void)
{
	const struct CMUnitTest *const groups[] = {own, intel_feeds_tests, intel_data_tests};
	struct CMUnitTest all[64];
	size_t n = 0;

	for (size_t g = 0; g < ARRAY_LEN(groups); g++)
		for (const struct CMUnitTest *t = groups[g]; t->test_func && n < ARRAY_LEN(all);
		     t++)
			all[n++] = *t;
	return _cmocka_run_group_tests("intel", all, n, NULL, NULL);
}
