#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pages.h"

static void is(struct text *out, const char *want)
{
	assert_string_equal(text_c(out), want);
	text_clear(out);
}

static void values_are_escaped(void **state)
{
	AUTO(text_freep) struct text out = {0};

	(void)state;
	page_put(&out, STR("<script>\"a\" & 'b'</script>"));
	is(&out, "&lt;script&gt;&#34;a&#34; &amp; &#39;b&#39;&lt;/script&gt;");
	page_put(&out, str_from("a\0b\x1b\x7f\tc\n", 8));
	is(&out, "a\xef\xbf\xbd"
		 "b\xef\xbf\xbd\xef\xbf\xbd\tc\n");
	page_put(&out, "Ünlaut");
	is(&out, "Ünlaut");
	page_put(&out, UINT64_MAX);
	is(&out, "18446744073709551615");
	page_put(&out, INT64_MIN);
	is(&out, "-9223372036854775808");
}

static void pieces_of_addresses_are_percent_encoded(void **state)
{
	AUTO(text_freep) struct text out = {0};

	(void)state;
	page_url(&out, STR("a b/../c?d=e&f#\"\xc3\xbc~"));
	is(&out, "a%20b%2F..%2Fc%3Fd%3De%26f%23%22%C3%BC~");
	page_url(&out, 17U);
	is(&out, "17");
}

static void addresses_of_ours_stay_ours(void **state)
{
	AUTO(text_freep) struct text out = {0};

	(void)state;
	page_path(&out, STR("/alerts/CC-1?state=a%20b&x=\"<>'#t"));
	is(&out, "alerts/CC-1?state=a%20b&amp;x=%22%3C%3E%27#t");
	page_path(&out, STR("//evil.example/"));
	is(&out, "evil.example/");
	page_path(&out, STR("/\\evil"));
	is(&out, "evil");
}

static void numbers_are_grouped(void **state)
{
	AUTO(text_freep) struct text out = {0};

	(void)state;
	page_count(&out, 0);
	text_add_char(&out, ' ');
	page_count(&out, 999);
	text_add_char(&out, ' ');
	page_count(&out, 1000);
	text_add_char(&out, ' ');
	page_count(&out, UINT64_MAX);
	is(&out, "0 999 1,000 18,446,744,073,709,551,615");
}

static void pages_are_functions(void **state)
{
	AUTO(text_freep) struct text out = {0};
	struct str names[] = {STR("A&B"), STR("x y"), STR("z")};

	(void)state;
	page_rows(&out, names, 3);
	is(&out,
	   "<table>"
	   "<tr><td><a href=\"/org/A%26B?n=0\">A&amp;B</a></td><td title=\"A&amp;B\">0</td></tr>"
	   "<tr class=\"many\"><td><a href=\"/org/x%20y?n=1000\">x y</a></td><td title=\"x "
	   "y\">1,000</td></tr>"
	   "<tr class=\"many\"><td><a href=\"/org/z?n=2000\">z</a></td><td "
	   "title=\"z\">2,000</td></tr>"
	   "<tr><td>3 of them, -1</td></tr></table>\n"
	   "<pre>\n  as\n    it is</pre>");
	page_rows(&out, names, 0);
	is(&out, "<table><tr><td>None yet?</td></tr></table>\n<pre>\n  as\n    it is</pre>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_escaped),
		cmocka_unit_test(pieces_of_addresses_are_percent_encoded),
		cmocka_unit_test(addresses_of_ours_stay_ours),
		cmocka_unit_test(numbers_are_grouped),
		cmocka_unit_test(pages_are_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
