#ifndef ESTATE_FACTS_H
#define ESTATE_FACTS_H

/*
 * Which source is believed about which fact of a device (doc/templates/inventory.md).  Pure: an
 * answer is a function of the set of claims, whatever order they stand in.
 */

#include "estate/build.h"

enum fact {
	FACT_CLASS,
	FACT_TYPE,
	FACT_SEGMENT,
	FACT_SERVICE,
	FACT_INTERNET,
	FACT_SMB1,
	FACT_VENDOR, /* and on, in the order of enum kept */
	FACT_MODEL,
	FACT_UDI,
	FACT_SUPPORT,
	FACT_CONTROLS,
	FACT_OS,
	FACT_SOFTWARE, /* the list as one fact */
	FACT_UPDATES,
	FACTS
};
const char *fact_name(enum fact fact);
static inline enum fact fact_of_facet(enum facet facet)
{
	return (enum fact)(FACT_OS + facet);
}

/* What one snapshot says of a device. */
struct claim {
	const struct build_source *source;
	const struct row_device *row;
	uint32_t at, row_at; /* places of both */
	int64_t seen_ms;
};

/* Of a row of the source, which stands at that place. */
struct claim claim_of(const struct build_source *source, uint32_t at, uint32_t row);

/* Does it state the fact?  *ret, where there is one word for it, in arena; a list has none. */
bool claim_states(const struct claim *c, enum fact fact);
struct str claim_value(const struct claim *c, enum fact fact, struct arena *arena);

/* The one that is believed; SIZE_MAX when none states the fact. */
size_t fact_choose(const struct claim *v, size_t n, enum fact fact);
/* Does the list of c stand beside that of the one believed? */
bool fact_adds(const struct claim *c, const struct claim *believed, enum fact fact);
/* Why v[believed] and not v[other], which states the fact too; static. */
const char *fact_why(const struct claim *v, size_t n, size_t believed, size_t other,
		     enum fact fact);
/* Has the same source said another thing of it later? */
bool claim_is_past(const struct claim *v, size_t n, size_t at, enum fact fact);

/* Of a claim what decides first between two of one source; facts as bits. */
struct claim_brief {
	int64_t seen_ms;
	uint32_t states, cut; /* cut: that its word on is known to be incomplete */
};
struct claim_brief claim_brief(const struct claim *c);
enum outdone { OUTDONE_NO, OUTDONE, OUTDONE_UNLESS_FIRST };
/* Is it past because of that later one of its source?  claim_is_past() when any makes it so.
 * OUTDONE_UNLESS_FIRST: seen at once, so unless claim_comes_first(). */
enum outdone claim_outdone(const struct claim_brief *c, const struct claim_brief *later,
			   enum fact fact);
/* A last word between two that differ in nothing else, so that order of arrival never decides. */
bool claim_comes_first(const struct claim *a, const struct claim *b, enum fact fact);

#endif
