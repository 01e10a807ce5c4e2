#ifndef REHEARSAL_INNER_H
#define REHEARSAL_INNER_H

/* Inner door: what is drawn for a run, whichever way it is then gone through. */
#include "rehearsal/rehearsal.h"

/* ---- chance ---- */

/* Exponential with mean 1; never infinite. */
double chance_expo(struct rng *rng);
double chance_normal(struct rng *rng);
/* How many, where mean are expected; O(mean). */
uint32_t chance_poisson(struct rng *rng, double mean);

/* ---- a run's draws ---- */

enum purpose { DRAW_PARAMS, DRAW_OPEN, DRAW_OBEYS, DRAW_ORG, DRAW_SEEDS, DRAW_DEVICE, DRAW_SENDS };
struct draws {
	const struct worm *w;
	uint32_t run;
	double p[SCENARIO_PARAMS];
};
void draws_begin(struct draws *d, const struct worm *w, uint32_t run);
/* The stream of an entity for a purpose; purposes beyond the last are more of DRAW_SENDS. */
struct rng draws_of(const struct draws *d, uint32_t purpose, uint32_t entity);
/* Organisations chosen with probability share each: marks them, calls nothing twice. O(chosen). */
void draws_choose(const struct draws *d, enum purpose purpose, double share, uint8_t *marks,
		  uint8_t mark);

struct org_draws {	/* of one organisation in this run, when it is first infected */
	double cut_s;	/* cut off from others from then on; INFINITY: not */
	double stops_s; /* nothing spreads within from then on */
	bool proxied, patched;
};
/* When it obeys a warning to cut itself off, chosen or not. */
double draws_obeys_s(const struct draws *d, uint32_t org);
/* first_s: of its first infection; obeys: chosen to. */
struct org_draws draws_org(const struct draws *d, uint32_t org, double first_s, bool obeys);
/* Is the k-th device concerned of a subnet infected when tried?  Its place among the addresses,
 * from 0 to 1, to *ret_place. */
bool draws_device(const struct draws *d, const struct ground_subnet *s, uint32_t k, bool patched,
		  double *ret_place);
/* From when on what starts in this organisation asks the kill switch, and ends. */
double draws_switch_s(const struct draws *d, const struct org_draws *org);

/* Devices infected from elsewhere, where an attempt takes: number of the device concerned, and
 * when; fewer where few can be. */
struct seeded {
	uint32_t device;
	double t;
};
struct seeded_vec {
	struct seeded *v;
	size_t n, cap;
};
struct seeds_from { /* devices concerned of these organisations, by number: sums up to each */
	uint32_t *orgs, *upto;
	uint32_t n;
};
void draws_seeds(const struct draws *d, const struct seeds_from *from, struct seeded_vec *ret);
void seeds_from_open(const struct worm *w, struct seeds_from *ret);
void seeds_from_free(struct seeds_from *f);

/* Which subnet a device concerned is of. */
uint32_t ground_subnet_of(const struct ground *g, uint32_t device);

/* Room for as many runs as w asks for. */
void worm_result_make(const struct worm *w, struct worm_result *ret);

#endif
