#ifndef EXPOSURE_PLAIN_H
#define EXPOSURE_PLAIN_H

/* Where nothing is held only what was seen tells devices apart. */

#include "exposure/inner.h"

struct kind_words {
	uint64_t exposed, unknown;
};
/* The devices of word i. */
static inline uint64_t unit_word(const struct unit *o, size_t i)
{
	uint32_t left = o->ndevices - (uint32_t)i * 64;

	return left >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << left) - 1;
}
/* Those of word i that are of the kinds. */
static inline struct kind_words kinds_word(const struct unit *o, size_t i, struct kind_sets said)
{
	uint64_t software = o->unseen[MASK_SOFTWARE][i], os = o->unseen[MASK_OS][i];
	const uint64_t kinds[KINDS] = {
		[0] = unit_word(o, i) & ~(software | os),
		[MASK_SOFTWARE] = software & ~os,
		[MASK_OS] = os & ~software,
		[MASK_SOFTWARE | MASK_OS] = software & os,
	};
	struct kind_words r = {0, 0};

	for (uint32_t k = 0; k < KINDS; k++) {
		r.exposed |= said.exposed >> k & 1 ? kinds[k] : 0;
		r.unknown |= said.unknown >> k & 1 ? kinds[k] : 0;
	}
	r.unknown &= ~r.exposed;
	return r;
}
/* How many devices of each set of kinds. */
void kinds_count(const struct unit *o, uint32_t ret[KIND_SETS]);
/* What each program, and each class, says where nothing of it is held. */
void plain_build(struct part *w);

#endif
