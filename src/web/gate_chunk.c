#include "web/gate.h"

/*
 * The framing of a chunked body (RFC 9112 section 7.1), followed byte for byte
 * beside http-parser, which takes any line end within an extension and any two
 * bytes after a chunk.  Extensions and trailers must be sound, are limited together
 * and then ignored (7.1.1, 7.1.2).
 */
enum { EXTRA_MOST = 4096, SIZE_DIGITS_MOST = 8 };

static bool size_byte(struct gate *g, char c)
{
	int digit = char_hex(c);

	if (digit >= 0) {
		if (++g->chunk_digits > SIZE_DIGITS_MOST)
			return gate_refuse(g, 400, "a chunk's size is too large");
		g->chunk_left = g->chunk_left * 16 + (uint64_t)digit;
		g->chunk = CHUNK_SIZE;
		return true;
	}
	if (g->chunk == CHUNK_SIZE && c == '\r')
		g->chunk = CHUNK_SIZE_LF;
	else if (g->chunk == CHUNK_SIZE && c == ';')
		g->chunk = CHUNK_EXTENSION;
	else
		return gate_refuse(g, 400, "a chunk's size is malformed");
	return true;
}

static bool expect(struct gate *g, bool is_so, enum chunk_state then)
{
	if (!is_so)
		return gate_refuse(g, 400, "the chunked body is malformed");
	g->chunk = then;
	return true;
}

static bool trailer_byte(struct gate *g, char c)
{
	if (g->chunk == CHUNK_TRAILER_NAME && c == ':')
		g->chunk = CHUNK_TRAILER_VALUE;
	else if (g->chunk == CHUNK_TRAILER_NAME)
		return expect(g, gate_is_token_char(c), CHUNK_TRAILER_NAME);
	else if (c == '\r')
		g->chunk = CHUNK_TRAILER_LF;
	else
		return expect(g, gate_is_value_char(c), CHUNK_TRAILER_VALUE);
	return true;
}

static bool extra_byte(struct gate *g)
{
	return ++g->chunk_extra <= EXTRA_MOST ||
	       gate_refuse(g, 431, "extensions or trailers of a chunked body are too long");
}

static bool frame_byte(struct gate *g, char c)
{
	switch (g->chunk) {
	case CHUNK_SIZE_FIRST:
	case CHUNK_SIZE:
		return size_byte(g, c);
	case CHUNK_EXTENSION:
		if (c == '\r')
			return expect(g, true, CHUNK_SIZE_LF);
		return extra_byte(g) && expect(g, gate_is_value_char(c), CHUNK_EXTENSION);
	case CHUNK_SIZE_LF:
		g->chunk_digits = 0;
		return expect(g, c == '\n', g->chunk_left ? CHUNK_DATA : CHUNK_LINE);
	case CHUNK_DATA_CR:
		return expect(g, c == '\r', CHUNK_DATA_LF);
	case CHUNK_DATA_LF:
		return expect(g, c == '\n', CHUNK_SIZE_FIRST);
	case CHUNK_LINE:
		if (c == '\r')
			return expect(g, true, CHUNK_LAST_LF);
		return extra_byte(g) && expect(g, gate_is_token_char(c), CHUNK_TRAILER_NAME);
	case CHUNK_TRAILER_NAME:
	case CHUNK_TRAILER_VALUE:
		return extra_byte(g) && trailer_byte(g, c);
	case CHUNK_TRAILER_LF:
		return expect(g, c == '\n', CHUNK_LINE);
	case CHUNK_LAST_LF:
		return expect(g, c == '\n', CHUNK_END);
	case CHUNK_DATA:
	case CHUNK_END:
		break;
	}
	return expect(g, false, g->chunk);
}

bool gate_chunks(struct gate *g, struct str in, size_t *ret_n)
{
	size_t i = 0;

	while (i < in.n && g->chunk != CHUNK_END) {
		if (g->chunk == CHUNK_DATA) {
			uint64_t step = MIN_OF(g->chunk_left, (uint64_t)(in.n - i));

			i += (size_t)step;
			g->chunk_left -= step;
			if (!g->chunk_left)
				g->chunk = CHUNK_DATA_CR;
		} else if (frame_byte(g, in.p[i])) {
			i++;
		} else if (i) {
			/* What came before counts first, as if it had come alone. */
			g->state = GATE_IN_BODY;
			g->refusal = (struct gate_refusal){0};
			break;
		} else {
			return false;
		}
	}
	*ret_n = i;
	return true;
}
