#ifndef ALERTS_INNER_H
#define ALERTS_INNER_H

/*
 * What the files of this room share.  Never leaves the folder.
 *
 *	content.c	a revision's content: from JSON and to it
 *	draft.c		acts on alerts: draft, approve, publish, withdraw, supersede, join, deliver
 *	answer.c	acts of organisations and suppliers: claims, decisions, supply
 *	rules.c		clocks, ladders, holidays: the files, alert.adopt, what is in force
 *	audience.c	whom a rule reaches
 *	list.c		alert_get(), alert_list(), alert_next_id()
 *	due.c		joiners and steps of ladders that are due; duties; escalations
 *	advance.c, points.c, judge.c	the runner: inventories to alerts_cover and alerts_evidence
 *	runs.c		those two tables to runs of evidence
 *	obligations.c	everything joined into obligations
 */

#include "alerts/alerts.h"

/* The content of a revision.  ERR_INVALID names the member.  Strings in arena. */
MUST_CHECK bool content_read(struct json_value body, struct arena *arena, struct alert_content *ret,
			     struct err *err);
/* The canonical text of the content's members alone, as alerts_revision.content keeps it. */
MUST_CHECK bool content_text(const struct alert_content *content, struct text *out,
			     struct err *err);
/* Equal in what counts for carrying claims over: what it is about, classes and outcomes. */
bool content_same_scope(const struct alert_content *a, const struct alert_content *b);

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
