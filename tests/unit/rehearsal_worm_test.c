#include "rehearsal/rehearsal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/parallel.h"

enum { RUNS = 400 };

static struct scenario scenario_of(const char *text, struct arena *arena)
{
	struct scenario s;
	struct err err = {0};

	if (!scenario_read(STR("test"), str_of(text), arena, &s, &err))
		fail_msg("%s", err.text);
	return s;
}

static int real_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov's greatest distance between two samples of n; sorts them. */
static double distance(double *x, double *y, size_t n)
{
	size_t i = 0, j = 0;
	double most = 0;

	qsort(x, n, sizeof(*x), real_order);
	qsort(y, n, sizeof(*y), real_order);
	while (i < n && j < n) {
		double v = x[i] < y[j] ? x[i] : y[j], d;

		while (i < n && x[i] <= v)
			i++;
		while (j < n && y[j] <= v)
			j++;
		d = fabs((double)i - (double)j) / (double)n;
		most = d > most ? d : most;
	}
	return most;
}

/* What is compared of a run: 0 devices, 1 organisations, 2 last infection, 3 cut off, 4 spared, and
 * 5 infected by a third of the time. */
enum { FIGURES = 6 };
static double figure(const struct worm_result *r, size_t run, int which)
{
	const struct worm_run *v = &r->v[run];
	const double all[FIGURES] = {v->devices, v->orgs,   v->last_s,
				     v->cut_off, v->spared, r->curve[run * WORM_LOOKS + 31]};

	return all[which];
}

/* The lumped form and the device by device one, on the same scenario with other chance. */
static void compare(const char *name, const char *text, const struct ground *g)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct scenario s = scenario_of(text, arena);
	struct worm w = {.ground = g, .scenario = &s, .seed = 11, .runs = RUNS};
	struct worm other = w;
	struct worm_result ours, twin;
	static double x[RUNS], y[RUNS];
	struct err err = {0};

	if (!worm_check(&w, &err))
		fail_msg("%s: %s", name, err.text);
	other.seed = 12;
	worm_runs(&w, &ours);
	worm_agents(&other, &twin);
	for (int f = 0; f < FIGURES; f++) {
		double sums[2] = {0}, d;

		for (size_t i = 0; i < RUNS; i++) {
			sums[0] += x[i] = figure(&ours, i, f);
			sums[1] += y[i] = figure(&twin, i, f);
		}
		d = distance(x, y, RUNS);
		if (d >= 1.95 * sqrt(2.0 / RUNS)) /* p = 0.001 in the limit (Smirnov 1948) */
			fail_msg("%s: figure %d lies %.3f apart; means %.3f and %.3f", name, f, d,
				 sums[0] / RUNS, sums[1] / RUNS);
	}
	worm_result_free(&ours);
	worm_result_free(&twin);
}

static const struct {
	const char *name, *text;
} laws[] = {
	{"sweep and nation",
	 "exploits CVE-2017-0144\nspace 1e6\nscan 2\nseeds 3\nlasts 2 h\nlives 20 min\nopen 60 %\n"
	 "isolates 0\ntakes 80 %\n"},
	{"cut off and contained",
	 "exploits CVE-2017-0144\nspace 1e6\nscan 4\nseeds 3\nlasts 2 h\nlives 1 h\nopen 50 %\n"
	 "isolates 80 %\ndetects 15 min\ncontains 10 min\n"},
	{"within organisations", "exploits CVE-2017-0144\nspace 1e7\nscan 5\ninner 1\ninner-space "
				 "40000\nseeds 2\nlasts 2 h\n"
				 "lives 1 h\nopen 30 %\ndetects 20 min\ncontains 20 min\n"},
	{"kill switch, warning, patches",
	 "exploits CVE-2017-0144\nspace 1e6\nscan 6\nseeds 3\nlasts 2 h\nlives 1 h\nopen 50 %\n"
	 "kill-switch 30 min\nproxied 40 %\nwarned 40 min\nobeys 50 %\nobeys-in 20 min\n"
	 "patched 40 %\npatches 70 %\n"},
	{"no sweep",
	 "exploits CVE-2017-0144\nspace 1e6\nscan 3\nsweep 0\ninner 2\ninner-space 10000\nseeds 4\n"
	 "lasts 1 h\nlives 30 min\nopen 50 %\nisolates 50 %\ndetects 10 min\n"},
	{"nearly everybody",
	 "exploits CVE-2017-0144\nspace 1e5\nscan 3\nseeds 3\nlasts 1 h\nlives 40 min\nopen 90 %\n"
	 "isolates 0\n"},
};

static void test_the_two_forms_have_one_law(void **state)
{
	AUTO(ground_release) struct ground g = {0};

	(void)state;
	ground_random(60, 6000, 3, &g);
	assert_true(g.concerned > 200 && g.nsubnets > 40);
	for (size_t i = 0; i < ARRAY_LEN(laws); i++)
		compare(laws[i].name, laws[i].text, &g);
}

static void test_same_bytes_on_any_number_of_threads(void **state)
{
	AUTO(ground_release) struct ground g = {0};
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct scenario s = scenario_of(scenarios_shipped[0].text, arena);
	struct worm w = {.ground = &g, .scenario = &s, .seed = 5, .runs = 200};
	struct worm_result one, many, part;

	(void)state;
	ground_random(500, 60000, 2, &g);
	parallel_set_width(1);
	worm_runs(&w, &one);
	parallel_set_width(4);
	worm_runs(&w, &many);
	assert_memory_equal(one.v, many.v, w.runs * sizeof(*one.v));
	assert_memory_equal(one.curve, many.curve, w.runs * WORM_LOOKS * sizeof(uint32_t));
	assert_memory_equal(one.orgs, many.orgs, g.norgs * sizeof(*one.orgs));
	w.first = 150, w.runs = 50;
	worm_runs(&w, &part);
	assert_memory_equal(one.v + 150, part.v, w.runs * sizeof(*one.v));
	parallel_set_width(0);
	worm_result_free(&one);
	worm_result_free(&many);
	worm_result_free(&part);
}

static void test_bad_scenarios_are_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"", "test: it says of no vulnerability"},
		{"exploits CVE-2017-0144\nscan\n", "test:2: \"scan\" has no value"},
		{"scan 5\nscan 6\n", "test:2: \"scan\" stands there twice"},
		{"scam 5\n", "test:1: no scenario knows the word \"scam\""},
		{"takes 101 %\n", "test:1: takes lies between 0 and 1"},
		{"takes -1\n", "test:1: takes"},
		{"takes 9..5 %\n", "test:1: takes lies between 0 and 1, the lesser first"},
		{"lasts 5\n", "test:1: lasts is a value such as 90 min"},
		{"lasts 5 %\n", "test:1: lasts is a value such as 90 min"},
		{"lasts nan h\n", "test:1: lasts"},
		{"scan 1e99\n", "test:1: scan lies between 0 and 1e+07"},
		{"scan 5..\n", "test:1: scan is a value such as 25"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(arena_closep) struct arena *arena = arena_open();
		struct scenario s;
		struct err err = {0};

		assert_false(scenario_read(STR("test"), str_of(cases[i].text), arena, &s, &err));
		if (!strstr(err.text, cases[i].says))
			fail_msg("said \"%s\", not \"%s\"", err.text, cases[i].says);
	}
}

static void test_values_are_said_as_they_are_read(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct scenario s =
		scenario_of("exploits A B # two\n takes 5..20 % \nlasts 90 min\nscan 10..60"
			    "\nkill-switch 7.5 h\nseeds-in R1 T2",
			    arena);

	(void)state;
	assert_int_equal(s.cves.n, 2);
	assert_true(str_is(scenario_value(&s, SCENARIO_TAKES, arena), "5..20 %"));
	assert_true(str_is(scenario_value(&s, SCENARIO_LASTS, arena), "1.5 h"));
	assert_true(str_is(scenario_value(&s, SCENARIO_SCAN, arena), "10..60"));
	assert_true(str_is(scenario_value(&s, SCENARIO_SWITCH, arena), "7.5 h"));
	for (const struct scenario_shipped *k = scenarios_shipped; k->word; k++)
		scenario_of(k->text, arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_two_forms_have_one_law),
		cmocka_unit_test(test_same_bytes_on_any_number_of_threads),
		cmocka_unit_test(test_bad_scenarios_are_refused),
		cmocka_unit_test(test_values_are_said_as_they_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
