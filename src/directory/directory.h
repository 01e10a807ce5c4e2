#ifndef DIRECTORY_DIRECTORY_H
#define DIRECTORY_DIRECTORY_H
/*
 * Who answers for what: organisations, their dated relationships, sites, contacts with the age
 * of their last confirmation, posts and who holds them, what a post may do where, what an
 * organisation lets another do for it, who oversees whom, who opened whose device list.
 * Promises: tables are a function of the set of records, never of the order they came in: of two
 * statements of one source the one taken later wins, fact by fact; between sources the
 * weightier, then the later.  Codes are kept in upper case and found in any.  Rights belong to
 * posts, never to people; a relationship alone grants nothing.  Never knows devices, alerts or
 * passwords, and never changes a row but through its acts.
 */
#include "journal/journal.h"
extern const struct store_table directory_tables[]; /* ended by a NULL name */
/*
 * The acts.  Body member "org" is the organisation an act concerns, by which its author's
 * right is judged (directory_post_may()); without it the act concerns the whole service.
 * Dates are "2017-05-12" or RFC 3339 date-times; members in [] may be absent.
 *	service.init	service, nation: the nation and its first post, "national-lead"
 *	org.import	what directory_import_body() makes
 *	org.add		org, name [, role, parent, region, opened, expected_devices,
 *			expected {class: n}, patients, staff]
 *	org.change	org [, as org.add, its place by org.place]; no fewer devices than before
 *	org.propose	org, expected_devices or expected: fewer, without effect until
 *	org.approve	org, proposal {site, number}, its numbers: by a second person
 *	org.withdraw	org, proposal [, reason]
 *	org.close	org, at [, successor]; org.succeed needs successor
 *	org.relate	org, kind, to [, start, end]
 *	site.add	org, site, name [, postcode, opened, closed]
 *	contact.set	org, post [, name, email, phone, out_of_band]; contact.confirm org, post
 *	person.add	person, name [, email, phone, org]
 *	post.add	post, kind, org [, title]; post.end post, at [, org]
 *	post.hold	post, person, from [, to, org]
 *	delegation.grant	org, to or to_post, gives [text...] [, services, start, end]
 *	delegation.end	org, to or to_post, at: ends all granted to it so far
 *	oversight.set	org, duty, body, lead [, start, end]; oversight.end org, duty, body, at
 *	disclosure.open	org, purpose: its device list, for the post that acts, for 8 hours
 */
extern const struct act_kind directory_acts[]; /* ended by a NULL name */
#define DIRECTORY_NO_DATE INT64_MIN	       /* unknown, or none */
#define DIRECTORY_NO_COUNT ((int64_t)-1)
/* What every view takes: where to look, whose memory, as of when. */
struct directory_view {
	struct store *store;
	struct arena *arena;
	int64_t at_ms;
};
/* Reasons kept per file, bytes of a code, how far up a region is looked for. */
enum { DIRECTORY_REASONS = 20, DIRECTORY_CODE_MAX = 40, DIRECTORY_REGION_STEPS = 8 };

/* --- reading files --- */
/* In the order they are tried; NULL past the last. */
struct directory_format {
	const char *name, *source, *about; /* source: who says it, unless the caller knows */
};
const struct directory_format *directory_format_at(size_t i);
struct directory_reason {
	size_t line; /* 0: the file as a whole */
	struct str text;
};
/* What a file was found to hold.  Its strings live in the arena of the view. */
struct directory_report {
	const char *format, *source;
	int64_t taken_ms; /* as the file itself says; DIRECTORY_NO_DATE when it doesn't */
	uint64_t accepted, skipped, refused; /* rows */
	struct directory_reason reasons[DIRECTORY_REASONS];
	size_t nreasons;
	/* Against the store as it is, things: organisations, sites...; closed are among changed. */
	uint64_t added, changed, unchanged, closed;
	uint64_t lowered; /* expected counts that would fall: then it is refused */
	bool seen_before; /* these very bytes were imported already */
};
struct directory_import {
	struct str bytes;  /* as received: plain, gzip, xz...; UTF-8, UTF-16, Windows-1252 */
	struct str format; /* "" or "auto": found out by content */
	struct str source; /* "" for the format's own */
	struct str file;   /* the name it came under; shown, never trusted */
	/* Taken NO_DATE: as the file or its earlier import or its name says, else received. */
	int64_t taken_ms, received_ms;
};
/* Append the body of an org.import act to *body; the bytes go with the act as held bulk.  Rows
 * that make no sense are refused one by one with a reason; the file fails as a whole (ERR_INVALID
 * with its line) when its rows have unequal columns or none was good, ERR_UNSUPPORTED when it is
 * no format we know.  O(bytes). */
MUST_CHECK bool directory_import_body(const struct directory_view *view,
				      const struct directory_import *import,
				      struct directory_report *report, struct text *body,
				      struct err *err);

/* --- organisations --- */
enum org_class { ORG_WORKSTATION, ORG_SERVER, ORG_MEDICAL, ORG_NETWORK, ORG_MOBILE, ORG_OTHER };
enum { ORG_CLASSES = ORG_OTHER + 1 };		  /* of devices that are expected apart */
const char *org_class_name(enum org_class class); /* "workstation"... */
struct org {
	struct str code, name;	      /* name is the code where nobody has said */
	struct str role;	      /* "trust", "gp_practice", "icb", "region"...; may be empty */
	struct str region, parent;    /* codes, of the nearest above in the tree; may be empty */
	struct str status, postcode;  /* status: "" in use, "dormant", "proposed" */
	struct str successor;	      /* code; empty for none */
	int64_t opened_ms, closed_ms; /* DIRECTORY_NO_DATE */
	int64_t expected_devices, patients, staff; /* DIRECTORY_NO_COUNT */
	int64_t expected[ORG_CLASSES];		   /* devices, by class; DIRECTORY_NO_COUNT */
	bool open;				   /* at the moment asked for */
};
/* Code in upper case without blanks at its ends, in the arena. */
struct str directory_code(struct arena *arena, struct str code);
/* ERR_NOT_FOUND with a hint (how to add or import; the nearest code that begins like it). */
MUST_CHECK bool directory_org_get(const struct directory_view *view, struct str code,
				  struct org *ret, struct err *err);
enum org_state { ORG_ANY, ORG_OPEN, ORG_CLOSED };
struct org_filter {
	struct str role, region, parent; /* "" any; region by code or name; at any depth */
	struct str text;		 /* every word occurs in code or name, in any case */
	enum org_state state;
	size_t offset, limit; /* limit 0: all */
};
struct org_list {
	struct org *v;
	size_t n;
	uint64_t total; /* without paging */
};
/* By code.  O(organisations). */
MUST_CHECK bool directory_org_list(const struct directory_view *view,
				   const struct org_filter *filter, struct org_list *ret,
				   struct err *err);
struct org_node {
	struct org org;
	struct str kind; /* how it hangs on the node above; empty at the root */
	uint32_t depth;
};
ARENA_LIST(org_tree, struct org_node);
/* root "": those without a parent.  depth 0: all of it.  Circles are cut, closed ones left out. */
MUST_CHECK bool directory_org_tree(const struct directory_view *view, struct str root,
				   uint32_t depth, struct org_tree *ret, struct err *err);
/* The region's code, or empty. */
MUST_CHECK bool directory_org_region(const struct directory_view *view, struct str code,
				     struct str *ret, struct err *err);
/* Every organisation by code; strings live until fn returns.  Stops at the first false. */
typedef bool directory_org_fn(void *ctx, const struct org *org, struct err *err);
MUST_CHECK bool directory_each_org(const struct directory_view *view, directory_org_fn *fn,
				   void *ctx, struct err *err);
ARENA_LIST(codes, struct str);
/* Of org or ("") all: where a contact, or who holds a post, has an address or number.  Sorted. */
MUST_CHECK bool directory_reachable(const struct directory_view *view, struct str org,
				    struct codes *ret, struct err *err);
/* May an inventory be taken in for it?  ERR_INVALID when closed, naming date and successor. */
MUST_CHECK bool directory_org_state_for_estate(const struct directory_view *view, struct str code,
					       struct str *ret_code, struct err *err);
/* What each source says, the statement in force first within each fact. */
struct org_fact {
	struct str fact, value, source;
	int64_t taken_ms;
	bool in_force;
};
ARENA_LIST(org_facts, struct org_fact);
MUST_CHECK bool directory_org_facts(const struct directory_view *view, struct str code,
				    struct org_facts *ret, struct err *err);

/* Fewer expected devices, proposed by a post for another person's to approve. */
struct proposal {
	struct str org, site, by, user, ended_by, why; /* by, ended_by: posts */
	uint64_t number;			       /* of its record, at site */
	int64_t said_ms, ended_ms;
	int64_t devices, classes[ORG_CLASSES]; /* DIRECTORY_NO_COUNT: stay as they are */
	enum { PROPOSAL_OPEN, PROPOSAL_REPLACED, PROPOSAL_WITHDRAWN, PROPOSAL_APPROVED } state;
};
ARENA_LIST(proposals, struct proposal);
/* Of one organisation, or all (""); by org, the newest first, which alone can be open. */
MUST_CHECK bool directory_proposals(const struct directory_view *view, struct str org,
				    struct proposals *ret, struct err *err);

/* --- relationships, sites, contacts --- */
struct relation {
	struct str org, kind, to, source;
	int64_t start_ms, end_ms, taken_ms; /* DIRECTORY_NO_DATE: unknown, open */
};
ARENA_LIST(relations, struct relation);
/* In force, of code (incoming false) or to code (true); by kind ("part_of"...), then other end. */
MUST_CHECK bool directory_relations(const struct directory_view *view, struct str code,
				    bool incoming, struct relations *ret, struct err *err);
struct site {
	struct str code, org, name, postcode;
	int64_t opened_ms, closed_ms;
};
ARENA_LIST(sites, struct site);
MUST_CHECK bool directory_sites(const struct directory_view *view, struct str org,
				struct sites *ret, struct err *err);
struct contact {
	struct str org, post, name, email, phone, out_of_band;
	int64_t confirmed_ms; /* DIRECTORY_NO_DATE: never since it was last changed */
	int64_t age_days;     /* since confirmed, at the moment asked for; -1 never */
};
ARENA_LIST(contacts, struct contact);
MUST_CHECK bool directory_contacts(const struct directory_view *view, struct str org,
				   struct contacts *ret, struct err *err);

/* --- posts and rights --- */
struct post {
	struct str id, kind, org, title;
	int64_t made_ms, ended_ms;
};
ARENA_LIST(posts, struct post);
MUST_CHECK bool directory_post_get(const struct directory_view *view, struct str id,
				   struct post *ret, struct err *err);
/* Of one organisation, or all (""). */
MUST_CHECK bool directory_posts(const struct directory_view *view, struct str org,
				struct posts *ret, struct err *err);
struct holder {
	struct str post, person, name, email, phone;
	int64_t from_ms, to_ms;
};
ARENA_LIST(holders, struct holder);
MUST_CHECK bool directory_holders(const struct directory_view *view, struct str post,
				  struct holders *ret, struct err *err);
/* Are they one post, or does one person hold both?  Then one cannot approve the other's acts. */
MUST_CHECK bool directory_share_holder(const struct directory_view *view, struct str post_a,
				       struct str post_b, bool *ret, struct err *err);
/* Has it a holder?  One that nobody holds is no second person. */
MUST_CHECK bool directory_held(const struct directory_view *view, struct str post, bool *ret,
			       struct err *err);

enum post_scope { SCOPE_ORGANISATION, SCOPE_REGION, SCOPE_NATION };
const char *post_scope_name(enum post_scope scope);
/* Every kind of post and what it may do, for printing: fn(ctx, kind, scope, right). */
typedef void directory_rights_fn(void *ctx, const char *kind, enum post_scope scope,
				 const char *right);
void directory_rights_each(directory_rights_fn *fn, void *ctx);

/* How an organisation stands to a post: its own, one that delegated all to it, of its region, of
 * another; or the whole service. */
enum post_reach { REACH_OWN, REACH_DELEGATED, REACH_REGION, REACH_ELSEWHERE, REACH_SERVICE };
/* The authority matrix, which directory_post_may() goes by: pure. */
bool directory_kind_may(struct str kind, struct str right, enum post_reach reach);

struct directory_claim {
	struct str post, right, org; /* org "": the whole service */
	int64_t at_ms;
	struct str service; /* "": all of org, which a delegation for services does not reach */
};
/* May this post do this to that organisation at this time?  The post must exist and not have
 * ended, its kind hold the right, its scope contain org (rights about no organisation, such as
 * journal.read, need none), or org have delegated it to the post or its organisation: view is
 * estate.read, answer alert.answer, evidence estate.write; not transitive.  Post "system" always
 * exists; right "service.init" is anybody's until there is a post.  ERR_NOT_FOUND: no such post. */
MUST_CHECK bool directory_post_may(struct store *store, const struct directory_claim *claim,
				   bool *ret_may, struct err *err);

/* Devices: of its own, of one that delegated view (all services), of one whose counts it sees while
 * a disclosure is open.  Counts: in scope, or its body oversees duty "alerts". */
enum directory_sees { SEES_NOTHING, SEES_COUNTS, SEES_DEVICES };
enum { PEERS_MIN = 5, DISCLOSURE_HOURS = 8 };
MUST_CHECK bool directory_post_sees(const struct directory_view *view, struct str post,
				    struct str org, enum directory_sees *ret, struct err *err);

/* --- delegations, oversight, disclosures, successions --- */
enum { GIVES_VIEW = 1, GIVES_ANSWER = 2, GIVES_EVIDENCE = 4, GIVES_ALL = 7 };
const char *delegation_gives_name(unsigned gives); /* of one */
struct delegation {
	struct str org, to, to_post, by; /* to or to_post is empty; by granted it */
	struct str services;		 /* parted by LF; "": all of the organisation */
	unsigned gives;
	int64_t start_ms, end_ms; /* never before it was granted; DIRECTORY_NO_DATE: open */
};
ARENA_LIST(delegations, struct delegation);
struct delegation_filter {
	struct str org, to; /* "": any */
	struct str post;    /* to this post, or to the organisation it belongs to */
	unsigned gives;	    /* all of these at least */
	bool all;	    /* also those ended or to come */
};
/* By org, receiver, start.  O(those found). */
MUST_CHECK bool directory_delegations(const struct directory_view *view,
				      const struct delegation_filter *filter,
				      struct delegations *ret, struct err *err);
struct oversight {
	struct str org, duty, body; /* duty "alerts"... */
	bool lead;		    /* the others read */
	int64_t start_ms, end_ms;
};
ARENA_LIST(oversights, struct oversight);
const char *directory_duty_at(size_t i); /* NULL past the last */
/* In force, of one duty or all (""); by duty, the lead first, then body. */
MUST_CHECK bool directory_oversight(const struct directory_view *view, struct str org,
				    struct str duty, struct oversights *ret, struct err *err);
struct disclosure {
	struct str org, post, user, purpose;
	int64_t opened_ms, until_ms;
};
ARENA_LIST(disclosures, struct disclosure); /* of one org, in order of time */
MUST_CHECK bool directory_disclosures(const struct directory_view *view, struct str org,
				      struct disclosures *ret, struct err *err);
struct succession {
	struct str org, successor; /* the open one at the end of the chain */
	int64_t at_ms;		   /* when org's own successor took over */
};
ARENA_LIST(successions, struct succession);
/* In force, by org, then successor; about: where it is either, or ("") all.  No circles. */
MUST_CHECK bool directory_successions(const struct directory_view *view, struct str about,
				      struct successions *ret, struct err *err);
#endif
