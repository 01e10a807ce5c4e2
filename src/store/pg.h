#ifndef STORE_PG_H
#define STORE_PG_H

/*
 * PostgreSQL, behind struct store_driver.
 *
 * Rows are taken as they come (single-row mode); when something else needs the connection
 * while they do, those still to come are parked in memory.  Writes within a transaction are not
 * waited for: rows of a plain INSERT gather until something else is said and then go by COPY,
 * other statements go in libpq's pipeline.  Both are settled before any query, and by commit.
 */

#include <libpq-fe.h>

#include "store/inner.h"

/* Of pg_type, where they never change. */
enum {
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,
	OID_OID = 26,
	OID_FLOAT8 = 701,
	OID_NUMERIC = 1700,
};
enum { PG_PARAMS_MAX = 64 };

struct pg {
	PGconn *conn;
	char *url;
	int busy_ms;
	unsigned generation; /* which connection this is: a statement is prepared on one */
	unsigned names;	     /* statements named so far */
	bool held;	     /* within a transaction or snapshot, which a new connection ends */
	bool lost;	     /* it has lost its connection */
	bool wrote;	     /* this transaction has */
	bool listening;

	/* Of the transaction: the first thing that went wrong, said again by all that follows. */
	bool has_failed;
	struct err failed;
	int64_t xid, head; /* its number; the store's version when it began */

	struct store_query *live; /* whose rows are coming */

	struct store_query *batch; /* whose rows wait to be copied */
	struct text rows;
	size_t nrows;
	bool in_pipeline;
	size_t piped;
	uint64_t changed, total;
};

enum pg_state { PG_IDLE, PG_BOUND, PG_LIVE, PG_PARKED, PG_ENDED };

struct pg_value {
	const char *p; /* NULL is null */
	size_t n;
};

struct pg_stmt {
	char *sql;  /* with $1 for ?1 */
	char *copy; /* how rows of this INSERT are copied, or NULL */
	bool reads, keep;
	char name[24];
	unsigned generation; /* of the connection that it is prepared on; 0 none */
	PGresult *about;     /* types of parameters and columns, names of columns */
	struct text args;    /* bound: a row as COPY has it */
	enum pg_state state;
	PGresult *row, *ahead;
	struct text parked;
	size_t parked_at;
	uint64_t seen, seen_last; /* rows, this time and the last */
	bool parked_bad;
	struct err parked_err;
	struct pg_value *values; /* of the row stepped to */
};

static inline struct pg *pg_of(const struct store *s)
{
	return s->db;
}

static inline struct pg_stmt *pg_stmt(const struct store_query *q)
{
	return q->stmt;
}

/* ---- pg_connect.c ---- */
bool pg_open(struct store *s, const struct store_config *config, bool *ret_made, struct err *err);
void pg_close(struct store *s);
/* There is a connection: the one there was, or outside of transactions a new one, waited for. */
MUST_CHECK bool pg_ready(struct store *s, struct err *err);
/* Has the connection gone, so that trying again on another one may help? */
bool pg_may_retry(const struct store *s);

/* ---- pg_error.c ---- */
/* Turn the server's answer (NULL: none came) into ours.  Returns false. */
bool pg_fail(const struct store *s, const PGresult *res, struct err *err);
/* The same within a transaction: what failed first is what is said. */
bool pg_fail_txn(struct store *s, const PGresult *res, struct err *err);

/* ---- pg_sql.c ---- */
/* ?1 becomes $1. */
void pg_rewrite(const char *sql, struct text *out);
/* CREATE TABLE in the common tongue becomes PostgreSQL's. */
void pg_rewrite_create(const char *sql, struct text *out);
/* The COPY of an INSERT INTO t(a, b) VALUES (?1, ?2) that has nothing more to it; else nothing. */
void pg_copy_of(const char *sql, struct text *out);

/* ---- pg_value.c ---- */
/* Append the values as COPY ... (FORMAT binary) has a row. */
MUST_CHECK bool pg_encode(const struct store *s, const PGresult *about, struct store_args args,
			  struct text *out, struct err *err);
/* Point at the fields of such a row; returns the bytes it took. */
size_t pg_fields(const char *row, struct pg_value *values);
enum store_type pg_type(struct store_query *q, int col);
int64_t pg_get_int(struct store_query *q, int col);
double pg_get_real(struct store_query *q, int col);
struct str pg_get_str(struct store_query *q, int col);
int64_t pg_load_int(const char *p, size_t n);
void pg_store_int(char *p, size_t n, int64_t x);

/* ---- pg_query.c ---- */
bool pg_prepare(struct store_query *q, const char *sql, bool keep, struct err *err);
void pg_finalise(struct store_query *q);
bool pg_reads(const struct store_query *q);
MUST_CHECK bool pg_prepared(struct store_query *q, struct err *err);
bool pg_bind(struct store_query *q, struct store_args args, struct err *err);
bool pg_step(struct store_query *q, bool *ret_row, struct err *err);
void pg_reset(struct store_query *q);
int pg_width(struct store_query *q);
const char *pg_name(struct store_query *q, int col);
/* Nothing is coming any more: what was, is parked. */
void pg_park(struct store *s);
void pg_park_row(const PGresult *res, int row, struct text *out);
int pg_send(struct pg *pg, struct store_query *q, const char *row);

/* ---- pg_write.c ---- */
bool pg_run(struct store_query *q, struct store_args args, struct err *err);
uint64_t pg_changed(struct store *s);
uint64_t pg_changed_total(struct store *s);
/* Ask in the pipeline, behind the writes that wait there: one round trip for all.  *ret_done false:
 * there are none, ask as ever. */
MUST_CHECK bool pg_ask_piped(struct store_query *q, bool *ret_done, struct err *err);
/* Everything said so far has been done: the connection is free for something else. */
bool pg_quiet(struct store *s, struct err *err);
/* Forget what has not gone yet. */
void pg_drop_writes(struct store *s);

/* ---- pg_txn.c ---- */
bool pg_exec(struct store *s, const char *sql, struct err *err);

#endif
