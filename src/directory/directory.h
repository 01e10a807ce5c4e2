#ifndef DIRECTORY_DIRECTORY_H
#define DIRECTORY_DIRECTORY_H

/*
 * Who answers for what: organisations, their dated relationships, sites, contacts with the
 * age of their last confirmation, posts, who holds them and what a post may do where.
 * Promises: what the tables hold is a function of the set of records, never of the order they
 * came in: of two statements of one source the one taken later wins, fact by fact; between
 * sources the weightier, then the later.  Codes are kept in upper case and found in any.  Rights
 * belong to posts, never to people; a relationship alone grants nothing.  Never knows
 * devices, alerts or passwords, and never changes a row but through its acts.
 */

#include "journal/journal.h"
#include "store/store.h"

extern const struct store_table directory_tables[]; /* ended by a NULL name */

/*
 * The acts.  Body member "org" is the organisation an act concerns, by which its author's
 * right is judged (directory_post_may()); without it the act concerns the whole service.
 * Dates are "2017-05-12" or RFC 3339 date-times; members in [] may be absent.
 *	service.init	service, nation: the nation and its first post, "national-lead"
 *	org.import	what directory_import_body() makes
 *	org.add		org, name [, role, parent, region, opened, expected_devices, patients,
 *staff] org.change	org [, name, role, parent, region, expected_devices, patients, staff,
 *			approved_by]: a lower expected_devices needs approved_by, another post
 *	org.close	org, at [, successor]
 *	org.succeed	org, successor, at
 *	org.relate	org, kind, to [, start, end]
 *	site.add	org, site, name [, postcode, opened, closed]
 *	contact.set	org, post [, name, email, phone, out_of_band]
 *	contact.confirm	org, post
 *	person.add	person, name [, email, phone, org]
 *	post.add	post, kind, org [, title]
 *	post.hold	post, person, from [, to, org]
 *	post.end	post, at [, org]
 */
extern const struct act_kind directory_acts[]; /* ended by a NULL name */

#define DIRECTORY_NO_DATE INT64_MIN /* unknown, or none */
#define DIRECTORY_NO_COUNT ((int64_t)-1)

/* What every view takes: where to look, whose memory, as of when. */
struct directory_view {
	struct store *store;
	struct arena *arena;
	int64_t at_ms;
};

/* --- reading files --- */

enum {
	DIRECTORY_REASONS = 20,	    /* reasons kept per file */
	DIRECTORY_CODE_MAX = 40,    /* bytes of a code */
	DIRECTORY_REGION_STEPS = 8, /* how far up a region is looked for */
};

struct directory_format {
	const char *name;   /* "ods-practice", as --format takes it */
	const char *source; /* whose statements these are unless the caller says */
	const char *about;
};
/* Formats in the order they are tried; NULL past the last. */
const struct directory_format *directory_format_at(size_t i);

struct directory_reason {
	size_t line; /* 0: the file as a whole */
	struct str text;
};

/* What a file was found to hold.  Its strings live in the arena of directory_read(). */
struct directory_report {
	const char *format, *source;
	int64_t taken_ms; /* as the file itself says; DIRECTORY_NO_DATE when it doesn't */
	uint64_t accepted, skipped, refused; /* rows */
	struct directory_reason reasons[DIRECTORY_REASONS];
	size_t nreasons;
	/* Filled by directory_import_body(), against the store as it is: */
	/* things: organisations, sites, contacts, posts...; closed are among changed */
	uint64_t added, changed, unchanged, closed;
	uint64_t lowered; /* expected counts that would fall: takes approved_by */
	bool seen_before; /* these very bytes were imported already */
};

/* Parsed statements; opaque, lives in an arena. */
struct directory_batch;

struct directory_import {
	struct str bytes;  /* as received */
	struct str format; /* "" or "auto": found out by content */
	struct str source; /* "" for the format's own */
	struct str file;   /* the name it came under; shown, never trusted */
	int64_t taken_ms;  /* DIRECTORY_NO_DATE: as the file says, as at the earlier import of the
			    * same bytes, by a date in the file's name, else received_ms */
	int64_t received_ms;
	struct str approved_by; /* second post, where expected counts are lowered; may be empty */
};

/*
 * The meaning gate: bytes (plain, gzip, xz...; UTF-8, UTF-16, Windows-1252) read as format.
 * Rows that make no sense are refused one by one with a reason; the file fails as a whole
 * (ERR_INVALID with its line) when its rows have unequal columns or no row at all was good,
 * ERR_UNSUPPORTED when it is no format we know.  Looks at bytes and format only.  Pure.
 * O(bytes).
 */
MUST_CHECK bool directory_read(const struct directory_import *import, struct arena *arena,
			       struct directory_report *report, struct directory_batch **ret,
			       struct err *err);

/*
 * Read a file and append the body of an org.import act to *body; *report says what it would
 * do to the store as it is.  The caller passes import->bytes with the act as held bulk.
 */
MUST_CHECK bool directory_import_body(const struct directory_view *view,
				      const struct directory_import *import,
				      struct directory_report *report, struct text *body,
				      struct err *err);

/* --- organisations --- */

struct org {
	struct str code, name; /* name is the code where nobody has said */
	struct str role;       /* "trust", "gp_practice", "icb", "region"...; may be empty */
	struct str region;     /* code; empty when none is found */
	struct str parent;     /* code of the nearest above in the tree; may be empty */
	struct str status;     /* "" in use, "dormant", "proposed" */
	struct str postcode;
	struct str successor;			   /* code; empty for none */
	int64_t opened_ms, closed_ms;		   /* DIRECTORY_NO_DATE */
	int64_t expected_devices, patients, staff; /* DIRECTORY_NO_COUNT */
	bool open;				   /* at the moment asked for */
};

/* Code in upper case without blanks at its ends, in the arena. */
struct str directory_code(struct arena *arena, struct str code);

/* ERR_NOT_FOUND with a hint (how to add or import; the nearest code that begins like it). */
MUST_CHECK bool directory_org_get(const struct directory_view *view, struct str code,
				  struct org *ret, struct err *err);

enum org_state { ORG_ANY, ORG_OPEN, ORG_CLOSED };

struct org_filter {
	struct str role, region; /* "" any; region by code or name */
	struct str parent;	 /* beneath this one at any depth */
	struct str text;	 /* every word occurs in code or name, in any case */
	enum org_state state;
	size_t offset, limit; /* limit 0: all */
};
struct org_list {
	struct org *v;
	size_t n;
	uint64_t total; /* without paging */
};
/* Ordered by code.  O(organisations). */
MUST_CHECK bool directory_org_list(const struct directory_view *view,
				   const struct org_filter *filter, struct org_list *ret,
				   struct err *err);

struct org_node {
	struct org org;
	struct str kind; /* how it hangs on the node above; empty at the root */
	uint32_t depth;
};
struct org_tree {
	struct org_node *v; /* parents before children, children by code */
	size_t n;
};
/* root "": every organisation without a parent.  depth 0: all the way down.  Each occurs once;
 * a circle of parents is cut.  Closed ones are left out. */
MUST_CHECK bool directory_org_tree(const struct directory_view *view, struct str root,
				   uint32_t depth, struct org_tree *ret, struct err *err);

/* The region's code, or empty. */
MUST_CHECK bool directory_org_region(const struct directory_view *view, struct str code,
				     struct str *ret, struct err *err);

/* Every organisation by code; strings live until fn returns.  Stops at the first false. */
typedef bool directory_org_fn(void *ctx, const struct org *org, struct err *err);
MUST_CHECK bool directory_each_org(const struct directory_view *view, directory_org_fn *fn,
				   void *ctx, struct err *err);

/* May an inventory be taken in for it?  ERR_NOT_FOUND with a hint; ERR_INVALID when closed,
 * naming the date and the successor.  *ret_code is the code as kept, in arena. */
MUST_CHECK bool directory_org_state_for_estate(const struct directory_view *view, struct str code,
					       struct str *ret_code, struct err *err);

/* What each source says, the statement in force first within each fact. */
struct org_fact {
	struct str fact, value, source;
	int64_t taken_ms;
	bool in_force;
};
struct org_facts {
	struct org_fact *v;
	size_t n;
};
MUST_CHECK bool directory_org_facts(const struct directory_view *view, struct str code,
				    struct org_facts *ret, struct err *err);

/* --- relationships, sites, contacts --- */

/* Kinds: part_of commissioned_by member_of located_in operated_by it_supplied_by hosted_by
 * succeeded_by. */
struct relation {
	struct str org, kind, to, source;
	int64_t start_ms, end_ms, taken_ms; /* DIRECTORY_NO_DATE: unknown, open */
};
struct relations {
	struct relation *v;
	size_t n;
};
/* In force at at_ms, of code (incoming false) or to code (true); ordered by kind, other end. */
MUST_CHECK bool directory_relations(const struct directory_view *view, struct str code,
				    bool incoming, struct relations *ret, struct err *err);

struct site {
	struct str code, org, name, postcode;
	int64_t opened_ms, closed_ms;
};
struct sites {
	struct site *v;
	size_t n;
};
MUST_CHECK bool directory_sites(const struct directory_view *view, struct str org,
				struct sites *ret, struct err *err);

struct contact {
	struct str org, post, name, email, phone, out_of_band;
	int64_t confirmed_ms; /* DIRECTORY_NO_DATE: never since it was last changed */
	int64_t age_days;     /* since confirmed, at the moment asked for; -1 never */
};
struct contacts {
	struct contact *v;
	size_t n;
};
MUST_CHECK bool directory_contacts(const struct directory_view *view, struct str org,
				   struct contacts *ret, struct err *err);

/* --- posts and rights --- */

struct post {
	struct str id, kind, org, title;
	int64_t made_ms, ended_ms;
};
struct posts {
	struct post *v;
	size_t n;
};
MUST_CHECK bool directory_post_get(const struct directory_view *view, struct str id,
				   struct post *ret, struct err *err);
/* Of one organisation, or all (""). */
MUST_CHECK bool directory_posts(const struct directory_view *view, struct str org,
				struct posts *ret, struct err *err);

struct holder {
	struct str post, person, name, email, phone;
	int64_t from_ms, to_ms;
};
struct holders {
	struct holder *v;
	size_t n;
};
/* Who holds a post at at_ms. */
MUST_CHECK bool directory_holders(const struct directory_view *view, struct str post,
				  struct holders *ret, struct err *err);

enum post_scope { SCOPE_ORGANISATION, SCOPE_REGION, SCOPE_NATION };
const char *post_scope_name(enum post_scope scope);

/* Every kind of post and what it may do, for printing: fn(ctx, kind, scope, right). */
typedef void directory_rights_fn(void *ctx, const char *kind, enum post_scope scope,
				 const char *right);
void directory_rights_each(directory_rights_fn *fn, void *ctx);

struct directory_claim {
	struct str post, right, org; /* org "": the whole service */
	int64_t at_ms;
};
/*
 * May this post do this to that organisation at this time?  The post must exist and not have
 * ended, its kind hold the right, its scope contain org (a region: every organisation whose
 * region it is; rights that are about no organisation, such as journal.read, need none).
 * Post "system" always exists; right "service.init" is anybody's until there is a post.
 * ERR_NOT_FOUND when there is no such post.
 */
MUST_CHECK bool directory_post_may(struct store *store, const struct directory_claim *claim,
				   bool *ret_may, struct err *err);

#endif
