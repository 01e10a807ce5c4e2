#include "console/api.h"

#include "pages.h"

/* Who asks, and what their browser keeps: cookies, forms, the way in and back. */

/* __Host-: set over TLS, for this host, by this host alone (RFC 6265bis 4.1.3.2). */
static const char *const cookie_names[][2] = {
	[COOKIE_SESSION] = {"session", "__Host-session"},
	[COOKIE_DEVICE] = {"device", "__Host-device"},
	[COOKIE_BEFORE] = {"before", "__Host-before"},
	[COOKIE_PENDING] = {"pending", "__Host-pending"},
	[COOKIE_OIDC] = {"oidc", "__Host-oidc"},
};
enum { DEVICE_S = 365 * 24 * 3600, PENDING_S = 300, OIDC_S = 600, NEXT_MOST = 512 };

struct str cookie_get(const struct web_request *req, enum cookie which)
{
	return web_cookie(req, cookie_names[which][req->tls]);
}

void cookie_set(const struct web_request *req, struct web_reply *reply, enum cookie which,
		struct str value)
{
	static const int life_s[] = {
		[COOKIE_DEVICE] = DEVICE_S, [COOKIE_PENDING] = PENDING_S, [COOKIE_OIDC] = OIDC_S};
	int life = life_s[which];
	AUTO(text_freep) struct text t = {0};

	text_addf(&t, "%s=%.*s; Path=/; HttpOnly; SameSite=Lax%s", cookie_names[which][req->tls],
		  STR_FMT(value), req->tls ? "; Secure" : "");
	if (!value.n)
		text_add_c(&t, "; Max-Age=0");
	else if (life)
		text_addf(&t, "; Max-Age=%d", life);
	web_reply_header(reply, "Set-Cookie", text_str(&t));
}

struct access_client client_of(const struct web_request *req)
{
	return (struct access_client){.address = req->address,
				      .agent = web_header(req, "User-Agent"),
				      .device = cookie_get(req, COOKIE_DEVICE)};
}

/* --- who asks ------------------------------------------------------------------------- */

static bool by_session(struct console *k, struct web_request *req, struct visitor *v,
		       struct err *err)
{
	struct str said = cookie_get(req, COOKIE_SESSION);

	if (!said.n)
		return true;
	if (!access_session_find(k->access, said, req->arena, &v->s, err))
		return err->code == ERR_DENIED; /* it has ended */
	access_session_seen(k->access, &v->s);
	v->session = true;
	v->person = v->s.person;
	v->email = v->s.email;
	v->name = v->s.name;
	v->post = v->s.post;
	return true;
}

static bool by_token(struct console *k, struct web_request *req, struct str said, struct visitor *v,
		     struct err *err)
{
	if (!access_token_find(k->access, said, req->arena, &v->t, err))
		return false;
	access_token_seen(k->access, &v->t);
	v->token = true;
	v->person = v->t.person;
	v->email = v->t.email;
	v->name = v->t.name;
	v->post = v->t.post;
	return true;
}

static void ask_for_token(struct web_reply *reply, const char *why)
{
	web_reply_header(reply, "WWW-Authenticate", STR("Bearer"));
	web_problem(reply, 401, "%s", why);
}

static bool is_feed(const struct web_route *route)
{
	return route->right && strcmp(route->right, RIGHT_FEED) == 0;
}

/* False: the reply says why. */
static bool recognise(struct web_request *req, struct web_reply *reply, struct visitor *v)
{
	struct str said = web_header(req, "Authorization"), shown = web_query(req, "token");
	struct err err = {0};
	bool ok;

	if (shown.n && is_feed(v->route))
		ok = by_token(console_of(req), req, shown, v, &err);
	else if (str_starts_ci(said, STR("Bearer ")))
		ok = by_token(console_of(req), req, str_trim(str_from_offset(said, 7)), v, &err);
	else
		ok = by_session(console_of(req), req, v, &err);
	if (!ok && err.code == ERR_DENIED)
		ask_for_token(reply, "this token is not good, or no longer");
	else if (!ok)
		page_fail(reply, &err);
	return ok;
}

/* --- where they go --------------------------------------------------------------------- */

struct str own_path(struct str said)
{
	bool ours = said.n && said.n <= NEXT_MOST && said.p[0] == '/' &&
		    (said.n == 1 || said.p[1] != '/');

	/* Browsers drop tabs and line ends from addresses and read \ as /. */
	for (size_t i = 0; i < said.n && ours; i++)
		ours = said.p[i] > ' ' && said.p[i] < 0x7f && said.p[i] != '\\';
	return ours ? said : STR("/");
}

/* The address that was asked for, as a piece of another. */
static void add_next(const struct web_request *req, struct text *to)
{
	AUTO(text_freep) struct text path = {0};
	struct str rest = str_from_offset(req->path, 1), piece;
	char mark = '?';

	do {
		piece = (struct str){0};
		(void)str_next(&rest, '/', &piece);
		text_add_char(&path, '/');
		page_url(&path, piece);
	} while (rest.n);
	for (size_t i = 0; i < req->query.n; i++, mark = '&') {
		text_add_char(&path, mark);
		page_url(&path, req->query.v[i].name);
		text_add_char(&path, '=');
		page_url(&path, req->query.v[i].value);
	}
	if (path.n > 1 && path.n <= NEXT_MOST) {
		text_add_c(to, "?next=");
		page_url(to, text_str(&path));
	}
}

static bool send_to_sign_in(struct web_request *req, struct web_reply *reply)
{
	AUTO(text_freep) struct text to = {0};

	text_add_c(&to, "/sign-in");
	if (req->method == WEB_GET || req->method == WEB_HEAD)
		add_next(req, &to);
	web_reply_redirect(reply, text_str(&to));
	return false;
}

struct visitor *visitor_by_cookie(struct web_request *req)
{
	struct visitor *v = ARENA_NEW(req->arena, struct visitor);
	struct err ignored = {0};

	(void)!by_session(console_of(req), req, v, &ignored);
	return v;
}

bool console_admit(const struct web_route *route, struct web_request *req, struct web_reply *reply)
{
	struct visitor *v = ARENA_NEW(req->arena, struct visitor);
	bool api = route->right && str_starts(str_of(route->right), STR(RIGHT_API));

	v->route = route;
	req->user = v;
	if (route->flags & WEB_BARE)
		return true;
	if (!recognise(req, reply, v))
		return false;
	if (is_feed(route) && (v->session || v->token))
		return feed_admit(req, reply);
	if (!route->right || v->session || (api && v->token))
		return !api || api_admit(route, req, reply);
	if (!api && !v->token && !is_feed(route))
		return send_to_sign_in(req, reply);
	if (api || is_feed(route))
		ask_for_token(reply, "this needs a token, or a session");
	else
		web_problem(reply, 403, "this is for people who are signed in");
	return false;
}

/* --- forms ------------------------------------------------------------------------------- */

bool form_is_ours(struct web_request *req, struct web_reply *reply)
{
	const struct visitor *v = visitor_of(req);
	struct str bound = v->session ? hash_str(&v->s.key) : cookie_get(req, COOKIE_BEFORE);

	if (bound.n && access_csrf_right(console_of(req)->access, bound, web_form(req, "csrf")))
		return true;
	web_problem(reply, 403,
		    "this form is too old, or it is not of this service; nothing was done. Load "
		    "the page again and fill it in anew");
	return false;
}
