#include "console/inner.h"

#include "base/mem.h"
#include "notify/notify.h"
#include "pages.h"

/* What somebody looks after of their own. */

enum { DAYS_DEFAULT = 90 };

/* --- the page ---------------------------------------------------------------------------- */

static bool read_sessions(struct web_request *req, struct account_view *v, struct err *err)
{
	const struct visitor *who = visitor_of(req);
	struct access_sessions open = {0};
	struct session_row *rows;

	if (!access_sessions(console_of(req)->access, who->person, req->arena, &open, err))
		return false;
	rows = ARENA_ARRAY(req->arena, struct session_row, open.n + 1);
	for (size_t i = 0; i < open.n; i++) {
		const struct access_session *s = &open.v[i];

		rows[i] = (struct session_row){
			.id = str_of(s->id),
			.address = s->address.n ? s->address : STR("this machine"),
			.agent = s->agent.n ? s->agent : STR("not said"),
			.seen = time_words(req->arena, s->seen_ms),
			.made = time_words(req->arena, s->made_ms),
			.now = hash_eq(&s->key, &who->s.key),
		};
	}
	v->sessions = rows;
	v->nsessions = open.n;
	return true;
}

static bool read_tokens(struct web_request *req, struct account_view *v, struct err *err)
{
	struct access_tokens all = {0};
	struct token_row *rows;

	if (!access_tokens(console_of(req)->access, visitor_of(req)->person, req->arena, &all, err))
		return false;
	rows = ARENA_ARRAY(req->arena, struct token_row, all.n + 1);
	for (size_t i = 0; i < all.n; i++) {
		const struct access_token *t = &all.v[i];

		rows[i] = (struct token_row){
			.id = str_of(t->id),
			.name = t->name,
			.scope = str_of(access_scope_name(t->scope)),
			.org = t->org,
			.post = t->post,
			.until = time_words(req->arena, t->until_ms),
			.used = time_words(req->arena, t->used_ms),
		};
	}
	v->tokens = rows;
	v->ntokens = all.n;
	return true;
}

void account_page(struct web_request *req, struct web_reply *reply, const struct fault *fault)
{
	struct account_view v = {.fault = fault ? *fault : (struct fault){0}};
	struct frame f;
	struct text *out;
	struct err err = {0};

	if (!access_person_get(console_of(req)->access, visitor_of(req)->email, req->arena,
			       &v.person, &err) ||
	    !read_sessions(req, &v, &err) || !read_tokens(req, &v, &err)) {
		page_fail(reply, &err);
		return;
	}
	out = page_begin(req, reply, "Your account", &f);
	f.here = STR("/account");
	f.wrong = v.fault.text.n > 0;
	v.frame = &f;
	if (f.wrong)
		web_reply_status(reply, 422);
	page_account(out, &v);
}

void account_show(struct web_request *req, struct web_reply *reply)
{
	account_page(req, reply, NULL);
}

/* Back to the page, or what is wrong. */
static void conclude(struct web_request *req, struct web_reply *reply, const char *field,
		     const struct err *err)
{
	struct fault fault = {field, page_said(req->arena, err)};

	if (err->code == ERR_NONE)
		web_reply_redirect(reply, STR("/account"));
	else if (is_outage(err))
		page_fail(reply, err);
	else
		account_page(req, reply, &fault);
}

/* --- proving who one is, again ------------------------------------------------------------ */

struct proof {
	struct access_trial trial;
	proved_fn *then;
};

static void judge(void *ctx)
{
	struct proof *p = ctx;

	access_trial_judge(&p->trial);
}

static void judged(struct web_request *req, struct web_reply *reply, void *ctx)
{
	AUTO(access_entry_wipe) struct access_entry entry = {.outcome = ACCESS_REFUSED};
	struct fault wrong = {"current", STR("The password that you have now is another")};
	struct fault late = {"current", STR("Too many attempts: try again later")};
	struct proof *p = ctx;
	struct err err = {0};

	if (!req)
		;
	else if (!access_trial_end(console_of(req)->access, &p->trial, &entry, &err))
		page_fail(reply, &err);
	else if (entry.outcome == ACCESS_IN)
		p->then(req, reply);
	else
		account_page(req, reply, entry.outcome == ACCESS_WAIT ? &late : &wrong);
	access_trial_free(&p->trial);
	free(p);
}

void when_proved(struct web_request *req, struct web_reply *reply, proved_fn *then)
{
	struct access_attempt attempt = {.email = visitor_of(req)->email,
					 .password = web_form(req, "current"),
					 .client = client_of(req),
					 .only_check = true};
	struct web_task task = {.work = judge, .then = judged};
	struct proof *p;
	struct err err = {0};

	if (!form_is_ours(req, reply))
		return;
	task.ctx = p = mem_zero(1, sizeof(*p));
	p->then = then;
	if (!access_trial_begin(console_of(req)->access, &attempt, &p->trial, &err)) {
		page_fail(reply, &err);
		free(p);
	} else if (!p->trial.judge) {
		judged(req, reply, p);
	} else if (!web_reply_after(reply, &task)) {
		access_trial_free(&p->trial);
		free(p);
	}
}

static void hash_password(void *ctx)
{
	access_choice_judge(ctx);
}

static void hashed(struct web_request *req, struct web_reply *reply, void *ctx)
{
	struct access_choice *c = ctx;
	struct err err = {0};

	if (req) {
		if (!access_password_end(console_of(req)->access, c, &visitor_of(req)->s.key, &err))
			assert(err.code != ERR_NONE);
		conclude(req, reply, "password", &err);
	}
	access_choice_free(c);
	free(c);
}

static void set_password(struct web_request *req, struct web_reply *reply)
{
	struct access_choice *c = mem_zero(1, sizeof(*c));
	struct web_task task = {.work = hash_password, .then = hashed, .ctx = c};
	struct err err = {0};

	if (!access_password_begin(console_of(req)->access, visitor_of(req)->person,
				   web_form(req, "password"), c, &err)) {
		conclude(req, reply, "password", &err);
		free(c);
	} else if (!web_reply_after(reply, &task)) {
		access_choice_free(c);
		free(c);
	}
}

void password_change(struct web_request *req, struct web_reply *reply)
{
	when_proved(req, reply, set_password);
}

/* --- sessions ------------------------------------------------------------------------------- */

void session_end(struct web_request *req, struct web_reply *reply)
{
	struct err err = {0};

	if (!form_is_ours(req, reply))
		return;
	/* One that has ended meanwhile is what was wanted. */
	if (!access_session_end(console_of(req)->access, visitor_of(req)->person,
				web_form(req, "id"), &err) &&
	    err.code == ERR_NOT_FOUND)
		err = (struct err){0};
	conclude(req, reply, "main", &err);
}

void sessions_end(struct web_request *req, struct web_reply *reply)
{
	const struct visitor *who = visitor_of(req);
	struct err err = {0};

	if (!form_is_ours(req, reply))
		return;
	if (!access_sessions_end(console_of(req)->access, who->person, &who->s.key, NULL, &err))
		assert(err.code != ERR_NONE);
	conclude(req, reply, "main", &err);
}

/* --- tokens --------------------------------------------------------------------------------- */

static bool read_wish(struct web_request *req, struct access_token *ret, struct fault *fault)
{
	struct str scope = web_form(req, "scope"), days = str_trim(web_form(req, "days"));
	struct console *k = console_of(req);
	uint64_t n = DAYS_DEFAULT;
	unsigned s = ACCESS_READ;

	while (s <= ACCESS_INVENTORY && !str_is(scope, access_scope_name((enum access_scope)s)))
		s++;
	*fault = (struct fault){"token-name", STR("Say what the token is for")};
	if (!str_trim(web_form(req, "name")).n)
		return false;
	*fault = (struct fault){"token-scope", STR("Choose what the token may do")};
	if (s > ACCESS_INVENTORY)
		return false;
	*fault = (struct fault){"token-days", STR("A token is good for 1 to 365 days")};
	if ((days.n && !str_to_u64(days, &n)) || !n || n > ACCESS_TOKEN_DAYS)
		return false;
	*ret = (struct access_token){
		.person = visitor_of(req)->person,
		.name = str_trim(web_form(req, "name")),
		.scope = (enum access_scope)s,
		.org = s == ACCESS_INVENTORY ? str_trim(web_form(req, "org")) : (struct str){0},
		.post = visitor_of(req)->post,
		.until_ms = acts_now_ms(k->acts) + (int64_t)n * MS_PER_DAY,
	};
	return true;
}

static void make_token(struct web_request *req, struct web_reply *reply)
{
	AUTO(access_wipe) struct access_secret secret = {{0}};
	struct access_token wish;
	struct fault fault;
	struct err err = {0};
	struct frame f;
	struct str one;
	struct once_view v = {.words =
				      STR("This is your token. It is shown this once: put it where "
					  "the program finds it."),
			      .v = &one,
			      .n = 1};

	if (!read_wish(req, &wish, &fault)) {
		account_page(req, reply, &fault);
	} else if (!access_token_make(console_of(req)->access, &wish, &secret, &err)) {
		conclude(req, reply, "token-org", &err);
	} else {
		struct text *out = page_begin(req, reply, "Your token", &f);

		one = str_of(secret.c);
		v.frame = &f;
		web_reply_secret(reply);
		page_once(out, &v);
	}
}

void token_make(struct web_request *req, struct web_reply *reply)
{
	when_proved(req, reply, make_token);
}

/* --- addresses of feeds ------------------------------------------------------------------------
 */

struct str console_address(struct web_request *req)
{
	struct console *k = console_of(req);
	const struct notify_config config = {.journal = acts_journal(k->acts),
					     .store = acts_store(k->acts),
					     .clock = &k->config->clock,
					     .service = k->service};
	AUTO(notify_closep) struct notify *n = NULL;
	struct str said = {0};
	struct err none = {0};

	if (notify_open(&config, &n, &none) && notify_console_get(n, req->arena, &said, &none) &&
	    said.n)
		return said;
	return req->host.n ? arena_fmt(req->arena, "%s://%.*s", req->tls ? "https" : "http",
				       STR_FMT(req->host))
			   : (struct str){0};
}

/* Both feeds by one token, which is good for reading alone. */
static void make_feeds(struct web_request *req, struct web_reply *reply)
{
	AUTO(access_wipe) struct access_secret secret = {{0}};
	struct console *k = console_of(req);
	const struct access_token wish = {.person = visitor_of(req)->person,
					  .name = STR("calendar and feeds"),
					  .scope = ACCESS_READ,
					  .post = visitor_of(req)->post,
					  .until_ms = acts_now_ms(k->acts) +
						      ACCESS_TOKEN_DAYS * MS_PER_DAY};
	struct str at = console_address(req), both[2];
	struct once_view v = {
		.words = STR(
			"Put the first into your calendar, the second into a feed reader. Who has "
			"an address reads what your post reads there, so pass it on to nobody. "
			"They are shown this once, are good for a year, and end when you revoke "
			"the token \"calendar and feeds\" on your account."),
		.v = both,
		.n = ARRAY_LEN(both)};
	struct err err = {0};
	struct frame f;
	struct text *out;

	if (!access_token_make(k->access, &wish, &secret, &err)) {
		conclude(req, reply, "feeds-current", &err);
		return;
	}
	both[0] = arena_fmt(req->arena, "%.*s/feeds/duties.ics?token=%s", STR_FMT(at), secret.c);
	both[1] = arena_fmt(req->arena, "%.*s/feeds/alerts.atom?token=%s", STR_FMT(at), secret.c);
	out = page_begin(req, reply, "Addresses of your feeds", &f);
	v.frame = &f;
	web_reply_secret(reply);
	page_once(out, &v);
}

void feeds_make(struct web_request *req, struct web_reply *reply)
{
	when_proved(req, reply, make_feeds);
}

void token_end(struct web_request *req, struct web_reply *reply)
{
	struct access *a = console_of(req)->access;
	struct str id = web_form(req, "id");
	struct access_tokens own = {0};
	struct err err = {0};

	if (!form_is_ours(req, reply))
		return;
	if (!access_tokens(a, visitor_of(req)->person, req->arena, &own, &err)) {
		page_fail(reply, &err);
		return;
	}
	/* Only one's own. */
	for (size_t i = 0; i < own.n; i++)
		if (str_is(id, own.v[i].id) && !access_token_end(a, id, &err) &&
		    err.code == ERR_NOT_FOUND)
			err = (struct err){0};
	conclude(req, reply, "main", &err);
}
