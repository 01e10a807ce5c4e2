#include "exposure/inner.h"

/*
 * Every distinct match of the image as a leaf: the ids that satisfy it, that may,
 * and that lie beyond its range.  What no organisation holds costs one look-up
 * of its product.
 */

struct product {
	uint32_t *groups; /* that it may concern */
	uint32_t ngroups;
	uint32_t leaf; /* when ngroups is 0 */
	uint32_t mask;
	struct spans names;
	bool microsoft, windows;
};
struct pass {
	struct exposure_world *w;
	struct arena *scratch;
	struct intern *keys;
	VEC_OF(struct product) products;
	struct leaf_draft draft;
};

static bool is_plain(const struct cpe_attr *a)
{
	return a->kind == CPE_VALUE && !a->wild;
}

static uint32_t group_find(const struct exposure_world *w, const struct cpe *cpe)
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
	struct exposure_world *w = p->w;
	bool plain = is_plain(&c->attr[CPE_PART]) && is_plain(&c->attr[CPE_VENDOR]) &&
		     is_plain(&c->attr[CPE_PRODUCT]);
	uint32_t own = plain ? group_find(w, c) : NONE, n = 0;

	if (own == NONE && plain && w->nodd == 0)
		return;
	ret->groups = ARENA_ARRAY(w->arena, uint32_t, plain ? w->nodd + 1 : w->ngroups + 1);
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

static void product_read(struct pass *p, const struct cpe *c)
{
	AUTO(span_list_freep) struct span_list names = {0};
	struct product r = {.mask = mask_of(&c->attr[CPE_PART])};

	product_groups(p, c, &r);
	names_candidates(p->w, c, p->scratch, &names);
	r.names = spans_keep(p->w->arena, &names);
	r.microsoft =
		is_plain(&c->attr[CPE_VENDOR]) && str_is(c->attr[CPE_VENDOR].text, "microsoft");
	r.windows = r.microsoft && r.mask == MASK_OS &&
		    str_starts(c->attr[CPE_PRODUCT].text, STR("windows"));
	leaf_draft_clear(&p->draft);
	leaf_draft_add(&p->draft, &(struct leaf){.s[LEAF_MAYBE] = r.names, .mask = r.mask});
	r.leaf = leaf_intern(p->w, &p->draft);
	VEC_PUSH(&p->products, r);
}

/* Intelligence lets none through; if one came, nothing could be told of it. */
static void product_unreadable(struct pass *p)
{
	leaf_draft_clear(&p->draft);
	p->draft.mask = MASK_ALL;
	VEC_PUSH(&p->products,
		 (struct product){.mask = MASK_ALL, .leaf = leaf_intern(p->w, &p->draft)});
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
static uint32_t first_behind(const struct exposure_world *w, struct span ids, struct str bound,
			     bool at_bound)
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

static struct criterion criterion_read(struct pass *p, const struct match *m)
{
	struct exposure_world *w = p->w;
	uint32_t no = intern_put(p->keys, product_text(m->cpe));
	const struct product *product;
	struct criterion r;
	struct cpe c;
	struct err err;
	bool parsed = false;

	arena_clear(p->scratch);
	if (no == p->products.n || p->products.v[no].ngroups)
		parsed = cpe_parse(p->scratch, m->cpe, &c, &err);
	if (no == p->products.n && parsed)
		product_read(p, &c);
	else if (no == p->products.n)
		product_unreadable(p);
	product = &p->products.v[no];
	r = (struct criterion){product->leaf, product->microsoft, product->windows};
	if (product->ngroups == 0 || !parsed)
		return r;
	leaf_draft_clear(&p->draft);
	leaf_draft_add(&p->draft,
		       &(struct leaf){.s[LEAF_MAYBE] = product->names, .mask = product->mask});
	for (uint32_t i = 0; i < product->ngroups; i++)
		match_group(p, m, &c, &w->groups[product->groups[i]]);
	r.leaf = leaf_intern(w, &p->draft);
	return r;
}

void criteria_build(struct exposure_world *w)
{
	struct pass p = {.w = w, .scratch = arena_open(), .keys = intern_open()};

	w->criteria = ARENA_ARRAY(w->arena, struct criterion, w->image->nmatches + 1);
	for (uint32_t i = 0; i < w->image->nmatches; i++)
		w->criteria[i] = criterion_read(&p, &w->image->matches[i]);
	leaf_draft_freep(&p.draft);
	free(p.products.v);
	intern_close(p.keys);
	arena_close(p.scratch);
}
