#include "console/inner.h"

#include "base/mem.h"

/*
 * Who watches is told that the journal has grown, and by no more: what that means for their page
 * they ask the page itself, which shows what they may see.
 */

enum { TELL_MS = 1000 };

struct watcher {
	struct watcher *next, **at;
	struct web_stream *stream;
};

static void gone(void *ctx)
{
	struct watcher *w = ctx;

	*w->at = w->next;
	if (w->next)
		w->next->at = w->at;
	free(w);
}

static struct str head_words(const struct console *k, char buf[24])
{
	snprintf(buf, 24, "%ju", (uintmax_t)k->told_head);
	return str_of(buf);
}

void live_show(struct web_request *req, struct web_reply *reply)
{
	struct console *k = console_of(req);
	struct watcher *w = mem_zero(1, sizeof(*w));
	char buf[24];

	w->next = k->watchers;
	w->at = &k->watchers;
	if (w->next)
		w->next->at = &w->next;
	k->watchers = w;
	w->stream = web_reply_stream(reply, gone, w);
	web_stream_send(w->stream, STR("head"), (struct str){0}, head_words(k, buf));
}

void live_tick(struct console *k, int64_t now_ms)
{
	struct journal_head head;
	struct err ignored = {0};
	char buf[24];

	if (now_ms - k->told_ms < TELL_MS || !k->acts)
		return;
	k->told_ms = now_ms;
	if (!journal_head(acts_journal(k->acts), &head, &ignored) || head.number == k->told_head)
		return;
	k->told_head = head.number;
	for (struct watcher *w = k->watchers, *next; w; w = next) {
		next = w->next;
		web_stream_send(w->stream, STR("head"), (struct str){0}, head_words(k, buf));
	}
}
