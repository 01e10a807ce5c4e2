#ifndef ESTATE_ESTATE_H
#define ESTATE_ESTATE_H
/*
 * What there is: the devices of each organisation, their operating systems, software and updates,
 * as dated inventory snapshots said.  Reads inventories (enum estate_format), keeps each as bulk
 * cited by a record, and gives the estate of an organisation as one immutable segment, a pure
 * function of its current snapshots.  Knows what a raw name stands for (the name map).  Promises:
 * what was not seen is never given out as seen; a damaged segment file is rebuilt, never believed;
 * hostile bytes cost an error.  Never judges exposure, never asks the machine's clock.
 */
#include "base/table.h"
#include "intel/intel.h"
extern const struct store_table estate_tables[];
extern const struct act_kind estate_acts[]; /* estate.import, .resolve, .unresolve, names.adopt */
enum facet { FACET_OS, FACET_SOFTWARE, FACET_UPDATES, FACETS };
/* clang-format off */
enum estate_kind { /* how the source looks; decides how long its word stays fresh */
	ESTATE_AGENT, ESTATE_SCAN, ESTATE_REGISTER, ESTATE_KINDS };
struct device_raws { const uint32_t *v; uint32_t n; };
enum device_class {
	CLASS_UNKNOWN, CLASS_WORKSTATION, CLASS_SERVER, CLASS_MEDICAL, CLASS_NETWORK, CLASS_MOBILE,
	CLASS_OTHER, DEVICE_CLASSES };
enum estate_format { /* AUTO: by content; OFFERED: updates that are not installed */
	ESTATE_AUTO, ESTATE_CSV, ESTATE_CYCLONEDX, ESTATE_SYSTEMINFO, ESTATE_QFE, ESTATE_OFFERED,
	ESTATE_DEFENDER, ESTATE_WAZUH, ESTATE_OSQUERY, ESTATE_SPDX, ESTATE_NMAP, ESTATE_NESSUS,
	ESTATE_MAPPED, ESTATE_DEVICE_LIST, ESTATE_FORMATS
};
enum resolution { /* UNRESOLVED: unknown, never "not affected"; EXACT: as in the dictionary */
	RESOLUTION_UNRESOLVED, RESOLUTION_GIVEN, RESOLUTION_MAPPED, RESOLUTION_EXACT,
	RESOLUTION_NONE }; /* GIVEN: by the source; MAPPED, NONE: by the name map */
/* clang-format on */
enum { SAID_UNKNOWN, SAID_NO, SAID_YES };	       /* internet_facing, smb1_off */
enum { SERVER_UNKNOWN, SERVER_CLIENT, SERVER_SERVER }; /* os_server */
/* What a register of medical devices states of one; the day as 2027-06-30. */
enum kept { KEPT_VENDOR, KEPT_MODEL, KEPT_UDI, KEPT_SUPPORT, KEPT_CONTROLS, KEPT_TEXTS };
struct seg_str {
	uint32_t off, n; /* into the segment's strings */
};
struct estate_device {
	struct seg_str id, type, segment, service;	    /* network segment; clinical service */
	struct seg_str os_name, os_cpe, os_version;	    /* as stated */
	uint32_t os_major, os_minor, os_build, os_revision; /* 0: not said */
	uint8_t os_sp, os_server, os_arch, class, internet_facing, smb1_off; /* as enums above */
	struct estate_seen {
		int64_t seen_ms;	  /* 0: never */
		uint8_t kind, incomplete; /* estate_kind; it lists less than there is */
	} facet[FACETS];
};
struct estate_raw { /* software as stated; distinct within the segment */
	struct seg_str cpe, purl, publisher, name, version;
};
struct estate_file { /* a file version that was stated, e.g. srv.sys */
	uint32_t device;
	struct seg_str name, version;
};
struct segment {
	struct str org;
	int64_t as_of_ms; /* the newest snapshot in it */
	uint32_t ndevices, nraws, nkbs, nfiles, nkept;
	uint64_t npairs, nstrings;		/* pairs: (device, raw); bytes */
	const struct estate_device *devices;	/* by id, bytewise */
	const struct estate_raw *raws;		/* by cpe, purl, publisher, name, version */
	const uint32_t *held, *held_at, *lists; /* by raw; segment_words() */
	const uint32_t *software;		/* by device: how many raws it holds */
	const uint64_t *words;
	const uint32_t *device_kb_start, *device_kbs; /* KB numbers of a device, ascending */
	const struct estate_file *files;	      /* by device, name, version */
	const struct segment_kept *kept;
	const char *strings;
	struct hash inputs; /* of what it was built from: equal inputs, equal segment */
};
static inline struct str seg_str(const struct segment *s, struct seg_str ref)
{
	return str_from(s->strings + ref.off, ref.n);
}
size_t segment_find(const struct segment *s, struct str id); /* SIZE_MAX: none */
struct str segment_kept(const struct segment *s, uint32_t device, enum kept which);
/* Who holds raw: words, or (NULL) a list, ascending, when no more than bits_words(ndevices) do. */
const uint64_t *segment_words(const struct segment *s, uint32_t raw);
const uint32_t *segment_list(const struct segment *s, uint32_t raw);
/* The raws of a device, ascending, in arena, O(nraws); of every device, O(pairs). */
struct device_raws segment_raws(const struct segment *s, uint32_t device, struct arena *arena);
const struct device_raws *segment_all_raws(const struct segment *s, struct arena *arena);
/* For s made by hand: raw r is held by devices[start[r]] up to [start[r + 1]]. */
void segment_put_sets(struct segment *s, struct arena *arena, const uint32_t *start,
		      const uint32_t *devices);
bool segment_has_kb(const struct segment *s, uint32_t device, uint32_t kb);
const struct windows_line *segment_line(const struct segment *s, uint32_t device); /* or NULL */
const char *facet_name(enum facet facet); /* "os", "software", "updates" */
const char *estate_kind_name(enum estate_kind kind);
const char *device_class_name(enum device_class class);
int64_t estate_fresh_days(enum estate_kind kind); /* agent 7, scan 30, register 90 */
bool estate_is_fresh(const struct estate_seen *seen, int64_t now_ms);
struct estate;
void estate_close(struct estate *e);
DEFINE_CLOSEP(struct estate, estate_close)
/* The estate in journal's store; journal outlives it.  Segment files lie in "<store>.d/segments/"
 * and may be deleted at any time; where they cannot be written, segments live in memory. */
MUST_CHECK bool estate_open(const struct journal *journal, struct estate **ret, struct err *err);
/* The current segment of an organisation, empty without snapshots; stays while others import. */
void segment_unref(const struct segment *s);
DEFINE_CLOSEP(const struct segment, segment_unref)
MUST_CHECK bool estate_segment_open(struct estate *e, struct str org, const struct segment **ret,
				    struct err *err);
/* fn for every segment, by organisation; fn may segment_ref(). */
const struct segment *segment_ref(const struct segment *s);
typedef bool estate_segment_fn(void *ctx, const struct segment *s, struct err *err);
MUST_CHECK bool estate_each_segment(struct estate *e, estate_segment_fn *fn, void *ctx,
				    struct err *err);
/* Organisations that have snapshots, by code; inputs show what has changed.  In arena. */
struct estate_org {
	struct str code;
	struct hash inputs;
	int64_t as_of_ms; /* newest snapshot */
	uint64_t snapshots;
};
MUST_CHECK bool estate_orgs(struct estate *e, struct arena *arena, struct estate_org **ret,
			    size_t *ret_n, struct err *err);
MUST_CHECK bool estate_newest(struct store *store, struct arena *arena, struct estate_org **ret,
			      size_t *ret_n, struct err *err); /* code and as_of_ms alone */
struct estate_delivery {
	int64_t taken_ms, received_ms; /* what came in together; taken_ms: of its newest */
	struct str site;
	uint64_t record;   /* of its newest snapshot */
	struct hash chain; /* of all up to it: equal chains, equal estates */
};
struct estate_history {
	struct str org;
	struct estate_delivery *v;
	size_t n;
	const struct estate_told *told; /* for the room */
};
ARENA_LIST(estate_history_list, struct estate_history);
MUST_CHECK bool estate_histories(struct estate *e, struct str org, struct arena *arena,
				 struct estate_history_list *ret, struct err *err);
struct estate_at {
	const struct estate_history *history;
	size_t deliveries;	       /* the first so many; all: its current segment */
	const struct segment *segment; /* NULL: bytes that it takes were pruned */
};
MUST_CHECK bool estate_segments_at(struct estate *e, struct estate_at *v, size_t n,
				   struct err *err);
void estate_segments_drop(struct estate_at *v, size_t n);
const char *resolution_name(enum resolution r);
struct estate_resolved {
	enum resolution state;
	const struct cpe *cpes; /* in the arena passed; version (and update) filled in */
	size_t n;
	enum version_scheme scheme; /* of the version, where the source fixes one (purl) */
	bool scheme_fixed;
};
struct estate_resolver;
void estate_resolver_close(struct estate_resolver *r);
DEFINE_CLOSEP(struct estate_resolver, estate_resolver_close)
struct hash estate_resolver_names(const struct estate_resolver *r); /* digest of the map */
/* The map as it is now, with a dictionary that outlives it (NULL: the store's).  Immutable. */
MUST_CHECK bool estate_resolver_open(struct estate *e, const struct intel_dictionary *dictionary,
				     struct estate_resolver **ret, struct err *err);
void estate_resolve_raw(const struct estate_resolver *r, const struct segment *s,
			const struct estate_raw *raw, struct arena *arena,
			struct estate_resolved *ret);
/* The o: names of a device; empty and unresolved when the OS is unknown. */
void estate_resolve_os(const struct estate_resolver *r, const struct segment *s, uint32_t device,
		       struct arena *arena, struct estate_resolved *ret);
struct estate_candidate {
	struct str vendor, product;
	double score; /* 0 to 1 */
	bool vendor_agrees;
};
struct estate_name {
	bool system;				  /* of an operating system, not of software */
	struct str key, publisher, name, version; /* version: one example */
	uint64_t devices, organisations;
	const struct estate_candidate *candidates; /* best first, at most 5 */
	size_t ncandidates;
};
ARENA_LIST(estate_name_list, struct estate_name);
/* Unresolved names by number of devices, most first; at most `most`, all in arena. */
MUST_CHECK bool estate_names(struct estate *e, size_t most, struct arena *arena,
			     struct estate_name_list *ret, struct err *err);
const char *estate_format_name(enum estate_format format);
MUST_CHECK bool estate_format_by_name(struct str name, enum estate_format *ret);
/* What the command states; empty or 0: from the file, or by default.  Stated beats the file. */
struct estate_stated {
	struct str source, kind, scope;	    /* kind: agent...; scope: organisation or devices */
	struct str sees;		    /* "os,software,updates"; default what the file holds */
	struct str device;		    /* id, for files about one device that don't name it */
	int64_t taken_ms, default_taken_ms; /* the file's own word, else e.g. its time of change */
	enum estate_format format;
	struct str map; /* text of a column mapping (doc/templates/mapping.md) */
};
struct estate_counts {
	uint64_t devices, software, updates, files; /* software and updates: (device, x) pairs */
	uint64_t lines, skipped;	    /* records read; those that hold nothing of ours */
	uint64_t facet[FACETS], incomplete; /* devices: seen; with a list of less than there is */
};
struct estate_reading {
	struct estate_counts counts;
	enum estate_format format;
	struct text body, notes;  /* of an estate.import act; lines for the person */
	struct journal_pack pack; /* of its bytes, which it borrows */
	struct estate_read *read; /* for the room */
	int64_t taken_ms;
	bool taken_by_default; /* neither file nor command said when it was taken */
};
void estate_reading_free(struct estate_reading *r);
struct estate_file_in {
	struct str name, bytes, org; /* name: for messages and, where it names no device, its id */
	int64_t received_ms;
	struct estate_stated stated;
	struct estate_parted *of; /* of a part: the file; else NULL */
};
/* Read received files; ret has n.  Bytes go with the act as bulk under digest.  All or none,
 * ERR_INVALID names file and line; files of one device find each other by name. */
MUST_CHECK bool estate_read_all(const struct estate_file_in *in, size_t n,
				struct estate_reading *ret, struct err *err);
/* The same of many, acts and segments too: the next are read while take() does the acts of those
 * before in order, on one thread at a time.  Files of an organisation stand together. */
struct estate_taker {
	bool (*open)(void *ctx, size_t i, struct err *err); /* gives in[i].bytes */
	bool (*take)(void *ctx, size_t i, const struct estate_reading *r, struct err *err);
	void (*done)(void *ctx, size_t i); /* the bytes are needed no more */
	void *ctx;
};
MUST_CHECK bool estate_take_all(struct estate *e, const struct estate_file_in *in, size_t n,
				const struct estate_taker *by, struct err *err);
/* Part a supplier's file (template, register, or by a mapping) by whose each row is among orgs
 * (codes): the lines up to the header, then its rows.  Others' are refused.  ERR_INVALID... */
struct estate_parts {
	struct estate_file_in *v; /* for estate_read_all(); by first row */
	size_t n;
	struct str notes; /* lines for the person, on the whole file */
	bool whole;	  /* it lists all devices of each organisation that it names */
	uint64_t refused; /* rows; of the first of them, line and org as it stands there */
	size_t refused_line[20];
	struct str refused_org[20];
};
void estate_parts_release(struct estate_parts *p);
MUST_CHECK bool estate_part(const struct estate_file_in *in, struct str by,
			    const struct intern *orgs, struct estate_parts *ret, struct err *err);
/* Of estate.resolve for a raw name as `names` lists it ("publisher|name", or a name alone), cpes
 * being CPE names parted by blanks, or "NONE"; of estate.unresolve.  ERR_INVALID, ERR_USAGE. */
MUST_CHECK bool estate_resolve_body(struct str raw, struct str cpes, struct text *body,
				    struct err *err);
MUST_CHECK bool estate_unresolve_body(struct str raw, struct text *body, struct err *err);
/* How many devices, of how many organisations, hold a name that the word on raw decides for. */
MUST_CHECK bool estate_name_reach(struct estate *e, struct str raw, struct estate_name *ret,
				  struct err *err);
/* The body of a names.adopt act for the name map file in bytes (doc/templates/inventory.md). */
MUST_CHECK bool estate_names_body(struct str name, struct str bytes, struct text *body,
				  uint64_t *ret_entries, struct err *err);
struct estate_search_word {
	const char *word, *value, *about; /* "kb", "KB4012212", what it looks for */
	int kind;			  /* for the room */
};
extern const struct estate_search_word estate_search_words[]; /* ended by a NULL word */
struct estate_hit {
	const struct segment *segment;
	uint32_t device;
	const char *unknown; /* not NULL: the query cannot be decided for it, and why; static */
};
/* Devices for which every term (estate_search_words) holds, by organisation and id.  What cannot be
 * decided comes marked unknown.  ERR_USAGE names the bad term; fn returns false to stop. */
typedef bool estate_hit_fn(void *ctx, const struct estate_hit *hit, struct err *err);
MUST_CHECK bool estate_search(struct estate *e, struct str query, estate_hit_fn *fn, void *ctx,
			      struct err *err);
/* The same of one segment.  Without a resolver no name counts as unresolved. */
struct estate_query {
	struct str text;
	estate_hit_fn *fn;
	void *ctx;
};
MUST_CHECK bool estate_search_in(const struct segment *s, const struct estate_resolver *resolver,
				 const struct estate_query *query, struct err *err);
struct estate_snapshot {
	struct str site, org, source, format, name, device;
	uint64_t record, bytes;
	enum estate_kind kind;
	int64_t taken_ms, received_ms;
	bool whole, current; /* scope is the organisation; may hold the newest word on a device */
	unsigned sees;	     /* bits of enum facet */
	struct hash digest;
	struct estate_counts counts;
};
ARENA_LIST(estate_snapshot_list, struct estate_snapshot);
/* One source's word on a fact of which sources say different things. */
struct estate_conflict {
	struct str device, value, source, fact, why;
	int64_t seen_ms;
	enum estate_kind kind;
	bool believed;
};
ARENA_LIST(estate_conflict_list, struct estate_conflict);
/* By device and fact, the one believed first; in arena.  O(bytes of current inventories). */
MUST_CHECK bool estate_conflicts(struct estate *e, struct str org, struct arena *arena,
				 struct estate_conflict_list *ret, struct err *err);
/* Snapshots of an organisation (all organisations when org is empty), oldest first, in arena. */
MUST_CHECK bool estate_snapshots(struct estate *e, struct str org, struct arena *arena,
				 struct estate_snapshot_list *ret, struct err *err);
#endif
