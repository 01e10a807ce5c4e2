#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "names_test.h"

static unsigned flag_of(struct str s)
{
	static const struct {
		const char *name;
		unsigned flag;
	} flags[] = {{"VERSIONFLAG_P_IS_PATCH", VERSION_P_IS_PATCH},
		     {"VERSIONFLAG_ANY_IS_PATCH", VERSION_ANY_IS_PATCH},
		     {"VERSIONFLAG_LOWER_BOUND", VERSION_LOWER_BOUND},
		     {"VERSIONFLAG_UPPER_BOUND", VERSION_UPPER_BOUND}};
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (str_is(s, flags[i].name))
			return flags[i].flag;
	return 0;
}

static int key_compare(struct str a, struct str b)
{
	AUTO(text_freep) struct text x = {0}, y = {0};
	version_key(a, &x);
	version_key(b, &y);
	return str_cmp(text_str(&x), text_str(&y));
}

static void real_libversion(void **state)
{
	(void)state;
	AUTO(text_freep) struct text table = real_table("version-compare/libversion_compare.tsv");
	struct str rest = text_str(&table), f[6];
	size_t n = 0;
	assert_true(next_row(&rest, f, 6));
	for (; next_row(&rest, f, 6); n++) {
		int want = str_is(f[2], "0") ? 0 : str_is(f[2], "1") ? 1 : -1;
		unsigned p = flag_of(f[3]), q = flag_of(f[4]);
		if (version_compare_flags(f[0], p, f[1], q) != want ||
		    version_compare_flags(f[1], q, f[0], p) != -want)
			fail_msg("%.*s to %.*s", STR_FMT(f[0]), STR_FMT(f[1]));
		if (!p && !q)
			assert_int_equal(key_compare(f[0], f[1]), want);
	}
	assert_int_equal(n, 229);
}

/* nvdtools sets "5-a1" before "5a1"; libversion's own table sets "1.0.a0" equal to "1.0a0", and
 * that is the order we took.  The other nineteen agree. */
static void real_nvdtools(void **state)
{
	(void)state;
	AUTO(text_freep) struct text table = real_table("version-compare/nvdtools_smartvercmp.tsv");
	struct str rest = text_str(&table), f[3];
	size_t n = 0, differ = 0;
	assert_true(next_row(&rest, f, 3));
	for (; next_row(&rest, f, 3); n++) {
		int want = str_is(f[2], "0") ? 0 : str_is(f[2], "1") ? 1 : -1;
		differ += version_compare(VERSION_GENERIC, f[0], f[1]) != want;
	}
	assert_int_equal(n, 20);
	assert_int_equal(differ, 1);
}

/* The strings of the JSON array that follows key; *at ends behind it. */
static size_t strings_after(struct str json, const char *key, size_t *at, struct str *ret,
			    size_t max)
{
	size_t i = str_find(json, str_of(key), *at), n = 0;
	assert_true(i != SIZE_MAX);
	i = str_find_char(json, ':', i);
	while (json.p[i] != '[' && json.p[i] != 't' && json.p[i] != 'f')
		i++;
	*at = i;
	if (json.p[i] != '[')
		return 0;
	for (i++; json.p[i] != ']'; i++)
		if (json.p[i] == '"') {
			size_t end = str_find_char(json, '"', i + 1);
			assert_true(n < max);
			ret[n++] = str_sub(json, i + 1, end - i - 1);
			i = end;
		}
	*at = i;
	return n;
}

static void check_univers(const char *file, enum version_scheme scheme, size_t rows)
{
	AUTO(text_freep) struct text table = real_table(file);
	struct str json = text_str(&table), v[16], want[16];
	size_t n = 0, at = 0;
	while ((at = str_find(json, STR("\"test_type\""), at)) != SIZE_MAX) {
		bool equality =
			str_starts(str_from_offset(json, at), STR("\"test_type\": \"equality\""));
		size_t given = strings_after(json, "\"versions\"", &at, v, ARRAY_LEN(v));
		size_t sorted =
			strings_after(json, "\"expected_output\"", &at, want, ARRAY_LEN(want));
		n++;
		if (equality) {
			int c = version_compare(scheme, v[0], v[1]);
			if ((c == 0) != (json.p[at] == 't'))
				fail_msg("%s: %.*s and %.*s", file, STR_FMT(v[0]), STR_FMT(v[1]));
			continue;
		}
		assert_true(given == sorted || sorted < given);
		for (size_t i = 0; i + 1 < sorted; i++) {
			int c = version_compare(scheme, want[i], want[i + 1]);
			if (c > 0 || version_compare(scheme, want[i + 1], want[i]) != -c)
				fail_msg("%s: %.*s before %.*s", file, STR_FMT(want[i]),
					 STR_FMT(want[i + 1]));
		}
	}
	assert_int_equal(n, rows);
}

static void real_apk(void **state)
{
	(void)state;
	check_univers("version-compare/univers_alpine_version_cmp.json", VERSION_APK, 716);
}

static void real_alpm(void **state)
{
	(void)state;
	check_univers("version-compare/univers_alpm_version_cmp.json", VERSION_ALPM, 42);
}

static void real_deb(void **state)
{
	(void)state;
	check_univers("version-compare/univers_deb_version_python_pkg_test.json", VERSION_DPKG, 16);
}

static void real_gentoo(void **state)
{
	(void)state;
	check_univers("version-compare/univers_gentoo_version_cmp.json", VERSION_GENTOO, 48);
}

static void real_maven(void **state)
{
	(void)state;
	check_univers("version-compare/univers_maven_version_cmp.json", VERSION_MAVEN, 977);
}

static void real_nuget(void **state)
{
	(void)state;
	check_univers("version-compare/univers_nuget_version_cmp.json", VERSION_NUGET, 33);
}

static void real_openssl(void **state)
{
	(void)state;
	check_univers("version-compare/univers_openssl_version_cmp.json", VERSION_OPENSSL, 44);
}

/* All of "a=b=c" are equal and come behind before; the first of them. */
static struct str check_group(enum version_scheme scheme, struct str before, struct str group)
{
	struct str one, first = {0};
	while (str_next(&group, '=', &one)) {
		first = first.p ? first : one;
		if (version_compare(scheme, first, one) != 0 ||
		    (before.p && version_compare(scheme, before, one) != -1))
			fail_msg("%s: %.*s", version_scheme_name(scheme), STR_FMT(one));
	}
	return first;
}

/* Each list ascends strictly; '=' joins equals. */
static void ascending(void **state)
{
	(void)state;
	static const struct {
		enum version_scheme scheme;
		const char *list;
	} lists[] = {
		{VERSION_GENERIC, "1.0alpha1 1.0beta2 1.0rc1 1=1.0=1.0.0 1.0patch1 1.0a 1.0b 1.0.1 "
				  "1.2 1.10 1.10.0.1 10 10.0.17763.1637 10.0.17763.10000"},
		{VERSION_GENERIC, "1.8.0_341 1.8.0_351 1.8.1"},
		{VERSION_GENERIC, "10.01=10.1 10.02 10.10"},
		{VERSION_PATCHED, "8.5 8.5p1=8.5-p1 8.5p2 8.6"},
		{VERSION_PATCHED, "4.2.8 4.2.8p2 4.2.8p18 4.2.9"},
		{VERSION_DPKG, "1.0~rc1-1 1.0-1 1.0-1+deb12u1 1.0-2 1.0a 1.0+git 1.1 1:0.1"},
		{VERSION_DPKG, "0:1=1 1.0.0 1.0.0-0ubuntu1 1.0.0-1~bpo 1.0.0-1"},
		{VERSION_RPM, "1.0~rc1-1 1.0-1.el7 1.0-2.el7 1.0^git1 1.0a 1.0.1 1.0.10 2 1:0.1"},
		{VERSION_SEMVER,
		 "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 "
		 "1.0.0-beta.11 1.0.0-rc.1 1.0.0=v1.0.0+build 1.0.1"},
		{VERSION_MAVEN, "1-alpha1=1-a1 1-beta1 1-m1 1-rc1=1-cr1 1-snapshot 1=1.0=1-ga 1-sp "
				"1-abc 1-1 1.1"},
		{VERSION_NUGET, "1.0.0-beta=1.0.0-BETA 1.0.0-beta.2 1.0=1.0.0.0 1.0.0.1"},
		{VERSION_OPENSSL, "0.9.8 0.9.8a 0.9.8z 0.9.8za 0.9.8zh 1.0.2-beta1 1.0.2 1.0.2a "
				  "1.0.2za 1.1.1-pre1 1.1.1 3.0.0-alpha1 3.0.0 3.0.10"},
		{VERSION_PYPI,
		 "1.0.dev1 1.0a1.dev1 1.0a1=1.0.alpha-1 1.0b2 1.0rc1=1.0c1 "
		 "1.0=1=v1.0.0 1.0+abc 1.0+5 1.0.post1.dev1 1.0.post1=1.0-1 1.1 1!0.1"},
		{VERSION_GEM, "1.0.a=1.a 1.0.b1=1.0.b.1 1.0.0-rc1 1.0=1 1.0.1 1.10"},
		{VERSION_APK, "1.0_alpha 1.0_rc1 1.0 1.0-r1 1.0_git1 1.0_p1 1.0a 1.1"},
		{VERSION_APK, "1.0 9999 junk"}, /* what it cannot read stands behind */
		{VERSION_GENTOO, "1.0_pre1 1.0 1.0-r1 1.0_p 1.0_p1 1.0a 1.0.0 1.01 1.1"},
		{VERSION_ALPM, "1.5b 1.5=1.5-1 1.5-2 1.5.a 1.5.1 1:0"},
	};
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct str rest = str_of(lists[i].list), group, before = {0};
		while (str_next(&rest, ' ', &group))
			before = check_group(lists[i].scheme, before, group);
	}
}

static struct str random_version(struct rng *rng, char *buf, size_t max)
{
	static const char *const pieces[] = {
		"0",   "1",    "10", "01",    "00", "a", "b",	  "p",	 ".",	".",	  "-",
		"_",   "~",    "^",  "+",     ":",  "!", "alpha", "rc",	 "sp",	"_alpha", "-r",
		"dev", "post", "v",  "final", "ga", "x", "_p",	  "pre", "\xc3"};
	size_t n = 0, count = rng_below(rng, 8);
	for (size_t i = 0; i < count; i++) {
		struct str piece = str_of(pieces[rng_below(rng, ARRAY_LEN(pieces))]);
		if (n + piece.n > max)
			break;
		memcpy(buf + n, piece.p, piece.n);
		n += piece.n;
	}
	return str_from(buf, n);
}

/* Of any three: antisymmetric, transitive, and the generic key agrees. */
static void total_order(void **state)
{
	(void)state;
	struct rng rng = rng_of(2026, 0);
	for (size_t i = 0; i < 400000; i++) {
		char buf[3][64];
		struct str v[3];
		enum version_scheme s = (enum version_scheme)(i % VERSION_SCHEMES);
		for (size_t j = 0; j < 3; j++)
			v[j] = random_version(&rng, buf[j], sizeof(buf[j]));
		int ab = version_compare(s, v[0], v[1]), bc = version_compare(s, v[1], v[2]);
		int ac = version_compare(s, v[0], v[2]);
		bool ok = version_compare(s, v[1], v[0]) == -ab &&
			  version_compare(s, v[2], v[1]) == -bc &&
			  version_compare(s, v[0], v[0]) == 0;
		if (ab <= 0 && bc <= 0)
			ok &= ac == (ab + bc ? -1 : 0);
		if (ab >= 0 && bc >= 0)
			ok &= ac == (ab + bc ? 1 : 0);
		if (!ok)
			fail_msg("%s: '%.*s' '%.*s' '%.*s' %d %d %d", version_scheme_name(s),
				 STR_FMT(v[0]), STR_FMT(v[1]), STR_FMT(v[2]), ab, bc, ac);
		if (s == VERSION_GENERIC)
			assert_int_equal(key_compare(v[0], v[1]), ab);
	}
}

static void long_versions(void **state)
{
	(void)state;
	static const char *const fill[] = {"0",	 "1",  "a",  ".",   "-", "0.",
					   "1.", "a0", "-0", "_p1", "0-"};
	enum { LONG = 100000 };
	AUTO(text_freep) struct text a = {0}, b = {0};
	for (size_t i = 0; i < ARRAY_LEN(fill); i++) {
		text_clear(&a);
		text_add_c(&a, "1.");
		while (a.n < LONG)
			text_add_c(&a, fill[i]);
		text_clear(&b);
		text_add(&b, text_str(&a));
		text_add_c(&b, "1");
		for (enum version_scheme s = 0; s < VERSION_SCHEMES; s++) {
			int c = version_compare(s, text_str(&a), text_str(&b));
			assert_int_equal(version_compare(s, text_str(&b), text_str(&a)), -c);
		}
	}
}

static void updates(void **state)
{
	(void)state;
	static const struct {
		const char *version, *update, *want;
	} rows[] = {
		{"8.5", "p1", "8.5p1"},
		{"1.8.0", "update351", "1.8.0_351"},
		{"1.8.0", "update_351", "1.8.0_351"},
		{"2.0", "rc1", "2.0-rc1"},
		{"8.5p1", "p1", "8.5p1"},
		{"8.5", "*", "8.5"},
		{"8.5", "-", "8.5"},
		{"8.5", "", "8.5"},
		{"*", "sp1", "*"},
		{"1.0.2", "a", "1.0.2a"},
		{"2003", "sp2", "2003-sp2"},
		{"1.8.0_351", "update351", "1.8.0_351"},
		{"1.1", "update1", "1.1_1"},
		{"9.11.4", "p1", "9.11.4p1"},
	};
	AUTO(arena_closep) struct arena *arena = arena_open();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_str(
			version_with_update(arena, str_of(rows[i].version), str_of(rows[i].update)),
			rows[i].want);
	struct str folded = version_with_update(arena, STR("8.5"), STR("p1"));
	assert_int_equal(version_compare(VERSION_PATCHED, folded, STR("8.5")), 1);
}

static void schemes_by_name(void **state)
{
	(void)state;
	for (enum version_scheme s = 0; s < VERSION_SCHEMES; s++) {
		enum version_scheme back;
		assert_true(version_scheme_by_name(str_of(version_scheme_name(s)), &back));
		assert_int_equal(back, s);
	}
	enum version_scheme s = VERSION_MAVEN;
	assert_false(version_scheme_by_name(STR("no such"), &s));
	assert_int_equal(s, VERSION_MAVEN);
	assert_true(version_scheme_by_name(STR("DEB"), &s));
	assert_int_equal(s, VERSION_DPKG);
	assert_int_equal(version_scheme_of_product(STR("openssl"), STR("openssl")),
			 VERSION_OPENSSL);
	assert_int_equal(version_scheme_of_product(STR("a"), STR("openssl")), VERSION_GENERIC);
	assert_int_equal(version_scheme_of_product(STR("openbsd"), STR("openssh")),
			 VERSION_PATCHED);
}

const struct CMUnitTest names_version_tests[] = {
	cmocka_unit_test(real_libversion),
	cmocka_unit_test(real_nvdtools),
	cmocka_unit_test(real_apk),
	cmocka_unit_test(real_alpm),
	cmocka_unit_test(real_deb),
	cmocka_unit_test(real_gentoo),
	cmocka_unit_test(real_maven),
	cmocka_unit_test(real_nuget),
	cmocka_unit_test(real_openssl),
	cmocka_unit_test(ascending),
	cmocka_unit_test(total_order),
	cmocka_unit_test(long_versions),
	cmocka_unit_test(updates),
	cmocka_unit_test(schemes_by_name),
	{0},
};
