#include "alerts/inner.h"

/* alert.adopt: clocks, ladders and holidays, by record with their digest. */

bool alerts_adopt_body(struct str what, struct str name, struct str bytes, struct text *body,
		       struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct hash digest = hash_of(bytes);
	char hex[HASH_HEX_BYTES];
	struct rules_file file;
	struct json_out *o;

	if (!rules_read(what, bytes, arena, &file, err))
		return err_wrap(err, "%.*s", STR_FMT(str_sub(name, 0, 120)));
	o = json_out_open(body);
	json_out_object(o);
	json_out_key(o, "what");
	json_out_str(o, what);
	json_out_key(o, "name");
	json_out_str(o, name);
	json_out_key(o, "bulk");
	json_out_str(o, hash_hex(&digest, hex));
	json_out_end(o);
	return json_out_close(o, err);
}

struct adoption {
	struct str what, name, digest;
	struct rules_file file;
};

static bool adopt_read(struct act_ctx *ctx, struct adoption *ret, struct err *err)
{
	enum { NAME_MAX = 200 };
	struct hash digest;
	struct str bytes;

	if (!json_need_str(ctx->body, "what", &ret->what, err) ||
	    !body_text(ctx->body, (struct body_member){"name", NAME_MAX, true, false}, ctx->arena,
		       &ret->name, err) ||
	    !json_need_str(ctx->body, "bulk", &ret->digest, err))
		return false;
	if (!hash_parse(ret->digest, &digest))
		return err_set(err, ERR_INVALID, "\"bulk\" is no digest");
	return act_bulk_bytes(ctx, &digest, &bytes, err) &&
	       rules_read(ret->what, bytes, ctx->arena, &ret->file, err);
}

bool adopt_check(struct act_ctx *ctx, struct err *err)
{
	struct adoption a = {0};

	return adopt_read(ctx, &a, err);
}

/* The latest adoption of a kind holds; *ret: this one is it. */
static bool put_adoption(struct act_ctx *ctx, const struct adoption *a, bool *ret, struct err *err)
{
	if (!store_run(ctx->txn,
		       SQL("INSERT INTO alerts_rules (what, name, digest, at, site, record)"
			   " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (what) DO UPDATE SET"
			   " name = excluded.name, digest = excluded.digest, at = excluded.at,"
			   " site = excluded.site, record = excluded.record"
			   " WHERE (excluded.at, excluded.site, excluded.record)"
			   " > (alerts_rules.at, alerts_rules.site, alerts_rules.record)"),
		       ARGS(store_text(a->what), store_text(a->name), store_text(a->digest),
			    store_int(ctx->record->stamped_ms), store_text(ctx->record->site),
			    store_int((int64_t)ctx->record->number)),
		       err))
		return false;
	*ret = store_changed(ctx->txn) > 0;
	return true;
}

static bool put_clocks(struct act_ctx *ctx, const struct rules_file *f, struct err *err)
{
	if (!store_run(ctx->txn, SQL("DELETE FROM alerts_clock"), ARGS(), err))
		return false;
	for (size_t i = 0; i < f->nclocks; i++)
		if (!store_run(
			    ctx->txn,
			    SQL("INSERT INTO alerts_clock (severity, elapsed, acknowledge,"
				" renew, remediate) VALUES (?1, ?2, ?3, ?4, ?5)"),
			    ARGS(store_text(f->clocks[i].severity), store_int(f->clocks[i].elapsed),
				 store_int(f->clocks[i].acknowledge),
				 store_int(f->clocks[i].update), store_int(f->clocks[i].remediate)),
			    err))
			return false;
	return true;
}

static bool put_ladders(struct act_ctx *ctx, const struct rules_file *f, struct err *err)
{
	if (!store_run(ctx->txn, SQL("DELETE FROM alerts_ladder"), ARGS(), err))
		return false;
	for (size_t i = 0; i < f->nladders; i++)
		if (!store_run(ctx->txn,
			       SQL("INSERT INTO alerts_ladder (role, step, after_ms, recipient)"
				   " VALUES (?1, ?2, ?3, ?4)"),
			       ARGS(store_text(f->ladders[i].role), store_int(f->ladders[i].step),
				    store_int(f->ladders[i].after_ms),
				    store_text(f->ladders[i].recipient)),
			       err))
			return false;
	return true;
}

static bool put_holidays(struct act_ctx *ctx, const struct rules_file *f, struct err *err)
{
	if (!store_run(ctx->txn, SQL("DELETE FROM alerts_holiday"), ARGS(), err) ||
	    !store_run(ctx->txn, SQL("DELETE FROM alerts_zone"), ARGS(), err) ||
	    !store_run(ctx->txn,
		       SQL("INSERT INTO alerts_zone (name, offset_minutes, eu_summer_time)"
			   " VALUES (?1, ?2, ?3)"),
		       ARGS(store_text(f->zone.name), store_int(f->zone.offset_minutes),
			    store_int(f->zone.eu_summer_time)),
		       err))
		return false;
	for (size_t i = 0; i < f->nholidays; i++)
		if (!store_run(ctx->txn,
			       SQL("INSERT INTO alerts_holiday (area, day, name)"
				   " VALUES (?1, ?2, ?3)"),
			       ARGS(store_text(f->holidays[i].area), store_int(f->holidays[i].day),
				    store_text(f->holidays[i].name)),
			       err))
			return false;
	return true;
}

bool adopt_apply(struct act_ctx *ctx, struct err *err)
{
	struct adoption a = {0};
	bool latest;

	if (!adopt_read(ctx, &a, err) || !put_adoption(ctx, &a, &latest, err))
		return false;
	if (!latest)
		return true;
	if (str_is(a.what, "clocks"))
		return put_clocks(ctx, &a.file, err);
	return str_is(a.what, "ladders") ? put_ladders(ctx, &a.file, err)
					 : put_holidays(ctx, &a.file, err);
}

bool alert_rules(const struct alerts_view *view, struct rules_list *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct rules_list out = {0};
	size_t cap = 0;
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT what, name, digest, at, record FROM alerts_rules"
			     " ORDER BY what"),
			 ARGS(), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct rules_adopted r = {.what = arena_str(view->arena, store_col_str(q, 0)),
					  .name = arena_str(view->arena, store_col_str(q, 1)),
					  .at_ms = store_col_int(q, 3),
					  .record = (uint64_t)store_col_int(q, 4)};

		if (hash_parse(store_col_str(q, 2), &r.digest))
			ARENA_PUSH(view->arena, &out, cap, r);
	}
	if (ok)
		*ret = out;
	return ok;
}
