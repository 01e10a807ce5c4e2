#include "cli/member.h"
#include "cli/rehearse.h"
#include "cli/sight.h"

#include "base/file.h"
#include "base/parallel.h"
#include "estate/estate.h"
#include "exposure/exposure.h"
#include "rehearsal/rehearsal.h"

/* A worm over the declared estate: who would be hit, in ranges. */

enum { FILE_MOST = 64 << 10, ORGS_SHOWN = 20 };

const struct cli_option worm_options[] = {
	{"--runs", "N", "so many, each with chance of its own (else 1,000)"},
	{"--from-run", "N", "numbered from N: parts of a rehearsal, on several machines (else 0)"},
	{"--seed", "N", "of chance: the same number, the same runs (else 1)"},
	{"--set", "WORD=VALUE...", "instead of what the scenario says: scan=10..60"},
	{"--by", "WHAT", "range (the default), org, time, or scenario: what was run"},
	{"--limit", "N", "organisations at most (else 20; 0: all)"},
	{NULL, NULL, NULL},
};

struct stage { /* what a rehearsal stands on, closed in the right order */
	struct acts *acts;
	struct sight sight;
	struct intel_image *image;
	struct estate *estate;
	struct exposure_world *world;
	struct ground ground;
	struct scenario scenario;
	struct worm worm;
	struct worm_result result;
};

static void stage_release(struct stage *s)
{
	worm_result_free(&s->result);
	ground_release(&s->ground);
	exposure_world_closep(&s->world);
	estate_closep(&s->estate);
	intel_image_closep(&s->image);
	acts_closep(&s->acts);
}

/* --- the scenario ----------------------------------------------------------------------------- */

static bool scenario_from(struct cli *c, const char *name, struct scenario *ret, struct err *err)
{
	AUTO(text_freep) struct text bytes = {0};

	for (const struct scenario_shipped *s = scenarios_shipped; s->word; s++)
		if (strcmp(s->word, name) == 0)
			return scenario_read(str_of(name), str_of(s->text), c->arena, ret, err);
	if (file_read(name, FILE_MOST, &bytes, err))
		return scenario_read(str_of(name), text_str(&bytes), c->arena, ret, err);
	if (err->code != ERR_NOT_FOUND)
		return false;
	err_set(err, ERR_NOT_FOUND, "there is no scenario file %s; with the program come:", name);
	for (const struct scenario_shipped *s = scenarios_shipped; s->word; s++)
		err_hint(err, " %s", s->word);
	return false;
}

static bool settings_take(struct cli *c, struct scenario *s, struct err *err)
{
	const char *given;

	for (unsigned i = 0; (given = cli_opt_at(c, "--set", i)) != NULL; i++) {
		struct str all = str_of(given);
		size_t at = str_find_char(all, '=', 0);

		if (at == SIZE_MAX)
			return err_set(err, ERR_USAGE, "--set takes WORD=VALUE, not \"%s\"", given);
		if (!scenario_set(s, str_trim(str_sub(all, 0, at)),
				  str_trim(str_from_offset(all, at + 1)), c->arena, err))
			return err_wrap(err, "--set");
	}
	return true;
}

/* Else all devices would be unknown, and who may be hit is what one supposes of them. */
static bool is_known(const struct stage *s, struct err *err)
{
	const struct scenario_words *cves = &s->scenario.cves;

	for (size_t i = 0; i < cves->n; i++)
		if (!intel_image_find(s->image, cves->v[i]))
			return err_set(
				err, ERR_NOT_FOUND,
				"no feed speaks of %.*s: nobody can tell who is exposed to it",
				STR_FMT(cves->v[i]));
	return true;
}

/* --- the stage -------------------------------------------------------------------------------- */

static bool stage_open(struct cli *c, struct stage *s, struct err *err)
{
	const struct scenario_words *cves = &s->scenario.cves;
	struct exposure_sources sources;

	if (!cli_open(c, ACTS_READ, &s->acts, err) || !sight_open(c, s->acts, &s->sight, err) ||
	    !sight_right(&s->sight, "rehearsal.run", err) ||
	    !intel_image_load(acts_store(s->acts), cves->v, cves->n, &s->image, err) ||
	    !is_known(s, err) || !estate_open(acts_journal(s->acts), &s->estate, err))
		return false;
	sources = (struct exposure_sources){.store = acts_store(s->acts),
					    .image = s->image,
					    .estate = s->estate,
					    .now_ms = acts_now_ms(s->acts)};
	return exposure_world_open(&sources, &s->world, err) &&
	       ground_open(s->world, &s->sight.view, *cves, &s->ground, err);
}

static bool stage_run(struct cli *c, struct stage *s, struct err *err)
{
	int64_t began_ns;

	s->worm = (struct worm){.ground = &s->ground, .scenario = &s->scenario};
	if (!cli_opt_u64(c, "--runs", 1000, &s->worm.runs, err) ||
	    !cli_opt_u64(c, "--from-run", 0, &s->worm.first, err) ||
	    !cli_opt_u64(c, "--seed", 1, &s->worm.seed, err) || !worm_check(&s->worm, err))
		return false;
	began_ns = clock_monotonic_ns();
	worm_runs(&s->worm, &s->result);
	cli_note(c, "%ju runs in %.3f s", (uintmax_t)s->worm.runs,
		 (double)(clock_monotonic_ns() - began_ns) / 1e9);
	return true;
}

static void note_head(struct listing *l, const struct stage *s)
{
	char at[STAMP_BYTES];

	listing_note(l, "scenario", s->scenario.name);
	listing_note(l, "as_of", stamp_format(acts_now_ms(s->acts), at));
	listing_note_int(l, "simulated", (int64_t)s->worm.runs);
	listing_note_int(l, "seed", (int64_t)s->worm.seed);
	listing_note_int(l, "first_run", (int64_t)s->worm.first);
	listing_note_int(l, "organisations", s->ground.norgs);
	listing_note_int(l, "devices", (int64_t)s->ground.devices);
	listing_note_int(l, "concerned", s->ground.concerned);
}

/* --- ranges ----------------------------------------------------------------------------------- */

static double devices_of(const struct worm_run *r)
{
	return r->devices;
}
static double orgs_of(const struct worm_run *r)
{
	return r->orgs;
}
static double cut_of(const struct worm_run *r)
{
	return r->cut_off;
}
static double spared_of(const struct worm_run *r)
{
	return r->spared;
}
static double last_of(const struct worm_run *r)
{
	return r->last_s / 3600.0;
}

static const struct {
	const char *about;
	double (*of)(const struct worm_run *r);
	int decimals;
} figures[] = {
	{"devices infected", devices_of, 0},	     {"organisations infected", orgs_of, 0},
	{"organisations cut off", cut_of, 0},	     {"of them never infected", spared_of, 0},
	{"hours to the last infection", last_of, 1},
};

static bool by_range(struct cli *c, const struct stage *s, struct err *err)
{
	struct listing *l = spread_begin(c, "ranges");
	AUTO(freep) double *v = mem_zero(s->worm.runs, sizeof(*v));

	for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
		for (uint64_t k = 0; k < s->worm.runs; k++)
			v[k] = figures[i].of(&s->result.v[k]);
		spread_row(l, str_of(figures[i].about), v, s->worm.runs, figures[i].decimals);
	}
	note_head(l, s);
	return listing_end(l, "", err);
}

/* Devices infected up to each of even steps of the time that one looks. */
static bool by_time(struct cli *c, const struct stage *s, struct err *err)
{
	struct listing *l = spread_begin(c, "times");
	uint64_t n = s->result.ncurves;
	AUTO(freep) double *v = mem_zero(n, sizeof(*v));

	for (unsigned i = 3; i < WORM_LOOKS; i += 4) {
		double hours = s->scenario.hi[SCENARIO_LASTS] / 3600 * (i + 1) / WORM_LOOKS;

		for (uint64_t k = 0; k < n; k++)
			v[k] = s->result.curve[k * WORM_LOOKS + i];
		spread_row(l, arena_fmt(c->arena, "%.1f h", hours), v, n, 0);
	}
	note_head(l, s);
	return listing_end(l, "", err);
}

/* --- organisations ---------------------------------------------------------------------------- */

struct likely {
	const struct ground_org *org;
	const struct worm_org *is;
};

static int likeliest_first(const void *a, const void *b)
{
	const struct likely *x = a, *y = b;

	if (x->is->runs != y->is->runs)
		return x->is->runs > y->is->runs ? -1 : 1;
	if (x->is->devices != y->is->devices)
		return x->is->devices > y->is->devices ? -1 : 1;
	return str_cmp(x->org->code, y->org->code);
}

static void org_row(struct listing *l, const struct stage *s, const struct likely *k)
{
	double runs = (double)s->worm.runs;

	listing_text(l, k->org->code);
	listing_text(l, k->org->name);
	listing_text(l, k->org->role);
	listing_text(l, k->org->region);
	listing_real(l, 100 * k->is->runs / runs, 1);
	if (k->is->runs) {
		listing_real(l, (double)k->is->devices / k->is->runs, 1);
		listing_real(l, (double)k->is->first_s / k->is->runs / 3600, 1);
	} else {
		listing_null(l);
		listing_null(l);
	}
	listing_int(l, k->org->exposed);
	listing_int(l, k->org->unknown);
	listing_int(l, k->org->devices);
}

static bool by_org(struct cli *c, struct stage *s, struct err *err)
{
	static const struct column columns[] = {
		{"org", "org", false},
		{"name", "name", false},
		{"role", "role", false},
		{"region", "region", false},
		{"infected", "infected %", true},
		{"devices_then", "devices then", true},
		{"first_hours", "after h", true},
		{"exposed", "exposed", true},
		{"unknown", "unknown", true},
		{"devices", "devices", true},
		{NULL, NULL, false},
	};
	struct listing *l = listing_begin(c, "organisations", columns);
	AUTO(listing_dropp) struct listing *held = l;
	AUTO(freep) struct likely *v = mem_zero((size_t)s->ground.norgs + 1, sizeof(*v));
	uint64_t limit, hidden = 0, shown = 0;

	if (!cli_opt_u64(c, "--limit", ORGS_SHOWN, &limit, err))
		return false;
	for (uint32_t i = 0; i < s->ground.norgs; i++)
		v[i] = (struct likely){&s->ground.orgs[i], &s->result.orgs[i]};
	qsort(v, s->ground.norgs, sizeof(*v), likeliest_first);
	for (uint32_t i = 0; i < s->ground.norgs && (!limit || shown < limit); i++) {
		enum directory_sees sees;

		if (!sight_sees(&s->sight, v[i].org->code, &sees, err))
			return false;
		hidden += sees == SEES_NOTHING;
		if (sees == SEES_NOTHING)
			continue;
		org_row(l, s, &v[i]);
		shown++;
	}
	note_head(l, s);
	sight_hidden(l, &s->sight, hidden);
	held = NULL;
	return listing_end(l, "", err);
}

/* --- what was run ----------------------------------------------------------------------------- */

static bool by_scenario(struct cli *c, struct stage *s, struct err *err)
{
	static const struct column columns[] = {
		{"word", "word", false},
		{"value", "value", false},
		{"about", "what it is", false},
		{NULL, NULL, false},
	};
	struct listing *l = listing_begin(c, "scenario", columns);

	for (int i = 0; i < SCENARIO_PARAMS; i++) {
		listing_text(l, str_of(scenario_params[i].word));
		listing_text(l, scenario_value(&s->scenario, (enum scenario_param)i, c->arena));
		listing_text(l, str_of(scenario_params[i].about));
	}
	listing_note(l, "name", s->scenario.name);
	listing_note(l, "about", s->scenario.about);
	return listing_end(l, "", err);
}

bool rehearse_run(struct cli *c, struct err *err)
{
	AUTO(stage_release) struct stage s = {0};
	const char *by = cli_opt(c, "--by");

	if (!scenario_from(c, c->args[0], &s.scenario, err) || !settings_take(c, &s.scenario, err))
		return false;
	if (by && strcmp(by, "scenario") == 0)
		return by_scenario(c, &s, err);
	if (by && strcmp(by, "range") != 0 && strcmp(by, "org") != 0 && strcmp(by, "time") != 0)
		return err_set(err, ERR_USAGE, "--by range, org, time or scenario, not \"%s\"", by);
	if (!stage_open(c, &s, err) || !stage_run(c, &s, err))
		return false;
	return !by || strcmp(by, "range") == 0 ? by_range(c, &s, err)
	       : strcmp(by, "org") == 0	       ? by_org(c, &s, err)
					       : by_time(c, &s, err);
}

/* --- bench ------------------------------------------------------------------------------------ */

enum { BENCH_ORGS = 10000, BENCH_DEVICES = 2 * 1000 * 1000 };

struct worm_bench {
	const char *text; /* scenario */
	uint64_t runs;
	unsigned width; /* threads; 0: as many as there are processors */
};

/* As large an outbreak as in May 2017, so far as is known: some 12,000 devices. */
#define LIKE_WANNACRY                                                                              \
	"exploits CVE-2017-0144\nseeds 5\nscan 25\nopen 6.2 %\ndetects 2 h\nkill-switch 7.5 h\n"   \
	"proxied 30 %\ninner 0\n"
#define EVERYBODY "exploits CVE-2017-0144\nseeds 100\nscan 60\nopen 100 %\ninner 4\nisolates 0\n"

static const struct worm_bench benches[] = {
	{LIKE_WANNACRY, 250, 1},
	{LIKE_WANNACRY, 1000, 0},
	{EVERYBODY, 20, 0},
};

/* To *ret how many devices are infected, on average of the runs. */
static bool bench_one(const struct worm_bench *b, const struct ground *g, double *ret,
		      struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct scenario s;
	struct worm w = {.ground = g, .scenario = &s, .seed = 1, .runs = b->runs};
	struct worm_result r;
	double sum = 0;

	if (!scenario_read(STR("bench"), str_of(b->text), arena, &s, err) || !worm_check(&w, err))
		return false;
	parallel_set_width(b->width);
	worm_runs(&w, &r);
	parallel_set_width(0);
	for (uint64_t i = 0; i < b->runs; i++)
		sum += r.v[i].devices;
	worm_result_free(&r);
	return *ret = sum / (double)b->runs, true;
}

bool worm_bench(struct cli *c, struct bench_rows *rows, struct err *err)
{
	AUTO(ground_release) struct ground g = {0};

	ground_random(BENCH_ORGS, BENCH_DEVICES, 1, &g);
	bench_measured(rows, "a nation made up", (double)g.devices, "devices");
	for (size_t i = 0; i < ARRAY_LEN(benches); i++) {
		double mean;

		if (!bench_one(&benches[i], &g, &mean, err))
			return false;
		bench_measured(rows,
			       arena_fmt(c->arena, "worm, %.0f devices each, %s", mean,
					 benches[i].width ? "one processor" : "all")
				       .p,
			       (double)benches[i].runs, "runs");
	}
	return true;
}
