#include "console/alerts.h"

/* What an organisation answers, what is decided on that, and what is done with an alert: each form
 * is a row. */

struct answer_field {
	const char *field, *option; /* of the form; of the command */
	const char *missing;	    /* what is said when it is empty; NULL: it may be */
};
/* Parted by blanks or commas, each an option. */
#define DEVICES "devices"
struct answer {
	const char *what;	  /* of the form: which answer it is */
	const char *verb, *words; /* lynchpin alert VERB ID words... */
	struct answer_field v[5];
};

static const struct answer answers[] = {
	{"acknowledge", "acknowledge", NULL, {{0}}},
	{"applicable", "applicability", "--applicable", {{0}}},
	{"not_applicable",
	 "applicability",
	 "--not-applicable",
	 {{"reason", "--reason", "Say why it does not apply"}}},
	{"in_progress",
	 "progress",
	 NULL,
	 {{"date", "--in-progress", "Say by which date it will be done"},
	  {"note", "--note", NULL}}},
	{"blocked",
	 "progress",
	 NULL,
	 {{"supplier", "--blocked-by", "Say whose answer you wait for"}, {"note", "--note", NULL}}},
	{"help", "progress", "--help-needed", {{"note", "--note", NULL}}},
	{"fixed", "claim", "--fixed", {{0}}},
	{"mitigated",
	 "claim",
	 NULL,
	 {{"how", "--mitigated", "Say how it is mitigated"},
	  {"until", "--until", "Say until when that holds"},
	  {DEVICES, "--device", NULL}}},
	{"attested", "claim", "--attested", {{"until", "--until", "Say until when that holds"}}},
	{"excepted",
	 "except",
	 NULL,
	 {{"reason", "--reason", "Say why it can't be done"},
	  {"opinion", "--opinion", "Say what clinical safety holds of it"},
	  {"controls", "--controls", "Say what is done instead"},
	  {"until", "--until", "Say until when"},
	  {DEVICES, "--device", NULL}}},
};

bool answer_came_back(const struct obligation_view *v, const char *what)
{
	struct str said;

	return v->fault.text.n && web_pair(v->form, "what", &said) && str_is(said, what);
}

struct str answer_typed(const struct obligation_view *v, const char *what, const char *field)
{
	struct str said = {0};

	if (answer_came_back(v, what))
		(void)web_pair(v->form, field, &said);
	return said;
}

static const struct answer *answer_find(struct str what)
{
	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		if (str_is(what, answers[i].what))
			return &answers[i];
	return NULL;
}

/* False: more than one command line takes. */
static bool each_word(struct look *l, struct words *w, const char *option, struct str said)
{
	size_t at = 0;

	while (at < said.n) {
		size_t from = at;

		for (; at < said.n && !char_is_space(said.p[at]) && said.p[at] != ','; at++)
			;
		if (at > from && w->n + 4 > ARRAY_LEN(w->v))
			return false;
		if (at > from)
			words_option(l, w, option, str_from(said.p + from, at - from));
		at++;
	}
	return true;
}

/* False: a field is missing, *ret says which. */
static bool answer_words(struct look *l, const struct answer *a, struct words *w, struct fault *ret)
{
	words_add(w, "alert");
	words_add(w, a->verb);
	if (a->words)
		words_add(w, a->words);
	for (size_t i = 0; i < ARRAY_LEN(a->v) && a->v[i].field; i++) {
		const struct answer_field *f = &a->v[i];
		struct str said = str_trim(web_form(l->req, f->field));

		if (!said.n && f->missing) {
			*ret = (struct fault){arena_fmt(l->arena, "%s-%s", a->what, f->field).p,
					      str_of(f->missing)};
			return false;
		}
		if (strcmp(f->field, DEVICES) != 0) {
			words_option(l, w, f->option, said);
		} else if (!each_word(l, w, f->option, said)) {
			*ret = (struct fault){arena_fmt(l->arena, "%s-%s", a->what, f->field).p,
					      STR("Name fewer devices at a time, some eighty")};
			return false;
		}
	}
	return true;
}

/* Without it a refusal would speak of options that a page has not. */
static struct fault refused(const struct look *l, const struct err *err)
{
	return (struct fault){"main", page_said(l->arena, err)};
}

static struct str here(const struct look *l)
{
	struct str alert = directory_code(l->arena, web_param(l->req, "alert"));
	struct str org = directory_code(l->arena, web_param(l->req, "org"));

	return org.n ? ADDRESS(l, STR("alerts"), alert, org) : ADDRESS(l, STR("alerts"), alert);
}

static void page_again(struct look *l, struct fault fault)
{
	if (web_param(l->req, "org").n)
		obligation_page(l, fault);
	else
		alert_page(l, fault);
}

static void finish(struct look *l, const struct words *w)
{
	struct err err = {0};
	struct str said;

	if (look_run(l, w, NULL, &said, &err))
		look_done(l, here(l), said);
	else if (is_outage(&err))
		look_fail(l, &err);
	else
		page_again(l, refused(l, &err));
}

void answer_do(struct web_request *req, struct web_reply *reply)
{
	const struct answer *a = answer_find(web_form(req, "what"));
	struct words w = {0};
	struct fault fault = {"main", STR("Choose what you want to say")};
	struct look l;

	if (!form_is_ours(req, reply) || !look_begin(req, reply, &l) ||
	    (web_param(req, "org").n && !look_need(&l, "alert.answer")))
		return;
	if (!a || !answer_words(&l, a, &w, &fault)) {
		page_again(&l, fault);
		return;
	}
	if (web_param(req, "org").n)
		words_option(&l, &w, "--org", web_param(req, "org"));
	else
		words_add(&w, "--all");
	words_add(&w, "--");
	words_argument(&l, &w, web_param(req, "alert"));
	finish(&l, &w);
}

void decide_do(struct web_request *req, struct web_reply *reply)
{
	bool approve = str_is(web_form(req, "decision"), "approve");
	struct str reason = str_trim(web_form(req, "reason")), said;
	struct words w = {0};
	struct err err = {0};
	struct look l;

	if (!form_is_ours(req, reply) || !look_begin(req, reply, &l) ||
	    !look_need(&l, "except.approve"))
		return;
	words_add(&w, "alert");
	words_add(&w, "decide");
	words_option(&l, &w, "--org", web_param(req, "org"));
	words_option(&l, &w, "--claim", web_form(req, "claim"));
	words_option(&l, &w, "--reason", reason);
	words_add(&w, approve ? "--approve" : "--refuse");
	words_add(&w, "--");
	words_argument(&l, &w, web_param(req, "alert"));
	if (look_run(&l, &w, NULL, &said, &err))
		look_done(&l, here(&l), said);
	else if (is_outage(&err))
		look_fail(&l, &err);
	else if (err.code == ERR_INVALID && !reason.n) /* the one thing that a form leaves out */
		page_again(&l,
			   (struct fault){"decide-reason", approve ? STR("Say why you grant it")
								   : STR("Say why you refuse it")});
	else
		page_again(&l, refused(&l, &err));
}

/* --- the life of an alert
 * ------------------------------------------------------------------------- */

/* approve, publish, withdraw: of the revision that was read. */
void life_do(struct web_request *req, struct web_reply *reply)
{
	static const char *const verbs[] = {"approve", "publish", "withdraw"};
	struct str what = web_form(req, "what");
	struct words w = {0};
	size_t i = 0;
	struct look l;

	if (!form_is_ours(req, reply) || !look_begin(req, reply, &l) ||
	    !look_need(&l, str_is(what, "publish") ? "alert.write" : "alert.approve"))
		return;
	while (i < ARRAY_LEN(verbs) && !str_is(what, verbs[i]))
		i++;
	if (i == ARRAY_LEN(verbs)) {
		alert_page(&l, (struct fault){"main", STR("Choose what to do with it")});
		return;
	}
	words_add(&w, "alert");
	words_add(&w, verbs[i]);
	if (i == 2) {
		struct str reason = str_trim(web_form(req, "reason"));

		if (!reason.n) {
			alert_page(&l, (struct fault){"withdraw-reason",
						      STR("Say why it is withdrawn")});
			return;
		}
		words_option(&l, &w, "--reason", reason);
	}
	words_option(&l, &w, i == 2 ? "--base" : "--revision", web_form(req, "revision"));
	words_add(&w, "--");
	words_argument(&l, &w, web_param(req, "alert"));
	finish(&l, &w);
}
