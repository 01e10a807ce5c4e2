#include "store/inner.h"

bool store_part(struct store_txn *txn, struct err *err)
{
	assert(txn->open && !txn->part);
	if (!store_exec(txn->s, "SAVEPOINT part", err))
		return false;
	txn->part = true;
	txn->part_undo = txn->undo.n;
	return true;
}

bool store_part_keep(struct store_txn *txn, struct err *err)
{
	assert(txn->open && txn->part);
	txn->part = !store_exec(txn->s, "RELEASE SAVEPOINT part", err);
	return !txn->part;
}

bool store_part_undo(struct store_txn *txn, struct err *err)
{
	assert(txn->open && txn->part);
	txn->part = false;
	if (txn->s->driver->forget)
		txn->s->driver->forget(txn->s);
	if (!store_exec(txn->s, "ROLLBACK TO SAVEPOINT part", err) ||
	    !store_exec(txn->s, "RELEASE SAVEPOINT part", err))
		return false;
	store_undo_from(txn, txn->part_undo);
	return true;
}
