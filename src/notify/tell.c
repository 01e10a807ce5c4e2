#include "notify/inner.h"

/* What a record gives cause to tell, and to whom. */

void tell_release(struct tell *t)
{
	book_closep(&t->book);
}

bool tell_book(struct tell *t, struct err *err)
{
	struct directory_view *view;

	if (t->book)
		return true;
	view = ARENA_NEW(t->view.arena, struct directory_view);
	*view = (struct directory_view){t->view.store, t->view.arena, t->view.at_ms};
	return book_open(t->notify, view, &t->book, err);
}

bool tell_obligations(struct tell *t, struct str id, bool *ret_live, struct err *err)
{
	const struct obligation_filter all = {.alert = id};
	struct alert alert;

	*ret_live = false;
	if (!alert_get(&t->view, id, &alert, err))
		return false;
	if (alert.life != ALERT_PUBLISHED)
		return true;
	*ret_live = true;
	if (str_eq(t->of, alert.id))
		return true;
	if (!alert_obligations(&t->view, &all, &t->list, err))
		return false;
	t->of = alert.id;
	return true;
}

static bool write_pile(struct tell *t, const struct pile *p, struct err *err)
{
	return pile_write(t->notify, t->txn, p, &t->notices, err);
}

/* --- an alert asks ---------------------------------------------------------------------- */

/* only: codes that joined, or NULL for everybody. */
static bool ask(struct tell *t, const struct cause *cause, const struct intern *only,
		struct err *err)
{
	AUTO(pile_closep) struct pile *pile = pile_open(cause);
	struct addressees to;

	if (!tell_book(t, err))
		return false;
	for (size_t i = 0; i < t->list.n; i++) {
		const struct obligation *o = &t->list.v[i];

		if (only && intern_find(only, o->org) == UINT32_MAX)
			continue;
		if (!book_org(t->book, o->org, "alert.answer", &to, err))
			return false;
		pile_add(pile, &to, o->org, o->is.acknowledge_due_ms);
	}
	book_nation(t->book, &to);
	pile_add(pile, &to, (struct str){0}, 0);
	return write_pile(t, pile, err);
}

/* Who was told that it asks is told that it does no more; who was not hears nothing at all. */
static bool ended(struct tell *t, struct cause *cause, struct err *err)
{
	AUTO(pile_closep) struct pile *pile = pile_open(cause);
	AUTO(store_donep) struct store_query *q = NULL;
	bool ok;

	if (!reach_overtaken(t->txn, cause->alert, err) ||
	    !store_query(t->view.store,
			 SQL("SELECT DISTINCT channel, recipient FROM notify_notice"
			     " WHERE alert = ?1 AND kind IN (0, 1) AND message <> 0"
			     " ORDER BY channel, recipient"),
			 ARGS(store_text(cause->alert)), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct addressee one = {str_is(store_col_str(q, 0), EMAIL) ? EMAIL : WEBHOOK,
					arena_str(t->view.arena, store_col_str(q, 1))};

		pile_add(pile, &(struct addressees){&one, 1}, (struct str){0}, 0);
	}
	return ok && write_pile(t, pile, err);
}

static bool tell_publish(struct tell *t, struct cause *cause, struct json_value body UNUSED,
			 struct err *err)
{
	struct cause before = *cause;
	struct alert alert;
	bool known, live;

	if (!alert_get(&t->view, cause->alert, &alert, err))
		return false;
	/* A minor update asks nobody; one that was overtaken is told of by what overtook it. */
	if (alert.life != ALERT_PUBLISHED || alert.asked_ms != cause->asked_ms)
		return true;
	if (!reach_known(t->notify, alert.id, alert.asked_ms, &known, err))
		return false;
	if (known)
		return true;
	if (alert.content.supersedes.n && alert.asked_ms == alert.published_ms) {
		before.alert = alert.content.supersedes;
		before.kind = KIND_SUPERSEDED;
		before.asked_ms = 0;
		if (!ended(t, &before, err))
			return false;
	}
	if (alert.asked_ms != alert.published_ms)
		cause->kind = KIND_UPDATE;
	t->of = (struct str){0};
	return reach_overtaken(t->txn, alert.id, err) &&
	       tell_obligations(t, alert.id, &live, err) && ask(t, cause, NULL, err);
}

static bool tell_join(struct tell *t, struct cause *cause, struct json_value body, struct err *err)
{
	AUTO(intern_closep) struct intern *only = intern_open();
	struct json_value orgs, one;
	struct json_iter it;
	struct str code;
	bool live;

	t->of = (struct str){0};
	if (!tell_obligations(t, cause->alert, &live, err))
		return false;
	if (!live || !json_get(body, "orgs", &orgs))
		return true;
	for (it = json_iter(orgs); json_next(&it, &one);)
		if (json_str(one, &code))
			(void)intern_put(only, code);
	return ask(t, cause, only, err);
}

static bool tell_withdraw(struct tell *t, struct cause *cause, struct json_value body UNUSED,
			  struct err *err)
{
	cause->asked_ms = 0;
	return ended(t, cause, err);
}

/* --- somebody is asked to follow up -------------------------------------------------------- */

/* What could not be told to anybody stands in the outbox as failed. */
static bool untold(struct tell *t, const struct cause *cause, struct str to, struct err *err)
{
	const struct addressee nobody = {NOBODY, arena_fmt(t->view.arena, "%.*s", STR_FMT(to))};
	AUTO(pile_closep) struct pile *pile = pile_open(cause);

	pile_add(pile, &(struct addressees){(struct addressee *)(uintptr_t)&nobody, 1},
		 (struct str){0}, 0);
	return write_pile(t, pile, err);
}

static bool tell_escalate(struct tell *t, struct cause *cause, struct json_value body,
			  struct err *err)
{
	AUTO(pile_closep) struct pile *pile = NULL;
	struct str to = json_str_or(body, "to", (struct str){0});
	struct addressees people;
	struct alert alert;

	cause->asked_ms = 0;
	if (!alert_get(&t->view, cause->alert, &alert, err) || !tell_book(t, err))
		return false;
	if (alert.life != ALERT_PUBLISHED)
		return true;
	if (!book_post(t->book, to, &people, err))
		return false;
	if (!people.n && !untold(t, cause, to, err))
		return false;
	pile = pile_open(cause);
	pile_add(pile, &people, (struct str){0}, 0);
	book_nation(t->book, &people);
	pile_add(pile, &people, (struct str){0}, 0);
	return write_pile(t, pile, err);
}

/* Somebody asks an organisation once more. */
static bool tell_chase(struct tell *t, struct cause *cause, struct json_value body, struct err *err)
{
	AUTO(pile_closep) struct pile *pile = NULL;
	struct str org = json_str_or(body, "org", (struct str){0});
	const struct obligation *o = NULL;
	struct addressees to;
	bool live;

	cause->asked_ms = 0;
	if (!tell_obligations(t, cause->alert, &live, err))
		return false;
	for (size_t i = 0; live && i < t->list.n && !o; i++)
		if (str_eq(t->list.v[i].org, org))
			o = &t->list.v[i];
	if (!o || obligation_is_closed(o->is.state))
		return true;
	if (!tell_book(t, err) || !book_org(t->book, org, "alert.answer", &to, err))
		return false;
	if (!to.n)
		return untold(t, cause,
			      arena_fmt(t->view.arena, "who answers for %.*s", STR_FMT(org)), err);
	pile = pile_open(cause);
	/* What is past is no date to do it by. */
	pile_add(pile, &to, (struct str){0}, o->is.due_ms > t->view.at_ms ? o->is.due_ms : 0);
	return write_pile(t, pile, err);
}

/* The first who waits for a supplier raises its duty to answer. */
static bool tell_progress(struct tell *t, struct cause *cause, struct json_value body,
			  struct err *err)
{
	AUTO(pile_closep) struct pile *pile = NULL;
	struct str supplier = json_str_or(body, "supplier", (struct str){0});
	const struct supplier_waits *w = NULL;
	int64_t said_ms = cause->asked_ms;
	struct addressees to;
	bool live;

	if (!str_is(json_str_or(body, "kind", (struct str){0}), "blocked") || !supplier.n)
		return true;
	if (!tell_obligations(t, cause->alert, &live, err))
		return false;
	for (size_t i = 0; live && i < t->list.nsuppliers; i++)
		if (str_eq(t->list.suppliers[i].supplier, supplier))
			w = &t->list.suppliers[i];
	if (!w || w->asked_ms != said_ms || w->answer.n)
		return true;
	cause->asked_ms = 0;
	pile = pile_open(cause);
	if (!tell_book(t, err) || !book_org(t->book, supplier, "alert.supply", &to, err))
		return false;
	pile_add(pile, &to, (struct str){0}, w->due_ms);
	return write_pile(t, pile, err);
}

/* --- somebody is asked to lead -------------------------------------------------------------- */

static bool tell_offer(struct tell *t, struct cause *cause, struct json_value body, struct err *err)
{
	AUTO(pile_closep) struct pile *pile = NULL;
	struct str to = json_str_or(body, "post", json_str_or(body, "to", (struct str){0}));
	struct addressees people;
	int64_t by_ms = 0;

	cause->asked_ms = 0;
	if (!stamp_parse(json_str_or(body, "accept_by", (struct str){0}), &by_ms))
		by_ms = 0;
	if (!tell_book(t, err) || !book_post(t->book, to, &people, err))
		return false;
	if (!people.n)
		return untold(t, cause, to, err);
	pile = pile_open(cause);
	pile_add(pile, &people, (struct str){0}, by_ms);
	return write_pile(t, pile, err);
}

/* --- each act ---------------------------------------------------------------------------- */

bool tell_record(struct tell *t, const struct record *r, struct err *err)
{
	static const struct {
		const char *act;
		enum kind kind;
		bool (*fn)(struct tell *t, struct cause *cause, struct json_value body,
			   struct err *err);
	} acts[] = {
		{"alert.publish", KIND_ALERT, tell_publish},
		{"alert.join", KIND_ALERT, tell_join},
		{"alert.withdraw", KIND_WITHDRAWN, tell_withdraw},
		{"alert.supersede", KIND_SUPERSEDED, tell_withdraw},
		{"alert.escalate", KIND_ESCALATION, tell_escalate},
		{"alert.raise", KIND_ESCALATION, tell_escalate},
		{"alert.chase", KIND_CHASE, tell_chase},
		{"alert.progress", KIND_SUPPLIER, tell_progress},
		{"mandate.offer", KIND_LEAD, tell_offer},
		{"mandate.hand_over", KIND_LEAD, tell_offer},
	};
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct json_value body;
	size_t i = 0;

	while (i < ARRAY_LEN(acts) && !str_is(r->act, acts[i].act))
		i++;
	if (i == ARRAY_LEN(acts))
		return true;
	if (!json_parse(doc, r->body, 0, &body, err))
		return false;
	return acts[i].fn(t,
			  &(struct cause){.site = r->site,
					  .record = r->number,
					  .kind = acts[i].kind,
					  .alert = json_str_or(body, "alert", (struct str){0}),
					  .asked_ms = r->stamped_ms},
			  body, err);
}
