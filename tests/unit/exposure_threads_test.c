#include "exposure_scene.h"

#include "base/parallel.h"

/* An estate wide enough for several threads: however many there are, every answer is the same. */

enum { ORGS = 20, DEVICES = 12, HELD = 40, PRODUCTS = 300, VERSIONS = 12, VULNS = 700 };

static void draw_random_vuln(struct drawing *d, struct rng *r, struct arena *a, int no)
{
	const char *product = arena_fmt(a, "acme:thing_%u", rng_below(r, PRODUCTS)).p;
	const char *end = arena_fmt(a, "%u.0)", rng_below(r, VERSIONS)).p;

	draw_vuln(d, arena_fmt(a, "CVE-2016-%d", 1000 + no).p);
	draw_match(d, true, arena_fmt(a, "cpe:2.3:a:%s:*:*:*:*:*:*:*:*", product).p, NULL, end);
	draw_match(
		d, true,
		arena_fmt(a, "cpe:2.3:a:%s:%u.0:*:*:*:*:*:*:*", product, rng_below(r, VERSIONS)).p,
		NULL, NULL);
	draw_op(d, CONFIG_OR, 2);
	if (no % 4)
		return;
	draw_match(d, false, "cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*", NULL,
		   arena_fmt(a, "5.%u)", rng_below(r, 6)).p);
	draw_op(d, CONFIG_AND, 2);
}

static const struct segment *random_org(struct rng *r, struct arena *a, int no)
{
	struct maker m = {.arena = a};

	for (int i = 0; i < DEVICES; i++) {
		struct estate_device *d = make_device(&m, arena_fmt(a, "d%02d", i).p);

		d->os_cpe = make_str(&m, arena_fmt(a,
						   "cpe:2.3:o:linux:linux_kernel:5.%u"
						   ":*:*:*:*:*:*:*",
						   rng_below(r, 6)));
		if (rng_below(r, 8) == 0)
			d->facet[FACET_SOFTWARE].incomplete = true;
		for (int k = 0; k < HELD; k++)
			make_cpe(&m, arena_fmt(a, "cpe:2.3:a:acme:thing_%u:%u.0:*:*:*:*:*:*:*",
					       rng_below(r, PRODUCTS), rng_below(r, VERSIONS))
					     .p);
		make_raw(&m, "Acme", arena_fmt(a, "Thing %u", rng_below(r, PRODUCTS)).p);
	}
	return make_segment(&m, arena_fmt(a, "ORG%02d", no).p);
}

/* All that a world of so many threads says. */
static struct str told(const struct exposure_parts *p, unsigned threads, struct arena *a)
{
	AUTO(text_freep) struct text all = {0};
	struct exposure_world *w;
	struct exposure_totals sum;
	struct err err;

	parallel_set_width(threads);
	w = exposure_world_of(p);
	exposure_sweep(w, a, &sum);
	for (uint32_t i = 0; i < p->image->nvulns; i++) {
		const struct segment *s = p->segments[i % ORGS];
		struct exposure_question q = {s->org, seg_str(s, s->devices[i % DEVICES].id),
					      p->image->vulns[i].cve};
		struct exposure_why why;

		text_addf(&all, "%llu %llu %u\n", (unsigned long long)sum.exposed[i],
			  (unsigned long long)sum.unknown[i], sum.orgs[i]);
		assert_true(exposure_why(w, &q, a, &why, &err));
		exposure_why_text(&why, &all);
	}
	assert_true(sum.affecting > VULNS / 2);
	exposure_world_close(w);
	parallel_set_width(0);
	return arena_str(a, text_str(&all));
}

static void threads_change_nothing(void **state)
{
	AUTO(arena_closep) struct arena *a = arena_open();
	struct rng r = rng_of(1, 1);
	struct drawing d = {.arena = a};
	const struct segment *segments[ORGS];
	struct exposure_parts p = {.segments = segments,
				   .nsegments = ORGS,
				   .resolver = exposure_resolver_stated(),
				   .now_ms = MADE_NOW_MS};
	struct str one;

	(void)state;
	for (int i = 0; i < VULNS; i++)
		draw_random_vuln(&d, &r, a, i);
	p.image = draw_image(&d);
	for (int i = 0; i < ORGS; i++)
		segments[i] = random_org(&r, a, i);
	one = told(&p, 1, a);
	assert_true(str_eq(one, told(&p, 2, a)));
	assert_true(str_eq(one, told(&p, 7, a)));
}

int exposure_threads_run(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(threads_change_nothing)};

	return cmocka_run_group_tests_name("exposure_threads", tests, NULL, NULL);
}
