#include "rehearsal/rehearsal.h"

#include <math.h>

#include "base/parallel.h"

/*
 * Events in order of time: infections that may come, and recoveries that will.  A contact that is
 * reached earlier by somebody else leaves its later infection in the heap, where it is passed over.
 */

static const uint32_t RECOVERY = (uint32_t)1 << 31; /* beside the node's number */

struct event {
	double t;
	uint32_t what;
};

struct bench { /* one thread's; as it was when a run has ended */
	const struct sir *s;
	double *reached; /* by node: when, so far as known; INFINITY: not */
	VEC_OF(uint32_t) touched;
	VEC_OF(struct event) heap;
	uint64_t run;
	double until_t;
	uint32_t *looked; /* of this run */
	size_t nlooked;
	struct sir_run r;
	uint32_t now; /* infectious */
};

bool sir_check(const struct sir *s, struct err *err)
{
	if (!isfinite(s->infect) || s->infect < 0 || !isfinite(s->recover) || s->recover < 0)
		return err_set(err, ERR_INVALID, "a rate is a number from 0 up");
	if (!isfinite(s->until_t) || s->until_t < 0)
		return err_set(err, ERR_INVALID, "the time to look until is a number from 0 up");
	if (s->recover <= 0 && s->until_t <= 0)
		return err_set(err, ERR_INVALID,
			       "where nobody recovers, say until when (with --until)");
	if (!s->seeds || s->seeds > s->graph->nodes)
		return err_set(err, ERR_INVALID, "1 to %u nodes can be infectious at first, not %u",
			       s->graph->nodes, s->seeds);
	return true;
}

/* ---- a heap, four children to each ------------------------------------------------------------
 */

static void heap_push(struct bench *b, struct event e)
{
	size_t i = b->heap.n;

	VEC_PUSH(&b->heap, e);
	while (i) {
		size_t up = (i - 1) / 4;

		if (b->heap.v[up].t <= e.t)
			break;
		b->heap.v[i] = b->heap.v[up];
		i = up;
	}
	b->heap.v[i] = e;
}

static size_t least_child(const struct event *v, size_t first, size_t n)
{
	size_t least = first, end = first + 4 < n ? first + 4 : n;

	for (size_t k = first + 1; k < end; k++)
		if (v[k].t < v[least].t)
			least = k;
	return least;
}

static struct event heap_pop(struct bench *b)
{
	struct event *v = b->heap.v, top = v[0], last = v[--b->heap.n];
	size_t i = 0, n = b->heap.n;

	while (4 * i + 1 < n) {
		size_t k = least_child(v, 4 * i + 1, n);

		if (v[k].t >= last.t)
			break;
		v[i] = v[k];
		i = k;
	}
	v[i] = last;
	return top;
}

/* ---- one run --------------------------------------------------------------------------------- */

/* Exponential with mean 1; never infinite. */
static double expo(struct rng *rng)
{
	return -log1p(-rng_unit(rng));
}

static void reach(struct bench *b, uint32_t node, double t)
{
	if (t >= b->reached[node])
		return;
	if (isinf(b->reached[node]))
		VEC_PUSH(&b->touched, node);
	b->reached[node] = t;
	heap_push(b, (struct event){t, node});
}

/*
 * Contacts are reached independently of each other within the time that node is infectious, with
 * probability 1 - exp(-infect * span) each: how many are passed over between two that are is
 * geometric, the whole part of an exponential over infect * span.
 */
static void spread(struct bench *b, uint32_t node, double t, double span, struct rng *rng)
{
	const struct graph *g = b->s->graph;
	uint32_t from = g->start ? g->start[node] : 0;
	uint32_t n = g->start ? g->start[node + 1] - from : g->nodes - 1;
	double hazard = b->s->infect * span, within = -expm1(-hazard), at;

	if (hazard <= 0)
		return;
	at = floor(expo(rng) / hazard);
	while (at < n) {
		uint32_t k = (uint32_t)at;
		uint32_t to = g->start ? g->to[from + k] : k + (k >= node);

		reach(b, to, t - log1p(-rng_unit(rng) * within) / b->s->infect);
		at += 1 + floor(expo(rng) / hazard);
	}
}

static void look_until(struct bench *b, double t)
{
	while (b->nlooked < b->s->nlooks && b->s->looks[b->nlooked] < t)
		b->looked[b->nlooked++] = b->now;
}

static void infect(struct bench *b, uint32_t node, double t)
{
	struct rng rng = rng_of(b->s->seed, b->run << 32 | node);
	double over = b->s->recover > 0 ? t + expo(&rng) / b->s->recover : INFINITY;

	b->r.infected++;
	if (++b->now > b->r.peak) {
		b->r.peak = b->now;
		b->r.peak_t = t;
	}
	spread(b, node, t, (over < b->until_t ? over : b->until_t) - t, &rng);
	if (over < b->until_t)
		heap_push(b, (struct event){over, node | RECOVERY});
}

static void seeds_put(struct bench *b)
{
	struct rng rng = rng_of(b->s->seed, b->run << 32 | RECOVERY);

	for (uint32_t left = b->s->seeds; left;) {
		uint32_t node = rng_below(&rng, b->s->graph->nodes);

		if (!isinf(b->reached[node]))
			continue;
		reach(b, node, 0);
		left--;
	}
}

static void run_one(struct bench *b)
{
	b->r = (struct sir_run){0};
	b->now = 0;
	b->nlooked = 0;
	seeds_put(b);
	while (b->heap.n) {
		struct event e = heap_pop(b);
		uint32_t node = e.what & ~RECOVERY;

		if (!(e.what & RECOVERY) && e.t > b->reached[node])
			continue; /* somebody else was there before */
		if (e.t > b->until_t)
			break;
		look_until(b, e.t);
		b->r.events++;
		b->r.over_t = e.t;
		if (e.what & RECOVERY)
			b->now--;
		else
			infect(b, node, e.t);
	}
	look_until(b, INFINITY);
	b->heap.n = 0;
	for (size_t i = 0; i < b->touched.n; i++)
		b->reached[b->touched.v[i]] = INFINITY;
	b->touched.n = 0;
}

/* ---- many ------------------------------------------------------------------------------------ */

struct runs {
	const struct sir *s;
	struct sir_run *v;
	uint32_t *looked;
	struct bench *benches; /* by thread */
};

static void run_item(void *ctx, size_t item, unsigned worker)
{
	struct runs *r = ctx;
	struct bench *b = &r->benches[worker];
	uint32_t nodes = r->s->graph->nodes;

	if (!b->s) {
		b->s = r->s;
		b->until_t = r->s->until_t > 0 ? r->s->until_t : INFINITY;
		b->reached = mem_alloc(nodes * sizeof(*b->reached));
		for (uint32_t i = 0; i < nodes; i++)
			b->reached[i] = INFINITY;
	}
	b->run = item;
	b->looked = r->looked ? r->looked + item * r->s->nlooks : NULL;
	run_one(b);
	r->v[item] = b->r;
}

void sir_runs(const struct sir *s, struct sir_run *v, uint32_t *looked)
{
	unsigned width = parallel_width();
	struct runs r = {s, v, looked, mem_zero(width, sizeof(struct bench))};

	assert(!s->nlooks == !looked);
	parallel_each(s->runs, run_item, &r);
	for (unsigned i = 0; i < width; i++) {
		free(r.benches[i].reached);
		free(r.benches[i].touched.v);
		free(r.benches[i].heap.v);
	}
	free(r.benches);
}
