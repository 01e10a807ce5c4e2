#include "estate/search.h"

#include "base/parallel.h"
#include "base/table.h"

bool query_wants_org(const struct query *q, struct str org)
{
	for (size_t i = 0; i < q->terms.n; i++)
		if (q->terms.v[i].kind == TERM_ORG &&
		    str_eq_ci(q->terms.v[i].value, org) == q->terms.v[i].negated)
			return false;
	return true;
}

/* ---- one segment ------------------------------------------------------------------------ */

static void ask_resolver(struct asked *a, const struct segment *s,
			 const struct estate_resolver *resolver, struct arena *arena)
{
	AUTO(arena_closep) struct arena *scratch = arena_open();

	a->unresolved = ARENA_ARRAY(arena, uint64_t, bits_words(s->nraws) + 1);
	for (uint32_t r = 0; resolver && r < s->nraws; r++) {
		struct estate_resolved resolved;

		arena_clear(scratch);
		estate_resolve_raw(resolver, s, &s->raws[r], scratch, &resolved);
		if (resolved.state == RESOLUTION_UNRESOLVED)
			bits_add(a->unresolved, r);
	}
}

/* Asked by itself: its profiles are numbered for now, its raws are their own numbers. */
static void find_alone(const struct query *q, const struct estate_resolver *resolver,
		       struct found *to)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	const struct segment *s = to->segment;
	struct numbers numbers = {.profiles = ARENA_ARRAY(arena, uint32_t, s->ndevices + 1)};
	uint32_t *first = ARENA_ARRAY(arena, uint32_t, s->ndevices + 1);
	uint32_t n = number_profiles(s, numbers.profiles, first);
	struct asked a = {.q = q};
	uint64_t *left;

	asked_profiles(&a, n, arena);
	for (uint32_t p = 0; p < n; p++)
		ask_profile(&a, p, s, first[p], arena);
	left = find_left(&a, s, numbers.profiles, arena);
	if (!left)
		return;
	if (q->names)
		asked_raws(&a, s->nraws, arena);
	for (uint32_t r = 0; q->names && r < s->nraws; r++)
		ask_raw(&a, r, s, &s->raws[r]);
	if (q->resolution)
		ask_resolver(&a, s, resolver, arena);
	find_hits(&a, &numbers, left, to, arena);
}

static bool give_hits(const struct found *f, estate_hit_fn *fn, void *ctx, struct err *err)
{
	for (size_t i = 0; i < f->hits.n; i++)
		if (!fn(ctx, &f->hits.v[i], err))
			return false;
	return true;
}

static void query_release(struct query *q)
{
	arena_close(q->arena);
	free(q->terms.v);
}

bool estate_search_in(const struct segment *s, const struct estate_resolver *resolver,
		      const struct estate_query *query, struct err *err)
{
	AUTO(query_release) struct query q = {.arena = arena_open()};
	struct found found = {.segment = s};
	bool ok = query_read(&q, query->text, err);

	if (ok && query_wants_org(&q, s->org)) {
		find_alone(&q, resolver, &found);
		ok = give_hits(&found, query->fn, query->ctx, err);
	}
	free(found.hits.v);
	return ok;
}

/* ---- all of them ------------------------------------------------------------------------ */

/* Of organisations that the query names: each is opened, and asked by itself. */
static bool search_named(struct estate *e, const struct query *q, const struct estate_query *query,
			 struct err *err)
{
	AUTO(intern_closep) struct intern *orgs = intern_open();
	AUTO(estate_resolver_closep) struct estate_resolver *resolver = NULL;
	bool ok = snapshots_orgs(e->store, orgs, err) &&
		  (!q->resolution || estate_resolver_open(e, NULL, &resolver, err));

	for (uint32_t i = 0; ok && i < intern_count(orgs); i++) {
		struct str org = intern_str(orgs, i);
		struct found found = {0};

		if (!query_wants_org(q, org))
			continue;
		if (!estate_segment_open(e, org, &found.segment, err))
			return false;
		find_alone(q, resolver, &found);
		ok = give_hits(&found, query->fn, query->ctx, err);
		free(found.hits.v);
		segment_unref(found.segment);
	}
	return ok;
}

struct looking {
	const struct asked *a;
	const struct nation *nation;
	bool alone;	     /* each place by itself */
	struct found *found; /* by place */
};

static void found_release(struct found *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i].segment)
			segment_unref(v[i].segment);
		free(v[i].hits.v);
	}
	free(v);
}

static void find_by_numbers(const struct asked *a, const struct place *p, struct found *to)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	const uint64_t *left = find_left(a, p->segment, p->numbers.profiles, arena);

	if (left)
		find_hits(a, &p->numbers, left, to, arena);
}

static void look_one(void *ctx, size_t item, unsigned worker)
{
	const struct looking *l = ctx;
	const struct place *p = &l->nation->v[item];
	struct found to = {.segment = p->segment};

	(void)worker;
	if (!query_wants_org(l->a->q, p->segment->org))
		return;
	if (l->alone)
		find_alone(l->a->q, NULL, &to);
	else
		find_by_numbers(l->a, p, &to);
	if (to.hits.n)
		l->found[item] = to;
}

/* Who is given hits may do with the estate as he likes: they hold what they are of. */
static bool look_and_give(struct looking *l, const struct estate_query *query, struct err *err)
{
	size_t n = l->nation->n;
	bool ok = true;

	l->found = mem_zero(n + 1, sizeof(*l->found));
	parallel_each(n, look_one, l);
	for (size_t i = 0; i < n; i++)
		if (l->found[i].segment)
			(void)segment_ref(l->found[i].segment);
	for (size_t i = 0; ok && i < n; i++)
		ok = give_hits(&l->found[i], query->fn, query->ctx, err);
	found_release(l->found, n);
	return ok;
}

/* Numbering all there is takes as long as some searches: a process that makes but one is spared
 * that.  Names are resolved by their numbers only. */
static bool ask_all(struct estate *e, struct nation *n, struct looking *l, struct asked *a,
		    struct err *err)
{
	const struct query *q = a->q;

	l->alone = !n->searched && !q->resolution;
	n->searched = true;
	if (l->alone)
		return true;
	things_number(n->things, n->v, n->n, q->names || q->resolution);
	return things_ask(n->things, a, e, q->arena, err);
}

bool estate_search(struct estate *e, struct str text, estate_hit_fn *fn, void *ctx, struct err *err)
{
	AUTO(query_release) struct query q = {.arena = arena_open()};
	const struct estate_query query = {text, fn, ctx};
	struct asked a = {.q = &q};
	struct nation *nation = NULL;
	struct looking l = {.a = &a};

	if (!query_read(&q, text, err))
		return false;
	if (q.named)
		return search_named(e, &q, &query, err);
	if (!nation_follow(e, &nation, err) || !ask_all(e, nation, &l, &a, err))
		return false;
	l.nation = nation;
	return look_and_give(&l, &query, err);
}
