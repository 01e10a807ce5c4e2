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

/* By when everything is to be put right, but for what a supplier holds up. */
static int64_t remediate_by(const struct obligation_facts *facts,
			    const struct obligation_verdict *v)
{
	int64_t due = alert_clock_due(&facts->clock, facts->calendar, v->start_ms,
				      facts->clock.remediate);

	if (v->ordinal > 1)
		return due;
	return sooner(facts->remediate_by_ms ? facts->remediate_by_ms : due, facts->due_before_ms);
}

/* For those who wait for a supplier remediation runs from the authorised fix, mitigation from
 * when they were asked. */
static void remediation(const struct obligation_facts *facts, struct obligation_verdict *ret)
{
	int64_t due = remediate_by(facts, ret), from_fix;

	if (!ret->blocked) {
		ret->remediate_due_ms = due;
		return;
	}
	ret->mitigate_due_ms = due;
	if (!facts->fix_ms)
		return;
	from_fix = alert_clock_due(&facts->clock, facts->calendar, facts->fix_ms,
				   facts->clock.remediate);
	ret->remediate_due_ms = from_fix > due ? from_fix : due;
	ret->mitigate_due_ms = 0;
}

static const struct claim *last_of_work(const struct claims *claims, size_t n)
{
	while (n && claims->v[n - 1].kind == CLAIM_ACKNOWLEDGED)
		n--;
	return n ? &claims->v[n - 1] : NULL;
}

static void answers(const struct obligation_facts *facts, const struct claims *claims,
		    struct obligation_verdict *ret)
{
	size_t n = claims_until(claims, facts->now_ms);
	const struct claim *last = last_of_work(claims, n);

	ret->answered = n > 0;
	ret->answered_ms = n ? claims->v[0].at_ms : 0;
	ret->updated_ms = n ? claims->v[n - 1].at_ms : 0;
	ret->blocked = last && last->kind == CLAIM_BLOCKED;
	for (size_t i = 0; i < n; i++) {
		const struct claim *c = &claims->v[i];

		if ((c->kind == CLAIM_MITIGATED || c->kind == CLAIM_EXCEPTED) &&
		    (!c->decided_ms || c->decided_ms > facts->now_ms) &&
		    facts->now_ms <= c->until_ms)
			ret->pending = true;
	}
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
		remediation(facts, ret);
	ret->due_ms = sooner(sooner(ret->acknowledge_due_ms, ret->update_due_ms),
			     sooner(ret->remediate_due_ms, ret->mitigate_due_ms));
	ret->overdue = facts->reached && ret->due_ms && facts->now_ms > ret->due_ms;
}
