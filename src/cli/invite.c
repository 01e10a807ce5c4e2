#include "cli/person.h"

#include "cli/member.h"
#include "cli/outbox.h"

/*
 * A post invites somebody to a post: who may give it says so in the journal, as person.add and
 * post.hold, and only then may they sign in.  Nobody who signs in already is invited: a link for
 * them would let the inviter in as them.
 */

/* The same for the same address, so that asking again makes nobody twice. */
static struct str person_slug(struct cli *c, struct str email)
{
	enum { LOCAL_MOST = 40, HASH_DIGITS = 8 };
	AUTO(text_freep) struct text small = {0}, slug = {0};
	char hex[HASH_HEX_BYTES];
	struct hash hash;

	for (size_t i = 0; i < email.n; i++)
		text_add_char(&small, char_lower(email.p[i]));
	hash = hash_of(text_str(&small));
	for (size_t i = 0; i < small.n && small.p[i] != '@' && i < LOCAL_MOST; i++)
		if (char_is_alpha(small.p[i]) || char_is_digit(small.p[i]))
			text_add_char(&slug, small.p[i]);
	text_addf(&slug, "%s%.*s", slug.n ? "-" : "p-", HASH_DIGITS, hash_hex(&hash, hex).p);
	return arena_str(c->arena, text_str(&slug));
}

struct invite {
	struct cli *cli;
	struct acts *acts;
	const struct access_invitation *in;
	struct str person;
};

static bool act(struct invite *v, const char *name, const struct text *body, struct err *err)
{
	return acts_do(v->acts, &(struct act_request){.act = name, .body = text_str(body)}, NULL,
		       err);
}

static bool make_known(struct invite *v, struct str org, struct err *err)
{
	AUTO(text_freep) struct text body = {0};
	struct json_out *o = json_out_open(&body);

	json_out_object(o);
	member_str(o, "person", v->person);
	member_str(o, "name", v->in->name);
	member_str(o, "email", v->in->email);
	member_str(o, "org", org);
	json_out_end(o);
	return json_out_close(o, err) && act(v, "person.add", &body, err);
}

static bool give(struct invite *v, const struct post *post, struct err *err)
{
	AUTO(text_freep) struct text body = {0};
	struct json_out *o = json_out_open(&body);

	json_out_object(o);
	member_str(o, "post", post->id);
	member_str(o, "person", v->person);
	member_stamp(o, "from", acts_now_ms(v->acts));
	member_str(o, "org", post->org);
	json_out_end(o);
	return json_out_close(o, err) && act(v, "post.hold", &body, err);
}

static bool give_all(struct invite *v, struct err *err)
{
	const struct directory_view dv = {acts_store(v->acts), v->cli->arena, acts_now_ms(v->acts)};

	for (size_t i = 0; i < v->in->nposts; i++) {
		struct post post;

		if (!directory_post_get(&dv, v->in->posts[i], &post, err))
			return false;
		if (post.ended_ms != DIRECTORY_NO_DATE && post.ended_ms <= dv.at_ms)
			return err_set(err, ERR_CONFLICT, "%.*s has ended", STR_FMT(post.id));
		if ((!i && !make_known(v, post.org, err)) || !give(v, &post, err))
			return false;
	}
	return true;
}

static bool record(struct invite *v, struct err *err)
{
	if (!acts_begin(v->acts, err))
		return false;
	if (give_all(v, err))
		return acts_commit(v->acts, err);
	acts_rollback(v->acts);
	return false;
}

static bool is_new(struct access *access, struct cli *c, struct str email, struct err *err)
{
	struct access_person there;

	if (access_person_get(access, email, c->arena, &there, err))
		return err_set(err, ERR_EXISTS,
			       "somebody signs in by that address already: who holds the machine "
			       "gives them the post") ||
		       err_hint(err, " (lynchpin person posts)");
	if (err->code != ERR_NOT_FOUND)
		return false;
	*err = (struct err){0};
	return true;
}

static bool tell(struct invite *v, struct access *access, struct err *err)
{
	AUTO(access_wipe) struct access_secret token = {{0}};
	AUTO(notify_closep) struct notify *n = NULL;
	struct cli *c = v->cli;
	struct notify_invitation mail = {.recipient = str_trim(v->in->email)};
	bool goes = false;

	mail.until_ms = acts_now_ms(v->acts) +
			(v->in->life_ms ? v->in->life_ms : PERSON_INVITATION_DAYS * MS_PER_DAY);
	if (!access_invite(access, v->in, &token, err) || !outbox_open(c, v->acts, false, &n, err))
		return false;
	mail.token = str_of(token.c);
	if (!notify_invite(n, &mail, &goes, err))
		return false;
	if (!goes)
		return person_tell(c,
				   &(struct person_told){.what = "invitation for",
							 .who = v->in->email,
							 .until_ms = mail.until_ms,
							 .token = token.c,
							 .link = true},
				   err);
	text_addf(&c->out, "an invitation goes by e-mail to %.*s\n", STR_FMT(v->in->email));
	return true;
}

bool person_invite_as(struct cli *c, const struct access_invitation *in, struct err *err)
{
	AUTO(person_gate_close) struct person_gate g = {0};
	struct invite v = {.cli = c, .in = in};

	if (!in->nposts)
		return err_set(err, ERR_USAGE, "to which post? --post POST");
	/* Before anything is recorded. */
	if (!access_invitable(in->email, in->name, err) || !person_gate_as(c, &g, err) ||
	    !is_new(g.access, c, in->email, err))
		return false;
	v.acts = g.acts;
	v.person = person_slug(c, str_trim(in->email));
	return record(&v, err) && tell(&v, g.access, err);
}
