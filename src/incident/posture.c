#include "incident/inner.h"

#include "wire/wire.h"

/*
 * How tense the times are: of those that were set, the latest whose time is not over.  So what was
 * set until a date gives way, then, to what held before it.
 */

static bool level_of(struct str name, enum incident_level *ret)
{
	for (unsigned l = LEVEL_NORMAL; l <= LEVEL_MAJOR; l++)
		if (str_is(name, incident_level_name((enum incident_level)l)))
			return *ret = (enum incident_level)l, true;
	return false;
}

bool incident_postures(const struct directory_view *view, struct incident_postures *ret,
		       struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct incident_postures out = {0};
	struct arena *arena = view->arena;
	size_t cap = 0;
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT said, post, level, why, until, exercise FROM incident_posture"
			     " WHERE said <= ?1 ORDER BY said DESC, origin DESC, record DESC"),
			 ARGS(store_int(view->at_ms)), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct incident_posture p = {.said_ms = store_col_int(q, 0),
					     .by = arena_str(arena, store_col_str(q, 1)),
					     .reason = arena_str(arena, store_col_str(q, 3)),
					     .until_ms = moment_col(q, 4),
					     .exercise = arena_str(arena, store_col_str(q, 5))};

		if (!level_of(store_col_str(q, 2), &p.level))
			return err_set(err, ERR_CORRUPT,
				       "a row of incident_posture is of no level we know");
		ARENA_PUSH(arena, &out, cap, p);
	}
	if (ok)
		*ret = out;
	return ok;
}

bool posture_at(const struct directory_view *view, struct incident_posture *ret, struct err *err)
{
	struct incident_postures all = {0};

	if (!incident_postures(view, &all, err))
		return false;
	*ret = (struct incident_posture){.said_ms = DIRECTORY_NO_DATE,
					 .until_ms = DIRECTORY_NO_DATE};
	for (size_t i = all.n; i-- > 0;)
		if (all.v[i].until_ms == DIRECTORY_NO_DATE || view->at_ms < all.v[i].until_ms)
			*ret = all.v[i];
	return true;
}

/* --- posture.set --- */

static bool parse(struct act_ctx *ctx, struct incident_posture *ret, struct err *err)
{
	struct incident_posture p = {.by = ctx->record->post};
	struct str level;

	if (!said_text(ctx, "level", true, &level, err) ||
	    !said_text(ctx, "reason", true, &p.reason, err) ||
	    !said_text(ctx, "exercise", false, &p.exercise, err) ||
	    !said_time(ctx, "until", false, &p.until_ms, err))
		return false;
	if (!level_of(level, &p.level))
		return err_set(err, ERR_INVALID,
			       "\"%.*s\" is no level: normal, heightened or major_incident",
			       STR_FMT(level));
	*ret = p;
	return true;
}

bool posture_check(struct act_ctx *ctx, struct err *err)
{
	const struct directory_view view = {ctx->store, ctx->arena, ctx->record->stamped_ms};
	struct incident_posture p = {0};
	struct lead_state state;

	return parse(ctx, &p, err) && time_ahead(ctx, "until", p.until_ms, err) &&
	       lead_at(&view, &state, err) && leads_or_commands(ctx, &state, err);
}

bool posture_apply(struct act_ctx *ctx, struct err *err)
{
	const struct record *r = ctx->record;
	struct incident_posture p = {0};

	return parse(ctx, &p, err) &&
	       store_run(ctx->txn,
			 SQL("INSERT INTO incident_posture (origin, record, said, post, level, why,"
			     " until, exercise) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
			 ARGS(store_text(r->site), store_int((int64_t)r->number),
			      store_int(r->stamped_ms), store_text(r->post),
			      store_text(str_of(incident_level_name(p.level))),
			      store_text(p.reason), moment(p.until_ms), store_text(p.exercise)),
			 err);
}
