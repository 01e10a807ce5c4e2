#ifndef ESTATE_INNER_H
#define ESTATE_INNER_H

/* What the files behind the door share. */

#include "estate/estate.h"

struct estate {
	const struct journal *journal;
	struct store *store;
	struct text folder;   /* of segment files; empty: none could be made */
	struct intern *codes; /* of the organisations held, by place */
	struct held_segment {
		const struct segment *segment;
	} * held;
	size_t nheld, cap;
	struct nation *nation; /* what searches keep; NULL before the first */
};

/* One entry of a name map, as a file or a body states it. */
struct name_entry {
	struct str key;	 /* name_normal_key() */
	struct str cpes; /* names parted by blanks, or "NONE" */
};
/* Check cpes ("NONE" or CPE names); *ret is the canonical spelling in arena. */
MUST_CHECK bool name_cpes_check(struct arena *arena, struct str cpes, struct str *ret,
				struct err *err);
/* Entries of a name map file, in arena. */
MUST_CHECK bool name_map_read(struct arena *arena, struct str bytes, struct name_entry **ret,
			      size_t *ret_n, struct err *err);

/* Add the devices that hold raw to a set of bits. */
void segment_mark(const struct segment *s, uint32_t raw, uint64_t *devices);

/* A segment in memory from a CSV in hand, for tests. */
MUST_CHECK bool segment_from_csv(struct str org, struct str csv, const struct segment **ret,
				 struct err *err);

#endif
