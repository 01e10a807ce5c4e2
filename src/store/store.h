#ifndef STORE_STORE_H
#define STORE_STORE_H

/*
 * The store holds tables of rows, in one file of SQLite or in a schema of PostgreSQL, and gives
 * them back.  It knows SQL and the four kinds of table; it promises that a commit that returned is
 * on the disk, that one that did not is as if it never began, and that a dump of equal
 * rows is equal to the byte, in either.  It never knows what a table means, never builds
 * SQL from data (SQL(t) takes literals only, values are bound), and no reader
 * ever writes.  One struct store is one connection: not shared between threads,
 * not carried over a fork.
 *
 * SQL is the common ground of SQLite and PostgreSQL: parameters are ?1, ?2...;
 * types INTEGER (64 bits), TEXT, BLOB, REAL; every table has an explicit primary
 * key, no sequences, no triggers; "INSERT ... ON CONFLICT (k) DO UPDATE SET" is
 * how to put or replace.
 */

#include "base/text.h"

struct text;
struct store;
struct store_txn;
struct store_query;

struct sql {
	const char *text;
};
/* Does not compile with anything but a literal. */
#define SQL(t) ((struct sql){"" t ""})

/*
 * What may happen to a table's rows.  Recorded: written by an act's apply in the
 * transaction of its record; rebuild clears and replays them.  Derived: written
 * by a runner; rebuild clears them.  Local: this machine's own (credentials,
 * delivery state); backed up, never rebuilt.  Journal: the records themselves,
 * which everything else is rebuilt from; never cleared.  Bits, so that dump and
 * clear take several.
 */
enum store_kind {
	STORE_RECORDED = 1,
	STORE_DERIVED = 2,
	STORE_LOCAL = 4,
	STORE_JOURNAL = 8,
};

/*
 * A room exports "const struct store_table room_tables[]", ended by a NULL name.
 * Names are room_thing.  create: the CREATE TABLE and its CREATE INDEX statements, each
 * ended by ';'.  dump_leave_out: names of columns, parted by blanks, that a dump omits
 * (interned ids); NULL for none.  A CREATE TABLE may end in WITHOUT ROWID: rows lie in the order
 * of the primary key, for tables that are read so and whose rows are small.
 */
struct store_table {
	const char *name;
	enum store_kind kind;
	struct sql create;
	const char *dump_leave_out;
};

enum store_mode {
	STORE_READ,   /* nothing can be written through this door */
	STORE_WRITE,  /* must be there; tables new in this version are added */
	STORE_CREATE, /* must not be there: ERR_EXISTS */
	STORE_REMAKE, /* as WRITE; recorded tables of another shape stay until store_clear() */
};

/*
 * path: a file of SQLite; or postgresql://USER@HOST:PORT/DATABASE as libpq takes it (HOST may be
 * %2Fsocket%2Ffolder, ?options=-csearch_path%3DSCHEMA chooses a schema); or a file whose first line
 * is such an address, which keeps the password off command lines.
 */
struct store_config {
	const char *path;
	enum store_mode mode;
	const struct store_table *const *tables; /* the rooms' lists, ended by NULL */
	int busy_ms; /* how long to wait for another writer; 0 is 5 seconds, -1 not at all */
};

void store_close(struct store *s);
DEFINE_CLOSEP(struct store, store_close)
/* Take away a store that is not open: its file and what SQLite keeps beside it, which a full
 * disk leaves there and a new store of the same name would believe; or all of its tables. */
void store_remove(const char *path);
/*
 * Open or create the store at config->path (created 0600).  ERR_NOT_FOUND no such file,
 * ERR_EXISTS, ERR_VERSION made by a newer Lynchpin, ERR_CORRUPT not a store, ERR_DENIED
 * no permission (also: writing a read-only file), ERR_IO, ERR_FULL.  A store that could
 * not be created is not left half there.
 */
MUST_CHECK bool store_open(const struct store_config *config, struct store **ret, struct err *err);
/* As messages call it: the path, or the address without its password. */
const char *store_path(const struct store *s);
/*
 * Beside which this machine keeps what belongs to the store: PLACE.key, PLACE.d.  The path of a
 * file; for an address $XDG_DATA_HOME/lynchpin/HOST-DATABASE... (else ~/.local/share).
 */
const char *store_place(const struct store *s);
/* The same of a store that need not be there; the folder is made. */
MUST_CHECK bool store_place_of(const char *path, struct text *out, struct err *err);
/* Is there something at the path: a file that is no address, or a database with a store in it? */
MUST_CHECK bool store_there(const char *path, bool *ret, struct err *err);
/* The path as it may be shown. */
void store_said(const char *path, struct text *out);

/*
 * Take the write lock.  ERR_CONFLICT when another process holds it beyond busy_ms,
 * ERR_DENIED when opened with STORE_READ.  One transaction at a time per store
 * (asserted).  Queries through the same store see what the transaction wrote.
 */
MUST_CHECK bool store_begin(struct store *s, struct store_txn **ret, struct err *err);
/* Durable on return of true.  On false it was rolled back.  *txn is NULL either way. */
MUST_CHECK bool store_commit(struct store_txn **txn, struct err *err);
/* Undo everything; then whatever store_on_rollback() registered, latest first. */
void store_rollback(struct store_txn *txn);
DEFINE_CLOSEP(struct store_txn, store_rollback) /* AUTO(store_rollbackp), as commit sets NULL */
/* Call undo(ctx) if this transaction is rolled back (or its commit fails). */
void store_on_rollback(struct store_txn *txn, void (*undo)(void *ctx), void *ctx);
struct store *store_of(struct store_txn *txn);

/*
 * A part of a transaction, one at a time, that can be undone alone (with what
 * store_on_rollback() registered since): after it, keep it or undo it.  Keeping may fail for what
 * was written in it (a key that is there), as writes may be sent together: then undo it.  A store
 * that has given up the whole transaction, after a full disk say, fails that too: then roll back.
 */
MUST_CHECK bool store_part(struct store_txn *txn, struct err *err);
MUST_CHECK bool store_part_keep(struct store_txn *txn, struct err *err);
MUST_CHECK bool store_part_undo(struct store_txn *txn, struct err *err);

/* All queries until store_snapshot_end() see one moment, whatever others commit meanwhile.
 * Not within a transaction (which sees one moment anyhow); no nesting. */
MUST_CHECK bool store_snapshot(struct store *s, struct err *err);
void store_snapshot_end(struct store *s);

/* A value to bind.  Bytes are borrowed: for store_run() until it returns, for a query until
 * store_done(). */
struct store_value {
	enum store_type { STORE_NULL, STORE_INT, STORE_REAL, STORE_TEXT, STORE_BLOB } type;
	union {
		int64_t i;
		double d;
		struct str s;
	};
};

static inline struct store_value store_null(void)
{
	return (struct store_value){.type = STORE_NULL};
}

static inline struct store_value store_int(int64_t i)
{
	return (struct store_value){.type = STORE_INT, .i = i};
}

static inline struct store_value store_real(double d)
{
	return (struct store_value){.type = STORE_REAL, .d = d};
}

static inline struct store_value store_text(struct str s)
{
	return (struct store_value){.type = STORE_TEXT, .s = s};
}

static inline struct store_value store_blob(const void *p, size_t n)
{
	return (struct store_value){.type = STORE_BLOB, .s = str_from(p, n)};
}

struct store_args {
	const struct store_value *v;
	size_t n;
};
/* ARGS(store_int(3), store_text(name)) binds ?1 and ?2; ARGS() nothing. */
#define ARGS(...)                                                                                  \
	((struct store_args){(const struct store_value[]){__VA_ARGS__},                            \
			     sizeof((const struct store_value[]){__VA_ARGS__}) /                   \
				     sizeof(struct store_value)})

/*
 * Change rows.  The statement is prepared once per literal and kept.  ERR_CONFLICT when a
 * constraint forbids it (the primary key is there), ERR_FULL, ERR_IO, ERR_CORRUPT; the
 * transaction is then still open, and to be rolled back by its owner.  On PostgreSQL statements go
 * many at a time, plain INSERTs by COPY: what is wrong with one may be said by a later
 * one, by a query or by store_commit().
 */
MUST_CHECK bool store_run(struct store_txn *txn, struct sql sql, struct store_args args,
			  struct err *err);
/* Rows that the last store_run() of this transaction changed. */
uint64_t store_changed(const struct store_txn *txn);
/* Rows that every store_run() of this store has changed so far; for two moments to be compared.
 * store_changed() has to hear of each statement, this of all at once. */
uint64_t store_changed_total(const struct store_txn *txn);

void store_done(struct store_query *q);
DEFINE_CLOSEP(struct store_query, store_done)
/*
 * Ask for rows (statements that would write are refused by assert).  Then
 *	while (store_next(q, &ok, err)) ... store_col_int(q, 0) ...
 * and ok says whether all were read.  Ended by store_done(), or AUTO(store_donep).  The statement
 * is kept for the next time.
 */
MUST_CHECK bool store_query(struct store *s, struct sql sql, struct store_args args,
			    struct store_query **ret, struct err *err);
/* *ret_row: is there a (next) row?  ERR_IO, ERR_CORRUPT, ERR_CONFLICT. */
MUST_CHECK bool store_step(struct store_query *q, bool *ret_row, struct err *err);
/* Is there a (next) row?  False at the end, and on failure, of which *ret_ok tells. */
MUST_CHECK bool store_next(struct store_query *q, bool *ret_ok, struct err *err);
/* Columns of the row stepped to, from 0.  Bytes live until the next step or done.  NULL
 * reads as 0 or the empty string. */
int64_t store_col_int(struct store_query *q, int col);
double store_col_real(struct store_query *q, int col);
struct str store_col_str(struct store_query *q, int col); /* text and blobs */
bool store_col_is_null(struct store_query *q, int col);
enum store_type store_col_type(struct store_query *q, int col);

/*
 * What a room worked out from rows may stay with the connection.  tag: an address of the room's
 * own; mark: by which it tells the state of those rows, read from the store.  store_kept() gives
 * back what was kept under that mark, or NULL (then what was kept is dropped); whoever gets NULL
 * works it out and hands it to store_keep(), which owns it from then on.
 */
void *store_kept(struct store *s, const void *tag, struct str mark);
void store_keep(struct store *s, const void *tag, void *thing, void (*drop)(void *thing));

/* Empty all tables of these kinds (bits of store_kind, never STORE_JOURNAL). */
MUST_CHECK bool store_clear(struct store_txn *txn, unsigned kinds, struct err *err);

/*
 * Wait until another connection has committed since this was last asked (first: since the store was
 * opened), or for timeout_ms; 0 only looks.  Own commits don't count.  Not within a transaction or
 * a snapshot.  On SQLite it looks every 50 ms; on PostgreSQL at a commit's NOTIFY and every 500.
 */
MUST_CHECK bool store_wait(struct store *s, int timeout_ms, bool *ret_changed, struct err *err);

/*
 * Copy every row of all tables of these kinds, as it is, from a store within a snapshot to one that
 * has none of them; both were opened with the same tables, of whatever kind of database they are.
 */
struct store_copy {
	unsigned kinds;
	void (*progress)(void *ctx, const char *table, uint64_t rows); /* now and then; or NULL */
	void *ctx;
};
MUST_CHECK bool store_copy(struct store *from, struct store_txn *to, const struct store_copy *how,
			   uint64_t *ret_rows, struct err *err);

/*
 * A lease: work that one process does at a time, others standing by.  A row of store_lease says who
 * holds it, until when, and the term, which grows each time it is taken.  Until when goes by one
 * clock: on SQLite, where all are on one machine, the lease's (the machine's own, never an
 * exercise's); on PostgreSQL, where machines' clocks differ, the database's.  A clock that jumps
 * lets a lease pass early or late; store_fence(), not a clock, prevents that two work at once.
 */
enum { STORE_LEASE_MAX_MS = 60000 };
struct clock;
struct store_lease {
	const char *name;  /* of the work */
	struct str holder; /* who, for people, and unlike any other process */
	int64_t length_ms; /* how long it lasts unrenewed; at most STORE_LEASE_MAX_MS */
	const struct clock *clock;
	int64_t term, left_ms; /* by store_lease_take() */
};
/* The table; for the list that store_open() gets, where leases are used. */
extern const struct store_table store_tables[];
/* Take it when nobody holds it: *ret_held.  Writes only then, in a transaction of its own. */
MUST_CHECK bool store_lease_take(struct store *s, struct store_lease *l, bool *ret_held,
				 struct err *err);
/* *ret_held false: it has passed to another. */
MUST_CHECK bool store_lease_renew(struct store *s, const struct store_lease *l, bool *ret_held,
				  struct err *err);
/* Give it back, if it is held still. */
MUST_CHECK bool store_lease_drop(struct store *s, struct store_lease *l, struct err *err);
/* Who holds it now is appended to *ret; nothing when nobody does. */
MUST_CHECK bool store_lease_holder(struct store *s, const struct store_lease *l, struct text *ret,
				   struct err *err);
/*
 * From now on (NULL: no longer) a transaction of this connection commits only if l, borrowed, is
 * held still, which is asked and prolonged within it; else it is rolled back: ERR_CONFLICT.  The
 * lease's own functions are not for a connection with a fence.
 */
void store_fence(struct store *s, const struct store_lease *l);

struct store_dump {
	unsigned kinds;		   /* bits of store_kind */
	const char *const *tables; /* only these, ended by NULL; NULL is all */
	bool (*line)(void *ctx, struct str line, struct err *err); /* line has no LF */
	void *ctx;
};
/*
 * Every row as one line: "TABLE\tCOLUMN=VALUE\t...", tables in order of name, the key's
 * columns first, then the others as declared, rows in order of the primary key, bytewise.
 * NULL is null, integers decimal, reals %.17g, text in double quotes with \\ \" \n \r \t
 * \xHH, blobs x'hex'.  Equal rows give equal bytes, whatever the order they were written in.
 */
MUST_CHECK bool store_dump(struct store *s, const struct store_dump *what, struct err *err);

#endif
