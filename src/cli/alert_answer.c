#include "cli/alert.h"

/* Answers of organisations and suppliers, and what is said of deliveries. */

#define ORG_OPTION                                                                                 \
	{                                                                                          \
		"--org", "CODE...", "for these; else the organisation of the post that acts"       \
	}
#define ALL_OPTION                                                                                 \
	{                                                                                          \
		"--all", NULL, "for every one of the audience that the post may answer for"        \
	}
#define EACH_OPTION                                                                                \
	{                                                                                          \
		"--each", NULL, "each by itself: one that is refused hinders none"                 \
	}
#define DEVICE_OPTION                                                                              \
	{                                                                                          \
		"--device", "ID...", "for these devices alone; else all concerned"                 \
	}

const struct cli_option alert_acknowledge_options[] = {
	ORG_OPTION,
	ALL_OPTION,
	EACH_OPTION,
	{NULL, NULL, NULL},
};

const struct cli_option alert_applicability_options[] = {
	ORG_OPTION,
	ALL_OPTION,
	EACH_OPTION,
	{"--applicable", NULL, "it applies"},
	{"--not-applicable", NULL, "it does not; evidence has the last word"},
	{"--reason", "TEXT", "why it does not"},
	DEVICE_OPTION,
	{NULL, NULL, NULL},
};

const struct cli_option alert_progress_options[] = {
	ORG_OPTION,
	ALL_OPTION,
	EACH_OPTION,
	{"--in-progress", "DATE", "it is being done, and will be by then"},
	{"--blocked-by", "SUPPLIER", "a supplier's answer is waited for"},
	{"--help-needed", NULL, "it cannot be done without help"},
	{"--note", "TEXT", "what else there is to say"},
	DEVICE_OPTION,
	{NULL, NULL, NULL},
};

const struct cli_option alert_claim_options[] = {
	ORG_OPTION,
	ALL_OPTION,
	EACH_OPTION,
	{"--fixed", NULL, "it is fixed; evidence has the last word"},
	{"--mitigated", "HOW", "it is mitigated, until a date; takes a decision"},
	{"--attested", NULL, "for who can send no inventory: it is dealt with, until a date"},
	{"--until", "DATE", "mitigated or attested until then"},
	DEVICE_OPTION,
	{NULL, NULL, NULL},
};

const struct cli_option alert_except_options[] = {
	ORG_OPTION,
	{"--reason", "TEXT", "why it cannot be done"},
	{"--opinion", "TEXT", "the clinical-safety opinion"},
	{"--controls", "TEXT", "what is done instead"},
	{"--until", "DATE", "until when"},
	DEVICE_OPTION,
	{NULL, NULL, NULL},
};

const struct cli_option alert_supply_options[] = {
	{"--supplier", "CODE", "the supplier; else the organisation of the post that acts"},
	{"--fix", "REFERENCE", "there is a fix, of --date"},
	{"--date", "DATE", "when the fix was authorised"},
	{"--working", "DATE", "a fix is being made, and will be there by then"},
	{"--no-fix", NULL, "there will be none"},
	{"--acknowledged", NULL, "it was seen"},
	{"--note", "TEXT", "what else there is to say"},
	{NULL, NULL, NULL},
};

const struct cli_option alert_deliver_options[] = {
	{"--org", "CODE...", "to these"},
	{"--all", NULL, "to the whole audience"},
	{"--channel", "WORD", "email, sms, phone, paper or broadcast"},
	{"--failed", NULL, "it did not arrive"},
	{"--at", "TIME", "when; else now"},
	{NULL, NULL, NULL},
};

/* --- for whom --- */

static bool own_org(struct cli *c, const struct alerts_view *view, struct str_list *ret,
		    struct err *err)
{
	struct str *v = ARENA_NEW(c->arena, struct str);

	*ret = (struct str_list){v, 1};
	return alert_own_org(c, view, v, err);
}

static bool answer_orgs(struct cli *c, const struct alerts_view *view, struct str alert,
			struct str_list *ret, struct err *err)
{
	if (cli_flag(c, "--all") && cli_flag(c, "--org"))
		return err_set(err, ERR_USAGE, "--org or --all, not both");
	if (cli_flag(c, "--org"))
		return *ret = alert_option_orgs(c, "--org"), true;
	if (!cli_flag(c, "--all"))
		return own_org(c, view, ret, err);
	if (!alert_answerable(view, alert, alert_post(c), ret, err))
		return false;
	return ret->n ||
	       err_set(err, ERR_NOT_FOUND,
		       "no organisation that %.*s asks is for %.*s to answer; each may delegate "
		       "answers",
		       STR_FMT(alert), STR_FMT(alert_post(c))) ||
	       err_hint(err, ": lynchpin delegate grant ORG --to %.*s --gives answer",
			STR_FMT(alert_post(c)));
}

struct answered {
	uint64_t first, last; /* records */
	size_t orgs;
};

/* One record each, all or none. */
static bool answer_each(struct acts *a, const struct alert_act *act, const struct str_list *orgs,
			struct answered *ret, struct err *err)
{
	if (!acts_begin(a, err))
		return false;
	*ret = (struct answered){.orgs = orgs->n};
	for (size_t i = 0; i < orgs->n; i++) {
		if (!alert_do(a, act, orgs->v[i], &ret->last, err)) {
			acts_rollback(a);
			return orgs->n == 1 ? false
					    : err_wrap(err, "none recorded, because of %.*s",
						       STR_FMT(orgs->v[i]));
		}
		ret->first = i ? ret->first : ret->last;
	}
	return acts_commit(a, err);
}

static struct str whom(struct cli *c, const struct str_list *orgs)
{
	return orgs->n == 1 ? orgs->v[0] : arena_fmt(c->arena, "%zu organisations", orgs->n);
}

/* A device without a name is a slip, and not every device. */
static bool devices_named(struct cli *c, struct str_list *ret, struct err *err)
{
	struct str piece;

	for (unsigned i = 0; cli_opt_at(c, "--device", i); i++) {
		struct str rest = str_of(cli_opt_at(c, "--device", i));
		bool some = false;

		while (str_next(&rest, ',', &piece)) {
			some = str_trim(piece).n > 0;
			if (!some)
				break;
		}
		if (!some)
			return err_set(err, ERR_USAGE,
				       "--device names no device; leave it out to mean all");
	}
	*ret = alert_option_list(c, "--device");
	return true;
}

/* Each by itself, and what came of it. */
static bool answer_apart(struct each *e, const struct alert_act *act, const struct str_list *orgs,
			 struct err *err)
{
	const struct directory_view dv = {acts_store(e->acts), e->cli->arena, acts_now_ms(e->acts)};
	struct err none = {0};

	for (size_t i = 0; i < orgs->n; i++) {
		struct org org = {.name = {0}};

		(void)!directory_org_get(&dv, orgs->v[i], &org, &none);
		(void)each_add(e, orgs->v[i], org.name);
	}
	for (size_t i = 0; i < e->n; i++)
		if (!each_do(&e->v[i], act, err))
			return false;
	return each_end(e, err);
}

/* Do it for all that are meant, and say so in the words given. */
static bool answer(struct cli *c, struct alert_act *act, const char *words, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct str_list devices, orgs;
	struct alerts_view view;
	struct answered done;
	struct str who, line;

	if (!devices_named(c, &devices, err))
		return false;
	act->alert = alert_number(c, 0);
	act_list(act, "devices", devices);
	if (!cli_open(c, ACTS_WRITE, &a, err))
		return false;
	view = alert_view(c, a);
	if (!alert_days(&view, act, err) || !answer_orgs(c, &view, act->alert, &orgs, err))
		return false;
	if (devices.n && orgs.n > 1)
		return err_set(err, ERR_USAGE, "--device goes with one organisation");
	if (cli_flag(c, "--each"))
		return answer_apart(
			&(struct each){.cli = c, .acts = a, .alert = act->alert, .words = words},
			act, &orgs, err);
	if (!answer_each(a, act, &orgs, &done, err))
		return false;
	who = whom(c, &orgs);
	line = arena_fmt(c->arena, "%.*s: %s for %.*s%s", STR_FMT(act->alert), words, STR_FMT(who),
			 devices.n ? ", those devices" : "");
	if (done.orgs == 1)
		line = arena_fmt(c->arena, "%.*s (record %ju)", STR_FMT(line),
				 (uintmax_t)done.last);
	else
		line = arena_fmt(c->arena, "%.*s (records %ju to %ju)", STR_FMT(line),
				 (uintmax_t)done.first, (uintmax_t)done.last);
	return alert_said(c, act->alert, done.last, line, err);
}

/* --- the answers --- */

bool alert_acknowledge_run(struct cli *c, struct err *err)
{
	struct alert_act act = {.act = "alert.acknowledge"};

	return answer(c, &act, "acknowledged", err);
}

bool alert_applicability_run(struct cli *c, struct err *err)
{
	struct alert_act act = {.act = "alert.applicability"};
	bool applicable = cli_flag(c, "--applicable");

	if (applicable == cli_flag(c, "--not-applicable"))
		return err_set(err, ERR_USAGE,
			       "does it apply? --applicable, or --not-applicable with --reason "
			       "TEXT");
	if (!applicable && !cli_opt(c, "--reason"))
		return err_set(err, ERR_USAGE, "why does it not apply? --reason TEXT");
	act_bool(&act, "applicable", applicable);
	act_str(&act, "reason", str_of(cli_opt(c, "--reason")));
	return answer(c, &act,
		      applicable ? "said to apply"
				 : "said not to apply, which evidence confirms or contradicts,",
		      err);
}

bool alert_progress_run(struct cli *c, struct err *err)
{
	struct alert_act act = {.act = "alert.progress"};
	const char *supplier = cli_opt(c, "--blocked-by"), *words = "in progress";
	bool doing = cli_flag(c, "--in-progress"), help = cli_flag(c, "--help-needed");
	int64_t date;

	if (doing + (supplier != NULL) + help != 1)
		return err_set(err, ERR_USAGE,
			       "how far is it? one of --in-progress DATE, --blocked-by SUPPLIER "
			       "and --help-needed");
	if (!cli_opt_stamp(c, "--in-progress", 0, &date, err))
		return false;
	act_str(&act, "kind", doing ? STR("in_progress") : help ? STR("help") : STR("blocked"));
	act_limit(&act, "date", date, cli_opt(c, "--in-progress"));
	if (supplier) {
		act_str(&act, "supplier", directory_code(c->arena, str_of(supplier)));
		words = "blocked by a supplier, who is asked now,";
	}
	act_str(&act, "note", str_of(cli_opt(c, "--note")));
	return answer(c, &act, help ? "help needed, recorded" : words, err);
}

bool alert_claim_run(struct cli *c, struct err *err)
{
	struct alert_act act = {.act = "alert.claim"};
	bool fixed = cli_flag(c, "--fixed"), attested = cli_flag(c, "--attested");
	const char *how = cli_opt(c, "--mitigated");
	int64_t until;

	if (fixed + attested + (how != NULL) != 1)
		return err_set(err, ERR_USAGE,
			       "what is claimed? one of --fixed, --mitigated HOW and --attested");
	if (!cli_opt_stamp(c, "--until", 0, &until, err))
		return false;
	if (fixed && until)
		return err_set(err, ERR_USAGE, "--fixed holds without a date; leave out --until");
	if (!fixed && !until)
		return err_set(err, ERR_USAGE, "until when? --until DATE");
	act_str(&act, "kind", fixed ? STR("fixed") : attested ? STR("attested") : STR("mitigated"));
	act_str(&act, "how", str_of(how));
	act_limit(&act, "until", until, cli_opt(c, "--until"));
	return answer(c, &act,
		      fixed	 ? "claimed fixed, which evidence confirms or contradicts,"
		      : attested ? "attested"
				 : "claimed mitigated, which waits for a decision,",
		      err);
}

bool alert_except_run(struct cli *c, struct err *err)
{
	static const char *const needed[] = {"--reason", "--opinion", "--controls", "--until"};
	struct alert_act act = {.act = "alert.except"};
	int64_t until;

	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (!cli_opt(c, needed[i]))
			return err_set(err, ERR_USAGE,
				       "an exception takes --reason, --opinion, --controls and "
				       "--until; %s is missing",
				       needed[i]);
	if (!cli_opt_stamp(c, "--until", 0, &until, err))
		return false;
	act_str(&act, "reason", str_of(cli_opt(c, "--reason")));
	act_str(&act, "opinion", str_of(cli_opt(c, "--opinion")));
	act_str(&act, "controls", str_of(cli_opt(c, "--controls")));
	act_limit(&act, "until", until, cli_opt(c, "--until"));
	return answer(c, &act, "an exception asked for, which waits for a decision,", err);
}

static bool supply_options(struct cli *c, struct alert_act *act, struct err *err)
{
	const char *fix = cli_opt(c, "--fix");
	bool working = cli_flag(c, "--working"), none = cli_flag(c, "--no-fix");
	int64_t date;

	if ((fix != NULL) + working + none + cli_flag(c, "--acknowledged") != 1)
		return err_set(err, ERR_USAGE,
			       "what is the answer? one of --fix REFERENCE --date DATE, --working "
			       "DATE, --no-fix and --acknowledged");
	if (cli_flag(c, "--date") != (fix != NULL))
		return err_set(err, ERR_USAGE, "--fix REFERENCE and --date DATE go together");
	if (!cli_opt_stamp(c, fix ? "--date" : "--working", 0, &date, err))
		return false;
	act_str(act, "kind",
		fix	  ? STR("fix")
		: working ? STR("working")
		: none	  ? STR("no_fix")
			  : STR("acknowledged"));
	if (working)
		act_limit(act, "date", date, cli_opt(c, "--working"));
	else
		act_stamp(act, "date", date);
	act_str(act, "reference", str_of(fix));
	act_str(act, "note", str_of(cli_opt(c, "--note")));
	return true;
}

static bool supplier_of(struct cli *c, const struct alerts_view *view, struct str *ret,
			struct err *err)
{
	const struct directory_view dv = {view->store, view->arena, view->at_ms};
	const char *named = cli_opt(c, "--supplier");
	struct org org;

	if (!named)
		return alert_own_org(c, view, ret, err);
	*ret = directory_code(c->arena, str_of(named));
	return directory_org_get(&dv, *ret, &org, err);
}

bool alert_supply_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct alert_act act = {.act = "alert.supply", .alert = alert_number(c, 0)};
	struct alerts_view view;
	struct str org = {0};
	uint64_t record;

	if (!supply_options(c, &act, err) || !cli_open(c, ACTS_WRITE, &a, err))
		return false;
	view = alert_view(c, a);
	return supplier_of(c, &view, &org, err) && alert_days(&view, &act, err) &&
	       alert_do(a, &act, org, &record, err) &&
	       alert_said(c, act.alert, record,
			  arena_fmt(c->arena,
				    "%.*s: the answer of %.*s goes to all who wait for it (record "
				    "%ju)",
				    STR_FMT(act.alert), STR_FMT(org), (uintmax_t)record),
			  err);
}

/* --- deliveries --- */

static bool whole_audience(struct cli *c, const struct alerts_view *view, struct str alert,
			   struct str_list *ret, struct err *err)
{
	struct obligation_list list;
	struct str *v;

	if (!alert_obligations(view, &(struct obligation_filter){.alert = alert}, &list, err))
		return false;
	v = ARENA_ARRAY(c->arena, struct str, list.n + 1);
	for (size_t i = 0; i < list.n; i++)
		v[i] = list.v[i].org;
	*ret = (struct str_list){v, list.n};
	return true;
}

/* The channel, and whether the words say to whom. */
static bool deliver_options(struct cli *c, struct alert_act *act, struct err *err)
{
	static const char *const channels[] = {"email", "sms", "phone", "paper", "broadcast"};
	const char *channel = cli_opt(c, "--channel");
	size_t known = 0;
	int64_t at;

	while (channel && known < ARRAY_LEN(channels) && strcmp(channel, channels[known]) != 0)
		known++;
	if (!channel || known == ARRAY_LEN(channels))
		return err_set(err, ERR_USAGE,
			       "how? --channel email, sms, phone, paper or broadcast");
	if (cli_flag(c, "--all") == cli_flag(c, "--org"))
		return err_set(err, ERR_USAGE, "to whom? --org CODE... or --all");
	if (!cli_opt_stamp(c, "--at", 0, &at, err))
		return false;
	act_str(act, "channel", str_of(channel));
	act_str(act, "outcome", cli_flag(c, "--failed") ? STR("failed") : STR("delivered"));
	act_stamp(act, "at", at);
	return true;
}

bool alert_deliver_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct alert_act act = {.act = "alert.deliver", .alert = alert_number(c, 0)};
	struct str_list orgs = alert_option_orgs(c, "--org");
	struct alerts_view view;
	uint64_t record;
	struct str who;

	if (!deliver_options(c, &act, err) || !cli_open(c, ACTS_WRITE, &a, err))
		return false;
	view = alert_view(c, a);
	if (cli_flag(c, "--all") && !whole_audience(c, &view, act.alert, &orgs, err))
		return false;
	act_list(&act, "orgs", orgs);
	who = whom(c, &orgs);
	return alert_do(a, &act, (struct str){0}, &record, err) &&
	       alert_said(c, act.alert, record,
			  arena_fmt(c->arena, "%.*s: %s %.*s by %s (record %ju)",
				    STR_FMT(act.alert),
				    cli_flag(c, "--failed") ? "did not reach" : "reached",
				    STR_FMT(who), cli_opt(c, "--channel"), (uintmax_t)record),
			  err);
}
