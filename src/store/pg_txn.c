#include "store/pg.h"

#include <poll.h>

bool pg_exec(struct store *s, const char *sql, struct err *err)
{
	struct pg *pg = pg_of(s);
	PGresult *res;
	bool ok;

	if (!pg_quiet(s, err) || !pg_ready(s, err))
		return false;
	res = PQexec(pg->conn, sql);
	ok = PQresultStatus(res) == PGRES_COMMAND_OK || PQresultStatus(res) == PGRES_TUPLES_OK ||
	     pg_fail_txn(s, res, err);
	PQclear(res);
	pg->wrote = true;
	return ok;
}

static bool make(struct store *s, const char *create, struct err *err)
{
	AUTO(text_freep) struct text sql = {0};

	pg_rewrite_create(create, &sql);
	return pg_exec(s, text_c(&sql), err);
}

/* ---- the catalogue ---------------------------------------------------------------------- */

#define STORE_META                                                                                 \
	"SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "           \
	"WHERE n.nspname = current_schema() AND c.relname = 'store_meta'"

static bool absent(struct store *s, struct err *err)
{
	int64_t tables;

	if (!store_one_int(s, STORE_META, &tables, err))
		return false;
	return !tables || err_set(err, ERR_EXISTS, "%s: is there already", s->path);
}

static bool found(struct store *s, struct err *err)
{
	AUTO(text_freep) struct text sql = {0};

	text_addf(&sql,
		  "INSERT INTO store_meta(key, value) VALUES ('application', %d), ('head', 0)",
		  STORE_APPLICATION_ID);
	return pg_exec(s, text_c(&sql), err);
}

static bool recognise(struct store *s, struct err *err)
{
	int64_t n;

	if (!store_one_int(s, STORE_META, &n, err))
		return false;
	if (!n)
		return err_set(err, ERR_NOT_FOUND, "%s: no such store", s->path) ||
		       err_hint(err, "; lynchpin init makes one");
	if (!store_one_int(s, "SELECT value FROM store_meta WHERE key = 'application'", &n, err))
		return false;
	return n == STORE_APPLICATION_ID ||
	       err_set(err, ERR_CORRUPT, "%s: not a Lynchpin store", s->path);
}

/* ---- transactions ----------------------------------------------------------------------- */

static void ended(struct pg *pg)
{
	pg->held = pg->lost = pg->has_failed = pg->wrote = false;
}

static void roll_back(struct store *s)
{
	struct pg *pg = pg_of(s);

	if (PQstatus(pg->conn) == CONNECTION_OK) {
		pg_drop_writes(s);
		PQclear(PQexec(pg->conn, "ROLLBACK"));
	}
	pg->batch = NULL;
	pg->nrows = 0;
	text_clear(&pg->rows);
	ended(pg);
}

/*
 * Begin with sql, whose last statement gives *res; what a lost connection spoils is tried again
 * on the next one.
 */
static bool start(struct store *s, const char *sql, PGresult **ret, struct err *err)
{
	struct pg *pg = pg_of(s);

	for (unsigned tries = 0;; tries++) {
		PGresult *res;

		if (!pg_quiet(s, err) || !pg_ready(s, err))
			return false;
		res = PQexec(pg->conn, sql);
		if (PQresultStatus(res) == PGRES_TUPLES_OK) {
			*ret = res;
			pg->held = true;
			return true;
		}
		(void)pg_fail(s, res, err);
		PQclear(res);
		if (tries || !pg_may_retry(s))
			break;
	}
	roll_back(s);
	return false;
}

/*
 * The one row 'head' is the write lock, and its value counts the commits: whoever has it sees in
 * its next statement all that was committed before.
 */
#define HEAD                                                                                       \
	"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT value, pg_current_xact_id() "                \
	"FROM store_meta WHERE key = 'head' FOR UPDATE"
#define FIRST                                                                                      \
	"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT 0, pg_current_xact_id() "                    \
	"FROM pg_advisory_xact_lock(1280329038, "                                                  \
	"(SELECT oid::bigint::integer FROM pg_namespace WHERE nspname = current_schema()))"

static bool begin(struct store *s, bool first, struct err *err)
{
	struct pg *pg = pg_of(s);
	PGresult *res;
	bool ok;

	if (!start(s, first ? FIRST : pg->busy_ms < 0 ? HEAD " NOWAIT" : HEAD, &res, err))
		return false;
	ok = PQntuples(res) == 1;
	if (ok) {
		pg->head = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
		pg->xid = strtoll(PQgetvalue(res, 0, 1), NULL, 10);
	}
	PQclear(res);
	if (ok)
		return true;
	roll_back(s);
	return err_set(err, ERR_CORRUPT, "%s: not a Lynchpin store", s->path);
}

/*
 * The connection went between "commit" and its answer.  The server knows what became of the
 * transaction's number, also after a crash.
 */
static bool ask_outcome(struct store *s, struct err *err)
{
	struct pg *pg = pg_of(s);
	int64_t xid = pg->xid;

	ended(pg);
	for (unsigned tries = 0; tries < 100; tries++) {
		AUTO(store_donep) struct store_query *q = NULL;
		struct err why;
		bool row;

		if (!store_query(s, SQL("SELECT pg_xact_status(?1::text::xid8)"),
				 ARGS(store_int(xid)), &q, &why) ||
		    !store_step(q, &row, &why))
			return err_set(err, ERR_IO,
				       "%s: the connection to the database was lost while "
				       "committing, and it does not come back: look whether it was "
				       "done before doing it again",
				       s->path);
		if (row && str_is(store_col_str(q, 0), "committed"))
			return true;
		if (!row || !str_is(store_col_str(q, 0), "in progress"))
			break;
		(void)poll(NULL, 0, 50);
	}
	pg->held = true;
	(void)pg_fail(s, NULL, err);
	ended(pg);
	return false;
}

/* Own commits are not news to store_wait(). */
static void count_own(struct store *s, bool wrote)
{
	if (wrote && s->seen_version == pg_of(s)->head)
		s->seen_version++;
}

static bool commit(struct store *s, struct err *err)
{
	static const char news[] = "UPDATE store_meta SET value = value + 1 WHERE key = 'head';"
				   "SELECT pg_notify('lynchpin_' || oid, '') FROM pg_namespace "
				   "WHERE nspname = current_schema(); COMMIT";
	struct pg *pg = pg_of(s);
	bool wrote = pg->wrote, ok;
	PGresult *res;

	if (!pg_quiet(s, err) || !pg_ready(s, err)) {
		roll_back(s);
		return false;
	}
	res = PQexec(pg->conn, wrote ? news : "COMMIT");
	ok = PQresultStatus(res) == PGRES_COMMAND_OK && strcmp(PQcmdStatus(res), "COMMIT") == 0;
	if (!ok && PQstatus(pg->conn) != CONNECTION_OK) {
		PQclear(res);
		ok = ask_outcome(s, err);
		if (ok)
			count_own(s, wrote);
		return ok;
	}
	if (!ok)
		(void)pg_fail_txn(s, res, err);
	PQclear(res);
	if (ok) {
		ended(pg);
		count_own(s, wrote);
	} else {
		roll_back(s);
	}
	return ok;
}

static void forget(struct store *s)
{
	pg_drop_writes(s);
	pg_of(s)->has_failed = pg_of(s)->lost;
}

static bool snapshot(struct store *s, struct err *err)
{
	PGresult *res = NULL;
	bool ok = start(s,
			"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
			"SELECT value FROM store_meta WHERE key = 'head'",
			&res, err);

	PQclear(res);
	return ok;
}

/* ---- following others ------------------------------------------------------------------- */

static bool version(struct store *s, int64_t *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(s, SQL("SELECT value FROM store_meta WHERE key = 'head'"), ARGS(), &q,
			 err) ||
	    !store_step(q, &row, err))
		return false;
	*ret = row ? store_col_int(q, 0) : 0;
	return true;
}

static void listen_to(struct store *s)
{
	struct pg *pg = pg_of(s);

	PQclear(PQexec(pg->conn,
		       "DO $$ BEGIN EXECUTE format('LISTEN %I', 'lynchpin_' || (SELECT oid FROM "
		       "pg_namespace WHERE nspname = current_schema())); END $$"));
	pg->listening = true;
}

/* A NOTIFY is a hint; a poll comes in any case. */
enum { LOOK_EVERY_MS = 500 };

static void doze(struct store *s, int ms)
{
	struct pg *pg = pg_of(s);
	struct pollfd fd = {.fd = PQsocket(pg->conn), .events = POLLIN};
	PGnotify *news;

	if (!pg->listening) {
		listen_to(s);
		return; /* something may have come just before */
	}
	(void)poll(&fd, 1, MIN_OF(ms, (int)LOOK_EVERY_MS));
	(void)PQconsumeInput(pg->conn);
	while ((news = PQnotifies(pg->conn)))
		PQfreemem(news);
}

#define COLUMNS                                                                                    \
	"SELECT name, place FROM (SELECT a.attname::text AS name, a.attnum AS at, "                \
	"(coalesce(array_position(i.indkey, a.attnum), -1) + 1)::bigint AS place "                 \
	"FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "                               \
	"JOIN pg_namespace n ON n.oid = c.relnamespace "                                           \
	"LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary "                      \
	"WHERE n.nspname = current_schema() AND c.relname = ?1 AND a.attnum > 0 "                  \
	"AND NOT a.attisdropped) AS found ORDER BY place = 0, place, at"

const struct store_driver store_pg = {
	.open = pg_open,
	.close = pg_close,
	.absent = absent,
	.found = found,
	.recognise = recognise,
	.make = make,
	.columns = {COLUMNS},
	.bytewise = "",
	.exec = pg_exec,
	.prepare = pg_prepare,
	.finalise = pg_finalise,
	.reads = pg_reads,
	.bind = pg_bind,
	.step = pg_step,
	.reset = pg_reset,
	.run = pg_run,
	.changed = pg_changed,
	.changed_total = pg_changed_total,
	.width = pg_width,
	.name = pg_name,
	.type = pg_type,
	.get_int = pg_get_int,
	.get_real = pg_get_real,
	.get_str = pg_get_str,
	.begin = begin,
	.commit = commit,
	.rollback = roll_back,
	.forget = forget,
	.snapshot = snapshot,
	.snapshot_end = roll_back,
	.version = version,
	.doze = doze,
};
