#ifndef ESTATE_ROWS_H
#define ESTATE_ROWS_H

/*
 * What one received file says, as rows: devices, software, updates, files.
 * Every reader fills it through the functions below, which check what comes in,
 * keep each distinct software once and find two devices with one id.  Strings
 * are kept as they come when the bytes outlive the rows (borrow), else copied.
 */

#include "base/arena.h"
#include "base/mem.h"
#include "estate/estate.h"

enum row_text {
	ROW_ID,
	ROW_TYPE,
	ROW_SEGMENT,
	ROW_SERVICE,
	ROW_OS_NAME,
	ROW_OS_CPE,
	ROW_OS_VERSION,
	ROW_TEXTS
};

enum {
	ROW_ID_MAX = 256,
	ROW_TEXT_MAX = 4096,
	ROW_VERSION_MAX = 1024,
	ROWS_DEVICES_MAX = 20 << 20,
};

struct row_kept {
	struct str text[KEPT_TEXTS];
};

struct row_device {
	struct str text[ROW_TEXTS];
	uint32_t major, minor, build, revision;
	uint8_t sp, server, arch, class, internet_facing, smb1_off;
	uint8_t seen, incomplete, complete; /* bits of enum facet; complete wins */
	bool derived;			    /* os numbers have been made */
	bool os_guessed;		    /* the OS is a guess: its name fixes nothing */
	uint32_t kept;			    /* place in kept, + 1; 0: none */
	int64_t seen_ms; /* when the source saw it, where it says so of each; never later than the
			  * snapshot was taken */
	size_t line;	 /* where it was first named; 0 when lines mean nothing */
};

struct row_raw {
	struct str cpe, purl, publisher, name, version;
};

struct row_file {
	uint32_t device;
	struct str name, version;
};

/* Another name that a source has for a device. */
struct row_alias {
	struct str id;
	uint32_t device;
};

struct row_slot {
	uint32_t hash, at; /* at 0: free; else index + 1 */
};

/* From line `at` of a part on, lines are those of the whole file from `line` on. */
struct line_run {
	uint32_t at, line;
};

struct rows {
	struct arena *arena, *scratch; /* scratch: for a moment; NULL until needed */
	bool borrow;
	size_t line;		     /* of what is being read, for messages */
	int64_t taken_ms;	     /* as the file says; 0 when it does not */
	struct str source, kind;     /* as the file says */
	struct str org;		     /* whose the rows say they are; empty when they don't */
	const struct line_run *runs; /* of a part; NULL */
	size_t nruns;
	int whole; /* -1 not said, 0 devices, 1 organisation */
	int sees;  /* -1 not said, else bits */
	enum estate_format format;
	uint64_t lines, skipped, bad_names, dropped_kbs;
	VEC_OF(struct row_device) devices;
	VEC_OF(struct row_kept) kept;
	VEC_OF(struct row_raw) raws;
	VEC_OF(uint64_t) pairs;	 /* device << 32 | raw */
	VEC_OF(uint64_t) kbs;	 /* device << 32 | KB */
	VEC_OF(uint64_t) no_kbs; /* the same: offered, so not installed */
	VEC_OF(struct row_file) files;
	VEC_OF(struct row_alias) aliases;
	struct row_slot *device_slots, *raw_slots;
	size_t ndevice_slots, nraw_slots;
	struct text notes; /* lines for the person */
};

void rows_release(struct rows *r);
static inline void rows_releasep(struct rows *r)
{
	rows_release(r);
}
/* Ready to be filled; strings live in arena. */
void rows_init(struct rows *r, struct arena *arena, bool borrow);

/* The row of a device; a new one when it wasn't named before.  ERR_INVALID for no id or an
 * unreadable one, ERR_LIMIT. */
MUST_CHECK bool rows_device(struct rows *r, struct str id, uint32_t *ret, struct err *err);
/* State a text of a device.  Empty says nothing; another than was stated before is ERR_INVALID. */
MUST_CHECK bool rows_text(struct rows *r, uint32_t device, enum row_text which, struct str s,
			  struct err *err);
/* The same of what is kept as it is stated. */
MUST_CHECK bool rows_keep_text(struct rows *r, uint32_t device, enum kept which, struct str s,
			       struct err *err);
/* "workstation"..., and "yes", "no": into the device's field; the same rule. */
MUST_CHECK bool rows_class(struct rows *r, uint32_t device, struct str s, struct err *err);
MUST_CHECK bool rows_flag(struct rows *r, uint8_t *field, const char *what, struct str s,
			  struct err *err);
/* "x64", "x86_64", "X86-based PC"... -> enum windows_arch; unknown words say nothing. */
enum windows_arch row_arch_of(struct str s);
/* Software of a device.  A CPE or purl that cannot be read is an error when strict, else counted.
 * Nothing in it at all: nothing happens. */
MUST_CHECK bool rows_software(struct rows *r, uint32_t device, const struct row_raw *raw,
			      bool strict, struct err *err);
/* The number of raw among the distinct ones; a new one when it wasn't there. */
MUST_CHECK bool rows_raw(struct rows *r, const struct row_raw *raw, bool strict, uint32_t *ret,
			 struct err *err);
void rows_kb(struct rows *r, uint32_t device, uint32_t kb);
void rows_offered(struct rows *r, uint32_t device, uint32_t kb);
MUST_CHECK bool rows_file(struct rows *r, uint32_t device, struct str name, struct str version,
			  struct err *err);
static inline void rows_seen(struct rows *r, uint32_t device, enum facet facet)
{
	r->devices.v[device].seen |= (uint8_t)(1u << facet);
}
static inline void rows_incomplete(struct rows *r, uint32_t device, enum facet facet)
{
	r->devices.v[device].incomplete |= (uint8_t)(1u << facet);
}

/* Everything of from, which may be emptied, into r, as if it had been read there. */
MUST_CHECK bool rows_merge(struct rows *r, struct rows *from, struct err *err);
/* Of a raw that other rows have, and checked: its number here.  hash: of rows_raw_hashes(), by
 * number there. */
uint32_t rows_raw_admitted(struct rows *r, const struct row_raw *raw, uint32_t hash);
void rows_raw_hashes(const struct rows *r, uint32_t *ret);
/* Room for so many pairs more. */
void rows_pairs_room(struct rows *r, size_t n);
/* After the last row: the numbers of each Windows, updates that are offered taken out, pairs
 * counted once.  Then counts. */
void rows_finish(struct rows *r);
void rows_count(const struct rows *r, struct estate_counts *ret);

/* err_set() with "line N: " in front where lines mean something. */
bool rows_err(const struct rows *r, struct err *err, enum err_code code, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/* A text in the rows' memory: kept or copied. */
struct str rows_keep(struct rows *r, struct str s);
/* Sizes, UTF-8, no control characters. */
MUST_CHECK bool rows_check(const struct rows *r, const char *what, struct str s, size_t most,
			   struct err *err);
/* "organisation" / "devices"; "os,software,updates"; "agent"...: false when it is none. */
MUST_CHECK bool row_scope_parse(struct str s, int *ret);
MUST_CHECK bool row_sees_parse(struct str s, int *ret);
MUST_CHECK bool row_kind_parse(struct str s, enum estate_kind *ret);

#endif
