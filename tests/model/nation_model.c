/*
 * The engine against its naive twin on a whole service: the store at $LYNCHPIN_NATION as of
 * $LYNCHPIN_NATION_NOW, a sample of $LYNCHPIN_NATION_CVES vulnerabilities (1000), drawn with the
 * seed $LYNCHPIN_SEED (1), and every device, state by state.  Nothing is written.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "directory/directory.h"
#include "twin.h"

struct nation {
	struct store *store;
	struct journal *journal;
	struct estate *estate;
	struct intel_image *image;
	struct intel_dictionary *dictionary;
	struct estate_resolver *resolver;
	struct exposure_world *world;
	VEC_OF(const struct segment *) segments;
	int64_t now_ms;
};

static void must(bool ok, const struct err *err)
{
	if (!ok)
		fail_msg("%s", err->text);
}

static double seconds(void)
{
	return (double)clock_monotonic_ns() / 1e9;
}

static uint32_t number(const char *name, uint32_t otherwise)
{
	uint64_t n;

	return str_to_u64(str_of(getenv(name)), &n) && n && n <= 1000000 ? (uint32_t)n : otherwise;
}

static bool take(void *ctx, const struct segment *s, struct err *err)
{
	struct nation *n = ctx;

	(void)err;
	VEC_PUSH(&n->segments, segment_ref(s));
	return true;
}

static void nation_open(struct nation *n, const char *path)
{
	static const struct store_table *const tables[] = {journal_tables, directory_tables,
							   intel_tables, estate_tables, NULL};
	const struct store_config config = {.path = path, .mode = STORE_READ, .tables = tables};
	struct err err = {0};

	must(store_open(&config, &n->store, &err) &&
		     journal_open(n->store, NULL, &n->journal, &err) &&
		     estate_open(n->journal, &n->estate, &err) &&
		     intel_image_load(n->store, NULL, 0, &n->image, &err),
	     &err);
	n->dictionary = intel_dictionary_of(n->image);
	must(estate_resolver_open(n->estate, n->dictionary, &n->resolver, &err) &&
		     estate_each_segment(n->estate, take, n, &err) &&
		     exposure_world_open(&(struct exposure_sources){.store = n->store,
								    .image = n->image,
								    .dictionary = n->dictionary,
								    .estate = n->estate,
								    .now_ms = n->now_ms},
					 &n->world, &err),
	     &err);
}

static void nation_close(struct nation *n)
{
	exposure_world_close(n->world);
	for (size_t i = 0; i < n->segments.n; i++)
		segment_unref(n->segments.v[i]);
	free(n->segments.v);
	estate_resolver_close(n->resolver);
	intel_dictionary_close(n->dictionary);
	intel_image_close(n->image);
	estate_close(n->estate);
	journal_close(n->journal);
	store_close(n->store);
}

static void resolve_raw(const void *ctx, const struct segment *s, const struct estate_raw *raw,
			struct arena *arena, struct estate_resolved *ret)
{
	estate_resolve_raw(ctx, s, raw, arena, ret);
}

static void resolve_os(const void *ctx, const struct segment *s, uint32_t device,
		       struct arena *arena, struct estate_resolved *ret)
{
	estate_resolve_os(ctx, s, device, arena, ret);
}

/* ---- which vulnerabilities ---------------------------------------------------------- */

enum kind {
	WITH_FIXES, /* exposes somebody, and a vendor speaks of Windows lines */
	WITH_AND,   /* exposes somebody, and joins criteria */
	WITH_RANGE,
	EXPOSES,
	UNKNOWN,
	NOBODY,
	KINDS
};
static const char *const kind_names[] = {"vendor's fixes",     "joined criteria", "ranges",
					 "others that expose", "unknown at most", "nobody"};

static bool has(const struct intel_image *image, const struct vuln_row *v, bool range)
{
	for (uint32_t i = 0; i < v->nsteps; i++) {
		struct config_step s = image->steps[v->first_step + i];

		if (range ? s.op == CONFIG_MATCH &&
				    (image->matches[s.arg].start.n || image->matches[s.arg].end.n)
			  : s.op == CONFIG_AND)
			return true;
	}
	return false;
}

static enum kind kind_of(const struct intel_image *image, const struct exposure_totals *all,
			 size_t i)
{
	if (!all->exposed[i])
		return all->unknown[i] ? UNKNOWN : NOBODY;
	if (all->vulns[i]->nfixes)
		return WITH_FIXES;
	if (has(image, all->vulns[i], false))
		return WITH_AND;
	return has(image, all->vulns[i], true) ? WITH_RANGE : EXPOSES;
}

typedef VEC_OF(const struct vuln_row *) vuln_list;

static void shuffle(vuln_list *l, struct rng *r)
{
	for (size_t i = l->n; i > 1; i--) {
		size_t j = rng_below(r, (uint32_t)i);
		const struct vuln_row *v = l->v[i - 1];

		l->v[i - 1] = l->v[j];
		l->v[j] = v;
	}
}

/* From each kind in turn, as long as it has some. */
static void sample(const struct nation *n, uint32_t most, uint32_t seed, vuln_list *ret)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	vuln_list of[KINDS] = {{0}};
	struct exposure_totals all;
	struct rng r = rng_of(seed, 4);
	size_t taken[KINDS] = {0};

	exposure_sweep(n->world, arena, &all);
	for (size_t i = 0; i < all.n; i++) {
		enum kind k = kind_of(n->image, &all, i);

		VEC_PUSH(&of[k], all.vulns[i]);
	}
	for (int k = 0; k < KINDS; k++)
		shuffle(&of[k], &r);
	for (bool any = true; any && ret->n < most;) {
		any = false;
		for (int k = 0; k < KINDS && ret->n < most; k++) {
			if (taken[k] == of[k].n)
				continue;
			VEC_PUSH(ret, of[k].v[taken[k]++]);
			any = true;
		}
	}
	for (int k = 0; k < KINDS; k++) {
		print_message("# %s: %zu of %zu\n", kind_names[k], taken[k], of[k].n);
		free(of[k].v);
	}
}

/* ---- both ----------------------------------------------------------------------------- */

struct duel {
	const struct nation *n;
	const struct twin *twin;
	vuln_list vulns;
	struct twin_hand *hands[64];
	size_t *first;	/* by segment: its first device among all */
	int8_t *states; /* device, vulnerability */
	uint64_t *by_state, *differing;
	double began;
};

static void twin_answers(void *ctx, size_t item, unsigned worker)
{
	struct duel *d = ctx;
	const struct segment *s = d->n->segments.v[item];

	if (!d->hands[worker])
		d->hands[worker] = twin_hand_open(d->twin);
	twin_segment(d->hands[worker], s, d->states + d->first[item] * d->vulns.n);
}

static void note(struct duel *d, size_t v, const struct exposure_device *e, int twin)
{
	if (d->differing[v]++ < 3)
		print_message("# %.*s %.*s/%.*s: engine %s, twin %s\n", STR_FMT(d->vulns.v[v]->cve),
			      STR_FMT(e->org), STR_FMT(e->device), exposure_state_name(e->state),
			      twin < 0 ? "unjudged" : exposure_state_name((unsigned)twin));
}

/* The list is by organisation and device, as segments and their devices are. */
static void compare(void *ctx, size_t v, unsigned worker)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct duel *d = ctx;
	const struct exposure_filter all = {.cve = d->vulns.v[v]->cve, .without_why = true};
	size_t devices = d->first[d->n->segments.n];
	struct exposure_device_list list;
	struct err err = {0};

	(void)worker;
	if (!exposure_devices(d->n->world, &all, arena, &list, &err) ||
	    (list.judged && list.n != devices)) {
		d->differing[v] = devices;
		return;
	}
	for (size_t i = 0; i < devices; i++) {
		int twin = d->states[i * d->vulns.n + v];

		if (!list.judged) {
			d->differing[v] += twin >= 0;
			continue;
		}
		d->by_state[v * EXPOSURE_STATES + list.v[i].state]++;
		if ((int)list.v[i].state != twin)
			note(d, v, &list.v[i], twin);
	}
}

static void report(const struct duel *d)
{
	uint64_t answers = (uint64_t)d->first[d->n->segments.n] * d->vulns.n, differing = 0;
	uint64_t by_state[EXPOSURE_STATES] = {0};

	for (size_t v = 0; v < d->vulns.n; v++) {
		differing += d->differing[v];
		for (int s = 0; s < EXPOSURE_STATES; s++)
			by_state[s] += d->by_state[v * EXPOSURE_STATES + (size_t)s];
	}
	print_message("# %zu organisations, %zu devices, %zu vulnerabilities: %llu answers, of "
		      "which %llu differ; %.0f s\n",
		      d->n->segments.n, d->first[d->n->segments.n], d->vulns.n,
		      (unsigned long long)answers, (unsigned long long)differing,
		      seconds() - d->began);
	for (int s = 0; s < EXPOSURE_STATES; s++)
		print_message("#   %s: %llu\n", exposure_state_name((enum exposure_state)s),
			      (unsigned long long)by_state[s]);
	if (differing)
		fail_msg("engine and twin differ");
}

static void duel(struct duel *d)
{
	const struct nation *n = d->n;

	d->first = mem_zero(n->segments.n + 1, sizeof(*d->first));
	for (size_t i = 0; i < n->segments.n; i++)
		d->first[i + 1] = d->first[i] + n->segments.v[i]->ndevices;
	d->states = mem_zero(d->first[n->segments.n] * d->vulns.n + 1, 1);
	d->by_state = mem_zero(d->vulns.n * EXPOSURE_STATES + 1, sizeof(*d->by_state));
	d->differing = mem_zero(d->vulns.n + 1, sizeof(*d->differing));
	parallel_each(n->segments.n, twin_answers, d);
	print_message("# the twin has answered: %.0f s\n", seconds() - d->began);
	parallel_each(d->vulns.n, compare, d);
	report(d);
	for (size_t i = 0; i < ARRAY_LEN(d->hands); i++)
		if (d->hands[i])
			twin_hand_close(d->hands[i]);
	free(d->first);
	free(d->states);
	free(d->by_state);
	free(d->differing);
}

static void a_nation_agrees(void **state)
{
	const char *path = getenv("LYNCHPIN_NATION"), *stamp = getenv("LYNCHPIN_NATION_NOW");
	struct nation n = {0};
	struct duel d = {.n = &n, .began = seconds()};

	(void)state;
	if (!path || !stamp) {
		print_message("skipped: $LYNCHPIN_NATION names no store with an estate, or "
			      "$LYNCHPIN_NATION_NOW no time\n");
		skip();
	}
	assert_true(stamp_parse(str_of(stamp), &n.now_ms));
	nation_open(&n, path);
	print_message("# ready: %.0f s\n", seconds() - d.began);
	sample(&n, number("LYNCHPIN_NATION_CVES", 1000), number("LYNCHPIN_SEED", 1), &d.vulns);
	const struct exposure_parts parts = {.image = n.image,
					     .resolver = {n.resolver, resolve_raw, resolve_os},
					     .now_ms = n.now_ms};
	struct twin *twin = twin_open(&parts, d.vulns.v, d.vulns.n);

	d.twin = twin;
	duel(&d);
	twin_close(twin);
	free(d.vulns.v);
	nation_close(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_nation_agrees)};

	return cmocka_run_group_tests_name("nation", tests, NULL, NULL);
}
