#include "cli/alert.h"
#include "cli/member.h"

#include "base/file.h"

/* A revision of an alert from the options of alert new and alert update. */

enum { TEXT_BYTES = 1 << 20 };

const struct cli_option alert_draft_options[] = {
	{"--minor", NULL, "nobody is asked again"},
	{"--major", NULL, "everybody is asked again; clocks restart"},
	{"--base", "N", "the revision that was read; else the newest"},
	{"--title", "TEXT", "what it is called, in a line"},
	{"--severity", "WORD", "information, low, medium, high or critical"},
	{"--tlp", "LABEL", "CLEAR, GREEN, AMBER (the default), AMBER+STRICT or RED"},
	{"--cve", "CVE...", "what it is about: these vulnerabilities"},
	{"--query", "TERMS", "or the devices that estate search finds, os:windows_xp"},
	{"--confirmation", NULL, "or nothing that an inventory shows: a yes is asked for"},
	{"--text", "TEXT", "what to do"},
	{"--file", "FILE", "the same, from a file"},
	{"--everyone", NULL, "for every open organisation, suppliers and regions too"},
	{"--role", "ROLE...", "for those of a role; with the next two: of all of them"},
	{"--region", "CODE...", "for those in a region"},
	{"--parent", "CODE...", "for those beneath an organisation"},
	{"--org", "CODE...", "for these in any case"},
	{"--except", "CODE...", "never for these"},
	{"--outcome", "WORD...",
	 "what satisfies it: fix (the default), mitigation, isolation, confirmation"},
	{"--class", "CLASS...", "only devices of a class: workstation, server, medical..."},
	{"--ssvc", "WORD", "immediate, out-of-cycle...: shortens the clocks"},
	{"--remediate-by", "DATE", "a stated date instead of the clock's"},
	{"--supersedes", "ALERT", "the alert that it follows; claims carry over"},
	{NULL, NULL, NULL},
};

/* --- one option each --- */

static bool take_severity(struct cli *c, struct alert_content *content, struct err *err)
{
	const char *word = cli_opt(c, "--severity");

	if (!word)
		return true;
	for (unsigned i = 0; i < SEVERITIES; i++)
		if (strcmp(word, severity_name((enum severity)i)) == 0)
			return content->severity = (enum severity)i, true;
	return err_set(err, ERR_USAGE,
		       "--severity is information, low, medium, high or critical, not \"%s\"",
		       word);
}

static void take_str(struct cli *c, const char *option, struct str *ret)
{
	if (cli_opt(c, option))
		*ret = str_of(cli_opt(c, option));
}

static bool take_text(struct cli *c, struct alert_content *content, struct err *err)
{
	AUTO(text_freep) struct text bytes = {0};
	const char *file = cli_opt(c, "--file");

	take_str(c, "--text", &content->text);
	if (!file)
		return true;
	if (cli_opt(c, "--text"))
		return err_set(err, ERR_USAGE, "--text or --file, not both");
	if (!file_read(file, TEXT_BYTES, &bytes, err))
		return false;
	if (!str_is_utf8(text_str(&bytes), NULL))
		return err_set(err, ERR_INVALID, "%s: not UTF-8", file);
	content->text = arena_str(c->arena, text_str(&bytes));
	return true;
}

static bool canonical_cves(struct cli *c, struct str_list *ret, struct err *err)
{
	struct str *v = ARENA_ARRAY(c->arena, struct str, ret->n + 1);
	char buf[CVE_TEXT_BYTES];
	uint64_t key;

	for (size_t i = 0; i < ret->n; i++) {
		if (!cve_parse(ret->v[i], &key))
			return err_set(err, ERR_USAGE,
				       "--cve takes numbers such as CVE-2017-0144, not \"%.*s\"",
				       STR_FMT(ret->v[i]));
		v[i] = arena_str(c->arena, cve_format(key, buf));
	}
	ret->v = v;
	return true;
}

/* What it is about is said anew as a whole. */
static bool take_about(struct cli *c, struct alert_content *content, struct err *err)
{
	bool cves = cli_flag(c, "--cve"), query = cli_flag(c, "--query");
	bool confirmation = cli_flag(c, "--confirmation");

	if (cves + query + confirmation > 1)
		return err_set(err, ERR_USAGE,
			       "what is it about? one of --cve, --query and --confirmation");
	if (!(cves || query || confirmation))
		return true;
	content->cves = alert_option_list(c, "--cve");
	content->query = (struct str){0};
	take_str(c, "--query", &content->query);
	content->confirmation = confirmation;
	return canonical_cves(c, &content->cves, err);
}

static void take_audience(struct cli *c, struct audience *a)
{
	if (cli_flag(c, "--everyone"))
		*a = (struct audience){.everyone = true, .except = a->except};
	if (cli_flag(c, "--role"))
		a->roles = alert_option_list(c, "--role");
	if (cli_flag(c, "--region"))
		a->regions = alert_option_orgs(c, "--region");
	if (cli_flag(c, "--parent"))
		a->parents = alert_option_orgs(c, "--parent");
	if (cli_flag(c, "--org"))
		a->orgs = alert_option_orgs(c, "--org");
	if (cli_flag(c, "--except"))
		a->except = alert_option_orgs(c, "--except");
	if (!cli_flag(c, "--everyone") && (cli_flag(c, "--role") || cli_flag(c, "--region") ||
					   cli_flag(c, "--parent") || cli_flag(c, "--org")))
		a->everyone = false;
}

static bool take_outcomes(struct cli *c, struct alert_content *content, struct err *err)
{
	static const char *const names[] = {"fix", "mitigation", "isolation", "confirmation"};
	struct str_list words = alert_option_list(c, "--outcome");

	if (words.n)
		content->outcomes = 0;
	for (size_t i = 0; i < words.n; i++) {
		unsigned bit = 0;

		while (bit < ARRAY_LEN(names) && !str_is(words.v[i], names[bit]))
			bit++;
		if (bit == ARRAY_LEN(names))
			return err_set(err, ERR_USAGE,
				       "--outcome is fix, mitigation, isolation or confirmation, "
				       "not \"%.*s\"",
				       STR_FMT(words.v[i]));
		content->outcomes |= 1u << bit;
	}
	if (content->confirmation && !words.n)
		content->outcomes = OUTCOME_CONFIRMATION;
	else if (!content->outcomes)
		content->outcomes = OUTCOME_FIX;
	return true;
}

static bool take_classes(struct cli *c, struct alert_content *content, struct err *err)
{
	struct str_list words = alert_option_list(c, "--class");

	if (words.n)
		content->classes = 0;
	for (size_t i = 0; i < words.n; i++) {
		unsigned class = CLASS_UNKNOWN + 1;

		while (class < DEVICE_CLASSES &&
		       !str_is(words.v[i], device_class_name((enum device_class) class)))
			class ++;
		if (class == DEVICE_CLASSES)
			return err_set(err, ERR_USAGE,
				       "--class is workstation, server, medical, network, mobile "
				       "or other, not \"%.*s\"",
				       STR_FMT(words.v[i]));
		content->classes |= 1u << class;
	}
	return true;
}

/* What the options say, over what content holds already. */
static bool take_options(struct cli *c, struct alert_content *content, struct err *err)
{
	take_str(c, "--title", &content->title);
	take_str(c, "--tlp", &content->tlp);
	take_str(c, "--ssvc", &content->ssvc);
	if (cli_opt(c, "--supersedes"))
		content->supersedes = directory_code(c->arena, str_of(cli_opt(c, "--supersedes")));
	if (cli_flag(c, "--everyone") && (cli_flag(c, "--role") || cli_flag(c, "--region") ||
					  cli_flag(c, "--parent") || cli_flag(c, "--org")))
		return err_set(err, ERR_USAGE,
			       "--everyone, or some of them by --role, --region, --parent and "
			       "--org, not both");
	take_audience(c, &content->audience);
	return take_severity(c, content, err) && take_text(c, content, err) &&
	       take_about(c, content, err) && take_outcomes(c, content, err) &&
	       take_classes(c, content, err) &&
	       cli_opt_stamp(c, "--remediate-by", content->remediate_by, &content->remediate_by,
			     err);
}

/* --- the acts --- */

struct draft {
	struct str alert;
	uint64_t base;
	const char *weight;
	const struct alert_content *content;
};

static bool draft(struct acts *a, const struct draft *d, uint64_t *ret_record, struct err *err)
{
	AUTO(text_freep) struct text body = {0};
	struct json_out *o = json_out_open(&body);

	json_out_object(o);
	member_str(o, "alert", d->alert);
	member_i64(o, "base", (int64_t)d->base);
	member_str(o, "weight", str_of(d->weight));
	alert_content_out(o, d->content);
	json_out_end(o);
	return json_out_close(o, err) &&
	       acts_do(a, &(struct act_request){.act = "alert.draft", .body = text_str(&body)},
		       ret_record, err);
}

/* A deadline without a time is met until its day ends. */
static bool deadline_day(struct cli *c, const struct alerts_view *view,
			 struct alert_content *content, struct err *err)
{
	int64_t *by = &content->remediate_by;

	return !alert_is_day(cli_opt(c, "--remediate-by")) || alert_day_end(view, *by, by, err);
}

static bool says_enough(struct cli *c, const struct alert_content *content, struct err *err)
{
	const struct audience *to = &content->audience;

	if (!content->title.n)
		return err_set(err, ERR_USAGE, "what is it called? --title TEXT");
	if (!cli_flag(c, "--severity"))
		return err_set(err, ERR_USAGE,
			       "how severe is it? --severity information, low, medium, high or "
			       "critical");
	if (!content->cves.n && !content->query.n && !content->confirmation)
		return err_set(err, ERR_USAGE,
			       "what is it about? --cve CVE..., --query TERMS, or --confirmation");
	if (!to->everyone && !to->roles.n && !to->regions.n && !to->parents.n && !to->orgs.n)
		return err_set(
			err, ERR_USAGE,
			"whom is it for? --role, --region, --parent or --org, or --everyone: "
			"suppliers and regions too");
	return true;
}

bool alert_new_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct alert_content content = {.tlp = STR("AMBER")};
	struct draft d = {.alert = alert_number(c, 0), .weight = "first", .content = &content};
	struct alerts_view view;
	uint64_t record;

	if (!take_options(c, &content, err) || !says_enough(c, &content, err) ||
	    !cli_open(c, ACTS_WRITE, &a, err))
		return false;
	view = alert_view(c, a);
	if (!deadline_day(c, &view, &content, err) ||
	    (!d.alert.n && !alert_next_id(&view, &d.alert, err)))
		return false;
	return draft(a, &d, &record, err) && alert_said(c, d.alert, record, d.alert, err);
}

/* What waited is not what was changed: the published revision is. */
static struct str drafted_line(struct cli *c, const struct alert *was, const struct draft *d)
{
	AUTO(text_freep) struct text out = {0};

	text_addf(&out, "%.*s: revision %ju%s drafted", STR_FMT(was->id),
		  (uintmax_t)was->revision + 1,
		  strcmp(d->weight, "minor") == 0   ? " (minor)"
		  : strcmp(d->weight, "major") == 0 ? " (major)"
						    : "");
	if (was->pending)
		text_addf(&out, " from revision %ju; revision %ju, which waited, is set aside",
			  (uintmax_t)was->published_revision, (uintmax_t)was->revision);
	text_add(&out, STR("; next: a second person approves it, then publish"));
	return arena_str(c->arena, text_str(&out));
}

/* Of what nobody was asked yet, every revision is a first one. */
static bool weight_of(struct cli *c, const struct alert *alert, const char **ret, struct err *err)
{
	bool minor = cli_flag(c, "--minor"), major = cli_flag(c, "--major");

	if (minor && major)
		return err_set(err, ERR_USAGE, "--minor or --major, not both");
	if (alert->published_revision && !minor && !major)
		return err_set(err, ERR_USAGE,
			       "--minor (nobody is asked again) or --major (everybody is)");
	*ret = minor ? "minor" : alert->published_revision ? "major" : "first";
	return true;
}

bool alert_update_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct alerts_view view;
	struct alert alert;
	struct draft d;
	uint64_t record;
	int64_t base;

	if (!cli_open(c, ACTS_WRITE, &a, err))
		return false;
	view = alert_view(c, a);
	if (!alert_get(&view, alert_number(c, 0), &alert, err) ||
	    !weight_of(c, &alert, &d.weight, err) || !take_options(c, &alert.content, err) ||
	    !deadline_day(c, &view, &alert.content, err) ||
	    !alert_revision(c, "--base", &alert, &base, err))
		return false;
	d.alert = alert.id;
	d.base = (uint64_t)base;
	d.content = &alert.content;
	if (!draft(a, &d, &record, err))
		return false;
	return alert_said(c, alert.id, record, drafted_line(c, &alert, &d), err);
}
