#include "cli/alert.h"

/* The alert's own lines, and the same as JSON. */

static const char *const outcome_words[] = {"fix", "mitigation", "isolation", "confirmation"};

static void add_words(struct text *out, const char *before, struct str_list list)
{
	if (!list.n)
		return;
	text_addf(out, "%s%s", out->n ? "; " : "", before);
	for (size_t i = 0; i < list.n; i++)
		text_addf(out, "%s%.*s", i ? ", " : "", STR_FMT(list.v[i]));
}

static struct str audience_words(struct cli *c, const struct audience *a)
{
	AUTO(text_freep) struct text out = {0};

	if (a->everyone)
		text_add_c(&out, "everyone");
	add_words(&out, "role ", a->roles);
	add_words(&out, "region ", a->regions);
	add_words(&out, "beneath ", a->parents);
	add_words(&out, "named ", a->orgs);
	add_words(&out, "except ", a->except);
	return arena_str(c->arena, text_str(&out));
}

static struct str about_words(struct cli *c, const struct alert_content *content)
{
	AUTO(text_freep) struct text out = {0};

	add_words(&out, "", content->cves);
	if (content->query.n)
		text_addf(&out, "%sdevices that estate search \"%.*s\" finds", out.n ? "; " : "",
			  STR_FMT(content->query));
	if (content->confirmation)
		text_add_c(&out, "a confirmation; no inventory shows it");
	return arena_str(c->arena, text_str(&out));
}

static struct str bit_words(struct cli *c, unsigned bits, bool classes)
{
	AUTO(text_freep) struct text out = {0};
	unsigned n = classes ? DEVICE_CLASSES : ARRAY_LEN(outcome_words);

	for (unsigned i = 0; i < n; i++)
		if (bits >> i & 1)
			text_addf(&out, "%s%s", out.n ? ", " : "",
				  classes ? device_class_name((enum device_class)i)
					  : outcome_words[i]);
	return out.n ? arena_str(c->arena, text_str(&out)) : (struct str){0};
}

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
	line(c, "about", about_words(c, content));
	line(c, "only", bit_words(c, content->classes, true));
	line(c, "asks for", bit_words(c, content->outcomes, false));
	line(c, "for", audience_words(c, &content->audience));
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
