#include "alerts/inner.h"

/*
 * Acts of who leads: an organisation that keeps quiet is asked once more, or the next step of its
 * ladder is climbed before its time.  What was climbed is a step like any other: time does not
 * climb it again.
 */

enum { NOTE_MAX = 2000 };

struct asked {
	struct str alert, org, note;
	bool again;
};

static bool note_read(struct act_ctx *ctx, struct str *ret, struct err *err)
{
	return body_text(ctx->body, (struct body_member){"note", NOTE_MAX, false, true}, ctx->arena,
			 ret, err);
}

static bool asked_read(struct act_ctx *ctx, struct asked *ret, struct err *err)
{
	*ret = (struct asked){.again = false};
	return json_need_str(ctx->body, "alert", &ret->alert, err) &&
	       json_need_str(ctx->body, "org", &ret->org, err) &&
	       json_may_bool(ctx->body, "again", &ret->again, err) &&
	       note_read(ctx, &ret->note, err);
}

/* By anybody: who is asked twice a day by two bodies stops reading. */
static bool not_just_now(struct act_ctx *ctx, const struct asked *a, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	char buf[WHEN_BYTES];
	bool row;

	if (a->again)
		return true;
	if (!store_query(ctx->store,
			 SQL("SELECT at, post FROM alerts_chase WHERE alert = ?1 AND org = ?2"
			     " AND raised = 0 AND at > ?3 ORDER BY at DESC LIMIT 1"),
			 ARGS(store_text(a->alert), store_text(a->org),
			      store_int(ctx->record->stamped_ms - CHASE_PAUSE_MS)),
			 &q, err) ||
	    !store_step(q, &row, err))
		return false;
	return !row || err_set(err, ERR_EXISTS,
			       "%.*s was chased by %.*s on %s already, less than a day ago",
			       STR_FMT(a->org), STR_FMT(store_col_str(q, 1)),
			       when(store_col_int(q, 0), buf));
}

bool chase_check(struct act_ctx *ctx, struct err *err)
{
	const struct alerts_view view = act_view(ctx);
	struct member_list members;
	struct alert alert;
	struct asked a;

	return act_live_alert(ctx, &alert, err) && asked_read(ctx, &a, err) &&
	       members_of(&view, a.alert, a.org, &members, err) && not_just_now(ctx, &a, err);
}

static bool put(struct act_ctx *ctx, const struct asked *a, bool raised, struct err *err)
{
	const struct record *r = ctx->record;

	return store_run(ctx->txn,
			 SQL("INSERT INTO alerts_chase (alert, org, at, site, record, raised, post,"
			     " note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
			 ARGS(store_text(a->alert), store_text(a->org), store_int(r->stamped_ms),
			      store_text(r->site), store_int((int64_t)r->number), store_int(raised),
			      store_text(r->post), store_text(a->note)),
			 err);
}

bool chase_apply(struct act_ctx *ctx, struct err *err)
{
	struct asked a;

	return asked_read(ctx, &a, err) && put(ctx, &a, false, err);
}

/* --- alert.raise --- */

/* Steps are climbed in their order: one after those that were. */
static bool is_next(struct act_ctx *ctx, const struct step *s, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	int64_t next;
	bool row;

	if (!store_query(ctx->store,
			 SQL("SELECT coalesce(max(step), 0) FROM alerts_escalation"
			     " WHERE alert = ?1 AND org = ?2 AND ordinal = ?3"),
			 ARGS(store_text(s->alert), store_text(s->org), store_int(s->ordinal)), &q,
			 err) ||
	    !store_step(q, &row, err))
		return false;
	next = row ? store_col_int(q, 0) + 1 : 1;
	return s->step == next ||
	       err_set(err, s->step < next ? ERR_EXISTS : ERR_INVALID,
		       "step %jd for %.*s is %s: the next is %jd", (intmax_t)s->step,
		       STR_FMT(s->org), s->step < next ? "climbed already" : "not the next",
		       (intmax_t)next);
}

bool raise_check(struct act_ctx *ctx, struct err *err)
{
	const struct alerts_view view = act_view(ctx);
	struct member_list members;
	struct step s = {0};
	struct alert alert;
	struct str note;

	if (!act_live_alert(ctx, &alert, err) || !step_read(ctx, &s, err) ||
	    !note_read(ctx, &note, err))
		return false;
	if (!s.ordinal)
		return err_set(err, ERR_INVALID, "what %.*s owes as a supplier climbs by time",
			       STR_FMT(s.org));
	return members_of(&view, s.alert, s.org, &members, err) && is_next(ctx, &s, err);
}

bool raise_apply(struct act_ctx *ctx, struct err *err)
{
	struct asked a = {.again = false};
	struct step s = {0};

	if (!step_read(ctx, &s, err) || !note_read(ctx, &a.note, err))
		return false;
	a.alert = s.alert;
	a.org = s.org;
	return escalate_apply(ctx, err) && put(ctx, &a, true, err);
}

/* --- views --- */

bool alert_chases(const struct alerts_view *view, struct str alert, struct str org,
		  struct chase_list *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct arena *arena = view->arena;
	size_t cap = 0;
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT org, post, note, record, at, raised FROM alerts_chase"
			     " WHERE alert = ?1 AND (?2 = '' OR org = ?2) AND at <= ?3"
			     " ORDER BY at DESC, site, record DESC"),
			 ARGS(store_text(directory_code(arena, alert)),
			      store_text(directory_code(arena, org)), store_int(view->at_ms)),
			 &q, err))
		return false;
	*ret = (struct chase_list){0};
	while (store_next(q, &ok, err))
		ARENA_PUSH(arena, ret, cap,
			   (struct chase){.org = arena_str(arena, store_col_str(q, 0)),
					  .post = arena_str(arena, store_col_str(q, 1)),
					  .note = arena_str(arena, store_col_str(q, 2)),
					  .record = (uint64_t)store_col_int(q, 3),
					  .at_ms = store_col_int(q, 4),
					  .raised = store_col_int(q, 5) != 0});
	return ok;
}
