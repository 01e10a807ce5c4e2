#include "cli/sight.h"

#include <stdio.h>

#include "exposure/exposure.h"
#include "wire/wire.h"

/*
 * Vulnerabilities one after another, answered from a world that is opened once and follows what
 * comes into the store meanwhile.
 */

enum { LINE_BYTES = 64 }; /* of which a CVE number takes up to 23 */

struct ask {
	struct cli *cli;
	struct acts *acts;
	struct globe *globe;
};

static void ask_release(struct ask *k)
{
	globe_closep(&k->globe);
	acts_closep(&k->acts);
}

static const char *unjudged(enum vuln_state state)
{
	return state == VULN_REJECTED ? "rejected" : "awaiting analysis";
}

struct told {
	struct str cve;
	uint64_t line; /* where that is none */
	const struct exposure_org_list *list;
	uint64_t orgs; /* with a device exposed */
};

static void counts_text(struct text *out, const struct told *t)
{
	const struct exposure_org *n = &t->list->total;

	text_addf(out,
		  "%ju exposed\t%ju unknown\t%ju fixed\t%ju not affected\tof %ju %s\t"
		  "exposed in %ju %s\n",
		  (uintmax_t)n->exposed, (uintmax_t)n->unknown, (uintmax_t)n->fixed,
		  (uintmax_t)n->not_affected, (uintmax_t)n->devices,
		  plural(n->devices, "device", "devices"), (uintmax_t)t->orgs,
		  plural(t->orgs, "organisation", "organisations"));
}

/* why: what kept it from an answer, or NULL. */
static void answer_text(struct text *out, const struct told *t, const char *why)
{
	if (t->line)
		text_addf(out, "line %ju\t", (uintmax_t)t->line);
	else
		text_addf(out, "%.*s\t", STR_FMT(t->cve));
	if (why)
		text_addf(out, "%s\n", why);
	else
		counts_text(out, t);
}

/* An object a line. */
static bool answer_json(struct text *out, const struct told *t, const char *why, struct err *err)
{
	AUTO(text_freep) struct text doc = {0};
	struct json_out *o = json_out_open(&doc);
	const struct exposure_org *n = &t->list->total;
	const struct {
		const char *key;
		uint64_t n;
	} counts[] = {{"exposed", n->exposed}, {"unknown", n->unknown},
		      {"fixed", n->fixed},     {"not_affected", n->not_affected},
		      {"devices", n->devices}, {"organisations_exposed", t->orgs}};

	json_out_object(o);
	json_out_key(o, t->line ? "line" : "cve");
	if (t->line)
		json_out_i64(o, (int64_t)t->line);
	else
		json_out_str(o, t->cve);
	if (why) {
		json_out_key(o, "why_not");
		json_out_str(o, str_of(why));
	}
	for (size_t i = 0; i < ARRAY_LEN(counts) && !why; i++) {
		json_out_key(o, counts[i].key);
		json_out_i64(o, (int64_t)counts[i].n);
	}
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	text_add(out, text_str(&doc));
	text_add_char(out, '\n');
	return true;
}

static bool say(struct ask *k, const struct told *t, const char *why, struct err *err)
{
	if (!k->cli->json)
		answer_text(&k->cli->out, t, why);
	else if (!answer_json(&k->cli->out, t, why, err))
		return false;
	return cli_flush(k->cli, err);
}

/* One line; what cannot be answered is said, and the next may be asked. */
static bool answer(struct ask *k, struct str cve, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct exposure_org_list list = {0};
	struct told t = {.cve = cve, .list = &list};
	struct exposure_world *world;
	struct err why = {0};

	if (!globe_now(k->globe, &world, err))
		return false;
	if (!exposure_orgs(world, cve, arena, &list, &why))
		return say(k, &t, why.text, err);
	for (size_t i = 0; i < list.n; i++)
		t.orgs += list.v[i].exposed != 0;
	return say(k, &t, list.judged ? NULL : unjudged(list.vuln), err);
}

/* A text saved by some editors begins with a mark. */
static struct str without_bom(struct str line)
{
	struct str bom = STR("\xef\xbb\xbf");

	return str_starts(line, bom) ? str_from(line.p + bom.n, line.n - bom.n) : line;
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
	*ret = str_trim(without_bom(str_from(line, n)));
	return n || c != EOF;
}

/* What is no CVE number is not said back: it may be anything. */
static bool ask_line(struct ask *k, struct str line, uint64_t number, struct err *err)
{
	static const struct exposure_org_list none;
	char buf[CVE_TEXT_BYTES];
	uint64_t key;

	if (cve_parse(line, &key))
		return answer(k, cve_format(key, buf), err);
	return say(k, &(struct told){.line = number, .list = &none},
		   "no CVE number, as CVE-2017-0144 is", err);
}

static bool ask_run(struct cli *c, struct err *err)
{
	AUTO(ask_release) struct ask k = {.cli = c};
	struct sight sight;
	char line[LINE_BYTES];
	struct str asked;
	bool bad;

	if (!cli_open(c, ACTS_READ, &k.acts, err) || !sight_open(c, k.acts, &sight, err) ||
	    !sight_whole(&sight, err) || !globe_open(k.acts, &k.globe, err))
		return false;
	for (uint64_t number = 1; line_next(line, &asked, &bad); number++)
		if ((asked.n || bad) && !ask_line(&k, bad ? (struct str){0} : asked, number, err))
			return false;
	return true;
}

const struct command ask_commands[] = {
	{"ask", NULL, NULL,
	 "Answer vulnerabilities, a CVE a line on standard input, by what the store holds then; "
	 "with "
	 "--json an object a line.",
	 0, 0, NULL, ask_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
