#include "exposure/local.h"

enum { KEPT_BYTES = 48 << 20, LEAST_SLOTS = 64 };

static size_t count_plain(const uint64_t *w, size_t n)
{
	return bits_count(w, n);
}

#if defined(__x86_64__)
__attribute__((target("popcnt"))) static size_t count_popcnt(const uint64_t *w, size_t n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (size_t)__builtin_popcountll(w[i]);
	return sum;
}

size_t words_count(const uint64_t *w, size_t n)
{
	return __builtin_cpu_supports("popcnt") ? count_popcnt(w, n) : count_plain(w, n);
}
#else
size_t words_count(const uint64_t *w, size_t n)
{
	return count_plain(w, n);
}
#endif

void local_init(struct local *l, const struct part *w, uint32_t words)
{
	*l = (struct local){.w = w, .nslots = LEAST_SLOTS};
	l->number = mem_zero((size_t)w->nused + 1, sizeof(*l->number));
	l->touched = mem_zero((size_t)w->nused + 1, sizeof(*l->touched));
	l->block_seen = mem_zero((size_t)w->nblocks + 1, sizeof(*l->block_seen));
	l->place = mem_zero((size_t)w->nids + 2, sizeof(*l->place));
	l->slots = mem_zero(l->nslots, sizeof(*l->slots));
	l->arena = arena_open();
	l->zero = mem_zero((size_t)words + 1, sizeof(*l->zero));
	l->spare = mem_zero((size_t)LOCAL_SPARES * LEAF_LISTS * words + 1, sizeof(*l->spare));
	for (uint32_t i = 0; i < w->nused; i++)
		l->number[i] = w->leaves[i].mask & (PLAIN_LEAVES - 1);
}

void local_release(struct local *l)
{
	free(l->number);
	free(l->touched);
	free(l->block_seen);
	free(l->place);
	free(l->leaves.v);
	free(l->spans.v);
	free(l->slots);
	free(l->spare);
	free(l->zero);
	arena_close(l->arena);
}

/* ---- numbers ---------------------------------------------------------------------------- */

/* Worth a table of all ids, or do we search? */
static void places_begin(struct local *l)
{
	const struct unit *o = l->o;
	uint32_t at = 0;

	l->placed = l->w->nids / 64 < o->nlocal;
	if (!l->placed)
		return;
	for (uint32_t i = 0; i < o->nlocal; i++)
		for (; at <= o->ids[i]; at++)
			l->place[at] = i;
	for (; at <= l->w->nids; at++)
		l->place[at] = o->nlocal;
}

static uint32_t place_search(const struct unit *o, uint32_t id)
{
	uint32_t lo = 0, hi = o->nlocal;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (o->ids[mid] < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Spans of ids as spans of places, those that hold any; to has room for all.  Most spans are of one
 * version, which few hold: no branch, as none could be foretold. */
static struct span *places_of(const struct local *l, const struct span *s, uint32_t n,
			      struct span *to)
{
	const uint32_t *place = l->place;
	const struct span *end = s + n;

	for (; l->placed && s < end; s++) {
		*to = (struct span){place[s->lo], place[s->hi]};
		to += to->lo != to->hi;
	}
	for (; s < end; s++) {
		*to = (struct span){place_search(l->o, s->lo), place_search(l->o, s->hi)};
		to += to->lo != to->hi;
	}
	return to;
}

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

static struct span *spans_room(struct local *l, size_t n)
{
	while (l->spans.cap < l->spans.n + n)
		l->spans.v = mem_grow(l->spans.v, l->spans.cap, &l->spans.cap, sizeof(*l->spans.v));
	return l->spans.v + l->spans.n;
}

static uint32_t leaf_number(struct local *l, uint32_t leaf)
{
	const struct packed_leaf *from = &l->w->packed[leaf];
	const struct span *s = l->w->spans + from->first;
	struct span *to = spans_room(l, from->all);
	struct local_leaf draft = {.first = (uint32_t)l->spans.n,
				   .mask = from->mask & (PLAIN_LEAVES - 1),
				   .exposed = NONE};

	for (int k = 0; k < LEAF_LISTS; k++) {
		struct span *end = places_of(l, s, from->n[k], to);

		draft.n[k] = (uint32_t)(end - to);
		s += from->n[k];
		to = end;
	}
	l->spans.n = (size_t)(to - l->spans.v);
	return l->spans.n == draft.first ? draft.mask : number_of(l, &draft);
}

void local_begin(struct local *l, const struct unit *o)
{
	const struct part *w = l->w;

	l->o = o;
	l->stamp++;
	places_begin(l);
	for (uint32_t i = 0; i < o->nlocal; i++) {
		uint32_t b = w->id_block[o->ids[i]];

		if (l->block_seen[b] == l->stamp)
			continue;
		l->block_seen[b] = l->stamp;
		for (uint32_t k = w->block_start[b]; k < w->block_start[b + 1]; k++) {
			uint32_t leaf = w->block_leaves[k];

			if (l->number[leaf] >= PLAIN_LEAVES)
				continue;
			l->number[leaf] = leaf_number(l, leaf);
			if (l->number[leaf] >= PLAIN_LEAVES)
				l->touched[l->ntouched++] = leaf;
		}
	}
}

void local_end(struct local *l)
{
	while (l->ntouched) {
		uint32_t leaf = l->touched[--l->ntouched];

		l->number[leaf] = l->w->packed[leaf].mask & (PLAIN_LEAVES - 1);
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

/* True on the devices of one id and nowhere else: counted where they are. */
static void count_one(const struct unit *o, struct local_leaf *leaf, const struct devset *d)
{
	const uint64_t *unseen = o->unseen[leaf->mask];
	uint32_t both = 0;

	if (d->words)
		for (uint32_t i = 0; i < o->nwords; i++)
			both += unseen[i] ? (uint32_t)__builtin_popcountll(unseen[i] & d->words[i])
					  : 0;
	else
		for (uint32_t i = 0; i < d->n; i++)
			both += bits_has(unseen, d->list[i]);
	leaf->exposed = d->n;
	leaf->unknown = o->nunseen[leaf->mask] - both;
}

struct class_counts local_counts(struct local *l, uint32_t number)
{
	const struct unit *o = l->o;
	struct local_leaf *leaf;
	const struct span *s;

	if (number < PLAIN_LEAVES)
		return (struct class_counts){.unknown = o->nunseen[number]};
	leaf = &l->leaves.v[number - PLAIN_LEAVES];
	s = &l->spans.v[leaf->first];
	if (leaf->exposed != NONE)
		return (struct class_counts){leaf->exposed, leaf->unknown};
	if (leaf->n[LEAF_TRUE] == 1 && !leaf->n[LEAF_MAYBE] && s->hi - s->lo == 1) {
		count_one(o, leaf, &o->sets[s->lo]);
	} else {
		criterion_sets(l, leaf, l->spare);
		leaf->exposed = (uint32_t)words_count(l->spare, o->nwords);
		leaf->unknown = (uint32_t)words_count(l->spare + o->nwords, o->nwords);
	}
	return (struct class_counts){leaf->exposed, leaf->unknown};
}
