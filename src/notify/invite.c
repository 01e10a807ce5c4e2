#include "notify/inner.h"

/*
 * An invitation is a message of its own: it says the one link that lets somebody in, so it is
 * gathered with nothing else, and is kept sealed only until it went or failed.
 */

/* A seal is for one recipient: who can write rows can't send it elsewhere. */
static void seal_for(struct str recipient, struct text *out)
{
	text_add_c(out, "invitation");
	text_add_char(out, '\0');
	text_add(out, recipient);
}

/* Numbered like every other; when the next may go does not change by it. */
static bool next_number(struct notify *n, struct store_txn *txn, struct str recipient, int64_t *ret,
			struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_run(txn,
		       SQL("INSERT INTO notify_recipient (channel, recipient, number, made)"
			   " VALUES ('email', ?1, 1, 0) ON CONFLICT (channel, recipient) DO UPDATE"
			   " SET number = notify_recipient.number + 1"),
		       ARGS(store_text(recipient)), err) ||
	    !store_query(n->store,
			 SQL("SELECT number FROM notify_recipient WHERE channel = 'email'"
			     " AND recipient = ?1"),
			 ARGS(store_text(recipient)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	*ret = row ? store_col_int(q, 0) : 1;
	return true;
}

static bool put(struct notify *n, struct store_txn *txn, const struct notify_invitation *in,
		struct err *err)
{
	AUTO(text_freep) struct text what_for = {0}, sealed = {0};
	int64_t number, now;

	seal_for(in->recipient, &what_for);
	seal_put(n, text_str(&what_for), in->token, &sealed);
	return notify_moment(n, &now, err) && next_number(n, txn, in->recipient, &number, err) &&
	       store_run(txn,
			 SQL("INSERT INTO notify_message (channel, recipient, number, state, made,"
			     " next, attempts, ended, said)"
			     " VALUES ('email', ?1, ?2, 0, ?3, ?3, 0, 0, '')"),
			 ARGS(store_text(in->recipient), store_int(number), store_int(now)), err) &&
	       store_run(txn,
			 SQL("INSERT INTO notify_invitation (recipient, number, sealed, until)"
			     " VALUES (?1, ?2, ?3, ?4)"),
			 ARGS(store_text(in->recipient), store_int(number),
			      store_blob(sealed.p, sealed.n), store_int(in->until_ms)),
			 err);
}

bool notify_invite(struct notify *n, const struct notify_invitation *in, bool *ret_goes,
		   struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct notify_invitation small = *in;
	struct str console;
	struct ways ways;
	char *p;

	if (!ways_get(n, &ways, err) || !notify_console_get(n, arena, &console, err))
		return false;
	if (!ways.mail || !console.n || !courier_address_sane(in->recipient))
		return *ret_goes = false, true;
	p = arena_alloc(arena, in->recipient.n);
	for (size_t i = 0; i < in->recipient.n; i++)
		p[i] = char_lower(in->recipient.p[i]);
	small.recipient = str_from(p, in->recipient.n);
	if (!store_begin(n->store, &txn, err) || !put(n, txn, &small, err) ||
	    !store_commit(&txn, err))
		return false;
	return *ret_goes = true, true;
}

bool invitation_of(struct notify *n, const struct envelope *e, struct text *ret_token,
		   int64_t *ret_until_ms, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	AUTO(text_freep) struct text what_for = {0};
	bool row;

	if (!store_query(n->store,
			 SQL("SELECT sealed, until FROM notify_invitation WHERE recipient = ?1"
			     " AND number = ?2"),
			 ARGS(store_text(e->recipient), store_int(e->number)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (!row)
		return true;
	*ret_until_ms = store_col_int(q, 1);
	seal_for(e->recipient, &what_for);
	return seal_open(n, text_str(&what_for), store_col_str(q, 0), ret_token, err);
}

bool invitation_done(struct store_txn *txn, const struct envelope *e, struct err *err)
{
	return !str_is(e->channel, EMAIL) ||
	       store_run(txn,
			 SQL("DELETE FROM notify_invitation WHERE recipient = ?1 AND number = ?2"),
			 ARGS(store_text(e->recipient), store_int(e->number)), err);
}
