#include "alerts/inner.h"

/* alert.decide on what an organisation asked for, and alert.supply by whom it waits for. */

enum { OWN_DAYS_MAX = 30, NOTE_MAX = 4000 };

/* --- alert.decide --- */

struct decision {
	struct str alert, org, site, why;
	int64_t number;
	bool approve;
};

static bool decision_read(struct act_ctx *ctx, struct decision *ret, struct err *err)
{
	struct json_value claim;

	return json_need_str(ctx->body, "alert", &ret->alert, err) &&
	       json_need_str(ctx->body, "org", &ret->org, err) &&
	       json_need(ctx->body, "claim", JSON_OBJECT, &claim, err) &&
	       json_need_str(claim, "site", &ret->site, err) &&
	       json_need_i64(claim, "number", &ret->number, err) &&
	       json_need_bool(ctx->body, "approve", &ret->approve, err) &&
	       body_text(ctx->body, (struct body_member){"reason", NOTE_MAX, !ret->approve, true},
			 ctx->arena, &ret->why, err);
}

struct asked { /* the claim to decide on */
	enum claim_kind kind;
	struct str post;
	int64_t at_ms, until_ms;
};

static bool asked_get(struct act_ctx *ctx, const struct decision *d, struct asked *ret,
		      struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(ctx->store,
			 SQL("SELECT kind, post, at, until FROM alerts_claim WHERE alert = ?1"
			     " AND org = ?2 AND site = ?3 AND record = ?4"),
			 ARGS(store_text(d->alert), store_text(d->org), store_text(d->site),
			      store_int(d->number)),
			 &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (!row)
		return err_set(
			err, ERR_NOT_FOUND, "record %jd of site %.*s is no answer of %.*s to %.*s",
			(intmax_t)d->number, STR_FMT(d->site), STR_FMT(d->org), STR_FMT(d->alert));
	if (!claim_kind_by_name(store_col_str(q, 0), &ret->kind) ||
	    (ret->kind != CLAIM_MITIGATED && ret->kind != CLAIM_EXCEPTED))
		return err_set(err, ERR_INVALID,
			       "record %jd takes no decision: it is neither a mitigation nor an "
			       "exception",
			       (intmax_t)d->number);
	ret->post = arena_str(ctx->arena, store_col_str(q, 1));
	ret->at_ms = store_col_int(q, 2);
	ret->until_ms = store_col_int(q, 3);
	return true;
}

static bool undecided(struct act_ctx *ctx, const struct decision *d, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	char buf[WHEN_BYTES];
	bool row;

	if (!store_query(ctx->store,
			 SQL("SELECT approved, post, at FROM alerts_decision WHERE alert = ?1"
			     " AND org = ?2 AND claim_site = ?3 AND claim_record = ?4"),
			 ARGS(store_text(d->alert), store_text(d->org), store_text(d->site),
			      store_int(d->number)),
			 &q, err) ||
	    !store_step(q, &row, err))
		return false;
	return !row || err_set(err, ERR_CONFLICT, "record %jd was %s by %.*s on %s",
			       (intmax_t)d->number, store_col_int(q, 0) ? "approved" : "refused",
			       STR_FMT(store_col_str(q, 1)), when(store_col_int(q, 2), buf));
}

/* Whom nobody holds may be who asked, in another coat. */
static bool second_person(struct act_ctx *ctx, const struct asked *claim, struct err *err)
{
	const struct directory_view directory = act_directory(ctx);
	bool shared, held;

	if (!directory_share_holder(&directory, ctx->record->post, claim->post, &shared, err) ||
	    !directory_held(&directory, ctx->record->post, &held, err))
		return false;
	if (shared)
		return err_set(err, ERR_DENIED, "%.*s asked for it%s: a second person decides",
			       STR_FMT(claim->post),
			       str_eq(claim->post, ctx->record->post)
				       ? ""
				       : ", and one person holds both posts");
	return held ||
	       err_set(err, ERR_DENIED, "nobody holds %.*s: a second person decides",
		       STR_FMT(ctx->record->post)) ||
	       err_hint(err, " (lynchpin post hold)");
}

struct scope_of_kind {
	struct str kind;
	enum post_scope scope;
};

static void note_scope(void *ctx, const char *kind, enum post_scope scope, const char *right)
{
	struct scope_of_kind *s = ctx;

	(void)right;
	if (str_is(s->kind, kind))
		s->scope = scope;
}

/* An organisation's own post decides for 30 days, its region or the nation beyond. */
static bool within_scope(struct act_ctx *ctx, const struct decision *d, const struct asked *claim,
			 struct err *err)
{
	const struct directory_view directory = act_directory(ctx);
	struct scope_of_kind scope = {.scope = SCOPE_ORGANISATION};
	struct str region;
	struct post post;
	char buf[WHEN_BYTES];

	/* The thirtieth day counts to its end. */
	if (claim->until_ms < claim->at_ms + (OWN_DAYS_MAX + 1) * MS_PER_DAY)
		return true;
	if (!directory_post_get(&directory, ctx->record->post, &post, err))
		return false;
	scope.kind = post.kind;
	directory_rights_each(note_scope, &scope);
	if (scope.scope != SCOPE_ORGANISATION)
		return true;
	if (!directory_org_region(&directory, d->org, &region, err))
		return false;
	return err_set(err, ERR_DENIED,
		       "until %s is more than %d days from the claim: a regional-lead%s%.*s or the "
		       "national-lead decides",
		       when(claim->until_ms, buf), OWN_DAYS_MAX, region.n ? " of " : "",
		       STR_FMT(region));
}

bool decide_check(struct act_ctx *ctx, struct err *err)
{
	struct decision d = {0};
	struct asked claim = {0};
	struct alert alert;
	char buf[WHEN_BYTES];

	if (!act_live_alert(ctx, &alert, err) || !decision_read(ctx, &d, err) ||
	    !asked_get(ctx, &d, &claim, err) || !undecided(ctx, &d, err) ||
	    !second_person(ctx, &claim, err))
		return false;
	if (!d.approve)
		return true;
	/* Asked here alone: what was granted before without one is replayed. */
	if (claim.kind == CLAIM_EXCEPTED && !d.why.n)
		return err_set(err, ERR_INVALID,
			       "who grants an exception says why: \"reason\" is missing") ||
		       err_hint(err, ": --reason TEXT");
	if (claim.until_ms <= ctx->record->stamped_ms)
		return err_set(err, ERR_CONFLICT, "what was asked for ran out on %s",
			       when(claim.until_ms, buf));
	return within_scope(ctx, &d, &claim, err);
}

bool decide_apply(struct act_ctx *ctx, struct err *err)
{
	struct decision d = {0};

	/* Of two decisions on one claim the earlier holds. */
	return decision_read(ctx, &d, err) &&
	       store_run(ctx->txn,
			 SQL("INSERT INTO alerts_decision (alert, org, claim_site, claim_record,"
			     " at, approved, post, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
			     " ON CONFLICT (alert, org, claim_site, claim_record) DO UPDATE SET"
			     " at = excluded.at, approved = excluded.approved,"
			     " post = excluded.post, why = excluded.why"
			     " WHERE (excluded.at, excluded.post)"
			     " < (alerts_decision.at, alerts_decision.post)"),
			 ARGS(store_text(d.alert), store_text(d.org), store_text(d.site),
			      store_int(d.number), store_int(ctx->record->stamped_ms),
			      store_int(d.approve), store_text(ctx->record->post),
			      store_text(d.why)),
			 err);
}

/* --- alert.supply --- */

struct supplied {
	struct str alert, org, kind, reference, note;
	int64_t date_ms;
};

static bool supplied_read(struct act_ctx *ctx, struct supplied *ret, struct err *err)
{
	static const char *const kinds[] = {"acknowledged", "working", "fix", "no_fix"};
	enum { REFERENCE_MAX = 400 };
	size_t i = 0;

	if (!json_need_str(ctx->body, "alert", &ret->alert, err) ||
	    !json_need_str(ctx->body, "org", &ret->org, err) ||
	    !json_need_str(ctx->body, "kind", &ret->kind, err) ||
	    !body_time(ctx->body, "date", &ret->date_ms, err) ||
	    !body_text(ctx->body, (struct body_member){"reference", REFERENCE_MAX, false, false},
		       ctx->arena, &ret->reference, err) ||
	    !body_text(ctx->body, (struct body_member){"note", NOTE_MAX, false, true}, ctx->arena,
		       &ret->note, err))
		return false;
	while (i < ARRAY_LEN(kinds) && !str_is(ret->kind, kinds[i]))
		i++;
	return i < ARRAY_LEN(kinds) ||
	       err_set(err, ERR_INVALID, "\"kind\" is acknowledged, working, fix or no_fix");
}

static bool somebody_waits(struct act_ctx *ctx, const struct supplied *s, struct err *err)
{
	const struct alerts_view view = act_view(ctx);
	bool yes;

	if (!waited_for(&view, s->alert, s->org, &yes, err))
		return false;
	return yes || err_set(err, ERR_NOT_FOUND, "nobody that %.*s asks waits for %.*s",
			      STR_FMT(s->alert), STR_FMT(s->org));
}

bool supply_check(struct act_ctx *ctx, struct err *err)
{
	struct supplied s = {0};
	struct alert alert;
	char buf[WHEN_BYTES];

	if (!act_live_alert(ctx, &alert, err) || !supplied_read(ctx, &s, err))
		return false;
	if (str_is(s.kind, "working") && s.date_ms && s.date_ms <= ctx->record->stamped_ms)
		return err_set(err, ERR_INVALID, "the date promised, %s, is past",
			       when(s.date_ms, buf));
	if (str_is(s.kind, "fix") && s.date_ms > ctx->record->stamped_ms)
		return err_set(err, ERR_INVALID,
			       "the fix of %s is to come: say \"working\" and that date",
			       when(s.date_ms, buf));
	return somebody_waits(ctx, &s, err);
}

bool supply_apply(struct act_ctx *ctx, struct err *err)
{
	struct supplied s = {0};

	return supplied_read(ctx, &s, err) &&
	       store_run(ctx->txn,
			 SQL("INSERT INTO alerts_supply (alert, supplier, at, site, record, kind,"
			     " post, promised, reference, note)"
			     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
			 ARGS(store_text(s.alert), store_text(s.org),
			      store_int(ctx->record->stamped_ms), store_text(ctx->record->site),
			      store_int((int64_t)ctx->record->number), store_text(s.kind),
			      store_text(ctx->record->post), store_int(s.date_ms),
			      store_text(s.reference), store_text(s.note)),
			 err);
}
