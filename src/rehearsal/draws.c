#include "rehearsal/inner.h"

#include <math.h>

/* ---- chance ---------------------------------------------------------------------------------- */

double chance_expo(struct rng *rng)
{
	return -log1p(-rng_unit(rng));
}

/* Box and Muller 1958, one of the two. */
double chance_normal(struct rng *rng)
{
	static const double TURN = 6.283185307179586;
	double r = sqrt(2 * chance_expo(rng));

	return r * cos(TURN * rng_unit(rng));
}

/* By inversion, in parts small enough that exp(-mean) is far from 0. */
uint32_t chance_poisson(struct rng *rng, double mean)
{
	static const double PART = 16;
	uint32_t n = 0;

	while (mean > 0) {
		double part = mean < PART ? mean : PART, term = exp(-part), u = rng_unit(rng);

		for (uint32_t k = 1; u >= term && k < 1000; k++) {
			u -= term;
			term *= part / k;
			n++;
		}
		mean -= part;
	}
	return n;
}

/* ---- a run's draws --------------------------------------------------------------------------- */

struct rng draws_of(const struct draws *d, uint32_t purpose, uint32_t entity)
{
	struct rng rng = rng_of(d->w->seed, (uint64_t)d->run << 32 | entity);

	rng.counter[1] = purpose;
	return rng;
}

void draws_begin(struct draws *d, const struct worm *w, uint32_t run)
{
	const struct scenario *s = w->scenario;
	struct rng rng;

	*d = (struct draws){.w = w, .run = run};
	rng = draws_of(d, DRAW_PARAMS, 0);
	for (int i = 0; i < SCENARIO_PARAMS; i++)
		d->p[i] = s->lo[i] + rng_unit(&rng) * (s->hi[i] - s->lo[i]);
}

/* How many are passed over between two that are chosen is geometric. */
void draws_choose(const struct draws *d, enum purpose purpose, double share, uint8_t *marks,
		  uint8_t mark)
{
	struct rng rng = draws_of(d, purpose, 0);
	uint32_t n = d->w->ground->norgs;
	double over = share < 1 ? -1 / log1p(-share) : 0, at;

	if (share <= 0)
		return;
	for (at = floor(chance_expo(&rng) * over); at < n;
	     at += 1 + floor(chance_expo(&rng) * over))
		marks[(uint32_t)at] |= mark;
}

double draws_obeys_s(const struct draws *d, uint32_t org)
{
	struct rng rng = draws_of(d, DRAW_OBEYS, 1 + org);

	return d->p[SCENARIO_WARNED] + d->p[SCENARIO_OBEYS_IN] * chance_expo(&rng);
}

/* Whatever the scenario, the draws of an organisation stand in the same places. */
struct org_draws draws_org(const struct draws *d, uint32_t org, double first_s, bool obeys)
{
	struct rng rng = draws_of(d, DRAW_ORG, org);
	struct org_draws o = {.cut_s = INFINITY, .stops_s = INFINITY};
	double seen;

	o.proxied = rng_unit(&rng) < d->p[SCENARIO_PROXIED];
	o.patched = rng_unit(&rng) < d->p[SCENARIO_PATCHED];
	if (rng_unit(&rng) < d->p[SCENARIO_ISOLATES]) {
		seen = first_s + d->p[SCENARIO_DETECTS] *
					 exp(d->p[SCENARIO_DETECTS_BY] * chance_normal(&rng));
		o.cut_s = seen;
		o.stops_s = seen + d->p[SCENARIO_CONTAINS];
	}
	if (obeys)
		o.cut_s = fmin(o.cut_s, draws_obeys_s(d, org));
	return o;
}

double draws_switch_s(const struct draws *d, const struct org_draws *org)
{
	return d->p[SCENARIO_SWITCH] > 0 && !org->proxied ? d->p[SCENARIO_SWITCH] : INFINITY;
}

bool draws_device(const struct draws *d, const struct ground_subnet *s, uint32_t k, bool patched,
		  double *ret_place)
{
	static const double WORDS = 4294967296.0;
	uint32_t device = s->from + k, block[4];
	const uint32_t counter[4] = {device >> 1, DRAW_DEVICE, 0, d->run};
	const uint32_t key[2] = {(uint32_t)d->w->seed, (uint32_t)(d->w->seed >> 32)};
	double share = d->p[SCENARIO_TAKES];

	rng_philox(counter, key, block);
	*ret_place = block[(device & 1) * 2] / WORDS;
	if (k >= s->exposed)
		share *= d->p[SCENARIO_UNKNOWN];
	if (patched)
		share *= 1 - d->p[SCENARIO_PATCHES];
	return block[(device & 1) * 2 + 1] < share * WORDS;
}

/* ---- what comes from elsewhere --------------------------------------------------------------- */

static bool is_seeded(const struct scenario *s, const struct ground_org *org)
{
	for (size_t i = 0; i < s->seeds_in.n; i++)
		if (str_eq(s->seeds_in.v[i], org->code) || str_eq(s->seeds_in.v[i], org->region))
			return true;
	return !s->seeds_in.n;
}

static uint32_t concerned(const struct ground *g, uint32_t org)
{
	const struct ground_org *o = &g->orgs[org];

	return o->exposed + o->unknown;
}

void seeds_from_open(const struct worm *w, struct seeds_from *ret)
{
	const struct ground *g = w->ground;
	uint32_t sum = 0;

	*ret = (struct seeds_from){.orgs = mem_zero(g->norgs, sizeof(uint32_t)),
				   .upto = mem_zero(g->norgs, sizeof(uint32_t))};
	for (uint32_t i = 0; i < g->norgs; i++) {
		if (!concerned(g, i) || !is_seeded(w->scenario, &g->orgs[i]))
			continue;
		sum += concerned(g, i);
		ret->orgs[ret->n] = i;
		ret->upto[ret->n++] = sum;
	}
}

void seeds_from_free(struct seeds_from *f)
{
	free(f->orgs);
	free(f->upto);
	*f = (struct seeds_from){0};
}

uint32_t ground_subnet_of(const struct ground *g, uint32_t device)
{
	uint32_t lo = 0, hi = g->nsubnets;

	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (g->subnets[mid].from <= device)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static bool is_taken(const struct draws *d, uint32_t device)
{
	const struct ground *g = d->w->ground;
	const struct ground_subnet *s = &g->subnets[ground_subnet_of(g, device)];
	double place;

	return draws_device(d, s, device - s->from, draws_org(d, s->org, 0, false).patched, &place);
}

/* The at-th device concerned of those that from lists. */
static uint32_t device_at(const struct ground *g, const struct seeds_from *from, uint32_t at)
{
	uint32_t lo = 0, hi = from->n;

	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (from->upto[mid - 1] <= at)
			lo = mid;
		else
			hi = mid;
	}
	return g->subnets[g->orgs[from->orgs[lo]].first].from + at - (lo ? from->upto[lo - 1] : 0);
}

void draws_seeds(const struct draws *d, const struct seeds_from *from, struct seeded_vec *ret)
{
	enum { TRIES = 200 };
	struct rng rng = draws_of(d, DRAW_SEEDS, 0);
	uint32_t seeds = (uint32_t)(d->p[SCENARIO_SEEDS] + 0.5);

	ret->n = 0;
	for (uint32_t i = 0; i < seeds && from->n; i++) {
		double t = rng_unit(&rng) * d->p[SCENARIO_SEEDED];

		for (int k = 0; k < TRIES; k++) {
			uint32_t device = device_at(d->w->ground, from,
						    rng_below(&rng, from->upto[from->n - 1]));

			if (!is_taken(d, device))
				continue;
			VEC_PUSH(ret, (struct seeded){device, t});
			break;
		}
	}
}
