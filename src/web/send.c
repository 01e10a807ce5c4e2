#include <event2/buffer.h>

#include "keys/keys.h"
#include "web/server.h"

enum { GZIP_LEAST = 512, GZIP_LEVEL = 1, ETAG_DIGITS = 32 };

/* With every answer.  style, script, image and connection come from here alone, nothing inline. */
#define SECURITY_HEADERS                                                                           \
	"Content-Security-Policy: default-src 'self'; base-uri 'none'; form-action 'self'; "       \
	"frame-ancestors 'none'; object-src 'none'\r\n"                                            \
	"X-Content-Type-Options: nosniff\r\n"                                                      \
	"X-Frame-Options: DENY\r\n"                                                                \
	"Referrer-Policy: same-origin\r\n"                                                         \
	"Cross-Origin-Opener-Policy: same-origin\r\n"                                              \
	"Cross-Origin-Resource-Policy: same-origin\r\n"

static const char *const cache_words[] = {
	[WEB_CACHE_NEVER] = "no-store",
	[WEB_CACHE_CHECK] = "private, no-cache",
	[WEB_CACHE_FOREVER] = "public, max-age=31536000, immutable",
};

/* --- what the peer accepts ---------------------------------------------------------- */

/* "gzip;q=0" (RFC 9110 12.5.3) is a refusal. */
static bool is_refusal(struct str params)
{
	size_t q = str_find_ci(params, STR("q="), 0);
	struct str weight = q == SIZE_MAX ? (struct str){0} : str_from_offset(params, q + 2);

	for (size_t i = 0; i < weight.n; i++)
		if (weight.p[i] != '0' && weight.p[i] != '.')
			return weight.p[i] == ';' || weight.p[i] == ' ';
	return weight.n > 0;
}

static bool accepts_gzip(const struct web_request *req)
{
	struct str rest = web_header(req, "Accept-Encoding"), piece;

	while (str_next(&rest, ',', &piece)) {
		size_t end = MIN_OF(str_find_char(piece, ';', 0), piece.n);
		struct str name = str_trim(str_sub(piece, 0, end));

		if (str_eq_ci(name, STR("gzip")))
			return !is_refusal(str_from_offset(piece, end));
	}
	return false;
}

static bool is_compressible(const char *type)
{
	struct str t = str_of(type);

	return str_starts(t, STR("text/")) || str_find(t, STR("json"), 0) != SIZE_MAX ||
	       str_find(t, STR("javascript"), 0) != SIZE_MAX ||
	       str_find(t, STR("xml"), 0) != SIZE_MAX;
}

/* Into the arena; false: it goes as it is. */
static bool gzip(struct web_reply *r, struct str body, struct str *ret)
{
	z_stream *z = &r->w->deflate;
	size_t room;

	if (r->gzipped.n)
		return *ret = r->gzipped, true;
	if (!r->w->deflate_ready) {
		/* 15 + 16: the largest window, gzip's frame (RFC 1952). */
		if (deflateInit2(z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
			return false;
		r->w->deflate_ready = true;
	} else if (deflateReset(z) != Z_OK) {
		return false;
	}
	if (body.n > UINT32_MAX / 2)
		return false;
	room = deflateBound(z, (uLong)body.n);
	z->next_in = (Bytef *)(uintptr_t)body.p;
	z->avail_in = (uInt)body.n;
	z->next_out = arena_alloc(r->req->arena, room);
	z->avail_out = (uInt)room;
	ret->p = (const char *)z->next_out;
	if (deflate(z, Z_FINISH) != Z_STREAM_END)
		return false;
	ret->n = room - z->avail_out;
	return ret->n < body.n;
}

/* --- validators (RFC 9110 8.8.3, 13.1.2) -------------------------------------------------- */

/* Weak, for gzip may be on or off. */
static struct str etag_of(struct web_reply *r, struct str body)
{
	struct hash h = hash_of(body);
	char hex[HASH_HEX_BYTES];

	return arena_fmt(r->req->arena, "W/\"%.*s\"", ETAG_DIGITS, hash_hex(&h, hex).p);
}

static bool is_known(const struct web_request *req, struct str etag)
{
	struct str rest = web_header(req, "If-None-Match"), piece;

	while (rest.n && str_next(&rest, ',', &piece)) {
		struct str one = str_trim(piece);

		/* Weak comparison: the mark of weakness doesn't count. */
		if (str_eq(one, STR("*")) || str_eq(one, etag) ||
		    str_eq(one, str_from_offset(etag, 2)))
			return true;
	}
	return false;
}

/* --- putting it together --------------------------------------------------------------------- */

static struct str date_line(struct worker *w)
{
	int64_t ms = clock_now_ms(&w->config->clock);
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	if (s != w->date_s || !w->date[0]) {
		w->date_s = s;
		(void)gmtime_r(&s, &tm);
		/* RFC 9110 5.6.7; the locale is C. */
		strftime(w->date, sizeof(w->date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	}
	return str_of(w->date);
}

static void line(struct text *head, const char *name, struct str value)
{
	text_add_c(head, name);
	text_add(head, STR(": "));
	text_add(head, value);
	text_add(head, STR("\r\n"));
}

struct dress { /* what was decided about the body */
	struct str body, etag;
	bool gzipped, varies, bare; /* bare: no body belongs to this status */
};

static struct dress dress(struct web_reply *r)
{
	struct dress d = {.body = text_str(r->body)};
	bool get = r->req->method == WEB_GET || r->req->method == WEB_HEAD;
	struct str small;

	if (r->cache != WEB_CACHE_NEVER && r->status == 200 && get && !r->streaming) {
		d.etag = etag_of(r, d.body);
		if (is_known(r->req, d.etag))
			r->status = 304;
	}
	d.bare = r->status == 204 || r->status == 304 || r->streaming;
	d.varies = !d.bare && r->type && is_compressible(r->type) && !r->secret;
	if (d.varies && d.body.n >= GZIP_LEAST && accepts_gzip(r->req) && gzip(r, d.body, &small)) {
		d.gzipped = true;
		d.body = small;
	}
	return d;
}

static void add_head(struct web_reply *r, const struct dress *d, struct text *head)
{
	text_addf(head, "HTTP/1.1 %u %s\r\n", r->status, status_words(r->status));
	line(head, "Date", date_line(r->w));
	if (r->type && !(d->bare && !r->streaming))
		line(head, "Content-Type", str_of(r->type));
	if (!d->bare)
		text_addf(head, "Content-Length: %zu\r\n", d->body.n);
	if (d->gzipped)
		line(head, "Content-Encoding", STR("gzip"));
	if (d->varies || r->status == 304)
		line(head, "Vary", STR("Accept-Encoding"));
	if (d->etag.n)
		line(head, "ETag", d->etag);
	line(head, "Cache-Control", str_of(cache_words[r->cache]));
	text_add(head, STR(SECURITY_HEADERS));
	if (r->conn->tls)
		line(head, "Strict-Transport-Security", STR("max-age=63072000"));
	line(head, "X-Request-Id", r->req->id);
	if (r->secret && r->w->config->is_apart)
		line(head, APART_SECRET, STR("1"));
	for (size_t i = 0; i < r->headers.n; i++) {
		text_add(head, r->headers.v[i].name);
		text_add(head, STR(": "));
		text_add(head, r->headers.v[i].value);
		text_add(head, STR("\r\n"));
	}
	if (r->conn->close)
		line(head, "Connection", STR("close"));
	text_add(head, STR("\r\n"));
}

static void free_body(const void *body, size_t n UNUSED, void *ctx UNUSED)
{
	free((void *)(uintptr_t)body);
}

/* A large body changes hands, so that the worker keeps no memory of it. */
static void add_body(struct web_reply *r, struct evbuffer *out, struct str body)
{
	struct text *own = r->body;

	if (body.n < HAND_OVER || body.p != own->p) {
		evbuffer_add(out, body.p, body.n);
		return;
	}
	if (evbuffer_add_reference(out, body.p, body.n, free_body, NULL) == 0)
		*own = (struct text){0};
}

void reply_send(struct web_reply *r)
{
	struct text *head = &r->w->head;
	struct evbuffer *out = bufferevent_get_output(r->conn->bev);
	struct dress d = dress(r);
	bool none = (d.bare && !r->streaming) || r->req->method == WEB_HEAD;
	size_t bytes = none ? 0 : d.body.n;

	text_clear(head);
	add_head(r, &d, head);
	/* One buffer where it is small: one record of TLS, one segment of TCP. */
	if (bytes && bytes < 16384) {
		text_add(head, d.body);
		bytes = 0;
	}
	evbuffer_add(out, head->p, head->n);
	if (bytes)
		add_body(r, out, d.body);
	r->conn->answered = true;
	report_request(r, none ? 0 : d.body.n);
}
