#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "names_test.h"

static void purls(void **state)
{
	(void)state;
	static const struct {
		const char *in, *canonical, *full_version;
		enum version_scheme scheme;
	} rows[] = {
		{"pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie",
		 "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie", "7.50.3-1", VERSION_DPKG},
		{"pkg:rpm/Fedora/curl@7.50.3-1.fc25?epoch=1&arch=i386",
		 "pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&epoch=1", "1:7.50.3-1.fc25",
		 VERSION_RPM},
		{"pkg:npm/%40angular/animation@12.3.1", "pkg:npm/%40angular/animation@12.3.1",
		 "12.3.1", VERSION_SEMVER},
		{"pkg:npm/@angular/animation", "pkg:npm/%40angular/animation", "", VERSION_SEMVER},
		{"pkg:golang/google.golang.org/genproto#/googleapis/../api/",
		 "pkg:golang/google.golang.org/genproto#googleapis/api", "", VERSION_SEMVER},
		{"PKG://Maven/org.apache/xmlgraphics@1.9.1?classifier=sources",
		 "pkg:maven/org.apache/xmlgraphics@1.9.1?classifier=sources", "1.9.1",
		 VERSION_MAVEN},
		{"pkg:PYPI/Django_package@1.11.1.dev1", "pkg:pypi/django-package@1.11.1.dev1",
		 "1.11.1.dev1", VERSION_PYPI},
		{"pkg:generic/a%20b@1%2B2?download_url=https://x/y",
		 "pkg:generic/a%20b@1%2B2?download_url=https://x/y", "1+2", VERSION_GENERIC},
	};
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text out = {0};
	struct err err = {0};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct purl purl, again;
		assert_true(purl_parse(arena, str_of(rows[i].in), &purl, &err));
		text_clear(&out);
		purl_format(&purl, &out);
		assert_string_equal(text_c(&out), rows[i].canonical);
		assert_int_equal(purl_scheme(&purl), rows[i].scheme);
		assert_str(purl_full_version(arena, &purl), rows[i].full_version);
		assert_true(purl_parse(arena, text_str(&out), &again, &err));
		assert_true(str_eq(again.name, purl.name) && str_eq(again.space, purl.space));
	}
}

static void purl_refusals(void **state)
{
	(void)state;
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct err err = {0};
	static const char *const bad[] = {"",
					  "pkg:",
					  "pkg:npm",
					  "pkg:npm/",
					  "pkg:/name",
					  "npm/x",
					  "pkg:n!m/x",
					  "pkg:npm/%zz",
					  "pkg:npm/%",
					  "pkg:npm/%ff",
					  "pkg:npm/x?=1",
					  "pkg:npm/x?a",
					  "pkg:npm/x?a=1&A=2",
					  "pkg:npm/x?a=%00",
					  "pkg:1npm/x",
					  "pkg:npm/a%2Fb/x"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct purl purl;
		if (purl_parse(arena, str_of(bad[i]), &purl, &err))
			fail_msg("%s was read", bad[i]);
	}
}

static void normal_keys(void **state)
{
	(void)state;
	static const struct {
		const char *publisher, *name, *version, *key;
	} rows[] = {
		{"Mozilla", "Mozilla Firefox (x64 en-US)", "115.0.2", "mozilla|mozilla firefox"},
		{"Mozilla", "Mozilla Firefox 115.0.2 (x64 de)", "115.0.2",
		 "mozilla|mozilla firefox"},
		{"Microsoft Corporation",
		 "Microsoft Visual C++ 2015 x64 Minimum Runtime - 14.0.24215", "14.0.24215",
		 "microsoft|microsoft visual c++ 2015 minimum runtime"},
		{"Oracle Corporation", "Java 8 Update 351 (64-bit)", "8.0.3510.10",
		 "oracle|java 8"},
		{"Python Software Foundation", "Python 3.10.6 (64-bit)", "3.10.6150.0",
		 "python software foundation|python"},
		{"Zoom Video Communications, Inc.", "Zoom 5.11.1 (6602)", "5.11.1",
		 "zoom video communications|zoom"},
		{"Igor Pavlov", "7-Zip 22.01 (x64)", "22.01", "igor pavlov|7-zip"},
		{"Microsoft Corporation", "Microsoft Office Professional Plus 2016",
		 "16.0.4266.1001", "microsoft|microsoft office professional plus 2016"},
		{"", "WinSCP v5.21", "5.21", "|winscp"},
		{"", "1.2.3", "1.2.3", "|1.2.3"},
		{"", "", "", "|"},
	};
	AUTO(arena_closep) struct arena *arena = arena_open();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_str(name_normal_key(arena, str_of(rows[i].publisher), str_of(rows[i].name),
					   str_of(rows[i].version)),
			   rows[i].key);
}

static void tokens(void **state)
{
	(void)state;
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str *v;
	assert_int_equal(
		name_tokens(arena, STR("Microsoft Visual C++ 2015 (x64) - 14.0.24215"), &v), 4);
	assert_str(v[2], "c++");
	assert_str(v[3], "2015");
	assert_int_equal(name_tokens(arena, STR(".NET Framework 4.8"), &v), 2);
	assert_int_equal(name_tokens(arena, STR(""), &v), 0);
	assert_int_equal(name_tokens(arena, STR(" - () 64 bit x86 1.2"), &v), 0);
}

static void versions_in_names(void **state)
{
	(void)state;
	static const struct {
		const char *name, *version, *want, *update;
	} rows[] = {
		{"Java 8 Update 351 (64-bit)", "8.0.3510.10", "1.8.0", "update351"},
		{"Java SE Development Kit 7 Update 80", "1.7.0.800", "1.7.0", "update80"},
		{"Python 3.10.6 (64-bit)", "3.10.6150.0", "3.10.6", ""},
		{"Zoom 5.11.1 (6602)", "", "5.11.1", ""},
		{"WinSCP v5.21", "", "5.21", ""},
		{"Mozilla Firefox (x64 en-US)", "115.0.2", "115.0.2", ""},
		{"Microsoft Office 2016", "", "2016", ""},
		{"Notepad", "", "", ""},
		{"Java Web Start", "1", "1", ""},
	};
	AUTO(arena_closep) struct arena *arena = arena_open();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct name_version v =
			name_version_from(arena, str_of(rows[i].name), str_of(rows[i].version));
		assert_str(v.version, rows[i].want);
		assert_str(v.update, rows[i].update);
	}
}

const struct CMUnitTest names_other_tests[] = {
	cmocka_unit_test(purls),
	cmocka_unit_test(purl_refusals),
	cmocka_unit_test(normal_keys),
	cmocka_unit_test(tokens),
	cmocka_unit_test(versions_in_names),
	{0},
};
