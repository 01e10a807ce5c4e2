#include "cli/command.h"

#include <limits.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/file.h"
#include "cli/member.h"
#include "oidc/oidc.h"

/* Single sign-on: by which provider, for who holds the store to say. */

struct gate {
	struct acts *acts;
	struct oidc *oidc;
};

static void gate_close(struct gate *g)
{
	oidc_closep(&g->oidc);
	acts_closep(&g->acts);
}

static bool gate_open(struct cli *c, enum acts_mode mode, struct gate *ret, struct err *err)
{
	AUTO(site_key_closep) struct site_key *key = NULL;
	AUTO(text_freep) struct text path = {0};
	struct oidc_config config = {.clock = &c->clock};

	if (cli_opt(c, "--as"))
		return err_set(err, ERR_DENIED,
			       "how people sign in is for who holds the store to say, in no post "
			       "(the same without --as)");
	if (!cli_open(c, mode, &ret->acts, err))
		return false;
	config.store = acts_store(ret->acts);
	site_key_path(store_place(config.store), &path);
	if (mode != ACTS_READ && !site_key_open(text_c(&path), &key, err))
		return false;
	config.key = key;
	c->writes = false; /* nothing is recorded from which evidence could follow */
	return oidc_open(&config, &ret->oidc, err);
}

static const struct cli_option set_options[] = {
	{"--client-id", "ID", "ours, at the provider"},
	{"--secret-file", "FILE", "that holds the secret the provider gave for it, in one line"},
	{"--claim", "NAME",
	 "the claim that holds the address people sign in with here (else email)"},
	{"--second", "ACR", "a value of acr that stands for two factors; asked for, and believed"},
	{"--address", "URL", "the console's own, https://HOST; else as each browser asks for it"},
	{"--ca", "FILE", "the certificates that the provider's is signed by; else the system's"},
	{"--internal", NULL, "the provider may have an internal address"},
	{"--no-check", NULL, "don't ask the provider whether that is right"},
	{NULL, NULL, NULL},
};

static void secret_wipe(struct text *t)
{
	if (t->p)
		sodium_memzero(t->p, t->cap);
	text_free(t);
}

static bool settings_of(struct cli *c, struct oidc_settings *ret, struct err *err)
{
	const char *ca = cli_opt(c, "--ca");
	char full[PATH_MAX];

	if (ca && !realpath(ca, full))
		return err_set(err, ERR_NOT_FOUND, "%s: there is no such file", ca);
	*ret = (struct oidc_settings){.issuer = cli_arg(c, 0),
				      .client_id = str_of(cli_opt(c, "--client-id")),
				      .claim = str_of(cli_opt(c, "--claim")),
				      .second = str_of(cli_opt(c, "--second")),
				      .address = str_of(cli_opt(c, "--address")),
				      .internal = cli_flag(c, "--internal")};
	if (!ret->claim.n)
		ret->claim = STR("email");
	if (ca)
		ret->ca_file = arena_str(c->arena, str_of(full));
	return ret->client_id.n ||
	       err_set(err, ERR_USAGE, "by which name are we known there? --client-id ID");
}

static bool set_run(struct cli *c, struct err *err)
{
	AUTO(gate_close) struct gate g = {NULL, NULL};
	AUTO(secret_wipe) struct text secret = {0};
	AUTO(text_freep) struct text where = {0};
	const char *file = cli_opt(c, "--secret-file");
	struct oidc_settings s;

	if (!settings_of(c, &s, err))
		return false;
	if (!file)
		return err_set(err, ERR_USAGE, "where is the client's secret? --secret-file FILE");
	if (!file_read(file, 4096, &secret, err) || !gate_open(c, ACTS_WRITE, &g, err) ||
	    (!cli_flag(c, "--no-check") && !oidc_try(&s, &where, err)) ||
	    !oidc_set(g.oidc, &s, str_trim(text_str(&secret)), err))
		return false;
	text_addf(&c->out, "people sign in by way of %.*s", STR_FMT(s.issuer));
	if (where.n)
		text_addf(&c->out, ", at %.*s", STR_FMT(text_str(&where)));
	text_addf(&c->out,
		  "; there, %s/sign-in/oidc/back is where they come back to (redirect URI)\n",
		  s.address.n ? cli_opt(c, "--address") : "https://HOST");
	return true;
}

static bool show_json(struct cli *c, const struct oidc_settings *s, struct err *err)
{
	struct json_out *o = json_out_open(&c->out);

	json_out_object(o);
	member_str(o, "issuer", s->issuer);
	member_str(o, "client_id", s->client_id);
	member_str(o, "claim", s->claim);
	member_str(o, "second", s->second);
	member_str(o, "address", s->address);
	member_str(o, "ca", s->ca_file);
	member_bool(o, "internal", s->internal);
	member_stamp(o, "set", s->made_ms);
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	text_add_char(&c->out, '\n');
	return true;
}

static bool show_run(struct cli *c, struct err *err)
{
	AUTO(gate_close) struct gate g = {NULL, NULL};
	char stamp[STAMP_BYTES];
	struct oidc_settings s;

	if (!gate_open(c, ACTS_READ, &g, err) || !oidc_settings(g.oidc, c->arena, &s, err))
		return false;
	if (c->json)
		return show_json(c, &s, err);
	if (!s.issuer.n) {
		text_add_c(&c->out, "there is no single sign-on; people sign in with passwords\n");
		return true;
	}
	text_addf(&c->out, "issuer      %.*s\nclient      %.*s\nclaim       %.*s\n",
		  STR_FMT(s.issuer), STR_FMT(s.client_id), STR_FMT(s.claim));
	if (s.second.n)
		text_addf(&c->out, "two factors acr %.*s\n", STR_FMT(s.second));
	if (s.address.n)
		text_addf(&c->out, "console at  %.*s\n", STR_FMT(s.address));
	if (s.ca_file.n)
		text_addf(&c->out, "trusts      %.*s\n", STR_FMT(s.ca_file));
	text_addf(&c->out, "%sset         %.16sZ\n",
		  s.internal ? "internal    addresses are allowed\n" : "",
		  stamp_format(s.made_ms, stamp).p);
	return true;
}

static bool end_run(struct cli *c, struct err *err)
{
	AUTO(gate_close) struct gate g = {NULL, NULL};

	if (!gate_open(c, ACTS_WRITE, &g, err) || !oidc_end(g.oidc, err))
		return false;
	text_add_c(&c->out, "single sign-on has ended; who is signed in stays so\n");
	return true;
}

const struct command oidc_commands[] = {
	{"oidc", "set", "ISSUER", "Let people sign in by way of a provider of OpenID Connect.", 1,
	 1, set_options, set_run},
	{"oidc", "show", NULL, "Show by way of which.", 0, 0, NULL, show_run},
	{"oidc", "end", NULL, "No longer let them.", 0, 0, NULL, end_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
