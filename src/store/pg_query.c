#include "store/pg.h"

bool pg_prepare(struct store_query *q, const char *sql, bool keep, struct err *err UNUSED)
{
	struct pg_stmt *st = mem_zero(1, sizeof(*st));
	AUTO(text_freep) struct text own = {0};
	AUTO(text_freep) struct text copy = {0};

	pg_rewrite(sql, &own);
	pg_copy_of(sql, &copy);
	st->sql = mem_copy(own.p, own.n);
	st->copy = copy.n ? mem_copy(copy.p, copy.n) : NULL;
	st->reads =
		str_starts(str_of(sql), STR("SELECT ")) || str_starts(str_of(sql), STR("WITH "));
	st->keep = keep;
	st->seen_last = UINT64_MAX;
	q->stmt = st;
	return true;
}

void pg_finalise(struct store_query *q)
{
	struct pg *pg = pg_of(q->s);
	struct pg_stmt *st = pg_stmt(q);
	struct err ignored; /* by this, not by the transaction */

	if (pg->batch == q)
		(void)pg_quiet(q->s, &ignored);
	if (!st->keep && st->generation == pg->generation && !pg->live && !pg->in_pipeline) {
		char sql[48];

		snprintf(sql, sizeof(sql), "DEALLOCATE %s", st->name);
		PQclear(PQexec(pg->conn, sql));
	}
	PQclear(st->about);
	free(st->sql);
	free(st->copy);
	free(st->values);
	text_free(&st->args);
	text_free(&st->parked);
	free(st);
}

bool pg_reads(const struct store_query *q)
{
	return pg_stmt(q)->reads;
}

int pg_width(struct store_query *q)
{
	return PQnfields(pg_stmt(q)->about);
}

const char *pg_name(struct store_query *q, int col)
{
	return PQfname(pg_stmt(q)->about, col);
}

/* ---- preparing -------------------------------------------------------------------------- */

/* Ours are of four types; an expression's guess ("?1 + 1" is of 32 bits) is put right. */
static bool common_types(const PGresult *about, Oid *types)
{
	bool as_is = true;

	for (int i = 0; i < PQnparams(about); i++) {
		switch (types[i] = PQparamtype(about, i)) {
		case OID_INT8:
		case OID_TEXT:
		case OID_BYTEA:
		case OID_FLOAT8:
			break;
		case OID_INT2:
		case OID_INT4:
		case OID_NUMERIC:
			types[i] = OID_INT8;
			as_is = false;
			break;
		default:
			types[i] = OID_TEXT;
			as_is = false;
		}
	}
	return as_is;
}

/* NULL: the connection or the statement is no good; *res says. */
static PGresult *prepare_as(struct pg *pg, struct pg_stmt *st, int n, const Oid *types)
{
	PGresult *res;

	snprintf(st->name, sizeof(st->name), "s%u", pg->names++);
	res = PQprepare(pg->conn, st->name, st->sql, n, types);
	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		return res;
	PQclear(res);
	return PQdescribePrepared(pg->conn, st->name);
}

/* The connection is quiet and there.  On false it may have gone. */
static bool prepare_now(struct store_query *q, struct err *err)
{
	struct pg *pg = pg_of(q->s);
	struct pg_stmt *st = pg_stmt(q);
	Oid types[PG_PARAMS_MAX] = {0};
	PGresult *res = prepare_as(pg, st, 0, NULL);

	assert(PQnparams(res) <= PG_PARAMS_MAX);
	if (PQresultStatus(res) == PGRES_COMMAND_OK && !common_types(res, types)) {
		int n = PQnparams(res);

		PQclear(res);
		res = prepare_as(pg, st, n, types);
	}
	if (PQresultStatus(res) != PGRES_COMMAND_OK) {
		(void)pg_fail_txn(q->s, res, err);
		PQclear(res);
		return false;
	}
	PQclear(st->about);
	st->about = res;
	st->generation = pg->generation;
	st->values = mem_resize(st->values, (size_t)PQnfields(res) + 1, sizeof(*st->values));
	return true;
}

bool pg_prepared(struct store_query *q, struct err *err)
{
	struct pg *pg = pg_of(q->s);

	for (unsigned tries = 0;; tries++) {
		if (PQstatus(pg->conn) == CONNECTION_OK && pg_stmt(q)->generation == pg->generation)
			return true;
		if (!pg_quiet(q->s, err) || !pg_ready(q->s, err))
			return false;
		if (pg_stmt(q)->generation == pg->generation || prepare_now(q, err))
			return true;
		if (tries || !pg_may_retry(q->s))
			return false;
	}
}

bool pg_bind(struct store_query *q, struct store_args args, struct err *err)
{
	struct pg_stmt *st = pg_stmt(q);

	if (!pg_prepared(q, err))
		return false;
	text_clear(&st->args);
	if (!pg_encode(q->s, st->about, args, &st->args, err))
		return false;
	st->state = PG_BOUND;
	return true;
}

/* ---- rows ------------------------------------------------------------------------------- */

int pg_send(struct pg *pg, struct store_query *q, const char *row)
{
	const struct pg_stmt *st = pg_stmt(q);
	struct pg_value values[PG_PARAMS_MAX];
	const char *p[PG_PARAMS_MAX];
	int lengths[PG_PARAMS_MAX], binary[PG_PARAMS_MAX], n = PQnparams(st->about);

	(void)pg_fields(row, values);
	for (int i = 0; i < n; i++) {
		p[i] = values[i].p;
		lengths[i] = (int)values[i].n;
		binary[i] = 1;
	}
	return PQsendQueryPrepared(pg->conn, st->name, n, p, lengths, binary, 1);
}

/* Nothing more is to come of what was asked. */
static void drain(struct pg *pg)
{
	PGresult *res;

	while ((res = PQgetResult(pg->conn)))
		PQclear(res);
	pg->live = NULL;
}

enum { PIPED_ROWS_MAX = 1000 };

/* Ask, and have the first answer in st->ahead: by it a connection that went meanwhile is known. */
static bool ask(struct store_query *q, struct err *err)
{
	struct pg *pg = pg_of(q->s);
	struct pg_stmt *st = pg_stmt(q);

	bool done = false;

	/* A query that gives few rows need not wait for the writes before it. */
	if (st->seen_last <= PIPED_ROWS_MAX && !pg_ask_piped(q, &done, err))
		return false;
	if (done)
		return true;
	for (unsigned tries = 0;; tries++) {
		if (!pg_quiet(q->s, err) || !pg_prepared(q, err))
			return false;
		if (pg_send(pg, q, st->args.p) && PQsetSingleRowMode(pg->conn)) {
			ExecStatusType status;

			st->ahead = PQgetResult(pg->conn);
			status = PQresultStatus(st->ahead);
			if (status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK) {
				pg->live = q;
				st->state = PG_LIVE;
				return true;
			}
		}
		if (tries || !pg_may_retry(q->s))
			break;
		PQclear(st->ahead);
		st->ahead = NULL;
	}
	(void)pg_fail_txn(q->s, st->ahead, err);
	PQclear(st->ahead);
	st->ahead = NULL;
	drain(pg);
	return false;
}

static PGresult *next_answer(struct pg *pg, struct pg_stmt *st)
{
	PGresult *res = st->ahead ? st->ahead : PQgetResult(pg->conn);

	st->ahead = NULL;
	return res;
}

static bool step_live(struct store_query *q, bool *ret_row, struct err *err)
{
	struct pg *pg = pg_of(q->s);
	struct pg_stmt *st = pg_stmt(q);
	bool ok;

	PQclear(st->row);
	st->row = next_answer(pg, st);
	*ret_row = PQresultStatus(st->row) == PGRES_SINGLE_TUPLE;
	st->seen += *ret_row;
	if (*ret_row) {
		for (int i = 0; i < PQnfields(st->row); i++)
			st->values[i] =
				PQgetisnull(st->row, 0, i)
					? (struct pg_value){0}
					: (struct pg_value){PQgetvalue(st->row, 0, i),
							    (size_t)PQgetlength(st->row, 0, i)};
		return true;
	}
	ok = PQresultStatus(st->row) == PGRES_TUPLES_OK || pg_fail_txn(q->s, st->row, err);
	st->state = PG_ENDED;
	drain(pg);
	return ok;
}

void pg_park_row(const PGresult *res, int row, struct text *out)
{
	char *at = text_room(out, 2);

	pg_store_int(at, 2, PQnfields(res));
	out->n += 2;
	for (int i = 0; i < PQnfields(res); i++) {
		bool null = PQgetisnull(res, row, i);
		size_t n = null ? 0 : (size_t)PQgetlength(res, row, i);

		pg_store_int(text_room(out, 4), 4, null ? -1 : (int64_t)n);
		out->n += 4;
		text_add(out, str_from(PQgetvalue(res, row, i), n));
	}
}

void pg_park(struct store *s)
{
	struct pg *pg = pg_of(s);
	struct store_query *q = pg->live;
	struct pg_stmt *st;
	PGresult *res;

	if (!q)
		return;
	st = pg_stmt(q);
	text_clear(&st->parked);
	st->parked_at = 0;
	for (;;) {
		res = next_answer(pg, st);
		if (PQresultStatus(res) != PGRES_SINGLE_TUPLE)
			break;
		pg_park_row(res, 0, &st->parked);
		PQclear(res);
	}
	st->parked_bad = PQresultStatus(res) != PGRES_TUPLES_OK;
	if (st->parked_bad)
		(void)pg_fail_txn(s, res, &st->parked_err);
	PQclear(res);
	st->state = PG_PARKED;
	drain(pg);
}

bool pg_step(struct store_query *q, bool *ret_row, struct err *err)
{
	struct pg_stmt *st = pg_stmt(q);

	if (st->state == PG_BOUND && !ask(q, err))
		return false;
	if (st->state == PG_LIVE)
		return step_live(q, ret_row, err);
	*ret_row = st->state == PG_PARKED && st->parked_at < st->parked.n;
	st->seen += *ret_row;
	if (*ret_row)
		st->parked_at += pg_fields(st->parked.p + st->parked_at, st->values);
	else if (st->state == PG_PARKED && st->parked_bad)
		*err = st->parked_err;
	return *ret_row || st->state != PG_PARKED || !st->parked_bad;
}

void pg_reset(struct store_query *q)
{
	struct pg *pg = pg_of(q->s);
	struct pg_stmt *st = pg_stmt(q);

	PQclear(st->ahead);
	st->ahead = NULL;
	if (pg->live == q)
		drain(pg);
	PQclear(st->row);
	st->row = NULL;
	text_clear(&st->args);
	if (st->parked.cap > (1U << 16))
		text_free(&st->parked);
	if (st->state == PG_LIVE || st->state == PG_PARKED || st->state == PG_ENDED)
		st->seen_last = st->seen;
	st->seen = 0;
	st->state = PG_IDLE;
}
