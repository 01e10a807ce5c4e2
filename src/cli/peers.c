#include "cli/peers.h"

struct tally { /* of organisations of a region that the post does not see */
	struct str region;
	uint64_t others; /* that have sent inventories: who sent none adds nothing to a sum */
};

struct sieve {
	bool *seen;
	struct tally *tallies;
	size_t ntallies;
};

struct peers_open { /* lists of devices, by organisation */
	const struct exposure_world *world;
	struct exposure_device_list *v;
	size_t n, devices;
	uint64_t hidden; /* organisations that have none here */
};

static bool large_enough(uint64_t others)
{
	return !others || others >= PEERS_MIN;
}

static struct tally *tally_of(struct sieve *sieve, struct str region)
{
	for (size_t i = 0; i < sieve->ntallies; i++)
		if (str_eq(sieve->tallies[i].region, region))
			return &sieve->tallies[i];
	sieve->tallies[sieve->ntallies].region = region;
	return &sieve->tallies[sieve->ntallies++];
}

static bool look(struct sight *s, const struct exposure_org_list *list, size_t sent,
		 struct sieve *sieve, struct err *err)
{
	struct arena *arena = s->view.arena;

	sieve->seen = ARENA_ARRAY(arena, bool, list->n + 1);
	sieve->tallies = ARENA_ARRAY(arena, struct tally, list->n + 1);
	for (size_t i = 0; i < list->n; i++) {
		enum directory_sees sees = SEES_COUNTS;

		if (!sight_counts_all(s) && !sight_sees(s, list->v[i].org, &sees, err))
			return false;
		sieve->seen[i] = sees != SEES_NOTHING;
		tally_of(sieve, list->v[i].region)->others += !sieve->seen[i] && i < sent;
	}
	return true;
}

/* May row i be in a row of what is shown? */
static bool passes(struct sieve *sieve, const struct exposure_org_list *list, size_t i,
		   bool regions)
{
	uint64_t others;

	if (!regions)
		return sieve->seen[i];
	others = tally_of(sieve, list->v[i].region)->others;
	return sieve->seen[i] ? large_enough(others) : others >= PEERS_MIN;
}

static void add_to(struct exposure_org *total, const struct exposure_org *o)
{
	total->exposed += o->exposed;
	total->fixed += o->fixed;
	total->not_affected += o->not_affected;
	total->unknown += o->unknown;
	total->devices += o->devices;
}

bool peers_keep(struct sight *s, struct exposure_org_list *list, struct peers *peers,
		struct err *err)
{
	struct exposure_org shown = {.expected = list->total.expected};
	struct sieve sieve = {0};
	uint64_t rest = 0;
	size_t n = 0;

	if (!look(s, list, peers->sent, &sieve, err))
		return false;
	for (size_t i = 0; i < sieve.ntallies; i++)
		if (!large_enough(sieve.tallies[i].others))
			rest += sieve.tallies[i].others;
	for (size_t i = 0; i < list->n; i++) {
		if (!passes(&sieve, list, i, peers->regions))
			continue;
		if (i >= peers->sent && sieve.seen[i]) {
			peers->silent++;
			peers->silent_expected += list->v[i].expected;
		}
		add_to(&shown, &list->v[i]);
		list->v[n++] = list->v[i];
	}
	peers->hidden = list->n - n;
	peers->partial = !large_enough(rest);
	if (peers->partial)
		list->total = shown;
	list->n = n;
	return true;
}

/* Of each whose devices are open, one list after the other. */
static bool open_lists(struct sight *s, const struct exposure_filter *filter,
		       const struct exposure_org_list *orgs, struct peers_open *ret,
		       struct err *err)
{
	struct exposure_filter one = *filter;
	size_t most = filter->limit ? filter->limit : SIZE_MAX;

	ret->v = ARENA_ARRAY(s->view.arena, struct exposure_device_list, orgs->n + 1);
	for (size_t i = 0; i < orgs->n; i++) {
		enum directory_sees sees;

		one.org = orgs->v[i].org;
		one.limit = filter->limit ? most - ret->devices : 0;
		if (!sight_sees(s, one.org, &sees, err))
			return false;
		ret->hidden += sees != SEES_DEVICES;
		if (sees != SEES_DEVICES || ret->devices == most)
			continue;
		if (!exposure_devices(ret->world, &one, s->view.arena, &ret->v[ret->n], err))
			return false;
		ret->devices += ret->v[ret->n++].n;
	}
	return true;
}

bool peers_devices(struct sight *s, const struct exposure_world *world,
		   const struct exposure_filter *filter, struct peers_devices *ret, struct err *err)
{
	struct exposure_device_list out = {0};
	struct exposure_org_list orgs;
	struct peers_open lists = {.world = world};

	if (sight_is_operator(s) || filter->org.n)
		return ret->hidden = 0,
		       exposure_devices(world, filter, s->view.arena, &ret->list, err);
	if (!exposure_orgs(world, filter->cve, s->view.arena, &orgs, err) ||
	    !open_lists(s, filter, &orgs, &lists, err))
		return false;
	out.v = ARENA_ARRAY(s->view.arena, struct exposure_device, lists.devices + 1);
	for (size_t i = 0; i < lists.n; i++)
		for (size_t k = 0; k < lists.v[i].n; k++)
			out.v[out.n++] = lists.v[i].v[k];
	out.vuln = orgs.vuln;
	out.judged = orgs.judged;
	*ret = (struct peers_devices){out, lists.hidden};
	return true;
}
