#include "exposure/census.h"

#include "base/parallel.h"

struct hand { /* of a thread */
	struct intern *keys;
	VEC_OF(struct sight) first;
	struct text key;
	void *own;
	uint32_t *global; /* its numbers -> everybody's */
};
struct taking {
	struct part *w;
	const struct census_kind *kind;
	struct hand **hands;
	uint8_t *taken_by; /* by unit: which hand */
};

enum { AT_ONCE = 64 };

/* Looked up together; what is new is put in afterwards, in order. */
static void take_some(const struct taking *t, struct hand *h, struct sight from, uint32_t n,
		      uint32_t *numbers)
{
	struct str keys[AT_ONCE];
	size_t end[AT_ONCE + 1] = {0};

	text_clear(&h->key);
	for (uint32_t i = 0; i < n; i++) {
		t->kind->key(h->own, t->w, (struct sight){from.unit, from.at + i}, &h->key);
		end[i + 1] = h->key.n;
	}
	for (uint32_t i = 0; i < n; i++)
		keys[i] = str_sub(text_str(&h->key), end[i], end[i + 1] - end[i]);
	intern_find_all(h->keys, keys, n, numbers);
	for (uint32_t i = 0; i < n; i++) {
		if (numbers[i] != UINT32_MAX)
			continue;
		numbers[i] = intern_put(h->keys, keys[i]);
		if (numbers[i] == h->first.n)
			VEC_PUSH(&h->first, ((struct sight){from.unit, from.at + i}));
	}
}

static void take_unit(void *ctx, size_t item, unsigned worker)
{
	struct taking *t = ctx;
	struct unit *o = &t->w->orgs[item];
	uint32_t n = t->kind->count(o), *numbers = t->kind->numbers(o);

	t->taken_by[item] = (uint8_t)worker;
	for (uint32_t i = 0; i < n; i += AT_ONCE)
		take_some(t, t->hands[worker], (struct sight){(uint32_t)item, i},
			  MIN_OF(n - i, (uint32_t)AT_ONCE), numbers + i);
}

static void renumber_unit(void *ctx, size_t item, unsigned worker)
{
	struct taking *t = ctx;
	const uint32_t *global = t->hands[t->taken_by[item]]->global;
	struct unit *o = &t->w->orgs[item];
	uint32_t n = t->kind->count(o), *numbers = t->kind->numbers(o);

	(void)worker;
	for (uint32_t i = 0; i < n; i++)
		numbers[i] = global[numbers[i]];
}

struct claim { /* a key of one hand */
	struct sight at;
	uint32_t hand, number;
};

static int claim_cmp(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	if (x->at.unit != y->at.unit)
		return x->at.unit < y->at.unit ? -1 : 1;
	return x->at.at < y->at.at ? -1 : x->at.at > y->at.at;
}

/* Each hand saw organisations in order: of equal keys the first sight of all is one of theirs. */
static void hands_unite(struct taking *t, unsigned width, struct census *ret)
{
	AUTO(intern_closep) struct intern *keys = intern_open();
	VEC_OF(struct claim) all = {0};
	VEC_OF(struct sight) first = {0};

	for (unsigned i = 0; i < width; i++) {
		struct hand *h = t->hands[i];

		h->global = mem_zero(h->first.n + 1, sizeof(*h->global));
		for (uint32_t k = 0; k < h->first.n; k++)
			VEC_PUSH(&all, ((struct claim){h->first.v[k], i, k}));
	}
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), claim_cmp);
	for (size_t i = 0; i < all.n; i++) {
		struct hand *h = t->hands[all.v[i].hand];
		uint32_t no = intern_put(keys, intern_str(h->keys, all.v[i].number));

		h->global[all.v[i].number] = no;
		if (no == first.n)
			VEC_PUSH(&first, all.v[i].at);
	}
	free(all.v);
	*ret = (struct census){first.v, (uint32_t)first.n};
}

static struct hand *hand_open(struct part *w, const struct census_kind *kind)
{
	struct hand *h = mem_zero(1, sizeof(*h));

	h->keys = intern_open();
	h->own = kind->open ? kind->open(w) : NULL;
	return h;
}

static void hand_close(struct hand *h, const struct census_kind *kind)
{
	intern_close(h->keys);
	if (h->own)
		kind->close(h->own);
	free(h->first.v);
	free(h->global);
	text_free(&h->key);
	free(h);
}

void census_take(struct part *w, const struct census_kind *kind, struct census *ret)
{
	unsigned width = parallel_width();
	AUTO(freep) struct hand **hands = mem_zero(width, sizeof(struct hand *));
	AUTO(freep) uint8_t *taken_by = mem_zero(w->norgs + 1, 1);
	struct taking t = {w, kind, hands, taken_by};

	for (unsigned i = 0; i < width; i++)
		hands[i] = hand_open(w, kind);
	parallel_each(w->norgs, take_unit, &t);
	hands_unite(&t, width, ret);
	parallel_each(w->norgs, renumber_unit, &t);
	for (unsigned i = 0; i < width; i++)
		hand_close(hands[i], kind);
}
