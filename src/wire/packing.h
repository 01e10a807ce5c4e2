#ifndef WIRE_PACKING_H
#define WIRE_PACKING_H

/* What a buffer is packed with, and the three plain compressions as streams. */

#include "base/str.h"

enum packing {
	PACKING_NONE,
	PACKING_GZIP,
	PACKING_XZ,
	PACKING_ZSTD,
	PACKING_BZIP2,
	PACKING_ZIP,
	PACKING_TAR,
};

/* By the first bytes (512 are enough). */
enum packing packing_of(struct str head);
/* Is it one of the three that a struct inflow reads? */
static inline bool packing_is_stream(enum packing p)
{
	return p == PACKING_GZIP || p == PACKING_XZ || p == PACKING_ZSTD;
}

struct inflow;

void inflow_close(struct inflow *f);
DEFINE_CLOSEP(struct inflow, inflow_close)
struct inflow *inflow_open(enum packing kind, struct str in) MUST_CHECK CLOSED_BY(inflow_close);
/* Up to n > 0 more bytes; *ret_got is 0 once all was read and its checksums agreed. */
MUST_CHECK bool inflow_read(struct inflow *f, char *to, size_t n, size_t *ret_got, struct err *err);

#endif
