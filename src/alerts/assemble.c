#include "alerts/gather.h"

/* One organisation's facts: its own claims and runs, and those of whom it succeeded. */

static size_t heirs_from(const struct gather *g, uint32_t to)
{
	size_t lo = 0, hi = g->nheirs;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (g->heirs[mid].to < to)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int claim_order(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int c;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	c = str_cmp(x->ref.site, y->ref.site);
	if (c)
		return c;
	return x->ref.number < y->ref.number ? -1 : x->ref.number > y->ref.number;
}

/*
 * Estates stay apart until the successor has been inventoried anew: until one inventory after the
 * merger covers what both were expected to have.  When that was, or 0.
 */
static int64_t inventoried_anew(const struct part *own, const struct heir *h)
{
	for (size_t i = 0; i < own->nruns; i++) {
		const struct evidence_run *r = &own->runs[i];

		if (r->last_ms <= h->at_ms || !r->covers_until_ms || r->expected < 0 ||
		    h->expected < 0)
			continue;
		if (evidence_covers(r->covered, (uint64_t)(r->expected + h->expected)))
			return r->from_ms > h->at_ms ? r->from_ms : r->last_ms;
	}
	return 0;
}

struct reload {
	struct arena *arena;
	struct evidence_runs runs;
};

static bool keep_runs(void *ctx, struct str org, const struct evidence_runs *runs, struct err *err)
{
	struct reload *r = ctx;
	struct evidence_run *v = ARENA_ARRAY(r->arena, struct evidence_run, runs->n + 1);

	(void)err;
	org = arena_str(r->arena, org);
	for (size_t i = 0; i < runs->n; i++) {
		struct evidence_device *d;

		v[i] = runs->v[i];
		v[i].ref.site = arena_str(r->arena, v[i].ref.site);
		v[i].newest.site = arena_str(r->arena, v[i].newest.site);
		if (!v[i].v)
			continue;
		d = ARENA_ARRAY(r->arena, struct evidence_device, v[i].exposed + 1);
		for (size_t k = 0; k < v[i].exposed; k++)
			d[k] = (struct evidence_device){org, arena_str(r->arena, v[i].v[k].id),
							v[i].v[k].seen_ms};
		v[i].v = d;
	}
	r->runs = (struct evidence_runs){v, runs->n};
	return true;
}

/* The runs of one estate, with their devices where they are asked for. */
static bool runs_of(struct gather *g, uint32_t place, bool devices, struct evidence_runs *ret,
		    struct err *err)
{
	const struct part *p = &g->parts.v[place];
	struct reload r = {.arena = g->scratch};
	const struct runs_query q = {.alert = g->alert.id,
				     .org = intern_str(g->codes, place),
				     .all_classes = !g->alert.content.classes};
	const struct runs_sink sink = {RUNS_DEVICES, keep_runs, &r};

	*ret = (struct evidence_runs){p->runs, p->nruns};
	if (!devices || !p->nruns)
		return true;
	if (!runs_each(g->view, &q, &sink, err))
		return false;
	*ret = r.runs;
	return true;
}

/* The earliest moment at which it, or one that it succeeded, was asked. */
static int64_t earliest_joined(const struct gather *g, uint32_t place)
{
	int64_t at = g->parts.v[place].joined_ms;

	for (size_t i = heirs_from(g, place); i < g->nheirs && g->heirs[i].to == place; i++) {
		int64_t theirs = g->parts.v[g->heirs[i].from].joined_ms;

		if (theirs && theirs < at)
			at = theirs;
	}
	return at > g->alert.asked_ms ? at : g->alert.asked_ms;
}

bool part_reached(const struct part *p)
{
	if (p->nclaims || p->delivered_ms)
		return p->nclaims || p->delivered_ms >= p->failed_ms;
	return p->reachable && !p->failed_ms;
}

/* Whom it succeeded with something still open, which of their estates still count, and since
 * when. */
struct estates {
	struct open_estate {
		uint32_t place;
		int64_t until_ms; /* inventoried anew then; 0: still apart */
	} * open;
	struct str *inherited; /* those still apart */
	int64_t *since_ms;
	size_t nopen, n, nclaims;
};

static struct obligation_facts plain_facts(const struct gather *g, uint32_t place,
					   struct str region)
{
	return (struct obligation_facts){.org = intern_str(g->codes, place),
					 .start_ms = earliest_joined(g, place),
					 .now_ms = g->view->at_ms,
					 .clock = g->clock,
					 .calendar = rules_calendar(g->rules, region),
					 .remediate_by_ms = g->alert.content.remediate_by,
					 .evidencable = !g->alert.content.confirmation,
					 .reached = part_reached(&g->parts.v[place])};
}

static void sort_claims(struct claim *v, size_t n)
{
	/* an alert that this one supersedes may have put later claims first */
	if (n > 1)
		qsort(v, n, sizeof(*v), claim_order);
}

/* What evidence had closed for a predecessor is not opened again by the merger. */
static bool closed_by_evidence(struct gather *g, uint32_t place)
{
	struct obligation_facts facts = plain_facts(g, place, (struct str){0});
	const struct part *p = &g->parts.v[place];
	struct obligation_verdict v;

	sort_claims(p->claims, p->nclaims);
	facts.claims = p->claims;
	facts.nclaims = p->nclaims;
	facts.runs = (struct evidence_runs){p->runs, p->nruns};
	facts.has_inventory = p->has_inventory;
	obligation_judge(&facts, &v);
	return v.closed_by.number != 0;
}

static struct estates estates_of(struct gather *g, uint32_t place)
{
	const struct part *own = &g->parts.v[place];
	size_t from = heirs_from(g, place), to = from;
	struct estates e = {.nclaims = own->nclaims};

	while (to < g->nheirs && g->heirs[to].to == place)
		to++;
	if (to == from)
		return e;
	e.inherited = ARENA_ARRAY(g->scratch, struct str, to - from);
	e.since_ms = ARENA_ARRAY(g->scratch, int64_t, to - from);
	e.open = ARENA_ARRAY(g->scratch, struct open_estate, to - from);
	for (size_t i = from; i < to; i++) {
		const struct heir *h = &g->heirs[i];

		if (closed_by_evidence(g, h->from))
			continue;
		e.open[e.nopen] = (struct open_estate){h->from, inventoried_anew(own, h)};
		e.nclaims += g->parts.v[h->from].nclaims;
		if (e.open[e.nopen++].until_ms)
			continue;
		e.since_ms[e.n] = h->at_ms;
		e.inherited[e.n++] = intern_str(g->codes, h->from);
	}
	return e;
}

static void join_claims(struct gather *g, uint32_t place, const struct estates *e,
			struct obligation_facts *facts)
{
	const struct part *own = &g->parts.v[place];
	struct claim *all = own->claims;
	size_t n = own->nclaims;

	if (e->nopen) {
		all = ARENA_ARRAY(g->scratch, struct claim, e->nclaims + 1);
		if (n)
			memcpy(all, own->claims, n * sizeof(*all));
	}
	for (size_t i = 0; i < e->nopen; i++) {
		const struct part *p = &g->parts.v[e->open[i].place];

		if (p->nclaims)
			memcpy(all + n, p->claims, p->nclaims * sizeof(*all));
		n += p->nclaims;
	}
	sort_claims(all, n);
	facts->claims = all;
	facts->nclaims = n;
}

/* The joined runs up to a moment, and the successor's own from then on. */
static void splice(const struct evidence_runs *joined, const struct evidence_runs *own,
		   int64_t at_ms, struct arena *arena, struct evidence_runs *ret)
{
	struct evidence_run *v = ARENA_ARRAY(arena, struct evidence_run, joined->n + own->n + 1);
	size_t n = 0;

	for (size_t i = 0; i < joined->n && joined->v[i].from_ms < at_ms; i++) {
		v[n] = joined->v[i];
		v[n].last_ms = MIN_OF(v[n].last_ms, at_ms);
		v[n].covers_until_ms = MIN_OF(v[n].covers_until_ms, at_ms);
		n++;
	}
	for (size_t i = 0; i < own->n; i++) {
		if (i + 1 < own->n && own->v[i + 1].from_ms <= at_ms)
			continue;
		v[n] = own->v[i];
		if (v[n].from_ms < at_ms) {
			v[n].from_ms = at_ms;
			v[n].ref = v[n].newest;
			v[n].known_ms = v[n].newest_known_ms;
		}
		n++;
	}
	*ret = (struct evidence_runs){v, n};
}

/* A predecessor that never sent anything covers nothing, and so does the whole; but one that is
 * asked only as a successor has no estate of its own to be seen. */
static bool join_runs(struct gather *g, uint32_t place, const struct estates *e,
		      struct assembled *ret, struct err *err)
{
	const struct part *own = &g->parts.v[place];
	bool any = own->has_inventory, joins = any || !own->only_inherits;

	if (!runs_of(g, place, ret->detailed, &ret->facts.runs, err))
		return false;
	for (size_t i = 0; i < e->nopen; i++) {
		struct evidence_runs before = ret->facts.runs, theirs, joined;

		if (!runs_of(g, e->open[i].place, ret->detailed, &theirs, err))
			return false;
		any = any || g->parts.v[e->open[i].place].has_inventory;
		joined = theirs;
		if (joins)
			evidence_runs_join(&before, &theirs, g->scratch, &joined);
		if (e->open[i].until_ms)
			splice(&joined, &before, e->open[i].until_ms, g->scratch, &joined);
		ret->facts.runs = joined;
		joins = true;
	}
	ret->facts.has_inventory = any;
	return true;
}

/* Is every device of one claim a device of the other? */
static bool takes_in(const struct claim *of, const struct claim *wide)
{
	if (!wide->ndevices)
		return true;
	for (size_t i = 0, k = 0; i < of->ndevices; i++) {
		while (k < wide->ndevices && str_cmp(wide->devices[k], of->devices[i]) < 0)
			k++;
		if (k == wide->ndevices || !str_eq(wide->devices[k], of->devices[i]))
			return false;
	}
	return of->ndevices > 0;
}

/* Has work gone on since, or another been named, for all that was blocked? */
static bool wait_is_over(const struct obligation_facts *facts, size_t blocked)
{
	const struct claim *b = &facts->claims[blocked];

	for (size_t i = blocked + 1; i < facts->nclaims; i++) {
		const struct claim *c = &facts->claims[i];
		bool ends = c->kind == CLAIM_BLOCKED || c->kind == CLAIM_IN_PROGRESS ||
			    c->kind == CLAIM_FIXED || c->kind == CLAIM_NOT_APPLICABLE ||
			    c->kind == CLAIM_ATTESTED;

		if (ends && c->at_ms <= facts->now_ms && takes_in(b, c))
			return true;
	}
	return false;
}

static bool is_listed(const struct str *v, size_t n, struct str s)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i], s))
			return true;
	return false;
}

size_t waits_for(const struct obligation_facts *facts, size_t first, struct str *ret)
{
	size_t n = 0;

	for (size_t i = facts->nclaims; i-- > first && n < WAITS_MOST;) {
		const struct claim *c = &facts->claims[i];

		if (c->kind == CLAIM_BLOCKED && c->at_ms <= facts->now_ms &&
		    !is_listed(ret, n, c->supplier) && !wait_is_over(facts, i))
			ret[n++] = c->supplier;
	}
	return n;
}

/* When the last of those that it waits for authorised its fix; 0 while one has not. */
static int64_t fixed_by_all(const struct gather *g, const struct obligation_facts *facts)
{
	struct str suppliers[WAITS_MOST];
	size_t n = waits_for(facts, 0, suppliers);
	int64_t last = 0;

	for (size_t i = 0; i < n; i++) {
		const struct supply *s = supply_of(g, suppliers[i]);

		if (!s || !s->fix_ms)
			return 0;
		last = MAX_OF(last, s->fix_ms);
	}
	return last;
}

bool assemble(struct gather *g, struct assembled *a, struct err *err)
{
	const struct estates e = estates_of(g, a->place);

	a->facts = plain_facts(g, a->place, a->region);
	a->facts.inherited = e.inherited;
	a->facts.inherited_ms = e.since_ms;
	a->facts.ninherited = e.n;
	join_claims(g, a->place, &e, &a->facts);
	if (!join_runs(g, a->place, &e, a, err))
		return false;
	a->facts.fix_ms = fixed_by_all(g, &a->facts);
	return true;
}
