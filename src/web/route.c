#include "web/server.h"

static void livez(struct web_request *req UNUSED, struct web_reply *reply)
{
	text_add_c(web_reply_body(reply, "text/plain; charset=utf-8"), "ok\n");
}

static void readyz(struct web_request *req, struct web_reply *reply)
{
	struct worker *w = reply->w;
	const struct web_app *app = &w->config->app;
	struct err err = {0};

	if (w->stopping)
		web_problem(reply, 503, "this worker is about to stop");
	else if (!w->app_open)
		web_problem(reply, 503, "what is served can't be opened yet");
	else if (app->ready && !app->ready(w->app, &err))
		/* What is wrong is for the log: the text may name a database. */
		report_event(w, "unready", err.text), web_problem(reply, 503, "not ready");
	else
		livez(req, reply);
}

const struct web_route own_routes[] = {
	{WEB_GET, "/livez", NULL, livez, WEB_BARE, 0},
	{WEB_GET, "/readyz", NULL, readyz, WEB_BARE, 0},
	{WEB_GET, "/metrics", NULL, metrics_page, WEB_BARE, 0},
};
_Static_assert(ARRAY_LEN(own_routes) == OWN_ROUTES, "own routes are counted");

/* {name} stands for one segment that isn't empty. */
static bool fits(const char *pattern, struct str path, struct web_pair *params, size_t *ret_n)
{
	struct str p = str_of(pattern), want, have;

	*ret_n = 0;
	while (str_next(&p, '/', &want)) {
		if (!str_next(&path, '/', &have))
			return false;
		if (want.n && want.p[0] == '{') {
			if (!have.n || *ret_n == 8)
				return false;
			params[(*ret_n)++] = (struct web_pair){str_sub(want, 1, want.n - 2), have};
		} else if (!str_eq(want, have)) {
			return false;
		}
	}
	return !path.p;
}

bool web_path_fits(const char *pattern, struct str path)
{
	struct web_pair params[8];
	size_t n;

	return fits(pattern, path, params, &n);
}

static bool answers(enum web_method has, enum web_method asked)
{
	return has == asked || (has == WEB_GET && asked == WEB_HEAD);
}

const struct web_route *route_find(const struct web_app *app, struct web_request *req,
				   unsigned *ret_allow)
{
	struct web_pair params[8];
	size_t n;

	*ret_allow = 0;
	for (size_t i = 0; i < OWN_ROUTES + app->nroutes; i++) {
		const struct web_route *r =
			i < OWN_ROUTES ? &own_routes[i] : &app->routes[i - OWN_ROUTES];

		if (!fits(r->pattern, req->path, params, &n))
			continue;
		*ret_allow |= 1u << r->method | (r->method == WEB_GET ? 1u << WEB_HEAD : 0);
		if (!answers(r->method, req->method))
			continue;
		req->params.v = n ? ARENA_ARRAY(req->arena, struct web_pair, n) : NULL;
		req->params.n = n;
		if (n)
			memcpy(req->params.v, params, n * sizeof(*params));
		return r;
	}
	return NULL;
}

size_t route_index(const struct web_app *app, const struct web_route *route)
{
	if (!route)
		return OWN_ROUTES + app->nroutes;
	if (route >= own_routes && route < own_routes + OWN_ROUTES)
		return (size_t)(route - own_routes);
	return OWN_ROUTES + (size_t)(route - app->routes);
}
