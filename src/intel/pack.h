#ifndef INTEL_PACK_H
#define INTEL_PACK_H

/*
 * Inner door: the compact spelling of rows.  Numbers are LEB128; a string is
 * its length and its bytes.  A reader never runs past its end: what is cut
 * short reads as 0 or empty and sets bad.
 */

#include "base/text.h"
#include "intel/intel.h"

struct packed {
	const uint8_t *p, *end;
	bool bad;
};

static inline struct packed packed_of(struct str s)
{
	const uint8_t *p = (const uint8_t *)s.p;

	return (struct packed){p, p ? p + s.n : p, false};
}

static inline uint64_t packed_u64(struct packed *in)
{
	uint64_t x = 0;

	for (unsigned shift = 0; shift < 64 && in->p < in->end; shift += 7) {
		uint8_t b = *in->p++;

		x |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return x;
	}
	in->bad = true;
	return 0;
}

static inline uint32_t packed_u32(struct packed *in)
{
	return (uint32_t)packed_u64(in);
}

/* Zigzag: small negative numbers stay small. */
static inline int64_t packed_i64(struct packed *in)
{
	uint64_t x = packed_u64(in);

	return (int64_t)(x >> 1) ^ -(int64_t)(x & 1);
}

static inline struct str packed_str(struct packed *in)
{
	uint64_t n = packed_u64(in);
	struct str s;

	if (n > (uint64_t)(in->end - in->p)) {
		in->bad = true;
		return (struct str){0};
	}
	s = str_from((const char *)in->p, (size_t)n);
	in->p += n;
	return s;
}

/* How many items follow; never more than bytes are left, so that it may size an array. */
static inline size_t packed_count(struct packed *in)
{
	uint64_t n = packed_u64(in);

	if (n > (uint64_t)(in->end - in->p)) {
		in->bad = true;
		return 0;
	}
	return (size_t)n;
}

void pack_u64(struct text *out, uint64_t x);
void pack_i64(struct text *out, int64_t x);
void pack_str(struct text *out, struct str s);

/* One criterion in a packed configuration. */
struct criterion {
	struct str cpe, start, end;
	bool start_excluding, end_excluding;
};

/*
 * Configurations, packed: steps in postfix, names front-coded against the name
 * before.  A writer starts as {0} and is released with config_out_free().
 */
struct config_out {
	struct text bytes, last;
	uint32_t steps;
};
void config_out_free(struct config_out *c);
void config_out_clear(struct config_out *c);
void config_out_match(struct config_out *c, enum config_op op, const struct criterion *m);
void config_out_op(struct config_out *c, enum config_op op, uint32_t operands);

struct config_in {
	struct packed in;
	struct text name; /* of the criterion last read */
	size_t trimmed;
	enum config_op op;
	uint32_t operands;
	struct criterion match; /* borrows name and the input; for MATCH and PLATFORM */
};
/* Start over with another configuration; name is kept and freed by the caller. */
void config_in_start(struct config_in *c, struct str bytes);
/* False at the end; c->in.bad when the bytes are not a configuration. */
bool config_in_next(struct config_in *c);

#endif
