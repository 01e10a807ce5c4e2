#include "exposure/sweeper.h"

#include "base/parallel.h"
#include "exposure/world.h"

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

static struct class_counts class_ask(struct sweeper *s, const struct class *c)
{
	uint32_t no;

	if (!s->memo)
		return class_run(s, c);
	class_key(s, c);
	no = intern_put(s->memo, text_str(&s->key));
	if (no == s->answers.n)
		VEC_PUSH(&s->answers, class_run(s, c));
	return s->answers.v[no];
}

/* The classes that name a leaf, those not asked yet. */
static void leaf_ask(struct sweeper *s, uint32_t leaf)
{
	const struct part *w = s->local.w;

	for (uint32_t i = w->leaf_class_start[leaf]; i < w->leaf_class_start[leaf + 1]; i++) {
		uint32_t class = w->leaf_classes[i];

		if (s->asked[class] == s->stamp)
			continue;
		s->asked[class] = s->stamp;
		VEC_PUSH(&s->met, (struct class_met){class, class_ask(s, &w->classes[class])});
	}
}

static void large_ask(struct sweeper *s, const struct unit *o)
{
	AUTO(intern_closep) struct intern *memo = o->nwords > MEMO_WORDS ? intern_open() : NULL;

	s->memo = memo;
	s->answers.n = 0;
	local_begin(&s->local, o);
	for (size_t i = 0; i < s->local.ntouched; i++)
		leaf_ask(s, s->local.touched[i]);
	local_end(&s->local);
	s->memo = NULL;
}

size_t sweep_unit(struct sweeper *s, const struct unit *o, const struct class_met **ret)
{
	s->met.n = 0;
	s->stamp++;
	if (o->nwords == 1)
		small_ask(s, o);
	else
		large_ask(s, o);
	reach_ask(s, o);
	*ret = s->met.v;
	return s->met.n;
}

void sweep_counts(struct sweeper *s, const struct unit *o, struct class_counts *ret)
{
	const struct part *w = s->local.w;
	const struct class_met *met;
	size_t n = sweep_unit(s, o, &met);
	uint32_t kinds[KIND_SETS];

	kinds_count(o, kinds);
	for (uint32_t i = 0; i < w->nclasses; i++)
		ret[i] = (struct class_counts){kinds[w->classes[i].plain_exposed],
					       kinds[w->classes[i].plain_unknown]};
	for (size_t i = 0; i < n; i++)
		ret[met[i].class] = met[i].counts;
}

/* ---- all of it -------------------------------------------------------------------------- */

/* What a class sums to beyond what it would where nothing of it is met; modulo 2^64. */
struct class_sum {
	uint64_t exposed, unknown, orgs;
};
struct hand {
	struct sweeper *sweeper;
	struct class_sum *sums;
	uint64_t devices[KIND_SETS], orgs[KIND_SETS]; /* of organisations that have such devices */
};
struct sweep { /* of one part */
	const struct exposure_world *w;
	const struct part *part;
	const uint32_t *place_of;
	struct hand *hands;
};

static void hand_begin(struct hand *h, const struct part *part, struct sweeper *own)
{
	h->sweeper = own;
	h->sums = mem_zero((size_t)part->nclasses + 1, sizeof(*h->sums));
}

static void sweep_org(void *ctx, size_t item, unsigned worker)
{
	struct sweep *all = ctx;
	struct hand *h = &all->hands[worker];
	const struct part *part = all->part;
	const struct class_met *met;
	const uint32_t *kinds;
	size_t n;

	if (all->place_of[item] == NONE)
		return;
	if (!h->sweeper)
		hand_begin(h, part, sweeper_open(part, part->widest));
	kinds = all->w->roll->kinds[all->place_of[item]];
	for (uint32_t k = 0; k < KIND_SETS; k++) {
		h->devices[k] += kinds[k];
		h->orgs[k] += kinds[k] != 0;
	}
	n = sweep_unit(h->sweeper, &part->orgs[item], &met);
	for (size_t i = 0; i < n; i++) {
		const struct class *c = &part->classes[met[i].class];
		struct class_sum *sum = &h->sums[met[i].class];
		uint32_t exposed = kinds[c->plain_exposed];

		sum->exposed += (uint64_t)met[i].counts.exposed - exposed;
		sum->unknown += (uint64_t)met[i].counts.unknown - kinds[c->plain_unknown];
		sum->orgs += (uint64_t)(met[i].counts.exposed != 0) - (exposed != 0);
	}
}

static struct class_sum class_total(const struct hand *hands, unsigned width,
				    const struct part *part, uint32_t class)
{
	const struct class *c = &part->classes[class];
	struct class_sum r = {0, 0, 0};

	for (const struct hand *h = hands; h < hands + width; h++) {
		if (!h->sweeper)
			continue;
		r.exposed += h->devices[c->plain_exposed] + h->sums[class].exposed;
		r.unknown += h->devices[c->plain_unknown] + h->sums[class].unknown;
		r.orgs += h->orgs[c->plain_exposed] + h->sums[class].orgs;
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
	struct sweep s = {w, part, w->roll->place_of[no], hands};

	parallel_each(part->norgs, sweep_org, &s);
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
