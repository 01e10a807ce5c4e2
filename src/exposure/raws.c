#include "exposure/inner.h"

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

enum { WORDS_MAX = 64 };
struct words {
	uint32_t v[WORDS_MAX], n;
	uint32_t stated; /* how many words there are, known to the estate or not */
	bool any;	 /* the attribute is ANY or has wildcards: it could be anything */
};

static void words_of(const struct part *w, const struct cpe_attr *a, struct arena *scratch,
		     struct words *ret)
{
	AUTO(text_freep) struct text plain = {0};
	struct str *tokens;
	size_t n;

	*ret = (struct words){.any = a->kind != CPE_VALUE || a->wild};
	if (ret->any)
		return;
	cpe_attr_plain(a, &plain);
	for (size_t i = 0; i < plain.n; i++)
		if (plain.p[i] == '_')
			plain.p[i] = ' ';
	n = name_tokens(scratch, text_str(&plain), &tokens);
	for (size_t i = 0; i < n && ret->n < WORDS_MAX; i++) {
		uint32_t t = intern_find(w->tokens, tokens[i]);

		ret->stated++;
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

static void names_with(const struct part *w, const struct sought *s, uint32_t token,
		       struct span_list *out)
{
	for (uint32_t p = w->post_start[token]; p < w->post_start[token + 1]; p++)
		name_try(w, s, w->post[p], out);
}

/* Names that hold a word of the product or of the vendor are all that can be meant, unless both
 * are open.  A vendor matters through one word that all its names hold. */
void names_candidates(const struct part *w, const struct cpe *criterion, struct arena *scratch,
		      struct span_list *out)
{
	struct sought s = {.part = &criterion->attr[CPE_PART]};

	if (w->nnames == 0)
		return;
	words_of(w, &criterion->attr[CPE_VENDOR], scratch, &s.vendor);
	words_of(w, &criterion->attr[CPE_PRODUCT], scratch, &s.product);
	if (s.vendor.any && s.product.any)
		for (uint32_t i = 0; i < w->nnames; i++)
			name_try(w, &s, i, out);
	if (s.vendor.n)
		names_with(w, &s, s.vendor.v[0], out);
	for (uint32_t i = 0; i < s.product.n; i++)
		names_with(w, &s, s.product.v[i], out);
}
