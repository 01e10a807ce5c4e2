#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/rng.h"
#include "wire_test.h"

static struct json_value parse_ok(struct json_doc *d, const char *c)
{
	struct json_value v = {0};
	struct err err;

	if (!json_parse(d, str_of(c), 0, &v, &err))
		fail_msg("%s: %s", c, err.text);
	return v;
}

static void parse_bad(struct str s, enum err_code code, const char *says)
{
	AUTO(json_closep) struct json_doc *d = json_open();
	struct json_value v = {0};
	struct err err = {0};

	if (json_parse(d, s, 0, &v, &err))
		fail_msg("accepted: %.*s", STR_FMT(s));
	assert_int_equal(err.code, code);
	if (!strstr(err.text, says))
		fail_msg("%s: expected %s", err.text, says);
	assert_null(v.doc);
}

static void values_are_read(void **state)
{
	AUTO(json_closep) struct json_doc *d = json_open();
	struct json_value v = parse_ok(d, "{\"a\":[1,-2.5,\"x\\u00e9\\ud83d\\ude00\",true,null],"
					  "\"b\":{\"c\":{\"d\":18446744073709551615}},\"e\":3.0}");
	struct json_value a, x;
	struct json_iter it;
	struct str s = {0}, key;
	int64_t i;
	double f;
	bool b;

	(void)state;
	assert_int_equal(json_type(v), JSON_OBJECT);
	assert_int_equal(json_count(v), 3);
	assert_true(json_get(v, "a", &a));
	assert_int_equal(json_count(a), 5);
	it = json_iter(a);
	assert_true(json_next(&it, &x) && json_i64(x, &i) && i == 1);
	assert_true(json_next(&it, &x) && json_double(x, &f) && f == -2.5 && !json_i64(x, &i));
	assert_true(json_next(&it, &x) && json_str(x, &s));
	assert_str(s, "x\xc3\xa9\xf0\x9f\x98\x80");
	assert_true(json_next(&it, &x) && json_bool(x, &b) && b);
	assert_true(json_next(&it, &x) && json_type(x) == JSON_NULL);
	assert_false(json_next(&it, &x));
	assert_true(json_path(v, "b/c/d", &x) && json_double(x, &f) && f == 18446744073709551615.0);
	assert_false(json_i64(x, &i));
	assert_true(json_path(v, "a/2", &x) && json_type(x) == JSON_STR);
	assert_false(json_path(v, "a/5", &x) || json_path(v, "b/x", &x));
	assert_true(json_get(v, "e", &x) && json_i64(x, &i) && i == 3);
	it = json_iter(v);
	assert_true(json_next_member(&it, &key, &x) && str_is(key, "a"));
	assert_true(json_next_member(&it, &key, &x) && str_is(key, "b"));
	assert_true(json_next_member(&it, &key, &x) && str_is(key, "e"));
	assert_false(json_next_member(&it, &key, &x));
	assert_int_equal(json_type((struct json_value){0}), JSON_NULL);
	assert_int_equal(json_count((struct json_value){0}), 0);
}

static void members_are_required_with_clear_words(void **state)
{
	AUTO(json_closep) struct json_doc *d = json_open();
	struct json_value v = parse_ok(d, "{\"s\":\"x\",\"n\":null,\"i\":7}");
	struct str s = STR("left");
	struct err err;
	int64_t i;
	double f = 0;

	(void)state;
	assert_true(json_need_str(v, "s", &s, &err) && str_is(s, "x"));
	assert_true(json_need_i64(v, "i", &i, &err) && i == 7);
	assert_true(json_need_double(v, "i", &f, &err) && f == 7);
	assert_false(json_need_str(v, "i", &s, &err));
	assert_string_equal(err.text, "\"i\" is a whole number, expected a string");
	assert_false(json_need_str(v, "q", &s, &err));
	assert_string_equal(err.text, "\"q\" is missing");
	assert_false(json_need_str(v, "n", &s, &err));
	assert_string_equal(err.text, "\"n\" is null");
	assert_true(json_may_str(v, "n", &s, &err) && str_is(s, "x"));
	assert_false(json_may_i64(v, "s", &i, &err));
	assert_int_equal(json_i64_or(v, "s", 42), 42);
	assert_str(json_str_or(v, "s", STR("other")), "x");
}

static void bad_json_is_refused_and_placed(void **state)
{
	(void)state;
	parse_bad(STR("{\"a\":1,\n\"b\":2,\n\"a\":3}"), ERR_INVALID,
		  "line 3, byte 15: the key \"a\" comes twice");
	parse_bad(STR("[{\"\\u0061\":[1.5,2],\"a\":3}]"), ERR_INVALID, "byte 19: the key \"a\"");
	parse_bad(STR("[NaN]"), ERR_INVALID, "line 1, byte 1");
	parse_bad(STR("[Infinity]"), ERR_INVALID, "byte 1");
	parse_bad(STR("[-Infinity]"), ERR_INVALID, "not a JSON value");
	parse_bad(STR("[1e999]"), ERR_INVALID, "number");
	parse_bad(STR("[\"\xff\"]"), ERR_INVALID, "byte 2: invalid UTF-8");
	parse_bad(STR("[\"\xed\xa0\x80\"]"), ERR_INVALID, "invalid UTF-8");
	parse_bad(STR("[\"\\ud800\"]"), ERR_INVALID, "a high surrogate without");
	parse_bad(STR("[\"\\udc00\"]"), ERR_INVALID, "a low surrogate without");
	parse_bad(STR("[\"\\ud800\\u0041\"]"), ERR_INVALID, "a high surrogate without");
	parse_bad(STR("[1,]"), ERR_INVALID, "byte 3");
	parse_bad(STR("[01]"), ERR_INVALID, "leading zero");
	parse_bad(STR("[\"a\tb\"]"), ERR_INVALID, "control character");
	parse_bad(STR("[1] x"), ERR_INVALID, "byte 4: something follows");
	parse_bad(STR(""), ERR_INVALID, "the end comes too early");
	parse_bad(STR("{\"a\" 1}"), ERR_INVALID, "expected ':'");
}

static void many_keys_are_compared_by_hash(void **state)
{
	AUTO(text_freep) struct text t = {0};
	AUTO(json_closep) struct json_doc *d = json_open();
	struct json_value v;
	struct err err;

	(void)state;
	text_add_c(&t, "{");
	for (unsigned i = 0; i < 5000; i++)
		text_addf(&t, "\"key number %u\":[%u],", i, i);
	text_add_c(&t, "\"last\":1}");
	assert_true(json_parse(d, text_str(&t), 0, &v, &err));
	assert_int_equal(json_count(v), 5001);
	t.n--;
	text_add_c(&t, ",\"key number 77\":2}");
	assert_false(json_parse(d, text_str(&t), 0, &v, &err));
	assert_non_null(strstr(err.text, "the key \"key number 77\" comes twice"));
}

static void depth_is_bounded_before_parsing(void **state)
{
	AUTO(text_freep) struct text t = {0};
	AUTO(json_closep) struct json_doc *d = json_open();
	struct json_value v;
	struct err err;
	size_t n = (size_t)10 << 20, at, line;

	(void)state;
	memset(text_room(&t, n), '[', n);
	t.n = n;
	assert_false(json_parse(d, text_str(&t), 0, &v, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	json_error_at(d, &at, &line);
	assert_int_equal(at, 64);
	memset(t.p + 64, ']', 64);
	assert_true(json_parse(d, str_sub(text_str(&t), 0, 128), 0, &v, &err));
	/* brackets in strings don't count, wherever blocks begin and end */
	for (size_t pad = 0; pad < 130; pad++) {
		AUTO(text_freep) struct text s = {0};

		text_addf(&s, "%*s[\"\\\\\\\"%.*s\"]", (int)pad, "", 200, t.p + 200);
		assert_true(json_parse(d, text_str(&s), 0, &v, &err));
	}
}

static void json_cut_anywhere_is_an_error(void **state)
{
	static const char sample[] =
		"{\"a\":[1,-2.5e3,\"x\\u00e9\\ud83d\\ude00 y\",true,false,null,"
		"{\"deep\":{\"er\":[[],{},\"\"]}}],\"b\":\"\xc3\xa9\"}";
	AUTO(json_closep) struct json_doc *d = json_open();
	struct json_value v;
	struct err err;

	(void)state;
	for (size_t n = 0; n < sizeof(sample) - 1; n++) {
		char *exact = mem_copy(sample, n); /* so that ASan sees a byte too far */

		assert_false(json_parse(d, str_from(exact, n), 0, &v, &err));
		free(exact);
	}
	parse_ok(d, sample);
}

static void boms_and_utf16_are_read(void **state)
{
	AUTO(json_closep) struct json_doc *d = json_open();
	struct json_value v;
	struct err err;
	int64_t i;

	(void)state;
	assert_true(json_parse(d, STR("\xef\xbb\xbf[1]"), 0, &v, &err));
	assert_true(json_parse(d,
			       STR("\xff\xfe[\0"
				   "7\0]\0"),
			       0, &v, &err));
	assert_true(json_path(v, "0", &v) && json_i64(v, &i) && i == 7);
	assert_true(json_parse(d,
			       STR("\0[\0"
				   "8\0]"),
			       0, &v, &err));
	assert_true(json_path(v, "0", &v) && json_i64(v, &i) && i == 8);
}

static void streams_give_value_after_value(void **state)
{
	AUTO(json_closep) struct json_doc *d = json_open();
	struct json_stream s = {
		.bytes = STR("{\"n\":1}\n{\"n\":\n2}{\"n\":3} [\"]\"]\n\n\"a b\\\" c\" "
			     "12 true\r\n\n{\"n\":4,\"n\":5}\n")};
	static const size_t lines[] = {1, 2, 3, 3, 5, 5, 5};
	struct json_value v;
	struct err err;
	bool more;
	size_t n = 0;

	(void)state;
	for (; n < 7; n++) {
		assert_true(json_next_doc(d, &s, &v, &more, &err));
		assert_true(more);
		assert_int_equal(s.line, lines[n]);
		if (n < 3)
			assert_int_equal(json_i64_or(v, "n", 0), n + 1);
	}
	assert_false(json_next_doc(d, &s, &v, &more, &err));
	assert_non_null(strstr(err.text, "line 7"));
	s = (struct json_stream){.bytes = STR(" \n ")};
	assert_true(json_next_doc(d, &s, &v, &more, &err) && !more);
}

static void canonical_is(const char *in, const char *out)
{
	AUTO(json_closep) struct json_doc *d = json_open();
	AUTO(text_freep) struct text t = {0};
	struct err err;

	assert_true(json_canonical(parse_ok(d, in), &t, &err));
	assert_string_equal(text_c(&t), out);
	assert_true(json_is_canonical(d, text_str(&t)));
}

/* RFC 8785 3.2.2, 3.2.3 and appendix B. */
static void rfc_8785_examples(void **state)
{
	(void)state;
	canonical_is(
		"{\"numbers\":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001"
		"],\"string\":\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\","
		"\"literals\":[null,true,false]}",
		"{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,"
		"1e-27],\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
	canonical_is(
		"{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew "
		"Letter Dalet With Dagesh\",\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning "
		"Face\",\"\\u0080\":\"Control\",\"\\u00f6\":\"Latin Small Letter O With "
		"Diaeresis\"}",
		"{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
		"\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\",\"\xe2\x82\xac\":\"Euro "
		"Sign\",\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\",\"\xef\xac\xb3\":\"Hebrew "
		"Letter Dalet With Dagesh\"}");
	canonical_is("[-83361943562953420001,123456789012345678901234567890,18446744073709551616]",
		     "[-83361943562953420000,1.2345678901234568e+29,18446744073709552000]");
	canonical_is("{}", "{}");
	canonical_is(" [ 56 , { \"d\" : true , \"10\" : null , \"1\" : [ ] } ] ",
		     "[56,{\"1\":[],\"10\":null,\"d\":true}]");
}

static void rfc_8785_numbers(void **state)
{
	static const struct {
		uint64_t bits;
		const char *says;
	} samples[] = {
		{0x0000000000000000, "0"},
		{0x8000000000000000, "0"},
		{0x0000000000000001, "5e-324"},
		{0x8000000000000001, "-5e-324"},
		{0x7fefffffffffffff, "1.7976931348623157e+308"},
		{0xffefffffffffffff, "-1.7976931348623157e+308"},
		{0x4340000000000000, "9007199254740992"},
		{0xc340000000000000, "-9007199254740992"},
		{0x4430000000000000, "295147905179352830000"},
		{0x44b52d02c7e14af5, "9.999999999999997e+22"},
		{0x44b52d02c7e14af6, "1e+23"},
		{0x44b52d02c7e14af7, "1.0000000000000001e+23"},
		{0x444b1ae4d6e2ef4e, "999999999999999700000"},
		{0x444b1ae4d6e2ef4f, "999999999999999900000"},
		{0x444b1ae4d6e2ef50, "1e+21"},
		{0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
		{0x3eb0c6f7a0b5ed8d, "0.000001"},
		{0x41b3de4355555553, "333333333.3333332"},
		{0x41b3de4355555554, "333333333.33333325"},
		{0x41b3de4355555555, "333333333.3333333"},
		{0x41b3de4355555556, "333333333.3333334"},
		{0x41b3de4355555557, "333333333.33333343"},
		{0xbecbf647612f3696, "-0.0000033333333333333333"},
		{0x43143ff3c1cb0959, "1424953923781206.2"},
		{0x3d30000000000000, "5.684341886080802e-14"}, /* 2^-44 */
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		double x;

		memcpy(&x, &samples[i].bits, sizeof(x));
		assert_str(json_number(x, buf), samples[i].says);
	}
}

static void writer_sorts_and_refuses(void **state)
{
	AUTO(text_freep) struct text t = {0};
	struct json_out *o;
	struct err err;

	(void)state;
	text_add_c(&t, "before ");
	o = json_out_open(&t);
	json_out_object(o);
	json_out_key(o, "z");
	json_out_object(o);
	json_out_key(o, "b");
	json_out_i64(o, -5);
	json_out_key(o, "a");
	json_out_str(o, STR("x\x01\"\x7f"));
	json_out_end(o);
	json_out_key(o, "m");
	json_out_array(o);
	json_out_end(o);
	json_out_key(o, "");
	json_out_double(o, 0.5);
	json_out_end(o);
	assert_true(json_out_close(o, &err));
	assert_string_equal(
		text_c(&t),
		"before {\"\":0.5,\"m\":[],\"z\":{\"a\":\"x\\u0001\\\"\x7f\",\"b\":-5}}");
	for (int fault = 0; fault < 4; fault++) {
		text_clear(&t);
		o = json_out_open(&t);
		json_out_object(o);
		json_out_key(o, "k");
		json_out_i64(o, fault == 0 ? (int64_t)1 << 54 : 1);
		json_out_key(o, fault == 1 ? "k" : "l");
		json_out_double(o, fault == 2 ? __builtin_nan("") : 1);
		json_out_key_str(o, fault == 3 ? STR("\xff") : STR("m"));
		json_out_null(o);
		json_out_end(o);
		assert_false(json_out_close(o, &err));
		assert_int_equal(t.n, 0);
	}
}

struct tree {
	struct rng rng;
	struct text t;
};

static uint32_t below(struct tree *r, uint32_t n)
{
	return rng_below(&r->rng, n);
}

static void random_string(struct tree *r, uint32_t unique)
{
	static const char *const pieces[] = {"a",
					     "\\n",
					     "\\u0000",
					     "\\\"",
					     "\xc3\xa9",
					     "\\ufb33",
					     "/",
					     "\\ud83d\\ude00",
					     "\xee\x80\x80",
					     "\x7f",
					     "\\u0062",
					     "\xf0\x9f\x98\x81"};

	text_add_c(&r->t, "\"");
	for (uint32_t n = below(r, 5); n; n--)
		text_add_c(&r->t, pieces[below(r, ARRAY_LEN(pieces))]);
	if (unique)
		text_addf(&r->t, "%u", unique);
	text_add_c(&r->t, "\"");
}

static void random_value(struct tree *r, unsigned depth)
{
	uint32_t kind = below(r, depth > 5 ? 4 : 6), n = below(r, depth ? 6 : 24);

	if (kind == 0)
		random_string(r, 0);
	else if (kind == 1)
		text_addf(&r->t, "%d", (int)below(r, 2000000) - 1000000);
	else if (kind == 2)
		text_addf(&r->t, "%.*e", (int)below(r, 18),
			  ((double)below(r, 1u << 30) - 5e8) *
				  __builtin_exp2((int)below(r, 400) - 200));
	else if (kind == 3)
		text_add_c(&r->t, below(r, 3) ? below(r, 2) ? "true" : " false " : "null\n");
	else {
		text_add_c(&r->t, kind == 4 ? "{" : "[");
		for (uint32_t i = 0; i < n; i++) {
			text_add_c(&r->t, i ? " ," : "");
			if (kind == 4) {
				random_string(r, i + 1);
				text_add_c(&r->t, ": ");
			}
			random_value(r, depth + 1);
		}
		text_add_c(&r->t, kind == 4 ? "}" : "]");
	}
}

/* Random trees: canonical form is a fixed point and says the same. */
static void canonical_form_is_a_fixed_point(void **state)
{
	struct tree r = {.rng = rng_of(20170512, 0)};
	AUTO(json_closep) struct json_doc *d = json_open();
	AUTO(text_freep) struct text once = {0};
	struct json_value v;
	struct err err;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		text_clear(&r.t);
		text_clear(&once);
		random_value(&r, 0);
		if (!json_parse(d, text_str(&r.t), 0, &v, &err))
			fail_msg("%s\n%s", err.text, text_c(&r.t));
		assert_true(json_canonical(v, &once, &err));
		if (!json_is_canonical(d, text_str(&once)))
			fail_msg("not canonical: %s", text_c(&once));
	}
	text_free(&r.t);
}

const struct CMUnitTest wire_json_tests[] = {
	cmocka_unit_test(values_are_read),
	cmocka_unit_test(members_are_required_with_clear_words),
	cmocka_unit_test(bad_json_is_refused_and_placed),
	cmocka_unit_test(many_keys_are_compared_by_hash),
	cmocka_unit_test(depth_is_bounded_before_parsing),
	cmocka_unit_test(json_cut_anywhere_is_an_error),
	cmocka_unit_test(boms_and_utf16_are_read),
	cmocka_unit_test(streams_give_value_after_value),
	cmocka_unit_test(rfc_8785_examples),
	cmocka_unit_test(rfc_8785_numbers),
	cmocka_unit_test(writer_sorts_and_refuses),
	cmocka_unit_test(canonical_form_is_a_fixed_point),
	{0},
};
