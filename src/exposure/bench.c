#include "exposure/inner.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/order.h"
#include "base/rng.h"

/*
 * An estate of the image's own products, for measuring.  Popularity falls as 1/rank over products
 * ordered by how much is written about them, and over the versions of each.  Devices of an
 * organisation share a few images (70 %), choose from what the organisation has (25 %) and are
 * alone with the rest.
 */

enum {
	SHARED_PERCENT = 70, /* of a device's components that come with its image */
	OWN_PERCENT = 5,     /* that nobody chose for it */
	IMAGES = 6,	     /* per organisation */
	CHOICE = 300,	     /* components an organisation offers besides */
	STALE_PERCENT = 3,
	MEASURED_MOST = 20000, /* vulnerabilities timed one by one */
};
#define BENCH_NOW_MS ((int64_t)1494489600000) /* 2017-05-11T08:00Z */

struct bench_product {
	struct str prefix; /* "cpe:2.3:a:vendor:product" */
	VEC_OF(struct str) versions;
	uint32_t mentions;
};
struct bench {
	const struct exposure_bench_options *o;
	struct arena *arena;
	struct intern *keys;
	VEC_OF(struct bench_product) products;
	double *weight; /* cumulated */
	const struct segment **segments;
	size_t orgs, devices, components;
	VEC_OF(struct exposure_bench_row) rows;
	int64_t started_ns;
};

/* "cpe:2.3:a:vendor:product" and the version text of a plain formatted string. */
static bool product_of(struct str cpe, struct str *ret_prefix, struct str *ret_version)
{
	size_t colons = 0, fifth = 0;

	for (size_t i = 0; i < cpe.n; i++) {
		if (cpe.p[i] == '\\')
			i++;
		else if (cpe.p[i] == ':' && ++colons == 5)
			fifth = i;
		if (colons == 6) {
			*ret_prefix = str_sub(cpe, 0, fifth);
			*ret_version = str_sub(cpe, fifth + 1, i - fifth - 1);
			return str_find_char(*ret_prefix, '*', 0) == SIZE_MAX;
		}
	}
	return false;
}

static void version_note(struct bench_product *p, struct str v)
{
	if (v.n && !str_is(v, "*") && !str_is(v, "-") && str_find_char(v, '*', 0) == SIZE_MAX)
		VEC_PUSH(&p->versions, v);
}

static int mentions_cmp(const void *a, const void *b)
{
	const struct bench_product *x = a, *y = b;

	if (x->mentions != y->mentions)
		return x->mentions > y->mentions ? -1 : 1;
	return str_cmp(x->prefix, y->prefix);
}

/* Software with a version that somebody wrote of, the most written about first. */
static void products_read(struct bench *b)
{
	const struct intel_image *image = b->o->image;
	size_t n = 0;
	double sum = 0;

	for (uint32_t i = 0; i < image->nmatches; i++) {
		const struct match *m = &image->matches[i];
		struct str prefix, version;
		uint32_t no;

		if (!product_of(m->cpe, &prefix, &version) ||
		    !str_starts(prefix, STR("cpe:2.3:a:")))
			continue;
		no = intern_put(b->keys, prefix);
		if (no == b->products.n)
			VEC_PUSH(&b->products, (struct bench_product){.prefix = prefix});
		b->products.v[no].mentions++;
		version_note(&b->products.v[no], version);
		version_note(&b->products.v[no], m->end);
	}
	for (size_t i = 0; i < b->products.n; i++) {
		struct bench_product p = b->products.v[i];

		b->products.v[i] = b->products.v[n];
		b->products.v[n] = p;
		n += p.versions.n != 0;
	}
	if (n)
		qsort(b->products.v, n, sizeof(*b->products.v), mentions_cmp);
	b->weight = ARENA_ARRAY(b->arena, double, n + 1);
	for (size_t i = 0; i < n; i++)
		b->weight[i] = sum += 1.0 / (double)(i + 10);
	for (size_t i = n; i < b->products.n; i++)
		free(b->products.v[i].versions.v);
	b->products.n = n;
}

/* ---- one organisation -------------------------------------------------------------------- */

struct bench_org {
	struct bench *b;
	struct rng rng;
	struct arena *arena;
	struct intern *names;
	struct text strings;
	VEC_OF(struct estate_raw) raws;
	VEC_OF(uint64_t) pairs, kbs;
	struct estate_device *devices;
	uint32_t ndevices;
};

static uint32_t random_raw(struct bench_org *g)
{
	struct bench *b = g->b;
	double at = rng_unit(&g->rng) * b->weight[b->products.n - 1];
	size_t lo = 0, hi = b->products.n - 1;
	AUTO(text_freep) struct text cpe = {0};
	const struct bench_product *p;
	uint32_t no, age;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (b->weight[mid] < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	p = &b->products.v[lo];
	/* A few versions of each are everywhere: even over the logarithm of the rank. */
	age = (uint32_t)p->versions.n;
	while (age > 1 && rng_below(&g->rng, 2))
		age = 1 + age / 3;
	age = rng_below(&g->rng, age);
	text_add(&cpe, p->prefix);
	text_add_char(&cpe, ':');
	text_add(&cpe, p->versions.v[age]);
	text_add_c(&cpe, ":*:*:*:*:*:*:*");
	no = intern_put(g->names, text_str(&cpe));
	if (no == g->raws.n) {
		struct seg_str s = {(uint32_t)g->strings.n, (uint32_t)cpe.n};

		text_add(&g->strings, text_str(&cpe));
		VEC_PUSH(&g->raws, (struct estate_raw){.cpe = s});
	}
	return no;
}

struct image {
	uint32_t raws; /* first of its components */
	const struct windows_line *line;
	uint32_t level;
};

static const char *const line_names[] = {
	"7sp1",	  "7sp1",  "7sp1", "7sp1",     "10-14393", "10-14393", "10-14393", "2008r2sp1",
	"2012r2", "xpsp3", "8.1",  "10-10586", "2012",	   "2016",     "vistasp2", "7"};

static struct image random_image(struct bench_org *g, uint32_t raws)
{
	const char *name = line_names[rng_below(&g->rng, ARRAY_LEN(line_names))];
	struct image r = {.raws = raws, .line = windows_line_by_name(str_of(name))};
	const struct history *h;

	if (!r.line)
		r.line = windows_line_at(rng_below(&g->rng, (uint32_t)windows_line_count()));
	h = intel_image_history(g->b->o->image, r.line);
	r.level = h ? rng_below(&g->rng, h->nrollups + 1) : 0;
	return r;
}

/* Most are patched as their image is, some are months behind. */
static void random_system(struct bench_org *g, struct estate_device *d, uint32_t device,
			  const struct image *image)
{
	const struct windows_line *line = image->line;
	const struct history *h = intel_image_history(g->b->o->image, line);
	uint32_t level = image->level;

	d->os_major = line->major;
	d->os_minor = line->minor;
	d->os_build = line->build;
	d->os_sp = (uint8_t)line->sp;
	d->os_server = line->server ? SERVER_SERVER : SERVER_CLIENT;
	d->os_arch = WINDOWS_X64;
	if (level && rng_below(&g->rng, 4) == 0)
		level -= rng_below(&g->rng, MIN_OF(level, 12u));
	if (level == 0)
		return;
	d->os_revision = h->rollups[level - 1].revision;
	VEC_PUSH(&g->kbs, (uint64_t)device << 32 | h->rollups[level - 1].kb);
	for (uint32_t i = level; i > 1 && i + 6 > level; i--)
		if (rng_below(&g->rng, 2))
			VEC_PUSH(&g->kbs, (uint64_t)device << 32 | h->rollups[i - 2].kb);
}

struct rows {
	const uint32_t *start, *values;
};

/* (key << 32 | value) pairs as a start array by key and the values. */
static struct rows rows_of(struct arena *a, uint64_t *v, size_t n, uint32_t keys)
{
	uint32_t *start = ARENA_ARRAY(a, uint32_t, (size_t)keys + 1);
	uint32_t *values = ARENA_ARRAY(a, uint32_t, n + 1), kept = 0;

	if (n)
		qsort(v, n, sizeof(*v), u64_order);
	for (size_t i = 0; i < n; i++) {
		if (i && v[i] == v[i - 1])
			continue;
		start[(v[i] >> 32) + 1]++;
		values[kept++] = (uint32_t)v[i];
	}
	for (uint32_t i = 0; i < keys; i++)
		start[i + 1] += start[i];
	return (struct rows){start, values};
}

static void *keep(struct arena *a, const void *p, size_t bytes)
{
	void *q = arena_alloc(a, bytes + 1);

	if (bytes)
		memcpy(q, p, bytes);
	return q;
}

static const struct segment *segment_finish(struct bench_org *g, size_t number)
{
	struct segment *s = ARENA_NEW(g->arena, struct segment);
	struct rows r;

	s->org = arena_fmt(g->arena, "B%05zu", number);
	s->as_of_ms = BENCH_NOW_MS;
	s->ndevices = g->ndevices;
	s->nraws = (uint32_t)g->raws.n;
	s->devices = g->devices;
	s->raws = keep(g->arena, g->raws.v, g->raws.n * sizeof(*g->raws.v));
	s->strings = keep(g->arena, g->strings.p, g->strings.n);
	s->nstrings = g->strings.n;
	for (size_t i = 0; i < g->pairs.n; i++)
		g->pairs.v[i] = g->pairs.v[i] << 32 | g->pairs.v[i] >> 32;
	r = rows_of(g->arena, g->pairs.v, g->pairs.n, s->nraws);
	segment_put_sets(s, g->arena, r.start, r.values);
	r = rows_of(g->arena, g->kbs.v, g->kbs.n, s->ndevices);
	s->device_kb_start = r.start;
	s->device_kbs = r.values;
	s->nkbs = s->device_kb_start[s->ndevices];
	intern_close(g->names);
	free(g->raws.v);
	free(g->pairs.v);
	free(g->kbs.v);
	text_free(&g->strings);
	return s;
}

static void device_make(struct bench_org *g, uint32_t i, const uint32_t *raws,
			const struct image *image)
{
	struct estate_device *d = &g->devices[i];
	size_t all = g->b->components, shared = all * SHARED_PERCENT / 100;
	size_t own = all * OWN_PERCENT / 100;
	char id[16];
	int n = snprintf(id, sizeof(id), "D%07u", i);

	d->id = (struct seg_str){(uint32_t)g->strings.n, (uint32_t)n};
	text_add(&g->strings, str_from(id, (size_t)n));
	for (int f = 0; f < FACETS; f++)
		d->facet[f] = (struct estate_seen){.seen_ms = BENCH_NOW_MS};
	if (rng_below(&g->rng, 100) < STALE_PERCENT)
		d->facet[FACET_SOFTWARE].seen_ms -= 60 * MS_PER_DAY;
	random_system(g, d, i, image);
	for (size_t k = 0; k < all; k++) {
		uint32_t raw;

		if (k < shared)
			raw = raws[image->raws + k];
		else
			raw = k < all - own ? raws[rng_below(&g->rng, CHOICE)] : random_raw(g);
		VEC_PUSH(&g->pairs, (uint64_t)i << 32 | raw);
	}
}

static const struct segment *org_make(struct bench *b, size_t number)
{
	struct bench_org g = {.b = b, .arena = b->arena, .names = intern_open()};
	size_t shared = b->components * SHARED_PERCENT / 100;
	uint32_t *raws = ARENA_ARRAY(b->arena, uint32_t, CHOICE + shared * IMAGES);
	struct image images[IMAGES];

	g.rng = rng_of(b->o->seed, number);
	g.ndevices = (uint32_t)(b->devices / b->orgs + (number < b->devices % b->orgs));
	g.devices = ARENA_ARRAY(b->arena, struct estate_device, g.ndevices + 1);
	for (size_t i = 0; i < CHOICE + shared * IMAGES; i++)
		raws[i] = random_raw(&g);
	for (uint32_t i = 0; i < IMAGES; i++)
		images[i] = random_image(&g, CHOICE + i * (uint32_t)shared);
	for (uint32_t i = 0; i < g.ndevices; i++)
		device_make(&g, i, raws, &images[rng_below(&g.rng, IMAGES)]);
	return segment_finish(&g, number);
}

/* ---- measuring ------------------------------------------------------------------------------ */

static double elapsed(const struct bench *b)
{
	return (double)(clock_monotonic_ns() - b->started_ns) / 1e9;
}

static void row_add(struct bench *b, struct str work, double n, const char *unit, double seconds)
{
	VEC_PUSH(&b->rows, (struct exposure_bench_row){.bench = STR("exposure"),
						       .work = work,
						       .unit = str_of(unit),
						       .work_n = n,
						       .seconds = seconds,
						       .rate = seconds > 0 ? n / seconds : 0,
						       .peak_rss_bytes = process_peak_rss_bytes()});
}

static int double_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void measure_each(struct bench *b, const struct exposure_world *w,
			 const struct exposure_totals *all)
{
	AUTO(arena_closep) struct arena *scratch = arena_open();
	VEC_OF(double) seconds = {0};
	size_t step = MAX_OF((size_t)all->affecting / MEASURED_MOST, (size_t)1), seen = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct exposure_org_list list;
		struct err err;

		if (!all->exposed[i] || seen++ % step)
			continue;
		arena_clear(scratch);
		b->started_ns = clock_monotonic_ns();
		if (exposure_orgs(w, b->o->image->vulns[i].cve, scratch, &list, &err))
			VEC_PUSH(&seconds, elapsed(b));
	}
	if (seconds.n) {
		qsort(seconds.v, seconds.n, sizeof(*seconds.v), double_cmp);
		row_add(b, STR("one vulnerability, median of those that expose a device"), 1,
			"vulnerability", seconds.v[seconds.n / 2]);
		row_add(b, STR("one vulnerability, 99th percentile of them"), 1, "vulnerability",
			seconds.v[seconds.n * 99 / 100]);
	}
	free(seconds.v);
}

static void measure(struct bench *b)
{
	struct exposure_parts parts = {.image = b->o->image,
				       .segments = b->segments,
				       .nsegments = b->orgs,
				       .resolver = exposure_resolver_stated(),
				       .now_ms = BENCH_NOW_MS};
	AUTO(arena_closep) struct arena *scratch = arena_open();
	AUTO(exposure_world_closep) struct exposure_world *w = NULL;
	struct exposure_world_size size;
	struct exposure_totals all;

	b->started_ns = clock_monotonic_ns();
	w = exposure_world_of(&parts);
	size = exposure_world_size(w);
	row_add(b,
		arena_fmt(b->arena,
			  "world: %zu organisations, %zu components a device, %llu distinct, "
			  "%llu classes",
			  b->orgs, b->components, (unsigned long long)size.components,
			  (unsigned long long)size.classes),
		(double)b->devices, "devices", elapsed(b));
	b->started_ns = clock_monotonic_ns();
	exposure_sweep(w, scratch, &all);
	row_add(b,
		arena_fmt(b->arena,
			  "all vulnerabilities over all devices (%llu expose, %llu pairs)",
			  (unsigned long long)all.affecting, (unsigned long long)all.pairs),
		(double)all.n, "vulnerabilities", elapsed(b));
	measure_each(b, w, &all);
}

void exposure_bench(const struct exposure_bench_options *options, struct arena *arena,
		    struct exposure_bench_row **ret, size_t *ret_n)
{
	struct bench b = {.o = options, .arena = arena_open(), .keys = intern_open()};

	b.orgs = options->orgs ? options->orgs : 100;
	b.devices = options->devices ? options->devices : 100000;
	b.components = options->components ? options->components : 100;
	b.orgs = MIN_OF(b.orgs, b.devices);
	products_read(&b);
	if (b.products.n) {
		b.segments = ARENA_ARRAY(b.arena, const struct segment *, b.orgs);
		for (size_t i = 0; i < b.orgs; i++)
			b.segments[i] = org_make(&b, i);
		measure(&b);
	}
	*ret_n = b.rows.n;
	*ret = ARENA_ARRAY(arena, struct exposure_bench_row, b.rows.n + 1);
	for (size_t i = 0; i < b.rows.n; i++) {
		(*ret)[i] = b.rows.v[i];
		(*ret)[i].work = arena_str(arena, b.rows.v[i].work);
	}
	for (size_t i = 0; i < b.products.n; i++)
		free(b.products.v[i].versions.v);
	free(b.products.v);
	free(b.rows.v);
	intern_close(b.keys);
	arena_close(b.arena);
}
