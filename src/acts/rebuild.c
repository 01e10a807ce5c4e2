#include "acts/acts.h"

#include "acts/kinds.h"

/*
 * Law 1 of the design: recorded and derived tables are functions of the journal.
 * Replaying runs each act's apply and nothing else: no check, no authority, as
 * both were settled when the record was sealed.
 */

struct replay {
	const struct journal *from;
	struct store_txn *txn;
	struct arena *arena;
	struct json_doc *doc;
	struct acts_rebuilt done;
};

static const struct act_kind *kind_of(const struct record *record)
{
	for (size_t i = 0; acts_kinds[i]; i++)
		for (const struct act_kind *k = acts_kinds[i]; k->name; k++)
			if (str_is(record->act, k->name))
				return k;
	return NULL;
}

static bool replay_one(void *arg, const struct record *record, struct err *err)
{
	struct replay *r = arg;
	const struct act_kind *kind = kind_of(record);
	struct act_ctx ctx = {.store = store_of(r->txn),
			      .txn = r->txn,
			      .journal = r->from,
			      .record = record,
			      .arena = r->arena,
			      .replay = true};

	r->done.records++;
	if (!kind)
		return err_set(err, ERR_VERSION, "record %ju: this Lynchpin knows no act \"%.*s\"",
			       (uintmax_t)record->number, STR_FMT(record->act));
	arena_clear(r->arena);
	if (!json_parse(r->doc, record->body, 0, &ctx.body, err) || !kind->apply(&ctx, err))
		return err_wrap(err, "record %ju (%s)", (uintmax_t)record->number, kind->name);
	r->done.applied++;
	return true;
}

static bool replay_all(const struct journal *from, struct store_txn *txn, struct acts_rebuilt *ret,
		       struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct replay r = {.from = from, .txn = txn, .arena = arena, .doc = doc};

	if (!journal_each(from, (struct journal_range){1, INT64_MAX}, replay_one, &r, err))
		return false;
	*ret = r.done;
	return true;
}

bool acts_rebuild(struct acts *a, struct acts_rebuilt *ret, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct acts_rebuilt done;

	if (!store_begin(acts_store(a), &txn, err) ||
	    !store_clear(txn, STORE_RECORDED | STORE_DERIVED, err) ||
	    !replay_all(acts_journal(a), txn, &done, err) || !store_commit(&txn, err))
		return false;
	*ret = done;
	return true;
}

static bool rebuild_into(struct acts *a, int64_t until_ms, struct store *to,
			 struct acts_rebuilt *ret, struct err *err)
{
	AUTO(journal_closep) struct journal *copy = NULL;
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	uint64_t copied;

	if (!store_begin(to, &txn, err) ||
	    !journal_copy(acts_journal(a), until_ms, txn, &copied, err) ||
	    !store_commit(&txn, err) || !journal_open(to, NULL, &copy, err) ||
	    !store_begin(to, &txn, err) || !replay_all(copy, txn, ret, err))
		return false;
	return store_commit(&txn, err);
}

bool acts_rebuild_until(struct acts *a, int64_t until_ms, const char *path,
			struct acts_rebuilt *ret, struct err *err)
{
	struct store_config config = {.path = path, .mode = STORE_CREATE, .tables = acts_tables};
	AUTO(store_closep) struct store *to = NULL;

	if (!store_open(&config, &to, err))
		return false;
	if (rebuild_into(a, until_ms, to, ret, err))
		return true;
	store_close(to);
	to = NULL;
	store_remove(path);
	return false;
}
