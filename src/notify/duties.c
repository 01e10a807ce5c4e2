#include "notify/inner.h"

/*
 * Once a day, of what comes due soon: one notice an alert for each who answers.  A pure function of
 * the day and what is open: its key has the day's number in the record's place.
 */

int64_t duties_day(int64_t now_ms)
{
	return (now_ms - DUTIES_HOUR * MS_PER_HOUR) / MS_PER_DAY;
}

static bool soon(int64_t due_ms, const struct tell *t)
{
	return due_ms > t->view.at_ms && due_ms <= t->view.at_ms + DUTIES_AHEAD_MS;
}

static int64_t earliest(const struct tell *t, const struct obligation *o)
{
	const int64_t dues[] = {o->is.acknowledge_due_ms, o->is.update_due_ms,
				o->is.mitigate_due_ms, o->is.remediate_due_ms,
				obligation_is_closed(o->is.state) ? o->is.until_ms : 0};
	bool closed = obligation_is_closed(o->is.state);
	int64_t first = 0;

	for (size_t i = closed ? ARRAY_LEN(dues) - 1 : 0; i < ARRAY_LEN(dues); i++)
		if (soon(dues[i], t) && (!first || dues[i] < first))
			first = dues[i];
	return first;
}

static bool tell_alert(struct tell *t, struct cause *cause, struct err *err)
{
	AUTO(pile_closep) struct pile *pile = pile_open(cause);
	struct addressees to;
	bool live;

	if (!tell_obligations(t, cause->alert, &live, err))
		return false;
	for (size_t i = 0; live && i < t->list.n; i++) {
		int64_t due_ms = earliest(t, &t->list.v[i]);

		if (!due_ms)
			continue;
		if (!tell_book(t, err) ||
		    !book_org(t->book, t->list.v[i].org, "alert.answer", &to, err))
			return false;
		pile_add(pile, &to, t->list.v[i].org, due_ms);
	}
	for (size_t i = 0; live && i < t->list.nsuppliers; i++) {
		const struct supplier_waits *w = &t->list.suppliers[i];

		if (!soon(w->due_ms, t))
			continue;
		if (!tell_book(t, err) || !book_org(t->book, w->supplier, "alert.supply", &to, err))
			return false;
		pile_add(pile, &to, w->supplier, w->due_ms);
	}
	return pile_write(t->notify, t->txn, pile, &t->notices, err);
}

bool tell_duties(struct tell *t, int64_t day, struct err *err)
{
	struct cause cause = {.site = STR(""), .record = (uint64_t)day, .kind = KIND_DUTY};
	struct alert_list alerts;

	if (!alert_list(&t->view, &alerts, err))
		return false;
	for (size_t i = 0; i < alerts.n; i++) {
		cause.alert = alerts.v[i].id;
		if (alerts.v[i].life == ALERT_PUBLISHED && !tell_alert(t, &cause, err))
			return false;
	}
	return true;
}
