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

/* A claim of the organisation itself is about all that it answers for, one of a predecessor about
 * the predecessor's devices. */
static bool is_about(const struct obligation_facts *facts, const struct claim *c,
		     struct target target)
{
	if (!str_eq(c->org, facts->org) && !str_eq(c->org, target.org))
		return false;
	return !c->ndevices || (target.id.n && names_device(c, target.id));
}

static bool in_force(const struct claim *c, int64_t at_ms)
{
	return c->approved && c->decided_ms <= at_ms && at_ms <= c->until_ms;
}

const struct claim *claim_effective(const struct obligation_facts *facts,
				    const struct claims *claims, struct target target,
				    int64_t at_ms)
{
	bool taken_back = false;

	for (size_t i = claims_until(claims, at_ms); i-- > 0;) {
		const struct claim *c = &claims->v[i];

		if (!is_about(facts, c, target))
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
			if (!taken_back && at_ms <= c->until_ms)
				return c;
			break;
		case CLAIM_MITIGATED:
		case CLAIM_EXCEPTED:
			if (in_force(c, at_ms))
				return c;
			break;
		default:
			break;
		}
	}
	return NULL;
}
