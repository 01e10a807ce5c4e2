#ifndef ESTATE_SEGMENT_H
#define ESTATE_SEGMENT_H

/* The parts of a segment before they are laid out, all in the segment's order of devices. */

#include "estate/build.h"

struct segment_file {
	uint32_t device, source;
	struct str name, version;
};

struct segment_texts {
	struct str v[ROW_TEXTS];
};

/* What few devices have: in the segment, ascending by device. */
struct segment_kept {
	uint32_t device;
	struct seg_str text[KEPT_TEXTS];
};

struct segment_kept_text {
	uint32_t device;
	const struct str *text; /* KEPT_TEXTS of them */
};

struct segment_parts {
	struct str org;
	struct hash inputs;
	int64_t as_of_ms;
	unsigned width;		       /* threads that it may use; 0: one */
	struct estate_device *devices; /* strings not yet placed */
	struct segment_texts *texts;
	size_t ndevices, nraws;
	const struct row_raw **raws;
	uint32_t *place;	/* where in raws the raw is that pairs call by a number */
	VEC_OF(uint64_t) pairs; /* device << 32 | number, in any order, maybe twice */
	VEC_OF(uint64_t) kbs;	/* device << 32 | KB, the same */
	VEC_OF(struct segment_file) files;
	VEC_OF(struct segment_kept_text) kept; /* by device */
};

/* Put size and checksum into the header of n bytes, which hold at least SEGMENT_HEADER_BYTES. */
enum { SEGMENT_HEADER_BYTES = 304 };
void segment_seal(char *bytes, size_t n);
/* Items that don't touch each other, in any order or at once. */
void segment_steps(unsigned width, size_t n, void (*run)(void *ctx, size_t step, unsigned worker),
		   void *ctx);
void segment_parts_release(struct segment_parts *p);
MUST_CHECK bool segment_write(struct segment_parts *p, struct text *out, struct err *err);

#endif
