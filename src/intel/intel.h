#ifndef INTEL_INTEL_H
#define INTEL_INTEL_H

/*
 * What the world says about weaknesses: vulnerabilities with their
 * configurations, exploitation, probability, vendors' fixes and update
 * histories, support dates.  Promises: a feed is stored whole or not at all;
 * what is stored is a function of the set of feeds imported, whatever their
 * order; every fact can be traced to the feed it came from; what could not be
 * read is counted and never turns into "not affected".  Never knows of devices,
 * and never fetches by itself.
 */

#include "base/clock.h"
#include "journal/journal.h"
#include "names/names.h"
extern const struct store_table intel_tables[]; /* both ended by a NULL name */
extern const struct act_kind intel_acts[];	/* feed.import, feed.source */
/* ---- CVE numbers and scores ---- */
/* "CVE-2017-0144" as one number, ordered by year and number; 4 to 14 digits, years 1999 to
 * 9999, no needless zeros, any case.  False for anything else. */
MUST_CHECK bool cve_parse(struct str s, uint64_t *ret);
enum { CVE_TEXT_BYTES = 24 };
struct str cve_format(uint64_t cve, char buf[CVE_TEXT_BYTES]);

enum cvss_version { CVSS_2, CVSS_30, CVSS_31, CVSS_40, CVSS_VERSIONS };
struct cvss {
	enum cvss_version version;
	uint8_t metric[32];		      /* value numbers, for cvss.c */
	int8_t base, temporal, environmental; /* tenths; -1: none.  4.0 has the base alone */
};
/* Read and score a vector of any version as FIRST specifies; ERR_INVALID names the metric. */
MUST_CHECK bool cvss_parse(struct str vector, struct cvss *ret, struct err *err);
const char *cvss_version_name(enum cvss_version version); /* "2.0", "3.0"... */
/* "none", "low", "medium", "high", "critical" of a score in tenths. */
const char *cvss_severity(enum cvss_version version, int tenths);
/* ---- reading feeds ---- */
enum intel_kind {
	INTEL_NVD,	/* NVD JSON 1.1 feeds, 2.0 API pages, single 2.0 CVEs */
	INTEL_OVERRIDE, /* NDJSON of 2.0 configurations: fill where NVD has none */
	INTEL_KEV,	/* known exploited vulnerabilities, JSON or CSV */
	INTEL_EPSS,	/* exploit prediction scores, CSV */
	INTEL_MSRC,	/* Microsoft's CVE, KB, product, supersedes */
	INTEL_HISTORY,	/* Windows update histories (doc/templates/windows-history.csv) */
	INTEL_FIX,	/* curated fix rules (doc/templates/vendor-fixes.csv) */
	INTEL_CYCLE,	/* endoflife.date products, NDJSON */
	INTEL_KINDS
};
const char *intel_kind_name(enum intel_kind kind);

/* Longer names, or ends of a range, are refused as unreadable criteria. */
enum { INTEL_CPE_MAX_BYTES = 2048, INTEL_VERSION_MAX_BYTES = 1024, INTEL_REASONS = 20 };
struct intel_counts {
	uint64_t accepted, skipped, refused, criteria_refused; /* entries; single criteria */
};
/* One feed read: pure data in the arena it was read into. */
struct intel_batch {
	enum intel_kind kind;
	struct str name;    /* what newer feeds of the same name replace */
	int64_t taken_ms;   /* what the feed says of its own time; 0 when it says nothing */
	bool taken_stated;  /* taken_ms is what a person said instead, for an exercise: recorded */
	uint64_t size;	    /* of the bytes as received */
	struct hash digest; /* of the bytes as received */
	struct intel_counts counts;
	struct str reasons[INTEL_REASONS]; /* "line 7: ..." of the first entries refused */
	size_t nreasons;
	struct intel_entries *entries; /* for this room */
};
/* Read one feed from bytes as received (.gz, .xz, .zip or plain); file_name serves for errors and
 * the feed's name.  ERR_UNSUPPORTED when it is none we know, ERR_INVALID with the place. */
MUST_CHECK bool intel_read(struct arena *arena, struct str file_name, struct str bytes,
			   struct intel_batch **ret, struct err *err);
struct intel_job {
	const char *path;	   /* in: a file */
	struct arena *arena;	   /* out: owned by the job; NULL when the file couldn't be had */
	struct str bytes;	   /* out: the file, mapped */
	struct intel_batch *batch; /* out; NULL when it failed */
	struct err err;
};
/* Read all in parallel; then look at each batch.  True when all could be read, else *err is the
 * first job's that failed.  Release with intel_jobs_release() in either case. */
MUST_CHECK bool intel_read_each(struct intel_job *jobs, size_t n, struct err *err);
void intel_jobs_release(struct intel_job *jobs, size_t n);
/* Append the body of a feed.import act; source: the file's name or the URL it came from.  A caller
 * that holds the batch gives it as the act's memo, the bytes as held: nothing is read twice. */
void intel_import_body(const struct intel_batch *batch, struct str source, int64_t received_ms,
		       struct text *out);
/* The same for feed.source; an empty url takes the source out. */
void intel_source_body(struct str name, struct str kind, struct str url, struct text *out);
/* ---- the image: everything the engine needs ---- */
struct match {		       /* one distinct criterion: name and range */
	struct str cpe;	       /* CPE 2.3 formatted string as stated; readable */
	struct str start, end; /* version range ends, empty when absent */
	bool start_excluding, end_excluding;
};
enum config_op {
	CONFIG_MATCH,	 /* arg: match number; vulnerable */
	CONFIG_PLATFORM, /* arg: match number; "vulnerable": false, only qualifies */
	CONFIG_OR,	 /* arg: how many operands; so for AND */
	CONFIG_AND,
	CONFIG_NOT,	   /* one operand */
	CONFIG_UNREADABLE, /* a criterion we could not read: unknown for everybody */
};
/* Postfix.  What lies on the stack at the end of a vulnerability's steps is OR-ed. */
struct config_step {
	uint32_t op : 3, arg : 29;
};
enum fix_kind {
	FIX_KB,
	FIX_NOT_KB, /* a published list is wrong: this one does not fix */
	FIX_FILE,   /* file version >= from, within [branch_low, branch_high) */
	FIX_BUILD,  /* build revision >= from ("10.0.14393.953") */
};
struct fix {		  /* the vendor's word on one Windows line */
	uint16_t line;	  /* windows_line_at() */
	uint8_t kind;	  /* enum fix_kind */
	bool listed_only; /* FIX_KB with kb 0: listed as affected, no fix named */
	uint32_t kb;
	struct str file, from, branch_low, branch_high;
};
enum vuln_state {
	VULN_ANALYSED, /* has configurations */
	VULN_AWAITING, /* has none; fixes may still speak of Windows lines (nfixes) */
	VULN_REJECTED,
};
struct vuln_row {
	uint64_t key; /* cve_parse() */
	struct str cve;
	uint8_t state;			    /* enum vuln_state */
	bool from_override, has_unreadable; /* configurations: an override's; not all readable */
	bool kev, kev_ransomware;
	uint32_t first_step, nsteps, first_fix, nfixes; /* fixes by line, kind, kb */
	int64_t published_ms, modified_ms, kev_due_ms;	/* 0 when not stated */
	float epss, epss_percentile;			/* -1 when not stated */
	float cvss; /* base; the newest CVSS version stated; -1 for none */
};
struct rollup {
	uint32_t kb, order, revision; /* 0: not stated; revision is the UBR */
};
struct history {	/* the updates of the lines that share a key */
	struct str key; /* windows_line.history */
	const struct rollup *rollups, *security_only; /* by order */
	uint32_t nrollups, nsecurity_only;
};
struct edge { /* supersedence on one line */
	uint16_t line;
	uint32_t newer_kb, older_kb;
};
struct intel_image {
	const struct vuln_row *vulns; /* by key */
	const struct config_step *steps;
	const struct match *matches; /* distinct over all vulnerabilities */
	const struct fix *fixes;
	const struct history *histories; /* by key */
	const struct edge *edges;	 /* by line, newer_kb, older_kb */
	uint32_t nvulns, nsteps, nmatches, nfixes, nhistories, nedges;
	struct hash digest; /* of the feeds it stands on: equal digest, equal image */
	struct arena *arena;
};
void intel_image_close(struct intel_image *image);
DEFINE_CLOSEP(struct intel_image, intel_image_close)
/* All vulnerabilities that any feed speaks of, or only those named ("CVE-..."; unknown ones are
 * left out); histories and edges are always whole.  About a second for 150,000. */
MUST_CHECK bool intel_image_load(struct store *store, const struct str *only_cves, size_t n,
				 struct intel_image **ret, struct err *err);
/* What a feed.import record changed: vulnerabilities, or (whole) more than INTEL_NEWS_MOST, or what
 * concerns any.  Then those named, with histories and edges of `with`. */
enum { INTEL_NEWS_MOST = 2000 };
struct intel_news {
	struct str *v;
	size_t n;
	bool whole, kev; /* kev: and those that were known exploited and are not named any more */
};
MUST_CHECK bool intel_news_of(const struct journal *j, const struct record *r, struct arena *arena,
			      struct intel_news *ret, struct err *err);
MUST_CHECK bool intel_image_more(struct store *store, const struct intel_news *news,
				 const struct intel_image *with, struct intel_image **ret,
				 struct err *err);
/* Both NULL when there is none. */
const struct vuln_row *intel_image_find(const struct intel_image *image, struct str cve);
const struct history *intel_image_history(const struct intel_image *image,
					  const struct windows_line *line);
/* What digest an image loaded now would have, without loading it. */
MUST_CHECK bool intel_digest(struct store *store, struct hash *ret, struct err *err);
/* ---- showing one vulnerability ---- */
struct vuln_source {		       /* where a statement came from; record 0: there is none */
	struct str feed, kind, digest; /* digest in hex */
	uint64_t record;
	int64_t taken_ms;
};
struct vuln_score {
	struct str vector, source; /* source as stated, e.g. "nvd@nist.gov" */
	double stated;		   /* base score stated; -1 none */
	struct cvss cvss;	   /* computed, when valid */
	bool valid;
};
struct vuln_fix {
	struct str cve, product, kb, supersedes, severity, impact, component, title;
	int64_t date_ms;
	const struct windows_line *line; /* NULL: the product is no Windows line */
	struct vuln_source from;
	enum fix_kind kind; /* this and the next line: of curated rules */
	struct str file, file_from, branch_low, branch_high, source;
};
struct vuln_detail {
	struct str cve, description, title, status; /* status as NVD says it, may be empty */
	enum vuln_state state;
	bool from_override, has_unreadable, kev, kev_ransomware;
	int64_t published_ms, modified_ms, kev_added_ms, kev_due_ms, epss_ms;
	struct vuln_source from, config_from, kev_from, epss_from;
	const struct vuln_score *scores;
	const struct str *weaknesses, *references; /* CWE; URLs */
	const struct str *config_lines;		   /* the tree, two blanks a level, readable */
	const struct vuln_fix *fixes;
	size_t nscores, nweaknesses, nreferences, nconfig_lines, nfixes;
	struct str kev_name, kev_action;
	double epss, epss_percentile; /* -1 not stated */
};
/* ERR_NOT_FOUND when no feed speaks of it, ERR_INVALID for no CVE number. */
MUST_CHECK bool intel_vuln_get(struct store *store, struct arena *arena, struct str cve,
			       struct vuln_detail *ret, struct err *err);
/* One criterion for people: "microsoft windows_10 1607". */
void intel_match_text(const struct match *m, struct text *out);
/* ---- feeds ---- */
#define INTEL_STATED ", its time stated" /* ends the verdict where taken_stated was given */
struct intel_feed {
	struct str kind, name, source, digest, verdict, site;
	uint64_t record, size;
	int64_t taken_ms, received_ms;
	struct intel_counts counts;
	bool current; /* false: a newer one of the same name and kind was imported */
};
/* All imports, by kind, name, newest first; *ret in arena. */
MUST_CHECK bool intel_feed_list(struct store *store, struct arena *arena, struct intel_feed **ret,
				size_t *ret_n, struct err *err);
struct intel_source {
	struct str name, kind, url;
};
MUST_CHECK bool intel_source_list(struct store *store, struct arena *arena,
				  struct intel_source **ret, size_t *ret_n, struct err *err);
/* What a server said of the copy we took in (local to this machine); empty when unknown. */
struct intel_tag {
	struct str etag, modified;
};
MUST_CHECK bool intel_tag_get(struct store *store, struct arena *arena, struct str url,
			      struct intel_tag *ret, struct err *err);
MUST_CHECK bool intel_tag_put(struct store_txn *txn, struct str url, const struct intel_tag *tag,
			      struct err *err);
/* ---- product dictionary ---- */
struct intel_product {
	struct str part, vendor, product; /* plain, lower case */
	uint32_t cves;
};
struct intel_candidate {
	const struct intel_product *product;
	double score; /* 0 to 1; above 0.8 only where the vendor agrees too */
	bool vendor_agrees;
};
struct intel_dictionary;
/* Equal digests find and resolve alike. */
struct hash intel_dictionary_digest(const struct intel_dictionary *d);
void intel_dictionary_close(struct intel_dictionary *d);
DEFINE_CLOSEP(struct intel_dictionary, intel_dictionary_close)
/* Every part, vendor, product that a configuration names. */
MUST_CHECK bool intel_dictionary_load(struct store *store, struct intel_dictionary **ret,
				      struct err *err);
struct intel_dictionary *intel_dictionary_of(const struct intel_image *image);
size_t intel_dictionary_count(const struct intel_dictionary *d);
/* part may be empty: any, the one with most vulnerabilities.  NULL when there is none. */
const struct intel_product *intel_dictionary_find(const struct intel_dictionary *d, struct str part,
						  struct str vendor, struct str product);
/* The k best for a raw name, best first; returns how many.  O(products that share a word). */
size_t intel_dictionary_candidates(const struct intel_dictionary *d, struct str publisher,
				   struct str name, size_t k, struct intel_candidate *ret);
/* ---- updates ---- */
struct kb_link {
	const struct windows_line *line;
	uint32_t kb, via;    /* via: the KB next to it on the way; 0: the history */
	bool newer, history; /* it supersedes the KB asked for; known by history, not by edges */
};
ARENA_LIST(kb_links, struct kb_link);
/* What supersedes kb and what it supersedes, per line (NULL: every line): by the ordered history
 * first, edges second; security-only updates inherit nothing.  In arena, by line, newer, kb. */
struct kb_links intel_kb_closure(const struct intel_image *image, struct arena *arena, uint32_t kb,
				 const struct windows_line *line);
/* ---- support dates ---- */
struct intel_cycle {
	struct str product, cycle, title; /* endoflife.date's names */
	int64_t released_ms, eol_ms;	  /* 0 when not stated */
	bool ended;			  /* stated as ended without a date */
};
struct intel_cycles;
void intel_cycles_close(struct intel_cycles *c);
DEFINE_CLOSEP(struct intel_cycles, intel_cycles_close)
MUST_CHECK bool intel_cycles_load(struct store *store, struct intel_cycles **ret, struct err *err);
/* The longest cycle name that the version begins with, of this CPE product; or NULL. */
const struct intel_cycle *intel_cycle_for(const struct intel_cycles *c, struct str vendor,
					  struct str product, struct str version);
#endif
