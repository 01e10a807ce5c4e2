#include "cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <unistd.h>

#include "alerts/alerts.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/log.h"
#include "base/near.h"
#include "cli/command.h"
#include "cli/due.h"
#include "cli/sight.h"

#ifndef LYNCHPIN_VERSION
#define LYNCHPIN_VERSION "0"
#endif

static const struct command *const all_commands[] = {
	service_commands,  org_commands,      feed_commands,	 vuln_commands,	  estate_commands,
	exposure_commands, alert_commands,    plumbing_commands, bench_commands,  synth_commands,
	demo_commands,	   delegate_commands, work_commands,	 ask_commands,	  serve_commands,
	person_commands,   token_commands,    mandate_commands,	 notify_commands, oidc_commands,
	settings_commands, rehearse_commands,
};

static const struct cli_option global_options[] = {
	{"--db", "PATH", "the store: a file or postgresql://... (else $LYNCHPIN_DB, lynchpin.db)"},
	{"--as", "POST",
	 "the post that acts and looks; without it the first acts and all is shown"},
	{"--now", "TIME", "let the clock stand at TIME: for exercises, replays and tests"},
	{"--json", NULL, "print one JSON document"},
	{"--csv", NULL, "print listings as CSV"},
	{"--verbose", NULL, "log what happens on standard error"},
	{"--help", NULL, "say what a command takes"},
	{NULL, NULL, NULL},
};

/* --- help --------------------------------------------------------------------- */

static void usage_of(struct text *out, const struct command *cmd)
{
	text_addf(out, "lynchpin %s%s%s%s%s", cmd->noun, cmd->verb ? " " : "",
		  cmd->verb ? cmd->verb : "", cmd->args ? " " : "", cmd->args ? cmd->args : "");
}

static void help_options(struct text *out, const struct cli_option *o)
{
	for (; o && o->name; o++) {
		AUTO(text_freep) struct text left = {0};

		text_addf(&left, "%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
		text_addf(out, "  %-24s %s\n", text_c(&left), o->about);
	}
}

/* What a command's help says beyond its options. */
static const struct {
	const char *noun, *verb;
	void (*add)(struct text *out);
} more_help[] = {
	{"estate", "search", estate_search_help},
};

static void help_more(struct text *out, const struct command *cmd)
{
	for (size_t i = 0; i < ARRAY_LEN(more_help); i++)
		if (cmd->verb && strcmp(cmd->noun, more_help[i].noun) == 0 &&
		    strcmp(cmd->verb, more_help[i].verb) == 0)
			more_help[i].add(out);
}

static void help_command(struct text *out, const struct command *cmd)
{
	text_add(out, STR("usage: "));
	usage_of(out, cmd);
	text_addf(out, "%s\n\n%s\n", cmd->options && cmd->options->name ? " [OPTION...]" : "",
		  cmd->about);
	if (cmd->options && cmd->options->name) {
		text_add(out, STR("\noptions:\n"));
		help_options(out, cmd->options);
	}
	help_more(out, cmd);
	text_add(out, STR("\nfor every command:\n"));
	help_options(out, global_options);
}

static void help_all(struct text *out, const char *noun)
{
	text_add(out, STR("usage: lynchpin [--db PATH] NOUN VERB [ARGUMENT...] [OPTION...]\n\n"));
	for (size_t i = 0; i < ARRAY_LEN(all_commands); i++) {
		for (const struct command *cmd = all_commands[i]; cmd->noun; cmd++) {
			AUTO(text_freep) struct text left = {0};

			if (noun && strcmp(noun, cmd->noun) != 0)
				continue;
			usage_of(&left, cmd);
			text_addf(out, "  %-52s %s\n", text_c(&left), cmd->about);
		}
	}
	text_add(out, STR("\nfor every command:\n"));
	help_options(out, global_options);
	text_add(out, STR("\nlynchpin NOUN VERB --help says more.  Exit 0 done, 1 refused or not "
			  "found, 2 wrong usage.\n"));
}

/* --- finding the command and reading its words ---------------------------------- */

static bool noun_exists(const char *noun)
{
	for (size_t i = 0; i < ARRAY_LEN(all_commands); i++)
		for (const struct command *cmd = all_commands[i]; cmd->noun; cmd++)
			if (strcmp(noun, cmd->noun) == 0)
				return true;
	return false;
}

static const struct command *find_command(const char *noun, const char *verb)
{
	const struct command *bare = NULL;

	for (size_t i = 0; i < ARRAY_LEN(all_commands); i++) {
		for (const struct command *cmd = all_commands[i]; cmd->noun; cmd++) {
			if (strcmp(noun, cmd->noun) != 0)
				continue;
			if (!cmd->verb)
				bare = cmd;
			else if (verb && strcmp(verb, cmd->verb) == 0)
				return cmd;
		}
	}
	return bare;
}

static const struct cli_option *find_option(const struct cli_option *o, const char *word)
{
	for (; o && o->name; o++) {
		size_t n = strlen(o->name);

		if (strncmp(word, o->name, n) == 0 && (!word[n] || (o->value && word[n] == '=')))
			return o;
	}
	return NULL;
}

static bool may_repeat(const struct cli_option *o)
{
	return o->value && str_ends(str_of(o->value), STR("..."));
}

/* What a command that was caught is never asked: where its store is, when it is, and files. */
static bool is_not_for_others(const struct cli_option *o)
{
	struct str value = str_of(o->value);

	return strcmp(o->name, "--db") == 0 || strcmp(o->name, "--now") == 0 ||
	       strcmp(o->name, "--verbose") == 0 || str_eq(value, STR("FILE")) ||
	       str_eq(value, STR("PATH"));
}

static bool take_option(struct cli *c, const struct cli_option *o, int *i, struct err *err)
{
	const char *word = c->config->argv[*i];
	const char *value = "";

	if (c->config->caught && is_not_for_others(o))
		return err_set(err, ERR_DENIED, "%s is not for who asks from elsewhere", o->name);
	if (o->value && word[strlen(o->name)] == '=') {
		value = word + strlen(o->name) + 1;
	} else if (o->value) {
		if (*i + 1 >= c->config->argc)
			return err_set(err, ERR_USAGE, "%s takes a value: %s", o->name, o->value);
		value = c->config->argv[++*i];
	}
	if (o->value && !may_repeat(o) && cli_opt(c, o->name))
		return err_set(err, ERR_USAGE,
			       "%s is given twice, \"%s\" and \"%s\": it takes one value", o->name,
			       cli_opt(c, o->name), value);
	c->given[c->ngiven].name = o->name;
	c->given[c->ngiven++].value = value;
	return true;
}

static bool is_option_word(const char *word)
{
	return word[0] == '-' && word[1] == '-' && word[2];
}

/* The first two words that are neither options nor their values: noun and verb.  "help" before
 * them asks for help on them. */
static bool find_words(const struct cli_config *config, int ret_at[2])
{
	bool help = false;
	int n = 0;

	ret_at[0] = ret_at[1] = 0;
	for (int i = 1; i < config->argc && n < 2; i++) {
		const char *word = config->argv[i];
		const struct cli_option *o = find_option(global_options, word);

		if (is_option_word(word)) {
			if (o && o->value && !strchr(word, '='))
				i++;
			else if (!o)
				break;
		} else if (!n && !help && strcmp(word, "help") == 0) {
			help = true;
		} else {
			ret_at[n++] = i;
		}
	}
	return help;
}

static bool unknown_option(const struct command *cmd, const char *word, struct err *err)
{
	const struct cli_option *const lists[] = {cmd->options, global_options};
	struct str typed = str_of(word);
	size_t end = str_find_char(typed, '=', 0);
	struct near like = {.word = str_sub(typed, 0, end)};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (const struct cli_option *o = lists[i]; o && o->name; o++)
			near_try(&like, str_of(o->name));
	return err_set(
		err, ERR_USAGE, "unknown option %s%s%.*s%s lynchpin %s%s%s --help lists them", word,
		like.best.n ? "; did you mean " : "", STR_FMT(like.best), like.best.n ? "?" : ";",
		cmd->noun, cmd->verb ? " " : "", cmd->verb ? cmd->verb : "");
}

static bool read_words(struct cli *c, const int skip[2], struct err *err)
{
	const struct command *cmd = c->command;
	bool only_args = false;

	for (int i = 1; i < c->config->argc; i++) {
		const char *word = c->config->argv[i];
		const struct cli_option *o = NULL;

		if (i == skip[0] || (cmd->verb && i == skip[1]))
			continue;
		if (!only_args && strcmp(word, "--") == 0) {
			only_args = true;
			continue;
		}
		if (!only_args && is_option_word(word)) {
			o = find_option(cmd->options, word);
			o = o ? o : find_option(global_options, word);
			if (!o)
				return unknown_option(cmd, word, err);
			if (!take_option(c, o, &i, err))
				return false;
			continue;
		}
		c->args[c->nargs++] = word;
	}
	return true;
}

static bool check_words(struct cli *c, struct err *err)
{
	const struct command *cmd = c->command;
	const char *now = cli_opt(c, "--now");
	int64_t ms;

	if (c->nargs < cmd->min_args || c->nargs > cmd->max_args) {
		AUTO(text_freep) struct text usage = {0};

		usage_of(&usage, cmd);
		return err_set(err, ERR_USAGE, "%s: %s",
			       c->nargs < cmd->min_args ? "something is missing" : "too many words",
			       text_c(&usage));
	}
	if (now) {
		if (!stamp_parse(str_of(now), &ms))
			return err_set(
				err, ERR_USAGE,
				"--now takes a date or time such as 2017-05-11T09:00Z, not \"%s\"",
				now);
		c->clock = clock_fixed(ms);
	}
	c->json = cli_flag(c, "--json");
	c->csv = cli_flag(c, "--csv");
	if (c->json && c->csv)
		return err_set(err, ERR_USAGE, "--json or --csv, not both");
	if (cli_opt(c, "--db"))
		c->db = cli_opt(c, "--db");
	if (cli_flag(c, "--verbose"))
		log_set_level(LOG_INFO);
	return true;
}

/* --- what commands use ------------------------------------------------------------ */

const char *cli_opt(const struct cli *c, const char *name)
{
	for (unsigned i = c->ngiven; i-- > 0;)
		if (strcmp(c->given[i].name, name) == 0)
			return c->given[i].value;
	return NULL;
}

const char *cli_opt_at(const struct cli *c, const char *name, unsigned i)
{
	for (unsigned at = 0; at < c->ngiven; at++)
		if (strcmp(c->given[at].name, name) == 0 && i-- == 0)
			return c->given[at].value;
	return NULL;
}

bool cli_opt_u64(const struct cli *c, const char *name, uint64_t otherwise, uint64_t *ret,
		 struct err *err)
{
	const char *v = cli_opt(c, name);

	*ret = otherwise;
	if (v && !str_to_u64(str_of(v), ret))
		return err_set(err, ERR_USAGE, "%s takes a whole number, not \"%s\"", name, v);
	return true;
}

bool cli_opt_stamp(const struct cli *c, const char *name, int64_t otherwise, int64_t *ret_ms,
		   struct err *err)
{
	const char *v = cli_opt(c, name);

	*ret_ms = otherwise;
	if (v && !stamp_parse(str_of(v), ret_ms))
		return err_set(err, ERR_USAGE,
			       "%s takes a date or time such as 2017-05-11 or 2017-05-11T09:00Z, "
			       "not \"%s\"",
			       name, v);
	return true;
}

bool cli_not_before(const struct cli *c, struct acts *a, struct err *err)
{
	char head_at[STAMP_BYTES], now_at[STAMP_BYTES];
	struct journal_head head;

	if (!cli_opt(c, "--now"))
		return true;
	if (!journal_head(acts_journal(a), &head, err))
		return false;
	if (head.stamped_ms <= acts_now_ms(a))
		return true;
	return err_set(err, ERR_INVALID,
		       "the journal stands at %.*s, later than --now %.*s; nothing is recorded "
		       "before what stands: give a later --now, or begin a store of its own",
		       STR_FMT(stamp_format(head.stamped_ms, head_at)),
		       STR_FMT(stamp_format(acts_now_ms(a), now_at)));
}

bool cli_map(const struct cli *c, const char *path, struct str *ret, struct err *err)
{
	if (cli_is_caught_file(c, path))
		return *ret = c->config->caught->file, true;
	if (c->config->caught)
		return err_set(err, ERR_INVALID, "no file of the server's is read");
	return file_map(path, ret, err);
}

void cli_unmap(const struct cli *c, struct str bytes)
{
	if (!c->config->caught)
		file_unmap(bytes);
}

bool cli_open(struct cli *c, enum acts_mode mode, struct acts **ret, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct acts_config config = {.path = c->db,
				     .mode = mode,
				     .clock = &c->clock,
				     .post = str_of(cli_opt(c, "--as")),
				     .user = c->config->user,
				     .within = c->config->acts};
	struct sight sight;

	/* What time brings is done in it by alert advance, whoever asks; a person has a post. */
	if (str_is(config.post, "system"))
		return err_set(err, ERR_DENIED,
			       "nobody holds the post system: it does what has come due (lynchpin "
			       "alert advance); say in which post you act");
	c->writes |= mode != ACTS_READ;
	if (!acts_open(&config, &a, err))
		return false;
	/* Acts are judged one by one; who only looks is asked here whether there is such a post. */
	if (!(mode != ACTS_READ ? cli_not_before(c, a, err) : sight_open(c, a, &sight, err)))
		return false;
	*ret = a, a = NULL;
	return true;
}

/* A process that does what is due, does this too. */
static bool nobody_else(struct cli *c, struct acts *a, bool *ret, struct err *err)
{
	AUTO(text_freep) struct text other = {0};

	if (!due_other(c, a, &other, err))
		return false;
	*ret = !other.n;
	return true;
}

/* What was recorded stands, whether or not the evidence that follows from it can be derived now. */
static void advance(struct cli *c)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(alerts_closep) struct alerts *room = NULL;
	struct alerts_advanced done;
	struct err err = {0};
	bool mine = true;

	if (cli_open(c, ACTS_WRITE, &a, &err) && nobody_else(c, a, &mine, &err) &&
	    (!mine || (alerts_open(acts_journal(a), &c->clock, &room, &err) &&
		       alerts_advance(room, &done, &err))))
		return;
	cli_note(c, "done, but evidence is not derived (lynchpin alert advance): %s", err.text);
}

bool cli_flush(struct cli *c, struct err *err)
{
	struct str rest = c->config->quiet ? (struct str){0} : text_str(&c->out);

	if (c->config->caught) {
		text_add(&c->config->caught->out, rest);
		rest.n = 0;
	}
	while (rest.n) {
		ssize_t n = write(STDOUT_FILENO, rest.p, rest.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, errno, "standard output");
		rest = str_from_offset(rest, (size_t)n);
	}
	text_clear(&c->out);
	return true;
}

void cli_note(const struct cli *c, const char *fmt, ...)
{
	struct cli_caught *caught = c->config->caught;
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (caught)
		text_addf(&caught->notes, "%s\n", line);
	else if (!c->config->quiet)
		fprintf(stderr, "lynchpin: %s\n", line);
}

/* Is a command caught just now?  Progress is shown by who knows of no command. */
static bool silent;

void cli_progress(const char *fmt, ...)
{
	char line[200];
	va_list ap;

	if (silent || !isatty(STDERR_FILENO))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	fprintf(stderr, "\r\033[K%s", line);
	fflush(stderr);
}

/* --- running ------------------------------------------------------------------------ */

/* NULL with err when the words name no command. */
static void no_noun(const char *noun, struct err *err)
{
	struct near like = {.word = str_of(noun)};

	for (size_t i = 0; i < ARRAY_LEN(all_commands); i++)
		for (const struct command *cmd = all_commands[i]; cmd->noun; cmd++)
			near_try(&like, str_of(cmd->noun));
	err_set(err, ERR_USAGE, "there is no command \"%s\"%s%.*s%s lynchpin --help lists them",
		noun, like.best.n ? "; did you mean " : "", STR_FMT(like.best),
		like.best.n ? "?" : ";");
}

static void no_verb(const char *noun, const char *verb, struct err *err)
{
	struct near like = {.word = str_of(verb)};

	for (size_t i = 0; i < ARRAY_LEN(all_commands); i++)
		for (const struct command *cmd = all_commands[i]; cmd->noun; cmd++)
			if (cmd->verb && strcmp(cmd->noun, noun) == 0)
				near_try(&like, str_of(cmd->verb));
	if (like.best.n)
		err_set(err, ERR_USAGE,
			"there is no command \"%s %s\"; did you mean %s %.*s? lynchpin %s --help "
			"lists them",
			noun, verb, noun, STR_FMT(like.best), noun);
	else
		err_set(err, ERR_USAGE,
			"there is no command \"%s %s\"; lynchpin %s --help lists them", noun, verb,
			noun);
}

static const struct command *choose(const struct cli *c, const int at[2], struct err *err)
{
	char *const *argv = c->config->argv;
	const char *noun = at[0] ? argv[at[0]] : NULL, *verb = at[1] ? argv[at[1]] : NULL;
	const struct command *found = noun ? find_command(noun, verb) : NULL;

	if (found)
		return found;
	if (!noun)
		err_set(err, ERR_USAGE, "say what to do; lynchpin --help lists the commands");
	else if (!noun_exists(noun))
		no_noun(noun, err);
	else if (!verb || is_option_word(verb))
		err_set(err, ERR_USAGE, "%s what? lynchpin %s --help lists it", noun, noun);
	else
		no_verb(noun, verb, err);
	return NULL;
}

static bool wants(const struct cli_config *config, const char *word)
{
	for (int i = 1; i < config->argc && strcmp(config->argv[i], "--") != 0; i++)
		if (strcmp(config->argv[i], word) == 0)
			return true;
	return false;
}

static bool give_help(struct cli *c, const int at[2], struct err *err)
{
	const char *noun = at[0] ? c->config->argv[at[0]] : NULL;
	struct err none;
	const struct command *found = choose(c, at, &none);

	if (found && (!found->verb || at[1]))
		help_command(&c->out, found);
	else
		help_all(&c->out, noun && noun_exists(noun) ? noun : NULL);
	return cli_flush(c, err);
}

/* What reads and writes files, asks a terminal, or is a process's whole life. */
static bool is_for_its_own_process(const struct cli *c)
{
	static const char *const nouns[] = {"init",  "demo",  "serve",	 "work",
					    "bench", "synth", "store",	 "ask",
					    "cpe",   "kb",    "version", "rehearse"};
	const struct command *cmd = c->command;
	bool import = strcmp(cmd->noun, "estate") == 0 && cmd->verb &&
		      strcmp(cmd->verb, "import") == 0 && !cli_opt(c, "--by") &&
		      !cli_opt(c, "--org-from-name");

	for (size_t i = 0; i < ARRAY_LEN(nouns); i++)
		if (strcmp(cmd->noun, nouns[i]) == 0)
			return true;
	/* A file that is handed in with the request. */
	if (strcmp(cmd->noun, "alert") == 0 && cmd->verb && strcmp(cmd->verb, "adopt") == 0)
		return false;
	return !import && cmd->args && strstr(cmd->args, "FILE");
}

static bool may_be_caught(const struct cli *c, struct err *err)
{
	return !c->config->caught || !is_for_its_own_process(c) ||
	       err_set(err, ERR_DENIED, "lynchpin %s%s%s is not for who asks from elsewhere",
		       c->command->noun, c->command->verb ? " " : "",
		       c->command->verb ? c->command->verb : "");
}

static bool run(struct cli *c, struct err *err)
{
	bool help;
	int at[2];

	if (c->config->argc > 1 && strcmp(c->config->argv[1], "--version") == 0) {
		text_add(&c->out, STR("lynchpin " LYNCHPIN_VERSION "\n"));
		return cli_flush(c, err);
	}
	help = find_words(c->config, at);
	if (help || wants(c->config, "--help"))
		return give_help(c, at, err);
	c->command = choose(c, at, err);
	if (!c->command || !read_words(c, at, err) || !check_words(c, err) ||
	    !may_be_caught(c, err) || !c->command->run(c, err) || !cli_flush(c, err))
		return false;
	if (c->writes)
		advance(c);
	return true;
}

bool cli_describe(const char *noun, const char *verb, struct cli_described *ret)
{
	const struct command *found = find_command(noun, verb);

	if (!found || !found->verb != !verb)
		return false;
	*ret = (struct cli_described){found->about, found->options, found->min_args,
				      found->max_args};
	return true;
}

/* What the command said before it was refused comes first. */
static void say_refused(struct cli *c, const struct err *err)
{
	struct err late;

	(void)!cli_flush(c, &late);
	if (c->config->caught)
		c->config->caught->err = *err;
	else
		fprintf(stderr, "lynchpin: %s\n", err->text);
}

int cli_run(const struct cli_config *config)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct cli c = {.config = config,
			.arena = arena,
			.clock = config->clock,
			.db = config->db && config->db[0] ? config->db : "lynchpin.db"};
	struct err err = {0};
	bool ok;

	silent = config->caught;
	c.args = arena_zero(arena, (size_t)config->argc + 1, sizeof(*c.args));
	c.given = ARENA_ARRAY(arena, struct cli_given, (size_t)config->argc + 1);
	ok = run(&c, &err);
	cli_progress("%s", "");
	silent = false;
	if (!ok)
		say_refused(&c, &err);
	text_free(&c.out);
	return ok ? 0 : err.code == ERR_USAGE ? 2 : 1;
}
