#include "alerts/inner.h"

#include "base/mem.h"

/* Whom an alert asks: members, what was delivered to them, steps climbed for them. */

static bool put_one(struct act_ctx *ctx, struct str alert, struct str org, struct err *err)
{
	return store_run(
		ctx->txn,
		SQL("INSERT INTO alerts_member (alert, org, joined, gone)"
		    " VALUES (?1, ?2, ?3, 0) ON CONFLICT (alert, org) DO UPDATE SET"
		    " joined = CASE WHEN alerts_member.gone = 0"
		    " THEN alerts_member.joined ELSE excluded.joined END, gone = 0"),
		ARGS(store_text(alert), store_text(org), store_int(ctx->record->stamped_ms)), err);
}

bool members_present(const struct alerts_view *view, struct str alert, struct str_list *ret,
		     struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	ARENA_VEC(struct str) out = {0};
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT org FROM alerts_member WHERE alert = ?1 AND gone = 0"
			     " ORDER BY org"),
			 ARGS(store_text(alert)), &q, err))
		return false;
	while (store_next(q, &ok, err))
		ARENA_PUSH(view->arena, &out, out.cap, arena_str(view->arena, store_col_str(q, 0)));
	if (ok)
		*ret = (struct str_list){out.v, out.n};
	return ok;
}

static bool let_go(struct act_ctx *ctx, struct str alert, const struct str_list *stay,
		   struct err *err)
{
	const struct alerts_view view = act_view(ctx);
	struct str_list now;
	size_t k = 0;

	if (!members_present(&view, alert, &now, err))
		return false;
	for (size_t i = 0; i < now.n; i++) {
		while (k < stay->n && str_cmp(stay->v[k], now.v[i]) < 0)
			k++;
		if (k < stay->n && str_eq(stay->v[k], now.v[i]))
			continue;
		if (!store_run(ctx->txn,
			       SQL("UPDATE alerts_member SET gone = ?3"
				   " WHERE alert = ?1 AND org = ?2 AND gone = 0"),
			       ARGS(store_text(alert), store_text(now.v[i]),
				    store_int(ctx->record->stamped_ms)),
			       err))
			return false;
	}
	return true;
}

bool members_put(struct act_ctx *ctx, struct str alert, const struct str_list *orgs,
		 bool others_gone, struct err *err)
{
	if (others_gone && !let_go(ctx, alert, orgs, err))
		return false;
	for (size_t i = 0; i < orgs->n; i++)
		if (!put_one(ctx, alert, orgs->v[i], err))
			return false;
	return true;
}

static bool member_get(const struct alerts_view *view, struct str alert, struct str org,
		       struct member *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	*ret = (struct member){0};
	if (!store_query(
		    view->store,
		    SQL("SELECT joined, gone FROM alerts_member WHERE alert = ?1 AND org = ?2"),
		    ARGS(store_text(alert), store_text(org)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (row)
		*ret = (struct member){arena_str(view->arena, org), store_col_int(q, 0),
				       store_col_int(q, 1)};
	return true;
}

static bool not_member(struct str alert, struct str org, const struct member *own, struct err *err)
{
	char buf[WHEN_BYTES];

	if (own->gone_ms)
		return err_set(err, ERR_NOT_FOUND, "%.*s is not asked by %.*s any more, since %s",
			       STR_FMT(org), STR_FMT(alert), when(own->gone_ms, buf));
	return err_set(err, ERR_NOT_FOUND, "%.*s does not ask %.*s: it is not in its audience",
		       STR_FMT(alert), STR_FMT(org));
}

bool members_of(const struct alerts_view *view, struct str alert, struct str org,
		struct member_list *ret, struct err *err)
{
	const struct directory_view directory = {view->store, view->arena, view->at_ms};
	struct successions ends;
	struct member own, *v;
	size_t n = 0;

	if (!member_get(view, alert, org, &own, err) ||
	    !directory_successions(&directory, org, &ends, err))
		return false;
	v = ARENA_ARRAY(view->arena, struct member, ends.n + 1);
	if (own.org.n && !own.gone_ms)
		v[n++] = own;
	for (size_t i = 0; i < ends.n; i++) {
		if (!str_eq(ends.v[i].successor, org))
			continue;
		if (!member_get(view, alert, ends.v[i].org, &v[n], err))
			return false;
		n += v[n].org.n && !v[n].gone_ms;
	}
	if (!n)
		return not_member(alert, org, &own, err);
	*ret = (struct member_list){v, n};
	return true;
}

/* --- alert.join --- */

static bool need_orgs(struct act_ctx *ctx, struct str_list *ret, struct err *err)
{
	if (!body_codes(ctx->body, "orgs", ctx->arena, ret, err))
		return false;
	return ret->n || err_set(err, ERR_INVALID, "\"orgs\" names nobody");
}

bool join_check(struct act_ctx *ctx, struct err *err)
{
	const struct alerts_view view = act_view(ctx);
	struct str_list orgs, audience;
	struct alert alert;
	struct member own;

	if (!act_live_alert(ctx, &alert, err) || !need_orgs(ctx, &orgs, err) ||
	    !alert_audience(&view, &alert.content.audience, &audience, err))
		return false;
	for (size_t i = 0; i < orgs.n; i++) {
		if (!audience.n || !bsearch(&orgs.v[i], audience.v, audience.n, sizeof(*audience.v),
					    str_qsort_cmp))
			return err_set(err, ERR_INVALID, "%.*s is not in the audience of %.*s",
				       STR_FMT(orgs.v[i]), STR_FMT(alert.id));
		if (!member_get(&view, alert.id, orgs.v[i], &own, err))
			return false;
		if (own.org.n && !own.gone_ms)
			return err_set(err, ERR_EXISTS, "%.*s asks %.*s already", STR_FMT(alert.id),
				       STR_FMT(orgs.v[i]));
	}
	return true;
}

bool join_apply(struct act_ctx *ctx, struct err *err)
{
	struct str_list orgs;
	struct str alert;

	return json_need_str(ctx->body, "alert", &alert, err) && need_orgs(ctx, &orgs, err) &&
	       members_put(ctx, alert, &orgs, false, err);
}

/* --- alert.deliver --- */

struct delivery {
	struct str alert, channel;
	struct str_list orgs;
	bool delivered;
	int64_t at_ms;
};

static bool delivery_read(struct act_ctx *ctx, struct delivery *ret, struct err *err)
{
	enum { CHANNEL_MAX = 80 };
	struct str outcome;

	ret->at_ms = ctx->record->stamped_ms;
	if (!json_need_str(ctx->body, "alert", &ret->alert, err) ||
	    !need_orgs(ctx, &ret->orgs, err) ||
	    !body_text(ctx->body, (struct body_member){"channel", CHANNEL_MAX, true, false},
		       ctx->arena, &ret->channel, err) ||
	    !json_need_str(ctx->body, "outcome", &outcome, err) ||
	    !body_time(ctx->body, "at", &ret->at_ms, err))
		return false;
	ret->delivered = str_is(outcome, "delivered");
	return ret->delivered || str_is(outcome, "failed") ||
	       err_set(err, ERR_INVALID, "\"outcome\" is \"delivered\" or \"failed\"");
}

bool deliver_check(struct act_ctx *ctx, struct err *err)
{
	const struct alerts_view view = act_view(ctx);
	struct delivery d = {0};
	struct alert alert;
	struct member own;
	char buf[WHEN_BYTES];

	if (!act_live_alert(ctx, &alert, err) || !delivery_read(ctx, &d, err))
		return false;
	if (d.at_ms > ctx->record->stamped_ms || d.at_ms < alert.published_ms)
		return err_set(err, ERR_INVALID,
			       "delivered on %s: that is before %.*s was published, or to come",
			       when(d.at_ms, buf), STR_FMT(alert.id));
	for (size_t i = 0; i < d.orgs.n; i++) {
		if (!member_get(&view, alert.id, d.orgs.v[i], &own, err))
			return false;
		if (!own.org.n || own.gone_ms)
			return not_member(alert.id, d.orgs.v[i], &own, err);
	}
	return true;
}

bool deliver_apply(struct act_ctx *ctx, struct err *err)
{
	struct delivery d = {0};

	if (!delivery_read(ctx, &d, err))
		return false;
	for (size_t i = 0; i < d.orgs.n; i++)
		if (!store_run(ctx->txn,
			       SQL("INSERT INTO alerts_delivery (alert, org, at, site, record,"
				   " channel, delivered) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
			       ARGS(store_text(d.alert), store_text(d.orgs.v[i]),
				    store_int(d.at_ms), store_text(ctx->record->site),
				    store_int((int64_t)ctx->record->number), store_text(d.channel),
				    store_int(d.delivered)),
			       err))
			return false;
	return true;
}

/* --- alert.escalate --- */

bool step_read(struct act_ctx *ctx, struct step *ret, struct err *err)
{
	enum { TO_MAX = 120 };

	if (!json_need_str(ctx->body, "alert", &ret->alert, err) ||
	    !json_need_str(ctx->body, "org", &ret->org, err) ||
	    !json_need_i64(ctx->body, "ordinal", &ret->ordinal, err) ||
	    !json_need_i64(ctx->body, "step", &ret->step, err) ||
	    !body_text(ctx->body, (struct body_member){"to", TO_MAX, true, false}, ctx->arena,
		       &ret->to, err))
		return false;
	return (ret->ordinal >= 0 && ret->step > 0) ||
	       err_set(err, ERR_INVALID, "\"step\" counts from 1, \"ordinal\" from 0");
}

/* Ordinal 0 is what it owes as a supplier, to those who wait for it. */
static bool owes(const struct alerts_view *view, const struct step *s, struct err *err)
{
	struct member_list members;
	bool yes;

	if (s->ordinal)
		return members_of(view, s->alert, s->org, &members, err);
	return waited_for(view, s->alert, s->org, &yes, err) &&
	       (yes || err_set(err, ERR_NOT_FOUND, "nobody that %.*s asks waits for %.*s",
			       STR_FMT(s->alert), STR_FMT(s->org)));
}

bool escalate_check(struct act_ctx *ctx, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	const struct alerts_view view = act_view(ctx);
	struct step s = {0};
	struct alert alert;
	char buf[WHEN_BYTES];
	bool row;

	if (!act_live_alert(ctx, &alert, err) || !step_read(ctx, &s, err) ||
	    !owes(&view, &s, err) ||
	    !store_query(ctx->store,
			 SQL("SELECT at FROM alerts_escalation WHERE alert = ?1 AND org = ?2"
			     " AND ordinal = ?3 AND step = ?4"),
			 ARGS(store_text(s.alert), store_text(s.org), store_int(s.ordinal),
			      store_int(s.step)),
			 &q, err) ||
	    !store_step(q, &row, err))
		return false;
	return !row || err_set(err, ERR_EXISTS, "step %jd for %.*s was climbed on %s already",
			       (intmax_t)s.step, STR_FMT(s.org), when(store_col_int(q, 0), buf));
}

bool escalate_apply(struct act_ctx *ctx, struct err *err)
{
	struct step s = {0};

	/* Of two sites that climb one step, the earlier did. */
	return step_read(ctx, &s, err) &&
	       store_run(ctx->txn,
			 SQL("INSERT INTO alerts_escalation (alert, org, ordinal, step, at,"
			     " recipient, site, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
			     " ON CONFLICT (alert, org, ordinal, step) DO UPDATE SET"
			     " at = excluded.at, recipient = excluded.recipient,"
			     " site = excluded.site, record = excluded.record"
			     " WHERE (excluded.at, excluded.site, excluded.record)"
			     " < (alerts_escalation.at, alerts_escalation.site,"
			     " alerts_escalation.record)"),
			 ARGS(store_text(s.alert), store_text(s.org), store_int(s.ordinal),
			      store_int(s.step), store_int(ctx->record->stamped_ms),
			      store_text(s.to), store_text(ctx->record->site),
			      store_int((int64_t)ctx->record->number)),
			 err);
}
