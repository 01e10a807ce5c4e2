#ifndef INTEL_FEED_H
#define INTEL_FEED_H

/* Inner door: how the readers of the kinds of feed fill a batch. */

#include "base/mem.h"
#include "base/table.h"
#include "intel/pack.h"

enum { FLAG_UNREADABLE = 1, FLAG_RANSOMWARE = 2 };

/* One row to be stored. */
struct entry {
	uint64_t key;	 /* CVE; 0 where the row is named */
	struct str name; /* history or product */
	int64_t modified_ms, published_ms;
	uint8_t state, flags;
	int16_t cvss;		 /* tenths; -1 none.  EPSS: unused */
	int64_t number, number2; /* EPSS: score and percentile, in millionths */
	struct str config, body; /* packed */
	uint32_t ordinal;	 /* place in the feed */
};

struct intel_entries {
	struct entry *v;
	size_t n;
	struct str words, edges; /* MSRC: packed */
};

/* A feed being read. */
struct reading {
	struct arena *arena; /* of the batch */
	struct intel_batch *batch;
	struct arena *scratch; /* cleared often */
	struct json_doc *doc;  /* reused from member to member, and from feed to feed */
	bool have_kind;
	uint64_t cve;	     /* being read: named in reasons */
	struct intern *cpes; /* criteria seen, and whether each was readable */
	VEC_OF(uint8_t) cpe_ok;
	struct config_out config;
	struct text body;
	VEC_OF(struct entry) rows; /* becomes batch->entries */
};

/* Count an entry refused; the first reasons are kept. */
void reading_refuse(struct reading *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same for one criterion. */
void reading_refuse_criterion(struct reading *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Keep an accepted row; its strings are copied into the arena. */
void reading_add(struct reading *r, const struct entry *e);
/* All members of one feed are of one kind. */
MUST_CHECK bool reading_kind(struct reading *r, enum intel_kind kind, struct err *err);
void reading_taken(struct reading *r, int64_t ms);

/* A date or time member: absent is 0; malformed is false. */
MUST_CHECK bool read_time(struct str s, int64_t *ret_ms);

/* One JSON value of a feed; the kind is known by its members. */
MUST_CHECK bool json_feed_read(struct reading *r, struct json_value v, struct err *err);
void nvd_read_11(struct reading *r, struct json_value feed);
/* One 2.0 "cve" object. */
void nvd_read_20(struct reading *r, struct json_value cve);
void override_read(struct reading *r, struct json_value v);
void kev_read_json(struct reading *r, struct json_value feed);
void cycle_read(struct reading *r, struct json_value v);
/* A table; the header is read already. */
MUST_CHECK bool kev_read_csv(struct reading *r, struct csv *c, struct err *err);
MUST_CHECK bool epss_read(struct reading *r, struct csv *c, struct err *err);
MUST_CHECK bool msrc_read(struct reading *r, struct csv *c, struct err *err);
MUST_CHECK bool history_read(struct reading *r, struct csv *c, struct err *err);
MUST_CHECK bool fix_read(struct reading *r, struct csv *c, struct err *err);

#endif
