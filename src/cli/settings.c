#include "cli/command.h"

#include "alerts/alerts.h"
#include "cli/outbox.h"
#include "cli/sight.h"
#include "intel/intel.h"
#include "oidc/oidc.h"
#include "access/access.h"

/* How the service stands: what is set, how it is changed, and by whom.  No secret is in it. */

struct settings {
	struct cli *cli;
	struct acts *acts;
	struct sight sight;
	bool whole; /* who looks may see addresses of this machine's servers */
	struct listing *l;
	struct alerts_view view;
	const char *about; /* which part */
};

static const struct column columns[] = {
	{"about", "about", false}, {"setting", "setting", false},
	{"value", "value", false}, {"change", "how it changes", false},
	{NULL, NULL, false},
};

static void row(struct settings *s, const char *setting, struct str value, const char *change)
{
	listing_text(s->l, str_of(s->about));
	listing_text(s->l, str_of(setting));
	listing_text(s->l, value);
	listing_text(s->l, str_of(change));
}

/* Changed where the server runs alone.  Whoever reads it on a page has no shell there: to them, who
 * can, and the name by which doc/serve.md has it. */
static void row_of_server(struct settings *s, const char *setting, struct str value,
			  const char *command)
{
	struct str change =
		s->cli->config->caught
			? arena_fmt(s->cli->arena,
				    "whoever runs the service's server: \"%s\" in doc/serve.md",
				    setting)
			: arena_fmt(s->cli->arena, "on the machine: lynchpin %s", command);

	row(s, setting, value, change.p);
}

/* Changed by who may, on a page of the console or by a command. */
static const char *on_page(const struct settings *s, const char *page, const char *command)
{
	return s->cli->config->caught
		       ? page
		       : arena_fmt(s->cli->arena, "lynchpin %s; %s", command, page).p;
}

static struct str moment(const struct settings *s, int64_t ms)
{
	char stamp[STAMP_BYTES];

	return ms ? arena_fmt(s->cli->arena, "%.16sZ", stamp_format(ms, stamp).p) : STR("never");
}

static struct str count(const struct settings *s, uint64_t n)
{
	return arena_fmt(s->cli->arena, "%ju", (uintmax_t)n);
}

/* --- parts --- */

static bool service_part(struct settings *s, struct err *err)
{
	struct journal_head head;
	struct str name;

	s->about = "service";
	if (!acts_service_name(s->acts, s->cli->arena, &name, err) ||
	    !journal_head(acts_journal(s->acts), &head, err))
		return false;
	row(s, "name", name, "fixed: record 1 says it");
	row(s, "site", head.site, "fixed: it is the site's key");
	row(s, "records", count(s, head.number), "");
	row(s, "last record", moment(s, head.stamped_ms), "");
	row(s, "level and lead", STR("on the strip of each page"),
	    on_page(s, "who may, on the page Who leads", "posture set, mandate offer"));
	if (s->whole)
		row_of_server(s, "store", str_of(store_path(acts_store(s->acts))), "store copy");
	return true;
}

static bool people_part(struct settings *s, struct err *err)
{
	const struct oidc_config oc = {.store = acts_store(s->acts), .clock = &s->cli->clock};
	const struct access_config ac = {.store = acts_store(s->acts), .clock = &s->cli->clock};
	AUTO(access_closep) struct access *access = NULL;
	AUTO(oidc_closep) struct oidc *oidc = NULL;
	struct oidc_settings sso = {.issuer = {0}};
	struct access_people people;

	s->about = "signing in";
	if (!oidc_open(&oc, &oidc, err) || !oidc_settings(oidc, s->cli->arena, &sso, err) ||
	    !access_open(&ac, &access, err) || !access_people(access, s->cli->arena, &people, err))
		return false;
	row_of_server(s, "single sign-on",
		      !sso.issuer.n ? STR("none: people sign in with passwords")
		      : s->whole    ? arena_fmt(s->cli->arena, "by %.*s, beside passwords",
						STR_FMT(sso.issuer))
				    : STR("there is a provider, beside passwords"),
		      "oidc set");
	row(s, "people who may sign in", count(s, people.n),
	    on_page(s, "who may give a post, on the page Invite somebody", "person invite"));
	row(s, "a password has at least", STR("15 characters, or 8 with a second factor"), "fixed");
	row(s, "a session ends", STR("an hour after it was last used, or 12 after signing in"),
	    "fixed");
	return true;
}

static struct str mail_words(const struct settings *s, const struct notify_mail *m)
{
	if (!m->url.n)
		return STR("none: nobody is told by e-mail");
	if (!s->whole)
		return STR("set");
	return arena_fmt(s->cli->arena, "by %.*s, from %.*s%s", STR_FMT(m->url), STR_FMT(m->from),
			 m->password_kept ? ", with a password" : "");
}

static bool reach_part(struct settings *s, struct err *err)
{
	AUTO(notify_closep) struct notify *n = NULL;
	struct notify_tally t;
	struct notify_mail m;
	struct notify_hooks hooks;
	struct str console;

	s->about = "reaching people";
	if (!outbox_open(s->cli, s->acts, true, &n, err) ||
	    !notify_mail_get(n, s->cli->arena, &m, err) ||
	    !notify_console_get(n, s->cli->arena, &console, err) ||
	    !notify_hook_list(n, s->cli->arena, &hooks, err) || !notify_tally(n, &t, err))
		return false;
	row_of_server(s, "e-mail", mail_words(s, &m), "notify set smtp");
	row_of_server(s, "messages lead to", console.n ? console : STR("no address"),
		      "notify set console");
	row_of_server(s, "webhooks", count(s, hooks.n), "notify hook");
	row(s, "last sent", moment(s, t.sent_ms), "");
	row(s, "sent", count(s, t.count[NOTIFY_SENT]), "");
	row(s, "waiting", count(s, t.count[NOTIFY_WAITING]), "");
	row(s, "failed", count(s, t.count[NOTIFY_FAILED]), "");
	row(s, "given up after", STR("a day"), "fixed");
	return true;
}

static bool rules_part(struct settings *s, struct err *err)
{
	struct rules_list rules;

	s->about = "rules";
	if (!alert_rules(&s->view, &rules, err))
		return false;
	for (size_t i = 0; i < rules.n; i++) {
		const struct rules_adopted *r = &rules.v[i];

		row(s, r->what.p,
		    arena_fmt(s->cli->arena, "%.*s, since %.*s (record %ju)", STR_FMT(r->name),
			      STR_FMT(moment(s, r->at_ms)), (uintmax_t)r->record),
		    on_page(s, "who may, on the page Settings", "alert adopt"));
	}
	if (!rules.n)
		row(s, "rules", STR("none: alerts have no clocks and nobody is escalated"),
		    on_page(s, "who may, on the page Settings", "alert adopt"));
	return true;
}

static bool feeds_part(struct settings *s, struct err *err)
{
	struct intel_feed *feeds;
	int64_t newest = 0;
	size_t n, current = 0;

	s->about = "feeds";
	if (!intel_feed_list(acts_store(s->acts), s->cli->arena, &feeds, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		current += feeds[i].current;
		newest = MAX_OF(newest, feeds[i].taken_ms);
	}
	row_of_server(s, "feeds that count", count(s, current), "feed import");
	row_of_server(s, "the newest is of", moment(s, newest), "feed update");
	return true;
}

static void limits_part(struct settings *s)
{
	s->about = "limits";
	row(s, "an inventory", STR("at most 2 GiB"), "fixed");
	row(s, "a token for programs", STR("at most a year"), "fixed");
	row(s, "an opened list of devices", STR("8 hours"), "fixed");
	row(s, "an organisation is chased", STR("once a day, unless it is said again"), "fixed");
	row(s, "records", STR("kept for ever"), "fixed");
	row(s, "inventories", STR("the latest, and each that a closure cites"), "fixed");
}

static bool settings_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(listing_dropp) struct listing *l = NULL;
	struct settings s = {.cli = c};
	struct listing *done;

	if (!cli_open(c, ACTS_READ, &a, err) || !sight_open(c, a, &s.sight, err))
		return false;
	s.acts = a;
	s.view = (struct alerts_view){acts_store(a), c->arena, acts_now_ms(a)};
	s.whole = !cli_opt(c, "--as");
	if (!s.whole) {
		const struct directory_claim claim = {.post = str_of(cli_opt(c, "--as")),
						      .right = STR("settings.write"),
						      .at_ms = s.view.at_ms};

		if (!directory_post_may(acts_store(a), &claim, &s.whole, err))
			return false;
	}
	s.l = l = listing_begin(c, "settings", columns);
	if (!service_part(&s, err) || !people_part(&s, err) || !reach_part(&s, err) ||
	    !rules_part(&s, err) || !feeds_part(&s, err))
		return false;
	limits_part(&s);
	done = l, l = NULL;
	return listing_end(done, "", err);
}

const struct command settings_commands[] = {
	{"settings", NULL, NULL, "Show how the service stands, and who changes what of it.", 0, 0,
	 NULL, settings_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
