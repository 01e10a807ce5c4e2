#include "base/parallel.h"
#include "exposure/sweeper.h"
#include "exposure/world.h"

/*
 * Every vulnerability over all organisations.  Larger ones are asked one by one, the others as many
 * at a time as a word has room for.
 */

/* ---- who is asked together ---------------------------------------------------------------- */

struct batches {
	uint32_t *first, *next; /* units; NONE ends */
	uint32_t n;
	uint32_t with_room[WORD_DEVICES + 1]; /* a batch with so much room, or NONE */
	uint32_t *other;		      /* by batch: the next with as much */
};

static uint32_t batch_with_room(struct batches *b, uint32_t devices)
{
	for (uint32_t room = devices; room <= WORD_DEVICES; room++) {
		uint32_t batch = b->with_room[room];

		if (batch == NONE)
			continue;
		b->with_room[room] = b->other[batch];
		b->other[batch] = room; /* until it is put back */
		return batch;
	}
	b->first[b->n] = NONE;
	b->other[b->n] = WORD_DEVICES;
	return b->n++;
}

/* Into the fullest that has room, so that few are needed. */
static void batch_add(struct batches *b, uint32_t unit, uint32_t devices)
{
	uint32_t batch = batch_with_room(b, devices), room = b->other[batch] - devices;

	b->next[unit] = b->first[batch];
	b->first[batch] = unit;
	b->other[batch] = b->with_room[room];
	b->with_room[room] = batch;
}

static void batches_build(struct batches *b, const struct part *part, const uint32_t *place_of,
			  struct arena *arena)
{
	*b = (struct batches){ARENA_ARRAY(arena, uint32_t, part->norgs + 1),
			      ARENA_ARRAY(arena, uint32_t, part->norgs + 1),
			      .other = ARENA_ARRAY(arena, uint32_t, part->norgs + 1)};
	memset(b->with_room, 0xff, sizeof(b->with_room));
	for (uint32_t i = 0; i < part->norgs; i++) {
		if (place_of[i] == NONE || part->orgs[i].ndevices == 0)
			continue;
		if (part->orgs[i].nwords <= 1) {
			batch_add(b, i, part->orgs[i].ndevices);
			continue;
		}
		b->next[i] = NONE;
		b->first[b->n++] = i;
	}
}

/* ---- what they say ------------------------------------------------------------------------ */

/* What a class sums to beyond what it would where nothing of it is met; modulo 2^64. */
struct class_sum {
	uint64_t exposed, unknown, orgs;
};
struct kind_sums {
	uint64_t devices[KIND_SETS], orgs[KIND_SETS]; /* of organisations that have such devices */
};
struct hand {
	struct sweeper *sweeper;
	struct class_sum *sums;
	struct kind_sums kinds;
};
struct sweep { /* of one part */
	const struct exposure_world *w;
	const struct part *part;
	const uint32_t *place_of;
	struct batches batches;
	struct hand *hands;
};

static void hand_begin(struct hand *h, const struct part *part, struct sweeper *own)
{
	h->sweeper = own;
	h->sums = mem_zero((size_t)part->nclasses + 1, sizeof(*h->sums));
}

static void kinds_add(struct kind_sums *to, const uint32_t *kinds)
{
	for (uint32_t k = 0; k < KIND_SETS; k++) {
		to->devices[k] += kinds[k];
		to->orgs[k] += kinds[k] != 0;
	}
}

static void met_sum(struct hand *h, const struct part *part, const struct kind_sums *kinds,
		    const struct class_met *met, uint64_t orgs)
{
	const struct class *c = &part->classes[met->class];
	struct class_sum *sum = &h->sums[met->class];

	sum->exposed += met->counts.exposed - kinds->devices[c->plain_exposed];
	sum->unknown += met->counts.unknown - kinds->devices[c->plain_unknown];
	sum->orgs += orgs - kinds->orgs[c->plain_exposed];
}

static void sweep_large(struct hand *h, const struct part *part, const struct unit *o,
			const struct kind_sums *kinds)
{
	const struct class_met *met;
	size_t n = sweep_unit(h->sweeper, o, &met);

	for (size_t i = 0; i < n; i++)
		met_sum(h, part, kinds, &met[i], met[i].counts.exposed != 0);
}

/* Which devices of a pack are of each organisation. */
struct shares {
	uint64_t v[WORD_DEVICES];
	uint32_t n;
};

static void share_add(struct shares *s, uint32_t from, uint32_t devices)
{
	s->v[s->n++] = ((devices == WORD_DEVICES ? 0 : (uint64_t)1 << devices) - 1) << from;
}

/* In how many organisations the devices are. */
static uint64_t orgs_of(const struct shares *s, uint64_t devices)
{
	uint64_t n = 0;

	for (uint32_t i = 0; devices && i < s->n; i++)
		n += (s->v[i] & devices) != 0;
	return n;
}

static void sweep_pack(struct hand *h, const struct part *part, const struct shares *shares,
		       const struct kind_sums *kinds)
{
	const struct sweeper *s = h->sweeper;

	pack_ask(h->sweeper);
	for (const struct word_met *m = s->words_met.v; m < s->words_met.v + s->words_met.n; m++) {
		struct class_met met = {m->class,
					{(uint32_t)words_count(&m->exposed, 1),
					 (uint32_t)words_count(&m->unknown, 1)}};

		met_sum(h, part, kinds, &met, orgs_of(shares, m->exposed));
	}
}

static void sweep_batch(void *ctx, size_t item, unsigned worker)
{
	struct sweep *all = ctx;
	struct hand *h = &all->hands[worker];
	const struct part *part = all->part;
	uint32_t first = all->batches.first[item];
	struct kind_sums kinds = {{0}, {0}};
	struct shares shares = {.n = 0};

	if (!h->sweeper)
		hand_begin(h, part, sweeper_open(part, part->widest));
	for (uint32_t i = first; i != NONE; i = all->batches.next[i]) {
		const struct unit *o = &part->orgs[i];

		kinds_add(&kinds, all->w->roll->kinds[all->place_of[i]]);
		if (o->nwords > 1)
			continue;
		share_add(&shares, h->sweeper->pack.ndevices, o->ndevices);
		pack_add(h->sweeper, o);
	}
	for (uint32_t k = 0; k < KIND_SETS; k++) {
		h->kinds.devices[k] += kinds.devices[k];
		h->kinds.orgs[k] += kinds.orgs[k];
	}
	if (shares.n)
		sweep_pack(h, part, &shares, &kinds);
	else
		sweep_large(h, part, &part->orgs[first], &kinds);
}

static struct class_sum class_total(const struct hand *hands, unsigned width,
				    const struct part *part, uint32_t class)
{
	const struct class *c = &part->classes[class];
	struct class_sum r = {0, 0, 0};

	for (const struct hand *h = hands; h < hands + width; h++) {
		if (!h->sweeper)
			continue;
		r.exposed += h->kinds.devices[c->plain_exposed] + h->sums[class].exposed;
		r.unknown += h->kinds.devices[c->plain_unknown] + h->sums[class].unknown;
		r.orgs += h->kinds.orgs[c->plain_exposed] + h->sums[class].orgs;
	}
	return r;
}

struct sums { /* by vulnerability */
	uint64_t *exposed, *unknown;
	uint32_t *orgs;
};

static void part_sweep(const struct exposure_world *w, uint32_t no, struct sums *to)
{
	unsigned width = parallel_width();
	AUTO(freep) struct hand *hands = mem_zero(width, sizeof(*hands));
	const struct part *part = w->parts[no];
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct sweep s = {.w = w, .part = part, .place_of = w->roll->place_of[no], .hands = hands};

	batches_build(&s.batches, part, s.place_of, arena);
	parallel_each(s.batches.n, sweep_batch, &s);
	for (size_t i = 0; i < w->image->nvulns; i++) {
		struct class_sum sum;

		if (part->vuln_class[i] == NONE)
			continue;
		sum = class_total(hands, width, part, part->vuln_class[i]);
		to->exposed[i] += sum.exposed;
		to->unknown[i] += sum.unknown;
		to->orgs[i] += (uint32_t)sum.orgs;
	}
	for (unsigned i = 0; i < width; i++) {
		if (hands[i].sweeper)
			sweeper_close(hands[i].sweeper);
		free(hands[i].sums);
	}
}

/* One that changed since, in place of what the sweep found. */
static void anew_sweep(const struct exposure_world *w, const struct vuln_row *v, size_t at,
		       struct sums *to)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct exposure_org_list list;
	struct err err;

	to->exposed[at] = to->unknown[at] = to->orgs[at] = 0;
	if (!exposure_orgs(w, v->cve, arena, &list, &err))
		return;
	to->exposed[at] = list.total.exposed;
	to->unknown[at] = list.total.unknown;
	for (size_t i = 0; i < list.n; i++)
		to->orgs[at] += list.v[i].exposed != 0;
}

void exposure_sweep(const struct exposure_world *w, struct arena *arena,
		    struct exposure_totals *ret)
{
	size_t n = w->image->nvulns, nanew = w->anew.parts ? w->anew.image->nvulns : 0;
	const struct vuln_row **vulns = ARENA_ARRAY(arena, const struct vuln_row *, n + nanew + 1);
	struct sums to = {ARENA_ARRAY(arena, uint64_t, n + nanew + 1),
			  ARENA_ARRAY(arena, uint64_t, n + nanew + 1),
			  ARENA_ARRAY(arena, uint32_t, n + nanew + 1)};

	for (size_t i = 0; i < n; i++)
		vulns[i] = &w->image->vulns[i];
	for (uint32_t p = 0; p < w->nparts; p++)
		part_sweep(w, p, &to);
	for (size_t i = 0; i < nanew; i++) {
		const struct vuln_row *v = &w->anew.image->vulns[i];
		const struct vuln_row *old = intel_image_find(w->image, v->cve);
		size_t at = old ? (size_t)(old - w->image->vulns) : n++;

		vulns[at] = v;
		anew_sweep(w, v, at, &to);
	}
	*ret = (struct exposure_totals){vulns, to.exposed, to.unknown, to.orgs, n, 0, 0};
	for (size_t i = 0; i < n; i++) {
		ret->pairs += to.exposed[i];
		ret->affecting += to.exposed[i] != 0;
	}
}
