#include "incident/inner.h"

#include "base/clock.h"
#include "wire/wire.h"

/* What is said about the lead: each act is a row, as it was said. */

/* --- members --------------------------------------------------------------------------------- */

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	return s.n <= INCIDENT_TEXT_MAX;
}

bool said_text(struct act_ctx *ctx, const char *key, bool needed, struct str *ret, struct err *err)
{
	struct str s = {0};

	if (!json_may_str(ctx->body, key, &s, err))
		return false;
	s = str_trim(s);
	if (needed && !s.n)
		return err_set(err, ERR_INVALID, "\"%s\" is missing", key);
	if (!is_plain(s))
		return err_set(err, ERR_INVALID,
			       "\"%s\" is longer than %d bytes or holds control characters", key,
			       INCIDENT_TEXT_MAX);
	*ret = s;
	return true;
}

bool said_time(struct act_ctx *ctx, const char *key, bool needed, int64_t *ret, struct err *err)
{
	struct str s;

	if (!said_text(ctx, key, needed, &s, err))
		return false;
	*ret = DIRECTORY_NO_DATE;
	return !s.n || stamp_parse(s, ret) ||
	       err_set(err, ERR_INVALID, "\"%s\": \"%.*s\" is no time", key, STR_FMT(s));
}

bool time_ahead(const struct act_ctx *ctx, const char *key, int64_t ms, struct err *err)
{
	int64_t now_ms = ctx->record->stamped_ms;

	if (ms == DIRECTORY_NO_DATE)
		return true;
	if (ms <= now_ms)
		return err_set(err, ERR_INVALID, "\"%s\" has passed already", key);
	return ms - now_ms <= INCIDENT_DAYS_MAX * MS_PER_DAY ||
	       err_set(err, ERR_INVALID, "\"%s\" is more than %d days ahead", key,
		       INCIDENT_DAYS_MAX);
}

/* A post as the directory spells it. */
static struct str lowered(struct arena *arena, struct str s)
{
	char *p = arena_alloc(arena, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = char_lower(s.p[i]);
	p[s.n] = 0;
	return str_from(p, s.n);
}

static bool said_post(struct act_ctx *ctx, const char *key, bool needed, struct str *ret,
		      struct err *err)
{
	struct str s;

	if (!said_text(ctx, key, needed, &s, err))
		return false;
	*ret = lowered(ctx->arena, s);
	return true;
}

static bool said_offer(struct act_ctx *ctx, struct step *s, struct err *err)
{
	struct json_value o;
	int64_t number = 0;

	if (!json_need(ctx->body, "offer", JSON_OBJECT, &o, err) ||
	    !json_need_str(o, "site", &s->offer_site, err) ||
	    !json_need_i64(o, "number", &number, err))
		return false;
	if (number <= 0 || !s->offer_site.n || s->offer_site.n > INCIDENT_TEXT_MAX)
		return err_set(err, ERR_INVALID, "\"offer\" names no record");
	s->offer_record = (uint64_t)number;
	return true;
}

static bool parse(struct act_ctx *ctx, struct step *s, struct err *err)
{
	const struct record *r = ctx->record;
	enum step_kind kind = STEP_OFFER;

	while (kind < STEP_END && !str_is(r->act, step_name(kind)))
		kind++;
	*s = (struct step){.kind = kind,
			   .post = lowered(ctx->arena, r->post),
			   .until_ms = DIRECTORY_NO_DATE,
			   .accept_by_ms = DIRECTORY_NO_DATE};
	switch (kind) {
	case STEP_OFFER:
		return said_post(ctx, "post", true, &s->target, err) &&
		       said_text(ctx, "authority", true, &s->authority, err) &&
		       said_time(ctx, "until", true, &s->until_ms, err) &&
		       said_time(ctx, "accept_by", false, &s->accept_by_ms, err) &&
		       said_post(ctx, "successor", false, &s->successor, err);
	case STEP_ACCEPT:
		return said_offer(ctx, s, err);
	case STEP_DECLINE:
		return said_offer(ctx, s, err) && said_text(ctx, "reason", false, &s->why, err);
	case STEP_HAND_OVER:
		return said_post(ctx, "to", true, &s->target, err) &&
		       said_text(ctx, "reason", true, &s->why, err);
	case STEP_END:
		return said_text(ctx, "reason", true, &s->why, err);
	}
	return false;
}

/* --- what may be said --------------------------------------------------------------------------
 */

static struct directory_view view_of(const struct act_ctx *ctx)
{
	return (struct directory_view){ctx->store, ctx->arena, ctx->record->stamped_ms};
}

bool leads_or_commands(struct act_ctx *ctx, const struct lead_state *state, struct err *err)
{
	const struct directory_claim claim = {.post = lowered(ctx->arena, ctx->record->post),
					      .right = STR("incident.command"),
					      .at_ms = ctx->record->stamped_ms};
	bool may = state->led && str_eq(state->lead.post, claim.post);

	if (!may && !directory_post_may(ctx->store, &claim, &may, err))
		return false;
	return may || err_set(err, ERR_DENIED,
			      "%.*s does not lead at this moment, and may not command (it takes "
			      "the right incident.command)",
			      STR_FMT(claim.post));
}

/* Can this post be given the lead? */
static bool can_lead(struct act_ctx *ctx, struct str id, struct err *err)
{
	const struct directory_view view = view_of(ctx);
	struct post post = {0};

	if (!directory_post_get(&view, id, &post, err))
		return false;
	if (post.ended_ms != DIRECTORY_NO_DATE && post.ended_ms <= view.at_ms)
		return err_set(err, ERR_INVALID, "the post %.*s has ended", STR_FMT(id));
	return directory_kind_may(post.kind, STR("mandate.hold"), REACH_SERVICE) ||
	       err_set(err, ERR_INVALID,
		       "%.*s is a %.*s, which can't be given the lead (it takes the right "
		       "mandate.hold)",
		       STR_FMT(id), STR_FMT(post.kind));
}

static bool offer_check(struct act_ctx *ctx, struct err *err)
{
	struct step s;

	if (!parse(ctx, &s, err) || !time_ahead(ctx, "until", s.until_ms, err) ||
	    !time_ahead(ctx, "accept_by", s.accept_by_ms, err))
		return false;
	if (s.accept_by_ms != DIRECTORY_NO_DATE && s.accept_by_ms >= s.until_ms)
		return err_set(err, ERR_INVALID, "\"accept_by\" is not before \"until\"");
	if (s.successor.n && s.accept_by_ms == DIRECTORY_NO_DATE)
		return err_set(err, ERR_INVALID,
			       "a successor leads where nobody accepts in time: say by when, "
			       "\"accept_by\"");
	if (str_eq(s.successor, s.target))
		return err_set(err, ERR_INVALID, "%.*s cannot be its own successor",
			       STR_FMT(s.target));
	return can_lead(ctx, s.target, err) && (!s.successor.n || can_lead(ctx, s.successor, err));
}

static bool answer_check(struct act_ctx *ctx, struct err *err)
{
	const struct directory_view view = view_of(ctx);
	struct lead_state state;
	struct step s;

	if (!parse(ctx, &s, err) || !lead_at(&view, &state, err))
		return false;
	if (!state.open || !str_eq(state.offer.site, s.offer_site) ||
	    state.offer.record != s.offer_record)
		return err_set(err, ERR_NOT_FOUND, "offer %ju is open no more, or is none",
			       (uintmax_t)s.offer_record) ||
		       err_hint(err, ": lynchpin mandate show says what is offered to whom");
	return str_eq(state.offer.to, s.post) ||
	       err_set(err, ERR_DENIED, "the lead is offered to %.*s, not to %.*s",
		       STR_FMT(state.offer.to), STR_FMT(s.post));
}

static bool hand_over_check(struct act_ctx *ctx, struct err *err)
{
	const struct directory_view view = view_of(ctx);
	struct lead_state state;
	struct step s;

	if (!parse(ctx, &s, err) || !lead_at(&view, &state, err))
		return false;
	if (!state.led || !str_eq(state.lead.post, s.post))
		return err_set(err, ERR_DENIED,
			       "%.*s does not lead at this moment: who leads hands over",
			       STR_FMT(s.post));
	if (str_eq(s.target, s.post))
		return err_set(err, ERR_INVALID, "%.*s leads already", STR_FMT(s.post));
	return can_lead(ctx, s.target, err);
}

static bool end_check(struct act_ctx *ctx, struct err *err)
{
	const struct directory_view view = view_of(ctx);
	struct lead_state state;
	struct step s;

	if (!parse(ctx, &s, err) || !lead_at(&view, &state, err) ||
	    !leads_or_commands(ctx, &state, err))
		return false;
	return state.led || state.open ||
	       err_set(err, ERR_NOT_FOUND, "nobody leads, and the lead is offered to nobody");
}

/* --- so it is ------------------------------------------------------------------------------------
 */

static bool step_apply(struct act_ctx *ctx, struct err *err)
{
	const struct record *r = ctx->record;
	struct step s;

	return parse(ctx, &s, err) &&
	       store_run(ctx->txn,
			 SQL("INSERT INTO incident_step (origin, record, said, act, post, target,"
			     " authority, successor, why, until, accept_by, offer_origin,"
			     " offer_record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
			     " ?12, ?13)"),
			 ARGS(store_text(r->site), store_int((int64_t)r->number),
			      store_int(r->stamped_ms), store_text(r->act), store_text(s.post),
			      store_text(s.target), store_text(s.authority),
			      store_text(s.successor), store_text(s.why), moment(s.until_ms),
			      moment(s.accept_by_ms), store_text(s.offer_site),
			      store_int((int64_t)s.offer_record)),
			 err);
}

const struct act_kind incident_acts[] = {
	{"mandate.offer", "incident.command", "offer the lead of the service to a post",
	 offer_check, step_apply},
	{"mandate.accept", "mandate.hold", "take the lead that was offered", answer_check,
	 step_apply},
	{"mandate.decline", "mandate.hold", "do not take the lead that was offered", answer_check,
	 step_apply},
	{"mandate.hand_over", "mandate.hold", "offer the rest of one's lead to another post",
	 hand_over_check, step_apply},
	{"mandate.end", "mandate.hold", "end who leads, or withdraw what is offered", end_check,
	 step_apply},
	{"posture.set", "mandate.hold",
	 "set the level of the service, in earnest or in an exercise", posture_check,
	 posture_apply},
	{0},
};
