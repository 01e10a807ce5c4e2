#include "console/compose.h"

#include "base/table.h"
#include "pages.h"

/* Writing an alert, and seeing whom it will reach before it goes out. */

/* --- the form
 * ------------------------------------------------------------------------------------- */

static bool in_list(const struct str_list *list, struct str s)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->v[i], s))
			return true;
	return false;
}

/* What the form that came back had ticked under a name. */
static bool ticked(const struct web_request *req, const char *name, struct str value)
{
	for (size_t i = 0; i < req->form.n; i++)
		if (str_is(req->form.v[i].name, name) && str_eq(req->form.v[i].value, value))
			return true;
	return false;
}

static struct str joined(struct look *l, struct str_list list)
{
	AUTO(text_freep) struct text t = {0};

	for (size_t i = 0; i < list.n; i++)
		text_addf(&t, "%s%.*s", i ? ", " : "", STR_FMT(list.v[i]));
	return t.n ? arena_str(l->arena, text_str(&t)) : (struct str){0};
}

static struct options_view options(struct look *l, const char *const *words, size_t n,
				   struct str chosen)
{
	struct option_view *o = ARENA_ARRAY(l->arena, struct option_view, n);

	for (size_t i = 0; i < n; i++)
		o[i] = (struct option_view){str_of(words[i]), str_of(words[i]),
					    str_is(chosen, words[i])};
	return (struct options_view){o, n};
}

struct seen {
	struct look *l;
	ARENA_VEC(struct option_view) roles, regions;
	const struct audience *audience;
	bool form;
};

static bool has(const struct option_view *v, size_t n, struct str value)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i].value, value))
			return true;
	return false;
}

/* Roles are few: a list looked through. */
static bool see_org(void *ctx, const struct org *org, struct err *err)
{
	struct seen *s = ctx;
	struct str role = org->role;

	(void)err;
	if (!org->open)
		return true;
	if (role.n && !has(s->roles.v, s->roles.n, role)) {
		role = arena_str(s->l->arena, role);
		ARENA_PUSH(s->l->arena, &s->roles, s->roles.cap,
			   (struct option_view){role, role,
						s->form ? ticked(s->l->req, "role", role)
							: in_list(&s->audience->roles, role)});
	}
	if (str_is(org->role, "region")) {
		struct str code = arena_str(s->l->arena, org->code);

		ARENA_PUSH(s->l->arena, &s->regions, s->regions.cap,
			   (struct option_view){code, arena_str(s->l->arena, org->name),
						s->form ? ticked(s->l->req, "region", code)
							: in_list(&s->audience->regions, code)});
	}
	return true;
}

static void fill_outcomes(struct look *l, struct compose_view *v, unsigned bits, bool form)
{
	static const char *const outcomes[] = {"fix", "mitigation", "isolation", "confirmation"};
	struct option_view *o = ARENA_ARRAY(l->arena, struct option_view, ARRAY_LEN(outcomes));

	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		struct str word = str_of(outcomes[i]);

		o[i] = (struct option_view){word, word,
					    form ? ticked(l->req, "outcome", word) : bits >> i & 1};
	}
	v->outcomes = (struct options_view){o, ARRAY_LEN(outcomes)};
}

/* From the form that came back, else from the alert as it is. */
static bool fill_compose(struct look *l, struct compose_view *v, const struct alert_content *c,
			 struct err *err)
{
	static const char *const tlps[] = {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"};
	static const char *const severities[] = {"information", "low", "medium", "high",
						 "critical"};
	bool form = l->req->method == WEB_POST;
	struct seen seen = {.l = l, .audience = &c->audience, .form = form};
	char day[STAMP_BYTES];

	v->title = form ? web_form(l->req, "title") : c->title;
	v->text = form ? web_form(l->req, "text") : c->text;
	v->cves = form ? web_form(l->req, "cves") : joined(l, c->cves);
	v->query = form ? web_form(l->req, "query") : c->query;
	v->orgs = form ? web_form(l->req, "orgs") : joined(l, c->audience.orgs);
	v->except = form ? web_form(l->req, "except") : joined(l, c->audience.except);
	v->everyone = form ? web_form(l->req, "everyone").n > 0 : c->audience.everyone;
	v->minor = form && str_is(web_form(l->req, "weight"), "minor");
	v->remediate_by = form		    ? web_form(l->req, "remediate_by")
			  : c->remediate_by ? arena_str(l->arena, date_format(c->remediate_by, day))
					    : (struct str){0};
	v->severities =
		options(l, severities, ARRAY_LEN(severities),
			form ? web_form(l->req, "severity") : str_of(severity_name(c->severity)));
	v->tlps = options(l, tlps, ARRAY_LEN(tlps), form ? web_form(l->req, "tlp") : c->tlp);
	fill_outcomes(l, v, c->outcomes, form);
	if (!directory_each_org(&l->sight.view, see_org, &seen, err))
		return false;
	v->roles = (struct options_view){seen.roles.v, seen.roles.n};
	v->regions = (struct options_view){seen.regions.v, seen.regions.n};
	return true;
}

static bool need_right(struct look *l)
{
	if (look_may(l, "alert.write", (struct str){0}))
		return true;
	web_problem(l->reply, 403, "the post %.*s may not write alerts", STR_FMT(l->sight.post.id));
	return false;
}

static void compose_page(struct look *l, struct fault fault)
{
	struct alert a = {.content = {.tlp = STR("AMBER"),
				      .severity = SEVERITY_HIGH,
				      .outcomes = OUTCOME_FIX}};
	struct compose_view v = {.fault = fault};
	struct err err = {0};
	struct frame f;
	struct text *out;

	if (!need_right(l) || (web_param(l->req, "alert").n && !alert_find(l, &a)))
		return;
	v.alert = a.id;
	v.base = a.revision;
	if (!fill_compose(l, &v, &a.content, &err)) {
		look_fail(l, &err);
		return;
	}
	out = look_page(
		l,
		&(struct look_page){.title = a.id.n ? "Write the next revision" : "Write an alert",
				    .here = "/alerts",
				    .fault = &fault},
		&f);
	v.frame = &f;
	page_compose(out, &v);
}

void compose_show(struct web_request *req, struct web_reply *reply)
{
	struct look l;

	if (look_begin(req, reply, &l))
		compose_page(&l, (struct fault){0});
}

static void add_ticked(struct look *l, struct words *w, const char *field, const char *option)
{
	for (size_t i = 0; i < l->req->form.n; i++)
		if (str_is(l->req->form.v[i].name, field) && w->n + 16 < ARRAY_LEN(w->v))
			words_option(l, w, option, l->req->form.v[i].value);
}

static void compose_words(struct look *l, struct words *w, struct str alert)
{
	static const char *const plain[][2] = {
		{"title", "--title"},
		{"severity", "--severity"},
		{"tlp", "--tlp"},
		{"cves", "--cve"},
		{"query", "--query"},
		{"text", "--text"},
		{"orgs", "--org"},
		{"except", "--except"},
		{"remediate_by", "--remediate-by"},
	};

	words_add(w, "alert");
	words_add(w, alert.n ? "update" : "new");
	if (alert.n) {
		words_add(w, str_is(web_form(l->req, "weight"), "minor") ? "--minor" : "--major");
		words_option(l, w, "--base", web_form(l->req, "base"));
	}
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		words_option(l, w, plain[i][1], str_trim(web_form(l->req, plain[i][0])));
	if (web_form(l->req, "everyone").n)
		words_add(w, "--everyone");
	add_ticked(l, w, "role", "--role");
	add_ticked(l, w, "region", "--region");
	add_ticked(l, w, "outcome", "--outcome");
	if (alert.n) {
		words_add(w, "--");
		words_argument(l, w, alert);
	}
}

static struct fault missing(struct look *l)
{
	if (!str_trim(web_form(l->req, "title")).n)
		return (struct fault){"title", STR("Say in a line what it asks")};
	if (!str_trim(web_form(l->req, "cves")).n && !str_trim(web_form(l->req, "query")).n &&
	    !ticked(l->req, "outcome", STR("confirmation")))
		return (struct fault){"cves", STR("Say what it is about: vulnerabilities, or terms "
						  "that find the devices")};
	if (!web_form(l->req, "everyone").n && !web_form(l->req, "role").n &&
	    !web_form(l->req, "region").n && !str_trim(web_form(l->req, "orgs")).n)
		return (struct fault){"everyone", STR("Say for whom it is")};
	return (struct fault){0};
}

void compose_do(struct web_request *req, struct web_reply *reply)
{
	struct str alert, said;
	struct words w = {.n = 0};
	struct err err = {0};
	struct fault fault;
	struct look l;

	if (!form_is_ours(req, reply) || !look_begin(req, reply, &l))
		return;
	alert = directory_code(l.arena, web_param(req, "alert"));
	fault = missing(&l);
	if (fault.text.n) {
		compose_page(&l, fault);
		return;
	}
	compose_words(&l, &w, alert);
	if (look_run(&l, &w, NULL, &said, &err))
		web_reply_redirect(reply, arena_fmt(l.arena, "%.*s/preview",
						    STR_FMT(ADDRESS(&l, STR("alerts"),
								    alert.n ? alert : said))));
	else if (is_outage(&err))
		look_fail(&l, &err);
	else
		compose_page(&l, (struct fault){"main", page_said(l.arena, &err)});
}

/* --- before it goes out
 * ---------------------------------------------------------------------------- */

static void preview_rows(struct look *l, struct preview_view *v)
{
	static const struct grid_column columns[] = {
		{"org", "Code", false},
		{"name", "Organisation", false},
		{"region", "Region", false},
		{"exposed", "Exposed", true},
		{"unknown", "Unknown", true},
		{"fixed", "Fixed", true},
		{"not_affected", "Not affected", true},
		{"devices", "Devices", true},
		{"expected", "Expected", true},
		{NULL, NULL, false},
	};
	struct grid *g = &v->orgs;

	grid_begin(g, l, "organisations", columns);
	for (size_t i = 0; i < v->p.n; i++) {
		const struct exposure_org *o = &v->p.v[i];

		grid_link(g, o->org, ADDRESS(l, STR("organisations"), o->org));
		grid_text(g, o->name);
		grid_text(g, o->region);
		grid_count(g, o->exposed);
		grid_count(g, o->unknown);
		grid_count(g, o->fixed);
		grid_count(g, o->not_affected);
		grid_count(g, o->devices);
		if (o->expected >= 0)
			grid_count(g, (uint64_t)o->expected);
		else
			grid_unknown(g);
	}
	g->caption = STR("Whom it will reach, worst first");
	g->empty = STR("It reaches nobody.");
	grid_end(g);
}

void preview_show(struct web_request *req, struct web_reply *reply)
{
	AUTO(alerts_closep) struct alerts *room = NULL;
	struct preview_view v = {0};
	struct err err = {0};
	struct frame f;
	struct text *out;
	struct look l;

	if (!look_begin(req, reply, &l) || !alert_find(&l, &v.alert))
		return;
	if (l.sight.scope != SCOPE_NATION) {
		web_problem(reply, 403,
			    "a preview shows every organisation: it is for posts of the nation");
		return;
	}
	if (!alerts_open(acts_journal(l.k->acts), &l.k->config->clock, &room, &err) ||
	    !alerts_preview(room, v.alert.id, l.arena, &v.p, &err)) {
		look_fail(&l, &err);
		return;
	}
	preview_rows(&l, &v);
	if (l.csv)
		return;
	v.unknown_percent = v.p.devices ? (unsigned)(v.p.unknown * 100 / v.p.devices) : 0;
	out = look_page(
		&l,
		&(struct look_page){
			.title = arena_fmt(l.arena, "Preview of %.*s", STR_FMT(v.alert.id)).p,
			.here = "/alerts"},
		&f);
	v.frame = &f;
	page_preview(out, &v);
}
