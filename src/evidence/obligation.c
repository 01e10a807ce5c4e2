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

/*
 * The first run after the closure's that shows exposure, or the number of runs.  Whatever stood
 * before was cleared with the closure, so its inventory was taken since and shows something new.
 */
static size_t find_fresh_exposure(const struct obligation_facts *facts, const struct closure *c)
{
	for (size_t i = c->run + 1; i < facts->runs.n; i++) {
		if (facts->runs.v[i].from_ms > facts->now_ms)
			break;
		if (facts->runs.v[i].exposed)
			return i;
	}
	return facts->runs.n;
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
	/* Closed and exposed again under an alert that this one follows. */
	o->start_ms = o->start_ms > facts->start_ms ? o->start_ms : facts->start_ms;
}

/* What the newest inventory says, for the columns beside the state. */
static void describe(const struct evidence_run *run, struct obligation_verdict *ret)
{
	ret->expected = run ? run->expected : -1;
	ret->unknown = run ? run->unknown : 0;
	ret->covered = run ? run->covered : 0;
	ret->devices = run ? run->devices : 0;
}

const struct evidence_run *newest_run(const struct obligation_facts *facts)
{
	size_t n = facts->runs.n;

	while (n && facts->runs.v[n - 1].from_ms > facts->now_ms)
		n--;
	return n ? &facts->runs.v[n - 1] : NULL;
}

static struct obligation_facts facts_of(const struct obligation_facts *facts, int64_t at_ms)
{
	struct obligation_facts then = *facts;

	then.now_ms = at_ms;
	return then;
}

/* The later of two moments, if it has come and evidence was covering then. */
static int64_t later_covered(const struct obligation_facts *facts, int64_t at_ms, int64_t said_ms)
{
	const struct obligation_facts then = facts_of(facts, said_ms);

	if (said_ms <= at_ms || said_ms > facts->now_ms)
		return at_ms;
	return run_covers(newest_run(&then), said_ms) ? said_ms : at_ms;
}

/* A closure keeps its word, whatever lapses or grows stale after it; what is said while evidence
 * still covers is heard. */
static void close_with(const struct obligation_facts *facts, const struct ordinal *o,
		       const struct closure *c, struct obligation_verdict *ret)
{
	struct obligation_facts then;
	int64_t at_ms = c->at_ms;

	for (size_t i = 0; i < o->claims.n; i++) {
		at_ms = later_covered(facts, at_ms, o->claims.v[i].at_ms);
		at_ms = later_covered(facts, at_ms, o->claims.v[i].decided_ms);
	}
	then = facts_of(facts, at_ms);
	ret->state = judge_clear(&then, &o->claims);
	ret->closed_ms = c->at_ms;
	ret->closed_by = facts->runs.v[c->run].ref;
	ret->covering = run_covers(newest_run(facts), facts->now_ms);
}

static void take_if_next(int64_t at_ms, int64_t after_ms, int64_t *next_ms)
{
	if (at_ms > after_ms && at_ms < *next_ms)
		*next_ms = at_ms;
}

/* The first moment after another at which anything changed; INT64_MAX: none. */
static int64_t next_moment(const struct obligation_facts *facts, const struct claims *claims,
			   int64_t after_ms)
{
	int64_t next_ms = INT64_MAX;

	for (size_t i = 0; i < claims->n; i++) {
		const struct claim *c = &claims->v[i];

		take_if_next(c->at_ms, after_ms, &next_ms);
		take_if_next(c->decided_ms, after_ms, &next_ms);
		if (c->until_ms < INT64_MAX)
			take_if_next(c->until_ms + 1, after_ms, &next_ms);
	}
	for (size_t i = 0; i < facts->runs.n; i++) {
		const struct evidence_run *r = &facts->runs.v[i];

		take_if_next(r->from_ms, after_ms, &next_ms);
		if (r->covers_until_ms < INT64_MAX)
			take_if_next(r->covers_until_ms + 1, after_ms, &next_ms);
	}
	return next_ms;
}

static bool any_dated(const struct claims *claims)
{
	for (size_t i = 0; i < claims->n; i++)
		if (claims->v[i].until_ms)
			return true;
	return false;
}

/*
 * Nothing has been closed by evidence.  Closed until a date latches as well: where an exception
 * for some devices closed it while evidence covered the rest, it stays closed when that
 * grows stale.  So what has a date is followed from moment to moment.
 */
static void judge_open(const struct obligation_facts *facts, const struct claims *claims,
		       struct obligation_verdict *ret)
{
	int64_t at = any_dated(claims) ? next_moment(facts, claims, INT64_MIN) : INT64_MAX;
	bool closed = false, held = false;

	for (; at <= facts->now_ms; at = next_moment(facts, claims, at)) {
		const struct obligation_facts then = facts_of(facts, at);
		struct obligation_verdict v = {0};

		judge_parts(&then, claims, held, &v);
		if (obligation_is_closed(v.state) && !closed)
			ret->closed_ms = at;
		closed = obligation_is_closed(v.state);
		held = closed && (held || v.covering);
	}
	judge_parts(facts, claims, held, ret);
	if (!closed)
		ret->closed_ms = 0;
}

static void judge(const struct obligation_facts *facts, struct obligation_verdict *ret)
{
	struct ordinal o = {{facts->claims, facts->nclaims}, 0, facts->start_ms};
	struct closure c = {0};
	bool closed;

	o.claims.n = claims_until(&o.claims, facts->now_ms);
	while ((closed = find_closure(facts, &o, &c))) {
		size_t again = find_fresh_exposure(facts, &c);

		if (again == facts->runs.n)
			break;
		ret->ordinal++;
		ret->previous_closed_ms = c.at_ms;
		ret->previous_closed_by = facts->runs.v[c.run].ref;
		begin_ordinal(facts, again, &o);
	}
	ret->start_ms = o.start_ms;
	ret->first_claim = (size_t)(o.claims.v - facts->claims);
	describe(newest_run(facts), ret);
	if (closed)
		close_with(facts, &o, &c, ret);
	else
		judge_open(facts, &o.claims, ret);
	judge_clocks(facts, &o.claims, ret);
}

void obligation_judge(const struct obligation_facts *facts, struct obligation_verdict *ret)
{
	struct obligation_facts seen = *facts;
	struct obligation_verdict v = {.ordinal = 1};

	if (!facts->evidencable)
		seen.runs = (struct evidence_runs){0};
	judge(&seen, &v);
	*ret = v;
}

bool obligation_device_differs(const struct obligation_facts *facts,
			       const struct obligation_verdict *verdict,
			       const struct evidence_device *device)
{
	const struct claims claims = {facts->claims + verdict->first_claim,
				      facts->nclaims - verdict->first_claim};
	const struct claim *c =
		claim_effective(facts, &claims, (struct target){device->org, device->id});

	return c && c->kind != CLAIM_MITIGATED && c->kind != CLAIM_EXCEPTED &&
	       device->seen_ms > c->at_ms;
}
