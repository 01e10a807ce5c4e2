#include "console/national.h"

#include "incident/incident.h"
#include "pages.h"

/* The first page of a nation or a region: what must be done, how it stands, how much is seen. */

enum { WORST_ROWS = 10, TREND_SHOWN = 30, TILES_ROW = 4, TILE = 100 };

static void add(struct look *l, struct todos *t, size_t *cap, struct todo todo)
{
	ARENA_PUSH(l->arena, t, *cap, todo);
}

/* --- what is to be done ------------------------------------------------------------------------
 */

static void mandate_todo(struct look *l, struct todos *t, size_t *cap)
{
	struct incident_now now;
	struct err none = {0};

	if (!incident_now(&l->sight.view, &now, &none))
		return;
	if (now.offered && str_eq(now.offer.to.post, l->sight.post.id))
		add(l, t, cap,
		    (struct todo){
			    STR("The lead is offered to you: accept or decline it"), STR("/lead"),
			    arena_fmt(l->arena, "offered by %.*s", STR_FMT(now.offer.by)), false});
	else if (!now.led && !now.offered && l->sight.scope == SCOPE_NATION)
		add(l, t, cap,
		    (struct todo){STR("Nobody leads: offer the lead to a post"), STR("/lead"),
				  STR("who leads stands on every page"), false});
}

static bool draft_todos(struct look *l, struct todos *t, size_t *cap, struct err *err)
{
	bool approves = look_may(l, "alert.approve", (struct str){0});
	bool writes = look_may(l, "alert.write", (struct str){0});
	struct alert_list list;

	if (!alert_list(&l->view, &list, err))
		return false;
	for (size_t i = 0; i < list.n && writes; i++) {
		const struct alert *a = &list.v[i];
		struct str href = ADDRESS(l, STR("alerts"), a->id);

		if (a->ended_ms || (!a->pending && a->published_ms))
			continue;
		if (a->life == ALERT_DRAFT && approves && !str_eq(a->author, l->sight.post.id))
			add(l, t, cap,
			    (struct todo){
				    arena_fmt(l->arena, "Approve %.*s: %.*s", STR_FMT(a->id),
					      STR_FMT(a->content.title)),
				    href,
				    arena_fmt(l->arena, "written by %.*s", STR_FMT(a->author)),
				    false});
		else if (a->life == ALERT_APPROVED || a->approved_ms)
			add(l, t, cap,
			    (struct todo){arena_fmt(l->arena, "Publish %.*s: %.*s", STR_FMT(a->id),
						    STR_FMT(a->content.title)),
					  href, STR("approved by a second person"), false});
	}
	return true;
}

/* The one answer that would let most go on. */
static void supplier_todo(struct look *l, const struct standing *s, struct todos *t, size_t *cap)
{
	const struct supplier_waits *w = s->list.suppliers;

	if (!s->list.nsuppliers || str_is(w->answer, "fix") || w->organisations < 2)
		return;
	add(l, t, cap,
	    (struct todo){arena_fmt(l->arena, "%.*s: %ju organisations wait for %.*s",
				    STR_FMT(s->alert.id), (uintmax_t)w->organisations,
				    STR_FMT(w->name.n ? w->name : w->supplier)),
			  arena_fmt(l->arena, "%.*s#suppliers",
				    STR_FMT(ADDRESS(l, STR("alerts"), s->alert.id))),
			  STR("the supplier whose answer would unlock most"), w->overdue});
}

static void standing_todos(struct look *l, const struct standing *s, struct todos *t, size_t *cap)
{
	const struct {
		uint64_t n;
		const char *words, *filter, *hint;
		bool late;
	} rows[] = {
		{s->total.count[OBLIGATION_EVIDENCE_DIFFERS],
		 "where evidence differs from what was said", "state=evidence_differs",
		 "a claim that an inventory contradicts", true},
		{s->total.pending, "where an exception or mitigation waits for a decision",
		 "pending=1", "a claim pauses while it is not decided", false},
		{s->total.help, "that asked for help", "help=1",
		 "what each needs stands on its page", true},
		{s->total.not_reached, "where nobody was reached", "reached=no",
		 "who is known there, if anybody, stands on the organisation's page", true},
		{s->total.overdue, "past a date", "overdue=1", "the worst stand first", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!rows[i].n)
			continue;
		add(l, t, cap,
		    (struct todo){arena_fmt(l->arena, "%.*s: %ju %s %s", STR_FMT(s->alert.id),
					    (uintmax_t)rows[i].n,
					    plural(rows[i].n, "organisation", "organisations"),
					    rows[i].words),
				  alert_filtered(l, s->alert.id, rows[i].filter),
				  str_of(rows[i].hint), rows[i].late});
	}
	supplier_todo(l, s, t, cap);
}

/* --- tables and pictures -----------------------------------------------------------------------
 */

static void fill_worst(struct look *l, struct national_view *v, const struct standings *all)
{
	static const struct grid_column columns[] = {
		{"org", "Code", false},
		{"name", "Organisation", false},
		{"region", "Region", false},
		{"alert", "Alert", false},
		{"exposed", "Devices exposed", true},
		{"due", "Was due", false},
		{NULL, NULL, false},
	};
	struct grid *g = &v->worst;
	size_t rows = 0;

	grid_begin(g, l, "silent", columns);
	for (size_t i = 0; i < all->n; i++) {
		const struct standing *s = &all->v[i];

		for (size_t k = 0; k < s->list.n && rows < WORST_ROWS; k++) {
			const struct obligation *o = &s->list.v[k];

			if (o->is.answered || obligation_is_closed(o->is.state))
				continue;
			rows++;
			grid_link(g, o->org, ADDRESS(l, STR("alerts"), s->alert.id, o->org));
			grid_text(g, o->name);
			grid_text(g, o->region);
			grid_link(g, s->alert.id, ADDRESS(l, STR("alerts"), s->alert.id));
			grid_count(g, o->is.exposed);
			grid_due(g, o->is.due_ms, o->is.overdue);
		}
	}
	g->caption = STR("Who has not answered, worst first");
	g->empty = STR("Everybody has answered.");
	grid_end(g);
}

/* Every region that an open alert asks, by what is open of all that was asked. */
static void fill_regions(struct look *l, struct national_view *v, const struct standings *all)
{
	static const struct grid_column columns[] = {
		{"region", "Region", false},
		{"alert", "Alert", false},
		{"asked", "Asked", true},
		{"open", "Open", true},
		{"unanswered", "Unanswered", true},
		{"overdue", "Overdue", true},
		{"exposed", "Devices exposed", true},
		{"unknown", "Devices unknown", true},
		{NULL, NULL, false},
	};
	struct grid *g = &v->regions;

	grid_begin(g, l, "regions", columns);
	for (size_t i = 0; i < all->n; i++) {
		const struct standing *s = &all->v[i];

		for (size_t k = 0; k < s->regions.n; k++) {
			const struct tally *r = &s->regions.v[k];

			grid_link(g, r->name, alert_of_region(l, s->alert.id, r->code));
			grid_link(g, s->alert.id, ADDRESS(l, STR("alerts"), s->alert.id));
			grid_count(g, r->orgs);
			grid_count(g, r->open);
			grid_count(g, r->unanswered);
			grid_count(g, r->overdue);
			grid_count(g, r->exposed);
			grid_count(g, r->unknown);
		}
	}
	g->caption = STR("Regions by alert");
	g->empty = STR("No open alert asks anybody.");
	grid_end(g);
}

static const struct str tile_fills[] = {STR("lp-fill--closed"), STR("lp-fill--clear"),
					STR("lp-fill--open2"), STR("lp-fill--open"),
					STR("lp-fill--bad")};

static struct tile tile_of(struct look *l, const struct standing *s, size_t i)
{
	const struct tally *r = &s->regions.v[i];
	uint64_t share = r->orgs ? r->open * (ARRAY_LEN(tile_fills) - 1) / r->orgs : 0;

	if (r->open && !share)
		share = 1;
	return (struct tile){
		.name = r->name,
		.words = arena_fmt(l->arena, "%ju of %ju open", (uintmax_t)r->open,
				   (uintmax_t)r->orgs),
		.href = alert_of_region(l, s->alert.id, r->code),
		.css = tile_fills[share],
		.x = (unsigned)(i % TILES_ROW * TILE + i / TILES_ROW % 2 * TILE / 2),
		.y = (unsigned)(i / TILES_ROW * TILE),
	};
}

/* The newest alert, region by region. */
static void fill_tiles(struct look *l, struct national_view *v, const struct standings *all)
{
	const struct standing *s = all->n ? &all->v[0] : NULL;
	struct tile *t;

	if (!s || s->regions.n < 2)
		return;
	t = ARENA_ARRAY(l->arena, struct tile, s->regions.n);
	for (size_t i = 0; i < s->regions.n; i++)
		t[i] = tile_of(l, s, i);
	v->tiles = t;
	v->ntiles = s->regions.n;
	v->map_h = (unsigned)((s->regions.n + TILES_ROW - 1) / TILES_ROW * TILE);
}

static void trend_lines(struct look *l, struct national_view *v, const struct trend *t)
{
	uint64_t *exposed = ARENA_ARRAY(l->arena, uint64_t, t->n + 1);
	uint64_t *unknown = ARENA_ARRAY(l->arena, uint64_t, t->n + 1), most = 1;
	struct chart *c = &v->trend;
	AUTO(text_freep) struct text top = {0};

	for (size_t i = 0; i < t->n; i++) {
		exposed[i] = t->v[i].exposed;
		unknown[i] = t->v[i].unknown;
		most = MAX_OF(most, MAX_OF(exposed[i], unknown[i]));
	}
	c->lines[0] = (struct chart_line){STR("devices exposed"),
					  chart_values(l, exposed, t->n, most), STR("lp-line--3")};
	c->lines[1] = (struct chart_line){STR("devices unknown"),
					  chart_values(l, unknown, t->n, most), STR("lp-line--4")};
	c->nlines = 2;
	page_count(&top, most);
	c->y[0] = (struct chart_tick){CHART_H, STR("0")};
	c->y[1] = (struct chart_tick){0, arena_str(l->arena, text_str(&top))};
	c->title =
		arena_fmt(l->arena,
			  "Devices exposed to what %.*s is about: %ju now, %ju at first; unknown "
			  "%ju now",
			  STR_FMT(v->trend_of), (uintmax_t)exposed[t->n - 1], (uintmax_t)exposed[0],
			  (uintmax_t)unknown[t->n - 1]);
}

static void trend_rows(struct look *l, struct national_view *v, const struct trend *t)
{
	static const struct grid_column columns[] = {
		{"day", "Day", false},		{"exposed", "Exposed", true},
		{"unknown", "Unknown", true},	{"covered", "Seen", true},
		{"expected", "Expected", true}, {NULL, NULL, false},
	};
	struct grid *g = &v->trend_grid;

	grid_begin(g, l, "trend", columns);
	for (size_t i = 0; i < t->n; i++) {
		grid_when(g, t->v[i].at_ms);
		grid_count(g, t->v[i].exposed);
		grid_count(g, t->v[i].unknown);
		grid_count(g, t->v[i].covered);
		grid_count(g, t->v[i].expected);
	}
	g->caption = STR("Devices, day by day");
	grid_end(g);
}

static bool fill_trend(struct look *l, struct national_view *v, const struct standings *all,
		       struct err *err)
{
	struct trend_query query = {.post = l->sight.post.id};
	int64_t from = l->now_ms - (int64_t)TREND_SHOWN * MS_PER_DAY;
	struct trend t;

	if (!all->n)
		return true;
	v->trend_of = query.alert = all->v[0].alert.id;
	query.from_ms = MAX_OF(from, all->v[0].alert.published_ms);
	query.from_ms -= query.from_ms % MS_PER_DAY;
	if (!alert_trend(&l->view, &query, &t, err))
		return false;
	if (!t.n)
		return true;
	v->has_trend = true;
	trend_lines(l, v, &t);
	trend_rows(l, v, &t);
	return true;
}

/* --- how much of the estate is seen --------------------------------------------------------------
 */

struct newest {
	const struct estate_org *v;
	size_t n;
};

static int64_t newest_of(const struct newest *all, struct str code)
{
	size_t lo = 0, hi = all->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (str_cmp(all->v[mid].code, code) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < all->n && str_eq(all->v[lo].code, code) ? all->v[lo].as_of_ms : 0;
}

static void cover(const struct look *l, const struct org *o, int64_t newest, struct coverage *c)
{
	enum { WEEK = 7, MONTH = 30 };
	int64_t age = l->now_ms - newest;

	if (o->expected_devices == DIRECTORY_NO_COUNT)
		c->unsaid++;
	else
		c->devices_expected += (uint64_t)o->expected_devices;
	c->none += !newest;
	c->week += newest && age <= WEEK * MS_PER_DAY;
	c->month += newest && age > WEEK * MS_PER_DAY && age <= MONTH * MS_PER_DAY;
	c->older += newest && age > MONTH * MS_PER_DAY;
}

static void coverage_bar(struct look *l, struct national_view *v, const struct coverage *c)
{
	static const struct grid_column columns[] = {{"newest", "Newest inventory", false},
						     {"organisations", "Organisations", true},
						     {NULL, NULL, false}};
	struct bar_part *p = ARENA_ARRAY(l->arena, struct bar_part, 4);
	struct grid *g = &v->coverage_grid;

	p[0] = (struct bar_part){STR("within 7 days"), STR("lp-fill--closed"), {0}, c->week, 0, 0};
	p[1] = (struct bar_part){STR("within 30 days"), STR("lp-fill--clear"), {0}, c->month, 0, 0};
	p[2] = (struct bar_part){STR("older"), STR("lp-fill--open"), {0}, c->older, 0, 0};
	p[3] = (struct bar_part){
		STR("never sent one"), STR("lp-fill--unknown2"), {0}, c->none, 0, 0};
	bar_lay(p, 4);
	v->coverage = (struct bar){
		arena_fmt(l->arena,
			  "Organisations by their newest inventory: %ju within 7 days, %ju within "
			  "30, %ju older, %ju none",
			  (uintmax_t)c->week, (uintmax_t)c->month, (uintmax_t)c->older,
			  (uintmax_t)c->none),
		p, 4};
	grid_begin(g, l, "coverage", columns);
	for (size_t i = 0; i < 4; i++) {
		grid_text(g, p[i].words);
		grid_count(g, p[i].n);
	}
	grid_text(g, STR("nobody has said how many devices to expect"));
	grid_count(g, c->unsaid);
	g->caption = STR("How much of the estate is seen");
	grid_end(g);
}

/* Of trusts and practices: who is expected to have devices, or has sent some. */
static bool fill_coverage(struct look *l, struct national_view *v, struct err *err)
{
	struct org_filter filter = {.state = ORG_OPEN};
	AUTO(estate_closep) struct estate *e = NULL;
	struct newest newest = {0};
	struct coverage c = {0};
	struct estate_org *orgs;
	struct org_list list;

	if (l->sight.scope == SCOPE_REGION)
		filter.region = l->sight.post.org;
	if (!estate_open(acts_journal(l->k->acts), &e, err) ||
	    !estate_orgs(e, l->arena, &orgs, &newest.n, err) ||
	    !directory_org_list(&l->sight.view, &filter, &list, err))
		return false;
	newest.v = orgs;
	for (size_t i = 0; i < list.n; i++) {
		int64_t at = newest_of(&newest, list.v[i].code);

		if (at || list.v[i].expected_devices != DIRECTORY_NO_COUNT ||
		    str_is(list.v[i].role, "trust") || str_is(list.v[i].role, "gp_practice"))
			cover(l, &list.v[i], at, &c);
	}
	coverage_bar(l, v, &c);
	return true;
}

/* --- the page ----------------------------------------------------------------------------------
 */

bool national_fill(struct look *l, struct national_view *v, struct err *err)
{
	const struct post *post = &l->sight.post;
	struct standings all;
	size_t cap = 0;

	v->who = post->title.n ? post->title : post->kind;
	v->where = post->org;
	v->may_write = look_may(l, "alert.write", (struct str){0});
	if (!standings_read(l, &all, err))
		return false;
	mandate_todo(l, &v->todos, &cap);
	if (!draft_todos(l, &v->todos, &cap, err))
		return false;
	for (size_t i = 0; i < all.n; i++)
		standing_todos(l, &all.v[i], &v->todos, &cap);
	standings_grid(l, &all, &v->alerts);
	fill_worst(l, v, &all);
	fill_regions(l, v, &all);
	fill_tiles(l, v, &all);
	return fill_trend(l, v, &all, err) && fill_coverage(l, v, err);
}

/* A table of it as CSV is made at once. */
void national_show(struct look *l)
{
	struct national_view v = {.may_write = false};
	struct err err = {0};

	if (!web_query(l->req, "csv").n)
		kept_show(l->req, l->reply, l->sight.post.id);
	else if (!national_fill(l, &v, &err))
		look_fail(l, &err);
	else if (!l->csv)
		web_problem(l->reply, 404, "no table here has that name");
}
