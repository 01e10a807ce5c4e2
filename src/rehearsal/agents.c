#include "rehearsal/inner.h"

#include <math.h>

/*
 * The worm device by device: each infected device tries addresses one after the other, each try an
 * event of its own.  Nothing is lumped, nothing left out; what worm.c does must have the same law.
 * Who is exposed, open, proxied and when it cuts itself off is drawn as there.
 */

enum kind { TRY_SWEEP, TRY_NATION, TRY_ORG };
struct attempt {
	double t;
	uint32_t by, at; /* devices concerned; at: whom a sweep comes to */
	enum kind kind;
};
struct theatre {
	const struct worm *w;
	struct draws d;
	struct rng rng;
	uint8_t *open, *obeys; /* by organisation */
	double *seen;	       /* by organisation: first infected; INFINITY */
	double *when;	       /* by device concerned: infected; INFINITY */
	VEC_OF(struct attempt) heap;
	struct worm_run r;
	uint32_t *curve;
	struct worm_org *orgs;
};

static void attempt_push(struct theatre *h, struct attempt e)
{
	size_t i = h->heap.n;

	if (e.t >= h->d.p[SCENARIO_LASTS])
		return;
	VEC_PUSH(&h->heap, e);
	while (i && h->heap.v[(i - 1) / 2].t > e.t) {
		h->heap.v[i] = h->heap.v[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	h->heap.v[i] = e;
}

static struct attempt attempt_pop(struct theatre *h)
{
	struct attempt *v = h->heap.v, top = v[0], last = v[--h->heap.n];
	size_t i = 0, k;

	while ((k = 2 * i + 1) < h->heap.n) {
		k += k + 1 < h->heap.n && v[k + 1].t < v[k].t;
		if (v[k].t >= last.t)
			break;
		v[i] = v[k];
		i = k;
	}
	v[i] = last;
	return top;
}

static const struct ground_subnet *subnet_of(const struct theatre *h, uint32_t device)
{
	return &h->w->ground->subnets[ground_subnet_of(h->w->ground, device)];
}

static struct org_draws org_of(const struct theatre *h, uint32_t org, double t)
{
	bool infected = h->seen[org] < INFINITY;
	struct org_draws o = draws_org(&h->d, org, infected ? h->seen[org] : t, h->obeys[org]);

	/* Who was not infected sees nothing. */
	if (!infected)
		o.cut_s = h->obeys[org] ? draws_obeys_s(&h->d, org) : INFINITY;
	return o;
}

static uint32_t size_of(const struct ground_subnet *s)
{
	return (uint32_t)s->exposed + s->unknown;
}

/* The next try at random of an infected device. */
static void try_next(struct theatre *h, uint32_t by, double t, enum kind kind)
{
	const struct ground *g = h->w->ground;
	const struct ground_org *o = &g->orgs[subnet_of(h, by)->org];
	const double *p = h->d.p;
	double rate = kind == TRY_NATION ? p[SCENARIO_SCAN] / p[SCENARIO_SPACE] * g->concerned
					 : p[SCENARIO_INNER] / p[SCENARIO_INNER_SPACE] *
						   ((double)o->exposed + o->unknown);

	if (rate <= 0)
		return;
	t += chance_expo(&h->rng) / rate;
	if (t < h->when[by] + p[SCENARIO_LIVES])
		attempt_push(h, (struct attempt){t, by, 0, kind});
}

static void infect(struct theatre *h, uint32_t device, double t)
{
	const struct ground_subnet *s = subnet_of(h, device);
	double rate = h->d.p[SCENARIO_SWEEP], place, lasts = h->d.p[SCENARIO_LASTS];

	if (isinf(h->seen[s->org])) {
		h->seen[s->org] = t;
		h->r.orgs++;
		h->orgs[s->org].runs++;
		h->orgs[s->org].first_s += (uint64_t)t;
	}
	h->when[device] = t;
	h->r.devices++;
	h->orgs[s->org].devices++;
	h->r.last_s = (float)t;
	h->curve[MIN_OF((uint32_t)(t / lasts * WORM_LOOKS), WORM_LOOKS - 1u)]++;
	for (uint32_t k = 0; rate > 0 && k < size_of(s); k++) {
		draws_device(&h->d, s, k, false, &place);
		attempt_push(h, (struct attempt){t + place * SUBNET_MOST / rate, device,
						 s->from + k, TRY_SWEEP});
	}
	try_next(h, device, t, TRY_NATION);
	try_next(h, device, t, TRY_ORG);
}

/* May a try of kind at t go from one to the other, and infect? */
static bool gets_there(struct theatre *h, const struct attempt *e, uint32_t device)
{
	const struct ground_subnet *from = subnet_of(h, e->by), *to = subnet_of(h, device);
	struct org_draws a = org_of(h, from->org, e->t), b = org_of(h, to->org, e->t);
	double place;

	if (e->t >= a.stops_s || e->t >= b.stops_s || e->t >= draws_switch_s(&h->d, &b))
		return false;
	if (e->kind == TRY_NATION && (e->t >= a.cut_s || e->t >= b.cut_s || !h->open[to->org]))
		return false;
	return isinf(h->when[device]) &&
	       draws_device(&h->d, to, device - to->from, b.patched, &place);
}

static void attempt_run(struct theatre *h, const struct attempt *e)
{
	const struct ground *g = h->w->ground;
	const struct ground_org *o = &g->orgs[subnet_of(h, e->by)->org];
	uint32_t device = e->at;

	h->r.events++;
	if (e->kind == TRY_NATION)
		device = rng_below(&h->rng, g->concerned);
	if (e->kind == TRY_ORG)
		device = g->subnets[o->first].from + rng_below(&h->rng, o->exposed + o->unknown);
	if (e->kind != TRY_SWEEP)
		try_next(h, e->by, e->t, e->kind);
	if (gets_there(h, e, device))
		infect(h, device, e->t);
}

static void run_begin(struct theatre *h, uint32_t run, const struct seeds_from *from)
{
	const struct ground *g = h->w->ground;
	struct seeded_vec seeds = {0};

	draws_begin(&h->d, h->w, run);
	h->rng = draws_of(&h->d, DRAW_SENDS, 0);
	h->r = (struct worm_run){0};
	h->heap.n = 0;
	memset(h->open, 0, g->norgs);
	memset(h->obeys, 0, g->norgs);
	draws_choose(&h->d, DRAW_OPEN, h->d.p[SCENARIO_OPEN], h->open, 1);
	if (h->d.p[SCENARIO_WARNED] > 0)
		draws_choose(&h->d, DRAW_OBEYS, h->d.p[SCENARIO_OBEYS], h->obeys, 1);
	for (uint32_t i = 0; i < g->norgs; i++)
		h->seen[i] = INFINITY;
	for (uint32_t i = 0; i < g->concerned; i++)
		h->when[i] = INFINITY;
	draws_seeds(&h->d, from, &seeds);
	/* A seed is a try that a device makes of itself: a sweep, when its organisation runs. */
	for (size_t i = 0; i < seeds.n; i++)
		attempt_push(h, (struct attempt){seeds.v[i].t, seeds.v[i].device, seeds.v[i].device,
						 TRY_SWEEP});
	free(seeds.v);
}

static void count_cut(struct theatre *h)
{
	double lasts = h->d.p[SCENARIO_LASTS];

	for (uint32_t i = 0; i < h->w->ground->norgs; i++) {
		bool cut = org_of(h, i, 0).cut_s < lasts;

		h->r.cut_off += cut;
		h->r.spared += cut && isinf(h->seen[i]);
	}
}

void worm_agents(const struct worm *w, struct worm_result *ret)
{
	uint32_t norgs = w->ground->norgs, n = w->ground->concerned;
	struct theatre h = {.w = w,
			    .open = mem_zero(norgs, 1),
			    .obeys = mem_zero(norgs, 1),
			    .seen = mem_zero(norgs, sizeof(double)),
			    .when = mem_zero(n, sizeof(double))};
	struct seeds_from from;

	worm_result_make(w, ret);
	seeds_from_open(w, &from);
	h.orgs = ret->orgs;
	for (uint64_t i = 0; i < w->runs; i++) {
		uint32_t spare[WORM_LOOKS] = {0};

		h.curve = i < ret->ncurves ? ret->curve + i * WORM_LOOKS : spare;
		run_begin(&h, (uint32_t)(w->first + i), &from);
		while (h.heap.n) {
			struct attempt e = attempt_pop(&h);

			attempt_run(&h, &e);
		}
		count_cut(&h);
		for (int k = 1; k < WORM_LOOKS; k++)
			h.curve[k] += h.curve[k - 1];
		ret->v[i] = h.r;
	}
	seeds_from_free(&from);
	free(h.open);
	free(h.obeys);
	free(h.seen);
	free(h.when);
	free(h.heap.v);
}
