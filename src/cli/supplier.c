#include "cli/import.h"
#include "cli/member.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/table.h"
#include "directory/directory.h"
#include "estate/estate.h"

/*
 * estate import --by SUPPLIER: one inventory of a supplier, parted among the
 * organisations that delegated evidence to it; an act for each.
 */

enum { NAMES_SHOWN = 20 };

struct supplied {
	const char *path;
	struct str bytes;
	struct estate_parts parts;
	struct estate_reading *readings;
	uint64_t accepted, skipped; /* rows; skipped: of parts that are here already */
};

struct supply {
	struct cli *c;
	struct acts *a;
	struct directory_view view;
	struct str by;
	struct intern *orgs; /* that delegated evidence, all of theirs, and are open */
	struct supplied *v;
	size_t n;
};

static void supply_release(struct supply *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct supplied *f = &s->v[i];

		for (size_t k = 0; f->readings && k < f->parts.n; k++)
			estate_reading_free(&f->readings[k]);
		free(f->readings);
		estate_parts_release(&f->parts);
		file_unmap(f->bytes);
	}
	free(s->v);
	intern_close(s->orgs);
}

/* --- who may be in it --------------------------------------------------------------- */

static bool find_orgs(struct supply *s, struct err *err)
{
	struct delegations all;
	struct err closed;
	struct str code;

	if (!directory_org_state_for_estate(&s->view, str_of(cli_opt(s->c, "--by")), &s->by, err))
		return err_wrap(err, "--by");
	if (!directory_delegations(
		    &s->view, &(struct delegation_filter){.to = s->by, .gives = GIVES_EVIDENCE},
		    &all, err))
		return false;
	s->orgs = intern_open();
	for (size_t i = 0; i < all.n; i++)
		if (!all.v[i].services.n &&
		    directory_org_state_for_estate(&s->view, all.v[i].org, &code, &closed))
			(void)intern_put(s->orgs, code);
	return true;
}

/* Why the rows of org are refused. */
static struct str why_not(const struct supply *s, struct str org)
{
	struct delegations some;
	struct err err;
	struct str code;

	if (!org.n)
		return cli_opt(s->c, "--map") ? STR("it names no organisation")
					      : STR("the column \"org\" is empty");
	if (!directory_org_state_for_estate(&s->view, org, &code, &err))
		return err.code == ERR_NOT_FOUND && cli_opt(s->c, "--map")
			       ? arena_fmt(
					 s->view.arena,
					 "%s; or the mapping says whose that is: org: %.*s = CODE",
					 err.text, STR_FMT(org))
			       : arena_str(s->view.arena, str_of(err.text));
	if (directory_delegations(
		    &s->view,
		    &(struct delegation_filter){.org = code, .to = s->by, .gives = GIVES_EVIDENCE},
		    &some, &err) &&
	    some.n)
		return arena_fmt(s->view.arena,
				 "%.*s has delegated evidence to %.*s for some services only",
				 STR_FMT(code), STR_FMT(s->by));
	return arena_fmt(s->view.arena,
			 "%.*s has not delegated evidence to %.*s; its siro or partner does by: "
			 "lynchpin --as POST delegate grant %.*s --to %.*s --gives evidence",
			 STR_FMT(code), STR_FMT(s->by), STR_FMT(code), STR_FMT(s->by));
}

/* --- reading -------------------------------------------------------------------------- */

static bool part_file(struct supply *s, const struct estate_stated *said, struct supplied *f,
		      struct err *err)
{
	struct estate_file_in in = {
		.name = str_of(f->path), .received_ms = s->view.at_ms, .stated = *said};

	if (!import_no_folder("estate import --by SUPPLIER", f->path, err) ||
	    !file_map(f->path, &f->bytes, err))
		return false;
	in.bytes = f->bytes;
	in.stated.default_taken_ms = MIN_OF(import_changed_ms(f->path), in.received_ms);
	if (!estate_part(&in, s->by, s->orgs, &f->parts, err))
		return false;
	if (!f->parts.n)
		return err_set(err, ERR_INVALID, "%s: no row is accepted; line %zu: %.*s", f->path,
			       f->parts.refused_line[0],
			       STR_FMT(why_not(s, f->parts.refused_org[0])));
	f->readings = mem_zero(f->parts.n, sizeof(*f->readings));
	return estate_read_all(f->parts.v, f->parts.n, f->readings, err);
}

static bool read_files(struct supply *s, struct err *err)
{
	struct estate_stated said;

	if (!import_stated(s->c, &said, err))
		return false;
	s->v = mem_zero(s->c->nargs, sizeof(*s->v));
	for (unsigned i = 0; i < s->c->nargs; i++) {
		struct supplied *f = &s->v[s->n++];

		cli_progress("reading %s", s->c->args[i]);
		f->path = s->c->args[i];
		if (!part_file(s, &said, f, err))
			return false;
	}
	return true;
}

/* --- saying --------------------------------------------------------------------------- */

static const struct column part_columns[] = {
	{"file", NULL, false},
	{"org", "org", false},
	{"rows", "rows", true},
	{"devices", "devices", true},
	{"software", "software", true},
	{"updates", "updates", true},
	{"incomplete", NULL, true},
	{"taken", "taken", false},
	{"new", NULL, false},
	{"note", "note", false},
	{NULL, NULL, false},
};

/* Notes of a reading are lines; here they are one. */
static struct str note_of(const struct supply *s, const struct estate_reading *r,
			  const struct err *known)
{
	struct str rest = text_str(&r->notes), line, out = {0};

	if (known->code)
		return arena_str(s->c->arena, str_of(known->text));
	while (str_next_line(&rest, &line))
		out = arena_fmt(s->c->arena, "%.*s%s%.*s", STR_FMT(out), out.n ? "; " : "",
				STR_FMT(line));
	return out;
}

static void part_row(const struct supply *s, struct listing *l, const struct supplied *f, size_t i,
		     const struct err *known)
{
	const struct estate_reading *r = &f->readings[i];

	listing_text(l, str_of(f->path));
	listing_text(l, f->parts.v[i].org);
	listing_int(l, (int64_t)r->counts.lines);
	listing_int(l, (int64_t)r->counts.devices);
	listing_int(l, (int64_t)r->counts.software);
	listing_int(l, (int64_t)r->counts.updates);
	listing_int(l, (int64_t)r->counts.incomplete);
	listing_stamp(l, r->taken_ms);
	listing_bool(l, !known->code);
	listing_text(l, note_of(s, r, known));
}

static size_t shown_of(const struct supplied *f)
{
	return (size_t)MIN_OF(f->parts.refused, (uint64_t)ARRAY_LEN(f->parts.refused_line));
}

/* Organisations that delegated evidence and are in none of the files, though one says that its
 * lists are whole; by code. */
static struct codes silent_of(const struct supply *s)
{
	AUTO(freep) bool *met = mem_zero(intern_count(s->orgs) + 1, sizeof(*met));
	struct codes out = {0};
	bool whole = str_eq_ci(str_of(cli_opt(s->c, "--scope")), STR("organisation"));

	for (size_t i = 0; i < s->n; i++) {
		whole |= s->v[i].parts.whole && !cli_opt(s->c, "--scope");
		for (size_t k = 0; k < s->v[i].parts.n; k++)
			met[intern_find(s->orgs, s->v[i].parts.v[k].org)] = true;
	}
	out.v = ARENA_ARRAY(s->c->arena, struct str, intern_count(s->orgs) + 1);
	for (uint32_t i = 0; whole && i < intern_count(s->orgs); i++)
		if (!met[i])
			out.v[out.n++] = arena_str(s->c->arena, intern_str(s->orgs, i));
	if (out.n)
		qsort(out.v, out.n, sizeof(*out.v), str_qsort_cmp);
	return out;
}

static bool refused_json(const struct supply *s, struct listing *l, struct err *err)
{
	AUTO(text_freep) struct text text = {0};
	struct json_out *o = json_out_open(&text);

	json_out_array(o);
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < shown_of(&s->v[i]); k++) {
			const struct estate_parts *p = &s->v[i].parts;

			json_out_object(o);
			member_str(o, "file", str_of(s->v[i].path));
			member_i64(o, "line", (int64_t)p->refused_line[k]);
			member_str(o, "org", p->refused_org[k]);
			member_str(o, "why", why_not(s, p->refused_org[k]));
			json_out_end(o);
		}
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	listing_note_json(l, "reasons", arena_str(s->c->arena, text_str(&text)));
	return true;
}

static bool silent_json(const struct supply *s, struct listing *l, struct err *err)
{
	AUTO(text_freep) struct text text = {0};
	struct json_out *o = json_out_open(&text);
	struct codes silent = silent_of(s);

	json_out_array(o);
	for (size_t i = 0; i < silent.n; i++)
		json_out_str(o, silent.v[i]);
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	listing_note_json(l, "silent", arena_str(s->c->arena, text_str(&text)));
	return true;
}

static bool notes_json(const struct supply *s, struct listing *l, struct err *err)
{
	AUTO(text_freep) struct text text = {0};
	struct json_out *o = json_out_open(&text);

	json_out_array(o);
	for (size_t i = 0; i < s->n; i++) {
		struct str notes = s->v[i].parts.notes, line;

		while (str_next_line(&notes, &line)) {
			json_out_object(o);
			member_str(o, "file", str_of(s->v[i].path));
			member_str(o, "note", line);
			json_out_end(o);
		}
	}
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	listing_note_json(l, "notes", arena_str(s->c->arena, text_str(&text)));
	return true;
}

static bool totals_json(const struct supply *s, struct listing *l, struct err *err)
{
	uint64_t accepted = 0, skipped = 0, refused = 0;

	for (size_t i = 0; i < s->n; i++) {
		accepted += s->v[i].accepted;
		skipped += s->v[i].skipped;
		refused += s->v[i].parts.refused;
	}
	listing_note(l, "by", s->by);
	listing_note_int(l, "accepted", (int64_t)accepted);
	listing_note_int(l, "skipped", (int64_t)skipped);
	listing_note_int(l, "refused", (int64_t)refused);
	return notes_json(s, l, err) && refused_json(s, l, err) && silent_json(s, l, err);
}

static void say_file(const struct supply *s, const struct supplied *f)
{
	const struct estate_reading *r = &f->readings[0];
	struct text *out = &s->c->out;
	struct str notes = f->parts.notes, line;
	char at[STAMP_BYTES];

	while (str_next_line(&notes, &line))
		text_addf(out, "%s: %.*s\n", f->path, STR_FMT(line));
	for (size_t k = 0; k < shown_of(f); k++)
		text_addf(out, "%s: line %zu: %.*s\n", f->path, f->parts.refused_line[k],
			  STR_FMT(why_not(s, f->parts.refused_org[k])));
	if (r->taken_by_default)
		text_addf(out, "%s: taken %.16s (the file's last change; --taken says another)\n",
			  f->path, stamp_format(r->taken_ms, at).p);
	text_addf(out, "%s: %ju %s accepted, %ju skipped (nothing new), %ju refused%s\n", f->path,
		  (uintmax_t)f->accepted, plural(f->accepted, "row", "rows"), (uintmax_t)f->skipped,
		  (uintmax_t)f->parts.refused,
		  f->parts.refused > shown_of(f) ? "; the first reasons are above" : "");
}

static void say_silent(const struct supply *s)
{
	struct codes silent = silent_of(s);
	struct text *out = &s->c->out;

	if (!silent.n)
		return;
	text_addf(out, "%zu %s delegated evidence to %.*s and %s not in the file:", silent.n,
		  plural(silent.n, "organisation", "organisations"), STR_FMT(s->by),
		  plural(silent.n, "is", "are"));
	for (size_t i = 0; i < silent.n && i < NAMES_SHOWN; i++)
		text_addf(out, " %.*s", STR_FMT(silent.v[i]));
	if (silent.n > NAMES_SHOWN)
		text_addf(out, " and %zu more", silent.n - NAMES_SHOWN);
	text_add_c(out, "; what was known of them stays\n");
}

/* --- acting ----------------------------------------------------------------------------- */

static bool take_parts(struct supply *s, struct supplied *f, struct listing *l, struct err *err)
{
	for (size_t i = 0; i < f->parts.n; i++) {
		uint64_t rows = f->readings[i].counts.lines;
		struct err known = {0};

		cli_progress("%s: %zu of %zu organisations", f->path, i + 1, f->parts.n);
		if (import_inventory(s->a, &f->parts.v[i], &f->readings[i], &known))
			f->accepted += rows;
		else if (known.code == ERR_EXISTS)
			f->skipped += rows;
		else
			return *err = known, err_wrap(err, "%s", f->path);
		part_row(s, l, f, i, &known);
	}
	return true;
}

static bool take_all(struct supply *s, struct err *err)
{
	AUTO(listing_dropp) struct listing *l = listing_begin(s->c, "organisations", part_columns);
	struct listing *done;

	if (!acts_begin(s->a, err))
		return false;
	for (size_t i = 0; i < s->n; i++)
		if (!take_parts(s, &s->v[i], l, err))
			return false;
	if (!totals_json(s, l, err) || !acts_commit(s->a, err))
		return false;
	done = l, l = NULL;
	if (!listing_end(done, "", err))
		return false;
	for (size_t i = 0; i < s->n && !s->c->json && !s->c->csv; i++)
		say_file(s, &s->v[i]);
	if (!s->c->json && !s->c->csv)
		say_silent(s);
	return true;
}

bool import_by(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(supply_release) struct supply s = {.c = c};

	if (cli_flag(c, "--org-from-name") || cli_opt(c, "--device"))
		return err_set(err, ERR_USAGE,
			       "--by reads the column \"org\": not with --org-from-name or "
			       "--device");
	if (!cli_open(c, ACTS_WRITE, &a, err))
		return false;
	s.a = a;
	s.view = (struct directory_view){
		.store = acts_store(a), .arena = c->arena, .at_ms = acts_now_ms(a)};
	return find_orgs(&s, err) && read_files(&s, err) && take_all(&s, err);
}
