#include "exposure/sweeper.h"

#include "base/parallel.h"

/*
 * Every class over one organisation, true and unknown only.  What has a single leaf is
 * answered by the leaf's counts; the others run their programs over the leaves' sets.
 */

enum { MEMO_WORDS = 64 }; /* where running again costs more than looking up */

static uint64_t *level_of(struct sweeper *s, unsigned level)
{
	assert(level < ARRAY_LEN(s->level));
	if (!s->level[level])
		s->level[level] = mem_zero(2 * (size_t)s->words + 1, sizeof(uint64_t));
	return s->level[level];
}

static void both_or(uint64_t *a, const uint64_t *b, size_t n)
{
	words_or(a, b, n);
	words_or(a + n, b + n, n);
	words_and_not(a + n, a, n);
}

static void both_and(uint64_t *a, const uint64_t *b, size_t n)
{
	size_t i = 0;

	for (; i + 4 <= n; i += 4) {
		words4 *t = (words4 *)(a + i), *u = (words4 *)(a + n + i);
		words4 maybe =
			(*t | *u) & (*(const words4 *)(b + i) | *(const words4 *)(b + n + i));

		*t &= *(const words4 *)(b + i);
		*u = maybe & ~*t;
	}
	for (; i < n; i++) {
		uint64_t maybe = (a[i] | a[n + i]) & (b[i] | b[n + i]);

		a[i] &= b[i];
		a[n + i] = maybe & ~a[i];
	}
}

static void both_not(uint64_t *a, const struct unit *o)
{
	size_t n = o->nwords;

	for (size_t i = 0; i < n; i++)
		a[i] = ~(a[i] | a[n + i]);
	if (n && o->ndevices % 64)
		a[n - 1] &= ((uint64_t)1 << (o->ndevices % 64)) - 1;
}

/* A node's sets: those of a leaf as they are kept, else those of its level. */
static const uint64_t *node_run(struct sweeper *s, unsigned level)
{
	struct local *l = &s->local;
	uint32_t node = *s->at++, n = node_arg(node);
	size_t words = l->o->nwords;
	const uint64_t *one;
	uint64_t *r;

	if (node_op(node) <= NODE_PLATFORM)
		return local_sets(l, l->number[n], false, level);
	r = level_of(s, level);
	one = node_run(s, level + 1);
	memcpy(r, one, 2 * words * sizeof(*r));
	if (node_op(node) == NODE_NOT)
		both_not(r, l->o);
	for (uint32_t i = 1; i < n; i++) {
		one = node_run(s, level + 1);
		if (node_op(node) == NODE_OR)
			both_or(r, one, words);
		else if (node_op(node) == NODE_AND)
			both_and(r, one, words);
	}
	return r;
}

enum { SPARE_GUARD = PROGRAM_DEPTH + 4, SPARE_OTHER, SPARE_VERDICT };

static void program_run(struct sweeper *s, const struct program *g)
{
	struct local *l = &s->local;
	size_t n = l->o->nwords;
	uint64_t *r = level_of(s, 0);
	const uint64_t *v;

	s->at = l->w->code + g->code;
	v = node_run(s, 1);
	if (g->guard == NONE && !(s->over && g->windows)) {
		both_or(s->result, v, n);
		return;
	}
	memcpy(r, v, 2 * n * sizeof(*r));
	if (g->guard != NONE)
		both_and(r, local_sets(l, l->number[g->guard], false, SPARE_GUARD), n);
	if (s->over && g->windows && g->other == NONE) {
		words_and_not(r, s->over, n);
		words_and_not(r + n, s->over, n);
	} else if (s->over && g->windows) {
		const uint64_t *other = local_sets(l, l->number[g->other], false, SPARE_OTHER);

		for (size_t i = 0; i < n; i++) {
			uint64_t stays = ~s->over[i] | other[i] | other[n + i];

			r[i] &= stays;
			r[n + i] &= stays;
		}
	}
	both_or(s->result, r, n);
}

static struct class_counts class_run(struct sweeper *s, const struct class *c)
{
	struct local *l = &s->local;
	const struct unit *o = l->o;
	size_t n = o->nwords;
	const uint64_t *v = NULL;

	memset(s->result, 0, 2 * n * sizeof(*s->result));
	s->over = NULL;
	if (c->verdict != NONE) {
		v = local_sets(l, l->number[c->verdict], true, SPARE_VERDICT);
		for (size_t i = 0; i < n; i++)
			s->over_words[i] = v[i] | v[n + i] | v[2 * n + i] | v[3 * n + i];
		s->over = s->over_words;
	}
	for (uint32_t i = 0; i < c->nprograms; i++)
		program_run(s, &l->w->programs[c->program + i]);
	if (v) {
		words_or(s->result, v, n);
		words_or(s->result + n, v + n * VERDICT_UNKNOWN, n);
		words_or(s->result + n, v + n * VERDICT_NO_LINE, n);
		words_and_not(s->result + n, s->result, n);
	}
	return (struct class_counts){(uint32_t)words_count(s->result, n),
				     (uint32_t)words_count(s->result + n, n)};
}

/* Does an id of the organisation occur in the class at all? */
static bool class_met(const struct local *l, const struct class *c)
{
	bool met = c->verdict != NONE && l->number[c->verdict] >= PLAIN_LEAVES;

	for (uint32_t i = 0; i < c->nprograms && !met; i++) {
		const struct program *g = &l->w->programs[c->program + i];

		for (uint32_t j = 0; j < g->ncode && !met; j++) {
			uint32_t node = l->w->code[g->code + j];

			met = node_op(node) <= NODE_PLATFORM &&
			      l->number[node_arg(node)] >= PLAIN_LEAVES;
		}
	}
	return met;
}

static void key_add(struct sweeper *s, uint32_t x)
{
	text_add(&s->key, str_from((const char *)&x, sizeof(x)));
}

static uint32_t number_or_none(const struct local *l, uint32_t leaf)
{
	return leaf == NONE ? NONE : l->number[leaf];
}

/* The class with numbers of this organisation in place of leaves. */
static void class_key(struct sweeper *s, const struct class *c)
{
	const struct local *l = &s->local;

	text_clear(&s->key);
	key_add(s, number_or_none(l, c->verdict));
	for (uint32_t i = 0; i < c->nprograms; i++) {
		const struct program *g = &l->w->programs[c->program + i];

		key_add(s, g->ncode << 1 | g->windows);
		key_add(s, number_or_none(l, g->guard));
		key_add(s, number_or_none(l, g->other));
		for (uint32_t j = 0; j < g->ncode; j++) {
			uint32_t node = l->w->code[g->code + j];

			if (node_op(node) <= NODE_PLATFORM)
				node = node_of(node_op(node), l->number[node_arg(node)]);
			key_add(s, node);
		}
	}
}

static struct class_counts class_answer(struct sweeper *s, const struct class *c)
{
	uint32_t no;

	if (c->single != NONE)
		return local_counts(&s->local, s->local.number[c->single]);
	if (!class_met(&s->local, c)) {
		struct class_counts *alike = &s->shape_answers[c->shape];

		if (alike->exposed == NONE)
			*alike = class_run(s, c);
		return *alike;
	}
	if (!s->memo)
		return class_run(s, c);
	class_key(s, c);
	no = intern_put(s->memo, text_str(&s->key));
	if (no == s->answers.n)
		VEC_PUSH(&s->answers, class_run(s, c));
	return s->answers.v[no];
}

void sweep_unit(struct sweeper *s, const struct unit *o, struct class_counts *ret)
{
	const struct exposure_world *w = s->local.w;
	AUTO(intern_closep) struct intern *memo = o->nwords > MEMO_WORDS ? intern_open() : NULL;

	s->memo = memo;
	s->answers.n = 0;
	for (uint32_t i = 0; i < w->nshapes; i++)
		s->shape_answers[i].exposed = NONE;
	local_begin(&s->local, o);
	for (uint32_t i = 0; i < w->nclasses; i++)
		ret[i] = class_answer(s, &w->classes[i]);
	local_end(&s->local);
	s->memo = NULL;
}

/* ---- all of it -------------------------------------------------------------------------- */

struct hand {
	struct sweeper *sweeper;
	struct class_counts *counts;
	uint64_t *exposed, *unknown;
	uint32_t *orgs;
};
struct sweep {
	const struct exposure_world *w;
	struct hand *hands;
};

static void hand_begin(struct hand *h, const struct exposure_world *w, struct sweeper *own)
{
	h->sweeper = own;
	h->counts = mem_zero((size_t)w->nclasses + 1, sizeof(*h->counts));
	h->exposed = mem_zero((size_t)w->nclasses + 1, sizeof(*h->exposed));
	h->unknown = mem_zero((size_t)w->nclasses + 1, sizeof(*h->unknown));
	h->orgs = mem_zero((size_t)w->nclasses + 1, sizeof(*h->orgs));
}

static void sweep_org(void *ctx, size_t item, unsigned worker)
{
	struct sweep *all = ctx;
	struct hand *h = &all->hands[worker];
	const struct exposure_world *w = all->w;

	if (!h->sweeper)
		hand_begin(h, w, sweeper_open(w, w->widest));
	sweep_unit(h->sweeper, &w->orgs[item], h->counts);
	for (uint32_t i = 0; i < w->nclasses; i++) {
		h->exposed[i] += h->counts[i].exposed;
		h->unknown[i] += h->counts[i].unknown;
		h->orgs[i] += h->counts[i].exposed != 0;
	}
}

static void hands_release(struct hand *hands, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!hands[i].sweeper)
			continue;
		sweeper_close(hands[i].sweeper);
		free(hands[i].counts);
		free(hands[i].exposed);
		free(hands[i].unknown);
		free(hands[i].orgs);
	}
	free(hands);
}

void exposure_sweep(const struct exposure_world *w, struct arena *arena,
		    struct exposure_totals *ret)
{
	unsigned width = parallel_width();
	struct sweep all = {w, mem_zero(width, sizeof(*all.hands))};
	size_t n = w->image->nvulns;
	uint64_t *exposed = ARENA_ARRAY(arena, uint64_t, n + 1);
	uint64_t *unknown = ARENA_ARRAY(arena, uint64_t, n + 1);
	uint32_t *orgs = ARENA_ARRAY(arena, uint32_t, n + 1);

	*ret = (struct exposure_totals){exposed, unknown, orgs, n, 0, 0};
	parallel_each(w->norgs, sweep_org, &all);
	for (size_t i = 0; i < n; i++) {
		uint32_t class = w->vuln_class[i];

		for (unsigned k = 0; k < width && class != NONE; k++) {
			if (!all.hands[k].sweeper)
				continue;
			exposed[i] += all.hands[k].exposed[class];
			unknown[i] += all.hands[k].unknown[class];
			orgs[i] += all.hands[k].orgs[class];
		}
		ret->pairs += exposed[i];
		ret->affecting += exposed[i] != 0;
	}
	hands_release(all.hands, width);
}
