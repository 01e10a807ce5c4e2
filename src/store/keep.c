#include "store/inner.h"

#include <poll.h>

/*
 * What was worked out from rows holds while nobody has changed any: this connection's changes are
 * counted by SQLite, and its data_version tells of other connections' commits.
 */

static bool rows_stamp(struct store *s, struct rows_stamp *ret)
{
	AUTO(store_done_oncep) struct store_query *q = NULL;
	struct err ignored;
	bool row = false;

	if (!store_query_once(s, "PRAGMA data_version", &q, &ignored) ||
	    !store_step(q, &row, &ignored) || !row)
		return false;
	*ret = (struct rows_stamp){store_col_int(q, 0), sqlite3_total_changes64(s->db)};
	return true;
}

enum { LOOK_EVERY_MS = 50 };

bool store_wait(struct store *s, int timeout_ms, bool *ret_changed, struct err *err)
{
	struct rows_stamp now;

	assert(!s->txn.open && !s->snapshot);
	for (;;) {
		int ms = MIN_OF(timeout_ms, (int)LOOK_EVERY_MS);

		if (!rows_stamp(s, &now))
			return err_set(err, ERR_IO, "%s: the store can't be looked at", s->path);
		*ret_changed = now.version != s->seen_version;
		s->seen_version = now.version;
		if (*ret_changed || timeout_ms <= 0)
			return true;
		(void)poll(NULL, 0, ms);
		timeout_ms -= ms;
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

void *store_kept(struct store *s, const void *tag)
{
	struct kept *k = kept_of(s, tag);
	struct rows_stamp now = {0};

	k->asked = rows_stamp(s, &now);
	if (k->thing && k->asked && now.version == k->stamp.version &&
	    now.changes == k->stamp.changes)
		return k->thing;
	kept_drop(k);
	k->stamp = now;
	return NULL;
}

void store_keep(struct store *s, const void *tag, void *thing, void (*drop)(void *thing))
{
	struct kept *k = kept_of(s, tag);

	kept_drop(k);
	if (!k->asked) {
		drop(thing);
		return;
	}
	k->thing = thing;
	k->drop = drop;
}

bool store_first_look(struct store *s)
{
	struct rows_stamp now;

	if (!rows_stamp(s, &now))
		return false;
	s->seen_version = now.version;
	return true;
}

void kept_release(struct store *s)
{
	for (size_t i = 0; i < s->kept.n; i++)
		kept_drop(&s->kept.v[i]);
	free(s->kept.v);
}
