#include "exposure/windows.h"

/* A block is all ids of one product, one raw name, or the patch states of one Windows line. */

uint32_t block_of(const struct exposure_world *w, uint32_t id)
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
static uint32_t block_end(const struct exposure_world *w, uint32_t id)
{
	if (id < w->name_id)
		return w->groups[w->components[id].group].hi;
	if (id < w->state_id)
		return id + 1;
	return w->state_id + w->windows->line_states[block_of(w, id) - w->ngroups - w->nnames].hi;
}

struct block_pass {
	struct exposure_world *w;
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
	struct exposure_world *w = p->w;
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
static uint32_t first_block(const struct exposure_world *w, const struct leaf *l)
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

static void references_renumber(struct exposure_world *w, const uint32_t *to)
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

static void leaves_pack(struct exposure_world *w)
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
static void leaves_order(struct exposure_world *w, const bool *used)
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

/* The class with nothing left of its leaves but their masks. */
static void shape_key(const struct exposure_world *w, const struct class *c, struct text *key)
{
	text_clear(key);
	text_addf(key, "%d", c->verdict != NONE);
	for (uint32_t i = 0; i < c->nprograms; i++) {
		const struct program *g = &w->programs[c->program + i];

		text_addf(key, "/%x,%x:", g->guard == NONE ? 99 : w->leaves[g->guard].mask,
			  g->windows);
		for (uint32_t j = 0; j < g->ncode; j++) {
			uint32_t node = w->code[g->code + j], arg = node_arg(node);

			if (node_op(node) <= NODE_PLATFORM)
				arg = w->leaves[arg].mask;
			text_addf(key, "%x.%x ", node_op(node), arg);
		}
	}
}

static void shapes_build(struct exposure_world *w)
{
	AUTO(intern_closep) struct intern *keys = intern_open();
	AUTO(text_freep) struct text key = {0};

	for (uint32_t i = 0; i < w->nclasses; i++) {
		shape_key(w, &w->classes[i], &key);
		w->classes[i].shape = intern_put(keys, text_str(&key));
	}
	w->nshapes = intern_count(keys);
}

static void verdicts_mark(struct exposure_world *w)
{
	w->leaf_is_verdict = ARENA_ARRAY(w->arena, bool, w->nleaves + 1);
	for (uint32_t i = 0; i < w->nclasses; i++)
		if (w->classes[i].verdict != NONE)
			w->leaf_is_verdict[w->classes[i].verdict] = true;
	for (uint32_t i = 0; i < w->nused; i++)
		if (!w->leaf_is_verdict[i])
			w->packed[i].n[LEAF_BEYOND] = w->packed[i].n[VERDICT_NO_LINE] = 0;
}

void blocks_build(struct exposure_world *w)
{
	uint32_t n = w->nblocks = w->ngroups + w->nnames + w->windows->nlines + 2;
	AUTO(freep) uint32_t *last = mem_zero((size_t)n + 1, sizeof(*last));
	AUTO(freep) bool *used = mem_zero((size_t)w->nleaves + 1, sizeof(*used));
	struct block_pass p = {.w = w, .last = last};

	for (uint32_t i = 0; i < w->nclasses; i++)
		class_each_leaf(w, &w->classes[i], used_note, used);
	leaves_order(w, used);
	verdicts_mark(w);
	shapes_build(w);
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
