#include "evidence/inner.h"

size_t claims_until(const struct claims *claims, int64_t at_ms)
{
	size_t n = claims->n;

	while (n && claims->v[n - 1].at_ms > at_ms)
		n--;
	return n;
}

static bool names_device(const struct claim *c, struct str id)
{
	size_t lo = 0, hi = c->ndevices;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (str_cmp(c->devices[mid], id) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->ndevices && str_eq(c->devices[lo], id);
}

/* What an organisation said before it took an estate over is not about that estate. */
static bool succeeded_by(const struct obligation_facts *facts, struct str org, int64_t at_ms)
{
	for (size_t i = 0; facts->inherited_ms && i < facts->ninherited; i++)
		if (str_eq(facts->inherited[i], org))
			return facts->inherited_ms[i] <= at_ms;
	return true;
}

/* A claim of the organisation itself is about all that it answers for, one of a predecessor about
 * the predecessor's devices. */
bool claim_is_about(const struct obligation_facts *facts, const struct claim *c,
		    struct target target)
{
	if (!str_eq(c->org, target.org) &&
	    (!str_eq(c->org, facts->org) || !succeeded_by(facts, target.org, c->at_ms)))
		return false;
	return !c->ndevices || (target.id.n && names_device(c, target.id));
}

bool attesting_counts(const struct obligation_facts *facts)
{
	return !facts->evidencable || (!facts->has_inventory && !facts->runs.n);
}

static bool in_force(const struct obligation_facts *facts, const struct claim *c)
{
	return c->approved && c->decided_ms && c->decided_ms <= facts->now_ms &&
	       facts->now_ms <= c->until_ms;
}

/* Where attesting doesn't count, its date ends nothing either: it would be silence that turned
 * "evidence differs" into "exposed". */
static bool attests(const struct obligation_facts *facts, const struct claim *c)
{
	return !attesting_counts(facts) || facts->now_ms <= c->until_ms;
}

const struct claim *claim_effective(const struct obligation_facts *facts,
				    const struct claims *claims, struct target target)
{
	bool taken_back = false;

	for (size_t i = claims_until(claims, facts->now_ms); i-- > 0;) {
		const struct claim *c = &claims->v[i];

		if (!claim_is_about(facts, c, target))
			continue;
		switch (c->kind) {
		case CLAIM_APPLICABLE:
		case CLAIM_IN_PROGRESS:
		case CLAIM_BLOCKED:
		case CLAIM_HELP:
			taken_back = true;
			break;
		case CLAIM_FIXED:
		case CLAIM_NOT_APPLICABLE:
			if (!taken_back)
				return c;
			break;
		case CLAIM_ATTESTED:
			if (!taken_back && attests(facts, c))
				return c;
			break;
		case CLAIM_MITIGATED:
		case CLAIM_EXCEPTED:
			if (in_force(facts, c))
				return c;
			break;
		default:
			break;
		}
	}
	return NULL;
}

struct each {
	struct str org;
	part_fn *fn;
	void *ctx;
};

/* The devices of one estate that one claim names. */
static void each_named(const struct obligation_facts *facts, const struct claims *claims,
		       const struct claim *c, struct each *each)
{
	for (size_t i = 0; i < c->ndevices; i++) {
		const struct target t = {each->org, c->devices[i]};

		if (claim_is_about(facts, c, t))
			each->fn(each->ctx, claim_effective(facts, claims, t));
	}
}

void claims_each_part(const struct obligation_facts *facts, const struct claims *claims,
		      part_fn *fn, void *ctx)
{
	size_t n = claims_until(claims, facts->now_ms);

	for (size_t e = 0; e <= facts->ninherited; e++) {
		struct each each = {estate_org(facts, e), fn, ctx};

		fn(ctx, claim_effective(facts, claims, (struct target){.org = each.org}));
		for (size_t i = 0; i < n; i++)
			each_named(facts, claims, &claims->v[i], &each);
	}
}
