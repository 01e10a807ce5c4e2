#include "store/inner.h"

bool store_refused(const struct store *s, struct err *err)
{
	return fault_here() &&
	       !err_set(err, ERR_IO, "%s: the disk refuses (a planned fault); nothing was changed",
			s->path);
}

static struct store_query *prepare(struct store *s, const char *sql, bool keep, struct err *err)
{
	struct store_query *q = mem_zero(1, sizeof(*q));

	q->s = s;
	if (!store_refused(s, err) && s->driver->prepare(q, sql, keep, err))
		return q;
	free(q);
	return NULL;
}

/*
 * The prepared statement of a literal, kept for the store's life.  The literal's
 * address is its name: SQL() takes literals only, so equal addresses are equal texts.
 */
static struct store_query *take(struct store *s, struct sql sql, struct err *err)
{
	uint32_t *place = map_put(s->by_literal, (uintptr_t)sql.text, UINT32_MAX);
	struct store_query *q = *place == UINT32_MAX ? NULL : s->queries.v[*place];
	struct store_query *first = q;

	while (q && q->busy)
		q = q->next;
	if (!q) {
		q = prepare(s, sql.text, true, err);
		if (!q)
			return NULL;
		if (first) {
			q->next = first->next;
			first->next = q;
		} else {
			*place = (uint32_t)s->queries.n;
			VEC_PUSH(&s->queries, q);
		}
	}
	q->busy = true;
	return q;
}

void store_done(struct store_query *q)
{
	q->s->driver->reset(q);
	q->busy = false;
}

bool store_query(struct store *s, struct sql sql, struct store_args args, struct store_query **ret,
		 struct err *err)
{
	AUTO(store_donep) struct store_query *q = take(s, sql, err);

	if (!q)
		return false;
	assert(s->driver->reads(q));
	if (!s->driver->bind(q, args, err))
		return false;
	*ret = q, q = NULL;
	return true;
}

bool store_step(struct store_query *q, bool *ret_row, struct err *err)
{
	return !store_refused(q->s, err) && q->s->driver->step(q, ret_row, err);
}

bool store_run(struct store_txn *txn, struct sql sql, struct store_args args, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	assert(txn->open);
	q = take(txn->s, sql, err);
	return q && !store_refused(txn->s, err) && txn->s->driver->run(q, args, err);
}

uint64_t store_changed(const struct store_txn *txn)
{
	return txn->s->driver->changed(txn->s);
}

bool store_prepare_once(struct store *s, const char *sql, struct store_query **ret, struct err *err)
{
	struct store_query *q = prepare(s, sql, false, err);

	if (!q)
		return false;
	*ret = q;
	return true;
}

uint64_t store_changed_total(const struct store_txn *txn)
{
	return txn->s->driver->changed_total(txn->s);
}

bool store_query_once(struct store *s, const char *sql, struct store_query **ret, struct err *err)
{
	struct store_query *q = prepare(s, sql, false, err);

	if (!q)
		return false;
	if (!s->driver->bind(q, (struct store_args){0}, err)) {
		store_done_once(q);
		return false;
	}
	*ret = q;
	return true;
}

void store_done_once(struct store_query *q)
{
	q->s->driver->reset(q);
	q->s->driver->finalise(q);
	free(q);
}

bool store_one_int(struct store *s, const char *sql, int64_t *ret, struct err *err)
{
	AUTO(store_done_oncep) struct store_query *q = NULL;
	bool row;

	if (!store_query_once(s, sql, &q, err) || !store_step(q, &row, err))
		return false;
	*ret = row ? store_col_int(q, 0) : 0;
	return true;
}

bool store_exec(struct store *s, const char *sql, struct err *err)
{
	return !store_refused(s, err) && s->driver->exec(s, sql, err);
}

int64_t store_col_int(struct store_query *q, int col)
{
	return q->s->driver->get_int(q, col);
}

double store_col_real(struct store_query *q, int col)
{
	return q->s->driver->get_real(q, col);
}

struct str store_col_str(struct store_query *q, int col)
{
	return q->s->driver->get_str(q, col);
}

bool store_col_is_null(struct store_query *q, int col)
{
	return q->s->driver->type(q, col) == STORE_NULL;
}

enum store_type store_col_type(struct store_query *q, int col)
{
	return q->s->driver->type(q, col);
}
