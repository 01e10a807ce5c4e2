#include "exposure/plain.h"
#include "exposure/sweeper.h"

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

/* to may be a. */
static void both_and(uint64_t *to, const uint64_t *a, const uint64_t *b, size_t n)
{
	size_t i = 0;

	for (; i + 4 <= n; i += 4) {
		words4 at = *(const words4 *)(a + i), bt = *(const words4 *)(b + i);
		words4 maybe =
			(at | *(const words4 *)(a + n + i)) & (bt | *(const words4 *)(b + n + i));

		*(words4 *)(to + i) = at & bt;
		*(words4 *)(to + n + i) = maybe & ~(at & bt);
	}
	for (; i < n; i++) {
		uint64_t maybe = (a[i] | a[n + i]) & (b[i] | b[n + i]);

		to[i] = a[i] & b[i];
		to[n + i] = maybe & ~to[i];
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
			both_and(r, r, one, words);
	}
	return r;
}

/* The last of a conjunction of two leaves, as most programs are, without a copy. */
static const uint64_t *program_sets(struct sweeper *s, const struct program *g)
{
	struct local *l = &s->local;
	const uint32_t *code = l->w->code + g->code;
	uint64_t *r;

	if (g->ncode != 3 || code[0] != node_of(NODE_AND, 2) || node_op(code[1]) > NODE_PLATFORM ||
	    node_op(code[2]) > NODE_PLATFORM) {
		s->at = code;
		return node_run(s, 1);
	}
	r = level_of(s, 1);
	both_and(r, local_sets(l, l->number[node_arg(code[1])], false, 1),
		 local_sets(l, l->number[node_arg(code[2])], false, 2), l->o->nwords);
	return r;
}

/* Is nothing of it held? */
static bool is_idle(const struct local *l, const struct program *g)
{
	if (g->guard != NONE && l->number[g->guard] >= PLAIN_LEAVES)
		return false;
	for (uint32_t i = 0; i < g->ncode; i++) {
		uint32_t node = l->w->code[g->code + i];

		if (node_op(node) <= NODE_PLATFORM && l->number[node_arg(node)] >= PLAIN_LEAVES)
			return false;
	}
	return true;
}

enum { SPARE_GUARD = PROGRAM_DEPTH + 4, SPARE_OTHER, SPARE_VERDICT };

static void program_run(struct sweeper *s, const struct program *g)
{
	struct local *l = &s->local;
	size_t n = l->o->nwords;
	uint64_t *r = level_of(s, 0);
	const uint64_t *v;

	v = program_sets(s, g);
	if (g->guard == NONE && !(s->over && g->windows)) {
		both_or(s->result, v, n);
		return;
	}
	memcpy(r, v, 2 * n * sizeof(*r));
	if (g->guard != NONE)
		both_and(r, r, local_sets(l, l->number[g->guard], false, SPARE_GUARD), n);
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

/* What programs of which nothing is held say of each kind of devices. */
static void idle_add(struct sweeper *s, struct kind_sets said)
{
	const struct unit *o = s->local.o;
	size_t n = o->nwords;

	for (size_t i = 0; i < n; i++) {
		struct kind_words k = kinds_word(o, i, said);

		s->result[i] |= k.exposed;
		s->result[n + i] = (s->result[n + i] | k.unknown) & ~s->result[i];
	}
}

static void programs_run(struct sweeper *s, const struct class *c)
{
	const struct part *w = s->local.w;
	struct kind_sets idle = {0, 0};

	for (uint32_t i = c->program; i < c->program + c->nprograms; i++) {
		const struct program *g = &w->programs[i];

		if (!(s->over && g->windows) && is_idle(&s->local, g)) {
			idle.exposed |= g->alone.exposed;
			idle.unknown |= g->alone.unknown;
		} else {
			program_run(s, g);
		}
	}
	if (idle.exposed | idle.unknown)
		idle_add(s, idle);
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
	programs_run(s, c);
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
	if (o->nwords == 1) {
		pack_add(s, o);
		pack_ask(s);
		for (const struct word_met *m = s->words_met.v; m < s->words_met.v + s->words_met.n;
		     m++)
			met_add(s, m->class, (uint32_t)words_count(&m->exposed, 1),
				(uint32_t)words_count(&m->unknown, 1));
	} else {
		s->stamp++;
		large_ask(s, o);
		reach_words(s, o);
	}
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
