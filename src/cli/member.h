#ifndef CLI_MEMBER_H
#define CLI_MEMBER_H

/*
 * Inner door: members of the JSON objects that commands print, key and value in one.
 */

#include "cli/command.h"

static inline void member_str(struct json_out *o, const char *key, struct str s)
{
	json_out_key(o, key);
	json_out_str(o, s);
}

static inline void member_i64(struct json_out *o, const char *key, int64_t n)
{
	json_out_key(o, key);
	json_out_i64(o, n);
}

static inline void member_bool(struct json_out *o, const char *key, bool yes)
{
	json_out_key(o, key);
	json_out_bool(o, yes);
}

/* 0 is null. */
static inline void member_stamp(struct json_out *o, const char *key, int64_t ms)
{
	char stamp[STAMP_BYTES];

	json_out_key(o, key);
	if (ms)
		json_out_str(o, stamp_format(ms, stamp));
	else
		json_out_null(o);
}

#endif
