#ifndef WEB_GATE_H
#define WEB_GATE_H

/*
 * Inner door: bytes become requests.  A pure push parser: http-parser reads, and
 * what it would let pass is refused by checks of our own, so that no proxy before
 * us and no reader behind can see another request than we do (RFC 9112 section
 * 11.2).  The outcome never depends on how the bytes were cut into pieces.
 */

#include <http_parser.h>

#include "web/web.h"

struct gate_limits {
	size_t head_bytes;   /* request line and headers; 431 */
	size_t target_bytes; /* 414 */
	unsigned headers;    /* 431 */
	uint64_t body_bytes; /* 413; gate_take_body() changes it */
};
extern const struct gate_limits gate_limits_default;

enum gate_step {
	GATE_MORE, /* all bytes are taken, the request is not at its end */
	GATE_HEAD, /* g->req has all but the body */
	GATE_DONE, /* the request is whole; gate_reset() before the next push */
	GATE_BAD,  /* g->refusal says why; the connection can't go on */
};

struct gate_refusal {
	unsigned status;
	const char *why; /* a literal, for the problem document */
};

enum chunk_state {
	CHUNK_SIZE_FIRST,
	CHUNK_SIZE,
	CHUNK_EXTENSION,
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	CHUNK_LINE,
	CHUNK_TRAILER_NAME,
	CHUNK_TRAILER_VALUE,
	CHUNK_TRAILER_LF,
	CHUNK_LAST_LF,
	CHUNK_END,
};

struct gate {
	struct web_request *req; /* in the arena of the request */
	struct gate_refusal refusal;
	struct gate_limits limits;
	/* Takes the body, piece by piece; false after gate_refuse() ends the request. */
	bool (*body)(void *ctx, struct str piece);
	void *ctx;

	enum { GATE_IN_HEAD, GATE_IN_BODY, GATE_AT_END, GATE_REFUSED } state;
	http_parser parser;
	char *head; /* in the arena */
	size_t n, cap, line_at;
	bool cr, skipped_empty, complete;
	size_t header_cap;
	uint64_t taken; /* bytes of the body */
	enum chunk_state chunk;
	uint64_t chunk_left;
	unsigned chunk_digits;
	size_t chunk_extra; /* bytes of extensions and trailers */
};

void gate_init(struct gate *g, const struct gate_limits *limits);
/* The next request, in this arena. */
void gate_reset(struct gate *g, struct arena *arena);
/* Takes bytes off *in until something is to be said. */
enum gate_step gate_push(struct gate *g, struct str *in);
/* When a head is through: so much body, less from HTTP/1.0; false: it says that it has more. */
bool gate_take_body(struct gate *g, uint64_t bytes);
/* Has a request begun whose head is not through? */
bool gate_is_within_head(const struct gate *g);
/* Returns false. */
bool gate_refuse(struct gate *g, unsigned status, const char *why);

/* gate_head.c: the whole head lies in g->head. */
bool gate_head(struct gate *g);
/* gate_chunk.c: how many of these bytes belong to the chunked body and are sound; false: refused.
 * g->chunk is CHUNK_END after the last. */
bool gate_chunks(struct gate *g, struct str in, size_t *ret_n);
bool gate_is_token_char(char c);
/* May stand in a field's value: RFC 9110 5.5, HTAB the only control. */
static inline bool gate_is_value_char(char c)
{
	return c == '\t' || ((unsigned char)c >= 0x20 && c != 0x7f);
}

/* target.c: the request target (RFC 9112 3.2) into path and query. */
bool gate_target(struct gate *g, struct str target);
/* Is this uri-host [":" port]? */
bool gate_is_authority(struct str s);

#endif
