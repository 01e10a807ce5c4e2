#include "directory/inner.h"

#include "base/mem.h"

const char *const tie_kinds[KINDS] = {
	"part_of",     "commissioned_by", "located_in",	    "member_of",
	"operated_by", "hosted_by",	  "it_supplied_by", "succeeded_by",
};

uint8_t tie_kind_of(struct str kind)
{
	for (uint8_t i = 0; i < KINDS; i++)
		if (str_is(kind, tie_kinds[i]))
			return i;
	return KIND_NONE;
}

uint8_t parent_kind(unsigned kinds)
{
	static const uint8_t order[] = {KIND_MEMBER_OF, KIND_PART_OF, KIND_COMMISSIONED_BY,
					KIND_OPERATED_BY, KIND_LOCATED_IN};

	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (kinds >> order[i] & 1)
			return order[i];
	return KIND_NONE;
}

static bool spans(const struct tie_row *t, struct str day)
{
	return str_cmp(t->start, day) <= 0 && (!t->ended.n || str_cmp(day, t->ended) < 0);
}

static bool same_sole(const struct tie_row *a, const struct tie_row *b)
{
	return str_eq(a->kind, b->kind) && str_eq(a->source, b->source);
}

/* Is a the later statement?  Rows come ordered by target, so that equals have an order too. */
static bool later(const struct tie_row *a, const struct tie_row *b)
{
	if (a->taken_ms != b->taken_ms)
		return a->taken_ms > b->taken_ms;
	return a->record >= b->record;
}

/*
 * What one source says exactly once holds from its start, else from the day it was taken,
 * the first that is known from ever; until the next.  Marks that of row i's kind and source.
 */
static void mark_sole(struct tie_row *v, const size_t *at, size_t n, struct str day)
{
	const struct tie_row *first = &v[at[0]];
	struct tie_row *best = NULL;

	for (size_t i = 1; i < n; i++)
		if (v[at[i]].taken_ms < first->taken_ms)
			first = &v[at[i]];
	for (size_t i = 0; i < n; i++) {
		struct tie_row *t = &v[at[i]];
		struct str begin = t->start.n			    ? t->start
				   : t->taken_ms == first->taken_ms ? (struct str){0}
								    : t->taken;

		if (str_cmp(begin, day) <= 0 && (!best || later(t, best)))
			best = t;
	}
	if (best)
		best->in_force = spans(best, day);
}

/* Of sole ties of one kind from several sources the weightiest stays, of equals the latest. */
static void part_sources(struct tie_row *v, size_t n)
{
	struct tie_row *best[KINDS] = {0};

	for (size_t i = 0; i < n; i++) {
		uint8_t kind = tie_kind_of(v[i].kind);
		struct tie_row *b;

		if (!v[i].sole || !v[i].in_force || kind == KIND_NONE)
			continue;
		b = best[kind];
		if (!b) {
			best[kind] = &v[i];
		} else if (v[i].weight > b->weight ||
			   (v[i].weight == b->weight && later(&v[i], b))) {
			b->in_force = false;
			best[kind] = &v[i];
		} else {
			v[i].in_force = false;
		}
	}
}

static void mark_all_sole(struct tie_row *v, size_t n, struct str day)
{
	AUTO(freep) size_t *at = mem_zero(n, sizeof(*at));
	AUTO(freep) bool *done = mem_zero(n, sizeof(*done));

	for (size_t i = 0; i < n; i++) {
		size_t same = 0;

		if (!v[i].sole || done[i])
			continue;
		for (size_t j = i; j < n; j++)
			if (v[j].sole && !done[j] && same_sole(&v[i], &v[j]))
				at[same++] = j, done[j] = true;
		mark_sole(v, at, same, day);
	}
}

static bool same_tie(const struct tie_row *a, const struct tie_row *b)
{
	return str_eq(a->kind, b->kind) && str_eq(a->to, b->to);
}

/* Rows of one end follow one another, by start, source, time: the last of each start and
 * source is its word.  One alone is shown. */
static void mark_plain(struct tie_row *v, size_t n, struct str day)
{
	struct tie_row *shown = NULL;

	for (size_t i = 0; i < n; i++) {
		bool last = i + 1 == n || v[i + 1].sole || !same_tie(&v[i], &v[i + 1]) ||
			    !str_eq(v[i].start, v[i + 1].start) ||
			    !str_eq(v[i].source, v[i + 1].source);

		if (v[i].sole || !last || !spans(&v[i], day))
			continue;
		if (shown && same_tie(shown, &v[i]))
			continue;
		v[i].in_force = true;
		shown = &v[i];
	}
}

static void ties_in_force(struct tie_row *v, size_t n, struct str day)
{
	bool sole = false;

	for (size_t i = 0; i < n; i++)
		sole |= v[i].sole;
	mark_plain(v, n, day);
	if (!sole)
		return;
	mark_all_sole(v, n, day);
	part_sources(v, n);
}

/* The text of before where it is the same: neighbours have much in common. */
static struct str copy_unless(struct arena *arena, struct str s, struct str before)
{
	return str_eq(s, before) ? before : copy(arena, s);
}

static void tie_from_row(struct store_query *q, struct arena *arena, const struct tie_row *b,
			 struct tie_row *ret)
{
	struct str kind = store_col_str(q, 1);
	uint8_t k = tie_kind_of(kind);

	*ret = (struct tie_row){
		.org = copy_unless(arena, store_col_str(q, 0), b->org),
		.kind = k != KIND_NONE ? str_of(tie_kinds[k]) : copy(arena, kind),
		.to = copy_unless(arena, store_col_str(q, 2), b->to),
		.start = copy_unless(arena, store_col_str(q, 3), b->start),
		.source = copy_unless(arena, store_col_str(q, 4), b->source),
		.taken_ms = store_col_int(q, 5),
		.record = store_col_int(q, 6),
		.ended = copy(arena, store_col_str(q, 7)),
		.weight = (uint8_t)store_col_int(q, 8),
		.sole = store_col_int(q, 9) != 0,
	};
	ret->taken = b->taken_ms == ret->taken_ms ? b->taken : day_of_ms(arena, ret->taken_ms);
}

bool ties_each_org(struct store_query *q, const struct tie_reader *r, struct err *err)
{
	struct tie_row t = {.taken_ms = DIRECTORY_NO_DATE}, next;
	AUTO(freep) struct tie_row *v = NULL;
	size_t n = 0, cap = 0;
	bool ok;

	while (store_next(q, &ok, err)) {
		tie_from_row(q, r->arena, &t, &next);
		t = next;
		if (n && !str_eq(v[0].org, t.org)) {
			ties_in_force(v, n, r->day);
			r->org(r->ctx, v, n);
			n = 0;
		}
		v = mem_grow(v, n, &cap, sizeof(*v));
		v[n++] = t;
	}
	if (ok && n) {
		ties_in_force(v, n, r->day);
		r->org(r->ctx, v, n);
	}
	return ok;
}

struct keeping {
	struct arena *arena;
	ARENA_VEC(struct tie_row) kept;
};

static void keep_in_force(void *ctx, const struct tie_row *v, size_t n)
{
	struct keeping *k = ctx;

	for (size_t i = 0; i < n; i++)
		if (v[i].in_force)
			ARENA_PUSH(k->arena, &k->kept, k->kept.cap, v[i]);
}

bool ties_read(struct store_query *q, struct arena *arena, struct str day, struct tie_rows *ret,
	       struct err *err)
{
	struct keeping k = {.arena = arena};
	const struct tie_reader r = {arena, day, keep_in_force, &k};

	if (!ties_each_org(q, &r, err))
		return false;
	*ret = (struct tie_rows){k.kept.v, k.kept.n};
	return true;
}

static bool ties_out(const struct directory_view *view, struct str org, struct tie_rows *ret,
		     struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	return store_query(view->store,
			   SQL("SELECT " TIE_COLUMNS " FROM directory_relation WHERE org = ?1"
			       " ORDER BY kind, target, start, source, taken, record, origin"),
			   ARGS(store_text(org)), &q, err) &&
	       ties_read(q, view->arena, day_of_ms(view->arena, view->at_ms), ret, err);
}

/* Who states a tie to org, now or once; then whose of those is in force. */
static bool ties_in(const struct directory_view *view, struct str org, struct tie_rows *ret,
		    struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	ARENA_VEC(struct tie_row) in = {0};
	struct tie_rows out;
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT DISTINCT org FROM directory_relation WHERE target = ?1"
			     " ORDER BY org"),
			 ARGS(store_text(org)), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		if (!ties_out(view, arena_str(view->arena, store_col_str(q, 0)), &out, err))
			return false;
		for (size_t i = 0; i < out.n; i++)
			if (str_eq(out.v[i].to, org))
				ARENA_PUSH(view->arena, &in, in.cap, out.v[i]);
	}
	if (ok)
		*ret = (struct tie_rows){in.v, in.n};
	return ok;
}

bool ties_of(const struct directory_view *view, struct str org, bool incoming, struct tie_rows *ret,
	     struct err *err)
{
	return incoming ? ties_in(view, org, ret, err) : ties_out(view, org, ret, err);
}

enum { WALK_MAX = 64 };

static bool met(const struct str *v, size_t n, struct str code)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i], code))
			return true;
	return false;
}

bool region_of(const struct region_walk *walk, struct str code, struct str *ret, struct err *err)
{
	struct str queue[WALK_MAX] = {code};
	size_t n = 1, level_end = 1, steps = 0;

	for (size_t i = 0; i < n && steps <= DIRECTORY_REGION_STEPS; i++) {
		struct above a = {0};

		if (!walk->above(walk->ctx, queue[i], &a, err))
			return false;
		if (str_is(a.role, "region"))
			return *ret = queue[i], true;
		for (size_t u = 0; u < a.n && n < WALK_MAX; u++)
			if (!met(queue, n, a.up[u]))
				queue[n++] = a.up[u];
		if (i + 1 == level_end)
			level_end = n, steps++;
	}
	*ret = (struct str){0};
	return true;
}
