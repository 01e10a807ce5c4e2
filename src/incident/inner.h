#ifndef INCIDENT_INNER_H
#define INCIDENT_INNER_H

/* What the files of this room share.  Never leaves the folder. */

#include "incident/incident.h"

enum step_kind { STEP_OFFER, STEP_ACCEPT, STEP_DECLINE, STEP_HAND_OVER, STEP_END };
const char *step_name(enum step_kind kind); /* the act's */

/* A record about the lead, as its row has it. */
struct step {
	enum step_kind kind;
	int64_t said_ms;
	struct str site, post; /* of the record; who acted */
	uint64_t record;
	struct str target, authority, successor, why; /* target: of an offer or a hand-over */
	int64_t until_ms, accept_by_ms;		      /* DIRECTORY_NO_DATE: none */
	struct str offer_site;			      /* of what is accepted or declined */
	uint64_t offer_record;
};
ARENA_LIST(steps, struct step);
/* Those said up to view->at_ms, by (time, site, number). */
MUST_CHECK bool steps_load(const struct directory_view *view, struct steps *ret, struct err *err);

/* When a post of a step ended; DIRECTORY_NO_DATE while it lives or when it is not known. */
struct post_end {
	struct str post;
	int64_t ended_ms;
};
ARENA_LIST(post_ends, struct post_end);
MUST_CHECK bool ends_load(const struct directory_view *view, const struct steps *steps,
			  struct post_ends *ret, struct err *err);

/* What is offered, and who leads, by its own words: posts are not looked up. */
struct offered {
	struct str to, by, authority, successor, reason, site;
	uint64_t record;
	int64_t said_ms, until_ms, accept_by_ms; /* never NO_DATE */
	bool hand_over;
};
struct leading {
	struct str post, authority;
	int64_t since_ms, until_ms;
	int64_t mandate_until_ms; /* until, unless the post ended before */
	bool in_default;
};
struct lead_state {
	bool led, open;
	struct leading lead;
	struct offered offer;
};
/*
 * Steps in order to who leads at at_ms.  Pure.  Events, if any, are appended to *events in arena.
 * O(steps).
 */
struct fold {
	struct arena *arena;
	const struct steps *steps;
	const struct post_ends *ends;
	int64_t at_ms;
	struct incident_events *events; /* NULL: nobody asks */
};
void fold_lead(const struct fold *f, struct lead_state *ret);
MUST_CHECK bool lead_at(const struct directory_view *view, struct lead_state *ret, struct err *err);

/* Moments as rows have them; NULL is none. */
static inline struct store_value moment(int64_t ms)
{
	return ms == DIRECTORY_NO_DATE ? store_null() : store_int(ms);
}
static inline int64_t moment_col(struct store_query *q, int col)
{
	return store_col_is_null(q, col) ? DIRECTORY_NO_DATE : store_col_int(q, col);
}

/* Members of a body: trimmed and bounded; empty, or NO_DATE, when absent and not needed. */
MUST_CHECK bool said_text(struct act_ctx *ctx, const char *key, bool needed, struct str *ret,
			  struct err *err);
/* After the record, INCIDENT_DAYS_MAX ahead at most where the check asks. */
MUST_CHECK bool said_time(struct act_ctx *ctx, const char *key, bool needed, int64_t *ret,
			  struct err *err);
MUST_CHECK bool time_ahead(const struct act_ctx *ctx, const char *key, int64_t ms, struct err *err);
/* Does the post that acts lead at this moment, or hold incident.command?  Else ERR_DENIED. */
MUST_CHECK bool leads_or_commands(struct act_ctx *ctx, const struct lead_state *state,
				  struct err *err);

/* posture.c */
bool posture_check(struct act_ctx *ctx, struct err *err);
bool posture_apply(struct act_ctx *ctx, struct err *err);
/* The one in force at view->at_ms. */
MUST_CHECK bool posture_at(const struct directory_view *view, struct incident_posture *ret,
			   struct err *err);

#endif
