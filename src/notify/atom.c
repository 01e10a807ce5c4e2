#include "notify/inner.h"

/* Alerts as an Atom feed (RFC 4287).  What an alert says is not in it: feeds are read by programs
 * that keep copies; its title is where its TLP lets it go on. */

static void add_xml(struct text *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '&')
			text_add_c(out, "&amp;");
		else if (c == '<')
			text_add_c(out, "&lt;");
		else if (c == '>')
			text_add_c(out, "&gt;");
		else if (c == '"')
			text_add_c(out, "&quot;");
		else if (c >= ' ' || c == '\n' || c == '\t') /* XML 1.0, 2.2: no other control */
			text_add_char(out, (char)c);
	}
}

static void element(struct text *out, const char *name, struct str value)
{
	text_addf(out, "<%s>", name);
	add_xml(out, value);
	text_addf(out, "</%s>\n", name);
}

static void stamp(struct text *out, const char *name, int64_t ms)
{
	char buf[STAMP_BYTES];

	element(out, name, stamp_format(ms, buf));
}

static int64_t changed_ms(const struct alert *a)
{
	int64_t ms = a->published_ms;

	ms = MAX_OF(ms, a->updated_ms);
	ms = MAX_OF(ms, a->asked_ms);
	return MAX_OF(ms, a->ended_ms);
}

/* May what it is about be said to whoever reads feeds?  TLP 2.0: CLEAR to all, GREEN to the
 * community. */
static bool open_title(const struct alert *a)
{
	return str_is(a->content.tlp, "CLEAR") || str_is(a->content.tlp, "GREEN");
}

static void link_to(struct text *out, const char *rel, struct str console, struct str path)
{
	text_addf(out, "<link rel=\"%s\" href=\"", rel);
	add_xml(out, console);
	add_xml(out, path);
	text_add_c(out, "\"/>\n");
}

/* The same for ever: RFC 4151, with the day it was drafted. */
static struct str id_of(const struct alert *a, struct arena *arena)
{
	char day[STAMP_BYTES];

	return arena_fmt(arena, "tag:lynchpin,%.*s:%.*s", STR_FMT(date_format(a->drafted_ms, day)),
			 STR_FMT(a->id));
}

struct atom {
	const struct alerts_view *view;
	const struct notify_feed *feed;
	struct incident_postures postures;
};

static void entry(struct text *out, const struct alert *a, const struct atom *atom)
{
	bool exercise = exercise_at(&atom->postures, a->asked_ms).n != 0;
	const struct notify_feed *feed = atom->feed;
	struct arena *arena = atom->view->arena;
	const char *life = a->life == ALERT_PUBLISHED ? "" : alert_life_name(a->life);

	text_add_c(out, "<entry>\n");
	element(out, "id", id_of(a, arena));
	element(out, "title",
		arena_fmt(arena, "%s%.*s%s%.*s%s%s%s", exercise ? "EXERCISE: " : "", STR_FMT(a->id),
			  open_title(a) ? ": " : "",
			  STR_FMT(open_title(a) ? a->content.title : (struct str){0}),
			  *life ? " (" : "", life, *life ? ")" : ""));
	stamp(out, "updated", changed_ms(a));
	stamp(out, "published", a->published_ms);
	text_addf(out, "<category term=\"%s\"/>\n", severity_name(a->content.severity));
	element(out, "summary",
		arena_fmt(arena, "Severity %s, TLP:%.*s.", severity_name(a->content.severity),
			  STR_FMT(a->content.tlp)));
	if (feed->console.n)
		link_to(out, "alternate", feed->console,
			arena_fmt(arena, "/alerts/%.*s", STR_FMT(a->id)));
	text_add_c(out, "</entry>\n");
}

struct scope {
	struct str kind;
	enum post_scope is;
};

static void find_scope(void *ctx, const char *kind, enum post_scope scope, const char *right UNUSED)
{
	struct scope *s = ctx;

	if (str_is(s->kind, kind))
		s->is = scope;
}

/* Does it ask an organisation that the post answers for, or does the post look at all of them? */
static bool concerns(const struct alerts_view *view, const struct alert *a, const struct post *p,
		     bool *ret, struct err *err)
{
	struct scope scope = {p->kind, SCOPE_ORGANISATION};
	struct str_list own;

	directory_rights_each(find_scope, &scope);
	*ret = a->published_revision && scope.is != SCOPE_ORGANISATION;
	if (*ret || !a->published_revision)
		return true;
	if (!alert_asks(view, a->id, p->org, ret, err))
		return false;
	if (*ret)
		return true;
	if (!alert_answerable(view, a->id, p->id, &own, err))
		return false;
	*ret = own.n != 0;
	return true;
}

bool notify_atom(const struct alerts_view *view, const struct notify_feed *feed, struct text *out,
		 struct err *err)
{
	enum { ENTRIES = 100 };
	const struct directory_view directory = {view->store, view->arena, view->at_ms};
	struct atom atom = {.view = view, .feed = feed};
	struct text entries = {0};
	struct alert_list list;
	struct post post;
	int64_t newest = 0;
	size_t n = 0;
	bool wanted;

	if (!directory_post_get(&directory, feed->post, &post, err) ||
	    !alert_list(view, &list, err) || !exercises_of(view, &atom.postures, err))
		return false;
	for (size_t i = 0; i < list.n && n < ENTRIES; i++) {
		if (!concerns(view, &list.v[i], &post, &wanted, err)) {
			text_free(&entries);
			return false;
		}
		if (!wanted)
			continue;
		entry(&entries, &list.v[i], &atom);
		newest = MAX_OF(newest, changed_ms(&list.v[i]));
		n++;
	}
	text_add_c(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
			"<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
	element(out, "id",
		arena_fmt(view->arena, "tag:lynchpin,2017:alerts:%.*s", STR_FMT(post.id)));
	element(out, "title", arena_fmt(view->arena, "Alerts of %.*s", STR_FMT(feed->service)));
	stamp(out, "updated", newest);
	text_add_c(out, "<author>");
	element(out, "name", feed->service);
	text_add_c(out, "</author>\n");
	if (feed->console.n) {
		link_to(out, "self", feed->console, STR("/feeds/alerts.atom"));
		link_to(out, "alternate", feed->console, STR("/"));
	}
	text_add(out, text_str(&entries));
	text_add_c(out, "</feed>\n");
	text_free(&entries);
	return true;
}
