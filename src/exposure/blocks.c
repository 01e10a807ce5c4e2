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

void blocks_build(struct exposure_world *w)
{
	uint32_t n = w->nblocks = w->ngroups + w->nnames + w->windows->nlines + 2;
	AUTO(freep) uint32_t *last = mem_zero((size_t)n + 1, sizeof(*last));
	AUTO(freep) bool *used = mem_zero((size_t)w->nleaves + 1, sizeof(*used));
	struct block_pass p = {.w = w, .last = last};

	w->leaf_is_verdict = ARENA_ARRAY(w->arena, bool, w->nleaves + 1);
	for (uint32_t i = 0; i < w->nclasses; i++)
		if (w->classes[i].verdict != NONE)
			w->leaf_is_verdict[w->classes[i].verdict] = true;
	w->block_start = ARENA_ARRAY(w->arena, uint32_t, (size_t)n + 2);
	for (uint32_t i = 0; i < w->nclasses; i++)
		class_each_leaf(w, &w->classes[i], used_note, used);
	for (uint32_t i = 0; i < w->nleaves; i++)
		if (used[i])
			leaf_blocks(&p, i);
	for (uint32_t i = 1; i < n + 2; i++)
		w->block_start[i] += w->block_start[i - 1];
	w->block_leaves = mem_zero((size_t)w->block_start[n + 1] + 1, sizeof(*w->block_leaves));
	memset(last, 0, n * sizeof(*last));
	p.at = w->block_start + 1;
	for (uint32_t i = 0; i < w->nleaves; i++)
		if (used[i])
			leaf_blocks(&p, i);
}
