#ifndef ALERTS_DERIVE_H
#define ALERTS_DERIVE_H

/*
 * How inventories become rows of evidence: shared by the files of the runner.  A point is the
 * estate of an organisation after one of its deliveries, judged as of when that was taken; rows
 * are runs of points that say the same.
 *
 *	sources.c	intelligence, names and estate in hand
 *	subjects.c	what the published alerts ask of an inventory
 *	coverage.c	is what was seen enough to speak for the organisation?
 *	points.c	the next point of one alert and organisation: what stands, what ends
 *	course.c	how the counts of a run went
 *	rows.c		alerts_cover and alerts_evidence: the newest read, what changed written
 *	judge.c		many organisations' points judged together
 *	preview.c	an alert that is not published yet, as of now
 *	bearing.c	which records bear on it
 *	advance.c	what is to be derived again
 */

#include "alerts/course.h"
#include "alerts/inner.h"
#include "base/bits.h"
#include "base/mem.h"
#include "base/table.h"

/* --- sources.c --- */

struct alerts {
	const struct journal *journal;
	const struct clock *clock;
	struct store *store;
	struct estate *estate;
	struct intel_image *image; /* of the CVEs of the alerts in hand */
	struct intel_dictionary *dictionary;
	struct estate_resolver *resolver;
	struct subjects *subjects; /* NULL: not loaded */
	uint64_t cursor;	   /* up to which all of this is current; 0: it isn't */
};
/* Forget what rests on intelligence, on the map of names, on what alerts there are. */
void sources_forget(struct alerts *a, bool intelligence, bool names, bool alerts);
/* Dictionary and resolver. */
MUST_CHECK bool sources_names(struct alerts *a, struct err *err);
struct exposure_resolver sources_resolver(const struct estate_resolver *r);

/* --- subjects.c --- */

struct subject {
	struct str alert, query;
	struct str_list cves;
	unsigned classes; /* bits of enum device_class; 0: every one */
	struct hash basis;
};
struct subjects {
	struct arena *arena;
	VEC_OF(struct subject) v; /* by alert */
};
void subjects_close(struct subjects *s);
DEFINE_CLOSEP(struct subjects, subjects_close)
/* See that subjects, their image and, where there is any, names are loaded. */
MUST_CHECK bool subjects_ready(struct alerts *a, struct err *err);
/* An image of the CVEs of some subjects. */
MUST_CHECK bool subjects_image(struct alerts *a, const struct subject *v, size_t n,
			       struct intel_image **ret, struct err *err);
static inline bool subject_concerns(const struct subject *s, unsigned class)
{
	return !s->classes || class == CLASS_UNKNOWN || s->classes >> class & 1;
}

/* --- coverage.c --- */

/* How many devices the directory expects; -1: nobody has said. */
struct expected {
	int64_t total, class[DEVICE_CLASSES];
};
struct expected expected_of(const struct org *org);
/* As alerts_estate keeps it: equal text, equal expectations. */
void expected_text(const struct expected *e, struct text *out);

/* The estate at one point, in the order that coverage asks for. */
struct sight {
	const struct segment *segment;
	int64_t now_ms;
	uint32_t *order;     /* devices with fresh evidence, that which lasts longest first */
	int64_t *expires_ms; /* by device; 0: nothing fresh */
	uint32_t nfresh;
	uint32_t in_class[DEVICE_CLASSES];
};
void sight_make(const struct segment *s, struct arena *arena, struct sight *ret);

struct coverage {
	uint64_t devices, covered;
	int64_t expected, until_ms; /* -1: nobody has said; 0: not covering */
};
/* unknown: bits by device; NULL: none. */
struct coverage coverage_of(const struct sight *s, const struct expected *e, unsigned classes,
			    const uint64_t *unknown);

/* --- points.c --- */

struct point {
	int64_t at_ms, known_ms;
	struct record_ref ref;
	const struct sight *sight;
	const struct expected *expected;
	struct coverage cover; /* of every class, when nothing is unknown */
};
/* What one alert finds at a point; bits by device, NULL: none. */
struct finding {
	const uint64_t *exposed, *unknown;
	const int64_t *seen_ms; /* of those exposed */
};

struct run {
	int64_t from_ms, last_ms, known_ms, until_ms, ends_ms;
	struct coverage cover;
	uint64_t unknown, exposed;
	int64_t oldest_ms, newest_ms;
	struct record_ref ref;	  /* of the first inventory, which a closure cites */
	struct record_ref newest; /* of the last */
	int64_t newest_known_ms;
	struct text list; /* "id LF seen LF", of those exposed */
	struct course course;
	bool touched; /* a point was added to it */
};
/* The runs of one organisation, for one alert or for its cover; those before the newest are done
 * and wait to be written. */
struct track {
	VEC_OF(struct run) v;
	bool open; /* the last of v still stands */
};
void track_release(struct track *t);
/* Its counts, as of its last_ms, go into its course. */
void run_remember(struct run *r);
void track_cover(struct track *t, const struct point *p);
void track_step(struct track *t, const struct subject *s, const struct point *p,
		const struct finding *f);

/* --- rows.c --- */

MUST_CHECK bool cover_read(struct store *store, struct str org, struct track *ret, struct err *err);
MUST_CHECK bool cover_write(struct store_txn *txn, struct str org, const struct track *t,
			    struct err *err);
struct derivation;
/* Of each of its subjects, what still stands: tracks has one for each. */
MUST_CHECK bool evidence_read(const struct derivation *d, struct str org, struct track *tracks,
			      struct err *err);
MUST_CHECK bool evidence_write(struct store_txn *txn, struct str alert, struct str org,
			       const struct track *t, struct err *err);

/* --- bearing.c --- */

/* What the records since the cursor bear on. */
struct bearing {
	bool everything;   /* compare every organisation and alert */
	bool every_org;	   /* compare every organisation */
	bool intelligence; /* and so every alert's basis */
	bool names, alerts;
	struct intern *orgs; /* compare these */
};

void bearing_release(struct bearing *b);
MUST_CHECK bool bearing_read(const struct journal *journal, uint64_t cursor, struct bearing *b,
			     struct err *err);
/* The number of the last record that was looked at; 0: none. */
MUST_CHECK bool cursor_get(struct store *store, struct str site, uint64_t *ret, struct err *err);
MUST_CHECK bool cursor_put(struct store_txn *txn, const struct journal_head *head, struct err *err);

/* --- judge.c --- */

struct task {
	const struct estate_history *history;
	struct expected expected;
	size_t from; /* the first delivery that is new: 0 for all of them */
};
struct derivation {
	struct alerts *alerts;
	struct store_txn *txn;
	const struct task *tasks; /* by organisation */
	size_t ntasks;
	const struct subject *const *subjects;
	size_t nsubjects;
	bool cover; /* alerts_cover too */
	uint64_t rows;
};
MUST_CHECK bool derive(struct derivation *d, struct err *err);

#endif
