#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

/*
 * Bytes become values here, and only here.  wire knows containers (gzip, xz,
 * zstd, bzip2, zip, tar), encodings (UTF-8, UTF-16, the Windows code pages),
 * syntaxes (JSON, CSV, XML) and how to fetch over HTTPS.  It promises that what it hands out is
 * complete, within its limits and, as JSON and XML, well-formed UTF-8; every size is bounded before
 * memory is taken.  It never judges what the values mean, keeps no global state and remembers
 * nothing between calls.  Threads share nothing here; any number may each have their own.
 *
 * A "next" that fails returns false; at the end it returns true and gives
 * nothing (a NULL, or *ret_more false).
 */

#include "base/str.h"
#include "base/text.h"

/* This many readable bytes after its end make a buffer "padded". */
enum { WIRE_PADDING = 64 };

/* Put WIRE_PADDING zero bytes after t's contents; t->n stays. */
void wire_pad(struct text *t);

enum wire_kind {
	WIRE_EMPTY,   /* nothing but white space */
	WIRE_JSON,    /* one value, or so it begins */
	WIRE_NDJSON,  /* a whole value on the first line, another after it */
	WIRE_CSV,     /* first line has two or more columns */
	WIRE_XML,     /* begins with '<' */
	WIRE_TEXT,    /* other UTF-8, or 8-bit text without control characters */
	WIRE_UTF16,   /* UTF-16: text_to_utf8() first, then ask again */
	WIRE_ARCHIVE, /* something unpack reads */
	WIRE_BINARY,
};

/* What bytes look like; a guess for choosing a reader, not a check.  Looks at 64 KiB at most. */
enum wire_kind wire_kind_of(struct str bytes);
const char *wire_kind_name(enum wire_kind kind); /* "json", "ndjson", ... */

/*
 * JSON in.  One json_doc is one reusable parser with the last thing it parsed;
 * values and their strings live until the doc parses again or is closed.
 * Refused: depth over 64, more than JSON_MAX_BYTES, a key twice in one object,
 * invalid UTF-8, lone surrogates, NaN and Infinity, anything RFC 8259 doesn't
 * have.  A BOM is skipped, UTF-16 converted.  Errors are ERR_INVALID (ERR_LIMIT
 * for depth and size) and read "line 3, byte 57: ...".
 */
enum { JSON_MAX_DEPTH = 64 };
#define JSON_MAX_BYTES ((size_t)1 << 31)

struct json_doc;

enum json_type { JSON_NULL, JSON_BOOL, JSON_INT, JSON_DOUBLE, JSON_STR, JSON_ARRAY, JSON_OBJECT };

/* A handle, copied freely; {0} is a null that belongs to no doc. */
struct json_value {
	const struct json_doc *doc;
	uint64_t at;
};

/* Flag: bytes are padded (unpack's are) and so parsed in place, not copied. */
enum { JSON_PADDED = 1 };
void json_close(struct json_doc *d);
DEFINE_CLOSEP(struct json_doc, json_close)
struct json_doc *json_open(void) MUST_CHECK CLOSED_BY(json_close);

/* The one value of bytes, with nothing but white space around it.  bytes aren't needed
 * afterwards.  After a failure the doc may be used again. */
MUST_CHECK bool json_parse(struct json_doc *d, struct str bytes, unsigned flags,
			   struct json_value *ret, struct err *err);

/* Where the last json_parse() or json_next_doc() failed: offset in its bytes, line from 1. */
void json_error_at(const struct json_doc *d, size_t *ret_offset, size_t *ret_line);

/*
 * NDJSON, or any values one after another with white space (or nothing, after
 * an object or array) between: start with {.bytes = ...}, set the flags, and
 * take values until *ret_more is false.  Each value lives until the next call.
 * The value's place is then s->at (offset) and s->line.  UTF-16 streams are converted beforehand by
 * the caller.
 */
struct json_stream {
	struct str bytes;
	unsigned flags;
	size_t at, line;   /* of the value last given */
	size_t next, seen; /* internal: where to go on; where lines were counted to */
};
MUST_CHECK bool json_next_doc(struct json_doc *d, struct json_stream *s, struct json_value *ret,
			      bool *ret_more, struct err *err);

enum json_type json_type(struct json_value v);
const char *json_type_name(enum json_type type);

/* The value if it is of that type, else false.  json_i64 takes whole numbers of 64 bits only;
 * json_double any number.  Strings are unescaped UTF-8 and have a NUL after them. */
bool json_str(struct json_value v, struct str *ret);
bool json_i64(struct json_value v, int64_t *ret);
bool json_double(struct json_value v, double *ret);
bool json_bool(struct json_value v, bool *ret);

/* Number of elements or members; 0 for anything else.  O(1) below 16 million. */
size_t json_count(struct json_value v);

/* A member of an object; false when v is no object or has none such.  O(members). */
bool json_get_str(struct json_value v, struct str key, struct json_value *ret);
static inline bool json_get(struct json_value v, const char *key, struct json_value *ret)
{
	return json_get_str(v, str_of(key), ret);
}
/* Members of members: "impact/baseMetricV3/cvssV3"; a number picks an array's element. */
bool json_path(struct json_value v, const char *path, struct json_value *ret);

/* for (struct json_iter it = json_iter(v); json_next(&it, &e);) over an array's elements;
 * json_next_member() over an object's members, in the order of the text.  Over anything
 * else they give nothing. */
struct json_iter {
	const struct json_doc *doc;
	uint64_t at, end;
	enum json_type type;
};
struct json_iter json_iter(struct json_value v);
bool json_next(struct json_iter *it, struct json_value *ret);
bool json_next_member(struct json_iter *it, struct str *ret_key, struct json_value *ret);

/* A member that must be there, of that type: else ERR_INVALID, e.g.
 * `"cve" is missing`, `"score" is a string, expected a number`. */
MUST_CHECK bool json_need(struct json_value o, const char *key, enum json_type type,
			  struct json_value *ret, struct err *err);
MUST_CHECK bool json_need_str(struct json_value o, const char *key, struct str *ret,
			      struct err *err);
MUST_CHECK bool json_need_i64(struct json_value o, const char *key, int64_t *ret, struct err *err);
MUST_CHECK bool json_need_double(struct json_value o, const char *key, double *ret,
				 struct err *err);
MUST_CHECK bool json_need_bool(struct json_value o, const char *key, bool *ret, struct err *err);

/* A member that may be absent or null (*ret is then left as it was), but not of another type. */
MUST_CHECK bool json_may(struct json_value o, const char *key, enum json_type type,
			 struct json_value *ret, struct err *err);
MUST_CHECK bool json_may_str(struct json_value o, const char *key, struct str *ret,
			     struct err *err);
MUST_CHECK bool json_may_i64(struct json_value o, const char *key, int64_t *ret, struct err *err);
MUST_CHECK bool json_may_double(struct json_value o, const char *key, double *ret, struct err *err);
MUST_CHECK bool json_may_bool(struct json_value o, const char *key, bool *ret, struct err *err);

/* The member's value, or other when it is absent or of another type. */
struct str json_str_or(struct json_value o, const char *key, struct str other);
int64_t json_i64_or(struct json_value o, const char *key, int64_t other);
double json_double_or(struct json_value o, const char *key, double other);
bool json_bool_or(struct json_value o, const char *key, bool other);

/*
 * JSON out, always canonical (RFC 8785): no white space, members sorted by
 * UTF-16 code units whatever order they came in, numbers as ECMAScript prints
 * them.  Appends to a text that the caller owns.  Mistakes in the data (a key
 * twice, invalid UTF-8, NaN, a whole number beyond 2^53) are remembered and
 * reported by json_out_close(); mistakes in nesting are asserted.  An array or
 * object costs its bytes; unsorted members are moved once per level.
 */
struct json_out;
void json_out_drop(struct json_out *o);
DEFINE_CLOSEP(struct json_out, json_out_drop)
struct json_out *json_out_open(struct text *to) MUST_CHECK CLOSED_BY(json_out_drop);
/* Frees o in either case; on failure the text is as it was at json_out_open(). */
MUST_CHECK bool json_out_close(struct json_out *o, struct err *err);

void json_out_object(struct json_out *o);
void json_out_array(struct json_out *o);
void json_out_end(struct json_out *o); /* of the innermost object or array */
void json_out_key(struct json_out *o, const char *key);
void json_out_key_str(struct json_out *o, struct str key);
void json_out_str(struct json_out *o, struct str s);
void json_out_i64(struct json_out *o, int64_t n);
void json_out_double(struct json_out *o, double x);
void json_out_bool(struct json_out *o, bool b);
void json_out_null(struct json_out *o);
void json_out_raw(struct json_out *o, struct str canonical); /* trusted to be one value */
void json_out_value(struct json_out *o, struct json_value v);

/* Append v to *to canonically.  Whole numbers beyond 2^53 become the nearest double, as
 * RFC 8785 has it. */
MUST_CHECK bool json_canonical(struct json_value v, struct text *to, struct err *err);
/* Is bytes exactly the canonical form of what it says?  Parses with d. */
bool json_is_canonical(struct json_doc *d, struct str bytes);
/* x as ECMAScript's Number::toString prints it; buf holds 32; x is finite. */
struct str json_number(double x, char buf[32]);

/*
 * CSV (RFC 4180) and its kin over a whole buffer that outlives the reader.
 * Fields are slices of it, or of the reader's memory where doubled quotes had
 * to go; they last until the next row.  Lines end in LF, CRLF or CR-less EOF;
 * empty lines are skipped; a BOM too.  Errors say "line N: ...".
 */
struct csv_options {
	char sep;	     /* ',' '\t' ';' '|'; 0: the one that line 1 has most of */
	bool no_quotes;	     /* '"' is a character like any other */
	bool comments;	     /* skip lines that start with '#' */
	size_t max_field;    /* bytes, default 1 MiB; ERR_LIMIT beyond */
	size_t max_row;	     /* bytes, default 16 MiB */
	uint32_t max_fields; /* default 4096 */
};
struct csv_row {
	const struct str *v;
	size_t n, line;	  /* where the row starts, from 1 */
	struct str bytes; /* all of it, with its line's end */
};
struct csv;
void csv_close(struct csv *c);
DEFINE_CLOSEP(struct csv, csv_close)
struct csv *csv_open(struct str bytes, struct csv_options options) MUST_CHECK CLOSED_BY(csv_close);
/* *ret is NULL after the last row.  After csv_header(), rows of another width are ERR_INVALID. */
MUST_CHECK bool csv_next(struct csv *c, const struct csv_row **ret, struct err *err);
/* Take the next row as names: ERR_INVALID when there is none or one twice (empty ones may be). */
MUST_CHECK bool csv_header(struct csv *c, struct err *err);
/* Index of a column (trimmed, ASCII case ignored), or SIZE_MAX. */
size_t csv_column(const struct csv *c, const char *name);
MUST_CHECK bool csv_need_column(const struct csv *c, const char *name, size_t *ret,
				struct err *err);
/* Field i, or the empty string when the row has none such (so SIZE_MAX is fine). */
static inline struct str csv_field(const struct csv_row *row, size_t i)
{
	return i < row->n ? row->v[i] : (struct str){0};
}
/* The separator in use; the header's columns (in the reader's memory, for its life). */
char csv_sep(const struct csv *c);
size_t csv_columns(const struct csv *c, const struct str **ret_names);

/*
 * Members of a file or buffer, recognised by content: gzip, xz, zstd, bzip2,
 * zip, tar (in any of these); anything else is itself the only member, not
 * copied where possible.  A member that is gzip, xz or zstd again is unpacked
 * once more.  A member is given whole and checked or not at all.
 */
struct unpack_limits {	     /* 0 takes the default */
	size_t member_bytes; /* 4 GiB */
	size_t total_bytes;  /* 16 GiB */
	uint32_t members;    /* 100,000 */
	uint32_t ratio;	     /* output to input 2000, once past 64 MiB */
};
struct unpack_member {
	struct str name;  /* path in the archive, or the file's without folder and .gz, .xz... */
	struct str bytes; /* padded */
};
struct unpack;
void unpack_close(struct unpack *u);
DEFINE_CLOSEP(struct unpack, unpack_close)
/* limits may be NULL.  bytes outlive u; path "-" is standard input. */
MUST_CHECK bool unpack_file(const char *path, const struct unpack_limits *limits,
			    struct unpack **ret, struct err *err);
MUST_CHECK bool unpack_bytes(struct str name, struct str bytes, const struct unpack_limits *limits,
			     struct unpack **ret, struct err *err);
/* *ret is NULL after the last; else it lives until the next call. */
MUST_CHECK bool unpack_next(struct unpack *u, const struct unpack_member **ret, struct err *err);
/* Move the last member's bytes out (padded; text_free() later); copies if they were mapped. */
void unpack_take(struct unpack *u, struct text *ret);

/* Append bytes as UTF-8 (no BOM), padded: UTF-8, UTF-16 with or without BOM; what is neither
 * is ERR_INVALID, or with guess read as CP850 or Windows-1252, whichever fits better. */
MUST_CHECK bool text_to_utf8(struct str bytes, bool guess, struct text *to, struct err *err);

/* zstd frames for our own parts.  Append; unpack to at most max_bytes (ERR_LIMIT), checked. */
MUST_CHECK bool zstd_pack(struct str bytes, int level, struct text *to, struct err *err);
MUST_CHECK bool zstd_unpack(struct str bytes, size_t max_bytes, struct text *to, struct err *err);

/* XML by events.  A document type may only be a name, so there are no entities to expand; depth 64.
 * Names come without namespace; text in pieces.  A callback that returns false ends it. */
struct xml_attr {
	struct str name, value;
};
struct xml_events {
	void *ctx;
	bool (*start)(void *ctx, struct str name, const struct xml_attr *v, size_t n,
		      struct err *err);
	bool (*end)(void *ctx, struct str name, struct err *err);
	bool (*text)(void *ctx, struct str s, struct err *err);
};
MUST_CHECK bool xml_read(struct str bytes, const struct xml_events *events, struct err *err);

struct sockaddr;
/* GET, or POST of a form, over HTTPS.  Errors are one line and never show a URL's user or query. */
struct fetch_request {
	const char *url, *ca_file;	     /* ca_file NULL: the system's */
	const char *etag, *last_modified;    /* of the copy we have; NULL */
	size_t max_bytes;		     /* 0: 1 GiB */
	uint32_t timeout_seconds, redirects; /* 0: 600; at most so many, 0: 5 */
	bool plain_http;		     /* allow http:// */
	struct str form;	     /* urlencoded, to be posted; then no redirect is followed */
	const char *user, *password; /* of Basic; NULL: none */
	bool (*shun)(const struct sockaddr *to, unsigned n); /* true: don't connect; NULL: do */
};
struct fetch_result {
	bool not_modified;			/* then bytes is empty */
	struct text bytes, etag, last_modified; /* bytes padded */
};
void fetch_release(struct fetch_result *r);
/* ERR_INVALID 400, ERR_NOT_FOUND 404/410, ERR_DENIED 401/403, ERR_LIMIT, else ERR_IO. */
MUST_CHECK bool fetch_get(const struct fetch_request *q, struct fetch_result *ret, struct err *err);

#endif
