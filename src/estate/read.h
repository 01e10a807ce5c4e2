#ifndef ESTATE_READ_H
#define ESTATE_READ_H

/*
 * The readers, one per format: bytes to rows.  Each gets plain bytes of one
 * member (unpacked), UTF-8 but where it says otherwise, and adds to r.
 */

#include "estate/rows.h"
#include "wire/wire.h"

/* The lines of the CSV template before its rows. */
struct csv_head {
	size_t end, lines;	      /* they end at this offset, are so many */
	size_t ncolumns, org, device; /* places of these columns; SIZE_MAX: there is none */
	char sep;
};
/* What they state goes into r. */
MUST_CHECK bool read_csv_head(struct rows *r, struct str bytes, struct csv_head *ret,
			      struct err *err);

/* "# taken: X" lines before the header, into r. */
MUST_CHECK bool read_csv_statements(struct rows *r, struct str bytes, struct err *err);

/* "line 3: ..." of a piece is another line of the file: makes it so many more. */
bool read_csv_shift(struct err *err, size_t by);
/* The line of the whole file that line is, where the rows are a part of one. */
size_t read_csv_whole_line(const struct rows *r, size_t line);

/* A part of a supplier's file: whose word it is, and which lines of the file it has. */
struct estate_parted {
	struct str by;
	struct hash whole; /* of the file as received */
	struct text bytes;
	VEC_OF(struct line_run) runs;
	struct arena *arena; /* of all parts of the file */
	size_t parts;
};

struct read_member {
	struct str name; /* for messages */
	struct str bytes;
	bool padded;	   /* bytes are */
	struct str device; /* whose it is when it doesn't say; may be empty */
	bool stated;	   /* device was stated, not made from the file's name */
	enum estate_format format;
	unsigned width;		   /* threads it may use */
	struct str map;		   /* text of the mapping, for ESTATE_MAPPED */
	struct csv_pieces *pieces; /* of ESTATE_CSV: its rows, read before; or NULL */
};

typedef bool read_fn(struct rows *r, const struct read_member *m, struct err *err);

MUST_CHECK bool read_csv(struct rows *r, const struct read_member *m, struct err *err);
MUST_CHECK bool read_cyclonedx(struct rows *r, const struct read_member *m, struct err *err);
MUST_CHECK bool read_cyclonedx_xml(struct rows *r, const struct read_member *m, struct err *err);
MUST_CHECK bool read_systeminfo(struct rows *r, const struct read_member *m, struct err *err);
MUST_CHECK bool read_qfe(struct rows *r, const struct read_member *m, struct err *err);
MUST_CHECK bool read_offered(struct rows *r, const struct read_member *m, struct err *err);
MUST_CHECK bool read_defender(struct rows *r, const struct read_member *m, struct err *err);
MUST_CHECK bool read_wazuh(struct rows *r, const struct read_member *m, struct err *err);
MUST_CHECK bool read_osquery(struct rows *r, const struct read_member *m, struct err *err);
MUST_CHECK bool read_spdx(struct rows *r, const struct read_member *m, struct err *err);
MUST_CHECK bool read_nmap(struct rows *r, const struct read_member *m, struct err *err);
MUST_CHECK bool read_nessus(struct rows *r, const struct read_member *m, struct err *err);
MUST_CHECK bool read_mapped(struct rows *r, const struct read_member *m, struct err *err);
MUST_CHECK bool read_register(struct rows *r, const struct read_member *m, struct err *err);
/* Is this the first line of a table of Nessus's findings? */
bool read_is_nessus_csv(struct str line);

/* The rows of the template in pieces, which several threads may read, before read_csv() takes them
 * in: csv_pieces_job() for each (as parallel_each() calls it). */
void csv_pieces_close(struct csv_pieces *p);
DEFINE_CLOSEP(struct csv_pieces, csv_pieces_close)
struct csv_pieces *csv_pieces_open(struct str bytes, unsigned width) MUST_CHECK;
size_t csv_pieces_count(const struct csv_pieces *p);
void csv_pieces_job(void *pieces, size_t item, unsigned worker);

/* What bytes are; ESTATE_AUTO when they are none that we read. */
enum estate_format read_format_of(struct str bytes);
/* The host that a text of systeminfo or a table of updates names; empty when it names none. */
struct str read_host_of(struct arena *arena, enum estate_format format, struct str bytes);

/* What the names of files of one device have in common: the name without folder, ending, and
 * "_systeminfo", "_qfe"... */
struct str read_stem_of(struct str name);
/* Texts about one Windows, which may not say whose they are. */
bool read_is_windows_text(enum estate_format format);

/*
 * A received file made plain: its members, each recognised, each with the
 * device it belongs to.  keep holds what bytes borrow from.
 */
struct read_file {
	/* What is to be read; bytes and name outlive it.  format: ESTATE_AUTO, or the one that
	 * every member is said to be. */
	struct arena *arena;
	struct str name, bytes;
	enum estate_format format;
	struct str map; /* of columns: every member is a table to be read by it */
	/* What was found. */
	struct read_member *members;
	size_t n, cap, skipped; /* skipped: members of no format of ours */
	VEC_OF(struct text) keep;
};
void read_file_release(struct read_file *f);
static inline void read_file_releasep(struct read_file *f)
{
	read_file_release(f);
}
MUST_CHECK bool read_open(struct read_file *f, struct err *err);
/* What names no device is about this one. */
void read_state_device(struct read_file *f, struct str device);
/* All members into r, in order, then rows_finish(). */
MUST_CHECK bool read_rows(struct read_file *f, struct rows *r, struct err *err);

#endif
