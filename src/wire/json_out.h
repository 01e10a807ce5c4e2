#ifndef WIRE_JSON_OUT_H
#define WIRE_JSON_OUT_H

/* The writer's insides, shared by the file that opens one and the file that does the rest. */

#include "base/mem.h"
#include "wire/wire.h"

/*
 * Members are written where they come; when an object ends, their spans are put
 * in order if they aren't yet.  Keys are kept apart, unescaped, to compare them.
 */
struct member {
	size_t key_at, key_n; /* in json_out.keys */
	size_t from, to;      /* in the text: "key":value */
};

struct level {
	char kind;    /* '{' or '[' */
	bool any;     /* something was written: a comma comes next */
	bool has_key; /* a value is due */
	size_t start; /* in the text, after the bracket */
	size_t member, key;
};

struct json_out {
	struct text *to;
	size_t start;
	struct text keys, scratch;
	VEC_OF(struct member) members;
	VEC_OF(struct level) levels;
	bool any;
	struct err wrong; /* the first mistake in the data */
};

#endif
