#include "console/look.h"

#include "pages.h"

/* Who looks, and words and addresses on their pages. */

static bool send_to_posts(struct web_request *req, struct web_reply *reply)
{
	AUTO(text_freep) struct text to = {0};

	text_add_c(&to, "/post?next=");
	page_url(&to, req->path);
	web_reply_redirect(reply, text_str(&to));
	return false;
}

bool look_as(struct console *k, struct web_request *req, struct str post, struct look *ret,
	     struct err *err)
{
	struct look l = {.req = req, .k = k, .arena = req->arena, .now_ms = acts_now_ms(k->acts)};
	const struct directory_view view = {acts_store(k->acts), l.arena, l.now_ms};

	if (!sight_of_post(&view, post, &l.sight, err))
		return false;
	l.view = (struct alerts_view){view.store, view.arena, view.at_ms};
	*ret = l;
	return true;
}

bool look_begin(struct web_request *req, struct web_reply *reply, struct look *ret)
{
	struct str post = visitor_of(req)->post;
	struct err err = {0};

	if (!post.n)
		return send_to_posts(req, reply);
	if (!look_as(console_of(req), req, post, ret, &err)) {
		page_fail(reply, &err);
		return false;
	}
	ret->reply = reply;
	return true;
}

bool look_may(const struct look *l, const char *right, struct str org)
{
	const struct directory_claim claim = {
		.post = l->sight.post.id, .right = str_of(right), .org = org, .at_ms = l->now_ms};
	struct err none = {0};
	bool may = false;

	return directory_post_may(l->view.store, &claim, &may, &none) && may;
}

bool look_need(struct look *l, const char *right)
{
	struct err err = {0};

	if (look_may(l, right, directory_code(l->arena, web_param(l->req, "org"))))
		return true;
	(void)err_set(&err, ERR_DENIED, "the post %.*s may not (it takes the right %s)",
		      STR_FMT(l->sight.post.id), right);
	return look_fail(l, &err);
}

bool look_fail(struct look *l, const struct err *err)
{
	page_fail(l->reply, err);
	return false;
}

struct text *look_page(struct look *l, const struct look_page *page, struct frame *ret)
{
	struct text *out = page_begin(l->req, l->reply, page->title, ret);

	ret->fresh = frame_fresh_of(l);
	if (page->here)
		ret->here = str_of(page->here);
	ret->wrong = page->fault && page->fault->text.n > 0;
	if (ret->wrong)
		web_reply_status(l->reply, 422);
	return out;
}

/* --- addresses ----------------------------------------------------------------------------- */

static void add_pair(struct text *to, char mark, struct str name, struct str value)
{
	text_add_char(to, mark);
	page_url(to, name);
	text_add_char(to, '=');
	page_url(to, value);
}

static void add_path(struct text *to, struct str path)
{
	struct str rest = str_from_offset(path, 1), piece;

	if (!rest.n)
		text_add_char(to, '/');
	while (str_next(&rest, '/', &piece)) {
		text_add_char(to, '/');
		page_url(to, piece);
	}
}

struct str address_with(const struct look *l, const char *name, struct str value)
{
	const struct web_pairs *query = &l->req->query;
	AUTO(text_freep) struct text to = {0};
	char mark = '?';

	add_path(&to, l->req->path);
	for (size_t i = 0; i < query->n; i++) {
		if (str_is(query->v[i].name, name) || str_is(query->v[i].name, "csv") ||
		    !query->v[i].value.n)
			continue;
		add_pair(&to, mark, query->v[i].name, query->v[i].value);
		mark = '&';
	}
	if (value.n)
		add_pair(&to, mark, str_of(name), value);
	return arena_str(l->arena, text_str(&to));
}

struct str address_query(struct arena *arena, const struct web_request *req)
{
	AUTO(text_freep) struct text to = {0};

	add_path(&to, req->path);
	for (size_t i = 0; i < req->query.n; i++)
		add_pair(&to, i ? '&' : '?', req->query.v[i].name, req->query.v[i].value);
	return arena_str(arena, text_str(&to));
}

struct str address_of(const struct look *l, size_t n, const struct str *pieces)
{
	AUTO(text_freep) struct text to = {0};

	for (size_t i = 0; i < n; i++) {
		text_add_char(&to, '/');
		page_url(&to, pieces[i]);
	}
	return arena_str(l->arena, text_str(&to));
}

/* --- words ----------------------------------------------------------------------------------- */

struct str span_words(const struct look *l, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *one, *many;
	} units[] = {
		{365 * MS_PER_DAY, "year", "years"},
		{30 * MS_PER_DAY, "month", "months"},
		{MS_PER_DAY, "day", "days"},
		{MS_PER_HOUR, "hour", "hours"},
		{60 * MS_PER_SECOND, "minute", "minutes"},
	};
	int64_t away = ms - l->now_ms, n = away < 0 ? -away : away;

	if (!ms)
		return (struct str){0};
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		uint64_t count = (uint64_t)(n / units[i].ms);

		if (!count || (count == 1 && units[i].ms == MS_PER_DAY))
			continue; /* 40 hours say more than a day */
		return arena_fmt(l->arena, away < 0 ? "%ju %s ago" : "in %ju %s", (uintmax_t)count,
				 plural(count, units[i].one, units[i].many));
	}
	return away < 0 ? STR("just now") : STR("now");
}

struct str moment_words(const struct look *l, int64_t ms)
{
	struct str words = time_words(l->arena, ms);

	return ms ? str_sub(words, 0, words.n - 4) : STR("");
}
