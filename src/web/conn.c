#include <event2/bufferevent_ssl.h>
#include <event2/buffer.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <unistd.h>

#include "base/mem.h"
#include "web/server.h"

/*
 * One connection: bytes go through the gate, requests to their handlers, answers out, in the order
 * asked (RFC 9112 9.3.2).  While an answer waits for a peer that doesn't read, no more is read from
 * it.
 */
enum { AT_ONCE = 32, LINGER_MS = 2000, STOP_IDLE_MS = 1000, RATE_GRACE_MS = 5000, PROGRESS = 4096 };

static void on_read(struct bufferevent *bev, void *ctx);
static void on_write(struct bufferevent *bev, void *ctx);
static void on_event(struct bufferevent *bev, short what, void *ctx);
static void converse(struct conn *c);

static size_t output_bytes(const struct conn *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

static void become_idle(struct conn *c)
{
	const struct web_limits *l = &c->w->config->limits;
	int64_t rest = c->w->stopping ? STOP_IDLE_MS : c->requests ? l->idle_ms : l->header_ms;

	c->state = CONN_IDLE;
	c->deadline_ms = now_ms() + rest;
}

static void on_output(struct evbuffer *out UNUSED, const struct evbuffer_cb_info *info, void *ctx)
{
	struct conn *c = ctx;

	c->flushed += info->n_deleted;
	count_add(c->w, COUNT_SENT_BYTES, (int64_t)info->n_deleted);
}

static struct bufferevent *open_bev(struct worker *w, int fd)
{
	SSL *ssl;
	struct bufferevent *bev;

	if (!w->server->tls)
		return bufferevent_socket_new(w->base, fd, BEV_OPT_CLOSE_ON_FREE);
	ssl = SSL_new(w->server->tls);
	if (!ssl)
		return NULL;
	bev = bufferevent_openssl_socket_new(w->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
					     BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (bev)
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	else
		SSL_free(ssl);
	return bev;
}

void conn_open(struct worker *w, const struct listener *from, int fd, const struct sockaddr *peer)
{
	struct bufferevent *bev = open_bev(w, fd);
	struct gate_limits limits = gate_limits_default;
	struct conn *c;
	int one = 1;

	if (!bev) {
		close(fd);
		return;
	}
	c = mem_zero(1, sizeof(*c));
	*c = (struct conn){.next = w->conns, .at = &w->conns, .w = w, .bev = bev};
	if (w->conns)
		w->conns->at = &c->next;
	w->conns = c;
	c->is_unix = from->is_unix;
	c->tls = w->server->tls != NULL;
	c->local = from->is_unix || address_is_local(peer);
	c->bucket = address_bucket(w->server->shared, peer);
	address_format(peer, c->peer);
	gate_init(&c->gate, &limits);
	count_add(w, COUNT_ACCEPTED, 1);
	count_add(w, COUNT_OPEN, 1);
	if (!c->is_unix) {
		__atomic_fetch_add(&w->counts->addresses[c->bucket], 1, __ATOMIC_RELAXED);
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	}
	become_idle(c);
	evbuffer_add_cb(bufferevent_get_output(bev), on_output, c);
	bufferevent_setcb(bev, on_read, on_write, on_event, c);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

/* The request is over; what it held goes. */
static void drop_request(struct conn *c)
{
	if (c->task)
		task_leave(c->task);
	c->task = NULL;
	if (c->body)
		body_free(c->body);
	if (c->arena)
		worker_arena_back(c->w, c->arena);
	c->arena = NULL;
	c->body = NULL;
	c->reply = NULL;
	c->route = NULL;
	c->answered = false;
}

void conn_free(struct conn *c)
{
	struct worker *w = c->w;
	SSL *ssl = bufferevent_openssl_get_ssl(c->bev);

	if (c->state == CONN_STREAM)
		stream_end(c);
	drop_request(c);
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	count_add(w, COUNT_OPEN, -1);
	if (!c->is_unix)
		__atomic_fetch_sub(&w->counts->addresses[c->bucket], 1, __ATOMIC_RELAXED);
	if (ssl) {
		SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN);
		(void)SSL_shutdown(ssl);
		ERR_clear_error();
	}
	bufferevent_free(c->bev);
	free(c);
	if (w->stopping && !w->conns)
		event_base_loopbreak(w->base);
}

/*
 * All is said.  The socket is closed for writing and read on for a while: closed with bytes unread
 * it would be reset, and the answer be lost with it (RFC 9112 9.6).
 */
static void linger(struct conn *c)
{
	SSL *ssl = bufferevent_openssl_get_ssl(c->bev);
	evutil_socket_t fd = bufferevent_getfd(c->bev);

	if (ssl)
		(void)SSL_shutdown(ssl);
	ERR_clear_error();
	if (fd < 0 || shutdown(fd, SHUT_WR) < 0) {
		conn_free(c);
		return;
	}
	c->state = CONN_LINGER;
	c->deadline_ms = now_ms() + LINGER_MS;
	bufferevent_enable(c->bev, EV_READ);
}

/* May free c. */
static void finish(struct conn *c)
{
	c->state = CONN_FLUSH;
	drop_request(c);
	if (!output_bytes(c))
		linger(c);
}

/* --- a request ------------------------------------------------------------------------- */

static bool take_body(void *ctx, struct str piece)
{
	struct conn *c = ctx;

	if (body_add(c->body, piece))
		return true;
	return gate_refuse(&c->gate, c->body->refusal.status, c->body->refusal.why);
}

static void begin_request(struct conn *c)
{
	struct worker *w = c->w;
	char id[24];

	c->arena = worker_arena(w);
	gate_reset(&c->gate, c->arena);
	c->state = CONN_HEAD;
	c->began_ns = clock_monotonic_ns();
	c->deadline_ms = c->began_ns / 1000000 + w->config->limits.header_ms;
	snprintf(id, sizeof(id), "%016llx", (unsigned long long)w->next_id++);
	c->gate.req->id = arena_str(c->arena, str_of(id));
	c->gate.req->address = str_of(c->peer);
	c->gate.req->tls = c->tls;
	c->gate.req->local = c->local;
	c->reply = ARENA_NEW(c->arena, struct web_reply);
}

static void say_allowed(struct web_reply *r, unsigned allow)
{
	AUTO(text_freep) struct text list = {0};

	for (unsigned m = WEB_GET; m <= WEB_OPTIONS; m++)
		if ((allow | 1u << WEB_OPTIONS) & 1u << m)
			text_addf(&list, "%s%s", list.n ? ", " : "",
				  web_method_name((enum web_method)m));
	web_reply_header(r, "Allow", text_str(&list));
	if (r->req->method == WEB_OPTIONS)
		web_reply_status(r, 204);
	else
		web_problem(r, 405, "this address does not take %s",
			    web_method_name(r->req->method));
}

static bool too_heavy(struct conn *c)
{
	struct worker *w = c->w;
	uint64_t at_it = count_sum(w->server->shared, COUNT_HEAVY);
	unsigned workers = w->server->shared->workers;

	/* What is apart has nothing else to do. */
	return !w->config->is_apart && (w->overloaded || (workers > 1 && at_it + 1 >= workers));
}

/* May it go on?  False: the reply says why not. */
static bool admit(struct conn *c, struct web_reply *r)
{
	const struct web_app *app = &c->w->config->app;
	const struct web_route *route = c->route;

	if (!c->w->app_open && !(route->flags & WEB_BARE)) {
		web_reply_header(r, "Retry-After", STR("5"));
		web_problem(r, 503, "the service can't be reached just now");
		return false;
	}
	if (route->flags & WEB_HEAVY && too_heavy(c)) {
		count_add(c->w, COUNT_HEAVY_REFUSED, 1);
		web_reply_header(r, "Retry-After", STR("2"));
		web_problem(r, 503, "too much is asked at once; try again in a moment");
		return false;
	}
	if (route >= own_routes && route < own_routes + OWN_ROUTES)
		return true;
	if (app->admit)
		return app->admit(route, r->req, r);
	if (!route->right)
		return true;
	web_problem(r, 403, "this is not for everybody");
	return false;
}

/* The head is through.  False: it has been answered, and a body would follow that nobody wants. */
static bool take_head(struct conn *c)
{
	struct web_request *req = c->gate.req;
	struct web_reply *r = c->reply;
	uint64_t most = FORM_MOST;
	unsigned allow = 0;
	bool ok = false;

	req->app = c->w->app;
	if (c->w->config->is_apart)
		apart_believe(req);
	c->requests++;
	c->close =
		!req->keep_alive || c->w->stopping || c->requests >= c->w->config->limits.requests;
	reply_init(r, c, req);
	c->route = route_find(&c->w->config->app, req, &allow);
	if (allow || (req->method == WEB_OPTIONS && str_eq(req->path, STR("*"))))
		ok = c->route || (say_allowed(r, allow), false);
	else
		web_problem(r, 404, "there is nothing at this address");
	ok = ok && admit(c, r);
	if (ok && c->route->body_bytes)
		most = c->route->body_bytes;
	if (!ok) {
		c->close = c->close || req->length || req->chunked;
		reply_send(r);
		return !(req->length || req->chunked);
	}
	if (!gate_take_body(&c->gate, most))
		return true; /* the gate refuses at the next push */
	c->body = ARENA_NEW(c->arena, struct body);
	c->gate.body = take_body;
	c->gate.ctx = c;
	if (!body_begin(c->body, req, c->w->config->folder, c->route->flags & WEB_RAW))
		return gate_refuse(&c->gate, c->body->refusal.status, c->body->refusal.why), true;
	c->state = CONN_BODY;
	c->body_ms = now_ms();
	if ((req->length || req->chunked) && web_header(req, "Expect").n && req->minor)
		evbuffer_add(bufferevent_get_output(c->bev), "HTTP/1.1 100 Continue\r\n\r\n", 25);
	return true;
}

static void run_handler(struct conn *c)
{
	struct worker *w = c->w;
	bool heavy = c->route->flags & WEB_HEAVY;
	int64_t began = heavy ? clock_monotonic_ns() : 0;

	if (heavy)
		count_add(w, COUNT_HEAVY, 1);
	/* The worker's body may have been another's while ours came; headers of admit() stay. */
	text_clear(c->reply->body);
	if (c->route->flags & WEB_APART && w->config->apart)
		apart_run(c->route, c->gate.req, c->reply);
	else
		c->route->handler(c->gate.req, c->reply);
	if (heavy) {
		count_add(w, COUNT_HEAVY, -1);
		w->heavy_ns += clock_monotonic_ns() - began;
	}
}

/* What the gate or the body's reader refused: the last word on this connection. */
static void refuse(struct conn *c)
{
	struct gate_refusal why = c->gate.refusal;

	if (!c->answered) {
		c->close = true;
		count_add(c->w, COUNT_REFUSED, 1);
		reply_init(c->reply, c, c->gate.req);
		web_problem(c->reply, why.status, "%s", why.why);
		reply_send(c->reply);
	}
	finish(c);
}

/* It has been answered.  False: the connection is no longer ours to read. */
static bool go_on(struct conn *c)
{
	if (c->reply->streaming && c->stream.conn) {
		bool head = c->gate.req->method == WEB_HEAD;

		drop_request(c);
		c->state = CONN_STREAM;
		if (head)
			web_stream_close(&c->stream);
		return false;
	}
	if (c->close) {
		finish(c);
		return false;
	}
	drop_request(c);
	become_idle(c);
	return true;
}

/* The request is whole.  False: the connection is no longer ours to read. */
static bool take_request(struct conn *c)
{
	if (!c->answered && !body_end(c->body)) {
		(void)gate_refuse(&c->gate, c->body->refusal.status, c->body->refusal.why);
		refuse(c);
		return false;
	}
	if (!c->answered) {
		run_handler(c);
		if (c->reply->waiting) {
			c->state = CONN_WAIT;
			bufferevent_disable(c->bev, EV_READ);
			return false;
		}
		if (c->reply->streaming)
			c->close = true;
		reply_send(c->reply);
	}
	return go_on(c);
}

void conn_answer(struct conn *c, const struct web_task *task)
{
	c->task = NULL;
	c->reply->waiting = false;
	/* The worker's body was others' meanwhile. */
	text_clear(c->reply->body);
	task->then(c->gate.req, c->reply, task->ctx);
	if (c->reply->waiting)
		return; /* for another */
	reply_send(c->reply);
	if (!go_on(c))
		return;
	bufferevent_enable(c->bev, EV_READ);
	converse(c);
}

/* One step with what has come.  False: nothing more for now, and c may be gone. */
static bool step(struct conn *c, struct evbuffer *input)
{
	struct str in = {NULL, evbuffer_get_contiguous_space(input)};
	enum gate_step said;
	size_t had = in.n;

	if (c->state == CONN_IDLE && !had)
		return false;
	in.p = had ? (const char *)evbuffer_pullup(input, (ev_ssize_t)had) : NULL;
	if (c->state == CONN_IDLE)
		begin_request(c);
	said = gate_push(&c->gate, &in);
	evbuffer_drain(input, had - in.n);
	switch (said) {
	case GATE_MORE:
		return had > 0;
	case GATE_HEAD:
		if (take_head(c))
			return true;
		finish(c);
		return false;
	case GATE_DONE:
		return take_request(c);
	case GATE_BAD:
		refuse(c);
		return false;
	}
	return false;
}

static void converse(struct conn *c)
{
	struct evbuffer *input = bufferevent_get_input(c->bev);

	for (unsigned i = 0; i < AT_ONCE; i++) {
		if (output_bytes(c) > OUTPUT_MOST) {
			c->paused = true;
			bufferevent_disable(c->bev, EV_READ);
			return;
		}
		if (!step(c, input))
			return;
	}
	/* Others come first, then the rest of this one. */
	bufferevent_trigger(c->bev, EV_READ, BEV_OPT_DEFER_CALLBACKS | BEV_TRIG_IGNORE_WATERMARKS);
}

/* --- what libevent calls ---------------------------------------------------------------------- */

static void on_read(struct bufferevent *bev, void *ctx)
{
	struct conn *c = ctx;
	struct evbuffer *input = bufferevent_get_input(bev);

	if (c->state == CONN_IDLE || c->state == CONN_HEAD || c->state == CONN_BODY)
		converse(c);
	else if (c->state != CONN_WAIT)
		evbuffer_drain(input, evbuffer_get_length(input));
}

/* All output has gone. */
static void on_write(struct bufferevent *bev, void *ctx)
{
	struct conn *c = ctx;

	if (c->state == CONN_FLUSH) {
		linger(c);
	} else if (c->paused) {
		c->paused = false;
		bufferevent_enable(bev, EV_READ);
		converse(c);
	}
}

static void on_event(struct bufferevent *bev UNUSED, short what, void *ctx)
{
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) {
		/* A peer that half-closes after its last request still reads the answer. */
		struct conn *c = ctx;

		ERR_clear_error();
		if (what & BEV_EVENT_EOF && c->state != CONN_LINGER && c->state != CONN_STREAM &&
		    !c->tls && output_bytes(c)) {
			c->state = CONN_FLUSH;
			drop_request(c);
			return;
		}
		conn_free(c);
	}
}

/* --- time ------------------------------------------------------------------------------------- */

static void time_out(struct conn *c)
{
	count_add(c->w, COUNT_TIMEOUT, 1);
	if (c->state == CONN_IDLE || c->answered) {
		conn_free(c);
		return;
	}
	(void)gate_refuse(&c->gate, 408, "the request did not come in time");
	refuse(c);
}

/* RFC 9110 15.5.9; slower than any line that a person would wait at. */
static bool body_is_late(const struct conn *c, int64_t at_ms)
{
	const struct web_limits *l = &c->w->config->limits;
	int64_t for_ms = at_ms - c->body_ms;

	if (for_ms > l->body_ms)
		return true;
	return for_ms > RATE_GRACE_MS &&
	       c->gate.taken < (uint64_t)(for_ms - RATE_GRACE_MS) * l->body_rate / 1000;
}

static bool output_stands(struct conn *c, int64_t at_ms)
{
	if (output_bytes(c) && c->out_ms && c->flushed < c->out_mark + PROGRESS)
		return at_ms - c->out_ms > c->w->config->limits.write_ms;
	c->out_mark = c->flushed;
	c->out_ms = output_bytes(c) ? at_ms : 0;
	return false;
}

void conn_tick(struct conn *c, int64_t at_ms)
{
	if (output_stands(c, at_ms)) {
		count_add(c->w, COUNT_SLOW, 1);
		conn_free(c);
		return;
	}
	switch (c->state) {
	case CONN_IDLE:
	case CONN_HEAD:
		/* Whose answer still goes out isn't idle. */
		if (at_ms >= c->deadline_ms && !output_bytes(c))
			time_out(c);
		break;
	case CONN_LINGER:
		if (at_ms >= c->deadline_ms)
			conn_free(c);
		break;
	case CONN_BODY:
		if (!c->paused && body_is_late(c, at_ms))
			time_out(c);
		break;
	case CONN_STREAM:
		stream_tick(c, at_ms);
		break;
	case CONN_WAIT:
	case CONN_FLUSH:
		break;
	}
}

void conn_stop(struct conn *c)
{
	int64_t until = now_ms() + STOP_IDLE_MS;

	c->close = true;
	if (c->state == CONN_STREAM)
		web_stream_close(&c->stream);
	else if (c->state == CONN_IDLE)
		/* Who is about to ask is answered once more, with "close". */
		c->deadline_ms = MIN_OF(c->deadline_ms, until);
}
