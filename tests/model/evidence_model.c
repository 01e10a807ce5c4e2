/*
 * The state of obligations against its naive twin, on worlds made by chance: claims, inventories of
 * up to three estates, decisions, clocks.  And what must hold whatever the rules: the order of
 * arrival is nothing, claims alone close nothing, silence improves nothing.
 * Seeds are printed when something differs: LYNCHPIN_SEED runs that one alone, LYNCHPIN_WORLDS sets
 * how many.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/rng.h"
#include "obligations.h"

enum {
	CLAIMS = 7,
	RUNS = 5,
	IDS = 4,
	HORIZON = 40,
	LOOKS = 5,
	FEW_WORLDS = 30000,
	MANY_WORLDS = 1000000
};

static const char *const device_ids[IDS] = {"d1", "d2", "d3", "d4"};
static const char *const org_codes[] = {"A", "B", "C"};

struct world {
	struct obligation_facts facts;
	struct twin_case twin;
	struct calendar calendar;
	int32_t holidays[3];
	struct str inherited[TWIN_ESTATES];
	int64_t inherited_ms[TWIN_ESTATES];
	struct claim claims[CLAIMS];
	struct str named[CLAIMS][IDS];
	struct evidence_run runs[TWIN_ESTATES][RUNS];
	struct evidence_device exposed[TWIN_ESTATES][RUNS][IDS];
	int64_t unit_ms; /* worlds are a millisecond or half a day coarse */
};

static bool chance(struct rng *r, uint32_t one_in)
{
	return rng_below(r, one_in) == 0;
}

static int64_t moment_of(struct rng *r, const struct world *w)
{
	return (1 + rng_below(r, HORIZON)) * w->unit_ms;
}

/* --- worlds --- */

static int claim_order(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int c;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	c = str_cmp(x->ref.site, y->ref.site);
	if (c)
		return c;
	return x->ref.number < y->ref.number ? -1 : x->ref.number > y->ref.number;
}

static void random_claim(struct rng *r, struct world *w, size_t i)
{
	struct claim *c = &w->claims[i];
	bool named = chance(r, 3);

	*c = (struct claim){.kind = (enum claim_kind)rng_below(r, CLAIM_KINDS),
			    .ref = {chance(r, 2) ? STR("east") : STR("west"), i + 1},
			    .at_ms = moment_of(r, w),
			    .org = str_of(org_codes[chance(r, 3) ? rng_below(r, 3) : 0]),
			    .devices = w->named[i]};
	if (c->kind < CLAIM_FIXED && chance(r, 2))
		c->kind = (enum claim_kind)(CLAIM_NOT_APPLICABLE + rng_below(r, 5));
	for (size_t d = 0; named && d < IDS; d++)
		if (chance(r, 2))
			w->named[i][c->ndevices++] = str_of(device_ids[d]);
	if (c->kind < CLAIM_MITIGATED)
		return;
	c->until_ms = chance(r, 10) ? 0 : c->at_ms + moment_of(r, w) / 2;
	c->approved = !chance(r, 4);
	c->decided_ms = chance(r, 5) ? 0 : c->at_ms + (chance(r, 2) ? 0 : moment_of(r, w) / 4);
	if (c->kind == CLAIM_ATTESTED)
		c->decided_ms = 0;
}

static void random_run(struct rng *r, struct world *w, size_t estate, int64_t from_ms)
{
	size_t i = w->twin.estates[estate].runs.n++;
	struct evidence_run *run = &w->runs[estate][i];
	struct evidence_device *v = w->exposed[estate][i];

	*run = (struct evidence_run){.from_ms = from_ms,
				     .last_ms = from_ms,
				     .known_ms = from_ms + (chance(r, 4) ? 3 * w->unit_ms : 0),
				     .v = v,
				     .expected = 10,
				     .ref = {STR("east"), 100 * (estate + 1) + i}};
	if (!chance(r, 3))
		run->covers_until_ms = from_ms + rng_below(r, 15) * w->unit_ms;
	if (!chance(r, 3))
		for (size_t d = 0; d < IDS; d++)
			if (chance(r, 3))
				v[run->exposed++] = (struct evidence_device){
					w->twin.estates[estate].org, str_of(device_ids[d]),
					chance(r, 3) ? from_ms - rng_below(r, 8) * w->unit_ms
						     : from_ms};
	for (size_t d = 0; d < run->exposed; d++) {
		if (!d || v[d].seen_ms < run->oldest_ms)
			run->oldest_ms = v[d].seen_ms;
		if (!d || v[d].seen_ms > run->newest_ms)
			run->newest_ms = v[d].seen_ms;
	}
}

static void random_estates(struct rng *r, struct world *w)
{
	w->twin.nestates = chance(r, 3) ? 1 + rng_below(r, TWIN_ESTATES) : 1;
	for (size_t e = 0; e < w->twin.nestates; e++) {
		uint32_t n = rng_below(r, RUNS + 1);
		int64_t at = 0;

		w->twin.estates[e].org = str_of(org_codes[e]);
		w->twin.estates[e].runs.v = w->runs[e];
		if (e) {
			w->inherited[e - 1] = str_of(org_codes[e]);
			w->inherited_ms[e - 1] = chance(r, 2) ? 0 : moment_of(r, w);
			w->twin.estates[e].since_ms = w->inherited_ms[e - 1];
		}
		for (uint32_t i = 0; i < n; i++) {
			at += (1 + rng_below(r, HORIZON / 4)) * w->unit_ms;
			random_run(r, w, e, at);
		}
	}
}

static void random_clock(struct rng *r, struct world *w)
{
	struct obligation_facts *f = &w->facts;
	int64_t n[3];

	for (size_t i = 0; i < 3; i++)
		n[i] = chance(r, 8) ? 0 : 1 + rng_below(r, 12);
	f->clock = (struct alert_clock){w->unit_ms == 1 || chance(r, 2), n[0], n[1], n[2]};
	if (f->clock.elapsed) {
		f->clock.acknowledge *= w->unit_ms;
		f->clock.update *= w->unit_ms;
		f->clock.remediate *= w->unit_ms;
	}
	for (int32_t i = 0, day = 0; i < 3; i++) {
		day += 1 + (int32_t)rng_below(r, 8);
		w->holidays[w->calendar.nholidays++] = day;
	}
	w->calendar.holidays = w->holidays;
	f->calendar = &w->calendar;
	f->start_ms = moment_of(r, w) / 2;
	f->remediate_by_ms = chance(r, 5) ? moment_of(r, w) : 0;
	f->due_before_ms = chance(r, 5) ? moment_of(r, w) : 0;
	f->fix_ms = chance(r, 3) ? moment_of(r, w) : 0;
	f->reached = !chance(r, 6);
}

static void random_world(struct rng *r, struct world *w, struct arena *a)
{
	*w = (struct world){.unit_ms = chance(r, 2) ? 1 : MS_PER_DAY / 2};
	random_estates(r, w);
	random_clock(r, w);
	w->facts.org = STR("A");
	w->facts.inherited = w->inherited;
	w->facts.inherited_ms = w->inherited_ms;
	w->facts.ninherited = w->twin.nestates - 1;
	w->facts.now_ms = moment_of(r, w) + (chance(r, 3) ? moment_of(r, w) : 0);
	w->facts.claims = w->claims;
	w->facts.nclaims = rng_below(r, CLAIMS + 1);
	for (size_t i = 0; i < w->facts.nclaims; i++)
		random_claim(r, w, i);
	qsort(w->claims, w->facts.nclaims, sizeof(*w->claims), claim_order);
	w->facts.evidencable = !chance(r, 8);
	w->facts.has_inventory = chance(r, 2);
	w->facts.runs = w->twin.estates[0].runs;
	for (size_t e = 1; e < w->twin.nestates; e++) {
		struct evidence_runs so_far = w->facts.runs;

		evidence_runs_join(&so_far, &w->twin.estates[e].runs, a, &w->facts.runs);
	}
	w->twin.facts = &w->facts;
}

/* --- comparing --- */

static bool differ(const char *what, int64_t engine, int64_t twin)
{
	if (engine == twin)
		return false;
	print_error("%s: engine %lld, twin %lld\n", what, (long long)engine, (long long)twin);
	return true;
}

#define DIFFER(member) differ(#member, (int64_t)a->member, (int64_t)b->member)

static bool same(const struct obligation_verdict *a, const struct obligation_verdict *b,
		 bool one_estate)
{
	int bad = DIFFER(state) + DIFFER(ordinal) + DIFFER(start_ms) + DIFFER(closed_ms);

	bad += DIFFER(until_ms) + DIFFER(previous_closed_ms) + DIFFER(answered);
	bad += DIFFER(blocked) + DIFFER(pending) + DIFFER(answered_ms) + DIFFER(updated_ms);
	bad += DIFFER(differs) + DIFFER(unproven) + DIFFER(mitigated) + DIFFER(excepted);
	bad += DIFFER(exposed) + DIFFER(covering) + DIFFER(acknowledge_due_ms);
	bad += DIFFER(update_due_ms) + DIFFER(remediate_due_ms) + DIFFER(mitigate_due_ms);
	bad += DIFFER(due_ms) + DIFFER(overdue);
	/* Of several estates either's inventory may be cited. */
	if (one_estate)
		bad += DIFFER(closed_by.number) + DIFFER(previous_closed_by.number);
	else
		bad += differ("cited", a->closed_by.number != 0, b->closed_by.number != 0);
	return bad == 0;
}

static void show(const struct world *w)
{
	const struct obligation_facts *f = &w->facts;

	print_error("now %lld start %lld evidencable %d inventory %d\n", (long long)f->now_ms,
		    (long long)f->start_ms, f->evidencable, f->has_inventory);
	for (size_t i = 0; i < f->nclaims; i++) {
		const struct claim *c = &f->claims[i];

		print_error("  %lld %.*s %s until %lld decided %lld %s", (long long)c->at_ms,
			    STR_FMT(c->org), claim_kind_name(c->kind), (long long)c->until_ms,
			    (long long)c->decided_ms, c->approved ? "approved" : "");
		for (size_t d = 0; d < c->ndevices; d++)
			print_error(" %.*s", STR_FMT(c->devices[d]));
		print_error("\n");
	}
	for (size_t e = 0; e < w->twin.nestates; e++)
		for (size_t i = 0; i < w->twin.estates[e].runs.n; i++) {
			const struct evidence_run *r = &w->twin.estates[e].runs.v[i];

			print_error("  estate %zu (since %lld): %lld known %lld covers %lld", e,
				    (long long)w->twin.estates[e].since_ms, (long long)r->from_ms,
				    (long long)r->known_ms, (long long)r->covers_until_ms);
			for (size_t d = 0; d < r->exposed; d++)
				print_error(" %.*s@%lld", STR_FMT(r->v[d].id),
					    (long long)r->v[d].seen_ms);
			print_error("\n");
		}
}

/* --- what must hold --- */

struct census {
	uint64_t worlds, by_state[OBLIGATION_STATES], successors, dated, held, overdue, blocked;
};

/* No claim is about named devices alone. */
static bool all_whole(const struct world *w)
{
	for (size_t i = 0; i < w->facts.nclaims; i++)
		if (w->claims[i].ndevices)
			return false;
	return true;
}

static bool twin_agrees(const struct world *w, struct census *c)
{
	struct obligation_verdict engine, twin;

	obligation_judge(&w->facts, &engine);
	twin_judge(&w->twin, &twin);
	c->worlds++;
	c->by_state[engine.state]++;
	c->successors += engine.ordinal > 1;
	c->dated += engine.until_ms && engine.exposed;
	c->held += engine.until_ms && engine.exposed && !engine.covering && !all_whole(w);
	c->overdue += engine.overdue;
	c->blocked += engine.blocked;
	return same(&engine, &twin, w->twin.nestates == 1);
}

static bool order_is_nothing(struct rng *r, const struct world *w)
{
	struct claim mixed[CLAIMS];
	struct obligation_facts facts = w->facts;
	struct obligation_verdict before, after;

	obligation_judge(&w->facts, &before);
	memcpy(mixed, w->claims, sizeof(mixed));
	for (size_t i = w->facts.nclaims; i > 1; i--) {
		size_t k = rng_below(r, (uint32_t)i);
		struct claim c = mixed[i - 1];

		mixed[i - 1] = mixed[k];
		mixed[k] = c;
	}
	qsort(mixed, facts.nclaims, sizeof(*mixed), claim_order);
	facts.claims = mixed;
	obligation_judge(&facts, &after);
	return same(&before, &after, true);
}

/* Nothing covers, nothing is approved, and inventories can be sent: then nothing is ever closed. */
static bool claims_close_nothing(struct rng *r, const struct world *w)
{
	struct claim claims[CLAIMS];
	struct evidence_run runs[TWIN_ESTATES * RUNS + 1];
	struct obligation_facts facts = w->facts;
	struct obligation_verdict v;

	memcpy(claims, w->claims, sizeof(claims));
	for (size_t i = 0; i < facts.nclaims; i++)
		claims[i].approved = false;
	for (size_t i = 0; i < facts.runs.n; i++) {
		runs[i] = facts.runs.v[i];
		runs[i].covers_until_ms = 0;
	}
	facts.claims = claims;
	facts.runs.v = runs;
	facts.evidencable = facts.has_inventory = true;
	for (size_t i = 0; i < LOOKS; i++) {
		facts.now_ms = 2 * moment_of(r, w);
		obligation_judge(&facts, &v);
		if (obligation_is_closed(v.state) || v.closed_ms || v.ordinal != 1)
			return false;
	}
	return true;
}

/* What is closed rests on an inventory, or on a date that has not passed. */
static bool closed_with_cause(const struct world *w)
{
	struct obligation_verdict v;

	obligation_judge(&w->facts, &v);
	if (!obligation_is_closed(v.state))
		return !v.closed_ms && !v.until_ms && !v.closed_by.number;
	if (v.state < OBLIGATION_CLEAR)
		return v.until_ms >= w->facts.now_ms && v.closed_ms <= w->facts.now_ms;
	return v.closed_by.number && v.closed_ms <= w->facts.now_ms && !v.exposed;
}

/* Closed until one date or another is as good: an exception lapses, and an older mitigation holds.
 */
static int goodness(enum obligation_state state)
{
	return state >= OBLIGATION_EXCEPTED && state <= OBLIGATION_ATTESTED
		       ? (int)OBLIGATION_EXCEPTED
		       : (int)state;
}

/* Only what is known now, and then time goes by. */
static bool silence_improves_nothing(struct rng *r, const struct world *w)
{
	struct claim claims[CLAIMS];
	struct obligation_facts facts = w->facts;
	struct obligation_verdict last, v;

	memcpy(claims, w->claims, sizeof(claims));
	while (facts.nclaims && claims[facts.nclaims - 1].at_ms > facts.now_ms)
		facts.nclaims--;
	while (facts.runs.n && facts.runs.v[facts.runs.n - 1].from_ms > facts.now_ms)
		facts.runs.n--;
	for (size_t i = 0; i < facts.nclaims; i++)
		if (claims[i].decided_ms > facts.now_ms)
			claims[i].decided_ms = 0;
	if (facts.fix_ms > facts.now_ms)
		facts.fix_ms = 0;
	facts.claims = claims;
	obligation_judge(&facts, &last);
	for (size_t i = 0; i < 2 * LOOKS; i++, last = v) {
		facts.now_ms += (1 + rng_below(r, 6)) * w->unit_ms;
		obligation_judge(&facts, &v);
		if (goodness(v.state) <= goodness(last.state) && v.ordinal == last.ordinal &&
		    v.overdue >= last.overdue)
			continue;
		print_error("at %lld: from %s to %s\n", (long long)facts.now_ms,
			    obligation_state_name(last.state), obligation_state_name(v.state));
		return false;
	}
	return true;
}

static const char *first_broken(struct rng *r, const struct world *w, struct census *c)
{
	if (!twin_agrees(w, c))
		return "engine and twin differ";
	if (!order_is_nothing(r, w))
		return "the order of arrival counts";
	if (!claims_close_nothing(r, w))
		return "claims alone closed something";
	if (!closed_with_cause(w))
		return "closed for no cause";
	if (!silence_improves_nothing(r, w))
		return "silence improved something";
	return NULL;
}

/* --- running --- */

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);
	uint64_t n;

	return s && str_to_u64(str_of(s), &n) ? n : otherwise;
}

static void print_census(const struct census *c)
{
	print_message(
		"# %llu worlds, %llu with a successor, %llu overdue, %llu blocked; %llu closed "
		"until a date though exposed, %llu of them uncovered\n",
		(unsigned long long)c->worlds, (unsigned long long)c->successors,
		(unsigned long long)c->overdue, (unsigned long long)c->blocked,
		(unsigned long long)c->dated, (unsigned long long)c->held);
	for (unsigned i = 0; i < OBLIGATION_STATES; i++)
		print_message("#   %s: %llu\n", obligation_state_name((enum obligation_state)i),
			      (unsigned long long)c->by_state[i]);
}

static void random_worlds_agree(void **state)
{
	AUTO(arena_closep) struct arena *a = arena_open();
	struct census c = {0};
	uint64_t only = setting("LYNCHPIN_SEED", 0), first = setting("LYNCHPIN_FIRST_SEED", 1);
	uint64_t n = setting("LYNCHPIN_WORLDS", getenv("LYNCHPIN_LONG") ? MANY_WORLDS : FEW_WORLDS);

	(void)state;
	if (only)
		first = only, n = 1;
	for (uint64_t seed = first; seed < first + n; seed++) {
		struct rng r = rng_of(seed, 1);
		struct world w;
		const char *broken;

		arena_clear(a);
		random_world(&r, &w, a);
		broken = first_broken(&r, &w, &c);
		if (broken) {
			show(&w);
			fail_msg("%s: LYNCHPIN_SEED=%llu", broken, (unsigned long long)seed);
		}
	}
	print_census(&c);
	for (unsigned i = 0; i < OBLIGATION_STATES && !only; i++)
		assert_true(c.by_state[i] * 1000 > c.worlds);
	assert_true(only || (c.successors * 100 > c.worlds && c.overdue && c.blocked && c.held));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(random_worlds_agree)};

	return cmocka_run_group_tests_name("evidence_model", tests, NULL, NULL);
}
