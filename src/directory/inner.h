#ifndef DIRECTORY_INNER_H
#define DIRECTORY_INNER_H

/*
 * What the files of this room share.  Never leaves the folder.
 *
 * A file or an act becomes a batch of statements: facts (of an organisation), ties (dated
 * relationships) and rows (sites, contacts, persons, posts, holdings).  merge.c writes a
 * batch so that the outcome depends on the set of statements alone.
 */

#include "directory/directory.h"

/* A calendar day as text, "2017-05-12"; "" is unknown or none.  Sorts as text. */
enum { DAY_BYTES = 10, VALUE_MAX = 400, SLUG_MAX = 80 };

enum fact {
	FACT_NAME,
	FACT_ROLE,
	FACT_STATUS,
	FACT_OPENED,
	FACT_CLOSED,
	FACT_POSTCODE,
	FACT_EXPECTED,
	FACT_PATIENTS,
	FACT_STAFF,
	FACT_CLASS, /* of the first class; the others follow */
	FACTS = FACT_CLASS + ORG_CLASSES
};

/* Whose word counts for more where sources differ. */
enum weight {
	WEIGHT_IMPLIED, /* a code that another row mentions */
	WEIGHT_LISTED,	/* a list made for another purpose */
	WEIGHT_DERIVED, /* published from a register */
	WEIGHT_STATED,	/* the register itself, or a person */
};

struct fact_said {
	struct str org, value;
	uint8_t fact, weight;
};

struct tie_said {
	struct str org, kind, to, start, ended;
	uint8_t weight;
	bool sole; /* its source names exactly one at a time: a later one ends it */
};

enum thing { THING_SITE, THING_CONTACT, THING_PERSON, THING_POST, THING_HOLDING, THINGS };
enum { ROW_COLUMNS = 7 };

struct row_said {
	enum thing thing;
	struct str v[ROW_COLUMNS]; /* keys, then values, as struct row_kind has them */
};

/* s in the arena; nothing is taken for the empty one. */
struct str copy(struct arena *arena, struct str s);

struct directory_batch {
	struct arena *arena;
	ARENA_VEC(struct fact_said) facts;
	ARENA_VEC(struct tie_said) ties;
	ARENA_VEC(struct row_said) rows;
};

/*
 * The meaning gate: bytes read as format, as directory_import_body() does it, without a look at
 * a store.  Pure.  O(bytes).
 */
MUST_CHECK bool directory_read(const struct directory_import *import, struct arena *arena,
			       struct directory_report *report, struct directory_batch **ret,
			       struct err *err);

struct directory_batch *batch_new(struct arena *arena);
/* An empty value is said only where empty means something (status, opened, closed). */
void batch_fact(struct directory_batch *b, struct fact_said f);
void batch_tie(struct directory_batch *b, struct tie_said t);
void batch_row(struct directory_batch *b, struct row_said r);
/* Order everything, once per fact, and settle what a source says exactly once. */
void batch_settle(struct directory_batch *b);

/* --- who says it, and when --- */

struct stamp {
	struct str source, origin; /* origin, record: empty and 0 for what a file says */
	int64_t taken_ms;
	int64_t record;
};

/* Whether statement a, of value va, stands before b in one source. */
int stamp_cmp(const struct stamp *a, struct str va, const struct stamp *b, struct str vb);

struct tally {
	uint64_t added, changed, unchanged, closed, lowered;
};

struct merge {
	struct store *store;
	struct store_txn *txn; /* NULL: count only */
	struct hash record;    /* where txn is not NULL: whose doing it is */
	struct arena *arena;
	struct stamp stamp;
	struct tally tally;
};
/* Make the batch so.  The batch is settled.  O(batch). */
MUST_CHECK bool merge_batch(struct merge *m, const struct directory_batch *b, struct err *err);
/* rows.c's half of it. */
MUST_CHECK bool merge_rows(struct merge *m, const struct directory_batch *b, struct err *err);

/* --- values --- */

extern const char *const fact_names[FACTS];
bool code_valid(struct str code);
/* Upper case in the arena, trimmed. */
struct str code_upper(struct arena *arena, struct str code);
/* Any of "20170512", "2017-05-12...", "12/05/2017", "12May2017" to a day in the arena; "" and
 * "NA" give "". */
MUST_CHECK bool day_parse(struct arena *arena, struct str s, struct str *ret);
struct str day_of_ms(struct arena *arena, int64_t ms);
int64_t day_to_ms(struct str day);			 /* DIRECTORY_NO_DATE for "" */
int64_t stamp_to_ms(struct str s);			 /* the same, of a date or a date-time */
struct str stamp_of_ms(struct arena *arena, int64_t ms); /* "" for DIRECTORY_NO_DATE */
/* A post's or person's name: letters, digits and -_.:/@ within, in lower case. */
MUST_CHECK bool slug_lower(struct arena *arena, struct str s, struct str *ret);
bool post_kind_known(struct str kind);
bool post_kind_given(struct str kind);			  /* known, and may be given to people */
bool post_kind_unknown(struct str kind, struct err *err); /* false: ERR_INVALID, with the kinds */
enum post_scope post_kind_scope(struct str kind);	  /* of a known one */
bool count_valid(struct str s);
bool value_valid(struct str s);

/* --- readers --- */

struct reader {
	struct arena *arena;
	struct directory_batch *batch;
	struct directory_report *report;
	struct str bytes; /* UTF-8 */
	struct csv *csv;  /* past the header, if the format has one */
	const struct csv_row *row;
	size_t column[24];   /* of the format's columns, SIZE_MAX where absent */
	struct intern *seen; /* what was said once already */
	uint8_t weight;	     /* of what is said */
	void *state;	     /* the format's own, in the arena */
};

struct row_format {
	struct directory_format about;
	/* Names of columns ended by NULL, the needed ones first; NULL: headerless. */
	const char *const *columns;
	size_t needed;
	enum weight weight;
	/* Does a headerless first row look like it? */
	bool (*looks)(const struct csv_row *row);
	/* One row to statements: false with err to refuse it; *ret_skip to pass over it. */
	bool (*row)(struct reader *r, bool *ret_skip, struct err *err);
	bool (*begin)(struct reader *r, struct err *err); /* before the first row, or NULL */
};

extern const struct row_format ods_formats[], nhs_formats[], template_formats[];

/* Field of the format's column i, trimmed, in the arena or the file. */
struct str field(struct reader *r, size_t i);
/* The field as a code: valid, upper case.  An empty one is refused unless may_be_empty. */
MUST_CHECK bool field_code(struct reader *r, size_t i, bool may_be_empty, struct str *ret,
			   struct err *err);
MUST_CHECK bool field_day(struct reader *r, size_t i, struct str *ret, struct err *err);
/* Keep s for the life of the batch. */
struct str keep(struct reader *r, struct str s);
/* False the second time for the same thing (what: a prefix that parts the kinds). */
bool once(struct reader *r, char what, struct str code);
/* Say that code is there, at the lightest weight, once. */
void imply(struct reader *r, struct str code, const char *role);
void say(struct reader *r, struct str org, enum fact fact, struct str value);
void tie(struct reader *r, const char *kind, struct str org, struct str to);

/* --- relationships in force --- */

struct tie_row {
	struct str org, kind, to, start, ended, source, taken; /* taken as a day */
	int64_t taken_ms, record;
	uint8_t weight;
	bool sole, in_force;
};
struct tie_rows {
	struct tie_row *v;
	size_t n;
};
MUST_CHECK bool ties_of(const struct directory_view *view, struct str org, bool incoming,
			struct tie_rows *ret, struct err *err);

#define TIE_COLUMNS "org, kind, target, start, source, taken, record, ended, weight, sole"
struct tie_reader {
	struct arena *arena; /* where texts stay */
	struct str day;
	void (*org)(void *ctx, const struct tie_row *v, size_t n); /* rows borrowed, at least one */
	void *ctx;
};
/* Rows of TIE_COLUMNS, those of one organisation at once, and which are in force on the day. */
MUST_CHECK bool ties_each_org(struct store_query *q, const struct tie_reader *r, struct err *err);
/* Those in force, in the same order. */
MUST_CHECK bool ties_read(struct store_query *q, struct arena *arena, struct str day,
			  struct tie_rows *ret, struct err *err);

/* The whole directory in memory, for what asks about all of it. */
struct graph_edge {
	uint32_t to;
	uint8_t kind;
};
struct graph {
	struct org *orgs; /* by code */
	uint32_t n;
	struct intern *index;	  /* code to place in orgs */
	struct graph_edge *edges; /* in force, by kind, then code */
	uint32_t *first;	  /* n + 1: where the edges of each begin */
};
void graph_close(struct graph *g);
static inline void graph_closep(struct graph **g)
{
	if (*g)
		graph_close(*g);
}
/* Strings and arrays lie in view->arena; region, parent and successor are filled. */
MUST_CHECK bool graph_load(const struct directory_view *view, struct graph **ret, struct err *err);
/* How the parent in the tree is reached: the kind, KIND_NONE without one; *ret_parent. */
uint8_t graph_parent(const struct graph *g, uint32_t x, uint32_t *ret_parent);

/* In the order in which a region is looked for. */
enum tie_kind {
	KIND_PART_OF,
	KIND_COMMISSIONED_BY,
	KIND_LOCATED_IN,
	KIND_MEMBER_OF,
	KIND_OPERATED_BY,
	KIND_HOSTED_BY,
	KIND_IT_SUPPLIED_BY,
	KIND_SUCCEEDED_BY,
	KINDS,
	KIND_NONE = 255,
	KIND_LAST_UP = KIND_MEMBER_OF, /* kinds up to this one lead upwards */
};
extern const char *const tie_kinds[KINDS];
uint8_t tie_kind_of(struct str kind); /* KIND_NONE for an unknown one */
/* Of kinds that are there (bits), the one that leads to the parent in the tree. */
uint8_t parent_kind(unsigned kinds);

/* What is above an organisation, for region_of(). */
struct above {
	struct str role;
	struct str *up; /* in order of kind, then code */
	size_t n;
};
struct region_walk {
	void *ctx;
	/* False: an error.  An unknown code has no role and nothing above. */
	bool (*above)(void *ctx, struct str code, struct above *ret, struct err *err);
};
/* The nearest region upwards, level by level, DIRECTORY_REGION_STEPS at most. */
MUST_CHECK bool region_of(const struct region_walk *walk, struct str code, struct str *ret,
			  struct err *err);

/* Rows of directory_org in a query over ORG_COLUMNS. */
#define ORG_COLUMNS                                                                                \
	"code, name, role, status, opened, closed, postcode, expected_devices, patients, staff,"   \
	" workstations, servers, medical, network, mobile, others"
void org_from_row(struct store_query *q, const struct directory_view *view, struct org *ret);

/* --- acts --- */

/* Members of a body: trimmed, valid, in the case in which they are kept; empty when absent and not
 * needed (a time: DIRECTORY_NO_DATE). */
MUST_CHECK bool dir_text(struct act_ctx *ctx, const char *key, bool needed, struct str *ret,
			 struct err *err);
MUST_CHECK bool dir_code(struct act_ctx *ctx, const char *key, bool needed, struct str *ret,
			 struct err *err);
MUST_CHECK bool dir_slug(struct act_ctx *ctx, const char *key, bool needed, struct str *ret,
			 struct err *err);
MUST_CHECK bool dir_day(struct act_ctx *ctx, const char *key, bool needed, struct str *ret,
			struct err *err);
MUST_CHECK bool dir_time(struct act_ctx *ctx, const char *key, bool needed, int64_t *ret,
			 struct err *err);
/* "start" and "end", of what holds from when it was said: *start is never before the record, an end
 * never before the start.  ERR_INVALID for a span that is over before it begins. */
struct span {
	int64_t start_ms, end_ms; /* end: DIRECTORY_NO_DATE for open */
};
MUST_CHECK bool dir_span(struct act_ctx *ctx, struct span *ret, struct err *err);
/* What must be there already, as of the record; ERR_NOT_FOUND, and ERR_INVALID where it is over. */
MUST_CHECK bool dir_org(struct act_ctx *ctx, struct str code, struct org *ret, struct err *err);
MUST_CHECK bool dir_open_org(struct act_ctx *ctx, struct str code, struct err *err);
MUST_CHECK bool dir_post(struct act_ctx *ctx, struct str id, struct post *ret, struct err *err);
struct directory_view dir_view(const struct act_ctx *ctx);
/* A moment to store; NULL for none. */
struct store_value moment(int64_t ms);
int64_t moment_col(struct store_query *q, int col); /* DIRECTORY_NO_DATE for NULL */

/* The body as statements, without a look at the world; and those put into the tables. */
typedef bool build_fn(struct act_ctx *ctx, struct directory_batch *b, struct err *err);
MUST_CHECK bool apply_by(struct act_ctx *ctx, build_fn *build, struct err *err);

/* The acts of the files beside acts.c. */
bool grant_check(struct act_ctx *ctx, struct err *err);
bool grant_apply(struct act_ctx *ctx, struct err *err);
bool grant_end_check(struct act_ctx *ctx, struct err *err);
bool grant_end_apply(struct act_ctx *ctx, struct err *err);
bool oversee_check(struct act_ctx *ctx, struct err *err);
bool oversee_apply(struct act_ctx *ctx, struct err *err);
bool oversee_end_check(struct act_ctx *ctx, struct err *err);
bool oversee_end_apply(struct act_ctx *ctx, struct err *err);
bool disclose_check(struct act_ctx *ctx, struct err *err);
bool disclose_apply(struct act_ctx *ctx, struct err *err);
/* May successor take over from org?  ERR_EXISTS where another does, ERR_INVALID in a circle. */
MUST_CHECK bool successor_check(struct act_ctx *ctx, struct str org, struct str successor,
				struct err *err);

/* Delegations of org, or of any (""), to an organisation or one of its posts, as
 * directory_delegations() gives them. */
struct receiver {
	struct str org, to, post;
};
MUST_CHECK bool delegations_find(const struct directory_view *view, struct receiver r,
				 struct delegations *ret, struct err *err);
/* In force at at_ms; for all of the organisation, or for that service. */
bool delegation_holds(const struct delegation *d, int64_t at_ms);
bool delegation_covers(const struct delegation *d, struct str service);
/* Is org's device list open to post? */
MUST_CHECK bool disclosure_open(const struct directory_view *view, struct str org, struct str post,
				bool *ret, struct err *err);

/* Body of org.import against the file: what apply needs. */
struct import_body {
	struct str format, source, file, digest;
	int64_t taken_ms, received_ms, bytes;
	uint64_t counts[7]; /* as import_counts names them */
};
extern const char *const import_counts[7];
bool import_check(struct act_ctx *ctx, struct err *err);
bool import_apply(struct act_ctx *ctx, struct err *err);

/* --- expecting fewer devices --- */

/* What a body says of numbers of devices. */
MUST_CHECK bool devices_build(struct act_ctx *ctx, struct directory_batch *b, struct str org,
			      struct err *err);
/* ERR_DENIED where a batch would lower one, and where a body names who approved that. */
MUST_CHECK bool lowering_refused(const struct directory_batch *b, const struct org *org,
				 struct err *err);
MUST_CHECK bool lowering_by_name(struct act_ctx *ctx, struct err *err);
bool fewer_propose_check(struct act_ctx *ctx, struct err *err);
bool fewer_propose_apply(struct act_ctx *ctx, struct err *err);
bool fewer_approve_check(struct act_ctx *ctx, struct err *err);
bool fewer_approve_apply(struct act_ctx *ctx, struct err *err);
bool fewer_withdraw_check(struct act_ctx *ctx, struct err *err);
bool fewer_withdraw_apply(struct act_ctx *ctx, struct err *err);

#endif
