#include "cli/person.h"

#include "cli/member.h"

/* Who may sign in: people, their posts and the links that let them in. */

void person_gate_close(struct person_gate *g)
{
	if (g->access)
		access_close(g->access);
	if (g->acts)
		acts_close(g->acts);
}

static bool open_access(struct cli *c, enum acts_mode mode, struct person_gate *g, struct err *err)
{
	AUTO(site_key_closep) struct site_key *key = NULL;
	AUTO(text_freep) struct text path = {0};
	struct access_config config = {.store = acts_store(g->acts), .clock = &c->clock};

	site_key_path(store_place(config.store), &path);
	if (!acts_service_name(g->acts, c->arena, &config.service, err) ||
	    (mode != ACTS_READ && !site_key_open(text_c(&path), &key, err)))
		return false;
	config.key = key;
	return access_open(&config, &g->access, err);
}

bool person_gate_as(struct cli *c, struct person_gate *ret, struct err *err)
{
	struct person_gate g = {0};

	if (!cli_open(c, ACTS_WRITE, &g.acts, err) || !open_access(c, ACTS_WRITE, &g, err)) {
		person_gate_close(&g);
		return false;
	}
	*ret = g;
	return true;
}

bool person_gate_open(struct cli *c, enum acts_mode mode, struct person_gate *ret, struct err *err)
{
	struct person_gate g = {0};

	if (cli_opt(c, "--as"))
		return err_set(err, ERR_DENIED,
			       "who may sign in is for who holds the store to say, in no post (the "
			       "same without --as)");
	if (!cli_open(c, mode, &g.acts, err) || !open_access(c, mode, &g, err)) {
		person_gate_close(&g);
		return false;
	}
	c->writes = false; /* nothing was recorded from which evidence could follow */
	*ret = g;
	return true;
}

bool person_of(struct cli *c, const struct person_gate *g, struct access_person *ret,
	       struct err *err)
{
	return access_person_get(g->access, cli_arg(c, 0), c->arena, ret, err);
}

static bool tell_json(struct cli *c, const struct person_told *told, struct err *err)
{
	struct json_out *o = json_out_open(&c->out);

	json_out_object(o);
	member_str(o, "for", told->who);
	member_str(o, "token", str_of(told->token));
	member_stamp(o, "until", told->until_ms);
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	text_add_char(&c->out, '\n');
	return true;
}

bool person_tell(struct cli *c, const struct person_told *told, struct err *err)
{
	char stamp[STAMP_BYTES];

	if (c->json)
		return tell_json(c, told, err);
	text_addf(&c->out, "%s %.*s", told->what, STR_FMT(told->who));
	if (told->until_ms)
		text_addf(&c->out, ", until %.16sZ", stamp_format(told->until_ms, stamp).p);
	text_addf(&c->out, "; it is shown this once%s:\n%s\n",
		  told->link ? ", and opens as the console's address, /link/ and this" : "",
		  told->token);
	return true;
}

/* --- inviting ------------------------------------------------------------------------ */

static const struct cli_option invite_options[] = {
	{"--post", "POST...", "a post of the directory that is held; again for another"},
	{"--hours", "N", "how long the invitation is good (else 168)"},
	{NULL, NULL, NULL},
};

static bool hours_of(const struct cli *c, const char *option, int64_t unit_ms, int64_t *ret_ms,
		     struct err *err)
{
	uint64_t n;

	if (!cli_opt_u64(c, option, 0, &n, err))
		return false;
	if (cli_opt(c, option) && (!n || n > (uint64_t)(30 * MS_PER_DAY / unit_ms)))
		return err_set(err, ERR_USAGE, "%s takes at least 1, and at most 30 days' worth",
			       option);
	*ret_ms = (int64_t)n * unit_ms;
	return true;
}

static bool invite_run(struct cli *c, struct err *err)
{
	AUTO(person_gate_close) struct person_gate g = {0};
	AUTO(access_wipe) struct access_secret token = {{0}};
	struct str *posts = arena_zero(c->arena, c->ngiven + 1, sizeof(*posts));
	struct access_invitation in = {
		.email = cli_arg(c, 0), .name = cli_arg(c, 1), .posts = posts};
	struct person_told told = {
		.what = "invitation for", .who = in.email, .token = token.c, .link = true};

	for (const char *p; (p = cli_opt_at(c, "--post", (unsigned)in.nposts));)
		posts[in.nposts++] = str_of(p);
	if (!hours_of(c, "--hours", MS_PER_HOUR, &in.life_ms, err))
		return false;
	if (cli_opt(c, "--as"))
		return person_invite_as(c, &in, err);
	if (!person_gate_open(c, ACTS_WRITE, &g, err) || !access_invite(g.access, &in, &token, err))
		return false;
	told.until_ms = acts_now_ms(g.acts) +
			(in.life_ms ? in.life_ms : PERSON_INVITATION_DAYS * MS_PER_DAY);
	return person_tell(c, &told, err);
}

static const struct cli_option link_options[] = {
	{"--kind", "KIND", "invitation, reset (the default) or sign-in"},
	{"--minutes", "N", "how long it is good (else 7 days, 24 hours, 1 hour)"},
	{NULL, NULL, NULL},
};

static bool link_run(struct cli *c, struct err *err)
{
	static const struct {
		const char *word, *what;
		int64_t life_ms;
	} kinds[] = {{"invitation", "invitation for", 7 * MS_PER_DAY},
		     {"reset", "link to choose a password for", MS_PER_DAY},
		     {"sign-in", "sign-in link for", MS_PER_HOUR}};
	AUTO(person_gate_close) struct person_gate g = {0};
	AUTO(access_wipe) struct access_secret token = {{0}};
	const char *word = cli_opt(c, "--kind") ? cli_opt(c, "--kind") : "reset";
	struct access_link_wish wish;
	struct access_person p;
	size_t kind = 0;

	while (kind < ARRAY_LEN(kinds) && strcmp(word, kinds[kind].word) != 0)
		kind++;
	if (kind == ARRAY_LEN(kinds))
		return err_set(err, ERR_USAGE,
			       "\"%s\" is no kind of link: invitation, reset, sign-in", word);
	wish.kind = (enum access_link_kind)kind;
	if (!hours_of(c, "--minutes", 60 * MS_PER_SECOND, &wish.life_ms, err) ||
	    !person_gate_open(c, ACTS_WRITE, &g, err) || !person_of(c, &g, &p, err))
		return false;
	wish.person = p.id;
	return access_link_make(g.access, &wish, &token, err) &&
	       person_tell(c,
			   &(struct person_told){
				   .link = true,
				   .what = kinds[kind].what,
				   .who = p.email,
				   .until_ms = acts_now_ms(g.acts) +
					       (wish.life_ms ? wish.life_ms : kinds[kind].life_ms),
				   .token = token.c},
			   err);
}

/* --- looking ------------------------------------------------------------------------- */

static const struct column person_columns[] = {
	{"email", "e-mail", false},	   {"name", "name", false},
	{"state", "state", false},	   {"posts", "posts", false},
	{"password", NULL, false},	   {"second_factor", "2nd factor", false},
	{"recovery_codes", NULL, true},	   {"made", NULL, false},
	{"signed_in", "signed in", false}, {NULL, NULL, false},
};

static bool add_person(struct cli *c, struct listing *l, const struct person_gate *g,
		       const struct access_person *p, struct err *err)
{
	AUTO(text_freep) struct text ids = {0};
	struct posts posts;

	if (!access_posts(g->access, p->id, c->arena, &posts, err))
		return false;
	for (size_t i = 0; i < posts.n; i++)
		text_addf(&ids, "%s%.*s", i ? " " : "", STR_FMT(posts.v[i].id));
	listing_text(l, p->email);
	listing_text(l, p->name);
	listing_text(l, str_of(access_state_name(p->state)));
	listing_words(l, arena_str(c->arena, text_str(&ids)));
	listing_bool(l, p->password);
	listing_bool(l, p->second);
	listing_int(l, p->recovery);
	listing_stamp(l, p->made_ms);
	listing_stamp(l, p->signed_in_ms);
	return true;
}

static bool end_listing(struct listing **l, const char *empty, struct err *err)
{
	struct listing *done = *l;

	*l = NULL;
	return listing_end(done, empty, err);
}

static bool list_run(struct cli *c, struct err *err)
{
	AUTO(person_gate_close) struct person_gate g = {0};
	AUTO(listing_dropp) struct listing *l = NULL;
	struct access_people all;

	if (!person_gate_open(c, ACTS_READ, &g, err) ||
	    !access_people(g.access, c->arena, &all, err))
		return false;
	l = listing_begin(c, "people", person_columns);
	for (size_t i = 0; i < all.n; i++)
		if (!add_person(c, l, &g, &all.v[i], err))
			return false;
	return end_listing(&l, "Nobody may sign in yet; lynchpin person invite lets somebody.",
			   err);
}

/* A post with what the directory says of it today. */
static void add_post(struct listing *l, const struct post *p, int64_t now_ms)
{
	bool ended = p->ended_ms != DIRECTORY_NO_DATE && p->ended_ms <= now_ms;

	listing_text(l, p->id);
	listing_text(l, p->kind);
	listing_text(l, p->org);
	listing_text(l, p->title);
	listing_text(l, !p->kind.n ? STR("unknown") : ended ? STR("ended") : STR("open"));
}

static bool show_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"post", "post", false},	{"kind", "kind", false},
		{"org", "organisation", false}, {"title", "title", false},
		{"state", "state", false},	{NULL, NULL, false},
	};
	AUTO(person_gate_close) struct person_gate g = {0};
	AUTO(listing_dropp) struct listing *l = NULL;
	struct access_person p;
	struct posts posts;

	if (!person_gate_open(c, ACTS_READ, &g, err) || !person_of(c, &g, &p, err) ||
	    !access_posts(g.access, p.id, c->arena, &posts, err))
		return false;
	l = listing_begin(c, "posts", columns);
	listing_note(l, "email", p.email);
	listing_note(l, "name", p.name);
	listing_note(l, "state", str_of(access_state_name(p.state)));
	listing_note_bool(l, "password", p.password);
	listing_note_bool(l, "second_factor", p.second);
	listing_note_int(l, "recovery_codes", p.recovery);
	if (!c->json && !c->csv)
		text_addf(&c->out,
			  "%.*s, %.*s: %s; password %s; second factor %s, %u recovery "
			  "codes left\n",
			  STR_FMT(p.name), STR_FMT(p.email), access_state_name(p.state),
			  p.password ? "chosen" : "none", p.second ? "on" : "off", p.recovery);
	for (size_t i = 0; i < posts.n; i++)
		add_post(l, &posts.v[i], acts_now_ms(g.acts));
	return end_listing(&l, "No posts.", err);
}

/* --- changing ------------------------------------------------------------------------ */

static bool disable_run(struct cli *c, struct err *err)
{
	AUTO(person_gate_close) struct person_gate g = {0};
	struct access_person p;

	if (!person_gate_open(c, ACTS_WRITE, &g, err) || !person_of(c, &g, &p, err) ||
	    !access_disable(g.access, p.id, err))
		return false;
	text_addf(&c->out, "%.*s can no longer sign in; sessions and links have ended\n",
		  STR_FMT(p.email));
	return true;
}

static bool enable_run(struct cli *c, struct err *err)
{
	AUTO(person_gate_close) struct person_gate g = {0};
	struct access_person p;

	if (!person_gate_open(c, ACTS_WRITE, &g, err) || !person_of(c, &g, &p, err) ||
	    !access_enable(g.access, p.id, err) || !person_of(c, &g, &p, err))
		return false;
	text_addf(&c->out, "%.*s is %s\n", STR_FMT(p.email), access_state_name(p.state));
	return true;
}

static const struct cli_option change_options[] = {
	{"--email", "ADDRESS", "another; links sent to the old one are void"},
	{"--name", "NAME", "another"},
	{NULL, NULL, NULL},
};

static bool change_run(struct cli *c, struct err *err)
{
	AUTO(person_gate_close) struct person_gate g = {0};
	struct str email = str_of(cli_opt(c, "--email")), name = str_of(cli_opt(c, "--name"));
	struct access_person p;

	if (!email.n && !name.n)
		return err_set(err, ERR_USAGE, "say another --email or --name");
	if (!person_gate_open(c, ACTS_WRITE, &g, err) || !person_of(c, &g, &p, err) ||
	    !access_person_change(g.access, p.id, email, name, err))
		return false;
	text_addf(&c->out, "%.*s is %.*s, %.*s\n", STR_FMT(p.email),
		  STR_FMT(name.n ? name : p.name), STR_FMT(email.n ? str_trim(email) : p.email));
	return true;
}

static const struct cli_option posts_options[] = {
	{"--give", "POST...", "is held from now on; again for another"},
	{"--take", "POST...", "is no longer; again for another"},
	{NULL, NULL, NULL},
};

static bool posts_run(struct cli *c, struct err *err)
{
	AUTO(person_gate_close) struct person_gate g = {0};
	struct access_person p;
	struct posts posts;
	const char *post;

	if (!cli_opt(c, "--give") && !cli_opt(c, "--take"))
		return err_set(err, ERR_USAGE, "--give or --take a post");
	if (!person_gate_open(c, ACTS_WRITE, &g, err) || !person_of(c, &g, &p, err))
		return false;
	for (unsigned i = 0; (post = cli_opt_at(c, "--take", i)); i++)
		if (!access_post_take(g.access, p.id, str_of(post), err))
			return false;
	for (unsigned i = 0; (post = cli_opt_at(c, "--give", i)); i++)
		if (!access_post_give(g.access, p.id, str_of(post), err))
			return false;
	if (!access_posts(g.access, p.id, c->arena, &posts, err))
		return false;
	text_addf(&c->out, "%.*s holds", STR_FMT(p.email));
	for (size_t i = 0; i < posts.n; i++)
		text_addf(&c->out, "%s %.*s", i ? "," : "", STR_FMT(posts.v[i].id));
	text_add(&c->out, posts.n ? STR("\n") : STR(" no post\n"));
	return true;
}

const struct command person_commands[] = {
	{"person", "invite", "EMAIL NAME", "Let somebody sign in: prints an invitation.", 2, 2,
	 invite_options, invite_run},
	{"person", "list", NULL, "List who may sign in.", 0, 0, NULL, list_run},
	{"person", "show", "EMAIL", "Show one who may sign in, and the posts held here.", 1, 1,
	 NULL, show_run},
	{"person", "change", "EMAIL", "Say another address or name of somebody.", 1, 1,
	 change_options, change_run},
	{"person", "posts", "EMAIL", "Say which posts somebody holds here.", 1, 1, posts_options,
	 posts_run},
	{"person", "link", "EMAIL", "Print another link: invitation, reset or sign-in.", 1, 1,
	 link_options, link_run},
	{"person", "disable", "EMAIL", "Let somebody sign in no more, from now.", 1, 1, NULL,
	 disable_run},
	{"person", "enable", "EMAIL", "Let somebody sign in again.", 1, 1, NULL, enable_run},
	{"person", "password", "EMAIL", "Set a password, read from the terminal or standard input.",
	 1, 1, NULL, person_password_run},
	{"person", "totp", "EMAIL", "Set up a second factor, or take it away.", 1, 1,
	 person_totp_options, person_totp_run},
	{"person", "sessions", "EMAIL", "List somebody's open sessions, or end them.", 1, 1,
	 person_sessions_options, person_sessions_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
