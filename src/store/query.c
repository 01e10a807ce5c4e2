#include "store/inner.h"

static struct store_query *prepare(struct store *s, const char *sql, unsigned flags,
				   struct err *err)
{
	struct store_query *q;
	sqlite3_stmt *stmt = NULL;
	int rc = fault_here() ? SQLITE_IOERR
			      : sqlite3_prepare_v3(s->db, sql, -1, flags, &stmt, NULL);

	if (rc != SQLITE_OK) {
		(void)store_fail(s, rc, err);
		return NULL;
	}
	assert(stmt);
	q = mem_zero(1, sizeof(*q));
	q->s = s;
	q->stmt = stmt;
	return q;
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
		q = prepare(s, sql.text, SQLITE_PREPARE_PERSISTENT, err);
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

static int bind_one(sqlite3_stmt *stmt, int at, const struct store_value *v)
{
	const char *bytes = v->s.n ? v->s.p : "";

	switch (v->type) {
	case STORE_NULL:
		return sqlite3_bind_null(stmt, at);
	case STORE_INT:
		return sqlite3_bind_int64(stmt, at, v->i);
	case STORE_REAL:
		return sqlite3_bind_double(stmt, at, v->d);
	case STORE_TEXT:
		return sqlite3_bind_text64(stmt, at, bytes, v->s.n, SQLITE_STATIC, SQLITE_UTF8);
	case STORE_BLOB:
		return sqlite3_bind_blob64(stmt, at, bytes, v->s.n, SQLITE_STATIC);
	}
	return SQLITE_MISUSE;
}

static bool bind_all(struct store_query *q, struct store_args args, struct err *err)
{
	assert(args.n == (size_t)sqlite3_bind_parameter_count(q->stmt));
	for (size_t i = 0; i < args.n; i++) {
		int rc = bind_one(q->stmt, (int)i + 1, &args.v[i]);

		if (rc != SQLITE_OK)
			return store_fail(q->s, rc, err);
	}
	return true;
}

void store_done(struct store_query *q)
{
	(void)sqlite3_reset(q->stmt);
	(void)sqlite3_clear_bindings(q->stmt);
	q->busy = false;
}

bool store_query(struct store *s, struct sql sql, struct store_args args, struct store_query **ret,
		 struct err *err)
{
	AUTO(store_donep) struct store_query *q = take(s, sql, err);

	if (!q)
		return false;
	assert(sqlite3_stmt_readonly(q->stmt));
	if (!bind_all(q, args, err))
		return false;
	*ret = q, q = NULL;
	return true;
}

bool store_step(struct store_query *q, bool *ret_row, struct err *err)
{
	int rc = fault_here() ? SQLITE_IOERR : sqlite3_step(q->stmt);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return store_fail(q->s, rc, err);
	*ret_row = rc == SQLITE_ROW;
	return true;
}

bool store_run(struct store_txn *txn, struct sql sql, struct store_args args, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	assert(txn->open);
	q = take(txn->s, sql, err);
	if (!q || !bind_all(q, args, err) || !store_step(q, &row, err))
		return false;
	txn->changed = (uint64_t)sqlite3_changes64(txn->s->db);
	return true;
}

uint64_t store_changed(const struct store_txn *txn)
{
	return txn->changed;
}

bool store_query_once(struct store *s, const char *sql, struct store_query **ret, struct err *err)
{
	struct store_query *q = prepare(s, sql, 0, err);

	if (!q)
		return false;
	*ret = q;
	return true;
}

void store_done_once(struct store_query *q)
{
	sqlite3_finalize(q->stmt);
	free(q);
}

bool store_exec(struct store *s, const char *sql, struct err *err)
{
	int rc = fault_here() ? SQLITE_IOERR : sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK || store_fail(s, rc, err);
}

int64_t store_col_int(struct store_query *q, int col)
{
	return sqlite3_column_int64(q->stmt, col);
}

double store_col_real(struct store_query *q, int col)
{
	return sqlite3_column_double(q->stmt, col);
}

struct str store_col_str(struct store_query *q, int col)
{
	/* Of text it gives the bytes as they are, without looking at the type first. */
	const void *p = sqlite3_column_blob(q->stmt, col);

	return str_from(p, p ? (size_t)sqlite3_column_bytes(q->stmt, col) : 0);
}

bool store_col_is_null(struct store_query *q, int col)
{
	return sqlite3_column_type(q->stmt, col) == SQLITE_NULL;
}

enum store_type store_col_type(struct store_query *q, int col)
{
	switch (sqlite3_column_type(q->stmt, col)) {
	case SQLITE_INTEGER:
		return STORE_INT;
	case SQLITE_FLOAT:
		return STORE_REAL;
	case SQLITE_TEXT:
		return STORE_TEXT;
	case SQLITE_BLOB:
		return STORE_BLOB;
	default:
		return STORE_NULL;
	}
}
