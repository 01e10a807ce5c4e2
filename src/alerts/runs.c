#include "alerts/inner.h"

#include "base/mem.h"

/*
 * Two ordered scans, alerts_cover and alerts_evidence, walked side by side by organisation.  Where
 * a row of evidence stands it speaks; in between, the organisation's cover does: nothing exposed,
 * nothing unknown.
 */

struct piece {
	struct evidence_run run;
	int64_t ends_ms; /* when a later inventory showed nothing any more; 0: it still stands */
};

struct scan {
	const struct runs_sink *sink;
	struct store_query *cover, *evidence; /* NULL: not asked for */
	bool cover_row, evidence_row;
	struct arena *arena; /* of one organisation's runs */
	VEC_OF(struct piece) covers, pieces;
	VEC_OF(struct evidence_run) runs;
};

static void scan_release(struct scan *s)
{
	store_donep(&s->cover);
	store_donep(&s->evidence);
	arena_close(s->arena);
	free(s->covers.v);
	free(s->pieces.v);
	free(s->runs.v);
}

#define COVER_COLUMNS                                                                              \
	"org, from_ms, last_ms, known_ms, until_ms, devices, covered, expected, site, record,"     \
	" newest_known, newest_site, newest_record"
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

/* --- one organisation's rows --- */

static bool take_covers(struct scan *s, struct str org, struct err *err)
{
	while (s->cover_row && str_eq(store_col_str(s->cover, 0), org)) {
		VEC_PUSH(&s->covers, (struct piece){run_from_row(s->cover, s->arena), 0});
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
	if (!device_list_read(store_col_str(s->evidence, 18), org, s->arena, &v, &n) ||
	    n != run->exposed)
		return err_set(err, ERR_CORRUPT,
			       "alerts_evidence: the devices of %.*s are not what they were; "
			       "lynchpin journal rebuild makes them again",
			       STR_FMT(org));
	run->v = v;
	return true;
}

static bool take_pieces(struct scan *s, struct str org, struct err *err)
{
	while (s->evidence_row && str_eq(store_col_str(s->evidence, 0), org)) {
		struct piece p = {run_from_row(s->evidence, s->arena),
				  store_col_int(s->evidence, 13)};

		p.run.exposed = (uint64_t)store_col_int(s->evidence, 14);
		p.run.oldest_ms = store_col_int(s->evidence, 15);
		p.run.newest_ms = store_col_int(s->evidence, 16);
		p.run.unknown = (uint64_t)store_col_int(s->evidence, 17);
		if (!take_devices(s, org, &p.run, err))
			return false;
		VEC_PUSH(&s->pieces, p);
		if (!store_step(s->evidence, &s->evidence_row, err))
			return false;
	}
	return true;
}

/* What of a cover's span no row of evidence speaks for. */
static void fill_gaps(struct scan *s, const struct evidence_run *cover)
{
	struct evidence_run part = *cover;

	for (size_t i = 0; i < s->pieces.n; i++) {
		const struct piece *p = &s->pieces.v[i];

		if (p->ends_ms && p->ends_ms <= part.from_ms)
			continue;
		if (p->run.from_ms > cover->last_ms)
			break;
		if (p->run.from_ms > part.from_ms) {
			struct evidence_run before = part;

			before.last_ms = MIN_OF(part.last_ms, p->run.from_ms);
			before.covers_until_ms = MIN_OF(part.covers_until_ms, p->run.from_ms);
			VEC_PUSH(&s->runs, before);
		}
		if (!p->ends_ms)
			return;
		part.from_ms = p->ends_ms;
	}
	if (part.from_ms <= cover->last_ms)
		VEC_PUSH(&s->runs, part);
}

static int by_time(const void *a, const void *b)
{
	const struct evidence_run *x = a, *y = b;

	return x->from_ms < y->from_ms ? -1 : x->from_ms > y->from_ms;
}

static void make_runs(struct scan *s)
{
	for (size_t i = 0; i < s->covers.n; i++)
		fill_gaps(s, &s->covers.v[i].run);
	for (size_t i = 0; i < s->pieces.n; i++)
		VEC_PUSH(&s->runs, s->pieces.v[i].run);
	if (s->runs.n > 1)
		qsort(s->runs.v, s->runs.n, sizeof(*s->runs.v), by_time);
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
	struct evidence_runs runs;

	s->covers.n = s->pieces.n = s->runs.n = 0;
	if (!take_covers(s, org, err) || !take_pieces(s, org, err))
		return false;
	make_runs(s);
	runs = (struct evidence_runs){s->runs.v, s->runs.n};
	if (!s->sink->fn(s->sink->ctx, org, &runs, err))
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

bool runs_each(const struct alerts_view *view, const struct runs_query *query,
	       const struct runs_sink *sink, struct err *err)
{
	AUTO(scan_release) struct scan s = {.sink = sink, .arena = arena_open()};
	bool judged = false;

	if (!was_judged(view, query->alert, &judged, err))
		return false;
	if (judged && query->all_classes &&
	    !(open_cover(view, query->org, &s.cover, err) &&
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
