#ifndef BASE_RNG_H
#define BASE_RNG_H

/*
 * Chance is passed in.  Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel
 * random numbers: as easy as 1, 2, 3", SC11): a counter-based generator, so a
 * stream is a pure function of (seed, stream, position) and the same on one or
 * many threads.
 */

#include "base/def.h"

struct rng {
	uint32_t key[2];
	uint32_t counter[4];
	uint32_t block[4];
	unsigned used; /* words of block already given */
};

/* The stream numbered stream of seed, at its start. */
struct rng rng_of(uint64_t seed, uint64_t stream);
uint32_t rng_u32(struct rng *r);
uint64_t rng_u64(struct rng *r);
/* Uniform in [0, n), n > 0, without bias (Lemire 2019). */
uint32_t rng_below(struct rng *r, uint32_t n);
/* Uniform in [0, 1) with 53 bits. */
double rng_unit(struct rng *r);
/* One Philox4x32-10 block, for the published test vectors. */
void rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t ret_block[4]);

#endif
