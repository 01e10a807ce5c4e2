#include "evidence/inner.h"

struct word {
	bool done, not_applicable; /* of some part; of every one */
};

static void add_part(void *ctx, const struct claim *c)
{
	struct word *w = ctx;

	w->done |= c && c->kind != CLAIM_NOT_APPLICABLE;
	w->not_applicable &= c && c->kind == CLAIM_NOT_APPLICABLE;
}

/*
 * What covering evidence without exposure makes of the claims: anything claimed to be done to some
 * part of what is concerned is verified; "not applicable" is when it was said of every part.
 */
enum obligation_state judge_clear(const struct obligation_facts *facts, const struct claims *claims)
{
	struct word w = {.not_applicable = true};

	if (!claims_until(claims, facts->now_ms))
		return OBLIGATION_CLEAR_UNANSWERED;
	claims_each_part(facts, claims, add_part, &w);
	if (w.done)
		return OBLIGATION_VERIFIED;
	return w.not_applicable ? OBLIGATION_VERIFIED_NOT_APPLICABLE : OBLIGATION_CLEAR;
}
