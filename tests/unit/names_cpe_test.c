#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "names_test.h"

static bool parses(struct arena *arena, struct str s, struct cpe *ret)
{
	struct err err = {0};
	bool ok = cpe_parse(arena, s, ret, &err);

	assert_true(ok || (err.code != ERR_NONE && err.text[0]));
	return ok;
}

/* {"part": "a", "version": "8\\.0"} as wfn:[part="a",version="8\.0"]; false when a value is not a
 * string. */
static bool wfn_of_json(struct str json, struct text *out)
{
	text_clear(out);
	text_add_c(out, "wfn:[");
	size_t at = 1, n = 0;
	while (at < json.n && json.p[at] != '}') {
		size_t key = str_find_char(json, '"', at) + 1,
		       key_end = str_find_char(json, '"', key);
		size_t value = key_end + 3;
		if (json.p[value] != '"')
			return false;
		if (n++)
			text_add_char(out, ',');
		text_add(out, str_sub(json, key, key_end - key));
		text_add_char(out, '=');
		size_t start = out->n;
		text_add_char(out, '"');
		for (at = value + 1; json.p[at] != '"'; at++) {
			if (json.p[at] == '\\')
				at++;
			text_add_char(out, json.p[at]);
		}
		at++;
		struct str text = str_from_offset(text_str(out), start + 1);
		bool logical = str_eq(text, STR("ANY")) || str_eq(text, STR("NA"));
		if (logical) {
			memmove(out->p + start, out->p + start + 1, text.n);
			out->n--;
		} else {
			text_add_char(out, '"');
		}
		at += at < json.n && json.p[at] == ',' ? 2 : 0;
	}
	text_add_char(out, ']');
	return true;
}

static bool cpe_eq(const struct cpe *a, const struct cpe *b)
{
	for (size_t i = 0; i < CPE_ATTRS; i++)
		if (!cpe_attr_eq(&a->attr[i], &b->attr[i]))
			return false;
	return true;
}

static void real_unbind(void **state)
{
	(void)state;
	AUTO(text_freep) struct text table = real_table("cpe/gocpe_unbind.tsv"), wfn = {0};
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str rest = text_str(&table), f[4];
	size_t failed = 0, read = 0;
	assert_true(next_row(&rest, f, 4));
	while (next_row(&rest, f, 4)) {
		struct cpe got, want;
		struct err err = {0};
		bool ok = str_is(f[0], "TestUnbindURI") ? cpe_parse_22(arena, f[1], &got, &err)
							: cpe_parse_23(arena, f[1], &got, &err);
		if (f[3].n) {
			assert_false(ok);
			failed++;
			continue;
		}
		assert_true(ok);
		assert_true(wfn_of_json(f[2], &wfn));
		assert_true(parses(arena, arena_str(arena, text_str(&wfn)), &want));
		assert_true(cpe_eq(&got, &want));
		read++;
	}
	assert_int_equal(failed, 15);
	assert_int_equal(read, 10);
}

static void real_bind(void **state)
{
	(void)state;
	AUTO(text_freep) struct text table = real_table("cpe/gocpe_bind.tsv"), wfn = {0}, out = {0};
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str rest = text_str(&table), f[3];
	size_t n = 0;
	assert_true(next_row(&rest, f, 3));
	while (next_row(&rest, f, 3)) {
		struct cpe cpe;
		/* Two rows bind a number, which no name can hold. */
		if (!wfn_of_json(f[1], &wfn))
			continue;
		assert_true(parses(arena, text_str(&wfn), &cpe));
		text_clear(&out);
		if (str_is(f[0], "TestBindToURI"))
			cpe_format_22(&cpe, &out);
		else
			cpe_format_23(&cpe, &out);
		assert_true(str_eq(text_str(&out), f[2]));
		n++;
	}
	assert_int_equal(n, 8);
}

static void real_csaf(void **state)
{
	(void)state;
	AUTO(text_freep) struct text valid = real_table("cpe/csaf21_cpe_valid.txt");
	AUTO(text_freep) struct text invalid = real_table("cpe/csaf21_cpe_invalid.txt");
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str rest = text_str(&valid), line;
	struct cpe cpe;
	size_t n = 0;
	for (; str_next_line(&rest, &line); n++)
		assert_true(parses(arena, line, &cpe));
	assert_int_equal(n, 10);
	rest = text_str(&invalid);
	for (n = 0; str_next_line(&rest, &line); n++)
		assert_false(parses(arena, line, &cpe));
	assert_int_equal(n, 9);
}

static void real_matching(void **state)
{
	(void)state;
	AUTO(text_freep) struct text table = real_table("cpe/gocpe_wfn_matching.tsv"), wfn = {0};
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str rest = text_str(&table), f[6];
	size_t n = 0;
	assert_true(next_row(&rest, f, 6));
	for (; next_row(&rest, f, 6); n++) {
		struct cpe source, target;
		assert_true(wfn_of_json(f[0], &wfn));
		assert_true(parses(arena, arena_str(arena, text_str(&wfn)), &source));
		assert_true(wfn_of_json(f[1], &wfn));
		assert_true(parses(arena, arena_str(arena, text_str(&wfn)), &target));
		enum cpe_relation r = cpe_compare_names(&source, &target, NULL);
		/* Equal names are also each other's sub- and superset. */
		assert_int_equal(r == CPE_DISJOINT, str_is(f[2], "true"));
		assert_int_equal(r == CPE_EQUAL, str_is(f[3], "true"));
		assert_int_equal(r == CPE_SUBSET || r == CPE_EQUAL, str_is(f[4], "true"));
		assert_int_equal(r == CPE_SUPERSET || r == CPE_EQUAL, str_is(f[5], "true"));
	}
	assert_int_equal(n, 18);
}

/* Every criterion of the six items of MS17-010 reads and is written as it was. */
static void real_criteria(void **state)
{
	(void)state;
	AUTO(text_freep) struct text json = real_table("vuln/nvd-1.1/extract-ms17-010.json");
	AUTO(text_freep) struct text out = {0};
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str s = text_str(&json);
	size_t n = 0;
	for (size_t at = 0; (at = str_find(s, STR("\"cpe:2.3:"), at)) != SIZE_MAX; n++) {
		struct str name = str_sub(s, at + 1, str_find_char(s, '"', at + 1) - at - 1);
		struct cpe cpe;
		assert_true(parses(arena, name, &cpe));
		text_clear(&out);
		cpe_format_23(&cpe, &out);
		assert_true(str_eq(text_str(&out), name));
		at++;
	}
	assert_true(n > 50);
}

static void fixtures(void **state)
{
	(void)state;
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text out = {0};
	struct cpe cpe;
	assert_true(parses(arena, STR("cpe:2.3:A:Foo\\$Bar:in\\*si*:7.4:-:*:*:*:*:*:*"), &cpe));
	assert_str(cpe.attr[CPE_VENDOR].text, "foo$bar");
	assert_str(cpe.attr[CPE_PRODUCT].text, "in\\*si*");
	assert_true(cpe.attr[CPE_PRODUCT].wild && !cpe.attr[CPE_VENDOR].wild);
	assert_int_equal(cpe.attr[CPE_UPDATE].kind, CPE_NA);
	assert_int_equal(cpe.attr[CPE_OTHER].kind, CPE_ANY);
	cpe_attr_plain(&cpe.attr[CPE_PRODUCT], &out);
	assert_str(text_str(&out), "in*si*");
	text_clear(&out);
	cpe_format_22(&cpe, &out);
	assert_str(text_str(&out), "cpe:/a:foo%24bar:in%2asi%02:7.4:-");
	text_clear(&out);
	cpe_format_wfn(&cpe, &out);
	assert_int_equal(str_find(text_str(&out), STR("product=\"in\\*si*\""), 0) != SIZE_MAX, 1);
	cpe = (struct cpe){0};
	cpe.attr[CPE_PRODUCT] = cpe_attr_of(arena, STR(" Visual C++ *2015 "));
	assert_str(cpe.attr[CPE_PRODUCT].text, "visual_c++_\\*2015");
	text_clear(&out);
	cpe_format_23(&cpe, &out);
	assert_str(text_str(&out), "cpe:2.3:*:*:visual_c\\+\\+_\\*2015:*:*:*:*:*:*:*:*");
}

static void refusals(void **state)
{
	(void)state;
	static const char *const bad[] = {"",
					  "cpe",
					  "cpe:2.3",
					  "cpe:2.3:a",
					  "cpe:2.3:a:b:c:d:e:f:g:h:i:j",
					  "cpe:2.3:a:b:c:d:e:f:g:h:i:j:k:l",
					  "cpe:2.3:a:b:c:d:e:f:g:h:i:j:k\\",
					  "cpe:2.3:a:b c:c:d:e:f:g:h:i:j:k",
					  "cpe:2.3:a:b\\z:c:d:e:f:g:h:i:j:k",
					  "cpe:2.3:a:**:c:d:e:f:g:h:i:j:k",
					  "cpe:2.3:a:*b*c:c:d:e:f:g:h:i:j:k",
					  "cpe:2.3:a:b**:c:d:e:f:g:h:i:j:k",
					  "cpe:2.3:a:b?*:c:d:e:f:g:h:i:j:k",
					  "cpe:/a:b:c:d:e:f:g:h",
					  "cpe:/a:%",
					  "cpe:/a:%4",
					  "cpe:/a:%41",
					  "cpe:/a:%00",
					  "cpe:/a:b:c:d:e:~1~2",
					  "cpe:/a:b:c:d:e:~1~2~3~4~5~6",
					  "wfn:[",
					  "wfn:]",
					  "wfn:[part=\"a\",]",
					  "wfn:[part=\"a\",part=\"a\"]",
					  "wfn:[part=a]",
					  "wfn:[x=\"a\"]",
					  "wfn:[part=\"a]",
					  "wfn:[part=\"q\"]",
					  "wfn:[vendor=\"\"]",
					  "wfn:[vendor=\"a:b\"]",
					  "wfn:[vendor=\"*\"]",
					  "wfn:[vendor=ANYthing]"};
	AUTO(arena_closep) struct arena *arena = arena_open();
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct cpe cpe;
		if (parses(arena, str_of(bad[i]), &cpe))
			fail_msg("%s was read", bad[i]);
	}
	AUTO(text_freep) struct text big = {0};
	text_add_c(&big, "cpe:/a:");
	memset(text_room(&big, 10000), 'a', 10000);
	big.n += 10000;
	struct cpe cpe;
	struct err err = {0};
	assert_false(cpe_parse(arena, text_str(&big), &cpe, &err));
	assert_int_equal(err.code, ERR_LIMIT);
}

static struct cpe_attr attr_of(struct arena *arena, const char *value)
{
	AUTO(text_freep) struct text s = {0};
	struct cpe cpe;
	text_addf(&s, "cpe:2.3:*:%s:*:*:*:*:*:*:*:*:*", value);
	assert_true(parses(arena, arena_str(arena, text_str(&s)), &cpe));
	return cpe.attr[CPE_VENDOR];
}

/* NISTIR 7696 table 6-2, row by row. */
static void table_6_2(void **state)
{
	(void)state;
	static const struct {
		const char *source, *target;
		enum cpe_relation relation;
	} rows[] = {
		{"*", "*", CPE_EQUAL},
		{"*", "-", CPE_SUPERSET},
		{"*", "i", CPE_SUPERSET},
		{"*", "m*", CPE_UNDEFINED},
		{"-", "*", CPE_SUBSET},
		{"-", "-", CPE_EQUAL},
		{"-", "i", CPE_DISJOINT},
		{"-", "m*", CPE_UNDEFINED},
		{"i", "i", CPE_EQUAL},
		{"i", "k", CPE_DISJOINT},
		{"i", "m*", CPE_UNDEFINED},
		{"i", "-", CPE_DISJOINT},
		{"i", "*", CPE_SUBSET},
		{"m*", "mx", CPE_SUPERSET},
		{"m*", "x", CPE_DISJOINT},
		{"m*", "*", CPE_SUBSET},
		{"m*", "-", CPE_DISJOINT},
		{"m*", "m*", CPE_UNDEFINED},
		{"*x?", "abx", CPE_SUPERSET},
		{"*x?", "abxc", CPE_SUPERSET},
		{"*x?", "abxcd", CPE_DISJOINT},
		{"??x", "x", CPE_SUPERSET},
		{"??x", "abcx", CPE_DISJOINT},
		{"?\\*x", "\\!\\*x", CPE_SUPERSET},
		{"*ab*", "xxaabb", CPE_SUPERSET},
		{"a\\\\*", "a\\\\\\*", CPE_SUPERSET},
		{"*\\*", "x\\\\\\*", CPE_SUPERSET},
		{"*\\\\", "x\\*", CPE_DISJOINT},
	};
	AUTO(arena_closep) struct arena *arena = arena_open();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cpe_attr a = attr_of(arena, rows[i].source);
		struct cpe_attr b = attr_of(arena, rows[i].target);
		enum cpe_relation got = cpe_compare_attr(&a, &b);
		if (got != rows[i].relation)
			fail_msg("%s to %s is %s", rows[i].source, rows[i].target,
				 cpe_relation_name(got));
		assert_int_equal(cpe_attr_matches(&a, &b), got == CPE_EQUAL || got == CPE_SUPERSET);
	}
}

static void name_relations(void **state)
{
	(void)state;
	static const struct {
		const char *source, *target, *relation;
	} rows[] = {
		{"cpe:/a:b:c", "cpe:/a:b:c", "equal"},
		{"cpe:/a:b:c:1", "cpe:/a:b:c", "subset"},
		{"cpe:/a:b", "cpe:/a:b:c", "superset"},
		{"cpe:/a:b:c", "cpe:/a:b:d", "disjoint"},
		{"cpe:/a:b::1", "cpe:/a:b:c", "none"},
		{"cpe:/a:b:c", "cpe:/a:b:c%02", "undefined"},
		{"cpe:/a:b:c", "cpe:/o:b:c%02", "disjoint"},
	};
	AUTO(arena_closep) struct arena *arena = arena_open();
	enum cpe_relation each[CPE_ATTRS];
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cpe a, b;
		assert_true(parses(arena, str_of(rows[i].source), &a));
		assert_true(parses(arena, str_of(rows[i].target), &b));
		assert_string_equal(cpe_relation_name(cpe_compare_names(&a, &b, each)),
				    rows[i].relation);
		assert_int_equal(each[CPE_OTHER], CPE_EQUAL);
	}
}

/* A random value of up to six characters with wildcards at its ends. */
static struct cpe_attr random_attr(struct arena *arena, struct rng *rng)
{
	uint32_t kind = rng_below(rng, 6);
	if (kind < 2)
		return (struct cpe_attr){.kind = kind ? CPE_NA : CPE_ANY};
	static const char bytes[] = "ab1._-~*?\\\"%:$";
	char raw[6];
	size_t n = 1 + rng_below(rng, sizeof(raw));
	for (size_t i = 0; i < n; i++)
		raw[i] = bytes[rng_below(rng, sizeof(bytes) - 1)];
	struct cpe_attr attr = cpe_attr_of(arena, str_from(raw, n));
	if (attr.kind != CPE_VALUE || kind < 4)
		return attr;
	static const char *const ends[] = {"*", "?", "??", ""};
	attr.text = arena_fmt(arena, "%s%.*s%s", ends[rng_below(rng, 4)], STR_FMT(attr.text),
			      ends[rng_below(rng, 3)]);
	attr.wild = true;
	return attr;
}

static void round_trips(void **state)
{
	(void)state;
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text out = {0};
	struct rng rng = rng_of(7695, 0);
	static void (*const formats[])(const struct cpe *, struct text *) = {
		cpe_format_23, cpe_format_22, cpe_format_wfn};
	for (size_t i = 0; i < 20000; i++) {
		struct cpe cpe, back;
		for (size_t j = 0; j < CPE_ATTRS; j++)
			cpe.attr[j] = random_attr(arena, &rng);
		cpe.attr[CPE_PART] = cpe_attr_of(arena, STR("o"));
		for (size_t j = 0; j < ARRAY_LEN(formats); j++) {
			text_clear(&out);
			formats[j](&cpe, &out);
			if (!parses(arena, text_str(&out), &back) || !cpe_eq(&cpe, &back))
				fail_msg("%s", text_c(&out));
		}
		arena_clear(arena);
	}
}

const struct CMUnitTest names_cpe_tests[] = {
	cmocka_unit_test(real_unbind),
	cmocka_unit_test(real_bind),
	cmocka_unit_test(real_csaf),
	cmocka_unit_test(real_matching),
	cmocka_unit_test(real_criteria),
	cmocka_unit_test(fixtures),
	cmocka_unit_test(refusals),
	cmocka_unit_test(table_6_2),
	cmocka_unit_test(name_relations),
	cmocka_unit_test(round_trips),
	{0},
};
