#ifndef ESTATE_SPENT_INNER_H
#define ESTATE_SPENT_INNER_H

/* For the files of spent.h alone: what rows say, as bytes. */

#include "base/table.h"
#include "estate/spent.h"

void said_write(const struct saying *said, struct text *out);
/* So many bytes that is, told from its numbers. */
uint64_t said_bytes(const struct saying *said);
/* The rest of one whose numbers are set, in arena; false: these are not the bytes of one. */
MUST_CHECK bool said_read(struct arena *arena, struct str bytes, struct saying *said);

#endif
