#include "base/mem.h"
#include "directory/directory.h"
#include "estate/inner.h"
#include "estate/rows.h"
#include "wire/wire.h"

const struct store_table estate_tables[] = {
	{"estate_snapshot", STORE_RECORDED,
	 SQL("CREATE TABLE estate_snapshot (site TEXT NOT NULL, record INTEGER NOT NULL, "
	     "org TEXT NOT NULL, source TEXT NOT NULL, kind INTEGER NOT NULL, format TEXT NOT "
	     "NULL, "
	     "forced TEXT NOT NULL, name TEXT NOT NULL, device TEXT NOT NULL, "
	     "only_device TEXT NOT NULL, taken_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL, "
	     "whole INTEGER NOT NULL, sees INTEGER NOT NULL, digest TEXT NOT NULL, "
	     "size INTEGER NOT NULL, devices INTEGER NOT NULL, software INTEGER NOT NULL, "
	     "updates INTEGER NOT NULL, files INTEGER NOT NULL, lines INTEGER NOT NULL, "
	     "skipped INTEGER NOT NULL, seen_os INTEGER NOT NULL, seen_software INTEGER NOT NULL, "
	     "seen_updates INTEGER NOT NULL, incomplete INTEGER NOT NULL, "
	     "PRIMARY KEY (org, taken_ms, record, site));"),
	 NULL},
	{"estate_mapped", STORE_RECORDED,
	 SQL("CREATE TABLE estate_mapped (org TEXT NOT NULL, site TEXT NOT NULL, "
	     "record INTEGER NOT NULL, map TEXT NOT NULL, PRIMARY KEY (org, site, record));"),
	 NULL},
	{"estate_name", STORE_RECORDED,
	 /* by_hand: 0 for an adopted map, 1 for what a person said; cpes '' takes the latter back
	  */
	 SQL("CREATE TABLE estate_name (key TEXT NOT NULL, by_hand INTEGER NOT NULL, "
	     "cpes TEXT NOT NULL, stamped_ms INTEGER NOT NULL, site TEXT NOT NULL, "
	     "record INTEGER NOT NULL, ordinal INTEGER NOT NULL, PRIMARY KEY (key, by_hand));"),
	 NULL},
	{0},
};

/* ---- estate.import --------------------------------------------------------------- */

struct import {
	struct str org, name, source, format, forced, device, only, digest;
	struct str map;	   /* digest of the mapping of its columns */
	struct str by, of; /* the supplier who sent it, the digest of the file that it is part of */
	enum estate_kind kind;
	int whole;
	unsigned sees;
	int64_t taken_ms, received_ms, size, counts[10];
};

static bool need_stamp(struct json_value body, const char *key, int64_t *ret, struct err *err)
{
	struct str s;

	if (!json_need_str(body, key, &s, err))
		return false;
	return stamp_parse(s, ret) || err_set(err, ERR_INVALID, "\"%s\" is no time", key);
}

static bool need_sees(struct json_value body, unsigned *ret, struct err *err)
{
	struct json_value list, e;

	if (!json_need(body, "sees", JSON_ARRAY, &list, err))
		return false;
	for (struct json_iter it = json_iter(list); json_next(&it, &e);) {
		struct str s;
		int bits;

		if (!json_str(e, &s) || !row_sees_parse(s, &bits))
			return err_set(err, ERR_INVALID, "\"sees\" names no facet we know");
		*ret |= (unsigned)bits;
	}
	return true;
}

static bool need_counts(struct json_value body, int64_t ret[10], struct err *err)
{
	static const char *const keys[10] = {
		"devices", "software", "updates",	"files",	"lines",
		"skipped", "seen_os",  "seen_software", "seen_updates", "incomplete"};
	struct json_value counts;

	if (!json_need(body, "counts", JSON_OBJECT, &counts, err))
		return false;
	for (unsigned i = 0; i < 10; i++)
		if (!json_need_i64(counts, keys[i], &ret[i], err))
			return false;
	return true;
}

/* "bulk" is the inventory's digest, or an array of it and the mapping's. */
static bool need_bulk(struct json_value body, struct import *ret, struct err *err)
{
	struct json_value list, e;
	struct str v[2] = {{0}};
	size_t n = 0;

	if (!json_may_str(body, "map", &ret->map, err))
		return false;
	if (!ret->map.n)
		return json_need_str(body, "bulk", &ret->digest, err);
	if (!json_need(body, "bulk", JSON_ARRAY, &list, err))
		return false;
	for (struct json_iter it = json_iter(list); json_next(&it, &e); n++)
		if (n >= 2 || !json_str(e, &v[n]))
			return err_set(err, ERR_INVALID, "\"bulk\" is no inventory and its map");
	if (n != 2 || !str_eq(v[1], ret->map))
		return err_set(err, ERR_INVALID, "\"bulk\" and \"map\" differ");
	ret->digest = v[0];
	return true;
}

static bool import_read(struct json_value body, struct import *ret, struct err *err)
{
	struct str kind = {0}, scope = {0};
	struct hash digest;
	enum estate_format format;

	if (!json_need_str(body, "org", &ret->org, err) ||
	    !json_need_str(body, "name", &ret->name, err) ||
	    !json_need_str(body, "source", &ret->source, err) ||
	    !json_need_str(body, "kind", &kind, err) ||
	    !json_need_str(body, "scope", &scope, err) ||
	    !json_need_str(body, "format", &ret->format, err) || !need_bulk(body, ret, err) ||
	    !json_may_str(body, "forced", &ret->forced, err) ||
	    !json_may_str(body, "device", &ret->device, err) ||
	    !json_may_str(body, "only", &ret->only, err) ||
	    !json_may_str(body, "by", &ret->by, err) || !json_may_str(body, "of", &ret->of, err) ||
	    !json_need_i64(body, "size", &ret->size, err) ||
	    !need_stamp(body, "taken", &ret->taken_ms, err) ||
	    !need_stamp(body, "received", &ret->received_ms, err) ||
	    !need_sees(body, &ret->sees, err) || !need_counts(body, ret->counts, err))
		return false;
	if (!row_kind_parse(kind, &ret->kind) || !row_scope_parse(scope, &ret->whole))
		return err_set(err, ERR_INVALID, "\"kind\" or \"scope\" is none we know");
	if (!hash_parse(ret->digest, &digest) || (ret->map.n && !hash_parse(ret->map, &digest)) ||
	    !estate_format_by_name(ret->format, &format) ||
	    (ret->forced.n && !estate_format_by_name(ret->forced, &format)))
		return err_set(err, ERR_INVALID, "\"bulk\" or \"format\" is none we know");
	if ((ret->by.n || ret->of.n) && (!ret->by.n || !hash_parse(ret->of, &digest)))
		return err_set(err, ERR_INVALID, "\"by\" goes with \"of\", a digest");
	return true;
}

/* Who sends it as a supplier must have been given that by the organisation, and all of it. */
static bool import_by(const struct directory_view *view, const struct import *in, struct err *err)
{
	struct delegations found;
	bool given = false;

	if (!directory_delegations(view,
				   &(struct delegation_filter){
					   .org = in->org, .to = in->by, .gives = GIVES_EVIDENCE},
				   &found, err))
		return false;
	for (size_t i = 0; i < found.n; i++)
		given |= !found.v[i].services.n && str_eq(found.v[i].to, in->by);
	return given ||
	       err_set(err, ERR_DENIED,
		       "%.*s has not delegated evidence to %.*s; its siro or partner does",
		       STR_FMT(in->org), STR_FMT(in->by)) ||
	       err_hint(err,
			" by: lynchpin --as POST delegate grant %.*s --to %.*s --gives evidence",
			STR_FMT(in->org), STR_FMT(in->by));
}

/* The same bytes for the same organisation, said to be the same: a snapshot more would only repeat
 * the one there is.  ERR_EXISTS. */
static bool import_is_new(struct act_ctx *ctx, const struct import *in, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	char at[STAMP_BYTES];
	bool row;

	if (!store_query(ctx->store,
			 SQL("SELECT record, received_ms FROM estate_snapshot "
			     "LEFT JOIN estate_mapped USING (org, site, record) WHERE org = ?1 AND "
			     "taken_ms = ?2 AND digest = ?3 AND source = ?4 AND kind = ?5 AND "
			     "forced = ?6 AND device = ?7 AND whole = ?8 AND sees = ?9 AND "
			     "coalesce(map, '') = ?10 "
			     "ORDER BY record LIMIT 1"),
			 ARGS(store_text(in->org), store_int(in->taken_ms), store_text(in->digest),
			      store_text(in->source), store_int(in->kind), store_text(in->forced),
			      store_text(in->device), store_int(in->whole), store_int(in->sees),
			      store_text(in->map)),
			 &q, err) ||
	    !store_step(q, &row, err))
		return false;
	return !row || err_set(err, ERR_EXISTS,
			       "the same bytes were imported for %.*s on %.16s (record %jd): "
			       "nothing new",
			       STR_FMT(in->org), stamp_format(store_col_int(q, 1), at).p,
			       (intmax_t)store_col_int(q, 0));
}

static bool import_check(struct act_ctx *ctx, struct err *err)
{
	const struct directory_view view = {ctx->store, ctx->arena, ctx->record->stamped_ms};
	struct import in = {0};
	struct hash digest;
	struct str code = {0}, bytes;

	if (!import_read(ctx->body, &in, err) ||
	    !directory_org_state_for_estate(&view, in.org, &code, err))
		return false;
	if (!str_eq(code, in.org))
		return err_set(err, ERR_INVALID, "the organisation's code is written %.*s",
			       STR_FMT(code));
	if (in.by.n && !import_by(&view, &in, err))
		return false;
	if (in.map.n &&
	    (!hash_parse(in.map, &digest) || !act_bulk_bytes(ctx, &digest, &bytes, err)))
		return false;
	/* The bytes must be at hand, and be those that were read. */
	if (!hash_parse(in.digest, &digest) || !act_bulk_bytes(ctx, &digest, &bytes, err))
		return false;
	if ((uint64_t)in.size != bytes.n)
		return err_set(err, ERR_INVALID, "\"size\" is not that of the inventory");
	return import_is_new(ctx, &in, err);
}

static bool apply_map(struct act_ctx *ctx, const struct import *in, struct err *err)
{
	return !in->map.n ||
	       store_run(ctx->txn,
			 SQL("INSERT INTO estate_mapped (org, site, record, map) VALUES (?1, ?2, "
			     "?3, ?4)"),
			 ARGS(store_text(in->org), store_text(ctx->record->site),
			      store_int((int64_t)ctx->record->number), store_text(in->map)),
			 err);
}

static bool import_apply(struct act_ctx *ctx, struct err *err)
{
	struct import in = {0};

	if (!import_read(ctx->body, &in, err) || !apply_map(ctx, &in, err))
		return false;
	return store_run(
		ctx->txn,
		SQL("INSERT INTO estate_snapshot (site, record, org, source, kind, format, forced, "
		    "name, device, only_device, taken_ms, received_ms, whole, sees, digest, size, "
		    "devices, software, updates, files, lines, skipped, seen_os, seen_software, "
		    "seen_updates, incomplete) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
		    "?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, "
		    "?26)"),
		ARGS(store_text(ctx->record->site), store_int((int64_t)ctx->record->number),
		     store_text(in.org), store_text(in.source), store_int(in.kind),
		     store_text(in.format), store_text(in.forced), store_text(in.name),
		     store_text(in.device), store_text(in.only), store_int(in.taken_ms),
		     store_int(in.received_ms), store_int(in.whole), store_int(in.sees),
		     store_text(in.digest), store_int(in.size), store_int(in.counts[0]),
		     store_int(in.counts[1]), store_int(in.counts[2]), store_int(in.counts[3]),
		     store_int(in.counts[4]), store_int(in.counts[5]), store_int(in.counts[6]),
		     store_int(in.counts[7]), store_int(in.counts[8]), store_int(in.counts[9])),
		err);
}

/* ---- estate.resolve, estate.unresolve, names.adopt
 * --------------------------------------------------- */

/* The latest statement about a key holds, by time, site, number and place in its file: one of the
 * maps adopted, one of what was said by hand.  ordinal BY_HAND says that it is the latter. */
enum { BY_HAND = -1 };

static bool put_name(struct act_ctx *ctx, const struct name_entry *e, int64_t ordinal,
		     struct err *err)
{
	return store_run(
		ctx->txn,
		SQL("INSERT INTO estate_name (key, cpes, stamped_ms, site, record, ordinal, "
		    "by_hand) "
		    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (key, by_hand) DO UPDATE SET "
		    "cpes = excluded.cpes, stamped_ms = excluded.stamped_ms, "
		    "site = excluded.site, record = excluded.record, ordinal = excluded.ordinal "
		    "WHERE (excluded.stamped_ms, excluded.site, excluded.record, excluded.ordinal) "
		    "> (estate_name.stamped_ms, estate_name.site, estate_name.record, "
		    "estate_name.ordinal)"),
		ARGS(store_text(e->key), store_text(e->cpes), store_int(ctx->record->stamped_ms),
		     store_text(ctx->record->site), store_int((int64_t)ctx->record->number),
		     store_int(MAX_OF(ordinal, 0)), store_int(ordinal == BY_HAND)),
		err);
}

static bool resolve_read(struct act_ctx *ctx, struct name_entry *ret, struct err *err)
{
	struct str cpes;

	if (!json_need_str(ctx->body, "key", &ret->key, err) ||
	    !json_need_str(ctx->body, "cpes", &cpes, err))
		return false;
	if (!ret->key.n || str_is(ret->key, "|"))
		return err_set(err, ERR_INVALID, "\"key\" is empty");
	return name_cpes_check(ctx->arena, cpes, &ret->cpes, err);
}

static bool resolve_check(struct act_ctx *ctx, struct err *err)
{
	struct name_entry e = {0};

	return resolve_read(ctx, &e, err);
}

static bool resolve_apply(struct act_ctx *ctx, struct err *err)
{
	struct name_entry e = {0};

	return resolve_read(ctx, &e, err) && put_name(ctx, &e, BY_HAND, err);
}

static bool unresolve_read(struct act_ctx *ctx, struct name_entry *ret, struct err *err)
{
	ret->cpes = (struct str){0};
	return json_need_str(ctx->body, "key", &ret->key, err);
}

static bool unresolve_check(struct act_ctx *ctx, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct name_entry e = {0};
	bool row;

	if (!unresolve_read(ctx, &e, err) ||
	    !store_query(ctx->store,
			 SQL("SELECT 1 FROM estate_name WHERE key = ?1 AND by_hand = 1 AND "
			     "cpes <> ''"),
			 ARGS(store_text(e.key)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	return row || err_set(err, ERR_NOT_FOUND,
			      "nobody has said by hand what \"%.*s\" stands for: nothing to undo",
			      STR_FMT(str_sub(e.key, 0, 200)));
}

static bool unresolve_apply(struct act_ctx *ctx, struct err *err)
{
	struct name_entry e = {0};

	return unresolve_read(ctx, &e, err) && put_name(ctx, &e, BY_HAND, err);
}

static bool adopt_read(struct act_ctx *ctx, struct name_entry **ret, size_t *ret_n, struct err *err)
{
	struct str hex, bytes;
	struct hash digest;

	if (!json_need_str(ctx->body, "bulk", &hex, err))
		return false;
	if (!hash_parse(hex, &digest))
		return err_set(err, ERR_INVALID, "\"bulk\" is no digest");
	return act_bulk_bytes(ctx, &digest, &bytes, err) &&
	       name_map_read(ctx->arena, bytes, ret, ret_n, err);
}

static bool adopt_check(struct act_ctx *ctx, struct err *err)
{
	struct name_entry *v;
	size_t n;

	return adopt_read(ctx, &v, &n, err);
}

static bool adopt_apply(struct act_ctx *ctx, struct err *err)
{
	struct name_entry *v = NULL;
	size_t n = 0;

	if (!adopt_read(ctx, &v, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!put_name(ctx, &v[i], (int64_t)i, err))
			return false;
	return true;
}

const struct act_kind estate_acts[] = {
	{"estate.import", "estate.write", "take in an inventory", import_check, import_apply},
	{"estate.resolve", "names.write", "say what a raw name stands for", resolve_check,
	 resolve_apply},
	{"estate.unresolve", "names.write", "take back what a raw name was said to stand for",
	 unresolve_check, unresolve_apply},
	{"names.adopt", "names.write", "adopt a name map", adopt_check, adopt_apply},
	{0},
};
