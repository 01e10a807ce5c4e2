#include "console/sheet.h"

#include "pages.h"

/* How the service stands, and what of it may be changed from here. */

static const char *const kinds[] = {"clocks", "ladders", "holidays"};

bool settings_begins(const struct grid *g, size_t row)
{
	return !row || !str_eq(g->rows[row][0].text, g->rows[row - 1][0].text);
}

static bool fill_rules(struct look *l, struct settings_view *v, struct err *err)
{
	struct rules_list rules;

	if (!alert_rules(&l->view, &rules, err))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct words w = {.v = {"alert", "rules", "--", kinds[i]}, .n = 4};

		v->rules[i].what = kinds[i];
		for (size_t k = 0; k < rules.n; k++)
			if (str_is(rules.v[k].what, kinds[i]))
				v->rules[i].name = rules.v[k].name;
		if (v->rules[i].name.n && !sheet_text(l, &w, &v->rules[i].text, err))
			return false;
	}
	return true;
}

static bool fill(struct look *l, struct settings_view *v, struct err *err)
{
	struct sheet settings = {.name = "settings", .words = {.v = {"settings"}, .n = 1}};
	struct sheet feeds = {.name = "feeds",
			      .caption = STR("Feeds, and how old they are"),
			      .empty = STR("No feed has come in yet."),
			      .hide = "dated_by received skipped refused criteria_refused size "
				      "digest current",
			      .words = {.v = {"feed", "status"}, .n = 2}};

	v->may_adopt = look_may(l, "settings.write", (struct str){0});
	v->may_outbox = look_may(l, "alert.deliver", (struct str){0}) ||
			look_may(l, "journal.read", (struct str){0});
	return sheet_fill(l, &settings, &v->settings, err) &&
	       (l->csv || sheet_fill(l, &feeds, &v->feeds, err)) &&
	       (l->csv || fill_rules(l, v, err));
}

static void settings_page(struct look *l, struct fault fault)
{
	struct settings_view v = {.fault = fault};
	struct err err = {0};
	struct frame f;
	struct text *out;

	if (!fill(l, &v, &err)) {
		look_fail(l, &err);
		return;
	}
	if (l->csv)
		return;
	v.said = look_said(l);
	out = look_page(
		l, &(struct look_page){.title = "Settings", .here = "/settings", .fault = &fault},
		&f);
	v.frame = &f;
	page_settings(out, &v);
}

void settings_show(struct web_request *req, struct web_reply *reply)
{
	struct look l;

	if (look_begin(req, reply, &l))
		settings_page(&l, (struct fault){0});
}

/* --- rules -------------------------------------------------------------------------------------
 */

static const struct web_upload *sent_file(const struct web_request *req)
{
	for (size_t i = 0; i < req->files.n; i++)
		if (str_is(req->files.v[i].field, "file") && req->files.v[i].bytes.n)
			return &req->files.v[i];
	return NULL;
}

void rules_adopt(struct web_request *req, struct web_reply *reply)
{
	const struct web_upload *file = sent_file(req);
	struct words w = {.v = {"alert", "adopt", "--"}, .n = 3};
	struct str what = web_form(req, "what"), said;
	struct err err = {0};
	struct web_upload u;
	struct look l;

	if (!form_is_ours(req, reply) || !look_begin(req, reply, &l) ||
	    !look_need(&l, "settings.write"))
		return;
	if (!file) {
		settings_page(&l, (struct fault){"file", STR("Choose a file of rules")});
		return;
	}
	u = *file;
	if (!u.file_name.n || u.file_name.p[0] == '-')
		u.file_name = arena_fmt(l.arena, "sent-%.*s", STR_FMT(file->file_name));
	words_argument(&l, &w, what);
	words_argument(&l, &w, u.file_name);
	if (look_run(&l, &w, &u, &said, &err))
		look_done(&l, STR("/settings"), said);
	else if (is_outage(&err))
		look_fail(&l, &err);
	else
		settings_page(&l, (struct fault){"file", page_said(l.arena, &err)});
}
