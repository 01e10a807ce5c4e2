#include "directory/inner.h"

#include "base/clock.h"
#include "wire/wire.h"

/* A file becomes the body of an act; the act, here or on a replay, reads the file again. */

const char *const import_counts[7] = {"accepted", "skipped",   "refused", "added",
				      "changed",  "unchanged", "closed"};

static void counts_of(const struct directory_report *r, uint64_t out[7])
{
	const uint64_t v[7] = {r->accepted, r->skipped,	  r->refused, r->added,
			       r->changed,  r->unchanged, r->closed};

	memcpy(out, v, sizeof(v));
}

/* "epraccur_20250326.csv.gz" was taken on 2025-03-26: eight digits that are a date. */
static bool date_in_name(struct arena *arena, struct str name, int64_t *ret)
{
	struct str day;

	for (size_t i = 0; i + 8 <= name.n; i++) {
		bool alone = (i == 0 || !char_is_digit(name.p[i - 1])) &&
			     (i + 8 == name.n || !char_is_digit(name.p[i + 8]));
		struct str eight = str_sub(name, i, 8);
		uint64_t n;

		if (alone && str_to_u64(eight, &n) && n >= 19000101 &&
		    day_parse(arena, eight, &day))
			return *ret = day_to_ms(day), true;
	}
	return false;
}

/* The time taken of an earlier import of the same bytes in the same format. */
static bool look_before(const struct directory_view *view, struct str digest,
			struct directory_report *report, int64_t *ret_taken_ms, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	if (!store_query(view->store,
			 SQL("SELECT taken FROM directory_import WHERE digest = ?1 AND format = ?2"
			     " ORDER BY taken DESC LIMIT 1"),
			 ARGS(store_text(digest), store_text(str_of(report->format))), &q, err) ||
	    !store_step(q, &report->seen_before, err))
		return false;
	if (report->seen_before)
		*ret_taken_ms = store_col_int(q, 0);
	return true;
}

static bool settle_taken(const struct directory_view *view, const struct directory_import *import,
			 struct str digest, struct directory_report *report, struct err *err)
{
	int64_t earlier = 0, named = 0;

	if (!look_before(view, digest, report, &earlier, err))
		return false;
	if (import->taken_ms != DIRECTORY_NO_DATE)
		report->taken_ms = import->taken_ms;
	else if (report->taken_ms != DIRECTORY_NO_DATE)
		return true;
	else if (report->seen_before)
		report->taken_ms = earlier;
	else if (date_in_name(view->arena, import->file, &named))
		report->taken_ms = named;
	else
		report->taken_ms = import->received_ms;
	return true;
}

static void key_str(struct json_out *o, const char *key, struct str value)
{
	if (!value.n)
		return;
	json_out_key(o, key);
	json_out_str(o, value);
}

static bool write_body(const struct directory_import *import, const struct directory_report *report,
		       struct str digest, struct text *body, struct err *err)
{
	struct json_out *o = json_out_open(body);
	char taken[STAMP_BYTES], received[STAMP_BYTES];
	uint64_t counts[7];

	counts_of(report, counts);
	json_out_object(o);
	key_str(o, "bulk", digest);
	json_out_key(o, "bytes");
	json_out_i64(o, (int64_t)import->bytes.n);
	json_out_key(o, "counts");
	json_out_object(o);
	for (size_t i = 0; i < ARRAY_LEN(import_counts); i++) {
		json_out_key(o, import_counts[i]);
		json_out_i64(o, (int64_t)counts[i]);
	}
	json_out_end(o);
	key_str(o, "file", import->file);
	key_str(o, "format", str_of(report->format));
	key_str(o, "source", import->source.n ? import->source : str_of(report->source));
	key_str(o, "taken", stamp_format(report->taken_ms, taken));
	key_str(o, "received", stamp_format(import->received_ms, received));
	json_out_end(o);
	return json_out_close(o, err);
}

bool directory_import_body(const struct directory_view *view, const struct directory_import *import,
			   struct directory_report *report, struct text *body, struct err *err)
{
	struct directory_batch *batch = NULL;
	struct directory_report found = {0};
	struct merge m = {.store = view->store};
	struct hash digest = hash_of(import->bytes);
	char hex[HASH_HEX_BYTES];

	if (import->source.n && !value_valid(import->source))
		return err_set(err, ERR_INVALID, "the source's name is too long or not text");
	if (!directory_read(import, view->arena, &found, &batch, err) ||
	    !settle_taken(view, import, hash_hex(&digest, hex), &found, err))
		return false;
	m.stamp.source = import->source.n ? import->source : str_of(found.source);
	m.stamp.taken_ms = found.taken_ms;
	if (!merge_batch(&m, batch, err))
		return false;
	found.added = m.tally.added, found.changed = m.tally.changed;
	found.unchanged = m.tally.unchanged, found.closed = m.tally.closed;
	found.lowered = m.tally.lowered;
	if (!write_body(import, &found, str_from(hex, HASH_HEX_BYTES - 1), body, err))
		return false;
	*report = found;
	return true;
}

/* --- the act --- */

static bool body_time(struct json_value body, const char *key, int64_t *ret, struct err *err)
{
	struct str s;

	if (!json_need_str(body, key, &s, err))
		return false;
	return stamp_parse(s, ret) || err_set(err, ERR_INVALID, "\"%s\" is no time", key);
}

static bool body_counts(struct json_value body, struct import_body *ret, struct err *err)
{
	struct json_value counts;

	if (!json_need(body, "counts", JSON_OBJECT, &counts, err))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(import_counts); i++) {
		int64_t n;

		if (!json_need_i64(counts, import_counts[i], &n, err))
			return false;
		if (n < 0)
			return err_set(err, ERR_INVALID, "\"%s\" is negative", import_counts[i]);
		ret->counts[i] = (uint64_t)n;
	}
	return true;
}

static bool body_parse(struct json_value body, struct import_body *ret, struct err *err)
{
	return json_need_str(body, "bulk", &ret->digest, err) &&
	       json_need_str(body, "format", &ret->format, err) &&
	       json_need_str(body, "source", &ret->source, err) &&
	       json_may_str(body, "file", &ret->file, err) &&
	       json_need_i64(body, "bytes", &ret->bytes, err) &&
	       body_time(body, "taken", &ret->taken_ms, err) &&
	       body_time(body, "received", &ret->received_ms, err) && body_counts(body, ret, err);
}

static bool read_again(struct act_ctx *ctx, const struct import_body *body,
		       struct directory_batch **ret, struct err *err)
{
	struct directory_import import = {.format = body->format, .file = body->file};
	struct directory_report report;
	struct hash digest;

	if (!hash_parse(body->digest, &digest))
		return err_set(err, ERR_INVALID, "\"bulk\" is no digest");
	return act_bulk_bytes(ctx, &digest, &import.bytes, err) &&
	       directory_read(&import, ctx->arena, &report, ret, err);
}

static struct merge merge_of(struct act_ctx *ctx, const struct import_body *body)
{
	return (struct merge){.store = ctx->store,
			      .txn = ctx->txn,
			      .record = ctx->record->hash,
			      .stamp = {.source = body->source, .taken_ms = body->taken_ms}};
}

static bool counts_devices(const struct directory_batch *b)
{
	for (size_t i = 0; i < b->facts.n; i++)
		if (b->facts.v[i].fact == FACT_EXPECTED || b->facts.v[i].fact >= FACT_CLASS)
			return true;
	return false;
}

/* An import concerns the whole service; who has which post is for those to say who may make posts.
 */
static bool authority_check(struct act_ctx *ctx, const struct directory_batch *b, struct err *err)
{
	struct directory_claim claim = {.post = ctx->record->post,
					.right = STR("post.write"),
					.at_ms = ctx->record->stamped_ms};
	struct json_value org;
	bool may = true;

	if (json_get(ctx->body, "org", &org))
		return err_set(err, ERR_INVALID, "\"org\": an import is of no one organisation");
	for (size_t i = 0; i < b->rows.n; i++) {
		enum thing t = b->rows.v[i].thing;

		if (t != THING_POST && t != THING_HOLDING && t != THING_PERSON)
			continue;
		if (!directory_post_may(ctx->store, &claim, &may, err))
			return false;
		break;
	}
	return may || err_set(err, ERR_DENIED,
			      "the post %.*s may not import posts (it takes the right post.write)",
			      STR_FMT(ctx->record->post));
}

/* Does it lower an expected number of devices? */
static bool lowers(struct act_ctx *ctx, const struct import_body *body,
		   const struct directory_batch *batch, bool *ret, struct err *err)
{
	struct merge m = merge_of(ctx, body);

	m.txn = NULL;
	*ret = false;
	if (!counts_devices(batch))
		return true;
	if (!merge_batch(&m, batch, err))
		return false;
	*ret = m.tally.lowered > 0;
	return true;
}

bool import_check(struct act_ctx *ctx, struct err *err)
{
	struct import_body body = {0};
	struct directory_batch *batch = NULL;
	bool lower = false;

	if (!body_parse(ctx->body, &body, err) || !lowering_by_name(ctx, err))
		return false;
	if (!body.source.n || !value_valid(body.source) || !value_valid(body.file))
		return err_set(err, ERR_INVALID, "\"source\" or \"file\" is no name");
	if (body.taken_ms > body.received_ms + MS_PER_DAY)
		return err_set(err, ERR_INVALID, "taken later than it was received");
	if (!read_again(ctx, &body, &batch, err) || !authority_check(ctx, batch, err) ||
	    !lowers(ctx, &body, batch, &lower, err))
		return false;
	if (lower)
		return err_set(err, ERR_DENIED,
			       "the file lowers an expected number of devices, which takes a "
			       "second person") ||
		       err_hint(err, ": lynchpin org propose each, or leave them out of the file");
	ctx->memo = batch;
	return true;
}

static bool note_import(struct act_ctx *ctx, const struct import_body *b, struct err *err)
{
	struct store_value v[16] = {
		store_text(ctx->record->site), store_int((int64_t)ctx->record->number),
		store_text(b->format),	       store_text(b->source),
		store_text(b->file),	       store_int(b->taken_ms),
		store_int(b->received_ms),     store_text(b->digest),
		store_int(b->bytes),
	};

	for (size_t i = 0; i < ARRAY_LEN(import_counts); i++)
		v[9 + i] = store_int((int64_t)b->counts[i]);
	return store_run(ctx->txn,
			 SQL("INSERT INTO directory_import (origin, record, format, source, file,"
			     " taken, received, digest, bytes, accepted, skipped, refused, added,"
			     " changed, unchanged, closed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
			     " ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"),
			 (struct store_args){v, ARRAY_LEN(v)}, err);
}

bool import_apply(struct act_ctx *ctx, struct err *err)
{
	struct import_body body = {0};
	struct directory_batch *batch = ctx->memo;
	struct merge m;

	if (!body_parse(ctx->body, &body, err) || (!batch && !read_again(ctx, &body, &batch, err)))
		return false;
	m = merge_of(ctx, &body);
	return merge_batch(&m, batch, err) && note_import(ctx, &body, err);
}
