#include "notify/inner.h"

/* What is in the outbox. */

const char *notify_state_name(enum notify_state state)
{
	static const char *const names[] = {"waiting", "sent", "failed"};

	return (size_t)state < ARRAY_LEN(names) ? names[state] : "unknown";
}

static struct str about_of(const struct notices *v, struct arena *arena)
{
	AUTO(text_freep) struct text out = {0};

	for (size_t i = 0; i < v->n; i++)
		text_addf(&out, "%s%s%s%.*s", i ? ", " : "", kind_words(v->v[i].kind)->name,
			  v->v[i].alert.n ? " " : "", STR_FMT(v->v[i].alert));
	return arena_str(arena, text_str(&out));
}

static bool fill(struct notify *n, const struct envelope *e, struct arena *arena,
		 struct notify_message *m, struct err *err)
{
	struct notices notices;

	if (!envelope_notices(n, e, arena, &notices, err))
		return false;
	m->about = notices.n ? about_of(&notices, arena) : STR("invitation");
	if (e->number)
		m->id = envelope_id(n, e, arena);
	return true;
}

struct listing_of {
	struct notify *n;
	struct arena *arena;
	struct notify_messages out;
	struct envelopes envelopes;
	size_t cap, envelopes_cap;
};

/* Notices that wait for their recipient's window: a message to be. */
static bool list_open(struct listing_of *l, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool ok;

	if (!store_query(l->n->store,
			 SQL("SELECT w.channel, w.recipient, min(w.made), min(r.made)"
			     " FROM notify_notice w LEFT JOIN notify_recipient r"
			     " ON r.channel = w.channel AND r.recipient = w.recipient"
			     " WHERE w.message = 0 GROUP BY w.channel, w.recipient"
			     " ORDER BY min(w.made), w.channel, w.recipient"),
			 ARGS(), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct envelope e = {.channel = arena_str(l->arena, store_col_str(q, 0)),
				     .recipient = arena_str(l->arena, store_col_str(q, 1))};
		struct notify_message m = {.channel = e.channel,
					   .recipient = e.recipient,
					   .said = STR("gathered with what else comes"),
					   .made_ms = store_col_int(q, 2),
					   .next_ms = store_col_int(q, 2)};

		if (!store_col_is_null(q, 3))
			m.next_ms = store_col_int(q, 3) + window_ms(e.channel);
		ARENA_PUSH(l->arena, &l->out, l->cap, m);
		ARENA_PUSH(l->arena, &l->envelopes, l->envelopes_cap, e);
	}
	return ok;
}

static bool list_made(struct listing_of *l, const struct notify_filter *filter, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool ok;

	if (!store_query(
		    l->n->store,
		    SQL("SELECT channel, recipient, number, made, state, next, attempts, ended,"
			" said FROM (SELECT * FROM notify_message WHERE state = ?1 OR ?1 = 3"
			" ORDER BY made DESC, channel, recipient, number DESC LIMIT ?2) m"
			" ORDER BY made, channel, recipient, number"),
		    ARGS(store_int(filter->state),
			 store_int(filter->most ? (int64_t)MIN_OF(filter->most, (uint64_t)INT32_MAX)
						: INT32_MAX)),
		    &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct envelope e = {.channel = arena_str(l->arena, store_col_str(q, 0)),
				     .recipient = arena_str(l->arena, store_col_str(q, 1)),
				     .number = store_col_int(q, 2),
				     .made_ms = store_col_int(q, 3)};
		struct notify_message m = {.channel = e.channel,
					   .recipient = e.recipient,
					   .made_ms = e.made_ms,
					   .state = (enum notify_state)store_col_int(q, 4),
					   .attempts = (uint64_t)store_col_int(q, 6),
					   .ended_ms = store_col_int(q, 7),
					   .said = arena_str(l->arena, store_col_str(q, 8))};

		if (m.state == NOTIFY_WAITING)
			m.next_ms = store_col_int(q, 5);
		ARENA_PUSH(l->arena, &l->out, l->cap, m);
		ARENA_PUSH(l->arena, &l->envelopes, l->envelopes_cap, e);
	}
	return ok;
}

bool notify_tally(struct notify *n, struct notify_tally *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct notify_tally t = {0};
	bool ok;

	if (!store_query(n->store,
			 SQL("SELECT state, count(*), max(ended), min(made) FROM notify_message"
			     " GROUP BY state"),
			 ARGS(), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		int64_t state = store_col_int(q, 0);

		if (state < 0 || state >= NOTIFY_STATES)
			continue;
		t.count[state] = (uint64_t)store_col_int(q, 1);
		if (state == NOTIFY_SENT)
			t.sent_ms = store_col_int(q, 2);
		else if (state == NOTIFY_FAILED)
			t.failed_ms = store_col_int(q, 2);
		else
			t.waits_ms = store_col_int(q, 3);
	}
	if (ok)
		*ret = t;
	return ok;
}

bool notify_list(struct notify *n, const struct notify_filter *filter, struct arena *arena,
		 struct notify_messages *ret, struct err *err)
{
	struct listing_of l = {.n = n, .arena = arena};

	if (!list_made(&l, filter, err) ||
	    (filter->state != NOTIFY_SENT && filter->state != NOTIFY_FAILED && !list_open(&l, err)))
		return false;
	for (size_t i = 0; i < l.out.n; i++)
		if (!fill(n, &l.envelopes.v[i], arena, &l.out.v[i], err))
			return false;
	*ret = l.out;
	return true;
}
