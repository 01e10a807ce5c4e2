#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "notify/inner.h"

extern const struct CMUnitTest ical_tests[];
extern const size_t n_ical_tests;

/* RFC 5545, clause by clause, as far as we write it. */

static const struct ical_todo duty = {
	.uid = {"CC-2017-0001-T1-acknowledge@lynchpin", 36},
	.summary = {"CC-2017-0001: acknowledge (T1)", 30},
	.due_ms = 1494666000000, /* 2017-05-13T09:00:00Z */
};

static void a_calendar_is_whole(void **state)
{
	AUTO(text_freep) struct text out = {0};

	(void)state;
	ical_begin(&out, STR("Duties"));
	ical_todo(&out, &duty, 1494493200000);
	ical_end(&out);
	assert_string_equal(text_c(&out), "BEGIN:VCALENDAR\r\n"
					  "VERSION:2.0\r\n"
					  "PRODID:-//Lynchpin//Duties//EN\r\n"
					  "X-WR-CALNAME:Duties\r\n"
					  "BEGIN:VTODO\r\n"
					  "UID:CC-2017-0001-T1-acknowledge@lynchpin\r\n"
					  "DTSTAMP:20170511T090000Z\r\n"
					  "DUE:20170513T090000Z\r\n"
					  "SUMMARY:CC-2017-0001: acknowledge (T1)\r\n"
					  "CLASS:CONFIDENTIAL\r\n"
					  "STATUS:NEEDS-ACTION\r\n"
					  "END:VTODO\r\n"
					  "END:VCALENDAR\r\n");
}

/* 3.3.11: backslash, semicolon, comma and line break are escaped; a control character is left
 * out, so that no value begins a line of its own. */
static void text_is_escaped(void **state)
{
	AUTO(text_freep) struct text out = {0};
	struct ical_todo odd = duty;

	(void)state;
	odd.description = STR("a;b,c\\d\nEND:VTODO\r\x01\x7f\t.");
	ical_todo(&out, &odd, 0);
	assert_non_null(strstr(text_c(&out), "\r\nDESCRIPTION:a\\;b\\,c\\\\d\\nEND:VTODO\t.\r\n"));
}

/* 3.1: no line is longer than 75 octets, a folded one begins with a blank, and taking CRLF and the
 * blank away gives the value again. */
static void long_lines_are_folded(void **state)
{
	AUTO(text_freep) struct text value = {0}, out = {0}, unfolded = {0}, want = {0};
	struct ical_todo odd = duty;
	struct str rest, line;

	(void)state;
	for (int i = 0; i < 90; i++)
		text_add_c(&value, i % 3 ? "x" : "\xe2\x82\xac"); /* the euro sign: 3 octets */
	odd.summary = text_str(&value);
	ical_todo(&out, &odd, 0);
	rest = text_str(&out);
	while (rest.n && str_next_line(&rest, &line)) {
		assert_true(line.n <= 75);
		assert_true(str_is_utf8(line, NULL));
		if (unfolded.n && line.n && line.p[0] == ' ')
			text_add(&unfolded, str_from_offset(line, 1));
		else
			text_addf(&unfolded, "\n%.*s", STR_FMT(line));
	}
	text_add_char(&unfolded, '\n');
	text_addf(&want, "\nSUMMARY:%.*s\n", STR_FMT(odd.summary));
	assert_true(str_find(text_str(&unfolded), text_str(&want), 0) != SIZE_MAX);
}

static void a_line_of_75_stays_whole(void **state)
{
	AUTO(text_freep) struct text value = {0}, out = {0};
	struct ical_todo odd = duty;

	(void)state;
	while (value.n < 75 - strlen("SUMMARY:"))
		text_add_char(&value, 'y');
	odd.summary = text_str(&value);
	ical_todo(&out, &odd, 0);
	assert_null(strstr(text_c(&out), "\r\n "));
	text_add_char(&value, 'y');
	odd.summary = text_str(&value);
	text_clear(&out);
	ical_todo(&out, &odd, 0);
	assert_non_null(strstr(text_c(&out), "y\r\n y\r\n"));
}

const struct CMUnitTest ical_tests[] = {
	cmocka_unit_test(a_calendar_is_whole),
	cmocka_unit_test(text_is_escaped),
	cmocka_unit_test(long_lines_are_folded),
	cmocka_unit_test(a_line_of_75_stays_whole),
};
const size_t n_ical_tests = ARRAY_LEN(ical_tests);
