#ifndef ESTATE_SEARCH_H
#define ESTATE_SEARCH_H

/*
 * The query language: terms, each true, false or unknown for a device; a device
 * is a hit when none is false.  Positive terms about software (name, publisher,
 * version) are about one and the same software.
 *
 * Many devices are alike in all that a query asks of most, and many hold the same
 * software: so a query is asked of distinct things once.  A device's *profile* is
 * its system, class, switches and what was seen of it; a *raw* is a software as
 * stated.  What is left for each device is to look its numbers up.
 */

#include "base/bits.h"
#include "base/mem.h"
#include "estate/make.h"

enum truth { NO, UNKNOWN, YES, SILENT /* the device itself says nothing */ };

enum term_kind {
	TERM_TEXT,
	TERM_OS,
	TERM_LINE,
	TERM_KB,
	TERM_CLASS,
	TERM_ORG,
	TERM_ID,
	TERM_TYPE,
	TERM_SEGMENT,
	TERM_SERVICE,
	TERM_INTERNET,
	TERM_SMB1,
	TERM_SEEN,
	TERM_VENDOR, /* and on, in the order of enum kept */
	TERM_MODEL,
	TERM_UDI,
	TERM_SUPPORT,
	TERM_CONTROLS,
	TERM_NAME,
	TERM_PUBLISHER,
	TERM_VERSION,
	TERM_UNRESOLVED,
	TERM_KINDS
};

enum version_test { VERSION_EQ, VERSION_LT, VERSION_LE, VERSION_GT, VERSION_GE };

struct term {
	enum term_kind kind;
	bool negated;
	struct str value;
	uint32_t number; /* KB, class, facet, yes or no */
	enum version_test test;
	const struct windows_line *line;
};
static inline bool term_is_software(const struct term *t)
{
	return t->kind >= TERM_NAME && t->kind <= TERM_VERSION;
}

struct query {
	struct arena *arena;
	VEC_OF(struct term) terms;
	bool names;	 /* has terms about software */
	bool software;	 /* positive ones, about one and the same */
	bool resolution; /* needs the resolver */
	bool named;	 /* is about organisations that it names */
};
MUST_CHECK bool query_read(struct query *q, struct str s, struct err *err);
/* Can any device of the organisation be a hit? */
bool query_wants_org(const struct query *q, struct str org);
/* Does text contain the value; does c, of a comparison with the value, pass its test? */
bool term_is_part(const struct term *t, struct str text);
bool term_orders(const struct term *t, int c);

/* ---- what the terms say of distinct things ---------------------------------------------- */

/* A term, without its sign, of the devices of one profile. */
struct said {
	enum truth truth; /* unless the device itself says otherwise */
	bool asks;	  /* it may */
	const char *why;  /* UNKNOWN */
};
struct verdict {
	bool out;	 /* some term is false for all of them */
	bool sure;	 /* no term asks the device itself */
	const char *why; /* sure, and unknown */
};
struct asked {
	const struct query *q;
	struct said *said;	  /* by profile and term */
	struct verdict *verdicts; /* by profile */
	/* Raws: of all positive terms; whose name is not resolved; by negated term.  NULL where no
	 * term is about that. */
	uint64_t *software, *unresolved, **negated;
};
void asked_profiles(struct asked *a, uint32_t n, struct arena *arena);
void asked_raws(struct asked *a, uint32_t n, struct arena *arena);
/* Of device's profile.  Not of two threads with one arena. */
void ask_profile(struct asked *a, uint32_t profile, const struct segment *s, uint32_t device,
		 struct arena *scratch);
/* Threads may ask at once that keep to words (64 raws) of their own. */
void ask_raw(struct asked *a, uint32_t number, const struct segment *s,
	     const struct estate_raw *raw);
/* Number the devices of s by profile, to[device]; first[profile] has it.  How many; some may be
 * the same.  Both have room for a number a device. */
uint32_t number_profiles(const struct segment *s, uint32_t *to, uint32_t *first);

/* ---- hits ------------------------------------------------------------------------------- */

/* Hits of one segment, by device. */
struct found {
	const struct segment *segment;
	VEC_OF(struct estate_hit) hits;
};
/* profiles and raws by number; raws NULL: numbers are those of the segment. */
struct numbers {
	uint32_t *profiles, *raws;
};
/* Devices that no profile rules out, in arena; NULL for none. */
uint64_t *find_left(const struct asked *a, const struct segment *s, const uint32_t *profiles,
		    struct arena *arena);
void find_hits(const struct asked *a, const struct numbers *numbers, const uint64_t *left,
	       struct found *to, struct arena *arena);

/* ---- the nation ------------------------------------------------------------------------- */

/*
 * What a search over all organisations needs is kept from one to the next, as of
 * the journal's head: which segments there are, and the numbers of their devices'
 * profiles and of their raws among all that are distinct.
 */
struct place {
	const struct segment *segment;
	struct numbers numbers; /* NULL until a search asks for them */
};
struct nation {
	struct place *v; /* by organisation */
	size_t n, cap;
	bool searched;
	struct things *things;
	struct journal_mark *mark; /* up to where it was told */
	struct journal_head head;  /* no later than mark */
};
/* As the store has it now; e keeps it. */
void nation_close(struct nation *n);
MUST_CHECK bool nation_follow(struct estate *e, struct nation **ret, struct err *err);

void things_close(struct things *t);
struct things *things_open(void);
/* Most of what is known is of segments that went. */
bool things_outgrown(const struct things *t);
/* Number what is not numbered yet in the n places: devices, and raws when those are asked for. */
void things_number(struct things *t, struct place *v, size_t n, bool raws);
/* What the terms of a->q say of all there is; resolver: where one of them is about resolution. */
MUST_CHECK bool things_ask(struct things *t, struct asked *a, struct estate *e, struct arena *arena,
			   struct err *err);
/* The name map or the dictionary has changed. */
void things_names_changed(struct things *t);

#endif
