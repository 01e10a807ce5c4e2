#include "console/enter.h"

#include "base/mem.h"
#include "pages.h"

/* Signing in and out. */

void sign_in_page(struct web_request *req, struct web_reply *reply, struct fault fault)
{
	struct frame f;
	struct text *out = page_begin(req, reply, "Sign in", &f);
	bool form = req->method == WEB_POST;
	struct sign_in_view v = {.frame = &f,
				 .fault = fault,
				 .sso = sso_there(req),
				 .email = web_form(req, "email"),
				 .next = form ? web_form(req, "next") : web_query(req, "next")};

	f.wrong = fault.text.n > 0;
	page_sign_in(out, &v);
}

static void show_code(struct web_request *req, struct web_reply *reply, struct fault fault)
{
	struct frame f;
	struct text *out = page_begin(req, reply, "Enter your code", &f);
	bool form = req->method == WEB_POST;
	struct sign_in_view v = {.frame = &f,
				 .fault = fault,
				 .next = form ? web_form(req, "next") : web_query(req, "next")};

	f.wrong = fault.text.n > 0;
	page_code(out, &v);
}

static void lead_on(struct web_reply *reply, const char *to, struct str next)
{
	AUTO(text_freep) struct text path = {0};

	next = own_path(next);
	text_add_c(&path, to);
	if (!str_is(next, "/")) {
		text_add_c(&path, "?next=");
		page_url(&path, next);
	}
	web_reply_redirect(reply, text_str(&path));
}

static struct str wait_words(struct web_request *req, struct web_reply *reply, int64_t ms)
{
	int64_t s = MAX_OF((ms + MS_PER_SECOND - 1) / MS_PER_SECOND, 1);
	struct str seconds = arena_fmt(req->arena, "%lld", (long long)s);

	web_reply_status(reply, 429);
	web_reply_header(reply, "Retry-After", seconds);
	if (s < 120)
		return arena_fmt(req->arena, "Too many attempts: try again in %lld seconds",
				 (long long)s);
	return arena_fmt(req->arena, "Too many attempts: try again in %lld minutes",
			 (long long)((s + 59) / 60));
}

/* In: the cookies of it, and on to where they were going, by way of a post when there are several.
 */
static void let_in(struct web_request *req, struct web_reply *reply,
		   const struct access_entry *entry, struct str next)
{
	struct posts posts = {0};
	struct err err = {0};

	cookie_set(req, reply, COOKIE_SESSION, str_of(entry->token.c));
	if (entry->device.c[0])
		cookie_set(req, reply, COOKIE_DEVICE, str_of(entry->device.c));
	cookie_set(req, reply, COOKIE_PENDING, STR(""));
	cookie_set(req, reply, COOKIE_BEFORE, STR(""));
	if (!access_posts(console_of(req)->access, entry->person, req->arena, &posts, &err))
		posts.n = 0;
	if (posts.n > 1)
		lead_on(reply, "/post", next);
	else
		web_reply_redirect(reply, own_path(next));
}

static void ask_code(struct web_request *req, struct web_reply *reply,
		     const struct access_entry *entry, struct str next)
{
	cookie_set(req, reply, COOKIE_PENDING, str_of(entry->token.c));
	lead_on(reply, "/sign-in/code", next);
}

void enter_go_on(struct web_request *req, struct web_reply *reply, const struct access_entry *entry,
		 struct str next)
{
	if (entry->outcome == ACCESS_IN)
		let_in(req, reply, entry, next);
	else
		ask_code(req, reply, entry, next);
}

/* --- with a password ------------------------------------------------------------------------ */

void sign_in_show(struct web_request *req, struct web_reply *reply)
{
	if (visitor_of(req)->session)
		web_reply_redirect(reply, own_path(web_query(req, "next")));
	else
		sign_in_page(req, reply, (struct fault){0});
}

static void judge(void *ctx)
{
	access_trial_judge(ctx);
}

static void free_trial(struct access_trial *t)
{
	access_trial_free(t);
	free(t);
}

static void answer_sign_in(struct web_request *req, struct web_reply *reply,
			   const struct access_entry *entry)
{
	switch (entry->outcome) {
	case ACCESS_IN:
		let_in(req, reply, entry, web_form(req, "next"));
		break;
	case ACCESS_CODE:
		ask_code(req, reply, entry, web_form(req, "next"));
		break;
	case ACCESS_REFUSED:
		web_reply_status(reply, 422);
		sign_in_page(req, reply,
			     (struct fault){"email",
					    STR("The e-mail address or the password is wrong")});
		break;
	case ACCESS_WAIT:
		sign_in_page(req, reply,
			     (struct fault){"email", wait_words(req, reply, entry->wait_ms)});
		break;
	}
}

static void judged(struct web_request *req, struct web_reply *reply, void *ctx)
{
	AUTO(access_entry_wipe) struct access_entry entry = {.outcome = ACCESS_REFUSED};
	struct access_trial *t = ctx;
	struct err err = {0};

	if (req && access_trial_end(console_of(req)->access, t, &entry, &err))
		answer_sign_in(req, reply, &entry);
	else if (req)
		page_fail(reply, &err);
	free_trial(t);
}

void sign_in_try(struct web_request *req, struct web_reply *reply)
{
	struct access_attempt attempt = {.email = str_trim(web_form(req, "email")),
					 .password = web_form(req, "password"),
					 .client = client_of(req)};
	struct web_task task = {.work = judge, .then = judged};
	struct access_trial *t;
	struct err err = {0};

	if (!form_is_ours(req, reply))
		return;
	if (!attempt.email.n || !attempt.password.n) {
		web_reply_status(reply, 422);
		sign_in_page(req, reply,
			     (struct fault){attempt.email.n ? "password" : "email",
					    STR("Enter your e-mail address and your password")});
		return;
	}
	task.ctx = t = mem_zero(1, sizeof(*t));
	if (!access_trial_begin(console_of(req)->access, &attempt, t, &err)) {
		page_fail(reply, &err);
		free(t);
	} else if (!t->judge) {
		judged(req, reply, t);
	} else if (!web_reply_after(reply, &task)) {
		free_trial(t);
	}
}

/* --- with a code ---------------------------------------------------------------------------- */

void code_show(struct web_request *req, struct web_reply *reply)
{
	if (!cookie_get(req, COOKIE_PENDING).n)
		lead_on(reply, "/sign-in", web_query(req, "next"));
	else
		show_code(req, reply, (struct fault){0});
}

void code_try(struct web_request *req, struct web_reply *reply)
{
	AUTO(access_entry_wipe) struct access_entry entry = {.outcome = ACCESS_REFUSED};
	struct access_code_attempt attempt = {.pending = cookie_get(req, COOKIE_PENDING),
					      .code = str_trim(web_form(req, "code")),
					      .client = client_of(req)};
	struct err err = {0};

	if (!form_is_ours(req, reply))
		return;
	if (!access_code_try(console_of(req)->access, &attempt, &entry, &err)) {
		if (err.code != ERR_DENIED)
			page_fail(reply, &err);
		else
			cookie_set(req, reply, COOKIE_PENDING, STR("")),
				lead_on(reply, "/sign-in", web_form(req, "next"));
	} else if (entry.outcome == ACCESS_IN) {
		let_in(req, reply, &entry, web_form(req, "next"));
	} else if (entry.outcome == ACCESS_WAIT) {
		show_code(req, reply,
			  (struct fault){"code", wait_words(req, reply, entry.wait_ms)});
	} else {
		web_reply_status(reply, 422);
		show_code(req, reply,
			  (struct fault){"code", STR("This code is not right, or the five minutes "
						     "are over: then begin again")});
	}
}

/* --- with a link: looked at by GET, for scanners of mail follow links, used by POST ------- */

static void link_gone(struct web_reply *reply)
{
	web_problem(reply, 410,
		    "this link is no longer good: it was used, replaced by another, or its time is "
		    "over. Whoever sent it can send another");
}

static void show_link(struct web_request *req, struct web_reply *reply, struct fault fault)
{
	static const char *const titles[] = {[ACCESS_INVITATION] = "You are invited",
					     [ACCESS_RESET] = "Choose a new password",
					     [ACCESS_SIGN_IN] = "Sign in",
					     [ACCESS_PENDING] = ""};
	struct link_view v = {.fault = fault, .token = web_param(req, "token")};
	struct frame f;
	struct text *out;
	struct err err = {0};

	if (!access_link_look(console_of(req)->access, v.token, req->arena, &v.link, &err) ||
	    v.link.kind == ACCESS_PENDING) {
		if (err.code == ERR_DENIED || err.code == ERR_NONE)
			link_gone(reply);
		else
			page_fail(reply, &err);
		return;
	}
	out = page_begin(req, reply, titles[v.link.kind], &f);
	f.wrong = fault.text.n > 0;
	v.frame = &f;
	v.until = time_words(req->arena, v.link.until_ms);
	v.chooses = v.link.kind != ACCESS_SIGN_IN;
	page_link(out, &v);
}

void link_show(struct web_request *req, struct web_reply *reply)
{
	show_link(req, reply, (struct fault){0});
}

static void link_refused(struct web_request *req, struct web_reply *reply, const struct err *err)
{
	if (err->code == ERR_DENIED) {
		link_gone(reply);
	} else if (err->code == ERR_INVALID) {
		web_reply_status(reply, 422);
		show_link(req, reply, (struct fault){"password", page_said(req->arena, err)});
	} else {
		page_fail(reply, err);
	}
}

static void judge_choice(void *ctx)
{
	access_choice_judge(ctx);
}

static void free_choice(struct access_choice *c)
{
	access_choice_free(c);
	free(c);
}

static void link_judged(struct web_request *req, struct web_reply *reply, void *ctx)
{
	AUTO(access_entry_wipe) struct access_entry entry = {.outcome = ACCESS_REFUSED};
	struct access_choice *c = ctx;
	struct err err = {0};

	if (!req)
		;
	else if (!access_link_end(console_of(req)->access, c, &entry, &err))
		link_refused(req, reply, &err);
	else if (entry.outcome == ACCESS_CODE)
		ask_code(req, reply, &entry, STR("/"));
	else if (entry.outcome == ACCESS_IN)
		let_in(req, reply, &entry, STR("/"));
	else
		link_gone(reply);
	free_choice(c);
}

void link_use(struct web_request *req, struct web_reply *reply)
{
	struct access_accept accept = {.token = web_param(req, "token"),
				       .password = web_form(req, "password"),
				       .client = client_of(req)};
	struct web_task task = {.work = judge_choice, .then = link_judged};
	struct access_choice *c;
	struct err err = {0};

	if (!form_is_ours(req, reply))
		return;
	task.ctx = c = mem_zero(1, sizeof(*c));
	if (!access_link_begin(console_of(req)->access, &accept, c, &err)) {
		link_refused(req, reply, &err);
		free(c);
	} else if (!c->judge) {
		link_judged(req, reply, c);
	} else if (!web_reply_after(reply, &task)) {
		free_choice(c);
	}
}

void sign_out(struct web_request *req, struct web_reply *reply)
{
	const struct visitor *v = visitor_of(req);
	struct err err = {0};

	if (!form_is_ours(req, reply))
		return;
	if (!access_session_end(console_of(req)->access, v->person, str_of(v->s.id), &err) &&
	    err.code != ERR_NOT_FOUND) {
		page_fail(reply, &err);
		return;
	}
	cookie_set(req, reply, COOKIE_SESSION, STR(""));
	web_reply_redirect(reply, STR("/sign-in"));
}
