#include "cli/alert.h"

/* How an alert stood day by day. */

const struct cli_option alert_trend_options[] = {
	{"--org", "CODE", "one organisation"},
	{"--region", "CODE", "only organisations of a region"},
	{"--from", "DATE", "the first day; else publication, but 90 days at most"},
	{"--to", "DATE", "the last day; else today"},
	{NULL, NULL, NULL},
};

struct shown {
	struct alert_shown in;
	struct alert alert;
	struct trend_query query;
	struct trend trend;
	enum post_scope scope;
	bool peers; /* obligations are counted over all that were asked */
};

static const uint64_t *counts(const struct shown *s, const struct trend_day *d)
{
	return s->peers ? d->peers : d->count;
}

/* --- cells --- */

static struct str states_words(struct cli *c, const struct shown *s, const struct trend_day *d)
{
	AUTO(text_freep) struct text out = {0};
	const uint64_t *count = counts(s, d);

	for (unsigned i = 0; i < OBLIGATION_STATES; i++)
		if (count[i])
			text_addf(&out, "%s%ju %s", out.n ? "; " : "", (uintmax_t)count[i],
				  obligation_state_words((enum obligation_state)i));
	if (!out.n)
		return s->peers || d->asked ? STR("-") : STR("nobody was asked yet");
	return arena_str(c->arena, text_str(&out));
}

static bool states_json(const struct shown *s, const struct trend_day *d, struct listing *l,
			struct err *err)
{
	AUTO(text_freep) struct text text = {0};
	struct json_out *o = json_out_open(&text);
	const uint64_t *count = counts(s, d);

	json_out_object(o);
	for (unsigned i = 0; i < OBLIGATION_STATES; i++) {
		json_out_key(o, obligation_state_name((enum obligation_state)i));
		if (s->peers && !count[i]) /* fewer than five, or none */
			json_out_null(o);
		else
			json_out_i64(o, (int64_t)count[i]);
	}
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	listing_json(l, text_str(&text));
	return true;
}

static const struct column columns[] = {
	{"day", "day", false},
	{"exposed", "exposed", true},
	{"unknown", "unknown", true},
	{"covered", "covered", true},
	{"expected", "of expected", true},
	{"unstated", NULL, true},
	{"devices", NULL, true},
	{"organisations", NULL, true},
	{"asked", NULL, true},
	{"as_of", NULL, false},
	{"states", "obligations", false},
	{NULL, NULL, false},
};

static bool day_row(struct cli *c, const struct shown *s, const struct trend_day *d,
		    struct listing *l, struct err *err)
{
	listing_day(l, d->day_ms);
	listing_int(l, (int64_t)d->exposed);
	listing_int(l, (int64_t)d->unknown);
	listing_int(l, (int64_t)d->covered);
	if (d->unstated < d->organisations)
		listing_int(l, (int64_t)d->expected);
	else
		listing_null(l);
	listing_int(l, (int64_t)d->unstated);
	listing_int(l, (int64_t)d->devices);
	listing_int(l, (int64_t)d->organisations);
	listing_int(l, (int64_t)d->asked);
	listing_stamp(l, d->at_ms);
	if (c->json)
		return states_json(s, d, l, err);
	listing_text(l, states_words(c, s, d));
	return true;
}

/* --- all of it --- */

static void say_head(struct cli *c, const struct shown *s)
{
	text_addf(&c->out, "%.*s  %.*s\n", STR_FMT(s->alert.id), STR_FMT(s->alert.content.title));
	if (s->scope != SCOPE_NATION && !s->query.org.n)
		text_addf(&c->out, "of the %ju asked, devices of those that %.*s sees%s\n",
			  (uintmax_t)s->alert.members, STR_FMT(alert_post(c)),
			  s->peers ? "; obligations of all, fewer than five not shown" : "");
	text_add_char(&c->out, '\n');
}

static void say_end(struct cli *c, const struct shown *s)
{
	text_addf(&c->out,
		  "\neach day as it ended, by the inventories taken until then and what is known "
		  "today; what was known then: lynchpin alert replay %.*s --at TIME",
		  STR_FMT(s->alert.id));
	alert_say_evidence(c, &s->in, s->trend.evidence_to, s->trend.evidence_behind);
}

static void note_all(const struct shown *s, struct listing *l)
{
	char stamp[STAMP_BYTES];

	listing_note(l, "alert", s->alert.id);
	listing_note(l, "as_of", stamp_format(s->in.view.at_ms, stamp));
	listing_note(l, "org", s->query.org);
	listing_note(l, "region", s->query.region);
	listing_note_bool(l, "states_of_all_asked", s->peers);
	listing_note_int(l, "evidence_to", (int64_t)s->trend.evidence_to);
	listing_note_int(l, "evidence_behind", (int64_t)s->trend.evidence_behind);
}

static bool say_trend(struct cli *c, const struct shown *s, struct err *err)
{
	AUTO(listing_dropp) struct listing *l = listing_begin(c, "days", columns);
	bool text = !c->json && !c->csv;
	struct listing *done;

	if (text)
		say_head(c, s);
	note_all(s, l);
	for (size_t i = 0; i < s->trend.n; i++)
		if (!day_row(c, s, &s->trend.v[i], l, err))
			return false;
	done = l, l = NULL;
	if (!listing_end(done, "", err))
		return false;
	if (text)
		say_end(c, s);
	return true;
}

/* --- who may --- */

static bool may_read(struct cli *c, const struct shown *s, struct err *err)
{
	const struct alerts_view *view = &s->in.view;
	const struct directory_view dv = {view->store, view->arena, view->at_ms};
	enum directory_sees sees;
	bool concerns = false;
	struct org org;

	if (s->query.org.n)
		return alert_may_see(c, view, s->query.org, &sees, err);
	if (!alert_concerns(c, view, &s->alert, &concerns, err))
		return false;
	if (!concerns)
		return err_set(err, ERR_DENIED, "%.*s does not concern %.*s", STR_FMT(s->alert.id),
			       STR_FMT(alert_post(c))) ||
		       err_hint(err, " (lynchpin alert list shows what does)");
	if (!s->query.region.n)
		return true;
	return directory_org_get(&dv, s->query.region, &org, err) &&
	       (str_is(org.role, "region") ||
		err_set(err, ERR_USAGE, "%.*s is no region", STR_FMT(org.code)) ||
		err_hint(err, "; lynchpin org list --role region lists them"));
}

static bool find(struct cli *c, struct shown *s, struct err *err)
{
	struct trend_query *q = &s->query;

	*q = (struct trend_query){
		.alert = alert_number(c, 0),
		.org = directory_code(c->arena, str_of(cli_opt(c, "--org"))),
		.region = directory_code(c->arena, str_of(cli_opt(c, "--region"))),
		.post = alert_post(c),
	};
	if (!cli_opt_stamp(c, "--from", 0, &q->from_ms, err) ||
	    !cli_opt_stamp(c, "--to", 0, &q->to_ms, err) ||
	    !alert_get(&s->in.view, q->alert, &s->alert, err) ||
	    !alert_count(&s->in.view, &s->alert, err) ||
	    !alert_scope(c, &s->in.view, &s->scope, err) || !may_read(c, s, err))
		return false;
	/* Counts of an organisation are open to whom alert_may_see() lets in. */
	if (q->org.n)
		q->post = (struct str){0};
	s->peers = s->scope == SCOPE_ORGANISATION && !q->org.n && !q->region.n;
	if (!alert_trend(&s->in.view, q, &s->trend, err))
		return false;
	return !q->org.n || s->trend.v[s->trend.n - 1].organisations ||
	       err_set(err, ERR_NOT_FOUND, "%.*s does not concern %.*s", STR_FMT(s->alert.id),
		       STR_FMT(q->org));
}

bool alert_trend_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct shown s = {0};

	if (!cli_open(c, ACTS_READ, &a, err))
		return false;
	s.in = (struct alert_shown){.journal = acts_journal(a), .view = alert_view(c, a)};
	s.in.eyes = s.in.view;
	s.in.alert = alert_number(c, 0);
	return find(c, &s, err) && say_trend(c, &s, err);
}
