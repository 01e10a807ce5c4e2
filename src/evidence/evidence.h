#ifndef EVIDENCE_EVIDENCE_H
#define EVIDENCE_EVIDENCE_H

/*
 * What claims, evidence and time make of one obligation: its state, its clocks, its closures. Pure:
 * no store, no clock.  doc/evidence.md prints it as a table; each cell is a test.
 */

#include "base/arena.h"
#include "base/calendar.h"
#include "base/err.h"
#include "base/text.h"

/* Where a record came from: (site, number) is its identity, (time, site, number) its order. */
struct record_ref {
	struct str site;
	uint64_t number;
};

/* --- claims ------------------------------------------------------------------- */

enum claim_kind {
	CLAIM_ACKNOWLEDGED,
	CLAIM_APPLICABLE,
	CLAIM_IN_PROGRESS,
	CLAIM_BLOCKED,
	CLAIM_HELP,
	CLAIM_NOT_APPLICABLE,
	CLAIM_FIXED,
	CLAIM_MITIGATED,
	CLAIM_EXCEPTED,
	CLAIM_ATTESTED,
	CLAIM_KINDS
};
const char *claim_kind_name(enum claim_kind kind);
MUST_CHECK bool claim_kind_by_name(struct str name, enum claim_kind *ret);

struct claim {
	enum claim_kind kind;
	struct record_ref ref;
	int64_t at_ms;			 /* the record's stamped time */
	struct str org, post, on_behalf; /* org: whose devices; post: who said it */
	const struct str *devices;	 /* sorted; ndevices 0: all that are concerned */
	size_t ndevices;
	int64_t until_ms;   /* mitigated, excepted, attested; 0: none stated */
	int64_t date_ms;    /* in progress: promised; 0 */
	int64_t decided_ms; /* mitigated, excepted; 0: pending */
	bool approved;
	struct str decided_by;
	struct str supplier; /* blocked by */
	struct str note, opinion, controls;
};

/* --- evidence -------------------------------------------------------------------- */

struct evidence_device {
	struct str org, id;
	int64_t seen_ms; /* when the evidence that shows it exposed was taken */
};

/*
 * What the inventories showed from one to the next difference.  exposed devices stand until
 * fresher evidence on them, or covering evidence without them, says otherwise.  Runs are in order
 * of from_ms and do not overlap.
 */
struct evidence_run {
	int64_t from_ms, last_ms; /* first and last inventory that showed this: when taken */
	int64_t known_ms;	  /* when the first of them was received */
	int64_t covers_until_ms;  /* covering until then; 0: not covering */
	uint64_t exposed;
	int64_t oldest_ms, newest_ms; /* among the exposed: when seen */
	uint64_t unknown, covered, devices;
	int64_t expected;		 /* -1: nobody has said */
	const struct evidence_device *v; /* the exposed, by org and id; NULL when not asked for */
	struct record_ref ref;		 /* the first inventory of the run, which a closure cites */
	struct record_ref newest;	 /* the last */
	int64_t newest_known_ms;	 /* when that was received */
};
struct evidence_runs {
	const struct evidence_run *v;
	size_t n;
};
/*
 * The runs of two estates that one organisation answers for (a merger leaves them apart): devices
 * are added up, and it covers only where both cover.  In arena; borrows.
 */
void evidence_runs_join(const struct evidence_runs *a, const struct evidence_runs *b,
			struct arena *arena, struct evidence_runs *ret);

/* --- the state -------------------------------------------------------------------------- */

/* In order of how bad they are. */
enum obligation_state {
	OBLIGATION_EVIDENCE_DIFFERS,
	OBLIGATION_EXPOSED_UNANSWERED,
	OBLIGATION_EXPOSED,
	OBLIGATION_UNPROVEN,
	OBLIGATION_UNKNOWN_UNANSWERED,
	OBLIGATION_UNKNOWN,
	OBLIGATION_CLEAR_UNANSWERED,
	/* from here on closed, the first three until a date */
	OBLIGATION_EXCEPTED,
	OBLIGATION_MITIGATED,
	OBLIGATION_ATTESTED,
	OBLIGATION_CLEAR,
	OBLIGATION_VERIFIED_NOT_APPLICABLE,
	OBLIGATION_VERIFIED,
	OBLIGATION_STATES
};
/* "evidence_differs", ... */
const char *obligation_state_name(enum obligation_state state);
/* "evidence differs", as people read it. */
const char *obligation_state_words(enum obligation_state state);
static inline bool obligation_is_closed(enum obligation_state state)
{
	return state >= OBLIGATION_EXCEPTED;
}

/* How long one has; 0: no such duty.  Elapsed: milliseconds; else working days. */
struct alert_clock {
	bool elapsed;
	int64_t acknowledge, update, remediate;
};
/* The moment n (in the clock's unit) after from_ms; 0 when n is 0. */
int64_t alert_clock_due(const struct alert_clock *clock, const struct calendar *calendar,
			int64_t from_ms, int64_t n);

struct obligation_facts {
	struct str org;
	const struct str *inherited; /* organisations that it succeeded and whose estates still
				      * count; a claim of one of them is about that estate alone */
	const int64_t *inherited_ms; /* when it succeeded each: what it said itself before then is
				      * not about that estate; NULL: it always has */
	size_t ninherited;
	int64_t start_ms; /* asked: published, joined, or the last major update */
	int64_t now_ms;
	struct alert_clock clock;
	const struct calendar *calendar;
	int64_t remediate_by_ms; /* stated date; 0: by the clock */
	int64_t due_before_ms;	 /* the earliest due date inherited from a predecessor; 0: none */
	const struct claim
		*claims; /* all that count, by (at, site, number); some may be from before
			  * start_ms: carried over from an alert that this supersedes */
	size_t nclaims;
	struct evidence_runs runs; /* with their devices where claims name devices */
	bool evidencable;	   /* false: about nothing that an inventory can show; then runs are
				    * not looked at */
	bool has_inventory;	   /* the organisation has ever sent one */
	bool reached;
	int64_t fix_ms; /* the supplier that it waits for authorised a fix then; 0: not yet */
};

struct obligation_verdict {
	enum obligation_state state;
	unsigned ordinal;	     /* 1; 2 after a closure and fresh exposure, and so on */
	int64_t start_ms;	     /* of this ordinal's clock */
	int64_t closed_ms;	     /* 0: open; closed until a date counts as closed */
	int64_t until_ms;	     /* excepted, mitigated, attested */
	struct record_ref closed_by; /* the inventory that closed it; number 0: none */
	int64_t previous_closed_ms;  /* ordinal > 1: the closure that this one follows */
	struct record_ref previous_closed_by;
	bool answered;
	bool blocked;			 /* of something a supplier is said to be in the way */
	bool pending;			 /* a mitigation or exception waits to be decided */
	int64_t answered_ms, updated_ms; /* first and latest claim; 0: none */
	/* Devices that evidence shows exposed, by what is claimed of them. */
	uint64_t exposed; /* all of them */
	uint64_t differs, unproven, mitigated, excepted;
	int64_t seen_ms; /* the newest evidence of exposure; 0: none */
	uint64_t unknown, covered, devices;
	int64_t expected;
	bool covering;
	/* 0: no such duty (any more). */
	int64_t acknowledge_due_ms, update_due_ms, remediate_due_ms, mitigate_due_ms;
	int64_t due_ms; /* the next of them */
	bool overdue;
	size_t first_claim; /* of facts->claims: those before it belong to an earlier ordinal */
};
/* Pure.  O(claims * (devices exposed + devices named)), times the number of moments at which
 * something changed where a claim has a date; claims and moments are few. */
void obligation_judge(const struct obligation_facts *facts, struct obligation_verdict *ret);
/* Does this device, exposed in the newest run, contradict what is claimed of it? */
bool obligation_device_differs(const struct obligation_facts *facts,
			       const struct obligation_verdict *verdict,
			       const struct evidence_device *device);

/* The table of doc/evidence.md, row by row: fn(ctx, claims, covering, exposed, neither), made by
 * asking obligation_judge(). */
typedef void evidence_table_fn(void *ctx, const char *claims, const char *clear,
			       const char *exposed, const char *neither);
void evidence_table_each(evidence_table_fn *fn, void *ctx);

/* May the devices of one class count as covered?  seen of expected: 95 % of them, all but one where
 * 5 to 20 are expected, all below 5. */
bool evidence_covers(uint64_t seen, uint64_t expected);
/* The least number that covers. */
uint64_t evidence_needed(uint64_t expected);

#endif
