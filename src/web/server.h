#ifndef WEB_SERVER_H
#define WEB_SERVER_H

/*
 * Inner door: one worker with its connections, and what it shares with its siblings: counters in
 * memory that the parent mapped, each written by one worker only, so that one that is killed
 * leaves nothing locked.
 */

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <openssl/ssl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <zlib.h>

#include "web/body.h"
#include "web/web.h"

enum {
	ADDRESS_BUCKETS = 16384,
	WORKERS_MOST = 64,
	LISTEN_MOST = 8,
	STATUS_CLASSES = 6,
	DURATIONS = 12,
	SPARE_ARENAS = 64,
	OWN_ROUTES = 3,
	TICK_MS = 250,
	OUTPUT_MOST = 256 << 10,
	STREAM_MOST = 64 << 10,
	TASKS_MOST = 100,      /* of a worker: 8 s of passwords */
	APART_MOST = 25,       /* that wait to be passed on, before others are answered briefly */
	HAND_OVER = 256 << 10, /* bodies from here on are not copied */
	HEARTBEAT_MS = 15000,
};

enum count {
	COUNT_ACCEPTED,
	COUNT_OPEN, /* goes up and down */
	COUNT_STREAMS,
	COUNT_FULL,    /* turned away: too many */
	COUNT_ADDRESS, /* too many from there */
	COUNT_REFUSED, /* by the gate */
	COUNT_TIMEOUT,
	COUNT_SLOW, /* dropped because they didn't read */
	COUNT_SENT_BYTES,
	COUNT_HEAVY, /* at it now */
	COUNT_HEAVY_REFUSED,
	COUNT_STARTS,
	COUNT_KINDS,
};

struct counts {
	uint64_t n[COUNT_KINDS];
	uint64_t durations[DURATIONS + 1], duration_us;
	uint16_t addresses[ADDRESS_BUCKETS];
};

struct shared {
	unsigned workers;
	int64_t began_ms;
	struct counts *counts; /* one for each worker */
	uint64_t *routes;      /* [worker][route][class]; the route past the last: none */
	uint64_t seed;	       /* of the addresses' buckets */
	size_t bytes;
};

struct listener {
	int fd;
	bool is_unix;
	char path[108];
};

struct server { /* the parent's, and by fork everybody's */
	const struct web_config *config;
	struct shared *shared;
	struct listener listeners[LISTEN_MOST];
	size_t nlisteners;
	SSL_CTX *tls;
};

struct worker {
	struct server *server;
	const struct web_config *config;
	unsigned index;
	struct counts *counts;
	struct event_base *base;
	struct event *accepts[LISTEN_MOST], *tick, *on_term, *on_hup;
	bool accepting, stopping;
	void *app;
	bool app_open;
	int64_t app_try_ms, stop_ms;
	struct conn *conns;
	struct after *after[WEB_LANES]; /* NULL until the first task */
	struct arena *spare[SPARE_ARENAS];
	size_t nspare;
	struct text body, head, log;
	z_stream deflate;
	bool deflate_ready;
	char date[40];
	int64_t date_s;
	uint64_t next_id;
	int64_t heavy_ns, window_ns; /* of the window of 2 s that is on */
	bool overloaded;	     /* by heavy ones, in the last window */
};

enum conn_state {
	CONN_IDLE,
	CONN_HEAD,
	CONN_BODY,
	CONN_WAIT, /* for a task */
	CONN_STREAM,
	CONN_FLUSH,  /* what is left goes out, then it ends */
	CONN_LINGER, /* nothing more is said; what comes is dropped */
};

struct web_stream {
	struct conn *conn; /* NULL: it has ended */
	void (*closed)(void *ctx);
	void *ctx;
	int64_t beat_ms;
};

struct conn {
	struct conn *next, **at;
	struct worker *w;
	struct bufferevent *bev;
	struct gate gate;
	struct body *body;	 /* in the arena */
	struct web_reply *reply; /* in the arena */
	struct arena *arena;	 /* while a request is on */
	struct task *task;	 /* while it waits */
	char peer[INET6_ADDRSTRLEN];
	const struct web_route *route;
	enum conn_state state;
	bool tls, local, is_unix, answered, close, paused;
	uint16_t bucket;
	unsigned requests;
	int64_t deadline_ms; /* of IDLE, HEAD, LINGER */
	int64_t body_ms;     /* when the body began */
	int64_t began_ns;
	uint64_t flushed, out_mark; /* bytes that went out; at out_ms */
	int64_t out_ms;
	struct web_stream stream;
};

struct web_reply {
	struct web_request *req;
	struct worker *w;
	struct conn *conn;
	unsigned status;
	const char *type;
	struct text *body;
	struct web_pairs headers;
	size_t headers_cap;
	enum web_cache cache;
	struct str gzipped; /* the body, when the app has it so already */
	bool secret, streaming, waiting;
};

static inline void count_add(struct worker *w, enum count kind, int64_t n)
{
	__atomic_fetch_add(&w->counts->n[kind], (uint64_t)n, __ATOMIC_RELAXED);
}
uint64_t count_sum(const struct shared *s, enum count kind);
static inline int64_t now_ms(void)
{
	return clock_monotonic_ns() / 1000000;
}

/* Index of the counters of a route's answers: [worker][route][class]. */
static inline uint64_t *route_counts(const struct server *s, unsigned worker, size_t route)
{
	size_t routes = OWN_ROUTES + s->config->app.nroutes + 1;

	return s->shared->routes + (worker * routes + route) * STATUS_CLASSES;
}

/* route.c: the three of our own come first.  *ret_allow: methods that the path has, as bits. */
extern const struct web_route own_routes[];
const struct web_route *route_find(const struct web_app *app, struct web_request *req,
				   unsigned *ret_allow);
size_t route_index(const struct web_app *app, const struct web_route *route);

/* reply.c, send.c */
void reply_init(struct web_reply *r, struct conn *c, struct web_request *req);
const char *status_words(unsigned status);
/* Head and body, as the request wants them, into the connection; logged and counted. */
void reply_send(struct web_reply *r);

/* apart.c: the answer of config->apart; else the handler's, here. */
void apart_run(const struct web_route *route, struct web_request *req, struct web_reply *reply);
/* From where it came to who passed it on. */
void apart_believe(struct web_request *req);
#define APART_ADDRESS "Lynchpin-Peer-Address"
#define APART_TLS "Lynchpin-Peer-Tls"
#define APART_SECRET "Lynchpin-Secret"

/* conn.c */
void conn_open(struct worker *w, const struct listener *from, int fd, const struct sockaddr *peer);
void conn_free(struct conn *c);
/* Time has passed: ends what has waited too long. */
void conn_tick(struct conn *c, int64_t at_ms);
/* The worker stops: no more than what is on. */
void conn_stop(struct conn *c);
/* Answers what waited, and goes on with what came behind it. */
void conn_answer(struct conn *c, const struct web_task *task);
/* after.c: nobody waits for it any more. */
void task_leave(struct task *t);
/* How many wait in a lane. */
size_t after_waiting(const struct worker *w, enum web_lane lane);
/* The thread ends after what it is at; the rest is told so. */
void after_close(struct worker *w);
/* stream.c */
void stream_tick(struct conn *c, int64_t at_ms);
void stream_end(struct conn *c);

/* worker.c: until told to stop; the exit code. */
int worker_run(struct server *server, unsigned index);
struct arena *worker_arena(struct worker *w);
void worker_arena_back(struct worker *w, struct arena *arena);
void worker_accept(struct worker *w, bool on);
/* report.c */
void report_request(struct web_reply *r, size_t bytes);
void report_event(struct worker *w, const char *event, const char *detail);
void report_flush(struct worker *w);
void metrics_page(struct web_request *req, struct web_reply *reply);
/* listen.c */
MUST_CHECK bool listeners_open(struct server *s, struct err *err);
void listeners_close(struct server *s, bool unlink_too);
uint16_t address_bucket(const struct shared *s, const struct sockaddr *peer);
bool address_is_local(const struct sockaddr *peer);
/* "192.0.2.7", also where it is mapped into IPv6; empty for a socket's. */
void address_format(const struct sockaddr *peer, char buf[INET6_ADDRSTRLEN]);
/* tls.c: a context of certificate and key, with the ticket keys of old if there is one. */
MUST_CHECK bool tls_load(const struct web_config *config, SSL_CTX *old, SSL_CTX **ret,
			 struct err *err);

#endif
