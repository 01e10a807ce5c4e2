#include "access/inner.h"

#include "base/mem.h"

/*
 * When sessions and tokens were last used.  Ten thousand people who look at a page each minute
 * would be as many commits a minute; noted here and written together they are a few.  What a
 * process that dies had noted is lost: a session then ends a little earlier.
 */

void seen_free(struct seen_list *l)
{
	if (l->index)
		map_close(l->index);
	free(l->v);
	*l = (struct seen_list){0};
}

static void note(struct access *a, const struct hash *key, bool token)
{
	struct seen_list *l = &a->seen;
	uint64_t first;
	uint32_t *at;

	memcpy(&first, key->b, sizeof(first));
	if (!l->index)
		l->index = map_open();
	at = map_put(l->index, first, UINT32_MAX);
	if (*at != UINT32_MAX && hash_eq(&l->v[*at].key, key)) {
		l->v[*at].at_ms = access_now(a);
		return;
	}
	if (l->n >= SEEN_MOST)
		return;
	*at = (uint32_t)l->n;
	VEC_PUSH(l, (struct seen){*key, token, access_now(a)});
}

void access_session_seen(struct access *a, const struct access_session *s)
{
	if (access_now(a) - s->seen_ms >= SEEN_MS)
		note(a, &s->key, false);
}

void access_token_seen(struct access *a, const struct access_token *t)
{
	if (access_now(a) - t->used_ms >= SEEN_MS)
		note(a, &t->key, true);
}

static bool write_one(struct store_txn *txn, const struct seen *s, struct err *err)
{
	if (s->token)
		return store_run(txn,
				 SQL("UPDATE access_token SET used = ?2"
				     " WHERE token = ?1 AND used < ?2"),
				 ARGS(hash_value(&s->key), store_int(s->at_ms)), err);
	return store_run(txn,
			 SQL("UPDATE access_session SET seen = ?2"
			     " WHERE session = ?1 AND seen < ?2"),
			 ARGS(hash_value(&s->key), store_int(s->at_ms)), err);
}

bool access_flush(struct access *a, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	if (!a->seen.n)
		return true;
	if (!store_begin(a->store, &txn, err))
		return false;
	for (size_t i = 0; i < a->seen.n; i++)
		if (!write_one(txn, &a->seen.v[i], err))
			return false;
	if (!store_commit(&txn, err))
		return false;
	seen_free(&a->seen);
	return true;
}
