#include "console/inner.h"

#include "pages.h"

/* What can't be shown or done: what is said of it, and where one can go on from there. */

struct str page_said(struct arena *arena, const struct err *err)
{
	return arena_str(arena, str_from(err->text, err_said(err)));
}

void page_fail(struct web_reply *reply, const struct err *err)
{
	int n = (int)err_said(err);

	switch (err->code) {
	case ERR_NOT_FOUND:
		web_problem(reply, 404, "%.*s", n, err->text);
		break;
	case ERR_DENIED:
		web_problem(reply, 403, "%.*s", n, err->text);
		break;
	case ERR_INVALID:
	case ERR_USAGE:
	case ERR_LIMIT:
		web_problem(reply, 422, "%.*s", n, err->text);
		break;
	case ERR_EXISTS:
	case ERR_CONFLICT:
		web_problem(reply, 409, "%.*s", n, err->text);
		break;
	default:
		/* The text may name a file or a server. */
		web_reply_header(reply, "Retry-After", STR("5"));
		web_problem(reply, 503, "the service can't do this just now; nothing was done");
	}
}

/* --- its page ---------------------------------------------------------------------------- */

/* What pages are called to which a link leads back; others by the last piece of their address. */
static struct str name_of(struct str path)
{
	static const struct {
		const char *pattern, *words;
	} names[] = {
		{"/account", "Your account"},
		{"/alerts", "All alerts"},
		{"/alerts/new", "Write an alert"},
		{"/alerts/{alert}/edit", "Edit it"},
		{"/delegations", "Delegations"},
		{"/feeds", "Feeds"},
		{"/journal", "Journal"},
		{"/lead", "Who leads"},
		{"/names", "Names"},
		{"/organisations", "All organisations"},
		{"/organisations/{org}/devices", "Its devices"},
		{"/outbox", "Outbox"},
		{"/people", "People"},
		{"/people/invite", "Invite somebody"},
		{"/post", "Choose the post you act in"},
		{"/search", "Search"},
		{"/settings", "Settings"},
		{"/sign-in", "Sign in"},
		{"/sign-in/code", "Enter a code"},
	};
	size_t last = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (web_path_fits(names[i].pattern, path))
			return str_of(names[i].words);
	for (size_t i = 0; i < path.n; i++)
		last = path.p[i] == '/' ? i + 1 : last;
	return str_from_offset(path, last);
}

static struct str encoded(struct arena *arena, struct str path)
{
	AUTO(text_freep) struct text to = {0};
	struct str rest = str_from_offset(path, 1), piece;

	while (str_next(&rest, '/', &piece)) {
		text_add_char(&to, '/');
		page_url(&to, piece);
	}
	return arena_str(arena, text_str(&to));
}

/* Every page above this address; and this one, where a form was sent to it. */
static void add_links(struct web_request *req, struct problem_view *v)
{
	struct str path = req->path;
	bool sent = req->method != WEB_GET && req->method != WEB_HEAD;

	while (path.n > 1 && v->n < ARRAY_LEN(v->v)) {
		if ((sent || path.n < req->path.n) && console_has_page(path))
			v->v[v->n++] =
				(struct problem_link){encoded(req->arena, path), name_of(path)};
		while (path.n && path.p[path.n - 1] != '/')
			path.n--;
		path.n -= path.n > 0;
	}
}

/* Errors begin small, as they stand behind a colon elsewhere. */
static struct str sentence(struct web_request *req, struct str words)
{
	char first[2] = {words.n ? words.p[0] : 0};

	if (!req->arena || first[0] < 'a' || first[0] > 'z')
		return words;
	first[0] = (char)(first[0] - 'a' + 'A');
	return arena_fmt(req->arena, "%s%.*s", first, STR_FMT(str_from_offset(words, 1)));
}

/* It has to come when the store is away, too, and where nobody was asked who they are. */
static bool is_known(struct web_request *req)
{
	struct console *k = req->app;

	if (!k || !k->access || !req->arena)
		return false;
	if (!req->user)
		req->user = visitor_by_cookie(req);
	return visitor_of(req)->session;
}

void console_problem(struct text *out, struct web_request *req, const struct web_problem *what)
{
	struct frame f = {.style = style_asset.name,
			  .script = script_asset.name,
			  .icon = icon_asset.name,
			  .fresh = STR("not known on this page")};
	struct problem_view v = {
		.detail = sentence(req, what->detail), .status = what->status, .id = req->id};

	if (is_known(req)) {
		frame_known(req, hash_str(&visitor_of(req)->s.key), &f);
		f.live = false;
	}
	f.title = what->words;
	v.frame = &f;
	add_links(req, &v);
	page_problem(out, &v);
}
