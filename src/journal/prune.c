#include "journal/inner.h"

static bool is_known(void *vctx, const struct hash *digest, struct err *err)
{
	struct act_ctx *ctx = vctx;
	enum journal_bulk_state state;
	char hex[HASH_HEX_BYTES];
	uint64_t bytes;

	if (!journal_bulk_look(ctx->journal, digest, &state, &bytes, err))
		return false;
	if (state == BULK_ABSENT)
		return err_set(err, ERR_NOT_FOUND, "bulk %s is not in the store",
			       hash_hex(digest, hex).p);
	return true;
}

static bool check_prune(struct act_ctx *ctx, struct err *err)
{
	struct json_value list;
	struct str reason;

	if (!json_need(ctx->body, "bulk_pruned", JSON_ARRAY, &list, err) ||
	    !json_need_str(ctx->body, "reason", &reason, err))
		return false;
	if (!json_count(list) || !str_trim(reason).n)
		return err_set(err, ERR_INVALID, "pruning names at least one bulk, and a reason");
	return body_digests(ctx->body, "bulk_pruned", is_known, ctx, err);
}

/* The row stays, so that a reader of the digest learns which record took the bytes out. */
static bool prune_one(void *vctx, const struct hash *digest, struct err *err)
{
	struct act_ctx *ctx = vctx;
	struct store_value key = store_blob(digest->b, HASH_BYTES);

	return store_run(ctx->txn, SQL("DELETE FROM journal_bulk_part WHERE digest = ?1"),
			 ARGS(key), err) &&
	       store_run(ctx->txn,
			 SQL("UPDATE journal_bulk SET parts = 0, pruned_site = ?2, "
			     "pruned_number = ?3 WHERE digest = ?1"),
			 ARGS(key, store_text(ctx->record->site),
			      store_int((int64_t)ctx->record->number)),
			 err);
}

/*
 * Bulk is the journal's own and never rebuilt: taking it out again in a replay would take out
 * what a later record put back.
 */
static bool apply_prune(struct act_ctx *ctx, struct err *err)
{
	return ctx->replay || body_digests(ctx->body, "bulk_pruned", prune_one, ctx, err);
}

const struct act_kind journal_acts[] = {
	{.name = "journal.prune",
	 .right = "journal.write",
	 .about = "take the bytes of old feeds or inventories out of the store",
	 .check = check_prune,
	 .apply = apply_prune},
	{.name = NULL},
};
