#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
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

/* The code of an error, or ERR_NONE; *ret: what was said. */
static enum err_code caught(const char *const *words, struct text *ret)
{
	struct cli_caught said = {0};
	struct cli_config config = {.program = "lynchpin",
				    .user = STR("ann@example.org"),
				    .db = "/nonexistent/store.db",
				    .clock = clock_fixed(0),
				    .caught = &said};
	char *argv[16] = {0};
	int code;

	while (words[config.argc]) {
		argv[config.argc] = mem_copy(words[config.argc], strlen(words[config.argc]));
		config.argc++;
	}
	config.argv = argv;
	code = cli_run(&config);
	assert_int_equal(code != 0, said.err.code != ERR_NONE);
	assert_int_equal(said.notes.n, 0);
	text_free(ret);
	*ret = said.out;
	text_free(&said.notes);
	for (int i = 0; i < config.argc; i++)
		free(argv[i]);
	return said.err.code;
}
#define CAUGHT(...) caught((const char *const[]){"lynchpin", __VA_ARGS__, NULL}, &out)

static void a_command_within_another_program(void **state UNUSED)
{
	AUTO(text_freep) struct text out = {0};

	assert_int_equal(CAUGHT("alert", "states", "--json"), ERR_NONE);
	assert_int_equal(strncmp(text_c(&out), "{\"states\":[", 11), 0);
	assert_int_equal(CAUGHT("alert", "list", "--json"), ERR_NOT_FOUND);
	assert_int_equal(CAUGHT("alert", "lsit"), ERR_USAGE);
	assert_int_equal(out.n, 0);
	/* Where the store is, when it is, and what files hold is not for who asks to say. */
	assert_int_equal(CAUGHT("alert", "states", "--db=x"), ERR_DENIED);
	assert_int_equal(CAUGHT("--now=2017-05-12", "alert", "states"), ERR_DENIED);
	assert_int_equal(CAUGHT("alert", "states", "--verbose"), ERR_DENIED);
	assert_int_equal(CAUGHT("journal", "verify", "--checkpoint=/etc/passwd"), ERR_DENIED);
	assert_int_equal(CAUGHT("alert", "new", "--file", "/etc/passwd"), ERR_DENIED);
	assert_int_equal(CAUGHT("journal", "rebuild", "--into=/tmp/x"), ERR_DENIED);
	assert_int_equal(CAUGHT("feed", "update", "--ca-file=/etc/passwd"), ERR_DENIED);
	assert_int_equal(CAUGHT("org", "import", "/etc/passwd"), ERR_DENIED);
	assert_int_equal(CAUGHT("feed", "import", "/etc/passwd"), ERR_DENIED);
	assert_int_equal(CAUGHT("estate", "adopt", "/etc/passwd"), ERR_DENIED);
	assert_int_equal(CAUGHT("alert", "adopt", "clocks", "/etc/passwd"), ERR_INVALID);
	assert_int_equal(CAUGHT("estate", "import", "--by", "V1", "/etc/passwd"), ERR_DENIED);
	assert_int_equal(CAUGHT("estate", "import", "--org-from-name", "/etc/passwd"), ERR_DENIED);
	assert_int_equal(CAUGHT("store", "copy", "a", "b"), ERR_DENIED);
	assert_int_equal(CAUGHT("ask"), ERR_DENIED);
	assert_int_equal(CAUGHT("serve"), ERR_DENIED);
	assert_int_equal(CAUGHT("init"), ERR_DENIED);
}

static void a_command_is_described(void **state UNUSED)
{
	struct cli_described d;

	assert_true(cli_describe("alert", "show", &d));
	assert_int_equal(d.min_args, 1);
	assert_string_equal(d.options[0].name, "--org");
	assert_true(cli_describe("why", NULL, &d));
	assert_false(cli_describe("alert", NULL, &d));
	assert_false(cli_describe("alert", "shwo", &d));
	assert_false(cli_describe("why", "not", &d));
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
		cmocka_unit_test(a_command_within_another_program),
		cmocka_unit_test(a_command_is_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
