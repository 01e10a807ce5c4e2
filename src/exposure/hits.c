#include "exposure/eval.h"

/*
 * Where organisations hold what a class names, gone through by id and put in order of
 * organisation: none is searched for what it does not hold.
 */

struct leaf_list {
	uint32_t *v;
	size_t n, cap;
};

static void leaf_add(void *ctx, uint32_t leaf)
{
	struct leaf_list *l = ctx;

	l->v = mem_grow(l->v, l->n, &l->cap, sizeof(*l->v));
	l->v[l->n++] = leaf;
}

static int u32_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void leaves_of(const struct part *w, const struct class *c, struct leaf_list *l)
{
	size_t n = 0;

	if (c->single == NONE)
		class_each_leaf(w, c, leaf_add, l);
	else
		leaf_add(l, c->single);
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), u32_cmp);
	for (size_t i = 0; i < l->n; i++)
		if (i == 0 || l->v[i] != l->v[n - 1])
			l->v[n++] = l->v[i];
	l->n = n;
}

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
static void leaf_pass(const struct part *w, uint32_t leaf, struct class_hits *h)
{
	for (uint32_t k = 0; k < LEAF_LISTS; k++) {
		const struct spans *s = &w->leaves.v[leaf].s[k];

		for (const struct span *v = s->v; v < s->v + s->n; v++)
			span_pass(w, v, leaf << LISTS_SHIFT | k, h);
	}
}

void class_hits(const struct part *w, const struct class *c, struct arena *arena,
		struct class_hits *ret)
{
	struct leaf_list leaves = {0};
	uint32_t n = (uint32_t)w->norgs;

	leaves_of(w, c, &leaves);
	*ret = (struct class_hits){.start = ARENA_ARRAY(arena, uint32_t, (size_t)n + 3)};
	for (size_t i = 0; i < leaves.n; i++)
		leaf_pass(w, leaves.v[i], ret);
	for (uint32_t i = 0; i < n; i++)
		ret->touched += ret->start[i + 2] != 0;
	for (uint32_t i = 1; i < n + 3; i++)
		ret->start[i] += ret->start[i - 1];
	ret->v = arena_alloc(arena, ((size_t)ret->start[n + 2] + 1) * sizeof(struct hit));
	for (size_t i = 0; i < leaves.n; i++)
		leaf_pass(w, leaves.v[i], ret);
	free(leaves.v);
}
