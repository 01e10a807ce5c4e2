#include "console/national.h"

#include "pages.h"

/* The first page of who answers for one organisation or for many: what is to be done, by date. */

enum { DUTIES_SHOWN = 60, STALE_DAYS = 180 };

static const char *duty_words(struct str what)
{
	static const struct {
		const char *what, *words;
	} known[] = {
		{"acknowledge", "Acknowledge"},	      {"update", "Say how far it is"},
		{"remediate", "Fix it and prove it"}, {"mitigate", "Mitigate it"},
		{"answer", "Answer those who wait"},
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_is(what, known[i].what))
			return known[i].words;
	return "Deal with it";
}

static struct str due_words(const struct look *l, const struct duty *d)
{
	return arena_fmt(l->arena, "%sby %.*s, %.*s", d->overdue ? "overdue: " : "",
			 STR_FMT(moment_words(l, d->due_ms)), STR_FMT(span_words(l, d->due_ms)));
}

/* How many more ask the same by the same date; those are counted off. */
static size_t fold(const struct duty_list *all, size_t at, bool *done)
{
	const struct duty *d = &all->v[at];
	size_t n = 0;

	for (size_t i = at; i < all->n; i++) {
		const struct duty *o = &all->v[i];

		if (o->due_ms != d->due_ms || !str_eq(o->alert, d->alert) ||
		    !str_eq(o->what, d->what) || o->as_supplier != d->as_supplier)
			continue;
		done[i] = true;
		n++;
	}
	return n;
}

/* The same thing for many organisations is one thing to do. */
static bool fill_duties(struct look *l, struct own_view *v, size_t *cap, struct err *err)
{
	struct duty_list all;
	bool *done;

	if (!alert_duties(&l->view, l->sight.post.id, &all, err))
		return false;
	done = ARENA_ARRAY(l->arena, bool, all.n + 1);
	for (size_t i = 0; i < all.n && v->todos.n < DUTIES_SHOWN; i++) {
		const struct duty *d = &all.v[i];
		struct todo todo = {.hint = due_words(l, d), .late = d->overdue};
		size_t n = done[i] ? 0 : fold(&all, i, done);

		if (!n)
			continue;
		if (n == 1) {
			todo.words = arena_fmt(l->arena, "%s: %.*s, %.*s", duty_words(d->what),
					       STR_FMT(d->title), STR_FMT(d->name));
			todo.href = ADDRESS(l, STR("alerts"), d->alert, d->org);
		} else {
			todo.words = arena_fmt(l->arena, "%s: %.*s, %zu organisations",
					       duty_words(d->what), STR_FMT(d->title), n);
			todo.href = ADDRESS(l, STR("alerts"), d->alert);
		}
		ARENA_PUSH(l->arena, &v->todos, *cap, todo);
	}
	return true;
}

/* Contacts of one's own that nobody has confirmed for long: told before they are needed. */
static bool fill_contacts(struct look *l, struct own_view *v, size_t *cap, struct err *err)
{
	struct contacts all;

	if (!look_may(l, "contact.write", l->sight.post.org))
		return true;
	if (!directory_contacts(&l->sight.view, l->sight.post.org, &all, err))
		return false;
	for (size_t i = 0; i < all.n; i++) {
		const struct contact *c = &all.v[i];

		if (c->age_days >= 0 && c->age_days < STALE_DAYS)
			continue;
		ARENA_PUSH(l->arena, &v->todos, *cap,
			   (struct todo){arena_fmt(l->arena, "Is %.*s still right as %.*s?",
						   STR_FMT(c->name), STR_FMT(c->post)),
					 arena_fmt(l->arena, "%.*s#contacts",
						   STR_FMT(ADDRESS(l, STR("organisations"),
								   l->sight.post.org))),
					 STR("a number that is wrong is found out at night"),
					 false});
	}
	return true;
}

static void org_row(struct look *l, struct grid *g, struct str code, struct str gives)
{
	struct err none = {0};
	struct org org;

	if (!directory_org_get(&l->sight.view, code, &org, &none))
		return;
	grid_link(g, org.code, ADDRESS(l, STR("organisations"), org.code));
	grid_text(g, org.name);
	grid_text(g, gives);
	grid_link(g, STR("Send an inventory"),
		  arena_fmt(l->arena, "%.*s#inventory",
			    STR_FMT(ADDRESS(l, STR("organisations"), org.code))));
}

static struct str gives_words(const struct look *l, unsigned gives)
{
	AUTO(text_freep) struct text t = {0};

	for (unsigned bit = 1; bit <= GIVES_EVIDENCE; bit <<= 1)
		if (gives & bit)
			text_addf(&t, "%s%s", t.n ? ", " : "", delegation_gives_name(bit));
	return arena_str(l->arena, text_str(&t));
}

static bool fill_orgs(struct look *l, struct own_view *v, struct err *err)
{
	static const struct grid_column columns[] = {
		{"org", "Code", false},	     {"name", "Organisation", false},
		{"gives", "You may", false}, {"send", "Evidence", false},
		{NULL, NULL, false},
	};
	const struct delegation_filter filter = {.post = l->sight.post.id};
	struct delegations all;
	struct grid *g = &v->orgs;

	grid_begin(g, l, "organisations", columns);
	org_row(l, g, l->sight.post.org, STR("it is your own"));
	if (!directory_delegations(&l->sight.view, &filter, &all, err))
		return false;
	for (size_t i = 0; i < all.n; i++)
		org_row(l, g, all.v[i].org, gives_words(l, all.v[i].gives));
	g->caption = STR("Organisations that you answer for");
	grid_end(g);
	return true;
}

/* What an inventory contradicts goes before what is only due. */
static void fill_differs(struct look *l, struct own_view *v, const struct standings *all,
			 size_t *cap)
{
	for (size_t i = 0; i < all->n; i++)
		for (size_t k = 0; k < all->v[i].list.n; k++) {
			const struct obligation *o = &all->v[i].list.v[k];

			if (o->is.state != OBLIGATION_EVIDENCE_DIFFERS ||
			    v->todos.n == DUTIES_SHOWN)
				continue;
			ARENA_PUSH(
				l->arena, &v->todos, *cap,
				(struct todo){arena_fmt(l->arena,
							"Evidence differs from what was said: "
							"%.*s, %.*s",
							STR_FMT(all->v[i].alert.content.title),
							STR_FMT(o->name)),
					      ADDRESS(l, STR("alerts"), all->v[i].alert.id, o->org),
					      arena_fmt(l->arena, "%ju %s shown exposed",
							(uintmax_t)o->is.exposed,
							plural(o->is.exposed, "device is",
							       "devices are")),
					      true});
		}
}

static bool fill(struct look *l, struct own_view *v, struct err *err)
{
	struct standings all;
	size_t cap = 0;

	if (!standings_read(l, &all, err))
		return false;
	fill_differs(l, v, &all, &cap);
	if (!fill_duties(l, v, &cap, err) || !fill_contacts(l, v, &cap, err))
		return false;
	standings_grid(l, &all, &v->alerts);
	return fill_orgs(l, v, err);
}

/* All of it as of one moment. */
static bool fill_at_once(struct look *l, struct own_view *v, struct err *err)
{
	bool ok;

	if (!store_snapshot(l->view.store, err))
		return false;
	ok = fill(l, v, err);
	store_snapshot_end(l->view.store);
	return ok;
}

void own_show(struct look *l)
{
	const struct post *post = &l->sight.post;
	struct own_view v = {.where = post->org};
	struct err err = {0};
	struct frame f;
	struct text *out;

	v.who = post->title.n ? post->title : post->kind;
	if (!fill_at_once(l, &v, &err)) {
		look_fail(l, &err);
		return;
	}
	if (l->csv)
		return;
	v.said = look_said(l);
	out = look_page(l, &(struct look_page){.title = "Home"}, &f);
	v.frame = &f;
	page_own(out, &v);
}
