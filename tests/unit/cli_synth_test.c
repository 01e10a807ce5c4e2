#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "cli/synth.h"
#include "wire/wire.h"

/*
 * An invented nation against the figures of doc/synth.md, over intelligence that is invented, too:
 * PRODUCTS programs, each with a version a year, and an update for Windows 10 each month.
 */

enum { PRODUCTS = 300, FIRST_YEAR = 2012, YEARS = 12, MONTHS = 24, KB_FIRST = 5000000 };

struct world {
	struct arena *arena;
	struct intel_image image;
};

static int64_t day(const char *s)
{
	return synth_day_ms(s);
}

static uint16_t line_no(const char *name)
{
	for (size_t i = 0; i < windows_line_count(); i++)
		if (strcmp(windows_line_at(i)->name, name) == 0)
			return (uint16_t)i;
	fail_msg("no line %s", name);
	return 0;
}

/* One vulnerability a version, then one an update. */
static void image_make(struct world *w)
{
	enum { NAMED = PRODUCTS * YEARS };
	struct vuln_row *vulns = ARENA_ARRAY(w->arena, struct vuln_row, NAMED + MONTHS);
	struct config_step *steps = ARENA_ARRAY(w->arena, struct config_step, NAMED);
	struct match *matches = ARENA_ARRAY(w->arena, struct match, NAMED);
	struct fix *fixes = ARENA_ARRAY(w->arena, struct fix, MONTHS);
	/* The first revision comes with the system: no update has it. */
	static const struct rollup rollups[] = {{0, 1, 2130}, {5018482, 2, 2193}};
	static const struct history history = {
		.key = {"10.0.19045", 10}, .rollups = rollups, .nrollups = ARRAY_LEN(rollups)};

	for (uint32_t i = 0; i < NAMED; i++) {
		int year = FIRST_YEAR + (int)(i % YEARS);

		matches[i].cpe =
			arena_fmt(w->arena, "cpe:2.3:a:maker%u:program%u:%d.%u:*:*:*:*:*:*:*",
				  i / YEARS % 40, i / YEARS, 1 + year - FIRST_YEAR, i / YEARS % 7);
		steps[i] = (struct config_step){.op = CONFIG_MATCH, .arg = i & 0x1fffffff};
		vulns[i] = (struct vuln_row){.first_step = i,
					     .nsteps = 1,
					     .published_ms = day_of(year, 3, 1) * MS_PER_DAY};
	}
	for (uint32_t i = 0; i < MONTHS; i++) {
		fixes[i] = (struct fix){
			.line = line_no("10-19044"), .kind = FIX_KB, .kb = KB_FIRST + i};
		vulns[NAMED + i] =
			(struct vuln_row){.first_fix = i,
					  .nfixes = 1,
					  .published_ms = day("2020-10-13") + i * 30 * MS_PER_DAY};
	}
	w->image = (struct intel_image){.vulns = vulns,
					.steps = steps,
					.matches = matches,
					.fixes = fixes,
					.histories = &history,
					.nhistories = 1,
					.nvulns = NAMED + MONTHS,
					.nsteps = NAMED,
					.nmatches = NAMED,
					.nfixes = MONTHS};
}

static int world_open(void **state)
{
	static struct world w;

	w = (struct world){.arena = arena_open()};
	image_make(&w);
	*state = &w;
	return 0;
}

static int world_close(void **state)
{
	struct world *w = *state;

	parallel_set_width(0);
	arena_close(w->arena);
	return 0;
}

/* --- making ------------------------------------------------------------------------------ */

static struct synth_nation nation(struct world *w, const char *as_of, uint64_t devices)
{
	struct synth_nation s = {.as_of_ms = day(as_of),
				 .seed = 7,
				 .devices = devices,
				 .components = 1,
				 .arena = w->arena};

	synth_products_read(&w->image, s.as_of_ms, w->arena, &s.products);
	synth_lines_read(&w->image, s.as_of_ms, w->arena, &s.lines);
	return s;
}

static void orgs_make(struct synth_nation *s, const char *directory)
{
	struct err err = {0};

	if (!synth_orgs_make(s, str_of(directory), &err))
		fail_msg("%s", err.text);
}

struct made {
	struct synth_nation *s;
	struct synth_lists *lists; /* of each organisation */
};

static void make_one(void *ctx, size_t item, unsigned worker)
{
	struct made *m = ctx;
	struct err err = {0};

	(void)worker;
	if (m->s->orgs[item].devices && !m->s->orgs[item].missing &&
	    !synth_inventories_make(m->s, (uint32_t)item, &m->lists[item], &err))
		fail_msg("%s", err.text);
}

static struct made all_made(struct synth_nation *s, unsigned threads)
{
	struct made m = {.s = s, .lists = ARENA_ARRAY(s->arena, struct synth_lists, s->norgs)};

	parallel_set_width(threads);
	parallel_each(s->norgs, make_one, &m);
	return m;
}

static void made_free(struct made *m)
{
	for (size_t i = 0; i < m->s->norgs; i++) {
		for (size_t k = 0; k < m->lists[i].n; k++)
			free((char *)(uintptr_t)m->lists[i].v[k].bytes.p);
		free(m->lists[i].v);
	}
}

/* Over names and bytes, in the organisations' order. */
static uint64_t bytes_hash(const struct made *m)
{
	uint64_t h = 0;

	for (size_t i = 0; i < m->s->norgs; i++) {
		for (size_t k = 0; k < m->lists[i].n; k++) {
			const struct synth_list *l = &m->lists[i].v[k];

			h = u64_hash(h ^ str_hash(str_of(l->name)));
			h = u64_hash(h ^ str_hash(l->bytes));
		}
	}
	return h;
}

static struct synth_tally tally(const struct synth_nation *s)
{
	struct synth_tally t = {0};

	for (size_t i = 0; i < s->norgs; i++) {
		const struct synth_tally *o = &s->orgs[i].made;

		for (unsigned c = 0; c < SYNTH_CLASSES; c++) {
			t.devices[c] += o->devices[c];
			t.ended[c] += o->ended[c];
		}
		for (unsigned g = 0; g < GROUPS; g++)
			t.group[g] += o->group[g];
		t.windows += o->windows;
		t.late += o->late;
		t.rows += o->rows;
	}
	return t;
}

static struct synth_tally tally_of(struct world *w, const char *as_of, uint64_t devices)
{
	struct synth_nation s = nation(w, as_of, devices);
	struct made m;

	orgs_make(&s, "");
	m = all_made(&s, 0);
	made_free(&m);
	return tally(&s);
}

static void about(const char *what, double is, double wanted, double off)
{
	if (is < wanted - off || is > wanted + off)
		fail_msg("%s: %.3f, not %.3f give or take %.3f", what, is, wanted, off);
}

static void share(const char *what, uint64_t n, uint64_t all, double percent, double off)
{
	assert_true(all > 0);
	about(what, 100.0 * (double)n / (double)all, percent, off);
}

/* --- the calibration ------------------------------------------------------------------------ */

/* NHSX open-cyber: 14,424 and 56,773 of 1,232,867 active devices. */
static void the_estate_of_2022(void **state)
{
	struct synth_tally t = tally_of(*state, "2022-09-01", 60000);
	uint64_t desks = t.devices[SYNTH_WORKSTATION];

	share("Windows 7", t.group[GROUP_7], desks, 1.17, 0.2);
	share("Windows 10 without support", t.group[GROUP_OLD_10], desks, 4.60, 0.4);
	/* Its last are in medical devices. */
	share("XP", t.group[GROUP_XP], t.windows, 1, 1);
	/* What lives for fifteen years outlives its system's support. */
	assert_true(t.ended[SYNTH_MEDICAL] * desks >
		    2 * t.ended[SYNTH_WORKSTATION] * t.devices[SYNTH_MEDICAL]);
	share("last seen long ago", t.late, 60000, 2.5, 0.6);
}

/* National Audit Office 2018: XP 15 to 18 %, about 5 %, 1.8 %; Windows 7 more than 90 %. */
static void the_estate_of_wannacry(void **state)
{
	struct synth_tally before = tally_of(*state, "2015-12-01", 30000);
	struct synth_tally may = tally_of(*state, "2017-05-12", 30000);
	struct synth_tally after = tally_of(*state, "2018-01-31", 30000);

	share("XP in 2015", before.group[GROUP_XP], before.windows, 16.5, 1);
	share("XP in May 2017", may.group[GROUP_XP], may.windows, 5, 0.5);
	share("XP in January 2018", after.group[GROUP_XP], after.windows, 1.8, 0.4);
	share("7 in May 2017", may.group[GROUP_7], may.devices[SYNTH_WORKSTATION], 90.5, 1);
}

static double below(const struct synth_nation *s, double devices)
{
	size_t trusts = 0, n = 0;

	for (size_t i = 0; i < s->norgs; i++) {
		if (s->orgs[i].kind != KIND_TRUST)
			continue;
		trusts++;
		n += s->orgs[i].weight < devices;
	}
	return 100.0 * (double)n / (double)trusts;
}

/* Of 215 trusts 21 have fewer than 2,000 devices, 73 than 4,000, 172 than 8,000. */
static void trusts_are_as_large_as_real_ones(void **state)
{
	struct synth_nation s = nation(*state, "2022-09-01", 4000000);

	orgs_make(&s, "");
	about("below 2,000", below(&s, 2000), 100.0 * 21 / 215, 6);
	about("below 4,000", below(&s, 4000), 100.0 * 73 / 215, 7);
	about("below 8,000", below(&s, 8000), 100.0 * 172 / 215, 7);
}

static void some_send_nothing_or_old_lists(void **state)
{
	struct synth_nation s = nation(*state, "2022-09-01", 2000000);
	uint64_t senders = 0, missing = 0, stale = 0, devices = 0;

	orgs_make(&s, "");
	for (size_t i = 0; i < s.norgs; i++) {
		const struct synth_org *o = &s.orgs[i];

		if (o->weight <= 0)
			continue;
		senders++;
		missing += o->missing;
		stale += !o->missing && s.as_of_ms - o->taken_ms > 7 * MS_PER_DAY;
		devices += o->missing ? 0 : o->devices;
	}
	assert_int_equal(devices, 2000000);
	share("without inventory", missing, senders, 18, 2);
	share("old", stale, senders - missing, 8, 1);
}

/* The share of the trusts that has so much Windows 10 without support, to 5 in a hundred. */
static void trusts_differ_as_in_2022(void **state)
{
	const char *data = getenv("LYNCHPIN_DATA"), *source = getenv("LYNCHPIN_SOURCE");
	uint32_t real[21] = {0}, drawn[21] = {0}, trusts = 0;
	AUTO(text_freep) struct text bytes = {0};
	char path[1024]; /* skip() does not come back to free anything */
	struct rng rng = rng_of(1, 0);
	const struct csv_row *row;
	struct err err = {0};
	uint64_t percent;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s%s/nhs/windows_estate_by_trust_2022_ANONYMISED.csv",
		       data	? ""
		       : source ? source
				: ".",
		       data ? data : "/../shared/data");
	if (!file_read(path, 1 << 20, &bytes, &err)) {
		print_message("no %s: set LYNCHPIN_DATA to where the real tables are\n", path);
		skip();
	}
	AUTO(csv_closep)
	struct csv *csv = csv_open(text_str(&bytes), (struct csv_options){.comments = true});
	assert_true(csv_header(csv, &err));
	while (csv_next(csv, &row, &err) && row) {
		assert_true(str_to_u64(csv_field(row, 1), &percent) && percent <= 100);
		real[percent / 5]++;
		trusts++;
	}
	assert_int_equal(trusts, 215);
	for (unsigned i = 0; i < 21500; i++)
		drawn[(unsigned)MIN_OF((synth_spread(&rng) * 4.6 + 2.5) / 5, 20)]++;
	for (unsigned i = 0; i < 21; i++)
		share("trusts at so many in a hundred", drawn[i], 21500, 100.0 * real[i] / 215, 1);
}

/* --- devices --------------------------------------------------------------------------------- */

static void a_device_has_a_hundred_components(void **state)
{
	struct synth_nation s = nation(*state, "2022-09-01", 2000);
	struct synth_tally t;
	struct made m;

	s.components = 100;
	orgs_make(&s, "");
	m = all_made(&s, 0);
	made_free(&m);
	t = tally(&s);
	about("software a device", (double)t.rows / 2000, 97, 5);
}

struct patching {
	double months[MONTHS]; /* organisations, each parted among its devices */
	uint32_t orgs;
};

/* Which month's update stands first in a row of the line that has them. */
static void patching_of(const struct synth_list *l, struct patching *p)
{
	struct str rest = l->bytes, row;
	uint32_t months[MONTHS] = {0}, devices = 0;

	while (str_next_line(&rest, &row)) {
		size_t at = str_find(row, STR("10.0.19044,"), 0);
		size_t kb = at == SIZE_MAX ? at : str_find(row, STR(",KB"), at);
		uint64_t n;

		if (kb == SIZE_MAX || !str_to_u64(str_sub(row, kb + 3, 7), &n))
			continue;
		assert_in_range(n, KB_FIRST, KB_FIRST + MONTHS - 1);
		months[n - KB_FIRST]++;
		devices++;
	}
	for (unsigned i = 0; i < MONTHS && devices; i++)
		p->months[i] += 100.0 * months[i] / devices;
	p->orgs += devices > 0;
}

/* Around a month behind, a few for long. */
static void updates_come_late(void **state)
{
	struct synth_nation s = nation(*state, "2022-09-20", 40000);
	struct patching p = {0};
	double long_ago = 0;
	struct made m;

	orgs_make(&s, "");
	m = all_made(&s, 0);
	for (size_t i = 0; i < s.norgs; i++)
		if (m.lists[i].n)
			patching_of(&m.lists[i].v[0], &p);
	made_free(&m);
	assert_true(p.orgs > 100);
	for (unsigned i = 0; i < 18; i++)
		long_ago += p.months[i];
	/* The last came out 17 days ago, the one before 47, the eighteenth 197. */
	about("at once", p.months[23] / p.orgs, 28, 8);
	about("within a month", p.months[22] / p.orgs, 36, 8);
	about("half a year behind", long_ago / p.orgs, 5, 4);
}

static size_t times_in(const struct made *m, const char *what)
{
	size_t n = 0, at;

	for (size_t i = 0; i < m->s->norgs; i++) {
		for (size_t k = 0; k < m->lists[i].n; k++) {
			struct str bytes = m->lists[i].v[k].bytes;

			for (at = 0; (at = str_find(bytes, str_of(what), at)) != SIZE_MAX; at++)
				n++;
		}
	}
	return n;
}

static void what_has_no_number_is_no_update(void **state)
{
	struct synth_nation s = nation(*state, "2022-11-30", 3000);
	struct made m;

	orgs_make(&s, "");
	m = all_made(&s, 0);
	assert_true(times_in(&m, "10.0.19045.2130,no,off,none") +
			    times_in(&m, "10.0.19045.2130,no,on,none") >
		    0);
	assert_true(times_in(&m, "10.0.19045.2193,no,off,KB5018482,") > 0);
	assert_int_equal(times_in(&m, "KB0"), 0);
	made_free(&m);
}

static uint64_t made_hash(struct world *w, uint64_t seed, unsigned threads)
{
	struct synth_nation s = nation(w, "2022-09-01", 3000);
	struct made m;
	uint64_t h;

	s.seed = seed;
	s.components = 20;
	orgs_make(&s, "");
	m = all_made(&s, threads);
	h = bytes_hash(&m);
	made_free(&m);
	return h;
}

static void a_seed_is_a_nation_on_any_number_of_threads(void **state)
{
	uint64_t h = made_hash(*state, 1, 1);

	assert_true(h == made_hash(*state, 1, 1));
	assert_true(h == made_hash(*state, 1, 2));
	assert_true(h == made_hash(*state, 1, 7));
	assert_true(h != made_hash(*state, 2, 1));
}

/* --- products -------------------------------------------------------------------------------- */

static void a_version_is_of_its_time(void **state)
{
	struct world *w = *state;
	struct synth_nation s = nation(w, "2017-05-12", 100);

	assert_int_equal(s.products.known, PRODUCTS);
	for (size_t i = 0; i < s.products.known; i++) {
		const struct synth_product *p = &s.products.v[i];

		for (uint32_t k = 0; k < p->n; k++) {
			assert_true(p->versions[k].since_ms <= s.as_of_ms);
			if (!k)
				continue;
			assert_true(p->versions[k - 1].since_ms <= p->versions[k].since_ms);
			assert_true(version_compare(VERSION_GENERIC, p->versions[k - 1].text,
						    p->versions[k].text) < 0);
		}
		/* The seventh year's began with "6.", the eighth's is not out. */
		assert_true(str_starts(synth_version_at(p, s.as_of_ms), STR("6.")));
		assert_true(str_starts(synth_version_at(p, day("2013-06-01")), STR("2.")));
	}
}

/* --- names -------------------------------------------------------------------------------------
 */

static const char real_directory[] =
	"code,name,role,parent,region,patients,staff,beds,closed\n"
	"Q1,Northern Region,region,,,,,,\n"
	"RXX,Lorncombe Hospitals,trust,,Q1,,4321,,\n"
	"RYY,Alderwick Infirmary,trust,,Q1,,,700,\n"
	"A81001,Elm Tree Surgery,gp_practice,,Q1,8123,,,\n"
	"A81002,Alderwick Lane Surgery,gp_practice,,Q1,4000,,,\n"
	"A81003,Brambay Road Practice,gp_practice,,Q1,4000,,,2016-01-01\n"
	"FA1,Corner Chemist,pharmacy,,Q1,,,,\n"
	"8HX01,Real Systems Limited,supplier,,,,,,\n";

static void nobody_in(struct str bytes)
{
	static const char *const real[] = {"Northern Region",
					   "Lorncombe Hospitals",
					   "Alderwick Infirmary",
					   "Elm Tree",
					   "Alderwick Lane Surgery",
					   "Brambay Road Practice",
					   "Corner Chemist",
					   "Real Systems",
					   "A8100",
					   "RXX",
					   "RYY",
					   "8HX01",
					   "FA1",
					   "8123",
					   "4321"};

	for (size_t i = 0; i < ARRAY_LEN(real); i++)
		if (str_find_ci(bytes, str_of(real[i]), 0) != SIZE_MAX)
			fail_msg("%s is in it", real[i]);
}

static void nobody_real_is_named(void **state)
{
	struct synth_nation s = nation(*state, "2022-09-01", 3000);
	AUTO(text_freep) struct text orgs = {0}, ties = {0};
	struct made m;

	orgs_make(&s, real_directory);
	assert_int_equal(s.norgs, 7);
	synth_orgs_text(&s, &orgs, &ties);
	nobody_in(text_str(&orgs));
	nobody_in(text_str(&ties));
	m = all_made(&s, 0);
	for (size_t i = 0; i < s.norgs; i++) {
		for (size_t k = 0; k < m.lists[i].n; k++) {
			nobody_in(m.lists[i].v[k].bytes);
			nobody_in(str_of(m.lists[i].v[k].name));
		}
	}
	made_free(&m);
}

/* 12.3 devices a bed, 1.16 a post, and a practice after its patients. */
static void sizes_follow_the_directory(void **state)
{
	struct synth_nation s = nation(*state, "2022-09-01", 3000);

	orgs_make(&s, real_directory);
	about("by staff", s.orgs[1].weight / (4300 * 1.16), 1, 0.6);
	about("by beds", s.orgs[2].weight / (700 * 12.3), 1, 0.6);
	about("by patients", s.orgs[3].weight / (3 + 8100 / 320.0), 1, 0.6);
	assert_true(str_eq(s.orgs[1].region, s.orgs[0].code));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_estate_of_2022, world_open, world_close),
		cmocka_unit_test_setup_teardown(the_estate_of_wannacry, world_open, world_close),
		cmocka_unit_test_setup_teardown(trusts_are_as_large_as_real_ones, world_open,
						world_close),
		cmocka_unit_test_setup_teardown(some_send_nothing_or_old_lists, world_open,
						world_close),
		cmocka_unit_test(trusts_differ_as_in_2022),
		cmocka_unit_test_setup_teardown(a_device_has_a_hundred_components, world_open,
						world_close),
		cmocka_unit_test_setup_teardown(updates_come_late, world_open, world_close),
		cmocka_unit_test_setup_teardown(what_has_no_number_is_no_update, world_open,
						world_close),
		cmocka_unit_test_setup_teardown(a_seed_is_a_nation_on_any_number_of_threads,
						world_open, world_close),
		cmocka_unit_test_setup_teardown(a_version_is_of_its_time, world_open, world_close),
		cmocka_unit_test_setup_teardown(nobody_real_is_named, world_open, world_close),
		cmocka_unit_test_setup_teardown(sizes_follow_the_directory, world_open,
						world_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
