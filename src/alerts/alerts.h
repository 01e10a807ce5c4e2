#ifndef ALERTS_ALERTS_H
#define ALERTS_ALERTS_H

/*
 * Tell, answer, prove: alerts and their revisions, whom they reach, what each organisation
 * claims, what its evidence shows, and the obligation that follows.  An obligation's state is
 * never stored: it is a pure function of claims, evidence and time (doc/evidence.md; the function
 * is obligation_judge()).  Promises: only covering evidence closes what can be evidenced;
 * silence improves nothing; a closure stays until fresh exposure; the outcome is the same
 * in whatever order records arrive.  Derived tables hold evidence alone; a runner brings them up
 * to the journal.  Never sends anything, never asks the clock.
 */

#include "evidence/evidence.h"
#include "directory/directory.h"
#include "estate/estate.h"
#include "exposure/exposure.h"
#include "journal/journal.h"

extern const struct store_table alerts_tables[]; /* ended by a NULL name */
/* acts.c says what their bodies hold; "org" is that by which the author's right is judged. */
extern const struct act_kind alerts_acts[]; /* ended by a NULL name */

/* What every view takes. */
struct alerts_view {
	struct store *store;
	struct arena *arena; /* of the answers */
	int64_t at_ms;
};

/* --- alerts ------------------------------------------------------------------------- */
enum severity {
	SEVERITY_INFORMATION,
	SEVERITY_LOW,
	SEVERITY_MEDIUM,
	SEVERITY_HIGH,
	SEVERITY_CRITICAL,
	SEVERITIES
};
const char *severity_name(enum severity severity);

enum alert_life { ALERT_DRAFT, ALERT_APPROVED, ALERT_PUBLISHED, ALERT_SUPERSEDED, ALERT_WITHDRAWN };
const char *alert_life_name(enum alert_life life);

enum { OUTCOME_FIX = 1, OUTCOME_MITIGATION = 2, OUTCOME_ISOLATION = 4, OUTCOME_CONFIRMATION = 8 };

ARENA_LIST(str_list, const struct str);

/* A rule over the directory.  An organisation is in the audience when it is open and named in
 * orgs, or when it meets every one of roles, regions and parents that is not empty (within one,
 * any will do); never when named in except.  everyone: no further condition. */
struct audience {
	bool everyone;
	struct str_list roles, regions, parents, orgs, except;
};

struct alert_content { /* of one revision */
	struct str title, text, tlp, ssvc, supersedes;
	enum severity severity;
	struct str_list cves;
	struct str query;  /* of estate_search(): devices that it holds for are what is wrong */
	bool confirmation; /* about nothing that an inventory shows */
	struct audience audience;
	unsigned outcomes;    /* OUTCOME_ bits */
	unsigned classes;     /* bits of enum device_class that it concerns; 0: every one */
	int64_t remediate_by; /* a date that is stated; 0: by the clock */
};

struct alert {
	struct str id; /* "CC-2017-0001" */
	enum alert_life life;
	uint64_t revision;	      /* the newest, 1 and up */
	uint64_t published_revision;  /* the newest published; 0: none */
	bool pending;		      /* a newer revision waits to be approved or published */
	struct alert_content content; /* of the published revision, else of the newest */
	struct str author, approver;  /* posts, of the newest revision */
	int64_t drafted_ms, approved_ms, published_ms, updated_ms; /* 0: not yet */
	int64_t asked_ms; /* when everybody was last asked: publication, or the last major update */
	int64_t ended_ms;
	struct str ended_by, ended_why; /* post; reason, or the alert that follows it */
	uint64_t members;		/* whom it asks; 0 until alert_count() */
};
/* ERR_NOT_FOUND with a hint. */
MUST_CHECK bool alert_get(const struct alerts_view *view, struct str id, struct alert *ret,
			  struct err *err);
MUST_CHECK bool alert_count(const struct alerts_view *view, struct alert *a, struct err *err);
ARENA_LIST(alert_list, struct alert);
/* Newest first. */
MUST_CHECK bool alert_list(const struct alerts_view *view, struct alert_list *ret, struct err *err);
/* The next free number of the year of at_ms. */
MUST_CHECK bool alert_next_id(const struct alerts_view *view, struct str *ret, struct err *err);
/* What a date without a time means as a limit: the last millisecond of that day, which is given by
 * its midnight in UTC, in the civil time of the service. */
MUST_CHECK bool alert_day_end(const struct alerts_view *view, int64_t day_ms, int64_t *ret_ms,
			      struct err *err);
/* The members of content as the body of an alert.draft act wants them, in an open object. */
void alert_content_out(struct json_out *o, const struct alert_content *content);

/* Codes of the organisations that the rule reaches now, sorted, in the arena. */
MUST_CHECK bool alert_audience(const struct alerts_view *view, const struct audience *rule,
			       struct str_list *ret, struct err *err);

/* --- obligations --------------------------------------------------------------------- */
struct obligation {
	struct str org, name, region, role;
	struct str_list inherited; /* organisations that it succeeded and that still count */
	struct obligation_verdict is;
	struct str claims;	   /* kinds so far, "acknowledged fixed", oldest first */
	struct str_list suppliers; /* blocked by, the latest first */
	struct str answered_by;	   /* the post of the latest claim; empty */
	bool reached; /* someone is known there, and the latest delivery did not fail */
	int64_t joined_ms;
	int64_t delivered_ms; /* the first delivery that did not fail; 0: none recorded */
	int64_t said_ms;      /* its first claim of all, whatever counts now; 0: none */
	unsigned step;	      /* of the ladder, 0: none climbed */
};
struct obligation_filter {
	struct str alert;
	struct str org, region;	       /* "" any */
	unsigned states;	       /* bits 1 << enum obligation_state; 0: all */
	struct str post;	       /* whose eyes; "" all */
	bool overdue, unanswered, own; /* own: all counts are of those alone that post sees */
};
struct supplier_waits {
	struct str supplier, name;
	uint64_t organisations, devices;    /* that wait; devices exposed there */
	struct str answer, reference, note; /* the latest; answer "" none yet */
	int64_t asked_ms, answered_ms, promised_ms, fix_ms;
	int64_t due_ms; /* to answer, then to say more; 0: nothing any more */
	bool reached, overdue;
	unsigned step; /* of the ladder that it climbs as a supplier, 0: none */
};
struct obligation_list {
	struct obligation *v; /* worst first: rank of state, overdue, devices exposed, code */
	size_t n;
	uint64_t count[OBLIGATION_STATES]; /* whatever the filter */
	uint64_t overdue, unanswered, not_reached, exposed, unknown;
	struct supplier_waits *suppliers; /* the one whose answer would unlock most first */
	size_t nsuppliers;
	uint64_t evidence_to; /* number of the journal's record up to which evidence was derived */
	uint64_t evidence_behind; /* records since that may bear on it */
};
/* O(members of the alert), or of the few that are asked for by org or own. */
MUST_CHECK bool alert_obligations(const struct alerts_view *view,
				  const struct obligation_filter *filter,
				  struct obligation_list *ret, struct err *err);

ARENA_LIST(claim_list, struct claim); /* oldest first */
/* One obligation whole: its claims, and the runs of evidence with the devices exposed. */
struct obligation_detail {
	struct obligation head;
	struct claim_list claims;
	struct evidence_run *runs;
	size_t nruns;
	const struct evidence_device *differs; /* devices that contradict a claim */
	size_t ndiffers;
	struct supplier_waits *waits; /* what those that it waits for have said */
	size_t nwaits;
};
MUST_CHECK bool alert_obligation(const struct alerts_view *view, struct str alert, struct str org,
				 struct obligation_detail *ret, struct err *err);

/* The same day by day, at the end of each day of the service's civil time (of today: at at_ms), for
 * today's audience, by the inventories taken until then and the intelligence of today. */
enum { TREND_DAYS = 90, TREND_DAYS_MAX = 3660 };
struct trend_query {
	struct str alert, org, region, post; /* as obligation_filter's */
	int64_t from_ms, to_ms; /* midnights UTC; 0: TREND_DAYS since published, today */
};
struct trend_day { /* sums over the organisations that are listed */
	int64_t day_ms, at_ms;
	uint64_t organisations, asked; /* asked: by then */
	uint64_t exposed, unknown, covered, devices, expected;
	uint64_t unstated; /* organisations that nobody has said how many to expect of */
	uint64_t count[OBLIGATION_STATES]; /* of those asked */
	uint64_t peers[OBLIGATION_STATES]; /* of all asked; few: 0; 0 too with org or region */
};
struct trend {
	struct trend_day *v;
	size_t n;
	uint64_t evidence_to, evidence_behind;
};
/* O(members + rows), whatever the days. */
MUST_CHECK bool alert_trend(const struct alerts_view *view, const struct trend_query *query,
			    struct trend *ret, struct err *err);

/* Every open obligation of the organisations that a post answers for, with their clocks. */
struct duty {
	struct str alert, title, org, name, what; /* "acknowledge", "update", "remediate", ... */
	int64_t due_ms;
	bool overdue, as_supplier; /* "answer", then "update": to those who wait for org */
};
ARENA_LIST(duty_list, struct duty); /* by date */
MUST_CHECK bool alert_duties(const struct alerts_view *view, struct str post, struct duty_list *ret,
			     struct err *err);

/* Does it ask org, or whom org succeeded, or does one whom it asks wait for org's answer? */
MUST_CHECK bool alert_asks(const struct alerts_view *view, struct str alert, struct str org,
			   bool *ret, struct err *err);
/* Organisations of the alert's audience that the post may answer for, sorted. */
MUST_CHECK bool alert_answerable(const struct alerts_view *view, struct str alert, struct str post,
				 struct str_list *ret, struct err *err);

/* --- before it is published ------------------------------------------------------------ */
struct alert_preview {
	uint64_t organisations, without_inventory, not_reachable;
	uint64_t expected, devices, exposed, unknown, fixed, not_affected;
	struct exposure_org *v; /* of the audience, worst first */
	size_t n;
	/* Of those, Windows of which no build revision, update or file was seen: by its name. */
	uint64_t named_exposed, named_unknown;
	struct str_list untold; /* vulnerabilities of which nobody can tell who is exposed */
	struct str_list named;	/* that judge all Windows by name: no vendor's updates are held */
};
struct alerts;
/* Of an alert's newest revision. */
MUST_CHECK bool alerts_preview(struct alerts *a, struct str id, struct arena *arena,
			       struct alert_preview *ret, struct err *err);

/* --- the runner -------------------------------------------------------------------------- */
void alerts_close(struct alerts *a);
DEFINE_CLOSEP(struct alerts, alerts_close)
/* journal outlives it.  Keeps what it loaded between calls. */
MUST_CHECK bool alerts_open(const struct journal *journal, const struct clock *clock,
			    struct alerts **ret, struct err *err);

struct alerts_advanced {
	uint64_t to;		     /* number of the last record looked at */
	uint64_t orgs, alerts, rows; /* derived again; rows written */
};
/* Bring the derived tables up to the journal's last record, in transactions of its own: only what
 * the records since may have changed.  Idempotent; a pure function of the recorded tables. */
MUST_CHECK bool alerts_advance(struct alerts *a, struct alerts_advanced *ret, struct err *err);
/* How far it is behind, without doing anything. */
MUST_CHECK bool alerts_behind(struct store *store, const struct journal *journal, uint64_t *ret,
			      struct err *err);

/* Published alerts about one vulnerability each, for `lynchpin bench alerts` alone. */
struct alerts_bench {
	struct str site;
	struct str_list orgs, cves;
	size_t alerts, answered; /* answered: how many of them have claims */
	size_t days, *bytes;	 /* of daily history of the first; bytes[2]: of all alerts, of it */
	int64_t published_ms;
};
MUST_CHECK bool alerts_bench_make(struct store_txn *txn, const struct alerts_bench *how,
				  struct err *err);

/* What has come due by at_ms and is for the post system to do: joiners, steps of ladders. */
struct alert_due {
	const char *act;
	struct str body;
};
ARENA_LIST(alert_due_list, struct alert_due);
MUST_CHECK bool alert_due(const struct alerts_view *view, struct alert_due_list *ret,
			  struct err *err);

/* Escalations recorded, for digests: newest first. */
struct escalation {
	struct str alert, org, to; /* to: a post, or what the ladder names when there is none */
	unsigned ordinal, step;	   /* ordinal 0: of org as a supplier */
	int64_t at_ms;
};
ARENA_LIST(escalation_list, struct escalation);
MUST_CHECK bool alert_escalations(const struct alerts_view *view, struct str alert, struct str to,
				  struct escalation_list *ret, struct err *err);
/* The same of all alerts, but for what was closed or has ended since. */
MUST_CHECK bool alert_digest(const struct alerts_view *view, struct str to,
			     struct escalation_list *ret, struct err *err);

/* Who was asked again by a person, or had a step climbed before its time: newest first. */
struct chase {
	struct str org, post, note; /* post: who did it */
	uint64_t record;
	int64_t at_ms;
	bool raised; /* a step was climbed */
};
ARENA_LIST(chase_list, struct chase);
enum { CHASE_PAUSE_MS = 24 * 3600000 }; /* chased once in that time, unless it is said again */
MUST_CHECK bool alert_chases(const struct alerts_view *view, struct str alert, struct str org,
			     struct chase_list *ret, struct err *err); /* org "": of all */
/* Whom the next step of each one's ladder names, in ret_to[n]; empty: there is none any more. */
MUST_CHECK bool alert_next_steps(const struct alerts_view *view, const struct obligation *v,
				 size_t n, struct str *ret_to, struct err *err);

/* --- rules adopted by record ---------------------------------------------------------------- */
struct rules_adopted {
	struct str what, name; /* "clocks", "ladders", "holidays"; of the file */
	struct hash digest;
	int64_t at_ms;
	uint64_t record;
};
ARENA_LIST(rules_list, struct rules_adopted);
MUST_CHECK bool alert_rules(const struct alerts_view *view, struct rules_list *ret,
			    struct err *err); /* that hold today, by what */
/* The body of an alert.adopt act for a file (doc/templates/alerts.md); bytes are held as bulk. */
MUST_CHECK bool alerts_adopt_body(struct str what, struct str name, struct str bytes,
				  struct text *body, struct err *err);

#endif
