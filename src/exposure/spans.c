#include "exposure/inner.h"

void span_list_freep(struct span_list *l)
{
	free(l->v);
	*l = (struct span_list){0};
}

static int span_cmp(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

void span_tidy(struct span_list *l)
{
	size_t n = 0;
	bool sorted = true;

	for (size_t i = 1; i < l->n && sorted; i++)
		sorted = l->v[i - 1].hi < l->v[i].lo;
	if (sorted)
		return;
	qsort(l->v, l->n, sizeof(*l->v), span_cmp);
	for (size_t i = 1; i < l->n; i++) {
		if (l->v[i].lo <= l->v[n].hi)
			l->v[n].hi = MAX_OF(l->v[n].hi, l->v[i].hi);
		else
			l->v[++n] = l->v[i];
	}
	l->n = n + 1;
}

void leaf_draft_clear(struct leaf_draft *d)
{
	for (size_t i = 0; i < LEAF_LISTS; i++)
		d->s[i].n = 0;
	d->mask = 0;
}

void leaf_draft_freep(struct leaf_draft *d)
{
	for (size_t i = 0; i < LEAF_LISTS; i++)
		span_list_freep(&d->s[i]);
}

void leaf_draft_add(struct leaf_draft *d, const struct leaf *l)
{
	d->mask |= l->mask;
	for (size_t i = 0; i < LEAF_LISTS; i++)
		for (uint32_t j = 0; j < l->s[i].n; j++)
			VEC_PUSH(&d->s[i], l->s[i].v[j]);
}

/* Mask, lengths, then the spans: what is equal is equal bytes. */
void leaf_draft_key(struct leaf_draft *d, struct text *key)
{
	uint32_t head[1 + LEAF_LISTS];

	head[0] = d->mask;
	for (size_t i = 0; i < LEAF_LISTS; i++) {
		span_tidy(&d->s[i]);
		head[1 + i] = (uint32_t)d->s[i].n;
	}
	text_clear(key);
	text_add(key, str_from((const char *)head, sizeof(head)));
	for (size_t i = 0; i < LEAF_LISTS; i++)
		text_add(key, str_from((const char *)d->s[i].v, d->s[i].n * sizeof(struct span)));
}

uint32_t leaf_put(struct leaf_table *t, struct str key)
{
	uint32_t no = intern_put(t->keys, key), head[1 + LEAF_LISTS];
	const struct span *v;

	if (no < t->n)
		return no;
	key = intern_str(t->keys, no);
	memcpy(head, key.p, sizeof(head));
	v = (const void *)(key.p + sizeof(head));
	if ((t->n & (t->n - 1)) == 0)
		t->v = mem_resize(t->v, t->n ? (size_t)t->n * 2 : 1, sizeof(*t->v));
	t->v[no] = (struct leaf){.mask = head[0]};
	for (size_t i = 0; i < LEAF_LISTS; i++) {
		t->v[no].s[i] = (struct spans){v, head[1 + i]};
		v += head[1 + i];
	}
	t->n++;
	return no;
}

uint32_t leaf_intern(struct leaf_table *t, struct leaf_draft *d)
{
	AUTO(text_freep) struct text key = {0};

	leaf_draft_key(d, &key);
	return leaf_put(t, text_str(&key));
}
