#include "cli/command.h"

#include <stdlib.h>
#include <sodium.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/member.h"
#include "cli/outbox.h"
#include "cli/work.h"

/* How people are reached: settings of this machine, receivers of webhooks, the outbox. */

struct gate {
	struct acts *acts;
	struct notify *notify;
};

static void gate_close(struct gate *g)
{
	notify_closep(&g->notify);
	acts_closep(&g->acts);
}

static bool gate_open(struct cli *c, bool looks, struct gate *g, struct err *err)
{
	if (cli_opt(c, "--as"))
		return err_set(err, ERR_DENIED,
			       "how people are reached is for who holds the store to say, in no "
			       "post (the same without --as)");
	if (!cli_open(c, looks ? ACTS_READ : ACTS_WRITE, &g->acts, err) ||
	    !outbox_open(c, g->acts, looks, &g->notify, err))
		return false;
	c->writes = false; /* nothing was recorded from which evidence could follow */
	return true;
}

/* --- set ----------------------------------------------------------------------------------- */

static const struct cli_option set_options[] = {
	{"--from", "ADDRESS", "that e-mails come from"},
	{"--user", "USER", "to log in to the mail server"},
	{"--password-file", "FILE", "whose first line is the password"},
	{"--ca", "FILE", "certificates to trust in place of the system's"},
	{"--allow-internal", NULL, "the server may have an internal address"},
	{NULL, NULL, NULL},
};

static void password_wipe(struct text *t)
{
	if (t->p)
		sodium_memzero(t->p, t->cap);
	text_free(t);
}

static bool password_read(const char *path, struct text *out, struct str *ret, struct err *err)
{
	enum { FILE_MAX_BYTES = 4096 };
	struct str rest;

	if (!path)
		return true;
	if (!file_read(path, FILE_MAX_BYTES, out, err))
		return false;
	rest = text_str(out);
	return (str_next_line(&rest, ret) && ret->n) ||
	       err_set(err, ERR_INVALID, "%s: its first line holds no password", path);
}

/* Whoever sends stands elsewhere. */
static bool whole_path(struct cli *c, const char *path, struct str *ret, struct err *err)
{
	AUTO(freep) char *whole = NULL;

	if (!path)
		return true;
	whole = realpath(path, NULL);
	if (!whole)
		return err_set(err, ERR_NOT_FOUND, "%s: there is no such file", path);
	*ret = arena_str(c->arena, str_of(whole));
	return true;
}

static bool set_smtp(struct cli *c, const struct gate *g, struct str url, struct err *err)
{
	AUTO(password_wipe) struct text file = {0};
	struct notify_mail m = {.url = url,
				.from = str_of(cli_opt(c, "--from")),
				.user = str_of(cli_opt(c, "--user")),
				.internal = cli_flag(c, "--allow-internal")};

	if (url.n && !m.from.n)
		return err_set(err, ERR_USAGE, "say --from ADDRESS: whom e-mails come from");
	if (!password_read(cli_opt(c, "--password-file"), &file, &m.password, err) ||
	    !whole_path(c, cli_opt(c, "--ca"), &m.ca_file, err) ||
	    !notify_mail_set(g->notify, &m, err))
		return false;
	if (url.n)
		text_addf(&c->out, "e-mail goes by %.*s, from %.*s\n", STR_FMT(url),
			  STR_FMT(m.from));
	else
		text_add_c(&c->out, "no e-mail is sent any more; what waits waits\n");
	return true;
}

static bool set_run(struct cli *c, struct err *err)
{
	AUTO(gate_close) struct gate g = {0};
	struct str what = cli_arg(c, 0), value = cli_arg(c, 1);

	if (str_is(value, "none"))
		value = (struct str){0};
	if (!str_is(what, "smtp") && !str_is(what, "console"))
		return err_set(err, ERR_USAGE, "\"%.*s\" is not set here: smtp or console",
			       STR_FMT(what));
	if (!gate_open(c, false, &g, err))
		return false;
	if (str_is(what, "smtp"))
		return set_smtp(c, &g, value, err);
	if (!notify_console_set(g.notify, value, err))
		return false;
	if (value.n)
		text_addf(&c->out, "messages lead to %.*s\n", STR_FMT(value));
	else
		text_add_c(&c->out, "messages name no address any more\n");
	return true;
}

/* --- show ---------------------------------------------------------------------------------- */

static bool show_json(struct cli *c, const struct notify_mail *m, struct str console,
		      struct err *err)
{
	struct json_out *o = json_out_open(&c->out);

	json_out_object(o);
	member_str(o, "console", console);
	member_str(o, "smtp", m->url);
	member_str(o, "from", m->from);
	member_str(o, "user", m->user);
	member_str(o, "ca", m->ca_file);
	json_out_key(o, "password");
	json_out_bool(o, m->password_kept);
	json_out_key(o, "allow_internal");
	json_out_bool(o, m->internal);
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	text_add_char(&c->out, '\n');
	return true;
}

static bool show_run(struct cli *c, struct err *err)
{
	AUTO(gate_close) struct gate g = {0};
	struct notify_mail m;
	struct str console;

	if (!gate_open(c, true, &g, err) || !notify_mail_get(g.notify, c->arena, &m, err) ||
	    !notify_console_get(g.notify, c->arena, &console, err))
		return false;
	if (c->json)
		return show_json(c, &m, console, err);
	if (m.url.n)
		text_addf(&c->out, "e-mail goes by %.*s, from %.*s%s%.*s%s%s\n", STR_FMT(m.url),
			  STR_FMT(m.from), m.user.n ? ", as " : "", STR_FMT(m.user),
			  m.password_kept ? " with a password" : "",
			  m.internal ? "; internal addresses allowed" : "");
	else
		text_add_c(&c->out, "no e-mail: lynchpin notify set smtp URL --from ADDRESS\n");
	if (console.n)
		text_addf(&c->out, "messages lead to %.*s\n", STR_FMT(console));
	else
		text_add_c(&c->out, "messages name no address: lynchpin notify set console URL\n");
	return true;
}

/* --- hooks --------------------------------------------------------------------------------- */

static const struct cli_option hook_options[] = {
	{"--post", "POST", "whose notices it gets"},
	{"--nation", NULL, "every alert and escalation, of nobody in particular"},
	{"--ca", "FILE", "certificates to trust in place of the system's"},
	{"--allow-internal", NULL, "it may have an internal address, and no TLS"},
	{NULL, NULL, NULL},
};

static bool hook_add(struct cli *c, const struct gate *g, struct err *err)
{
	AUTO(notify_wipe) struct notify_secret secret = {{0}};
	struct notify_hook h = {.name = cli_arg(c, 1),
				.url = cli_arg(c, 2),
				.post = str_of(cli_opt(c, "--post")),
				.internal = cli_flag(c, "--allow-internal")};

	if (c->nargs != 3 || (h.post.n != 0) == cli_flag(c, "--nation"))
		return err_set(err, ERR_USAGE,
			       "lynchpin notify hook add NAME URL --post POST, or --nation");
	if (!whole_path(c, cli_opt(c, "--ca"), &h.ca_file, err) ||
	    !notify_hook_add(g->notify, &h, &secret, err))
		return false;
	if (c->json) {
		text_addf(&c->out, "{\"name\":\"%.*s\",\"secret\":\"%s\"}\n", STR_FMT(h.name),
			  secret.c);
		return true;
	}
	text_addf(&c->out,
		  "hook %.*s; the secret that its signatures are checked with is shown "
		  "this once:\n%s\n",
		  STR_FMT(h.name), secret.c);
	return true;
}

static bool hook_list(struct cli *c, const struct gate *g, struct err *err)
{
	static const struct column columns[] = {
		{"name", "name", false},	 {"url", "goes to", false}, {"post", "for", false},
		{"allow_internal", NULL, false}, {"made", "since", false},  {NULL, NULL, false},
	};
	struct notify_hooks all;
	struct listing *l;

	if (!notify_hook_list(g->notify, c->arena, &all, err))
		return false;
	l = listing_begin(c, "hooks", columns);
	for (size_t i = 0; i < all.n; i++) {
		listing_text(l, all.v[i].name);
		listing_text(l, all.v[i].url);
		listing_text(l, all.v[i].post.n ? all.v[i].post : STR("(nation)"));
		listing_bool(l, all.v[i].internal);
		listing_stamp(l, all.v[i].made_ms);
	}
	return listing_end(l, "No hooks. lynchpin notify hook add NAME URL --post POST makes one.",
			   err);
}

static bool hook_run(struct cli *c, struct err *err)
{
	AUTO(gate_close) struct gate g = {0};
	struct str verb = cli_arg(c, 0);
	bool lists = str_is(verb, "list");

	if (!lists && !str_is(verb, "add") && !str_is(verb, "end"))
		return err_set(err, ERR_USAGE, "lynchpin notify hook add, list or end");
	if (!gate_open(c, lists, &g, err))
		return false;
	if (lists)
		return hook_list(c, &g, err);
	if (str_is(verb, "add"))
		return hook_add(c, &g, err);
	if (c->nargs != 2)
		return err_set(err, ERR_USAGE, "lynchpin notify hook end NAME");
	if (!notify_hook_end(g.notify, cli_arg(c, 1), err))
		return false;
	text_addf(&c->out, "hook %.*s has ended; what waited for it will not be sent\n",
		  STR_FMT(cli_arg(c, 1)));
	return true;
}

/* --- the outbox ------------------------------------------------------------------------------ */

static const struct cli_option list_options[] = {
	{"--state", "STATE", "waiting, sent or failed; else all"},
	{"--limit", "N", "the latest N"},
	{NULL, NULL, NULL},
};

static bool state_of(const char *word, enum notify_state *ret, struct err *err)
{
	*ret = NOTIFY_STATES;
	if (!word)
		return true;
	for (enum notify_state s = NOTIFY_WAITING; s < NOTIFY_STATES; s++)
		if (strcmp(word, notify_state_name(s)) == 0)
			return *ret = s, true;
	return err_set(err, ERR_USAGE, "\"%s\" is no state: waiting, sent, failed", word);
}

/* Who holds the store sees all; posts, who may say whom an alert reached.  Who reads the journal
 * sees that something went or failed, and of nobody where to. */
static bool list_open(struct cli *c, struct gate *g, bool *ret_addresses, struct err *err)
{
	struct directory_claim claim = {.post = str_of(cli_opt(c, "--as")),
					.right = STR("alert.deliver")};
	bool reads = false;

	*ret_addresses = true;
	if (!claim.post.n)
		return gate_open(c, true, g, err);
	if (!cli_open(c, ACTS_READ, &g->acts, err))
		return false;
	claim.at_ms = acts_now_ms(g->acts);
	if (!directory_post_may(acts_store(g->acts), &claim, ret_addresses, err))
		return false;
	claim.right = STR("journal.read");
	if (!*ret_addresses && !directory_post_may(acts_store(g->acts), &claim, &reads, err))
		return false;
	if (!*ret_addresses && !reads)
		return err_set(err, ERR_DENIED,
			       "the post %.*s may not see the outbox (it takes the right "
			       "alert.deliver or journal.read)",
			       STR_FMT(claim.post));
	return outbox_open(c, g->acts, true, &g->notify, err);
}

static bool list_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"made", "made", false},     {"state", "state", false}, {"channel", "by", false},
		{"recipient", "to", false},  {"about", "about", false}, {"attempts", "tried", true},
		{"next", "next try", false}, {"ended", NULL, false},	{"said", "because", false},
		{"id", NULL, false},	     {NULL, NULL, false},
	};
	AUTO(gate_close) struct gate g = {0};
	struct notify_messages all;
	struct notify_filter filter;
	struct listing *l;
	bool addresses;

	if (!state_of(cli_opt(c, "--state"), &filter.state, err) ||
	    !cli_opt_u64(c, "--limit", 0, &filter.most, err) ||
	    !list_open(c, &g, &addresses, err) ||
	    !notify_list(g.notify, &filter, c->arena, &all, err))
		return false;
	l = listing_begin(c, "messages", columns);
	for (size_t i = 0; i < all.n; i++) {
		const struct notify_message *m = &all.v[i];

		listing_stamp(l, m->made_ms);
		listing_text(l, str_of(notify_state_name(m->state)));
		listing_text(l, m->channel);
		listing_text(l, addresses ? m->recipient : (struct str){0});
		listing_text(l, m->about);
		listing_int(l, (int64_t)m->attempts);
		listing_stamp(l, m->next_ms);
		listing_stamp(l, m->ended_ms);
		/* What a server said may name whom it was for. */
		listing_text(l, addresses ? m->said : (struct str){0});
		listing_text(l, m->id);
	}
	return listing_end(l, "The outbox is empty.", err);
}

const struct command notify_commands[] = {
	{"notify", "set", "smtp URL|none | console URL|none",
	 "Say how e-mail goes out, and where its readers look.", 2, 2, set_options, set_run},
	{"notify", "show", NULL, "Show what was set, but no secret.", 0, 0, NULL, show_run},
	{"notify", "hook", "add NAME URL | list | end NAME", "Webhooks: others' programs are told.",
	 1, 3, hook_options, hook_run},
	{"notify", "list", NULL, "List the outbox: what waits, was sent or failed.", 0, 0,
	 list_options, list_run},
	{"notify", "send", NULL, "Tell and send what is due now, once, where nobody works.", 0, 0,
	 NULL, work_send_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
