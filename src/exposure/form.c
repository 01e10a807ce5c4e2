#include "exposure/eval.h"

#include "base/order.h"

/* A class as it is asked of one organisation after another: its leaves numbered among themselves,
 * and where the organisations of a part hold what they name. */

struct leaf_list {
	struct arena *arena;
	uint32_t *v;
	uint32_t n, cap;
};

static void leaf_count(void *ctx, uint32_t leaf)
{
	struct leaf_list *l = ctx;

	(void)leaf;
	l->cap++;
}

static void leaf_add(void *ctx, uint32_t leaf)
{
	struct leaf_list *l = ctx;

	l->v[l->n++] = leaf;
}

static void leaves_of(const struct part *w, const struct class *c, struct leaf_list *l)
{
	uint32_t n = 0;

	class_each_leaf(w, c, leaf_count, l);
	l->v = ARENA_ARRAY(l->arena, uint32_t, (size_t)l->cap + 1);
	class_each_leaf(w, c, leaf_add, l);
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), u32_order);
	for (uint32_t i = 0; i < l->n; i++)
		if (i == 0 || l->v[i] != l->v[n - 1])
			l->v[n++] = l->v[i];
	l->n = n;
}

static uint32_t slot_of(const struct form *f, uint32_t leaf)
{
	return leaf == NONE ? NONE : u32_place(f->leaves, f->nleaves, leaf);
}

static void programs_copy(struct form *f, const struct class *c, struct arena *arena)
{
	const struct part *w = f->part;
	struct program *programs = ARENA_ARRAY(arena, struct program, c->nprograms + 1);
	uint32_t *code, ncode = 0;

	for (uint32_t i = 0; i < c->nprograms; i++)
		ncode += w->programs[c->program + i].ncode;
	f->code = code = ARENA_ARRAY(arena, uint32_t, (size_t)ncode + 1);
	f->programs = programs;
	ncode = 0;
	for (uint32_t i = 0; i < c->nprograms; i++) {
		const struct program *g = &w->programs[c->program + i];

		programs[i] = (struct program){.code = ncode,
					       .ncode = g->ncode,
					       .guard = slot_of(f, g->guard),
					       .other = slot_of(f, g->other),
					       .windows = g->windows,
					       .alone = g->alone};
		for (uint32_t k = 0; k < g->ncode; k++) {
			uint32_t node = w->code[g->code + k];

			code[ncode++] = node_op(node) <= NODE_PLATFORM
						? node_of(node_op(node), slot_of(f, node_arg(node)))
						: node;
		}
	}
}

void class_form(const struct part *w, uint32_t class, struct arena *arena, struct form *ret)
{
	const struct class *c = &w->classes[class];
	struct leaf_list leaves = {.arena = arena};
	uint8_t *masks;

	leaves_of(w, c, &leaves);
	masks = ARENA_ARRAY(arena, uint8_t, (size_t)leaves.n + 1);
	for (uint32_t i = 0; i < leaves.n; i++)
		masks[i] = w->leaves.v[leaves.v[i]].mask & 7;
	*ret = (struct form){.part = w,
			     .leaves = leaves.v,
			     .masks = masks,
			     .nleaves = leaves.n,
			     .nprograms = c->nprograms,
			     .single = c->single != NONE};
	ret->verdict = slot_of(ret, c->verdict);
	programs_copy(ret, c, arena);
}

/* ---- hits: gone through by id and put in order of organisation ------------------------ */

static void span_pass(const struct part *w, const struct span *v, uint32_t lane,
		      struct class_hits *h)
{
	for (uint32_t i = w->id_org_start[v->lo]; i < w->id_org_start[v->hi]; i++)
		if (h->v)
			h->v[h->start[w->id_orgs[i] + 1]++] =
				(struct hit){lane, w->id_places[i], w->id_words[i]};
		else
			h->start[w->id_orgs[i] + 2]++;
}

/* Counts while h->v is NULL, then fills. */
static void leaves_pass(const struct form *f, struct class_hits *h)
{
	for (uint32_t i = 0; i < f->nleaves; i++)
		for (uint32_t k = 0; k < LEAF_LISTS; k++) {
			const struct spans *s = &f->part->leaves.v[f->leaves[i]].s[k];

			for (const struct span *v = s->v; v < s->v + s->n; v++)
				span_pass(f->part, v, i << LISTS_SHIFT | k, h);
		}
}

void class_hits(const struct part *w, uint32_t class, struct arena *arena, struct class_hits *ret)
{
	uint32_t n = (uint32_t)w->norgs;

	*ret = (struct class_hits){.start = ARENA_ARRAY(arena, uint32_t, (size_t)n + 3)};
	class_form(w, class, arena, &ret->form);
	idle_build(&ret->form, arena);
	leaves_pass(&ret->form, ret);
	for (uint32_t i = 0; i < n; i++)
		ret->touched += ret->start[i + 2] != 0;
	for (uint32_t i = 1; i < n + 3; i++)
		ret->start[i] += ret->start[i - 1];
	ret->v = arena_alloc(arena, ((size_t)ret->start[n + 2] + 1) * sizeof(struct hit));
	leaves_pass(&ret->form, ret);
}
