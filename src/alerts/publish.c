#include "alerts/inner.h"

/* alert.publish, and how an alert ends. */

/* Whom a revision reaches, found by check and used by apply when it is of the same moment. */
struct reach {
	int64_t at_ms;
	struct str_list orgs;
};

bool publish_check(struct act_ctx *ctx, struct err *err)
{
	const struct alerts_view view = act_view(ctx);
	struct reach *reach = ARENA_NEW(ctx->arena, struct reach);
	struct alert alert;
	struct revision newest;
	struct alert_content content;
	struct alert_clock clock;
	char buf[WHEN_BYTES];

	if (!act_revision(ctx, &alert, &newest, err))
		return false;
	if (!newest.approved_ms)
		return err_set(err, ERR_DENIED,
			       "revision %ju of %.*s is not approved: a second person does that",
			       (uintmax_t)newest.number, STR_FMT(alert.id));
	if (str_is(newest.weight, "minor"))
		return true;
	if (!content_parse(newest.content, ctx->arena, &content, err) ||
	    !rules_clock(&view, &content, &clock, err) ||
	    !alert_audience(&view, &content.audience, &reach->orgs, err))
		return false;
	if (content.remediate_by && content.remediate_by <= view.at_ms)
		return err_set(err, ERR_INVALID,
			       "the deadline of %.*s, %s, is past: draft a later one",
			       STR_FMT(alert.id), when(content.remediate_by, buf));
	if (!reach->orgs.n)
		return err_set(err, ERR_INVALID,
			       "the audience of %.*s is nobody: no open organisation meets it",
			       STR_FMT(alert.id));
	reach->at_ms = view.at_ms;
	ctx->memo = reach;
	return true;
}

static bool set_published(struct act_ctx *ctx, const struct alert *alert,
			  const struct revision *newest, const struct alert_clock *clock,
			  struct err *err)
{
	return store_run(ctx->txn,
			 SQL("UPDATE alerts_revision SET publisher = ?3, published = ?4,"
			     " elapsed = ?5, acknowledge = ?6, renew = ?7, remediate = ?8"
			     " WHERE alert = ?1 AND revision = ?2 AND published = 0"),
			 ARGS(store_text(alert->id), store_int((int64_t)newest->number),
			      store_text(ctx->record->post), store_int(ctx->record->stamped_ms),
			      store_int(clock->elapsed), store_int(clock->acknowledge),
			      store_int(clock->update), store_int(clock->remediate)),
			 err);
}

/* Of two ends of one alert the earlier holds. */
static bool put_end(struct act_ctx *ctx, struct str alert, const char *kind, struct str why,
		    struct err *err)
{
	return store_run(ctx->txn,
			 SQL("INSERT INTO alerts_end (alert, kind, at, post, why, site, record)"
			     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (alert) DO UPDATE"
			     " SET kind = excluded.kind, at = excluded.at, post = excluded.post,"
			     " why = excluded.why, site = excluded.site, record = excluded.record"
			     " WHERE (excluded.at, excluded.site, excluded.record)"
			     " < (alerts_end.at, alerts_end.site, alerts_end.record)"),
			 ARGS(store_text(alert), store_text(str_of(kind)),
			      store_int(ctx->record->stamped_ms), store_text(ctx->record->post),
			      store_text(why), store_text(ctx->record->site),
			      store_int((int64_t)ctx->record->number)),
			 err);
}

static bool ask_audience(struct act_ctx *ctx, const struct alert *alert,
			 const struct alert_content *content, struct err *err)
{
	const struct alerts_view view = act_view(ctx);
	const struct reach *found = ctx->memo;
	struct str_list orgs;

	if (found && found->at_ms == view.at_ms)
		orgs = found->orgs;
	else if (!alert_audience(&view, &content->audience, &orgs, err))
		return false;
	return members_put(ctx, alert->id, &orgs, true, err);
}

bool publish_apply(struct act_ctx *ctx, struct err *err)
{
	const struct alerts_view view = act_view(ctx);
	struct alert alert;
	struct revision newest;
	struct alert_content content;
	struct alert_clock clock;

	if (!act_alert(ctx, &alert, &newest, err) ||
	    !content_parse(newest.content, ctx->arena, &content, err))
		return false;
	/* Nobody is asked again by a minor update, so the clock is as it was. */
	if (str_is(newest.weight, "minor"))
		return alert_clock_of(&view, alert.id, &clock, err) &&
		       set_published(ctx, &alert, &newest, &clock, err);
	if (!rules_clock(&view, &content, &clock, err) ||
	    !set_published(ctx, &alert, &newest, &clock, err) ||
	    !ask_audience(ctx, &alert, &content, err))
		return false;
	return !content.supersedes.n ||
	       put_end(ctx, content.supersedes, "superseded", alert.id, err);
}

/* --- alert.withdraw, alert.supersede --- */

static bool ends_now(struct act_ctx *ctx, struct alert *alert, struct err *err)
{
	struct revision newest;
	char buf[WHEN_BYTES];
	int64_t base;

	if (!act_alert(ctx, alert, &newest, err) || !act_not_ended(alert, err) ||
	    !json_need_i64(ctx->body, "base", &base, err))
		return false;
	return base == (int64_t)newest.number ||
	       err_set(err, ERR_CONFLICT,
		       "%.*s is at revision %ju, which %.*s drafted on %s; you saw revision %jd",
		       STR_FMT(alert->id), (uintmax_t)newest.number, STR_FMT(newest.author),
		       when(newest.drafted_ms, buf), (intmax_t)base);
}

static bool need_reason(struct act_ctx *ctx, struct str *ret, struct err *err)
{
	enum { REASON_MAX = 2000 };

	return body_text(ctx->body, (struct body_member){"reason", REASON_MAX, true, true},
			 ctx->arena, ret, err);
}

bool withdraw_check(struct act_ctx *ctx, struct err *err)
{
	struct alert alert;
	struct str reason;

	return ends_now(ctx, &alert, err) && need_reason(ctx, &reason, err);
}

bool withdraw_apply(struct act_ctx *ctx, struct err *err)
{
	struct str alert, reason;

	return json_need_str(ctx->body, "alert", &alert, err) && need_reason(ctx, &reason, err) &&
	       put_end(ctx, alert, "withdrawn", reason, err);
}

bool supersede_check(struct act_ctx *ctx, struct err *err)
{
	const struct alerts_view view = act_view(ctx);
	struct alert alert, by;
	struct str id;

	if (!ends_now(ctx, &alert, err) || !json_need_str(ctx->body, "by", &id, err))
		return false;
	if (!alert.published_revision)
		return err_set(err, ERR_CONFLICT, "%.*s was never published: withdraw it instead",
			       STR_FMT(alert.id));
	if (str_eq(id, alert.id))
		return err_set(err, ERR_INVALID, "%.*s cannot supersede itself", STR_FMT(id));
	if (!alert_get(&view, id, &by, err) || !act_not_ended(&by, err))
		return false;
	if (!str_eq(id, by.id))
		return err_set(err, ERR_INVALID, "the alert's number is written %.*s",
			       STR_FMT(by.id));
	return by.published_revision != 0 ||
	       err_set(err, ERR_CONFLICT, "%.*s is not published yet: it supersedes nothing",
		       STR_FMT(by.id));
}

bool supersede_apply(struct act_ctx *ctx, struct err *err)
{
	struct str alert, by;

	return json_need_str(ctx->body, "alert", &alert, err) &&
	       json_need_str(ctx->body, "by", &by, err) &&
	       put_end(ctx, alert, "superseded", by, err);
}
