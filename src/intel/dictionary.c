#include "intel/image.h"

#include "base/order.h"

/*
 * Every product that a configuration names, with how many vulnerabilities name
 * it, and an index from words to products for candidates.
 */

enum { MAX_CANDIDATES = 64, COMMON_WORD = 4000 };

struct posting {
	uint32_t word, product;
};

struct intel_dictionary {
	struct arena *arena;
	struct intern *keys; /* "part\tvendor\tproduct" */
	VEC_OF(struct intel_product) products;
	VEC_OF(uint32_t) by_name; /* product numbers by vendor, product, cves down */
	struct intern *words;
	VEC_OF(struct posting) postings; /* by word */
	VEC_OF(uint32_t) first;		 /* where a word's postings begin; one more at the end */
	VEC_OF(uint8_t) nwords;		 /* words of each product's name */
};

/* Cut the next attribute off a formatted string: up to a colon that no '\' stands before. */
static struct str next_attr(struct str *rest)
{
	struct str s = *rest;
	size_t i = 0;

	while (i < s.n && s.p[i] != ':')
		i += s.p[i] == '\\' && i + 1 < s.n ? 2 : 1;
	*rest = i < s.n ? str_from_offset(s, i + 1) : (struct str){0};
	return str_sub(s, 0, i);
}

/* Without quoting, in lower case. */
static struct str plain(struct arena *arena, struct str s)
{
	char *p = arena_alloc(arena, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		p[n++] = char_lower(s.p[i]);
	}
	return str_from(p, n);
}

static uint32_t product_of(struct intel_dictionary *d, struct str cpe)
{
	struct str rest = cpe, part, vendor, product, key;
	uint32_t id;

	(void)next_attr(&rest);
	(void)next_attr(&rest);
	part = next_attr(&rest);
	vendor = next_attr(&rest);
	product = next_attr(&rest);
	key = str_from(part.p, (size_t)(product.p + product.n - part.p));
	id = intern_put(d->keys, key);
	if (id == d->products.n)
		VEC_PUSH(&d->products,
			 (struct intel_product){plain(d->arena, part), plain(d->arena, vendor),
						plain(d->arena, product), 0});
	return id;
}

static void count_cves(struct intel_dictionary *d, const struct intel_image *image)
{
	uint32_t *of = mem_zero((size_t)image->nmatches + 1, sizeof(*of)), *last;

	for (uint32_t i = 0; i < image->nmatches; i++)
		of[i] = product_of(d, image->matches[i].cpe);
	last = mem_zero(d->products.n + 1, sizeof(*last));
	for (uint32_t v = 0; v < image->nvulns; v++) {
		for (uint32_t i = 0; i < image->vulns[v].nsteps; i++) {
			struct config_step s = image->steps[image->vulns[v].first_step + i];

			if (s.op != CONFIG_MATCH && s.op != CONFIG_PLATFORM)
				continue;
			if (last[of[s.arg]] != v + 1) {
				last[of[s.arg]] = v + 1;
				d->products.v[of[s.arg]].cves++;
			}
		}
	}
	free(of);
	free(last);
}

/* Words of a CPE value: pieces between '_', '-', blanks and the like. */
static size_t words_of(struct str s, struct str ret[16])
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < 16;) {
		size_t from = i;

		while (i < s.n &&
		       (char_is_alpha(s.p[i]) || char_is_digit(s.p[i]) || (uint8_t)s.p[i] >= 0x80))
			i++;
		if (i > from)
			ret[n++] = str_sub(s, from, i - from);
		i += i == from;
	}
	return n;
}

static int posting_cmp(const void *a, const void *b)
{
	const struct posting *x = a, *y = b;

	if (x->word != y->word)
		return x->word < y->word ? -1 : 1;
	return x->product < y->product ? -1 : x->product > y->product;
}

static void index_words(struct intel_dictionary *d)
{
	struct str words[16];
	size_t kept = 0;

	for (uint32_t p = 0; p < d->products.n; p++) {
		size_t n = words_of(d->products.v[p].product, words);

		VEC_PUSH(&d->nwords, (uint8_t)n);
		for (size_t i = 0; i < n; i++)
			VEC_PUSH(&d->postings, (struct posting){intern_put(d->words, words[i]), p});
	}
	if (d->postings.n)
		qsort(d->postings.v, d->postings.n, sizeof(*d->postings.v), posting_cmp);
	for (size_t i = 0; i < d->postings.n; i++)
		if (!kept || posting_cmp(&d->postings.v[kept - 1], &d->postings.v[i]) != 0)
			d->postings.v[kept++] = d->postings.v[i];
	d->postings.n = kept;
	for (uint32_t w = 0, at = 0; w <= intern_count(d->words); w++) {
		VEC_PUSH(&d->first, at);
		while (at < kept && d->postings.v[at].word == w)
			at++;
	}
}

static int by_name_cmp(const void *a, const void *b, void *ctx)
{
	const struct intel_product *v = ctx;
	const struct intel_product *x = &v[*(const uint32_t *)a], *y = &v[*(const uint32_t *)b];
	int c = str_cmp(x->vendor, y->vendor);

	c = c ? c : str_cmp(x->product, y->product);
	if (c)
		return c;
	if (x->cves != y->cves)
		return x->cves > y->cves ? -1 : 1;
	return str_cmp(x->part, y->part);
}

struct intel_dictionary *intel_dictionary_of(const struct intel_image *image)
{
	struct intel_dictionary *d = mem_zero(1, sizeof(*d));

	d->arena = arena_open();
	d->keys = intern_open();
	d->words = intern_open();
	count_cves(d, image);
	for (uint32_t i = 0; i < d->products.n; i++)
		VEC_PUSH(&d->by_name, i);
	if (d->by_name.n)
		qsort_r(d->by_name.v, d->by_name.n, sizeof(*d->by_name.v), by_name_cmp,
			d->products.v);
	index_words(d);
	return d;
}

bool intel_dictionary_load(struct store *store, struct intel_dictionary **ret, struct err *err)
{
	AUTO(intel_image_closep) struct intel_image *image = NULL;

	if (!intel_image_load(store, NULL, 0, &image, err))
		return false;
	*ret = intel_dictionary_of(image);
	return true;
}

void intel_dictionary_close(struct intel_dictionary *d)
{
	free(d->products.v);
	free(d->by_name.v);
	free(d->postings.v);
	free(d->first.v);
	free(d->nwords.v);
	intern_close(d->words);
	intern_close(d->keys);
	arena_close(d->arena);
	free(d);
}

size_t intel_dictionary_count(const struct intel_dictionary *d)
{
	return d->products.n;
}

const struct intel_product *intel_dictionary_find(const struct intel_dictionary *d, struct str part,
						  struct str vendor, struct str product)
{
	size_t low = 0, high = d->by_name.n;

	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct intel_product *p = &d->products.v[d->by_name.v[mid]];
		int c = str_cmp(p->vendor, vendor);

		if ((c ? c : str_cmp(p->product, product)) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < d->by_name.n; low++) {
		const struct intel_product *p = &d->products.v[d->by_name.v[low]];

		if (!str_eq(p->vendor, vendor) || !str_eq(p->product, product))
			break;
		if (!part.n || str_eq(p->part, part))
			return p;
	}
	return NULL;
}

/* ---- candidates ---- */

struct ranking {
	const struct intel_dictionary *d;
	struct str *publisher, *name; /* words */
	size_t npublisher, nname;
	struct intel_candidate *best;
	size_t n, k;
};

static bool has_word(const struct str *v, size_t n, struct str word)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i], word))
			return true;
	return false;
}

/* A vendor agrees when all its words, or the vendor run together, are in publisher or name. */
static bool vendor_agrees(const struct ranking *r, struct str vendor)
{
	struct str words[16];
	size_t n = words_of(vendor, words);

	if (!n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!has_word(r->publisher, r->npublisher, words[i]) &&
		    !has_word(r->name, r->nname, words[i]))
			return false;
	return true;
}

static void consider(struct ranking *r, uint32_t number)
{
	const struct intel_product *p = &r->d->products.v[number];
	struct str words[16];
	size_t n = words_of(p->product, words), shared = 0, extra = 0;
	struct intel_candidate c = {.product = p, .vendor_agrees = vendor_agrees(r, p->vendor)};

	for (size_t i = 0; i < n; i++)
		shared += has_word(r->name, r->nname, words[i]) ||
			  (c.vendor_agrees && has_word(r->publisher, r->npublisher, words[i]));
	/* Words of the name that neither product nor vendor has. */
	for (size_t i = 0; i < r->nname; i++)
		extra += !has_word(words, n, r->name[i]) &&
			 str_find(p->vendor, r->name[i], 0) == SIZE_MAX;
	if (!shared)
		return;
	c.score = 2.0 * (double)shared / (double)(n + shared + extra);
	c.score = c.vendor_agrees ? 0.3 + 0.7 * c.score : 0.6 * c.score;
	size_t at = r->n;

	while (at > 0 &&
	       (r->best[at - 1].score < c.score ||
		(r->best[at - 1].score == c.score &&
		 (r->best[at - 1].product->cves < p->cves ||
		  (r->best[at - 1].product->cves == p->cves && r->best[at - 1].product > p)))))
		at--;
	if (at >= r->k)
		return;
	if (r->n < r->k)
		r->n++;
	memmove(&r->best[at + 1], &r->best[at], (r->n - at - 1) * sizeof(c));
	r->best[at] = c;
}

/* Products that share a word with the name; of words that thousands share only where no rarer one
 * leads anywhere. */
static void consider_all(struct ranking *r)
{
	const struct intel_dictionary *d = r->d;
	VEC_OF(uint32_t) seen = {0};

	for (int common = 0; common < 2 && !seen.n; common++) {
		for (size_t i = 0; i < r->nname + r->npublisher; i++) {
			struct str word = i < r->nname ? r->name[i] : r->publisher[i - r->nname];
			uint32_t w = intern_find(d->words, word);

			if (w == UINT32_MAX ||
			    (!common && d->first.v[w + 1] - d->first.v[w] > COMMON_WORD))
				continue;
			for (uint32_t p = d->first.v[w]; p < d->first.v[w + 1]; p++)
				VEC_PUSH(&seen, d->postings.v[p].product);
		}
	}
	if (seen.n)
		qsort(seen.v, seen.n, sizeof(*seen.v), u32_order);
	for (size_t i = 0; i < seen.n; i++)
		if (!i || seen.v[i] != seen.v[i - 1])
			consider(r, seen.v[i]);
	free(seen.v);
}

size_t intel_dictionary_candidates(const struct intel_dictionary *d, struct str publisher,
				   struct str name, size_t k, struct intel_candidate *ret)
{
	AUTO(arena_closep) struct arena *scratch = arena_open();
	struct ranking r = {.d = d, .best = ret, .k = MIN_OF(k, (size_t)MAX_CANDIDATES)};

	r.npublisher = name_tokens(scratch, publisher, &r.publisher);
	r.nname = name_tokens(scratch, name, &r.name);
	if (r.k)
		consider_all(&r);
	return r.n;
}

/* Of two parts of one product the order says which is found when none is asked for. */
struct hash intel_dictionary_digest(const struct intel_dictionary *d)
{
	struct hasher h;

	hasher_init(&h);
	for (size_t i = 0; i < d->by_name.n; i++) {
		const struct intel_product *p = &d->products.v[d->by_name.v[i]];

		hasher_add(&h, p->part);
		hasher_add(&h, STR("\t"));
		hasher_add(&h, p->vendor);
		hasher_add(&h, STR("\t"));
		hasher_add(&h, p->product);
		hasher_add(&h, STR("\n"));
	}
	return hasher_end(&h);
}
