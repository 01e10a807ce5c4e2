#include "console/api.h"

#include "once/once.h"

/*
 * The same request twice (draft-ietf-httpapi-idempotency-key-header): what was done and answered is
 * answered again, and not done.
 */

static void hash_piece(struct hasher *h, struct str s)
{
	hasher_add(h, str_from((const char *)&s.n, sizeof(s.n)));
	hasher_add(h, s);
}

static struct hash hash_of_request(const struct web_request *req)
{
	struct hasher h;

	hasher_init(&h);
	hash_piece(&h, str_of(web_method_name(req->method)));
	hash_piece(&h, req->path);
	for (size_t i = 0; i < req->query.n; i++) {
		hash_piece(&h, req->query.v[i].name);
		hash_piece(&h, req->query.v[i].value);
	}
	hash_piece(&h, req->body.bytes);
	return hasher_end(&h);
}

static struct once_place view_of(const struct api_request *q)
{
	const struct console *k = console_of(q->req);

	return (struct once_place){acts_store(k->acts), &k->config->clock};
}

static void answer_again(struct str answer, struct web_reply *reply)
{
	if (!answer.n) {
		web_problem(reply, 409, "this was done; its answer was too long to be kept");
		return;
	}
	text_add(web_reply_body(reply, "application/json"), answer);
	web_reply_header(reply, "Idempotent-Replayed", STR("true"));
}

/* False: the reply is written. */
static bool begin(const struct api_request *q, const struct once_request *r,
		  struct web_reply *reply)
{
	const struct once_place view = view_of(q);
	struct once_begun is;
	struct err err = {0};

	if (!once_begin(&view, r, q->req->arena, &is, &err)) {
		page_fail(reply, &err);
		return false;
	}
	switch (is.state) {
	case ONCE_FIRST:
		return true;
	case ONCE_OTHER:
		web_problem(reply, 422,
			    "another request had this Idempotency-Key; nothing was done");
		break;
	case ONCE_OPEN:
		web_problem(reply, 409,
			    "a request with this Idempotency-Key is being carried out, or was cut "
			    "off: look whether it was done before you ask with another");
		break;
	case ONCE_AGAIN:
		answer_again(is.answer, reply);
		break;
	}
	return false;
}

/* What was refused did nothing and may be asked again. */
static void end(const struct api_request *q, const struct once_request *r, bool done,
		struct web_reply *reply)
{
	const struct once_place view = view_of(q);
	struct str said = {0};
	struct err err = {0};

	if (done)
		said = text_str(web_reply_body(reply, "application/json"));
	if (!once_end(&view, r, done ? &said : NULL, &err))
		web_reply_header(reply, "Lynchpin-Note",
				 STR("the Idempotency-Key could not be written: with it, this "
				     "request is taken to have been cut off"));
}

void api_once(const struct api_request *q, struct api_call *call, struct web_reply *reply)
{
	const struct visitor *v = visitor_of(q->req);
	struct once_request r = {.person = v->person.n,
				 .post = v->post,
				 .name = web_header(q->req, "Idempotency-Key")};
	bool once = q->row->method != WEB_GET && r.name.n, done;

	if (once)
		r.of = hash_of_request(q->req);
	if (once && !begin(q, &r, reply))
		return;
	done = api_run(call);
	api_answer(q, call, reply);
	if (once)
		end(q, &r, done, reply);
}
