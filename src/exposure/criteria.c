#include "base/parallel.h"
#include "exposure/catalogue.h"

/*
 * Every distinct match of the image as a leaf: the ids that satisfy it, that may,
 * and that lie beyond its range.  Only products that somebody holds, or that a name may
 * be, are looked at; all others answer by their mask alone, or as in the part that is alike, and
 * then what it holds already is answered as there.  Products and matches are read by as many
 * threads as there are; leaves get their numbers in the order of products, then matches.
 */

enum {
	BATCH = 16384, /* matches whose leaves wait for their numbers */
	SHARE = 128,   /* taken at a time */
};

/* A product that the part may hold. */
struct met {
	uint32_t product;
	uint32_t *groups; /* that it may concern */
	uint32_t ngroups;
	struct str key; /* of its leaf, where no group is concerned */
	struct spans names;
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
	const struct catalogue *c;
	struct alike *alike; /* NULL: none */
	uint32_t *vocabulary;
	struct pass **hands;
	VEC_OF(struct met) met;
	uint32_t *met_of; /* product -> met, or NONE */
	struct read {
		uint32_t match, met;
	} * reads;	      /* matches that concern some group */
	size_t nreads, at, n; /* the batch: first, how many */
	struct str *keys;     /* theirs, by place in the batch */
};

/* ---- which products --------------------------------------------------------------- */

static void meet(struct criteria *all, uint32_t product)
{
	if (all->met_of[product] != NONE)
		return;
	all->met_of[product] = (uint32_t)all->met.n;
	VEC_PUSH(&all->met, (struct met){.product = product});
}

/* Does every word occur in some name of the part? */
static bool spoken(const struct criteria *all, const struct name_words *words)
{
	for (uint32_t i = 0; i < words->n; i++)
		if (all->vocabulary[words->v[i]] == NONE)
			return false;
	return words->n != 0;
}

/* Could some name be one of those that have this word? */
static void meet_word(struct criteria *all, uint32_t word)
{
	const struct lists *l = &all->c->of_word;

	for (uint32_t i = l->start[word]; i < l->start[word + 1]; i++) {
		const struct product *p = &all->c->products[l->v[i]];

		if (spoken(all, &p->product) || spoken(all, &p->vendor))
			meet(all, l->v[i]);
	}
}

static bool id_is_new(const struct criteria *all, uint32_t id)
{
	return !all->alike || alike_is_fresh(all->alike, id);
}

/* Does it hold anything that is not answered elsewhere? */
static bool group_is_new(const struct criteria *all, uint32_t group)
{
	const struct group *g = &all->w->groups[group];
	bool is_new = false;

	for (uint32_t id = g->lo; id < g->hi && !is_new; id++)
		is_new = id_is_new(all, id);
	return is_new;
}

/* By token: is it in a name that is not answered elsewhere? */
static bool *tokens_new(const struct criteria *all)
{
	const struct part *w = all->w;
	bool *r = mem_zero((size_t)intern_count(w->tokens) + 1, sizeof(*r));

	for (uint32_t i = 0; i < w->nnames; i++)
		for (uint32_t k = 0; k < w->names[i].n && id_is_new(all, w->name_id + i); k++)
			r[w->names[i].tokens[k]] = true;
	return r;
}

/* Names with open ends, on either side, are few: they are tried against all. */
static void products_meet(struct criteria *all)
{
	const struct part *w = all->w;
	const struct catalogue *c = all->c;
	AUTO(freep) bool *is_new = tokens_new(all);
	uint32_t nwords = intern_count(c->words);
	bool odd = false, any = !all->alike || alike_fresh(all->alike);

	for (uint32_t g = 0; g < w->ngroups; g++) {
		uint32_t product;

		if (!group_is_new(all, g))
			continue;
		odd |= w->groups[g].odd;
		product = intern_find(c->keys, intern_str(w->group_keys, g));
		if (product != NONE)
			meet(all, product);
	}
	for (uint32_t i = 0; i < c->nproducts && any; i++)
		if (odd || !c->products[i].plain)
			meet(all, i);
	for (uint32_t i = 0; i < nwords; i++)
		if (all->vocabulary[i] != NONE && is_new[all->vocabulary[i]])
			meet_word(all, i);
}

/* ---- what of the part they concern -------------------------------------------------- */

static void product_groups(struct pass *p, const struct product *product, struct met *ret)
{
	const struct part *w = p->w;
	bool plain = product->plain;
	uint32_t own = NONE, n = 0;

	if (plain) {
		text_clear(&p->key);
		group_key(&product->cpe, &p->key);
		own = intern_find(w->group_keys, text_str(&p->key));
	}
	if (own == NONE && plain && w->nodd == 0)
		return;
	ret->groups = ARENA_ARRAY(p->kept, uint32_t, plain ? w->nodd + 1 : w->ngroups + 1);
	if (own != NONE)
		ret->groups[n++] = own;
	for (uint32_t i = 0; i < (plain ? w->nodd : w->ngroups); i++) {
		uint32_t g = plain ? w->odd[i] : i;

		if (g != own &&
		    group_tri(&product->cpe, w->components[w->groups[g].lo].cpe) != TRI_FALSE)
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

static void met_settle(const struct criteria *all, struct pass *p, struct met *m)
{
	const struct product *product = &all->c->products[m->product];
	AUTO(span_list_freep) struct span_list names = {0};

	if (product->mask != MASK_ALL) {
		product_groups(p, product, m);
		names_of_product(p->w, all->vocabulary, product, &names);
	}
	m->names = spans_keep(p->kept, &names);
	leaf_draft_clear(&p->draft);
	leaf_draft_add(&p->draft, &(struct leaf){.s[LEAF_MAYBE] = m->names, .mask = product->mask});
	m->key = draft_key(p, p->kept);
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
			open = attr_is_plain(&c->attr[i]);
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
	if (attr_is_plain(u))
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
	else if (!range && attr_is_plain(v))
		exact_value(p, &(struct probe){m, c, g});
	else
		for (uint32_t id = g->vlo; id < g->hi; id++)
			add_one(p, m, c, id);
}

/* ---- matches as leaves -------------------------------------------------------------- */

/* The key of a match's leaf; empty when it is its product's. */
static struct str match_key(const struct criteria *all, struct pass *p, struct read r)
{
	const struct match *m = &all->w->image->matches[r.match];
	const struct met *met = &all->met.v[r.met];
	struct cpe c;
	struct err err;

	arena_clear(p->scratch);
	if (!cpe_parse(p->scratch, m->cpe, &c, &err))
		return (struct str){0};
	leaf_draft_clear(&p->draft);
	leaf_draft_add(&p->draft, &(struct leaf){.s[LEAF_MAYBE] = met->names,
						 .mask = all->c->products[met->product].mask});
	for (uint32_t i = 0; i < met->ngroups; i++)
		match_group(p, m, &c, &p->w->groups[met->groups[i]]);
	return draft_key(p, p->batch);
}

static void met_share(void *ctx, size_t item, unsigned worker)
{
	struct criteria *all = ctx;
	size_t end = MIN_OF((item + 1) * SHARE, all->met.n);

	for (size_t i = item * SHARE; i < end; i++)
		met_settle(all, all->hands[worker], &all->met.v[i]);
}

static void reads_share(void *ctx, size_t item, unsigned worker)
{
	struct criteria *all = ctx;
	size_t end = MIN_OF((item + 1) * SHARE, all->n);

	for (size_t i = item * SHARE; i < end; i++)
		all->keys[i] = match_key(all, all->hands[worker], all->reads[all->at + i]);
}

static size_t shares(size_t n)
{
	return (n + SHARE - 1) / SHARE;
}

/* Each match answers as elsewhere. */
static void matches_alike(struct criteria *all)
{
	struct part *w = all->w;
	const struct criterion *known = alike_of(all->alike)->criteria;

	for (uint32_t i = 0; i < w->image->nmatches; i++) {
		w->criteria[i] = known[i];
		w->criteria[i].leaf = alike_leaf(all->alike, &w->leaves, known[i].leaf);
	}
}

/* Each match answers as its product does. */
static void matches_plain(struct criteria *all)
{
	struct part *w = all->w;
	const struct catalogue *c = all->c;
	AUTO(freep) struct criterion *of = mem_zero((size_t)c->nproducts + 1, sizeof(*of));
	uint32_t unmet[MASK_ALL + 1];

	for (uint32_t mask = 0; mask <= MASK_ALL; mask++)
		unmet[mask] = leaf_intern(&w->leaves, &(struct leaf_draft){.mask = mask});
	for (uint32_t i = 0; i < c->nproducts; i++) {
		const struct product *p = &c->products[i];

		of[i] = (struct criterion){unmet[p->mask], p->microsoft, p->windows};
	}
	for (uint32_t i = 0; i < w->image->nmatches; i++)
		w->criteria[i] = of[c->of_match[i]];
}

/* Until more is known of a match of a product that is met, it answers as that does. */
static void products_answer(struct criteria *all)
{
	struct part *w = all->w;
	const struct lists *l = &all->c->matches;

	w->criteria = ARENA_ARRAY(w->arena, struct criterion, w->image->nmatches + 1);
	if (all->alike)
		matches_alike(all);
	else
		matches_plain(all);
	for (size_t i = 0; i < all->met.n; i++) {
		uint32_t leaf = leaf_put(&w->leaves, all->met.v[i].key);
		uint32_t product = all->met.v[i].product;

		for (uint32_t k = l->start[product]; k < l->start[product + 1]; k++)
			w->criteria[l->v[k]].leaf = leaf;
	}
}

static void reads_find(struct criteria *all)
{
	const struct lists *l = &all->c->matches;
	size_t n = 0;

	for (size_t i = 0; i < all->met.n; i++)
		if (all->met.v[i].ngroups)
			n += l->start[all->met.v[i].product + 1] - l->start[all->met.v[i].product];
	all->reads = mem_zero(n + 1, sizeof(*all->reads));
	for (uint32_t i = 0; i < all->met.n; i++) {
		const struct met *m = &all->met.v[i];

		for (uint32_t k = l->start[m->product]; m->ngroups && k < l->start[m->product + 1];
		     k++)
			all->reads[all->nreads++] = (struct read){l->v[k], i};
	}
}

static void matches_read(struct criteria *all, unsigned width)
{
	for (all->at = 0; all->at < all->nreads; all->at += BATCH) {
		all->n = MIN_OF(all->nreads - all->at, (size_t)BATCH);
		for (unsigned i = 0; i < width; i++)
			arena_clear(all->hands[i]->batch);
		parallel_each(shares(all->n), reads_share, all);
		for (size_t i = 0; i < all->n; i++)
			if (all->keys[i].n)
				all->w->criteria[all->reads[all->at + i].match].leaf =
					leaf_put(&all->w->leaves, all->keys[i]);
	}
}

/* Vulnerabilities of products that are met. */
static void vulns_find(const struct criteria *all, struct asking *asking)
{
	const struct intel_image *image = all->w->image;
	const struct lists *l = &all->c->vulns;

	asking->vulns = mem_zero(bits_words(image->nvulns) + 1, sizeof(uint64_t));
	for (size_t i = 0; i < all->met.n; i++) {
		const struct met *m = &all->met.v[i];

		if (!m->ngroups && !m->names.n)
			continue;
		for (uint32_t k = l->start[m->product]; k < l->start[m->product + 1]; k++)
			bits_add(asking->vulns, l->v[k]);
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

void criteria_build(struct part *w, struct asking *asking)
{
	unsigned width = parallel_width();
	const struct catalogue *c = asking->catalogue;
	AUTO(freep) struct pass **hands = mem_zero(width, sizeof(struct pass *));
	AUTO(freep) struct str *keys = mem_zero(BATCH, sizeof(*keys));
	AUTO(freep) uint32_t *met_of = mem_alloc(((size_t)c->nproducts + 1) * sizeof(*met_of));
	AUTO(freep) uint32_t *vocabulary = names_vocabulary(w, c);
	struct criteria all = {.w = w,
			       .c = c,
			       .alike = asking->alike,
			       .vocabulary = vocabulary,
			       .hands = hands,
			       .met_of = met_of,
			       .keys = keys};

	memset(met_of, 0xff, ((size_t)c->nproducts + 1) * sizeof(*met_of));
	for (unsigned i = 0; i < width; i++)
		hands[i] = pass_open(w);
	products_meet(&all);
	parallel_each(shares(all.met.n), met_share, &all);
	products_answer(&all);
	reads_find(&all);
	matches_read(&all, width);
	if (asking->alike)
		vulns_find(&all, asking);
	for (unsigned i = 0; i < width; i++)
		pass_close(hands[i]);
	free(all.met.v);
	free(all.reads);
}
