#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "web/gate.h"

/*
 * Probes: what is sent, and what a careful reader makes of it.  "GET /a" is a request that would
 * run, {...} its body, "!400" the refusal that ends the connection, "..." a request not at its end.
 * After a refusal nothing else may run, whatever bytes follow.
 */
struct probe {
	const char *about, *sent, *made;
};

#define H "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n"
#define POST "POST / HTTP/1.1\r\n" H
#define NEXT "GET /next HTTP/1.1\r\n" H "\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n"

static const struct probe probes[] = {
	/* --- what is right ------------------------------------------------------------- */
	{"plain", GET H "\r\n", "GET /|"},
	{"two in a row (9112 9.3.2)", GET H "\r\n" NEXT, "GET /|GET /next|"},
	{"length", POST "Content-Length: 5\r\n\r\nhello" NEXT, "POST /{hello}|GET /next|"},
	{"length 0", POST "Content-Length: 0\r\n\r\n" NEXT, "POST /|GET /next|"},
	{"no length: no body (9112 6.3)", POST "\r\n" NEXT, "POST /|GET /next|"},
	{"chunked (9112 7.1)", CHUNKED "\r\n5\r\nhello\r\n0\r\n\r\n" NEXT,
	 "POST /{hello}|GET /next|"},
	{"chunks", CHUNKED "\r\n3\r\nhel\r\n002\r\nlo\r\n0\r\n\r\n" NEXT,
	 "POST /{hello}|GET /next|"},
	{"hexadecimal size", CHUNKED "\r\nA\r\n0123456789\r\n0\r\n\r\n", "POST /{0123456789}|"},
	{"chunk extension (9112 7.1.1)", CHUNKED "\r\n5;a=\"b\"\r\nhello\r\n0;x\r\n\r\n" NEXT,
	 "POST /{hello}|GET /next|"},
	{"trailer (9112 7.1.2)", CHUNKED "\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n" NEXT,
	 "POST /{hello}|GET /next|"},
	{"case of the coding", POST "Transfer-Encoding: ChunKed\r\n\r\n0\r\n\r\n", "POST /|"},
	{"blanks around a value (9110 5.5)", GET "Host: \t a \t \r\nX:\r\n\r\n", "GET /|"},
	{"an empty line before (9112 2.2)", "\r\n" GET H "\r\n", "GET /|"},
	{"an empty line between", GET H "\r\n\r\n" NEXT, "GET /|GET /next|"},
	{"absolute form, same host (9112 3.2.2)", "GET http://a/x HTTP/1.1\r\n" H "\r\n",
	 "GET /x|"},
	{"OPTIONS * (9112 3.2.4)", "OPTIONS * HTTP/1.1\r\n" H "\r\n", "OPTIONS *|"},
	{"query", "GET /p?a=1&b=x+y%26&c HTTP/1.1\r\n" H "\r\n", "GET /p?a=1;b=x y&;c=;|"},
	{"path decoded once", "GET /a%20b%252e HTTP/1.1\r\n" H "\r\n", "GET /a b%2e|"},
	{"UTF-8 path", "GET /%C3%A9 HTTP/1.1\r\n" H "\r\n", "GET /\xc3\xa9|"},
	{"IPv6 host", GET "Host: [::1]:8080\r\n\r\n", "GET /|"},
	{"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", "GET /|"},
	{"upgrade is not taken (9110 7.8)",
	 GET H "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n" NEXT, "GET /|GET /next|"},
	{"upgrade with a body",
	 POST "Connection: upgrade\r\nUpgrade: x\r\nContent-Length: 2\r\n\r\nab" NEXT,
	 "POST /{ab}|GET /next|"},
	{"expect (9110 10.1.1)", POST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
	 "POST /{x}|"},
	/* --- CL.TE, TE.CL, TE.TE (9112 6.1, 6.3, 11.2) ------------------------------------ */
	{"CL.TE", POST "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG" NEXT,
	 "!400"},
	{"TE.CL",
	 POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n8\r\nSMUGGLED\r\n0\r\n\r\n",
	 "!400"},
	{"CL.0 with chunked", POST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n" NEXT,
	 "!400"},
	{"TE.TE twice", CHUNKED "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n", "!400"},
	{"TE.TE twice the same", CHUNKED "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "!400"},
	{"TE list", POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", "!400"},
	{"TE chunked not last", POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
	 "!400"},
	{"TE gzip, chunked", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "!400"},
	{"TE unknown (9112 6.1)", POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "!501"},
	{"TE identity", POST "Transfer-Encoding: identity\r\n\r\n" NEXT, "!501"},
	{"TE gzip", POST "Transfer-Encoding: gzip\r\n\r\n" NEXT, "!501"},
	{"TE chunkedx", POST "Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n", "!400"},
	{"TE quoted", POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", "!400"},
	{"TE with a parameter", POST "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n", "!400"},
	{"TE empty", POST "Transfer-Encoding:\r\n\r\n0\r\n\r\n", "!400"},
	{"TE with a vertical tab", POST "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n", "!400"},
	{"TE with a blank before the colon (9112 5.1)",
	 POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "!400"},
	{"TE behind a folded line (9112 5.2)",
	 POST "X: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "!400"},
	{"TE folded", POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", "!400"},
	{"TE behind a bare CR", POST "X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "!400"},
	{"TE behind a bare LF", POST "X: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "!400"},
	{"TE in HTTP/1.0 (9112 6.1)",
	 "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "!400"},
	{"GET with chunked (9110 9.3.1)", GET H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	 "!400"},
	/* --- lengths (9110 8.6) ------------------------------------------------------------ */
	{"two lengths", POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "!400"},
	{"two equal lengths", POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "!400"},
	{"a list of lengths", POST "Content-Length: 5, 5\r\n\r\nhello", "!400"},
	{"length with a sign", POST "Content-Length: +5\r\n\r\nhello", "!400"},
	{"negative length", POST "Content-Length: -1\r\n\r\n", "!400"},
	{"length in hexadecimal", POST "Content-Length: 0x5\r\n\r\nhello", "!400"},
	{"length with a blank", POST "Content-Length: 5 5\r\n\r\nhello", "!400"},
	{"length empty", POST "Content-Length:\r\n\r\n" NEXT, "!400"},
	{"length too large to hold", POST "Content-Length: 18446744073709551621\r\n\r\nhello",
	 "!400"},
	{"length quoted", POST "Content-Length: \"5\"\r\n\r\nhello", "!400"},
	{"length with a blank before the colon", POST "Content-Length : 5\r\n\r\nhello", "!400"},
	{"length folded", POST "Content-Length:\r\n 5\r\n\r\nhello", "!400"},
	{"GET with a body (9110 9.3.1)", GET H "Content-Length: 5\r\n\r\nhello", "!400"},
	{"HEAD with a body", "HEAD / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello", "!400"},
	{"length over the limit", POST "Content-Length: 999\r\n\r\n", "!413"},
	{"body shorter than its length", POST "Content-Length: 9\r\n\r\nhello", "POST /..."},
	/* --- chunks (9112 7.1) --------------------------------------------------------------- */
	{"chunk size overflow", CHUNKED "\r\nFFFFFFFFFFFFFFFFF\r\nx", "!400"},
	{"chunk size of nine digits", CHUNKED "\r\n000000005\r\nhello\r\n0\r\n\r\n", "!400"},
	{"chunk size with 0x", CHUNKED "\r\n0x5\r\nhello\r\n0\r\n\r\n", "!400"},
	{"chunk size negative", CHUNKED "\r\n-5\r\nhello\r\n0\r\n\r\n", "!400"},
	{"chunk size with a blank before", CHUNKED "\r\n 5\r\nhello\r\n0\r\n\r\n", "!400"},
	{"chunk size with a blank after", CHUNKED "\r\n5 \r\nhello\r\n0\r\n\r\n", "!400"},
	{"chunk size empty", CHUNKED "\r\n\r\nhello\r\n0\r\n\r\n", "!400"},
	{"chunk size with a bare LF", CHUNKED "\r\n5\nhello\r\n0\r\n\r\n", "!400"},
	{"chunk size with a bare CR", CHUNKED "\r\n5\rhello\r\n0\r\n\r\n", "!400"},
	{"extension with a bare LF (TERM.EXT)", CHUNKED "\r\n2;\nxx\r\n4c\r\n0\r\n\r\n" NEXT,
	 "!400"},
	{"extension with a bare CR", CHUNKED "\r\n5;a\rb\r\nhello\r\n0\r\n\r\n", "!400"},
	{"extension with a NUL-like control", CHUNKED "\r\n5;a\001\r\nhello\r\n0\r\n\r\n", "!400"},
	{"chunk longer than its size (EXT.TERM)", CHUNKED "\r\n5\r\nhelloX\r\n0\r\n\r\n", "!400"},
	{"any two bytes after a chunk (SPILL)", CHUNKED "\r\n5\r\nhelloXX0\r\n\r\n", "!400"},
	{"chunk data ended by a bare LF", CHUNKED "\r\n5\r\nhello\n0\r\n\r\n", "!400"},
	{"last chunk ended by a bare LF", CHUNKED "\r\n5\r\nhello\r\n0\r\n\n" NEXT, "!400"},
	{"chunks over the limit",
	 CHUNKED "\r\n60\r\n"
		 "012345678901234567890123456789012345678901234567890123456789012345678901234567890"
		 "1234567890123"
		 "45\r\n60\r\n0123456789",
	 "!413"},
	{"trailer folded", CHUNKED "\r\n0\r\nX: a\r\n b\r\n\r\n", "!400"},
	{"trailer with a blank before the colon", CHUNKED "\r\n0\r\nX : a\r\n\r\n", "!400"},
	{"trailer without a colon", CHUNKED "\r\n0\r\nGET / HTTP/1.1\r\n\r\n", "!400"},
	{"trailer that names a length means nothing (9110 6.5.1)",
	 CHUNKED "\r\n0\r\nContent-Length: 40\r\n\r\n" NEXT, "POST /|GET /next|"},
	{"trailer that names a coding means nothing",
	 CHUNKED "\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n" NEXT, "POST /|GET /next|"},
	{"chunked not at its end", CHUNKED "\r\n5\r\nhello\r\n", "POST /..."},
	/* --- Host (9112 3.2) ------------------------------------------------------------------ */
	{"no Host", GET "\r\n", "!400"},
	{"two Hosts", GET H "Host: b\r\n\r\n", "!400"},
	{"two equal Hosts", GET H H "\r\n", "!400"},
	{"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\n" H H "\r\n", "!400"},
	{"Host empty", GET "Host:\r\n\r\n", "!400"},
	{"Host with a user", GET "Host: x@a\r\n\r\n", "!400"},
	{"Host with a path", GET "Host: a/b\r\n\r\n", "!400"},
	{"Host with a bad port", GET "Host: a:8o\r\n\r\n", "!400"},
	{"Host a list", GET "Host: a, b\r\n\r\n", "!400"},
	{"Host with a blank before the colon", GET "Host : a\r\n\r\n", "!400"},
	{"Host folded", GET "Host:\r\n a\r\n\r\n", "!400"},
	{"absolute form, another host", "GET http://b/ HTTP/1.1\r\n" H "\r\n", "!400"},
	{"absolute form with a user", "GET http://a@b/ HTTP/1.1\r\n" H "\r\n", "!400"},
	{"absolute form of another scheme", "GET ftp://a/ HTTP/1.1\r\n" H "\r\n", "!400"},
	{"absolute form without a path", "GET http://a HTTP/1.1\r\n" H "\r\n", "!400"},
	{"authority form (9112 3.2.3)", "CONNECT a:443 HTTP/1.1\r\n" H "\r\n", "!501"},
	/* --- the request line (9112 3) -----------------------------------------------------------
	 */
	{"two blanks", "GET  / HTTP/1.1\r\n" H "\r\n", "!400"},
	{"two blanks after", "GET /  HTTP/1.1\r\n" H "\r\n", "!400"},
	{"a blank at the end", "GET / HTTP/1.1 \r\n" H "\r\n", "!400"},
	{"a blank before", " GET / HTTP/1.1\r\n" H "\r\n", "!400"},
	{"a tab between", "GET\t/ HTTP/1.1\r\n" H "\r\n", "!400"},
	{"a blank in the target", "GET /a b HTTP/1.1\r\n" H "\r\n", "!400"},
	{"HTTP/0.9", "GET /\r\n\r\n", "!400"},
	{"HTTP/2.0", "GET / HTTP/2.0\r\n" H "\r\n", "!505"},
	{"HTTP/2 preface (9113 3.4)", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "!505"},
	{"HTTP/1.2", "GET / HTTP/1.2\r\n" H "\r\n", "!505"},
	{"HTTP/1.10", "GET / HTTP/1.10\r\n" H "\r\n", "!400"},
	{"http in small letters", "GET / http/1.1\r\n" H "\r\n", "!400"},
	{"no HTTP", "GET / HTPP/1.1\r\n" H "\r\n", "!400"},
	{"unknown method (9110 9.1)", "FROB / HTTP/1.1\r\n" H "\r\n", "!501"},
	{"method in small letters", "get / HTTP/1.1\r\n" H "\r\n", "!501"},
	{"TRACE", "TRACE / HTTP/1.1\r\n" H "\r\n", "!501"},
	{"method that is no token", "G@T / HTTP/1.1\r\n" H "\r\n", "!400"},
	{"asterisk form with GET", "GET * HTTP/1.1\r\n" H "\r\n", "!400"},
	{"two empty lines before", "\r\n\r\n" GET H "\r\n", "!400"},
	{"a bare LF before", "\n" GET H "\r\n", "!400"},
	{"lines ended by LF (9112 2.2)", "GET / HTTP/1.1\nHost: a\n\n", "!400"},
	{"a TLS hello", "\x16\x03\x01\x02", "!400"},
	/* --- targets
	   ------------------------------------------------------------------------------- */
	{"dot segments", "GET /a/../b HTTP/1.1\r\n" H "\r\n", "!400"},
	{"dot segment at the end", "GET /a/.. HTTP/1.1\r\n" H "\r\n", "!400"},
	{"one dot", "GET /./a HTTP/1.1\r\n" H "\r\n", "!400"},
	{"dot segments encoded", "GET /%2e%2E/b HTTP/1.1\r\n" H "\r\n", "!400"},
	{"slash encoded", "GET /a%2Fb HTTP/1.1\r\n" H "\r\n", "!400"},
	{"backslash encoded", "GET /a%5cb HTTP/1.1\r\n" H "\r\n", "!400"},
	{"backslash", "GET /a\\b HTTP/1.1\r\n" H "\r\n", "!400"},
	{"two slashes", "GET //a HTTP/1.1\r\n" H "\r\n", "!400"},
	{"two slashes within", "GET /a//b HTTP/1.1\r\n" H "\r\n", "!400"},
	{"NUL encoded", "GET /a%00 HTTP/1.1\r\n" H "\r\n", "!400"},
	{"line feed encoded", "GET /a%0ab HTTP/1.1\r\n" H "\r\n", "!400"},
	{"malformed escape", "GET /a%zz HTTP/1.1\r\n" H "\r\n", "!400"},
	{"cut escape", "GET /a%4 HTTP/1.1\r\n" H "\r\n", "!400"},
	{"not UTF-8", "GET /%ff HTTP/1.1\r\n" H "\r\n", "!400"},
	{"overlong UTF-8 of a slash", "GET /%c0%af HTTP/1.1\r\n" H "\r\n", "!400"},
	{"raw byte over 127", "GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n", "!400"},
	{"fragment", "GET /a#b HTTP/1.1\r\n" H "\r\n", "!400"},
	{"relative", "GET a HTTP/1.1\r\n" H "\r\n", "!400"},
	{"quote in the query", "GET /?a=\" HTTP/1.1\r\n" H "\r\n", "!400"},
	{"NUL in the query", "GET /?a=%00 HTTP/1.1\r\n" H "\r\n", "!400"},
	{"CRLF in the query", "GET /?a=%0d%0aX HTTP/1.1\r\n" H "\r\n", "!400"},
	{"malformed escape in the query", "GET /?a=% HTTP/1.1\r\n" H "\r\n", "!400"},
	/* --- header lines (9112 5)
	   -------------------------------------------------------------------- */
	{"no colon", GET H "X\r\n\r\n", "!400"},
	{"no name", GET H ": x\r\n\r\n", "!400"},
	{"a blank in a name", GET H "X Y: z\r\n\r\n", "!400"},
	{"a tab before the colon", GET H "X\t: z\r\n\r\n", "!400"},
	{"folded line (9112 5.2)", GET H "X: a\r\n b\r\n\r\n", "!400"},
	{"folded by a tab", GET H "X: a\r\n\tb\r\n\r\n", "!400"},
	{"a folded first line (9112 2.2)", GET " Host: a\r\n\r\n", "!400"},
	{"a control in a value", GET H "X: a\001b\r\n\r\n", "!400"},
	{"DEL in a value", GET H "X: a\177b\r\n\r\n", "!400"},
	{"a byte over 127 in a name", GET H "X\xc3: a\r\n\r\n", "!400"},
	{"a bare CR in a value", GET H "X: a\rb\r\n\r\n", "!400"},
	{"CR CR LF", GET H "\r\r\n", "!400"},
	{"a bare LF at the end of the head", GET H "\n", "!400"},
	{"an unknown expectation", GET H "Expect: 200-maybe\r\n\r\n", "!417"},
	{"two expectations", POST "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n", "!417"},
	/* --- not at its end: only time ends these
	   ---------------------------------------------------------- */
	{"a slow header", GET H "X-Slow: a", "..."},
	{"a slow request line", "GE", "..."},
	{"nothing", "", ""},
};

static bool keep(void *ctx, struct str piece)
{
	text_add(ctx, piece);
	return true;
}

static void tell(struct text *to, const struct web_request *req, struct text *body)
{
	text_addf(to, "%s %.*s", web_method_name(req->method), STR_FMT(req->path));
	for (size_t i = 0; i < req->query.n; i++)
		text_addf(to, "%s%.*s=%.*s;", i ? "" : "?", STR_FMT(req->query.v[i].name),
			  STR_FMT(req->query.v[i].value));
	if (body->n)
		text_addf(to, "{%s}", text_c(body));
	text_clear(body);
}

/* What a server would do with these bytes, in pieces that end at cut and then each step bytes. */
static void converse(struct str sent, size_t cut, size_t step, struct text *to)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text body = {0};
	struct gate_limits limits = gate_limits_default;
	enum gate_step said = GATE_MORE;
	struct gate g;
	bool begun = false;

	limits.body_bytes = 100;
	gate_init(&g, &limits);
	g.body = keep;
	g.ctx = &body;
	gate_reset(&g, arena);
	for (size_t at = 0; at < sent.n && said != GATE_BAD;) {
		/* In memory of its own, so that a read past its end is seen. */
		size_t n = MIN_OF(at ? step : cut, sent.n - at);
		AUTO(freep) char *copy = mem_copy(sent.p + at, n);
		struct str in = {copy, n};

		at += n;
		while ((said = gate_push(&g, &in)) != GATE_MORE && said != GATE_BAD) {
			begun = said == GATE_HEAD;
			if (begun && !gate_take_body(&g, 100)) {
				said = GATE_BAD;
				break;
			}
			if (said == GATE_DONE) {
				tell(to, g.req, &body);
				text_add_c(to, "|");
				gate_reset(&g, arena);
			}
		}
	}
	if (said == GATE_BAD)
		text_addf(to, "!%u", g.refusal.status);
	else if (begun)
		text_clear(&body), tell(to, g.req, &body), text_add_c(to, "...");
	else if (gate_is_within_head(&g))
		text_add_c(to, "...");
}

static void probes_are_read_as_a_careful_reader_would(void **state UNUSED)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
		AUTO(text_freep) struct text made = {0};

		converse(str_of(probes[i].sent), SIZE_MAX, SIZE_MAX, &made);
		if (strcmp(text_c(&made), probes[i].made) == 0)
			continue;
		print_error("%s: %s, expected %s\n", probes[i].about, text_c(&made),
			    probes[i].made);
		wrong++;
	}
	assert_true(ARRAY_LEN(probes) >= 80);
	assert_int_equal(wrong, 0);
}

static void where_the_bytes_are_cut_changes_nothing(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
		struct str sent = str_of(probes[i].sent);

		for (size_t cut = 1; cut <= sent.n; cut++) {
			AUTO(text_freep) struct text made = {0};

			converse(sent, cut, SIZE_MAX, &made);
			assert_string_equal(text_c(&made), probes[i].made);
		}
		for (size_t step = 1; step < 4 && sent.n; step++) {
			AUTO(text_freep) struct text made = {0};

			converse(sent, step, step, &made);
			assert_string_equal(text_c(&made), probes[i].made);
		}
	}
}

/* Every byte in every place of a good request: nothing that is taken has a control in it. */
static void any_byte_anywhere_is_taken_or_refused(void **state UNUSED)
{
	static const char good[] = CHUNKED "X: y\r\n\r\n5\r\nhello\r\n0\r\n\r\n" NEXT;
	char changed[sizeof(good)];

	for (size_t at = 0; at + 1 < sizeof(good); at++) {
		for (unsigned c = 0; c < 256; c++) {
			AUTO(text_freep) struct text a = {0}, b = {0};

			memcpy(changed, good, sizeof(good));
			changed[at] = (char)c;
			converse(str_from(changed, sizeof(good) - 1), SIZE_MAX, SIZE_MAX, &a);
			if (c % 16 == 13 || c < 33)
				converse(str_from(changed, sizeof(good) - 1), 1, 1, &b);
			assert_true(!b.n || str_eq(text_str(&a), text_str(&b)));
			if (!c && (good[at] != 'h' && good[at] != 'e' && good[at] != 'l' &&
				   good[at] != 'o'))
				assert_non_null(strchr(text_c(&a), '!'));
		}
	}
}

static void repeat(struct text *to, const char *line, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		text_add_c(to, line);
}

static void expect_made(const struct text *sent, const char *made)
{
	AUTO(text_freep) struct text whole = {0}, pieces = {0};

	converse(text_str(sent), SIZE_MAX, SIZE_MAX, &whole);
	converse(text_str(sent), 100, 100, &pieces);
	assert_string_equal(text_c(&whole), made);
	assert_string_equal(text_c(&pieces), made);
}

static void heads_have_limits(void **state UNUSED)
{
	static const struct {
		const char *first, *line, *last;
		unsigned n;
		const char *made;
	} cases[] = {
		{GET H, "X: y\r\n", "\r\n", 63, "GET /|"},
		{GET H, "X: y\r\n", "\r\n", 64, "!431"},
		{GET H "X: ", "yyyyyyyyyy", "\r\n\r\n", 1600, "GET /|"},
		{GET H "X: ", "yyyyyyyyyy", "\r\n\r\n", 1700, "!431"},
		{GET H, "X123456789", ": y\r\n\r\n", 12, "GET /|"},
		{GET H, "X123456789", ": y\r\n\r\n", 13, "!431"},
		{"GET /?", "aaaaaaaaaa", " HTTP/1.1\r\n" H "\r\n", 820, "!414"},
		{"GET /?", "aaaaaaaaaa", " HTTP/1.1\r\n" H "\r\n", 2000, "!414"},
		{"GET /?", "a&", " HTTP/1.1\r\n" H "\r\n", 257, "!400"},
		{"GET / HTTP/1.0\r\nX: ", "yyyyyyyyyy", "\r\n\r\n", 500, "!431"},
		{CHUNKED "\r\n5;", "yyyyyyyyyy", "\r\n", 500, "!431"},
		{CHUNKED "\r\n0\r\n", "X: yyyyyyy\r\n", "\r\n", 500, "!431"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(text_freep) struct text sent = {0};

		text_add_c(&sent, cases[i].first);
		repeat(&sent, cases[i].line, cases[i].n);
		text_add_c(&sent, cases[i].last);
		expect_made(&sent, cases[i].made);
	}
}

static void headers_and_cookies_are_found(void **state UNUSED)
{
	static const char sent[] =
		GET H "Cookie: a=1; b=\"2\"; bad; c=x y; a=3; d=\r\nX-y:  z \r\n\r\n";
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str in = {sent, sizeof(sent) - 1};
	struct gate g;

	gate_init(&g, &gate_limits_default);
	gate_reset(&g, arena);
	assert_int_equal(gate_push(&g, &in), GATE_HEAD);
	assert_true(str_is(web_header(g.req, "x-Y"), "z"));
	assert_true(str_is(web_header(g.req, "none"), ""));
	assert_true(str_is(web_cookie(g.req, "b"), "2"));
	assert_int_equal(web_cookie(g.req, "a").n, 0);
	assert_int_equal(g.req->cookies.n, 4);
	assert_true(g.req->keep_alive);
	assert_int_equal(gate_push(&g, &in), GATE_DONE);
}

static void the_last_request_is_told(void **state UNUSED)
{
	static const struct {
		const char *sent;
		bool more;
	} cases[] = {
		{GET H "\r\n", true},
		{GET H "Connection: close\r\n\r\n", false},
		{GET H "Connection: Keep-Alive, Close\r\n\r\n", false},
		{"GET / HTTP/1.0\r\n\r\n", false},
		{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(arena_closep) struct arena *arena = arena_open();
		struct str in = str_of(cases[i].sent);
		struct gate g;

		gate_init(&g, &gate_limits_default);
		gate_reset(&g, arena);
		assert_int_equal(gate_push(&g, &in), GATE_HEAD);
		assert_int_equal(g.req->keep_alive, cases[i].more);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(probes_are_read_as_a_careful_reader_would),
		cmocka_unit_test(where_the_bytes_are_cut_changes_nothing),
		cmocka_unit_test(any_byte_anywhere_is_taken_or_refused),
		cmocka_unit_test(heads_have_limits),
		cmocka_unit_test(headers_and_cookies_are_found),
		cmocka_unit_test(the_last_request_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
