#include "cli/command.h"

#include "cli/import.h"
#include "cli/sight.h"

/* Who may see and answer what: delegations, oversight, disclosures, the authority matrix. */

static struct directory_view view_of(struct cli *c, struct acts *a)
{
	return (struct directory_view){
		.store = acts_store(a), .arena = c->arena, .at_ms = acts_now_ms(a)};
}

static void stamp_cell(struct listing *l, int64_t ms)
{
	listing_stamp(l, ms == DIRECTORY_NO_DATE ? 0 : ms);
}

/* --- delegations ------------------------------------------------------------------ */

#define TO_OPTION                                                                                  \
	{                                                                                          \
		"--to", "CODE|POST", "to whom: an organisation, or one post"                       \
	}

static const struct cli_option grant_options[] = {
	TO_OPTION,
	{"--gives", "WORDS", "view, answer, evidence: one or more, parted by commas"},
	{"--services", "NAMES", "for these services alone, parted by commas; else for all"},
	{"--start", "TIME", "from then; else from now"},
	{"--end", "TIME", "until then; else open"},
	{NULL, NULL, NULL},
};

static const struct act_word grant_words[] = {
	{"--gives", "gives", WORD_LIST}, {"--services", "services", WORD_LIST},
	{"--start", "start", WORD_TEXT}, {"--end", "end", WORD_TEXT},
	{NULL, NULL, WORD_TEXT},
};

static const struct cli_option end_options[] = {TO_OPTION, {NULL, NULL, NULL}};

/* The member that names the receiver: "to" unless it is a post alone. */
static const char *receiver_key(const struct directory_view *view, struct str who)
{
	struct org org;
	struct post post;
	struct err unknown;

	if (directory_org_get(view, who, &org, &unknown) ||
	    !directory_post_get(view, who, &post, &unknown))
		return "to";
	return "to_post";
}

static bool act_to(struct cli *c, const char *act, const struct act_word *words, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	const char *to = cli_opt(c, "--to");
	struct directory_view view;

	if (!to)
		return err_set(err, ERR_USAGE, "to whom? --to CODE|POST");
	if (!cli_open(c, ACTS_WRITE, &a, err))
		return false;
	view = view_of(c, a);
	return import_words_act(
		c, a,
		&(struct words_act){.act = act,
				    .args = (const char *const[]){"org", "at", NULL},
				    .words = words,
				    .key = receiver_key(&view, str_of(to)),
				    .value = str_of(to)},
		err);
}

static bool grant_run(struct cli *c, struct err *err)
{
	if (!cli_opt(c, "--gives"))
		return err_set(err, ERR_USAGE, "what is given? --gives view,answer,evidence");
	return act_to(c, "delegation.grant", grant_words, err);
}

static bool end_run(struct cli *c, struct err *err)
{
	return act_to(c, "delegation.end", NULL, err);
}

static const struct cli_option list_options[] = {
	{"--org", "CODE", "what this organisation has delegated"},
	{"--to", "CODE|POST", "what this one has received; a post has its organisation's, too"},
	{"--gives", "WORD", "view, answer or evidence"},
	{"--all", NULL, "also what has ended, and what is to come"},
	{NULL, NULL, NULL},
};

static bool gives_option(const struct cli *c, unsigned *ret, struct err *err)
{
	const char *word = cli_opt(c, "--gives");

	*ret = 0;
	for (unsigned g = 1; word && g <= GIVES_ALL; g <<= 1)
		if (str_is(str_of(word), delegation_gives_name(g)))
			*ret = g;
	return !word || *ret ||
	       err_set(err, ERR_USAGE, "--gives is view, answer or evidence, not \"%s\"", word);
}

static struct str gives_text(struct cli *c, unsigned gives)
{
	struct str s = {0};

	for (unsigned g = 1; g <= GIVES_ALL; g <<= 1)
		if (gives & g)
			s = arena_fmt(c->arena, "%.*s%s%s", STR_FMT(s), s.n ? "," : "",
				      delegation_gives_name(g));
	return s;
}

static struct str services_text(struct cli *c, struct str services)
{
	struct str s = {0}, one;

	while (services.n && str_next(&services, '\n', &one))
		s = arena_fmt(c->arena, "%.*s%s%.*s", STR_FMT(s), s.n ? ", " : "", STR_FMT(one));
	return s;
}

static void delegation_row(struct cli *c, struct listing *l, const struct delegation *d)
{
	listing_text(l, d->org);
	listing_text(l, d->to.n ? d->to : d->to_post);
	listing_text(l, d->to.n ? STR("organisation") : STR("post"));
	listing_text(l, gives_text(c, d->gives));
	listing_text(l, services_text(c, d->services));
	stamp_cell(l, d->start_ms);
	stamp_cell(l, d->end_ms);
	listing_text(l, d->by);
}

static bool list_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"org", "organisation", false},
		{"to", "to", false},
		{"receiver", "which is", false},
		{"gives", "gives", false},
		{"services", "services", false},
		{"start", "start", false},
		{"end", "end", false},
		{"by", "granted by", false},
		{NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	struct delegation_filter filter = {.org = str_of(cli_opt(c, "--org")),
					   .all = cli_flag(c, "--all")};
	struct str to = str_of(cli_opt(c, "--to"));
	struct delegations found;
	struct directory_view view;
	struct listing *l;

	if (!gives_option(c, &filter.gives, err) || !cli_open(c, ACTS_READ, &a, err))
		return false;
	view = view_of(c, a);
	if (to.n && strcmp(receiver_key(&view, to), "to") != 0)
		filter.post = to;
	else
		filter.to = to;
	if (!directory_delegations(&view, &filter, &found, err))
		return false;
	l = listing_begin(c, "delegations", columns);
	for (size_t i = 0; i < found.n; i++)
		delegation_row(c, l, &found.v[i]);
	return listing_end(l, "Nothing is delegated there.", err);
}

/* --- oversight --------------------------------------------------------------------------- */

static const struct cli_option oversee_options[] = {
	{"--duty", "DUTY", "alerts, evidence, incident, assurance or exceptions"},
	{"--body", "CODE", "the organisation that oversees"},
	{"--lead", NULL, "it leads; who led before reads from then on"},
	{"--start", "TIME", "from then; else from now"},
	{"--end", "TIME", "until then; else open"},
	{NULL, NULL, NULL},
};

static const struct act_word oversee_words[] = {
	{"--duty", "duty", WORD_TEXT},	 {"--body", "body", WORD_TEXT},
	{"--start", "start", WORD_TEXT}, {"--end", "end", WORD_TEXT},
	{"--lead", "lead", WORD_FLAG},	 {NULL, NULL, WORD_TEXT},
};

static bool oversee_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "oversight.set", (const char *const[]){"org", NULL},
				 oversee_words, err);
}

static const struct cli_option unoversee_options[] = {
	{"--duty", "DUTY", "in which duty"},
	{"--body", "CODE", "the organisation that oversees it no more"},
	{NULL, NULL, NULL},
};

static const struct act_word unoversee_words[] = {
	{"--duty", "duty", WORD_TEXT},
	{"--body", "body", WORD_TEXT},
	{NULL, NULL, WORD_TEXT},
};

static bool unoversee_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "oversight.end", (const char *const[]){"org", "at", NULL},
				 unoversee_words, err);
}

static const struct cli_option oversight_options[] = {
	{"--duty", "DUTY", "of this duty alone"},
	{NULL, NULL, NULL},
};

static bool oversight_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"org", NULL, false},	  {"duty", "duty", false},   {"body", "body", false},
		{"lead", "leads", false}, {"start", "start", false}, {"end", "end", false},
		{NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	struct directory_view view;
	struct oversights found;
	struct listing *l;
	struct org org;

	if (!cli_open(c, ACTS_READ, &a, err))
		return false;
	view = view_of(c, a);
	if (!directory_org_get(&view, cli_arg(c, 0), &org, err) ||
	    !directory_oversight(&view, org.code, str_of(cli_opt(c, "--duty")), &found, err))
		return false;
	l = listing_begin(c, "oversight", columns);
	for (size_t i = 0; i < found.n; i++) {
		listing_text(l, found.v[i].org);
		listing_text(l, found.v[i].duty);
		listing_text(l, found.v[i].body);
		listing_bool(l, found.v[i].lead);
		stamp_cell(l, found.v[i].start_ms);
		stamp_cell(l, found.v[i].end_ms);
	}
	return listing_end(l, "Nobody is named to oversee it.", err);
}

/* --- disclosures --------------------------------------------------------------------------- */

static const struct cli_option open_options[] = {
	{"--purpose", "TEXT", "what for; the organisation reads it"},
	{NULL, NULL, NULL},
};

static const struct act_word open_words[] = {
	{"--purpose", "purpose", WORD_TEXT},
	{NULL, NULL, WORD_TEXT},
};

static bool open_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "disclosure.open", (const char *const[]){"org", NULL},
				 open_words, err);
}

static bool disclosures_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"org", NULL, false},	       {"post", "post", false},
		{"user", "user", false},       {"opened", "opened", false},
		{"until", "until", false},     {"open", "open now", false},
		{"purpose", "purpose", false}, {NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	struct directory_view view;
	struct disclosures found;
	struct sight sight;
	struct listing *l;
	struct org org;

	if (!cli_open(c, ACTS_READ, &a, err) || !sight_open(c, a, &sight, err))
		return false;
	view = sight.view;
	if (!directory_org_get(&view, cli_arg(c, 0), &org, err) ||
	    !sight_need(&sight, org.code, SEES_COUNTS, err) ||
	    !directory_disclosures(&view, org.code, &found, err))
		return false;
	l = listing_begin(c, "disclosures", columns);
	for (size_t i = 0; i < found.n; i++) {
		const struct disclosure *d = &found.v[i];

		listing_text(l, d->org);
		listing_text(l, d->post);
		listing_text(l, d->user);
		stamp_cell(l, d->opened_ms);
		stamp_cell(l, d->until_ms);
		listing_bool(l, view.at_ms < d->until_ms);
		listing_text(l, d->purpose);
	}
	return listing_end(l, "Nobody has opened its device list.", err);
}

/* --- successors ------------------------------------------------------------------------------ */

static bool successors_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"org", "organisation", false},
		{"successor", "now answered for by", false},
		{"at", "since", false},
		{NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	struct directory_view view;
	struct successions found;
	struct listing *l;

	if (!cli_open(c, ACTS_READ, &a, err))
		return false;
	view = view_of(c, a);
	if (!directory_successions(&view, (struct str){0}, &found, err))
		return false;
	l = listing_begin(c, "successions", columns);
	for (size_t i = 0; i < found.n; i++) {
		listing_text(l, found.v[i].org);
		listing_text(l, found.v[i].successor);
		listing_day(l, found.v[i].at_ms == DIRECTORY_NO_DATE ? 0 : found.v[i].at_ms);
	}
	return listing_end(l, "No organisation has a successor that is open.", err);
}

/* --- the authority matrix ----------------------------------------------------------------------
 */

/* Kinds of post as the table of rights has them, each once. */
struct kinds {
	const char *v[32];
	size_t n;
};

static void note_kind(void *ctx, const char *kind, enum post_scope scope, const char *right)
{
	struct kinds *k = ctx;

	(void)scope;
	(void)right;
	if ((!k->n || strcmp(k->v[k->n - 1], kind) != 0) && k->n < ARRAY_LEN(k->v))
		k->v[k->n++] = kind;
}

struct matrix {
	struct listing *l;
	struct kinds kinds;
	const char *kind, *act; /* only this one; NULL: all */
};

static void matrix_row(struct matrix *m, const struct act_kind *act, const char *kind)
{
	bool may[REACH_SERVICE + 1], any = false;

	for (unsigned r = 0; r < ARRAY_LEN(may); r++) {
		may[r] = directory_kind_may(str_of(kind), str_of(act->right), (enum post_reach)r);
		any |= may[r];
	}
	if (!any || (m->kind && strcmp(m->kind, kind) != 0))
		return;
	listing_text(m->l, str_of(act->name));
	listing_text(m->l, str_of(act->right));
	listing_text(m->l, str_of(kind));
	for (unsigned r = 0; r < ARRAY_LEN(may); r++)
		listing_bool(m->l, may[r]);
}

static void matrix_act(void *ctx, const struct act_kind *act)
{
	struct matrix *m = ctx;

	for (size_t i = 0; i < m->kinds.n && (!m->act || strcmp(m->act, act->name) == 0); i++)
		matrix_row(m, act, m->kinds.v[i]);
}

static const struct cli_option matrix_options[] = {
	{"--act", "NAME", "of this act alone (journal acts lists them)"},
	{"--kind", "KIND", "of this kind of post alone"},
	{NULL, NULL, NULL},
};

static bool matrix_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"act", "act", false},
		{"right", "right", false},
		{"post", "kind of post", false},
		{"own", "own", false},
		{"delegated", "delegated", false},
		{"own_region", "own region", false},
		{"other_region", "elsewhere", false},
		{"nation", "whole service", false},
		{NULL, NULL, false},
	};
	struct matrix m = {.kind = cli_opt(c, "--kind"), .act = cli_opt(c, "--act")};

	directory_rights_each(note_kind, &m.kinds);
	m.l = listing_begin(c, "matrix", columns);
	acts_each_kind(matrix_act, &m);
	return listing_end(m.l, "No post may do that.", err);
}

const struct command delegate_commands[] = {
	{"delegate", "grant", "ORG",
	 "Let another view, answer or send evidence for an organisation.", 1, 1, grant_options,
	 grant_run},
	{"delegate", "end", "ORG DATE", "End what an organisation has delegated to another.", 2, 2,
	 end_options, end_run},
	{"delegate", "list", NULL, "List what is delegated by whom to whom.", 0, 0, list_options,
	 list_run},
	{"org", "oversee", "ORG", "Name a body that oversees an organisation in a duty.", 1, 1,
	 oversee_options, oversee_run},
	{"org", "unoversee", "ORG DATE", "End a body's oversight.", 2, 2, unoversee_options,
	 unoversee_run},
	{"org", "oversight", "ORG", "Show who oversees an organisation, and who leads.", 1, 1,
	 oversight_options, oversight_run},
	{"org", "successors", NULL, "List who answers for organisations that were merged.", 0, 0,
	 NULL, successors_run},
	{"disclosure", "open", "ORG",
	 "Open the device list of another organisation to the acting post, for 8 hours.", 1, 1,
	 open_options, open_run},
	{"disclosure", "list", "ORG", "Show who opened an organisation's device list, and why.", 1,
	 1, NULL, disclosures_run},
	{"post", "matrix", NULL,
	 "Show which kind of post may do what, and where; what is not listed it may not.", 0, 0,
	 matrix_options, matrix_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
