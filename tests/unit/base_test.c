#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bits.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "base/table.h"

/* err */

static void errors_are_one_line(void **state)
{
	struct err err;

	(void)state;
	assert_false(err_set(&err, ERR_NOT_FOUND, "device %u\n\x1b[31m", 7u));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_string_equal(err.text, "device 7??[31m");
	assert_false(err_wrap(&err, "feed %s", "kev"));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_string_equal(err.text, "feed kev: device 7??[31m");
}

/* What one would type goes with the rest, and can be left out. */
static void errors_have_hints(void **state)
{
	char one[ERR_TEXT_BYTES];
	struct err err = {0};

	(void)state;
	assert_false(err_set(&err, ERR_NOT_FOUND, "no post %s", "x") ||
		     err_hint(&err, "; lynchpin post %s\n", "list"));
	assert_string_equal(err.text, "no post x; lynchpin post list?");
	assert_int_equal(err_said(&err), strlen("no post x"));
	err_wrap(&err, "line %d", 7);
	assert_string_equal(err.text, "line 7: no post x; lynchpin post list?");
	assert_int_equal(err_said(&err), strlen("line 7: no post x"));
	memset(one, 'a', sizeof(one) - 1);
	one[sizeof(one) - 1] = 0;
	err_wrap(&err, "%s", one); /* no room is left for it */
	assert_int_equal(err_said(&err), sizeof(err.text) - 1);
	err_set(&err, ERR_NOT_FOUND, "another; lynchpin post list");
	assert_int_equal(err_said(&err), strlen(err.text));
}

static void errors_know_their_cause(void **state)
{
	struct err err;

	(void)state;
	err_errno(&err, ENOSPC, "a");
	assert_int_equal(err.code, ERR_FULL);
	err_errno(&err, EDQUOT, "a");
	assert_int_equal(err.code, ERR_FULL);
	err_errno(&err, ENOENT, "%s", "there");
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_string_equal(err.text, "there: No such file or directory");
	err_errno(&err, EACCES, "a");
	assert_int_equal(err.code, ERR_IO);
	for (int c = ERR_NONE; c <= ERR_USAGE; c++)
		assert_string_not_equal(err_code_name((enum err_code)c), "unknown");
	assert_string_equal(err_code_name((enum err_code)1000), "unknown");
}

static void errors_never_overflow(void **state)
{
	char many[2 * ERR_TEXT_BYTES];
	struct err err;

	(void)state;
	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	err_set(&err, ERR_INVALID, "%s", many);
	assert_int_equal(strlen(err.text), ERR_TEXT_BYTES - 1);
	err_wrap(&err, "%s", many);
	err_errno(&err, EIO, "%s", many);
	assert_int_equal(strlen(err.text), ERR_TEXT_BYTES - 1);
}

/* str */

static void strings_compare_by_byte(void **state)
{
	const struct str none = {NULL, 0};

	(void)state;
	assert_true(str_eq(none, STR("")));
	assert_true(str_is(STR("a"), "a"));
	assert_false(str_eq(STR("a"), STR("ab")));
	assert_int_equal(str_cmp(STR("a"), STR("ab")), -1);
	assert_int_equal(str_cmp(STR("b"), STR("ab")), 1);
	assert_int_equal(str_cmp(none, STR("")), 0);
	assert_int_equal(str_cmp(STR("\x7f"), STR("\x80")), -1);
	assert_true(str_eq_ci(STR("WinDows 7"), STR("wINdOWS 7")));
	assert_false(str_eq_ci(STR("\xc3\x84"), STR("\xc3\xa4")));
	assert_false(str_eq_ci(STR("["), STR("{")));
}

static void strings_are_searched(void **state)
{
	const struct str s = STR("one two Two");

	(void)state;
	assert_true(str_starts(s, STR("one ")) && !str_starts(s, STR("One")));
	assert_true(str_starts_ci(s, STR("ONE")) && str_starts(s, STR("")));
	assert_true(str_ends(s, STR("Two")) && !str_ends(STR("o"), STR("Two")));
	assert_int_equal(str_find(s, STR("Two"), 0), 8);
	assert_int_equal(str_find_ci(s, STR("TWO"), 0), 4);
	assert_int_equal(str_find_ci(s, STR("TWO"), 5), 8);
	assert_true(str_find(s, STR("three"), 0) == SIZE_MAX);
	assert_true(str_find(STR("ab"), STR("abc"), 0) == SIZE_MAX);
	assert_true(str_find(s, STR("one"), 400) == SIZE_MAX);
	assert_int_equal(str_find_char(s, 'T', 0), 8);
	assert_true(str_find_char(s, 'T', 9) == SIZE_MAX);
}

static size_t find_plainly(struct str s, struct str needle, size_t from)
{
	for (size_t i = from; i + needle.n <= s.n; i++)
		if (str_eq_ci(str_sub(s, i, needle.n), needle))
			return i;
	return SIZE_MAX;
}

/* Whatever stands before, behind and beside the needle, byte for byte. */
static void searches_are_as_plain_ones(void **state)
{
	static const char bytes[] = "aAbB@`[{_\x7f\x01! \xc3\xe3";
	struct rng rng = rng_of(1, 3);
	AUTO(freep) char *s = mem_alloc(40), *needle = mem_alloc(8);

	(void)state;
	for (unsigned turn = 0; turn < 20000; turn++) {
		size_t n = rng_below(&rng, 40), of = rng_below(&rng, 5), from = rng_below(&rng, 42);
		size_t few = 2 + rng_below(&rng, sizeof(bytes) - 3);

		/* Up to the end of what was allocated, so that reading past it is seen. */
		for (size_t i = 0; i < n; i++)
			s[40 - n + i] = bytes[rng_below(&rng, (uint32_t)few)];
		for (size_t i = 0; i < of; i++)
			needle[8 - of + i] = bytes[rng_below(&rng, (uint32_t)few)];
		assert_true(
			str_find_ci(str_from(s + 40 - n, n), str_from(needle + 8 - of, of), from) ==
			find_plainly(str_from(s + 40 - n, n), str_from(needle + 8 - of, of), from));
	}
}

static void strings_are_cut(void **state)
{
	const struct str s = STR("  abc \r\n");

	(void)state;
	assert_true(str_is(str_trim(s), "abc"));
	assert_int_equal(str_trim(STR(" \t")).n, 0);
	assert_true(str_is(str_sub(s, 2, 2), "ab"));
	assert_true(str_is(str_sub(s, 3, SIZE_MAX), "bc \r\n"));
	assert_int_equal(str_sub(s, 100, 1).n, 0);
	assert_int_equal(str_from_offset((struct str){NULL, 0}, 3).n, 0);
}

static void pieces_come_one_by_one(void **state)
{
	const char *want[] = {"a", "", "b", ""};
	struct str rest = STR("a,,b,"), piece;
	size_t n = 0;

	(void)state;
	for (; str_next(&rest, ',', &piece); n++)
		assert_true(str_is(piece, want[n]));
	assert_int_equal(n, 4);
	rest = STR("");
	assert_true(str_next(&rest, ',', &piece) && piece.n == 0);
	assert_false(str_next(&rest, ',', &piece));
}

static void lines_end_as_they_like(void **state)
{
	const char *want[] = {"unix", "", "dos", "last"};
	struct str rest = STR("unix\n\ndos\r\nlast"), line;
	size_t n = 0;

	(void)state;
	for (; str_next_line(&rest, &line); n++)
		assert_true(str_is(line, want[n]));
	assert_int_equal(n, 4);
}

static void whole_numbers_have_limits(void **state)
{
	const char *bad[] = {"", "-", "+1", " 1", "1 ", "1a", "0x1", "18446744073709551616"};
	uint64_t u = 5;
	int64_t i = 5;

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(bad); k++) {
		assert_false(str_to_u64(str_of(bad[k]), &u));
		assert_false(str_to_i64(str_of(bad[k]), &i));
	}
	assert_true(u == 5 && i == 5);
	assert_true(str_to_u64(STR("18446744073709551615"), &u) && u == UINT64_MAX);
	assert_true(str_to_u64(STR("007"), &u) && u == 7);
	assert_true(str_to_i64(STR("9223372036854775807"), &i) && i == INT64_MAX);
	assert_true(str_to_i64(STR("-9223372036854775808"), &i) && i == INT64_MIN);
	assert_false(str_to_i64(STR("9223372036854775808"), &i));
	assert_false(str_to_i64(STR("-9223372036854775809"), &i));
	assert_false(str_to_i64(STR("--1"), &i));
}

static void fractions_have_limits(void **state)
{
	const char *bad[] = {"", "-", ".", "nan", "inf", "1e999", "0x10", "1,5", " 1", "1.5x"};
	double x = 5;

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(bad); k++)
		assert_false(str_to_double(str_of(bad[k]), &x));
	assert_true(x > 4.9 && x < 5.1);
	assert_true(str_to_double(STR("-0.25e1"), &x) && x > -2.6 && x < -2.4);
}

static void utf8_is_checked(void **state)
{
	const struct {
		struct str s;
		size_t bad_at; /* SIZE_MAX: well-formed */
	} t[] = {
		{STR(""), SIZE_MAX},
		{STR("long enough for the fast path"), SIZE_MAX},
		{STR("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), SIZE_MAX},
		{STR("12345678\xc0\x80"), 8}, /* overlong NUL */
		{STR("\xe0\x9f\xbf"), 0},     /* overlong */
		{STR("a\xed\xa0\x80"), 1},    /* surrogate */
		{STR("\xf4\x90\x80\x80"), 0}, /* past U+10FFFF */
		{STR("ab\xe2\x82"), 2},	      /* cut short */
		{STR("\x80"), 0},	      /* a tail alone */
		{STR("123456\xff\x61"), 6},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		size_t at = SIZE_MAX;

		assert_int_equal(str_is_utf8(t[i].s, &at), t[i].bad_at == SIZE_MAX);
		assert_int_equal(at, t[i].bad_at);
	}
	assert_false(str_is_utf8(STR("\xff"), NULL));
}

static void hashes_spread(void **state)
{
	uint64_t low = 0, both = ~(uint64_t)0;

	(void)state;
	assert_true(str_hash(STR("ab")) != str_hash(STR("ba")));
	assert_true(str_hash(STR("")) != str_hash(str_from("\0", 1)));
	assert_true(str_hash(STR("0123456789abcdef")) == str_hash(STR("0123456789abcdef")));
	for (uint64_t i = 0; i < 1000; i++) {
		low |= u64_hash(i << 32);
		both &= u64_hash(i << 32);
	}
	assert_true(low == ~(uint64_t)0 && both == 0);
}

static void strings_sort(void **state)
{
	struct str v[] = {STR("b"), STR("abc"), STR(""), STR("ab")};

	(void)state;
	qsort(v, ARRAY_LEN(v), sizeof(v[0]), str_qsort_cmp);
	assert_true(str_is(v[0], "") && str_is(v[1], "ab") && str_is(v[2], "abc"));
}

/* text, mem, arena */

static void text_grows(void **state)
{
	AUTO(text_freep) struct text t = {0};

	(void)state;
	assert_string_equal(text_c(&t), "");
	text_add(&t, (struct str){NULL, 0});
	text_add_c(&t, "a");
	text_add_char(&t, '-');
	text_add_u64(&t, UINT64_MAX);
	text_addf(&t, " %d%%", 12);
	assert_string_equal(text_c(&t), "a-18446744073709551615 12%");
	for (int i = 0; i < 10000; i++)
		text_add_u64(&t, 0);
	assert_int_equal(t.n, 26 + 10000);
	assert_int_equal(strlen(text_c(&t)), t.n);
	text_clear(&t);
	assert_string_equal(text_c(&t), "");
	memcpy(text_room(&t, 3), "xyz", 3);
	t.n += 3;
	assert_true(str_is(text_str(&t), "xyz"));
}

static void vectors_grow(void **state)
{
	VEC_OF(int) v = {0};
	AUTO(freep) char *copy = mem_copy("abc", 2);

	(void)state;
	for (int i = 0; i < 1000; i++)
		VEC_PUSH(&v, i);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(v.v[i], i);
	assert_int_equal(v.n, 1000);
	free(v.v);
	assert_string_equal(copy, "ab");
}

static void arenas_hold_and_forget(void **state)
{
	AUTO(arena_closep) struct arena *a = arena_open();
	size_t first = arena_bytes(a);
	struct str s = arena_str(a, STR("kept")), f = arena_fmt(a, "%s-%d", "n", 7);
	int *zero = ARENA_ARRAY(a, int, 100);
	char *large = arena_alloc(a, (size_t)5 << 20);

	(void)state;
	memset(large, 1, (size_t)5 << 20);
	for (int i = 0; i < 1000; i++) {
		void *p = arena_alloc(a, (size_t)i);

		assert_int_equal((uintptr_t)p % 16, 0);
		memset(p, 0xff, (size_t)i);
	}
	assert_string_equal(s.p, "kept");
	assert_string_equal(f.p, "n-7");
	for (int i = 0; i < 100; i++)
		assert_int_equal(zero[i], 0);
	assert_true(arena_bytes(a) >= (size_t)5 << 20);
	arena_clear(a);
	assert_int_equal(arena_bytes(a), first);
	assert_int_equal(*ARENA_NEW(a, int), 0);
}

/* table */

static void equal_strings_have_one_number(void **state)
{
	AUTO(intern_closep) struct intern *in = intern_open();
	struct str several[50];
	uint32_t numbers[50];
	char buf[32];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 20000; i++) {
			int n = snprintf(buf, sizeof(buf), "component %u", i);

			assert_int_equal(intern_put(in, str_from(buf, (size_t)n)), i);
		}
	}
	assert_int_equal(intern_count(in), 20000);
	assert_true(str_is(intern_str(in, 12345), "component 12345"));
	assert_int_equal(intern_find(in, STR("component 777")), 777);
	assert_true(intern_find(in, STR("component")) == UINT32_MAX);
	for (uint32_t i = 0; i < ARRAY_LEN(several); i++)
		several[i] = i % 3 ? intern_str(in, i * 7) : STR("component");
	intern_find_all(in, several, ARRAY_LEN(several), numbers);
	for (uint32_t i = 0; i < ARRAY_LEN(several); i++)
		assert_int_equal(numbers[i], i % 3 ? i * 7 : UINT32_MAX);
	assert_int_equal(intern_put(in, STR("")), 20000);
	assert_int_equal(intern_find(in, (struct str){NULL, 0}), 20000);
	assert_true(intern_bytes(in) > 20000 * sizeof(struct str));
}

static void maps_find_what_was_put(void **state)
{
	AUTO(map_closep) struct map *m = map_open();

	(void)state;
	assert_null(map_find(m, 0));
	for (uint32_t i = 0; i < 20000; i++)
		assert_int_equal(*map_put(m, (uint64_t)i << 40, i), i);
	assert_int_equal(*map_put(m, (uint64_t)5 << 40, 9), 5);
	++*map_put(m, (uint64_t)5 << 40, 0);
	assert_int_equal(*map_find(m, (uint64_t)5 << 40), 6);
	assert_int_equal(*map_put(m, UINT64_MAX, 1), 1);
	assert_null(map_find(m, 1));
	assert_int_equal(map_count(m), 20001);
}

/* clock */

static void stamps_round_trip(void **state)
{
	char buf[STAMP_BYTES];
	int64_t ms;

	(void)state;
	assert_true(stamp_parse(STR("2017-05-12T08:44:00+01:00"), &ms));
	assert_string_equal(stamp_format(ms, buf).p, "2017-05-12T07:44:00.000Z");
	assert_string_equal(date_format(ms, buf).p, "2017-05-12");
	assert_true(stamp_parse(STR("0001-01-01"), &ms));
	assert_string_equal(stamp_format(ms, buf).p, "0001-01-01T00:00:00.000Z");
	assert_true(stamp_parse(STR("9999-12-31t23:59:60.9999z"), &ms));
	assert_string_equal(stamp_format(ms, buf).p, "9999-12-31T23:59:59.999Z");
	assert_true(stamp_parse(STR("1969-12-31 23:59:59.5"), &ms));
	assert_int_equal(ms, -500);
	assert_string_equal(stamp_format(ms, buf).p, "1969-12-31T23:59:59.500Z");
}

static void bad_stamps_are_refused(void **state)
{
	const char *bad[] = {
		"",
		"99999-01-01",
		"2017-02-29",
		"1900-02-29",
		"0000-01-01",
		"2017-13-01",
		"2017-00-01",
		"2017-01-32",
		"2017-1-1",
		"2017-01-01T",
		"2017-01-01T24:00",
		"2017-01-01T10:60",
		"2017-01-01T10:00:61",
		"2017-01-01T10:00:00.",
		"2017-01-01T10:00Zx",
		"2017-01-01T10:00+24:00",
		"2017-01-01T10:00+1",
		"2017-01-01T10:00 Z",
		" 2017-01-01",
		"0001-01-01T00:00+00:01",
		"9999-12-31T23:59-00:01",
	};
	int64_t ms = 5;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (stamp_parse(str_of(bad[i]), &ms))
			fail_msg("taken for a date: %s", bad[i]);
	assert_int_equal(ms, 5);
}

/* Every day of four centuries and a bit, counted one by one. */
static void days_follow_each_other(void **state)
{
	unsigned year = 1599, month = 1, d = 1;
	char buf[STAMP_BYTES], want[STAMP_BYTES + 40];

	(void)state;
	assert_int_equal(day_of(1970, 1, 1), 0);
	assert_int_equal(day_of(2000, 3, 1), 11017);
	for (int64_t day = day_of(1599, 1, 1); year < 2001; day++) {
		assert_int_equal(day_of(year, month, d), day);
		snprintf(want, sizeof(want), "%04u-%02u-%02u", year, month, d);
		assert_string_equal(date_format(day * MS_PER_DAY, buf).p, want);
		if (date_valid(year, month, ++d))
			continue;
		d = 1;
		if (++month > 12)
			month = 1, year++;
	}
}

static void clocks_stand_or_run(void **state)
{
	struct clock fixed = clock_fixed(42), running = clock_system();
	int64_t t = clock_monotonic_ns();

	(void)state;
	assert_int_equal(clock_now_ms(&fixed), 42);
	assert_true(clock_now_ms(&running) > day_of(2024, 1, 1) * MS_PER_DAY);
	assert_true(clock_monotonic_ns() >= t);
}

/* rng */

/* Known answers published with Random123. */
static void philox_known_answers(void **state)
{
	static const struct {
		uint32_t counter[4], key[2], block[4];
	} t[] = {
		{{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
		 {0xffffffff, 0xffffffff},
		 {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
		 {0xa4093822, 0x299f31d0},
		 {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	};
	uint32_t out[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		rng_philox(t[i].counter, t[i].key, out);
		assert_memory_equal(out, t[i].block, sizeof(out));
	}
}

static void streams_differ_and_repeat(void **state)
{
	struct rng a = rng_of(1, 1), b = rng_of(1, 1), c = rng_of(1, 2), d = rng_of(2, 1);
	unsigned same_stream = 0, same_seed = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint64_t x = rng_u64(&a);

		assert_true(x == rng_u64(&b));
		same_stream += x == rng_u64(&c);
		same_seed += x == rng_u64(&d);
	}
	assert_int_equal(same_stream + same_seed, 0);
}

static void chance_is_even(void **state)
{
	struct rng r = rng_of(7, 0);
	unsigned seen[6] = {0};
	double sum = 0;

	(void)state;
	for (int i = 0; i < 60000; i++) {
		double x = rng_unit(&r);

		seen[rng_below(&r, 6)]++;
		assert_true(x >= 0 && x < 1);
		sum += x;
	}
	for (int i = 0; i < 6; i++)
		assert_in_range(seen[i], 9600, 10400);
	assert_true(sum > 29500 && sum < 30500);
	assert_int_equal(rng_below(&r, 1), 0);
}

/* bits */

static void bits_are_sets(void **state)
{
	uint64_t a[4] = {0}, b[4] = {0};
	size_t want[] = {0, 63, 64, 199}, n = 0;

	(void)state;
	assert_int_equal(bits_words(0), 0);
	assert_int_equal(bits_words(64), 1);
	assert_int_equal(bits_words(65), 2);
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		bits_add(a, want[i]);
	BITS_EACH (i, a, 200)
		assert_int_equal(i, want[n++]);
	assert_int_equal(n, 4);
	assert_int_equal(bits_next(a, 199, 65), 199);
	bits_drop(a, 63);
	assert_true(bits_has(a, 64) && !bits_has(a, 63));
	bits_fill(b, 200);
	assert_int_equal(bits_count(b, 4), 200);
	bits_and_not(b, a, 4);
	assert_int_equal(bits_count(b, 4), 197);
	bits_or(b, a, 4);
	bits_and(b, a, 4);
	assert_memory_equal(a, b, sizeof(a));
}

/* parallel */

struct squares {
	uint64_t out[10000];
	unsigned workers;
};

static void square(void *ctx, size_t item, unsigned worker)
{
	struct squares *s = ctx;

	assert(worker < s->workers);
	s->out[item] += item * item;
}

static void loops_do_each_item_once(void **state)
{
	static struct squares s;

	(void)state;
	for (unsigned width = 1; width <= 64; width *= 4) {
		parallel_set_width(width);
		memset(&s, 0, sizeof(s));
		s.workers = parallel_width();
		assert_int_equal(s.workers, width);
		parallel_each(ARRAY_LEN(s.out), square, &s);
		for (size_t i = 0; i < ARRAY_LEN(s.out); i++)
			assert_true(s.out[i] == i * i);
		parallel_each(0, square, &s);
	}
	parallel_set_width(1000);
	assert_int_equal(parallel_width(), 64);
	parallel_set_width(0);
	assert_in_range(parallel_width(), 1, 64);
}

/* file */

static int in_folder(void **state)
{
	static char folder[32];

	snprintf(folder, sizeof(folder), "/tmp/lynchpin-base-XXXXXX");
	*state = mkdtemp(folder);
	return *state && chdir(folder) == 0 ? 0 : -1;
}

static int out_of_folder(void **state)
{
	static const char *const made[] = {"f", "empty", "d"};

	for (size_t i = 0; i < ARRAY_LEN(made); i++)
		(void)remove(made[i]);
	return chdir("/") || rmdir(*state);
}

static void files_are_replaced_and_read(void **state)
{
	AUTO(text_freep) struct text t = {0};
	struct str seen;
	struct stat st;
	struct err err;

	(void)state;
	assert_true(file_replace("f", STR("one"), 0600, &err));
	assert_true(file_replace("f", STR("two\0zero"), 0600, &err));
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(file_exists("f") && !file_exists("g"));
	assert_true(file_read("f", 8, &t, &err));
	assert_int_equal(t.n, 8);
	assert_true(file_map("f", &seen, &err));
	assert_true(str_eq(seen, STR("two\0zero")));
	file_unmap(seen);
	assert_true(file_replace("empty", STR(""), 0600, &err));
	assert_true(file_map("empty", &seen, &err));
	assert_int_equal(seen.n, 0);
	file_unmap(seen);
	assert_true(process_peak_rss_bytes() > 1 << 20);
}

static void files_are_refused_clearly(void **state)
{
	AUTO(text_freep) struct text t = {0};
	struct str seen;
	struct err err;

	(void)state;
	text_add(&t, STR("kept"));
	assert_false(file_read("f", 10, &t, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_true(file_replace("f", STR("four"), 0600, &err));
	assert_false(file_read("f", 3, &t, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	/* A size is not to be had beforehand. */
	assert_false(file_read("/dev/zero", 100, &t, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_true(file_make_folder("d", 0700, &err) && file_make_folder("d", 0700, &err));
	assert_false(file_read("d", 10, &t, &err));
	assert_int_equal(err.code, ERR_INVALID);
	assert_false(file_map("d", &seen, &err));
	assert_false(file_replace("g/f", STR(""), 0600, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_false(file_make_folder("g/d", 0700, &err));
	assert_string_equal(text_c(&t), "kept");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_are_one_line),
		cmocka_unit_test(errors_have_hints),
		cmocka_unit_test(errors_know_their_cause),
		cmocka_unit_test(errors_never_overflow),
		cmocka_unit_test(strings_compare_by_byte),
		cmocka_unit_test(strings_are_searched),
		cmocka_unit_test(searches_are_as_plain_ones),
		cmocka_unit_test(strings_are_cut),
		cmocka_unit_test(pieces_come_one_by_one),
		cmocka_unit_test(lines_end_as_they_like),
		cmocka_unit_test(whole_numbers_have_limits),
		cmocka_unit_test(fractions_have_limits),
		cmocka_unit_test(utf8_is_checked),
		cmocka_unit_test(hashes_spread),
		cmocka_unit_test(strings_sort),
		cmocka_unit_test(text_grows),
		cmocka_unit_test(vectors_grow),
		cmocka_unit_test(arenas_hold_and_forget),
		cmocka_unit_test(equal_strings_have_one_number),
		cmocka_unit_test(maps_find_what_was_put),
		cmocka_unit_test(stamps_round_trip),
		cmocka_unit_test(bad_stamps_are_refused),
		cmocka_unit_test(days_follow_each_other),
		cmocka_unit_test(clocks_stand_or_run),
		cmocka_unit_test(philox_known_answers),
		cmocka_unit_test(streams_differ_and_repeat),
		cmocka_unit_test(chance_is_even),
		cmocka_unit_test(bits_are_sets),
		cmocka_unit_test(loops_do_each_item_once),
		cmocka_unit_test_setup_teardown(files_are_replaced_and_read, in_folder,
						out_of_folder),
		cmocka_unit_test_setup_teardown(files_are_refused_clearly, in_folder,
						out_of_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
