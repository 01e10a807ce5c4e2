#ifndef ESTATE_BUILD_H
#define ESTATE_BUILD_H

/*
 * From the current snapshots of an organisation to one segment: the newest word
 * per device and facet, then flat arrays in one block of bytes that is the same
 * in memory and in a file.
 */

#include "estate/rows.h"

enum { SEGMENT_VERSION = 4 };

struct build_source {
	const struct rows *rows;
	struct str source;
	enum estate_kind kind;
	int64_t taken_ms;
	bool whole;
	unsigned sees;
};

struct build_in {
	struct str org;
	struct hash inputs;
	const struct build_source *v; /* oldest first */
	size_t n;
	unsigned width; /* threads that it may use; 0: one */
};

/* Append the segment's bytes to out, which must be empty.  ERR_LIMIT when it is too large. */
MUST_CHECK bool segment_build(const struct build_in *in, struct text *out, struct err *err);

/* What its sources disagree on, in arena. */
void segment_conflicts(const struct build_in *in, struct arena *arena,
		       struct estate_conflict_list *ret);

/* See the segment in bytes (16-aligned): every offset and number in it is checked, ERR_CORRUPT.
 * *ret borrows. */
MUST_CHECK bool segment_view(struct str bytes, struct segment *ret, struct err *err);

/* A segment with its memory: bytes are mapped (file_unmap) or owned (free). */
const struct segment *segment_own(const struct segment *view, struct str bytes, bool mapped);

#endif
