#include "web/gate.h"

const struct gate_limits gate_limits_default = {
	.head_bytes = 16 << 10,
	.target_bytes = 8 << 10,
	.headers = 64,
	.body_bytes = 1 << 20,
};

enum { HEAD_FIRST = 1024, OLD_BODY_MOST = 65536 };

bool gate_refuse(struct gate *g, unsigned status, const char *why)
{
	g->state = GATE_REFUSED;
	g->refusal = (struct gate_refusal){status, why};
	return false;
}

void gate_init(struct gate *g, const struct gate_limits *limits)
{
	*g = (struct gate){.limits = *limits};
}

void gate_reset(struct gate *g, struct arena *arena)
{
	g->req = ARENA_NEW(arena, struct web_request);
	g->req->arena = arena;
	g->req->body.fd = -1;
	g->state = GATE_IN_HEAD;
	g->refusal = (struct gate_refusal){0};
	g->head = NULL;
	g->n = g->cap = g->line_at = g->header_cap = 0;
	g->cr = g->skipped_empty = g->complete = false;
	g->taken = 0;
	g->chunk = CHUNK_SIZE_FIRST;
	g->chunk_left = g->chunk_extra = 0;
	g->chunk_digits = 0;
}

bool gate_take_body(struct gate *g, uint64_t bytes)
{
	/* Who speaks HTTP/1.0 is a probe or an old script: less is taken from it. */
	g->limits.body_bytes = g->req->minor ? bytes : MIN_OF(bytes, (uint64_t)OLD_BODY_MOST);
	return g->req->length <= g->limits.body_bytes ||
	       gate_refuse(g, 413, "the body is larger than this address takes");
}

bool gate_is_within_head(const struct gate *g)
{
	return g->state == GATE_IN_HEAD && (g->n || g->cr);
}

static void head_room(struct gate *g, size_t more)
{
	size_t cap = MAX_OF(g->cap, (size_t)HEAD_FIRST);
	char *head;

	if (g->n + more <= g->cap)
		return;
	while (cap < g->n + more)
		cap *= 2;
	head = arena_alloc(g->req->arena, cap);
	if (g->n)
		memcpy(head, g->head, g->n);
	g->head = head;
	g->cap = cap;
}

/* One byte of the head; *ret_end: it was the last. */
static bool head_byte(struct gate *g, char c, bool *ret_end)
{
	bool empty = g->n == g->line_at + g->cr;

	if (g->cr) {
		if (c != '\n')
			return gate_refuse(g, 400, "a carriage return ends no line");
		g->cr = false;
		/* RFC 9112 2.2: one empty line before the request line is passed over. */
		if (g->n == 1 && !g->skipped_empty) {
			g->skipped_empty = true;
			g->n = 0;
			return true;
		}
		g->head[g->n++] = c;
		g->line_at = g->n;
		*ret_end = empty;
		return !(empty && g->n == 2) || gate_refuse(g, 400, "there is no request line");
	}
	if (c == '\n')
		return gate_refuse(g, 400, "a line feed stands alone");
	if (c != '\r' && !gate_is_value_char(c))
		return gate_refuse(g, 400, "a control character");
	g->cr = c == '\r';
	g->head[g->n++] = c;
	return true;
}

static bool head_is_too_long(struct gate *g)
{
	/* The target alone is too long when no line has ended yet. */
	return g->line_at ? gate_refuse(g, 431, "the headers are too long")
			  : gate_refuse(g, 414, "the request line is too long");
}

/* Take bytes of the head; *ret_end: it is through. */
static bool head_push(struct gate *g, struct str *in, bool *ret_end)
{
	size_t i = 0;

	head_room(g, MIN_OF(in->n, g->limits.head_bytes - g->n));
	while (i < in->n && !*ret_end) {
		if (g->n >= g->limits.head_bytes)
			return head_is_too_long(g);
		if (g->n >= g->cap)
			head_room(g, 1);
		if (!head_byte(g, in->p[i++], ret_end))
			return false;
	}
	*in = str_from_offset(*in, i);
	return true;
}

/* --- the body ----------------------------------------------------------------- */

static int on_body(http_parser *parser, const char *at, size_t n)
{
	struct gate *g = parser->data;

	g->taken += n;
	if (g->taken > g->limits.body_bytes) {
		gate_refuse(g, 413, "the body is larger than this address takes");
		return 1;
	}
	if (g->body && !g->body(g->ctx, str_from(at, n))) {
		if (g->state != GATE_REFUSED)
			gate_refuse(g, 500, "the body could not be kept");
		return 1;
	}
	return 0;
}

static int on_complete(http_parser *parser)
{
	struct gate *g = parser->data;

	g->complete = true;
	return 0;
}

static const http_parser_settings body_settings = {
	.on_body = on_body,
	.on_message_complete = on_complete,
};

static bool body_push(struct gate *g, struct str *in)
{
	struct str piece = *in;
	bool last;

	if (g->req->chunked) {
		if (!gate_chunks(g, *in, &piece.n))
			return false;
		last = g->chunk == CHUNK_END;
	} else {
		piece.n = (size_t)MIN_OF((uint64_t)in->n, g->req->length - g->taken);
		last = g->taken + piece.n == g->req->length;
	}
	if (piece.n && http_parser_execute(&g->parser, &body_settings, piece.p, piece.n) != piece.n)
		return g->state == GATE_REFUSED ? false
						: gate_refuse(g, 400, "the body is malformed");
	if (g->complete != last)
		return gate_refuse(g, 400, "the body's end is in doubt");
	*in = str_from_offset(*in, piece.n);
	return true;
}

enum gate_step gate_push(struct gate *g, struct str *in)
{
	bool end = false;

	if (g->state == GATE_IN_HEAD) {
		if (!in->n)
			return GATE_MORE;
		if (!head_push(g, in, &end))
			return GATE_BAD;
		if (!end)
			return GATE_MORE;
		if (!gate_head(g))
			return GATE_BAD;
		g->state = GATE_IN_BODY;
		return GATE_HEAD;
	}
	while (g->state == GATE_IN_BODY && !g->complete && in->n)
		if (!body_push(g, in))
			return GATE_BAD;
	if (g->state == GATE_IN_BODY && g->complete)
		g->state = GATE_AT_END;
	return g->state == GATE_AT_END	  ? GATE_DONE
	       : g->state == GATE_REFUSED ? GATE_BAD
					  : GATE_MORE;
}
