#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fault.h"
#include "base/mem.h"
#include "web/body.h"
#include "web/pairs.h"

#define FORM "application/x-www-form-urlencoded"
#define MULTI "multipart/form-data; boundary=XX"
#define FIELD "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"
#define FILE_AS(name)                                                                              \
	"--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=" name "\r\n"                \
	"Content-Type: text/csv\r\n\r\n"
#define END "\r\n--XX--\r\n"

/* What is sent and what is made of it: pairs, files, raw bytes, or the refusal. */
static const struct {
	const char *type, *sent, *made;
} bodies[] = {
	{FORM, "a=1&b=x+y%26&c", "a=1;b=x y&;c=;"},
	{FORM, "a=1&&a=2&", "a=1;a=2;"},
	{FORM "; charset=utf-8", "a=%C3%A9%0D%0A", "a=\xc3\xa9\r\n;"},
	{FORM, "a=%", "!400"},
	{FORM, "a=%00", "!400"},
	{FORM, "a=%ff", "!400"},
	{"text/csv", "x,y", "<x,y>"},
	{"", "x", "<x>"},
	{MULTI, FIELD "1" END, "a=1;"},
	{MULTI, FIELD "1\r\n" FIELD "2" END, "a=1;a=2;"},
	{MULTI, FIELD END, "a=;"},
	{MULTI, FIELD "\r\n--X\r\n-\r\r\n--" END, "a=\r\n--X\r\n-\r\r\n--;"},
	{MULTI, FIELD "\r\n--XX--", "a=;"},
	{MULTI, FILE_AS("\"x.csv\"") "a,b\n" END, "f:x.csv(text/csv)<a,b\n>"},
	{MULTI, FILE_AS("x.csv") END, "f:x.csv(text/csv)<>"},
	{MULTI, FILE_AS("\"C:\\dir\\x.csv\"") END, "f:x.csv(text/csv)<>"},
	{MULTI, FILE_AS("\"../../x.csv\"") END, "f:x.csv(text/csv)<>"},
	{MULTI, FILE_AS("\"a\\\"b\"") END, "f:a\"b(text/csv)<>"},
	{MULTI, FIELD "1\r\n" FILE_AS("\"\"") END, "a=1;f:(text/csv)<>"},
	{"multipart/form-data; boundary=\"X X\"",
	 "--X X\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--X X--", "a=1;"},
	{MULTI, "--XX--\r\n", ""},
	{MULTI, "", "!400"},
	{MULTI, FIELD "1", "!400"},
	{MULTI, FIELD "1\r\n--XX", "!400"},
	{MULTI, "preamble\r\n" FIELD "1" END, "!400"},
	{MULTI, FIELD "1" END "epilogue", "!400"},
	{MULTI, FIELD "1\r\n--XXY" END, "!400"},
	{MULTI, FIELD "1\r\n--XX \r\n" END, "!400"},
	{MULTI, FIELD "\xff" END, "!400"},
	{MULTI, "--XX\r\n\r\n1" END, "!400"},
	{MULTI, "--XX\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1" END, "!400"},
	{MULTI, "--XX\r\nContent-Disposition: form-data\r\n\r\n1" END, "!400"},
	{MULTI, "--XX\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\n1" END,
	 "!400"},
	{MULTI, "--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1" END, "!400"},
	{MULTI, "--XX\r\nContent-Disposition: form-data;\r\n name=\"a\"\r\n\r\n1" END, "!400"},
	{MULTI, "--XX\nContent-Disposition: form-data; name=\"a\"\n\n1" END, "!400"},
	{MULTI, "--XX\r\nX : y\r\n\r\n1" END, "!400"},
	{MULTI,
	 "--XX\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: "
	 "base64\r\n\r\n1" END,
	 "!400"},
	{MULTI, FILE_AS("\"a\tb\"") END, "!400"},
	{MULTI, FILE_AS("\"\xff\"") END, "!400"},
	{"multipart/form-data", FIELD "1" END, "!400"},
	{"multipart/form-data; boundary=", FIELD "1" END, "!400"},
	{"multipart/form-data; boundary=\"a\rb\"", FIELD "1" END, "!400"},
};

static struct web_request *request_of(struct arena *arena, const char *type)
{
	struct web_request *req = ARENA_NEW(arena, struct web_request);
	struct web_pair *h = ARENA_NEW(arena, struct web_pair);

	*h = (struct web_pair){STR("Content-Type"), str_of(type)};
	req->arena = arena;
	req->headers = (struct web_pairs){h, 1};
	req->chunked = true;
	req->body.fd = -1;
	return req;
}

static bool feed(struct body *b, struct str sent, size_t cut, size_t step)
{
	for (size_t at = 0, n; at < sent.n; at += n) {
		n = MIN_OF(at ? step : cut, sent.n - at);
		AUTO(freep) char *copy = mem_copy(sent.p + at, n);

		if (!body_add(b, str_from(copy, n)))
			return false;
	}
	return true;
}

static void read_body(const char *type, struct str sent, size_t cut, size_t step, struct text *to)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct web_request *req = request_of(arena, type);
	struct body b;

	if (!body_begin(&b, req, "/tmp", false) || !feed(&b, sent, cut, step) || !body_end(&b)) {
		text_addf(to, "!%u", b.refusal.status);
		body_free(&b);
		return;
	}
	for (size_t i = 0; i < req->form.n; i++)
		text_addf(to, "%.*s=%.*s;", STR_FMT(req->form.v[i].name),
			  STR_FMT(req->form.v[i].value));
	for (size_t i = 0; i < req->files.n; i++)
		text_addf(to, "%.*s:%.*s(%.*s)<%.*s>", STR_FMT(req->files.v[i].field),
			  STR_FMT(req->files.v[i].file_name), STR_FMT(req->files.v[i].type),
			  STR_FMT(req->files.v[i].bytes));
	if (req->body.bytes.n)
		text_addf(to, "<%.*s>", STR_FMT(req->body.bytes));
	body_free(&b);
}

static void bodies_are_read_however_they_are_cut(void **state UNUSED)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct str sent = str_of(bodies[i].sent);

		for (size_t cut = 0; cut <= sent.n; cut++) {
			AUTO(text_freep) struct text made = {0};

			read_body(bodies[i].type, sent, cut ? cut : 1, cut ? SIZE_MAX : 1, &made);
			if (strcmp(text_c(&made), bodies[i].made) == 0)
				continue;
			print_error("body %zu cut at %zu: %s, expected %s\n", i, cut, text_c(&made),
				    bodies[i].made);
			wrong++;
			break;
		}
	}
	assert_int_equal(wrong, 0);
}

/* Three megabytes: what is kept in memory stays small, the file has no name, the bytes are right.
 */
static void large_uploads_go_to_a_file(void **state UNUSED)
{
	static const char head[] = FILE_AS("\"x\"");
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct web_request *req = request_of(arena, MULTI);
	AUTO(text_freep) struct text piece = {0};
	struct body b;

	for (unsigned i = 0; i < 1000; i++)
		text_addf(&piece, "line %u\r\n--XY", i);
	assert_true(body_begin(&b, req, "/tmp", false));
	assert_true(body_add(&b, str_of(head)));
	for (unsigned i = 0; i < 250; i++) {
		assert_true(body_add(&b, text_str(&piece)));
		assert_true(b.parts.spools[0].memory.n <= SPOOL_MEMORY);
	}
	assert_true(body_add(&b, STR(END)));
	assert_true(body_end(&b));
	assert_int_equal(req->files.n, 1);
	assert_int_equal(req->files.v[0].bytes.n, piece.n * 250);
	assert_true(req->files.v[0].fd >= 0);
	for (unsigned i = 0; i < 250; i++)
		assert_memory_equal(req->files.v[0].bytes.p + i * piece.n, piece.p, piece.n);
	assert_true(arena_bytes(arena) < 200000);
	body_free(&b);
}

/* Each step that the disk can refuse: the request is refused, nothing leaks. */
static void a_full_disk_refuses_the_request(void **state UNUSED)
{
	AUTO(text_freep) struct text big = {0};
	unsigned n = 0;
	bool met = true;

	memset(text_room(&big, 3 << 20), 'x', 3 << 20);
	big.n = 3 << 20;
	while (met) {
		AUTO(arena_closep) struct arena *arena = arena_open();
		struct body b;
		bool ok;

		fault_arm(++n);
		ok = body_begin(&b, request_of(arena, "text/csv"), "/tmp", false) &&
		     feed(&b, text_str(&big), 1 << 20, 1 << 20) && body_end(&b);
		met = fault_met();
		fault_arm(0);
		assert_int_equal(ok, !met);
		assert_true(ok || b.refusal.status == 507 || b.refusal.status == 500);
		body_free(&b);
	}
	assert_true(n > 3);
}

static void forms_have_limits(void **state UNUSED)
{
	static const struct {
		const char *type, *first, *again, *last;
		unsigned n;
		const char *made;
	} cases[] = {
		{FORM, "", "a&", "", 4097, "!400"},
		{FORM, "a=", "aaaaaaaaaaaaaaaa", "", 65536, "!413"},
		{MULTI, FIELD, "aaaaaaaaaaaaaaaa", END, 65536, "!413"},
		{MULTI, "", FIELD "\r\n", "--XX--", 4097, "!413"},
		{MULTI, "", FILE_AS("x") "\r\n", "--XX--", 65, "!413"},
		{MULTI, "--XX\r\nX: ", "aaaaaaaaaaaaaaaa", END, 256, "!413"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(text_freep) struct text sent = {0}, made = {0};

		text_add_c(&sent, cases[i].first);
		for (unsigned k = 0; k < cases[i].n; k++)
			text_add_c(&sent, cases[i].again);
		text_add_c(&sent, cases[i].last);
		read_body(cases[i].type, text_str(&sent), 10000, 10000, &made);
		assert_string_equal(text_c(&made), cases[i].made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_are_read_however_they_are_cut),
		cmocka_unit_test(large_uploads_go_to_a_file),
		cmocka_unit_test(a_full_disk_refuses_the_request),
		cmocka_unit_test(forms_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
