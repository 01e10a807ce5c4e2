#include "cli/person.h"

/* API tokens. */

static const struct cli_option new_options[] = {
	{"--post", "POST", "that it acts in; a post the person holds here"},
	{"--scope", "SCOPE", "read (the default), write, or inventory"},
	{"--org", "CODE", "whose inventories it takes in, for --scope inventory"},
	{"--days", "N", "how long it is good, at most 365 (else 90)"},
	{NULL, NULL, NULL},
};

static bool scope_of(const char *word, enum access_scope *ret, struct err *err)
{
	for (enum access_scope s = ACCESS_READ; s <= ACCESS_INVENTORY; s++)
		if (strcmp(word, access_scope_name(s)) == 0)
			return *ret = s, true;
	return err_set(err, ERR_USAGE, "\"%s\" is no scope: read, write, inventory", word);
}

/* Who holds one post needs not name it. */
static bool post_of(struct cli *c, const struct person_gate *g, struct person_id who,
		    struct str *ret, struct err *err)
{
	struct posts posts;

	*ret = str_of(cli_opt(c, "--post"));
	if (ret->n)
		return true;
	if (!access_posts(g->access, who, c->arena, &posts, err))
		return false;
	if (posts.n != 1)
		return err_set(err, ERR_USAGE, "this person holds %zu posts: say --post", posts.n);
	*ret = posts.v[0].id;
	return true;
}

static bool new_run(struct cli *c, struct err *err)
{
	AUTO(person_gate_close) struct person_gate g = {0};
	AUTO(access_wipe) struct access_secret token = {{0}};
	const char *scope = cli_opt(c, "--scope") ? cli_opt(c, "--scope") : "read";
	struct access_token wish = {.name = cli_arg(c, 1), .org = str_of(cli_opt(c, "--org"))};
	struct access_person p;
	uint64_t days;

	if (!scope_of(scope, &wish.scope, err) || !cli_opt_u64(c, "--days", 90, &days, err))
		return false;
	if (!days || days > ACCESS_TOKEN_DAYS)
		return err_set(err, ERR_USAGE, "--days takes 1 to %d", ACCESS_TOKEN_DAYS);
	if (!person_gate_open(c, ACTS_WRITE, &g, err) || !person_of(c, &g, &p, err) ||
	    !post_of(c, &g, p.id, &wish.post, err))
		return false;
	wish.person = p.id;
	wish.until_ms = acts_now_ms(g.acts) + (int64_t)days * MS_PER_DAY;
	return access_token_make(g.access, &wish, &token, err) &&
	       person_tell(c,
			   &(struct person_told){
				   .what = arena_fmt(c->arena, "token with scope %s for", scope).p,
				   .who = p.email,
				   .until_ms = wish.until_ms,
				   .token = token.c},
			   err);
}

static bool list_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"id", "id", false},
		{"email", "of", false},
		{"name", "for", false},
		{"scope", "scope", false},
		{"org", "organisation", false},
		{"post", "acts in", false},
		{"made", NULL, false},
		{"used", "last used", false},
		{"until", "until", false},
		{NULL, NULL, false},
	};
	AUTO(person_gate_close) struct person_gate g = {0};
	struct access_person p = {.id = {0}};
	struct access_tokens all;
	struct listing *l;

	if (!person_gate_open(c, ACTS_READ, &g, err) || (c->nargs && !person_of(c, &g, &p, err)) ||
	    !access_tokens(g.access, p.id, c->arena, &all, err))
		return false;
	l = listing_begin(c, "tokens", columns);
	for (size_t i = 0; i < all.n; i++) {
		listing_text(l, str_of(all.v[i].id));
		listing_text(l, all.v[i].email);
		listing_text(l, all.v[i].name);
		listing_text(l, str_of(access_scope_name(all.v[i].scope)));
		listing_text(l, all.v[i].org);
		listing_text(l, all.v[i].post);
		listing_stamp(l, all.v[i].made_ms);
		listing_stamp(l, all.v[i].used_ms);
		listing_day(l, all.v[i].until_ms);
	}
	return listing_end(l, "No tokens.", err);
}

static bool revoke_run(struct cli *c, struct err *err)
{
	AUTO(person_gate_close) struct person_gate g = {0};

	if (!person_gate_open(c, ACTS_WRITE, &g, err) ||
	    !access_token_end(g.access, cli_arg(c, 0), err))
		return false;
	text_add(&c->out, STR("the token is good no more\n"));
	return true;
}

const struct command token_commands[] = {
	{"token", "new", "EMAIL NAME", "Make a token for programs, and say what it is for.", 2, 2,
	 new_options, new_run},
	{"token", "list", "[EMAIL]", "List tokens.", 0, 1, NULL, list_run},
	{"token", "revoke", "ID", "End a token.", 1, 1, NULL, revoke_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
