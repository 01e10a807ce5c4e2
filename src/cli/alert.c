#include "cli/alert.h"

#include <limits.h>

#include "base/file.h"
#include "cli/import.h"

/* The life of an alert, the list of them, and the table of commands. */

static const struct cli_option revision_options[] = {
	{"--revision", "N", "the revision that was read; else the newest"},
	{NULL, NULL, NULL},
};

/* The alert as the author saw it. */
static bool open_alert(struct cli *c, unsigned arg, struct acts **a, struct alert *ret,
		       struct err *err)
{
	struct alerts_view view;

	if (!cli_open(c, ACTS_WRITE, a, err))
		return false;
	view = alert_view(c, *a);
	return alert_get(&view, alert_number(c, arg), ret, err);
}

/* The revision that was read: where another came since, the act is refused and says whose. */
bool alert_revision(struct cli *c, const char *option, const struct alert *alert, int64_t *ret,
		    struct err *err)
{
	uint64_t n;

	if (!cli_opt_u64(c, option, alert->revision, &n, err))
		return false;
	if (!n || n >= INT32_MAX)
		return err_set(err, ERR_USAGE, "%s takes a revision: 1, 2...", option);
	*ret = (int64_t)n;
	return true;
}

/* Two posts that nobody holds may be one person's: allowed, for a service that has no people yet,
 * but said. */
static bool note_unheld(struct cli *c, struct acts *a, const struct alert *alert, struct err *err)
{
	const struct directory_view dv = {acts_store(a), c->arena, acts_now_ms(a)};
	struct holders author, approver;

	if (!directory_holders(&dv, alert->author, &author, err) ||
	    !directory_holders(&dv, alert_post(c), &approver, err))
		return false;
	if (!author.n && !approver.n)
		cli_note(c,
			 "note: no person is recorded for %.*s or %.*s, and so a second person "
			 "cannot be told from the first: lynchpin person add, then post hold",
			 STR_FMT(alert->author), STR_FMT(alert_post(c)));
	return true;
}

static bool approve_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct alert_act act = {.act = "alert.approve"};
	struct alert alert;
	uint64_t record;
	int64_t revision = 0;

	if (!open_alert(c, 0, &a, &alert, err) ||
	    !alert_revision(c, "--revision", &alert, &revision, err))
		return false;
	act.alert = alert.id;
	act_int(&act, "revision", revision);
	if (!alert_do(a, &act, (struct str){0}, &record, err) || !note_unheld(c, a, &alert, err))
		return false;
	return alert_said(c, alert.id, record,
			  arena_fmt(c->arena,
				    "%.*s: revision %jd approved; next: lynchpin alert publish "
				    "%.*s",
				    STR_FMT(alert.id), (intmax_t)revision, STR_FMT(alert.id)),
			  err);
}

static struct str published_line(struct cli *c, const struct alert *a)
{
	if (a->asked_ms != MAX_OF(a->published_ms, a->updated_ms))
		return arena_fmt(c->arena, "%.*s: revision %ju published; nobody is asked again",
				 STR_FMT(a->id), (uintmax_t)a->published_revision);
	return arena_fmt(c->arena, "%.*s: revision %ju published; %ju %s asked", STR_FMT(a->id),
			 (uintmax_t)a->published_revision, (uintmax_t)a->members,
			 plural(a->members, "organisation is", "organisations are"));
}

static bool publish_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct alert_act act = {.act = "alert.publish"};
	struct alerts_view view;
	struct alert alert;
	uint64_t record;
	int64_t revision = 0;

	if (!open_alert(c, 0, &a, &alert, err) ||
	    !alert_revision(c, "--revision", &alert, &revision, err))
		return false;
	act.alert = alert.id;
	act_int(&act, "revision", revision);
	if (!alert_do(a, &act, (struct str){0}, &record, err))
		return false;
	view = alert_view(c, a);
	return alert_get(&view, alert.id, &alert, err) && alert_count(&view, &alert, err) &&
	       alert_said(c, alert.id, record, published_line(c, &alert), err);
}

static const struct cli_option withdraw_options[] = {
	{"--reason", "TEXT", "why"},
	{"--base", "N", "the revision that was read; else the newest"},
	{NULL, NULL, NULL},
};

static bool withdraw_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct alert_act act = {.act = "alert.withdraw"};
	struct alert alert;
	uint64_t record;
	int64_t base = 0;

	if (!cli_opt(c, "--reason"))
		return err_set(err, ERR_USAGE, "why is it withdrawn? --reason TEXT");
	if (!open_alert(c, 0, &a, &alert, err) || !alert_revision(c, "--base", &alert, &base, err))
		return false;
	act.alert = alert.id;
	act_int(&act, "base", base);
	act_str(&act, "reason", str_of(cli_opt(c, "--reason")));
	return alert_do(a, &act, (struct str){0}, &record, err) &&
	       alert_said(c, alert.id, record,
			  arena_fmt(c->arena, "%.*s: withdrawn; nobody has to answer it any more",
				    STR_FMT(alert.id)),
			  err);
}

static const struct cli_option supersede_options[] = {
	{"--base", "N", "the revision of OLD that was read; else the newest"},
	{NULL, NULL, NULL},
};

static bool supersede_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct alert_act act = {.act = "alert.supersede"};
	struct str by = alert_number(c, 1);
	struct alert alert;
	uint64_t record;
	int64_t base = 0;

	if (!open_alert(c, 0, &a, &alert, err) || !alert_revision(c, "--base", &alert, &base, err))
		return false;
	act.alert = alert.id;
	act_int(&act, "base", base);
	act_str(&act, "by", by);
	return alert_do(a, &act, (struct str){0}, &record, err) &&
	       alert_said(c, alert.id, record,
			  arena_fmt(c->arena, "%.*s: superseded by %.*s", STR_FMT(alert.id),
				    STR_FMT(by)),
			  err);
}

/* --- listings --- */

static const struct column list_columns[] = {
	{"alert", "alert", false},
	{"title", "title", false},
	{"severity", "severity", false},
	{"tlp", "TLP", false},
	{"life", "state", false},
	{"revision", "revision", true},
	{"pending", "next waits", false},
	{"published", "published", false},
	{"updated", NULL, false},
	{"members", "organisations", true},
	{NULL, NULL, false},
};

static void list_row(struct listing *l, const struct alert *a)
{
	listing_text(l, a->id);
	listing_text(l, a->content.title);
	listing_text(l, str_of(severity_name(a->content.severity)));
	listing_text(l, a->content.tlp);
	listing_text(l, str_of(alert_life_name(a->life)));
	listing_int(l, (int64_t)a->revision);
	listing_bool(l, a->pending);
	listing_day(l, a->published_ms);
	listing_stamp(l, a->updated_ms);
	listing_int(l, (int64_t)a->members);
}

static bool list_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(listing_dropp) struct listing *l = listing_begin(c, "alerts", list_columns);
	struct alert_list list;
	struct alerts_view view;
	enum post_scope scope;
	struct listing *done;

	if (!cli_open(c, ACTS_READ, &a, err))
		return false;
	view = alert_view(c, a);
	if (!alert_scope(c, &view, &scope, err) || !alert_list(&view, &list, err))
		return false;
	for (size_t i = 0; i < list.n; i++) {
		bool concerns = false;

		if (!alert_concerns(c, &view, &list.v[i], &concerns, err) ||
		    (concerns && !alert_count(&view, &list.v[i], err)))
			return false;
		if (concerns)
			list_row(l, &list.v[i]);
	}
	done = l, l = NULL;
	return listing_end(done,
			   scope == SCOPE_NATION
				   ? "No alerts yet. lynchpin alert new --title TEXT --severity "
				     "high --cve CVE --everyone drafts one."
				   : "No published alert concerns this post.",
			   err);
}

static void state_row(void *ctx, const char *claims, const char *clear, const char *exposed,
		      const char *neither)
{
	struct listing *l = ctx;

	listing_text(l, str_of(claims));
	listing_text(l, str_of(clear));
	listing_text(l, str_of(exposed));
	listing_text(l, str_of(neither));
}

static void say_state_words(struct cli *c)
{
	text_add_c(&c->out, "\n--state takes, separated by commas:\n");
	for (unsigned i = 0; i < OBLIGATION_STATES; i++)
		text_addf(&c->out, "  %-24s %s\n", obligation_state_name((enum obligation_state)i),
			  obligation_state_words((enum obligation_state)i));
}

static bool states_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"claims", "claims so far", false},
		{"clear", "covering evidence, nothing exposed", false},
		{"exposed", "evidence shows devices exposed", false},
		{"neither", "neither", false},
		{NULL, NULL, false},
	};
	struct listing *l = listing_begin(c, "states", columns);

	evidence_table_each(state_row, l);
	if (!listing_end(l, "", err))
		return false;
	if (!c->json && !c->csv)
		say_state_words(c);
	return true;
}

/* --- rules --- */

static bool adopt(struct cli *c, struct str bytes, uint64_t *ret, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(text_freep) struct text body = {0};
	struct journal_head head;

	if (!alerts_adopt_body(cli_arg(c, 0), file_base_name(c->args[1]), bytes, &body, err) ||
	    !cli_open(c, ACTS_WRITE, &a, err) || !acts_begin(a, err))
		return false;
	if (!import_act(a, &(struct act_request){.act = "alert.adopt", .body = text_str(&body)},
			bytes, err)) {
		acts_rollback(a);
		return false;
	}
	if (!acts_commit(a, err) || !journal_head(acts_journal(a), &head, err))
		return false;
	return *ret = head.number, true;
}

static bool adopt_run(struct cli *c, struct err *err)
{
	struct str bytes = {0};
	uint64_t record = 0;
	bool ok;

	if (!cli_map(c, c->args[1], &bytes, err))
		return false;
	ok = adopt(c, bytes, &record, err);
	cli_unmap(c, bytes);
	if (!ok)
		return false;
	if (c->json)
		return import_recorded(c, record, err);
	text_addf(&c->out, "%s from %s hold from now on\n", c->args[0], c->args[1]);
	return true;
}

/* What holds today; of one kind the file, as it was adopted. */
static bool rules_file(struct acts *a, struct cli *c, const struct rules_adopted *r,
		       struct err *err)
{
	enum { FILE_MOST = 4 << 20 };

	return journal_get_bulk(acts_journal(a), &r->digest, FILE_MOST, &c->out, err);
}

static bool rules_run(struct cli *c, struct err *err)
{
	static const struct column rule_columns[] = {
		{"what", "what", false},    {"name", "from", false}, {"since", "since", false},
		{"record", "record", true}, {NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	struct alerts_view view;
	struct rules_list rules;
	struct listing *l;

	if (!cli_open(c, ACTS_READ, &a, err))
		return false;
	view = alert_view(c, a);
	if (!alert_rules(&view, &rules, err))
		return false;
	for (size_t i = 0; c->nargs && i < rules.n; i++)
		if (str_eq(cli_arg(c, 0), rules.v[i].what))
			return rules_file(a, c, &rules.v[i], err);
	if (c->nargs)
		return err_set(err, ERR_NOT_FOUND, "no %s were adopted: clocks, ladders, holidays",
			       c->args[0]);
	l = listing_begin(c, "rules", rule_columns);
	for (size_t i = 0; i < rules.n; i++) {
		listing_text(l, rules.v[i].what);
		listing_text(l, rules.v[i].name);
		listing_stamp(l, rules.v[i].at_ms);
		listing_int(l, (int64_t)rules.v[i].record);
	}
	return listing_end(l, "No rules: lynchpin alert adopt clocks FILE adopts some.", err);
}

const struct command alert_commands[] = {
	{"alert", "new", "[ID]", "Draft an alert; prints its number.", 0, 1,
	 alert_draft_options + ALERT_WEIGHTS, alert_new_run},
	{"alert", "update", "ID", "Draft an alert's next revision.", 1, 1, alert_draft_options,
	 alert_update_run},
	{"alert", "preview", "ID", "Say whom an alert will reach, and how they stand today.", 1, 1,
	 alert_preview_options, alert_preview_run},
	{"alert", "approve", "ID", "Approve a revision, as a second person.", 1, 1,
	 revision_options, approve_run},
	{"alert", "publish", "ID", "Publish an alert: its audience is asked.", 1, 1,
	 revision_options, publish_run},
	{"alert", "withdraw", "ID", "Withdraw an alert.", 1, 1, withdraw_options, withdraw_run},
	{"alert", "supersede", "OLD NEW", "End an alert in favour of another.", 2, 2,
	 supersede_options, supersede_run},
	{"alert", "list", NULL, "List alerts.", 0, 0, NULL, list_run},
	{"alert", "show", "ID",
	 "Show how an alert stands: by state, by region, who has not answered, worst first.", 1, 1,
	 alert_show_options, alert_show_run},
	{"alert", "acknowledge", "ID", "Say that an alert was seen and is being dealt with.", 1, 1,
	 alert_acknowledge_options, alert_acknowledge_run},
	{"alert", "applicability", "ID", "Say whether an alert applies.", 1, 1,
	 alert_applicability_options, alert_applicability_run},
	{"alert", "progress", "ID", "Say how far one is, or what is in the way.", 1, 1,
	 alert_progress_options, alert_progress_run},
	{"alert", "claim", "ID", "Claim that devices are fixed, mitigated or attested.", 1, 1,
	 alert_claim_options, alert_claim_run},
	{"alert", "except", "ID", "Ask for an exception until a date.", 1, 1, alert_except_options,
	 alert_except_run},
	{"alert", "decide", "ID", "Decide on a mitigation or exception; list those that wait.", 1,
	 1, alert_decide_options, alert_decide_run},
	{"alert", "supply", "ID", "Answer as the supplier that others wait for.", 1, 1,
	 alert_supply_options, alert_supply_run},
	{"alert", "deliver", "ID", "Say whom an alert reached, and how.", 1, 1,
	 alert_deliver_options, alert_deliver_run},
	{"alert", "claims", "ID", "List what an organisation has claimed.", 1, 1,
	 alert_claims_options, alert_claims_run},
	{"alert", "advance", NULL,
	 "Bring the evidence up to date and do what has come due: joiners, escalations.", 0, 0,
	 NULL, alert_advance_run},
	{"alert", "escalations", "[ID]", "List the steps of ladders that were climbed.", 0, 1,
	 alert_escalations_options, alert_escalations_run},
	{"alert", "chase", "ID",
	 "Ask organisations once more: a message, and a record of who asked whom.", 1, 1,
	 alert_chase_options, alert_chase_run},
	{"alert", "escalate", "ID", "Climb the next step of their ladders now, before its time.", 1,
	 1, alert_escalate_options, alert_escalate_run},
	{"alert", "chases", "ID", "List who was chased or escalated by hand, by whom and when.", 1,
	 1, alert_chases_options, alert_chases_run},
	{"alert", "digest", NULL, "Everything escalated to one recipient, in one message.", 0, 0,
	 alert_digest_options, alert_digest_run},
	{"alert", "duties", NULL, "List what a post has to do, by date; or as a calendar.", 0, 0,
	 alert_duties_options, alert_duties_run},
	{"alert", "replay", "ID", "Show who knew, had answered and was exposed at a moment.", 1, 1,
	 alert_replay_options, alert_replay_run},
	{"alert", "trend", "ID", "Show how an alert stood day by day: devices, obligations.", 1, 1,
	 alert_trend_options, alert_trend_run},
	{"alert", "states", NULL, "Print the table by which claims and evidence make a state.", 0,
	 0, NULL, states_run},
	{"alert", "adopt", "WHAT FILE", "Adopt clocks, ladders or holidays from a file.", 2, 2,
	 NULL, adopt_run},
	{"alert", "rules", "[WHAT]", "List the rules that hold; of one kind the file itself.", 0, 1,
	 NULL, rules_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
