#include "console/alerts.h"
#include "console/sheet.h"

#include "base/clock.h"
#include "pages.h"

/* Who knew what of an alert at a moment: "alert replay" as a page. */

enum { TYPED_BYTES = 16 /* "2017-05-12T10:00", as a field for a moment has it */ };

/* In UTC, as every moment of these pages; what isn't a moment is the command's to refuse. */
static struct str moment_typed(const struct look *l)
{
	struct str at = str_trim(web_query(l->req, "at"));

	if (!at.n || at.p[at.n - 1] == 'Z')
		return at;
	return arena_fmt(l->arena, "%.*sZ", STR_FMT(at));
}

/* What the field holds: what was asked, else when it was published. */
static struct str moment_shown(const struct look *l, const struct alert *a, struct str asked)
{
	char buf[STAMP_BYTES];
	int64_t ms = a->published_ms ? a->published_ms : a->drafted_ms;

	if (asked.n && !stamp_parse(asked, &ms))
		return web_query(l->req, "at");
	return arena_str(l->arena, str_from(stamp_format(ms, buf).p, TYPED_BYTES));
}

/* How many rows say something else than "no" beneath a heading. */
static size_t rows_with(const struct grid *g, const char *key)
{
	size_t n = 0, at = 0;

	while (at < g->ncolumns && strcmp(g->columns[at].key, key) != 0)
		at++;
	for (; at < g->cells.n; at += g->ncolumns)
		n += g->cells.v[at].text.n && !str_is(g->cells.v[at].text, "no");
	return n;
}

static struct str count_who_knew(const struct look *l, const struct grid *g)
{
	return arena_fmt(l->arena, "%zu of %zu organisations knew of it by then; %zu had answered.",
			 rows_with(g, "knew"), g->total, rows_with(g, "answered"));
}

static bool replay_all(struct look *l, struct replay_view *v, const struct words *w,
		       struct err *err)
{
	struct sheet sheet = {
		.name = "replay",
		.caption = STR("How it stood then, by what was known then"),
		.empty = STR("It had asked nobody by then."),
		.words = *w,
		.hide = "region role state covered expected devices covering differs unproven "
			"mitigated excepted seen overdue closed until ordinal pending reached "
			"supplier step",
	};

	if (!sheet_fill(l, &sheet, &v->grid, err))
		return false;
	if (v->grid.total)
		v->sum = count_who_knew(l, &v->grid);
	return true;
}

static bool fill(struct look *l, struct replay_view *v, struct err *err)
{
	struct str asked = moment_typed(l);
	struct words w = {.v = {"alert", "replay"}, .n = 2};

	v->org = str_trim(web_query(l->req, "org"));
	v->at = moment_shown(l, &v->alert, asked);
	if (!asked.n)
		return true;
	words_option(l, &w, "--at", asked);
	words_option(l, &w, "--org", v->org);
	words_option(l, &w, "--limit", v->org.n ? (struct str){0} : STR("0"));
	words_add(&w, "--");
	words_argument(l, &w, v->alert.id);
	return v->org.n ? sheet_text(l, &w, &v->story, err) : replay_all(l, v, &w, err);
}

void replay_show(struct web_request *req, struct web_reply *reply)
{
	struct replay_view v = {.frame = NULL};
	struct err err = {0};
	struct frame f;
	struct text *out;
	struct look l;

	if (!look_begin(req, reply, &l) || !alert_find(&l, &v.alert))
		return;
	if (!fill(&l, &v, &err)) {
		if (err.code != ERR_USAGE && err.code != ERR_INVALID && err.code != ERR_NOT_FOUND) {
			look_fail(&l, &err);
			return;
		}
		v.fault = (struct fault){"at", page_said(l.arena, &err)};
	}
	if (l.csv)
		return;
	out = look_page(
		&l,
		&(struct look_page){
			.title = arena_fmt(l.arena, "Who knew what of %.*s", STR_FMT(v.alert.id)).p,
			.here = "/alerts",
			.fault = &v.fault},
		&f);
	v.frame = &f;
	page_replay(out, &v);
}
