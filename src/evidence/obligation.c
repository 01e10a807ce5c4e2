#include "evidence/inner.h"

/*
 * An obligation is judged ordinal by ordinal: the first begins when the organisation is asked, and
 * each closure by evidence ends one.  It stays closed, whatever grows stale, until an inventory
 * taken after it shows exposure again; that begins the next, for which earlier claims count no
 * more.
 */

struct ordinal {
	struct claims claims;
	size_t first_run;
	int64_t start_ms;
};

struct closure {
	int64_t at_ms;
	size_t run;
};

/* The earliest moment at which somebody had answered and covering evidence showed nothing. */
static bool find_closure(const struct obligation_facts *facts, const struct ordinal *o,
			 struct closure *ret)
{
	int64_t answered_ms;

	if (!o->claims.n)
		return false;
	answered_ms = o->claims.v[0].at_ms;
	for (size_t i = o->first_run; i < facts->runs.n; i++) {
		const struct evidence_run *r = &facts->runs.v[i];
		int64_t at = r->from_ms > answered_ms ? r->from_ms : answered_ms;

		if (r->exposed || at > r->covers_until_ms || at > facts->now_ms)
			continue;
		if (i + 1 < facts->runs.n && at >= facts->runs.v[i + 1].from_ms)
			continue;
		*ret = (struct closure){at, i};
		return true;
	}
	return false;
}

/* The run that shows exposure seen after the closure, or the number of runs. */
static size_t find_fresh_exposure(const struct obligation_facts *facts, const struct closure *c)
{
	size_t i = c->run + 1;

	while (i < facts->runs.n && facts->runs.v[i].from_ms <= facts->now_ms &&
	       !(facts->runs.v[i].exposed && facts->runs.v[i].newest_ms > c->at_ms))
		i++;
	return i < facts->runs.n && facts->runs.v[i].from_ms <= facts->now_ms ? i : facts->runs.n;
}

static void begin_ordinal(const struct obligation_facts *facts, size_t run, struct ordinal *o)
{
	const struct evidence_run *r = &facts->runs.v[run];

	while (o->claims.n && o->claims.v[0].at_ms <= r->from_ms) {
		o->claims.v++;
		o->claims.n--;
	}
	o->first_run = run;
	o->start_ms = r->known_ms > r->from_ms ? r->known_ms : r->from_ms;
}

/* What the newest inventory says, for the columns beside the state. */
static void describe(const struct evidence_run *run, struct obligation_verdict *ret)
{
	ret->expected = run ? run->expected : -1;
	ret->unknown = run ? run->unknown : 0;
	ret->covered = run ? run->covered : 0;
	ret->devices = run ? run->devices : 0;
}

static const struct evidence_run *newest_run(const struct obligation_facts *facts)
{
	size_t n = facts->runs.n;

	while (n && facts->runs.v[n - 1].from_ms > facts->now_ms)
		n--;
	return n ? &facts->runs.v[n - 1] : NULL;
}

/* When a closure that lasts until a date began: with the decision or claim that it rests on. */
static int64_t closed_by_claim(const struct obligation_facts *facts, const struct claims *claims,
			       enum obligation_state state)
{
	int64_t at = facts->now_ms;

	for (size_t i = claims_until(claims, facts->now_ms); i-- > 0;) {
		const struct claim *c = &claims->v[i];

		if ((state == OBLIGATION_ATTESTED && c->kind == CLAIM_ATTESTED) ||
		    (state == OBLIGATION_MITIGATED && c->kind == CLAIM_MITIGATED && c->approved) ||
		    (state == OBLIGATION_EXCEPTED && c->kind == CLAIM_EXCEPTED && c->approved))
			at = c->decided_ms ? c->decided_ms : c->at_ms;
	}
	return at;
}

static void close_with(const struct obligation_facts *facts, const struct ordinal *o,
		       const struct closure *c, struct obligation_verdict *ret)
{
	const struct evidence_run *now = newest_run(facts);

	ret->state = judge_clear(facts, &o->claims, facts->now_ms);
	ret->closed_ms = c->at_ms;
	ret->closed_by = facts->runs.v[c->run].ref;
	ret->covering = now && now->covers_until_ms >= facts->now_ms;
}

void obligation_judge(const struct obligation_facts *facts, struct obligation_verdict *ret)
{
	struct ordinal o = {{facts->claims, facts->nclaims}, 0, facts->start_ms};
	struct obligation_verdict v = {.ordinal = 1};
	struct closure c;
	bool closed;

	o.claims.n = claims_until(&o.claims, facts->now_ms);
	while ((closed = find_closure(facts, &o, &c))) {
		size_t again = find_fresh_exposure(facts, &c);

		if (again == facts->runs.n)
			break;
		v.ordinal++;
		v.previous_closed_ms = c.at_ms;
		v.previous_closed_by = facts->runs.v[c.run].ref;
		begin_ordinal(facts, again, &o);
	}
	v.start_ms = o.start_ms;
	v.first_claim = (size_t)(o.claims.v - facts->claims);
	describe(newest_run(facts), &v);
	if (closed)
		close_with(facts, &o, &c, &v);
	else
		judge_open(facts, &o.claims, newest_run(facts), &v);
	if (!closed && obligation_is_closed(v.state))
		v.closed_ms = closed_by_claim(facts, &o.claims, v.state);
	judge_clocks(facts, &o.claims, &v);
	*ret = v;
}

bool obligation_device_differs(const struct obligation_facts *facts,
			       const struct obligation_verdict *verdict,
			       const struct evidence_device *device)
{
	const struct claims claims = {facts->claims + verdict->first_claim,
				      facts->nclaims - verdict->first_claim};
	const struct claim *c = claim_effective(
		facts, &claims, (struct target){device->org, device->id}, facts->now_ms);

	return c && c->kind != CLAIM_MITIGATED && c->kind != CLAIM_EXCEPTED &&
	       device->seen_ms > c->at_ms;
}
