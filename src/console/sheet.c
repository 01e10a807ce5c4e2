#include "console/sheet.h"

#include "base/table.h"
#include "cli/cli.h"
#include "pages.h"
#include "wire/wire.h"

/* A command's listing, read back as CSV, with what it names made into links. */

/* What is known of columns by their key; others are their key with blanks, and text or numbers by
 * what stands in them. */
enum link { LINK_NONE, LINK_ORG, LINK_DEVICE, LINK_CVE, LINK_ALERT, LINK_RECORD };
static const struct {
	const char *key, *heading;
	enum link link;
} known[] = {
	{"org", "Code", LINK_ORG},
	{"to", "To", LINK_NONE},
	{"name", "Name", LINK_NONE},
	{"region", "Region", LINK_ORG},
	{"parent", "Beneath", LINK_ORG},
	{"device", "Device", LINK_DEVICE},
	{"cve", "Vulnerability", LINK_CVE},
	{"alert", "Alert", LINK_ALERT},
	{"number", "Record", LINK_RECORD},
	{"record", "Record", LINK_RECORD},
	{"epss", "EPSS", LINK_NONE},
	{"cvss", "CVSS", LINK_NONE},
	{"os", "Operating system", LINK_NONE},
	{"what", "What", LINK_NONE},
	{"act", "Act", LINK_NONE},
	{"post", "Post", LINK_NONE},
	{"user", "Person", LINK_NONE},
	{"time", "When", LINK_NONE},
	{"made", "Made", LINK_NONE},
	{"channel", "By", LINK_NONE},
	{"recipient", "To", LINK_NONE},
	{"attempts", "Tried", LINK_NONE},
	{"next", "Next try", LINK_NONE},
	{"said", "Because", LINK_NONE},
	{"state_words", "State", LINK_NONE},
	{"claims", "What it had said", LINK_NONE},
	{"reached", "Reached", LINK_NONE},
	{"knew", "Knew of it since", LINK_NONE},
	{"answered", "Had answered", LINK_NONE},
};

struct made { /* from the header */
	struct grid_column *columns;
	enum link *links;
	size_t n, org; /* org: the column that says of whom; n: none */
};

static struct str heading_of(struct look *l, struct str key)
{
	AUTO(text_freep) struct text t = {0};

	text_add(&t, key);
	for (size_t i = 0; i < t.n; i++)
		if (t.p[i] == '_')
			t.p[i] = ' ';
	if (t.n && t.p[0] >= 'a' && t.p[0] <= 'z')
		t.p[0] = (char)(t.p[0] - 'a' + 'A');
	return arena_str(l->arena, text_str(&t));
}

static bool is_listed(const char *words, struct str key)
{
	struct str rest = str_of(words), piece;

	while (words && str_next(&rest, ' ', &piece))
		if (str_eq(piece, key))
			return true;
	return false;
}

static void make_columns(struct look *l, const struct sheet *sheet, const struct csv *csv,
			 struct made *ret)
{
	const struct str *names;
	size_t n = csv_columns(csv, &names);

	ret->n = ret->org = n;
	ret->columns = ARENA_ARRAY(l->arena, struct grid_column, n + 1);
	ret->links = ARENA_ARRAY(l->arena, enum link, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct str key = arena_str(l->arena, names[i]);

		ret->columns[i] = (struct grid_column){key.p, heading_of(l, key).p, false};
		for (size_t k = 0; k < ARRAY_LEN(known); k++) {
			if (!str_is(key, known[k].key))
				continue;
			ret->columns[i].heading = known[k].heading;
			ret->links[i] = known[k].link;
		}
		if (is_listed(sheet->hide, key))
			ret->columns[i].heading = NULL;
		if (str_is(key, "org"))
			ret->org = i;
	}
}

static struct str link_of(struct look *l, enum link link, struct str value, struct str org)
{
	switch (link) {
	case LINK_ORG:
		return ADDRESS(l, STR("organisations"), value);
	case LINK_DEVICE:
		return org.n ? ADDRESS(l, STR("organisations"), org, STR("devices"), value)
			     : (struct str){0};
	case LINK_CVE:
		return ADDRESS(l, STR("vulnerabilities"), value);
	case LINK_ALERT:
		return ADDRESS(l, STR("alerts"), value);
	case LINK_RECORD:
		return arena_fmt(l->arena, "/journal?number=%.*s", STR_FMT(value));
	case LINK_NONE:
		break;
	}
	return (struct str){0};
}

static void put(struct look *l, struct grid *g, struct str value)
{
	enum { STAMP_LEAST = 20 };
	int64_t ms;
	double x;

	if (value.n >= STAMP_LEAST && value.n < STAMP_BYTES && stamp_parse(value, &ms)) {
		grid_when(g, ms);
	} else if (value.n && str_to_double(value, &x)) {
		enum { THOUSANDTHS = 1000 };

		grid_text(g, value);
		g->cells.v[g->cells.n - 1].n = (int64_t)(x * THOUSANDTHS);
		g->cells.v[g->cells.n - 1].number = true;
	} else {
		grid_text(g, arena_str(l->arena, value));
	}
}

/* A column is of numbers when all that stands in it is. */
static void mark_numbers(struct grid *g, struct made *made)
{
	for (size_t i = 0; i < made->n; i++) {
		size_t numbers = 0, others = 0;

		for (size_t at = i; at < g->cells.n; at += made->n) {
			const struct grid_cell *c = &g->cells.v[at];
			bool number = c->number && c->text.n && char_is_digit(c->text.p[0]) &&
				      str_find_char(c->text, ' ', 0) == SIZE_MAX;

			numbers += number;
			others += !number && c->text.n;
		}
		made->columns[i].number = numbers && !others && made->links[i] == LINK_NONE;
	}
}

static bool read_rows(struct look *l, struct csv *csv, const struct made *made, struct grid *g,
		      struct err *err)
{
	const struct csv_row *row;

	while (csv_next(csv, &row, err)) {
		if (!row)
			return true;
		for (size_t i = 0; i < made->n; i++) {
			struct str value = arena_str(l->arena, csv_field(row, i));
			struct str org =
				made->org < made->n ? csv_field(row, made->org) : (struct str){0};

			put(l, g, value);
			if (value.n)
				g->cells.v[g->cells.n - 1].href =
					link_of(l, made->links[i], value, arena_str(l->arena, org));
		}
	}
	return false;
}

static bool run_whole(struct look *l, const struct words *w, struct str *ret, struct err *err)
{
	struct text out = {0};
	bool ok = look_run_whole(l, w, NULL, &out, err);

	*ret = arena_str(l->arena, text_str(&out));
	text_free(&out);
	return ok;
}

bool sheet_text(struct look *l, const struct words *w, struct str *ret, struct err *err)
{
	return run_whole(l, w, ret, err);
}

bool sheet_fill(struct look *l, const struct sheet *sheet, struct grid *ret, struct err *err)
{
	AUTO(csv_closep) struct csv *csv = NULL;
	struct words w = {.n = 0};
	struct made made;
	struct str said;

	words_add(&w, "--csv");
	for (size_t i = 0; i < sheet->words.n; i++)
		words_add(&w, sheet->words.v[i]);
	if (!run_whole(l, &w, &said, err))
		return false;
	csv = csv_open(said, (struct csv_options){.sep = ','});
	if (!csv_header(csv, err))
		return false;
	make_columns(l, sheet, csv, &made);
	grid_begin(ret, l, sheet->name, made.columns);
	ret->caption = sheet->caption;
	ret->empty = sheet->empty;
	ret->order = sheet->order;
	if (!read_rows(l, csv, &made, ret, err))
		return false;
	mark_numbers(ret, &made);
	grid_end(ret);
	return true;
}

/* --- pages that are one listing
 * ------------------------------------------------------------------- */

struct sheet_filter {
	const char *name, *label, *option; /* option NULL: an argument */
};
struct sheet_page {
	const char *path, *title, *intro, *empty;
	const char *words[4];
	const char *hide;
	struct sheet_filter filters[5];
	bool needs;	   /* nothing is asked before a filter is filled in */
	const char *order; /* as struct sheet's */
};

static const struct sheet_page pages[] = {
	{"/feeds",
	 "Feeds",
	 "What the world says of vulnerabilities, how old it is, and by whose word. They are "
	 "brought in where the service runs.",
	 "No feed has come in yet.",
	 {"feed", "status"},
	 "digest size criteria_refused dated_by received skipped",
	 {{0}},
	 false,
	 NULL},
	{"/journal",
	 "Journal",
	 "Who did what, and when: numbered, chained and sealed. Nothing here can be changed, only "
	 "added to.",
	 "There is no such record.",
	 {"journal", "show"},
	 "site body hash",
	 {{"number", "From record", "--from"},
	  {"act", "Kind of act", "--act"},
	  {"until", "Until (2017-05-12T10:00Z)", "--until"},
	  {"limit", "At most", "--limit"}},
	 false,
	 "-number"},
	{"/organisations",
	 "Organisations",
	 "Everybody that the service knows.",
	 "No organisation is like that.",
	 {"org", "list"},
	 "opened closed successor expected_workstation expected_server expected_medical "
	 "expected_network expected_mobile expected_other open",
	 {{"text", "Name or code", "--text"},
	  {"role", "Role", "--role"},
	  {"region", "Region", "--region"}},
	 false,
	 NULL},
	{"/search",
	 "Search the estate",
	 "Every device that you may see for which all terms hold.",
	 "No device is like that among those that you may see.",
	 {"estate", "search"},
	 "vendor model udi support_until controls segment internet_facing os_seen software_seen "
	 "updates_seen updates_incomplete",
	 {{"q", "Terms, such as os:windows_7 -kb:KB4012212 class:medical", NULL}},
	 true,
	 NULL},
	{"/names",
	 "Names to resolve",
	 "Software as inventories call it that nobody has said the meaning of. Each is unknown, "
	 "never "
	 "not affected, until it is resolved once, for all.",
	 "Every name is resolved.",
	 {"estate", "names"},
	 "key",
	 {{"limit", "At most", "--limit"}},
	 false,
	 NULL},
	{"/people",
	 "Posts",
	 "Who answers for what. Rights belong to posts, never to people.",
	 "There is no post.",
	 {"post", "list"},
	 NULL,
	 {{"org", "Of the organisation (code)", NULL}},
	 false,
	 NULL},
	{"/outbox",
	 "Outbox",
	 "Messages to people and programs: what waits, was sent, or failed and why. What a message "
	 "is about stands in the alert, never in the message.",
	 "No message was made yet.",
	 {"notify", "list"},
	 "id",
	 {{"state", "State (waiting, sent, failed)", "--state"},
	  {"limit", "At most (the latest)", "--limit"}},
	 false,
	 "-made"},
	{"/delegations",
	 "Delegations",
	 "What organisations let others do for them: view, answer, send evidence.",
	 "Nobody has delegated anything.",
	 {"delegate", "list"},
	 NULL,
	 {{"org", "Of the organisation (code)", "--org"}, {"to", "To", "--to"}},
	 false,
	 NULL},
};

static const struct sheet_page *page_of(struct str path)
{
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		if (str_is(path, pages[i].path))
			return &pages[i];
	return NULL;
}

/* Terms are parted at blanks, but for what stands in quotes. */
static void add_terms(struct look *l, struct words *w, struct str said)
{
	size_t at = 0;

	while (at < said.n && w->n + 2 < ARRAY_LEN(w->v)) {
		AUTO(text_freep) struct text term = {0};
		bool quoted = false;

		for (; at < said.n && (quoted || said.p[at] != ' '); at++) {
			if (said.p[at] == '"')
				quoted = !quoted;
			else
				text_add_char(&term, said.p[at]);
		}
		at++;
		if (term.n)
			words_argument(l, w, text_str(&term));
	}
}

/* What the address asks for, as words; false: nothing is asked yet. */
static bool read_filters(struct look *l, const struct sheet_page *page, struct sheet *sheet,
			 struct sheet_view *v)
{
	struct filter_view *f = ARENA_ARRAY(l->arena, struct filter_view, ARRAY_LEN(page->filters));
	struct str argument = {0};

	for (size_t i = 0; i < ARRAY_LEN(page->filters) && page->filters[i].name; i++) {
		const struct sheet_filter *from = &page->filters[i];
		struct str value = str_trim(web_query(l->req, from->name));

		f[v->nfilters++] = (struct filter_view){from->name, from->label, value};
		if (from->option)
			words_option(l, &sheet->words, from->option, value);
		else
			argument = value;
	}
	v->filters = f;
	if (argument.n) {
		words_add(&sheet->words, "--");
		add_terms(l, &sheet->words, argument);
	}
	return argument.n || !page->needs;
}

static struct str search_help(struct look *l)
{
	AUTO(text_freep) struct text t = {0};

	for (const struct estate_search_word *w = estate_search_words; w->word; w++)
		text_addf(&t, "%s:%s\t%s\n", w->word, w->value, w->about);
	return arena_str(l->arena, text_str(&t));
}

/* Who asks for nothing else sees what was said last. */
static void add_latest(struct look *l, struct words *w)
{
	enum { LATEST = 200 };
	struct journal_head head;
	struct err none = {0};

	if (web_query(l->req, "number").n || web_query(l->req, "act").n ||
	    web_query(l->req, "until").n || web_query(l->req, "limit").n ||
	    !journal_head(acts_journal(l->k->acts), &head, &none) || head.number < LATEST)
		return;
	words_option(l, w, "--from",
		     arena_fmt(l->arena, "%ju", (uintmax_t)(head.number - LATEST + 1)));
}

static void sheet_page_write(struct look *l, const struct sheet_page *page, struct sheet_view *v)
{
	struct sheet sheet = {.name = page->path + 1,
			      .empty = str_of(page->empty),
			      .hide = page->hide,
			      .order = page->order};
	struct err err = {0};
	struct frame f;
	struct text *out;
	bool asked;

	for (size_t i = 0; i < ARRAY_LEN(page->words) && page->words[i]; i++)
		words_add(&sheet.words, page->words[i]);
	v->title = str_of(page->title);
	v->intro = str_of(page->intro);
	if (str_is(str_of(page->path), "/journal"))
		add_latest(l, &sheet.words);
	asked = read_filters(l, page, &sheet, v);
	if (asked && !sheet_fill(l, &sheet, &v->grid, &err)) {
		if (err.code != ERR_USAGE && err.code != ERR_INVALID && err.code != ERR_NOT_FOUND) {
			look_fail(l, &err);
			return;
		}
		v->fault = (struct fault){"main", page_said(l->arena, &err)};
		asked = false;
	}
	if (l->csv)
		return;
	if (!asked && page->needs)
		v->help = search_help(l);
	out = look_page(l, &(struct look_page){.title = page->title, .fault = &v->fault}, &f);
	v->frame = &f;
	page_sheet(out, v);
}

/* The chain from its first record to its last. */
static void verify(struct look *l, struct sheet_view *v)
{
	const struct words w = {.v = {"journal", "verify"}, .n = 2};
	struct err err = {0};

	if (!sheet_text(l, &w, &v->verified, &err))
		v->fault = (struct fault){"main", page_said(l->arena, &err)};
}

void sheet_show(struct web_request *req, struct web_reply *reply)
{
	const struct sheet_page *page = page_of(req->path);
	struct sheet_view v = {.nfilters = 0};
	struct look l;

	assert(page);
	if (!look_begin(req, reply, &l))
		return;
	v.may_verify =
		str_is(req->path, "/journal") && look_may(&l, "journal.read", (struct str){0});
	v.may_invite = str_is(req->path, "/people") && look_may(&l, "post.write", l.sight.post.org);
	if (v.may_verify && web_query(req, "verify").n)
		verify(&l, &v);
	sheet_page_write(&l, page, &v);
}
