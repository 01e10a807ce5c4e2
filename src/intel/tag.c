#include "intel/intel.h"

/* What servers said of the copies we have: this machine's own, never journaled. */

bool intel_tag_get(struct store *store, struct arena *arena, struct str url, struct intel_tag *ret,
		   struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(store, SQL("SELECT etag, modified FROM intel_tag WHERE url = ?1"),
			 ARGS(store_text(url)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	*ret = (struct intel_tag){0};
	if (row) {
		ret->etag = arena_str(arena, store_col_str(q, 0));
		ret->modified = arena_str(arena, store_col_str(q, 1));
	}
	return true;
}

bool intel_tag_put(struct store_txn *txn, struct str url, const struct intel_tag *tag,
		   struct err *err)
{
	return store_run(txn,
			 SQL("INSERT INTO intel_tag (url, etag, modified) VALUES (?1, ?2, ?3)"
			     " ON CONFLICT (url) DO UPDATE SET etag = excluded.etag,"
			     " modified = excluded.modified"),
			 ARGS(store_text(url), store_text(tag->etag), store_text(tag->modified)),
			 err);
}
