#ifndef CLI_ALERT_H
#define CLI_ALERT_H

/*
 * Inner door: what the commands on alerts share: whose eyes look, the body of an act, and how
 * an alert and its obligations are shown.
 */

#include "alerts/alerts.h"
#include "cli/command.h"
#include "desk/desk.h"

/* Each is the run of one command; the table of them is in alert.c. */
bool alert_new_run(struct cli *c, struct err *err);
bool alert_update_run(struct cli *c, struct err *err);
bool alert_show_run(struct cli *c, struct err *err);
bool alert_preview_run(struct cli *c, struct err *err);
bool alert_replay_run(struct cli *c, struct err *err);
bool alert_trend_run(struct cli *c, struct err *err);
bool alert_acknowledge_run(struct cli *c, struct err *err);
bool alert_applicability_run(struct cli *c, struct err *err);
bool alert_progress_run(struct cli *c, struct err *err);
bool alert_claim_run(struct cli *c, struct err *err);
bool alert_except_run(struct cli *c, struct err *err);
bool alert_decide_run(struct cli *c, struct err *err);
bool alert_supply_run(struct cli *c, struct err *err);
bool alert_deliver_run(struct cli *c, struct err *err);
bool alert_claims_run(struct cli *c, struct err *err);
bool alert_advance_run(struct cli *c, struct err *err);
bool alert_escalations_run(struct cli *c, struct err *err);
bool alert_digest_run(struct cli *c, struct err *err);
bool alert_duties_run(struct cli *c, struct err *err);
bool alert_chase_run(struct cli *c, struct err *err);
bool alert_escalate_run(struct cli *c, struct err *err);
bool alert_chases_run(struct cli *c, struct err *err);

/* Of alert update; alert new begins after those. */
enum { ALERT_WEIGHTS = 3 };
extern const struct cli_option alert_draft_options[], alert_preview_options[], alert_show_options[],
	alert_replay_options[], alert_acknowledge_options[], alert_applicability_options[],
	alert_progress_options[], alert_claim_options[], alert_except_options[],
	alert_decide_options[], alert_supply_options[], alert_deliver_options[],
	alert_claims_options[], alert_escalations_options[], alert_digest_options[],
	alert_duties_options[], alert_trend_options[], alert_chase_options[],
	alert_escalate_options[], alert_chases_options[];

/* The post that acts and looks: --as, else the one that init made. */
struct str alert_post(const struct cli *c);
struct alerts_view alert_view(struct cli *c, struct acts *a);
/* The alert that argument i names, its number in upper case. */
struct str alert_number(struct cli *c, unsigned i);
/* Day and time to the minute, in c's arena; "-" for 0. */
struct str alert_when(struct cli *c, int64_t ms);

/* The revision of alert that an option names, else its newest. */
MUST_CHECK bool alert_revision(struct cli *c, const char *option, const struct alert *alert,
			       int64_t *ret, struct err *err);

/* Values of an option that may be given again, split at commas; each once. */
struct str_list alert_option_list(struct cli *c, const char *name);
/* The same, as codes of organisations. */
struct str_list alert_option_orgs(struct cli *c, const char *name);

/* --- an act's body --- */

/* MEMBER_DAY: a date without a time, as a limit; alert_days() makes it the end of that day. */
enum member_kind { MEMBER_STR, MEMBER_INT, MEMBER_STAMP, MEMBER_DAY, MEMBER_BOOL, MEMBER_LIST };
struct alert_member {
	const char *key;
	enum member_kind kind;
	struct str s;
	int64_t i;
	struct str_list list;
};
enum { ALERT_MEMBERS = 12 };
struct alert_act {
	const char *act;
	struct str alert;
	struct alert_member v[ALERT_MEMBERS];
	size_t n;
};
void act_str(struct alert_act *act, const char *key, struct str s); /* left out when empty */
void act_int(struct alert_act *act, const char *key, int64_t i);
void act_stamp(struct alert_act *act, const char *key, int64_t ms); /* left out when 0 */
/* A limit; said: the option's words. */
void act_limit(struct alert_act *act, const char *key, int64_t ms, const char *said);
MUST_CHECK bool alert_days(const struct alerts_view *view, struct alert_act *act, struct err *err);
bool alert_is_day(const char *said); /* a date without a time */
void act_bool(struct alert_act *act, const char *key, bool b);
void act_list(struct alert_act *act, const char *key, struct str_list list); /* so too */
/* Its body, for one organisation unless org is empty; appended. */
MUST_CHECK bool alert_body(const struct alert_act *act, struct str org, struct text *out,
			   struct err *err);
/* Do it, for one organisation unless org is empty. */
MUST_CHECK bool alert_do(struct acts *a, const struct alert_act *act, struct str org,
			 uint64_t *ret_number, struct err *err);
/* {"alert","record"} under --json, else the line. */
MUST_CHECK bool alert_said(struct cli *c, struct str alert, uint64_t record, struct str line,
			   struct err *err);

/* --- the same for many, each by itself: one that is refused hinders none --- */

struct each_one {
	struct each *of;
	struct str org, name, to; /* to: whom it goes to, where it goes to somebody */
	struct str refused;	  /* why not; empty: it was done */
	enum err_code code;
	uint64_t record;
};
struct each {
	struct cli *cli;
	struct acts *acts;
	struct str alert;
	const char *words; /* "chased" */
	struct each_one *v;
	size_t n, cap, done;
	uint64_t last; /* record */
};
struct each_one *each_add(struct each *e, struct str org, struct str name);
void each_refuse(struct each_one *one, enum err_code code, struct str why);
/* Do it for the one; what comes of it is known after each_end(). */
MUST_CHECK bool each_do(struct each_one *one, const struct alert_act *act, struct err *err);
/* All in one commit, and what came of each as a listing.  False where nothing at all was done:
 * of several, what came of each is said all the same. */
MUST_CHECK bool each_end(struct each *e, struct err *err);

/* --- who may see what --- */

/* How far a post sees: its own scope; ERR_NOT_FOUND when there is no such post. */
MUST_CHECK bool alert_scope(struct cli *c, const struct alerts_view *view, enum post_scope *ret,
			    struct err *err);
/* The organisation of the post that looks. */
MUST_CHECK bool alert_own_org(struct cli *c, const struct alerts_view *view, struct str *ret,
			      struct err *err);
/*
 * Is the alert for the post to read?  What is not published is the nation's own; what is, is for
 * the regions, and for whom it asks, who answers for one of those, or whom one waits for.
 */
MUST_CHECK bool alert_concerns(struct cli *c, const struct alerts_view *view,
			       const struct alert *alert, bool *ret, struct err *err);
/* ERR_DENIED, with what to do, where the post may see nothing of org. */
MUST_CHECK bool alert_may_see(struct cli *c, const struct alerts_view *view, struct str org,
			      enum directory_sees *ret, struct err *err);

/* --- showing --- */

/* The alert, its number and content, in lines. */
void alert_say_head(struct cli *c, const struct alert *alert);
/* The same as members of a listing's JSON. */
MUST_CHECK bool alert_note_head(struct listing *l, const struct alert *alert, struct err *err);

struct alert_shown {
	struct journal *journal;
	struct alerts_view view; /* what is shown */
	struct alerts_view eyes; /* who may see what today, whatever moment is shown */
	struct str alert;
	bool replay; /* a moment of the past: say who knew */
};
/* to: record up to which evidence was derived, 0 not said; behind: records since. */
void alert_say_evidence(struct cli *c, const struct alert_shown *in, uint64_t to, uint64_t behind);
MUST_CHECK bool alert_show(struct cli *c, const struct alert_shown *shown, struct err *err);
MUST_CHECK bool alert_show_org(struct cli *c, const struct alert_shown *shown, struct str org,
			       struct err *err);

/* What a supplier that somebody waits for has answered, in a line without its name. */
struct str alert_supplier_said(struct cli *c, const struct supplier_waits *w);
void alert_supplier_out(struct json_out *o, const struct supplier_waits *w);

/* Columns of alert_obligation_row(); with one for who knew, in a replay. */
const struct column *alert_obligation_columns(struct cli *c, bool replay);
void alert_obligation_row(struct cli *c, struct listing *l, const struct obligation *o);

#endif
