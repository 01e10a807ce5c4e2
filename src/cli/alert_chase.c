#include "cli/alert_show.h"

/* Asking again, and climbing a step before its time: of those that are named, or that stand so. */

#define ORG_OPTION                                                                                 \
	{                                                                                          \
		"--org", "CODE...", "these"                                                        \
	}
#define THOSE_OPTIONS                                                                              \
	{"--unanswered", NULL, "those that have not answered"},                                    \
		{"--overdue", NULL, "those past a date"},                                          \
		{"--state", "LIST", "those in these states (alert states names them)"},            \
		{"--region", "CODE", "of them those of a region"},                                 \
	{                                                                                          \
		"--note", "TEXT", "what they find beside the alert; it is in no message"           \
	}

const struct cli_option alert_chase_options[] = {
	ORG_OPTION,
	THOSE_OPTIONS,
	{"--again", NULL, "those too that were chased less than a day ago"},
	{NULL, NULL, NULL},
};

const struct cli_option alert_escalate_options[] = {
	ORG_OPTION,
	THOSE_OPTIONS,
	{NULL, NULL, NULL},
};

const struct cli_option alert_chases_options[] = {
	{"--org", "CODE", "of one organisation"},
	{NULL, NULL, NULL},
};

/* --- whom --- */

struct meant {
	struct each each;
	struct obligation_list list; /* that the post sees */
	struct obligation *v;	     /* those that it is to be done for */
	struct each_one **ones;	     /* their outcomes, by place */
	size_t n;
};

static bool names_some(struct cli *c, struct err *err)
{
	bool those = cli_flag(c, "--unanswered") || cli_flag(c, "--overdue") ||
		     cli_flag(c, "--state") || cli_flag(c, "--region");

	if (cli_flag(c, "--org") != those)
		return true;
	return err_set(err, ERR_USAGE,
		       "whom? --org CODE..., or one of --unanswered, --overdue, --state and "
		       "--region");
}

static int by_org(const void *a, const void *b)
{
	return str_cmp((*(const struct obligation *const *)a)->org,
		       (*(const struct obligation *const *)b)->org);
}

static const struct obligation *find(const struct obligation **v, size_t n, struct str org)
{
	struct obligation key = {.org = org};
	const struct obligation *k = &key, **hit;

	hit = n ? bsearch(&k, v, n, sizeof(*v), by_org) : NULL;
	return hit ? *hit : NULL;
}

static void mean(struct meant *m, const struct obligation *o)
{
	m->v[m->n++] = *o;
}

/* Each that is named has an outcome, too where it can't be done. */
static void mean_named(struct meant *m, const struct str_list *orgs)
{
	struct arena *arena = m->each.cli->arena;
	const struct obligation **v = ARENA_ARRAY(arena, const struct obligation *, m->list.n + 1);

	for (size_t i = 0; i < m->list.n; i++)
		v[i] = &m->list.v[i];
	if (m->list.n > 1)
		qsort(v, m->list.n, sizeof(*v), by_org);
	for (size_t i = 0; i < orgs->n; i++) {
		const struct obligation *o = find(v, m->list.n, orgs->v[i]);

		if (o)
			mean(m, o);
		else
			each_refuse(each_add(&m->each, orgs->v[i], (struct str){0}), ERR_NOT_FOUND,
				    arena_fmt(arena,
					      "%.*s does not ask %.*s, or it is not yours to see",
					      STR_FMT(m->each.alert), STR_FMT(orgs->v[i])));
	}
}

static bool mean_those(struct cli *c, struct meant *m, struct err *err)
{
	struct rows rows;

	if (!alert_rows_of(c, &rows, err))
		return false;
	for (size_t i = 0; i < m->list.n; i++)
		if (alert_wanted(&rows, &m->list.v[i]) &&
		    !obligation_is_closed(m->list.v[i].is.state))
			mean(m, &m->list.v[i]);
	return m->n || err_set(err, ERR_NOT_FOUND, "no organisation is open in %.*s that way",
			       STR_FMT(m->each.alert));
}

static bool load(struct cli *c, struct acts *a, struct meant *m, struct err *err)
{
	struct str_list orgs = alert_option_orgs(c, "--org");
	struct alerts_view view = alert_view(c, a);
	const struct obligation_filter filter = {.alert = alert_number(c, 0),
						 .post = alert_post(c)};
	struct alert alert;

	m->each = (struct each){.cli = c, .acts = a, .alert = filter.alert};
	if (!alert_get(&view, filter.alert, &alert, err) ||
	    !alert_obligations(&view, &filter, &m->list, err))
		return false;
	if (!alert.published_ms || alert.ended_ms)
		return err_set(err, ERR_CONFLICT, "%.*s asks nothing of anybody",
			       STR_FMT(alert.id));
	m->v = ARENA_ARRAY(c->arena, struct obligation, m->list.n + orgs.n + 1);
	if (cli_flag(c, "--org"))
		mean_named(m, &orgs);
	else if (!mean_those(c, m, err))
		return false;
	m->ones = ARENA_ARRAY(c->arena, struct each_one *, m->n + 1);
	/* All of them first: those that are there may move while others come. */
	for (size_t i = 0; i < m->n; i++)
		(void)each_add(&m->each, m->v[i].org, m->v[i].name);
	for (size_t i = 0; i < m->n; i++)
		m->ones[i] = &m->each.v[m->each.n - m->n + i];
	return true;
}

/* False: it needs nobody to ask, and the outcome says so. */
static bool is_open(struct cli *c, struct each_one *one, const struct obligation *o)
{
	if (!obligation_is_closed(o->is.state))
		return true;
	each_refuse(one, ERR_CONFLICT,
		    arena_fmt(c->arena, "%.*s has closed it: %s", STR_FMT(o->org),
			      obligation_state_words(o->is.state)));
	return false;
}

/* --- the two --- */

bool alert_chase_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct alert_act act = {.act = "alert.chase", .alert = alert_number(c, 0)};
	struct meant m = {.n = 0};

	act_str(&act, "note", str_of(cli_opt(c, "--note")));
	if (cli_flag(c, "--again"))
		act_bool(&act, "again", true);
	if (!names_some(c, err) || !cli_open(c, ACTS_WRITE, &a, err) || !load(c, a, &m, err))
		return false;
	m.each.words = "chased";
	for (size_t i = 0; i < m.n; i++)
		if (is_open(c, m.ones[i], &m.v[i]) && !each_do(m.ones[i], &act, err))
			return false;
	return each_end(&m.each, err);
}

static bool escalate_one(struct cli *c, struct each_one *one, const struct obligation *o,
			 struct err *err)
{
	struct alert_act act = {.act = "alert.raise", .alert = one->of->alert};

	if (!is_open(c, one, o))
		return true;
	if (!one->to.n) {
		each_refuse(one, ERR_CONFLICT,
			    arena_fmt(c->arena, "the ladder of %.*s has no further step",
				      STR_FMT(o->org)));
		return true;
	}
	if (o->is.pending) {
		each_refuse(one, ERR_CONFLICT,
			    arena_fmt(c->arena, "an exception of %.*s waits to be decided first",
				      STR_FMT(o->org)));
		return true;
	}
	act_int(&act, "ordinal", o->is.ordinal);
	act_int(&act, "step", (int64_t)o->step + 1);
	act_str(&act, "to", one->to);
	act_str(&act, "note", str_of(cli_opt(c, "--note")));
	return each_do(one, &act, err);
}

bool alert_escalate_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct meant m = {.n = 0};
	struct alerts_view view;
	struct str *to;

	if (!names_some(c, err) || !cli_open(c, ACTS_WRITE, &a, err) || !load(c, a, &m, err))
		return false;
	m.each.words = "escalated";
	to = ARENA_ARRAY(c->arena, struct str, m.n + 1);
	view = alert_view(c, a);
	if (!alert_next_steps(&view, m.v, m.n, to, err))
		return false;
	for (size_t i = 0; i < m.n; i++) {
		m.ones[i]->to = to[i];
		if (!escalate_one(c, m.ones[i], &m.v[i], err))
			return false;
	}
	return each_end(&m.each, err);
}

/* --- what was done --- */

bool alert_chases_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"at", "at", false},   {"org", "org", false},	{"kind", "what", false},
		{"post", "by", false}, {"note", "note", false}, {"record", "record", true},
		{NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	struct str org = directory_code(c->arena, str_of(cli_opt(c, "--org")));
	enum directory_sees sees = SEES_NOTHING;
	struct directory_view dv;
	struct alerts_view view;
	struct chase_list list;
	struct listing *l;

	if (!cli_open(c, ACTS_READ, &a, err))
		return false;
	view = alert_view(c, a);
	dv = (struct directory_view){view.store, view.arena, view.at_ms};
	if ((org.n && !alert_may_see(c, &view, org, &sees, err)) ||
	    !alert_chases(&view, alert_number(c, 0), org, &list, err))
		return false;
	l = listing_begin(c, "chases", columns);
	for (size_t i = 0; i < list.n; i++) {
		const struct chase *k = &list.v[i];

		if (!directory_post_sees(&dv, alert_post(c), k->org, &sees, err)) {
			listing_drop(l);
			return false;
		}
		if (sees == SEES_NOTHING)
			continue;
		listing_stamp(l, k->at_ms);
		listing_text(l, k->org);
		listing_text(l, k->raised ? STR("escalated") : STR("chased"));
		listing_text(l, k->post);
		listing_text(l, k->note);
		listing_int(l, (int64_t)k->record);
	}
	listing_note(l, "alert", alert_number(c, 0));
	return listing_end(l, "Nobody was chased. lynchpin alert chase ID --unanswered does.", err);
}
