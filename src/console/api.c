#include "console/api.h"

#include "wire/wire.h"

/* Routes of the API, who may ask them, and one request from its head to its answer. */

enum { BODY_JSON = 1 << 20 };
static const uint64_t body_upload = (uint64_t)2 << 30;

static const struct api_row *row_of(const struct web_route *route)
{
	for (size_t i = 0; i < api_nrows; i++)
		if (api_rows[i].pattern == route->pattern && api_rows[i].method == route->method)
			return &api_rows[i];
	abort(); /* routes are made of rows */
}

/* --- who may --- */

static bool token_may(const struct web_route *route, const struct web_request *req,
		      const struct access_token *t)
{
	switch (t->scope) {
	case ACCESS_WRITE:
		return true;
	case ACCESS_READ:
		return strcmp(route->right, RIGHT_API_READ) == 0;
	case ACCESS_INVENTORY:
		break;
	}
	return strcmp(route->right, RIGHT_API_INVENTORY) == 0 &&
	       str_eq_ci(web_param(req, "org"), t->org);
}

static bool refuse_token(struct web_reply *reply, const struct access_token *t)
{
	if (t->scope == ACCESS_INVENTORY)
		web_problem(reply, 403,
			    "this token is good for sending inventories of %.*s, and for nothing "
			    "else",
			    STR_FMT(t->org));
	else
		web_problem(reply, 403, "this token is good for reading alone");
	return false;
}

bool api_admit(const struct web_route *route, struct web_request *req, struct web_reply *reply)
{
	const struct visitor *v = visitor_of(req);

	if (strcmp(route->right, RIGHT_API) == 0)
		return true;
	if (v->token && !token_may(route, req, &v->t))
		return refuse_token(reply, &v->t);
	if (v->session && strcmp(route->right, RIGHT_API_READ) != 0 &&
	    !access_csrf_right(console_of(req)->access, hash_str(&v->s.key),
			       web_header(req, "X-CSRF-Token"))) {
		web_problem(reply, 403,
			    "who is signed in by a cookie shows the \"csrf\" of " API_ROOT
			    "/me in the header X-CSRF-Token; nothing was done");
		return false;
	}
	if (v->post.n)
		return true;
	web_problem(reply, 403, "no post is chosen: choose the one to act in at /post");
	return false;
}

/* --- one request --- */

/* A body of JSON says so; without a body there is nothing to say. */
static bool check_type(const struct api_row *row, const struct web_request *req,
		       struct web_reply *reply)
{
	struct str type = web_header(req, "Content-Type"), kind = {0};

	if (row->method == WEB_GET || row->flags & API_UPLOAD || !req->body.bytes.n)
		return true;
	(void)str_next(&type, ';', &kind);
	if (str_eq_ci(str_trim(kind), STR("application/json")))
		return true;
	web_problem(reply, 415, "the body is to be application/json");
	return false;
}

static void serve(struct api_request *q, struct web_reply *reply)
{
	struct console *k = console_of(q->req);
	struct api_call call = {.db = k->config->db,
				.acts = k->acts,
				.kept = kept_globe(k, q->req->arena),
				.clock = k->config->clock,
				.user = visitor_of(q->req)->email};
	struct err err = {0};

	if (api_words(q, &call, &err))
		api_once(q, &call, reply);
	else
		page_fail(reply, &err);
	api_call_free(&call);
}

static void show(struct web_request *req, struct web_reply *reply)
{
	struct api_request q = {.row = row_of(visitor_of(req)->route), .req = req};

	if (check_type(q.row, req, reply))
		serve(&q, reply);
	if (q.doc)
		json_close(q.doc);
}

/* --- routes --- */

static const char *right_of(const struct api_row *row)
{
	if (row->flags & API_UPLOAD)
		return RIGHT_API_INVENTORY;
	return row->method == WEB_GET ? RIGHT_API_READ : RIGHT_API_WRITE;
}

size_t api_routes(struct web_route *to)
{
	size_t n = 0;

	assert(api_nrows <= API_ROWS_MOST);
	to[n++] =
		(struct web_route){WEB_GET, "/openapi.json", NULL, api_document_show, WEB_BARE, 0};
	to[n++] = (struct web_route){WEB_GET, API_ROOT "/me", RIGHT_API, me_show, 0, 0};
	for (size_t i = 0; i < api_nrows; i++) {
		const struct api_row *row = &api_rows[i];

		to[n++] = (struct web_route){
			.method = row->method,
			.pattern = row->pattern,
			.right = right_of(row),
			.handler = show,
			.flags = WEB_RAW | (row->flags & API_HEAVY ? WEB_HEAVY : 0) |
				 (row->flags & API_APART ? WEB_APART : 0),
			.body_bytes = row->flags & API_UPLOAD ? body_upload : BODY_JSON,
		};
	}
	return n;
}
