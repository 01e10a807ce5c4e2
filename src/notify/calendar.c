#include "notify/inner.h"

/* Duties of a post, for its calendar.  Calendars travel: number, duty and organisation, never what
 * is wrong there. */

struct calendar_of {
	const struct alerts_view *view;
	const struct notify_feed *feed;
	struct incident_postures postures;
	struct str of, exercise; /* the alert asked for last */
};

static bool look_up(struct calendar_of *c, const struct duty *d, struct err *err)
{
	struct alert alert;

	if (str_eq(c->of, d->alert))
		return true;
	if (!alert_get(c->view, d->alert, &alert, err))
		return false;
	c->of = d->alert;
	c->exercise = exercise_at(&c->postures, alert.asked_ms);
	return true;
}

static struct ical_todo todo_of(const struct calendar_of *c, const struct duty *d)
{
	const struct notify_feed *feed = c->feed;
	struct arena *arena = c->view->arena;
	const char *as = d->as_supplier ? " as supplier" : "";
	struct ical_todo t = {.due_ms = d->due_ms};

	t.uid = arena_fmt(arena, "%.*s-%.*s-%.*s%s@lynchpin", STR_FMT(d->alert), STR_FMT(d->org),
			  STR_FMT(d->what), d->as_supplier ? "-supplier" : "");
	t.summary = arena_fmt(arena, "%s%.*s: %.*s%s (%.*s)", c->exercise.n ? "EXERCISE: " : "",
			      STR_FMT(d->alert), STR_FMT(d->what), as, STR_FMT(d->org));
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
	struct calendar_of c = {.view = view, .feed = feed};
	struct duty_list list;

	if (!alert_duties(view, feed->post, &list, err) || !exercises_of(view, &c.postures, err))
		return false;
	ical_begin(out, arena_fmt(view->arena, "Lynchpin duties of %.*s", STR_FMT(feed->post)));
	for (size_t i = 0; i < list.n; i++) {
		struct ical_todo todo;

		if (!look_up(&c, &list.v[i], err))
			return false;
		todo = todo_of(&c, &list.v[i]);
		ical_todo(out, &todo, view->at_ms);
	}
	ical_end(out);
	return true;
}
