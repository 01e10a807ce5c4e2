#include "alerts/course.h"
#include "alerts/eyes.h"
#include "alerts/gather.h"
#include "alerts/runs.h"
#include "base/bits.h"

/*
 * How an alert stood at the end of each day: no table of its own, but alert_obligations() asked as
 * of those moments.  An organisation is judged where something happened to it, and stands until
 * something does again.  Days are taken in epochs, the last first: between two mergers the same
 * organisations answer for the same estates.
 */

struct trending {
	const struct alerts_view *view; /* who asks, and until when */
	const struct trend_query *query;
	struct eyes eyes;
	struct trend_day *days;
	size_t ndays;
	uint64_t (*seen)[OBLIGATION_STATES]; /* by day: of those that the post sees */
	struct epoch *epoch;
};

struct epoch {
	struct trending *all;
	size_t first, end; /* its days */
	struct alerts_view at;
	struct gather g;
	struct arena *arena;
	struct run_rows *rows; /* by place */
	struct run_maker maker;
	uint64_t *marks; /* bits by day: something happened */
};

static void trending_release(struct trending *t)
{
	eyes_release(&t->eyes);
}

static void epoch_release(struct epoch *e)
{
	gather_release(&e->g);
	run_maker_release(&e->maker);
	arena_close(e->arena);
}

/* ---- days ------------------------------------------------------------------------------------ */

static int64_t day_end(const struct calendar *c, int64_t day)
{
	int64_t noon = day * MS_PER_DAY + MS_PER_DAY / 2;

	noon -= calendar_offset_minutes(c, noon) * (MS_PER_HOUR / 60);
	return calendar_working_days(c, noon, 0);
}

struct span {
	int64_t from, to; /* days since 1970-01-01, both in it */
};

static bool choose_days(const struct trending *t, const struct alert *alert,
			const struct calendar *c, struct span *ret, struct err *err)
{
	int64_t today = calendar_day(c, t->view->at_ms), from, to;

	to = t->query->to_ms ? t->query->to_ms / MS_PER_DAY : today;
	to = MIN_OF(to, today);
	from = t->query->from_ms
		       ? t->query->from_ms / MS_PER_DAY
		       : MAX_OF(calendar_day(c, alert->published_ms), to - (TREND_DAYS - 1));
	if (from > to)
		return err_set(err, ERR_INVALID,
			       t->query->from_ms ? "the trend would begin after it ends"
						 : "%.*s was not published by then; say from when",
			       STR_FMT(alert->id));
	if (to - from >= TREND_DAYS_MAX)
		return err_set(err, ERR_LIMIT, "a trend is of at most %d days", TREND_DAYS_MAX);
	return *ret = (struct span){from, to}, true;
}

static bool make_days(struct trending *t, struct err *err)
{
	const struct calendar *c;
	struct rules *rules;
	struct alert alert;
	struct span span = {0};

	if (!alert_get(t->view, t->query->alert, &alert, err) || !rules_load(t->view, &rules, err))
		return false;
	c = rules_calendar(rules, (struct str){0});
	if (!choose_days(t, &alert, c, &span, err))
		return false;
	t->ndays = (size_t)(span.to - span.from + 1);
	t->days = ARENA_ARRAY(t->view->arena, struct trend_day, t->ndays);
	t->seen = arena_zero(t->view->arena, t->ndays, sizeof(*t->seen));
	for (size_t i = 0; i < t->ndays; i++) {
		int64_t day = span.from + (int64_t)i;

		t->days[i] = (struct trend_day){
			.day_ms = day * MS_PER_DAY,
			.at_ms = MIN_OF(day_end(c, day), t->view->at_ms),
		};
	}
	return true;
}

/* The first day in [first, end) that ends at a moment or after it; end: none. */
static size_t day_of_moment(const struct epoch *e, int64_t ms)
{
	size_t lo = e->first, hi = e->end;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (e->all->days[mid].at_ms < ms)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* ---- when something happened to an organisation -----------------------------------------------
 */

static void mark(struct epoch *e, int64_t ms)
{
	size_t day = day_of_moment(e, ms);

	if (day < e->end)
		bits_add(e->marks, day);
}

static bool counts_differ(const struct course_point *a, const struct course_point *b)
{
	return a->unknown != b->unknown || a->devices != b->devices || a->covered != b->covered ||
	       a->expected != b->expected || a->oldest_ago_ms != b->oldest_ago_ms ||
	       a->newest_ago_ms != b->newest_ago_ms;
}

static bool mark_row(struct epoch *e, const struct run_row *row, bool each, struct err *err)
{
	struct course_point at = {.at_ms = row->run.from_ms}, before = at;
	struct str rest = row->course;
	bool any = true;

	mark(e, row->run.from_ms);
	if (row->ends_ms)
		mark(e, row->ends_ms);
	if (row->run.covers_until_ms)
		mark(e, row->run.covers_until_ms + 1);
	while (any) {
		if (!course_next(&rest, &at, &any))
			return course_is_corrupt("alerts", STR("an organisation"), err);
		if (each || counts_differ(&at, &before))
			mark(e, at.at_ms);
		before = at;
	}
	return true;
}

static void mark_claim(struct epoch *e, const struct claim *c)
{
	mark(e, c->at_ms);
	if (c->decided_ms)
		mark(e, c->decided_ms);
	if (c->until_ms && c->until_ms < INT64_MAX)
		mark(e, c->until_ms + 1);
}

/* An inventory that shows the same may still come after a claim, and contradict it. */
static bool mark_part(struct epoch *e, uint32_t place, bool each, struct err *err)
{
	const struct part *p = &e->g.parts.v[place];
	const struct run_rows *rows = &e->rows[place];

	each = each || (p->nclaims && rows->npieces);
	mark(e, p->joined_ms);
	for (size_t i = 0; i < p->nclaims; i++)
		mark_claim(e, &p->claims[i]);
	for (size_t i = 0; i < rows->ncovers; i++)
		if (!mark_row(e, &rows->covers[i], each, err))
			return false;
	for (size_t i = 0; i < rows->npieces; i++)
		if (!mark_row(e, &rows->pieces[i], each, err))
			return false;
	return true;
}

/* ---- one organisation --------------------------------------------------------------------------
 */

struct judged {
	const struct org *org;
	uint32_t place;
	struct obligation_verdict is;
	bool asked, sees, listed; /* listed: the query is about it */
};

static void add_day(struct trending *t, size_t day, const struct judged *j)
{
	struct trend_day *d = &t->days[day];

	if (j->asked) {
		d->peers[j->is.state]++;
		t->seen[day][j->is.state] += j->sees;
	}
	if (!j->sees || !j->listed)
		return;
	d->organisations++;
	d->exposed += j->is.exposed;
	d->unknown += j->is.unknown;
	d->covered += j->is.covered;
	d->devices += j->is.devices;
	if (j->is.expected >= 0)
		d->expected += (uint64_t)j->is.expected;
	else
		d->unstated++;
	if (!j->asked)
		return;
	d->asked++;
	d->count[j->is.state]++;
}

/* An estate as its rows tell of it at a moment. */
static bool estate_at(struct epoch *e, uint32_t place, int64_t at_ms, struct err *err)
{
	struct part *p = &e->g.parts.v[place];
	struct evidence_runs runs;

	if (!runs_at(&e->maker, &e->rows[place], at_ms, &runs, err))
		return false;
	p->runs = mem_resize(p->runs, runs.n + 1, sizeof(*p->runs));
	if (runs.n)
		memcpy(p->runs, runs.v, runs.n * sizeof(*p->runs));
	p->nruns = runs.n;
	p->has_inventory = runs.n > 0;
	return true;
}

static bool judge_at(struct epoch *e, size_t day, struct judged *j, struct err *err)
{
	struct assembled a = {.place = j->place, .region = j->org->region};

	e->at.at_ms = e->all->days[day].at_ms;
	for (size_t i = 0; i < e->g.nheirs; i++)
		if (e->g.heirs[i].to == j->place &&
		    !estate_at(e, e->g.heirs[i].from, e->at.at_ms, err))
			return false;
	if (!estate_at(e, j->place, e->at.at_ms, err) ||
	    !gather_judge(&e->g, j->org, &a, &j->is, err))
		return false;
	j->asked = a.facts.start_ms <= e->at.at_ms;
	return true;
}

static bool mark_all(struct epoch *e, uint32_t place, struct err *err)
{
	bool succeeds = false;

	memset(e->marks, 0, bits_words(e->end) * sizeof(*e->marks));
	bits_add(e->marks, e->first);
	mark(e, e->g.alert.asked_ms);
	for (size_t i = 0; i < e->g.nheirs; i++) {
		if (e->g.heirs[i].to != place)
			continue;
		succeeds = true;
		if (!mark_part(e, e->g.heirs[i].from, true, err))
			return false;
	}
	return mark_part(e, place, succeeds, err);
}

static bool take_org(void *ctx, const struct org *org, struct err *err)
{
	struct epoch *e = ctx;
	const struct trend_query *q = e->all->query;
	struct judged j = {.org = org,
			   .place = gather_asks(&e->g, org),
			   .sees = eyes_see(&e->all->eyes, org->code, org->region),
			   .listed = (!q->org.n || str_eq(q->org, org->code)) &&
				     (!q->region.n || str_eq(q->region, org->region))};

	/* Peers are counted only where nothing was chosen among them. */
	if (j.place == UINT32_MAX || (!j.listed && (q->org.n || q->region.n)))
		return true;
	if (!mark_all(e, j.place, err))
		return false;
	for (size_t day = e->first; day < e->end; day++) {
		if (bits_has(e->marks, day) && !judge_at(e, day, &j, err))
			return false;
		add_day(e->all, day, &j);
	}
	return true;
}

/* ---- an epoch ----------------------------------------------------------------------------------
 */

static void *copy(struct arena *arena, const void *v, size_t n, size_t each)
{
	void *to = arena_alloc(arena, n * each + 1);

	if (n)
		memcpy(to, v, n * each);
	return to;
}

static const struct run_row *copy_rows(struct arena *arena, const struct run_row *v, size_t n)
{
	struct run_row *to = copy(arena, v, n, sizeof(*v));

	for (size_t i = 0; i < n; i++) {
		to[i].course = arena_str(arena, v[i].course);
		to[i].run.ref.site = arena_str(arena, v[i].run.ref.site);
		to[i].run.newest.site = arena_str(arena, v[i].run.newest.site);
	}
	return to;
}

static bool take_rows(void *ctx, struct str org, const struct run_rows *rows, struct err *err)
{
	struct epoch *e = ctx;
	uint32_t place = intern_find(e->g.codes, org);

	(void)err;
	if (place == UINT32_MAX)
		return true;
	e->rows[place] = *rows;
	e->rows[place].covers = copy_rows(e->arena, rows->covers, rows->ncovers);
	e->rows[place].pieces = copy_rows(e->arena, rows->pieces, rows->npieces);
	return true;
}

static bool load_rows(struct epoch *e, struct err *err)
{
	struct gather *g = &e->g;
	const struct rows_sink sink = {RUNS_COUNTS, take_rows, e};
	struct runs_query q = {.alert = g->alert.id, .all_classes = !g->alert.content.classes};

	e->rows = ARENA_ARRAY(e->arena, struct run_rows, g->parts.n + 1);
	if (g->alert.content.confirmation)
		return true;
	if (!g->few)
		return rows_each(&e->at, &q, &sink, err);
	for (uint32_t i = 0; i < intern_count(g->codes); i++) {
		q.org = intern_str(g->codes, i);
		if (!rows_each(&e->at, &q, &sink, err))
			return false;
	}
	return true;
}

/* The days since the last merger among those up to end; *ret_first is the first of them. */
static bool epoch_run(struct epoch *e, struct err *err)
{
	struct trending *t = e->all;
	const struct str_list only = {&t->query->org, t->query->org.n > 0};
	int64_t since_ms = INT64_MIN;

	e->at = (struct alerts_view){t->view->store, e->arena, t->days[e->end - 1].at_ms};
	if (!gather_load(&e->at, t->query->alert, &only, &e->g, err))
		return false;
	for (size_t i = 0; i < e->g.nheirs; i++)
		since_ms = MAX_OF(since_ms, e->g.heirs[i].at_ms);
	e->first = day_of_moment(e, since_ms);
	e->marks = ARENA_ARRAY(e->arena, uint64_t, bits_words(e->end) + 1);
	return load_rows(e, err) && gather_each_org(&e->g, &only, take_org, e, err);
}

static bool each_epoch(struct trending *t, struct err *err)
{
	size_t end = t->ndays;

	while (end) {
		AUTO(epoch_release)
		struct epoch e = {.all = t, .end = end, .arena = arena_open()};

		e.maker.arena = e.arena;
		if (!epoch_run(&e, err))
			return false;
		end = e.first;
	}
	return true;
}

static void hide_few(struct trending *t)
{
	bool chosen = t->query->org.n || t->query->region.n;

	for (size_t i = 0; i < t->ndays; i++) {
		if (chosen)
			memset(t->days[i].peers, 0, sizeof(t->days[i].peers));
		eyes_hide_few(&t->eyes, t->seen[i], t->days[i].peers);
	}
}

bool alert_trend(const struct alerts_view *view, const struct trend_query *query, struct trend *ret,
		 struct err *err)
{
	struct trend_query q = *query;
	AUTO(trending_release) struct trending t = {.view = view, .query = &q};
	struct obligation_list reached = {0};

	q.org = directory_code(view->arena, query->org);
	q.region = directory_code(view->arena, query->region);
	if (!eyes_open(view, q.post, &t.eyes, err) || !make_days(&t, err) || !each_epoch(&t, err) ||
	    !evidence_reaches(view, &reached, err))
		return false;
	hide_few(&t);
	*ret = (struct trend){t.days, t.ndays, reached.evidence_to, reached.evidence_behind};
	return true;
}
