#include "console/inner.h"

#include "notify/notify.h"

/*
 * What programs of others fetch for a post: alerts as an Atom feed, duties as a calendar. Calendars
 * and feed readers can't send headers, so a token may stand in the address; addresses are kept and
 * passed on more easily than headers, so only one that is good for reading alone may, and no line
 * of the log has a query.
 */

bool feed_admit(struct web_request *req, struct web_reply *reply)
{
	const struct visitor *v = visitor_of(req);

	if (v->token && v->t.scope == ACCESS_INVENTORY)
		return web_problem(reply, 403, "this token is good for inventories alone"), false;
	if (v->token && v->t.scope != ACCESS_READ && web_query(req, "token").n)
		return web_problem(
			       reply, 403,
			       "only a token that is good for reading alone may stand in an "
			       "address: make one, and end this one if others may have seen it"),
		       false;
	if (!v->post.n)
		return web_problem(reply, 403, "a feed is a post's: choose one first"), false;
	return true;
}

typedef bool write_fn(const struct alerts_view *view, const struct notify_feed *feed,
		      struct text *out, struct err *err);

static bool write_feed(struct web_request *req, struct web_reply *reply, const char *type,
		       write_fn *write, struct err *err)
{
	struct console *k = console_of(req);
	AUTO(notify_closep) struct notify *n = NULL;
	const struct notify_config config = {.journal = acts_journal(k->acts),
					     .store = acts_store(k->acts),
					     .clock = &k->config->clock,
					     .service = k->service};
	const struct alerts_view view = {acts_store(k->acts), req->arena, acts_now_ms(k->acts)};
	struct notify_feed feed = {.post = visitor_of(req)->post, .service = k->service};

	return notify_open(&config, &n, err) &&
	       notify_console_get(n, req->arena, &feed.console, err) &&
	       write(&view, &feed, web_reply_body(reply, type), err);
}

static void serve_feed(struct web_request *req, struct web_reply *reply, const char *type,
		       write_fn *write)
{
	struct err err = {0};

	if (!write_feed(req, reply, type, write, &err))
		return page_fail(reply, &err);
	web_reply_cache(reply, WEB_CACHE_CHECK);
}

void feed_alerts(struct web_request *req, struct web_reply *reply)
{
	serve_feed(req, reply, "application/atom+xml; charset=utf-8", notify_atom);
}

void feed_duties(struct web_request *req, struct web_reply *reply)
{
	serve_feed(req, reply, "text/calendar; charset=utf-8", notify_calendar);
}
