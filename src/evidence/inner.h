#ifndef EVIDENCE_INNER_H
#define EVIDENCE_INNER_H

/*
 * What the files behind the door share.  Everything is judged at facts->now_ms; to ask about an
 * earlier moment, ask with facts of that moment.
 *
 *	claims.c	which claim decides for a device or an estate
 *	parts.c		the state of an open obligation, from its parts
 *	clear.c		the word for one that covering evidence clears
 *	clocks.c	due dates
 *	obligation.c	ordinals, closures, and everything put together
 */

#include "evidence/evidence.h"

/* The claims of one ordinal: those made after the exposure that began it. */
struct claims {
	const struct claim *v;
	size_t n;
};
/* The first n of them were made by at_ms. */
size_t claims_until(const struct claims *claims, int64_t at_ms);

/* One device of an estate, or, id empty, that estate as a whole. */
struct target {
	struct str org, id;
};
/* The organisation itself (0) and those that it succeeded (1 to ninherited). */
static inline struct str estate_org(const struct obligation_facts *facts, size_t i)
{
	return i ? facts->inherited[i - 1] : facts->org;
}
bool claim_is_about(const struct obligation_facts *facts, const struct claim *c,
		    struct target target);
/*
 * The claim that decides for a target, or NULL: the latest of fixed, not applicable, attested, or
 * of a mitigation or exception that is approved and not past its date.  A later "in progress",
 * "blocked", "help needed" or "applicable" takes a claim of fixed, not applicable or attested
 * back, never an exception.
 */
const struct claim *claim_effective(const struct obligation_facts *facts,
				    const struct claims *claims, struct target target);
/* The claim that decides (or NULL) for each part of what is concerned: each estate as a whole, and
 * each device that claims name. */
typedef void part_fn(void *ctx, const struct claim *c);
void claims_each_part(const struct obligation_facts *facts, const struct claims *claims,
		      part_fn *fn, void *ctx);
/* Attesting is for those of whom no inventory can speak; of others it is a claim like "fixed". */
bool attesting_counts(const struct obligation_facts *facts);

/* The latest inventory, or NULL. */
const struct evidence_run *newest_run(const struct obligation_facts *facts);
static inline bool run_covers(const struct evidence_run *run, int64_t at_ms)
{
	return run && run->covers_until_ms >= at_ms;
}

/* Fill state, until and counts of *ret, for an obligation that no evidence has closed.  held: it
 * has been closed until a date since evidence covered what is not exposed. */
void judge_parts(const struct obligation_facts *facts, const struct claims *claims, bool held,
		 struct obligation_verdict *ret);
/* The state while covering evidence shows nothing exposed. */
enum obligation_state judge_clear(const struct obligation_facts *facts,
				  const struct claims *claims);
/* Answers and due dates, from state and claims. */
void judge_clocks(const struct obligation_facts *facts, const struct claims *claims,
		  struct obligation_verdict *ret);

#endif
