#include "exposure/sweep.h"

#include "base/parallel.h"
#include "exposure/eval.h"

/*
 * Within an organisation few distinct questions are left: leaves that meet the same local ids
 * are one, classes over the same leaves are one, and each is answered once.
 */

/* A leaf as it meets one organisation: places in its ids. */
struct local_leaf {
	const struct span *v;
	uint32_t n[LEAF_LISTS];
	uint32_t mask;
	bool counted;
	struct class_counts counts;
};
enum { PLAIN_LEAVES = 8 }; /* local numbers below: no id is met, only the mask is left */

struct sweeper {
	const struct exposure_world *w;
	struct scratch *scratch;
	uint64_t *words[2];
	uint32_t *local; /* by leaf */
	uint32_t *touched;
	size_t ntouched;
	uint32_t *block_seen, stamp;
	VEC_OF(struct local_leaf) leaves;
	struct span_list spans;
	struct text key;
	struct intern *leaf_keys, *class_keys;
	VEC_OF(struct class_counts) answers; /* by number in class_keys */
};

struct sweeper *sweeper_open(const struct exposure_world *w, uint32_t words)
{
	struct sweeper *s = mem_zero(1, sizeof(*s));

	s->w = w;
	s->scratch = scratch_open(words);
	s->words[0] = mem_zero((size_t)words + 1, sizeof(uint64_t));
	s->words[1] = mem_zero((size_t)words + 1, sizeof(uint64_t));
	s->local = mem_zero((size_t)w->nleaves + 1, sizeof(*s->local));
	s->touched = mem_zero((size_t)w->nleaves + 1, sizeof(*s->touched));
	s->block_seen = mem_zero((size_t)w->nblocks + 1, sizeof(*s->block_seen));
	for (uint32_t i = 0; i < w->nleaves; i++)
		s->local[i] = w->leaves[i].mask & (PLAIN_LEAVES - 1);
	return s;
}

void sweeper_close(struct sweeper *s)
{
	scratch_close(s->scratch);
	free(s->words[0]);
	free(s->words[1]);
	free(s->local);
	free(s->touched);
	free(s->block_seen);
	free(s->leaves.v);
	free(s->spans.v);
	text_free(&s->key);
	if (s->leaf_keys)
		intern_close(s->leaf_keys);
	if (s->class_keys)
		intern_close(s->class_keys);
	free(s->answers.v);
	free(s);
}

static uint32_t place_from(const struct unit *o, uint32_t id, uint32_t from)
{
	uint32_t lo = from, hi = o->nlocal, step = 1;

	/* Spans come in order: gallop. */
	while (lo + step < hi && o->ids[lo + step] < id) {
		lo += step;
		step *= 2;
	}
	hi = MIN_OF(hi, lo + step);
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (o->ids[mid] < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void text_u32(struct text *t, const uint32_t *v, size_t n)
{
	text_add(t, str_from((const char *)v, n * sizeof(*v)));
}

/* The leaf's number here; equal numbers give equal sets. */
static uint32_t leaf_local(struct sweeper *s, const struct unit *o, uint32_t leaf)
{
	const struct leaf *l = &s->w->leaves[leaf];
	bool verdict = s->w->leaf_is_verdict[leaf];
	struct local_leaf r = {.mask = l->mask & (PLAIN_LEAVES - 1)};
	int lists = verdict ? LEAF_LISTS : LEAF_BEYOND;
	uint32_t no;

	s->spans.n = 0;
	for (int k = 0; k < lists; k++) {
		uint32_t at = 0;

		for (uint32_t i = 0; i < l->s[k].n; i++) {
			uint32_t lo = place_from(o, l->s[k].v[i].lo, at);

			at = place_from(o, l->s[k].v[i].hi, lo);
			if (lo == at)
				continue;
			VEC_PUSH(&s->spans, (struct span){lo, at});
			r.n[k]++;
		}
	}
	if (s->spans.n == 0)
		return r.mask;
	text_clear(&s->key);
	text_u32(&s->key, &r.mask, 1);
	text_u32(&s->key, r.n, LEAF_LISTS);
	text_u32(&s->key, &s->spans.v[0].lo, 2 * s->spans.n);
	no = intern_put(s->leaf_keys, text_str(&s->key));
	if (no == s->leaves.n) {
		struct str kept = intern_str(s->leaf_keys, no);

		r.v = (const void *)(kept.p + (1 + LEAF_LISTS) * sizeof(uint32_t));
		VEC_PUSH(&s->leaves, r);
	}
	return PLAIN_LEAVES + no;
}

static void local_devices(const struct unit *o, const struct span *v, uint32_t n, uint64_t *to)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = v[i].lo; k < v[i].hi; k++) {
			const struct devset *d = &o->sets[k];

			if (d->words)
				bits_or(to, d->words, o->nwords);
			else
				for (uint32_t j = 0; j < d->n; j++)
					bits_add(to, d->list[j]);
		}
}

static struct class_counts leaf_count(struct sweeper *s, const struct unit *o,
				      const struct local_leaf *l)
{
	struct class_counts r = {0};
	uint64_t *t = s->words[0], *u = s->words[1];
	size_t n = o->nwords;

	if (l->n[LEAF_TRUE] == 1 && !l->n[LEAF_MAYBE] && !o->nunseen[l->mask] &&
	    l->v[0].hi - l->v[0].lo == 1) {
		r.exposed = o->sets[l->v[0].lo].n;
		return r;
	}
	memset(t, 0, n * sizeof(*t));
	local_devices(o, l->v, l->n[LEAF_TRUE], t);
	r.exposed = (uint32_t)bits_count(t, n);
	if (!l->n[LEAF_MAYBE] && !o->nunseen[l->mask])
		return r;
	memcpy(u, o->unseen[l->mask], n * sizeof(*u));
	local_devices(o, l->v + l->n[LEAF_TRUE], l->n[LEAF_MAYBE], u);
	bits_and_not(u, t, n);
	r.unknown = (uint32_t)bits_count(u, n);
	return r;
}

static struct class_counts single_answer(struct sweeper *s, const struct unit *o, uint32_t leaf)
{
	uint32_t no = s->local[leaf];
	struct local_leaf *l;

	if (no < PLAIN_LEAVES)
		return (struct class_counts){.unknown = o->nunseen[no]};
	l = &s->leaves.v[no - PLAIN_LEAVES];
	if (!l->counted) {
		l->counts = leaf_count(s, o, l);
		l->counted = true;
	}
	return l->counts;
}

static uint32_t local_or_none(const struct sweeper *s, uint32_t leaf)
{
	return leaf == NONE ? NONE : s->local[leaf];
}

/* The class with local numbers in place of leaves. */
static void class_key(struct sweeper *s, const struct class *c, bool *ret_met)
{
	const struct exposure_world *w = s->w;
	uint32_t verdict = local_or_none(s, c->verdict);
	bool met = verdict != NONE && verdict >= PLAIN_LEAVES;

	text_clear(&s->key);
	text_u32(&s->key, &verdict, 1);
	for (uint32_t i = 0; i < c->nprograms; i++) {
		const struct program *g = &w->programs[c->program + i];
		const uint32_t head[] = {g->ncode, local_or_none(s, g->guard),
					 local_or_none(s, g->other), g->windows};
		uint32_t *code;

		text_u32(&s->key, head, ARRAY_LEN(head));
		code = (uint32_t *)(void *)text_room(&s->key, g->ncode * sizeof(uint32_t));
		for (uint32_t j = 0; j < g->ncode; j++) {
			uint32_t node = w->code[g->code + j];

			if (node_op(node) <= NODE_PLATFORM) {
				uint32_t no = s->local[node_arg(node)];

				met |= no >= PLAIN_LEAVES;
				node = node_of(node_op(node), no);
			}
			memcpy(&code[j], &node, sizeof(node));
		}
		s->key.n += g->ncode * sizeof(uint32_t);
	}
	*ret_met = met;
}

static struct class_counts class_answer(struct sweeper *s, const struct unit *o, uint32_t class)
{
	const struct class *c = &s->w->classes[class];
	struct class_counts r = {0};
	struct sets sets;
	uint32_t no;
	bool met;

	if (c->single != NONE)
		return single_answer(s, o, c->single);
	class_key(s, c, &met);
	if (!met && !c->has_not && !o->nunseen[MASK_SOFTWARE | MASK_OS | MASK_ALL])
		return r;
	no = intern_put(s->class_keys, text_str(&s->key));
	if (no < s->answers.n)
		return s->answers.v[no];
	sets = class_eval(s->w, o, class, s->scratch);
	r.exposed = (uint32_t)bits_count(sets.t, o->nwords);
	r.unknown = (uint32_t)bits_count(sets.u, o->nwords);
	VEC_PUSH(&s->answers, r);
	return r;
}

static void leaves_meet(struct sweeper *s, const struct unit *o)
{
	const struct exposure_world *w = s->w;

	s->stamp++;
	for (uint32_t i = 0; i < o->nlocal; i++) {
		uint32_t b = block_of(w, o->ids[i]);

		if (s->block_seen[b] == s->stamp)
			continue;
		s->block_seen[b] = s->stamp;
		for (uint32_t k = w->block_start[b]; k < w->block_start[b + 1]; k++) {
			uint32_t leaf = w->block_leaves[k];

			if (s->local[leaf] >= PLAIN_LEAVES)
				continue;
			s->local[leaf] = leaf_local(s, o, leaf);
			if (s->local[leaf] >= PLAIN_LEAVES)
				s->touched[s->ntouched++] = leaf;
		}
	}
}

void sweep_unit(struct sweeper *s, const struct unit *o, struct class_counts *ret)
{
	const struct exposure_world *w = s->w;

	s->leaf_keys = intern_open();
	s->class_keys = intern_open();
	s->leaves.n = s->answers.n = 0;
	leaves_meet(s, o);
	for (uint32_t i = 0; i < w->nclasses; i++)
		ret[i] = class_answer(s, o, i);
	while (s->ntouched) {
		uint32_t leaf = s->touched[--s->ntouched];

		s->local[leaf] = w->leaves[leaf].mask & (PLAIN_LEAVES - 1);
	}
	intern_close(s->leaf_keys);
	intern_close(s->class_keys);
	s->leaf_keys = s->class_keys = NULL;
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

static void sweep_org(void *ctx, size_t item, unsigned worker)
{
	struct sweep *all = ctx;
	struct hand *h = &all->hands[worker];
	const struct exposure_world *w = all->w;

	if (!h->sweeper) {
		h->sweeper = sweeper_open(w, w->widest);
		h->counts = mem_zero((size_t)w->nclasses + 1, sizeof(*h->counts));
		h->exposed = mem_zero((size_t)w->nclasses + 1, sizeof(*h->exposed));
		h->unknown = mem_zero((size_t)w->nclasses + 1, sizeof(*h->unknown));
		h->orgs = mem_zero((size_t)w->nclasses + 1, sizeof(*h->orgs));
	}
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
