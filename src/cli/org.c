#include "cli/command.h"

#include <limits.h>

#include "base/file.h"
#include "cli/import.h"
#include "cli/propose.h"
#include "directory/directory.h"

static struct directory_view view_of(struct cli *c, struct acts *a)
{
	return (struct directory_view){
		.store = acts_store(a), .arena = c->arena, .at_ms = acts_now_ms(a)};
}

/* --- import ------------------------------------------------------------------------ */

static const struct cli_option import_options[] = {
	{"--format", "NAME", "force a format (org formats lists them); else by content"},
	{"--source", "NAME", "whose statements these are; else the format's own"},
	{"--taken", "TIME", "when the statements were true; else as the file or its name says"},
	{NULL, NULL, NULL},
};

/* What the file's rows speak of; relationships are of organisations. */
static const char *things_of(const char *format)
{
	static const char *const own[] = {"sites", "contacts"};

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (strcmp(format, own[i]) == 0)
			return own[i];
	return strcmp(format, "posts") == 0 ? "posts, persons and holdings" : "organisations";
}

static void say_report(struct cli *c, const char *path, const struct directory_report *r)
{
	text_addf(&c->out, "%s: %s, %ju accepted, %ju skipped, %ju refused", path, r->format,
		  (uintmax_t)r->accepted, (uintmax_t)r->skipped, (uintmax_t)r->refused);
	text_addf(&c->out, "; %s: %ju new, %ju changed (%ju closed), %ju as before%s\n",
		  things_of(r->format), (uintmax_t)r->added, (uintmax_t)r->changed,
		  (uintmax_t)r->closed, (uintmax_t)r->unchanged,
		  r->seen_before ? " (seen before)" : "");
	if (r->refused)
		text_addf(&c->out,
			  "  REFUSED: %ju %s not taken in; mend and import the file "
			  "again, the others stay as they are\n",
			  (uintmax_t)r->refused, plural(r->refused, "row was", "rows were"));
	for (size_t i = 0; i < r->nreasons; i++) {
		if (r->reasons[i].line)
			text_addf(&c->out, "  line %zu: ", r->reasons[i].line);
		else
			text_add(&c->out, STR("  "));
		text_add(&c->out, r->reasons[i].text);
		text_add_char(&c->out, '\n');
	}
}

static bool import_one(struct cli *c, struct acts *a, const char *path, struct err *err)
{
	AUTO(text_freep) struct text body = {0};
	AUTO(import_unmap) struct str bytes = {0};
	struct directory_view view = view_of(c, a);
	struct directory_report report = {0};
	struct directory_import in = {.format = str_of(cli_opt(c, "--format")),
				      .source = str_of(cli_opt(c, "--source")),
				      .file = file_base_name(path),
				      .received_ms = acts_now_ms(a)};

	if (!import_no_folder("org import", path, err) || !file_map(path, &bytes, err) ||
	    !cli_opt_stamp(c, "--taken", DIRECTORY_NO_DATE, &in.taken_ms, err))
		return false;
	in.bytes = bytes;
	if (!directory_import_body(&view, &in, &report, &body, err) ||
	    !import_act(a, &(struct act_request){.act = "org.import", .body = text_str(&body)},
			bytes, err))
		return err_wrap(err, "%s", path);
	say_report(c, path, &report);
	return true;
}

static bool import_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;

	if (!cli_open(c, ACTS_WRITE, &a, err) || !acts_begin(a, err))
		return false;
	for (unsigned i = 0; i < c->nargs; i++) {
		cli_progress("%u of %u: %s", i + 1, c->nargs, c->args[i]);
		if (!import_one(c, a, c->args[i], err)) {
			acts_rollback(a);
			text_clear(&c->out);
			return false;
		}
	}
	return acts_commit(a, err);
}

static bool formats_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"format", "format", false},
		{"source", "source", false},
		{"about", "what it is", false},
		{NULL, NULL, false},
	};
	struct listing *l = listing_begin(c, "formats", columns);

	for (size_t i = 0; directory_format_at(i); i++) {
		const struct directory_format *f = directory_format_at(i);

		listing_text(l, str_of(f->name));
		listing_text(l, str_of(f->source));
		listing_text(l, str_of(f->about));
	}
	return listing_end(l, "", err);
}

/* --- list, tree, show ----------------------------------------------------------------- */

static const struct cli_option list_options[] = {
	{"--role", "ROLE", "trust, gp_practice, icb, region..."},
	{"--region", "CODE", "by code or name"},
	{"--parent", "CODE", "beneath this organisation, at any depth"},
	{"--text", "WORDS", "each word occurs in code or name"},
	{"--state", "STATE", "open (the default), closed or any"},
	{"--limit", "N", "at most N"},
	{"--offset", "N", "after the first N"},
	{NULL, NULL, NULL},
};

static void date_or_null(struct listing *l, int64_t ms)
{
	listing_day(l, ms == DIRECTORY_NO_DATE ? 0 : ms);
}

static const struct column org_columns[] = {
	{"org", "code", false},		{"name", "name", false},
	{"role", "role", false},	{"parent", "parent", false},
	{"region", "region", false},	{"open", NULL, false},
	{"opened", NULL, false},	{"closed", "closed", false},
	{"successor", NULL, false},	{"expected_devices", "devices expected", true},
	{"patients", "patients", true}, {"staff", "staff", true},
	EXPECTED_CLASS_COLUMNS,		{NULL, NULL, false},
};

static void org_row(struct listing *l, const struct org *o)
{
	listing_text(l, o->code);
	listing_text(l, o->name);
	listing_text(l, o->role);
	listing_text(l, o->parent);
	listing_text(l, o->region);
	listing_bool(l, o->open);
	date_or_null(l, o->opened_ms);
	date_or_null(l, o->closed_ms);
	listing_text(l, o->successor);
	count_cell(l, o->expected_devices);
	count_cell(l, o->patients);
	count_cell(l, o->staff);
	expected_class_cells(l, o->expected);
}

static bool list_filter(struct cli *c, struct org_filter *f, struct err *err)
{
	const char *state = cli_opt(c, "--state");
	uint64_t limit, offset;

	if (!cli_opt_u64(c, "--limit", 0, &limit, err) ||
	    !cli_opt_u64(c, "--offset", 0, &offset, err))
		return false;
	*f = (struct org_filter){.role = str_of(cli_opt(c, "--role")),
				 .region = str_of(cli_opt(c, "--region")),
				 .parent = str_of(cli_opt(c, "--parent")),
				 .text = str_of(cli_opt(c, "--text")),
				 .state = ORG_OPEN,
				 .limit = limit,
				 .offset = offset};
	if (!state || strcmp(state, "open") == 0)
		return true;
	f->state = strcmp(state, "any") == 0 ? ORG_ANY : ORG_CLOSED;
	return f->state == ORG_ANY || strcmp(state, "closed") == 0 ||
	       err_set(err, ERR_USAGE, "--state is open, closed or any, not \"%s\"", state);
}

static bool list_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct org_filter filter;
	struct directory_view view;
	struct org_list list;
	struct listing *l;

	if (!list_filter(c, &filter, err) || !cli_open(c, ACTS_READ, &a, err))
		return false;
	view = view_of(c, a);
	if (!directory_org_list(&view, &filter, &list, err))
		return false;
	l = listing_begin(c, "organisations", org_columns);
	listing_note_int(l, "total", (int64_t)list.total);
	for (size_t i = 0; i < list.n; i++)
		org_row(l, &list.v[i]);
	return listing_end(l, "No organisations match. lynchpin org import FILE... brings some in.",
			   err);
}

static const struct cli_option tree_options[] = {
	{"--depth", "N", "so many levels down; else all"},
	{NULL, NULL, NULL},
};

static bool tree_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"tree", "organisation", false},
		{"org", NULL, false},
		{"name", NULL, false},
		{"depth", NULL, true},
		{"kind", NULL, false},
		{"role", "role", false},
		{"expected_devices", "devices expected", true},
		{"patients", "patients", true},
		{NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	struct directory_view view;
	struct org_tree tree;
	struct listing *l;
	uint64_t depth;

	if (!cli_opt_u64(c, "--depth", 0, &depth, err) || !cli_open(c, ACTS_READ, &a, err))
		return false;
	view = view_of(c, a);
	if (!directory_org_tree(&view, cli_arg(c, 0), (uint32_t)MIN_OF(depth, (uint64_t)UINT32_MAX),
				&tree, err))
		return false;
	l = listing_begin(c, "organisations", columns);
	for (size_t i = 0; i < tree.n; i++) {
		const struct org_node *n = &tree.v[i];

		listing_text(l, arena_fmt(c->arena, "%*s%.*s  %.*s", (int)n->depth * 2, "",
					  STR_FMT(n->org.code), STR_FMT(n->org.name)));
		listing_text(l, n->org.code);
		listing_text(l, n->org.name);
		listing_int(l, n->depth);
		listing_text(l, n->kind);
		listing_text(l, n->org.role);
		count_cell(l, n->org.expected_devices);
		count_cell(l, n->org.patients);
	}
	return listing_end(l, "No organisations yet. lynchpin org import FILE... brings some in.",
			   err);
}

static void line_of(struct cli *c, const char *label, struct str value)
{
	if (value.n)
		text_addf(&c->out, "  %-18s %.*s\n", label, STR_FMT(value));
}

static struct str count_text(struct cli *c, int64_t n)
{
	return n == DIRECTORY_NO_COUNT ? STR("not known") : arena_fmt(c->arena, "%jd", (intmax_t)n);
}

static struct str date_text(struct cli *c, int64_t ms)
{
	char buf[STAMP_BYTES];

	return ms == DIRECTORY_NO_DATE ? (struct str){0}
				       : arena_str(c->arena, date_format(ms, buf));
}

static bool show_relations(struct cli *c, const struct directory_view *view, struct str code,
			   struct err *err)
{
	struct relations rel;

	if (!directory_relations(view, code, false, &rel, err))
		return false;
	for (size_t i = 0; i < rel.n; i++) {
		struct str since = date_text(c, rel.v[i].start_ms);

		text_addf(&c->out, "  %-18.*s %.*s%s%.*s  (said by %.*s)\n", STR_FMT(rel.v[i].kind),
			  STR_FMT(rel.v[i].to), since.n ? " since " : "", STR_FMT(since),
			  STR_FMT(rel.v[i].source));
	}
	return true;
}

static bool show_people(struct cli *c, const struct directory_view *view, struct str code,
			struct err *err)
{
	struct contacts contacts;
	struct sites sites;
	struct posts posts;

	if (!directory_contacts(view, code, &contacts, err) ||
	    !directory_sites(view, code, &sites, err) || !directory_posts(view, code, &posts, err))
		return false;
	for (size_t i = 0; i < posts.n; i++)
		text_addf(&c->out, "  post               %.*s (%.*s)%s\n", STR_FMT(posts.v[i].id),
			  STR_FMT(posts.v[i].kind),
			  posts.v[i].ended_ms == DIRECTORY_NO_DATE ? "" : ", ended");
	for (size_t i = 0; i < contacts.n; i++) {
		const struct contact *k = &contacts.v[i];

		text_addf(&c->out, "  contact            %.*s: %.*s, %.*s, out of band %.*s; ",
			  STR_FMT(k->post), STR_FMT(k->name), STR_FMT(k->email),
			  STR_FMT(k->out_of_band));
		if (k->age_days < 0)
			text_add(&c->out, STR("never confirmed\n"));
		else
			text_addf(&c->out, "confirmed %jd days ago\n", (intmax_t)k->age_days);
	}
	if (sites.n)
		text_addf(&c->out, "  sites              %zu\n", sites.n);
	return true;
}

static bool show_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct directory_view view;
	struct str proposed;
	struct org org;

	if (!cli_open(c, ACTS_READ, &a, err))
		return false;
	view = view_of(c, a);
	if (!directory_org_get(&view, cli_arg(c, 0), &org, err))
		return false;
	if (c->json || c->csv) {
		struct listing *l = listing_begin(c, "organisations", org_columns);

		org_row(l, &org);
		return listing_end(l, "", err);
	}
	text_addf(&c->out, "%.*s  %.*s%s\n", STR_FMT(org.code), STR_FMT(org.name),
		  org.open ? "" : "  (closed)");
	line_of(c, "role", org.role);
	line_of(c, "region", org.region);
	line_of(c, "parent", org.parent);
	line_of(c, "opened", date_text(c, org.opened_ms));
	line_of(c, "closed", date_text(c, org.closed_ms));
	line_of(c, "successor", org.successor);
	line_of(c, "devices expected", count_text(c, org.expected_devices));
	line_of(c, "of these", devices_text(c->arena, DIRECTORY_NO_COUNT, org.expected));
	if (!proposal_line(&view, org.code, &proposed, err))
		return false;
	line_of(c, "fewer proposed", proposed);
	line_of(c, "patients", count_text(c, org.patients));
	line_of(c, "staff", count_text(c, org.staff));
	return show_relations(c, &view, org.code, err) && show_people(c, &view, org.code, err);
}

static bool facts_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"fact", "fact", false},	 {"value", "value", false},
		{"source", "source", false},	 {"taken", "taken", false},
		{"in_force", "in force", false}, {NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	struct directory_view view;
	struct org_facts facts;
	struct listing *l;

	if (!cli_open(c, ACTS_READ, &a, err))
		return false;
	view = view_of(c, a);
	if (!directory_org_facts(&view, cli_arg(c, 0), &facts, err))
		return false;
	l = listing_begin(c, "facts", columns);
	for (size_t i = 0; i < facts.n; i++) {
		listing_text(l, facts.v[i].fact);
		listing_text(l, facts.v[i].value);
		listing_text(l, facts.v[i].source);
		date_or_null(l, facts.v[i].taken_ms);
		listing_bool(l, facts.v[i].in_force);
	}
	return listing_end(l, "No source has said anything of it.", err);
}

/* --- one act each -------------------------------------------------------------------------- */

static const struct cli_option add_options[] = {
	{"--role", "ROLE", "trust, gp_practice, icb, region, supplier..."},
	{"--parent", "CODE", "the organisation above"},
	{"--region", "CODE", "its region, where the tree doesn't say"},
	{"--expected-devices", "N", "how many devices it should have"},
	{"--expected", "CLASS=N...",
	 "of a class: workstation, server, medical, network, mobile, other"},
	{"--patients", "N", "patients on its list"},
	{"--staff", "N", "staff, whole-time equivalents"},
	{"--opened", "DATE", "since when"},
	{NULL, NULL, NULL},
};

static const struct act_word add_words[] = {
	{"--role", "role", WORD_TEXT},
	{"--parent", "parent", WORD_TEXT},
	{"--region", "region", WORD_TEXT},
	{"--opened", "opened", WORD_TEXT},
	{"--expected-devices", "expected_devices", WORD_NUMBER},
	{"--expected", "expected", WORD_COUNTS},
	{"--patients", "patients", WORD_NUMBER},
	{"--staff", "staff", WORD_NUMBER},
	{NULL, NULL, WORD_TEXT},
};

static bool add_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "org.add", (const char *const[]){"org", "name", NULL},
				 add_words, err);
}

static const struct cli_option change_options[] = {
	{"--name", "TEXT", "its name"},
	{"--role", "ROLE", "its role"},
	{"--parent", "CODE", "the organisation above"},
	{"--region", "CODE", "its region"},
	{"--expected-devices", "N", "how many devices it should have; fewer than now: org propose"},
	{"--expected", "CLASS=N...",
	 "of a class: workstation, server, medical, network, mobile, other; the same"},
	{"--patients", "N", "patients on its list"},
	{"--staff", "N", "staff, whole-time equivalents"},
	{NULL, NULL, NULL},
};

static const struct act_word change_words[] = {
	{"--name", "name", WORD_TEXT},
	{"--role", "role", WORD_TEXT},
	{"--parent", "parent", WORD_TEXT},
	{"--region", "region", WORD_TEXT},
	{"--expected-devices", "expected_devices", WORD_NUMBER},
	{"--expected", "expected", WORD_COUNTS},
	{"--patients", "patients", WORD_NUMBER},
	{"--staff", "staff", WORD_NUMBER},
	{NULL, NULL, WORD_TEXT},
};

static bool change_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "org.change", (const char *const[]){"org", NULL}, change_words,
				 err);
}

static const struct cli_option close_options[] = {
	{"--successor", "CODE", "who takes over"},
	{NULL, NULL, NULL},
};

static const struct act_word close_words[] = {
	{"--successor", "successor", WORD_TEXT},
	{NULL, NULL, WORD_TEXT},
};

static bool close_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "org.close", (const char *const[]){"org", "at", NULL},
				 close_words, err);
}

static bool succeed_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "org.succeed",
				 (const char *const[]){"org", "successor", "at", NULL}, NULL, err);
}

static const struct cli_option contact_options[] = {
	{"--name", "TEXT", "who"},
	{"--email", "ADDRESS", "e-mail"},
	{"--phone", "NUMBER", "telephone"},
	{"--out-of-band", "NUMBER", "a number that works when the network does not"},
	{NULL, NULL, NULL},
};

static const struct act_word contact_words[] = {
	{"--name", "name", WORD_TEXT},	 {"--email", "email", WORD_TEXT},
	{"--phone", "phone", WORD_TEXT}, {"--out-of-band", "out_of_band", WORD_TEXT},
	{NULL, NULL, WORD_TEXT},
};

static bool contact_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "contact.set", (const char *const[]){"org", "post", NULL},
				 contact_words, err);
}

static bool confirm_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "contact.confirm", (const char *const[]){"org", "post", NULL},
				 NULL, err);
}

/* --- posts ----------------------------------------------------------------------------------- */

static const struct cli_option post_options[] = {
	{"--title", "TEXT", "what people call it"},
	{NULL, NULL, NULL},
};

static const struct act_word post_words[] = {
	{"--title", "title", WORD_TEXT},
	{NULL, NULL, WORD_TEXT},
};

static bool post_add_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "post.add", (const char *const[]){"post", "kind", "org", NULL},
				 post_words, err);
}

static const struct cli_option person_options[] = {
	{"--email", "ADDRESS", "e-mail"},
	{"--phone", "NUMBER", "telephone"},
	{"--org", "CODE", "where the person works"},
	{NULL, NULL, NULL},
};

static const struct act_word person_words[] = {
	{"--email", "email", WORD_TEXT},
	{"--phone", "phone", WORD_TEXT},
	{"--org", "org", WORD_TEXT},
	{NULL, NULL, WORD_TEXT},
};

static bool person_add_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "person.add", (const char *const[]){"person", "name", NULL},
				 person_words, err);
}

static const struct cli_option hold_options[] = {
	{"--to", "DATE", "until then; else open"},
	{"--org", "CODE", "the post's organisation, for leads who act for it alone"},
	{NULL, NULL, NULL},
};

static const struct act_word hold_words[] = {
	{"--to", "to", WORD_TEXT},
	{"--org", "org", WORD_TEXT},
	{NULL, NULL, WORD_TEXT},
};

static bool post_hold_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "post.hold",
				 (const char *const[]){"post", "person", "from", NULL}, hold_words,
				 err);
}

static bool post_end_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "post.end", (const char *const[]){"post", "at", NULL},
				 hold_words + 1, err);
}

static const struct cli_option end_options[] = {
	{"--org", "CODE", "the post's organisation, for leads who act for it alone"},
	{NULL, NULL, NULL},
};

static bool post_holders_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"person", "person", false}, {"name", "name", false}, {"email", "e-mail", false},
		{"phone", "phone", false},   {"from", "from", false}, {"to", "to", false},
		{NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	struct directory_view view;
	struct holders holders;
	struct post post;
	struct listing *l;

	if (!cli_open(c, ACTS_READ, &a, err))
		return false;
	view = view_of(c, a);
	if (!directory_post_get(&view, cli_arg(c, 0), &post, err) ||
	    !directory_holders(&view, post.id, &holders, err))
		return false;
	l = listing_begin(c, "holders", columns);
	for (size_t i = 0; i < holders.n; i++) {
		listing_text(l, holders.v[i].person);
		listing_text(l, holders.v[i].name);
		listing_text(l, holders.v[i].email);
		listing_text(l, holders.v[i].phone);
		date_or_null(l, holders.v[i].from_ms);
		date_or_null(l, holders.v[i].to_ms);
	}
	return listing_end(l, "Nobody holds that post now.", err);
}

static bool holder_names(const struct directory_view *view, struct str post, struct str *ret,
			 struct err *err)
{
	AUTO(text_freep) struct text out = {0};
	struct holders holders;

	if (!directory_holders(view, post, &holders, err))
		return false;
	for (size_t i = 0; i < holders.n; i++)
		text_addf(&out, "%s%.*s", i ? ", " : "",
			  STR_FMT(holders.v[i].name.n ? holders.v[i].name : holders.v[i].person));
	*ret = arena_str(view->arena, text_str(&out));
	return true;
}

static bool post_list_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"post", "post", false},
		{"kind", "kind", false},
		{"org", "organisation", false},
		{"title", "title", false},
		{"holders", "held by", false},
		{"ended", "ended", false},
		{NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	struct directory_view view;
	struct str who;
	struct posts posts;
	AUTO(listing_dropp) struct listing *l = NULL;
	struct listing *done;

	if (!cli_open(c, ACTS_READ, &a, err))
		return false;
	view = view_of(c, a);
	if (!directory_posts(&view, cli_arg(c, 0), &posts, err))
		return false;
	l = listing_begin(c, "posts", columns);
	for (size_t i = 0; i < posts.n; i++) {
		listing_text(l, posts.v[i].id);
		listing_text(l, posts.v[i].kind);
		listing_text(l, posts.v[i].org);
		listing_text(l, posts.v[i].title);
		if (!holder_names(&view, posts.v[i].id, &who, err))
			return false;
		listing_text(l, who);
		date_or_null(l, posts.v[i].ended_ms);
	}
	done = l, l = NULL;
	return listing_end(done, "No posts there.", err);
}

static void right_row(void *ctx, const char *kind, enum post_scope scope, const char *right)
{
	struct listing *l = ctx;

	listing_text(l, str_of(kind));
	listing_text(l, str_of(post_scope_name(scope)));
	listing_text(l, str_of(right));
}

static bool rights_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"post", "kind of post", false},
		{"scope", "scope", false},
		{"right", "right", false},
		{NULL, NULL, false},
	};
	struct listing *l = listing_begin(c, "rights", columns);

	directory_rights_each(right_row, l);
	return listing_end(l, "", err);
}

const struct command org_commands[] = {
	{"org", "import", "FILE...", "Import organisations from ODS, DSPT and other files.", 1,
	 UINT_MAX, import_options, import_run},
	{"org", "formats", NULL, "List the file formats that org import reads.", 0, 0, NULL,
	 formats_run},
	{"org", "list", NULL, "List organisations.", 0, 0, list_options, list_run},
	{"org", "tree", "[CODE]", "Show who hangs on whom.", 0, 1, tree_options, tree_run},
	{"org", "show", "CODE", "Show one organisation.", 1, 1, NULL, show_run},
	{"org", "facts", "CODE", "Show what each source says of an organisation.", 1, 1, NULL,
	 facts_run},
	{"org", "add", "CODE NAME", "Add an organisation.", 2, 2, add_options, add_run},
	{"org", "change", "CODE", "Change what is said of an organisation.", 1, 1, change_options,
	 change_run},
	{"org", "propose", "CODE", "Propose that fewer devices are expected.", 1, 1,
	 propose_options, propose_run},
	{"org", "approve", "CODE NUMBER", "Approve what another person proposed.", 2, 2, NULL,
	 approve_run},
	{"org", "withdraw", "CODE NUMBER", "Withdraw a proposal, or refuse it.", 2, 2,
	 withdraw_options, withdraw_run},
	{"org", "proposals", "[CODE]", "List what is proposed.", 0, 1, proposals_options,
	 proposals_run},
	{"org", "close", "CODE DATE", "Close an organisation.", 2, 2, close_options, close_run},
	{"org", "succeed", "CODE SUCCESSOR DATE", "Say who took over from an organisation.", 3, 3,
	 NULL, succeed_run},
	{"org", "contact", "CODE POST", "Set a contact of an organisation.", 2, 2, contact_options,
	 contact_run},
	{"org", "confirm", "CODE POST", "Confirm that a contact is still right.", 2, 2, NULL,
	 confirm_run},
	{"post", "add", "POST KIND CODE", "Add a post at an organisation.", 3, 3, post_options,
	 post_add_run},
	{"post", "hold", "POST PERSON DATE", "Give a post to a person from a date.", 3, 3,
	 hold_options, post_hold_run},
	{"post", "end", "POST DATE", "End a post.", 2, 2, end_options, post_end_run},
	{"post", "holders", "POST", "Say who holds a post.", 1, 1, NULL, post_holders_run},
	{"person", "add", "PERSON NAME", "Make a person known.", 2, 2, person_options,
	 person_add_run},
	{"post", "list", "[CODE]", "List posts.", 0, 1, NULL, post_list_run},
	{"post", "rights", NULL, "List what each kind of post may do.", 0, 0, NULL, rights_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
