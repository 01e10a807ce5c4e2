#ifndef DESK_DESK_H
#define DESK_DESK_H

/*
 * What the command line and the console share: who looks, what of whom they may be shown, and
 * records in words.  A post sees what directory_post_sees() says.  Who gives no post is the
 * operator at the machine: the store's file and key are in those hands already, so everything is
 * shown. Never writes, and decides nothing that the directory has not decided.
 */

#include "acts/acts.h"
#include "alerts/alerts.h"
#include "directory/directory.h"

/* --- who looks --- */

struct sight {
	struct directory_view view;
	struct post post; /* id empty: the operator */
	enum post_scope scope;
	struct str last; /* asked for last, as rows come by organisation; and the answer */
	enum directory_sees last_sees;
};

/* Of a post; none (empty) is the operator.  ERR_NOT_FOUND: no such post; ERR_DENIED: it has
 * ended. */
MUST_CHECK bool sight_of_post(const struct directory_view *view, struct str post, struct sight *ret,
			      struct err *err);
static inline bool sight_is_operator(const struct sight *s)
{
	return !s->post.id.n;
}
/* Are the counts of every organisation open to it? */
static inline bool sight_counts_all(const struct sight *s)
{
	return sight_is_operator(s) || s->scope == SCOPE_NATION;
}
MUST_CHECK bool sight_sees(struct sight *s, struct str org, enum directory_sees *ret,
			   struct err *err);
/* ERR_DENIED, with who could open it and how, unless it sees so much of org; ERR_NOT_FOUND when
 * there is no such organisation. */
MUST_CHECK bool sight_need(struct sight *s, struct str org, enum directory_sees need,
			   struct err *err);
/* ERR_DENIED unless the post holds the right, for a right that is about no organisation. */
MUST_CHECK bool sight_right(const struct sight *s, const char *right, struct err *err);
/* ERR_DENIED for any post: what shows all there is, unparted. */
MUST_CHECK bool sight_whole(const struct sight *s, struct err *err);
/*
 * Is the alert for it to read?  What is not published is the nation's own; what is, is for the
 * regions, and for whom it asks, who answers for one of those, or whom one waits for.
 */
MUST_CHECK bool sight_reads_alert(const struct sight *s, const struct alert *alert, bool *ret,
				  struct err *err);
/* Is the record for it to read?  Below the nation: what concerns an organisation of which it sees
 * something, or nobody alone. */
MUST_CHECK bool sight_reads_record(struct sight *s, const struct record *record, bool *ret,
				   struct err *err);

/* --- an alert in words, in arena; empty where it says nothing of that --- */

struct str desk_audience_words(struct arena *arena, const struct audience *audience);
struct str desk_about_words(struct arena *arena, const struct alert_content *content);
struct str desk_outcome_words(struct arena *arena, unsigned outcomes);
struct str desk_class_words(struct arena *arena, unsigned classes);

/* A device that evidence shows exposed, and the reason in a line. */
struct alert_reason {
	struct str cve, why; /* cve empty: nothing says it today */
	uint64_t more;	     /* further vulnerabilities of the alert that expose it */
};
struct alert_devices {
	const struct evidence_device *v;
	size_t n;
};
struct alert_unknown { /* a device of which evidence says neither */
	struct str device, cve, why;
	struct str type; /* of a medical device, else its class */
	int64_t seen_ms;
};
struct alert_unknowns {
	struct str org; /* of which they are asked */
	struct alert_unknown *v;
	size_t n; /* by device; those exposed by another of the alert's vulnerabilities are not */
};
struct reasons_of {
	struct journal *journal;
	struct alerts_view view;
	const struct alert_content *content;
	const struct alert_devices *devices;
	struct alert_unknowns *unknown; /* filled too; NULL: not asked */
	/* Of the whole estate, as of the view, where somebody keeps one; NULL: each organisation's
	 * is opened. */
	const struct exposure_world *world;
};
/* *ret has one for each of devices (n), in the view's arena.  O(the organisations' estates). */
MUST_CHECK bool desk_reasons(const struct reasons_of *of, struct alert_reason **ret,
			     struct err *err);

/* --- a world that follows the store --- */

struct globe;
void globe_close(struct globe *g);
DEFINE_CLOSEP(struct globe, globe_close)
/* Of all that the service holds; acts outlives it. */
MUST_CHECK bool globe_open(struct acts *acts, struct globe **ret, struct err *err);
/* *ret is as of now, and lives until this is asked again. */
MUST_CHECK bool globe_now(struct globe *g, struct exposure_world **ret, struct err *err);

/* --- tables --- */

/* A cell as RFC 4180 has it, without what parts it from the next.  Text that a spreadsheet would
 * take for a formula begins with an apostrophe. */
void desk_csv_cell(struct text *out, struct str s, bool is_text);

/* --- records in words --- */

/* The body of a record, for a person who asks who did what to whom. */
struct telling {
	struct str org;	 /* whom it concerns; empty: the whole service */
	struct str what; /* one line */
};
/* Of any body, also of kinds of act that are not known here.  In arena. */
struct telling telling_of(struct arena *arena, struct str body);

#endif
