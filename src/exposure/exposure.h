#ifndef EXPOSURE_EXPOSURE_H
#define EXPOSURE_EXPOSURE_H

/*
 * Who is exposed, and why: joins intelligence with the estate.  A world is an immutable
 * picture of (intelligence image, segments, resolutions of raw names, now); every answer is a
 * pure function of it.  Promises: a device is not_affected or fixed only where a source
 * that could see the fault looked, is fresh and complete; what is missing is named; every
 * answer can be explained in lines that a person can check by hand.  Never writes,
 * never asks the clock, never loops over devices times vulnerabilities.  The rules are in
 * doc/exposure.md.
 */

#include "base/arena.h"
#include "base/text.h"
#include "estate/estate.h"
#include "intel/intel.h"
#include "names/names.h"
#include "store/store.h"

enum exposure_state {
	EXPOSURE_NOT_AFFECTED,
	EXPOSURE_FIXED,
	EXPOSURE_UNKNOWN,
	EXPOSURE_EXPOSED,
	EXPOSURE_STATES
};
/* "not_affected", "fixed", "unknown", "exposed". */
const char *exposure_state_name(enum exposure_state state);

/* ---- the world ------------------------------------------------------------- */

struct exposure_world;

void exposure_world_close(struct exposure_world *w);
DEFINE_CLOSEP(struct exposure_world, exposure_world_close)

/* What a world is made of when it comes from a store. */
struct exposure_sources {
	struct store *store; /* for names and expected devices of organisations */
	/* Both outlive the world, with a dictionary of all products (NULL: the store's).  NULL for
	 * image: all of intelligence, which is then the world's own. */
	const struct intel_image *image;
	const struct intel_dictionary *dictionary;
	struct estate *estate;	       /* not looked at after it is open */
	const struct journal *journal; /* where news come from; NULL: it will not be followed */
	struct str only_org;	       /* empty: every organisation that has snapshots */
	int64_t now_ms;
};
/* ERR_NOT_FOUND when only_org has no segment; else what store and estate say. */
MUST_CHECK bool exposure_world_open(const struct exposure_sources *sources,
				    struct exposure_world **ret, struct err *err);
/*
 * What has come since w was opened from the whole store (image NULL): inventories, vulnerabilities,
 * evidence gone stale, names of organisations.  *ret is the next world, NULL when nothing has; it
 * shares with w what did not change.  w stays as it is for whoever reads it (but one alone follows
 * it); worlds may be read by any thread, and are closed as often as opened and referred to.
 */
MUST_CHECK bool exposure_world_follow(struct exposure_world *w, const struct exposure_sources *now,
				      struct exposure_world **ret, struct err *err);
struct exposure_world *exposure_world_ref(struct exposure_world *w);

/* An organisation as the directory names it; expected -1 when nobody has said. */
struct exposure_org_name {
	struct str code, name, region;
	int64_t expected;
};

/* How raw names become CPE names; see estate_resolve_raw() and estate_resolve_os(). */
struct exposure_resolver {
	const void *ctx;
	void (*raw)(const void *ctx, const struct segment *s, const struct estate_raw *raw,
		    struct arena *arena, struct estate_resolved *ret);
	void (*os)(const void *ctx, const struct segment *s, uint32_t device, struct arena *arena,
		   struct estate_resolved *ret);
};
/* Names as stated (cpe of a raw, os_cpe, the names of the Windows line), and nothing else: for
 * tests and benches. */
struct exposure_resolver exposure_resolver_stated(void);

/* The same world from parts in memory, all of which outlive it; orgs may miss some. */
struct exposure_parts {
	const struct intel_image *image;
	const struct segment *const *segments; /* one per organisation */
	size_t nsegments;
	const struct exposure_org_name *orgs; /* by code */
	size_t norgs;
	struct exposure_resolver resolver;
	int64_t now_ms;
	bool own_time; /* each segment is judged as of its newest snapshot instead */
};
struct exposure_world *exposure_world_of(const struct exposure_parts *parts) MUST_CHECK
	CLOSED_BY(exposure_world_close);

struct exposure_world_size {
	uint64_t orgs, devices, components, groups, unresolved, patch_states;
	uint64_t vulns,
		classes; /* distinct questions that the vulnerabilities ask of this estate */
	uint64_t bytes;
	uint32_t parts; /* 1, and more for what came since it was opened */
};
struct exposure_world_size exposure_world_size(const struct exposure_world *w);

/* ---- one vulnerability ------------------------------------------------------- */

struct exposure_org {
	struct str org, name, region;
	uint64_t exposed, fixed, not_affected, unknown, devices;
	int64_t expected; /* devices expected; -1 when nobody has said */
};
struct exposure_org_list {
	/* VULN_REJECTED, or VULN_AWAITING without any vendor fix: n is 0, no device is judged. */
	enum vuln_state vuln;
	bool judged;
	struct exposure_org *v; /* by code */
	size_t n;
	struct exposure_org total;
};
/* Every organisation's counts.  *ret in arena, its names the world's.  ERR_NOT_FOUND when no feed
 * speaks of cve, or the image was loaded without it; ERR_INVALID when cve is no CVE number.
 * O(organisations
 * + devices / 64 of those that hold a component concerned). */
MUST_CHECK bool exposure_orgs(const struct exposure_world *w, struct str cve, struct arena *arena,
			      struct exposure_org_list *ret, struct err *err);

struct exposure_filter {
	struct str cve;
	struct str org;	      /* empty: all */
	unsigned states;      /* bits 1 << enum exposure_state; 0: all */
	size_t offset, limit; /* limit 0: all */
	bool without_why;     /* leave why empty: much faster */
};
struct exposure_device {
	struct str org, device;
	enum exposure_state state;
	struct str why;	  /* one line */
	int64_t seen_ms;  /* when the evidence that decided was taken; 0: there is none */
	uint8_t smb1_off; /* SAID_*: a mitigation, shown beside, never a fix */
	uint8_t internet_facing, class; /* SAID_*, enum device_class */
	struct str type, segment, service;
};
struct exposure_device_list {
	enum vuln_state vuln;
	bool judged;
	struct exposure_device *v; /* by organisation and device */
	size_t n;
	uint64_t total;			 /* without paging */
	uint64_t count[EXPOSURE_STATES]; /* of the organisations asked for, whatever the filter */
};
/* Devices and their states.  *ret in arena.  Errors as exposure_orgs(), and ERR_NOT_FOUND for an
 * organisation without a segment. */
MUST_CHECK bool exposure_devices(const struct exposure_world *w,
				 const struct exposure_filter *filter, struct arena *arena,
				 struct exposure_device_list *ret, struct err *err);

/* ---- several vulnerabilities as one question ----------------------------------- */

/* The worst state of each device over all of them. */
struct exposure_worst {
	const struct segment *segment;
	const uint64_t *exposed, *unknown, *fixed; /* bits by device; NULL: none of any */
	uint64_t nexposed, nunknown, nfixed;
	/* Of those exposed, by device: when the newest evidence that shows it was taken. */
	const int64_t *seen_ms;
};
typedef bool exposure_worst_fn(void *ctx, const struct exposure_worst *worst, struct err *err);
/* fn for every organisation, by code; what it is given lives until it returns.  Where nobody can
 * tell (a CVE that the image does not hold, rejected, awaiting analysis) every device is unknown.
 * O(as exposure_orgs() for each). */
struct exposure_cves {
	const struct str *v;
	size_t n;
};
MUST_CHECK bool exposure_worst_each(const struct exposure_world *w, struct exposure_cves cves,
				    exposure_worst_fn *fn, void *ctx, struct err *err);

/* ---- why --------------------------------------------------------------------- */

enum exposure_reason_kind {
	REASON_STATE,	  /* the answer in one line */
	REASON_VULN,	  /* the vulnerability: its state, exploitation */
	REASON_COVERAGE,  /* who saw this facet, when; fresh, stale, incomplete */
	REASON_COMPONENT, /* what the device holds that is concerned, and how its name was found */
	REASON_CONFIG,	  /* a configuration and its value */
	REASON_CRITERION, /* a criterion, its value, the comparison made */
	REASON_LINE,	  /* the Windows line and how it is known */
	REASON_LEVEL,	  /* the level, its KB, by which evidence */
	REASON_FIX,	  /* a fix looked for: found or not; superseded by what */
	REASON_FILE,	  /* a file version and the threshold */
	REASON_MITIGATION,
	REASON_MISSING, /* the evidence that would settle it */
};
const char *exposure_reason_name(enum exposure_reason_kind kind);

struct exposure_reason {
	enum exposure_reason_kind kind;
	unsigned depth; /* 0: heads; 1, 2...: what they rest on */
	struct str text;
};
struct exposure_why {
	struct str org, device, cve;
	enum vuln_state vuln;
	bool judged; /* false: state is not to be read */
	enum exposure_state state;
	const struct exposure_reason *v;
	size_t n;
};
/* The chain of reasons, from the answer down.  *ret in arena.  Errors as above, and ERR_NOT_FOUND
 * for a device that is not in the segment. */
struct exposure_question {
	struct str org, device, cve;
};
MUST_CHECK bool exposure_why(const struct exposure_world *w, const struct exposure_question *q,
			     struct arena *arena, struct exposure_why *ret, struct err *err);
/* Does it expose devices by the name of their Windows alone, because no vendor's updates were
 * imported for it?  Then patched ones show as exposed too.  O(its configurations). */
bool exposure_by_name_alone(const struct exposure_world *w, const struct vuln_row *v);
/* The same as text, two blanks a level, a line each. */
void exposure_why_text(const struct exposure_why *why, struct text *out);

/* ---- one organisation, one device ----------------------------------------------- */

struct exposure_ranking {
	struct str org;
	struct str device;    /* empty: the whole organisation; else its counts are 0 or 1 */
	size_t offset, limit; /* limit 0: all */
	bool with_unknown;    /* also those with no device exposed but some unknown */
};
struct exposure_ranked {
	const struct vuln_row *vuln;
	uint64_t exposed, unknown;
	double weight; /* EPSS times devices exposed; EPSS not stated counts as 0 */
};
struct exposure_ranked_list {
	struct exposure_ranked *v;
	size_t n;
	uint64_t total, devices;
	uint64_t kev_total; /* exploited ones among total */
};
/* Exploited (KEV) first, then EPSS times devices exposed, CVSS, newest number.  ERR_NOT_FOUND for
 * an organisation without a segment, or a device that is not in it. */
MUST_CHECK bool exposure_ranked(const struct exposure_world *w, const struct exposure_ranking *how,
				struct arena *arena, struct exposure_ranked_list *ret,
				struct err *err);

/* ---- everything at once ----------------------------------------------------------- */

struct exposure_totals { /* arrays by number in the image; those that came later follow */
	const struct vuln_row *const *vulns;
	const uint64_t *exposed, *unknown; /* devices */
	const uint32_t *orgs;		   /* organisations with a device exposed */
	size_t n;
	uint64_t pairs;	    /* sum of exposed */
	uint64_t affecting; /* vulnerabilities that expose at least one device */
};
/* Every vulnerability over every organisation, in parallel over organisations.  In arena. */
void exposure_sweep(const struct exposure_world *w, struct arena *arena,
		    struct exposure_totals *ret);

/* ---- bench -------------------------------------------------------------------------- */

struct exposure_bench_row { /* a row of `lynchpin bench --json` */
	struct str bench, work, unit;
	double work_n; /* how many of unit */
	double seconds, rate;
	uint64_t peak_rss_bytes;
};
struct exposure_bench_options {
	const struct intel_image *image;
	uint64_t seed;
	size_t orgs, devices, components; /* 0: 100, 100,000, 100 a device */
};
/* Makes an estate of the image's own products (Zipf-like popularity, shared images per
 * organisation) and measures: world, one vulnerability (median over those that expose a device),
 * all.  Rows in arena. */
void exposure_bench(const struct exposure_bench_options *options, struct arena *arena,
		    struct exposure_bench_row **ret, size_t *ret_n);

#endif
