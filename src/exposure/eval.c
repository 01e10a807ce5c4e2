#include "exposure/eval.h"
#include "exposure/words.h"

/* Kleene logic over whole organisations: three sets of devices per value. */

struct scratch *scratch_open(uint32_t words)
{
	struct scratch *s = mem_zero(1, sizeof(*s));

	s->words = words;
	return s;
}

void scratch_close(struct scratch *s)
{
	for (size_t i = 0; i < ARRAY_LEN(s->level); i++)
		free(s->level[i].t);
	free(s);
}

static struct sets level_sets(struct scratch *s, unsigned level)
{
	assert(level < ARRAY_LEN(s->level));
	if (!s->level[level].t) {
		uint64_t *w = mem_zero(3 * ((size_t)s->words + 1), sizeof(*w));

		s->level[level] = (struct sets){w, w + s->words, w + 2 * (size_t)s->words};
	}
	return s->level[level];
}

static void clear(uint64_t *w, size_t n)
{
	memset(w, 0, n * sizeof(*w));
}

static void set_add(uint64_t *to, const struct devset *d, size_t words)
{
	if (d->words) {
		words_or(to, d->words, words);
		return;
	}
	for (uint32_t i = 0; i < d->n; i++)
		bits_add(to, d->list[i]);
}

static uint32_t id_place(const struct unit *o, uint32_t id)
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

void spans_devices(const struct unit *o, const struct spans *s, uint64_t *to)
{
	for (uint32_t i = 0; i < s->n; i++)
		for (uint32_t k = id_place(o, s->v[i].lo); k < o->nlocal && o->ids[k] < s->v[i].hi;
		     k++)
			set_add(to, &o->sets[k], o->nwords);
}

static void sets_or(struct sets a, struct sets b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		a.t[i] |= b.t[i];
		a.u[i] = (a.u[i] | b.u[i]) & ~a.t[i];
		a.x[i] = (a.x[i] | b.x[i]) & ~(a.t[i] | a.u[i]);
	}
}

static void sets_and(struct sets a, struct sets b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t maybe = (a.t[i] | a.u[i]) & (b.t[i] | b.u[i]);

		a.t[i] &= b.t[i];
		a.u[i] = maybe & ~a.t[i];
		a.x[i] |= b.x[i];
	}
}

static void sets_not(struct sets a, const struct unit *o)
{
	size_t n = o->nwords;

	for (size_t i = 0; i < n; i++)
		a.t[i] = ~(a.t[i] | a.u[i]);
	if (n && o->ndevices % 64)
		a.t[n - 1] &= ((uint64_t)1 << (o->ndevices % 64)) - 1;
	clear(a.x, n);
}

struct walk {
	const struct part *w;
	const struct unit *o;
	struct scratch *s;
	const uint32_t *at; /* the next node */
};

/* Add the devices of one list of a leaf. */
static void list_devices(const struct walk *k, uint32_t leaf, int list, uint64_t *to)
{
	const struct hit *h = k->s->hits, *end = h ? h + k->s->nhits : NULL;
	uint32_t lane = leaf << LISTS_SHIFT | (uint32_t)list;

	if (!h) {
		spans_devices(k->o, &k->w->leaves.v[leaf].s[list], to);
		return;
	}
	while (h < end && h->lane < lane)
		h++;
	for (; h < end && h->lane == lane; h++)
		if (k->o->nwords == 1)
			to[0] |= h->word;
		else
			set_add(to, &k->o->sets[h->place], k->o->nwords);
}

static void leaf_eval(const struct walk *k, uint32_t leaf, struct sets r)
{
	size_t n = k->o->nwords;

	clear(r.t, n);
	clear(r.x, n);
	list_devices(k, leaf, LEAF_TRUE, r.t);
	memcpy(r.u, k->o->unseen[k->w->leaves.v[leaf].mask & 7], n * sizeof(*r.u));
	list_devices(k, leaf, LEAF_MAYBE, r.u);
	words_and_not(r.u, r.t, n);
	list_devices(k, leaf, LEAF_BEYOND, r.x);
	for (size_t i = 0; i < n; i++)
		r.x[i] &= ~(r.t[i] | r.u[i]);
}

/* Into the sets of a level; operands use the levels above it. */
static void node_eval(struct walk *k, unsigned level)
{
	struct sets r = level_sets(k->s, level);
	uint32_t node = *k->at++, n = node_arg(node);

	switch (node_op(node)) {
	case NODE_LEAF:
	case NODE_PLATFORM:
		leaf_eval(k, n, r);
		break;
	case NODE_NOT:
		node_eval(k, level);
		sets_not(r, k->o);
		break;
	case NODE_OR:
	case NODE_AND:
		node_eval(k, level);
		for (uint32_t i = 1; i < n; i++) {
			struct sets b = level_sets(k->s, level + 1);

			node_eval(k, level + 1);
			if (node_op(node) == NODE_OR)
				sets_or(r, b, k->o->nwords);
			else
				sets_and(r, b, k->o->nwords);
		}
		break;
	}
}

enum { LEVEL_RESULT, LEVEL_OVERRIDE, LEVEL_PROGRAM };

/* Where the vendor speaks of a device's line, what is only about Windows is dropped. */
static void program_override(struct walk *k, const struct program *g, const uint64_t *over)
{
	struct sets r = level_sets(k->s, LEVEL_PROGRAM);
	struct sets other = level_sets(k->s, LEVEL_PROGRAM + 1);
	size_t n = k->o->nwords;

	if (g->other == NONE) {
		words_and_not(r.t, over, n);
		words_and_not(r.u, over, n);
		return;
	}
	leaf_eval(k, g->other, other);
	for (size_t i = 0; i < n; i++) {
		uint64_t stays = ~over[i] | other.t[i] | other.u[i];

		r.t[i] &= stays;
		r.u[i] &= stays;
	}
}

static void program_eval(struct walk *k, const struct program *g, const uint64_t *over)
{
	size_t n = k->o->nwords;

	k->at = k->w->code + g->code;
	node_eval(k, LEVEL_PROGRAM);
	if (g->guard != NONE) {
		leaf_eval(k, g->guard, level_sets(k->s, LEVEL_PROGRAM + 1));
		sets_and(level_sets(k->s, LEVEL_PROGRAM), level_sets(k->s, LEVEL_PROGRAM + 1), n);
	}
	if (over && g->windows)
		program_override(k, g, over);
	sets_or(level_sets(k->s, LEVEL_RESULT), level_sets(k->s, LEVEL_PROGRAM), n);
}

struct sets class_eval(const struct part *w, const struct unit *o, uint32_t class,
		       struct scratch *s)
{
	const struct class *c = &w->classes[class];
	struct walk k = {.w = w, .o = o, .s = s};
	struct sets r = level_sets(s, LEVEL_RESULT), v = level_sets(s, LEVEL_OVERRIDE);
	bool verdict = c->verdict != NONE;
	size_t n = o->nwords;

	if (c->single != NONE) {
		leaf_eval(&k, c->single, r);
		return r;
	}
	clear(r.t, n);
	clear(r.u, n);
	clear(r.x, n);
	if (verdict) {
		clear(v.t, n);
		for (int i = VERDICT_EXPOSED; i <= VERDICT_CLEAR; i++)
			list_devices(&k, c->verdict, i, v.t);
	}
	for (uint32_t i = 0; i < c->nprograms; i++)
		program_eval(&k, &w->programs[c->program + i], verdict ? v.t : NULL);
	if (verdict) {
		clear(v.t, n);
		clear(v.u, n);
		clear(v.x, n);
		list_devices(&k, c->verdict, VERDICT_EXPOSED, v.t);
		list_devices(&k, c->verdict, VERDICT_UNKNOWN, v.u);
		list_devices(&k, c->verdict, VERDICT_NO_LINE, v.u);
		list_devices(&k, c->verdict, VERDICT_FIXED, v.x);
		sets_or(r, v, n);
	}
	return r;
}

struct sets class_eval_hits(const struct part *w, uint32_t unit, uint32_t class,
			    const struct class_hits *hits, struct scratch *s)
{
	struct sets r;

	s->hits = hits->v + hits->start[unit];
	s->nhits = hits->start[unit + 1] - hits->start[unit];
	r = class_eval(w, &w->orgs[unit], class, s);
	s->hits = NULL;
	return r;
}

struct word_sets single_eval_hits(const struct part *w, uint32_t unit, uint32_t class,
				  const struct class_hits *hits)
{
	const struct leaf *l = &w->leaves.v[w->classes[class].single];
	const struct hit *h = hits->v + hits->start[unit], *end = hits->v + hits->start[unit + 1];
	uint64_t v[1 << LISTS_SHIFT] = {0};
	struct word_sets r;

	for (; h < end; h++)
		v[h->lane & ((1u << LISTS_SHIFT) - 1)] |= h->word;
	r.t = v[LEAF_TRUE];
	r.u = (v[LEAF_MAYBE] | w->unseen_words[l->mask & 7][unit]) & ~r.t;
	r.x = v[LEAF_BEYOND] & ~(r.t | r.u);
	return r;
}
