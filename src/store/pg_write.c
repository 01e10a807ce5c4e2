#include "store/pg.h"

/* Fewer rows than this are not worth a COPY; as many statements go before they are heard of. */
enum { COPY_ROWS_MIN = 16, COPY_BYTES_MAX = 1 << 20, PIPE_MAX = 256 };

static const uint64_t unknown = UINT64_MAX;

static void park_rows(struct store_query *q, const PGresult *res)
{
	struct pg_stmt *st = pg_stmt(q);

	text_clear(&st->parked);
	for (int i = 0; i < PQntuples(res); i++)
		pg_park_row(res, i, &st->parked);
	st->parked_at = 0;
	st->parked_bad = false;
	st->state = PG_PARKED;
}

/* Hear of every statement in the pipeline; q: the query that is its last, or NULL. */
static bool sync_pipeline(struct store *s, struct store_query *q, struct err *err)
{
	struct pg *pg = pg_of(s);
	bool ok = true, end = !PQpipelineSync(pg->conn);

	while (!end) {
		PGresult *res = PQgetResult(pg->conn);

		switch (PQresultStatus(res)) {
		case PGRES_COMMAND_OK:
			pg->changed = strtoull(PQcmdTuples(res), NULL, 10);
			pg->total += pg->changed;
			break;
		case PGRES_TUPLES_OK:
			assert(q);
			park_rows(q, res);
			break;
		case PGRES_PIPELINE_SYNC:
			end = true;
			break;
		case PGRES_PIPELINE_ABORTED:
			break;
		default:
			if (res)
				ok = pg_fail_txn(s, res, err);
			end = PQstatus(pg->conn) != CONNECTION_OK;
		}
		PQclear(res);
	}
	pg->in_pipeline = false;
	pg->piped = 0;
	(void)PQexitPipelineMode(pg->conn);
	return PQstatus(pg->conn) == CONNECTION_OK ? ok : pg_fail_txn(s, NULL, err);
}

static bool settle_pipeline(struct store *s, struct err *err)
{
	return !pg_of(s)->in_pipeline || sync_pipeline(s, NULL, err);
}

static bool pipe_row(struct store_query *q, const char *row, struct err *err)
{
	struct pg *pg = pg_of(q->s);

	pg_park(q->s);
	if (!pg->in_pipeline && !PQenterPipelineMode(pg->conn))
		return pg_fail_txn(q->s, NULL, err);
	pg->in_pipeline = true;
	if (!pg_send(pg, q, row))
		return pg_fail_txn(q->s, NULL, err);
	pg->changed = unknown;
	return ++pg->piped < PIPE_MAX || sync_pipeline(q->s, NULL, err);
}

/* ---- COPY ------------------------------------------------------------------------------- */

static bool copy_ended(struct store *s, struct err *err)
{
	struct pg *pg = pg_of(s);
	PGresult *res = PQgetResult(pg->conn), *more;
	bool ok = PQresultStatus(res) == PGRES_COMMAND_OK || pg_fail_txn(s, res, err);

	if (ok)
		pg->total += strtoull(PQcmdTuples(res), NULL, 10);
	PQclear(res);
	while ((more = PQgetResult(pg->conn)))
		PQclear(more);
	return ok;
}

static bool copy_rows(struct store *s, const char *sql, struct str rows, struct err *err)
{
	static const char head[19] = "PGCOPY\n\377\r\n", tail[2] = "\377\377";
	struct pg *pg = pg_of(s);
	PGresult *res = PQexec(pg->conn, sql);
	bool ok = PQresultStatus(res) == PGRES_COPY_IN || pg_fail_txn(s, res, err);

	PQclear(res);
	if (!ok)
		return false;
	if (PQputCopyData(pg->conn, head, sizeof(head)) != 1 ||
	    PQputCopyData(pg->conn, rows.p, (int)rows.n) != 1 ||
	    PQputCopyData(pg->conn, tail, sizeof(tail)) != 1 || PQputCopyEnd(pg->conn, NULL) != 1)
		return pg_fail_txn(s, NULL, err);
	return copy_ended(s, err);
}

/* The rows that have gathered go. */
static bool send_batch(struct store *s, struct err *err)
{
	struct pg *pg = pg_of(s);
	struct store_query *q = pg->batch;
	struct pg_value ignored[PG_PARAMS_MAX];
	bool ok = true;

	pg->batch = NULL;
	if (!q)
		return true;
	if (pg->nrows >= COPY_ROWS_MIN) {
		pg_park(s);
		ok = settle_pipeline(s, err) &&
		     copy_rows(s, pg_stmt(q)->copy, text_str(&pg->rows), err);
	} else {
		for (size_t at = 0; ok && at < pg->rows.n;) {
			ok = pipe_row(q, pg->rows.p + at, err);
			at += pg_fields(pg->rows.p + at, ignored);
		}
		pg->changed = 1;
	}
	text_clear(&pg->rows);
	pg->nrows = 0;
	return ok;
}

bool pg_quiet(struct store *s, struct err *err)
{
	struct pg *pg = pg_of(s);

	pg_park(s);
	if (pg->has_failed) {
		*err = pg->failed;
		return false;
	}
	return send_batch(s, err) && settle_pipeline(s, err);
}

void pg_drop_writes(struct store *s)
{
	struct pg *pg = pg_of(s);
	struct err ignored;

	pg->batch = NULL;
	pg->nrows = 0;
	text_clear(&pg->rows);
	pg_park(s);
	if (pg->in_pipeline)
		(void)sync_pipeline(s, NULL, &ignored);
}

static bool gather_row(struct store_query *q, struct store_args args, struct err *err)
{
	struct pg *pg = pg_of(q->s);

	if (pg->batch != q && !send_batch(q->s, err))
		return false;
	if (!pg_encode(q->s, pg_stmt(q)->about, args, &pg->rows, err))
		return false;
	pg->batch = q;
	pg->nrows++;
	pg->changed = 1;
	return pg->rows.n < COPY_BYTES_MAX || send_batch(q->s, err);
}

bool pg_run(struct store_query *q, struct store_args args, struct err *err)
{
	struct pg *pg = pg_of(q->s);
	struct pg_stmt *st = pg_stmt(q);

	if (pg->has_failed) {
		*err = pg->failed;
		return false;
	}
	if (!pg_prepared(q, err))
		return false;
	pg->wrote = true;
	if (st->copy)
		return gather_row(q, args, err);
	text_clear(&st->args);
	return send_batch(q->s, err) && pg_encode(q->s, st->about, args, &st->args, err) &&
	       pipe_row(q, st->args.p, err);
}

uint64_t pg_changed(struct store *s)
{
	struct pg *pg = pg_of(s);
	struct err ignored;

	/* What went wrong is said by the next statement or the commit. */
	if (pg->changed == unknown && !settle_pipeline(s, &ignored))
		return 0;
	return pg->changed == unknown ? 0 : pg->changed;
}

uint64_t pg_changed_total(struct store *s)
{
	struct err ignored;

	(void)pg_quiet(s, &ignored);
	return pg_of(s)->total;
}

bool pg_ask_piped(struct store_query *q, bool *ret_done, struct err *err)
{
	struct pg *pg = pg_of(q->s);

	*ret_done = false;
	if (pg->has_failed || (!pg->in_pipeline && !pg->batch))
		return true;
	if (!pg_prepared(q, err) || !send_batch(q->s, err))
		return false;
	if (!pg->in_pipeline)
		return true;
	*ret_done = true;
	if (!pg_send(pg, q, pg_stmt(q)->args.p))
		return pg_fail_txn(q->s, NULL, err);
	return sync_pipeline(q->s, q, err);
}
