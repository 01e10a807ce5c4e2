#include "cli/demo.h"

#include <errno.h>
#include <glob.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/command.h"
#include "cli/pack.h"

/*
 * The story of the loop, from advisory to proof, told by the program's own commands:
 * each is printed as a person would type it and then run.
 */

#define STORY_NOW "2017-04-26T09:00Z"
#define DEMO_USER "demo"
enum { PORT = 8080 };
#define MARKER "made-by-lynchpin-demo"

static const char *const pack_feeds[] = {"vulnerabilities.json", "microsoft-fixes.csv",
					 "windows-history.csv", "exploited.csv",
					 "support-dates.json"};

/* --- telling ----------------------------------------------------------------------- */

bool tell(struct story *s, struct err *err, const char *text)
{
	text_add_c(&s->cli->out, text);
	text_add_char(&s->cli->out, '\n');
	return cli_flush(s->cli, err);
}

enum { STORY_WORDS = 40 };

static void show_words(struct story *s, const char *const *words)
{
	struct text *out = &s->cli->out;

	text_addf(out, "\n$ lynchpin --now %s", s->now);
	for (size_t i = 0; words[i]; i++)
		text_addf(out, strpbrk(words[i], " |*\"") ? " '%s'" : " %s", words[i]);
	text_add_char(out, '\n');
}

/* argv wants words that may be written to. */
static char *copy_word(struct story *s, const char *word)
{
	size_t n = strlen(word) + 1;

	return memcpy(arena_alloc(s->cli->arena, n), word, n);
}

bool run(struct story *s, enum how how, const char *const *words, struct err *err)
{
	const char *const now[] = {"--now", s->now};
	struct cli_config config = *s->cli->config;
	int64_t now_ms = 0;
	size_t n = 0, count = 0;
	char **argv;
	int code;

	while (words[count])
		count++;
	argv = arena_zero(s->cli->arena, count + 4, sizeof(*argv));
	argv[n++] = copy_word(s, "lynchpin");
	/* A command that is caught takes no --now: its clock is given. */
	if (s->caught && stamp_parse(str_of(s->now), &now_ms))
		config.clock = clock_fixed(now_ms);
	for (size_t i = 0; i < ARRAY_LEN(now) && !s->caught; i++)
		argv[n++] = copy_word(s, now[i]);
	for (size_t i = 0; i < count; i++)
		argv[n++] = copy_word(s, words[i]);
	config.argc = (int)n;
	config.argv = argv;
	config.db = NULL;
	config.user = STR(DEMO_USER);
	config.quiet = how == RUN_QUIET && !s->caught;
	config.caught = s->caught;
	if (how != RUN_QUIET)
		show_words(s, words);
	if (!cli_flush(s->cli, err))
		return false;
	code = cli_run(&config);
	return code == 0 ||
	       err_set(err, ERR_IO, "the story stops: its command exited with %d", code);
}

/* --- the stage ------------------------------------------------------------------------ */

static bool by_another(void *ctx, const struct record *record, struct err *err)
{
	uint64_t *others = ctx;

	(void)err;
	*others += !str_is(record->user, DEMO_USER);
	return true;
}

/* Has nobody worked there?  A store that cannot be read is that of a demo that was stopped. */
static bool untouched(struct cli *c, const char *dir, struct err *err)
{
	struct acts_config config = {.path = "lynchpin.db", .mode = ACTS_READ, .clock = &c->clock};
	AUTO(acts_closep) struct acts *a = NULL;
	uint64_t others = 0;
	struct err why;

	if (!acts_open(&config, &a, &why) ||
	    !journal_each(acts_journal(a), (struct journal_range){1, INT64_MAX}, by_another,
			  &others, &why))
		return true;
	return !others ||
	       err_set(err, ERR_EXISTS,
		       "somebody has worked in the demo's service in %s (%ju %s); choose another "
		       "folder with --dir, or delete that one",
		       dir, (uintmax_t)others, plural(others, "record", "records"));
}

/* An earlier demo's store goes; anything else in the way stays and stops us. */
static bool clear_stage(struct cli *c, const char *dir, struct err *err)
{
	static const char *const gone[] = {"lynchpin.db", "lynchpin.db-wal", "lynchpin.db-shm",
					   "lynchpin.db.key"};

	if (!file_make_folder(dir, 0755, err))
		return false;
	if (chdir(dir) < 0)
		return err_errno(err, errno, "%s", dir);
	if (!file_exists(MARKER) && file_exists("lynchpin.db"))
		return err_set(
			err, ERR_EXISTS,
			"%s holds a service that is no demo; choose another folder with --dir",
			dir);
	if (file_exists("lynchpin.db") && !untouched(c, dir, err))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(gone); i++)
		if (unlink(gone[i]) < 0 && errno != ENOENT)
			return err_errno(err, errno, "%s/%s", dir, gone[i]);
	return file_replace(MARKER, STR("The folder of lynchpin demo; it may be deleted.\n"), 0644,
			    err);
}

static bool write_pack(struct err *err)
{
	AUTO(text_freep) struct text path = {0};

	if (!file_make_folder("pack", 0755, err))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(pack_feeds); i++) {
		text_clear(&path);
		text_addf(&path, "pack/%s", pack_feeds[i]);
		if (!file_replace(text_c(&path), pack_file(pack_feeds[i]), 0644, err))
			return false;
	}
	return true;
}

/* --- the chapters ------------------------------------------------------------------------ */

static bool found_service(struct story *s, struct err *err)
{
	return tell(s, err,
		    "It is Wednesday, 26 April 2017, in Norland, a country that is on no map. Its "
		    "health service has\nfour regions, twenty trusts, three hundred practices. In "
		    "sixteen days a worm comes; nobody knows.\n"
		    "What follows are commands that you can type yourself in this folder.") &&
	       RUN(s, err, "init", "--name", "Norland Health Service", "--nation", "NORLAND") &&
	       RUN(s, err, "org", "import", "organisations.csv", "relationships.csv",
		   "posts.csv") &&
	       RUN(s, err, "org", "list", "--role", "trust", "--limit", "4");
}

/* Real feeds: whatever is in the folder, in one command, as a person would.  They speak of later
 * years, and so the story says when they are to count as taken. */
static bool import_folder(struct story *s, const char *dir, struct err *err)
{
	AUTO(text_freep) struct text pattern = {0};
	const char *words[STORY_WORDS + 1] = {"feed", "import", "--taken", s->now};
	size_t n = 4;
	glob_t found;
	bool ok;

	text_addf(&pattern, "%s/*", dir);
	if (glob(text_c(&pattern), GLOB_MARK, NULL, &found) != 0)
		return err_set(err, ERR_NOT_FOUND, "%s: no feeds there", dir);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct str path = str_of(found.gl_pathv[i]);

		if (str_ends(path, STR("/")) || str_ends(path, STR(".tsv")) || n >= STORY_WORDS - 4)
			continue;
		words[n++] = found.gl_pathv[i];
	}
	/* without update histories no patch level can be told */
	words[n++] = "pack/windows-history.csv";
	ok = run(s, RUN_SHOWN, words, err);
	globfree(&found);
	return ok;
}

static bool bring_intelligence(struct story *s, const char *feeds, struct err *err)
{
	if (!tell(s, err,
		  "\nIntelligence: what the world says. (The small pack of facts comes with the "
		  "program; "
		  "--feeds DIR\nuses real feeds instead.)"))
		return false;
	if (feeds ? !import_folder(s, feeds, err)
		  : !RUN(s, err, "feed", "import", "--taken", s->now, "pack/vulnerabilities.json",
			 "pack/microsoft-fixes.csv", "pack/windows-history.csv",
			 "pack/exploited.csv", "pack/support-dates.json"))
		return false;
	return RUN(s, err, "feed", "status");
}

static bool import_org(struct story *s, const struct demo_org *org, struct err *err)
{
	const char *words[STORY_WORDS + 1] = {"estate", "import", org->code};

	for (size_t i = 0; org->files[i]; i++)
		words[3 + i] = org->files[i];
	return run(s, RUN_SHOWN, words, err);
}

/* Everybody else's in one command, as a shell would fill it in. */
static bool import_rest(struct story *s, struct err *err)
{
	const char **words = arena_zero(s->cli->arena, s->nation.norgs * 4 + 4, sizeof(*words));
	size_t n = 0, files;

	words[n++] = "estate";
	words[n++] = "import";
	words[n++] = "--org-from-name";
	for (size_t i = 0; i < s->nation.norgs; i++)
		for (size_t k = 0; !s->nation.orgs[i].shown && s->nation.orgs[i].files[k]; k++)
			words[n++] = s->nation.orgs[i].files[k];
	files = n - 3;
	text_add(&s->cli->out, STR("\n$ lynchpin --now " STORY_NOW
				   " estate import --org-from-name inventories/others/*\n"));
	if (!run(s, RUN_QUIET, words, err))
		return false;
	text_addf(&s->cli->out,
		  "%zu files of the other organisations: %ju devices in all. One trust, T13, has "
		  "sent nothing.\n",
		  files, (uintmax_t)s->nation.devices);
	return cli_flush(s->cli, err);
}

static bool bring_estate(struct story *s, struct err *err)
{
	if (!tell(s, err,
		  "\nThe estate: what machines say. Each organisation sends what it has: an "
		  "agent's "
		  "export, a medical\ndevice register, what systeminfo prints, a bill of "
		  "materials."))
		return false;
	for (size_t i = 0; i < s->nation.norgs; i++)
		if (s->nation.orgs[i].shown && !import_org(s, &s->nation.orgs[i], err))
			return false;
	return import_rest(s, err);
}

static bool ask_who(struct story *s, struct err *err)
{
	return tell(s, err,
		    "\nWho is exposed to MS17-010, the hole that the worm will use? Unknown stands "
		    "beside exposed,\nnever behind it.") &&
	       RUN(s, err, "exposure", "CVE-2017-0144", "--by", "region") &&
	       RUN(s, err, "exposure", "CVE-2017-0144", "--limit", "6") &&
	       tell(s, err, "\nOne trust, device by device:") &&
	       RUN(s, err, "exposure", "CVE-2017-0144", "--by", "device", "--org", "T01", "--state",
		   "exposed", "--limit", "5");
}

/* Devices of one organisation that show why, found by what the estate says of them. */
static bool explain(struct story *s, struct err *err)
{
	return tell(s, err, "\nWhy this one?") &&
	       RUN(s, err, "why", "P017/P017-PC002", "CVE-2017-0144") &&
	       tell(s, err,
		    "\nAnd why not its neighbour? Neither of MS17-010's own updates is on it:") &&
	       RUN(s, err, "why", "P017/P017-PC001", "CVE-2017-0144") &&
	       tell(s, err,
		    "\nThe third lists 3 of the 241 updates that it says it has: nobody can tell, "
		    "and so it "
		    "is unknown.") &&
	       RUN(s, err, "why", "P017/P017-PC003", "CVE-2017-0144") &&
	       tell(s, err, "\nMedical devices are in a register that does not see updates:") &&
	       RUN(s, err, "exposure", "CVE-2017-0144", "--by", "device", "--org", "T04", "--state",
		   "unknown", "--limit", "6");
}

static bool look_further(struct story *s, struct err *err)
{
	return tell(s, err, "\nEverything one organisation is exposed to, the exploited first:") &&
	       RUN(s, err, "exposure", "--org", "T05", "--limit", "8") &&
	       tell(s, err,
		    "\nNames that nobody has mapped yet stay unknown until one person settles "
		    "them, for all:") &&
	       RUN(s, err, "estate", "names", "--limit", "5") &&
	       RUN(s, err, "estate", "resolve", "Wardworks Ltd|WardBoard 3", "NONE") &&
	       tell(s, err, "\nAnything else can be asked:") &&
	       RUN(s, err, "estate", "search", "line:7sp1", "-kb:KB4012215", "kb:KB4015546",
		   "org:T01");
}

static bool check_journal(struct story *s, struct err *err)
{
	return tell(s, err,
		    "\nWho did what is in the journal, numbered, chained and sealed; anyone can "
		    "check it:") &&
	       RUN(s, err, "journal", "show", "--limit", "4") && RUN(s, err, "journal", "verify");
}

/* --- the command ------------------------------------------------------------------------------ */

static const struct cli_option demo_options[] = {
	{"--dir", "DIR", "where the demo lives (else ./lynchpin-demo)"},
	{"--feeds", "DIR", "import the feeds of this folder instead of the pack"},
	{"--port", "N", "where the console is served on this machine (else 8080)"},
	{"--story", NULL, "tell the story and end: no console"},
	{NULL, NULL, NULL},
};

static bool demo_run(struct cli *c, struct err *err)
{
	const char *dir = cli_opt(c, "--dir") ? cli_opt(c, "--dir") : "lynchpin-demo";
	const char *feeds = cli_opt(c, "--feeds");
	struct story s = {.cli = c, .now = STORY_NOW};
	int64_t began = clock_monotonic_ns();
	char *real = feeds ? realpath(feeds, NULL) : NULL;
	uint64_t port;
	bool ok;

	if (feeds && !real)
		return err_errno(err, errno, "%s", feeds);
	if (!cli_opt_u64(c, "--port", PORT, &port, err) || !port || port > UINT16_MAX) {
		free(real);
		return err->code != ERR_NONE || err_set(err, ERR_USAGE, "--port takes 1 to 65535");
	}
	ok = clear_stage(c, dir, err) && write_pack(err) && demo_write(c->arena, &s.nation, err) &&
	     found_service(&s, err) && bring_intelligence(&s, real, err) && bring_estate(&s, err) &&
	     ask_who(&s, err) && explain(&s, err) && look_further(&s, err) && demo_alert(&s, err) &&
	     check_journal(&s, err);
	free(real);
	if (!ok)
		return false;
	text_addf(&c->out,
		  "\nThat took %.1f s. The service is in %s: go there and ask it yourself; "
		  "lynchpin --help "
		  "lists what it\ncan do. Without --now it is today, and every inventory of 2017 "
		  "is stale.\n",
		  (double)(clock_monotonic_ns() - began) / 1e9, dir);
	return cli_flag(c, "--story") || demo_serve(&s, port, err);
}

const struct command demo_commands[] = {
	{"demo", NULL, NULL,
	 "Make a fictional service of April 2017, tell its story and serve its console.", 0, 0,
	 demo_options, demo_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
