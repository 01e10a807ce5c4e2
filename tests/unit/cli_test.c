#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "desk/desk.h"

/* How a listing looks in its three forms, and how a command line is read. */

static const struct column columns[] = {
	{"name", "name", false},
	{"devices", "devices", true},
	{"hidden", NULL, false},
	{NULL, NULL, false},
};

struct bench {
	struct cli_config config;
	struct cli cli;
};

static int bench_open(void **state)
{
	static struct bench b;

	b = (struct bench){.cli = {.config = &b.config, .arena = arena_open()}};
	*state = &b;
	return 0;
}

static int bench_close(void **state)
{
	struct bench *b = *state;

	arena_close(b->cli.arena);
	text_free(&b->cli.out);
	return 0;
}

static const char *list(struct bench *b)
{
	struct listing *l = listing_begin(&b->cli, "rows", columns);
	struct err err = {0};

	listing_note(l, "as_of", STR("2017-05-11"));
	listing_text(l, STR("=1+1, \"x\""));
	listing_int(l, 12);
	listing_bool(l, true);
	listing_text(l, STR("caf\xc3\xa9\x1b[2J"));
	listing_null(l);
	listing_text(l, STR(""));
	assert_int_equal(listing_rows(l), 2);
	if (!listing_end(l, "nothing", &err))
		fail_msg("%s", err.text);
	return text_c(&b->cli.out);
}

static void a_table_is_plain_and_steers_no_terminal(void **state)
{
	assert_string_equal(list(*state), "name       devices\n"
					  "=1+1, \"x\"       12\n"
					  "caf\xc3\xa9 [2J         -\n");
}

static void csv_cells_are_no_formulas(void **state)
{
	struct bench *b = *state;

	b->cli.csv = true;
	assert_string_equal(list(b), "name,devices,hidden\n"
				     "\"'=1+1, \"\"x\"\"\",12,yes\n"
				     "caf\xc3\xa9\x1b[2J,,\n");
}

static void json_is_one_document(void **state)
{
	struct bench *b = *state;

	b->cli.json = true;
	assert_string_equal(list(b),
			    "{\"as_of\":\"2017-05-11\",\"rows\":[{\"devices\":12,\"hidden\":true,"
			    "\"name\":\"=1+1, \\\"x\\\"\"},{\"devices\":null,\"hidden\":\"\","
			    "\"name\":\"caf\xc3\xa9\\u001b[2J\"}]}\n");
}

static void an_empty_table_teaches(void **state)
{
	struct bench *b = *state;
	struct err err = {0};

	assert_true(listing_end(listing_begin(&b->cli, "rows", columns), "Import some.", &err));
	assert_string_equal(text_c(&b->cli.out), "Import some.\n");
}

static int run_words(char **words)
{
	struct cli_config config = {
		.argv = words, .program = "lynchpin", .clock = clock_fixed(0), .quiet = true};

	while (words[config.argc])
		config.argc++;
	return cli_run(&config);
}

#define RUN(...) run_words((char *[]){(char[]){"lynchpin"}, __VA_ARGS__, NULL})
#define W(word) ((char[]){word})

static void exit_codes_say_what_happened(void **state)
{
	(void)state;
	assert_int_equal(RUN(W("--version")), 0);
	assert_int_equal(RUN(W("--help")), 0);
	assert_int_equal(RUN(W("help"), W("exposure")), 0);
	assert_int_equal(RUN(W("exposure"), W("--help")), 0);
	assert_int_equal(RUN(W("version"), W("compare"), W("1"), W("2")), 0);
	assert_int_equal(RUN(W("version"), W("compare"), W("1")), 1);
	assert_int_equal(RUN(W("version"), W("compare"), W("1"), W("2"), W("3")), 2);
	assert_int_equal(RUN(W("nothing")), 2);
	assert_int_equal(RUN(W("org"), W("list"), W("--limit"), W("x")), 2);
	assert_int_equal(RUN(W("org"), W("list"), W("--limit")), 2);
	assert_int_equal(RUN(W("org"), W("list"), W("--db"), W("/nowhere/x.db")), 1);
	assert_int_equal(RUN(W("org"), W("list"), W("--now"), W("99999-01-01")), 2);
	assert_int_equal(RUN(W("org"), W("list"), W("--json"), W("--csv")), 2);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, bench_open, bench_close)

static void told(struct bench *b, const char *body, const char *org, const char *what)
{
	struct telling t = telling_of(b->cli.arena, str_of(body));

	assert_string_equal(arena_str(b->cli.arena, t.org).p, org);
	assert_string_equal(arena_str(b->cli.arena, t.what).p, what);
}

/* Who did what to whom: digests and sizes are not what a person asks for. */
static void a_record_is_told_in_words(void **state)
{
	struct bench *b = *state;

	told(b,
	     "{\"bulk\":\"00ff\",\"counts\":{\"devices\":4,\"files\":0,\"seen_os\":4,"
	     "\"updates\":1},\"kind\":\"agent\",\"name\":\"in/T01.csv\",\"org\":\"T01\","
	     "\"size\":515,\"taken\":\"2017-04-20T09:00:00.000Z\",\"verdict\":\"accepted\"}",
	     "T01", "T01.csv, 4 devices, 1 update, taken 2017-04-20T09:00, kind agent");
	told(b, "{\"cpes\":\"NONE\",\"key\":\"a|b\",\"raw\":\"A Ltd|B\"}", "", "A Ltd|B, NONE");
	told(b, "{\"code\":\"X1\",\"devices\":[\"a\",\"b\",\"c\",\"d\",\"e\"],\"open\":true}", "X1",
	     "code X1, devices a b c d and 1 more, open yes");
	told(b,
	     "{\"expected\":{\"medical\":39,\"server\":10},\"org\":\"T1\","
	     "\"proposal\":{\"number\":23,\"site\":\"00ff\"}}",
	     "T1", "expected medical 39 server 10, proposal number 23");
	told(b, "{\"x\":{\"a\":[1,[2,{\"b\":{}}]],\"c\":false,\"d\":4,\"e\":5,\"f\":6}}", "",
	     "x a 1 2 b  c no d 4 e 5 and 1 more");
	told(b, "{}", "", "");
	told(b, "nonsense", "", "nonsense");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_table_is_plain_and_steers_no_terminal),
		CASE(csv_cells_are_no_formulas),
		CASE(json_is_one_document),
		CASE(an_empty_table_teaches),
		CASE(a_record_is_told_in_words),
		cmocka_unit_test(exit_codes_say_what_happened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
