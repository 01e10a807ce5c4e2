#include "cli/alert.h"
#include "desk/desk.h"

/* The alert's own lines, and the same as JSON. */

static void line(struct cli *c, const char *label, struct str value)
{
	if (value.n)
		text_addf(&c->out, "  %-12s %.*s\n", label, STR_FMT(value));
}

static struct str by(struct cli *c, int64_t ms, struct str post)
{
	return ms ? arena_fmt(c->arena, "%.*s by %.*s", STR_FMT(alert_when(c, ms)), STR_FMT(post))
		  : (struct str){0};
}

/* What comes next for it, when something does. */
static struct str next_step(struct cli *c, const struct alert *a)
{
	const char *id = a->id.p;

	if (a->life == ALERT_DRAFT)
		return arena_fmt(c->arena,
				 "a second person approves it: lynchpin --as POST alert approve %s",
				 id);
	if (a->life == ALERT_APPROVED)
		return arena_fmt(c->arena, "lynchpin alert publish %s", id);
	return a->pending ? arena_fmt(c->arena, "revision %ju waits to be approved or published",
				      (uintmax_t)a->revision)
			  : (struct str){0};
}

static void text_lines(struct cli *c, struct str text)
{
	struct str one;

	while (text.n && str_next_line(&text, &one))
		text_addf(&c->out, "  | %.*s\n", STR_FMT(one));
}

void alert_say_head(struct cli *c, const struct alert *a)
{
	const struct alert_content *content = &a->content;

	text_addf(&c->out, "%.*s  %.*s\n", STR_FMT(a->id), STR_FMT(content->title));
	text_addf(&c->out, "  %-12s %s, severity %s, TLP:%.*s, revision %ju%s%.*s\n", "state",
		  alert_life_name(a->life), severity_name(content->severity), STR_FMT(content->tlp),
		  (uintmax_t)(a->published_revision ? a->published_revision : a->revision),
		  content->ssvc.n ? ", SSVC " : "", STR_FMT(content->ssvc));
	line(c, "next", next_step(c, a));
	line(c, "drafted", by(c, a->drafted_ms, a->author));
	line(c, "approved", by(c, a->approved_ms, a->approver));
	line(c, "published", a->published_ms ? alert_when(c, a->published_ms) : (struct str){0});
	line(c, "updated", a->updated_ms ? alert_when(c, a->updated_ms) : (struct str){0});
	line(c, "ended", by(c, a->ended_ms, a->ended_by));
	line(c, a->life == ALERT_SUPERSEDED ? "followed by" : "because", a->ended_why);
	line(c, "follows", content->supersedes);
	line(c, "about", desk_about_words(c->arena, content));
	line(c, "only", desk_class_words(c->arena, content->classes));
	line(c, "asks for", desk_outcome_words(c->arena, content->outcomes));
	line(c, "for", desk_audience_words(c->arena, &content->audience));
	line(c, "dealt with by",
	     content->remediate_by ? alert_when(c, content->remediate_by) : (struct str){0});
	text_lines(c, content->text);
}

/* --- JSON --- */

static void note_when(struct listing *l, const char *key, int64_t ms)
{
	char stamp[STAMP_BYTES];

	if (ms)
		listing_note(l, key, stamp_format(ms, stamp));
}

static void note_some(struct listing *l, const char *key, struct str value)
{
	if (value.n)
		listing_note(l, key, value);
}

bool alert_note_head(struct listing *l, const struct alert *a, struct err *err)
{
	AUTO(text_freep) struct text content = {0};
	struct json_out *o = json_out_open(&content);

	json_out_object(o);
	alert_content_out(o, &a->content);
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	listing_note(l, "alert", a->id);
	listing_note(l, "life", str_of(alert_life_name(a->life)));
	listing_note_json(l, "content", text_str(&content));
	listing_note_int(l, "revision", (int64_t)a->revision);
	listing_note_int(l, "published_revision", (int64_t)a->published_revision);
	listing_note_bool(l, "pending", a->pending);
	listing_note_int(l, "members", (int64_t)a->members);
	note_some(l, "author", a->author);
	note_some(l, "approver", a->approver);
	note_when(l, "drafted", a->drafted_ms);
	note_when(l, "approved", a->approved_ms);
	note_when(l, "published", a->published_ms);
	note_when(l, "updated", a->updated_ms);
	note_when(l, "asked", a->asked_ms);
	note_when(l, "ended", a->ended_ms);
	note_some(l, "ended_by", a->ended_by);
	note_some(l, "ended_why", a->ended_why);
	return true;
}
