#include "exposure/windows.h"

#include "base/order.h"

/*
 * What is read together lies together: leaves of classes of several by the first id that each
 * names, then the others; classes as a sweep comes to them.
 */

/* Leaves that some class of several names; the others are answered by reach.c. */
static void used_note(void *ctx, uint32_t leaf)
{
	bool *used = ctx;

	used[leaf] = true;
}

/* The first id that a leaf names, or NONE. */
static uint32_t first_id(const struct leaf *l)
{
	uint32_t least = NONE;

	for (int k = 0; k < LEAF_LISTS; k++)
		if (l->s[k].n)
			least = MIN_OF(least, l->s[k].v[0].lo);
	return least;
}

static void renumber(uint32_t *leaf, const uint32_t *to)
{
	if (*leaf != NONE)
		*leaf = to[*leaf];
}

static void references_renumber(struct part *w, const uint32_t *to)
{
	uint32_t nprograms = 0, ncode = 0;

	for (uint32_t i = 0; i < w->image->nmatches; i++)
		renumber(&w->criteria[i].leaf, to);
	for (uint32_t i = 0; i < w->nclasses; i++) {
		renumber(&w->classes[i].verdict, to);
		renumber(&w->classes[i].single, to);
		nprograms = MAX_OF(nprograms, w->classes[i].program + w->classes[i].nprograms);
	}
	for (uint32_t i = 0; i < nprograms; i++) {
		renumber(&w->programs[i].guard, to);
		renumber(&w->programs[i].other, to);
		ncode = MAX_OF(ncode, w->programs[i].code + w->programs[i].ncode);
	}
	for (uint32_t i = 0; i < ncode; i++) {
		uint32_t node = w->code[i];

		if (node_op(node) <= NODE_PLATFORM)
			w->code[i] = node_of(node_op(node), to[node_arg(node)]);
	}
}

static void least_note(void *ctx, uint32_t leaf)
{
	uint32_t *least = ctx;

	*least = MIN_OF(*least, leaf);
}

static void leaves_order(struct part *w)
{
	uint32_t n = w->leaves.n;
	AUTO(freep) bool *used = mem_zero((size_t)n + 1, sizeof(*used));
	AUTO(freep) uint64_t *order = mem_zero((size_t)n + 1, sizeof(*order));
	AUTO(freep) uint32_t *to = mem_zero((size_t)n + 1, sizeof(*to));
	struct leaf *sorted = mem_zero((size_t)n + 1, sizeof(*sorted));
	uint32_t rest;

	for (uint32_t i = 0; i < w->nclasses; i++)
		if (w->classes[i].single == NONE)
			class_each_leaf(w, &w->classes[i], used_note, used);
	for (uint32_t i = 0; i < n; i++)
		if (used[i])
			order[w->nused++] = (uint64_t)first_id(&w->leaves.v[i]) << 32 | i;
	qsort(order, w->nused, sizeof(*order), u64_order);
	rest = w->nused;
	for (uint32_t i = 0; i < n; i++)
		if (!used[i])
			order[rest++] = i;
	for (uint32_t i = 0; i < n; i++) {
		to[(uint32_t)order[i]] = i;
		sorted[i] = w->leaves.v[(uint32_t)order[i]];
	}
	free(w->leaves.v);
	w->leaves.v = sorted;
	references_renumber(w, to);
}

/* Programs and their code as classes come. */
static void programs_order(struct part *w)
{
	VEC_OF(struct program) programs = {0};
	VEC_OF(uint32_t) code = {0};

	for (uint32_t i = 0; i < w->nclasses; i++) {
		struct class *c = &w->classes[i];
		uint32_t first = (uint32_t)programs.n;

		for (uint32_t k = 0; k < c->nprograms; k++) {
			struct program g = w->programs[c->program + k];
			const uint32_t *from = w->code + g.code;

			g.code = (uint32_t)code.n;
			for (uint32_t j = 0; j < g.ncode; j++)
				VEC_PUSH(&code, from[j]);
			VEC_PUSH(&programs, g);
		}
		c->program = first;
	}
	free(w->programs);
	free(w->code);
	w->programs = programs.v;
	w->code = code.v;
}

/* What a class comes after: its first leaf; of one leaf, behind the others, its first id. */
static uint32_t class_rank(const struct part *w, const struct class *c)
{
	uint32_t least = NONE >> 1;

	if (c->single == NONE) {
		class_each_leaf(w, c, least_note, &least);
		return least;
	}
	return MIN_OF(first_id(&w->leaves.v[c->single]), least) | ~(NONE >> 1);
}

/* Classes as a sweep comes to them. */
static void classes_order(struct part *w)
{
	uint32_t n = w->nclasses;
	AUTO(freep) uint64_t *order = mem_zero((size_t)n + 1, sizeof(*order));
	AUTO(freep) uint32_t *to = mem_zero((size_t)n + 1, sizeof(*to));
	struct class *sorted = mem_zero((size_t)n + 1, sizeof(*sorted));

	for (uint32_t i = 0; i < n; i++)
		order[i] = (uint64_t)class_rank(w, &w->classes[i]) << 32 | i;
	qsort(order, n, sizeof(*order), u64_order);
	for (uint32_t i = 0; i < n; i++) {
		to[(uint32_t)order[i]] = i;
		sorted[i] = w->classes[(uint32_t)order[i]];
	}
	free(w->classes);
	w->classes = sorted;
	for (uint32_t i = 0; i < w->image->nvulns; i++)
		renumber(&w->vuln_class[i], to);
	programs_order(w);
}

struct class_index {
	struct part *w;
	uint32_t class;
	uint32_t *last; /* by leaf: the class last noted, + 1 */
	uint32_t *at;	/* by leaf: where the next goes; NULL while counting */
};

static void class_note(void *ctx, uint32_t leaf)
{
	struct class_index *x = ctx;

	if (x->last[leaf] == x->class + 1)
		return;
	x->last[leaf] = x->class + 1;
	if (x->at)
		x->w->leaf_classes[x->at[leaf]++] = x->class;
	else
		x->w->leaf_class_start[leaf + 2]++;
}

static void classes_note(struct class_index *x)
{
	struct part *w = x->w;

	memset(x->last, 0, w->nused * sizeof(*x->last));
	for (x->class = 0; x->class < w->nclasses; x->class ++) {
		const struct class *c = &w->classes[x->class];

		if (c->single == NONE)
			class_each_leaf(w, c, class_note, x);
	}
}

static void classes_index(struct part *w)
{
	uint32_t n = w->nused;
	AUTO(freep) uint32_t *last = mem_zero((size_t)n + 1, sizeof(*last));
	struct class_index x = {.w = w, .last = last};

	w->leaf_class_start = ARENA_ARRAY(w->arena, uint32_t, (size_t)n + 2);
	classes_note(&x);
	for (uint32_t i = 1; i < n + 2; i++)
		w->leaf_class_start[i] += w->leaf_class_start[i - 1];
	w->leaf_classes = ARENA_ARRAY(w->arena, uint32_t, (size_t)w->leaf_class_start[n + 1] + 1);
	x.at = w->leaf_class_start + 1;
	classes_note(&x);
}

void verdicts_mark(struct part *w)
{
	w->leaf_is_verdict = ARENA_ARRAY(w->arena, bool, w->leaves.n + 1);
	for (uint32_t i = 0; i < w->nclasses; i++)
		if (w->classes[i].verdict != NONE)
			w->leaf_is_verdict[w->classes[i].verdict] = true;
}

void questions_order(struct part *w)
{
	leaves_order(w);
	verdicts_mark(w);
	classes_order(w);
	classes_index(w);
}
