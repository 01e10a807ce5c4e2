#include "notify/inner.h"

/* From the journal to notices. */

/* The digest of duties has a cursor too: the last day that was told, under this name. */
#define DUTIES STR("duties")

static bool cursor_get(struct notify *n, struct str of, int64_t *ret, bool *ret_there,
		       struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	if (!store_query(n->store, SQL("SELECT number FROM notify_cursor WHERE site = ?1"),
			 ARGS(store_text(of)), &q, err) ||
	    !store_step(q, ret_there, err))
		return false;
	*ret = *ret_there ? store_col_int(q, 0) : 0;
	return true;
}

static bool cursor_put(struct store_txn *txn, struct str of, int64_t number, struct err *err)
{
	return store_run(txn,
			 SQL("INSERT INTO notify_cursor (site, number) VALUES (?1, ?2)"
			     " ON CONFLICT (site) DO UPDATE SET number = excluded.number"),
			 ARGS(store_text(of), store_int(number)), err);
}

struct reading {
	struct arena *arena;
	struct str site;
	struct record *v;
	size_t n, cap;
};

/* Copied: what is told of one asks the store, and writes. */
static bool take(void *ctx, const struct record *r, struct err *err UNUSED)
{
	struct reading *g = ctx;
	struct record *to;

	if (!str_eq(r->site, g->site) ||
	    (!str_starts(r->act, STR("alert.")) && !str_starts(r->act, STR("mandate."))))
		return true;
	g->v = arena_grow(g->arena, g->v, g->n, &g->cap, sizeof(*g->v));
	to = &g->v[g->n++];
	*to = *r;
	to->site = arena_str(g->arena, r->site);
	to->act = arena_str(g->arena, r->act);
	to->body = arena_str(g->arena, r->body);
	return true;
}

static bool tell_news(struct tell *t, struct str site, int64_t from, struct err *err)
{
	struct reading g = {.arena = t->view.arena, .site = site};

	if (!journal_each(t->notify->journal, (struct journal_range){(uint64_t)from + 1, INT64_MAX},
			  take, &g, err))
		return false;
	for (size_t i = 0; i < g.n; i++)
		if (!tell_record(t, &g.v[i], err))
			return false;
	return true;
}

/* Nobody can be told: what is recorded meanwhile is not told later either. */
static bool forget(struct notify *n, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(n->store, SQL("SELECT 1 FROM notify_cursor LIMIT 1"), ARGS(), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	store_donep(&q);
	q = NULL;
	return !row || (store_begin(n->store, &txn, err) &&
			store_run(txn, SQL("DELETE FROM notify_cursor"), ARGS(), err) &&
			store_commit(&txn, err));
}

struct marks {
	struct journal_head head;
	int64_t from, day, told;
	bool there, told_there;
};

static bool read_marks(struct notify *n, int64_t now_ms, struct marks *m, struct err *err)
{
	m->day = duties_day(now_ms);
	return journal_head(n->journal, &m->head, err) &&
	       cursor_get(n, m->head.site, &m->from, &m->there, err) &&
	       cursor_get(n, DUTIES, &m->told, &m->told_there, err);
}

static bool tell_all(struct tell *t, const struct marks *m, struct err *err)
{
	if (m->there && (uint64_t)m->from < m->head.number &&
	    !tell_news(t, m->head.site, m->from, err))
		return false;
	/* On the first day nothing is due to be told: whoever asks was told just now. */
	if (m->told_there && m->told < m->day && !tell_duties(t, m->day, err))
		return false;
	return cursor_put(t->txn, m->head.site, (int64_t)m->head.number, err) &&
	       (m->told >= m->day || (prune_sent(t->txn, t->view.at_ms, err) &&
				      cursor_put(t->txn, DUTIES, m->day, err)));
}

bool notify_advance(struct notify *n, struct notify_advanced *ret, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(tell_release) struct tell t = {.notify = n};
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct marks m;
	struct ways ways;
	int64_t now;

	if (!notify_moment(n, &now, err) || !ways_get(n, &ways, err))
		return false;
	*ret = (struct notify_advanced){.to = 0};
	if (!ways.mail && !ways.hooks)
		return forget(n, err);
	if (!read_marks(n, now, &m, err))
		return false;
	ret->to = m.head.number;
	if (m.there && (uint64_t)m.from == m.head.number && m.told >= m.day)
		return true;
	t.view = (struct alerts_view){n->store, arena, now};
	if (!store_begin(n->store, &txn, err))
		return false;
	t.txn = txn;
	/* Again, now that nobody else writes. */
	if (!notify_moment(n, &t.view.at_ms, err) || !read_marks(n, t.view.at_ms, &m, err) ||
	    !tell_all(&t, &m, err) || !store_commit(&txn, err))
		return false;
	ret->to = m.head.number;
	ret->notices = t.notices;
	return true;
}
