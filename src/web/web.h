#ifndef WEB_WEB_H
#define WEB_WEB_H

/*
 * The HTTP server.  web knows HTTP/1.1 (RFC 9110, RFC 9112), TLS, worker
 * processes and what a browser must be told with every answer; what is served is
 * rows of a table that the caller brings.  It promises that a handler sees only
 * requests about whose beginning and end no two readers could differ, within
 * limits, decoded once; that whatever a handler does, the answer is framed right
 * and carries the security headers; and that neither a slow nor a hostile peer
 * takes more than its share.  It never logs a path, a query, a cookie or an
 * address, keeps no upload in memory, and changes nothing but through handlers.
 *
 * A page is written so:
 *
 *	static void show_org(struct web_request *req, struct web_reply *reply)
 *	{
 *		struct text *out = web_reply_body(reply, "text/html; charset=utf-8");
 *
 *		page_org(out, req->app, web_param(req, "code"));
 *	}
 *	static const struct web_route routes[] = {
 *		{WEB_GET, "/org/{code}", "org.view", show_org},
 *	};
 *
 * A worker is one process with one event loop; a handler runs to its end in it, so
 * nothing is shared and nothing is locked, and what takes longer than some
 * milliseconds says so: WEB_HEAVY.
 */

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"

enum web_method { WEB_GET, WEB_HEAD, WEB_POST, WEB_PUT, WEB_PATCH, WEB_DELETE, WEB_OPTIONS };
const char *web_method_name(enum web_method method);

struct web_pair {
	struct str name, value;
};
ARENA_LIST(web_pairs, struct web_pair);

/* A file of a form (multipart/form-data, RFC 7578), or the whole body. */
struct web_upload {
	struct str field;     /* its name in the form */
	struct str file_name; /* the last part of it, UTF-8, no control characters; may be empty */
	struct str type;      /* as the peer says; proves nothing */
	struct str bytes;     /* in the arena, or a map of a file without a name */
	int fd;		      /* of that file, read-write, to hand to a job; -1: in the arena */
};
ARENA_LIST(web_uploads, struct web_upload);

/* What a handler sees.  All of it lives in arena, until the handler has returned. */
struct web_request {
	enum web_method method;
	unsigned minor;		/* HTTP/1.minor */
	struct str path;	/* decoded once; "/" first; UTF-8; no empty, "." or ".." segments */
	struct web_pairs query; /* decoded */
	struct web_pairs params; /* what {name} of the route's pattern stands for */
	struct web_pairs headers;
	struct web_pairs cookies;
	struct web_pairs form;	  /* of urlencoded and multipart bodies */
	struct web_uploads files; /* of multipart bodies */
	struct web_upload body;	  /* of every other kind of body */
	struct str address;	  /* of the peer: "192.0.2.7", "2001:db8::1"; empty: a socket's */
	struct str host; /* as the peer says, checked for form alone; may be empty in HTTP/1.0 */
	bool keep_alive; /* the peer would send more */
	bool tls, local; /* local: from this machine */
	bool brief;	 /* what is kept apart can't be asked now: answer without, and say so */
	bool has_length, chunked; /* how the body is framed */
	uint64_t length;	  /* has_length: of the body */
	struct str id;		  /* 16 hexadecimal digits, in the log and the answer */
	struct arena *arena;
	void *app;  /* what app->open() gave this worker */
	void *user; /* for app->admit() to leave to handlers */
};

/* The value of the header; empty when absent.  Case doesn't count.  O(headers). */
struct str web_header(const struct web_request *req, const char *name);
/* The first value of that name, false when absent: queries, forms, parameters. */
bool web_pair(const struct web_pairs *pairs, const char *name, struct str *ret);
struct str web_query(const struct web_request *req, const char *name);
struct str web_form(const struct web_request *req, const char *name);
struct str web_param(const struct web_request *req, const char *name);
/* A cookie that was sent once; empty when absent or sent twice, for then somebody else set one. */
struct str web_cookie(const struct web_request *req, const char *name);

/*
 * The answer: 200 with an empty body until the handler says otherwise.  HEAD, the length, the date,
 * gzip, ETag and 304, and the security headers are web's.
 */
struct web_reply;
void web_reply_status(struct web_reply *reply, unsigned status);
/* Both are copied.  One that would break the head is left out. */
void web_reply_header(struct web_reply *reply, const char *name, struct str value);
/* Where to write the body; type is a literal.  Empty at first, the worker's own: no allocation. */
struct text *web_reply_body(struct web_reply *reply, const char *type);
enum web_cache {
	WEB_CACHE_NEVER,   /* no-store: what is so without a word */
	WEB_CACHE_CHECK,   /* kept by the browser alone, asked again each time; has an ETag */
	WEB_CACHE_FOREVER, /* its address names its contents */
};
void web_reply_cache(struct web_reply *reply, enum web_cache cache);
/* The body holds a secret beside what the peer chose (BREACH): it is not compressed. */
void web_reply_secret(struct web_reply *reply);
/* The body, gzipped before, for who takes that; borrowed until it has gone. */
void web_reply_gzipped(struct web_reply *reply, struct str bytes);
/* 303, to a path of ours. */
void web_reply_redirect(struct web_reply *reply, struct str path);
/* An error as a problem document (RFC 9457): JSON below /api/ and to who asks for JSON, else a
 * small page.  What was written before is dropped.  The text is for the person who asked. */
void web_problem(struct web_reply *reply, unsigned status, const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * The answer comes later: work() takes long, touches nothing but ctx and is run by a thread of the
 * worker's, one for each lane, in the order asked; then then() writes the answer, in the loop, and
 * is the last to see ctx; it may ask for another.  Its req is NULL when nobody waits any more:
 * work() may not have been run.  False: too many wait, and the reply is 503 with Retry-After; ctx
 * stays the caller's.
 */
enum web_lane { WEB_SECRETS, WEB_PAGES, WEB_ELSEWHERE, WEB_LANES };
struct web_task {
	void (*work)(void *ctx);
	void (*then)(struct web_request *req, struct web_reply *reply, void *ctx);
	void *ctx;
	enum web_lane lane; /* by which thread; WEB_SECRETS unless said */
};
MUST_CHECK bool web_reply_after(struct web_reply *reply, const struct web_task *task);

/*
 * Server-sent events (HTML, 9.2): the answer stays open and the app writes to it later, from its
 * tick or another handler.  A heartbeat goes out every 15 seconds.  closed is called once, when the
 * peer has gone, or reads too slowly, or the worker stops, and never from within send; afterwards
 * the stream is no more.
 */
struct web_stream;
struct web_stream *web_reply_stream(struct web_reply *reply, void (*closed)(void *ctx), void *ctx);
/* An event; name and id may be empty; data may have several lines. */
void web_stream_send(struct web_stream *stream, struct str name, struct str id, struct str data);
void web_stream_close(struct web_stream *stream);

enum web_flags {
	WEB_HEAVY = 1,	/* may take long: 503 with Retry-After when there is too much of that */
	WEB_BARE = 2,	/* needs nothing of the app; served also while the app can't be opened */
	WEB_RAW = 4,	/* its body is req->body whatever the type, forms too */
	WEB_APART = 8,	/* without a body; answered by config->apart where there is one */
	WEB_BRIEF = 16, /* WEB_APART; where too many wait for that, answered here, brief */
};
struct web_route {
	enum web_method method; /* GET answers HEAD too */
	const char *pattern;	/* "/org/{code}"; what stands earlier in the table goes first */
	const char *right;	/* for app->admit(); NULL: for everybody */
	void (*handler)(struct web_request *req, struct web_reply *reply);
	unsigned flags;
	uint64_t body_bytes; /* the most; 0: 1 MiB */
};

/* Does a path fit a route's pattern? */
bool web_path_fits(const char *pattern, struct str path);

struct web_problem {
	unsigned status;
	struct str words, detail; /* of the status; for the person who asked */
};
/* What is served.  Each worker opens it for itself; nothing of it is shared. */
struct web_app {
	const struct web_route *routes;
	size_t nroutes;
	void *ctx;
	/* *ret_app is what handlers get as req->app.  Tried again every 2 seconds when it fails;
	 * requests are then answered 503.  NULL: there is nothing to open. */
	bool (*open)(void *ctx, void **ret_app, struct err *err);
	void (*close)(void *app);
	/* /readyz; NULL: as soon as it is open. */
	bool (*ready)(void *app, struct err *err);
	/* May who sends this do that?  Asked when the head is there, before a body is taken. False:
	 * the reply says why.  Without it a route with a right is refused: 403. */
	bool (*admit)(const struct web_route *route, struct web_request *req,
		      struct web_reply *reply);
	/* Every 250 ms. */
	void (*tick)(void *app);
	/* web_problem()'s page; without it a bare one.  Also of requests that admit() never saw
	 * (user is NULL) or that had no head worth the name, and while the app is not open. */
	void (*problem)(struct text *out, struct web_request *req, const struct web_problem *what);
};

struct web_limits {
	unsigned connections;	     /* of all workers */
	unsigned address;	     /* of them from one IPv4 address or IPv6 /64 */
	unsigned requests;	     /* on one connection */
	unsigned header_ms, idle_ms; /* for a head to come; between requests */
	unsigned body_ms, body_rate; /* for a body; and bytes a second after the first 5 seconds */
	unsigned write_ms;	     /* without 4 KiB of progress */
	unsigned stop_ms;	     /* to finish when told to stop */
};
extern const struct web_limits web_limits_default;

struct web_config {
	struct web_app app;
	/* "127.0.0.1:8080", "[::]:443", ":8080" (every address), "unix:/run/x.sock". */
	const char *const *listen;
	size_t nlisten;
	const char *cert, *key; /* PEM; both or neither; read again at SIGHUP */
	unsigned workers;
	const char *folder; /* for large uploads */
	struct web_limits limits;
	struct clock clock;
	const char *version;
	/* The socket of another server of the same app, which keeps what each worker had better
	 * not; NULL: none.  That server itself believes its peers from where a request came. */
	const char *apart;
	bool is_apart;
	bool metrics_for_all; /* else /metrics answers this machine only */
	bool quiet;	      /* no line for each request */
	void *ctx;
	void (*listening)(void *ctx, struct str url); /* once for each address, or NULL */
};
/*
 * Serve until SIGTERM or SIGINT, in config->workers processes that are begun again when they die;
 * those that stop finish what they are at.  The caller's process is the parent.  ERR_INVALID for an
 * address or a certificate that can't be, ERR_IO.
 */
MUST_CHECK bool web_serve(const struct web_config *config, struct err *err);

#endif
