#include "notify/inner.h"

/*
 * From messages to their receivers.  A batch is marked as being tried before the first of it is, so
 * that one that kills us is not tried again at once and for ever; each is settled in a commit of
 * its own, right after the receiver's word.  A crash between the two sends it again, under the same
 * id: that window can't be closed from one side.
 */

struct sender {
	struct notify *n;
	struct arena *arena; /* for the call */
	struct notify_mail mail;
	struct text password;
	struct courier_mail *server; /* opened with the first e-mail */
	struct str console;
	struct {
		struct str channel, recipient; /* whom nobody reaches just now; e-mail: all */
		int64_t until_ms;
		struct str why;
	} away[32];
	size_t naway;
	struct notify_sent sent;
};

static void sender_release(struct sender *s)
{
	courier_mail_closep(&s->server);
	text_wipe(&s->password);
	arena_close(s->arena);
}

static bool sender_open(struct sender *s, struct err *err)
{
	return notify_mail_get(s->n, s->arena, &s->mail, err) &&
	       notify_console_get(s->n, s->arena, &s->console, err) &&
	       mail_password(s->n, &s->mail, &s->password, err);
}

/* --- one exchange ------------------------------------------------------------------------- */

static void send_mail(struct sender *s, const struct letter *l, struct courier_said *said)
{
	AUTO(text_wipe) struct text bytes = {0};

	if (!s->mail.url.n) {
		*said = (struct courier_said){.outcome = COURIER_AWAY,
					      .why = "no mail server is set"};
		return;
	}
	if (!s->server)
		s->server = courier_mail_open(&(struct courier_server){
			.url = s->mail.url.p,
			.ca_file = s->mail.ca_file.p,
			.user = s->password.n ? s->mail.user.p : NULL,
			.password = s->password.n ? text_c(&s->password) : NULL,
			.may = s->mail.internal ? COURIER_INTERNAL : 0});
	compose_mail(l, &bytes);
	courier_mail_send(s->server, s->mail.from, l->envelope->recipient, text_str(&bytes), said);
}

static void post(struct sender *s, const struct letter *l, const struct hook *h, struct str body,
		 struct courier_said *said)
{
	AUTO(text_freep) struct text signature = {0}, stamp = {0};
	struct str id = arena_fmt(s->arena, "msg_%.*s", STR_FMT(l->id));
	int64_t seconds = notify_now(s->n) / MS_PER_SECOND;

	text_addf(&stamp, "%jd", (intmax_t)seconds);
	sign_hook(text_str(&h->secret), id, seconds, body, &signature);

	const struct courier_header headers[] = {{"Content-Type", STR("application/json")},
						 {"webhook-id", id},
						 {"webhook-timestamp", text_str(&stamp)},
						 {"webhook-signature", text_str(&signature)}};

	courier_post(&(struct courier_post){.url = h->is.url.p,
					    .ca_file = h->is.ca_file.p,
					    .headers = headers,
					    .nheaders = ARRAY_LEN(headers),
					    .body = body,
					    .may = h->is.internal ? COURIER_INTERNAL | COURIER_PLAIN
								  : 0},
		     said);
}

static bool send_hook(struct sender *s, const struct letter *l, struct courier_said *said,
		      struct err *err)
{
	AUTO(hook_wipe) struct hook h = {.there = false};
	AUTO(text_freep) struct text body = {0};

	if (!hook_get(s->n, l->envelope->recipient, s->arena, &h, err) ||
	    !compose_hook(l, &body, err))
		return false;
	if (h.there)
		post(s, l, &h, text_str(&body), said);
	else
		*said = (struct courier_said){.outcome = COURIER_REFUSED,
					      .why = "the hook was ended"};
	return true;
}

/* A message without notices is an invitation; one that no link is kept for went already. */
static bool send_invitation(struct sender *s, struct letter *l, struct courier_said *said,
			    struct err *err)
{
	AUTO(text_wipe) struct text token = {0};

	if (!invitation_of(s->n, l->envelope, &token, &l->until_ms, err))
		return false;
	l->invitation = text_str(&token);
	if (token.n)
		send_mail(s, l, said);
	else
		*said = (struct courier_said){.outcome = COURIER_REFUSED,
					      .why = "there is nothing in it any more"};
	return true;
}

static bool exchange(struct sender *s, const struct envelope *e, struct courier_said *said,
		     struct err *err)
{
	struct notices notices;
	struct letter l = {.envelope = e,
			   .notices = &notices,
			   .arena = s->arena,
			   .id = envelope_id(s->n, e, s->arena),
			   .console = s->console,
			   .service = text_str(&s->n->service),
			   .from = s->mail.from};

	if (!envelope_notices(s->n, e, s->arena, &notices, err))
		return false;
	if (str_is(e->channel, WEBHOOK))
		return send_hook(s, &l, said, err);
	if (!notices.n)
		return send_invitation(s, &l, said, err);
	send_mail(s, &l, said);
	return true;
}

/* --- who is away ---------------------------------------------------------------------------- */

static bool is_away(const struct sender *s, struct envelope *e, struct courier_said *said)
{
	for (size_t i = 0; i < s->naway; i++) {
		if (!str_eq(s->away[i].channel, e->channel) ||
		    (!str_is(e->channel, EMAIL) && !str_eq(s->away[i].recipient, e->recipient)))
			continue;
		*said = (struct courier_said){.outcome = COURIER_AWAY};
		snprintf(said->why, sizeof(said->why), "%.*s", STR_FMT(s->away[i].why));
		e->attempts--; /* which was counted, and is not made */
		e->next_ms = s->away[i].until_ms;
		return true;
	}
	return false;
}

static void note_away(struct sender *s, const struct envelope *e, const struct courier_said *said)
{
	if (s->naway == ARRAY_LEN(s->away))
		return;
	s->away[s->naway].channel = e->channel;
	s->away[s->naway].recipient = e->recipient;
	s->away[s->naway].why = arena_str(s->arena, str_of(said->why));
	s->away[s->naway++].until_ms = e->next_ms;
}

/* --- a batch ---------------------------------------------------------------------------------- */

static bool finish(struct sender *s, const struct envelope *e, const struct settling *how,
		   struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	if (!store_begin(s->n->store, &txn, err) || !settle(txn, e, how, err) ||
	    !store_commit(&txn, err))
		return false;
	s->sent.sent += how->state == NOTIFY_SENT;
	s->sent.failed += how->state == NOTIFY_FAILED;
	s->sent.later += how->state == NOTIFY_WAITING;
	return true;
}

static bool try_one(struct sender *s, struct envelope *e, struct err *err)
{
	struct courier_said said = {.outcome = COURIER_AWAY};
	struct settling how = {.state = NOTIFY_WAITING};
	bool away = is_away(s, e, &said);

	if (!away && !exchange(s, e, &said, err))
		return false;
	if (!notify_moment(s->n, &how.now_ms, err))
		return false;
	if (said.wait_s)
		e->next_ms = MAX_OF(e->next_ms, how.now_ms + said.wait_s * MS_PER_SECOND);
	if (said.outcome == COURIER_AWAY && !away)
		note_away(s, e, &said);
	how.said = str_of(said.why);
	if (said.outcome == COURIER_TAKEN)
		how.state = NOTIFY_SENT;
	else if (said.outcome == COURIER_REFUSED || how.now_ms - e->made_ms >= GIVE_UP_MS)
		how.state = NOTIFY_FAILED;
	return finish(s, e, &how, err);
}

static bool due_now(struct sender *s, int64_t now_ms, struct envelopes *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	size_t cap = 0;
	bool ok;

	*ret = (struct envelopes){0};
	if (!store_query(s->n->store,
			 SQL("SELECT channel, recipient, number, made, attempts FROM notify_message"
			     " WHERE state = 0 AND next <= ?1"
			     " ORDER BY next, channel, recipient, number LIMIT 50"),
			 ARGS(store_int(now_ms)), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct envelope e = {.channel = arena_str(s->arena, store_col_str(q, 0)),
				     .recipient = arena_str(s->arena, store_col_str(q, 1)),
				     .number = store_col_int(q, 2),
				     .made_ms = store_col_int(q, 3),
				     .attempts = store_col_int(q, 4) + 1};

		e.next_ms = now_ms + backoff_ms(&e, e.attempts);
		ARENA_PUSH(s->arena, ret, cap, e);
	}
	return ok;
}

/* Before the first is tried. */
static bool mark(struct sender *s, const struct envelopes *batch, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	if (!store_begin(s->n->store, &txn, err))
		return false;
	for (size_t i = 0; i < batch->n; i++)
		if (!settle(txn, &batch->v[i],
			    &(struct settling){.state = NOTIFY_WAITING, .said = STR("being sent")},
			    err))
			return false;
	return store_commit(&txn, err);
}

/* Those that the time did not suffice for are as they were. */
static bool unmark(struct sender *s, struct envelopes *batch, size_t from, int64_t now_ms,
		   struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	s->sent.more = true;
	if (!store_begin(s->n->store, &txn, err))
		return false;
	for (size_t i = from; i < batch->n; i++) {
		batch->v[i].attempts--;
		batch->v[i].next_ms = now_ms;
		if (!settle(txn, &batch->v[i],
			    &(struct settling){.state = NOTIFY_WAITING, .said = STR("")}, err))
			return false;
	}
	return store_commit(&txn, err);
}

/* *ret_more: what is due was more than a batch, and there is time. */
static bool send_batch(struct sender *s, int64_t now_ms, int64_t end_ns, bool *ret_more,
		       struct err *err)
{
	struct envelopes batch;

	*ret_more = false;
	if (!due_now(s, now_ms, &batch, err))
		return false;
	if (!batch.n)
		return true;
	if (!mark(s, &batch, err))
		return false;
	for (size_t i = 0; i < batch.n; i++) {
		if (clock_monotonic_ns() >= end_ns)
			return unmark(s, &batch, i, now_ms, err);
		if (!try_one(s, &batch.v[i], err))
			return false;
	}
	return *ret_more = true;
}

bool notify_send(struct notify *n, int64_t budget_ms, struct notify_sent *ret, struct err *err)
{
	AUTO(sender_release) struct sender s = {.n = n, .arena = arena_open()};
	int64_t end_ns = clock_monotonic_ns() + budget_ms * 1000000, now;
	bool more = true;

	if (!notify_moment(n, &now, err) || !bundle(n, now, err) || !sender_open(&s, err))
		return false;
	while (more)
		if (!send_batch(&s, now, end_ns, &more, err))
			return false;
	*ret = s.sent;
	return true;
}
