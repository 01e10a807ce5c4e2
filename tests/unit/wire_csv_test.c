#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "wire_test.h"

/* All rows as "line:a|b|c;" or the error. */
static void csv_is(struct str in, struct csv_options opt, const char *out)
{
	AUTO(csv_closep) struct csv *c = NULL;
	AUTO(text_freep) struct text t = {0};
	const struct csv_row *row;
	struct err err;
	char *exact = mem_copy(in.p, in.n);

	c = csv_open(str_from(exact, in.n), opt);
	for (;;) {
		if (!csv_next(c, &row, &err)) {
			text_addf(&t, "! %s", err.text);
			break;
		}
		if (!row)
			break;
		text_addf(&t, "%zu:", row->line);
		for (size_t i = 0; i < row->n; i++)
			text_addf(&t, "%s%.*s", i ? "|" : "", STR_FMT(row->v[i]));
		text_add_c(&t, ";");
	}
	assert_string_equal(text_c(&t), out);
	free(exact);
}

static void rfc_4180(void **state)
{
	struct csv_options none = {0};

	(void)state;
	csv_is(STR("a,b\r\nc,d\r\n"), none, "1:a|b;2:c|d;");
	csv_is(STR("a,b\nc,d"), none, "1:a|b;2:c|d;");
	csv_is(STR("a,b\r\nc,"), none, "1:a|b;2:c|;");
	csv_is(STR("\xef\xbb\xbf\"a\",\"b\"\"c\"\n"), none, "1:a|b\"c;");
	csv_is(STR("a,\"x\ny\r\nz\",b\nq,w,e"), none, "1:a|x\ny\r\nz|b;4:q|w|e;");
	csv_is(STR("a,\"\"\n\n\r\nb,\"\"\"\""), none, "1:a|;4:b|\";");
	csv_is(STR("a,b\"c\n"), none, "1:a|b\"c;");
	csv_is(STR("a,\"b\"c\n"), none, "! line 1: text after a closing quote");
	csv_is(STR("x,y\na,\"b\n"), none, "1:x|y;! line 2: a quoted field doesn't end");
	csv_is(STR(""), none, "");
	csv_is(STR("a,b\r\n\"c\"\r\n"), none, "1:a|b;2:c;");
	csv_is(STR("a,\"b\"\r"), none, "1:a|b;");
}

static void separators_comments_limits(void **state)
{
	(void)state;
	csv_is(STR("a;b,c;d\n1;2;3\n"), (struct csv_options){0}, "1:a|b,c|d;2:1|2|3;");
	csv_is(STR("a\t\"b\n"), (struct csv_options){.sep = '\t', .no_quotes = true}, "1:a|\"b;");
	csv_is(STR("# x\na,b\n#y\n1,2\n# end"), (struct csv_options){.sep = ',', .comments = true},
	       "2:a|b;4:1|2;");
	csv_is(STR("abcdef,g\n"), (struct csv_options){.max_field = 5},
	       "! line 1: a field is too long");
	csv_is(STR("a,b,c,d\n"), (struct csv_options){.max_row = 3}, "! line 1: a row is too long");
	csv_is(STR("a,b,c,d\n"), (struct csv_options){.max_fields = 3},
	       "! line 1: too many columns");
}

static void headers_name_columns(void **state)
{
	struct str in = STR("Code, Name ,\"Post \"\"code\"\"\"\nX,Y,Z\n\"a\"\"\",b,c\n1,2,3,4\n");
	AUTO(csv_closep) struct csv *c = csv_open(in, (struct csv_options){0});
	AUTO(csv_closep) struct csv *twice = csv_open(STR("a,b,A\n"), (struct csv_options){0});
	AUTO(csv_closep) struct csv *empty = csv_open(STR("\n"), (struct csv_options){0});
	const struct csv_row *row;
	const struct str *names;
	struct err err;
	size_t i;

	(void)state;
	assert_true(csv_header(c, &err));
	assert_int_equal(csv_column(c, "NAME"), 1);
	assert_int_equal(csv_column(c, "post \"code\""), 2);
	assert_false(csv_need_column(c, "region", &i, &err));
	assert_string_equal(err.text, "no column \"region\" in the header");
	assert_int_equal(csv_columns(c, &names), 3);
	assert_true(csv_next(c, &row, &err));
	assert_str(csv_field(row, 1), "Y");
	assert_str(csv_field(row, SIZE_MAX), "");
	assert_true(csv_next(c, &row, &err));
	assert_str(csv_field(row, 0), "a\"");
	assert_false(csv_next(c, &row, &err));
	assert_string_equal(err.text, "line 4: 4 columns, the header has 3");
	assert_false(csv_header(twice, &err));
	assert_false(csv_header(empty, &err));
}

/* The cell with its quotes doubled; returns the lines that it ends. */
static size_t add_cell(struct text *to, const char *cell)
{
	size_t lines = 0;

	for (; *cell; cell++) {
		text_add_char(to, *cell);
		if (*cell == '"')
			text_add_char(to, '"');
		lines += *cell == '\n';
	}
	return lines;
}

/* Random tables written and read back, with block edges everywhere. */
static void random_tables_come_back(void **state)
{
	/* Longer than a block. */
	static const char large[] = "0123456789012345678901234"
				    "56789012345678901234567890123456789012345678901234";
	static const char *const cells[] = {
		"",  "a",  "longer than a few bytes, yes", "\"", "x\ny", "\r\n", "z\"\"z", "plain",
		",", large};
	struct rng rng = rng_of(4180, 0);

	(void)state;
	for (int round = 0; round < 500; round++) {
		AUTO(text_freep) struct text in = {0}, want = {0};
		size_t line = 1;

		for (uint32_t rows = rng_below(&rng, 9); rows; rows--) {
			uint32_t width = 2 + rng_below(&rng, 6);

			text_addf(&want, "%zu:", line);
			for (uint32_t k = 0; k < width; k++) {
				const char *cell = cells[rng_below(&rng, ARRAY_LEN(cells))];
				bool quote = strpbrk(cell, "\",\n\r") || rng_below(&rng, 2);

				text_addf(&want, "%s%s", k ? "|" : "", cell);
				text_add_c(&in, k ? "," : "");
				text_add_c(&in, quote ? "\"" : "");
				line += add_cell(&in, cell);
				text_add_c(&in, quote ? "\"" : "");
			}
			line++;
			text_add_c(&want, ";");
			text_add_c(&in, rng_below(&rng, 2) ? "\r\n" : "\n");
		}
		csv_is(text_str(&in), (struct csv_options){.sep = ','}, text_c(&want));
	}
}

const struct CMUnitTest wire_csv_tests[] = {
	cmocka_unit_test(rfc_4180),
	cmocka_unit_test(separators_comments_limits),
	cmocka_unit_test(headers_name_columns),
	cmocka_unit_test(random_tables_come_back),
	{0},
};
