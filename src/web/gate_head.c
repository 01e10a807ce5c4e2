#include "web/gate.h"
#include "web/pairs.h"

/*
 * The head as a whole.  Each line is looked at before http-parser sees it, and what
 * it found is held against what we found.
 */
enum { NAME_MOST = 128, LENGTH_DIGITS_MOST = 15, OLD_HEAD_MOST = 4096 };

static const char *const method_names[] = {
	[WEB_GET] = "GET",	   [WEB_HEAD] = "HEAD",	  [WEB_POST] = "POST",
	[WEB_PUT] = "PUT",	   [WEB_PATCH] = "PATCH", [WEB_DELETE] = "DELETE",
	[WEB_OPTIONS] = "OPTIONS",
};

const char *web_method_name(enum web_method method)
{
	return method_names[method];
}

/* RFC 9110 5.6.2. */
bool gate_is_token_char(char c)
{
	return char_is_digit(c) || char_is_alpha(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!gate_is_token_char(s.p[i]))
			return false;
	return s.n > 0;
}

/* --- the request line (RFC 9112 section 3) ---------------------------------------- */

static bool read_method(struct gate *g, struct str s)
{
	if (!is_token(s))
		return gate_refuse(g, 400, "the request line is malformed");
	for (size_t i = 0; i < ARRAY_LEN(method_names); i++) {
		if (str_is(s, method_names[i])) {
			g->req->method = (enum web_method)i;
			return true;
		}
	}
	return gate_refuse(g, 501, "the method is not known here");
}

static bool read_version(struct gate *g, struct str s)
{
	if (s.n != 8 || !str_starts(s, STR("HTTP/")) || !char_is_digit(s.p[5]) || s.p[6] != '.' ||
	    !char_is_digit(s.p[7]))
		return gate_refuse(g, 400, "the request line is malformed");
	if (s.p[5] != '1' || s.p[7] > '1')
		return gate_refuse(g, 505, "HTTP/1.1 is spoken here, and 1.0 heard");
	g->req->minor = (unsigned)(s.p[7] - '0');
	return true;
}

/* Exactly one blank between the three words; the target is read when the Host is known. */
static bool read_request_line(struct gate *g, struct str line, struct str *ret_target)
{
	size_t a = str_find_char(line, ' ', 0);
	size_t b = a == SIZE_MAX ? SIZE_MAX : str_find_char(line, ' ', a + 1);

	if (b == SIZE_MAX || str_find_char(line, ' ', b + 1) != SIZE_MAX || b == a + 1)
		return gate_refuse(g, 400, "the request line is malformed");
	*ret_target = str_sub(line, a + 1, b - a - 1);
	/* A line of another version may follow other rules: its version is looked at first. */
	if (!read_version(g, str_from_offset(line, b + 1)) || !read_method(g, str_sub(line, 0, a)))
		return false;
	if (ret_target->n > g->limits.target_bytes)
		return gate_refuse(g, 414, "the address is too long");
	return true;
}

/* --- header lines (RFC 9112 section 5) --------------------------------------------- */

static struct str trim_ows(struct str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_from_offset(s, 1);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

static bool read_header(struct gate *g, struct str line)
{
	size_t colon = str_find_char(line, ':', 0);
	struct str name = str_sub(line, 0, colon == SIZE_MAX ? 0 : colon);

	if (line.n && (line.p[0] == ' ' || line.p[0] == '\t'))
		return gate_refuse(g, 400, "a header line is folded");
	if (!is_token(name))
		return gate_refuse(g, 400, "a header's name is malformed");
	if (name.n > NAME_MOST)
		return gate_refuse(g, 431, "a header's name is too long");
	if (g->req->headers.n >= g->limits.headers)
		return gate_refuse(g, 431, "there are too many headers");
	ARENA_PUSH(g->req->arena, &g->req->headers, g->header_cap,
		   (struct web_pair){name, trim_ows(str_from_offset(line, colon + 1))});
	return true;
}

/* --- what the headers say together ------------------------------------------------- */

/* How many headers of that name; *ret is the last one's value. */
static size_t count_of(const struct gate *g, const char *name, struct str *ret)
{
	const struct web_pairs *h = &g->req->headers;
	struct str wanted = str_of(name);
	size_t n = 0;

	for (size_t i = 0; i < h->n; i++) {
		if (str_eq_ci(h->v[i].name, wanted)) {
			*ret = h->v[i].value;
			n++;
		}
	}
	return n;
}

/* RFC 9112 3.2: exactly one in HTTP/1.1. */
static bool check_host(struct gate *g)
{
	size_t n = count_of(g, "Host", &g->req->host);

	if (n > 1)
		return gate_refuse(g, 400, "there is more than one Host");
	if (!n && g->req->minor)
		return gate_refuse(g, 400, "there is no Host");
	if (n && !gate_is_authority(g->req->host))
		return gate_refuse(g, 400, "the Host is malformed");
	return true;
}

static bool read_length(struct gate *g, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_digit(s.p[i]))
			return gate_refuse(g, 400, "the Content-Length is malformed");
	if (!s.n || s.n > LENGTH_DIGITS_MOST || !str_to_u64(s, &g->req->length))
		return gate_refuse(g, 400, "the Content-Length is malformed");
	g->req->has_length = true;
	return true;
}

/* RFC 9112 6.1 and 6.3: one way to tell the body's end, or none. */
static bool check_framing(struct gate *g)
{
	struct str length = {0}, coding = {0};
	size_t lengths = count_of(g, "Content-Length", &length);
	size_t codings = count_of(g, "Transfer-Encoding", &coding);

	if (lengths > 1)
		return gate_refuse(g, 400, "there is more than one Content-Length");
	if (lengths && codings)
		return gate_refuse(g, 400, "there are both Content-Length and Transfer-Encoding");
	if (codings > 1)
		return gate_refuse(g, 400, "there is more than one Transfer-Encoding");
	if (codings && !g->req->minor)
		return gate_refuse(g, 400, "HTTP/1.0 has no Transfer-Encoding");
	if (codings && !str_eq_ci(coding, STR("chunked"))) {
		/* RFC 9112 6.1: 501 for a coding that isn't known; but several are an attempt. */
		if (!is_token(coding) || str_starts_ci(coding, STR("chunked")))
			return gate_refuse(g, 400, "the Transfer-Encoding is malformed");
		return gate_refuse(g, 501, "the only transfer coding known here is chunked");
	}
	g->req->chunked = codings > 0;
	return !lengths || read_length(g, length);
}

/* RFC 9110 9.3.1: a body of these means nothing, and is how requests are smuggled. */
static bool check_bodiless(struct gate *g)
{
	enum web_method m = g->req->method;
	bool none = m == WEB_GET || m == WEB_HEAD || m == WEB_OPTIONS;

	if (none && (g->req->chunked || g->req->length))
		return gate_refuse(g, 400, "a request of this method has no body");
	return true;
}

static bool check_expect(struct gate *g)
{
	struct str said;
	size_t n = count_of(g, "Expect", &said);

	/* RFC 9110 10.1.1. */
	if (n && (n > 1 || !str_eq_ci(said, STR("100-continue"))))
		return gate_refuse(g, 417, "what is expected is not known here");
	return true;
}

static bool check_old(struct gate *g)
{
	return g->req->minor || g->n <= OLD_HEAD_MOST ||
	       gate_refuse(g, 431, "the headers are too long for HTTP/1.0");
}

static int on_headers(http_parser *parser)
{
	struct gate *g = parser->data;

	g->req->keep_alive = g->req->minor && http_should_keep_alive(parser);
	return 0;
}

static int on_complete(http_parser *parser)
{
	struct gate *g = parser->data;

	g->complete = true;
	return 0;
}

/* http-parser reads the same bytes; where it sees something else, nobody goes on. */
static bool parse(struct gate *g)
{
	static const http_parser_settings settings = {
		.on_headers_complete = on_headers,
		.on_message_complete = on_complete,
	};
	bool body = g->req->chunked || g->req->length;

	http_parser_init(&g->parser, HTTP_REQUEST);
	g->parser.data = g;
	if (http_parser_execute(&g->parser, &settings, g->head, g->n) != g->n ||
	    HTTP_PARSER_ERRNO(&g->parser) != HPE_OK || g->complete == body ||
	    g->parser.http_minor != g->req->minor)
		return gate_refuse(g, 400, "the head is malformed");
	return true;
}

bool gate_head(struct gate *g)
{
	struct str rest = str_from(g->head, g->n - 2), line, target = {0};
	const struct web_pairs *h = &g->req->headers;

	if (!str_next_line(&rest, &line) || !read_request_line(g, line, &target))
		return false;
	while (rest.n && str_next_line(&rest, &line))
		if (!read_header(g, line))
			return false;
	if (!check_old(g) || !check_host(g) || !check_framing(g) || !check_bodiless(g) ||
	    !check_expect(g) || !gate_target(g, target) || !parse(g))
		return false;
	for (size_t i = 0; i < h->n; i++)
		if (str_eq_ci(h->v[i].name, STR("Cookie")))
			cookies_read(g->req->arena, h->v[i].value, &g->req->cookies);
	return true;
}
