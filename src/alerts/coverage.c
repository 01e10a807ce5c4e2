#include "alerts/derive.h"

/* Which class of the directory's is which of the estate's. */
static const enum device_class class_of[ORG_CLASSES] = {
	[ORG_WORKSTATION] = CLASS_WORKSTATION, [ORG_SERVER] = CLASS_SERVER,
	[ORG_MEDICAL] = CLASS_MEDICAL,	       [ORG_NETWORK] = CLASS_NETWORK,
	[ORG_MOBILE] = CLASS_MOBILE,	       [ORG_OTHER] = CLASS_OTHER,
};

struct expected expected_of(const struct org *org)
{
	struct expected e = {.total = org->expected_devices};

	e.class[CLASS_UNKNOWN] = -1;
	for (size_t i = 0; i < ORG_CLASSES; i++)
		e.class[class_of[i]] = org->expected[i];
	return e;
}

void expected_text(const struct expected *e, struct text *out)
{
	text_addf(out, "%jd", (intmax_t)e->total);
	for (unsigned c = CLASS_UNKNOWN + 1; c < DEVICE_CLASSES; c++)
		if (e->class[c] >= 0)
			text_addf(out, " %s=%jd", device_class_name((enum device_class)c),
				  (intmax_t)e->class[c]);
}

/* ---- what was seen ------------------------------------------------------------------ */

/* Until when the evidence on a device stays fresh: the least of what is fresh now; 0: nothing. */
static int64_t device_expires(const struct estate_device *d, int64_t now_ms)
{
	int64_t least = 0;

	for (unsigned f = 0; f < FACETS; f++) {
		const struct estate_seen *seen = &d->facet[f];
		int64_t ends;

		if (!estate_is_fresh(seen, now_ms))
			continue;
		ends = seen->seen_ms + estate_fresh_days((enum estate_kind)seen->kind) * MS_PER_DAY;
		least = least ? MIN_OF(least, ends) : ends;
	}
	return least;
}

static int lasts_longest(const void *a, const void *b, void *ctx)
{
	const int64_t *expires = ctx;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (expires[x] != expires[y])
		return expires[x] > expires[y] ? -1 : 1;
	return x < y ? -1 : x > y;
}

void sight_make(const struct segment *s, struct arena *arena, struct sight *ret)
{
	bool sorted = true;

	*ret = (struct sight){.segment = s,
			      .now_ms = s->as_of_ms,
			      .order = ARENA_ARRAY(arena, uint32_t, s->ndevices + 1),
			      .expires_ms = ARENA_ARRAY(arena, int64_t, s->ndevices + 1)};
	for (uint32_t i = 0; i < s->ndevices; i++) {
		ret->in_class[s->devices[i].class]++;
		ret->expires_ms[i] = device_expires(&s->devices[i], s->as_of_ms);
		if (!ret->expires_ms[i])
			continue;
		if (ret->nfresh &&
		    ret->expires_ms[ret->order[ret->nfresh - 1]] < ret->expires_ms[i])
			sorted = false;
		ret->order[ret->nfresh++] = i;
	}
	if (!sorted)
		qsort_r(ret->order, ret->nfresh, sizeof(*ret->order), lasts_longest,
			ret->expires_ms);
}

/* ---- is it enough? -------------------------------------------------------------------- */

/* One demand: so many of a class, or of all; met when the needed-th device is counted. */
struct demand {
	int64_t expected; /* -1: none */
	uint64_t needed, seen;
	int64_t until_ms;
};

/* What is listed is expected, whatever fewer was stated: nothing hides behind a small number. */
static void demand_make(struct demand *d, int64_t expected, uint64_t listed)
{
	*d = (struct demand){.expected = expected};
	if (expected >= 0)
		d->needed = evidence_needed(MAX_OF((uint64_t)expected, listed));
}

static void demand_see(struct demand *d, int64_t expires_ms)
{
	if (++d->seen == d->needed)
		d->until_ms = expires_ms;
}

struct demands {
	struct demand total, class[DEVICE_CLASSES];
	bool by_class, unstated; /* unstated: nobody has said how many of one concerned */
};

/*
 * By class where that is stated, and in all where that is; an alert about some classes asks for
 * each of them.  A class that is listed has to be expected, by itself or in the total.
 */
static void demands_make(struct demands *d, const struct expected *e, unsigned classes,
			 const uint32_t *listed)
{
	uint64_t all = 0;

	for (unsigned c = 0; c < DEVICE_CLASSES; c++) {
		bool asked = classes ? classes >> c & 1 : true;

		all += listed[c];
		demand_make(&d->class[c], asked ? e->class[c] : -1, listed[c]);
		d->by_class |= d->class[c].expected >= 0;
		d->unstated |= asked && e->class[c] < 0 && (classes || (listed[c] && e->total < 0));
	}
	demand_make(&d->total, classes ? -1 : e->total, all);
	d->unstated |= !d->by_class && d->total.expected < 0;
}

static int64_t demands_expect(const struct demands *d)
{
	int64_t sum = 0;

	if (d->unstated)
		return -1;
	for (unsigned c = 0; c < DEVICE_CLASSES; c++)
		sum += MAX_OF(d->class[c].expected, 0);
	return MAX_OF(sum, d->total.expected);
}

/* Until the first of the demands is not met any more; 0 when one isn't now. */
static int64_t demands_met_until(const struct demands *d, const struct sight *s)
{
	/* Where none is expected the inventory itself is the evidence. */
	int64_t longest = s->nfresh ? s->expires_ms[s->order[0]]
				    : s->now_ms + estate_fresh_days(ESTATE_AGENT) * MS_PER_DAY;
	int64_t until = longest;

	if (d->unstated)
		return 0;
	for (unsigned c = 0; c <= DEVICE_CLASSES; c++) {
		const struct demand *one = c < DEVICE_CLASSES ? &d->class[c] : &d->total;

		if (one->expected < 0 || !one->needed)
			continue;
		if (!one->until_ms)
			return 0;
		until = MIN_OF(until, one->until_ms);
	}
	return until;
}

struct coverage coverage_of(const struct sight *s, const struct expected *e, unsigned classes,
			    const uint64_t *unknown)
{
	struct demands d = {0};
	struct coverage c = {0};

	demands_make(&d, e, classes, s->in_class);
	for (unsigned k = 0; k < DEVICE_CLASSES; k++)
		if (!classes || k == CLASS_UNKNOWN || classes >> k & 1)
			c.devices += s->in_class[k];
	for (uint32_t i = 0; i < s->nfresh; i++) {
		uint32_t device = s->order[i];
		unsigned class = s->segment->devices[device].class;

		if ((unknown && bits_has(unknown, device)) || (classes && !(classes >> class & 1)))
			continue;
		c.covered++;
		demand_see(&d.total, s->expires_ms[device]);
		demand_see(&d.class[class], s -> expires_ms[device]);
	}
	c.expected = demands_expect(&d);
	c.until_ms = demands_met_until(&d, s);
	return c;
}
