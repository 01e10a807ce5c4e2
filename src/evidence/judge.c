#include "evidence/inner.h"

enum shown run_shows(const struct evidence_run *run, int64_t at_ms)
{
	if (!run)
		return SHOWN_NEITHER;
	if (run->exposed)
		return SHOWN_EXPOSED;
	return run->covers_until_ms >= at_ms ? SHOWN_CLEAR : SHOWN_NEITHER;
}

/* The state of a claim-less, acknowledged or worked-on obligation. */
static enum obligation_state unclaimed(bool answered, enum obligation_state unanswered_state,
				       enum obligation_state answered_state)
{
	return answered ? answered_state : unanswered_state;
}

enum obligation_state judge_clear(const struct obligation_facts *facts, const struct claims *claims,
				  int64_t at_ms)
{
	const struct claims made = {claims->v, claims_until(claims, at_ms)};

	(void)facts;
	for (size_t i = made.n; i-- > 0;)
		switch (made.v[i].kind) {
		case CLAIM_NOT_APPLICABLE:
			return made.v[i].ndevices ? OBLIGATION_CLEAR
						  : OBLIGATION_VERIFIED_NOT_APPLICABLE;
		case CLAIM_FIXED:
		case CLAIM_ATTESTED:
			return OBLIGATION_VERIFIED;
		case CLAIM_MITIGATED:
		case CLAIM_EXCEPTED:
			if (made.v[i].approved && made.v[i].decided_ms <= at_ms)
				return OBLIGATION_VERIFIED;
			break;
		default:
			break;
		}
	return unclaimed(made.n > 0, OBLIGATION_CLEAR_UNANSWERED, OBLIGATION_CLEAR);
}

/* Neither covering evidence nor exposure: what is claimed of one estate as a whole. */
static enum obligation_state judge_unseen(const struct obligation_facts *facts,
					  const struct claims *claims, struct str org,
					  int64_t *until_ms)
{
	const struct claim *c =
		claim_effective(facts, claims, (struct target){.org = org}, facts->now_ms);
	bool answered = claims_until(claims, facts->now_ms) > 0;

	if (!c)
		return unclaimed(answered, OBLIGATION_UNKNOWN_UNANSWERED, OBLIGATION_UNKNOWN);
	if (c->kind == CLAIM_FIXED || c->kind == CLAIM_NOT_APPLICABLE ||
	    (c->kind == CLAIM_ATTESTED && facts->evidencable && facts->has_inventory))
		return OBLIGATION_UNPROVEN;
	*until_ms = *until_ms && *until_ms < c->until_ms ? *until_ms : c->until_ms;
	return c->kind == CLAIM_ATTESTED    ? OBLIGATION_ATTESTED
	       : c->kind == CLAIM_MITIGATED ? OBLIGATION_MITIGATED
					    : OBLIGATION_EXCEPTED;
}

/* The worst of the estates that the organisation answers for. */
static void judge_all_unseen(const struct obligation_facts *facts, const struct claims *claims,
			     struct obligation_verdict *ret)
{
	ret->state = judge_unseen(facts, claims, facts->org, &ret->until_ms);
	for (size_t i = 0; i < facts->ninherited; i++) {
		enum obligation_state s =
			judge_unseen(facts, claims, facts->inherited[i], &ret->until_ms);

		ret->state = s < ret->state ? s : ret->state;
	}
	if (!obligation_is_closed(ret->state))
		ret->until_ms = 0;
}

/* Devices exposed, by what is claimed of them. */
struct tally {
	uint64_t bare, differs, unproven, mitigated, excepted;
	int64_t until_ms;
	bool partial; /* some exception is for named devices only */
};

static void tally_device(const struct obligation_facts *facts, const struct claims *claims,
			 const struct evidence_device *d, struct tally *t)
{
	const struct claim *c =
		claim_effective(facts, claims, (struct target){d->org, d->id}, facts->now_ms);

	if (!c) {
		t->bare++;
		return;
	}
	switch (c->kind) {
	case CLAIM_MITIGATED:
	case CLAIM_EXCEPTED:
		*(c->kind == CLAIM_MITIGATED ? &t->mitigated : &t->excepted) += 1;
		t->until_ms = t->until_ms && t->until_ms < c->until_ms ? t->until_ms : c->until_ms;
		t->partial |= c->ndevices > 0 || !str_eq(c->org, facts->org);
		break;
	default:
		*(d->seen_ms > c->at_ms ? &t->differs : &t->unproven) += 1;
	}
}

/* Without the devices at hand all of them are taken for one, seen when the newest was. */
static void tally_run(const struct obligation_facts *facts, const struct claims *claims,
		      const struct evidence_run *run, struct tally *t)
{
	const struct evidence_device all = {facts->org, {0}, run->newest_ms};
	struct tally one = {0};

	for (size_t i = 0; run->v && i < run->exposed; i++)
		tally_device(facts, claims, &run->v[i], t);
	if (run->v)
		return;
	tally_device(facts, claims, &all, &one);
	*t = (struct tally){one.bare * run->exposed,
			    one.differs * run->exposed,
			    one.unproven * run->exposed,
			    one.mitigated * run->exposed,
			    one.excepted * run->exposed,
			    one.until_ms,
			    one.partial};
}

static void judge_exposed(const struct obligation_facts *facts, const struct claims *claims,
			  const struct evidence_run *run, struct obligation_verdict *ret)
{
	struct tally t = {0};

	tally_run(facts, claims, run, &t);
	ret->differs = t.differs;
	ret->unproven = t.unproven;
	ret->mitigated = t.mitigated;
	ret->excepted = t.excepted;
	ret->seen_ms = run->newest_ms;
	if (t.differs)
		ret->state = OBLIGATION_EVIDENCE_DIFFERS;
	else if (t.bare)
		ret->state = unclaimed(claims_until(claims, facts->now_ms) > 0,
				       OBLIGATION_EXPOSED_UNANSWERED, OBLIGATION_EXPOSED);
	else if (t.unproven)
		ret->state = OBLIGATION_UNPROVEN;
	else if (t.partial && !ret->covering)
		/* What is excepted is; of the rest of the estate nobody knows. */
		ret->state = OBLIGATION_UNKNOWN;
	else {
		ret->state = t.excepted ? OBLIGATION_EXCEPTED : OBLIGATION_MITIGATED;
		ret->until_ms = t.until_ms;
	}
}

void judge_open(const struct obligation_facts *facts, const struct claims *claims,
		const struct evidence_run *run, struct obligation_verdict *ret)
{
	ret->covering = run && run->covers_until_ms >= facts->now_ms;
	ret->exposed = run ? run->exposed : 0;
	switch (run_shows(run, facts->now_ms)) {
	case SHOWN_CLEAR:
		ret->state = judge_clear(facts, claims, facts->now_ms);
		break;
	case SHOWN_EXPOSED:
		judge_exposed(facts, claims, run, ret);
		break;
	case SHOWN_NEITHER:
		judge_all_unseen(facts, claims, ret);
		break;
	}
}
