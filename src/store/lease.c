#include "store/inner.h"

#include "base/clock.h"
#include "base/text.h"

/*
 * A lease is a row.  Whoever changes it holds the store's write lock meanwhile, so of two that
 * would take it one comes second and sees the first.  The term tells apart the times that one
 * process held it; a dropped lease keeps its row, so that the term goes on growing.
 */

const struct store_table store_tables[] = {
	{.name = "store_lease",
	 .kind = STORE_LOCAL,
	 .create = SQL("CREATE TABLE store_lease("
		       "name TEXT PRIMARY KEY, holder TEXT NOT NULL, until_ms INTEGER NOT NULL, "
		       "term INTEGER NOT NULL) WITHOUT ROWID;")},
	{.name = NULL},
};

/* Who had to wait this long for the write lock may find a lease expired whose holder had to wait
 * just as long to renew it: it is left to the holder, once. */
enum { WAITED_MS = 100 };

struct lease_row {
	int64_t until_ms, term;
	bool ours;
};

bool store_clock_ms(struct store *s, const struct clock *clock, int64_t *ret, struct err *err)
{
	if (s->driver == &store_pg)
		return store_one_int(s,
				     "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 "
				     "AS bigint)",
				     ret, err);
	*ret = clock_now_ms(clock);
	return true;
}

static bool row_of(struct store *s, const struct store_lease *l, struct lease_row *ret,
		   struct text *ret_holder, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct lease_row r = {0};
	bool row;

	if (!store_query(s, SQL("SELECT holder, until_ms, term FROM store_lease WHERE name = ?1"),
			 ARGS(store_text(str_of(l->name))), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (row) {
		r.until_ms = store_col_int(q, 1);
		r.term = store_col_int(q, 2);
		r.ours = l->term == r.term && str_eq(store_col_str(q, 0), l->holder);
		if (ret_holder)
			text_add(ret_holder, store_col_str(q, 0));
	}
	*ret = r;
	return true;
}

/* One that lasts longer than any does was stamped before the clock was put back. */
static bool is_held(const struct lease_row *r, int64_t now_ms)
{
	return r->until_ms > now_ms && r->until_ms <= now_ms + STORE_LEASE_MAX_MS;
}

bool store_lease_holder(struct store *s, const struct store_lease *l, struct text *ret,
			struct err *err)
{
	AUTO(text_freep) struct text holder = {0};
	struct lease_row r;
	int64_t now_ms;

	if (!store_clock_ms(s, l->clock, &now_ms, err) || !row_of(s, l, &r, &holder, err))
		return false;
	if (is_held(&r, now_ms))
		text_add(ret, text_str(&holder));
	return true;
}

/* Until when, if it is ours still; *ret says whether it is. */
static bool extend(struct store_txn *txn, const struct store_lease *l, int64_t until_ms, bool *ret,
		   struct err *err)
{
	if (!store_run(txn,
		       SQL("UPDATE store_lease SET until_ms = ?1 "
			   "WHERE name = ?2 AND holder = ?3 AND term = ?4"),
		       ARGS(store_int(until_ms), store_text(str_of(l->name)), store_text(l->holder),
			    store_int(l->term)),
		       err))
		return false;
	*ret = store_changed(txn) == 1;
	return true;
}

static bool put(struct store_txn *txn, const struct store_lease *l, int64_t until_ms, int64_t term,
		struct err *err)
{
	return store_run(txn,
			 SQL("INSERT INTO store_lease(name, holder, until_ms, term) "
			     "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO UPDATE SET "
			     "holder = excluded.holder, until_ms = excluded.until_ms, "
			     "term = excluded.term"),
			 ARGS(store_text(str_of(l->name)), store_text(l->holder),
			      store_int(until_ms), store_int(term)),
			 err);
}

static bool look(struct store *s, const struct store_lease *l, struct lease_row *ret,
		 int64_t *ret_now_ms, struct err *err)
{
	return store_clock_ms(s, l->clock, ret_now_ms, err) && row_of(s, l, ret, NULL, err);
}

bool store_lease_take(struct store *s, struct store_lease *l, bool *ret_held, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	int64_t now_ms, began_ns;
	struct lease_row r;
	bool waited;

	assert(l->length_ms > 0 && l->length_ms <= STORE_LEASE_MAX_MS && !s->fence);
	*ret_held = false;
	if (!look(s, l, &r, &now_ms, err))
		return false;
	if (is_held(&r, now_ms))
		return true;
	began_ns = clock_monotonic_ns();
	if (!store_begin(s, &txn, err))
		return false;
	waited = clock_monotonic_ns() - began_ns > (int64_t)WAITED_MS * 1000000;
	if (!look(s, l, &r, &now_ms, err))
		return false;
	if (is_held(&r, now_ms))
		return true;
	if (waited && r.until_ms && r.until_ms != l->left_ms) {
		l->left_ms = r.until_ms;
		return true;
	}
	if (!put(txn, l, now_ms + l->length_ms, r.term + 1, err) || !store_commit(&txn, err))
		return false;
	l->term = r.term + 1;
	*ret_held = true;
	return true;
}

bool store_lease_renew(struct store *s, const struct store_lease *l, bool *ret_held,
		       struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	int64_t now_ms;
	bool held;

	assert(!s->fence);
	if (!store_begin(s, &txn, err) || !store_clock_ms(s, l->clock, &now_ms, err) ||
	    !extend(txn, l, now_ms + l->length_ms, &held, err) || !store_commit(&txn, err))
		return false;
	*ret_held = held;
	return true;
}

bool store_lease_drop(struct store *s, struct store_lease *l, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	bool held;

	assert(!s->fence);
	if (!store_begin(s, &txn, err) || !extend(txn, l, 0, &held, err) ||
	    !store_commit(&txn, err))
		return false;
	l->term = 0;
	return true;
}

void store_fence(struct store *s, const struct store_lease *l)
{
	s->fence = l;
}

bool store_fence_holds(struct store_txn *txn, struct err *err)
{
	const struct store_lease *l = txn->s->fence;
	int64_t now_ms;
	bool held;

	if (!l)
		return true;
	if (!store_clock_ms(txn->s, l->clock, &now_ms, err) ||
	    !extend(txn, l, now_ms + l->length_ms, &held, err))
		return false;
	return held || err_set(err, ERR_CONFLICT,
			       "%s: another process has the lease \"%s\" by now; nothing was "
			       "changed",
			       txn->s->path, l->name);
}
