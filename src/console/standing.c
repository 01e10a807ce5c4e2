#include "console/national.h"

/* Open alerts and how they stand. */

static bool read_one(struct look *l, const struct alert *a, struct standing *s, struct err *err)
{
	const struct obligation_filter filter = {
		.alert = a->id, .post = l->sight.post.id, .own = true};

	*s = (struct standing){.alert = *a};
	if (!alert_obligations(&l->view, &filter, &s->list, err))
		return false;
	for (size_t i = 0; i < s->list.n; i++)
		tally_add(&s->total, &s->list.v[i]);
	s->regions = tally_regions(l, &s->list);
	return true;
}

bool standings_read(struct look *l, struct standings *ret, struct err *err)
{
	struct standings s = {0};
	struct alert_list list;
	size_t cap = 0;

	if (!alert_list(&l->view, &list, err))
		return false;
	for (size_t i = 0; i < list.n; i++) {
		struct standing one;
		bool reads = false;

		if (!list.v[i].published_ms || list.v[i].ended_ms)
			continue;
		if (!sight_reads_alert(&l->sight, &list.v[i], &reads, err) ||
		    (reads && !read_one(l, &list.v[i], &one, err)))
			return false;
		if (reads)
			ARENA_PUSH(l->arena, &s, cap, one);
	}
	*ret = s;
	return true;
}

static const struct grid_column columns[] = {
	{"alert", "Alert", false},
	{"title", "What it asks", false},
	{"severity", "Severity", false},
	{"organisations", "Asked", true},
	{"open", "Open", true},
	{"unanswered", "Unanswered", true},
	{"overdue", "Overdue", true},
	{"differs", "Evidence differs", true},
	{"exposed", "Devices exposed", true},
	{"unknown", "Devices unknown", true},
	{"due", "Next clock", false},
	{NULL, NULL, false},
};

/* The next date of all that are open; when every one is past, the latest. */
static int64_t next_due(const struct look *l, const struct standing *s)
{
	int64_t next = 0, last = 0;

	for (size_t i = 0; i < s->list.n; i++) {
		int64_t due = s->list.v[i].is.due_ms;

		last = MAX_OF(last, due);
		if (due > l->now_ms && (!next || due < next))
			next = due;
	}
	return next ? next : last;
}

void standings_grid(struct look *l, const struct standings *all, struct grid *g)
{
	grid_begin(g, l, "alerts", columns);
	for (size_t i = 0; i < all->n; i++) {
		const struct standing *s = &all->v[i];
		struct str id = s->alert.id;
		int64_t due = next_due(l, s);

		grid_link(g, id, ADDRESS(l, STR("alerts"), id));
		grid_text(g, s->alert.content.title);
		grid_text(g, str_of(severity_name(s->alert.content.severity)));
		grid_count(g, s->total.orgs);
		grid_count(g, s->total.open);
		grid_count_link(g, s->total.unanswered, alert_filtered(l, id, "unanswered=1"));
		grid_count_link(g, s->total.overdue, alert_filtered(l, id, "overdue=1"));
		grid_count_link(g, s->total.count[OBLIGATION_EVIDENCE_DIFFERS],
				alert_filtered(l, id, "state=evidence_differs"));
		grid_count(g, s->total.exposed);
		grid_count(g, s->total.unknown);
		grid_due(g, due, due && due < l->now_ms);
	}
	g->caption = STR("Open alerts");
	g->empty = STR("No alert is open.");
	grid_end(g);
}
