#include "evidence/inner.h"

/*
 * What covering evidence without exposure makes of the claims: anything claimed to be done to some
 * part of what is concerned is verified; "not applicable" is when it was said of the whole.
 */
enum obligation_state judge_clear(const struct obligation_facts *facts, const struct claims *claims)
{
	size_t n = claims_until(claims, facts->now_ms);
	bool not_applicable = true;

	if (!n)
		return OBLIGATION_CLEAR_UNANSWERED;
	for (size_t e = 0; e <= facts->ninherited; e++) {
		const struct claim *c = claim_effective(
			facts, claims, (struct target){.org = estate_org(facts, e)});

		if (c && c->kind != CLAIM_NOT_APPLICABLE)
			return OBLIGATION_VERIFIED;
		not_applicable &= c != NULL;
	}
	for (size_t i = 0; i < n; i++)
		if (claims->v[i].kind != CLAIM_NOT_APPLICABLE &&
		    claim_decides_named(facts, claims, &claims->v[i]))
			return OBLIGATION_VERIFIED;
	return not_applicable ? OBLIGATION_VERIFIED_NOT_APPLICABLE : OBLIGATION_CLEAR;
}
