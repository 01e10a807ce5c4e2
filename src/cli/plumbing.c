#include "cli/command.h"

#include <errno.h>
#include <unistd.h>

#include "intel/intel.h"
#include "names/names.h"

/*
 * The parts of the engine by themselves, for whoever wants to check them: as
 * arguments, or as TSV on standard input, a line of results for a line of input.
 * A line that cannot be read gives "error", a tab and why; then the exit code
 * is 1 when all is done.
 */

enum { LINE_MAX_BYTES = 1 << 20, FIELDS_MAX = 4 };

struct plumb {
	struct cli *cli;
	struct arena *arena; /* cleared for every line */
	uint64_t bad;
	bool attributes;
	enum version_scheme scheme;
};

/* One line of fields; appends the result to cli->out, or fails with err. */
typedef bool plumb_fn(struct plumb *p, const struct str *v, size_t n, struct err *err);

static bool one_line(struct plumb *p, plumb_fn *fn, struct str line, struct err *err)
{
	struct str v[FIELDS_MAX], rest = line, piece;
	struct err why = {0};
	size_t n = 0;

	if (line.n && line.p[line.n - 1] == '\r')
		line.n--, rest = line;
	while (n < FIELDS_MAX && str_next(&rest, '\t', &piece))
		v[n++] = piece;
	arena_clear(p->arena);
	if (!fn(p, v, n, &why)) {
		p->bad++;
		text_addf(&p->cli->out, "error\t%s", why.text);
	}
	text_add_char(&p->cli->out, '\n');
	return p->cli->out.n < ((size_t)1 << 18) || cli_flush(p->cli, err);
}

static bool batch(struct plumb *p, plumb_fn *fn, struct err *err)
{
	AUTO(text_freep) struct text in = {0};
	ssize_t got = 1;

	while (got) {
		struct str rest;
		size_t at;

		got = read(STDIN_FILENO, text_room(&in, 1 << 16), 1 << 16);
		if (got < 0)
			return err_errno(err, errno, "standard input");
		in.n += (size_t)got;
		rest = text_str(&in);
		while ((at = str_find_char(rest, '\n', 0)) != SIZE_MAX || (!got && rest.n)) {
			if (!one_line(p, fn, str_sub(rest, 0, at), err))
				return false;
			rest = at == SIZE_MAX ? (struct str){0} : str_from_offset(rest, at + 1);
		}
		if (rest.n > LINE_MAX_BYTES)
			return err_set(err, ERR_LIMIT,
				       "standard input: a line of more than %d bytes",
				       LINE_MAX_BYTES);
		memmove(in.p, rest.p ? rest.p : in.p, rest.n);
		in.n = rest.n;
	}
	return !p->bad ||
	       err_set(err, ERR_INVALID, "%ju lines could not be read", (uintmax_t)p->bad);
}

static bool plumb_run(struct cli *c, struct plumb *p, plumb_fn *fn, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str v[FIELDS_MAX];

	p->cli = c;
	p->arena = arena;
	if (!c->nargs)
		return batch(p, fn, err);
	for (unsigned i = 0; i < c->nargs; i++)
		v[i] = cli_arg(c, i);
	if (!fn(p, v, c->nargs, err))
		return false;
	text_add_char(&c->out, '\n');
	return true;
}

/* --- CPE ------------------------------------------------------------------------------ */

static bool compare_line(struct plumb *p, const struct str *v, size_t n, struct err *err)
{
	enum cpe_relation each[CPE_ATTRS];
	struct cpe source, target;

	if (n < 2)
		return err_set(err, ERR_INVALID, "two names are needed, source and target");
	if (!cpe_parse(p->arena, v[0], &source, err))
		return err_wrap(err, "source");
	if (!cpe_parse(p->arena, v[1], &target, err))
		return err_wrap(err, "target");
	text_add_c(&p->cli->out, cpe_relation_name(cpe_compare_names(&source, &target, each)));
	for (int i = 0; p->attributes && i < CPE_ATTRS; i++)
		text_addf(&p->cli->out, "\t%s", cpe_relation_name(each[i]));
	return true;
}

static const struct cli_option compare_options[] = {
	{"--attributes", NULL, "also the relations of the eleven attributes, part to other"},
	{NULL, NULL, NULL},
};

static bool compare_run(struct cli *c, struct err *err)
{
	struct plumb p = {.attributes = cli_flag(c, "--attributes")};

	return plumb_run(c, &p, compare_line, err);
}

static bool parse_line(struct plumb *p, const struct str *v, size_t n, struct err *err)
{
	struct text *out = &p->cli->out;
	struct cpe cpe;

	if (n < 1 || !v[0].n)
		return err_set(err, ERR_INVALID, "a name is needed");
	if (!cpe_parse(p->arena, v[0], &cpe, err))
		return false;
	cpe_format_23(&cpe, out);
	text_add_char(out, '\t');
	cpe_format_22(&cpe, out);
	for (int i = 0; p->attributes && i < CPE_ATTRS; i++) {
		text_addf(out, "\t%s=", cpe_attr_name((enum cpe_attr_no)i));
		cpe_attr_plain(&cpe.attr[i], out);
	}
	return true;
}

static const struct cli_option parse_options[] = {
	{"--attributes", NULL, "also the eleven attributes"},
	{NULL, NULL, NULL},
};

static bool parse_run(struct cli *c, struct err *err)
{
	struct plumb p = {.attributes = cli_flag(c, "--attributes")};

	return plumb_run(c, &p, parse_line, err);
}

/* --- versions ----------------------------------------------------------------------------- */

/* Two fields, or three with the scheme first. */
static bool version_line(struct plumb *p, const struct str *v, size_t n, struct err *err)
{
	enum version_scheme scheme = p->scheme;
	int order;

	if (n == 3 && !version_scheme_by_name(v[0], &scheme))
		return err_set(err, ERR_INVALID, "there is no version scheme \"%.*s\"",
			       STR_FMT(v[0]));
	if (n != 2 && n != 3)
		return err_set(err, ERR_INVALID, "two versions are needed");
	order = version_compare(scheme, v[n - 2], v[n - 1]);
	text_add_char(&p->cli->out, order < 0 ? '<' : order > 0 ? '>' : '=');
	return true;
}

static const struct cli_option version_options[] = {
	{"--scheme", "NAME", "generic (the default), dpkg, rpm, semver, maven, apk, pypi..."},
	{NULL, NULL, NULL},
};

static bool version_run(struct cli *c, struct err *err)
{
	const char *name = cli_opt(c, "--scheme");
	struct plumb p = {.scheme = VERSION_GENERIC};

	if (name && !version_scheme_by_name(str_of(name), &p.scheme))
		return err_set(err, ERR_USAGE, "there is no version scheme \"%s\"", name);
	return plumb_run(c, &p, version_line, err);
}

static bool schemes_run(struct cli *c, struct err *err)
{
	(void)err;
	for (int i = 0; i < VERSION_SCHEMES; i++)
		text_addf(&c->out, "%s\n", version_scheme_name((enum version_scheme)i));
	return true;
}

/* --- updates -------------------------------------------------------------------------------- */

static const struct cli_option closure_options[] = {
	{"--line", "NAME", "only this Windows line, e.g. 7sp1, 2012r2, 10-14393"},
	{NULL, NULL, NULL},
};

struct closure {
	const struct intel_image *image; /* its histories and edges alone */
	struct listing *listing;
	const struct windows_line *line;
	struct arena *arena;
};

static bool closure_rows(struct closure *k, struct str word, struct err *err)
{
	struct kb_links links;
	uint32_t kb;

	if (!kb_parse(word, &kb))
		return err_set(err, ERR_INVALID, "\"%.*s\" is no KB number", STR_FMT(word));
	links = intel_kb_closure(k->image, k->arena, kb, k->line);
	for (size_t i = 0; i < links.n; i++) {
		listing_int(k->listing, kb);
		listing_text(k->listing, str_of(links.v[i].line ? links.v[i].line->name : ""));
		listing_text(k->listing,
			     links.v[i].newer ? STR("superseded by") : STR("supersedes"));
		listing_int(k->listing, links.v[i].kb);
		listing_text(k->listing, links.v[i].history ? STR("history") : STR("edge"));
		if (links.v[i].via)
			listing_int(k->listing, links.v[i].via);
		else
			listing_null(k->listing);
	}
	return true;
}

static bool closure_stdin(struct closure *k, struct err *err)
{
	AUTO(text_freep) struct text in = {0};
	struct str rest, line;
	ssize_t got;

	while ((got = read(STDIN_FILENO, text_room(&in, 1 << 16), 1 << 16)) > 0) {
		in.n += (size_t)got;
		if (in.n > LINE_MAX_BYTES)
			return err_set(err, ERR_LIMIT, "standard input: more than %d bytes",
				       LINE_MAX_BYTES);
	}
	if (got < 0)
		return err_errno(err, errno, "standard input");
	rest = text_str(&in);
	while (str_next_line(&rest, &line))
		if (str_trim(line).n && !closure_rows(k, str_trim(line), err))
			return false;
	return true;
}

static bool closure_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"kb", "KB", true},    {"line", "line", false},	  {"relation", "is", false},
		{"other", "KB", true}, {"by", "known by", false}, {"via", "by way of", true},
		{NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(intel_image_closep) struct intel_image *image = NULL;
	AUTO(listing_dropp) struct listing *l = listing_begin(c, "closure", columns);
	const char *name = cli_opt(c, "--line");
	const struct str none = {0};
	struct closure k = {.listing = l, .arena = c->arena};
	struct listing *done;

	if (name && !(k.line = windows_line_by_name(str_of(name))))
		return err_set(err, ERR_USAGE, "there is no Windows line \"%s\"", name);
	if (!cli_open(c, ACTS_READ, &a, err) ||
	    !intel_image_load(acts_store(a), &none, 0, &image, err))
		return false;
	k.image = image;
	if (c->nargs ? !closure_rows(&k, cli_arg(c, 0), err) : !closure_stdin(&k, err))
		return false;
	done = l, l = NULL;
	return listing_end(done, "Nothing is known to supersede it or to be superseded by it.",
			   err);
}

static bool lines_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"line", "line", false},
		{"title", "title", false},
		{"version", "version", false},
		{"order", "levels by", false},
		{"next", "next service pack", false},
		{NULL, NULL, false},
	};
	struct listing *l = listing_begin(c, "lines", columns);

	for (size_t i = 0; i < windows_line_count(); i++) {
		const struct windows_line *w = windows_line_at(i);

		listing_text(l, str_of(w->name));
		listing_text(l, str_of(w->title));
		listing_text(l, arena_fmt(c->arena, "%u.%u.%u", w->major, w->minor, w->build));
		listing_text(l, w->order == WINDOWS_BY_BUILD ? STR("build") : STR("KB"));
		listing_text(l, str_of(w->next));
	}
	return listing_end(l, "", err);
}

const struct command plumbing_commands[] = {
	{"cpe", "compare", "[SOURCE TARGET]",
	 "Compare two CPE names (NISTIR 7696); without arguments TSV on standard input.", 0, 2,
	 compare_options, compare_run},
	{"cpe", "parse", "[NAME]", "Print a CPE name in both bindings, 2.3 then 2.2.", 0, 1,
	 parse_options, parse_run},
	{"version", "compare", "[A B]", "Compare two versions: prints <, = or >.", 0, 2,
	 version_options, version_run},
	{"version", "schemes", NULL, "List the version schemes.", 0, 0, NULL, schemes_run},
	{"kb", "closure", "[KB]", "List what supersedes an update and what it supersedes.", 0, 1,
	 closure_options, closure_run},
	{"kb", "lines", NULL, "List the Windows lines.", 0, 0, NULL, lines_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
