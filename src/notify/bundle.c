#include "notify/inner.h"

/* From notices to messages: what came for one recipient within a window is one message. */

struct recipient {
	struct str channel, name;
	int64_t number; /* of the last message */
};

int64_t window_ms(struct str channel)
{
	return str_is(channel, EMAIL)	  ? MAIL_WINDOW_MS
	       : str_is(channel, WEBHOOK) ? HOOK_WINDOW_MS
					  : 0;
}

ARENA_LIST(recipients, struct recipient);

static bool ready(struct notify *n, int64_t now_ms, struct arena *arena, struct recipients *ret,
		  struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	size_t cap = 0;
	bool ok;

	if (!store_query(n->store,
			 SQL("SELECT w.channel, w.recipient, r.number, r.made FROM"
			     " (SELECT DISTINCT channel, recipient FROM notify_notice"
			     " WHERE message = 0) w LEFT JOIN notify_recipient r"
			     " ON r.channel = w.channel AND r.recipient = w.recipient"
			     " ORDER BY w.channel, w.recipient"),
			 ARGS(), &q, err))
		return false;
	*ret = (struct recipients){0};
	while (store_next(q, &ok, err)) {
		struct recipient r = {arena_str(arena, store_col_str(q, 0)),
				      arena_str(arena, store_col_str(q, 1)), store_col_int(q, 2)};

		if (store_col_is_null(q, 3) ||
		    store_col_int(q, 3) + window_ms(r.channel) <= now_ms ||
		    store_col_int(q, 3) > now_ms)
			ARENA_PUSH(arena, ret, cap, r);
	}
	return ok;
}

static bool put_one(struct store_txn *txn, const struct recipient *r, int64_t now_ms,
		    struct err *err)
{
	struct store_value channel = store_text(r->channel), name = store_text(r->name);
	struct store_value number = store_int(r->number + 1), now = store_int(now_ms);
	bool nobody = str_is(r->channel, NOBODY);

	return store_run(txn,
			 SQL("INSERT INTO notify_recipient (channel, recipient, number, made)"
			     " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (channel, recipient) DO UPDATE"
			     " SET number = excluded.number, made = excluded.made"),
			 ARGS(channel, name, number, now), err) &&
	       store_run(txn,
			 SQL("INSERT INTO notify_message (channel, recipient, number, state, made,"
			     " next, attempts, ended, said) VALUES (?1, ?2, ?3, ?4, ?5, ?5, 0, ?6,"
			     " ?7)"),
			 ARGS(channel, name, number,
			      store_int(nobody ? NOTIFY_FAILED : NOTIFY_WAITING), now,
			      store_int(nobody ? now_ms : 0),
			      store_text(nobody ? STR("nobody who holds it has an address")
						: STR(""))),
			 err) &&
	       store_run(txn,
			 SQL("UPDATE notify_notice SET message = ?3"
			     " WHERE channel = ?1 AND recipient = ?2 AND message = 0"),
			 ARGS(channel, name, number), err);
}

bool bundle(struct notify *n, int64_t now_ms, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct recipients list;

	if (!ready(n, now_ms, arena, &list, err))
		return false;
	if (!list.n)
		return true;
	if (!store_begin(n->store, &txn, err) || !ready(n, now_ms, arena, &list, err))
		return false;
	for (size_t i = 0; i < list.n; i++)
		if (!put_one(txn, &list.v[i], now_ms, err))
			return false;
	return store_commit(&txn, err);
}

bool envelope_notices(struct notify *n, const struct envelope *e, struct arena *arena,
		      struct notices *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	const struct alerts_view view = {n->store, arena, INT64_MAX};
	struct incident_postures postures;
	struct notices out = {0};
	size_t cap = 0;
	bool ok;

	if (!exercises_of(&view, &postures, err) ||
	    !store_query(
		    n->store,
		    SQL("SELECT alert, kind, coalesce(min(CASE WHEN due <> 0 THEN due END), 0),"
			" min(made) FROM notify_notice"
			" WHERE channel = ?1 AND recipient = ?2 AND message = ?3"
			" GROUP BY alert, kind ORDER BY kind, alert"),
		    ARGS(store_text(e->channel), store_text(e->recipient), store_int(e->number)),
		    &q, err))
		return false;
	while (store_next(q, &ok, err))
		ARENA_PUSH(
			arena, &out, cap,
			(struct notice){.alert = arena_str(arena, store_col_str(q, 0)),
					.kind = store_col_int(q, 1),
					.due_ms = store_col_int(q, 2),
					.exercise = exercise_at(&postures, store_col_int(q, 3))});
	if (ok)
		*ret = out;
	return ok;
}

/* The time it was made is in it: a store that came from a backup numbers anew. */
struct str envelope_id(const struct notify *n, const struct envelope *e, struct arena *arena)
{
	enum { ID_BYTES = 16 };
	char hex[2 * ID_BYTES + 1];
	struct hash h = hash_of(arena_fmt(arena, "%s %.*s %.*s %jd %jd", n->site.c,
					  STR_FMT(e->channel), STR_FMT(e->recipient),
					  (intmax_t)e->number, (intmax_t)e->made_ms));

	return arena_str(arena, hex_encode(h.b, ID_BYTES, hex));
}

/* 30 s, doubling up to an hour; a fifth more or less, so that many don't come back together. */
int64_t backoff_ms(const struct envelope *e, int64_t attempts)
{
	enum { FIRST_MS = 30000, DOUBLINGS = 7 };
	int64_t pause = MIN_OF((int64_t)FIRST_MS << MIN_OF(MAX_OF(attempts - 1, 0), DOUBLINGS),
			       MS_PER_HOUR);
	uint64_t mixed = str_hash(e->recipient) ^ u64_hash((uint64_t)(e->number * 64 + attempts));

	return pause - pause / 5 + (int64_t)(mixed % (uint64_t)(2 * pause / 5 + 1));
}
