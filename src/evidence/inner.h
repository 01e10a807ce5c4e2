#ifndef EVIDENCE_INNER_H
#define EVIDENCE_INNER_H

/* What the files behind the door share. */

#include "evidence/evidence.h"

/* What inventories show at a moment. */
enum shown { SHOWN_NEITHER, SHOWN_CLEAR, SHOWN_EXPOSED };
enum shown run_shows(const struct evidence_run *run, int64_t at_ms); /* run may be NULL */

/* The claims of one ordinal: those made after the exposure that began it. */
struct claims {
	const struct claim *v;
	size_t n;
};
/* The first n of them were made by at_ms. */
size_t claims_until(const struct claims *claims, int64_t at_ms);

/* Whose estate, or which device of it, an effective claim is looked for; id empty: all of it. */
struct target {
	struct str org, id;
};
/*
 * The claim that decides for a target at a moment, or NULL: the latest of fixed, not applicable,
 * attested, or of a mitigation or exception that is approved and not past its date.  A later
 * "in progress", "blocked", "help needed" or "applicable" takes a claim of fixed, not
 * applicable or attested back, never an exception.
 */
const struct claim *claim_effective(const struct obligation_facts *facts,
				    const struct claims *claims, struct target target,
				    int64_t at_ms);

/* Fill state and counts of *ret for an open obligation at now; run NULL: no inventory. */
void judge_open(const struct obligation_facts *facts, const struct claims *claims,
		const struct evidence_run *run, struct obligation_verdict *ret);
/* The state once covering evidence shows nothing exposed. */
enum obligation_state judge_clear(const struct obligation_facts *facts, const struct claims *claims,
				  int64_t at_ms);
/* Due dates, from state and claims. */
void judge_clocks(const struct obligation_facts *facts, const struct claims *claims,
		  struct obligation_verdict *ret);

#endif
