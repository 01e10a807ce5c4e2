#include "store/lite.h"

#include <poll.h>

static bool prepare(struct store_query *q, const char *sql, bool keep, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v3(lite_db(q->s), sql, -1, keep ? SQLITE_PREPARE_PERSISTENT : 0,
				    &stmt, NULL);

	if (rc != SQLITE_OK)
		return lite_fail(q->s, rc, err);
	assert(stmt);
	q->stmt = stmt;
	return true;
}

static void finalise(struct store_query *q)
{
	sqlite3_finalize(q->stmt);
}

static bool reads(const struct store_query *q)
{
	return sqlite3_stmt_readonly(q->stmt);
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

static bool bind(struct store_query *q, struct store_args args, struct err *err)
{
	assert(args.n == (size_t)sqlite3_bind_parameter_count(q->stmt));
	for (size_t i = 0; i < args.n; i++) {
		int rc = bind_one(q->stmt, (int)i + 1, &args.v[i]);

		if (rc != SQLITE_OK)
			return lite_fail(q->s, rc, err);
	}
	return true;
}

static void reset(struct store_query *q)
{
	(void)sqlite3_reset(q->stmt);
	(void)sqlite3_clear_bindings(q->stmt);
}

static bool step(struct store_query *q, bool *ret_row, struct err *err)
{
	int rc = sqlite3_step(q->stmt);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return lite_fail(q->s, rc, err);
	*ret_row = rc == SQLITE_ROW;
	return true;
}

static bool run(struct store_query *q, struct store_args args, struct err *err)
{
	bool row;

	return bind(q, args, err) && step(q, &row, err);
}

static uint64_t changed(struct store *s)
{
	return (uint64_t)sqlite3_changes64(lite_db(s));
}

static uint64_t changed_total(struct store *s)
{
	return (uint64_t)sqlite3_total_changes64(lite_db(s));
}

static int width(struct store_query *q)
{
	return sqlite3_column_count(q->stmt);
}

static const char *name(struct store_query *q, int col)
{
	return sqlite3_column_name(q->stmt, col);
}

static int64_t get_int(struct store_query *q, int col)
{
	return sqlite3_column_int64(q->stmt, col);
}

static double get_real(struct store_query *q, int col)
{
	return sqlite3_column_double(q->stmt, col);
}

static struct str get_str(struct store_query *q, int col)
{
	/* Of text it gives the bytes as they are, without looking at the type first. */
	const void *p = sqlite3_column_blob(q->stmt, col);

	return str_from(p, p ? (size_t)sqlite3_column_bytes(q->stmt, col) : 0);
}

static enum store_type type(struct store_query *q, int col)
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

bool lite_exec(struct store *s, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(lite_db(s), sql, NULL, NULL, NULL);

	return rc == SQLITE_OK || lite_fail(s, rc, err);
}

/* ---- transactions ------------------------------------------------------------------- */

static bool begin(struct store *s, bool first UNUSED, struct err *err)
{
	/* IMMEDIATE: who can't write learns it now, not after having read and decided. */
	return lite_exec(s, "BEGIN IMMEDIATE", err);
}

static void rollback(struct store *s)
{
	/* SQLite may have rolled back by itself, after a full disk say. */
	if (!sqlite3_get_autocommit(lite_db(s)))
		(void)sqlite3_exec(lite_db(s), "ROLLBACK", NULL, NULL, NULL);
}

static bool commit(struct store *s, struct err *err)
{
	if (sqlite3_get_autocommit(lite_db(s)))
		return err_set(err, ERR_IO, "%s: the store had given up this transaction", s->path);
	if (lite_exec(s, "COMMIT", err))
		return true;
	rollback(s);
	return false;
}

static bool snapshot(struct store *s, struct err *err)
{
	int64_t ignored;

	if (!lite_exec(s, "BEGIN", err))
		return false;
	/* BEGIN alone takes no moment: the first read does. */
	if (store_one_int(s, "SELECT 1 FROM store_meta", &ignored, err))
		return true;
	rollback(s);
	return false;
}

static bool version(struct store *s, int64_t *ret, struct err *err)
{
	return store_one_int(s, "PRAGMA data_version", ret, err);
}

enum { LOOK_EVERY_MS = 50 };

static void doze(struct store *s UNUSED, int ms)
{
	(void)poll(NULL, 0, MIN_OF(ms, (int)LOOK_EVERY_MS));
}

const struct store_driver store_lite = {
	.open = lite_open,
	.close = lite_close,
	.absent = lite_absent,
	.found = lite_found,
	.recognise = lite_recognise,
	.make = lite_exec,
	.columns = {"SELECT name, pk FROM pragma_table_info(?1) ORDER BY pk = 0, pk, cid"},
	.bytewise = " COLLATE BINARY",
	.before_clear =
		"PRAGMA defer_foreign_keys=ON", /* rows that point at each other go together */
	.exec = lite_exec,
	.prepare = prepare,
	.finalise = finalise,
	.reads = reads,
	.bind = bind,
	.step = step,
	.reset = reset,
	.run = run,
	.changed = changed,
	.changed_total = changed_total,
	.width = width,
	.name = name,
	.type = type,
	.get_int = get_int,
	.get_real = get_real,
	.get_str = get_str,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.snapshot = snapshot,
	.snapshot_end = rollback,
	.version = version,
	.doze = doze,
};
