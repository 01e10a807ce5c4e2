#include "rehearsal/rehearsal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/parallel.h"
#include "base/text.h"

static bool read_text(const char *text, struct graph *ret, struct err *err)
{
	int fd = memfd_create("edges", MFD_CLOEXEC);
	size_t n = strlen(text);
	bool ok;

	assert_true(fd >= 0 && write(fd, text, n) == (ssize_t)n);
	ok = graph_read(fd, "edges", ret, err);
	close(fd);
	return ok;
}

static bool joined(const struct graph *g, uint32_t a, uint32_t b)
{
	for (uint32_t i = g->start[a]; i < g->start[a + 1]; i++)
		if (g->to[i] == b)
			return true;
	return false;
}

static void test_edges_are_read(void **state)
{
	AUTO(graph_release) struct graph g = {0};
	struct err err;

	(void)state;
	assert_true(read_text("# ours\n0 1\r\n\t2,1 \n% theirs\n\n5 5\n4 0", &g, &err));
	assert_int_equal(g.nodes, 6);
	assert_int_equal(g.edges, 3);
	assert_int_equal(g.loops, 1);
	assert_true(joined(&g, 0, 1) && joined(&g, 1, 0) && joined(&g, 1, 2) && joined(&g, 2, 1));
	assert_true(joined(&g, 0, 4) && joined(&g, 4, 0));
	assert_int_equal(g.start[6], 6);
	assert_int_equal(g.start[3], g.start[4]); /* 3 has nobody */
}

static void test_bad_edges_are_refused(void **state)
{
	static const struct {
		const char *text, *says;
		enum err_code code;
	} cases[] = {
		{"", "edges: no edge in it", ERR_INVALID},
		{"# nothing\n", "edges: no edge in it", ERR_INVALID},
		{"0 1\n7\n", "edges:2: two numbers", ERR_INVALID},
		{"0 -1\n", "edges:1: two numbers", ERR_INVALID},
		{"0 1x\n", "edges:1: two numbers", ERR_INVALID},
		{"\n\n0 1 0.5\n", "edges:3: more than two numbers", ERR_INVALID},
		{"0 50000000\n", "edges:1: a node's number", ERR_LIMIT},
		{"18446744073709551617 1\n", "edges:1: a node's number", ERR_LIMIT},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct graph g = {0};
		struct err err = {0};

		assert_false(read_text(cases[i].text, &g, &err));
		assert_int_equal(err.code, cases[i].code);
		assert_non_null(strstr(err.text, cases[i].says));
		assert_null(g.start);
	}
}

/* Longer than what is read at a time, so that lines lie across. */
static void test_many_edges(void **state)
{
	AUTO(text_freep) struct text list = {0};
	AUTO(graph_release) struct graph g = {0};
	struct err err;
	uint64_t sum = 0;

	(void)state;
	for (int i = 0; i < 100 * 1000; i++)
		text_addf(&list, "%d %d\n", i % 977, i);
	assert_true(read_text(text_c(&list), &g, &err));
	assert_int_equal(g.nodes, 100 * 1000);
	assert_int_equal(g.edges + g.loops, 100 * 1000);
	for (uint32_t u = 0; u < g.nodes; u++)
		for (uint32_t i = g.start[u]; i < g.start[u + 1]; i++) {
			sum++;
			assert_true(joined(&g, g.to[i], u));
		}
	assert_int_equal(sum, 2 * g.edges);
}

static void test_what_cannot_be_is_refused(void **state)
{
	static const struct graph all = {.nodes = 10};
	static const struct sir bad[] = {
		{.graph = &all, .infect = -1, .recover = 1, .seeds = 1},
		{.graph = &all, .infect = NAN, .recover = 1, .seeds = 1},
		{.graph = &all, .infect = 1, .recover = INFINITY, .seeds = 1},
		{.graph = &all, .infect = 1, .seeds = 1},
		{.graph = &all, .infect = 1, .recover = 1, .until_t = -1, .seeds = 1},
		{.graph = &all, .infect = 1, .recover = 1, .seeds = 0},
		{.graph = &all, .infect = 1, .recover = 1, .seeds = 11},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err err = {0};

		assert_false(sir_check(&bad[i], &err));
		assert_int_equal(err.code, ERR_INVALID);
	}
}

/* ---- the naive twin: every event drawn out of the sum of all rates (Gillespie 1976) ------------
 */

struct twin {
	const struct sir *s;
	char *state; /* 0 well, 1 infectious, 2 over */
	struct rng rng;
	uint32_t now;
	double at; /* what is left of the number drawn among the rates */
	struct sir_run r;
};

static double twin_rate(const struct twin *w)
{
	const struct graph *g = w->s->graph;
	double rate = w->now * w->s->recover;

	for (uint32_t u = 0; u < g->nodes; u++)
		for (uint32_t i = g->start[u]; w->state[u] == 1 && i < g->start[u + 1]; i++)
			rate += w->state[g->to[i]] ? 0 : w->s->infect;
	return rate;
}

/* Is it one of u's events that was drawn? */
static bool twin_takes(struct twin *w, uint32_t u)
{
	const struct graph *g = w->s->graph;

	if (w->state[u] != 1)
		return false;
	w->at -= w->s->recover;
	if (w->at < 0) {
		w->state[u] = 2;
		w->now--;
		return true;
	}
	for (uint32_t i = g->start[u]; i < g->start[u + 1]; i++) {
		if (w->state[g->to[i]])
			continue;
		w->at -= w->s->infect;
		if (w->at < 0) {
			w->state[g->to[i]] = 1;
			w->r.infected++;
			w->now++;
			return true;
		}
	}
	return false;
}

static void twin_run(const struct sir *s, uint64_t run, struct sir_run *ret)
{
	AUTO(freep) char *state = mem_zero(s->graph->nodes, 1);
	struct twin w = {.s = s, .state = state, .rng = rng_of(s->seed + 1000, run)};
	double t = 0;

	while (w.now < s->seeds) {
		uint32_t u = rng_below(&w.rng, s->graph->nodes);

		w.now += state[u] == 0;
		state[u] = 1;
	}
	w.r.infected = w.r.peak = w.now;
	while (w.now) {
		double rate = twin_rate(&w);

		t -= log1p(-rng_unit(&w.rng)) / rate;
		w.at = rng_unit(&w.rng) * rate;
		for (uint32_t u = 0; u < s->graph->nodes && !twin_takes(&w, u); u++)
			;
		w.r.over_t = t;
		if (w.now > w.r.peak) {
			w.r.peak = w.now;
			w.r.peak_t = t;
		}
	}
	*ret = w.r;
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

enum { RUNS = 1000 };

static void test_agrees_with_its_twin(void **state)
{
	AUTO(graph_release) struct graph g = {0};
	struct sir s = {
		.graph = &g, .infect = 0.3, .recover = 1, .seeds = 3, .seed = 7, .runs = RUNS};
	static struct sir_run ours[RUNS], twin[RUNS];
	static double x[4][RUNS], y[4][RUNS];

	(void)state;
	graph_random(100, 300, 5, &g);
	sir_runs(&s, ours, NULL);
	for (size_t i = 0; i < RUNS; i++) {
		twin_run(&s, i, &twin[i]);
		x[0][i] = ours[i].infected, y[0][i] = twin[i].infected;
		x[1][i] = ours[i].peak, y[1][i] = twin[i].peak;
		x[2][i] = ours[i].peak_t, y[2][i] = twin[i].peak_t;
		x[3][i] = ours[i].over_t, y[3][i] = twin[i].over_t;
		assert_int_equal(ours[i].events, 2 * ours[i].infected);
	}
	/* p = 0.01 in the limit: 1.628 sqrt(2 / n) (Smirnov 1948). */
	for (int i = 0; i < 4; i++)
		assert_true(distance(x[i], y[i], RUNS) < 1.628 * sqrt(2.0 / RUNS));
}

static void test_same_bytes_on_any_number_of_threads(void **state)
{
	AUTO(graph_release) struct graph g = {0};
	static const double looks[] = {0.5, 1, 2, 4, 8};
	struct sir s = {.graph = &g,
			.infect = 0.2,
			.recover = 0.5,
			.seeds = 5,
			.seed = 3,
			.runs = 64,
			.looks = looks,
			.nlooks = ARRAY_LEN(looks)};
	struct sir_run one[64], many[64];
	uint32_t counts[2][64 * ARRAY_LEN(looks)];

	(void)state;
	graph_random(2000, 8000, 1, &g);
	parallel_set_width(1);
	sir_runs(&s, one, counts[0]);
	parallel_set_width(4);
	sir_runs(&s, many, counts[1]);
	parallel_set_width(0);
	assert_memory_equal(one, many, sizeof(one));
	assert_memory_equal(counts[0], counts[1], sizeof(counts[0]));
	s.seed = 4;
	sir_runs(&s, many, counts[1]);
	assert_memory_not_equal(one, many, sizeof(one));
}

static void test_counts_when_looked(void **state)
{
	AUTO(graph_release) struct graph g = {0};
	static const double looks[] = {0, 1, 1e9};
	struct sir s = {.graph = &g,
			.infect = 5,
			.recover = 0.1,
			.seeds = 2,
			.runs = 1,
			.looks = looks,
			.nlooks = ARRAY_LEN(looks)};
	struct sir_run r;
	uint32_t counts[3];
	struct err err;

	(void)state;
	assert_true(read_text("0 1\n1 2\n2 3\n3 4\n", &g, &err));
	sir_runs(&s, &r, counts);
	assert_int_equal(counts[0], 2);
	assert_int_equal(counts[2], 0);
	assert_int_equal(r.infected, 5);
	s.recover = 0, s.until_t = 0.5;
	sir_runs(&s, &r, counts);
	assert_int_equal(counts[2], r.infected); /* nobody recovers */
}

static void test_holds_against_theory(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct rung_list list = {0};

	(void)state;
	rehearsal_validate(1, 1, arena, &list);
	assert_int_equal(list.rungs.n, 20 + 8);
	for (size_t i = 0; i < list.rungs.n; i++) {
		const struct rung *r = &list.rungs.v[i];

		if (!r->holds)
			print_message("%s, %.*s: %f for %f, error %f\n", r->about, STR_FMT(r->of),
				      r->measured, r->theory, r->error);
		assert_true(r->holds);
	}
	free(list.rungs.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges_are_read),
		cmocka_unit_test(test_bad_edges_are_refused),
		cmocka_unit_test(test_many_edges),
		cmocka_unit_test(test_what_cannot_be_is_refused),
		cmocka_unit_test(test_agrees_with_its_twin),
		cmocka_unit_test(test_same_bytes_on_any_number_of_threads),
		cmocka_unit_test(test_counts_when_looked),
		cmocka_unit_test(test_holds_against_theory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
