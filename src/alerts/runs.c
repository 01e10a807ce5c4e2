#include "alerts/runs.h"

#include "alerts/course.h"

/*
 * Two ordered scans, alerts_cover and alerts_evidence, walked side by side by organisation.  Where
 * a row of evidence stands it speaks; in between, the organisation's cover does: nothing exposed,
 * nothing unknown.
 */

struct scan {
	const struct rows_sink *sink;
	struct store_query *cover, *evidence; /* NULL: not asked for */
	bool cover_row, evidence_row, all_classes;
	struct arena *arena; /* of one organisation's rows */
	VEC_OF(struct run_row) covers, pieces;
};

static void scan_release(struct scan *s)
{
	store_donep(&s->cover);
	store_donep(&s->evidence);
	arena_close(s->arena);
	free(s->covers.v);
	free(s->pieces.v);
}

#define COVER_COLUMNS                                                                              \
	"org, from_ms, last_ms, known_ms, until_ms, devices, covered, expected, site, record,"     \
	" newest_known, newest_site, newest_record, course"
#define EVIDENCE_COLUMNS COVER_COLUMNS ", ends_ms, exposed, oldest_ms, newest_ms, unknown"

static bool open_cover(const struct alerts_view *view, struct str org, struct store_query **ret,
		       struct err *err)
{
	if (org.n)
		return store_query(view->store,
				   SQL("SELECT " COVER_COLUMNS " FROM alerts_cover"
				       " WHERE org = ?1 ORDER BY org, from_ms"),
				   ARGS(store_text(org)), ret, err);
	return store_query(view->store,
			   SQL("SELECT " COVER_COLUMNS " FROM alerts_cover ORDER BY org, from_ms"),
			   ARGS(), ret, err);
}

static bool open_evidence(const struct alerts_view *view, const struct runs_query *q,
			  enum run_detail detail, struct store_query **ret, struct err *err)
{
	const struct store_args all = ARGS(store_text(q->alert)),
				one = ARGS(store_text(q->alert), store_text(q->org));

	if (q->org.n)
		return store_query(view->store,
				   SQL("SELECT " EVIDENCE_COLUMNS ", list FROM alerts_evidence"
				       " WHERE alert = ?1 AND org = ?2 ORDER BY org, from_ms"),
				   one, ret, err);
	if (detail == RUNS_DEVICES)
		return store_query(view->store,
				   SQL("SELECT " EVIDENCE_COLUMNS ", list FROM alerts_evidence"
				       " WHERE alert = ?1 ORDER BY org, from_ms"),
				   all, ret, err);
	return store_query(view->store,
			   SQL("SELECT " EVIDENCE_COLUMNS " FROM alerts_evidence"
			       " WHERE alert = ?1 ORDER BY org, from_ms"),
			   all, ret, err);
}

static struct evidence_run run_from_row(struct store_query *q, struct arena *arena)
{
	return (struct evidence_run){
		.from_ms = store_col_int(q, 1),
		.last_ms = store_col_int(q, 2),
		.known_ms = store_col_int(q, 3),
		.covers_until_ms = store_col_int(q, 4),
		.devices = (uint64_t)store_col_int(q, 5),
		.covered = (uint64_t)store_col_int(q, 6),
		.expected = store_col_int(q, 7),
		.ref = {arena_str(arena, store_col_str(q, 8)), (uint64_t)store_col_int(q, 9)},
		.newest_known_ms = store_col_int(q, 10),
		.newest = {arena_str(arena, store_col_str(q, 11)), (uint64_t)store_col_int(q, 12)},
	};
}

static struct str keep(struct arena *arena, struct str s)
{
	return s.n ? arena_str(arena, s) : s;
}

/* --- one organisation's rows --- */

static bool take_covers(struct scan *s, struct str org, struct err *err)
{
	while (s->cover_row && str_eq(store_col_str(s->cover, 0), org)) {
		VEC_PUSH(&s->covers,
			 (struct run_row){.run = run_from_row(s->cover, s->arena),
					  .course = keep(s->arena, store_col_str(s->cover, 13))});
		if (!store_step(s->cover, &s->cover_row, err))
			return false;
	}
	return true;
}

static bool take_devices(struct scan *s, struct str org, struct evidence_run *run, struct err *err)
{
	struct evidence_device *v;
	size_t n;

	if (s->sink->detail != RUNS_DEVICES || !run->exposed)
		return true;
	if (!device_list_read(store_col_str(s->evidence, 19), org, s->arena, &v, &n) ||
	    n != run->exposed)
		return err_set(err, ERR_CORRUPT,
			       "alerts_evidence: the devices of %.*s are not what they were",
			       STR_FMT(org)) ||
		       err_hint(err, "; lynchpin journal rebuild makes them again");
	run->v = v;
	return true;
}

static bool take_pieces(struct scan *s, struct str org, struct err *err)
{
	while (s->evidence_row && str_eq(store_col_str(s->evidence, 0), org)) {
		struct run_row p = {.run = run_from_row(s->evidence, s->arena),
				    .ends_ms = store_col_int(s->evidence, 14),
				    .course = keep(s->arena, store_col_str(s->evidence, 13))};

		p.run.exposed = (uint64_t)store_col_int(s->evidence, 15);
		p.run.oldest_ms = store_col_int(s->evidence, 16);
		p.run.newest_ms = store_col_int(s->evidence, 17);
		p.run.unknown = (uint64_t)store_col_int(s->evidence, 18);
		if (!take_devices(s, org, &p.run, err))
			return false;
		VEC_PUSH(&s->pieces, p);
		if (!store_step(s->evidence, &s->evidence_row, err))
			return false;
	}
	return true;
}

/* The next organisation of the two scans, in arena; empty at the end. */
static struct str next_org(struct scan *s)
{
	struct str a = s->cover_row ? store_col_str(s->cover, 0) : (struct str){0};
	struct str b = s->evidence_row ? store_col_str(s->evidence, 0) : (struct str){0};

	if (!s->cover_row || (s->evidence_row && str_cmp(b, a) < 0))
		a = b;
	return a.n ? arena_str(s->arena, a) : a;
}

static bool one_org(struct scan *s, struct str org, struct err *err)
{
	struct run_rows rows;

	s->covers.n = s->pieces.n = 0;
	if (!take_covers(s, org, err) || !take_pieces(s, org, err))
		return false;
	rows = (struct run_rows){s->covers.v, s->pieces.v, s->covers.n, s->pieces.n,
				 s->all_classes};
	if (!s->sink->fn(s->sink->ctx, org, &rows, err))
		return false;
	arena_clear(s->arena);
	return true;
}

/* Until the alert was judged its rows are not there yet, and their absence says nothing. */
static bool was_judged(const struct alerts_view *view, struct str alert, bool *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	return store_query(view->store, SQL("SELECT 1 FROM alerts_judged WHERE alert = ?1"),
			   ARGS(store_text(alert)), &q, err) &&
	       store_step(q, ret, err);
}

bool rows_each(const struct alerts_view *view, const struct runs_query *query,
	       const struct rows_sink *sink, struct err *err)
{
	AUTO(scan_release)
	struct scan s = {.sink = sink, .arena = arena_open(), .all_classes = query->all_classes};
	bool judged = false;

	if (!was_judged(view, query->alert, &judged, err))
		return false;
	if (judged && !(open_cover(view, query->org, &s.cover, err) &&
			store_step(s.cover, &s.cover_row, err)))
		return false;
	if (!open_evidence(view, query, sink->detail, &s.evidence, err) ||
	    !store_step(s.evidence, &s.evidence_row, err))
		return false;
	for (;;) {
		struct str org = next_org(&s);

		if (!org.n)
			return true;
		if (!one_org(&s, org, err))
			return false;
	}
}

/* --- as of a moment --- */

void run_maker_release(struct run_maker *m)
{
	free(m->covers.v);
	free(m->pieces.v);
	free(m->runs.v);
}

/* The entry of a course that stood at a moment. */
static bool course_at(const struct run_row *row, int64_t at_ms, struct course_point *ret)
{
	struct course_point at = {.at_ms = row->run.from_ms};
	struct str rest = row->course;
	bool any = true;

	*ret = at;
	while (any) {
		if (!course_next(&rest, &at, &any))
			return false;
		if (at.at_ms > at_ms)
			return true;
		*ret = at;
	}
	return true;
}

/* The devices that are in it still were exposed all along; when they were last seen so by then,
 * the counts say. */
static void devices_at(struct run_maker *m, struct evidence_run *run, int64_t at_ms)
{
	struct evidence_device *v;

	if (!run->v)
		return;
	v = ARENA_ARRAY(m->arena, struct evidence_device, run->exposed + 1);
	for (size_t i = 0; i < run->exposed; i++) {
		v[i] = run->v[i];
		if (v[i].seen_ms > at_ms)
			v[i].seen_ms = run->newest_ms;
	}
	run->v = v;
}

/* last_ms: of the organisation's last inventory by then; 0: the entry itself is. */
static bool row_at(struct run_maker *m, struct run_row *row, int64_t at_ms, int64_t last_ms)
{
	struct evidence_run *run = &row->run;
	struct course_point p;

	if (row->ends_ms > at_ms)
		row->ends_ms = 0;
	if (run->last_ms <= at_ms)
		return true;
	if (!course_at(row, at_ms, &p))
		return false;
	run->last_ms = MAX_OF(last_ms, p.at_ms);
	run->unknown = p.unknown;
	run->devices = p.devices;
	run->covered = p.covered;
	run->expected = p.expected;
	if (run->exposed) {
		run->oldest_ms = run->last_ms - p.oldest_ago_ms;
		run->newest_ms = run->last_ms - p.newest_ago_ms;
		devices_at(m, run, at_ms);
	}
	return true;
}

static bool rows_at(struct run_maker *m, const struct run_rows *rows, int64_t at_ms,
		    struct err *err)
{
	int64_t last_ms = 0;

	m->covers.n = m->pieces.n = 0;
	for (size_t i = 0; i < rows->ncovers && rows->covers[i].run.from_ms <= at_ms; i++) {
		struct run_row row = rows->covers[i];

		if (!row_at(m, &row, at_ms, 0))
			return course_is_corrupt("alerts_cover", STR("an organisation"), err);
		last_ms = row.run.last_ms;
		VEC_PUSH(&m->covers, row);
	}
	for (size_t i = 0; i < rows->npieces && rows->pieces[i].run.from_ms <= at_ms; i++) {
		struct run_row row = rows->pieces[i];

		if (!row_at(m, &row, at_ms, last_ms))
			return course_is_corrupt("alerts_evidence", STR("an organisation"), err);
		VEC_PUSH(&m->pieces, row);
	}
	return true;
}

/* What of a cover's span no row of evidence speaks for. */
static void fill_gaps(struct run_maker *m, const struct evidence_run *cover)
{
	struct evidence_run part = *cover;

	for (size_t i = 0; i < m->pieces.n; i++) {
		const struct run_row *p = &m->pieces.v[i];

		if (p->ends_ms && p->ends_ms <= part.from_ms)
			continue;
		if (p->run.from_ms > cover->last_ms)
			break;
		if (p->run.from_ms > part.from_ms) {
			struct evidence_run before = part;

			before.last_ms = MIN_OF(part.last_ms, p->run.from_ms);
			before.covers_until_ms = MIN_OF(part.covers_until_ms, p->run.from_ms);
			VEC_PUSH(&m->runs, before);
		}
		if (!p->ends_ms)
			return;
		part.from_ms = p->ends_ms;
	}
	if (part.from_ms <= cover->last_ms)
		VEC_PUSH(&m->runs, part);
}

static int by_time(const void *a, const void *b)
{
	const struct evidence_run *x = a, *y = b;

	return x->from_ms < y->from_ms ? -1 : x->from_ms > y->from_ms;
}

bool runs_at(struct run_maker *m, const struct run_rows *rows, int64_t at_ms,
	     struct evidence_runs *ret, struct err *err)
{
	if (!rows_at(m, rows, at_ms, err))
		return false;
	m->runs.n = 0;
	for (size_t i = 0; rows->all_classes && i < m->covers.n; i++)
		fill_gaps(m, &m->covers.v[i].run);
	for (size_t i = 0; i < m->pieces.n; i++)
		VEC_PUSH(&m->runs, m->pieces.v[i].run);
	if (m->runs.n > 1)
		qsort(m->runs.v, m->runs.n, sizeof(*m->runs.v), by_time);
	*ret = (struct evidence_runs){m->runs.v, m->runs.n};
	return true;
}

struct making {
	const struct runs_sink *sink;
	struct run_maker maker;
	int64_t at_ms;
};

static bool make_runs(void *ctx, struct str org, const struct run_rows *rows, struct err *err)
{
	struct making *m = ctx;
	struct evidence_runs runs;

	return runs_at(&m->maker, rows, m->at_ms, &runs, err) &&
	       m->sink->fn(m->sink->ctx, org, &runs, err);
}

static void making_release(struct making *m)
{
	run_maker_release(&m->maker);
	arena_close(m->maker.arena);
}

bool runs_each(const struct alerts_view *view, const struct runs_query *query,
	       const struct runs_sink *sink, struct err *err)
{
	AUTO(making_release)
	struct making m = {.sink = sink, .maker.arena = arena_open(), .at_ms = view->at_ms};
	const struct rows_sink rows = {sink->detail, make_runs, &m};

	return rows_each(view, query, &rows, err);
}

/* --- lists of devices --- */

void device_list_add(struct text *out, struct str id, int64_t seen_ms)
{
	text_add(out, id);
	text_addf(out, "\n%jd\n", (intmax_t)seen_ms);
}

static size_t count_lines(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

static struct str take_line(struct str *s)
{
	const char *end = memchr(s->p, '\n', s->n);
	struct str line = str_from(s->p, (size_t)(end - s->p));

	*s = str_from(end + 1, s->n - line.n - 1);
	return line;
}

bool device_list_read(struct str list, struct str org, struct arena *arena,
		      struct evidence_device **ret, size_t *ret_n)
{
	size_t lines = count_lines(list), n = 0;
	struct evidence_device *v = ARENA_ARRAY(arena, struct evidence_device, lines / 2 + 1);

	if (lines % 2 || (list.n && list.p[list.n - 1] != '\n'))
		return false;
	list = list.n ? arena_str(arena, list) : list;
	while (list.n) {
		struct str id = take_line(&list);
		uint64_t seen;

		if (!str_to_u64(take_line(&list), &seen) || seen > INT64_MAX)
			return false;
		v[n++] = (struct evidence_device){org, id, (int64_t)seen};
	}
	*ret = v;
	*ret_n = n;
	return true;
}
