#include "evidence/inner.h"

int64_t alert_clock_due(const struct alert_clock *clock, const struct calendar *calendar,
			int64_t from_ms, int64_t n)
{
	if (!n)
		return 0;
	return clock->elapsed ? from_ms + n : calendar_working_days(calendar, from_ms, n);
}

/* The earlier of two due dates, where 0 is none. */
static int64_t sooner(int64_t a, int64_t b)
{
	return !a ? b : !b ? a : a < b ? a : b;
}

/*
 * By when everything is to be put right, but for what a supplier holds up.  A date that had
 * passed before one was asked is no date to meet: who joins late, or is exposed again, has the
 * clock from that day.
 */
static int64_t remediate_by(const struct obligation_facts *facts,
			    const struct obligation_verdict *v)
{
	int64_t due = facts->remediate_by_ms;

	if (due <= v->start_ms)
		due = alert_clock_due(&facts->clock, facts->calendar, v->start_ms,
				      facts->clock.remediate);
	return v->ordinal > 1 ? due : sooner(due, facts->due_before_ms);
}

/* --- waiting for a supplier --- */

/* Blocked until work goes on or is said to be done; asking for help or an exception, or
 * mitigating what can't be fixed, is not that. */
static bool is_blocked(const struct obligation_facts *facts, const struct claims *claims,
		       struct target target)
{
	for (size_t i = claims_until(claims, facts->now_ms); i-- > 0;) {
		const struct claim *c = &claims->v[i];

		if (!claim_is_about(facts, c, target))
			continue;
		if (c->kind == CLAIM_BLOCKED)
			return true;
		if (c->kind == CLAIM_IN_PROGRESS || c->kind == CLAIM_FIXED ||
		    c->kind == CLAIM_NOT_APPLICABLE || c->kind == CLAIM_ATTESTED)
			return false;
	}
	return false;
}

/* Is something in one estate that c says is blocked so still? */
static bool blocks(const struct obligation_facts *facts, const struct claims *claims,
		   const struct claim *c, struct str org)
{
	struct target t = {.org = org};

	for (size_t i = 0; i < c->ndevices; i++) {
		t.id = c->devices[i];
		if (claim_is_about(facts, c, t) && is_blocked(facts, claims, t))
			return true;
	}
	return !c->ndevices && claim_is_about(facts, c, t) && is_blocked(facts, claims, t);
}

static bool any_blocked(const struct obligation_facts *facts, const struct claims *claims)
{
	for (size_t i = claims_until(claims, facts->now_ms); i-- > 0;) {
		if (claims->v[i].kind != CLAIM_BLOCKED)
			continue;
		for (size_t e = 0; e <= facts->ninherited; e++)
			if (blocks(facts, claims, &claims->v[i], estate_org(facts, e)))
				return true;
	}
	return false;
}

/* Is there nothing to put right but what waits for a supplier, or is excepted? */
static bool all_blocked(const struct obligation_facts *facts, const struct claims *claims)
{
	const struct evidence_run *run = newest_run(facts);
	size_t n = run && run->v ? run->exposed : 0;

	for (size_t i = 0; i < n; i++) {
		const struct target t = {run->v[i].org, run->v[i].id};
		const struct claim *c = claim_effective(facts, claims, t);

		if (!is_blocked(facts, claims, t) &&
		    !(c && (c->kind == CLAIM_MITIGATED || c->kind == CLAIM_EXCEPTED)))
			return false;
	}
	for (size_t e = 0; !n && e <= facts->ninherited; e++)
		if (!is_blocked(facts, claims, (struct target){.org = estate_org(facts, e)}))
			return false;
	return true;
}

/* For those who wait for a supplier remediation runs from the authorised fix, mitigation from
 * when they were asked. */
static void remediation(const struct obligation_facts *facts, const struct claims *claims,
			struct obligation_verdict *ret)
{
	int64_t due = remediate_by(facts, ret), from_fix;

	if (!ret->blocked || !all_blocked(facts, claims)) {
		ret->remediate_due_ms = due;
		return;
	}
	ret->mitigate_due_ms = due;
	if (!facts->fix_ms || facts->fix_ms > facts->now_ms)
		return;
	from_fix = alert_clock_due(&facts->clock, facts->calendar, facts->fix_ms,
				   facts->clock.remediate);
	ret->remediate_due_ms = from_fix > due ? from_fix : due;
}

static bool is_pending(const struct obligation_facts *facts, const struct claim *c)
{
	return (c->kind == CLAIM_MITIGATED || c->kind == CLAIM_EXCEPTED) &&
	       (!c->decided_ms || c->decided_ms > facts->now_ms) && facts->now_ms <= c->until_ms;
}

static void answers(const struct obligation_facts *facts, const struct claims *claims,
		    struct obligation_verdict *ret)
{
	size_t n = claims_until(claims, facts->now_ms);

	ret->answered = n > 0;
	ret->answered_ms = n ? claims->v[0].at_ms : 0;
	ret->updated_ms = n ? claims->v[n - 1].at_ms : 0;
	ret->blocked = any_blocked(facts, claims);
	for (size_t i = 0; i < n; i++)
		ret->pending |= is_pending(facts, &claims->v[i]);
}

void judge_clocks(const struct obligation_facts *facts, const struct claims *claims,
		  struct obligation_verdict *ret)
{
	answers(facts, claims, ret);
	if (obligation_is_closed(ret->state)) {
		ret->due_ms = ret->until_ms;
		return;
	}
	if (!ret->answered)
		ret->acknowledge_due_ms = alert_clock_due(&facts->clock, facts->calendar,
							  ret->start_ms, facts->clock.acknowledge);
	else
		ret->update_due_ms = alert_clock_due(&facts->clock, facts->calendar,
						     ret->updated_ms, facts->clock.update);
	if (ret->state != OBLIGATION_CLEAR_UNANSWERED)
		remediation(facts, claims, ret);
	ret->due_ms = sooner(sooner(ret->acknowledge_due_ms, ret->update_due_ms),
			     sooner(ret->remediate_due_ms, ret->mitigate_due_ms));
	ret->overdue = facts->reached && ret->due_ms && facts->now_ms > ret->due_ms;
}
