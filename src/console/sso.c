#include "console/inner.h"

#include "base/mem.h"
#include "console/enter.h"

/* Signing in by way of a provider of OpenID Connect: there, and back. */

enum { NEXT_MOST = 512 };

/* The page that the provider sends the browser back to, in full. */
static struct str back_of(const struct web_request *req, struct str address)
{
	if (address.n)
		return arena_fmt(req->arena, "%.*s/sign-in/oidc/back", STR_FMT(address));
	return arena_fmt(req->arena, "http%s://%.*s/sign-in/oidc/back", req->tls ? "s" : "",
			 STR_FMT(req->host));
}

static bool back_at(struct web_request *req, struct str *ret, struct err *err)
{
	struct oidc_settings s;

	if (!oidc_settings(console_of(req)->oidc, req->arena, &s, err))
		return false;
	*ret = back_of(req, s.address);
	return true;
}

/* The cookie, and behind it where they were going. */
static void set_cookie(struct web_request *req, struct web_reply *reply, struct str cookie,
		       struct str next)
{
	char hex[2 * NEXT_MOST + 1];

	next = own_path(next);
	hex_encode(next.p, next.n, hex);
	cookie_set(req, reply, COOKIE_OIDC, arena_fmt(req->arena, "%.*s.%s", STR_FMT(cookie), hex));
}

static struct str split_cookie(const struct web_request *req, struct str *ret_next)
{
	struct str rest = cookie_get(req, COOKIE_OIDC), cookie = {0};
	char *next = arena_alloc(req->arena, NEXT_MOST + 1);

	*ret_next = STR("/");
	if (!rest.n || !str_next(&rest, '.', &cookie))
		return cookie;
	if (rest.n / 2 <= NEXT_MOST && hex_decode(rest, next, rest.n / 2))
		*ret_next = own_path(str_from(next, rest.n / 2));
	return cookie;
}

static void refuse(struct web_request *req, struct web_reply *reply, const struct err *err)
{
	cookie_set(req, reply, COOKIE_OIDC, STR(""));
	if (err->code != ERR_DENIED && err->code != ERR_NOT_FOUND) {
		/* The text may name servers, which are for who runs this to know. */
		web_reply_header(reply, "Retry-After", STR("20"));
		web_reply_status(reply, 503);
		sign_in_page(
			req, reply,
			(struct fault){"sso", STR("Single sign-on can't be reached just now")});
		return;
	}
	web_reply_status(reply, 422);
	sign_in_page(req, reply,
		     (struct fault){"sso", arena_fmt(req->arena, "Single sign-on: %s", err->text)});
}

static void ask(void *ctx)
{
	oidc_trip_ask(ctx);
}

static void free_trip(struct oidc_trip *t)
{
	oidc_trip_free(t);
	free(t);
}

static void set_off(struct web_request *req, struct web_reply *reply, struct oidc_trip *t,
		    web_then_fn *then)
{
	struct web_task task = {.work = ask, .then = then, .ctx = t};

	if (!t->ask)
		then(req, reply, t);
	else if (!web_reply_after(reply, &task))
		free_trip(t);
}

/* --- there -------------------------------------------------------------------------------------
 */

static void depart(struct web_request *req, struct web_reply *reply, void *ctx)
{
	struct oidc_departure way = {.to = {0}};
	struct oidc_trip *t = ctx;
	struct err err = {0};
	struct str back;

	if (!req) {
		free_trip(t);
		return;
	}
	if (back_at(req, &back, &err) &&
	    oidc_depart_end(console_of(req)->oidc, t, back, &way, &err)) {
		set_cookie(req, reply, str_of(way.cookie.c), web_query(req, "next"));
		web_reply_status(reply, 303);
		web_reply_header(reply, "Location", text_str(&way.to));
	} else {
		refuse(req, reply, &err);
	}
	text_free(&way.to);
	free_trip(t);
}

void sso_depart(struct web_request *req, struct web_reply *reply)
{
	struct oidc_trip *t;
	struct err err = {0};

	if (visitor_of(req)->session) {
		web_reply_redirect(reply, own_path(web_query(req, "next")));
		return;
	}
	t = mem_zero(1, sizeof(*t));
	if (oidc_depart_begin(console_of(req)->oidc, t, &err)) {
		set_off(req, reply, t, depart);
		return;
	}
	refuse(req, reply, &err);
	free(t);
}

/* --- and back ------------------------------------------------------------------------------------
 */

static void let_in(struct web_request *req, struct web_reply *reply, const struct oidc_said *said)
{
	AUTO(access_entry_wipe) struct access_entry entry = {.outcome = ACCESS_REFUSED};
	const struct access_known known = {
		.email = said->address, .second = said->second, .client = client_of(req)};
	struct err err = {0};
	struct str next;

	(void)split_cookie(req, &next);
	if (!access_enter(console_of(req)->access, &known, &entry, &err)) {
		page_fail(reply, &err);
		return;
	}
	if (entry.outcome == ACCESS_REFUSED) {
		err_set(&err, ERR_DENIED,
			"nobody here has the address %.*s; whoever runs this service can invite "
			"you",
			STR_FMT(said->address));
		refuse(req, reply, &err);
		return;
	}
	cookie_set(req, reply, COOKIE_OIDC, STR(""));
	enter_go_on(req, reply, &entry, next);
}

static void come_back(struct web_request *req, struct web_reply *reply, void *ctx)
{
	struct oidc_trip *t = ctx;
	struct oidc_said said;
	struct err err = {0};

	if (req && oidc_return_end(console_of(req)->oidc, t, req->arena, &said, &err))
		let_in(req, reply, &said);
	else if (req)
		refuse(req, reply, &err);
	free_trip(t);
}

void sso_back(struct web_request *req, struct web_reply *reply)
{
	struct oidc_answer answer = {.code = web_query(req, "code"),
				     .state = web_query(req, "state"),
				     .issuer = web_query(req, "iss"),
				     .error = web_query(req, "error")};
	struct oidc_trip *t = mem_zero(1, sizeof(*t));
	struct err err = {0};
	struct str next;

	answer.cookie = split_cookie(req, &next);
	if (back_at(req, &answer.back, &err) &&
	    oidc_return_begin(console_of(req)->oidc, &answer, t, &err)) {
		set_off(req, reply, t, come_back);
		return;
	}
	refuse(req, reply, &err);
	free(t);
}

bool sso_there(struct web_request *req)
{
	struct oidc_settings s;
	struct err ignored = {0};

	return oidc_settings(console_of(req)->oidc, req->arena, &s, &ignored) && s.issuer.n;
}
