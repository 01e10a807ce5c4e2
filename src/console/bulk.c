#include "console/bulk.h"

#include "base/table.h"
#include "pages.h"
#include "wire/wire.h"

/*
 * Something is done for several organisations of an alert at once: those ticked in its table, or
 * all that it shows.  First a page says what will happen to each; then it is done, each by itself,
 * and what came of each is said.
 */

/* --- what can be done --------------------------------------------------------------------------
 */

struct bulk_field {
	const char *field, *option;
	const char *missing; /* what is said when it is empty; NULL: it may be */
};
struct bulk_act {
	const char *act, *what;	  /* of the form: which it is, and on which page it stands */
	const char *verb, *words; /* lynchpin alert VERB words... */
	const char *one, *many;	  /* "organisation was chased" */
	struct bulk_field v[3];
};

#define NOTE                                                                                       \
	{                                                                                          \
		"note", "--note", NULL                                                             \
	}
static const struct bulk_act acts[] = {
	{"chase",
	 "chase",
	 "chase",
	 NULL,
	 "organisation was chased",
	 "organisations were chased",
	 {NOTE}},
	{"escalate",
	 "escalate",
	 "escalate",
	 NULL,
	 "organisation was escalated",
	 "organisations were escalated",
	 {NOTE}},
	{"acknowledge",
	 "answer",
	 "acknowledge",
	 "--each",
	 "organisation has acknowledged it",
	 "organisations have acknowledged it",
	 {{0}}},
	{"applicable",
	 "answer",
	 "applicability",
	 "--applicable",
	 "organisation says that it applies",
	 "organisations say that it applies",
	 {{0}}},
	{"not_applicable",
	 "answer",
	 "applicability",
	 "--not-applicable",
	 "organisation says that it does not apply",
	 "organisations say that it does not apply",
	 {{"reason", "--reason", "Say why it does not apply"}}},
	{"in_progress",
	 "answer",
	 "progress",
	 "--each",
	 "organisation says that it is being done",
	 "organisations say that it is being done",
	 {{"date", "--in-progress", "Say by which date it will be done"}, NOTE}},
};

static const struct bulk_act *act_find(struct str act)
{
	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		if (str_is(act, acts[i].act))
			return &acts[i];
	return NULL;
}

bool bulk_came_back(const struct bulk_view *v, const char *act)
{
	struct str said;

	return v->fault.text.n && web_pair(v->form, "act", &said) && str_is(said, act);
}

struct str bulk_typed(const struct bulk_view *v, const char *act, const char *field)
{
	struct str said = {0};

	if (bulk_came_back(v, act))
		(void)web_pair(v->form, field, &said);
	return said;
}

/* --- who may -----------------------------------------------------------------------------------
 */

static bool may_chase(const struct look *l)
{
	return look_may(l, "alert.chase", l->sight.post.org);
}

/* Who oversees may answer for one, on its page; hardly for many by one press. */
static bool answers_many(const struct look *l)
{
	return !str_starts(l->sight.post.kind, STR("national")) &&
	       !str_starts(l->sight.post.kind, STR("regional"));
}

bool bulk_offers(struct look *l, const struct alert *alert, struct bulk_offer *ret, struct err *err)
{
	struct str_list may = {0};

	*ret = (struct bulk_offer){.any = false};
	if (!alert->published_ms || alert->ended_ms)
		return true;
	if (answers_many(l) && !alert_answerable(&l->view, alert->id, l->sight.post.id, &may, err))
		return false;
	ret->chase = may_chase(l);
	ret->answer = may.n > 1;
	ret->any = ret->chase || ret->answer;
	ret->action = arena_fmt(l->arena, "%.*s%.*s",
				STR_FMT(ADDRESS(l, STR("alerts"), alert->id, STR("bulk"))),
				STR_FMT(wanted_query(l)));
	return true;
}

/* False: the reply says so. */
static bool may_do(struct look *l, const struct alert *alert, struct str what)
{
	struct bulk_offer may;
	struct err err = {0};

	if (!bulk_offers(l, alert, &may, &err))
		return look_fail(l, &err);
	if (str_is(what, "chase") || str_is(what, "escalate") ? may.chase
	    : str_is(what, "answer")			      ? may.answer
							      : may.any)
		return true;
	(void)err_set(&err, ERR_DENIED, "the post %.*s may not do this for several at once",
		      STR_FMT(l->sight.post.id));
	return look_fail(l, &err);
}

/* --- which were chosen -------------------------------------------------------------------------
 */

struct choice {
	struct obligation_list list; /* that the post sees */
	struct chased chased;
	struct intern *codes; /* that were chosen */
	struct obligation *v; /* the same, as the list has them */
	size_t n;
};

static void choice_release(struct choice *c)
{
	intern_closep(&c->codes);
}

static void take_codes(struct choice *c, struct str said)
{
	struct str piece;

	while (str_next(&said, ',', &piece))
		if (piece.n)
			(void)intern_put(c->codes, piece);
}

static bool choose(struct look *l, const struct alert *alert, struct choice *c, struct err *err)
{
	const struct obligation_filter filter = {.alert = alert->id, .post = l->sight.post.id};
	bool all = str_is(web_form(l->req, "which"), "all");
	struct wanted w;

	if (!alert_obligations(&l->view, &filter, &c->list, err) ||
	    !chased_read(l, alert->id, (struct str){0}, &c->chased, err))
		return false;
	wanted_read(l, &w);
	take_codes(c, web_form(l->req, "orgs"));
	take_codes(c, web_form(l->req, "again"));
	for (size_t i = 0; i < l->req->form.n; i++)
		if (str_is(l->req->form.v[i].name, "org"))
			take_codes(c, l->req->form.v[i].value);
	c->v = ARENA_ARRAY(l->arena, struct obligation, c->list.n + 1);
	for (size_t i = 0; i < c->list.n; i++) {
		const struct obligation *o = &c->list.v[i];

		if (all ? is_wanted(&w, o, &c->chased)
			: intern_find(c->codes, o->org) != UINT32_MAX)
			c->v[c->n++] = *o;
	}
	return true;
}

/* --- what will happen --------------------------------------------------------------------------
 */

static const struct grid_column plan_columns[] = {
	{"org", "Code", false},	     {"name", "Organisation", false},	  {"state", "State", false},
	{"chased", "Chased", false}, {"plan", "What will happen", false}, {NULL, NULL, false},
};

enum plan_kind { PLAN_NOTHING, PLAN_DONE, PLAN_AGAIN };
struct plan { /* of one */
	enum plan_kind kind;
	struct str words;
};

static bool just_chased(const struct look *l, const struct choice *c, struct str org)
{
	size_t times;
	const struct chase *k = chased_latest(&c->chased, org, &times);

	for (size_t i = 0; i < times; i++)
		if (!k[i].raised && k[i].at_ms > l->now_ms - CHASE_PAUSE_MS)
			return true;
	return false;
}

static struct plan plan_chase(const struct look *l, const struct choice *c,
			      const struct obligation *o)
{
	if (obligation_is_closed(o->is.state))
		return (struct plan){PLAN_NOTHING, STR("nothing: it is closed")};
	if (just_chased(l, c, o->org))
		return (struct plan){PLAN_AGAIN, STR("nothing, as it was chased less than a day "
						     "ago, unless you say so")};
	return (struct plan){PLAN_DONE, o->reached ? STR("it is asked again")
						   : STR("it is asked again; nobody was reached "
							 "there yet")};
}

static struct plan plan_escalate(const struct look *l, const struct obligation *o, struct str to)
{
	if (obligation_is_closed(o->is.state))
		return (struct plan){PLAN_NOTHING, STR("nothing: it is closed")};
	if (o->is.pending)
		return (struct plan){PLAN_NOTHING,
				     STR("nothing: an exception waits to be decided")};
	if (!to.n)
		return (struct plan){PLAN_NOTHING, STR("nothing: its ladder has no further step")};
	return (struct plan){PLAN_DONE, arena_fmt(l->arena, "step %u: %.*s is told to follow up",
						  o->step + 1, STR_FMT(to))};
}

static struct plan plan_answer(const struct look *l, const struct obligation *o)
{
	if (!o->is.exposed)
		return (struct plan){PLAN_DONE, STR("it answers")};
	return (struct plan){PLAN_DONE,
			     arena_fmt(l->arena, "it answers; evidence shows %ju %s exposed there",
				       (uintmax_t)o->is.exposed,
				       plural(o->is.exposed, "device", "devices"))};
}

static void plan_row(struct look *l, struct bulk_view *v, const struct choice *c, size_t i,
		     struct str plan)
{
	const struct obligation *o = &c->v[i];
	struct grid *g = &v->grid;

	grid_link(g, o->org, ADDRESS(l, STR("alerts"), v->alert.id, o->org));
	grid_text(g, o->name);
	grid_state(g, o->is.state);
	grid_chased(g, &c->chased, o->org);
	grid_text(g, plan);
}

static bool plan_rows(struct look *l, struct bulk_view *v, const struct choice *c, struct err *err)
{
	struct str *to = ARENA_ARRAY(l->arena, struct str, c->n + 1);
	AUTO(text_freep) struct text orgs = {0}, again = {0};

	if (str_is(v->what, "escalate") && !alert_next_steps(&l->view, c->v, c->n, to, err))
		return false;
	grid_begin(&v->grid, l, "chosen", plan_columns);
	v->grid.still = true;
	for (size_t i = 0; i < c->n; i++) {
		const struct obligation *o = &c->v[i];
		struct plan p = str_is(v->what, "chase")      ? plan_chase(l, c, o)
				: str_is(v->what, "escalate") ? plan_escalate(l, o, to[i])
							      : plan_answer(l, o);
		struct text *of = p.kind == PLAN_AGAIN ? &again : &orgs;

		plan_row(l, v, c, i, p.words);
		if (p.kind == PLAN_NOTHING)
			continue;
		text_addf(of, "%s%.*s", of->n ? "," : "", STR_FMT(o->org));
		v->n += p.kind == PLAN_DONE;
		v->recent += p.kind == PLAN_AGAIN;
	}
	v->orgs = arena_str(l->arena, text_str(&orgs));
	v->again = arena_str(l->arena, text_str(&again));
	v->grid.caption = STR("Chosen");
	v->grid.empty = STR("None was chosen.");
	grid_end(&v->grid);
	return true;
}

static void bulk_write(struct look *l, struct bulk_view *v)
{
	struct text *out;
	struct frame f;

	out = look_page(
		l, &(struct look_page){.title = v->title.p, .here = "/alerts", .fault = &v->fault},
		&f);
	v->frame = &f;
	page_bulk(out, v);
}

static bool bulk_review(struct look *l, struct bulk_view *v, struct err *err)
{
	AUTO(choice_release) struct choice c = {.codes = intern_open()};

	if (!choose(l, &v->alert, &c, err) || !plan_rows(l, v, &c, err))
		return false;
	v->action = arena_fmt(l->arena, "%.*s%.*s",
			      STR_FMT(ADDRESS(l, STR("alerts"), v->alert.id, STR("bulk"))),
			      STR_FMT(wanted_query(l)));
	v->title = str_is(v->what, "chase")	 ? STR("Chase")
		   : str_is(v->what, "escalate") ? STR("Escalate")
						 : STR("Answer for several");
	if (!c.n && !v->fault.text.n)
		v->fault = (struct fault){"bulk", STR("Tick at least one organisation")};
	return true;
}

/* --- it is done --------------------------------------------------------------------------------
 */

static bool act_words(struct look *l, const struct bulk_act *a, struct words *w, struct fault *ret)
{
	struct str again =
		str_is(str_of(a->act), "chase") ? web_form(l->req, "again") : (struct str){0};

	words_add(w, "--csv");
	words_add(w, "alert");
	words_add(w, a->verb);
	if (a->words)
		words_add(w, a->words);
	if (str_is(str_of(a->what), "answer") && strcmp(a->words, "--each") != 0)
		words_add(w, "--each");
	if (again.n)
		words_add(w, "--again");
	for (size_t i = 0; i < ARRAY_LEN(a->v) && a->v[i].field; i++) {
		const struct bulk_field *f = &a->v[i];
		struct str said = str_trim(web_form(l->req, f->field));

		if (!said.n && f->missing) {
			*ret = (struct fault){arena_fmt(l->arena, "%s-%s", a->act, f->field).p,
					      str_of(f->missing)};
			return false;
		}
		words_option(l, w, f->option, said);
	}
	words_option(l, w, "--org", web_form(l->req, "orgs"));
	words_option(l, w, "--org", again);
	words_add(w, "--");
	words_argument(l, w, web_param(l->req, "alert"));
	return true;
}

static size_t column_of(const struct csv *csv, const char *name)
{
	const struct str *names;
	size_t n = csv_columns(csv, &names), i = 0;

	while (i < n && !str_is(names[i], name))
		i++;
	return i;
}

static void outcome_row(struct look *l, struct grid *g, struct str alert, const struct str *cells)
{
	grid_link(g, cells[0], ADDRESS(l, STR("alerts"), alert, cells[0]));
	grid_text(g, cells[1]);
	if (cells[4].n)
		grid_text(g, arena_fmt(l->arena, "refused: %.*s", STR_FMT(cells[4])));
	else
		grid_text(g, cells[2].n
				     ? arena_fmt(l->arena, "done, %.*s is told", STR_FMT(cells[2]))
				     : STR("done"));
	if (cells[4].n)
		g->cells.v[g->cells.n - 1].tag = STR("lp-late");
	grid_link(g, cells[3],
		  cells[3].n ? arena_fmt(l->arena, "/journal?number=%.*s", STR_FMT(cells[3]))
			     : (struct str){0});
}

/* Those that were refused first: they are what is left to do. */
static bool outcomes(struct look *l, struct bulk_view *v, struct str said, size_t *ret_refused,
		     struct err *err)
{
	static const struct grid_column columns[] = {
		{"org", "Code", false},
		{"name", "Organisation", false},
		{"came", "What came of it", false},
		{"record", "Record", true},
		{NULL, NULL, false},
	};
	static const char *const names[] = {"org", "name", "to", "record", "refused"};
	size_t at[ARRAY_LEN(names)];

	*ret_refused = 0;
	grid_begin(&v->grid, l, "outcomes", columns);
	v->grid.still = true;
	v->grid.caption = STR("What came of each");
	for (int refused = 1; refused >= 0; refused--) {
		AUTO(csv_closep)
		struct csv *csv = csv_open(said, (struct csv_options){.sep = ','});
		const struct csv_row *row;

		if (!csv_header(csv, err))
			return false;
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			at[i] = column_of(csv, names[i]);
		while (csv_next(csv, &row, err) && row) {
			struct str cells[ARRAY_LEN(names)];

			for (size_t i = 0; i < ARRAY_LEN(names); i++)
				cells[i] = arena_str(l->arena, csv_field(row, at[i]));
			if ((cells[4].n > 0) != refused)
				continue;
			outcome_row(l, &v->grid, v->alert.id, cells);
			*ret_refused += (size_t)refused;
			v->n += !refused;
		}
	}
	grid_end(&v->grid);
	return true;
}

static struct str done_words(struct look *l, const struct bulk_act *a, size_t n)
{
	AUTO(text_freep) struct text t = {0};

	page_count(&t, n);
	text_addf(&t, " %s", plural(n, a->one, a->many));
	return arena_str(l->arena, text_str(&t));
}

/* All done: the alert's page says so.  Else a page says what came of each. */
static void finish(struct look *l, struct bulk_view *v, const struct bulk_act *a, struct str said)
{
	struct err err = {0};
	size_t refused;

	if (!outcomes(l, v, said, &refused, &err)) {
		look_fail(l, &err);
		return;
	}
	v->title = done_words(l, a, v->n);
	if (!refused) {
		look_done(l, ADDRESS(l, STR("alerts"), v->alert.id), v->title);
		return;
	}
	if (v->n)
		v->done = v->title;
	v->missed = arena_fmt(l->arena, "For %zu it was refused; each says why.", refused);
	bulk_write(l, v);
}

static void carry_out(struct look *l, struct bulk_view *v, const struct bulk_act *a,
		      const struct words *w)
{
	struct err err = {0};
	struct text out = {0};
	bool ok = look_run_whole(l, w, NULL, &out, &err);
	struct str said = arena_str(l->arena, text_str(&out));

	text_free(&out);
	if (ok || said.n) {
		finish(l, v, a, said);
		return;
	}
	v->fault = (struct fault){"bulk", page_said(l->arena, &err)};
	if (is_outage(&err) || !bulk_review(l, v, &err))
		look_fail(l, &err);
	else
		bulk_write(l, v);
}

void bulk_do(struct web_request *req, struct web_reply *reply)
{
	const struct bulk_act *a = act_find(web_form(req, "act"));
	struct bulk_view v = {.what = a ? str_of(a->what) : web_form(req, "what"),
			      .form = &req->form};
	struct words w = {.n = 0};
	struct err err = {0};
	struct look l;

	if (!form_is_ours(req, reply) || !look_begin(req, reply, &l) || !alert_find(&l, &v.alert) ||
	    !may_do(&l, &v.alert, v.what))
		return;
	if (!str_is(v.what, "chase") && !str_is(v.what, "escalate") && !str_is(v.what, "answer")) {
		alert_page(&l, (struct fault){"bulk", STR("Choose what to do for them")});
		return;
	}
	if (a && (web_form(req, "orgs").n || web_form(req, "again").n) &&
	    act_words(&l, a, &w, &v.fault)) {
		carry_out(&l, &v, a, &w);
		return;
	}
	if (!bulk_review(&l, &v, &err))
		look_fail(&l, &err);
	else if (!v.grid.total)
		alert_page(&l, v.fault);
	else
		bulk_write(&l, &v);
}
