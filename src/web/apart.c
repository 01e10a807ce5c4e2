#include <curl/curl.h>

#include "base/mem.h"
#include "web/page.h"
#include "web/server.h"

/*
 * What one process alone keeps, because it is large, is asked of that process: the request goes on
 * to its socket by a thread of its own, and its answer is ours.  Where it can't be reached the
 * handler runs here: slower, but right.
 */

enum { ANSWER_S = 15, BODY_MOST = 64 << 20 };

struct passing {
	const char *socket;
	const struct web_route *route;
	struct text url;
	struct curl_slist *headers;
	struct text head, body;
	long status; /* 0: nobody answered in time */
	bool slow;   /* it was there, and didn't answer */
};

static void passing_free(struct passing *p)
{
	text_free(&p->url);
	text_free(&p->head);
	text_free(&p->body);
	curl_slist_free_all(p->headers);
	free(p);
}

/* --- there, in the thread -------------------------------------------------------------------- */

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct passing *p = ctx;

	if (p->body.n + size * n > BODY_MOST)
		return 0;
	text_add(&p->body, str_from(bytes, size * n));
	return size * n;
}

static size_t on_header(char *bytes, size_t size, size_t n, void *ctx)
{
	struct passing *p = ctx;

	text_add(&p->head, str_from(bytes, size * n));
	return size * n;
}

static void pass(void *ctx)
{
	struct passing *p = ctx;
	CURL *c = curl_easy_init();
	CURLcode result;

	if (!c)
		return;
	curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, p->socket);
	curl_easy_setopt(c, CURLOPT_URL, text_c(&p->url));
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, p->headers);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)ANSWER_S);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, p);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, p);
	result = curl_easy_perform(c);
	if (result == CURLE_OK)
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &p->status);
	p->slow = result == CURLE_OPERATION_TIMEDOUT;
	curl_easy_cleanup(c);
}

/* --- here, in the loop -------------------------------------------------------------------------
 */

static void add_header(struct passing *p, const char *name, struct str value)
{
	AUTO(text_freep) struct text line = {0};
	struct curl_slist *longer;

	if (!value.n)
		return;
	text_addf(&line, "%s: %.*s", name, STR_FMT(value));
	longer = curl_slist_append(p->headers, text_c(&line));
	p->headers = longer ? longer : p->headers;
}

static void write_url(const struct web_request *req, struct text *to)
{
	struct str rest = str_from_offset(req->path, 1), piece;

	text_add_c(to, "http://apart");
	if (!rest.n)
		text_add_char(to, '/');
	while (str_next(&rest, '/', &piece)) {
		text_add_char(to, '/');
		page_url(to, piece);
	}
	for (size_t i = 0; i < req->query.n; i++) {
		text_add_char(to, i ? '&' : '?');
		page_url(to, req->query.v[i].name);
		text_add_char(to, '=');
		page_url(to, req->query.v[i].value);
	}
}

/* The headers of an answer that are a handler's; all others are said anew. */
static void take_header(struct web_reply *reply, struct str name, struct str value)
{
	static const char *const kept[] = {
		"Location",	 "Content-Disposition", "Link", "Set-Cookie", "Retry-After",
		"Lynchpin-Note", "WWW-Authenticate"};

	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (str_eq_ci(name, str_of(kept[i])))
			web_reply_header(reply, kept[i], value);
	if (str_eq_ci(name, STR("Content-Type")))
		reply->type = arena_fmt(reply->req->arena, "%.*s", STR_FMT(value)).p;
	if (str_eq_ci(name, STR("Cache-Control")))
		reply->cache = str_find(value, STR("no-store"), 0) != SIZE_MAX ? WEB_CACHE_NEVER
									       : WEB_CACHE_CHECK;
	reply->secret |= str_eq_ci(name, STR(APART_SECRET));
}

static void take(struct web_reply *reply, const struct passing *p)
{
	struct str rest = text_str(&p->head), line;

	while (str_next_line(&rest, &line)) {
		size_t colon = str_find_char(line, ':', 0);

		if (colon != SIZE_MAX)
			take_header(reply, str_sub(line, 0, colon),
				    str_trim(str_from_offset(line, colon + 1)));
	}
	web_reply_status(reply, (unsigned)p->status);
	text_add(reply->body, text_str(&p->body));
}

static void run_here(const struct web_route *route, struct web_request *req,
		     struct web_reply *reply, bool busy)
{
	req->brief = busy && route->flags & WEB_BRIEF;
	route->handler(req, reply);
}

static void then(struct web_request *req, struct web_reply *reply, void *ctx)
{
	struct passing *p = ctx;

	if (!req)
		;
	else if (p->status >= 200 && p->status <= 599)
		take(reply, p);
	else
		run_here(p->route, req, reply, p->slow);
	passing_free(p);
}

void apart_run(const struct web_route *route, struct web_request *req, struct web_reply *reply)
{
	static const char *const passed[] = {"Cookie", "Authorization", "Accept", "User-Agent"};
	const struct web_config *config = reply->w->config;
	struct passing *p;
	struct web_task task = {.lane = WEB_ELSEWHERE, .work = pass, .then = then};

	if (route->flags & WEB_BRIEF && after_waiting(reply->w, WEB_ELSEWHERE) >= APART_MOST) {
		run_here(route, req, reply, true);
		return;
	}
	task.ctx = p = mem_zero(1, sizeof(*p));
	p->socket = config->apart;
	p->route = route;
	write_url(req, &p->url);
	for (size_t i = 0; i < ARRAY_LEN(passed); i++)
		add_header(p, passed[i], web_header(req, passed[i]));
	add_header(p, APART_ADDRESS, req->address);
	add_header(p, APART_TLS, req->tls ? STR("1") : STR("0"));
	if (!web_reply_after(reply, &task))
		passing_free(p);
}

void apart_believe(struct web_request *req)
{
	struct str address = web_header(req, APART_ADDRESS);

	req->tls = str_is(web_header(req, APART_TLS), "1");
	if (address.n)
		req->address = address;
}
