#include "model.h"

#include "../unit/intel_world.h"

/*
 * Real vulnerabilities against devices that hold real products: what the feeds
 * really say, which nobody would think of making up.
 */

#define RECEIVED_MS ((int64_t)1790000000000) /* after every feed */
enum { DEVICES = 36, COMPONENTS = 60, ASKED = 400, KBS = 4 };

static bool feed_path(const char *name, char path[512])
{
	const char *data = getenv("LYNCHPIN_DATA"), *source = getenv("LYNCHPIN_SOURCE");

	if (data)
		snprintf(path, 512, "%s/%s", data, name);
	else
		snprintf(path, 512, "%s/../shared/data/%s", source ? source : ".", name);
	return file_exists(path);
}

static bool image_of_feeds(struct world *w, struct intel_image **ret, struct err *err)
{
	static const char *const names[] = {"vuln/nvd-1.1/nvdcve-1.1-2017.json.xz",
					    "vuln/microsoft/wesng-CVEs_20260628.csv.xz",
					    "msrc/windows_update_history.tsv"};
	char paths[ARRAY_LEN(names)][512];
	struct intel_job jobs[ARRAY_LEN(names)] = {{0}};
	bool ok;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!feed_path(names[i], paths[i])) {
			print_message("skipped: %s is not there\n", paths[i]);
			skip();
		}
		jobs[i].path = paths[i];
	}
	ok = world_open(w, err) &&
	     world_import_files(w, jobs, ARRAY_LEN(names), RECEIVED_MS, err) &&
	     intel_image_load(w->store, NULL, 0, ret, err);
	intel_jobs_release(jobs, ARRAY_LEN(names));
	return ok;
}

/* A component that a criterion means, or just misses. */
static void real_component(struct rng *r, struct maker *m, const struct match *match)
{
	AUTO(text_freep) struct text cpe = {0};
	struct cpe c;
	struct err err;

	if (!cpe_parse(m->arena, match->cpe, &c, &err))
		return;
	if (match->end.n && rng_below(r, 4))
		c.attr[CPE_VERSION] = cpe_attr_of(m->arena, match->end);
	else if (match->start.n && rng_below(r, 2))
		c.attr[CPE_VERSION] = cpe_attr_of(m->arena, match->start);
	else if (c.attr[CPE_VERSION].kind != CPE_VALUE)
		c.attr[CPE_VERSION] = cpe_attr_of(m->arena, rng_below(r, 4) ? STR("1.0") : STR(""));
	for (int i = CPE_EDITION; i < CPE_ATTRS; i++)
		if (rng_below(r, 2))
			c.attr[i].kind = CPE_ANY;
	if (c.attr[CPE_UPDATE].kind == CPE_NA && rng_below(r, 2))
		c.attr[CPE_UPDATE].kind = CPE_ANY;
	cpe_format_23(&c, &cpe);
	make_cpe(m, arena_str(m->arena, text_str(&cpe)).p);
}

static void real_system(struct rng *r, struct maker *m, const struct intel_image *image)
{
	static const char *const names[] = {"7sp1",	 "7",	   "10-14393", "10-10586", "xpsp3",
					    "2008r2sp1", "2012r2", "vistasp2", "2016",	   "8.1"};
	const struct windows_line *line =
		windows_line_by_name(str_of(names[rng_below(r, ARRAY_LEN(names))]));
	const struct history *h = line ? intel_image_history(image, line) : NULL;
	struct windows_version v = {0};

	if (!line)
		return;
	v = (struct windows_version){.major = line->major,
				     .minor = line->minor,
				     .build = line->build,
				     .sp = line->sp,
				     .server = line->server,
				     .arch = WINDOWS_X64};
	for (uint32_t i = 0; h && h->nrollups && i < rng_below(r, KBS); i++) {
		const struct rollup *up = &h->rollups[rng_below(r, h->nrollups)];

		make_kb(m, up->kb);
		v.revision = rng_below(r, 3) ? up->revision : 0;
	}
	if (image->nfixes && rng_below(r, 2))
		make_kb(m, image->fixes[rng_below(r, image->nfixes)].kb);
	make_windows(m, v);
}

static const struct segment *real_segment(struct rng *r, struct arena *a,
					  const struct intel_image *image)
{
	struct maker m = {.arena = a};

	for (int i = 0; i < DEVICES; i++) {
		make_device(&m, arena_fmt(a, "d%03d", i).p);
		for (int f = 0; f < FACETS && rng_below(r, 6) == 0; f++)
			m.devices.v[i].facet[f].seen_ms -= 60 * MS_PER_DAY;
		if (rng_below(r, 5))
			real_system(r, &m, image);
		for (int k = 0; k < COMPONENTS; k++)
			real_component(r, &m, &image->matches[rng_below(r, image->nmatches)]);
	}
	return make_segment(&m, "REAL");
}

/* Those that expose or fix somebody, and as many others. */
static bool asked(struct rng *r, const struct exposure_totals *all, uint32_t i)
{
	return all->exposed[i] ? rng_below(r, 8) == 0 : rng_below(r, 200) == 0;
}

static bool real_agree(const struct intel_image *image, struct census *c)
{
	AUTO(arena_closep) struct arena *a = arena_open();
	struct rng r = rng_of(2017, 5);
	const struct segment *segment = real_segment(&r, a, image);
	struct exposure_parts p = {.image = image,
				   .segments = &segment,
				   .nsegments = 1,
				   .resolver = exposure_resolver_stated(),
				   .now_ms = MADE_NOW_MS};
	AUTO(exposure_world_closep) struct exposure_world *w = exposure_world_of(&p);
	struct exposure_totals all;
	size_t n = 0;
	bool ok = true;

	exposure_sweep(w, a, &all);
	for (uint32_t i = 0; i < image->nvulns && ok && n < ASKED; i++) {
		if (!asked(&r, &all, i))
			continue;
		n++;
		ok = devices_agree(w, &p, &image->vulns[i], a, c);
	}
	return ok && n > ASKED / 4;
}

void real_vulnerabilities_agree(void **state)
{
	AUTO(intel_image_closep) struct intel_image *image = NULL;
	struct census c = {0};
	struct world w = {0};
	struct err err = {0};
	bool ok;

	(void)state;
	ok = image_of_feeds(&w, &image, &err);
	world_close(&w);
	if (!ok)
		fail_msg("%s", err.text);
	if (!real_agree(image, &c))
		fail_msg("they differ on real vulnerabilities");
	print_message("# real: %llu answers: %llu exposed, %llu unknown, %llu fixed\n",
		      (unsigned long long)c.answers,
		      (unsigned long long)c.by_state[EXPOSURE_EXPOSED],
		      (unsigned long long)c.by_state[EXPOSURE_UNKNOWN],
		      (unsigned long long)c.by_state[EXPOSURE_FIXED]);
	assert_true(c.by_state[EXPOSURE_EXPOSED] && c.by_state[EXPOSURE_FIXED]);
}
