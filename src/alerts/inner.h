#ifndef ALERTS_INNER_H
#define ALERTS_INNER_H

/*
 * What the files of this room share.  Never leaves the folder.
 *
 *	content.c, content_out.c	a revision's content: from JSON and to it
 *	acts.c		the table of acts, and what they share
 *	draft.c, publish.c, members.c	acts on alerts: draft, approve; publish, withdraw,
 *			supersede; join, deliver, escalate
 *	answer.c, decide.c	acts of organisations and suppliers: claims; decisions, supply
 *	chase.c		acts of who leads: ask again, climb a step before its time
 *	rules.c, adopt.c, rules_read.c	clocks, ladders, holidays: what is in force; alert.adopt;
 *			the files
 *	audience.c	whom a rule reaches
 *	asks.c		whether an alert concerns an organisation
 *	list.c		alert_get(), alert_list(), alert_next_id()
 *	due.c, duties.c	joiners and steps of ladders that are due, escalations; who answers for whom
 *	advance.c, points.c, judge.c	the runner: inventories to alerts_cover and alerts_evidence
 *	runs.c		those two tables to runs of evidence
 *	eyes.c		which organisations a post sees
 *	obligations.c	everything joined into obligations
 *	trend.c		how they stood day by day
 */

#include "alerts/alerts.h"

/* --- content --- */

struct outcome_name {
	const char *name;
	unsigned bit;
};
extern const struct outcome_name outcome_names[]; /* ended by a NULL name */
MUST_CHECK bool severity_by_name(struct str name, enum severity *ret);

/* Members of a body.  Texts are trimmed and in arena, codes in upper case, sorted, each once. */
struct body_member {
	const char *key;
	size_t most; /* bytes */
	bool needed, lines;
};
MUST_CHECK bool body_text(struct json_value body, struct body_member member, struct arena *arena,
			  struct str *ret, struct err *err);
MUST_CHECK bool body_codes(struct json_value body, const char *key, struct arena *arena,
			   struct str_list *ret, struct err *err);
/* Ids of devices, as they are written. */
MUST_CHECK bool body_devices(struct json_value body, const char *key, struct arena *arena,
			     struct str_list *ret, struct err *err);
/* An absent one leaves *ret. */
MUST_CHECK bool body_time(struct json_value body, const char *key, int64_t *ret, struct err *err);

/* The content of a revision.  ERR_INVALID names the member.  Strings in arena. */
MUST_CHECK bool content_read(struct json_value body, struct arena *arena, struct alert_content *ret,
			     struct err *err);
/* The same of the text that alerts_revision keeps. */
MUST_CHECK bool content_parse(struct str text, struct arena *arena, struct alert_content *ret,
			      struct err *err);
/* The canonical text of the content's members alone, as alerts_revision.content keeps it. */
MUST_CHECK bool content_text(const struct alert_content *content, struct text *out,
			     struct err *err);
/* Equal in what counts for carrying claims over: what it is about, classes and outcomes. */
bool content_same_scope(const struct alert_content *a, const struct alert_content *b);
/* What b asks that a did not, in words; NULL: nothing.  Then an update is a minor one. */
const char *content_asks_otherwise(const struct alert_content *a, const struct alert_content *b);

/* --- what acts share --- */

/* One revision, as it stands. */
struct revision {
	uint64_t number;
	struct str weight, content, author, approver, publisher;
	int64_t drafted_ms, approved_ms, published_ms; /* 0: not yet */
};
bool alert_id_valid(struct str id); /* CC-yyyy-nnnn */
/* Member "alert" as an alert and its newest revision. */
MUST_CHECK bool act_alert(struct act_ctx *ctx, struct alert *ret, struct revision *newest,
			  struct err *err);
/* Members "alert" and "revision": the newest revision, of an alert that has not ended, not
 * published yet; else ERR_CONFLICT says who was first. */
MUST_CHECK bool act_revision(struct act_ctx *ctx, struct alert *alert, struct revision *newest,
			     struct err *err);
/* An alert that is published and live. */
MUST_CHECK bool act_live_alert(struct act_ctx *ctx, struct alert *ret, struct err *err);
/* ERR_CONFLICT with who ended it and when. */
MUST_CHECK bool act_not_ended(const struct alert *alert, struct err *err);
struct alerts_view act_view(const struct act_ctx *ctx);
struct directory_view act_directory(const struct act_ctx *ctx);
/* "2017-05-12 07:44 UTC" in buf. */
enum { WHEN_BYTES = STAMP_BYTES + 4 };
const char *when(int64_t ms, char buf[WHEN_BYTES]);
/* The newest revision of an alert, or that one; ERR_NOT_FOUND. */
MUST_CHECK bool revision_get(const struct alerts_view *view, struct str id, uint64_t number,
			     struct revision *ret, struct err *err);

bool draft_check(struct act_ctx *ctx, struct err *err);
bool draft_apply(struct act_ctx *ctx, struct err *err);
bool approve_check(struct act_ctx *ctx, struct err *err);
bool approve_apply(struct act_ctx *ctx, struct err *err);
bool publish_check(struct act_ctx *ctx, struct err *err);
bool publish_apply(struct act_ctx *ctx, struct err *err);
bool withdraw_check(struct act_ctx *ctx, struct err *err);
bool withdraw_apply(struct act_ctx *ctx, struct err *err);
bool supersede_check(struct act_ctx *ctx, struct err *err);
bool supersede_apply(struct act_ctx *ctx, struct err *err);
bool join_check(struct act_ctx *ctx, struct err *err);
bool join_apply(struct act_ctx *ctx, struct err *err);
bool deliver_check(struct act_ctx *ctx, struct err *err);
bool deliver_apply(struct act_ctx *ctx, struct err *err);
bool escalate_check(struct act_ctx *ctx, struct err *err);
bool escalate_apply(struct act_ctx *ctx, struct err *err);
/* A step of a ladder, as two acts climb it. */
struct step {
	struct str alert, org, to;
	int64_t ordinal, step;
};
MUST_CHECK bool step_read(struct act_ctx *ctx, struct step *ret, struct err *err);
bool chase_check(struct act_ctx *ctx, struct err *err);
bool chase_apply(struct act_ctx *ctx, struct err *err);
bool raise_check(struct act_ctx *ctx, struct err *err);
bool raise_apply(struct act_ctx *ctx, struct err *err);
bool acknowledge_check(struct act_ctx *ctx, struct err *err);
bool applicability_check(struct act_ctx *ctx, struct err *err);
bool progress_check(struct act_ctx *ctx, struct err *err);
bool claim_check(struct act_ctx *ctx, struct err *err);
bool except_check(struct act_ctx *ctx, struct err *err);
bool answer_apply(struct act_ctx *ctx, struct err *err); /* of the five above */
bool decide_check(struct act_ctx *ctx, struct err *err);
bool decide_apply(struct act_ctx *ctx, struct err *err);
bool supply_check(struct act_ctx *ctx, struct err *err);
bool supply_apply(struct act_ctx *ctx, struct err *err);
bool adopt_check(struct act_ctx *ctx, struct err *err);
bool adopt_apply(struct act_ctx *ctx, struct err *err);

/* --- members --- */

/* Whom it asks now, by code. */
MUST_CHECK bool members_present(const struct alerts_view *view, struct str alert,
				struct str_list *ret, struct err *err);
/* Make orgs members from now on; who is one already stays as it is.  others_gone: everybody else
 * leaves.  orgs are sorted. */
MUST_CHECK bool members_put(struct act_ctx *ctx, struct str alert, const struct str_list *orgs,
			    bool others_gone, struct err *err);
struct member {
	struct str org; /* the member: the one asked for, or one that it succeeded */
	int64_t joined_ms, gone_ms;
};
/* The members that an organisation answers for, itself first; none: ERR_NOT_FOUND says why. */
struct member_list {
	struct member *v;
	size_t n;
};
MUST_CHECK bool members_of(const struct alerts_view *view, struct str alert, struct str org,
			   struct member_list *ret, struct err *err);

/* Is it one that the alert asks now, itself and not its successor? */
MUST_CHECK bool asks_itself(const struct alerts_view *view, struct str alert, struct str org,
			    bool *ret, struct err *err);
/* Has anybody said to be blocked by org? */
MUST_CHECK bool waited_for(const struct alerts_view *view, struct str alert, struct str org,
			   bool *ret, struct err *err);

/* Rules over one picture of the directory; what several rules share is found once. */
struct audiences;
void audiences_close(struct audiences *a);
DEFINE_CLOSEP(struct audiences, audiences_close)
MUST_CHECK bool audiences_open(const struct alerts_view *view, struct audiences **ret,
			       struct err *err);
MUST_CHECK bool audiences_of(struct audiences *a, const struct audience *rule, struct str_list *ret,
			     struct err *err);
/* NULL: the directory doesn't know it. */
const struct org *audiences_org(const struct audiences *a, struct str code);
/* ERR_INVALID names the first role, region, parent or organisation that the directory doesn't
 * know. */
MUST_CHECK bool audiences_known(struct audiences *a, const struct audience *rule, struct err *err);

/* --- rules --- */

/* A file of rules, read; in the arena it was read with. */
struct clock_row {
	struct str severity; /* or "ssvc-immediate"... */
	bool elapsed;
	int64_t acknowledge, update, remediate; /* ms, or working days */
};
struct ladder_row {
	struct str role, recipient; /* role "": every other */
	int64_t step, after_ms;
};
struct holiday_row {
	struct str area, name; /* area "": everywhere */
	int64_t day;
};
struct rules_zone {
	struct str name;
	int64_t offset_minutes;
	bool eu_summer_time;
};
struct rules_file {
	struct clock_row *clocks;
	struct ladder_row *ladders;
	struct holiday_row *holidays;
	size_t nclocks, nladders, nholidays; /* of one kind */
	struct rules_zone zone;
};
/* what is "clocks", "ladders" or "holidays".  ERR_INVALID with the line.  Pure. */
MUST_CHECK bool rules_read(struct str what, struct str bytes, struct arena *arena,
			   struct rules_file *ret, struct err *err);

/* What is in force for judging an alert. */
struct alert_rules {
	struct alert_clock clock; /* as its publication fixed it */
	struct calendar calendar; /* of the service; areas by calendar_of() */
};
/* Holidays by area, the zone; loaded once per view. */
struct rules;
MUST_CHECK bool rules_load(const struct alerts_view *view, struct rules **ret, struct err *err);
/* The calendar of an organisation: the service's holidays and those of its region. */
const struct calendar *rules_calendar(const struct rules *rules, struct str region);
/* The clock that a severity has now, shortened by an SSVC decision. */
MUST_CHECK bool rules_clock(const struct alerts_view *view, const struct alert_content *content,
			    struct alert_clock *ret, struct err *err);
struct ladder_step {
	int64_t after_ms; /* past the due date */
	struct str recipient;
};
/* Steps for an organisation of a role, in order; the role "" is for every other. */
MUST_CHECK bool rules_ladder(const struct rules *rules, struct str role,
			     const struct ladder_step **ret, size_t *ret_n);

/* The clock as alerts_revision keeps it for the published revision. */
MUST_CHECK bool alert_clock_of(const struct alerts_view *view, struct str id,
			       struct alert_clock *ret, struct err *err);

/* --- runs --- */

enum run_detail { RUNS_COUNTS, RUNS_DEVICES };
/*
 * Runs of evidence of an alert: of one organisation, or of all ("").  Called for each organisation
 * that has any, by code; the runs live until fn returns.
 */
struct runs_query {
	struct str alert, org;
	bool all_classes; /* the alert concerns every class: alerts_cover speaks for it */
};
struct runs_sink {
	enum run_detail detail;
	bool (*fn)(void *ctx, struct str org, const struct evidence_runs *runs, struct err *err);
	void *ctx;
};
MUST_CHECK bool runs_each(const struct alerts_view *view, const struct runs_query *query,
			  const struct runs_sink *sink, struct err *err);

/* The list of alerts_evidence: "id LF seen_ms LF" for each exposed device, by id. */
void device_list_add(struct text *out, struct str id, int64_t seen_ms);
/* *ret in arena; false when the bytes are no such list. */
MUST_CHECK bool device_list_read(struct str list, struct str org, struct arena *arena,
				 struct evidence_device **ret, size_t *ret_n);

/* Lists of device ids as alerts_claim keeps them: sorted, each once, LF after each. */

/* Fill evidence_to and evidence_behind. */
MUST_CHECK bool evidence_reaches(const struct alerts_view *view, struct obligation_list *list,
				 struct err *err);

#endif
