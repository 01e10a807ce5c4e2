#include "cli/person.h"

#include <errno.h>
#include <sodium.h>
#include <termios.h>
#include <unistd.h>

/* Passwords, second factors and sessions, by the operator. */

/* --- reading a password ------------------------------------------------------------- */

struct typed {
	char c[ACCESS_PASSWORD_MAX + 2]; /* one more tells that it was too long; then the LF */
	size_t n;
};

static void typed_wipe(struct typed *t)
{
	sodium_memzero(t, sizeof(*t));
}

enum { INTERRUPT = 3 }; /* Ctrl-C, which ask() takes as a character to restore the terminal */

static bool read_line(struct typed *t, struct err *err)
{
	char c;

	t->n = 0;
	for (;;) {
		ssize_t n = read(STDIN_FILENO, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, errno, "standard input");
		if (n == 0 || c == '\n')
			break;
		if (c == INTERRUPT && isatty(STDIN_FILENO))
			return err_set(err, ERR_INVALID, "stopped; nothing changed");
		if (t->n < sizeof(t->c))
			t->c[t->n++] = c;
	}
	sodium_memzero(&c, sizeof(c));
	if (t->n && t->c[t->n - 1] == '\r')
		t->n--;
	return true;
}

/* Not shown while it is typed. */
static bool ask(const char *what, struct typed *t, struct err *err)
{
	struct termios shown, hidden;
	bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &shown) == 0, ok;

	if (!terminal)
		return read_line(t, err);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	hidden.c_cc[VEOL] = INTERRUPT;
	fprintf(stderr, "%s: ", what);
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) != 0)
		return err_errno(err, errno, "the terminal");
	ok = read_line(t, err);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	fputc('\n', stderr);
	return ok;
}

bool person_password_run(struct cli *c, struct err *err)
{
	AUTO(person_gate_close) struct person_gate g = {0};
	AUTO(typed_wipe) struct typed once = {.n = 0}, again = {.n = 0};
	struct access_person p;

	if (!person_gate_open(c, ACTS_WRITE, &g, err) || !person_of(c, &g, &p, err) ||
	    !ask("new password", &once, err))
		return false;
	if (isatty(STDIN_FILENO)) {
		if (!ask("the same again", &again, err))
			return false;
		if (once.n != again.n || sodium_memcmp(once.c, again.c, once.n) != 0)
			return err_set(err, ERR_INVALID,
				       "the two are not the same; nothing changed");
	}
	if (!access_password_set(g.access, p.id, str_from(once.c, once.n), NULL, err))
		return false;
	text_addf(&c->out, "%.*s has a new password; sessions and links have ended\n",
		  STR_FMT(p.email));
	return true;
}

/* --- the second factor ---------------------------------------------------------------- */

const struct cli_option person_totp_options[] = {
	{"--confirm", "CODE", "what the authenticator shows: from now on it is asked for"},
	{"--codes", NULL, "other recovery codes in place of those before"},
	{"--off", NULL, "take it away; a password too short to stand alone goes with it"},
	{NULL, NULL, NULL},
};

static void say_codes(struct cli *c, const struct access_recovery *codes)
{
	text_add(&c->out, STR("recovery codes, each good once; they are shown this once:\n"));
	for (size_t i = 0; i < ACCESS_RECOVERY_CODES; i++)
		text_addf(&c->out, "%s\n", codes->c[i]);
}

static bool totp_begin(struct cli *c, struct person_gate *g, const struct access_person *p,
		       struct err *err)
{
	AUTO(access_wipe) struct access_secret secret = {{0}};
	AUTO(text_freep) struct text uri = {0};

	if (!access_totp_begin(g->access, p->id, &secret, &uri, err))
		return false;
	text_addf(&c->out,
		  "put this into an authenticator, then lynchpin person totp %.*s --confirm CODE:\n"
		  "%s\n%s\n",
		  STR_FMT(p->email), secret.c, text_c(&uri));
	return true;
}

bool person_totp_run(struct cli *c, struct err *err)
{
	AUTO(person_gate_close) struct person_gate g = {0};
	AUTO(access_recovery_wipe) struct access_recovery codes = {0};
	const char *code = cli_opt(c, "--confirm");
	bool off = cli_flag(c, "--off"), others = cli_flag(c, "--codes");
	struct access_person p;

	if ((code != NULL) + off + others > 1)
		return err_set(err, ERR_USAGE, "--confirm, --codes or --off: one of them");
	if (!person_gate_open(c, ACTS_WRITE, &g, err) || !person_of(c, &g, &p, err))
		return false;
	if (off) {
		if (!access_totp_off(g.access, p.id, true, err) || !person_of(c, &g, &p, err))
			return false;
		text_addf(&c->out, "%.*s has no second factor%s\n", STR_FMT(p.email),
			  p.password ? "" : ", and no password; lynchpin person link gives one");
		return true;
	}
	if (!code && !others)
		return totp_begin(c, &g, &p, err);
	if (!(code ? access_totp_confirm(g.access, p.id, str_of(code), &codes, err)
		   : access_recovery_renew(g.access, p.id, &codes, err)))
		return false;
	say_codes(c, &codes);
	return true;
}

/* --- sessions ------------------------------------------------------------------------- */

const struct cli_option person_sessions_options[] = {
	{"--revoke", "ID", "end that one; \"all\" ends them all"},
	{NULL, NULL, NULL},
};

static bool end_sessions(struct cli *c, struct person_gate *g, struct person_id who, const char *id,
			 struct err *err)
{
	uint64_t n = 1;

	if (strcmp(id, "all") == 0 ? !access_sessions_end(g->access, who, NULL, &n, err)
				   : !access_session_end(g->access, who, str_of(id), err))
		return false;
	text_addf(&c->out, "%ju %s ended\n", (uintmax_t)n, plural(n, "session", "sessions"));
	return true;
}

bool person_sessions_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"id", "id", false},	      {"post", "acts in", false},
		{"address", "from", false},   {"agent", "with", false},
		{"made", "signed in", false}, {"seen", "last used", false},
		{"until", "until", false},    {NULL, NULL, false},
	};
	AUTO(person_gate_close) struct person_gate g = {0};
	const char *id = cli_opt(c, "--revoke");
	struct access_sessions all;
	struct access_person p;
	struct listing *l;

	if (!person_gate_open(c, id ? ACTS_WRITE : ACTS_READ, &g, err) ||
	    !person_of(c, &g, &p, err))
		return false;
	if (id)
		return end_sessions(c, &g, p.id, id, err);
	if (!access_sessions(g.access, p.id, c->arena, &all, err))
		return false;
	l = listing_begin(c, "sessions", columns);
	for (size_t i = 0; i < all.n; i++) {
		listing_text(l, str_of(all.v[i].id));
		listing_text(l, all.v[i].post);
		listing_text(l, all.v[i].address);
		listing_text(l, all.v[i].agent);
		listing_stamp(l, all.v[i].made_ms);
		listing_stamp(l, all.v[i].seen_ms);
		listing_stamp(l, all.v[i].until_ms);
	}
	return listing_end(l, "No open session.", err);
}
