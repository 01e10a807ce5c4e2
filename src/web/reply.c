#include <stdarg.h>

#include "web/server.h"
#include "wire/wire.h"

static const struct {
	unsigned status;
	const char *words;
} statuses[] = {
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{204, "No Content"},
	{303, "See Other"},
	{304, "Not Modified"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{410, "Gone"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{417, "Expectation Failed"},
	{422, "Unprocessable Content"},
	{428, "Precondition Required"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{503, "Service Unavailable"},
	{505, "HTTP Version Not Supported"},
	{507, "Insufficient Storage"},
};

const char *status_words(unsigned status)
{
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].words;
	return "Unknown";
}

void reply_init(struct web_reply *r, struct conn *c, struct web_request *req)
{
	*r = (struct web_reply){
		.req = req, .w = c->w, .conn = c, .status = 200, .body = &c->w->body};
	text_clear(r->body);
}

void web_reply_status(struct web_reply *reply, unsigned status)
{
	assert(status >= 200 && status <= 599);
	reply->status = status;
}

void web_reply_header(struct web_reply *reply, const char *name, struct str value)
{
	struct arena *arena = reply->req->arena;

	for (const char *p = name; *p; p++)
		if (!gate_is_token_char(*p))
			return;
	for (size_t i = 0; i < value.n; i++)
		if (!gate_is_value_char(value.p[i]))
			return;
	ARENA_PUSH(arena, &reply->headers, reply->headers_cap,
		   (struct web_pair){arena_str(arena, str_of(name)), arena_str(arena, value)});
}

struct text *web_reply_body(struct web_reply *reply, const char *type)
{
	reply->type = type;
	return reply->body;
}

void web_reply_cache(struct web_reply *reply, enum web_cache cache)
{
	reply->cache = cache;
}

void web_reply_secret(struct web_reply *reply)
{
	reply->secret = true;
}

void web_reply_gzipped(struct web_reply *reply, struct str bytes)
{
	reply->gzipped = bytes;
}

void web_reply_redirect(struct web_reply *reply, struct str path)
{
	/* Only to ourselves: "//host" and "/\host" would lead elsewhere. */
	bool ours = path.n && path.p[0] == '/' &&
		    (path.n == 1 || (path.p[1] != '/' && path.p[1] != '\\'));

	reply->status = 303;
	web_reply_header(reply, "Location", ours ? path : STR("/"));
}

/* --- problem documents (RFC 9457) ---------------------------------------------------- */

static bool wants_json(const struct web_request *req)
{
	struct str accept = web_header(req, "Accept");

	if (str_starts(req->path, STR("/api/")))
		return true;
	return str_find_ci(accept, STR("text/html"), 0) == SIZE_MAX &&
	       str_find_ci(accept, STR("json"), 0) != SIZE_MAX;
}

static void add_html(struct text *to, struct str s)
{
	static const char *const as[128] = {
		['<'] = "&lt;", ['>'] = "&gt;", ['&'] = "&amp;", ['"'] = "&quot;"};

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 128 && as[c])
			text_add_c(to, as[c]);
		else
			text_add_char(to, s.p[i]);
	}
}

static void problem_html(struct text *to, unsigned status, struct str detail, struct str id)
{
	text_addf(to,
		  "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head><meta charset=\"utf-8\">"
		  "<meta name=\"viewport\" content=\"width=device-width\">"
		  "<title>%u %s</title></head>\n<body>\n<h1>%s</h1>\n<p>",
		  status, status_words(status), status_words(status));
	add_html(to, detail);
	text_addf(to, "</p>\n<p>%u, request %.*s</p>\n</body>\n</html>\n", status, STR_FMT(id));
}

static void problem_json(struct text *to, unsigned status, struct str detail, struct str id)
{
	struct json_out *o = json_out_open(to);
	struct err err;

	json_out_object(o);
	json_out_key(o, "type");
	json_out_str(o, STR("about:blank"));
	json_out_key(o, "title");
	json_out_str(o, str_of(status_words(status)));
	json_out_key(o, "status");
	json_out_i64(o, status);
	json_out_key(o, "detail");
	json_out_str(o, detail);
	json_out_key(o, "request");
	json_out_str(o, id);
	json_out_end(o);
	/* Text that isn't UTF-8 is the one thing it can't be given. */
	if (!json_out_close(o, &err))
		text_addf(to, "{\"status\":%u}", status);
}

void web_problem(struct web_reply *reply, unsigned status, const char *fmt, ...)
{
	char detail[1024];
	const struct web_app *app = &reply->w->config->app;
	bool json = wants_json(reply->req);
	struct text *to;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	text_clear(reply->body);
	reply->gzipped = (struct str){0};
	reply->status = status;
	reply->cache = WEB_CACHE_NEVER;
	to = web_reply_body(reply, json ? "application/problem+json" : "text/html; charset=utf-8");
	if (json)
		problem_json(to, status, str_of(detail), reply->req->id);
	else if (app->problem)
		app->problem(to, reply->req,
			     &(struct web_problem){status, str_of(status_words(status)),
						   str_of(detail)});
	else
		problem_html(to, status, str_of(detail), reply->req->id);
}
