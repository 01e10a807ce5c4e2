#include "evidence/evidence.h"

enum { FEW = 5, SOME = 20, PERCENT_SEEN = 95 };

uint64_t evidence_needed(uint64_t expected)
{
	if (expected < FEW)
		return expected;
	if (expected <= SOME)
		return expected - 1;
	return expected - expected * (100 - PERCENT_SEEN) / 100;
}

bool evidence_covers(uint64_t seen, uint64_t expected)
{
	return seen >= evidence_needed(expected);
}
