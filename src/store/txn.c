#include "store/inner.h"

bool store_begin_at(struct store *s, bool first, struct store_txn **ret, struct err *err)
{
	assert(!s->txn.open && !s->snapshot);
	if (s->mode == STORE_READ)
		return err_set(err, ERR_DENIED, "%s: the store was opened to read only", s->path);
	if (store_refused(s, err) || !s->driver->begin(s, first, err))
		return false;
	s->txn.s = s;
	s->txn.open = true;
	s->txn.undo.n = 0;
	s->txn.part = false;
	*ret = &s->txn;
	return true;
}

bool store_begin(struct store *s, struct store_txn **ret, struct err *err)
{
	return store_begin_at(s, false, ret, err);
}

static void undone(struct store_txn *txn)
{
	txn->open = false;
	/* What was worked out within it is of rows that are not there any more. */
	store_undo_from(txn, 0);
}

void store_undo_from(struct store_txn *txn, size_t from)
{
	while (txn->undo.n > from) {
		struct undo *u = &txn->undo.v[--txn->undo.n];

		u->fn(u->ctx);
	}
}

void store_rollback(struct store_txn *txn)
{
	assert(txn->open);
	txn->s->driver->rollback(txn->s);
	undone(txn);
}

bool store_commit(struct store_txn **txn, struct err *err)
{
	struct store_txn *t = *txn;

	assert(t->open && !t->part);
	*txn = NULL;
	if (store_refused(t->s, err)) {
		store_rollback(t);
		return false;
	}
	if (!store_fence_holds(t, err)) {
		store_rollback(t);
		return false;
	}
	if (!t->s->driver->commit(t->s, err)) {
		undone(t);
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
	assert(!s->txn.open && !s->snapshot);
	s->snapshot = !store_refused(s, err) && s->driver->snapshot(s, err);
	return s->snapshot;
}

void store_snapshot_end(struct store *s)
{
	assert(s->snapshot);
	s->snapshot = false;
	s->driver->snapshot_end(s);
}
