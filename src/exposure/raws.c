#include "exposure/catalogue.h"

/*
 * Raw names that no rule resolved.  Such a name could be a product when all words of the
 * product occur in it, or all of the vendor and one of the product.
 */

void names_index(struct part *w)
{
	uint32_t ntokens = intern_count(w->tokens), *at;
	size_t n = 0;

	for (uint32_t i = 0; i < w->nnames; i++)
		n += w->names[i].n;
	w->post_start = ARENA_ARRAY(w->arena, uint32_t, ntokens + 2);
	w->post = ARENA_ARRAY(w->arena, uint32_t, n + 1);
	for (uint32_t i = 0; i < w->nnames; i++)
		for (uint32_t j = 0; j < w->names[i].n; j++)
			w->post_start[w->names[i].tokens[j] + 2]++;
	for (uint32_t t = 1; t < ntokens + 2; t++)
		w->post_start[t] += w->post_start[t - 1];
	at = w->post_start + 1;
	for (uint32_t i = 0; i < w->nnames; i++)
		for (uint32_t j = 0; j < w->names[i].n; j++)
			w->post[at[w->names[i].tokens[j]]++] = i;
}

struct words {
	uint32_t v[PRODUCT_WORDS], n;
	uint32_t stated; /* how many words there are, known to the estate or not */
	bool any;	 /* the attribute is ANY or has wildcards: it could be anything */
};

uint32_t attr_words(const struct cpe_attr *a, struct arena *arena, struct str **ret)
{
	AUTO(text_freep) struct text plain = {0};

	if (!attr_is_plain(a))
		return 0;
	cpe_attr_plain(a, &plain);
	for (size_t i = 0; i < plain.n; i++)
		if (plain.p[i] == '_')
			plain.p[i] = ' ';
	return (uint32_t)MIN_OF(name_tokens(arena, text_str(&plain), ret), (size_t)PRODUCT_WORDS);
}

static void words_of(const struct part *w, const struct cpe_attr *a, struct arena *scratch,
		     struct words *ret)
{
	struct str *tokens;

	*ret = (struct words){.any = !attr_is_plain(a), .stated = attr_words(a, scratch, &tokens)};
	for (uint32_t i = 0; i < ret->stated; i++) {
		uint32_t t = intern_find(w->tokens, tokens[i]);

		if (t != UINT32_MAX)
			ret->v[ret->n++] = t;
	}
}

static bool name_has(const struct raw_name *name, uint32_t token)
{
	for (uint32_t i = 0; i < name->n; i++)
		if (name->tokens[i] == token)
			return true;
	return false;
}

static bool has_all(const struct raw_name *name, const struct words *words)
{
	if (words->n < words->stated)
		return false;
	for (uint32_t i = 0; i < words->n; i++)
		if (!name_has(name, words->v[i]))
			return false;
	return true;
}

static bool has_one(const struct raw_name *name, const struct words *words)
{
	for (uint32_t i = 0; i < words->n; i++)
		if (name_has(name, words->v[i]))
			return true;
	return false;
}

static bool could_be(const struct raw_name *name, const struct words *vendor,
		     const struct words *product)
{
	if (product->any || product->stated == 0)
		return vendor->any ? product->any : vendor->stated && has_all(name, vendor);
	if (has_all(name, product))
		return true;
	return !vendor->any && vendor->stated && has_all(name, vendor) && has_one(name, product);
}

static bool part_fits(const struct cpe_attr *part, bool os)
{
	if (part->kind != CPE_VALUE || part->wild)
		return part->kind == CPE_ANY || part->wild;
	return str_is(part->text, "o") == os;
}

struct sought {
	struct words vendor, product;
	const struct cpe_attr *part;
};

static void name_try(const struct part *w, const struct sought *s, uint32_t no,
		     struct span_list *out)
{
	const struct raw_name *name = &w->names[no];

	if (part_fits(s->part, name->os) && could_be(name, &s->vendor, &s->product))
		span_add(out, w->name_id + no, w->name_id + no + 1);
}

/* Names that hold all of these words: those that hold the rarest are tried. */
static void names_with(const struct part *w, const struct sought *s, const struct words *words,
		       struct span_list *out)
{
	uint32_t lo = 0, hi = UINT32_MAX;

	if (words->n < words->stated)
		return;
	for (uint32_t i = 0; i < words->n; i++) {
		const uint32_t *start = &w->post_start[words->v[i]];

		if (start[1] - start[0] < hi - lo) {
			lo = start[0];
			hi = start[1];
		}
	}
	for (uint32_t p = lo; p < hi && words->n; p++)
		name_try(w, s, w->post[p], out);
}

/* All words of the product or all of the vendor are in a name that can be meant, unless both are
 * open. */
static void names_seek(const struct part *w, const struct sought *s, struct span_list *out)
{
	if (s->vendor.any && s->product.any)
		for (uint32_t i = 0; i < w->nnames; i++)
			name_try(w, s, i, out);
	names_with(w, s, &s->vendor, out);
	names_with(w, s, &s->product, out);
}

void names_candidates(const struct part *w, const struct cpe *criterion, struct arena *scratch,
		      struct span_list *out)
{
	struct sought s = {.part = &criterion->attr[CPE_PART]};

	if (w->nnames == 0)
		return;
	words_of(w, &criterion->attr[CPE_VENDOR], scratch, &s.vendor);
	words_of(w, &criterion->attr[CPE_PRODUCT], scratch, &s.product);
	names_seek(w, &s, out);
}

/* ---- the same of products whose words are known ------------------------------------- */

uint32_t *names_vocabulary(const struct part *w, const struct catalogue *c)
{
	uint32_t n = intern_count(c->words), ntokens = intern_count(w->tokens);
	uint32_t *r = mem_alloc(((size_t)n + 1) * sizeof(*r));

	memset(r, 0xff, ((size_t)n + 1) * sizeof(*r));
	for (uint32_t t = 0; t < ntokens; t++) {
		uint32_t word = intern_find(c->words, intern_str(w->tokens, t));

		if (word != NONE)
			r[word] = t;
	}
	return r;
}

static void words_here(const struct name_words *of, const uint32_t *vocabulary, struct words *ret)
{
	ret->any = of->any;
	ret->n = 0;
	ret->stated = of->n;
	for (uint32_t i = 0; i < of->n; i++)
		if (vocabulary[of->v[i]] != NONE)
			ret->v[ret->n++] = vocabulary[of->v[i]];
}

void names_of_product(const struct part *w, const uint32_t *vocabulary, const struct product *p,
		      struct span_list *out)
{
	struct sought s = {.part = &p->cpe.attr[CPE_PART]};

	if (w->nnames == 0)
		return;
	words_here(&p->vendor, vocabulary, &s.vendor);
	words_here(&p->product, vocabulary, &s.product);
	names_seek(w, &s, out);
}
