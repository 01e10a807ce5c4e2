#ifndef INTEL_WORLD_H
#define INTEL_WORLD_H

/* A store with a journal, into which feeds are imported as acts does it. */

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "intel/intel.h"
#include "test_store.h"

struct world {
	char folder[64], path[96], key[112];
	struct site_key *site_key;
	struct store *store;
	struct journal *journal;
	struct text last_body;
};

static inline bool world_open(struct world *w, struct err *err)
{
	static const struct store_table *const tables[] = {journal_tables, intel_tables, NULL};
	const struct store_config config = {
		.path = w->path, .mode = STORE_CREATE, .tables = tables};

	*w = (struct world){.folder = "/tmp/intel-test-XXXXXX"};
	if (!mkdtemp(w->folder))
		return err_set(err, ERR_IO, "no folder");
	snprintf(w->path, sizeof(w->path), "%s/store.db", w->folder);
	snprintf(w->key, sizeof(w->key), "%s/key", w->folder);
	test_store_at(w->path);
	return site_key_create(w->key, &w->site_key, err) && store_open(&config, &w->store, err) &&
	       journal_open(w->store, w->site_key, &w->journal, err);
}

static inline void world_close(struct world *w)
{
	const char *const ends[] = {"", "-wal", "-shm", "-journal"};
	char path[128];

	if (w->journal)
		journal_close(w->journal);
	if (w->store)
		store_close(w->store);
	if (w->site_key)
		site_key_close(w->site_key);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		snprintf(path, sizeof(path), "%s%s", w->path, ends[i]);
		unlink(path);
	}
	unlink(w->key);
	rmdir(w->folder);
	text_free(&w->last_body);
}

struct world_request {
	size_t act; /* in intel_acts */
	struct str body;
	const struct act_bulk *held;
	void *memo;
};

/* One act within txn: check, append, apply. */
static inline bool world_act(struct world *w, struct store_txn *txn, struct world_request q,
			     struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct record what = {.act = str_of(intel_acts[q.act].name),
			      .post = STR("test"),
			      .body = q.body,
			      .stamped_ms = 1750000000000},
		      sealed;
	struct act_ctx ctx = {.store = w->store,
			      .journal = w->journal,
			      .record = &what,
			      .arena = arena,
			      .held = q.held,
			      .held_n = q.held ? 1 : 0,
			      .memo = q.memo};

	if (!json_parse(doc, q.body, 0, &ctx.body, err) || !intel_acts[q.act].check(&ctx, err) ||
	    !journal_append(w->journal, txn, &what, &sealed, err))
		return false;
	ctx.txn = txn;
	ctx.record = &sealed;
	return intel_acts[q.act].apply(&ctx, err);
}

/* A feed from bytes, in a transaction of its own. */
static inline bool world_import(struct world *w, struct str name, struct str bytes,
				int64_t received_ms, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct intel_batch *batch;
	struct act_bulk held;

	if (!intel_read(arena, name, bytes, &batch, err) || !store_begin(w->store, &txn, err) ||
	    !journal_put_bulk(txn, bytes, &held.digest, err))
		return false;
	held.bytes = bytes;
	text_clear(&w->last_body);
	intel_import_body(batch, name, received_ms, &w->last_body);
	return world_act(w, txn, (struct world_request){0, text_str(&w->last_body), &held, batch},
			 err) &&
	       store_commit(&txn, err);
}

/* Files read in parallel, applied in one transaction. */
static inline bool world_import_files(struct world *w, struct intel_job *jobs, size_t n,
				      int64_t received_ms, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	if (!intel_read_each(jobs, n, err) || !store_begin(w->store, &txn, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct act_bulk held = {.bytes = jobs[i].bytes};

		if (!journal_put_bulk(txn, jobs[i].bytes, &held.digest, err))
			return false;
		text_clear(&w->last_body);
		intel_import_body(jobs[i].batch, str_of(jobs[i].path), received_ms, &w->last_body);
		if (!world_act(w, txn,
			       (struct world_request){0, text_str(&w->last_body), &held,
						      jobs[i].batch},
			       err))
			return false;
	}
	return store_commit(&txn, err);
}

#endif
