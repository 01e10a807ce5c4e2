#include "rehearsal/inner.h"

#include <math.h>

#include "base/parallel.h"

/*
 * A worm over the ground, lumped by subnet: the first hit opens a subnet, and the sweep that begins
 * there meets its devices in the order of their addresses; later sweeps of the same subnet are
 * always behind it.  Hits from elsewhere are drawn from each subnet's infected devices together,
 * window by window: a window is as long as one of its devices needs to send about one hit that
 * still finds something, so that few are wasted once most is infected.
 */

enum { LAYER_NATION, LAYER_ORG, LAYERS };
enum { KIND_HIT, KIND_RENEW };
enum { MARK_OPEN = 1, MARK_OBEYS = 2 };
enum { BUCKETS = 1024, NONE = -1 };

struct event {
	double t;
	uint32_t subnet; /* hit; or the number of an opened one, that sends again */
	uint16_t device; /* of the subnet */
	uint8_t kind, layer;
};
struct waiting { /* in a bucket's list */
	struct event e;
	int64_t next;
};
struct opened {
	uint32_t subnet, from; /* from: its devices in times */
	double first_s, done_s;
	double sent_s[LAYERS]; /* what it sends is drawn up to here */
	uint32_t sent[LAYERS]; /* times that it was */
};
struct touched { /* an organisation that was infected */
	struct org_draws is;
	double switch_s;
	uint32_t devices, left; /* left: devices concerned in subnets not opened */
};
struct lab { /* one thread's */
	const struct worm *w;
	struct draws d;
	const struct seeds_from *from;
	struct worm_result *result;
	struct seeded_vec seeds;
	uint8_t *marks;	     /* by organisation */
	uint32_t *touch_at;  /* by organisation, among touched; believed where that one says so */
	uint32_t *open_at;   /* by subnet, among opened */
	uint32_t *touch_org; /* whose it is */
	struct touched *touched;
	uint32_t ntouched;
	VEC_OF(struct opened) opened;
	VEC_OF(double) times;  /* when infected; INFINITY: not (yet) */
	uint32_t *rest, *upto; /* subnets that hits from elsewhere can find, and sums of devices */
	uint32_t nrest, stale;
	VEC_OF(struct waiting) waiting;
	int64_t buckets[BUCKETS];
	VEC_OF(struct event) heap; /* of the bucket that is gone through */
	uint32_t bucket;
	double now, lasts;
	struct worm_run r;
	uint32_t looks[WORM_LOOKS];
	struct worm_org *orgs; /* sums of this thread */
};

/* ---- events in order of time ----------------------------------------------------------------- */

static void heap_push(struct lab *b, struct event e)
{
	size_t i = b->heap.n;

	VEC_PUSH(&b->heap, e);
	while (i && b->heap.v[(i - 1) / 2].t > e.t) {
		b->heap.v[i] = b->heap.v[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	b->heap.v[i] = e;
}

static struct event heap_pop(struct lab *b)
{
	struct event *v = b->heap.v, top = v[0], last = v[--b->heap.n];
	size_t i = 0, n = b->heap.n, k;

	while ((k = 2 * i + 1) < n) {
		k += k + 1 < n && v[k + 1].t < v[k].t;
		if (v[k].t >= last.t)
			break;
		v[i] = v[k];
		i = k;
	}
	v[i] = last;
	return top;
}

static void later(struct lab *b, struct event e)
{
	uint32_t at = (uint32_t)(e.t / b->lasts * BUCKETS);

	if (e.t >= b->lasts || at >= BUCKETS)
		return;
	if (at <= b->bucket) {
		heap_push(b, e);
		return;
	}
	VEC_PUSH(&b->waiting, (struct waiting){e, b->buckets[at]});
	b->buckets[at] = (int64_t)b->waiting.n - 1;
}

static bool next(struct lab *b, struct event *ret)
{
	while (!b->heap.n && ++b->bucket < BUCKETS)
		for (int64_t i = b->buckets[b->bucket]; i != NONE; i = b->waiting.v[i].next)
			heap_push(b, b->waiting.v[i].e);
	if (!b->heap.n)
		return false;
	return *ret = heap_pop(b), true;
}

/* ---- who can be found from elsewhere --------------------------------------------------------- */

static bool is_opened(const struct lab *b, uint32_t subnet, uint32_t *ret)
{
	uint32_t at = b->open_at[subnet];

	return *ret = at, at < b->opened.n && b->opened.v[at].subnet == subnet;
}

/* Its sweep is known to the end: hits find nothing more there. */
static bool is_spent(const struct lab *b, uint32_t subnet)
{
	uint32_t at;

	return is_opened(b, subnet, &at) && b->opened.v[at].done_s < INFINITY;
}

static uint32_t size_of(const struct lab *b, uint32_t subnet)
{
	const struct ground_subnet *s = &b->w->ground->subnets[subnet];

	return (uint32_t)s->exposed + s->unknown;
}

static void rest_put(struct lab *b, uint32_t subnet)
{
	uint32_t before = b->nrest ? b->upto[b->nrest - 1] : 0;

	b->rest[b->nrest] = subnet;
	b->upto[b->nrest++] = before + size_of(b, subnet);
}

static void rest_fill(struct lab *b)
{
	const struct ground *g = b->w->ground;

	b->nrest = b->stale = 0;
	for (uint32_t i = 0; i < g->norgs; i++)
		if (b->marks[i] & MARK_OPEN)
			for (uint32_t s = g->orgs[i].first; s < g->orgs[i].end; s++)
				rest_put(b, s);
}

static uint32_t rest_sum(const struct lab *b)
{
	return b->nrest ? b->upto[b->nrest - 1] : 0;
}

/* Those gone through wholly are found no more. */
static void rest_clear(struct lab *b)
{
	uint32_t n = b->nrest, at;

	b->nrest = b->stale = 0;
	for (uint32_t i = 0; i < n; i++)
		if (!is_opened(b, b->rest[i], &at) || b->opened.v[at].done_s > b->now)
			rest_put(b, b->rest[i]);
}

/* Where the at-th device of those in sums up to each stands. */
static uint32_t sum_find(const uint32_t *upto, uint32_t n, uint32_t at)
{
	uint32_t lo = 0;

	while (n > 1) {
		uint32_t half = n / 2;

		lo += upto[lo + half - 1] <= at ? half : 0;
		n -= half;
	}
	return lo;
}

static struct event hit_nation(struct lab *b, struct rng *rng)
{
	uint32_t at = rng_below(rng, rest_sum(b)), i = sum_find(b->upto, b->nrest, at);

	return (struct event){.subnet = b->rest[i],
			      .device = (uint16_t)(at - (i ? b->upto[i - 1] : 0))};
}

/* The at-th device concerned among those of an organisation in subnets that are not gone through.
 */
static struct event hit_org(struct lab *b, uint32_t org, uint32_t at)
{
	const struct ground_org *o = &b->w->ground->orgs[org];
	uint32_t s = o->first;

	while (s + 1 < o->end && (is_spent(b, s) || at >= size_of(b, s))) {
		at -= is_spent(b, s) ? 0 : size_of(b, s);
		s++;
	}
	return (struct event){.subnet = s, .device = (uint16_t)MIN_OF(at, size_of(b, s) - 1)};
}

/* ---- an organisation ------------------------------------------------------------------------- */

static struct touched *touched_of(struct lab *b, uint32_t org)
{
	uint32_t at = b->touch_at[org];

	return at < b->ntouched && b->touch_org[at] == org ? &b->touched[at] : NULL;
}

static struct touched *touch(struct lab *b, uint32_t org, double t)
{
	const struct ground_org *o = &b->w->ground->orgs[org];
	struct touched *k = &b->touched[b->ntouched];

	b->touch_at[org] = b->ntouched;
	b->touch_org[b->ntouched++] = org;
	k->is = draws_org(&b->d, org, t, b->marks[org] & MARK_OBEYS);
	k->switch_s = draws_switch_s(&b->d, &k->is);
	k->devices = 0;
	k->left = o->exposed + o->unknown;
	b->r.orgs++;
	b->orgs[org].runs++;
	b->orgs[org].first_s += (uint64_t)t;
	return k;
}

/* Is it cut off from others at t? */
static bool is_cut(struct lab *b, uint32_t org, double t)
{
	const struct touched *k = touched_of(b, org);

	if (k)
		return t >= k->is.cut_s;
	return (b->marks[org] & MARK_OBEYS) && t >= draws_obeys_s(&b->d, org);
}

/* ---- sending --------------------------------------------------------------------------------- */

struct window {
	double from, to, sum, most; /* device seconds; the longest of one device */
	uint32_t first, end;	    /* devices of the subnet */
	float of[SUBNET_MOST];	    /* by device */
};

/* How long each of the subnet's devices is infectious in the window. */
static void window_fill(struct lab *b, const struct opened *o, struct window *w)
{
	const double *times = b->times.v + o->from;
	double lives = b->d.p[SCENARIO_LIVES];

	w->sum = w->most = 0;
	for (uint32_t k = w->first; k < w->end; k++) {
		double from = fmax(times[k], w->from), to = fmin(times[k] + lives, w->to);
		double span = to > from ? to - from : 0;

		w->of[k] = (float)span;
		w->sum += span;
		w->most = fmax(w->most, span);
	}
}

/* A moment at which one of the devices sends, each as often as it has time. */
static double window_moment(struct lab *b, const struct opened *o, const struct window *w,
			    struct rng *rng)
{
	const double *times = b->times.v + o->from;
	uint32_t k;

	do
		k = w->first + rng_below(rng, w->end - w->first);
	while (rng_unit(rng) * w->most >= (double)w->of[k]);
	return fmax(times[k], w->from) + rng_unit(rng) * (double)w->of[k];
}

struct layer {		  /* as a subnet meets it now */
	double hazard;	  /* of one device infected to one concerned, per second */
	double ends_s;	  /* nothing is sent from then on */
	double find, all; /* devices: not yet met; among which hits fall */
};

static struct layer layer_of(struct lab *b, uint32_t org, int which)
{
	const double *p = b->d.p;
	const struct touched *k = &b->touched[b->touch_at[org]];

	if (which == LAYER_NATION)
		return (struct layer){
			p[SCENARIO_SCAN] / p[SCENARIO_SPACE], fmin(k->is.cut_s, k->is.stops_s),
			rest_sum(b) > b->stale ? rest_sum(b) - b->stale : 0, rest_sum(b)};
	return (struct layer){p[SCENARIO_INNER] / p[SCENARIO_INNER_SPACE], k->is.stops_s, k->left,
			      k->left};
}

/* What the devices of an opened subnet send in the window. */
static void send_in(struct lab *b, uint32_t at, int which, struct window *w)
{
	struct opened *o = &b->opened.v[at];
	uint32_t org = b->w->ground->subnets[o->subnet].org;
	struct layer l = layer_of(b, org, which);
	struct rng rng = draws_of(&b->d, DRAW_SENDS + (uint32_t)which + LAYERS * o->sent[which]++,
				  o->subnet);

	window_fill(b, o, w);
	for (uint32_t n = chance_poisson(&rng, l.hazard * l.all * w->sum); n; n--) {
		double t = window_moment(b, o, w, &rng);
		struct event e = which == LAYER_NATION
					 ? hit_nation(b, &rng)
					 : hit_org(b, org, rng_below(&rng, (uint32_t)l.all));
		uint32_t there;

		e.t = t;
		e.layer = (uint8_t)which;
		if (!is_opened(b, e.subnet, &there) || b->opened.v[there].done_s > t)
			later(b, e);
	}
}

/* From `from` on, until the window's end; then again. */
static void send_from(struct lab *b, uint32_t at, int which, double from)
{
	struct opened *o = &b->opened.v[at];
	struct layer l = layer_of(b, b->w->ground->subnets[o->subnet].org, which);
	double ends = fmin(fmin(l.ends_s, b->lasts), o->done_s + b->d.p[SCENARIO_LIVES]);
	struct window w = {.from = from, .end = size_of(b, o->subnet)};

	o->sent_s[which] = from;
	if (l.hazard <= 0 || l.find <= 0)
		return;
	w.to = fmin(ends, from + 1 / (l.hazard * l.find));
	if (w.to <= w.from)
		return;
	o->sent_s[which] = w.to;
	send_in(b, at, which, &w);
	if (w.to < ends)
		later(b, (struct event){.t = w.to,
					.subnet = at,
					.kind = KIND_RENEW,
					.layer = (uint8_t)which});
}

/* ---- infection ------------------------------------------------------------------------------- */

static void count_device(struct lab *b, struct touched *k, uint32_t org, double t)
{
	b->r.devices++;
	k->devices++;
	b->orgs[org].devices++;
	b->looks[MIN_OF((uint32_t)(t / b->lasts * WORM_LOOKS), WORM_LOOKS - 1u)]++;
	b->r.last_s = fmaxf(b->r.last_s, (float)t);
}

/* The sweep from t on: when it infects each device, INFINITY where it does not. */
static void sweep(struct lab *b, struct opened *o, struct touched *k, uint32_t hit)
{
	const struct ground_subnet *s = &b->w->ground->subnets[o->subnet];
	uint32_t n = size_of(b, o->subnet);
	double rate = b->d.p[SCENARIO_SWEEP], place;
	double until = fmin(fmin(k->is.stops_s, k->switch_s), b->lasts);

	o->done_s = o->first_s;
	for (uint32_t i = 0; i < n; i++) {
		bool takes = draws_device(&b->d, s, i, k->is.patched, &place);
		double after = rate > 0 ? place * SUBNET_MOST / rate : INFINITY;
		double t = i == hit ? o->first_s : o->first_s + after;

		VEC_PUSH(&b->times, takes && t < until ? t : INFINITY);
		if (!takes || (t >= until && rate > 0))
			continue;
		o->done_s = fmax(o->done_s, t);
		if (t < until)
			count_device(b, k, s->org, t);
	}
}

static void open_subnet(struct lab *b, const struct event *e)
{
	const struct ground_subnet *s = &b->w->ground->subnets[e->subnet];
	struct touched *k = touched_of(b, s->org);
	uint32_t at = (uint32_t)b->opened.n;

	if (!k)
		k = touch(b, s->org, e->t);
	b->open_at[e->subnet] = at;
	VEC_PUSH(&b->opened, (struct opened){.subnet = e->subnet,
					     .from = (uint32_t)b->times.n,
					     .first_s = e->t});
	sweep(b, &b->opened.v[at], k, e->device);
	if (b->opened.v[at].done_s < INFINITY) {
		k->left -= size_of(b, e->subnet);
		b->stale += b->marks[s->org] & MARK_OPEN ? size_of(b, e->subnet) : 0;
	}
	if (b->stale > rest_sum(b) / 2)
		rest_clear(b);
	for (int i = 0; i < LAYERS; i++)
		send_from(b, at, i, e->t);
}

/* A hit in an opened subnet, before the sweep comes by or where none does: the device sends in what
 * is left of the windows that were drawn without it. */
static void hit_again(struct lab *b, const struct event *e, uint32_t at)
{
	struct opened *o = &b->opened.v[at];
	uint32_t org = b->w->ground->subnets[o->subnet].org;
	double *when = &b->times.v[o->from + e->device], before = *when;

	if (before <= e->t)
		return;
	if (isinf(before))
		count_device(b, &b->touched[b->touch_at[org]], org, e->t);
	*when = e->t;
	for (int i = 0; i < LAYERS; i++) {
		struct window w = {.from = e->t,
				   .to = fmin(before, o->sent_s[i]),
				   .first = e->device,
				   .end = e->device + 1u};

		if (w.to > w.from)
			send_in(b, at, i, &w);
	}
}

static void hit(struct lab *b, const struct event *e)
{
	const struct ground_subnet *s = &b->w->ground->subnets[e->subnet];
	const struct touched *k = touched_of(b, s->org);
	struct org_draws is;
	double place;
	uint32_t at;

	b->r.events++;
	if (e->layer == LAYER_NATION && is_cut(b, s->org, e->t))
		return;
	is = k ? k->is : draws_org(&b->d, s->org, e->t, false);
	if (e->t >= is.stops_s || e->t >= draws_switch_s(&b->d, &is) ||
	    !draws_device(&b->d, s, e->device, is.patched, &place))
		return;
	if (is_opened(b, e->subnet, &at))
		hit_again(b, e, at);
	else
		open_subnet(b, e);
}

/* ---- one run --------------------------------------------------------------------------------- */

static void run_begin(struct lab *b, uint32_t run)
{
	const struct ground *g = b->w->ground;

	draws_begin(&b->d, b->w, run);
	b->lasts = b->d.p[SCENARIO_LASTS];
	b->r = (struct worm_run){0};
	b->opened.n = b->times.n = b->waiting.n = b->heap.n = 0;
	b->ntouched = b->bucket = 0;
	b->now = 0;
	memset(b->looks, 0, sizeof(b->looks));
	memset(b->marks, 0, g->norgs);
	for (int i = 0; i < BUCKETS; i++)
		b->buckets[i] = NONE;
	draws_choose(&b->d, DRAW_OPEN, b->d.p[SCENARIO_OPEN], b->marks, MARK_OPEN);
	if (b->d.p[SCENARIO_WARNED] > 0)
		draws_choose(&b->d, DRAW_OBEYS, b->d.p[SCENARIO_OBEYS], b->marks, MARK_OBEYS);
	rest_fill(b);
	draws_seeds(&b->d, b->from, &b->seeds);
	for (size_t i = 0; i < b->seeds.n; i++) {
		uint32_t subnet = ground_subnet_of(g, b->seeds.v[i].device);

		later(b, (struct event){.t = b->seeds.v[i].t,
					.subnet = subnet,
					.device = (uint16_t)(b->seeds.v[i].device -
							     g->subnets[subnet].from),
					.layer = LAYER_ORG});
	}
}

/* Organisations that cut themselves off: because they saw it, or were told to. */
static void count_cut(struct lab *b)
{
	for (uint32_t i = 0; i < b->ntouched; i++)
		b->r.cut_off += b->touched[i].is.cut_s < b->lasts;
	for (uint32_t i = 0; b->d.p[SCENARIO_WARNED] > 0 && i < b->w->ground->norgs; i++)
		if (!touched_of(b, i) && is_cut(b, i, b->lasts)) {
			b->r.cut_off++;
			b->r.spared++;
		}
}

static void run_one(struct lab *b, size_t item)
{
	struct event e;
	uint32_t sum = 0;

	run_begin(b, (uint32_t)(b->w->first + item));
	while (next(b, &e)) {
		b->now = e.t;
		if (e.kind == KIND_RENEW)
			send_from(b, e.subnet, e.layer, e.t);
		else
			hit(b, &e);
	}
	count_cut(b);
	b->r.first_s = b->opened.n ? (float)b->opened.v[0].first_s : 0;
	b->result->v[item] = b->r;
	for (uint32_t i = 0; item < b->result->ncurves && i < WORM_LOOKS; i++)
		b->result->curve[item * WORM_LOOKS + i] = sum += b->looks[i];
}

/* ---- results ----------------------------------------------------------------------------------
 */

void worm_result_make(const struct worm *w, struct worm_result *ret)
{
	uint64_t ncurves = MIN_OF(w->runs, (uint64_t)WORM_CURVES_MOST);

	*ret = (struct worm_result){
		.v = mem_zero(w->runs, sizeof(struct worm_run)),
		.curve = mem_zero(ncurves * WORM_LOOKS, sizeof(uint32_t)),
		.ncurves = ncurves,
		.orgs = mem_zero(w->ground->norgs, sizeof(struct worm_org)),
	};
}

void worm_result_free(struct worm_result *r)
{
	free(r->v);
	free(r->curve);
	free(r->orgs);
	*r = (struct worm_result){0};
}

bool worm_check(const struct worm *w, struct err *err)
{
	const struct scenario *s = w->scenario;
	struct seeds_from from;
	bool some;

	if (!w->runs || w->runs > WORM_RUNS_MOST || w->first > UINT32_MAX - w->runs)
		return err_set(err, ERR_USAGE, "so many runs can't be made: 1 to %d",
			       WORM_RUNS_MOST);
	if (s->lo[SCENARIO_SWEEP] > 0 &&
	    s->lo[SCENARIO_LIVES] * s->lo[SCENARIO_SWEEP] < SUBNET_MOST)
		return err_set(
			err, ERR_INVALID,
			"a device must live long enough to try the %d addresses of its subnet: "
			"lives and sweep together allow %.0f",
			SUBNET_MOST, s->lo[SCENARIO_LIVES] * s->lo[SCENARIO_SWEEP]);
	seeds_from_open(w, &from);
	some = from.n > 0;
	seeds_from_free(&from);
	return some ||
	       err_set(err, ERR_NOT_FOUND,
		       "none of those named in \"seeds-in\" has a device that could be infected");
}

/* ---- many ------------------------------------------------------------------------------------ */

struct runs {
	const struct worm *w;
	struct worm_result *result;
	struct seeds_from from;
	struct lab *labs; /* by thread */
};

static void lab_open(struct lab *b, struct runs *r)
{
	const struct ground *g = r->w->ground;

	b->w = r->w;
	b->from = &r->from;
	b->result = r->result;
	b->marks = mem_zero(g->norgs, 1);
	b->touch_at = mem_zero(g->norgs, sizeof(uint32_t));
	b->touch_org = mem_zero(g->norgs, sizeof(uint32_t));
	b->touched = mem_zero(g->norgs, sizeof(struct touched));
	b->orgs = mem_zero(g->norgs, sizeof(struct worm_org));
	b->open_at = mem_zero(g->nsubnets, sizeof(uint32_t));
	b->rest = mem_zero(g->nsubnets, sizeof(uint32_t));
	b->upto = mem_zero(g->nsubnets, sizeof(uint32_t));
}

static void lab_close(struct lab *b)
{
	free(b->marks);
	free(b->touch_at);
	free(b->touch_org);
	free(b->touched);
	free(b->orgs);
	free(b->open_at);
	free(b->rest);
	free(b->upto);
	free(b->seeds.v);
	free(b->opened.v);
	free(b->times.v);
	free(b->waiting.v);
	free(b->heap.v);
}

static void run_item(void *ctx, size_t item, unsigned worker)
{
	struct runs *r = ctx;
	struct lab *b = &r->labs[worker];

	if (!b->w)
		lab_open(b, r);
	run_one(b, item);
}

void worm_runs(const struct worm *w, struct worm_result *ret)
{
	unsigned width = parallel_width();
	struct runs r = {.w = w, .result = ret, .labs = mem_zero(width, sizeof(struct lab))};

	worm_result_make(w, ret);
	seeds_from_open(w, &r.from);
	parallel_each(w->runs, run_item, &r);
	for (unsigned i = 0; i < width; i++) {
		for (uint32_t k = 0; r.labs[i].w && k < w->ground->norgs; k++) {
			ret->orgs[k].runs += r.labs[i].orgs[k].runs;
			ret->orgs[k].devices += r.labs[i].orgs[k].devices;
			ret->orgs[k].first_s += r.labs[i].orgs[k].first_s;
		}
		lab_close(&r.labs[i]);
	}
	free(r.labs);
	seeds_from_free(&r.from);
}
