#include "console/inner.h"

#include "pages.h"

/* Choosing the post that somebody acts in. */

static void show(struct web_request *req, struct web_reply *reply, struct fault fault)
{
	struct console *k = console_of(req);
	const struct visitor *who = visitor_of(req);
	struct posts posts = {0};
	struct post_view v = {.fault = fault};
	struct post_row *rows;
	struct frame f;
	struct text *out;
	struct err err = {0};

	if (!access_posts(k->access, who->person, req->arena, &posts, &err)) {
		page_fail(reply, &err);
		return;
	}
	rows = ARENA_ARRAY(req->arena, struct post_row, posts.n + 1);
	for (size_t i = 0; i < posts.n; i++) {
		const struct post *p = &posts.v[i];

		if (p->kind.n) /* the directory no longer knows the others */
			rows[v.n++] = (struct post_row){p->id, p->title.n ? p->title : p->kind,
							p->org, str_eq(p->id, who->post)};
	}
	out = page_begin(req, reply, "Choose the post you act in", &f);
	f.wrong = fault.text.n > 0;
	v.frame = &f;
	v.v = rows;
	v.next = req->method == WEB_POST ? web_form(req, "next") : web_query(req, "next");
	page_posts(out, &v);
}

void post_show(struct web_request *req, struct web_reply *reply)
{
	show(req, reply, (struct fault){0});
}

void post_choose(struct web_request *req, struct web_reply *reply)
{
	struct str post = web_form(req, "post");
	struct err err = {0};

	if (!form_is_ours(req, reply))
		return;
	if (post.n &&
	    access_session_act_as(console_of(req)->access, &visitor_of(req)->s, post, &err)) {
		web_reply_redirect(reply, own_path(web_form(req, "next")));
	} else if (!post.n || err.code == ERR_DENIED || err.code == ERR_NOT_FOUND) {
		web_reply_status(reply, 422);
		show(req, reply, (struct fault){"post-0", STR("Choose one of your posts")});
	} else {
		page_fail(reply, &err);
	}
}
