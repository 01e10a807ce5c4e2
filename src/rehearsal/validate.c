#include "rehearsal/rehearsal.h"

#include <math.h>

#include "base/arena.h"

/* Against what is known without simulating: three standard errors decide. */

enum { LOOKS = 20 };
static const double ERRORS = 3;

struct moments {
	double n, mean, m2; /* m2: sum of squares about the mean (Welford 1962) */
};

static void moments_add(struct moments *m, double x)
{
	double d = x - m->mean;

	m->n++;
	m->mean += d / m->n;
	m->m2 += d * (x - m->mean);
}

static double moments_error(const struct moments *m)
{
	return m->n > 1 ? sqrt(m->m2 / (m->n - 1) / m->n) : INFINITY;
}

static void rung_add(struct rung_list *l, const char *about, struct str of, double theory,
		     const struct moments *m)
{
	struct rung r = {.about = about,
			 .of = of,
			 .theory = theory,
			 .measured = m->mean,
			 .error = moments_error(m)};

	r.holds = fabs(r.measured - r.theory) <= ERRORS * r.error;
	VEC_PUSH(&l->rungs, r);
}

/* 1. Nobody recovers and everybody meets everybody: I(t) = N / (1 + (N / I0 - 1) exp(-beta t)). */
static void logistic(unsigned scale, uint64_t seed, struct arena *arena, struct rung_list *ret)
{
	const struct graph all = {.nodes = 100 * 1000};
	double looks[LOOKS], n = all.nodes;
	struct sir s = {.graph = &all,
			.infect = 1 / n,
			.until_t = 10,
			.seeds = 1000,
			.seed = seed,
			.runs = 16 * (uint64_t)scale,
			.looks = looks,
			.nlooks = LOOKS};
	AUTO(freep) struct sir_run *v = mem_zero(s.runs, sizeof(*v));
	AUTO(freep) uint32_t *counts = mem_zero(s.runs * LOOKS, sizeof(*counts));

	for (int i = 0; i < LOOKS; i++)
		looks[i] = (i + 1) / 2.0;
	sir_runs(&s, v, counts);
	for (int i = 0; i < LOOKS; i++) {
		struct moments m = {0};

		for (uint64_t r = 0; r < s.runs; r++)
			moments_add(&m, counts[r * LOOKS + (size_t)i]);
		rung_add(ret, "SI, everybody meets everybody: infectious",
			 arena_fmt(arena, "at %.1f", looks[i]),
			 n / (1 + (n / s.seeds - 1) * exp(-looks[i])), &m);
	}
}

/* The z > 0 with z = 1 - exp(-R z), for R > 1, by halving. */
static double final_size(double big_r)
{
	double lo = 1e-9, hi = 1;

	for (int i = 0; i < 100; i++) {
		double z = (lo + hi) / 2;

		if (1 - exp(-big_r * z) > z)
			lo = z;
		else
			hi = z;
	}
	return lo;
}

/*
 * 2. SIR where everybody meets everybody, from one: dies out with 1 / R (a linear birth and death
 * process), else a share z of all falls ill (Kermack and McKendrick 1927).
 */
static void well_mixed(unsigned scale, uint64_t seed, struct arena *arena, struct rung_list *ret)
{
	static const double rs[] = {1.2, 1.8, 2.4, 3.0};
	const struct graph all = {.nodes = 20 * 1000};
	struct sir s = {.graph = &all,
			.recover = 1,
			.seeds = 1,
			.seed = seed,
			.runs = 300 * (uint64_t)scale};
	AUTO(freep) struct sir_run *v = mem_zero(s.runs, sizeof(*v));

	for (size_t i = 0; i < ARRAY_LEN(rs); i++) {
		struct moments size = {0}, over = {0};

		s.infect = rs[i] / all.nodes;
		s.seed++;
		sir_runs(&s, v, NULL);
		for (uint64_t r = 0; r < s.runs; r++) {
			bool large = v[r].infected > all.nodes / 20;

			moments_add(&over, !large);
			if (large)
				moments_add(&size, v[r].infected / (double)all.nodes);
		}
		rung_add(ret, "SIR, everybody meets everybody: share that falls ill",
			 arena_fmt(arena, "R %.1f", rs[i]), final_size(rs[i]), &size);
		rung_add(ret, "the same: dies out from one", arena_fmt(arena, "R %.1f", rs[i]),
			 1 / rs[i], &over);
	}
}

void rehearsal_validate(unsigned scale, uint64_t seed, struct arena *arena, struct rung_list *ret)
{
	logistic(scale, seed, arena, ret);
	well_mixed(scale, seed, arena, ret);
}
