#ifndef ESTATE_READ_JSON_H
#define ESTATE_READ_JSON_H

/* What the JSON readers share. */

#include "estate/read.h"

/* A member's text by either spelling ("deviceName", "DeviceName"); empty when absent. */
struct str json_either(struct json_value v, const char *lower, const char *upper);
/* State a text only where nothing was stated: for sources that repeat themselves loosely. */
MUST_CHECK bool rows_text_once(struct rows *r, uint32_t device, enum row_text which, struct str s,
			       struct err *err);
/* Call fn for each value of JSON or NDJSON. */
MUST_CHECK bool read_each_json(struct rows *r, const struct read_member *m,
			       bool (*fn)(void *ctx, struct json_value v, struct err *err),
			       void *ctx, struct err *err);
/* "pkg:deb/debian/libc6@2.28-10" in arena; empty space leaves it out. */
struct str package_purl(struct arena *arena, const char *type, struct str space, struct str name,
			struct str version);

#endif
