#include "cli/rehearse.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <unistd.h>

#include "base/parallel.h"
#include "rehearsal/rehearsal.h"

/* What spreads, run in numbers: by itself and held against theory. */

static bool opt_real(const struct cli *c, const char *name, double otherwise, double *ret,
		     struct err *err)
{
	const char *value = cli_opt(c, name);

	*ret = otherwise;
	if (value && !str_to_double(str_of(value), ret))
		return err_set(err, ERR_USAGE, "%s: a number is expected, not \"%s\"", name, value);
	return true;
}

/* --- graph ------------------------------------------------------------------------------------ */

enum { RUNS_MOST = 1000 * 1000 };

static const struct cli_option graph_options[] = {
	{"--infect", "RATE", "along a contact, per unit of time (else 0.05)"},
	{"--recover", "RATE", "of an infectious node, per unit of time (else 0.2)"},
	{"--until", "TIME", "look no further (else to the end)"},
	{"--seeds", "N", "infectious at first, chosen at random (else 1)"},
	{"--runs", "N", "so many, each with seeds of its own (else 100)"},
	{"--seed", "N", "of chance: the same number, the same runs (else 1)"},
	{NULL, NULL, NULL},
};

static bool sir_of(const struct cli *c, struct sir *s, struct err *err)
{
	uint64_t seeds;

	if (!opt_real(c, "--infect", 0.05, &s->infect, err) ||
	    !opt_real(c, "--recover", 0.2, &s->recover, err) ||
	    !opt_real(c, "--until", 0, &s->until_t, err) ||
	    !cli_opt_u64(c, "--seeds", 1, &seeds, err) ||
	    !cli_opt_u64(c, "--runs", 100, &s->runs, err) ||
	    !cli_opt_u64(c, "--seed", 1, &s->seed, err))
		return false;
	s->seeds = (uint32_t)MIN_OF(seeds, UINT32_MAX);
	return (s->runs && s->runs <= RUNS_MOST) ||
	       err_set(err, ERR_USAGE, "--runs is a number from 1 to %d", RUNS_MOST);
}

static int real_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of n numbers in order: the least that a share q of them does not exceed. */
static double quantile(const double *v, uint64_t n, double q)
{
	uint64_t at = (uint64_t)ceil(q * (double)n);

	return v[at ? at - 1 : 0];
}

struct listing *spread_begin(struct cli *c, const char *name)
{
	static const struct column columns[] = {
		{"what", "", false},   {"mean", "mean", true}, {"p5", "5 %", true},
		{"p25", "25 %", true}, {"p50", "50 %", true},  {"p75", "75 %", true},
		{"p95", "95 %", true}, {NULL, NULL, false},
	};

	return listing_begin(c, name, columns);
}

void spread_row(struct listing *l, struct str about, double *v, uint64_t n, int decimals)
{
	static const double shares[] = {0.05, 0.25, 0.5, 0.75, 0.95};
	double sum = 0;

	for (uint64_t i = 0; i < n; i++)
		sum += v[i];
	qsort(v, n, sizeof(*v), real_order);
	listing_text(l, about);
	listing_real(l, sum / (double)n, decimals + 2);
	for (size_t i = 0; i < ARRAY_LEN(shares); i++)
		listing_real(l, quantile(v, n, shares[i]), decimals);
}

static double infected_of(const struct sir_run *r)
{
	return r->infected;
}
static double peak_of(const struct sir_run *r)
{
	return r->peak;
}
static double peak_t_of(const struct sir_run *r)
{
	return r->peak_t;
}
static double over_t_of(const struct sir_run *r)
{
	return r->over_t;
}

static bool graph_say(struct cli *c, const struct sir *s, const struct sir_run *v, struct err *err)
{
	static const struct {
		const char *about;
		double (*of)(const struct sir_run *r);
		int decimals;
	} figures[] = {
		{"nodes infected", infected_of, 0},
		{"most infectious at once", peak_of, 0},
		{"when that was", peak_t_of, 2},
		{"the last event", over_t_of, 2},
	};
	AUTO(freep) double *scratch = mem_zero(s->runs, sizeof(*scratch));
	struct listing *l = spread_begin(c, "runs");

	for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
		for (uint64_t k = 0; k < s->runs; k++)
			scratch[k] = figures[i].of(&v[k]);
		spread_row(l, str_of(figures[i].about), scratch, s->runs, figures[i].decimals);
	}
	listing_note_int(l, "nodes", s->graph->nodes);
	listing_note_int(l, "edges", (int64_t)s->graph->edges);
	listing_note_int(l, "loops", (int64_t)s->graph->loops);
	listing_note_int(l, "simulated", (int64_t)s->runs);
	return listing_end(l, "", err);
}

static bool graph_open(const char *path, struct graph *ret, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return err_errno(err, errno, "%s", path);
	ok = graph_read(fd, path, ret, err);
	close(fd);
	return ok;
}

static bool graph_run(struct cli *c, struct err *err)
{
	AUTO(graph_release) struct graph graph = {0};
	AUTO(freep) struct sir_run *v = NULL;
	struct sir s = {.graph = &graph};
	uint64_t events = 0;
	int64_t began_ns;
	double seconds;

	if (!sir_of(c, &s, err) || !graph_open(c->args[0], &graph, err) || !sir_check(&s, err))
		return false;
	v = mem_zero(s.runs, sizeof(*v));
	began_ns = clock_monotonic_ns();
	sir_runs(&s, v, NULL);
	seconds = (double)(clock_monotonic_ns() - began_ns) / 1e9;
	for (uint64_t i = 0; i < s.runs; i++)
		events += v[i].events;
	cli_note(c, "%u nodes, %ju edges; %ju events in %.3f s", graph.nodes,
		 (uintmax_t)graph.edges, (uintmax_t)events, seconds);
	return graph_say(c, &s, v, err);
}

/* --- validate --------------------------------------------------------------------------------- */

static const struct cli_option validate_options[] = {
	{"--scale", "N", "so many times as many runs (else 1)"},
	{"--seed", "N", "of chance (else 1)"},
	{NULL, NULL, NULL},
};

static bool validate_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"about", "what", false},	   {"of", "of", false},
		{"theory", "theory", true},	   {"measured", "measured", true},
		{"error", "standard error", true}, {"errors", "errors off", true},
		{"holds", "within three", false},  {NULL, NULL, false},
	};
	struct rung_list list = {0};
	struct listing *l;
	uint64_t scale, seed, fail = 0;

	if (!cli_opt_u64(c, "--scale", 1, &scale, err) || !cli_opt_u64(c, "--seed", 1, &seed, err))
		return false;
	if (!scale || scale > 10000)
		return err_set(err, ERR_USAGE, "--scale is a number from 1 to 10000");
	rehearsal_validate((unsigned)scale, seed, c->arena, &list);
	l = listing_begin(c, "rungs", columns);
	for (size_t i = 0; i < list.rungs.n; i++) {
		const struct rung *r = &list.rungs.v[i];

		listing_text(l, str_of(r->about));
		listing_text(l, r->of);
		listing_real(l, r->theory, 4);
		listing_real(l, r->measured, 4);
		listing_real(l, r->error, 4);
		listing_real(l, (r->measured - r->theory) / r->error, 1);
		listing_bool(l, r->holds);
		fail += !r->holds;
	}
	free(list.rungs.v);
	return listing_end(l, "", err) &&
	       (!fail || err_set(err, ERR_CONFLICT, "%ju of %zu rungs do not hold", (uintmax_t)fail,
				 list.rungs.n));
}

const struct command rehearse_commands[] = {
	{"rehearse", NULL, "SCENARIO",
	 "Run a worm over the declared estate in numbers: who would be hit.", 1, 1, worm_options,
	 rehearse_run},
	{"rehearse", "graph", "FILE",
	 "Run an epidemic (SIR) over a list of edges, to compare with other programs.", 1, 1,
	 graph_options, graph_run},
	{"rehearse", "validate", NULL, "Hold what is simulated against what theory says of it.", 0,
	 0, validate_options, validate_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};

/* --- bench ------------------------------------------------------------------------------------ */

const struct cli_option rehearsal_bench_options[] = {
	{"--nodes", "N", "of the graph (else 1,000,000)"},
	{"--edges", "N", "between pairs at random (else five for each node)"},
	{"--runs", "N", "so many (else 4)"},
	{NULL, NULL, NULL},
};

bool rehearsal_bench_run(struct cli *c, struct err *err)
{
	AUTO(graph_release) struct graph graph = {0};
	AUTO(freep) struct sir_run *v = NULL;
	struct bench_rows rows = {.bench = "rehearsal"};
	struct sir s = {.graph = &graph, .infect = 0.05, .recover = 0.2, .seeds = 100, .seed = 1};
	uint64_t nodes, edges, events = 0;

	if (!cli_opt_u64(c, "--nodes", 1000 * 1000, &nodes, err) ||
	    !cli_opt_u64(c, "--edges", 5 * nodes, &edges, err) ||
	    !cli_opt_u64(c, "--runs", 4, &s.runs, err))
		return false;
	if (nodes < s.seeds || nodes > GRAPH_NODES_MOST || edges > INT32_MAX || !s.runs ||
	    s.runs > RUNS_MOST)
		return err_set(err, ERR_USAGE,
			       "--nodes from %u to %d, --edges up to %d, --runs up "
			       "to %d",
			       s.seeds, GRAPH_NODES_MOST, INT32_MAX, RUNS_MOST);
	v = mem_zero(s.runs, sizeof(*v));
	rows.began_ns = clock_monotonic_ns();
	graph_random((uint32_t)nodes, (uint32_t)edges, 1, &graph);
	bench_measured(&rows, "contacts made", (double)edges, "edges");
	parallel_set_width(1);
	sir_runs(&s, v, NULL);
	for (uint64_t i = 0; i < s.runs; i++)
		events += v[i].events;
	bench_measured(&rows, "SIR on one processor", (double)events, "events");
	parallel_set_width(0);
	sir_runs(&s, v, NULL);
	bench_measured(&rows, "SIR on all", (double)events, "events");
	if (!worm_bench(c, &rows, err))
		return false;
	return bench_print(c, rows.v, rows.n, err);
}
