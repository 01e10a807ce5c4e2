#include "console/national.h"

#include "wire/wire.h"

void home_show(struct web_request *req, struct web_reply *reply)
{
	struct look l;

	if (!look_begin(req, reply, &l))
		return;
	if (l.sight.scope == SCOPE_ORGANISATION)
		own_show(&l);
	else
		national_show(&l);
}

/* Whose token is this, and what is it good for?  A session's script learns here what its writes
 * have to show, as a form would. */
void me_show(struct web_request *req, struct web_reply *reply)
{
	const struct visitor *who = visitor_of(req);
	struct text *out = web_reply_body(reply, "application/json");
	struct json_out *o = json_out_open(out);
	struct access_secret csrf;
	struct err err = {0};

	json_out_object(o);
	json_out_key(o, "email");
	json_out_str(o, who->email);
	json_out_key(o, "post");
	json_out_str(o, who->post);
	json_out_key(o, "scope");
	json_out_str(o, who->token ? str_of(access_scope_name(who->t.scope)) : STR("session"));
	if (who->session) {
		access_csrf(console_of(req)->access, hash_str(&who->s.key), &csrf);
		json_out_key(o, "csrf");
		json_out_str(o, str_of(csrf.c));
	}
	json_out_end(o);
	if (!json_out_close(o, &err))
		page_fail(reply, &err);
	web_reply_secret(reply);
}
