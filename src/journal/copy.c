#include "journal/inner.h"

struct copy {
	const struct journal *from;
	struct store_txn *to;
	uint64_t records;
};

static bool copy_parts(struct copy *c, struct store_value key, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(c->from->store,
			 SQL("SELECT part, zstd FROM journal_bulk_part WHERE digest = ?1"),
			 ARGS(key), &q, err))
		return false;
	while (store_step(q, &row, err)) {
		struct str zstd;

		if (!row)
			return true;
		zstd = store_col_str(q, 1);
		if (!store_run(
			    c->to,
			    SQL("INSERT INTO journal_bulk_part(digest, part, zstd) "
				"VALUES (?1, ?2, ?3)"),
			    ARGS(key, store_int(store_col_int(q, 0)), store_blob(zstd.p, zstd.n)),
			    err))
			return false;
	}
	return false;
}

static struct store_value or_null(struct store_query *q, int col, struct store_value v)
{
	return store_col_is_null(q, col) ? store_null() : v;
}

static bool copy_bulk(void *ctx, const struct hash *digest, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct store_value key = store_blob(digest->b, HASH_BYTES);
	struct copy *c = ctx;
	bool row;

	if (!store_query(c->from->store,
			 SQL("SELECT bytes, parts, pruned_site, pruned_number FROM journal_bulk "
			     "WHERE digest = ?1"),
			 ARGS(key), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (!row)
		return true; /* verify names it, here as there */
	if (!store_run(c->to,
		       SQL("INSERT INTO journal_bulk(digest, bytes, parts, pruned_site, "
			   "pruned_number) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING"),
		       ARGS(key, store_int(store_col_int(q, 0)), store_int(store_col_int(q, 1)),
			    or_null(q, 2, store_text(store_col_str(q, 2))),
			    or_null(q, 3, store_int(store_col_int(q, 3)))),
		       err))
		return false;
	return !store_changed(c->to) || copy_parts(c, key, err);
}

static bool copy_record(struct copy *c, struct store_query *q, struct err *err)
{
	struct str site = store_col_str(q, 0), hash = store_col_str(q, 3);
	struct str seal = store_col_str(q, 4), text = store_col_str(q, 5);
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct parsed_record p;

	if (!store_run(c->to,
		       SQL("INSERT INTO journal_record(site, number, stamped_ms, hash, seal, "
			   "text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
		       ARGS(store_text(site), store_int(store_col_int(q, 1)),
			    store_int(store_col_int(q, 2)), store_blob(hash.p, hash.n),
			    store_blob(seal.p, seal.n), store_text(text)),
		       err))
		return false;
	c->records++;
	return record_parse_with(c->from->doc, text, arena, &p, err) &&
	       body_digests(p.body, "bulk", copy_bulk, c, err);
}

static bool copy_sites(struct copy *c, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(c->from->store, SQL("SELECT site, public_key, own FROM journal_site"),
			 ARGS(), &q, err))
		return false;
	while (store_step(q, &row, err)) {
		struct str key;

		if (!row)
			return true;
		key = store_col_str(q, 1);
		if (!store_run(c->to,
			       SQL("INSERT INTO journal_site(site, public_key, own) "
				   "VALUES (?1, ?2, ?3)"),
			       ARGS(store_text(store_col_str(q, 0)), store_blob(key.p, key.n),
				    store_int(store_col_int(q, 2))),
			       err))
			return false;
	}
	return false;
}

bool journal_copy(const struct journal *from, int64_t until_ms, struct store_txn *to, uint64_t *ret,
		  struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct copy c = {.from = from, .to = to};
	bool row;

	assert(from->store != store_of(to));
	if (!copy_sites(&c, err) ||
	    !store_query(from->store,
			 SQL("SELECT " RECORD_COLUMNS " FROM journal_record WHERE stamped_ms <= ?1 "
			     "ORDER BY site, number"),
			 ARGS(store_int(until_ms)), &q, err))
		return false;
	while (store_step(q, &row, err)) {
		if (!row) {
			*ret = c.records;
			return true;
		}
		if (!copy_record(&c, q, err))
			return false;
	}
	return false;
}
