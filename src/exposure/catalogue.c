#include "exposure/catalogue.h"

#include "base/parallel.h"

/*
 * Criteria are told apart by the product they name before any of them is read; those products are
 * read by as many threads as there are, and numbered in the order in which matches name them.
 */

enum { SHARE = 128 };

/* ---- lists by number --------------------------------------------------------------- */

/* Counted, then filled: begin, note each pair, turn, note each again, end. */
static void lists_begin(struct lists *l, struct arena *arena, uint32_t n)
{
	l->start = ARENA_ARRAY(arena, uint32_t, (size_t)n + 3);
	l->v = NULL;
}

static void lists_note(struct lists *l, uint32_t number, uint32_t what)
{
	if (l->v)
		l->v[l->start[number + 1]++] = what;
	else
		l->start[number + 2]++;
}

static void lists_turn(struct lists *l, struct arena *arena, uint32_t n)
{
	for (uint32_t i = 1; i < n + 3; i++)
		l->start[i] += l->start[i - 1];
	l->v = ARENA_ARRAY(arena, uint32_t, (size_t)l->start[n + 2] + 1);
}

/* ---- reading a product ------------------------------------------------------------- */

/* One product as a match spells it. */
struct spelling {
	uint32_t first; /* match */
	struct product product;
	struct str key;
	struct str *vendor, *name; /* their words */
	uint32_t nvendor, nname;
};
struct hand {
	struct arena *kept, *scratch;
	struct text text;
};
struct reading {
	struct catalogue *c;
	VEC_OF(struct spelling) v;
	struct hand **hands;
};

static uint32_t mask_of(const struct cpe_attr *part)
{
	if (!attr_is_plain(part))
		return MASK_SOFTWARE | MASK_OS;
	return str_is(part->text, "o") ? MASK_OS : MASK_SOFTWARE;
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

static bool has_word(const struct str *v, uint32_t n, struct str word)
{
	for (uint32_t i = 0; i < n; i++)
		if (str_eq(v[i], word))
			return true;
	return false;
}

/* Each once. */
static uint32_t words_of(struct hand *h, const struct cpe_attr *a, struct str **ret)
{
	uint32_t found = attr_words(a, h->kept, ret), n = 0;

	for (uint32_t i = 0; i < found; i++)
		if (!has_word(*ret, n, (*ret)[i]))
			(*ret)[n++] = (*ret)[i];
	return n;
}

static void product_keep(struct hand *h, const struct cpe *cpe, struct product *ret)
{
	const struct cpe_attr *a = cpe->attr;

	for (int i = CPE_PART; i <= CPE_PRODUCT; i++) {
		ret->cpe.attr[i] = a[i];
		ret->cpe.attr[i].text =
			a[i].kind == CPE_VALUE ? arena_str(h->kept, a[i].text) : (struct str){0};
	}
	ret->mask = mask_of(&a[CPE_PART]);
	ret->plain = attr_is_plain(&a[CPE_PART]) && attr_is_plain(&a[CPE_VENDOR]) &&
		     attr_is_plain(&a[CPE_PRODUCT]);
	ret->vendor.any = !attr_is_plain(&a[CPE_VENDOR]);
	ret->product.any = !attr_is_plain(&a[CPE_PRODUCT]);
	ret->microsoft = attr_is_plain(&a[CPE_VENDOR]) && str_is(a[CPE_VENDOR].text, "microsoft");
	ret->windows = ret->microsoft && ret->mask == MASK_OS &&
		       str_starts(a[CPE_PRODUCT].text, STR("windows"));
}

static void spelling_read(struct reading *r, struct hand *h, struct spelling *s)
{
	struct cpe cpe;
	struct err err;

	arena_clear(h->scratch);
	/* Intelligence lets none through; if one came, nothing could be told of it. */
	if (!cpe_parse(h->scratch, r->c->image->matches[s->first].cpe, &cpe, &err)) {
		s->product.mask = MASK_ALL;
		s->key = STR("unreadable");
		return;
	}
	product_keep(h, &cpe, &s->product);
	s->nvendor = words_of(h, &cpe.attr[CPE_VENDOR], &s->vendor);
	s->nname = words_of(h, &cpe.attr[CPE_PRODUCT], &s->name);
	text_clear(&h->text);
	group_key(&cpe, &h->text);
	s->key = arena_str(h->kept, text_str(&h->text));
}

static void share_read(void *ctx, size_t item, unsigned worker)
{
	struct reading *r = ctx;
	size_t end = MIN_OF((item + 1) * SHARE, r->v.n);

	for (size_t i = item * SHARE; i < end; i++)
		spelling_read(r, r->hands[worker], &r->v.v[i]);
}

static struct hand *hand_open(void)
{
	struct hand *h = mem_zero(1, sizeof(*h));

	h->kept = arena_open();
	h->scratch = arena_open();
	return h;
}

static void hand_close(struct hand *h)
{
	arena_close(h->kept);
	arena_close(h->scratch);
	text_free(&h->text);
	free(h);
}

/* ---- products from spellings ------------------------------------------------------- */

static struct name_words words_put(struct catalogue *c, const struct str *v, uint32_t n, bool any)
{
	uint32_t *numbers = ARENA_ARRAY(c->arena, uint32_t, (size_t)n + 1);

	for (uint32_t i = 0; i < n; i++)
		numbers[i] = intern_put(c->words, v[i]);
	return (struct name_words){numbers, n, any};
}

/* The product of each spelling: two may be of one. */
static void products_number(struct reading *r, uint32_t *ret)
{
	struct catalogue *c = r->c;

	c->products = ARENA_ARRAY(c->arena, struct product, r->v.n + 1);
	for (size_t i = 0; i < r->v.n; i++) {
		const struct spelling *s = &r->v.v[i];
		struct product *p;

		ret[i] = intern_put(c->keys, s->key);
		if (ret[i] < c->nproducts)
			continue;
		p = &c->products[c->nproducts++];
		*p = s->product;
		for (int k = CPE_PART; k <= CPE_PRODUCT; k++)
			p->cpe.attr[k].text = arena_str(c->arena, p->cpe.attr[k].text);
		p->vendor = words_put(c, s->vendor, s->nvendor, s->product.vendor.any);
		p->product = words_put(c, s->name, s->nname, s->product.product.any);
	}
}

static void products_read(struct catalogue *c)
{
	unsigned width = parallel_width();
	AUTO(intern_closep) struct intern *texts = intern_open();
	AUTO(freep) struct hand **hands = mem_zero(width, sizeof(struct hand *));
	AUTO(freep) uint32_t *of_spelling = NULL;
	struct reading r = {.c = c, .hands = hands};

	c->of_match = ARENA_ARRAY(c->arena, uint32_t, (size_t)c->image->nmatches + 1);
	for (uint32_t i = 0; i < c->image->nmatches; i++) {
		c->of_match[i] = intern_put(texts, product_text(c->image->matches[i].cpe));
		if (c->of_match[i] == r.v.n)
			VEC_PUSH(&r.v, (struct spelling){.first = i});
	}
	for (unsigned i = 0; i < width; i++)
		hands[i] = hand_open();
	parallel_each((r.v.n + SHARE - 1) / SHARE, share_read, &r);
	of_spelling = mem_zero(r.v.n + 1, sizeof(*of_spelling));
	products_number(&r, of_spelling);
	for (uint32_t i = 0; i < c->image->nmatches; i++)
		c->of_match[i] = of_spelling[c->of_match[i]];
	for (unsigned i = 0; i < width; i++)
		hand_close(hands[i]);
	free(r.v.v);
}

/* ---- what belongs to a product ----------------------------------------------------- */

static void matches_note(struct catalogue *c)
{
	for (uint32_t i = 0; i < c->image->nmatches; i++)
		lists_note(&c->matches, c->of_match[i], i);
}

/* last: by product, the vulnerability last noted, + 1. */
static void vulns_note(struct catalogue *c, uint32_t *last)
{
	const struct intel_image *image = c->image;

	for (uint32_t i = 0; i < image->nvulns; i++) {
		const struct vuln_row *v = &image->vulns[i];

		for (uint32_t k = v->first_step; k < v->first_step + v->nsteps; k++) {
			struct config_step s = image->steps[k];
			uint32_t product;

			if ((s.op != CONFIG_MATCH && s.op != CONFIG_PLATFORM) ||
			    s.arg >= image->nmatches)
				continue;
			product = c->of_match[s.arg];
			if (last[product] != i + 1)
				lists_note(&c->vulns, product, i);
			last[product] = i + 1;
		}
	}
}

static void words_note(struct catalogue *c)
{
	for (uint32_t i = 0; i < c->nproducts; i++) {
		const struct product *p = &c->products[i];

		for (uint32_t k = 0; k < p->product.n; k++)
			lists_note(&c->of_word, p->product.v[k], i);
		for (uint32_t k = 0; k < p->vendor.n; k++)
			lists_note(&c->of_word, p->vendor.v[k], i);
	}
}

static void products_index(struct catalogue *c)
{
	uint32_t n = c->nproducts, nwords = intern_count(c->words);
	AUTO(freep) uint32_t *last = mem_zero((size_t)n + 1, sizeof(*last));

	lists_begin(&c->matches, c->arena, n);
	lists_begin(&c->vulns, c->arena, n);
	lists_begin(&c->of_word, c->arena, nwords);
	for (int pass = 0; pass < 2; pass++) {
		if (pass) {
			lists_turn(&c->matches, c->arena, n);
			lists_turn(&c->vulns, c->arena, n);
			lists_turn(&c->of_word, c->arena, nwords);
			memset(last, 0, n * sizeof(*last));
		}
		matches_note(c);
		vulns_note(c, last);
		words_note(c);
	}
}

struct catalogue *catalogue_open(const struct intel_image *image)
{
	struct catalogue *c = mem_zero(1, sizeof(*c));

	c->arena = arena_open();
	c->image = image;
	c->keys = intern_open();
	c->words = intern_open();
	products_read(c);
	products_index(c);
	return c;
}

void catalogue_close(struct catalogue *c)
{
	intern_close(c->keys);
	intern_close(c->words);
	arena_close(c->arena);
	free(c);
}
