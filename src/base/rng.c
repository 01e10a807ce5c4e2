#include "base/rng.h"

void rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t ret_block[4])
{
	uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
	uint32_t k0 = key[0], k1 = key[1];

	for (int round = 0; round < 10; round++) {
		uint64_t a = (uint64_t)0xD2511F53u * c0, b = (uint64_t)0xCD9E8D57u * c2;

		c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
		c1 = (uint32_t)b;
		c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
		c3 = (uint32_t)a;
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
	ret_block[0] = c0;
	ret_block[1] = c1;
	ret_block[2] = c2;
	ret_block[3] = c3;
}

struct rng rng_of(uint64_t seed, uint64_t stream)
{
	return (struct rng){
		.key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
		.counter = {0, 0, (uint32_t)stream, (uint32_t)(stream >> 32)},
		.used = 4,
	};
}

uint32_t rng_u32(struct rng *r)
{
	if (r->used == 4) {
		rng_philox(r->counter, r->key, r->block);
		if (++r->counter[0] == 0)
			r->counter[1]++;
		r->used = 0;
	}
	return r->block[r->used++];
}

uint64_t rng_u64(struct rng *r)
{
	uint64_t hi = rng_u32(r);

	return hi << 32 | rng_u32(r);
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
	uint64_t m;
	uint32_t floor;

	assert(n > 0);
	m = (uint64_t)rng_u32(r) * n;
	if ((uint32_t)m < n) {
		floor = (uint32_t)(-n) % n;
		while ((uint32_t)m < floor)
			m = (uint64_t)rng_u32(r) * n;
	}
	return (uint32_t)(m >> 32);
}

double rng_unit(struct rng *r)
{
	return (double)(rng_u64(r) >> 11) * 0x1p-53;
}
