#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

/*
 * A store with a key and a journal in a folder of its own, in which acts are done as the room acts
 * does them: rights where the plan asks for them, check, seal, apply, commit.  What the worlds of
 * the rooms' own tests (alerts_world.h, directory_world.h, estate_world.h) stand on.  Whatever
 * can't be made fails the test.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "journal/journal.h"

struct world;

struct world_plan {
	const struct store_table *const *tables; /* the rooms' lists, ended by NULL */
	const struct act_kind *const *kinds;	 /* the same */
	int64_t now_ms;
	/* May the record's post do this?  NULL: any post may anything. */
	bool (*may)(const struct world *w, const struct act_kind *kind, const struct act_ctx *ctx,
		    struct err *err);
};

struct world {
	const struct world_plan *plan;
	char folder[64], path[96];
	struct store *store;
	struct site_key *key;
	struct journal *journal;
	struct arena *arena;
	struct estate *estate; /* opened and closed by the estate's world alone */
	const char *post;      /* who acts when nobody is named; NULL: national-lead */
	const char *user;      /* who sits at the machine; NULL: nobody knows */
	int64_t now_ms;
	uint64_t number; /* of the last record */
};

/* *state becomes a struct world *, for cmocka. */
struct world *world_make(const struct world_plan *plan, void **state);
void world_unmake(struct world *w);
/* A further store of the same tables, not there yet. */
struct store *world_store(const struct world_plan *plan, const char *path);
/* Remove what is in a folder, and in the folders within. */
void world_empty(const char *path);

struct world_deed {
	const char *act;
	const char *post;	     /* NULL: the world's */
	struct str body;	     /* canonical */
	const struct act_bulk *held; /* so many; 0 counts as 1 */
	size_t held_n;
};
/* In a transaction of its own; false with err when rights, check or apply say no. */
MUST_CHECK bool world_perform(struct world *w, const struct world_deed *deed, struct err *err);
/* What a body written by hand is to journal_append(). */
void world_canonical(const char *json, struct text *to);

/* All recorded rows as text; only: these tables, ended by NULL, or NULL for all. */
void world_dump(struct store *s, const char *const *only, struct text *to);
/* Apply a record again, within txn. */
MUST_CHECK bool world_again(const struct world *w, struct store_txn *txn,
			    const struct record *record, struct err *err);

#endif
