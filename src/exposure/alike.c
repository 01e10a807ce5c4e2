#include "base/order.h"
#include "exposure/catalogue.h"

/*
 * What comes later is mostly what others hold already.  Of that everything is answered as in the
 * part that was asked all of the image: its ids are looked up there, and leaves follow from leaves.
 * Only what nobody held is new, and only the products that it may concern are looked at.
 */

struct pair {
	uint32_t there, here; /* ids */
};

struct alike {
	const struct part *w, *like;
	uint32_t *first; /* id of like -> the first of here at or after it */
	uint32_t *here;	 /* ids of the part, by those of like */
	bool *fresh;	 /* by id of the part: like does not hold it */
	uint32_t nfresh;
	uint32_t *leaf; /* leaf of like -> the part's, or NONE: not asked for yet */
	struct leaf_draft draft;
	struct text key;
};

/* ---- components ------------------------------------------------------------------- */

static bool attr_same(const struct cpe_attr *a, const struct cpe_attr *b)
{
	return a->kind == b->kind && a->wild == b->wild && str_eq(a->text, b->text);
}

static bool component_same(const struct component *a, const struct component *b)
{
	bool same = a->scheme == b->scheme;

	for (int i = 0; i < CPE_ATTRS && same; i++)
		same = attr_same(&a->cpe->attr[i], &b->cpe->attr[i]);
	return same;
}

static struct str version_text(const struct component *c)
{
	return c->cpe->attr[CPE_VERSION].text;
}

static uint32_t component_there(const struct part *like, const struct group *g,
				const struct component *c)
{
	const uint32_t *perm = like->perm + g->perm;
	uint32_t lo = 0, n = g->hi - g->vlo, hi = n;

	if (!attr_is_plain(&c->cpe->attr[CPE_VERSION])) {
		for (uint32_t id = g->lo; id < g->vlo; id++)
			if (component_same(&like->components[id], c))
				return id;
		return NONE;
	}
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (str_cmp(version_text(&like->components[perm[mid]]), version_text(c)) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < n && str_eq(version_text(&like->components[perm[lo]]), version_text(c)); lo++)
		if (component_same(&like->components[perm[lo]], c))
			return perm[lo];
	return NONE;
}

static void components_find(const struct alike *a, uint32_t *there)
{
	const struct part *w = a->w, *like = a->like;

	for (uint32_t g = 0; g < w->ngroups; g++) {
		uint32_t at = intern_find(like->group_keys, intern_str(w->group_keys, g));

		for (uint32_t id = w->groups[g].lo; at != NONE && id < w->groups[g].hi; id++)
			there[id] = component_there(like, &like->groups[at], &w->components[id]);
	}
}

/* ---- names -------------------------------------------------------------------------- */

/* tokens: the name's as like has them, ascending. */
static uint32_t name_there(const struct part *like, const uint32_t *tokens, uint32_t n, bool os)
{
	const uint32_t *rarest = NULL;

	for (uint32_t i = 0; i < n; i++) {
		const uint32_t *start = &like->post_start[tokens[i]];

		if (!rarest || start[1] - start[0] < rarest[1] - rarest[0])
			rarest = start;
	}
	for (uint32_t p = rarest ? rarest[0] : 0; rarest && p < rarest[1]; p++) {
		const struct raw_name *x = &like->names[like->post[p]];

		if (x->os == os && x->n == n && memcmp(x->tokens, tokens, n * sizeof(*tokens)) == 0)
			return like->post[p];
	}
	return NONE;
}

static void names_find(const struct alike *a, uint32_t *there)
{
	const struct part *w = a->w, *like = a->like;
	uint32_t ntokens = intern_count(w->tokens);
	AUTO(freep) uint32_t *token = mem_alloc(((size_t)ntokens + 1) * sizeof(*token));
	AUTO(freep) uint32_t *own = mem_alloc(((size_t)ntokens + 1) * sizeof(*own));

	for (uint32_t i = 0; i < ntokens; i++)
		token[i] = intern_find(like->tokens, intern_str(w->tokens, i));
	for (uint32_t i = 0; i < w->nnames; i++) {
		const struct raw_name *x = &w->names[i];
		bool known = x->n != 0;
		uint32_t at;

		for (uint32_t k = 0; k < x->n; k++) {
			own[k] = token[x->tokens[k]];
			known &= own[k] != NONE;
		}
		if (!known)
			continue;
		qsort(own, x->n, sizeof(*own), u32_order);
		at = name_there(like, own, x->n, x->os);
		if (at != NONE)
			there[w->name_id + i] = like->name_id + at;
	}
}

/* ---- all of them ---------------------------------------------------------------------- */

static int pair_cmp(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return x->there < y->there ? -1 : x->there > y->there;
}

/* there: by id of the part. */
static void ids_join(struct alike *a, const uint32_t *there)
{
	uint32_t n = a->w->state_id, nlike = a->like->state_id, npairs = 0, at = 0;
	AUTO(freep) struct pair *pairs = mem_alloc(((size_t)n + 1) * sizeof(*pairs));

	a->fresh = mem_zero((size_t)n + 1, sizeof(*a->fresh));
	for (uint32_t id = 0; id < n; id++) {
		a->fresh[id] = there[id] == NONE;
		a->nfresh += there[id] == NONE;
		if (there[id] != NONE)
			pairs[npairs++] = (struct pair){there[id], id};
	}
	qsort(pairs, npairs, sizeof(*pairs), pair_cmp);
	a->here = mem_alloc(((size_t)npairs + 1) * sizeof(*a->here));
	a->first = mem_alloc(((size_t)nlike + 1) * sizeof(*a->first));
	for (uint32_t i = 0; i < npairs; i++)
		a->here[i] = pairs[i].here;
	for (uint32_t id = 0; id <= nlike; id++) {
		while (at < npairs && pairs[at].there < id)
			at++;
		a->first[id] = at;
	}
}

struct alike *alike_open(const struct part *w, const struct part *like)
{
	struct alike *a = mem_zero(1, sizeof(*a));
	AUTO(freep) uint32_t *there = mem_alloc(((size_t)w->state_id + 1) * sizeof(*there));

	a->w = w;
	a->like = like;
	memset(there, 0xff, ((size_t)w->state_id + 1) * sizeof(*there));
	components_find(a, there);
	names_find(a, there);
	ids_join(a, there);
	a->leaf = mem_alloc(((size_t)like->leaves.n + 1) * sizeof(*a->leaf));
	memset(a->leaf, 0xff, ((size_t)like->leaves.n + 1) * sizeof(*a->leaf));
	return a;
}

void alike_close(struct alike *a)
{
	if (!a)
		return;
	free(a->first);
	free(a->here);
	free(a->fresh);
	free(a->leaf);
	leaf_draft_freep(&a->draft);
	text_free(&a->key);
	free(a);
}

const struct part *alike_of(const struct alike *a)
{
	return a->like;
}

uint32_t alike_fresh(const struct alike *a)
{
	return a->nfresh;
}

bool alike_is_fresh(const struct alike *a, uint32_t id)
{
	return a->fresh[id];
}

uint32_t alike_leaf(struct alike *a, struct leaf_table *to, uint32_t leaf)
{
	const struct leaf *l = &a->like->leaves.v[leaf];

	if (a->leaf[leaf] != NONE)
		return a->leaf[leaf];
	leaf_draft_clear(&a->draft);
	a->draft.mask = l->mask;
	for (int k = 0; k < LEAF_LISTS; k++)
		for (const struct span *v = l->s[k].v; v < l->s[k].v + l->s[k].n; v++)
			for (uint32_t i = a->first[v->lo]; i < a->first[v->hi]; i++)
				span_add(&a->draft.s[k], a->here[i], a->here[i] + 1);
	leaf_draft_key(&a->draft, &a->key);
	a->leaf[leaf] = leaf_put(to, text_str(&a->key));
	return a->leaf[leaf];
}
