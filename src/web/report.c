#include <errno.h>
#include <unistd.h>

#include "web/server.h"
#include "wire/wire.h"

enum { LINES_BYTES = 3500 }; /* less than PIPE_BUF: written in one, siblings' lines stay whole */

/* Upper bounds in microseconds. */
static const uint64_t bounds_us[DURATIONS] = {100,   500,   1000,   2500,   5000,    10000,
					      20000, 50000, 100000, 500000, 2000000, 10000000};

/* --- lines ------------------------------------------------------------------------------ */

void report_flush(struct worker *w)
{
	struct str rest = text_str(&w->log);

	while (rest.n) {
		ssize_t n = write(STDERR_FILENO, rest.p, rest.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break; /* nobody to tell */
		rest = str_from_offset(rest, (size_t)n);
	}
	text_clear(&w->log);
}

static void begin_line(struct worker *w, const char *level, const char *event)
{
	char at[STAMP_BYTES];

	if (w->log.n > LINES_BYTES - 500)
		report_flush(w);
	text_addf(&w->log, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\",\"worker\":%u",
		  stamp_format(clock_now_ms(&w->config->clock), at).p, level, event, w->index);
}

/* Detail is text of ours; quotes and the like are replaced, not escaped. */
void report_event(struct worker *w, const char *event, const char *detail)
{
	begin_line(w, "warn", event);
	text_add(&w->log, STR(",\"detail\":\""));
	for (size_t i = 0; detail[i] && i < 300; i++) {
		bool plain = detail[i] >= 0x20 && detail[i] < 0x7f && detail[i] != '"' &&
			     detail[i] != '\\';

		text_add_char(&w->log, plain ? detail[i] : '?');
	}
	text_add(&w->log, STR("\"}\n"));
	report_flush(w);
}

static void count_request(struct web_reply *r, int64_t us)
{
	struct worker *w = r->w;
	size_t route = route_index(&w->config->app, r->conn->route), i = 0;
	uint64_t *n = route_counts(w->server, w->index, route) + r->status / 100;

	__atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
	while (i < DURATIONS && (uint64_t)us > bounds_us[i])
		i++;
	__atomic_fetch_add(&w->counts->durations[i], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&w->counts->duration_us, (uint64_t)us, __ATOMIC_RELAXED);
}

/* The route's pattern, never the path: that may name an organisation. */
void report_request(struct web_reply *r, size_t bytes)
{
	struct worker *w = r->w;
	int64_t us = (clock_monotonic_ns() - r->conn->began_ns) / 1000;

	count_request(r, us);
	if (w->config->quiet)
		return;
	begin_line(w, "info", "request");
	text_addf(&w->log,
		  ",\"id\":\"%.*s\",\"method\":\"%s\",\"route\":\"%s\",\"status\":%u,"
		  "\"bytes\":%zu,\"ms\":%lld.%03d}\n",
		  STR_FMT(r->req->id), web_method_name(r->req->method),
		  r->conn->route ? r->conn->route->pattern : "-", r->status, bytes,
		  (long long)(us / 1000), (int)(us % 1000));
}

/* --- /metrics (Prometheus text exposition 0.0.4) -------------------------------------------- */

uint64_t count_sum(const struct shared *s, enum count kind)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < s->workers; i++)
		n += __atomic_load_n(&s->counts[i].n[kind], __ATOMIC_RELAXED);
	return n;
}

static const struct {
	enum count kind;
	const char *name, *type, *help;
} plain_metrics[] = {
	{COUNT_OPEN, "lynchpin_http_connections", "gauge", "Connections that are open."},
	{COUNT_STREAMS, "lynchpin_http_streams", "gauge", "Live connections (server-sent events)."},
	{COUNT_HEAVY, "lynchpin_http_heavy", "gauge", "Heavy requests being worked on."},
	{COUNT_ACCEPTED, "lynchpin_http_connections_total", "counter", "Connections taken."},
	{COUNT_FULL, "lynchpin_http_turned_away_total", "counter",
	 "Connections closed at once: too many in all."},
	{COUNT_ADDRESS, "lynchpin_http_turned_away_address_total", "counter",
	 "Connections closed at once: too many from one address."},
	{COUNT_REFUSED, "lynchpin_http_malformed_total", "counter",
	 "Requests that the gate refused."},
	{COUNT_TIMEOUT, "lynchpin_http_timeouts_total", "counter",
	 "Connections ended because nothing came in time."},
	{COUNT_SLOW, "lynchpin_http_slow_readers_total", "counter",
	 "Connections dropped because the peer did not read."},
	{COUNT_HEAVY_REFUSED, "lynchpin_http_heavy_refused_total", "counter",
	 "Heavy requests answered 503."},
	{COUNT_SENT_BYTES, "lynchpin_http_sent_bytes_total", "counter", "Bytes of answers sent."},
	{COUNT_STARTS, "lynchpin_worker_starts_total", "counter", "Worker processes begun."},
};

static void add_routes(const struct server *s, struct text *to)
{
	const struct web_app *app = &s->config->app;

	text_add_c(to, "# HELP lynchpin_http_requests_total Requests by route and class of "
		       "status.\n# TYPE lynchpin_http_requests_total counter\n");
	for (size_t i = 0; i <= OWN_ROUTES + app->nroutes; i++) {
		const struct web_route *r = i < OWN_ROUTES ? &own_routes[i]
					    : i < OWN_ROUTES + app->nroutes
						    ? &app->routes[i - OWN_ROUTES]
						    : NULL;

		for (unsigned class = 2; class < STATUS_CLASSES; class ++) {
			uint64_t n = 0;

			for (unsigned k = 0; k < s->shared->workers; k++)
				n += __atomic_load_n(route_counts(s, k, i) + class,
						     __ATOMIC_RELAXED);
			if (n)
				text_addf(to,
					  "lynchpin_http_requests_total{method=\"%s\",route=\"%s\","
					  "status=\"%uxx\"} %llu\n",
					  r ? web_method_name(r->method) : "-",
					  r ? r->pattern : "-", class, (unsigned long long)n);
		}
	}
}

static void add_durations(const struct shared *s, struct text *to)
{
	static const char name[] = "lynchpin_http_request_duration_seconds";
	uint64_t n = 0, us = 0;

	text_addf(to, "# HELP %s From a request's first byte to its answer.\n# TYPE %s histogram\n",
		  name, name);
	for (size_t i = 0; i <= DURATIONS; i++) {
		for (unsigned k = 0; k < s->workers; k++)
			n += __atomic_load_n(&s->counts[k].durations[i], __ATOMIC_RELAXED);
		if (i < DURATIONS)
			text_addf(to, "%s_bucket{le=\"%g\"} %llu\n", name,
				  (double)bounds_us[i] / 1e6, (unsigned long long)n);
	}
	for (unsigned k = 0; k < s->workers; k++)
		us += __atomic_load_n(&s->counts[k].duration_us, __ATOMIC_RELAXED);
	text_addf(to, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.6f\n%s_count %llu\n", name,
		  (unsigned long long)n, name, (double)us / 1e6, name, (unsigned long long)n);
}

void metrics_page(struct web_request *req, struct web_reply *reply)
{
	const struct server *s = reply->w->server;
	struct text *to;

	if (!req->local && !s->config->metrics_for_all) {
		web_problem(reply, 403, "figures are for this machine only");
		return;
	}
	to = web_reply_body(reply, "text/plain; version=0.0.4; charset=utf-8");
	text_addf(to,
		  "# HELP lynchpin_build_info The version that runs.\n"
		  "# TYPE lynchpin_build_info gauge\nlynchpin_build_info{version=\"%s\"} 1\n"
		  "# HELP process_start_time_seconds When the server began.\n"
		  "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds %lld\n"
		  "# HELP lynchpin_workers Worker processes that it is meant to have.\n"
		  "# TYPE lynchpin_workers gauge\nlynchpin_workers %u\n",
		  s->config->version, (long long)(s->shared->began_ms / 1000), s->shared->workers);
	for (size_t i = 0; i < ARRAY_LEN(plain_metrics); i++)
		text_addf(to, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", plain_metrics[i].name,
			  plain_metrics[i].help, plain_metrics[i].name, plain_metrics[i].type,
			  plain_metrics[i].name,
			  (unsigned long long)count_sum(s->shared, plain_metrics[i].kind));
	add_routes(s, to);
	add_durations(s->shared, to);
}
