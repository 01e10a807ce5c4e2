#ifndef WIRE_JSON_H
#define WIRE_JSON_H

/* What the JSON files of this room share. */

#include "wire/json_dom.h"
#include "wire/wire.h"

struct json_key {
	uint64_t hash, at;
};

/* An array or object that the check for keys given twice is in. */
struct json_open {
	uint64_t start;	  /* the object's word; 0 for an array */
	uint64_t seen[4]; /* a bit per key */
	bool met;	  /* two keys at one bit */
};

struct json_doc {
	struct json_dom *dom;
	struct json_tape tape;
	struct text copy;      /* padded copy of input that wasn't */
	struct text wide;      /* input with whole numbers beyond 64 bits made doubles */
	struct json_key *keys; /* scratch of the check for keys given twice */
	size_t keys_n, keys_cap;
	struct json_open open[JSON_MAX_DEPTH + 1]; /* by depth; [0] is what holds the root */
	size_t error_at, error_line;
};

/* The bounds scan, before any parse: O(bytes), no memory. */
enum json_scan {
	JSON_SCAN_OK,	/* depth is within bounds to the end; *ret_at is the end */
	JSON_SCAN_DEEP, /* *ret_at is the bracket too many */
	JSON_SCAN_PAST, /* *ret_at is past the first value */
};
/* With first_only b starts with a bracket, and the scan stops past its partner. */
enum json_scan json_scan(struct str b, bool first_only, size_t *ret_at);

/*
 * A slow, strict reading of RFC 8259 to say what is wrong and where, for bytes
 * that json_dom_parse() refused; or, with tape_at > 0, to find the offset of the
 * tape's word tape_at in good bytes.  Returns NULL when nothing is wrong.  Whole
 * numbers beyond 64 bits are good JSON (and canonical up to 10^21), but the
 * parser takes none: if there are such, b is appended to *wide with "e0" after
 * each.  wide may be NULL.
 */
const char *json_locate(struct str b, uint64_t tape_at, struct text *wide, size_t *ret_at);

/* A key that occurs twice in one object: its place on the tape; 0 when all are distinct. */
uint64_t json_key_twice(struct json_doc *d);

static inline uint64_t tape_payload(uint64_t word)
{
	return word & (((uint64_t)1 << 56) - 1);
}

/* The index after the value at i. */
static inline uint64_t tape_next(const uint64_t *w, uint64_t i)
{
	switch (w[i] >> 56) {
	case '{':
	case '[':
		return (uint32_t)w[i];
	case 'l':
	case 'u':
	case 'd':
		return i + 2;
	default:
		return i + 1;
	}
}

static inline struct str tape_str(const struct json_tape *t, uint64_t word)
{
	const uint8_t *p = t->strings + tape_payload(word);
	uint32_t n;

	memcpy(&n, p, sizeof(n));
	return (struct str){(const char *)p + sizeof(n), n};
}

#endif
