#ifndef STORE_INNER_H
#define STORE_INNER_H

/* What the files of this room share.  Never leaves the folder. */

#include "base/fault.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "store/store.h"

/* The layout of store_meta and store_table; a higher one is a newer Lynchpin's. */
enum { STORE_FORMAT = 1 };
/* "LPIN": tells a store from somebody else's database. */
enum { STORE_APPLICATION_ID = 0x4c50494e };
enum { BUSY_MS_DEFAULT = 5000 };

struct store_query {
	struct store *s;
	void *stmt;		  /* the driver's */
	struct store_query *next; /* of the same literal: for queries within queries */
	bool busy;
};

struct undo {
	void (*fn)(void *ctx);
	void *ctx;
};

struct store_txn {
	struct store *s;
	bool open;
	VEC_OF(struct undo) undo;
	bool part;	  /* between store_part() and its end */
	size_t part_undo; /* undo.n then */
};
/* Undo what was registered from place `from` on, latest first. */
void store_undo_from(struct store_txn *txn, size_t from);
/* Is the fence's lease ours still, if there is a fence?  Prolongs it. */
MUST_CHECK bool store_fence_holds(struct store_txn *txn, struct err *err);
/* The time that leases go by. */
MUST_CHECK bool store_clock_ms(struct store *s, const struct clock *clock, int64_t *ret,
			       struct err *err);

struct kept {
	const void *tag;
	struct text mark; /* asked for last */
	void *thing;	  /* NULL: none */
	void (*drop)(void *thing);
};

struct held;
struct store {
	const struct store_driver *driver;
	void *db;	   /* the driver's */
	char *path;	   /* as messages call it: no password */
	char *place;	   /* beside which this machine's own files lie */
	struct held *held; /* of SQLite's driver */
	enum store_mode mode;
	bool snapshot;
	const struct store_table *const *tables;
	int64_t seen_version; /* by store_wait() */
	const struct store_lease *fence;
	struct store_txn txn;
	struct map *by_literal; /* address of a SQL literal -> place in queries */
	VEC_OF(struct store_query *) queries;
	VEC_OF(struct kept) kept;
};

/*
 * What SQLite and PostgreSQL do each in its own way.  The rest of the room speaks to either through
 * this table.
 */
struct store_driver {
	/* Fills s->db.  made: the place for a new store was made here. */
	bool (*open)(struct store *s, const struct store_config *config, bool *ret_made,
		     struct err *err);
	void (*close)(struct store *s);

	/* The catalogue: ERR_EXISTS when there are tables; what is run before the first
	 * table, within a transaction; ERR_CORRUPT when it is no store of ours. */
	bool (*absent)(struct store *s, struct err *err);
	bool (*found)(struct store *s, struct err *err);
	bool (*recognise)(struct store *s, struct err *err);
	bool (*make)(struct store *s, const char *create, struct err *err);
	struct sql columns; /* of table ?1: name, place in the primary key or 0; the key's first */
	const char *bytewise;	  /* after a column to order by */
	const char *before_clear; /* run before all rows go, or NULL */

	bool (*exec)(struct store *s, const char *sql, struct err *err);
	bool (*prepare)(struct store_query *q, const char *sql, bool keep, struct err *err);
	void (*finalise)(struct store_query *q);
	bool (*reads)(const struct store_query *q);
	/* Bytes stay where they are until reset. */
	bool (*bind)(struct store_query *q, struct store_args args, struct err *err);
	bool (*step)(struct store_query *q, bool *ret_row, struct err *err);
	void (*reset)(struct store_query *q);
	bool (*run)(struct store_query *q, struct store_args args, struct err *err);
	uint64_t (*changed)(struct store *s);	    /* rows, by the last run */
	uint64_t (*changed_total)(struct store *s); /* by all */

	int (*width)(struct store_query *q);
	const char *(*name)(struct store_query *q, int col);
	enum store_type (*type)(struct store_query *q, int col);
	int64_t (*get_int)(struct store_query *q, int col);
	double (*get_real)(struct store_query *q, int col);
	struct str (*get_str)(struct store_query *q, int col);

	bool (*begin)(struct store *s, bool first, struct err *err); /* first: nothing is there */
	bool (*commit)(struct store *s, struct err *err); /* on false it was rolled back */
	void (*rollback)(struct store *s);
	void (*forget)(struct store *s); /* what failed within a part about to be undone; or NULL */
	bool (*snapshot)(struct store *s, struct err *err);
	void (*snapshot_end)(struct store *s);
	bool (*version)(struct store *s, int64_t *ret, struct err *err);
	/* Sleep up to ms, or less when something may have been committed. */
	void (*doze)(struct store *s, int ms);
};
extern const struct store_driver store_lite, store_pg;

/* Where config->path leads, and what is beside it. */
struct place {
	const struct store_driver *driver;
	struct text url;  /* of PostgreSQL */
	struct text said; /* the path, or the URL without its password */
	struct text path; /* beside which this machine's own files lie */
};
void place_free(struct place *p);
MUST_CHECK bool place_find(const char *path, struct place *ret, struct err *err);
/* The URL without passwords, whatever is wrong with it otherwise. */
void url_mask(const char *url, struct text *out);
/* A name for files: of the URL's host, port, database and schema.  ERR_USAGE: not a URL. */
MUST_CHECK bool url_name(const char *url, struct text *out, struct err *err);
void lite_remove(const char *path);
void pg_remove(const char *url);
MUST_CHECK bool pg_there(const char *url, const char *said, bool *ret, struct err *err);

/* A handle that has no database yet. */
MUST_CHECK struct store *store_new(const struct place *place, const struct store_config *config);
void kept_release(struct store *s);

/* Take the write lock; first: of a store in which nothing is yet. */
MUST_CHECK bool store_begin_at(struct store *s, bool first, struct store_txn **ret,
			       struct err *err);

/* Torture: is this step to fail?  Then *err says so. */
bool store_refused(const struct store *s, struct err *err);
/* Run SQL that is made here, not by a caller; rows are thrown away. */
MUST_CHECK bool store_exec(struct store *s, const char *sql, struct err *err);

/* Prepare text that does not outlive the call and is not kept; finalised by store_done_once(). */
MUST_CHECK bool store_query_once(struct store *s, const char *sql, struct store_query **ret,
				 struct err *err);
/* The same, not bound yet. */
MUST_CHECK bool store_prepare_once(struct store *s, const char *sql, struct store_query **ret,
				   struct err *err);
void store_done_once(struct store_query *q);
DEFINE_CLOSEP(struct store_query, store_done_once)
/* The first column of the first row, or 0. */
MUST_CHECK bool store_one_int(struct store *s, const char *sql, int64_t *ret, struct err *err);

/* Make, or compare, the catalogue and the tables of s->tables. */
MUST_CHECK bool store_catalogue_create(struct store *s, struct err *err);
MUST_CHECK bool store_catalogue_check(struct store *s, struct err *err);
/* Empty a table, and give it this version's shape. */
MUST_CHECK bool store_catalogue_empty(struct store_txn *txn, const struct store_table *t,
				      struct err *err);

#endif
