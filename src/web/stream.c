#include <event2/buffer.h>

#include "web/server.h"

struct web_stream *web_reply_stream(struct web_reply *reply, void (*closed)(void *ctx), void *ctx)
{
	struct conn *c = reply->conn;

	text_clear(reply->body);
	reply->streaming = true;
	reply->type = "text/event-stream";
	reply->cache = WEB_CACHE_NEVER;
	c->stream = (struct web_stream){.conn = c, .closed = closed, .ctx = ctx};
	c->stream.beat_ms = now_ms();
	count_add(c->w, COUNT_STREAMS, 1);
	return &c->stream;
}

/* One line for each of data's, none of which may end the event or begin another field. */
static void field(struct text *to, const char *name, struct str value)
{
	struct str rest = value, line;

	do {
		line = (struct str){0};
		(void)str_next_line(&rest, &line);
		text_add_c(to, name);
		text_add(to, STR(": "));
		for (size_t i = 0; i < line.n; i++)
			text_add_char(to, line.p[i] == '\r' ? ' ' : line.p[i]);
		text_add_char(to, '\n');
	} while (rest.n);
}

static bool is_one_line(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\n' || s.p[i] == '\r' || !s.p[i])
			return false;
	return s.n > 0;
}

void web_stream_send(struct web_stream *stream, struct str name, struct str id, struct str data)
{
	struct conn *c = stream->conn;
	struct evbuffer *out = bufferevent_get_output(c->bev);
	AUTO(text_freep) struct text event = {0};

	/* Who doesn't read gets no more, and is dropped at the next tick. */
	if (evbuffer_get_length(out) > STREAM_MOST)
		return;
	if (is_one_line(name))
		field(&event, "event", name);
	if (is_one_line(id))
		field(&event, "id", id);
	field(&event, "data", data);
	text_add_char(&event, '\n');
	/* From the handler that opened it: behind the head, which is not out yet. */
	if (c->answered || c->state == CONN_STREAM)
		evbuffer_add(out, event.p, event.n);
	else
		text_add(c->reply->body, text_str(&event));
	stream->beat_ms = now_ms();
}

void web_stream_close(struct web_stream *stream)
{
	struct conn *c = stream->conn;

	stream_end(c);
	/* From the handler that opened it: the connection ends when the head is out. */
	if (c->state != CONN_STREAM)
		return;
	c->state = CONN_FLUSH;
	/* An empty comment, so that there is something whose going out ends the connection. */
	evbuffer_add(bufferevent_get_output(c->bev), ":\n\n", 3);
}

void stream_end(struct conn *c)
{
	void (*closed)(void *ctx) = c->stream.closed;

	if (!c->stream.conn)
		return;
	c->stream.conn = NULL;
	count_add(c->w, COUNT_STREAMS, -1);
	c->stream.closed = NULL;
	if (closed)
		closed(c->stream.ctx);
}

void stream_tick(struct conn *c, int64_t at_ms)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	if (evbuffer_get_length(out) > STREAM_MOST) {
		count_add(c->w, COUNT_SLOW, 1);
		conn_free(c);
		return;
	}
	if (at_ms - c->stream.beat_ms < HEARTBEAT_MS)
		return;
	c->stream.beat_ms = at_ms;
	evbuffer_add(out, ":\n\n", 3);
}
