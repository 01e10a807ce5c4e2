#include "evidence/inner.h"

/*
 * An open obligation is as bad as the worst of its parts: each exposed device by the claim that
 * decides for it; and, unless covering evidence speaks for them, the devices that claims name
 * and the rest of each estate, by the claims alone.
 */

struct parts {
	bool attesting;		     /* counts */
	enum obligation_state worst; /* OBLIGATION_STATES: no part yet */
	int64_t until_ms;	     /* the first date at which a part stops being closed */
	bool answered;
	bool held; /* only what is still closed counts */
};

static void add_part(struct parts *p, enum obligation_state state, const struct claim *c)
{
	p->worst = state < p->worst ? state : p->worst;
	if (obligation_is_closed(state) && (!p->until_ms || c->until_ms < p->until_ms))
		p->until_ms = c->until_ms;
}

/* What nobody has seen: the claim stands alone. */
static void add_unseen(void *ctx, const struct claim *c)
{
	struct parts *p = ctx;
	enum obligation_state state =
		p->answered ? OBLIGATION_UNKNOWN : OBLIGATION_UNKNOWN_UNANSWERED;

	if (c && c->kind == CLAIM_MITIGATED)
		state = OBLIGATION_MITIGATED;
	else if (c && c->kind == CLAIM_EXCEPTED)
		state = OBLIGATION_EXCEPTED;
	else if (c && c->kind == CLAIM_ATTESTED && p->attesting)
		state = OBLIGATION_ATTESTED;
	else if (c)
		state = OBLIGATION_UNPROVEN;
	if (obligation_is_closed(state) || !p->held)
		add_part(p, state, c);
}

/* count exposed devices of which c is claimed. */
static void add_exposed(const struct claim *c, int64_t seen_ms, uint64_t count, struct parts *p,
			struct obligation_verdict *ret)
{
	if (!c)
		add_part(p, p->answered ? OBLIGATION_EXPOSED : OBLIGATION_EXPOSED_UNANSWERED, c);
	else if (c->kind == CLAIM_MITIGATED)
		ret->mitigated += count, add_part(p, OBLIGATION_MITIGATED, c);
	else if (c->kind == CLAIM_EXCEPTED)
		ret->excepted += count, add_part(p, OBLIGATION_EXCEPTED, c);
	else if (seen_ms > c->at_ms)
		ret->differs += count, add_part(p, OBLIGATION_EVIDENCE_DIFFERS, c);
	else
		ret->unproven += count, add_part(p, OBLIGATION_UNPROVEN, c);
}

/* Without the devices at hand all of them are taken for one, seen when the newest was. */
static void all_exposed(const struct obligation_facts *facts, const struct claims *claims,
			const struct evidence_run *run, struct parts *p,
			struct obligation_verdict *ret)
{
	for (size_t i = 0; run->v && i < run->exposed; i++)
		add_exposed(claim_effective(facts, claims,
					    (struct target){run->v[i].org, run->v[i].id}),
			    run->v[i].seen_ms, 1, p, ret);
	if (!run->v)
		add_exposed(claim_effective(facts, claims, (struct target){.org = facts->org}),
			    run->newest_ms, run->exposed, p, ret);
}

void judge_parts(const struct obligation_facts *facts, const struct claims *claims, bool held,
		 struct obligation_verdict *ret)
{
	const struct evidence_run *run = newest_run(facts);
	struct parts p = {.attesting = attesting_counts(facts),
			  .worst = OBLIGATION_STATES,
			  .answered = claims_until(claims, facts->now_ms) > 0};

	ret->covering = run_covers(run, facts->now_ms);
	ret->exposed = run ? run->exposed : 0;
	ret->seen_ms = ret->exposed ? run->newest_ms : 0;
	if (ret->covering && !ret->exposed) {
		ret->state = judge_clear(facts, claims);
		return;
	}
	if (ret->exposed)
		all_exposed(facts, claims, run, &p, ret);
	else
		p.held = held;
	if (!ret->covering && !(held && ret->exposed && obligation_is_closed(p.worst)))
		claims_each_part(facts, claims, add_unseen, &p);
	p.held = false;
	if (p.worst == OBLIGATION_STATES)
		claims_each_part(facts, claims, add_unseen, &p);
	ret->state = p.worst;
	ret->until_ms = obligation_is_closed(p.worst) ? p.until_ms : 0;
}
