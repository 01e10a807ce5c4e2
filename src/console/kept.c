#include "console/national.h"

#include "base/mem.h"
#include "pages.h"

/*
 * The first page of a nation or region is much work and much asked for.  A worker keeps what
 * stands between head and foot, by post and address: it is as of a moment, which it says.  Who asks
 * when it is old has it made anew by a thread with a connection of its own; meanwhile others get
 * the old one, for a while.
 */

enum {
	FRESH_MS = 2000,  /* whatever has happened since */
	SAME_MS = 60000,  /* when nothing has been recorded since: clocks go on */
	STALE_MS = 10000, /* while a new one is made */
	KEPT_MOST = 64,
	GONE_MS = 600000, /* who has not been asked for */
};

struct kept_page {
	struct kept_page *next;
	struct text post, key, body; /* body empty: not made yet */
	int64_t made_ms, asked_ms;
	uint64_t head;
	bool under_way;
};

/* Of the thread: its own view of the service. */
struct maker {
	struct acts *acts;
	struct console console;
};

void kept_close(struct console *k)
{
	for (struct kept_page *e = k->kept, *next; e; e = next) {
		next = e->next;
		text_free(&e->post);
		text_free(&e->key);
		text_free(&e->body);
		free(e);
	}
	k->kept = NULL;
	if (k->maker)
		acts_close(k->maker->acts);
	free(k->maker);
	k->maker = NULL;
}

static struct kept_page *find(struct console *k, struct str post, struct str key)
{
	for (struct kept_page *e = k->kept; e; e = e->next)
		if (str_eq(text_str(&e->post), post) && str_eq(text_str(&e->key), key))
			return e;
	return NULL;
}

static struct kept_page *keep(struct console *k, struct str post, struct str key)
{
	struct kept_page *e = find(k, post, key);

	if (e)
		return e;
	e = mem_zero(1, sizeof(*e));
	text_add(&e->post, post);
	text_add(&e->key, key);
	e->next = k->kept;
	k->kept = e;
	return e;
}

/* Those that nobody asks for go; what is under way is somebody's. */
void kept_tick(struct console *k, int64_t now_ms)
{
	struct kept_page **at = &k->kept;
	unsigned n = 0;

	while (*at) {
		struct kept_page *e = *at;

		if (e->under_way || (now_ms - e->asked_ms < GONE_MS && ++n <= KEPT_MOST)) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		text_free(&e->post);
		text_free(&e->key);
		text_free(&e->body);
		free(e);
	}
}

/* --- making one, in the thread --------------------------------------------------------------- */

struct making {
	struct console *console; /* the loop's */
	struct maker **maker;	 /* the thread's, made by the first */
	const struct console_config *config;
	struct arena *arena;
	struct web_request req; /* what the page asks of a request: its address */
	struct str post;
	struct text body;
	uint64_t head;
	bool first; /* whom it is made for; others wait for the same */
	struct err err;
};

static bool reach(struct making *m, struct err *err)
{
	struct acts_config config = {
		.path = m->config->db, .mode = ACTS_READ, .clock = &m->config->clock};
	struct maker *made;

	if (*m->maker)
		return true;
	made = mem_zero(1, sizeof(*made));
	if (!acts_open(&config, &made->acts, err)) {
		free(made);
		return false;
	}
	made->console.config = m->config;
	made->console.acts = made->acts;
	*m->maker = made;
	return true;
}

static bool make(struct making *m, struct err *err)
{
	struct national_view v = {.may_write = false};
	struct journal_head head;
	struct look l;

	if (!reach(m, err) || !journal_head(acts_journal((*m->maker)->acts), &head, err) ||
	    !look_as(&(*m->maker)->console, &m->req, m->post, &l, err) ||
	    !national_fill(&l, &v, err))
		return false;
	m->head = head.number;
	v.as_of = time_words(m->arena, l.now_ms);
	page_national_main(&m->body, &v);
	return true;
}

static void work(void *ctx)
{
	struct making *m = ctx;

	if (m->first && !make(m, &m->err) && *m->maker) {
		/* A store that was away is opened again. */
		acts_close((*m->maker)->acts);
		free(*m->maker);
		*m->maker = NULL;
	}
}

static void making_free(struct making *m)
{
	text_free(&m->body);
	arena_close(m->arena);
	free(m);
}

/* --- in the loop ---------------------------------------------------------------------------------
 */

static int64_t ticks(void)
{
	return clock_monotonic_ns() / 1000000;
}

static void write_page(struct web_request *req, struct web_reply *reply, const struct kept_page *e)
{
	struct frame f;
	struct text *out = page_begin(req, reply, "Home", &f);

	page_frame_head(out, &f);
	text_add(out, text_str(&e->body));
	page_frame_foot(out, &f);
}

/* Also when nobody waits any more: then it may not have been made at all. */
static void take(struct making *m, struct kept_page *e)
{
	struct text old = e->body;

	e->under_way = false;
	if (m->err.code != ERR_NONE || !m->body.n)
		return;
	e->body = m->body;
	m->body = old;
	e->made_ms = ticks();
	e->head = m->head;
}

static void then(struct web_request *req, struct web_reply *reply, void *ctx)
{
	struct making *m = ctx;
	struct kept_page *e = find(m->console, m->post, address_query(m->arena, &m->req));

	if (e && m->first)
		take(m, e);
	if (!req)
		;
	else if (e && e->body.n)
		write_page(req, reply, e);
	else if (m->err.code != ERR_NONE)
		page_fail(reply, &m->err);
	else
		web_problem(reply, 503, "this page can't be made just now; try again in a moment");
	making_free(m);
}

static void ask(struct web_request *req, struct web_reply *reply, struct kept_page *e)
{
	struct console *k = console_of(req);
	struct making *m = mem_zero(1, sizeof(*m));
	struct web_task task = {.lane = WEB_PAGES, .work = work, .then = then, .ctx = m};

	m->arena = arena_open();
	m->console = k;
	m->maker = &k->maker;
	m->config = k->config;
	m->post = arena_str(m->arena, text_str(&e->post));
	m->req.arena = m->arena;
	m->req.path = arena_str(m->arena, req->path);
	m->req.query.v = ARENA_ARRAY(m->arena, struct web_pair, req->query.n + 1);
	for (size_t i = 0; i < req->query.n; i++)
		m->req.query.v[m->req.query.n++] =
			(struct web_pair){arena_str(m->arena, req->query.v[i].name),
					  arena_str(m->arena, req->query.v[i].value)};
	m->first = !e->under_way;
	if (!web_reply_after(reply, &task)) {
		making_free(m);
		return;
	}
	e->under_way = true;
}

void kept_show(struct web_request *req, struct web_reply *reply, struct str post)
{
	struct console *k = console_of(req);
	struct kept_page *e = keep(k, post, address_query(req->arena, req));
	struct err ignored = {0};
	struct journal_head head;
	int64_t age = ticks() - e->made_ms;
	bool same = age < SAME_MS && journal_head(acts_journal(k->acts), &head, &ignored) &&
		    head.number == e->head;

	e->asked_ms = ticks();
	if (e->body.n && (age < FRESH_MS || same || (e->under_way && age < STALE_MS)))
		write_page(req, reply, e);
	else
		ask(req, reply, e);
}
