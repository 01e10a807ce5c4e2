#ifndef CONSOLE_INNER_H
#define CONSOLE_INNER_H

/* Inner door: a worker's console, who asks, and what pages of all kinds need. */

#include "access/access.h"
#include "acts/acts.h"
#include "console/console.h"
#include "console/views.h"

struct watcher;
struct kept_page;
struct maker;
struct console {
	struct kept_page *kept;	  /* pages that were made not long ago */
	struct maker *maker;	  /* the thread's that makes them */
	struct kept_globe *globe; /* the world that is kept; NULL: not opened yet */
	struct watcher *watchers; /* of the journal's growing */
	uint64_t told_head;
	int64_t told_ms;
	const struct console_config *config;
	struct acts *acts; /* NULL: the store can't be reached */
	struct access *access;
	struct oidc *oidc;
	char service_name[256];
	struct str service;  /* the same */
	struct arena *arena; /* of the age of the data, as the strip says it: */
	struct str fresh;
	struct estate_org *sent; /* newest inventories, by organisation */
	size_t nsent, nstale;	 /* stale: older than 30 days */
	int64_t sent_ms;	 /* the newest of all */
	int64_t fresh_ms, flush_ms, sweep_ms;
	struct arena *state_arena; /* of who leads and the level, as of: */
	struct incident_now state;
	int64_t state_ms; /* 0: not known */
	uint64_t state_head;
};

/* Who asks: req->user, of every request that admit() let in. */
struct visitor {
	bool session, token; /* one of them, or neither */
	struct access_session s;
	struct access_token t;
	struct person_id person;
	struct str email, name, post;
	const struct web_route *route;
};

/* The route is for people who are signed in; or, what begins so, for them and API tokens. */
#define RIGHT_PERSON "person"
#define RIGHT_API "api"
/* For the same, and tokens good for reading may stand in the address. */
#define RIGHT_FEED "feed"

static inline struct console *console_of(const struct web_request *req)
{
	return req->app;
}
static inline const struct visitor *visitor_of(const struct web_request *req)
{
	return req->user;
}

/* visit.c */
enum cookie { COOKIE_SESSION, COOKIE_DEVICE, COOKIE_BEFORE, COOKIE_PENDING, COOKIE_OIDC };
struct str cookie_get(const struct web_request *req, enum cookie which);
/* Empty: it goes. */
void cookie_set(const struct web_request *req, struct web_reply *reply, enum cookie which,
		struct str value);
/* Who asks by the session's cookie; nobody, where that can't be told. */
struct visitor *visitor_by_cookie(struct web_request *req);
bool console_admit(const struct web_route *route, struct web_request *req, struct web_reply *reply);
struct access_client client_of(const struct web_request *req);
/* Was the form of a page of ours, for this visitor?  False: the reply says so. */
bool form_is_ours(struct web_request *req, struct web_reply *reply);
/* A path of ours that a page may lead on to; else "/". */
struct str own_path(struct str said);

/* frame.c */
/* The body of a page that has a form or not, and its frame. */
struct text *page_begin(struct web_request *req, struct web_reply *reply, const char *title,
			struct frame *ret);
/* The frame alone, for forms that are bound to bound; it has no title yet. */
void frame_known(struct web_request *req, struct str bound, struct frame *ret);
/* For who reads: "12 May 2017, 07:44 UTC"; in the request's memory. */
struct str time_words(struct arena *arena, int64_t ms);
/* Is it the store's trouble, and nothing that another value in a field would cure? */
static inline bool is_outage(const struct err *err)
{
	return err->code == ERR_IO || err->code == ERR_FULL || err->code == ERR_CORRUPT;
}
/* The age of the data, once a minute. */
void frame_refresh(struct console *k);

/* trouble.c */
/* What a person is told of an error that no field can cure. */
void page_fail(struct web_reply *reply, const struct err *err);
/* What it says to who has pages: without what one would type. */
struct str page_said(struct arena *arena, const struct err *err);
/* The page of every problem: in the frame of who asked, where that can be told. */
void console_problem(struct text *out, struct web_request *req, const struct web_problem *what);

/* enter.c */
void sign_in_show(struct web_request *req, struct web_reply *reply);
void sign_in_try(struct web_request *req, struct web_reply *reply);
void code_show(struct web_request *req, struct web_reply *reply);
void code_try(struct web_request *req, struct web_reply *reply);
void link_show(struct web_request *req, struct web_reply *reply);
void link_use(struct web_request *req, struct web_reply *reply);
void sign_out(struct web_request *req, struct web_reply *reply);
/* console.c: is there a page at that path? */
bool console_has_page(struct str path);
/* post.c */
void post_show(struct web_request *req, struct web_reply *reply);
void post_choose(struct web_request *req, struct web_reply *reply);
/* account.c, second.c */
void account_show(struct web_request *req, struct web_reply *reply);
void account_page(struct web_request *req, struct web_reply *reply, const struct fault *fault);
void password_change(struct web_request *req, struct web_reply *reply);
void session_end(struct web_request *req, struct web_reply *reply);
void sessions_end(struct web_request *req, struct web_reply *reply);
void token_make(struct web_request *req, struct web_reply *reply);
/* Where the console is: as messages name it, else as it was asked. */
struct str console_address(struct web_request *req);
void feeds_make(struct web_request *req, struct web_reply *reply);
void token_end(struct web_request *req, struct web_reply *reply);
void totp_begin(struct web_request *req, struct web_reply *reply);
void totp_confirm(struct web_request *req, struct web_reply *reply);
void totp_off(struct web_request *req, struct web_reply *reply);
void recovery_renew(struct web_request *req, struct web_reply *reply);
/* Once the password that stands in the form has been judged right: then() may write the page.
 * Wrong: the account's page says so. */
typedef void proved_fn(struct web_request *req, struct web_reply *reply);
void when_proved(struct web_request *req, struct web_reply *reply, proved_fn *then);
/* alerts.c, obligation.c, answer.c */
void alerts_show(struct web_request *req, struct web_reply *reply);
void alert_one_show(struct web_request *req, struct web_reply *reply);
void obligation_show(struct web_request *req, struct web_reply *reply);
void answer_do(struct web_request *req, struct web_reply *reply);
void decide_do(struct web_request *req, struct web_reply *reply);
void life_do(struct web_request *req, struct web_reply *reply);
/* settings.c */
void settings_show(struct web_request *req, struct web_reply *reply);
void rules_adopt(struct web_request *req, struct web_reply *reply);
/* invite.c */
void invite_show(struct web_request *req, struct web_reply *reply);
void invite_do(struct web_request *req, struct web_reply *reply);
/* bulk.c */
void bulk_do(struct web_request *req, struct web_reply *reply);
/* compose.c, lead.c */
void compose_show(struct web_request *req, struct web_reply *reply);
void compose_do(struct web_request *req, struct web_reply *reply);
void preview_show(struct web_request *req, struct web_reply *reply);
void replay_show(struct web_request *req, struct web_reply *reply);
void lead_show(struct web_request *req, struct web_reply *reply);
void lead_do(struct web_request *req, struct web_reply *reply);
/* sheet.c, organisation.c */
void sheet_show(struct web_request *req, struct web_reply *reply);
void org_one_show(struct web_request *req, struct web_reply *reply);
void inventory_send(struct web_request *req, struct web_reply *reply);
void disclosure_begin(struct web_request *req, struct web_reply *reply);
void contact_confirm(struct web_request *req, struct web_reply *reply);
void devices_show(struct web_request *req, struct web_reply *reply);
void device_show(struct web_request *req, struct web_reply *reply);
void vulnerability_show(struct web_request *req, struct web_reply *reply);
/* feeds_out.c */
bool feed_admit(struct web_request *req, struct web_reply *reply);
void feed_alerts(struct web_request *req, struct web_reply *reply);
void feed_duties(struct web_request *req, struct web_reply *reply);
/* home.c */
void home_show(struct web_request *req, struct web_reply *reply);
void me_show(struct web_request *req, struct web_reply *reply);
/* asset.c: files that are built in; an empty name: it was not there to be. */
struct asset {
	struct str name;
	const char *type;
	struct str plain, gzipped;
};
#define ASSET(content_type)                                                                        \
	{                                                                                          \
		{ASSET_NAME, sizeof(ASSET_NAME) - 1}, content_type,                                \
			{(const char *)asset_plain, sizeof(asset_plain)},                          \
		{                                                                                  \
			(const char *)asset_gzip, sizeof(asset_gzip)                               \
		}                                                                                  \
	}
extern const struct asset style_asset, script_asset, icon_asset;
void asset_show(struct web_request *req, struct web_reply *reply);
/* template.c */
void template_show(struct web_request *req, struct web_reply *reply);
/* kept.c */
void kept_tick(struct console *k, int64_t now_ms);
void kept_close(struct console *k);

/* *ret is as of now and lives until it is asked for again; NULL where this process keeps none. */
struct exposure_world;
MUST_CHECK bool kept_world(struct console *k, struct exposure_world **ret, struct err *err);
/* For commands, in arena; NULL where this process keeps no world. */
struct cli_kept;
const struct cli_kept *kept_globe(struct console *k, struct arena *arena);
void kept_globe_begin(struct console *k);
void kept_globe_close(struct console *k);
/* live.c */
void live_show(struct web_request *req, struct web_reply *reply);
/* Tells who watches when the journal has grown. */
void live_tick(struct console *k, int64_t now_ms);

#endif
