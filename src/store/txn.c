#include "store/inner.h"

bool store_begin(struct store *s, struct store_txn **ret, struct err *err)
{
	assert(!s->txn.open && !s->snapshot);
	if (s->mode == STORE_READ)
		return err_set(err, ERR_DENIED, "%s: the store was opened to read only", s->path);
	/* IMMEDIATE: who can't write learns it now, not after having read and decided. */
	if (!store_exec(s, "BEGIN IMMEDIATE", err))
		return false;
	s->txn.s = s;
	s->txn.open = true;
	s->txn.changed = 0;
	s->txn.undo.n = 0;
	*ret = &s->txn;
	return true;
}

void store_rollback(struct store_txn *txn)
{
	assert(txn->open);
	/* SQLite may have rolled back by itself, after a full disk say. */
	if (!sqlite3_get_autocommit(txn->s->db))
		(void)sqlite3_exec(txn->s->db, "ROLLBACK", NULL, NULL, NULL);
	txn->open = false;
	while (txn->undo.n) {
		struct undo *u = &txn->undo.v[--txn->undo.n];

		u->fn(u->ctx);
	}
}

bool store_commit(struct store_txn **txn, struct err *err)
{
	struct store_txn *t = *txn;

	assert(t->open);
	*txn = NULL;
	if (sqlite3_get_autocommit(t->s->db)) {
		store_rollback(t);
		return err_set(err, ERR_IO, "%s: the store had given up this transaction",
			       t->s->path);
	}
	if (!store_exec(t->s, "COMMIT", err)) {
		store_rollback(t);
		return false;
	}
	t->open = false;
	t->undo.n = 0;
	return true;
}

void store_on_rollback(struct store_txn *txn, void (*undo)(void *ctx), void *ctx)
{
	assert(txn->open);
	VEC_PUSH(&txn->undo, (struct undo){.fn = undo, .ctx = ctx});
}

struct store *store_of(struct store_txn *txn)
{
	return txn->s;
}

bool store_snapshot(struct store *s, struct err *err)
{
	AUTO(store_done_oncep) struct store_query *q = NULL;
	bool row;

	assert(!s->txn.open && !s->snapshot);
	if (!store_exec(s, "BEGIN", err))
		return false;
	s->snapshot = true;
	/* BEGIN alone takes no moment: the first read does. */
	if (store_query_once(s, "SELECT 1 FROM store_meta", &q, err) && store_step(q, &row, err))
		return true;
	store_snapshot_end(s);
	return false;
}

void store_snapshot_end(struct store *s)
{
	assert(s->snapshot);
	s->snapshot = false;
	if (!sqlite3_get_autocommit(s->db))
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}
