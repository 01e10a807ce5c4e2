#include "cli/alert.h"
#include "cli/member.h"

/* What was claimed, and decisions on what waits for one. */

const struct cli_option alert_claims_options[] = {
	{"--org", "CODE", "of this organisation; else that of the post that looks"},
	{NULL, NULL, NULL},
};

const struct cli_option alert_decide_options[] = {
	{"--org", "CODE", "of this organisation; without: list what waits anywhere"},
	{"--claim", "N", "the claim, by the number of its record"},
	{"--approve", NULL, "it is granted"},
	{"--refuse", NULL, "it is not"},
	{"--reason", "TEXT", "why: of a refusal, and of an exception that is granted"},
	{NULL, NULL, NULL},
};

static const struct column claim_columns[] = {
	{"org", "org", false},		 {"claim", "claim", true},
	{"site", NULL, false},		 {"at", "said", false},
	{"kind", "kind", false},	 {"post", "by", false},
	{"devices", "devices", false},	 {"until", "until", false},
	{"date", "promised", false},	 {"supplier", "supplier", false},
	{"decision", "decision", false}, {"decided_by", NULL, false},
	{"note", "said of it", false},	 {"opinion", NULL, false},
	{"controls", NULL, false},	 {NULL, NULL, false},
};

static bool waits(const struct claim *claim)
{
	return (claim->kind == CLAIM_MITIGATED || claim->kind == CLAIM_EXCEPTED) &&
	       !claim->decided_ms;
}

static struct str decision_word(const struct claim *claim)
{
	if (claim->decided_ms)
		return claim->approved ? STR("approved") : STR("refused");
	return waits(claim) ? STR("waits") : STR("");
}

/* Device ids are for those who may see the device list; others see how many. */
static struct str devices_word(struct cli *c, const struct claim *claim, enum directory_sees sees)
{
	AUTO(text_freep) struct text out = {0};

	if (!claim->ndevices)
		return STR("all concerned");
	if (sees != SEES_DEVICES)
		return arena_fmt(c->arena, "%zu", claim->ndevices);
	for (size_t i = 0; i < claim->ndevices; i++)
		text_addf(&out, "%s%.*s", i ? ", " : "", STR_FMT(claim->devices[i]));
	return arena_str(c->arena, text_str(&out));
}

static void claim_row(struct listing *l, struct cli *c, const struct claim *claim,
		      enum directory_sees sees)
{
	listing_text(l, claim->org);
	listing_int(l, (int64_t)claim->ref.number);
	listing_text(l, claim->ref.site);
	listing_text(l, alert_when(c, claim->at_ms));
	listing_text(l, str_of(claim_kind_name(claim->kind)));
	listing_text(l, claim->post);
	listing_text(l, devices_word(c, claim, sees));
	listing_day(l, claim->until_ms);
	listing_day(l, claim->date_ms);
	listing_text(l, claim->supplier);
	listing_text(l, decision_word(claim));
	listing_text(l, claim->decided_by);
	listing_text(l, claim->note);
	listing_text(l, claim->opinion);
	listing_text(l, claim->controls);
}

struct asked {
	struct cli *cli;
	const struct alerts_view *view;
	struct listing *listing;
	bool only_waiting;
};

static bool org_claims(const struct asked *asked, struct str org, struct err *err)
{
	struct cli *c = asked->cli;
	struct obligation_detail detail;
	enum directory_sees sees;

	if (!alert_may_see(c, asked->view, org, &sees, err) ||
	    !alert_obligation(asked->view, alert_number(c, 0), org, &detail, err))
		return false;
	for (size_t i = 0; i < detail.claims.n; i++)
		if (!asked->only_waiting || waits(&detail.claims.v[i]))
			claim_row(asked->listing, c, &detail.claims.v[i], sees);
	return true;
}

/* --org, else where the post is. */
static bool which_org(struct cli *c, const struct alerts_view *view, struct str *ret,
		      struct err *err)
{
	*ret = directory_code(c->arena, str_of(cli_opt(c, "--org")));
	return ret->n || alert_own_org(c, view, ret, err);
}

static bool end(struct listing **l, const char *empty, struct err *err)
{
	struct listing *done = *l;

	*l = NULL;
	return listing_end(done, empty, err);
}

bool alert_claims_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(listing_dropp) struct listing *l = listing_begin(c, "claims", claim_columns);
	struct alerts_view view;
	struct str org;

	if (!cli_open(c, ACTS_READ, &a, err))
		return false;
	view = alert_view(c, a);
	if (!which_org(c, &view, &org, err) ||
	    !org_claims(&(struct asked){.cli = c, .view = &view, .listing = l}, org, err))
		return false;
	listing_note(l, "alert", alert_number(c, 0));
	return end(&l, "Nothing was claimed. lynchpin alert acknowledge ID is where to begin.",
		   err);
}

/* --- decisions --- */

static bool list_waiting(struct cli *c, const struct alerts_view *view, struct err *err)
{
	AUTO(listing_dropp) struct listing *l = listing_begin(c, "claims", claim_columns);
	struct obligation_filter filter = {.alert = alert_number(c, 0),
					   .org = str_of(cli_opt(c, "--org")),
					   .post = alert_post(c)};
	const struct asked asked = {.cli = c, .view = view, .listing = l, .only_waiting = true};
	struct obligation_list list;

	if (!alert_obligations(view, &filter, &list, err))
		return false;
	for (size_t i = 0; i < list.n; i++)
		if (list.v[i].is.pending && !org_claims(&asked, list.v[i].org, err))
			return false;
	listing_note(l, "alert", filter.alert);
	return end(&l, "Nothing waits for a decision.", err);
}

struct decision {
	struct str alert, org;
	uint64_t number; /* of the claim's record */
	struct record_ref claim;
};

static bool find_claim(const struct alerts_view *view, struct decision *d, struct err *err)
{
	struct obligation_detail detail;

	if (!alert_obligation(view, d->alert, d->org, &detail, err))
		return false;
	for (size_t i = 0; i < detail.claims.n; i++) {
		d->claim = detail.claims.v[i].ref;
		if (d->claim.number == d->number)
			return true;
	}
	return err_set(err, ERR_NOT_FOUND, "%.*s made no claim %ju on %.*s", STR_FMT(d->org),
		       (uintmax_t)d->number, STR_FMT(d->alert)) ||
	       err_hint(err, " (lynchpin alert decide %.*s lists those that wait)",
			STR_FMT(d->alert));
}

/* The body's member "claim" is an object, which no other act has: built by hand. */
static bool decide(struct cli *c, struct acts *a, const struct decision *d, uint64_t *ret_record,
		   struct err *err)
{
	AUTO(text_freep) struct text body = {0};
	struct json_out *o = json_out_open(&body);

	json_out_object(o);
	member_str(o, "alert", d->alert);
	member_str(o, "org", d->org);
	json_out_key(o, "claim");
	json_out_object(o);
	member_str(o, "site", d->claim.site);
	member_i64(o, "number", (int64_t)d->claim.number);
	json_out_end(o);
	member_bool(o, "approve", cli_flag(c, "--approve"));
	if (cli_opt(c, "--reason")) {
		member_str(o, "reason", str_of(cli_opt(c, "--reason")));
	}
	json_out_end(o);
	return json_out_close(o, err) &&
	       acts_do(a, &(struct act_request){.act = "alert.decide", .body = text_str(&body)},
		       ret_record, err);
}

bool alert_decide_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct decision d = {.alert = alert_number(c, 0)};
	bool approve = cli_flag(c, "--approve"), listing = !cli_flag(c, "--claim");
	struct alerts_view view;
	uint64_t record;

	if (listing ? approve || cli_flag(c, "--refuse") : approve == cli_flag(c, "--refuse"))
		return err_set(err, ERR_USAGE, "--claim N --approve or --claim N --refuse");
	if (!cli_opt_u64(c, "--claim", 0, &d.number, err) ||
	    !cli_open(c, listing ? ACTS_READ : ACTS_WRITE, &a, err))
		return false;
	view = alert_view(c, a);
	if (listing)
		return list_waiting(c, &view, err);
	if (!which_org(c, &view, &d.org, err) || !find_claim(&view, &d, err) ||
	    !decide(c, a, &d, &record, err))
		return false;
	return alert_said(c, d.alert, record,
			  arena_fmt(c->arena, "%.*s: claim %ju of %.*s %s (record %ju)",
				    STR_FMT(d.alert), (uintmax_t)d.number, STR_FMT(d.org),
				    approve ? "approved" : "refused", (uintmax_t)record),
			  err);
}
