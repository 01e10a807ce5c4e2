#include "cli/sight.h"

#include <stdio.h>

#include "estate/estate.h"
#include "exposure/exposure.h"

/*
 * Vulnerabilities one after another, answered from a world that is opened once and follows what
 * comes into the store meanwhile.
 */

enum { LINE_BYTES = 64 }; /* of which a CVE number takes up to 23 */

struct ask {
	struct cli *cli;
	struct acts *acts;
	struct estate *estate;
	struct exposure_world *world;
};

static void ask_release(struct ask *k)
{
	if (k->world)
		exposure_world_close(k->world);
	estate_closep(&k->estate);
	acts_closep(&k->acts);
}

static struct exposure_sources sources(const struct ask *k)
{
	return (struct exposure_sources){.store = acts_store(k->acts),
					 .estate = k->estate,
					 .journal = acts_journal(k->acts),
					 .now_ms = acts_now_ms(k->acts)};
}

static bool catch_up(struct ask *k, struct err *err)
{
	struct exposure_sources now = sources(k);
	struct exposure_world *next = NULL;

	if (!exposure_world_follow(k->world, &now, &next, err))
		return false;
	if (next) {
		exposure_world_close(k->world);
		k->world = next;
	}
	return true;
}

static const char *unjudged(enum vuln_state state)
{
	return state == VULN_REJECTED ? "rejected" : "awaiting analysis";
}

/* One line; what cannot be answered is said, and the next may be asked. */
static bool answer(struct ask *k, struct str cve, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct exposure_org_list list;
	struct err why = {0};
	uint64_t orgs = 0;

	if (!catch_up(k, err))
		return false;
	if (!exposure_orgs(k->world, cve, arena, &list, &why)) {
		text_addf(&k->cli->out, "%.*s\t%s\n", STR_FMT(cve), why.text);
		return cli_flush(k->cli, err);
	}
	for (size_t i = 0; i < list.n; i++)
		orgs += list.v[i].exposed != 0;
	text_addf(&k->cli->out, "%.*s\t", STR_FMT(cve));
	if (list.judged)
		text_addf(&k->cli->out,
			  "%ju exposed\t%ju unknown\t%ju fixed\t"
			  "%ju not affected\tof %ju %s\texposed in %ju %s",
			  (uintmax_t)list.total.exposed, (uintmax_t)list.total.unknown,
			  (uintmax_t)list.total.fixed, (uintmax_t)list.total.not_affected,
			  (uintmax_t)list.total.devices,
			  plural(list.total.devices, "device", "devices"), (uintmax_t)orgs,
			  plural(orgs, "organisation", "organisations"));
	else
		text_add_c(&k->cli->out, unjudged(list.vuln));
	text_add_char(&k->cli->out, '\n');
	return cli_flush(k->cli, err);
}

/* The next line without its end, from stdin; what is longer than line comes empty and *ret_bad. */
static bool line_next(char line[LINE_BYTES], struct str *ret, bool *ret_bad)
{
	size_t n = 0;
	int c;

	*ret_bad = false;
	while ((c = getchar()) != EOF && c != '\n') {
		*ret_bad |= n == LINE_BYTES || c == 0;
		if (n < LINE_BYTES)
			line[n++] = (char)c;
	}
	*ret = str_trim(str_from(line, n));
	return n || c != EOF;
}

/* What is no CVE number is not said back: it may be anything. */
static bool ask_line(struct ask *k, struct str line, uint64_t number, struct err *err)
{
	char buf[CVE_TEXT_BYTES];
	uint64_t key;

	if (cve_parse(line, &key))
		return answer(k, cve_format(key, buf), err);
	text_addf(&k->cli->out, "line %ju\tno CVE number, as CVE-2017-0144 is\n",
		  (uintmax_t)number);
	return cli_flush(k->cli, err);
}

static bool ask_run(struct cli *c, struct err *err)
{
	AUTO(ask_release) struct ask k = {.cli = c};
	struct exposure_sources from;
	struct sight sight;
	char line[LINE_BYTES];
	struct str asked;
	bool bad;

	if (!cli_open(c, ACTS_READ, &k.acts, err) || !sight_open(c, k.acts, &sight, err) ||
	    !sight_whole(&sight, err) || !estate_open(acts_journal(k.acts), &k.estate, err))
		return false;
	from = sources(&k);
	if (!exposure_world_open(&from, &k.world, err))
		return false;
	for (uint64_t number = 1; line_next(line, &asked, &bad); number++)
		if ((asked.n || bad) && !ask_line(&k, bad ? (struct str){0} : asked, number, err))
			return false;
	return true;
}

const struct command ask_commands[] = {
	{"ask", NULL, NULL,
	 "Answer vulnerabilities, a CVE a line on standard input, by what the store holds then.", 0,
	 0, NULL, ask_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
