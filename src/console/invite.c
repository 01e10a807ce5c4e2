#include "console/sheet.h"

#include "pages.h"

/* Somebody is invited to a post, by who may give it. */

/* Of one's own organisation they can be listed; of more, the page Posts names them. */
static bool fill_posts(struct look *l, struct invite_view *v, struct err *err)
{
	struct posts posts;
	struct post_row *rows;

	if (l->sight.scope != SCOPE_ORGANISATION)
		return true;
	if (!directory_posts(&l->sight.view, l->sight.post.org, &posts, err))
		return false;
	rows = ARENA_ARRAY(l->arena, struct post_row, posts.n + 1);
	for (size_t i = 0; i < posts.n; i++) {
		const struct post *p = &posts.v[i];

		if (p->ended_ms == DIRECTORY_NO_DATE || p->ended_ms > l->now_ms)
			rows[v->nposts++] =
				(struct post_row){p->id, p->title.n ? p->title : p->kind, p->org,
						  str_eq(p->id, web_form(l->req, "post"))};
	}
	v->posts = rows;
	return true;
}

static void invite_page(struct look *l, struct fault fault)
{
	struct invite_view v = {.fault = fault,
				.email = web_form(l->req, "email"),
				.name = web_form(l->req, "name"),
				.post = web_form(l->req, "post")};
	struct err err = {0};
	struct frame f;
	struct text *out;

	if (!fill_posts(l, &v, &err)) {
		look_fail(l, &err);
		return;
	}
	v.said = look_said(l);
	out = look_page(
		l,
		&(struct look_page){.title = "Invite somebody", .here = "/people", .fault = &fault},
		&f);
	v.frame = &f;
	page_invite(out, &v);
}

/* No e-mail is set: the link is shown this once, to be passed on. */
static void link_page(struct look *l, struct str token)
{
	struct invite_view v = {.email = web_form(l->req, "email"),
				.name = web_form(l->req, "name"),
				.link = arena_fmt(l->arena, "%.*s/link/%.*s",
						  STR_FMT(console_address(l->req)),
						  STR_FMT(token))};
	struct frame f;
	struct text *out =
		look_page(l, &(struct look_page){.title = "An invitation", .here = "/people"}, &f);

	v.frame = &f;
	web_reply_secret(l->reply);
	page_invited(out, &v);
}

/* Of the post's own organisation; a national or regional one's right reaches further. */
static bool may_invite(struct look *l)
{
	struct err err = {0};

	if (look_may(l, "post.write", l->sight.post.org))
		return true;
	(void)err_set(&err, ERR_DENIED, "the post %.*s may not (it takes the right post.write)",
		      STR_FMT(l->sight.post.id));
	return look_fail(l, &err);
}

void invite_show(struct web_request *req, struct web_reply *reply)
{
	struct look l;

	if (look_begin(req, reply, &l) && may_invite(&l))
		invite_page(&l, (struct fault){0});
}

static bool is_filled(struct look *l, struct fault *ret)
{
	static const struct {
		const char *field, *missing;
	} fields[] = {{"email", "Say their e-mail address"},
		      {"name", "Say their name"},
		      {"post", "Say which post they are to hold"}};

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (str_trim(web_form(l->req, fields[i].field)).n)
			continue;
		*ret = (struct fault){fields[i].field, str_of(fields[i].missing)};
		return false;
	}
	return true;
}

void invite_do(struct web_request *req, struct web_reply *reply)
{
	struct words w = {.v = {"person", "invite"}, .n = 2};
	struct err err = {0};
	struct fault fault;
	struct str said;
	struct look l;

	if (!form_is_ours(req, reply) || !look_begin(req, reply, &l) || !may_invite(&l))
		return;
	if (!is_filled(&l, &fault)) {
		invite_page(&l, fault);
		return;
	}
	words_option(&l, &w, "--post", str_trim(web_form(req, "post")));
	words_add(&w, "--");
	words_argument(&l, &w, str_trim(web_form(req, "email")));
	words_argument(&l, &w, str_trim(web_form(req, "name")));
	if (!look_run(&l, &w, NULL, &said, &err)) {
		if (is_outage(&err))
			look_fail(&l, &err);
		else
			invite_page(&l, (struct fault){"email", page_said(l.arena, &err)});
	} else if (str_starts(said, STR("an invitation goes"))) {
		look_done(&l, STR("/people/invite"), said);
	} else {
		link_page(&l, said);
	}
}
