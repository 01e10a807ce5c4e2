#include "store/inner.h"

#include "base/clock.h"

/* Waiting for others, and what was worked out from rows. */

bool store_wait(struct store *s, int timeout_ms, bool *ret_changed, struct err *err)
{
	int64_t now, until = clock_monotonic_ns() / 1000000 + timeout_ms;

	assert(!s->txn.open && !s->snapshot);
	for (;;) {
		int64_t left = until - clock_monotonic_ns() / 1000000;

		if (!s->driver->version(s, &now, err))
			return false;
		*ret_changed = now != s->seen_version;
		s->seen_version = now;
		if (*ret_changed || left <= 0)
			return true;
		s->driver->doze(s, (int)left);
	}
}

static struct kept *kept_of(struct store *s, const void *tag)
{
	for (size_t i = 0; i < s->kept.n; i++)
		if (s->kept.v[i].tag == tag)
			return &s->kept.v[i];
	VEC_PUSH(&s->kept, (struct kept){.tag = tag});
	return &s->kept.v[s->kept.n - 1];
}

static void kept_drop(struct kept *k)
{
	if (k->thing)
		k->drop(k->thing);
	k->thing = NULL;
}

void *store_kept(struct store *s, const void *tag, struct str mark)
{
	struct kept *k = kept_of(s, tag);

	if (k->thing && str_eq(text_str(&k->mark), mark))
		return k->thing;
	kept_drop(k);
	text_clear(&k->mark);
	text_add(&k->mark, mark);
	return NULL;
}

void store_keep(struct store *s, const void *tag, void *thing, void (*drop)(void *thing))
{
	struct kept *k = kept_of(s, tag);

	kept_drop(k);
	k->thing = thing;
	k->drop = drop;
}

void kept_release(struct store *s)
{
	for (size_t i = 0; i < s->kept.n; i++) {
		kept_drop(&s->kept.v[i]);
		text_free(&s->kept.v[i].mark);
	}
	free(s->kept.v);
}
