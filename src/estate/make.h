#ifndef ESTATE_MAKE_H
#define ESTATE_MAKE_H

/* From the records of an organisation's imports to its segment, in memory or as a file. */

#include "estate/build.h"
#include "estate/inner.h"
#include "estate/read.h"
#include "estate/snapshots.h"
#include "estate/spent.h"

/* A file as it was read. */
struct estate_read {
	struct arena *arena;
	struct read_file file;
	struct rows rows;
	struct str device; /* whose it is when it doesn't say: stated, or found from its name */
};
void estate_read_free(struct estate_read *r);

/* What one organisation's segment is made of. */
struct need {
	struct str org;
	const struct estate_snapshot *v; /* all of the organisation's, oldest first */
	const struct snapshot_more *more;
	size_t n;
	struct hash inputs;
	int64_t as_of_ms;
};
/* Fills inputs and as_of_ms. */
void need_hash(struct need *need);

/* Where a file about it is kept, with that ending; false: nowhere. */
bool need_path(const struct estate *e, const struct need *need, const char *ending,
	       struct text *path);
/* Is the i-th read to build the segment? */
static inline bool need_reads(const struct need *need, const struct spent *spent, size_t i)
{
	return need->v[i].current && !spent->v[i].n;
}

struct needs {
	struct need *v; /* by organisation */
	size_t n;
};
/* Of one organisation, or of all that have snapshots (org empty); in arena. */
MUST_CHECK bool needs_of(struct estate *e, struct str org, struct arena *arena, struct needs *ret,
			 struct err *err);

/* The segment in hand, else its file, else built; segment_unref(). */
MUST_CHECK bool segment_get(struct estate *e, const struct need *need, const struct segment **ret,
			    struct err *err);
/* See that every segment asked for is held: several are built at once. */
MUST_CHECK bool segments_prepare(struct estate *e, const struct needs *needs, struct err *err);

/* What a snapshot whose rows are these gives to the segment. */
struct build_source source_of(const struct estate_snapshot *s, const struct rows *rows);

/* A snapshot whose bytes are in the store alone, the i-th of what is needed. */
struct opened {
	struct arena *arena;
	struct text bytes, map;
	struct journal_unpack packed; /* of bytes, while they are not unpacked */
	struct read_file file;
	struct rows rows;
};
/* Bytes come from the store, which one thread asks; rows can be made by several. */
MUST_CHECK bool opened_fetch(struct estate *e, const struct need *need, size_t i, struct opened *o,
			     struct err *err);
/* The same, unpacked when they are parsed: by that many threads. */
MUST_CHECK bool opened_fetch_packed(struct estate *e, const struct need *need, size_t i,
				    struct opened *o, struct err *err);
MUST_CHECK bool opened_parse_packed(const struct need *need, size_t i, unsigned width,
				    struct opened *o, struct err *err);
MUST_CHECK bool opened_parse(const struct need *need, size_t i, unsigned width, struct opened *o,
			     struct err *err);
void opened_release(struct opened *o, size_t n); /* an array, which it frees */

struct building {
	const struct need *need;
	struct spent spent;
	struct opened *opened; /* of each snapshot that is read */
	size_t n, bytes;       /* bytes: of all inventories, as received */
	unsigned width;	       /* threads that one file may use */
	struct text out;
	bool ok, pruned, past; /* past: nothing of it is kept */
	struct err err;
};
/* Fetch the bytes from the store; what fails is in b->err. */
void building_open(struct estate *e, const struct need *need, struct building *b);
void building_release(struct building *b);
/* Parse and build: touches nothing but its own, so several (an array, by item) may run at once. */
void building_run(void *ctx, size_t item, unsigned worker);
/* What was built, in memory alone. */
MUST_CHECK bool building_own(struct building *b, const struct segment **ret, struct err *err);
/* What was built, kept as a file where that can be. */
MUST_CHECK bool building_keep(struct estate *e, struct building *b, const struct segment **ret,
			      struct err *err);
/* Keep bytes as the file; false where that can't be. */
bool segment_keep_file(const struct estate *e, const struct need *need, struct str bytes);
/* The file, when it is there and whole: anything else is to be built anew. */
bool building_map(const struct estate *e, const struct need *need, const struct segment **ret);

#endif
