#include "exposure/local.h"

enum { KEPT_BYTES = 48 << 20, LEAST_SLOTS = 64 };

void local_init(struct local *l, const struct part *w, uint32_t words)
{
	*l = (struct local){.w = w, .nslots = LEAST_SLOTS};
	l->number = mem_zero((size_t)w->nused + 1, sizeof(*l->number));
	l->touched = mem_zero((size_t)w->nused + 1, sizeof(*l->touched));
	l->seen = mem_zero((size_t)w->nused + 1, sizeof(*l->seen));
	l->lanes = mem_zero(((size_t)w->nused + 1) << LISTS_SHIFT, sizeof(*l->lanes));
	l->slots = mem_zero(l->nslots, sizeof(*l->slots));
	l->arena = arena_open();
	l->zero = mem_zero((size_t)words + 1, sizeof(*l->zero));
	l->spare = mem_zero((size_t)LOCAL_SPARES * LEAF_LISTS * words + 1, sizeof(*l->spare));
	for (uint32_t i = 0; i < w->nused; i++)
		l->number[i] = w->leaves.v[i].mask & (PLAIN_LEAVES - 1);
}

void local_release(struct local *l)
{
	free(l->number);
	free(l->touched);
	free(l->seen);
	free(l->lanes);
	free(l->places.v);
	free(l->leaves.v);
	free(l->spans.v);
	free(l->slots);
	free(l->spare);
	free(l->zero);
	arena_close(l->arena);
}

/* ---- numbers ---------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t x)
{
	h = (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static bool same_leaf(const struct local *l, const struct local_leaf *a, const struct local_leaf *b,
		      size_t spans)
{
	return a->hash == b->hash && a->mask == b->mask && memcmp(a->n, b->n, sizeof(a->n)) == 0 &&
	       memcmp(l->spans.v + a->first, l->spans.v + b->first, spans * sizeof(struct span)) ==
		       0;
}

static void slots_grow(struct local *l)
{
	size_t n = l->nslots *= 2;

	free(l->slots);
	l->slots = mem_zero(n, sizeof(*l->slots));
	for (uint32_t no = 0; no < l->leaves.n; no++) {
		size_t i = l->leaves.v[no].hash & (n - 1);

		while (l->slots[i])
			i = (i + 1) & (n - 1);
		l->slots[i] = no + 1;
	}
}

/* The number of the draft whose spans lie at the end of l->spans; they go when it is known. */
static uint32_t number_of(struct local *l, struct local_leaf *draft)
{
	size_t n = l->spans.n - draft->first, i;
	uint64_t h = mix(draft->mask, (uint64_t)draft->n[0] << 32 | draft->n[1]);

	for (size_t k = draft->first; k < l->spans.n; k++)
		h = mix(h, (uint64_t)l->spans.v[k].lo << 32 | l->spans.v[k].hi);
	draft->hash = (uint32_t)(h ^ h >> 32);
	for (i = draft->hash & (l->nslots - 1); l->slots[i]; i = (i + 1) & (l->nslots - 1)) {
		if (!same_leaf(l, &l->leaves.v[l->slots[i] - 1], draft, n))
			continue;
		l->spans.n = draft->first;
		return PLAIN_LEAVES + l->slots[i] - 1;
	}
	VEC_PUSH(&l->leaves, *draft);
	l->slots[i] = (uint32_t)l->leaves.n;
	if (2 * l->leaves.n >= l->nslots)
		slots_grow(l);
	return PLAIN_LEAVES + (uint32_t)l->leaves.n - 1;
}

/* ---- what reaches which leaf ---------------------------------------------------------------- */

/* How often each list of each leaf is reached; then, once bounds are set, by which places. */
static void places_note(struct local *l, bool fill)
{
	const struct reach *r = &l->w->leaf_reach;
	const struct unit *o = l->o;

	for (uint32_t i = 0; i < o->nlocal; i++)
		for (uint32_t k = r->start[o->ids[i]]; k < r->start[o->ids[i] + 1]; k++) {
			uint32_t lane = r->classes[k], leaf = lane >> LISTS_SHIFT;

			if (fill) {
				l->places.v[l->lanes[lane]++] = i;
				continue;
			}
			l->lanes[lane]++;
			if (!l->seen[leaf])
				l->touched[l->ntouched++] = leaf;
			l->seen[leaf] = true;
		}
}

static void bounds_set(struct local *l)
{
	uint32_t at = 0;

	for (size_t i = 0; i < l->ntouched; i++)
		for (uint32_t k = 0; k < LEAF_LISTS; k++) {
			uint32_t *lane = &l->lanes[l->touched[i] << LISTS_SHIFT | k], n = *lane;

			*lane = at;
			at += n;
		}
	while (l->places.cap < at)
		l->places.v =
			mem_grow(l->places.v, l->places.cap, &l->places.cap, sizeof(*l->places.v));
}

/* Places from *at up to end, as spans behind those of the draft. */
static uint32_t spans_take(struct local *l, uint32_t *at, uint32_t end)
{
	size_t before = l->spans.n;

	for (; *at < end; ++*at) {
		uint32_t place = l->places.v[*at];

		if (l->spans.n > before && l->spans.v[l->spans.n - 1].hi == place)
			l->spans.v[l->spans.n - 1].hi++;
		else
			VEC_PUSH(&l->spans, ((struct span){place, place + 1}));
	}
	return (uint32_t)(l->spans.n - before);
}

void local_begin(struct local *l, const struct unit *o)
{
	uint32_t at = 0;

	l->o = o;
	places_note(l, false);
	bounds_set(l);
	places_note(l, true);
	for (size_t i = 0; i < l->ntouched; i++) {
		uint32_t leaf = l->touched[i];
		uint32_t *lanes = l->lanes + ((size_t)leaf << LISTS_SHIFT);
		struct local_leaf draft = {.first = (uint32_t)l->spans.n,
					   .mask = l->w->leaves.v[leaf].mask & (PLAIN_LEAVES - 1)};

		for (int k = 0; k < LEAF_LISTS; k++) {
			draft.n[k] = spans_take(l, &at, lanes[k]);
			lanes[k] = 0;
		}
		l->number[leaf] = number_of(l, &draft);
	}
}

void local_end(struct local *l)
{
	while (l->ntouched) {
		uint32_t leaf = l->touched[--l->ntouched];

		l->number[leaf] = l->w->leaves.v[leaf].mask & (PLAIN_LEAVES - 1);
		l->seen[leaf] = false;
	}
	l->leaves.n = 0;
	l->spans.n = 0;
	memset(l->slots, 0, l->nslots * sizeof(*l->slots));
	arena_clear(l->arena);
}

/* ---- sets --------------------------------------------------------------------------------- */

static void set_add(const struct devset *d, size_t words, uint64_t *to)
{
	if (d->words) {
		words_or(to, d->words, words);
		return;
	}
	for (uint32_t j = 0; j < d->n; j++)
		bits_add(to, d->list[j]);
}

static void devices_add(const struct local *l, uint32_t first, uint32_t n, uint64_t *to)
{
	const struct span *s = l->spans.v + first;

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = s[i].lo; k < s[i].hi; k++)
			set_add(&l->o->sets[k], l->o->nwords, to);
}

static void criterion_sets(const struct local *l, const struct local_leaf *leaf, uint64_t *to)
{
	size_t n = l->o->nwords;

	memset(to, 0, n * sizeof(*to));
	devices_add(l, leaf->first, leaf->n[LEAF_TRUE], to);
	memcpy(to + n, l->o->unseen[leaf->mask], n * sizeof(*to));
	devices_add(l, leaf->first + leaf->n[LEAF_TRUE], leaf->n[LEAF_MAYBE], to + n);
	words_and_not(to + n, to, n);
}

static void verdict_sets(const struct local *l, const struct local_leaf *leaf, uint64_t *to)
{
	uint32_t first = leaf->first;
	size_t n = l->o->nwords;

	memset(to, 0, LEAF_LISTS * n * sizeof(*to));
	for (int k = 0; k < LEAF_LISTS; k++) {
		devices_add(l, first, leaf->n[k], to + (size_t)k * n);
		first += leaf->n[k];
	}
}

const uint64_t *local_sets(struct local *l, uint32_t number, bool verdict, unsigned spare)
{
	size_t n = (verdict ? LEAF_LISTS : 2) * (size_t)l->o->nwords;
	struct local_leaf plain = {.mask = number};
	struct local_leaf *leaf = &plain;
	uint64_t *to = l->spare + (size_t)spare * LEAF_LISTS * l->o->nwords;

	if (number >= PLAIN_LEAVES)
		leaf = &l->leaves.v[number - PLAIN_LEAVES];
	if (leaf->sets)
		return leaf->sets;
	if (leaf != &plain && arena_bytes(l->arena) + n * sizeof(*to) < KEPT_BYTES)
		to = leaf->sets = arena_alloc(l->arena, n * sizeof(*to));
	if (verdict)
		verdict_sets(l, leaf, to);
	else
		criterion_sets(l, leaf, to);
	return to;
}
