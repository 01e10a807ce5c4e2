#include "cli/alert.h"

#include "notify/notify.h"

/* What time brings: who was told, and has to do what by when. */

const struct cli_option alert_escalations_options[] = {
	{"--to", "POST", "only to this recipient"},
	{NULL, NULL, NULL},
};

const struct cli_option alert_digest_options[] = {
	{"--to", "POST", "for this recipient; else one for each"},
	{NULL, NULL, NULL},
};

const struct cli_option alert_duties_options[] = {
	{"--post", "POST", "whose; else the post that looks"},
	{"--ical", NULL, "as iCalendar to-dos (RFC 5545)"},
	{NULL, NULL, NULL},
};

/* --- escalations --- */

/* For people: an organisation, or one in what it owes as a supplier. */
static struct str who(struct cli *c, const struct escalation *e)
{
	return e->ordinal ? e->org : arena_fmt(c->arena, "%.*s (as supplier)", STR_FMT(e->org));
}

/* A post below the nation sees what was escalated to it, and of whom it may see. */
static bool keep_seen(struct cli *c, const struct alerts_view *view, struct escalation_list *list,
		      struct err *err)
{
	const struct directory_view dv = {view->store, view->arena, view->at_ms};
	enum directory_sees sees = SEES_NOTHING;
	struct str asked = {0};
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct escalation *e = &list->v[i];

		if (!str_eq(asked, e->org) &&
		    !directory_post_sees(&dv, alert_post(c), e->org, &sees, err))
			return false;
		asked = e->org;
		if (sees != SEES_NOTHING || str_eq(e->to, alert_post(c)))
			list->v[kept++] = *e;
	}
	list->n = kept;
	return true;
}

/* alert NULL: of all alerts, what is open still. */
static bool load_escalations(struct cli *c, struct acts *a, const struct str *alert,
			     struct escalation_list *ret, struct err *err)
{
	struct alerts_view view = alert_view(c, a);
	struct str to = str_of(cli_opt(c, "--to"));
	enum post_scope scope;

	return alert_scope(c, &view, &scope, err) &&
	       (alert ? alert_escalations(&view, *alert, to, ret, err)
		      : alert_digest(&view, to, ret, err)) &&
	       (scope == SCOPE_NATION || keep_seen(c, &view, ret, err));
}

bool alert_escalations_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"at", "at", false},	      {"alert", "alert", false}, {"org", "org", false},
		{"to", "to", false},	      {"step", "step", true},	 {"ordinal", NULL, true},
		{"as_supplier", NULL, false}, {NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	struct str alert = alert_number(c, 0);
	struct escalation_list list;
	struct listing *l;

	if (!cli_open(c, ACTS_READ, &a, err) || !load_escalations(c, a, &alert, &list, err))
		return false;
	l = listing_begin(c, "escalations", columns);
	for (size_t i = 0; i < list.n; i++) {
		listing_stamp(l, list.v[i].at_ms);
		listing_text(l, list.v[i].alert);
		listing_text(l, c->json || c->csv ? list.v[i].org : who(c, &list.v[i]));
		listing_text(l, list.v[i].to);
		listing_int(l, list.v[i].step);
		listing_int(l, list.v[i].ordinal);
		listing_bool(l, !list.v[i].ordinal);
	}
	return listing_end(
		l,
		"Nothing was escalated. lynchpin alert advance climbs the steps that are "
		"due.",
		err);
}

/* --- one digest per recipient --- */

static int by_recipient(const void *pa, const void *pb)
{
	const struct escalation *a = pa, *b = pb;
	int c = str_cmp(a->to, b->to);

	c = c ? c : str_cmp(a->alert, b->alert);
	c = c ? c : str_cmp(a->org, b->org);
	c = c ? c : (a->ordinal == 0) - (b->ordinal == 0);
	return c ? c : (int)a->step - (int)b->step;
}

static bool same_climber(const struct escalation *a, const struct escalation *b)
{
	return str_eq(a->org, b->org) && (a->ordinal == 0) == (b->ordinal == 0);
}

/* Organisations of one alert in a line; a later step stands for the earlier. */
static size_t digest_alert(struct cli *c, const struct escalation_list *list, size_t at)
{
	const struct escalation *first = &list->v[at];
	size_t end = at, orgs = 0;

	while (end < list->n && str_eq(list->v[end].to, first->to) &&
	       str_eq(list->v[end].alert, first->alert)) {
		orgs += end == at || !same_climber(&list->v[end], &list->v[end - 1]);
		end++;
	}
	text_addf(&c->out, "  %.*s: %zu %s:", STR_FMT(first->alert), orgs,
		  plural(orgs, "organisation", "organisations"));
	for (size_t i = at; i < end; i++)
		if (i == at || !same_climber(&list->v[i], &list->v[i - 1]))
			text_addf(&c->out, "%s %.*s", i == at ? "" : ",",
				  STR_FMT(who(c, &list->v[i])));
	text_addf(&c->out, "\n    lynchpin alert show %.*s\n", STR_FMT(first->alert));
	return end;
}

static void digest_text(struct cli *c, const struct escalation_list *list)
{
	for (size_t at = 0; at < list->n;) {
		struct str to = list->v[at].to;

		text_addf(&c->out, "to %.*s: escalated, open still, and yours to follow up\n",
			  STR_FMT(to));
		while (at < list->n && str_eq(list->v[at].to, to))
			at = digest_alert(c, list, at);
	}
}

bool alert_digest_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"to", "to", false},	{"alert", "alert", false}, {"org", "org", false},
		{"step", "step", true}, {"at", "since", false},	   {"as_supplier", NULL, false},
		{NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	struct escalation_list list;
	struct listing *l;

	if (!cli_open(c, ACTS_READ, &a, err) || !load_escalations(c, a, NULL, &list, err))
		return false;
	if (list.n > 1)
		qsort(list.v, list.n, sizeof(*list.v), by_recipient);
	if (list.n && !c->json && !c->csv) {
		digest_text(c, &list);
		return true;
	}
	l = listing_begin(c, "digest", columns);
	for (size_t i = 0; i < list.n; i++) {
		listing_text(l, list.v[i].to);
		listing_text(l, list.v[i].alert);
		listing_text(l, list.v[i].org);
		listing_int(l, list.v[i].step);
		listing_stamp(l, list.v[i].at_ms);
		listing_bool(l, !list.v[i].ordinal);
	}
	return listing_end(l, "Nothing that was escalated is open still.", err);
}

/* --- duties --- */

/* For people, whose duty it is: an organisation may be asked itself and be waited for. */
static struct str duty_words(struct cli *c, const struct duty *d)
{
	return d->as_supplier ? arena_fmt(c->arena, "%.*s as supplier", STR_FMT(d->what)) : d->what;
}

static bool duties_list(struct cli *c, const struct duty_list *list, struct err *err)
{
	static const struct column columns[] = {
		{"due", "due", false},	   {"overdue", "overdue", false}, {"what", "what", false},
		{"alert", "alert", false}, {"title", "title", false},	  {"org", "org", false},
		{"name", "name", false},   {"as_supplier", NULL, false},  {NULL, NULL, false},
	};
	struct listing *l = listing_begin(c, "duties", columns);

	for (size_t i = 0; i < list->n; i++) {
		if (c->json || c->csv)
			listing_stamp(l, list->v[i].due_ms);
		else
			listing_text(l, alert_when(c, list->v[i].due_ms));
		listing_bool(l, list->v[i].overdue);
		listing_text(l, c->json || c->csv ? list->v[i].what : duty_words(c, &list->v[i]));
		listing_text(l, list->v[i].alert);
		listing_text(l, list->v[i].title);
		listing_text(l, list->v[i].org);
		listing_text(l, list->v[i].name);
		listing_bool(l, list->v[i].as_supplier);
	}
	return listing_end(l, "Nothing to do: no open alert asks for anything by a date.", err);
}

bool alert_duties_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	const char *named = cli_opt(c, "--post");
	struct str post = named ? str_of(named) : alert_post(c);
	struct alerts_view view;
	struct duty_list list;
	enum post_scope scope;

	if (!cli_open(c, ACTS_READ, &a, err))
		return false;
	view = alert_view(c, a);
	if (!alert_scope(c, &view, &scope, err))
		return false;
	if (scope != SCOPE_NATION && !str_eq(post, alert_post(c)))
		return err_set(err, ERR_DENIED,
			       "the duties of %.*s are for that post, and the nation's, to see",
			       STR_FMT(post));
	if (!alert_duties(&view, post, &list, err))
		return false;
	if (!cli_flag(c, "--ical"))
		return duties_list(c, &list, err);
	return notify_calendar(&view, &(struct notify_feed){.post = post}, &c->out, err);
}
