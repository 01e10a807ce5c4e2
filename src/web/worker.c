#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "web/server.h"

enum { ACCEPTS_AT_ONCE = 8, OPEN_AGAIN_MS = 2000, WINDOW_MS = 2000, HEAVY_SHARE = 80 };

struct arena *worker_arena(struct worker *w)
{
	return w->nspare ? w->spare[--w->nspare] : arena_open();
}

void worker_arena_back(struct worker *w, struct arena *arena)
{
	if (w->nspare == SPARE_ARENAS) {
		arena_close(arena);
		return;
	}
	arena_clear(arena);
	w->spare[w->nspare++] = arena;
}

/* --- who may come in ------------------------------------------------------------------------ */

static bool is_too_many(struct worker *w, const struct listener *l, const struct sockaddr *peer)
{
	const struct shared *s = w->server->shared;
	uint16_t bucket = address_bucket(s, peer);
	unsigned there = 0;

	if (count_sum(s, COUNT_OPEN) >= w->config->limits.connections) {
		count_add(w, COUNT_FULL, 1);
		return true;
	}
	for (unsigned i = 0; i < s->workers && !l->is_unix; i++)
		there += __atomic_load_n(&s->counts[i].addresses[bucket], __ATOMIC_RELAXED);
	if (there < w->config->limits.address)
		return false;
	count_add(w, COUNT_ADDRESS, 1);
	return true;
}

static void on_accept(evutil_socket_t listening, short what UNUSED, void *ctx)
{
	struct worker *w = ctx;
	const struct listener *l = w->server->listeners;

	while (l->fd != listening)
		l++;
	/* A few at a time, so that siblings get theirs. */
	for (unsigned i = 0; i < ACCEPTS_AT_ONCE; i++) {
		struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
		socklen_t n = sizeof(peer);
		int fd = accept4(listening, (struct sockaddr *)&peer, &n,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			/* No descriptor left: until the next tick. */
			if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
				worker_accept(w, false);
			return;
		}
		if (is_too_many(w, l, (struct sockaddr *)&peer))
			close(fd);
		else
			conn_open(w, l, fd, (struct sockaddr *)&peer);
	}
}

void worker_accept(struct worker *w, bool on)
{
	for (size_t i = 0; i < w->server->nlisteners; i++) {
		if (!w->accepts[i])
			continue;
		if (on)
			event_add(w->accepts[i], NULL);
		else
			event_del(w->accepts[i]);
	}
	w->accepting = on;
}

/* --- time and signals --------------------------------------------------------------------------
 */

static void open_app(struct worker *w, int64_t at_ms)
{
	const struct web_app *app = &w->config->app;
	struct err err = {0};

	w->app_try_ms = at_ms;
	w->app_open = !app->open || app->open(app->ctx, &w->app, &err);
	if (!w->app_open)
		report_event(w, "unopened", err.text);
}

static void look_at_load(struct worker *w, int64_t at_ms)
{
	int64_t ns = at_ms * 1000000;

	if (ns - w->window_ns < (int64_t)WINDOW_MS * 1000000)
		return;
	w->overloaded = w->heavy_ns * 100 > (ns - w->window_ns) * HEAVY_SHARE;
	w->heavy_ns = 0;
	w->window_ns = ns;
}

static void on_tick(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct worker *w = ctx;
	int64_t at_ms = now_ms();
	struct conn *next;

	look_at_load(w, at_ms);
	for (struct conn *c = w->conns; c; c = next) {
		next = c->next;
		conn_tick(c, at_ms);
	}
	if (!w->app_open && at_ms - w->app_try_ms >= OPEN_AGAIN_MS)
		open_app(w, at_ms);
	if (w->app_open && w->config->app.tick)
		w->config->app.tick(w->app);
	if (!w->accepting && !w->stopping)
		worker_accept(w, true);
	if (w->stopping && (!w->conns || at_ms >= w->stop_ms))
		event_base_loopbreak(w->base);
	report_flush(w);
}

static void on_term(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct worker *w = ctx;

	if (w->stopping)
		return;
	w->stopping = true;
	w->stop_ms = now_ms() + w->config->limits.stop_ms;
	worker_accept(w, false);
	listeners_close(w->server, false);
	for (struct conn *c = w->conns; c; c = c->next)
		conn_stop(c);
	if (!w->conns)
		event_base_loopbreak(w->base);
}

static void on_hup(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct worker *w = ctx;
	SSL_CTX *fresh;
	struct err err;

	if (!w->config->cert)
		return;
	if (!tls_load(w->config, w->server->tls, &fresh, &err)) {
		report_event(w, "certificate", err.text);
		return;
	}
	SSL_CTX_free(w->server->tls);
	w->server->tls = fresh;
}

/* --- from begin to end -------------------------------------------------------------------------
 */

static void begin(struct worker *w)
{
	static const struct timeval tick = {.tv_usec = TICK_MS * 1000};
	uint64_t seed = (uint64_t)clock_monotonic_ns();

	w->base = event_base_new();
	assert(w->base);
	w->next_id = u64_hash(seed ^ ((uint64_t)getpid() << 32));
	w->window_ns = (int64_t)seed;
	for (size_t i = 0; i < w->server->nlisteners; i++)
		w->accepts[i] = event_new(w->base, w->server->listeners[i].fd, EV_READ | EV_PERSIST,
					  on_accept, w);
	w->tick = event_new(w->base, -1, EV_PERSIST, on_tick, w);
	w->on_term = evsignal_new(w->base, SIGTERM, on_term, w);
	w->on_hup = evsignal_new(w->base, SIGHUP, on_hup, w);
	event_add(w->tick, &tick);
	event_add(w->on_term, NULL);
	event_add(w->on_hup, NULL);
	open_app(w, now_ms());
	worker_accept(w, true);
}

static void end(struct worker *w)
{
	while (w->conns)
		conn_free(w->conns);
	after_close(w);
	if (w->app_open && w->config->app.close)
		w->config->app.close(w->app);
	report_flush(w);
	for (size_t i = 0; i < LISTEN_MOST; i++)
		if (w->accepts[i])
			event_free(w->accepts[i]);
	event_free(w->tick);
	event_free(w->on_term);
	event_free(w->on_hup);
	event_base_free(w->base);
	while (w->nspare)
		arena_close(w->spare[--w->nspare]);
	if (w->deflate_ready)
		deflateEnd(&w->deflate);
	text_free(&w->body);
	text_free(&w->head);
	text_free(&w->log);
}

int worker_run(struct server *server, unsigned index)
{
	struct worker w = {
		.server = server,
		.config = server->config,
		.index = index,
		.counts = &server->shared->counts[index],
	};
	sigset_t none;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN); /* a terminal's goes to the parent too */
	begin(&w);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	event_base_dispatch(w.base);
	end(&w);
	SSL_CTX_free(server->tls);
	return 0;
}
