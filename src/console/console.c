#include "console/api.h"
#include "console/enter.h"

#include "once/once.h"

#include "base/mem.h"
#include "wire/wire.h"

/* A worker's console from opening to closing, and the table of what it answers. */

enum { FLUSH_MS = 3000, SWEEP_MS = 3600000 };
#define UPLOAD_BYTES ((uint64_t)2 << 30)

/* --- opening ------------------------------------------------------------------------------ */

static void let_go(struct console *k)
{
	if (k->access)
		access_close(k->access);
	k->access = NULL;
	oidc_closep(&k->oidc);
	k->oidc = NULL;
	acts_closep(&k->acts);
	k->acts = NULL;
}

static bool keep_name(struct console *k, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str said;

	if (!acts_service_name(k->acts, arena, &said, err))
		return false;
	snprintf(k->service_name, sizeof(k->service_name), "%.*s",
		 (int)MIN_OF(said.n, sizeof(k->service_name) - 1), said.p);
	k->service = str_of(k->service_name);
	return true;
}

static bool reach_access(struct console *k, struct err *err)
{
	AUTO(site_key_closep) struct site_key *key = NULL;
	AUTO(text_freep) struct text path = {0};
	struct access_config config = {.store = acts_store(k->acts), .clock = &k->config->clock};

	site_key_path(store_place(config.store), &path);
	if (!keep_name(k, err) || !site_key_open(text_c(&path), &key, err))
		return false;
	config.key = key;
	config.service = k->service;
	return oidc_open(&(struct oidc_config){.store = config.store,
					       .key = key,
					       .clock = config.clock},
			 &k->oidc, err) &&
	       access_open(&config, &k->access, err);
}

static bool reach(struct console *k, struct err *err)
{
	struct acts_config config = {
		.path = k->config->db, .mode = ACTS_WRITE, .clock = &k->config->clock};

	if (k->access)
		return true;
	let_go(k);
	if (acts_open(&config, &k->acts, err) && reach_access(k, err))
		return true;
	let_go(k);
	return false;
}

static void close_console(void *app)
{
	struct console *k = app;
	struct err ignored = {0};

	if (k->access)
		(void)!access_flush(k->access, &ignored);
	kept_close(k);
	kept_globe_close(k);
	let_go(k);
	arena_close(k->arena);
	arena_close(k->state_arena);
	free(k);
}

static bool open_console(void *ctx, void **ret_app, struct err *err)
{
	struct console *k = mem_zero(1, sizeof(*k));

	k->config = ctx;
	k->arena = arena_open();
	k->state_arena = arena_open();
	if (!reach(k, err)) {
		close_console(k);
		return false;
	}
	frame_refresh(k);
	kept_globe_begin(k);
	*ret_app = k;
	return true;
}

/* A store that was away is reached again. */
static bool is_ready(void *app, struct err *err)
{
	struct console *k = app;
	struct journal_head head;

	if (reach(k, err) && journal_head(acts_journal(k->acts), &head, err))
		return true;
	let_go(k);
	return reach(k, err) && journal_head(acts_journal(k->acts), &head, err);
}

bool console_try(const struct console_config *config, struct err *err)
{
	struct console k = {.config = config};
	bool ok = reach(&k, err);

	let_go(&k);
	return ok || err->code == ERR_IO; /* a server that is away may come */
}

/* What fails here is tried again, and told by /readyz. */
static void tick(void *app)
{
	struct console *k = app;
	int64_t now = clock_monotonic_ns() / 1000000;
	struct err ignored = {0};

	live_tick(k, now);
	if (now - k->flush_ms < FLUSH_MS)
		return;
	k->flush_ms = now;
	kept_tick(k, now);
	if (!reach(k, &ignored))
		return;
	(void)!access_flush(k->access, &ignored);
	frame_refresh(k);
	if (k->sweep_ms && now - k->sweep_ms < SWEEP_MS)
		return;
	k->sweep_ms = now;
	(void)!access_sweep(k->access, &ignored);
	(void)!once_sweep(&(struct once_place){acts_store(k->acts), &k->config->clock}, &ignored);
}

/* A store that could not be reached a moment ago. */
static bool admit(const struct web_route *route, struct web_request *req, struct web_reply *reply)
{
	struct console *k = req->app;
	struct err err = {0};

	if (route->flags & WEB_BARE || reach(k, &err))
		return console_admit(route, req, reply);
	page_fail(reply, &err);
	return false;
}

/* --- what is answered ----------------------------------------------------------------------- */

static const struct web_route routes[] = {
	{WEB_GET, "/", RIGHT_PERSON, home_show, 0, 0},
	{WEB_GET, "/alerts", RIGHT_PERSON, alerts_show, 0, 0},
	{WEB_GET, "/alerts/new", RIGHT_PERSON, compose_show, WEB_HEAVY, 0},
	{WEB_POST, "/alerts/new", RIGHT_PERSON, compose_do, WEB_HEAVY, 262144},
	{WEB_GET, "/alerts/{alert}/edit", RIGHT_PERSON, compose_show, WEB_HEAVY, 0},
	{WEB_POST, "/alerts/{alert}/edit", RIGHT_PERSON, compose_do, WEB_HEAVY, 262144},
	{WEB_GET, "/alerts/{alert}/preview", RIGHT_PERSON, preview_show, WEB_HEAVY, 0},
	{WEB_GET, "/alerts/{alert}/replay", RIGHT_PERSON, replay_show, WEB_HEAVY, 0},
	{WEB_GET, "/lead", RIGHT_PERSON, lead_show, 0, 0},
	{WEB_POST, "/lead", RIGHT_PERSON, lead_do, 0, 65536},
	{WEB_GET, "/alerts/{alert}", RIGHT_PERSON, alert_one_show, 0, 0},
	{WEB_GET, "/alerts/{alert}/{org}", RIGHT_PERSON, obligation_show, WEB_APART | WEB_BRIEF, 0},
	{WEB_POST, "/alerts/{alert}/bulk", RIGHT_PERSON, bulk_do, 0, 1 << 20},
	{WEB_POST, "/alerts/{alert}/life", RIGHT_PERSON, life_do, 0, 65536},
	{WEB_POST, "/alerts/{alert}/answer", RIGHT_PERSON, answer_do, 0, 65536},
	{WEB_POST, "/alerts/{alert}/{org}/answer", RIGHT_PERSON, answer_do, 0, 65536},
	{WEB_POST, "/alerts/{alert}/{org}/decide", RIGHT_PERSON, decide_do, 0, 65536},
	{WEB_GET, "/feeds", RIGHT_PERSON, sheet_show, 0, 0},
	{WEB_GET, "/feeds/alerts.atom", RIGHT_FEED, feed_alerts, WEB_HEAVY, 0},
	{WEB_GET, "/feeds/duties.ics", RIGHT_FEED, feed_duties, WEB_HEAVY, 0},
	{WEB_GET, "/journal", RIGHT_PERSON, sheet_show, WEB_HEAVY, 0},
	{WEB_GET, "/organisations", RIGHT_PERSON, sheet_show, WEB_HEAVY, 0},
	{WEB_GET, "/search", RIGHT_PERSON, sheet_show, WEB_HEAVY, 0},
	{WEB_GET, "/names", RIGHT_PERSON, sheet_show, WEB_HEAVY, 0},
	{WEB_GET, "/people/invite", RIGHT_PERSON, invite_show, 0, 0},
	{WEB_POST, "/people/invite", RIGHT_PERSON, invite_do, 0, 16384},
	{WEB_GET, "/people", RIGHT_PERSON, sheet_show, 0, 0},
	{WEB_GET, "/settings", RIGHT_PERSON, settings_show, 0, 0},
	{WEB_POST, "/settings/rules", RIGHT_PERSON, rules_adopt, 0, 4 << 20},
	{WEB_GET, "/outbox", RIGHT_PERSON, sheet_show, 0, 0},
	{WEB_GET, "/delegations", RIGHT_PERSON, sheet_show, 0, 0},
	{WEB_GET, "/organisations/{org}", RIGHT_PERSON, org_one_show, WEB_HEAVY | WEB_APART, 0},
	/* Not one of the heavy: what somebody has sent is not turned away. */
	{WEB_POST, "/organisations/{org}/inventory", RIGHT_PERSON, inventory_send, 0, UPLOAD_BYTES},
	{WEB_POST, "/organisations/{org}/disclosure", RIGHT_PERSON, disclosure_begin, 0, 65536},
	{WEB_POST, "/organisations/{org}/contacts/confirm", RIGHT_PERSON, contact_confirm, 0,
	 16384},
	{WEB_GET, "/organisations/{org}/devices", RIGHT_PERSON, devices_show, WEB_HEAVY, 0},
	{WEB_GET, "/organisations/{org}/devices/{device}", RIGHT_PERSON, device_show,
	 WEB_HEAVY | WEB_APART, 0},
	{WEB_GET, "/vulnerabilities/{cve}", RIGHT_PERSON, vulnerability_show, WEB_HEAVY, 0},
	{WEB_GET, "/assets/{name}", NULL, asset_show, WEB_BARE, 0},
	{WEB_GET, "/inventory-template.csv", NULL, template_show, WEB_BARE, 0},
	{WEB_GET, "/live", RIGHT_PERSON, live_show, 0, 0},
	{WEB_GET, "/sign-in", NULL, sign_in_show, 0, 0},
	{WEB_POST, "/sign-in", NULL, sign_in_try, 0, 16384},
	{WEB_GET, "/sign-in/oidc", NULL, sso_depart, 0, 0},
	{WEB_GET, "/sign-in/oidc/back", NULL, sso_back, 0, 0},
	{WEB_GET, "/sign-in/code", NULL, code_show, 0, 0},
	{WEB_POST, "/sign-in/code", NULL, code_try, 0, 16384},
	{WEB_GET, "/link/{token}", NULL, link_show, 0, 0},
	{WEB_POST, "/link/{token}", NULL, link_use, 0, 16384},
	{WEB_POST, "/sign-out", RIGHT_PERSON, sign_out, 0, 16384},
	{WEB_GET, "/post", RIGHT_PERSON, post_show, 0, 0},
	{WEB_POST, "/post", RIGHT_PERSON, post_choose, 0, 16384},
	{WEB_GET, "/account", RIGHT_PERSON, account_show, 0, 0},
	{WEB_POST, "/account/password", RIGHT_PERSON, password_change, 0, 16384},
	{WEB_POST, "/account/sessions/end", RIGHT_PERSON, session_end, 0, 16384},
	{WEB_POST, "/account/sessions/end-others", RIGHT_PERSON, sessions_end, 0, 16384},
	{WEB_POST, "/account/tokens", RIGHT_PERSON, token_make, 0, 16384},
	{WEB_POST, "/account/feeds", RIGHT_PERSON, feeds_make, 0, 16384},
	{WEB_POST, "/account/tokens/end", RIGHT_PERSON, token_end, 0, 16384},
	{WEB_POST, "/account/totp", RIGHT_PERSON, totp_begin, 0, 16384},
	{WEB_POST, "/account/totp/confirm", RIGHT_PERSON, totp_confirm, 0, 16384},
	{WEB_POST, "/account/totp/off", RIGHT_PERSON, totp_off, 0, 16384},
	{WEB_POST, "/account/recovery", RIGHT_PERSON, recovery_renew, 0, 16384},
};

bool console_has_page(struct str path)
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++)
		if (routes[i].method == WEB_GET && web_path_fits(routes[i].pattern, path))
			return true;
	return false;
}

static struct web_route all_routes[ARRAY_LEN(routes) + API_ROUTES_MOST]; /* and the API's */

void console_app(const struct console_config *config, struct web_app *ret)
{
	memcpy(all_routes, routes, sizeof(routes));
	*ret = (struct web_app){
		.routes = all_routes,
		.nroutes = ARRAY_LEN(routes) + api_routes(all_routes + ARRAY_LEN(routes)),
		.ctx = (void *)(uintptr_t)config,
		.open = open_console,
		.close = close_console,
		.ready = is_ready,
		.admit = admit,
		.tick = tick,
		.problem = console_problem,
	};
}
