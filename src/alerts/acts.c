#include "alerts/inner.h"

/*
 * Bodies.  Times are RFC 3339; [] may be absent.  "org" is that by which the author's right is
 * judged.  "base" is the newest revision that the author saw: when another came between, the act is
 * refused and says whose.
 *
 *	alert.draft	alert, base, weight ("first", "minor", "major"), title, severity, tlp, text,
 *			about {cves [], query, confirmation}, audience {...}, outcomes [] [, ssvc],
 *			[classes []] [, remediate_by] [, supersedes]: the alert's next revision
 *	alert.approve	alert, revision: by a second person
 *	alert.publish	alert, revision: approved
 *	alert.withdraw	alert, base, reason
 *	alert.supersede	alert, base, by: another alert that is published
 *	alert.join	alert, orgs []: who came into the audience since (the post system)
 *	alert.deliver	alert, orgs [], channel, outcome ("delivered", "failed") [, at]
 *	alert.acknowledge	alert, org
 *	alert.applicability	alert, org, applicable [, reason] [, devices []]
 *	alert.progress	alert, org, kind ("in_progress", "blocked", "help") [, date] [, supplier],
 *			[note] [, devices []]
 *	alert.claim	alert, org, kind ("fixed", "mitigated", "attested") [, how] [, until],
 *			[devices []]
 *	alert.except	alert, org, reason, opinion, controls, until [, devices []]
 *	alert.decide	alert, org, claim {site, number}, approve [, reason: of a refusal, and of
 *			an exception that is granted]: on a claim of mitigated or excepted; by
 *			the SIRO up to 30 days, by region or nation beyond
 *	alert.supply	alert, org (the supplier), kind ("acknowledged", "working", "fix",
 *			"no_fix") [, date] [, reference] [, note]
 *	alert.escalate	alert, org, ordinal (0: as a supplier), step, to (the post system)
 *	alert.chase	alert, org [, note] [, again]: ask it once more
 *	alert.raise	alert, org, ordinal, step, to [, note]: the next step, before its time
 *	alert.adopt	what ("clocks", "ladders", "holidays"), name, bulk
 */
const struct act_kind alerts_acts[] = {
	{"alert.draft", "alert.write", "draft an alert, or its next revision", draft_check,
	 draft_apply},
	{"alert.approve", "alert.approve", "approve a revision, as a second person", approve_check,
	 approve_apply},
	{"alert.publish", "alert.write", "publish a revision to its audience", publish_check,
	 publish_apply},
	{"alert.withdraw", "alert.approve", "withdraw an alert", withdraw_check, withdraw_apply},
	{"alert.supersede", "alert.approve", "end an alert in favour of another", supersede_check,
	 supersede_apply},
	{"alert.join", "alert.due", "ask who came into the audience since", join_check, join_apply},
	{"alert.deliver", "alert.deliver", "say whom an alert reached, and how", deliver_check,
	 deliver_apply},
	{"alert.acknowledge", "alert.answer", "acknowledge an alert", acknowledge_check,
	 answer_apply},
	{"alert.applicability", "alert.answer", "say whether it applies", applicability_check,
	 answer_apply},
	{"alert.progress", "alert.answer", "say how far one is, or what is in the way",
	 progress_check, answer_apply},
	{"alert.claim", "alert.answer", "claim that devices are fixed, mitigated or attested",
	 claim_check, answer_apply},
	{"alert.except", "alert.answer", "ask for an exception until a date", except_check,
	 answer_apply},
	{"alert.decide", "except.approve", "decide on a mitigation or an exception", decide_check,
	 decide_apply},
	{"alert.supply", "alert.supply", "answer as the supplier that others wait for",
	 supply_check, supply_apply},
	{"alert.escalate", "alert.due", "climb a step of the ladder", escalate_check,
	 escalate_apply},
	{"alert.chase", "alert.chase", "ask an organisation once more", chase_check, chase_apply},
	{"alert.raise", "alert.chase", "climb the next step of a ladder before its time",
	 raise_check, raise_apply},
	{"alert.adopt", "settings.write", "adopt clocks, ladders or holidays", adopt_check,
	 adopt_apply},
	{0},
};

/* --- what they share --- */

struct alerts_view act_view(const struct act_ctx *ctx)
{
	return (struct alerts_view){ctx->store, ctx->arena, ctx->record->stamped_ms};
}

struct directory_view act_directory(const struct act_ctx *ctx)
{
	return (struct directory_view){ctx->store, ctx->arena, ctx->record->stamped_ms};
}

const char *when(int64_t ms, char buf[WHEN_BYTES])
{
	static const char zone[] = " UTC";
	enum { MINUTES = 16, DAY = 10 };

	stamp_format(ms, buf);
	buf[DAY] = ' ';
	memcpy(buf + MINUTES, zone, sizeof(zone));
	return buf;
}

bool alert_id_valid(struct str id)
{
	enum { PREFIX = 3, YEAR_END = 7, SHORTEST = 12, LONGEST = 16 };

	if (id.n < SHORTEST || id.n > LONGEST || !str_starts(id, STR("CC-")) ||
	    id.p[YEAR_END] != '-')
		return false;
	for (size_t i = PREFIX; i < id.n; i++)
		if (i != YEAR_END && !char_is_digit(id.p[i]))
			return false;
	return true;
}

bool act_alert(struct act_ctx *ctx, struct alert *ret, struct revision *newest, struct err *err)
{
	const struct alerts_view view = act_view(ctx);
	struct str id;

	if (!json_need_str(ctx->body, "alert", &id, err) || !alert_get(&view, id, ret, err))
		return false;
	if (!str_eq(id, ret->id))
		return err_set(err, ERR_INVALID, "the alert's number is written %.*s",
			       STR_FMT(ret->id));
	return revision_get(&view, ret->id, ret->revision, newest, err);
}

bool act_not_ended(const struct alert *alert, struct err *err)
{
	char buf[WHEN_BYTES];

	if (alert->life == ALERT_WITHDRAWN)
		return err_set(err, ERR_CONFLICT, "%.*s was withdrawn by %.*s on %s: %.*s",
			       STR_FMT(alert->id), STR_FMT(alert->ended_by),
			       when(alert->ended_ms, buf), STR_FMT(alert->ended_why));
	if (alert->life == ALERT_SUPERSEDED)
		return err_set(err, ERR_CONFLICT, "%.*s was superseded by %.*s on %s (by %.*s)",
			       STR_FMT(alert->id), STR_FMT(alert->ended_why),
			       when(alert->ended_ms, buf), STR_FMT(alert->ended_by));
	return true;
}

bool act_live_alert(struct act_ctx *ctx, struct alert *ret, struct err *err)
{
	struct revision newest;

	if (!act_alert(ctx, ret, &newest, err) || !act_not_ended(ret, err))
		return false;
	return ret->published_revision != 0 ||
	       err_set(err, ERR_CONFLICT, "%.*s is not published yet: there is nothing to answer",
		       STR_FMT(ret->id));
}
