#include "cli/synth.h"

#include <dirent.h>
#include <errno.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "cli/command.h"

static const struct cli_option synth_options[] = {
	{"--as-of", "DATE", "the day that it shows, from " SYNTH_FROM " on"},
	{"--seed", "N", "another nation; the same bytes for the same seed"},
	{"--devices", "N", "so many devices in its inventories, at most 20,000,000"},
	{"--orgs", "FILE",
	 "the shape of a real directory (organisations.csv, or org list --csv), under invented "
	 "names"},
	{"--components", "N", "so many components a device, about (else 100)"},
	{"--out", "DIR", "a new folder for the files (else lynchpin-synth)"},
	{"--into", NULL, "no files: straight into the store of --db, whole or not at all"},
	{NULL, NULL, NULL},
};
enum { DEVICES_MOST = 20000000, COMPONENTS_MOST = 1000, DIRECTORY_MOST = 256 << 20 };

/* --- what is asked for ------------------------------------------------------------------- */

static bool needed(const struct cli *c, const char *option, const char *what, struct err *err)
{
	return cli_opt(c, option) ||
	       err_set(err, ERR_USAGE, "something is missing: %s %s", option, what);
}

static bool options_read(struct cli *c, struct synth_nation *s, struct err *err)
{
	int64_t from = 0, to = day_of(2027, 1, 1) * MS_PER_DAY;
	bool ok = stamp_parse(STR(SYNTH_FROM), &from);

	assert(ok);
	if (!needed(c, "--as-of", "DATE", err) || !needed(c, "--seed", "N", err) ||
	    !needed(c, "--devices", "N", err) ||
	    !cli_opt_stamp(c, "--as-of", 0, &s->as_of_ms, err) ||
	    !cli_opt_u64(c, "--seed", 0, &s->seed, err) ||
	    !cli_opt_u64(c, "--devices", 0, &s->devices, err) ||
	    !cli_opt_u64(c, "--components", 100, &s->components, err))
		return false;
	if (s->as_of_ms < from || s->as_of_ms >= to)
		return err_set(err, ERR_USAGE,
			       "--as-of %s: what is known of real estates lets it be a day from "
			       "" SYNTH_FROM " to 2026-12-31",
			       cli_opt(c, "--as-of"));
	if (!s->devices || s->devices > DEVICES_MOST)
		return err_set(err, ERR_USAGE, "--devices takes 1 to %d, not %s", DEVICES_MOST,
			       cli_opt(c, "--devices"));
	if (!s->components || s->components > COMPONENTS_MOST)
		return err_set(err, ERR_USAGE, "--components takes 1 to %d, not %s",
			       COMPONENTS_MOST, cli_opt(c, "--components"));
	s->out = cli_opt(c, "--out") ? cli_opt(c, "--out") : "lynchpin-synth";
	return true;
}

/* What another seed left there would mix with this. */
static bool folder_empty(const char *path, struct err *err)
{
	DIR *d = opendir(path);
	bool empty = true;

	if (!d)
		return errno == ENOENT || err_errno(err, errno, "%s", path);
	for (struct dirent *e; (e = readdir(d));)
		empty = empty && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0);
	closedir(d);
	return empty ||
	       err_set(err, ERR_EXISTS, "%s is not empty; --out DIR names another folder", path);
}

static bool intelligence_read(struct cli *c, struct synth_nation *s, struct intel_image **ret,
			      struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;

	if (!cli_open(c, ACTS_READ, &a, err) || !intel_image_load(acts_store(a), NULL, 0, ret, err))
		return err_wrap(err, "products and their versions come from a store with "
				     "vulnerabilities (--db)");
	synth_products_read(*ret, s->as_of_ms, s->arena, &s->products);
	synth_lines_read(*ret, s->as_of_ms, s->arena, &s->lines);
	return s->products.known ||
	       err_set(err, ERR_NOT_FOUND,
		       "%s knows no product of that time: lynchpin feed import FILE... first",
		       store_path(acts_store(a)));
}

/* --- the summary ----------------------------------------------------------------------------- */

static void add_tally(struct synth_tally *t, const struct synth_tally *o)
{
	for (unsigned i = 0; i < SYNTH_CLASSES; i++) {
		t->devices[i] += o->devices[i];
		t->ended[i] += o->ended[i];
	}
	for (unsigned i = 0; i < GROUPS; i++)
		t->group[i] += o->group[i];
	t->windows += o->windows;
	t->late += o->late;
	t->unseen += o->unseen;
	t->rows += o->rows;
	t->bytes += o->bytes;
}

static const struct column summary_columns[] = {
	{"what", "what", false}, {"count", "count", true}, {"percent", "in a hundred", true},
	{"of", "of", false},	 {NULL, NULL, false},
};

static void line_out(struct listing *l, const char *what, uint64_t n, uint64_t all, const char *of)
{
	listing_text(l, str_of(what));
	listing_int(l, (int64_t)n);
	if (all)
		listing_real(l, 100.0 * (double)n / (double)all, 2);
	else
		listing_null(l);
	listing_text(l, str_of(of));
}

static void orgs_out(struct cli *c, struct listing *l, const struct synth_nation *s)
{
	static const char *const kinds[KINDS] = {"regions",    "areas",	    "trusts", "practices",
						 "pharmacies", "suppliers", "others"};
	uint64_t n[KINDS] = {0}, missing = 0, stale = 0, all = 0;

	for (size_t i = 0; i < s->norgs; i++) {
		const struct synth_org *o = &s->orgs[i];

		n[o->kind]++;
		if (o->weight <= 0)
			continue;
		all++;
		missing += o->missing;
		stale += !o->missing && s->as_of_ms - o->taken_ms > 7 * MS_PER_DAY;
	}
	for (unsigned k = 0; k < KINDS; k++)
		if (n[k])
			line_out(l, arena_fmt(c->arena, "organisations: %s", kinds[k]).p, n[k], 0,
				 "");
	line_out(l, "organisations without inventory", missing, all, "organisations with devices");
	line_out(l, "inventories older than 7 days", stale, all, "organisations with devices");
}

static bool summary(struct cli *c, const struct synth_nation *s, struct err *err)
{
	struct listing *l = listing_begin(c, "made", summary_columns);
	uint64_t workstations;
	struct synth_tally t = {0};

	for (size_t i = 0; i < s->norgs; i++)
		add_tally(&t, &s->orgs[i].made);
	workstations = t.devices[SYNTH_WORKSTATION];
	orgs_out(c, l, s);
	for (unsigned i = 0; i < SYNTH_CLASSES; i++)
		line_out(l, arena_fmt(c->arena, "devices: %s", synth_classes[i]).p, t.devices[i],
			 s->devices, "devices");
	line_out(l, "Windows XP", t.group[GROUP_XP], t.windows, "devices with Windows");
	line_out(l, "Windows 7 at the desk", t.group[GROUP_7], workstations, "workstations");
	line_out(l, "Windows 10 or 11 without support", t.group[GROUP_OLD_10], workstations,
		 "workstations");
	for (unsigned i = 0; i <= SYNTH_MEDICAL; i++)
		line_out(l, arena_fmt(c->arena, "without support: %s", synth_classes[i]).p,
			 t.ended[i], t.devices[i], synth_classes[i]);
	line_out(l, "not seen for 45 days more", t.late, s->devices, "devices");
	line_out(l, "updates not looked at", t.unseen, t.windows, "devices with Windows");
	line_out(l, "software on devices", t.rows, 0, "");
	line_out(l, "products known to the store", s->products.known, 0, "");
	line_out(l, "bytes of inventories", t.bytes, 0, "");
	return listing_end(l, "", err);
}

static bool nation_write(struct cli *c, struct synth_nation *s, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;

	if (!cli_flag(c, "--into"))
		return synth_write(s, err);
	return cli_open(c, ACTS_WRITE, &a, err) && synth_into(s, a, err);
}

/* Whether there is somewhere to write, before any work is done. */
static bool place_free(struct cli *c, const struct synth_nation *s, struct err *err)
{
	if (!cli_flag(c, "--into"))
		return folder_empty(s->out, err);
	return !cli_opt(c, "--out") ||
	       err_set(err, ERR_USAGE, "--into writes into a store, --out files: one of them");
}

static bool directory_read(const char *path, struct text *ret, struct err *err)
{
	if (!path)
		return true;
	if (!file_read(path, DIRECTORY_MOST, ret, err))
		return false;
	return ret->n || err_set(err, ERR_INVALID, "%s: is empty", path);
}

static bool synth_run(struct cli *c, struct err *err)
{
	AUTO(intel_image_closep) struct intel_image *image = NULL;
	AUTO(text_freep) struct text directory = {0};
	struct synth_nation s = {.arena = c->arena};
	const char *orgs = cli_opt(c, "--orgs");

	if (!options_read(c, &s, err) || !place_free(c, &s, err) ||
	    !directory_read(orgs, &directory, err) || !intelligence_read(c, &s, &image, err))
		return false;
	if (!synth_orgs_make(&s, text_str(&directory), err))
		return orgs ? err_wrap(err, "%s", orgs) : false;
	if (!nation_write(c, &s, err) || !summary(c, &s, err))
		return false;
	if (c->json || c->csv)
		return true;
	text_add_c(&c->out, "\nAll of it is invented. ");
	if (cli_flag(c, "--into")) {
		text_add_c(&c->out, "It is in ");
		store_said(c->db, &c->out);
		text_add_c(&c->out, " now.\n");
	} else {
		text_addf(&c->out,
			  "In %s: lynchpin org import organisations.csv relationships.csv; "
			  "lynchpin estate import --org-from-name inventories/*\n",
			  s.out);
	}
	return true;
}

const struct command synth_commands[] = {
	{"synth", NULL, NULL,
	 "Write an invented nation of any size: organisations and inventories, as files or into a "
	 "store.",
	 0, 0, synth_options, synth_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
