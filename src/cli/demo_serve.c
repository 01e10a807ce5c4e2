#include "cli/demo.h"
#include "cli/work.h"

#include <unistd.h>

/* The demo's console: four people's ways in, and a clock that goes on from where the story ends. */

#define STAGE_NOW "2017-04-29T10:05Z"

static const struct {
	const char *post, *email, *name, *who;
} people[] = {
	{"national-lead", "lead@norland.example", "Cleo Kettle", "national lead"},
	{"r1-lead", "northmarch@norland.example", "Lev Glover", "regional lead"},
	{"T01-lead", "ashcombe@norland.example", "Oskar Ironside", "trust's lead"},
	{"fenwick-desk", "desk@fenwick.example", "Kaya Carver", "who answers for 40 practices"},
};

/* What a command prints, its last line. */
static bool ask(struct story *s, const char *const *words, struct str *ret, struct err *err)
{
	struct cli_caught caught = {0};
	struct str rest, line;
	bool ok;

	s->caught = &caught;
	ok = run(s, RUN_QUIET, words, err);
	s->caught = NULL;
	rest = text_str(&caught.out);
	while (str_next_line(&rest, &line))
		if (line.n)
			*ret = arena_str(s->cli->arena, line);
	if (!ok)
		*err = caught.err;
	text_free(&caught.out);
	text_free(&caught.notes);
	return ok;
}
#define ASK(s, ret, err, ...) ask((s), (const char *const[]){__VA_ARGS__, NULL}, (ret), (err))

/* Something for each of them to do: a lead to accept, a draft to approve and publish, a supplier
 * for which forty practices wait. */
static bool set_stage(struct story *s, struct err *err)
{
	struct str said = {0};

	s->now = STAGE_NOW;
	return ASK(s, &said, err, "--as", "fenwick-desk", "alert", "progress", "CC-2017-0001",
		   "--all", "--blocked-by", "S1", "--note",
		   "The update waits for the test of the practices' record system.") &&
	       ASK(s, &said, err, "mandate", "offer", "national-lead", "--authority",
		   "the service's plan for incidents, section 2", "--until", "2017-05-06T10:00Z") &&
	       ASK(s, &said, err, "--as", "duty-analyst", "alert", "new", "CC-2017-0002", "--title",
		   "Office: install the update for CVE-2017-0199", "--severity", "high", "--cve",
		   "CVE-2017-0199", "--role", "trust", "--text",
		   "Documents sent by mail run code on opening. Install April's update.") &&
	       ASK(s, &said, err, "org", "contact", "NORLAND", "national-lead", "--name",
		   "Cleo Kettle", "--out-of-band", "5550 0100");
}

static bool let_in(struct story *s, size_t i, struct str url, struct err *err)
{
	struct str token = {0};

	if (!ASK(s, &token, err, "person", "invite", people[i].email, people[i].name, "--post",
		 people[i].post) ||
	    !ASK(s, &token, err, "person", "link", people[i].email, "--kind", "sign-in",
		 "--minutes", "1440"))
		return false;
	text_addf(&s->cli->out, "  %-30s %.*s/link/%.*s\n", people[i].who, STR_FMT(url),
		  STR_FMT(token));
	return true;
}

bool demo_serve(struct story *s, uint64_t port, struct err *err)
{
	struct cli *c = s->cli;
	struct str url = arena_fmt(c->arena, "http://127.0.0.1:%ju", (uintmax_t)port);
	const char *listening = arena_fmt(c->arena, "127.0.0.1:%ju", (uintmax_t)port).p;
	struct cli_serve wish = {.db = "lynchpin.db",
				 .listen = &listening,
				 .nlisten = 1,
				 .uploads = "/var/tmp",
				 .workers = 2,
				 .quiet = true,
				 .version = LYNCHPIN_VERSION};
	int64_t from_ms;

	if (!set_stage(s, err))
		return false;
	text_add_c(&c->out, "\nNow look at it in a browser, as any of these people. Each link is "
			    "good once; a browser window without\nhistory for each keeps them "
			    "apart.\n\n");
	for (size_t i = 0; i < ARRAY_LEN(people); i++)
		if (!let_in(s, i, url, err))
			return false;
	text_addf(&c->out,
		  "\nThe clock goes on from %.16s UTC; Ctrl-C ends it. lynchpin demo --story tells "
		  "the story alone.\n",
		  STAGE_NOW);
	if (!cli_flush(c, err) || !stamp_parse(STR(STAGE_NOW), &from_ms))
		return false;
	wish.clock = clock_from(from_ms);
	return work_start(c, wish.clock, err) && c->config->serve(&wish, err);
}
