#include "cli/command.h"

#include <limits.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/import.h"
#include "cli/pack.h"
#include "cli/sight.h"
#include "estate/estate.h"

/* --- import -------------------------------------------------------------------------- */

static const struct cli_option import_options[] = {
	{"--org-from-name", NULL,
	 "many organisations at once: each file's name begins with the code"},
	{"--by", "SUPPLIER",
	 "no ORG: one CSV of a supplier (with --map any), parted by its column org among those "
	 "that delegated evidence to it"},
	{"--format", "NAME",
	 "csv, cyclonedx, spdx, systeminfo, qfe, defender, wazuh, osquery, nmap, nessus; else by "
	 "content"},
	{"--map", "NAME|FILE",
	 "columns of any CSV: intune, sccm, lansweeper, or a file (doc/templates/mapping.md)"},
	{"--source", "NAME", "the source's name; a newer snapshot of the same source replaces"},
	{"--kind", "KIND", "agent (fresh 7 days), scan (30) or register (90)"},
	{"--scope", "SCOPE", "organisation: lists every device it can see; devices: only some"},
	{"--sees", "LIST", "what the source can see: os,software,updates"},
	{"--device", "ID", "the device, for files that don't name it"},
	{"--taken", "TIME", "when the inventory was taken; else as the file says"},
	{NULL, NULL, NULL},
};

struct files {
	struct cli *cli;
	struct acts *acts;
	struct estate *estate;
	struct estate_stated said;
	struct estate_file_in *in;
	size_t n;
	struct listing *told; /* with --json and --csv */
	bool begun;
};

static void files_release(struct files *f)
{
	listing_drop(f->told);
	free(f->in);
}

int64_t import_changed_ms(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int64_t)st.st_mtim.tv_sec * 1000 : 0;
}

/* A mapping that comes with the program, or one in a file; kept in the command's memory. */
static bool import_map(struct cli *c, struct str *ret, struct err *err)
{
	static const struct {
		const char *name, *file;
	} known[] = {{"intune", "map-intune.txt"},
		     {"sccm", "map-sccm.txt"},
		     {"lansweeper", "map-lansweeper.txt"}};
	AUTO(import_unmap) struct str bytes = {0};
	const char *name = cli_opt(c, "--map");

	if (!name)
		return true;
	if (cli_opt(c, "--format"))
		return err_set(err, ERR_USAGE, "--map does not go with --format");
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(name, known[i].name) == 0) {
			*ret = pack_file(known[i].file);
			return true;
		}
	if (!cli_map(c, name, &bytes, err))
		return err_wrap(err, "--map is none of intune, sccm, lansweeper");
	if (!bytes.n || bytes.n > 64 << 10)
		return err_set(err, ERR_LIMIT,
			       "%s: a mapping has up to 64 KiB, and something in it", name);
	*ret = arena_str(c->arena, bytes);
	return true;
}

bool import_stated(struct cli *c, struct estate_stated *s, struct err *err)
{
	*s = (struct estate_stated){.source = str_of(cli_opt(c, "--source")),
				    .kind = str_of(cli_opt(c, "--kind")),
				    .scope = str_of(cli_opt(c, "--scope")),
				    .sees = str_of(cli_opt(c, "--sees")),
				    .device = str_of(cli_opt(c, "--device"))};
	if (cli_opt(c, "--format") &&
	    !estate_format_by_name(str_of(cli_opt(c, "--format")), &s->format))
		return err_set(err, ERR_USAGE, "there is no inventory format \"%s\"",
			       cli_opt(c, "--format"));
	return cli_opt_stamp(c, "--taken", 0, &s->taken_ms, err) && import_map(c, &s->map, err);
}

/* The organisation that a file is of: the one named first, or, where each file's name says, what
 * stands before the first '.' or '-' of it. */
static bool org_of(struct cli *c, struct acts *a, const char *path, struct str *ret,
		   struct err *err)
{
	struct directory_view view = {
		.store = acts_store(a), .arena = c->arena, .at_ms = acts_now_ms(a)};
	struct str name = path ? file_base_name(path) : cli_arg(c, 0);
	size_t n = 0;

	while (path && n < name.n && name.p[n] != '.' && name.p[n] != '-')
		n++;
	if (!directory_org_state_for_estate(&view, path ? str_sub(name, 0, n) : name, ret, err))
		return path ? err_wrap(err, "%s", path) : false;
	return true;
}

/* Whose each file is, before any is read. */
static bool name_files(struct files *f, struct err *err)
{
	struct cli *c = f->cli;
	bool by_name = cli_flag(c, "--org-from-name");
	struct str org = {0};

	if (!import_stated(c, &f->said, err) || (!by_name && !org_of(c, f->acts, NULL, &org, err)))
		return false;
	f->in = mem_zero(c->nargs, sizeof(*f->in));
	for (unsigned i = by_name ? 0 : 1; i < c->nargs; i++) {
		if (by_name && !org_of(c, f->acts, c->args[i], &org, err))
			return false;
		f->in[f->n++] = (struct estate_file_in){.name = str_of(c->args[i]),
							.org = org,
							.received_ms = acts_now_ms(f->acts),
							.stated = f->said};
	}
	return true;
}

static bool open_file(void *ctx, size_t i, struct err *err)
{
	const struct files *f = ctx;
	struct estate_file_in *in = &f->in[i];
	bool by_name = cli_flag(f->cli, "--org-from-name");

	cli_progress("%zu of %zu: %.*s", i + 1, f->n, STR_FMT(in->name));
	in->stated.default_taken_ms = in->received_ms;
	if (cli_is_caught_file(f->cli, in->name.p))
		return cli_map(f->cli, in->name.p, &in->bytes, err);
	in->stated.default_taken_ms = MIN_OF(import_changed_ms(in->name.p), in->received_ms);
	return import_no_folder(by_name ? "estate import --org-from-name" : "estate import ORG",
				in->name.p, err) &&
	       cli_map(f->cli, in->name.p, &in->bytes, err);
}

static void close_file(void *ctx, size_t i)
{
	struct files *f = ctx;

	cli_unmap(f->cli, f->in[i].bytes);
	f->in[i].bytes = (struct str){0};
}

/* One act per file.  A file that repeats what is there is said and left out. */
static bool take_in(void *ctx, size_t i, const struct estate_reading *r, struct err *err)
{
	struct files *f = ctx;
	const struct estate_file_in *in = &f->in[i];

	if (!f->begun && !acts_begin(f->acts, err))
		return false;
	f->begun = true;
	if (import_inventory(f->acts, in, r, err)) {
		import_say_reading(f->cli, f->told, in, r);
		return true;
	}
	if (err->code == ERR_EXISTS) {
		import_say_known(f->cli, f->told, in, r, err->text);
		return true;
	}
	return err_wrap(err, "%.*s", STR_FMT(in->name));
}

static bool take_all(struct files *f, struct err *err)
{
	const struct estate_taker by = {
		.open = open_file, .take = take_in, .done = close_file, .ctx = f};

	if (estate_take_all(f->estate, f->in, f->n, &by, err))
		return true;
	text_clear(&f->cli->out);
	acts_rollback(f->acts);
	return false;
}

static void segment_release(const struct segment **s)
{
	segment_unrefp(s);
}

/* Of one organisation, before and after.  What can't be opened is said by whoever asks for it. */
static bool import_one(struct files *f, struct err *err)
{
	AUTO(segment_release) const struct segment *before = NULL;
	AUTO(segment_release) const struct segment *after = NULL;
	struct str org = f->in[0].org;
	struct err ignored;

	if (!estate_segment_open(f->estate, org, &before, err) || !take_all(f, err) ||
	    !acts_commit(f->acts, err))
		return false;
	if (estate_segment_open(f->estate, org, &after, &ignored))
		import_say_gone(f->cli, f->told, before, after);
	return true;
}

static bool end_told(struct files *f, struct err *err)
{
	struct listing *done = f->told;

	f->told = NULL;
	return !done || listing_end(done, "", err);
}

static bool import_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(estate_closep) struct estate *e = NULL;
	AUTO(files_release) struct files f = {.cli = c};

	if (cli_opt(c, "--by") && c->nargs)
		return import_by(c, err);
	if (cli_opt(c, "--by"))
		return err_set(err, ERR_USAGE, "something is missing") ||
		       err_hint(err, ": lynchpin estate import --by SUPPLIER FILE...");
	if (c->nargs < (cli_flag(c, "--org-from-name") ? 1 : 2))
		return err_set(err, ERR_USAGE, "something is missing") ||
		       err_hint(err, ": lynchpin estate import ORG FILE...");
	if (!cli_open(c, ACTS_WRITE, &a, err) || !estate_open(acts_journal(a), &e, err))
		return false;
	f.acts = a;
	f.estate = e;
	if (c->json || c->csv)
		f.told = import_listing(c);
	if (name_files(&f, err) &&
	    (cli_flag(c, "--org-from-name") ? take_all(&f, err) && acts_commit(a, err)
					    : import_one(&f, err)) &&
	    end_told(&f, err))
		return true;
	text_clear(&c->out);
	return false;
}

/* --- devices ------------------------------------------------------------------------- */

static const struct column device_columns[] = {
	{"org", "org", false},
	{"device", "device", false},
	{"class", "class", false},
	{"type", NULL, false},
	{"vendor", NULL, false},
	{"model", NULL, false},
	{"udi", NULL, false},
	{"support_until", NULL, false},
	{"controls", NULL, false},
	{"os", "operating system", false},
	{"line", "line", false},
	{"version", "version", false},
	{"segment", "segment", false},
	{"service", "service", false},
	{"internet_facing", NULL, false},
	{"software", "software", true},
	{"updates", "updates", true},
	{"os_seen", NULL, false},
	{"software_seen", "software seen", false},
	{"updates_seen", "updates seen", false},
	{"updates_incomplete", NULL, false},
	{"unknown", "note", false},
	{NULL, NULL, false},
};

static void said(struct listing *l, uint8_t word)
{
	if (word == SAID_UNKNOWN)
		listing_null(l);
	else
		listing_bool(l, word == SAID_YES);
}

static struct str version_text(struct cli *c, const struct segment *s,
			       const struct estate_device *d)
{
	if (d->os_major && d->os_revision)
		return arena_fmt(c->arena, "%u.%u.%u.%u", d->os_major, d->os_minor, d->os_build,
				 d->os_revision);
	if (d->os_major)
		return arena_fmt(c->arena, "%u.%u.%u", d->os_major, d->os_minor, d->os_build);
	return seg_str(s, d->os_version);
}

static void device_row(struct cli *c, struct listing *l, const struct segment *s, uint32_t i,
		       const char *unknown)
{
	const struct estate_device *d = &s->devices[i];
	const struct windows_line *line = segment_line(s, i);

	listing_text(l, s->org);
	listing_text(l, seg_str(s, d->id));
	listing_text(l, str_of(device_class_name((enum device_class)d->class)));
	listing_text(l, seg_str(s, d->type));
	for (enum kept k = 0; k < KEPT_TEXTS; k++)
		listing_text(l, segment_kept(s, i, k));
	listing_text(l, seg_str(s, d->os_name));
	listing_text(l, line ? str_of(line->name) : (struct str){0});
	listing_text(l, version_text(c, s, d));
	listing_text(l, seg_str(s, d->segment));
	listing_text(l, seg_str(s, d->service));
	said(l, d->internet_facing);
	listing_int(l, s->software[i]);
	listing_int(l, s->device_kb_start[i + 1] - s->device_kb_start[i]);
	for (int facet = 0; facet < FACETS; facet++)
		listing_day(l, d->facet[facet].seen_ms);
	listing_bool(l, d->facet[FACET_UPDATES].incomplete);
	listing_text(l, str_of(unknown));
}

static bool show_snapshots(struct cli *c, struct estate *e, struct str org, struct err *err)
{
	struct estate_snapshot_list all = {0};
	const struct estate_snapshot *v;

	if (!estate_snapshots(e, org, c->arena, &all, err))
		return false;
	v = all.v;
	for (size_t i = 0; i < all.n; i++) {
		char day[STAMP_BYTES];

		if (!v[i].current)
			continue;
		text_addf(&c->out, "snapshot %ju: %.*s (%s), taken %s, %ju %s, %s\n",
			  (uintmax_t)v[i].record, STR_FMT(v[i].source), estate_kind_name(v[i].kind),
			  date_format(v[i].taken_ms, day).p, (uintmax_t)v[i].counts.devices,
			  plural(v[i].counts.devices, "device", "devices"),
			  v[i].whole ? "the whole organisation" : "those devices");
	}
	return true;
}

/* What registers state, which the table has no room for. */
static void show_kept(struct cli *c, const struct segment *s)
{
	for (uint32_t i = 0; s->nkept && i < s->ndevices; i++) {
		struct str v[KEPT_TEXTS];
		size_t n = 0;

		for (enum kept k = 0; k < KEPT_TEXTS; k++) {
			v[k] = segment_kept(s, i, k);
			n += v[k].n;
		}
		if (!n)
			continue;
		text_addf(&c->out, "%.*s: %.*s%s%.*s", STR_FMT(seg_str(s, s->devices[i].id)),
			  STR_FMT(v[KEPT_VENDOR]), v[KEPT_VENDOR].n && v[KEPT_MODEL].n ? " " : "",
			  STR_FMT(v[KEPT_MODEL]));
		if (v[KEPT_UDI].n)
			text_addf(&c->out, "%sUDI %.*s", n == v[KEPT_UDI].n ? "" : ", ",
				  STR_FMT(v[KEPT_UDI]));
		if (v[KEPT_SUPPORT].n)
			text_addf(&c->out, ", supported until %.*s", STR_FMT(v[KEPT_SUPPORT]));
		if (v[KEPT_CONTROLS].n)
			text_addf(&c->out, ", controls: %.*s", STR_FMT(v[KEPT_CONTROLS]));
		text_add_char(&c->out, '\n');
	}
}

static bool show_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(estate_closep) struct estate *e = NULL;
	AUTO(segment_release) const struct segment *s = NULL;
	struct sight sight;
	struct listing *l;
	struct org org;

	if (!cli_open(c, ACTS_READ, &a, err) || !sight_open(c, a, &sight, err) ||
	    !directory_org_get(&sight.view, cli_arg(c, 0), &org, err) ||
	    !sight_need(&sight, org.code, SEES_DEVICES, err) ||
	    !estate_open(acts_journal(a), &e, err) || !estate_segment_open(e, org.code, &s, err))
		return false;
	if (!c->json && !c->csv && !show_snapshots(c, e, org.code, err))
		return false;
	if (!c->json && !c->csv)
		show_kept(c, s);
	l = listing_begin(c, "devices", device_columns);
	for (uint32_t i = 0; i < s->ndevices; i++)
		device_row(c, l, s, i, NULL);
	return listing_end(
		l, "No devices known. lynchpin estate import ORG FILE... brings some in.", err);
}

void estate_search_help(struct text *out)
{
	text_add_c(out,
		   "\nA device is found when every term holds for it; \"-\" before a term turns it "
		   "round, \"...\" keeps blanks.\nWhat cannot be decided comes with a note, turned "
		   "round or not.  Terms:\n");
	for (const struct estate_search_word *w = estate_search_words; w->word; w++) {
		AUTO(text_freep) struct text left = {0};

		text_addf(&left, "%s:%s", w->word, w->value);
		text_addf(out, "  %-24s %s\n", text_c(&left), w->about);
	}
	text_addf(out, "  %-24s %s\n", "TEXT",
		  "part of id, type, segment, service or operating system");
	text_addf(out, "  %-24s %s\n", "KB4012212", "the same as kb:KB4012212");
}

struct search {
	struct cli *cli;
	struct listing *listing;
	struct sight sight;
};

static bool search_hit(void *ctx, const struct estate_hit *hit, struct err *err)
{
	struct search *s = ctx;
	enum directory_sees sees;

	if (!sight_sees(&s->sight, hit->segment->org, &sees, err))
		return false;
	if (sees == SEES_DEVICES)
		device_row(s->cli, s->listing, hit->segment, hit->device, hit->unknown);
	return true;
}

/* Organisations that no search of this post looks into, whatever it would find there. */
static bool not_searched(struct search *s, struct estate *e, uint64_t *ret, struct err *err)
{
	struct estate_org *v;
	enum directory_sees sees;
	uint64_t hidden = 0;
	size_t n;

	if (!estate_orgs(e, s->cli->arena, &v, &n, err))
		return false;
	for (size_t i = 0; i < n && !sight_is_operator(&s->sight); i++) {
		if (!sight_sees(&s->sight, v[i].code, &sees, err))
			return false;
		hidden += sees != SEES_DEVICES;
	}
	return *ret = hidden, true;
}

static bool search_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(estate_closep) struct estate *e = NULL;
	AUTO(listing_dropp) struct listing *l = listing_begin(c, "devices", device_columns);
	AUTO(text_freep) struct text query = {0};
	struct search search = {.cli = c, .listing = l};
	struct listing *done;
	uint64_t hidden;

	for (unsigned i = 0; i < c->nargs; i++)
		text_addf(&query, "%s%s", i ? " " : "", c->args[i]);
	if (!cli_open(c, ACTS_READ, &a, err) || !sight_open(c, a, &search.sight, err) ||
	    !estate_open(acts_journal(a), &e, err) ||
	    !estate_search(e, text_str(&query), search_hit, &search, err) ||
	    !not_searched(&search, e, &hidden, err))
		return false;
	sight_hidden(l, &search.sight, hidden);
	done = l, l = NULL;
	return listing_end(done,
			   hidden ? "No device matches, of those that the post may see."
				  : "No device matches.",
			   err);
}

/* --- names ---------------------------------------------------------------------------- */

static const struct cli_option names_options[] = {
	{"--limit", "N", "at most N names (else 50)"},
	{NULL, NULL, NULL},
};

static struct str candidates_text(struct cli *c, const struct estate_name *n)
{
	AUTO(text_freep) struct text t = {0};

	for (size_t i = 0; i < n->ncandidates; i++)
		text_addf(&t, "%s%.*s:%.*s (%.2f)", i ? ", " : "", STR_FMT(n->candidates[i].vendor),
			  STR_FMT(n->candidates[i].product), n->candidates[i].score);
	return arena_str(c->arena, text_str(&t));
}

static void say_names_hidden(struct cli *c, struct listing *l, uint64_t n)
{
	if (!n)
		return;
	listing_note_int(l, "hidden_names", (int64_t)n);
	if (!c->json && !c->csv)
		text_addf(&c->out, "left out: %ju %s that fewer than %d organisations have\n",
			  (uintmax_t)n, plural(n, "name", "names"), PEERS_MIN);
}

static bool names_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"key", "name", false},
		{"part", "of", false},
		{"publisher", NULL, false},
		{"raw", NULL, false},
		{"version", "version, e.g.", false},
		{"devices", "devices", true},
		{"organisations", "organisations", true},
		{"candidates", "may be", false},
		{NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(estate_closep) struct estate *e = NULL;
	struct estate_name_list names = {0};
	struct sight sight;
	struct listing *l;
	uint64_t limit, least, hidden = 0;

	if (!cli_opt_u64(c, "--limit", 50, &limit, err) || !cli_open(c, ACTS_READ, &a, err) ||
	    !sight_open(c, a, &sight, err) || !estate_open(acts_journal(a), &e, err) ||
	    !estate_names(e, limit, c->arena, &names, err))
		return false;
	/* A name says what somebody runs: where few have it, almost who. */
	least = sight_counts_all(&sight) ? 0 : PEERS_MIN;
	for (size_t i = 0; i < names.n; i++)
		hidden += names.v[i].organisations < least;
	l = listing_begin(c, "names", columns);
	say_names_hidden(c, l, hidden);
	for (size_t i = 0; i < names.n; i++) {
		if (names.v[i].organisations < least)
			continue;
		listing_text(l, names.v[i].key);
		listing_text(l, names.v[i].system ? STR("system") : STR("software"));
		listing_text(l, names.v[i].publisher);
		listing_text(l, names.v[i].name);
		listing_text(l, names.v[i].version);
		listing_int(l, (int64_t)names.v[i].devices);
		listing_int(l, (int64_t)names.v[i].organisations);
		listing_text(l, candidates_text(c, &names.v[i]));
	}
	return listing_end(l, hidden ? "No name that the post may see." : "Every name is resolved.",
			   err);
}

static const struct cli_option resolve_options[] = {
	{"--undo", NULL, "take back what was said by hand; an adopted map's word holds again"},
	{"--anyway", NULL, "also a name that no device has yet"},
	{NULL, NULL, NULL},
};

static bool resolve_body(struct cli *c, struct text *body, struct err *err)
{
	AUTO(text_freep) struct text cpes = {0};

	for (unsigned i = 1; i < c->nargs; i++)
		text_addf(&cpes, "%s%s", i > 1 ? " " : "", c->args[i]);
	if (cli_flag(c, "--undo"))
		return c->nargs == 1 ? estate_unresolve_body(cli_arg(c, 0), body, err)
				     : err_set(err, ERR_USAGE, "--undo takes the name alone");
	if (c->nargs < 2)
		return err_set(err, ERR_USAGE, "something is missing") ||
		       err_hint(err, ": lynchpin estate resolve RAW CPE...");
	return estate_resolve_body(cli_arg(c, 0), text_str(&cpes), body, err);
}

static bool resolve_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(estate_closep) struct estate *e = NULL;
	AUTO(text_freep) struct text body = {0};
	bool undo = cli_flag(c, "--undo");
	struct estate_name reach = {0};
	uint64_t number;

	if (!resolve_body(c, &body, err) || !cli_open(c, ACTS_WRITE, &a, err) ||
	    !estate_open(acts_journal(a), &e, err) ||
	    !estate_name_reach(e, cli_arg(c, 0), &reach, err))
		return false;
	if (!reach.devices && !undo && !cli_flag(c, "--anyway"))
		return err_set(err, ERR_NOT_FOUND, "no device has the name \"%s\"", c->args[0]) ||
		       err_hint(err, "; lynchpin estate names lists those that are not resolved "
				     "(--anyway: say it for later)");
	if (!acts_do(a,
		     &(struct act_request){.act = undo ? "estate.unresolve" : "estate.resolve",
					   .body = text_str(&body)},
		     &number, err))
		return false;
	if (c->json)
		return import_recorded(c, number, err);
	text_addf(&c->out,
		  "recorded as number %ju: %s %ju %s of %ju %s; it holds for the whole service\n",
		  (uintmax_t)number, undo ? "taken back for" : "it settles the name on",
		  (uintmax_t)reach.devices, plural(reach.devices, "device", "devices"),
		  (uintmax_t)reach.organisations,
		  plural(reach.organisations, "organisation", "organisations"));
	return true;
}

static bool adopt_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(import_unmap) struct str bytes = {0};
	AUTO(text_freep) struct text body = {0};
	uint64_t entries;

	if (!file_map(c->args[0], &bytes, err) ||
	    !estate_names_body(file_base_name(c->args[0]), bytes, &body, &entries, err))
		return false;
	if (!cli_open(c, ACTS_WRITE, &a, err) || !acts_begin(a, err))
		return false;
	if (!import_act(a, &(struct act_request){.act = "names.adopt", .body = text_str(&body)},
			bytes, err)) {
		acts_rollback(a);
		return false;
	}
	text_addf(&c->out, "%s: %ju %s adopted\n", c->args[0], (uintmax_t)entries,
		  plural(entries, "name", "names"));
	return acts_commit(a, err);
}

const struct command estate_commands[] = {
	{"estate", "import", "ORG FILE...",
	 "Import an organisation's inventories, or (--by SUPPLIER FILE...) those of many.", 0,
	 UINT_MAX, import_options, import_run},
	{"estate", "show", "ORG",
	 "List an organisation's devices and how fresh the word on them is.", 1, 1, NULL, show_run},
	{"estate", "search", "TERM...",
	 "Find devices, as by os:windows_7 -kb:KB4012212 class:medical 'version:<52'.", 1, UINT_MAX,
	 NULL, search_run},
	{"estate", "conflicts", "[ORG]",
	 "List what sources say differently of a device, which is believed, and why.", 0, 1, NULL,
	 estate_conflicts_run},
	{"estate", "names", NULL, "List the names that are not resolved to products yet.", 0, 0,
	 names_options, names_run},
	{"estate", "resolve", "RAW CPE...",
	 "Say what a raw name, \"Publisher|Name\" as names lists it, stands for (or NONE).", 1,
	 UINT_MAX, resolve_options, resolve_run},
	{"estate", "adopt", "FILE", "Adopt a name map (doc/templates/inventory.md).", 1, 1, NULL,
	 adopt_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
