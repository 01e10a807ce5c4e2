#include "exposure/windows.h"

/* A block is all ids of one product, one raw name, or the patch states of one Windows line. */

static uint32_t block_of(const struct part *w, uint32_t id)
{
	uint16_t line;

	if (id < w->name_id)
		return w->components[id].group;
	if (id < w->state_id)
		return w->ngroups + (id - w->name_id);
	line = w->states[id - w->state_id].line;
	return w->ngroups + w->nnames +
	       (line < w->windows->nlines ? line : w->windows->nlines + (line == LINE_UNTOLD));
}

/* The first id behind the block of id. */
static uint32_t block_end(const struct part *w, uint32_t id)
{
	if (id < w->name_id)
		return w->groups[w->components[id].group].hi;
	if (id < w->state_id)
		return id + 1;
	return w->state_id + w->windows->line_states[block_of(w, id) - w->ngroups - w->nnames].hi;
}

struct block_pass {
	struct part *w;
	uint32_t *last; /* by block: the leaf last noted, + 1 */
	uint32_t *at;	/* by block: where the next goes; NULL while counting */
};

static void block_note(struct block_pass *p, uint32_t b, uint32_t leaf)
{
	if (p->last[b] == leaf + 1)
		return;
	p->last[b] = leaf + 1;
	if (p->at)
		p->w->block_leaves[p->at[b]++] = leaf;
	else
		p->w->block_start[b + 2]++;
}

static void leaf_blocks(struct block_pass *p, uint32_t leaf)
{
	struct part *w = p->w;
	const struct leaf *l = &w->leaves[leaf];

	for (int k = 0; k < LEAF_LISTS; k++)
		for (const struct span *s = l->s[k].v; s < l->s[k].v + l->s[k].n; s++)
			for (uint32_t id = s->lo; id < s->hi; id = block_end(w, id))
				block_note(p, block_of(w, id), leaf);
}

/* Leaves of classes; those of single criteria were only steps on the way. */
static void used_note(void *ctx, uint32_t leaf)
{
	bool *used = ctx;

	used[leaf] = true;
}

/* The first block that a leaf names, or the number of blocks. */
static uint32_t first_block(const struct part *w, const struct leaf *l)
{
	uint32_t least = w->nids;

	for (int k = 0; k < LEAF_LISTS; k++)
		if (l->s[k].n)
			least = MIN_OF(least, l->s[k].v[0].lo);
	return least < w->nids ? block_of(w, least) : w->nblocks;
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

static void leaves_pack(struct part *w)
{
	size_t at = 0;

	w->packed = ARENA_ARRAY(w->arena, struct packed_leaf, (size_t)w->nused + 1);
	for (uint32_t i = 0; i < w->nused; i++)
		for (int k = 0; k < LEAF_LISTS; k++)
			at += w->leaves[i].s[k].n;
	w->spans = ARENA_ARRAY(w->arena, struct span, at + 1);
	at = 0;
	for (uint32_t i = 0; i < w->nused; i++) {
		struct packed_leaf *p = &w->packed[i];

		*p = (struct packed_leaf){.first = (uint32_t)at, .mask = w->leaves[i].mask};
		for (int k = 0; k < LEAF_LISTS; k++) {
			struct spans *s = &w->leaves[i].s[k];

			if (s->n)
				memcpy(w->spans + at, s->v, s->n * sizeof(*s->v));
			s->v = w->spans + at;
			at += s->n;
			p->n[k] = s->n;
		}
	}
}

/* What is read together lies together: leaves of classes by their first block, then the others; the
 * spans of the former one after the other. */
static void leaves_order(struct part *w, const bool *used)
{
	uint32_t n = w->nleaves;
	AUTO(freep) uint32_t *count = mem_zero((size_t)w->nblocks + 3, sizeof(*count));
	AUTO(freep) uint32_t *to = mem_zero((size_t)n + 1, sizeof(*to));
	struct leaf *sorted = mem_zero((size_t)n + 1, sizeof(*sorted));

	for (uint32_t i = 0; i < n; i++)
		count[(used[i] ? first_block(w, &w->leaves[i]) : w->nblocks + 1) + 1]++;
	for (uint32_t b = 0; b <= w->nblocks + 1; b++)
		count[b + 1] += count[b];
	for (uint32_t i = 0; i < n; i++) {
		to[i] = count[used[i] ? first_block(w, &w->leaves[i]) : w->nblocks + 1]++;
		sorted[to[i]] = w->leaves[i];
		w->nused += used[i];
	}
	free(w->leaves);
	w->leaves = sorted;
	leaves_pack(w);
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

/* Classes as a sweep comes to them: by the leaf that each begins with, those that are nothing but
 * a leaf behind the others. */
static void classes_order(struct part *w)
{
	uint32_t n = w->nclasses, none = w->nused;
	AUTO(freep) uint32_t *count = mem_zero(2 * (size_t)none + 3, sizeof(*count));
	AUTO(freep) uint32_t *place = mem_zero((size_t)n + 1, sizeof(*place));
	AUTO(freep) uint32_t *to = mem_zero((size_t)n + 1, sizeof(*to));
	struct class *sorted = mem_zero((size_t)n + 1, sizeof(*sorted));

	for (uint32_t i = 0; i < n; i++) {
		const struct class *c = &w->classes[i];

		place[i] = none;
		class_each_leaf(w, c, least_note, &place[i]);
		place[i] += c->single == NONE ? 0 : none + 1;
		count[place[i] + 1]++;
	}
	for (uint32_t i = 0; i < 2 * none + 2; i++)
		count[i + 1] += count[i];
	for (uint32_t i = 0; i < n; i++) {
		to[i] = count[place[i]]++;
		sorted[to[i]] = w->classes[i];
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

		if (c->single != NONE)
			w->leaf_single[c->single] = x->class;
		else
			class_each_leaf(w, c, class_note, x);
	}
}

static void classes_index(struct part *w)
{
	uint32_t n = w->nused;
	AUTO(freep) uint32_t *last = mem_zero((size_t)n + 1, sizeof(*last));
	struct class_index x = {.w = w, .last = last};

	w->leaf_single = ARENA_ARRAY(w->arena, uint32_t, (size_t)n + 1);
	memset(w->leaf_single, 0xff, n * sizeof(*w->leaf_single));
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
	w->leaf_is_verdict = ARENA_ARRAY(w->arena, bool, w->nleaves + 1);
	for (uint32_t i = 0; i < w->nclasses; i++)
		if (w->classes[i].verdict != NONE)
			w->leaf_is_verdict[w->classes[i].verdict] = true;
}

/* Of a criterion nobody counts what lies beyond its range. */
static void packed_tidy(struct part *w)
{
	for (uint32_t i = 0; i < w->nused; i++) {
		struct packed_leaf *p = &w->packed[i];

		if (!w->leaf_is_verdict[i])
			p->n[LEAF_BEYOND] = p->n[VERDICT_NO_LINE] = 0;
		for (int k = 0; k < LEAF_LISTS; k++)
			p->all += p->n[k];
	}
}

void blocks_build(struct part *w)
{
	uint32_t n = w->nblocks = w->ngroups + w->nnames + w->windows->nlines + 2;
	AUTO(freep) uint32_t *last = mem_zero((size_t)n + 1, sizeof(*last));
	AUTO(freep) bool *used = mem_zero((size_t)w->nleaves + 1, sizeof(*used));
	struct block_pass p = {.w = w, .last = last};

	w->id_block = ARENA_ARRAY(w->arena, uint32_t, (size_t)w->nids + 1);
	for (uint32_t i = 0; i < w->nids; i++)
		w->id_block[i] = block_of(w, i);
	for (uint32_t i = 0; i < w->nclasses; i++)
		class_each_leaf(w, &w->classes[i], used_note, used);
	leaves_order(w, used);
	verdicts_mark(w);
	packed_tidy(w);
	classes_order(w);
	classes_index(w);
	w->block_start = ARENA_ARRAY(w->arena, uint32_t, (size_t)n + 2);
	for (uint32_t i = 0; i < w->nused; i++)
		leaf_blocks(&p, i);
	for (uint32_t i = 1; i < n + 2; i++)
		w->block_start[i] += w->block_start[i - 1];
	w->block_leaves = mem_zero((size_t)w->block_start[n + 1] + 1, sizeof(*w->block_leaves));
	memset(last, 0, n * sizeof(*last));
	p.at = w->block_start + 1;
	for (uint32_t i = 0; i < w->nused; i++)
		leaf_blocks(&p, i);
}
