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
 *		{WEB_GET, "/org/{code}", "org.view", show_org, .flags = WEB_CHECKED},
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
	struct str host; /* as the peer says, checked for form alone; may be empty in HTTP/1.0 */
	bool keep_alive; /* the peer would send more */
	bool tls, local; /* local: from this machine */
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

#endif
