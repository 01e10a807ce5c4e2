#ifndef REHEARSAL_REHEARSAL_H
#define REHEARSAL_REHEARSAL_H
/*
 * Worlds that are run, never touched: seeded Monte-Carlo of what spreads.  Here the general
 * epidemic (SIR) over contacts as given, in continuous time and exact, so that others can compare
 * theirs. Promises: the same seed gives the same bytes on any number of threads, since each node of
 * each run draws from a stream of its own; what a run costs follows whom it infects, not how many
 * there are. Never reads a store, never asks the machine's clock.
 */
#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"

/* ---- contacts --------------------------------------------------------------------------- */

enum { GRAPH_NODES_MOST = 50 * 1000 * 1000 };
/* Undirected: neighbours of node u are to[start[u]] up to to[start[u + 1]].  start NULL: everybody
 * with everybody. */
struct graph {
	uint32_t nodes;
	uint32_t *start, *to;
	uint64_t edges, loops; /* loops: of a node with itself; left out */
};
void graph_release(struct graph *g);
/*
 * A list of edges, two numbers of nodes (0 to GRAPH_NODES_MOST - 1) a line, parted by blanks, tabs
 * or a comma; lines that begin with # or % are left out.  An edge named twice counts twice.  Read
 * twice, in parts, from fd, which can seek.  Fails with ERR_INVALID and name:line, ERR_LIMIT
 * (nodes, 2^31 edges), ERR_IO.  O(bytes).
 */
MUST_CHECK bool graph_read(int fd, const char *name, struct graph *ret, struct err *err);
/* nodes with edges between pairs chosen at random, any pair again and none with itself: G(n, m). */
void graph_random(uint32_t nodes, uint32_t edges, uint64_t seed, struct graph *ret);

/* ---- SIR -------------------------------------------------------------------------------- */

struct sir {
	const struct graph *graph;
	double infect;	/* along a contact of an infectious node, per unit of time: tau */
	double recover; /* per unit of time: gamma; 0: nobody does, until_t is needed */
	double until_t; /* nothing later is looked at; 0: to the end */
	uint32_t seeds; /* infectious at 0, chosen at random */
	uint64_t seed, runs;
	const double *looks; /* times, ascending, at which the infectious are counted; or NULL */
	size_t nlooks;
};
struct sir_run {
	uint32_t infected;     /* ever */
	uint32_t peak;	       /* most infectious at one time */
	double peak_t, over_t; /* first so many; the last event */
	uint64_t events;       /* infections and recoveries */
};
/* ERR_INVALID: rates, seeds or times that can't be. */
MUST_CHECK bool sir_check(const struct sir *s, struct err *err);
/*
 * v[i] is run i; looked, where not NULL, has s->nlooks counts for each run.  Next event with a
 * heap: an infectious node draws how long it stays so, which of its contacts it reaches by then,
 * and when (Kiss, Miller, Simon, "Mathematics of Epidemics on Networks", 2017, appendix A.1.2, with
 * the contacts reached drawn as a thinned sequence).  s was checked.
 */
void sir_runs(const struct sir *s, struct sir_run *v, uint32_t *looked);

/* ---- is it right? ------------------------------------------------------------------------ */

/* A rung: what was measured against what theory says, so many standard errors apart. */
struct rung {
	const char *about;
	struct str of;			/* the case, in the arena */
	double theory, measured, error; /* error: standard, of measured */
	bool holds;
};
struct rung_list {
	VEC_OF(struct rung) rungs;
};
/* scale 1 takes some seconds; more is surer.  Appends; in arena. */
struct arena;
void rehearsal_validate(unsigned scale, uint64_t seed, struct arena *arena, struct rung_list *ret);

#endif
