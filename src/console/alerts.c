#include "console/bulk.h"

#include "pages.h"

/* The list of alerts, and one of them: how it stands, by state, by region, by organisation. */

/* --- the list ------------------------------------------------------------------------------- */

static const struct grid_column list_columns[] = {
	{"alert", "Alert", false},
	{"title", "What it asks", false},
	{"severity", "Severity", false},
	{"state", "State", false},
	{"organisations", "Asked", true},
	{"unanswered", "Unanswered", true},
	{"overdue", "Overdue", true},
	{"differs", "Evidence differs", true},
	{"exposed", "Devices exposed", true},
	{"unknown", "Devices unknown", true},
	{NULL, NULL, false},
};

static bool tally_of(struct look *l, const struct alert *a, struct tally *ret, struct err *err)
{
	const struct obligation_filter filter = {
		.alert = a->id, .post = l->sight.post.id, .own = true};
	struct obligation_list list;

	if (!a->published_ms || a->ended_ms)
		return true;
	if (!alert_obligations(&l->view, &filter, &list, err))
		return false;
	for (size_t i = 0; i < list.n; i++)
		tally_add(ret, &list.v[i]);
	return true;
}

static bool list_row(struct look *l, struct grid *g, const struct alert *a, struct err *err)
{
	struct tally t = {0};

	if (!tally_of(l, a, &t, err))
		return false;
	grid_link(g, a->id, ADDRESS(l, STR("alerts"), a->id));
	grid_text(g, a->content.title);
	grid_text(g, str_of(severity_name(a->content.severity)));
	g->cells.v[g->cells.n - 1].n = (int)a->content.severity;
	g->cells.v[g->cells.n - 1].number = true;
	grid_text(g, str_of(alert_life_name(a->life)));
	grid_note(g, moment_words(l, a->published_ms));
	grid_count(g, a->published_ms ? t.orgs : 0);
	grid_count_link(g, t.unanswered, alert_filtered(l, a->id, "unanswered=1"));
	grid_count_link(g, t.overdue, alert_filtered(l, a->id, "overdue=1"));
	grid_count_link(g, t.count[OBLIGATION_EVIDENCE_DIFFERS],
			alert_filtered(l, a->id, "state=evidence_differs"));
	grid_count(g, t.exposed);
	grid_count(g, t.unknown);
	return true;
}

static bool fill_list(struct look *l, struct grid *g, struct err *err)
{
	struct alert_list list;

	grid_begin(g, l, "alerts", list_columns);
	if (!alert_list(&l->view, &list, err))
		return false;
	for (size_t i = 0; i < list.n; i++) {
		bool reads = false;

		if (!sight_reads_alert(&l->sight, &list.v[i], &reads, err) ||
		    (reads && !list_row(l, g, &list.v[i], err)))
			return false;
	}
	g->caption = STR("Alerts");
	g->empty = look_may(l, "alert.write", (struct str){0})
			   ? STR("No alert has been written yet. Write one: before it is "
				 "published you see whom it will reach.")
			   : STR("No alert asks anything of you. One that does stands here, with "
				 "what is to be done and by when.");
	grid_end(g);
	return true;
}

void alerts_show(struct web_request *req, struct web_reply *reply)
{
	struct alerts_view_page v = {0};
	struct frame f;
	struct look l;
	struct text *out;
	struct err err = {0};

	if (!look_begin(req, reply, &l))
		return;
	if (!fill_list(&l, &v.grid, &err)) {
		look_fail(&l, &err);
		return;
	}
	if (l.csv)
		return;
	out = look_page(&l, &(struct look_page){.title = "Alerts"}, &f);
	v.frame = &f;
	v.may_write = look_may(&l, "alert.write", (struct str){0});
	page_alerts(out, &v);
}

/* --- one alert ---------------------------------------------------------------------------------
 */

static struct str by_words(const struct look *l, int64_t ms, struct str post)
{
	return ms ? arena_fmt(l->arena, "%.*s by %.*s", STR_FMT(time_words(l->arena, ms)),
			      STR_FMT(post))
		  : (struct str){0};
}

static void fill_head(struct look *l, struct alert_view *v)
{
	const struct alert *a = &v->alert;
	struct str whole = {0};
	struct sight *s = &l->sight;

	v->about = desk_about_words(l->arena, &a->content);
	v->outcomes = desk_outcome_words(l->arena, a->content.outcomes);
	v->classes = desk_class_words(l->arena, a->content.classes);
	v->audience = desk_audience_words(l->arena, &a->content.audience);
	v->published = a->published_ms ? time_words(l->arena, a->published_ms) : whole;
	v->updated = a->updated_ms ? time_words(l->arena, a->updated_ms) : whole;
	v->ended = by_words(l, a->ended_ms, a->ended_by);
	v->by = by_words(l, a->drafted_ms, a->author);
	if (a->ended_ms)
		return;
	v->may_edit = look_may(l, "alert.write", whole);
	v->may_approve = (a->life == ALERT_DRAFT || a->pending) &&
			 look_may(l, "alert.approve", whole) && !str_eq(a->author, s->post.id);
	v->may_publish = look_may(l, "alert.write", whole) &&
			 (a->life == ALERT_APPROVED || (a->pending && a->approved_ms));
	v->may_withdraw = a->published_ms && look_may(l, "alert.approve", whole);
	v->may_deliver = a->published_ms && look_may(l, "alert.write", whole);
}

/* --- its curves: who answered when, what was closed when --- */

struct course { /* when each answered, and when it was closed */
	int64_t *said, *closed;
	size_t nsaid, nclosed, total;
};

static struct course course_of(const struct look *l, const struct obligation_list *list)
{
	struct course c = {.said = ARENA_ARRAY(l->arena, int64_t, list->n + 1),
			   .closed = ARENA_ARRAY(l->arena, int64_t, list->n + 1),
			   .total = list->n};

	for (size_t i = 0; i < list->n; i++) {
		const struct obligation_verdict *is = &list->v[i].is;

		if (is->answered && is->answered_ms)
			c.said[c.nsaid++] = is->answered_ms;
		if (obligation_is_closed(is->state) && is->closed_ms)
			c.closed[c.nclosed++] = is->closed_ms;
	}
	return c;
}

static void fill_curve(struct look *l, struct alert_view *v, const struct course *all)
{
	struct chart_span span = {v->alert.asked_ms, MAX_OF(l->now_ms, v->alert.asked_ms + 1)};
	struct chart *c = &v->curve;

	c->lines[0] = (struct chart_line){
		STR("answered"),
		chart_steps(l, &span,
			    &(struct chart_steps){all->said, all->nsaid, all->total, false}),
		STR("lp-line--1")};
	c->lines[1] = (struct chart_line){
		STR("still open"),
		chart_steps(l, &span,
			    &(struct chart_steps){all->closed, all->nclosed, all->total, true}),
		STR("lp-line--2")};
	c->nlines = 2;
	chart_days(l, c, &span);
	c->y[0] = (struct chart_tick){CHART_H, STR("0")};
	c->y[1] = (struct chart_tick){0, STR("all")};
	if (span.to_ms - span.from_ms > 48 * MS_PER_HOUR) {
		c->mark = (unsigned)(48 * MS_PER_HOUR * CHART_W / (span.to_ms - span.from_ms));
		c->mark_words = STR("48 hours");
	}
	c->title = arena_fmt(l->arena,
			     "Since it was asked, %zu of %zu organisations have answered and %zu "
			     "are closed; the table below has them by day",
			     all->nsaid, all->total, all->nclosed);
	v->has_curve = all->total > 0;
}

static uint64_t until(const int64_t *v, size_t n, int64_t ms)
{
	uint64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += v[i] <= ms;
	return count;
}

static void fill_days(struct look *l, struct alert_view *v, const struct course *all)
{
	static const struct grid_column columns[] = {
		{"day", "Until", false},    {"answered", "Answered", true},
		{"closed", "Closed", true}, {"open", "Still open", true},
		{NULL, NULL, false},
	};
	enum { DAYS_MOST = 60 };
	int64_t days = (l->now_ms - v->alert.asked_ms) / MS_PER_DAY + 1;
	struct grid *g = &v->curve_days;

	grid_begin(g, l, "days", columns);
	for (int64_t d = MAX_OF((int64_t)1, days - DAYS_MOST); d <= days; d++) {
		int64_t at = MIN_OF(v->alert.asked_ms + d * MS_PER_DAY, l->now_ms);
		uint64_t done = until(all->closed, all->nclosed, at);

		grid_when(g, at);
		grid_count(g, until(all->said, all->nsaid, at));
		grid_count(g, done);
		grid_count(g, all->total - done);
	}
	g->caption = STR("Answered and closed, day by day");
	grid_end(g);
}

/* --- tables --- */

static void fill_states(struct look *l, struct alert_view *v)
{
	static const struct grid_column columns[] = {
		{"state", "State", false},
		{"organisations", "Organisations", true},
		{NULL, NULL, false},
	};
	struct grid *g = &v->states;

	grid_begin(g, l, "states", columns);
	for (unsigned i = 0; i < OBLIGATION_STATES; i++) {
		enum obligation_state state = (enum obligation_state)i;

		if (!v->total.count[i])
			continue;
		grid_state(g, state);
		grid_count_link(
			g, v->total.count[i],
			alert_filtered(
				l, v->alert.id,
				arena_fmt(l->arena, "state=%s", obligation_state_name(state)).p));
	}
	g->caption = STR("Organisations by state");
	g->empty = STR("It asks nobody that you may see.");
	grid_end(g);
}

static void fill_regions(struct look *l, struct alert_view *v, const struct obligation_list *list)
{
	static const struct grid_column columns[] = {
		{"region", "Region", false},
		{"organisations", "Asked", true},
		{"open", "Open", true},
		{"differs", "Evidence differs", true},
		{"unanswered", "Unanswered", true},
		{"overdue", "Overdue", true},
		{"not_reached", "Not reached", true},
		{"exposed", "Devices exposed", true},
		{"unknown", "Devices unknown", true},
		{NULL, NULL, false},
	};
	struct tallies t = tally_regions(l, list);
	struct option_view *o = ARENA_ARRAY(l->arena, struct option_view, t.n + 1);
	struct str chosen = web_query(l->req, "region");
	struct grid *g = &v->regions;

	grid_begin(g, l, "regions", columns);
	for (size_t i = 0; i < t.n; i++) {
		const struct tally *r = &t.v[i];

		o[i] = (struct option_view){r->code, r->name, str_eq(chosen, r->code)};
		grid_link(g, r->name,
			  arena_fmt(l->arena, "%.*s#organisations",
				    STR_FMT(address_with(l, "region", r->code))));
		grid_count(g, r->orgs);
		grid_count(g, r->open);
		grid_count(g, r->count[OBLIGATION_EVIDENCE_DIFFERS]);
		grid_count(g, r->unanswered);
		grid_count(g, r->overdue);
		grid_count(g, r->not_reached);
		grid_count(g, r->exposed);
		grid_count(g, r->unknown);
	}
	v->region_options = (struct options_view){o, t.n};
	g->caption = STR("By region");
	grid_end(g);
}

static void fill_filters(struct look *l, struct alert_view *v, const struct wanted *w)
{
	struct option_view *o = ARENA_ARRAY(l->arena, struct option_view, OBLIGATION_STATES);
	struct option_view *chased = ARENA_ARRAY(l->arena, struct option_view, 2);

	for (unsigned i = 0; i < OBLIGATION_STATES; i++) {
		enum obligation_state s = (enum obligation_state)i;

		o[i] = (struct option_view){str_of(obligation_state_name(s)),
					    str_of(obligation_state_words(s)), w->states >> i & 1};
	}
	chased[0] = (struct option_view){STR("no"), STR("not yet"), str_is(w->chased, "no")};
	chased[1] = (struct option_view){STR("yes"), STR("chased"), str_is(w->chased, "yes")};
	v->state_options = (struct options_view){o, OBLIGATION_STATES};
	v->chased_options = (struct options_view){chased, 2};
	v->text = w->text;
	v->overdue = w->overdue;
	v->unanswered = w->unanswered;
	v->pending = w->pending;
	v->unreached = w->unreached;
	v->help = w->help;
}

/* Who acts next, in a word. */
static struct str next_words(const struct look *l, const struct obligation *o)
{
	if (obligation_is_closed(o->is.state))
		return STR("nobody: it is closed");
	if (o->is.pending)
		return STR("who decides on the exception");
	if (!o->is.answered)
		return o->reached ? STR("the organisation: answer")
				  : STR("whoever can reach them: nobody was reached");
	if (o->is.state == OBLIGATION_EVIDENCE_DIFFERS)
		return STR("the organisation: the devices that differ");
	if (needs_help(o))
		return STR("whoever can help: it asked");
	if (o->suppliers.n)
		return arena_fmt(l->arena, "the supplier %.*s", STR_FMT(o->suppliers.v[0]));
	if (o->is.state == OBLIGATION_UNPROVEN || o->is.state == OBLIGATION_UNKNOWN)
		return STR("the organisation: an inventory");
	return STR("the organisation");
}

static const struct grid_column org_columns[] = {
	{"org", "Code", false},		  {"name", "Organisation", false},
	{"region", NULL, false},	  {"state", "State", false},
	{"next", "Who acts next", false}, {"due", "By when", false},
	{"chased", NULL, false},	  {"exposed", "Devices exposed", true},
	{"unknown", "Unknown", true},	  {"covered", "Seen", true},
	{"expected", "Expected", true},	  {"claims", NULL, false},
	{"answered_by", NULL, false},	  {NULL, NULL, false},
};

static void org_row(struct look *l, struct grid *g, const struct chased *chased,
		    const struct obligation *o)
{
	struct str alert = directory_code(l->arena, web_param(l->req, "alert"));

	grid_link(g, o->org, ADDRESS(l, STR("alerts"), alert, o->org));
	grid_text(g, o->name);
	grid_text(g, o->region);
	grid_state(g, o->is.state);
	grid_text(g, next_words(l, o));
	grid_note(g, chased_words(l, chased, o->org));
	grid_due(g, o->is.due_ms, o->is.overdue);
	grid_chased(g, chased, o->org);
	grid_count(g, o->is.exposed);
	grid_count(g, o->is.unknown);
	grid_count(g, o->is.covered);
	if (o->is.expected >= 0)
		grid_count(g, (uint64_t)o->is.expected);
	else
		grid_unknown(g);
	grid_text(g, o->claims);
	grid_text(g, o->answered_by);
}

static bool fill_orgs(struct look *l, struct alert_view *v, const struct obligation_list *list,
		      struct err *err)
{
	struct grid *g = &v->orgs;
	struct chased chased;
	struct wanted w;

	if (!bulk_offers(l, &v->alert, &v->bulk, err) ||
	    !chased_read(l, v->alert.id, (struct str){0}, &chased, err))
		return false;
	wanted_read(l, &w);
	fill_filters(l, v, &w);
	grid_begin(g, l, "organisations", org_columns);
	for (size_t i = 0; i < list->n; i++)
		if (is_wanted(&w, &list->v[i], &chased))
			org_row(l, g, &chased, &list->v[i]);
	g->caption = STR("Organisations, worst first");
	g->empty = STR("No organisation stands that way.");
	g->form = v->bulk.any ? "bulk" : NULL;
	grid_end(g);
	return true;
}

static void fill_suppliers(struct look *l, struct alert_view *v, const struct obligation_list *list)
{
	static const struct grid_column columns[] = {
		{"supplier", "Supplier", false},
		{"organisations", "Organisations that wait", true},
		{"devices", "Devices exposed there", true},
		{"answer", "Its answer", false},
		{"due", "Due", false},
		{NULL, NULL, false},
	};
	struct grid *g = &v->suppliers;

	grid_begin(g, l, "suppliers", columns);
	for (size_t i = 0; i < list->nsuppliers; i++) {
		const struct supplier_waits *w = &list->suppliers[i];

		/* A supplier sees who waits for it; peers see none of the others. */
		if (l->sight.scope == SCOPE_ORGANISATION && !str_eq(w->supplier, l->sight.post.org))
			continue;
		grid_link(g, w->name.n ? w->name : w->supplier,
			  ADDRESS(l, STR("organisations"), w->supplier));
		grid_count(g, w->organisations);
		grid_count(g, w->devices);
		grid_text(g, w->answer.n ? w->answer : STR("none yet"));
		grid_note(g, w->note);
		grid_due(g, w->due_ms, w->overdue);
	}
	g->caption = STR("Suppliers whose answer would unlock most");
	g->empty = STR("Nobody says that they wait for a supplier.");
	grid_end(g);
}

static bool fill_answerable(struct look *l, struct alert_view *v,
			    const struct obligation_list *list, struct err *err)
{
	struct str_list may;

	/* Who oversees may answer for one, on its page; hardly for all by one press. */
	if (str_starts(l->sight.post.kind, STR("national")) ||
	    str_starts(l->sight.post.kind, STR("regional")))
		return true;
	if (!alert_answerable(&l->view, v->alert.id, l->sight.post.id, &may, err))
		return false;
	for (size_t i = 0; i < list->n; i++) {
		if (list->v[i].is.answered)
			continue;
		for (size_t k = 0; k < may.n; k++)
			v->answerable += str_eq(may.v[k], list->v[i].org);
	}
	v->may_answer = may.n > 0;
	return true;
}

static bool fill(struct look *l, struct alert_view *v, struct err *err)
{
	/* A supplier is shown who waits for it, whom it does not see one by one. */
	const struct obligation_filter filter = {
		.alert = v->alert.id,
		.post = l->sight.post.id,
		.own = !look_may(l, "alert.supply", l->sight.post.org)};
	struct obligation_list list;
	struct course course;

	fill_head(l, v);
	if (!v->alert.published_ms)
		return true;
	if (!alert_obligations(&l->view, &filter, &list, err) || !fill_answerable(l, v, &list, err))
		return false;
	for (size_t i = 0; i < list.n; i++)
		tally_add(&v->total, &list.v[i]);
	v->bar = state_bar(l, &v->total, v->alert.id);
	course = course_of(l, &list);
	fill_curve(l, v, &course);
	fill_days(l, v, &course);
	fill_states(l, v);
	fill_regions(l, v, &list);
	fill_suppliers(l, v, &list);
	if (!fill_orgs(l, v, &list, err))
		return false;
	v->fresh =
		arena_fmt(l->arena, "Evidence up to record %ju%s", (uintmax_t)list.evidence_to,
			  list.evidence_behind ? "; newer records are still being worked in" : "");
	return true;
}

bool alert_find(struct look *l, struct alert *ret)
{
	struct str id = directory_code(l->arena, web_param(l->req, "alert"));
	struct err err = {0};
	bool reads = false;

	if (!alert_get(&l->view, id, ret, &err) || !sight_reads_alert(&l->sight, ret, &reads, &err))
		return look_fail(l, &err);
	if (reads)
		return true;
	web_problem(l->reply, 403, "the post %.*s is not asked by this alert",
		    STR_FMT(l->sight.post.id));
	return false;
}

void alert_page(struct look *l, struct fault fault)
{
	struct alert_view v = {.fault = fault};
	struct frame f;
	struct text *out;
	struct err err = {0};

	if (!alert_find(l, &v.alert))
		return;
	if (!fill(l, &v, &err)) {
		look_fail(l, &err);
		return;
	}
	if (l->csv)
		return;
	v.said = look_said(l);
	out = look_page(
		l, &(struct look_page){.title = v.alert.id.p, .here = "/alerts", .fault = &fault},
		&f);
	v.frame = &f;
	page_alert(out, &v);
}

void alert_one_show(struct web_request *req, struct web_reply *reply)
{
	struct look l;

	if (look_begin(req, reply, &l))
		alert_page(&l, (struct fault){0});
}
