#include "notify/inner.h"

/* Duties of a post, for its calendar.  Calendars travel: number, duty and organisation, never what
 * is wrong there. */

static struct ical_todo todo_of(const struct duty *d, const struct notify_feed *feed,
				struct arena *arena)
{
	const char *as = d->as_supplier ? " as supplier" : "";
	struct ical_todo t = {.due_ms = d->due_ms};

	t.uid = arena_fmt(arena, "%.*s-%.*s-%.*s%s@lynchpin", STR_FMT(d->alert), STR_FMT(d->org),
			  STR_FMT(d->what), d->as_supplier ? "-supplier" : "");
	t.summary = arena_fmt(arena, "%.*s: %.*s%s (%.*s)", STR_FMT(d->alert), STR_FMT(d->what), as,
			      STR_FMT(d->org));
	t.description =
		arena_fmt(arena, "lynchpin alert %s %.*s --org %.*s",
			  d->as_supplier ? "supply" : "show", STR_FMT(d->alert), STR_FMT(d->org));
	if (feed->console.n)
		t.url = arena_fmt(arena, "%.*s/alerts/%.*s", STR_FMT(feed->console),
				  STR_FMT(d->alert));
	return t;
}

bool notify_calendar(const struct alerts_view *view, const struct notify_feed *feed,
		     struct text *out, struct err *err)
{
	struct duty_list list;

	if (!alert_duties(view, feed->post, &list, err))
		return false;
	ical_begin(out, arena_fmt(view->arena, "Lynchpin duties of %.*s", STR_FMT(feed->post)));
	for (size_t i = 0; i < list.n; i++) {
		const struct ical_todo todo = todo_of(&list.v[i], feed, view->arena);

		ical_todo(out, &todo, view->at_ms);
	}
	ical_end(out);
	return true;
}
