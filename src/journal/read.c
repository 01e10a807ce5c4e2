#include "journal/inner.h"

void journal_close(struct journal *j)
{
	json_close(j->doc);
	free(j);
}

struct store *journal_store(const struct journal *j)
{
	return j->store;
}

/* Whose chain is the store's own?  *ret_own false: nobody's yet. */
static bool read_own(struct store *s, struct public_key *ret, bool *ret_own, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct str key;

	if (!store_query(s, SQL("SELECT public_key FROM journal_site WHERE own <> 0"), ARGS(), &q,
			 err) ||
	    !store_step(q, ret_own, err))
		return false;
	if (!*ret_own)
		return true;
	key = store_col_str(q, 0);
	if (key.n != PUBLIC_KEY_BYTES)
		return err_set(err, ERR_CORRUPT, "%s: the site's public key is damaged",
			       store_path(s));
	memcpy(ret->b, key.p, PUBLIC_KEY_BYTES);
	return true;
}

bool journal_open(struct store *store, const struct site_key *key, struct journal **ret,
		  struct err *err)
{
	struct public_key own;
	struct journal *j;
	bool begun;

	if (!read_own(store, &own, &begun, err))
		return false;
	if (key && begun && memcmp(own.b, site_key_public(key)->b, PUBLIC_KEY_BYTES) != 0)
		return err_set(err, ERR_DENIED,
			       "%s: its journal is site %s's, the key is site %s's; put the "
			       "site's own key back",
			       store_path(store), site_id_of(&own).c, site_key_id(key).c);
	if (key)
		own = *site_key_public(key);
	j = mem_zero(1, sizeof(*j));
	j->store = store;
	j->key = key;
	j->doc = json_open();
	if (key || begun) {
		j->site = site_id_of(&own);
		j->root = root_of(&own);
	}
	*ret = j;
	return true;
}

bool record_of_row(const struct journal *j, struct store_query *q, struct arena *arena,
		   struct record *ret, struct err *err)
{
	unsigned long long number = (unsigned long long)store_col_int(q, 1);
	struct str hash = store_col_str(q, 3), seal = store_col_str(q, 4);
	struct parsed_record p;
	struct record r;

	if (!record_parse_with(j->doc, store_col_str(q, 5), arena, &p, err)) {
		err->code = ERR_CORRUPT;
		return err_wrap(err, "record %llu", number);
	}
	r = p.r;
	if (!str_eq(hash_str(&r.hash), hash) || seal.n != SEAL_BYTES || r.number != number ||
	    !str_eq(r.site, store_col_str(q, 0)) || r.stamped_ms != store_col_int(q, 2))
		return err_set(err, ERR_CORRUPT, "record %llu is not what was sealed", number) ||
		       err_hint(err, "; lynchpin journal verify says more");
	memcpy(r.seal.b, seal.p, SEAL_BYTES);
	*ret = r;
	return true;
}

bool journal_find_by_hash(const struct journal *j, const struct hash *hash, struct arena *arena,
			  struct record *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	char hex[HASH_HEX_BYTES];
	bool row;

	if (!store_query(j->store,
			 SQL("SELECT " RECORD_COLUMNS " FROM journal_record WHERE hash = ?1"),
			 ARGS(store_blob(hash->b, HASH_BYTES)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (!row)
		return err_set(err, ERR_NOT_FOUND, "no record has the hash %s",
			       hash_hex(hash, hex).p);
	return record_of_row(j, q, arena, ret, err);
}

bool journal_find(const struct journal *j, uint64_t number, struct arena *arena, struct record *ret,
		  struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row = false;

	if (number <= INT64_MAX &&
	    (!store_query(j->store,
			  SQL("SELECT " RECORD_COLUMNS " FROM journal_record "
			      "WHERE site = ?1 AND number = ?2"),
			  ARGS(store_text(str_of(j->site.c)), store_int((int64_t)number)), &q,
			  err) ||
	     !store_step(q, &row, err)))
		return false;
	if (!row)
		return err_set(err, ERR_NOT_FOUND, "no record %llu", (unsigned long long)number);
	return record_of_row(j, q, arena, ret, err);
}

bool records_visit(const struct journal *j, struct store_query *q, journal_visit_fn *fn, void *ctx,
		   struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	bool row;

	while (store_step(q, &row, err)) {
		struct record r;

		if (!row)
			return true;
		arena_clear(arena);
		if (!record_of_row(j, q, arena, &r, err) || !fn(ctx, &r, err))
			return false;
	}
	return false;
}

bool journal_each(const struct journal *j, struct journal_range range, journal_visit_fn *fn,
		  void *ctx, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	/* Time never runs backwards in a chain: nothing wanted is before the first that is. */
	return store_query(j->store,
			   SQL("SELECT " RECORD_COLUMNS " FROM journal_record "
			       "WHERE stamped_ms <= ?1 AND number >= ?2 AND stamped_ms >= "
			       "(SELECT MIN((SELECT r.stamped_ms FROM journal_record AS r "
			       "WHERE r.site = s.site AND r.number >= ?2 "
			       "ORDER BY r.number LIMIT 1)) FROM journal_site AS s) "
			       "ORDER BY stamped_ms, site, number"),
			   ARGS(store_int(range.until_ms),
				store_int((int64_t)MIN_OF(range.from, (uint64_t)INT64_MAX))),
			   &q, err) &&
	       records_visit(j, q, fn, ctx, err);
}
