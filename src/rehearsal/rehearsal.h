#ifndef REHEARSAL_REHEARSAL_H
#define REHEARSAL_REHEARSAL_H
/*
 * Worlds that are run, never touched: seeded Monte-Carlo of what spreads.  A worm over the estate
 * as inventories declare it; and the general epidemic (SIR) over contacts as given, so that others
 * can compare theirs.  Both in continuous time and exact.  Promises: the same seed gives the same
 * bytes on any number of threads, since whatever draws in a run does so from a stream of its own;
 * what a run costs follows whom it infects, not how many there are. Never writes to a store, never
 * asks the machine's clock.  The model is in doc/rehearsal.md.
 */
#include "base/arena.h"
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

/* ---- a scenario -------------------------------------------------------------------------- */

/* What a scenario states in numbers; scenario_params[] says of each what it is. */
enum scenario_param {
	SCENARIO_TAKES,	  /* share of devices exposed that an attempt infects */
	SCENARIO_UNKNOWN, /* share exposed of those of which nobody can tell */
	SCENARIO_SWEEP,	  /* addresses of its own network that an infected device tries a second */
	SCENARIO_SCAN,	  /* addresses at random, a second */
	SCENARIO_SPACE,	  /* among so many */
	SCENARIO_INNER,	  /* addresses of its organisation's network at random, a second */
	SCENARIO_INNER_SPACE, /* among so many */
	SCENARIO_LIVES,	      /* s: an infected device infects for so long */
	SCENARIO_OPEN,	      /* share of organisations that let the worm in from outside */
	SCENARIO_SEEDS,	      /* devices infected from elsewhere */
	SCENARIO_SEEDED,      /* s: within so long from the beginning, at random */
	SCENARIO_LASTS,	      /* s: how long one looks */
	SCENARIO_SWITCH,      /* s: from when on a kill switch ends what newly starts; 0: none */
	SCENARIO_PROXIED,     /* share of organisations whose devices cannot ask the kill switch */
	SCENARIO_DETECTS, /* s: from an organisation's first infection until it sees it: median */
	SCENARIO_DETECTS_BY, /* the same: standard deviation of its logarithm */
	SCENARIO_ISOLATES,   /* share that then cut themselves off from others */
	SCENARIO_CONTAINS,   /* s: from then until nothing spreads within: 0 at once */
	SCENARIO_WARNED,     /* s: from when on everybody is told to cut themselves off; 0: never */
	SCENARIO_OBEYS,	     /* share of organisations that do */
	SCENARIO_OBEYS_IN,   /* s: so long after; mean of an exponential */
	SCENARIO_PATCHED,    /* share of organisations that heeded the alert in time */
	SCENARIO_PATCHES,    /* share of their exposed devices that were then patched */
	SCENARIO_PARAMS
};
enum scenario_unit { UNIT_SHARE, UNIT_SPAN, UNIT_NUMBER };
struct scenario_about {
	const char *word, *about; /* as a scenario file names it; what it is */
	enum scenario_unit unit;  /* 0 to 1; seconds; as it is */
	double least, most;	  /* what is taken */
	double otherwise;	  /* where a scenario says nothing */
};
extern const struct scenario_about scenario_params[SCENARIO_PARAMS];
ARENA_LIST(scenario_words, const struct str);
struct scenario {
	struct str name, about;
	struct scenario_words cves;	/* what the worm exploits */
	struct scenario_words seeds_in; /* organisations or regions, codes; none: anywhere */
	double lo[SCENARIO_PARAMS], hi[SCENARIO_PARAMS]; /* each run draws between: uniform */
};
/*
 * A scenario file (doc/rehearsal.md): a word and its value a line, # begins remarks.  *ret in
 * arena.  ERR_INVALID with name:line: a word that nobody knows or that stands twice, a value that
 * is none or out of bounds.
 */
MUST_CHECK bool scenario_read(struct str name, struct str bytes, struct arena *arena,
			      struct scenario *ret, struct err *err);
/* One word's value, whether it has one or not: "scan", "10..40". */
MUST_CHECK bool scenario_set(struct scenario *s, struct str word, struct str value,
			     struct arena *arena, struct err *err);
/* A parameter's value as a scenario file has it: "10..40", "2 h", "5 %". */
struct str scenario_value(const struct scenario *s, enum scenario_param p, struct arena *arena);
/* Those that come with the program. */
struct scenario_shipped {
	const char *word, *text;
};
extern const struct scenario_shipped scenarios_shipped[]; /* ended by a NULL word */

/* ---- the ground: the estate as a worm meets it --------------------------------------------- */

enum { SUBNET_MOST = 254 }; /* devices concerned; a larger segment counts as several */
struct ground_org {
	struct str code, name, role, region;
	uint32_t devices, exposed, unknown;
	uint32_t first, end; /* its subnets */
};
struct ground_subnet {
	uint32_t org;
	uint16_t exposed, unknown;
	uint32_t from; /* its first device among those concerned: the exposed, then the unknown */
};
struct ground {
	struct ground_org *orgs;       /* by code */
	struct ground_subnet *subnets; /* with a device concerned; by organisation */
	uint32_t norgs, nsubnets;
	uint32_t concerned; /* devices exposed or unknown */
	uint64_t devices;
	struct arena *arena;
};
void ground_release(struct ground *g);
/* Of parts, copied: orgs' first and end, subnets' org and from are filled in here; nsubnets of an
 * organisation stand together, as many as its end says. */
void ground_of(const struct ground_org *orgs, uint32_t norgs, const struct ground_subnet *subnets,
	       struct ground *ret);
/* A made-up one, of a national service's proportions: for tests and benches. */
void ground_random(uint32_t norgs, uint32_t devices, uint64_t seed, struct ground *ret);
/*
 * Of the estate, by what exposes it to one of cves.  Organisations without an inventory are not
 * there.  ERR_NOT_FOUND: nobody is exposed and nobody unknown, or no feed speaks of any of cves.
 */
struct exposure_world;
struct directory_view;
MUST_CHECK bool ground_open(const struct exposure_world *world, const struct directory_view *view,
			    struct scenario_words cves, struct ground *ret, struct err *err);

/* ---- runs --------------------------------------------------------------------------------- */

enum {
	WORM_LOOKS = 96,
	WORM_CURVES_MOST = 10000,
	WORM_RUNS_MOST = 10 * 1000 * 1000
}; /* even steps of the time one looks */
struct worm {
	const struct ground *ground;
	const struct scenario *scenario;
	uint64_t seed, runs, first; /* runs numbered from first */
};
struct worm_run {
	uint32_t devices, orgs; /* infected */
	uint32_t cut_off;	/* organisations that cut themselves off, infected or not */
	uint32_t spared;	/* of them: never infected */
	uint32_t events;	/* hits that were looked at */
	float first_s, last_s;	/* first and last infection */
};
struct worm_org {	  /* over all runs */
	uint32_t runs;	  /* in which it was infected */
	uint64_t devices; /* infected, sum */
	uint64_t first_s; /* seconds until its first infection, sum over those runs */
};
struct worm_result {
	struct worm_run *v; /* by run */
	uint32_t *curve;    /* WORM_LOOKS a run for the first WORM_CURVES_MOST: infected so far */
	uint64_t ncurves;
	struct worm_org *orgs; /* as in the ground */
};
void worm_result_free(struct worm_result *r);
/* ERR_INVALID where scenario and ground can't go together. */
MUST_CHECK bool worm_check(const struct worm *w, struct err *err);
/* w was checked.  Devices of a subnet are met in the order of addresses drawn at random; the form
 * is lumped (doc/rehearsal.md says why that is exact). */
void worm_runs(const struct worm *w, struct worm_result *ret);
/* The same law device by device, one event at a time: slow; to hold the other against. */
void worm_agents(const struct worm *w, struct worm_result *ret);

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
void rehearsal_validate(unsigned scale, uint64_t seed, struct arena *arena, struct rung_list *ret);

#endif
