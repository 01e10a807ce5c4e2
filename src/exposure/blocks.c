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

static void leaf_blocks(struct block_pass *p, uint32_t leaf)
{
	struct exposure_world *w = p->w;

	for (int k = 0; k < LEAF_LISTS; k++) {
		const struct spans *s = &w->leaves[leaf].s[k];

		for (uint32_t i = 0; i < s->n; i++)
			for (uint32_t id = s->v[i].lo; id < s->v[i].hi; id = block_end(w, id)) {
				uint32_t b = block_of(w, id);

				if (p->last[b] == leaf + 1)
					continue;
				p->last[b] = leaf + 1;
				if (p->at)
					w->block_leaves[p->at[b]++] = leaf;
				else
					w->block_start[b + 2]++;
			}
	}
}

/* Leaves of classes; those of single criteria were only steps on the way. */
static void used_mark(const struct exposure_world *w, bool *used)
{
	for (uint32_t i = 0; i < w->nclasses; i++) {
		const struct class *c = &w->classes[i];

		if (c->verdict != NONE)
			used[c->verdict] = true;
		for (uint32_t k = 0; k < c->nprograms; k++) {
			const struct program *g = &w->programs[c->program + k];

			if (g->guard != NONE)
				used[g->guard] = true;
			if (g->other != NONE)
				used[g->other] = true;
			for (uint32_t j = 0; j < g->ncode; j++)
				if (node_op(w->code[g->code + j]) <= NODE_PLATFORM)
					used[node_arg(w->code[g->code + j])] = true;
		}
	}
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
	used_mark(w, used);
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
