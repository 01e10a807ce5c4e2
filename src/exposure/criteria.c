#include "base/parallel.h"
#include "exposure/inner.h"

/*
 * Every distinct match of the image as a leaf: the ids that satisfy it, that may,
 * and that lie beyond its range.  What no organisation holds costs one look-up
 * of its product.  Products and matches are read by as many threads as there are;
 * leaves get their numbers in the order of the matches.
 */

enum {
	BATCH = 16384, /* matches whose leaves wait for their numbers */
	SHARE = 128,   /* taken at a time */
};

struct product {
	uint32_t first;	  /* match that names it */
	uint32_t *groups; /* that it may concern */
	uint32_t ngroups;
	struct str key; /* of its leaf, when ngroups is 0 */
	uint32_t leaf;
	uint32_t mask;
	struct spans names;
	bool microsoft, windows;
};
/* One thread's: kept lasts as long as the products, batch as the leaves that wait. */
struct pass {
	const struct part *w;
	struct arena *kept, *batch, *scratch;
	struct leaf_draft draft;
	struct text key;
};
struct criteria {
	struct part *w;
	struct pass **hands;
	VEC_OF(struct product) products;
	uint32_t *product; /* by match */
	size_t at, n;	   /* the batch: first match, how many */
	struct str *keys;  /* theirs, by place in the batch; empty: as the product */
};

static bool is_plain(const struct cpe_attr *a)
{
	return a->kind == CPE_VALUE && !a->wild;
}

static uint32_t group_find(const struct part *w, const struct cpe *cpe)
{
	AUTO(text_freep) struct text key = {0};

	group_key(cpe, &key);
	return intern_find(w->group_keys, text_str(&key));
}

static uint32_t mask_of(const struct cpe_attr *part)
{
	if (!is_plain(part))
		return MASK_SOFTWARE | MASK_OS;
	return str_is(part->text, "o") ? MASK_OS : MASK_SOFTWARE;
}

static void product_groups(struct pass *p, const struct cpe *c, struct product *ret)
{
	const struct part *w = p->w;
	bool plain = is_plain(&c->attr[CPE_PART]) && is_plain(&c->attr[CPE_VENDOR]) &&
		     is_plain(&c->attr[CPE_PRODUCT]);
	uint32_t own = plain ? group_find(w, c) : NONE, n = 0;

	if (own == NONE && plain && w->nodd == 0)
		return;
	ret->groups = ARENA_ARRAY(p->kept, uint32_t, plain ? w->nodd + 1 : w->ngroups + 1);
	if (own != NONE)
		ret->groups[n++] = own;
	/* Names with open ends, on either side, are few: they are tried against all. */
	for (uint32_t i = 0; i < (plain ? w->nodd : w->ngroups); i++) {
		uint32_t g = plain ? w->odd[i] : i;

		if (g != own && group_tri(c, w->components[w->groups[g].lo].cpe) != TRI_FALSE)
			ret->groups[n++] = g;
	}
	ret->ngroups = n;
}

static struct spans spans_keep(struct arena *a, struct span_list *l)
{
	struct span *v = ARENA_ARRAY(a, struct span, l->n + 1);

	span_tidy(l);
	if (l->n)
		memcpy(v, l->v, l->n * sizeof(*v));
	return (struct spans){v, (uint32_t)l->n};
}

static struct str draft_key(struct pass *p, struct arena *arena)
{
	leaf_draft_key(&p->draft, &p->key);
	return arena_str(arena, text_str(&p->key));
}

static void product_read(struct pass *p, const struct cpe *c, struct product *r)
{
	AUTO(span_list_freep) struct span_list names = {0};

	r->mask = mask_of(&c->attr[CPE_PART]);
	product_groups(p, c, r);
	names_candidates(p->w, c, p->scratch, &names);
	r->names = spans_keep(p->kept, &names);
	r->microsoft =
		is_plain(&c->attr[CPE_VENDOR]) && str_is(c->attr[CPE_VENDOR].text, "microsoft");
	r->windows = r->microsoft && r->mask == MASK_OS &&
		     str_starts(c->attr[CPE_PRODUCT].text, STR("windows"));
}

static void product_settle(struct pass *p, struct product *r)
{
	struct cpe c;
	struct err err;

	arena_clear(p->scratch);
	/* Intelligence lets none through; if one came, nothing could be told of it. */
	if (cpe_parse(p->scratch, p->w->image->matches[r->first].cpe, &c, &err))
		product_read(p, &c, r);
	else
		r->mask = MASK_ALL;
	leaf_draft_clear(&p->draft);
	leaf_draft_add(&p->draft, &(struct leaf){.s[LEAF_MAYBE] = r->names, .mask = r->mask});
	r->key = draft_key(p, p->kept);
}

static void add_one(struct pass *p, const struct match *m, const struct cpe *c, uint32_t id)
{
	struct comparison r = component_compare(m, c, &p->w->components[id], p->scratch);

	if (r.value == TRI_TRUE)
		span_add(&p->draft.s[LEAF_TRUE], id, id + 1);
	else if (r.value == TRI_UNKNOWN)
		span_add(&p->draft.s[LEAF_MAYBE], id, id + 1);
	else if (r.beyond)
		span_add(&p->draft.s[LEAF_BEYOND], id, id + 1);
}

/* Only the version can tell components of the group apart. */
static bool is_simple(const struct group *g, const struct cpe *c)
{
	bool open = !g->odd && !g->wild;

	for (int i = CPE_PART; i < CPE_ATTRS && open; i++)
		if (i <= CPE_PRODUCT)
			open = is_plain(&c->attr[i]);
		else
			open = i == CPE_VERSION || c->attr[i].kind == CPE_ANY;
	return open;
}

/* First id of [lo, hi) whose version lies behind bound (at it, when at_bound). */
static uint32_t first_behind(const struct part *w, struct span ids, struct str bound, bool at_bound)
{
	uint32_t lo = ids.lo, hi = ids.hi;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct component *x = &w->components[mid];
		int cmp = version_compare(x->scheme, x->version, bound);

		if (cmp > 0 || (cmp == 0 && at_bound))
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static void range_simple(struct pass *p, const struct match *m, const struct group *g)
{
	const struct component *all = p->w->components;

	for (uint32_t lo = g->vlo, end; lo < g->hi; lo = end) {
		uint32_t in = lo, beyond;

		/* Versions of one scheme are ordered among themselves only. */
		if (all[lo].scheme == all[g->hi - 1].scheme)
			end = g->hi;
		else
			for (end = lo; all[end].scheme == all[lo].scheme;)
				end++;
		beyond = end;
		if (m->start.n)
			in = first_behind(p->w, (struct span){lo, end}, m->start,
					  !m->start_excluding);
		if (m->end.n)
			beyond = first_behind(p->w, (struct span){lo, end}, m->end,
					      m->end_excluding);
		span_add(&p->draft.s[LEAF_TRUE], in, beyond);
		span_add(&p->draft.s[LEAF_BEYOND], beyond, end);
	}
}

static struct str text_of(const struct component *c, bool folded)
{
	return folded ? c->version : c->cpe->attr[CPE_VERSION].text;
}

/* A criterion without a range against the versions of one product. */
struct probe {
	const struct match *m;
	const struct cpe *c;
	const struct group *g;
};

static void equal_range(struct pass *p, const struct probe *q, bool folded, struct str text)
{
	const uint32_t n = q->g->hi - q->g->vlo;
	const uint32_t *perm = p->w->perm + q->g->perm + (folded ? n : 0);
	uint32_t lo = 0, hi = n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (str_cmp(text_of(&p->w->components[perm[mid]], folded), text) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < n && str_eq(text_of(&p->w->components[perm[lo]], folded), text); lo++)
		add_one(p, q->m, q->c, perm[lo]);
}

static void exact_value(struct pass *p, const struct probe *q)
{
	const struct cpe_attr *u = &q->c->attr[CPE_UPDATE];
	struct str version = q->c->attr[CPE_VERSION].text;

	equal_range(p, q, false, version);
	if (is_plain(u))
		version = version_with_update(p->scratch, version, u->text);
	equal_range(p, q, true, version);
}

static void match_group(struct pass *p, const struct match *m, const struct cpe *c,
			const struct group *g)
{
	bool simple = is_simple(g, c), range = match_has_range(m);
	const struct cpe_attr *v = &c->attr[CPE_VERSION];

	if (simple && !range && v->kind == CPE_ANY) {
		span_add(&p->draft.s[LEAF_TRUE], g->lo, g->hi);
		return;
	}
	for (uint32_t id = g->lo; id < g->vlo; id++)
		add_one(p, m, c, id);
	if (simple && range)
		range_simple(p, m, g);
	else if (!range && is_plain(v))
		exact_value(p, &(struct probe){m, c, g});
	else
		for (uint32_t id = g->vlo; id < g->hi; id++)
			add_one(p, m, c, id);
}

/* "o:microsoft:windows_10" of "cpe:2.3:o:microsoft:windows_10:..."; the whole when it is not
 * in the plainest form. */
static struct str product_text(struct str cpe)
{
	size_t colons = 0;

	for (size_t i = 0; i < cpe.n; i++) {
		char c = cpe.p[i];

		if (c == '\\' || (c >= 'A' && c <= 'Z'))
			return cpe;
		if (c == ':' && ++colons == 5)
			return str_sub(cpe, 0, i);
	}
	return cpe;
}

/* The key of a match's leaf; empty when it is its product's. */
static struct str match_key(struct pass *p, const struct match *m, const struct product *product)
{
	struct cpe c;
	struct err err;

	if (product->ngroups == 0)
		return (struct str){0};
	arena_clear(p->scratch);
	if (!cpe_parse(p->scratch, m->cpe, &c, &err))
		return (struct str){0};
	leaf_draft_clear(&p->draft);
	leaf_draft_add(&p->draft,
		       &(struct leaf){.s[LEAF_MAYBE] = product->names, .mask = product->mask});
	for (uint32_t i = 0; i < product->ngroups; i++)
		match_group(p, m, &c, &p->w->groups[product->groups[i]]);
	return draft_key(p, p->batch);
}

static void products_share(void *ctx, size_t item, unsigned worker)
{
	struct criteria *all = ctx;
	size_t end = MIN_OF((item + 1) * SHARE, all->products.n);

	for (size_t i = item * SHARE; i < end; i++)
		product_settle(all->hands[worker], &all->products.v[i]);
}

static void matches_share(void *ctx, size_t item, unsigned worker)
{
	struct criteria *all = ctx;
	size_t end = MIN_OF((item + 1) * SHARE, all->n);

	for (size_t i = item * SHARE; i < end; i++) {
		size_t no = all->at + i;

		all->keys[i] = match_key(all->hands[worker], &all->w->image->matches[no],
					 &all->products.v[all->product[no]]);
	}
}

static size_t shares(size_t n)
{
	return (n + SHARE - 1) / SHARE;
}

static void products_find(struct criteria *all)
{
	AUTO(intern_closep) struct intern *names = intern_open();
	const struct intel_image *image = all->w->image;

	for (uint32_t i = 0; i < image->nmatches; i++) {
		uint32_t no = intern_put(names, product_text(image->matches[i].cpe));

		all->product[i] = no;
		if (no == all->products.n)
			VEC_PUSH(&all->products, (struct product){.first = i, .leaf = NONE});
	}
	parallel_each(shares(all->products.n), products_share, all);
}

static void batch_number(struct criteria *all)
{
	struct part *w = all->w;

	for (size_t i = 0; i < all->n; i++) {
		struct product *p = &all->products.v[all->product[all->at + i]];
		struct criterion *c = &w->criteria[all->at + i];

		*c = (struct criterion){NONE, p->microsoft, p->windows};
		if (all->keys[i].n) {
			c->leaf = leaf_put(w, all->keys[i]);
			continue;
		}
		if (p->leaf == NONE)
			p->leaf = leaf_put(w, p->key);
		c->leaf = p->leaf;
	}
}

static void matches_read(struct criteria *all, unsigned width)
{
	size_t nmatches = all->w->image->nmatches;

	for (all->at = 0; all->at < nmatches; all->at += BATCH) {
		all->n = MIN_OF(nmatches - all->at, (size_t)BATCH);
		for (unsigned i = 0; i < width; i++)
			arena_clear(all->hands[i]->batch);
		parallel_each(shares(all->n), matches_share, all);
		batch_number(all);
	}
}

static struct pass *pass_open(const struct part *w)
{
	struct pass *p = mem_zero(1, sizeof(*p));

	p->w = w;
	p->kept = arena_open();
	p->batch = arena_open();
	p->scratch = arena_open();
	return p;
}

static void pass_close(struct pass *p)
{
	arena_close(p->kept);
	arena_close(p->batch);
	arena_close(p->scratch);
	leaf_draft_freep(&p->draft);
	text_free(&p->key);
	free(p);
}

void criteria_build(struct part *w)
{
	unsigned width = parallel_width();
	AUTO(freep) struct pass **hands = mem_zero(width, sizeof(struct pass *));
	AUTO(freep) uint32_t *product = mem_zero((size_t)w->image->nmatches + 1, sizeof(*product));
	AUTO(freep) struct str *keys = mem_zero(BATCH, sizeof(*keys));
	struct criteria all = {.w = w, .hands = hands, .product = product, .keys = keys};

	for (unsigned i = 0; i < width; i++)
		hands[i] = pass_open(w);
	w->criteria = ARENA_ARRAY(w->arena, struct criterion, w->image->nmatches + 1);
	products_find(&all);
	matches_read(&all, width);
	for (unsigned i = 0; i < width; i++)
		pass_close(hands[i]);
	free(all.products.v);
}
