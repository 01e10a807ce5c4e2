#ifndef STORE_INNER_H
#define STORE_INNER_H

/* What the files of this room share.  Never leaves the folder. */

#include <sqlite3.h>

#include "base/fault.h"
#include "base/mem.h"
#include "base/table.h"
#include "store/store.h"

/* The layout of store_meta and store_table; a higher one is a newer Lynchpin's. */
enum { STORE_FORMAT = 1 };
/* "LPIN" in the file's header tells a store from somebody else's database. */
enum { STORE_APPLICATION_ID = 0x4c50494e };

struct store_query {
	struct store *s;
	sqlite3_stmt *stmt;
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
	uint64_t changed;
	VEC_OF(struct undo) undo;
};

/* Equal stamps: no row has changed between them. */
struct rows_stamp {
	int64_t version; /* of the file, as other connections commit */
	int64_t changes; /* rows that this connection changed */
};

struct kept {
	const void *tag;
	struct rows_stamp stamp; /* of before it was worked out */
	bool asked;		 /* stamp is known */
	void *thing;		 /* NULL: none */
	void (*drop)(void *thing);
};

struct store {
	sqlite3 *db;
	char *path;
	enum store_mode mode;
	bool snapshot;
	const struct store_table *const *tables;
	int64_t seen_version; /* by store_wait() */
	struct store_txn txn;
	struct map *by_literal; /* address of a SQL literal -> place in queries */
	VEC_OF(struct store_query *) queries;
	VEC_OF(struct kept) kept;
};
void kept_release(struct store *s);
/* What store_wait() compares with from now on. */
MUST_CHECK bool store_first_look(struct store *s);

/* A handle that has no database yet. */
MUST_CHECK struct store *store_new(const struct store_config *config);

/* Turn SQLite's answer into ours; what: who was doing it, or NULL.  Returns false. */
bool store_fail(const struct store *s, int rc, struct err *err);

/* Run SQL that is made here, not by a caller; rows are thrown away. */
MUST_CHECK bool store_exec(struct store *s, const char *sql, struct err *err);

/* Prepare text that does not outlive the call and is not kept; finalised by store_done_once(). */
MUST_CHECK bool store_query_once(struct store *s, const char *sql, struct store_query **ret,
				 struct err *err);
void store_done_once(struct store_query *q);
DEFINE_CLOSEP(struct store_query, store_done_once)

/* Make, or compare, the catalogue and the tables of s->tables. */
MUST_CHECK bool store_catalogue_absent(struct store *s, struct err *err);
MUST_CHECK bool store_catalogue_create(struct store *s, struct err *err);
MUST_CHECK bool store_catalogue_check(struct store *s, struct err *err);

#endif
