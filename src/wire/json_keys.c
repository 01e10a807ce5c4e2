#include "wire/json.h"

#include "base/mem.h"

/*
 * Keys given twice.  One pass over the tape sets a bit per key in a set of 256
 * for each open object; where two keys meet at a bit, that object is looked at
 * again: few keys are compared by a 64-bit mix of length, first and last eight
 * bytes; many are sorted by hash, then by content, so that chosen collisions
 * cost no more than a sort.
 */
enum { FEW_KEYS = 16 };

static uint64_t key_mix(struct str k)
{
	uint64_t head, tail;

	memcpy(&head, k.p, sizeof(head)); /* there is room after the last string */
	if (k.n < sizeof(head))
		return (head & (((uint64_t)1 << (8 * k.n)) - 1)) ^ (uint64_t)k.n << 56;
	memcpy(&tail, k.p + k.n - sizeof(tail), sizeof(tail));
	return head ^ tail * 0x9e3779b97f4a7c15u ^ k.n;
}

static int key_cmp(const void *a, const void *b, void *ctx)
{
	const struct json_key *x = a, *y = b;
	const struct json_tape *t = ctx;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return str_cmp(tape_str(t, t->words[x->at]), tape_str(t, t->words[y->at]));
}

static uint64_t twice_among_many(struct json_doc *d, uint64_t at, uint64_t end)
{
	const struct json_tape *t = &d->tape;
	uint64_t twice = 0;

	d->keys_n = 0;
	for (uint64_t i = at; i < end; i = tape_next(t->words, i + 1)) {
		d->keys = mem_grow(d->keys, d->keys_n, &d->keys_cap, sizeof(*d->keys));
		d->keys[d->keys_n++] = (struct json_key){str_hash(tape_str(t, t->words[i])), i};
	}
	qsort_r(d->keys, d->keys_n, sizeof(*d->keys), key_cmp, &d->tape);
	for (size_t i = 1; i < d->keys_n; i++) {
		uint64_t later = MAX_OF(d->keys[i - 1].at, d->keys[i].at);

		if (!key_cmp(&d->keys[i - 1], &d->keys[i], &d->tape) && (!twice || later < twice))
			twice = later;
	}
	return twice;
}

/* The object whose first key is at. */
static uint64_t twice_in_object(struct json_doc *d, uint64_t at, uint64_t end)
{
	const struct json_tape *t = &d->tape;
	uint64_t mix[FEW_KEYS], where[FEW_KEYS];
	size_t n = 0;

	for (uint64_t i = at; i < end; i = tape_next(t->words, i + 1)) {
		struct str key = tape_str(t, t->words[i]);
		uint64_t m = key_mix(key);

		if (n == FEW_KEYS)
			return twice_among_many(d, at, end);
		for (size_t k = 0; k < n; k++)
			if (mix[k] == m && str_eq(key, tape_str(t, t->words[where[k]])))
				return i;
		mix[n] = m, where[n++] = i;
	}
	return 0;
}

static inline void see_key(struct json_open *o, struct str key)
{
	uint64_t h = key_mix(key) * 0xd6e8feb86659fd93u;
	uint64_t *word = &o->seen[h >> 62], bit = (uint64_t)1 << (h >> 56 & 63);

	o->met |= (*word & bit) != 0;
	*word |= bit;
}

uint64_t json_key_twice(struct json_doc *d)
{
	struct json_open *o = d->open;
	const uint64_t *w = d->tape.words;
	uint64_t end = tape_payload(w[0]), twice;

	for (uint64_t i = 1; i < end;) {
		if (o->start && w[i] >> 56 == '"')
			see_key(o, tape_str(&d->tape, w[i++]));
		switch (w[i] >> 56) {
		case '{':
		case '[':
			o++;
			assert(o <= d->open + JSON_MAX_DEPTH); /* the scan saw to it */
			*o = (struct json_open){.start = w[i] >> 56 == '{' ? i : 0};
			i++;
			break;
		case '}':
			twice = o->met ? twice_in_object(d, o->start + 1, i) : 0;
			if (twice)
				return twice;
			o--, i++;
			break;
		case ']':
			o--, i++;
			break;
		case 'l':
		case 'u':
		case 'd':
			i += 2;
			break;
		default:
			i++;
		}
	}
	return 0;
}
