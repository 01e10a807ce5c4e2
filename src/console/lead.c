#include "console/compose.h"

#include "console/sheet.h"
#include "pages.h"

/* Who leads: offered, accepted, handed over; and how tense the times are. */

static bool fill_posts(struct look *l, struct lead_view *v, struct err *err)
{
	struct posts all;
	struct option_view *o;
	size_t n = 0;

	if (!directory_posts(&l->sight.view, (struct str){0}, &all, err))
		return false;
	o = ARENA_ARRAY(l->arena, struct option_view, all.n + 1);
	for (size_t i = 0; i < all.n; i++) {
		const struct post *p = &all.v[i];

		if (str_starts(p->kind, STR("national")) || str_starts(p->kind, STR("regional")))
			o[n++] = (struct option_view){
				p->id,
				arena_fmt(l->arena, "%.*s, %.*s",
					  STR_FMT(p->title.n ? p->title : p->kind),
					  STR_FMT(p->org)),
				false};
	}
	v->posts = (struct options_view){o, n};
	return true;
}

static void fill_history(struct look *l, struct lead_view *v)
{
	static const struct grid_column columns[] = {
		{"when", "When", false}, {"what", "What", false}, {"post", "Whom", false},
		{"by", "By", false},	 {"why", "Why", false},	  {NULL, NULL, false},
	};
	struct incident_events events = {0};
	struct err none = {0};
	struct grid *g = &v->history;

	grid_begin(g, l, "history", columns);
	if (!incident_history(&l->sight.view, &events, &none))
		events.n = 0;
	for (size_t i = events.n; i-- > 0;) {
		const struct incident_event *e = &events.v[i];

		grid_when(g, e->at_ms);
		grid_text(g, str_of(incident_happening_words(e->what)));
		grid_text(g, e->post);
		grid_text(g, e->by.n ? e->by : STR("time"));
		grid_text(g, e->why.n ? e->why : e->authority);
	}
	g->caption = STR("How the lead came about");
	g->empty = STR("Nobody has led yet.");
	grid_end(g);
}

static void fill_postures(struct look *l, struct lead_view *v)
{
	static const struct grid_column columns[] = {
		{"when", "When", false}, {"level", "Level", false}, {"exercise", "Exercise", false},
		{"by", "By", false},	 {"why", "Why", false},	    {NULL, NULL, false},
	};
	struct incident_postures all = {0};
	struct err none = {0};
	struct grid *g = &v->postures;

	grid_begin(g, l, "levels", columns);
	if (!incident_postures(&l->sight.view, &all, &none))
		all.n = 0;
	for (size_t i = 0; i < all.n; i++) {
		grid_when(g, all.v[i].said_ms);
		grid_text(g, str_of(incident_level_words(all.v[i].level)));
		grid_text(g, all.v[i].exercise);
		grid_text(g, all.v[i].by);
		grid_text(g, all.v[i].reason);
	}
	g->caption = STR("Levels that were set");
	g->empty = STR("No level was ever set: it is normal.");
	grid_end(g);
}

static void lead_page(struct look *l, struct fault fault)
{
	struct lead_view v = {.fault = fault};
	struct err err = {0};
	struct frame f;
	struct text *out;

	if (!incident_now(&l->sight.view, &v.now, &err) || !fill_posts(l, &v, &err)) {
		look_fail(l, &err);
		return;
	}
	fill_history(l, &v);
	if (!l->csv)
		fill_postures(l, &v);
	if (l->csv)
		return;
	v.mine = v.now.led && str_eq(v.now.lead.who.post, l->sight.post.id);
	v.offered_to_me = v.now.offered && str_eq(v.now.offer.to.post, l->sight.post.id);
	v.may_offer = look_may(l, "incident.command", (struct str){0});
	v.may_set = v.mine || v.may_offer;
	v.since = v.now.led ? time_words(l->arena, v.now.lead.since_ms) : v.since;
	v.until = v.now.led ? time_words(l->arena, v.now.lead.until_ms) : v.until;
	v.accept_by = v.now.offered ? time_words(l->arena, v.now.offer.accept_by_ms) : v.accept_by;
	v.said = look_said(l);
	out = look_page(
		l, &(struct look_page){.title = "Who leads", .here = "/lead", .fault = &fault}, &f);
	v.frame = &f;
	page_lead(out, &v);
}

void lead_show(struct web_request *req, struct web_reply *reply)
{
	struct look l;

	if (look_begin(req, reply, &l))
		lead_page(&l, (struct fault){0});
}

/* --- what is done: each form is a row ------------------------------------------------------------
 */

struct lead_form {
	const char *what, *noun, *verb;
	const char *argument; /* the field of it, or NULL */
	const char *missing;  /* what is said when that is empty */
	const char *options[5][2];
};
static const struct lead_form forms[] = {
	{"offer",
	 "mandate",
	 "offer",
	 "post",
	 "Choose a post to offer the lead to",
	 {{"authority", "--authority"},
	  {"until", "--until"},
	  {"accept_by", "--accept-by"},
	  {"successor", "--successor"}}},
	{"accept", "mandate", "accept", NULL, NULL, {{0}}},
	{"decline", "mandate", "decline", NULL, NULL, {{"reason", "--reason"}}},
	{"hand-over",
	 "mandate",
	 "hand-over",
	 "post",
	 "Choose a post to hand the lead to",
	 {{"reason", "--reason"}}},
	{"end", "mandate", "end", NULL, NULL, {{"reason", "--reason"}}},
	{"level",
	 "posture",
	 "set",
	 "level",
	 "Choose a level",
	 {{"reason", "--reason"}, {"until", "--until"}, {"exercise", "--exercise"}}},
};

/* "2017-05-14T10:00", as a browser's field has it, is UTC here. */
static struct str moment_of(struct look *l, struct str said)
{
	enum { TO_MINUTES = 16 };

	return said.n == TO_MINUTES ? arena_fmt(l->arena, "%.*sZ", STR_FMT(said)) : said;
}

void lead_do(struct web_request *req, struct web_reply *reply)
{
	struct str what = web_form(req, "what"), said;
	const struct lead_form *form = NULL;
	struct words w = {.n = 0};
	struct err err = {0};
	struct look l;

	if (!form_is_ours(req, reply) || !look_begin(req, reply, &l))
		return;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (str_is(what, forms[i].what))
			form = &forms[i];
	if (!form) {
		lead_page(&l, (struct fault){"main", STR("Choose what to do")});
		return;
	}
	if (form->argument && !web_form(req, form->argument).n) {
		lead_page(&l,
			  (struct fault){arena_fmt(l.arena, "%s-%s", form->what, form->argument).p,
					 str_of(form->missing)});
		return;
	}
	words_add(&w, form->noun);
	words_add(&w, form->verb);
	for (size_t i = 0; i < ARRAY_LEN(form->options) && form->options[i][0]; i++)
		words_option(&l, &w, form->options[i][1],
			     moment_of(&l, str_trim(web_form(req, form->options[i][0]))));
	if (form->argument) {
		words_add(&w, "--");
		words_argument(&l, &w, web_form(req, form->argument));
	}
	if (look_run(&l, &w, NULL, &said, &err))
		look_done(&l, STR("/lead"), said);
	else if (is_outage(&err))
		look_fail(&l, &err);
	else
		lead_page(&l, (struct fault){"main", page_said(l.arena, &err)});
}
