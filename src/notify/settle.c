#include "notify/inner.h"

/*
 * What came of messages, and what follows for whom an alert reached.  A row of reach: 0 open; 1
 * reached, 2 not reached, both owed to the journal; 3 and 4 the same, recorded; 5 overtaken, never
 * to be recorded.  An organisation was reached when one of those who answer for it was, and not
 * reached when none was and none can be any more.
 */

/* Notices of one message about organisations: their record, and whom they name. */
struct about {
	struct str site, orgs;
	int64_t record;
};
ARENA_LIST(abouts, struct about);

static bool abouts_of(struct store_txn *txn, const struct envelope *e, struct arena *arena,
		      struct abouts *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	size_t cap = 0;
	bool ok;

	*ret = (struct abouts){0};
	if (!store_query(
		    store_of(txn),
		    SQL("SELECT site, record, orgs FROM notify_notice WHERE channel = ?1"
			" AND recipient = ?2 AND message = ?3 AND orgs <> ''"),
		    ARGS(store_text(e->channel), store_text(e->recipient), store_int(e->number)),
		    &q, err))
		return false;
	while (store_next(q, &ok, err))
		ARENA_PUSH(arena, ret, cap,
			   (struct about){.site = arena_str(arena, store_col_str(q, 0)),
					  .record = store_col_int(q, 1),
					  .orgs = arena_str(arena, store_col_str(q, 2))});
	return ok;
}

struct outcome {
	struct store_txn *txn;
	const struct envelope *envelope;
	const struct settling *how;
};

static bool reach_one(const struct outcome *o, const struct about *a, struct str org,
		      struct err *err)
{
	struct store_txn *txn = o->txn;
	const struct store_value site = store_text(a->site), record = store_int(a->record),
				 code = store_text(org), channel = store_text(o->envelope->channel),
				 now = store_int(o->how->now_ms);

	if (o->how->state == NOTIFY_SENT)
		return store_run(txn,
				 SQL("UPDATE notify_reach SET state = CASE WHEN state IN (0, 2, 4)"
				     " THEN 1 ELSE state END, channel = CASE WHEN state IN (0, 2,"
				     " 4) THEN ?4 ELSE channel END, at = CASE WHEN state IN (0, 2,"
				     " 4) THEN ?5 ELSE at END, open = open - 1"
				     " WHERE site = ?1 AND record = ?2 AND org = ?3"),
				 ARGS(site, record, code, channel, now), err);
	return store_run(txn,
			 SQL("UPDATE notify_reach SET state = CASE WHEN state = 0 AND open <= 1"
			     " THEN 2 ELSE state END, channel = CASE WHEN state = 0 AND open <= 1"
			     " THEN ?4 ELSE channel END, at = CASE WHEN state = 0 AND open <= 1"
			     " THEN ?5 ELSE at END, open = open - 1"
			     " WHERE site = ?1 AND record = ?2 AND org = ?3"),
			 ARGS(site, record, code, channel, now), err);
}

static bool reach(const struct outcome *o, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct abouts list;

	if (!abouts_of(o->txn, o->envelope, arena, &list, err))
		return false;
	for (size_t i = 0; i < list.n; i++) {
		struct str rest = list.v[i].orgs, org;

		while (str_next(&rest, ' ', &org))
			if (!reach_one(o, &list.v[i], org, err))
				return false;
	}
	return true;
}

bool settle(struct store_txn *txn, const struct envelope *e, const struct settling *s,
	    struct err *err)
{
	return store_run(txn,
			 SQL("UPDATE notify_message SET state = ?4, next = ?5, attempts = ?6,"
			     " ended = ?7, said = ?8"
			     " WHERE channel = ?1 AND recipient = ?2 AND number = ?3"),
			 ARGS(store_text(e->channel), store_text(e->recipient),
			      store_int(e->number), store_int(s->state), store_int(e->next_ms),
			      store_int(e->attempts),
			      store_int(s->state == NOTIFY_WAITING ? 0 : s->now_ms),
			      store_text(s->said)),
			 err) &&
	       (s->state == NOTIFY_WAITING ||
		(invitation_done(txn, e, err) && reach(&(struct outcome){txn, e, s}, err)));
}

bool reach_overtaken(struct store_txn *txn, struct str alert, struct err *err)
{
	return store_run(txn,
			 SQL("UPDATE notify_reach SET state = 5 WHERE alert = ?1 AND state < 3"),
			 ARGS(store_text(alert)), err) &&
	       store_run(txn, SQL("DELETE FROM notify_notice WHERE alert = ?1 AND message = 0"),
			 ARGS(store_text(alert)), err);
}

bool reach_known(struct notify *n, struct str alert, int64_t asked_ms, bool *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	return store_query(n->store,
			   SQL("SELECT 1 FROM notify_reach WHERE alert = ?1 AND asked = ?2"),
			   ARGS(store_text(alert), store_int(asked_ms)), &q, err) &&
	       store_step(q, ret, err);
}

/* --- what is owed to the journal ---------------------------------------------------------- */

struct notify_owed_key {
	struct str site, org;
	int64_t record, state, at_ms;
};

struct owing {
	struct arena *arena;
	struct notify_owed_list *ret;
	size_t cap;
	struct str alert, channel; /* in hand */
	struct notify_owed_key *keys;
	size_t nkeys, keys_cap;
};

/* Of deliveries that share a record the latest time is said, which is none's to come. */
static bool put_body(struct owing *w, struct err *err)
{
	AUTO(text_freep) struct text body = {0};
	struct json_out *o = json_out_open(&body);
	char stamp[STAMP_BYTES];
	int64_t at_ms = 0;

	json_out_object(o);
	json_out_key(o, "alert");
	json_out_str(o, w->alert);
	json_out_key(o, "channel");
	json_out_str(o, w->channel);
	json_out_key(o, "outcome");
	json_out_str(o, w->keys[0].state == 1 ? STR("delivered") : STR("failed"));
	json_out_key(o, "orgs");
	json_out_array(o);
	for (size_t i = 0; i < w->nkeys; i++) {
		json_out_str(o, w->keys[i].org);
		at_ms = MAX_OF(at_ms, w->keys[i].at_ms);
	}
	json_out_end(o);
	json_out_key(o, "at");
	json_out_str(o, stamp_format(at_ms, stamp));
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	ARENA_PUSH(w->arena, w->ret, w->cap,
		   (struct notify_owed){.body = arena_str(w->arena, text_str(&body)),
					.keys = w->keys,
					.nkeys = w->nkeys});
	w->keys = NULL;
	w->nkeys = w->keys_cap = 0;
	return true;
}

bool notify_owed(struct notify *n, size_t most, struct arena *arena, struct notify_owed_list *ret,
		 struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct owing w = {.arena = arena, .ret = ret};
	bool ok;

	*ret = (struct notify_owed_list){0};
	if (!store_query(n->store,
			 SQL("SELECT alert, state, channel, site, record, org, at FROM notify_reach"
			     " WHERE state IN (1, 2) ORDER BY alert, state, channel, org, site,"
			     " record"),
			 ARGS(), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct str alert = store_col_str(q, 0), channel = store_col_str(q, 2);
		int64_t state = store_col_int(q, 1);

		if (w.nkeys &&
		    (w.nkeys >= most || !str_eq(w.alert, alert) || w.keys[0].state != state ||
		     !str_eq(w.channel, channel)) &&
		    !put_body(&w, err))
			return false;
		w.alert = arena_str(arena, alert);
		w.channel = arena_str(arena, channel);
		w.keys = arena_grow(arena, w.keys, w.nkeys, &w.keys_cap, sizeof(*w.keys));
		w.keys[w.nkeys++] =
			(struct notify_owed_key){.site = arena_str(arena, store_col_str(q, 3)),
						 .org = arena_str(arena, store_col_str(q, 5)),
						 .record = store_col_int(q, 4),
						 .state = state,
						 .at_ms = store_col_int(q, 6)};
	}
	return ok && (!w.nkeys || put_body(&w, err));
}

bool notify_recorded(struct notify *n UNUSED, struct store_txn *txn, const struct notify_owed *owed,
		     bool refused, struct err *err)
{
	for (size_t i = 0; i < owed->nkeys; i++) {
		const struct notify_owed_key *k = &owed->keys[i];

		if (!store_run(txn,
			       SQL("UPDATE notify_reach SET state = ?5 WHERE site = ?1"
				   " AND record = ?2 AND org = ?3 AND state = ?4"),
			       ARGS(store_text(k->site), store_int(k->record), store_text(k->org),
				    store_int(k->state), store_int(refused ? 5 : k->state + 2)),
			       err))
			return false;
	}
	return true;
}
