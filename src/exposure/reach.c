#include "exposure/sweeper.h"

/*
 * Which classes an id reaches: of those that are nothing but one OR of criteria, all that name it.
 * An organisation answers them by going through what it holds once.
 */

static void span_note(struct reach *r, const struct span *v, uint32_t lane)
{
	for (uint32_t id = v->lo; id < v->hi; id++)
		if (r->classes)
			r->classes[r->start[id + 1]++] = lane;
		else
			r->start[id + 2]++;
}

/* Counts while r->classes is NULL, then fills. */
static void classes_pass(const struct part *w, struct reach *r, int list)
{
	for (uint32_t i = 0; i < w->nclasses; i++) {
		const struct spans *s;

		if (w->classes[i].single == NONE)
			continue;
		s = &w->leaves.v[w->classes[i].single].s[list];
		for (const struct span *v = s->v; v < s->v + s->n; v++)
			span_note(r, v, i);
	}
}

static void list_build(struct part *w, struct reach *r, int list)
{
	r->start = ARENA_ARRAY(w->arena, uint32_t, (size_t)w->nids + 3);
	classes_pass(w, r, list);
	for (uint32_t i = 1; i < w->nids + 3; i++)
		r->start[i] += r->start[i - 1];
	r->classes = ARENA_ARRAY(w->arena, uint32_t, (size_t)r->start[w->nids + 2] + 1);
	classes_pass(w, r, list);
}

void reach_build(struct part *w)
{
	list_build(w, &w->reach[LEAF_TRUE], LEAF_TRUE);
	list_build(w, &w->reach[LEAF_MAYBE], LEAF_MAYBE);
	for (uint32_t i = 0; i < w->nclasses; i++)
		if (w->classes[i].single != NONE)
			w->classes[i].mask = w->leaves.v[w->classes[i].single].mask & 7;
}

/* ---- which leaves an id reaches ----------------------------------------------------------- */

/* Counts while r->classes is NULL, then fills. */
static void leaf_note(const struct part *w, uint32_t leaf, struct reach *r)
{
	for (uint32_t k = 0; k < LEAF_LISTS; k++) {
		const struct spans *s = &w->leaves.v[leaf].s[k];

		if (k == LEAF_BEYOND && !w->leaf_is_verdict[leaf])
			continue;
		for (const struct span *v = s->v; v < s->v + s->n; v++)
			span_note(r, v, leaf << LISTS_SHIFT | k);
	}
}

void leaf_reach_build(struct part *w)
{
	struct reach *r = &w->leaf_reach;

	r->start = ARENA_ARRAY(w->arena, uint32_t, (size_t)w->nids + 3);
	for (uint32_t i = 0; i < w->nused; i++)
		leaf_note(w, i, r);
	for (uint32_t i = 1; i < w->nids + 3; i++)
		r->start[i] += r->start[i - 1];
	r->classes = ARENA_ARRAY(w->arena, uint32_t, (size_t)r->start[w->nids + 2] + 1);
	for (uint32_t i = 0; i < w->nused; i++)
		leaf_note(w, i, r);
}

/* ---- packs of organisations ---------------------------------------------------------- */

static struct lane *lane_of(struct sweeper *s, uint32_t class)
{
	struct lane *l = &s->lanes[class];

	if (!(l->t | l->u))
		s->reached[s->nreached++] = class;
	return l;
}

void reach_word(struct sweeper *s)
{
	const struct part *w = s->local.w;
	const struct reach *sure = &w->reach[LEAF_TRUE], *maybe = &w->reach[LEAF_MAYBE];
	const struct pack *p = &s->pack;

	s->nreached = 0;
	for (size_t i = 0; i < p->ids.n; i++) {
		uint32_t id = p->ids.v[i];
		uint64_t word = p->words[id];

		for (uint32_t k = sure->start[id]; k < sure->start[id + 1]; k++)
			lane_of(s, sure->classes[k])->t |= word;
		for (uint32_t k = maybe->start[id]; k < maybe->start[id + 1]; k++)
			lane_of(s, maybe->classes[k])->u |= word;
	}
	for (size_t i = 0; i < s->nreached; i++) {
		uint32_t class = s->reached[i];
		struct lane *l = &s->lanes[class];

		word_met_add(s, class, l->t, (l->u | p->unseen[w->classes[class].mask]) & ~l->t);
		*l = (struct lane){0, 0};
	}
}

/* ---- larger ones ------------------------------------------------------------------------ */

static void place_note(struct sweeper *s, uint32_t class, int list)
{
	struct lane *l = lane_of(s, class);

	l->t += 1;
	l->u += list == LEAF_TRUE;
}

/* For each class reached, the places that are true of it, then those that may be: counted, then
 * filled in. */
static void list_places(struct sweeper *s, const struct unit *o, int list, bool fill)
{
	const struct reach *r = &s->local.w->reach[list];

	for (uint32_t i = 0; i < o->nlocal; i++)
		for (uint32_t k = r->start[o->ids[i]]; k < r->start[o->ids[i] + 1]; k++)
			if (fill)
				s->places.v[s->lanes[r->classes[k]].t++] = i;
			else
				place_note(s, r->classes[k], list);
}

static void places_list(struct sweeper *s, const struct unit *o, bool fill)
{
	list_places(s, o, LEAF_TRUE, fill);
	list_places(s, o, LEAF_MAYBE, fill);
}

static void set_add(uint64_t *to, const struct devset *d, size_t words)
{
	if (d->words)
		words_or(to, d->words, words);
	for (uint32_t i = 0; !d->words && i < d->n; i++)
		bits_add(to, d->list[i]);
}

/* How many of an id's devices nobody saw. */
static uint32_t both_count(const struct unit *o, const struct devset *d, unsigned mask)
{
	const uint64_t *unseen = o->unseen[mask];
	uint32_t n = 0;

	if (!o->nunseen[mask])
		return 0;
	if (d->words)
		return (uint32_t)words_count_both(d->words, unseen, o->nwords);
	for (uint32_t i = 0; i < d->n; i++)
		n += bits_has(unseen, d->list[i]);
	return n;
}

static void class_unite(struct sweeper *s, const struct unit *o, uint32_t class, struct span sure,
			uint32_t end)
{
	unsigned mask = s->local.w->classes[class].mask;
	const uint32_t *place = s->places.v;
	size_t n = o->nwords;

	if (sure.hi - sure.lo == 1 && end == sure.hi) {
		const struct devset *d = &o->sets[place[sure.lo]];

		met_add(s, class, d->n, o->nunseen[mask] - both_count(o, d, mask));
		return;
	}
	memset(s->result, 0, n * sizeof(*s->result));
	for (uint32_t i = sure.lo; i < sure.hi; i++)
		set_add(s->result, &o->sets[place[i]], n);
	memcpy(s->result + n, o->unseen[mask], n * sizeof(*s->result));
	for (uint32_t i = sure.hi; i < end; i++)
		set_add(s->result + n, &o->sets[place[i]], n);
	words_and_not(s->result + n, s->result, n);
	met_add(s, class, (uint32_t)words_count(s->result, n),
		(uint32_t)words_count(s->result + n, n));
}

void reach_words(struct sweeper *s, const struct unit *o)
{
	uint32_t at = 0;

	s->nreached = 0;
	places_list(s, o, false);
	s->bounds.n = 0;
	for (size_t i = 0; i < s->nreached; i++) {
		struct lane *l = &s->lanes[s->reached[i]];
		uint32_t all = (uint32_t)l->t;

		VEC_PUSH(&s->bounds, ((struct span){at, at + (uint32_t)l->u}));
		l->t = at;
		at += all;
	}
	while (s->places.cap < at)
		s->places.v =
			mem_grow(s->places.v, s->places.cap, &s->places.cap, sizeof(*s->places.v));
	places_list(s, o, true);
	for (size_t i = 0; i < s->nreached; i++) {
		struct lane *l = &s->lanes[s->reached[i]];

		class_unite(s, o, s->reached[i], s->bounds.v[i], (uint32_t)l->t);
		*l = (struct lane){0, 0};
	}
}
