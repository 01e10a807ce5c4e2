#ifndef ESTATE_SPENT_H
#define ESTATE_SPENT_H

/*
 * Which current snapshots need not be read to build a segment.
 *
 * snapshots.c tells from counts alone which snapshots may still say something; one whose source
 * never says all of some device counts for ever.  Once they are read, more is known: a snapshot is
 * spent when each of its rows is settled by later ones of its source, which say as much of the
 * device (each fact, as complete and no less fresh; each file; what is offered), or, being whole,
 * no longer list it; and when each row of an older one that is read, and that it retires, is
 * settled by later ones too.  A segment without it is the same to the byte, and so are conflicts.
 *
 * What a row says follows from bytes, so "spent, because of these" holds for ever, and for every
 * set of current snapshots, today's or a past one, that has these, and has of that source nothing
 * older that is read and was not then.  So it is kept in a file beside the segment's, a cache:
 * without it all are read, and it is found again.  How many of a source are read is bound by what
 * the newest leaves open, not by how many there are: at most one for each fact or file of a device
 * that no later one says, one for each such row that was retired since, and those that offer
 * updates until one of its source says 91 days later what is installed.
 *
 * What those say that are not spent is kept there too, in short: of each device a digest of its
 * name, when it was seen, and which facts are stated; which files and offers.  So a new one that
 * says all that the one before it did is enough to tell that: those bytes are not opened again.
 * Two seen at once are told apart by texts, which are not kept, and so read.
 */

#include "base/arena.h"
#include "estate/facts.h"

struct estate;
struct need;

/* Of a snapshot, by place in what a segment needs; n 0: it is not spent. */
struct spent_word {
	uint32_t place, n;
	uint32_t *by; /* places of those because of which it is */
};
/* 128 bits of a digest: of a device's id, of a file's name. */
struct said_name {
	unsigned char b[16];
};
struct said_row {
	struct said_name device;
	struct claim_brief brief;
};
/* What the rows of a snapshot say. */
struct saying {
	bool known;
	uint32_t n, nnames, nfiles, noffered;
	struct said_row *v;
	struct said_name *names;	 /* of files */
	uint64_t *files, *offered;	 /* row << 32 | number of a name, or KB */
	const struct build_source *rows; /* NULL: as it was kept */
};

struct spent {
	struct arena *arena;
	struct spent_word *v;
	struct saying *said;
	size_t n; /* so many are spent */
};
void spent_release(struct spent *s);

/* From the file, where there is one that is whole; only of bytes that are still in the store, so
 * that what cannot be told without the file cannot be told with it. */
void spent_open(const struct estate *e, const struct need *need, struct spent *ret);
/* The rows of what is needed at that place, which outlive s. */
void spent_hear(struct spent *s, uint32_t place, const struct build_source *rows);
/* More, of those sources of which all is known that is not spent yet.  No store is asked. */
void spent_find(const struct need *need, struct spent *s);
/* Into the file, where anything is known. */
void spent_keep(const struct estate *e, const struct need *need, const struct spent *s);

/* The file's bytes; taken in, what holds for need is marked, whatever the bytes are. */
void spent_write(const struct need *need, const struct spent *s, struct text *out);
void spent_read(const struct need *need, struct str bytes, struct spent *ret);
/* Let the checksum of any bytes be right. */
void spent_seal(char *bytes, size_t n);

#endif
