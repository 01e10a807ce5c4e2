#include "cli/member.h"
#include "cli/command.h"

#include <errno.h>
#include <limits.h>

#include "alerts/alerts.h"
#include "base/file.h"
#include "cli/pack.h"
#include "cli/sight.h"
#include "desk/desk.h"

/* --- init ------------------------------------------------------------------------- */

static const struct cli_option init_options[] = {
	{"--name", "TEXT", "the service's name (else \"Service\")"},
	{"--nation", "CODE", "code of the organisation that leads (else NATION)"},
	{"--bare", NULL, "don't adopt the packs: name map, curated fix rules, rules of alerts"},
	{NULL, NULL, NULL},
};

static struct str opt_or(const struct cli *c, const char *name, const char *otherwise)
{
	return str_of(cli_opt(c, name) ? cli_opt(c, name) : otherwise);
}

static bool init_run(struct cli *c, struct err *err)
{
	struct acts_config config = {
		.path = c->db, .mode = ACTS_WRITE, .clock = &c->clock, .user = c->config->user};
	struct acts_founding founding = {.service = opt_or(c, "--name", "Service"),
					 .nation = opt_or(c, "--nation", "NATION")};
	AUTO(acts_closep) struct acts *a = NULL;
	struct store *store;

	if (!acts_found(&config, &founding, &a, err))
		return false;
	if (!cli_flag(c, "--bare") && !pack_adopt(a, err))
		return false;
	store = acts_store(a);
	text_addf(
		&c->out,
		"made %s and its key %s.key\n"
		"next: lynchpin org import FILE..., lynchpin feed import FILE..., lynchpin estate "
		"import ORG FILE...\n",
		store_path(store), store_place(store));
	return true;
}

/* Open it for who may read the journal. */
static bool open_journal(struct cli *c, enum acts_mode mode, struct acts **ret, struct sight *sight,
			 struct err *err)
{
	return cli_open(c, mode, ret, err) && sight_open(c, *ret, sight, err) &&
	       sight_right(sight, "journal.read", err);
}

/* --- journal ---------------------------------------------------------------------- */

static const struct cli_option verify_options[] = {
	{"--checkpoint", "FILE", "a checkpoint kept elsewhere: shows what was cut off since"},
	{"--skip-bulk", NULL, "don't read the bulk bytes, only see that they are there"},
	{NULL, NULL, NULL},
};

static bool verify_json(struct cli *c, const struct journal_report *r, struct err *err)
{
	struct json_out *o = json_out_open(&c->out);
	struct str rest = text_str(&r->lines), line;

	json_out_object(o);
	member_i64(o, "records", (int64_t)r->records);
	member_i64(o, "bulk", (int64_t)r->bulk);
	member_i64(o, "bulk_bytes", (int64_t)r->bulk_bytes);
	member_i64(o, "pruned", (int64_t)r->pruned);
	json_out_key(o, "faults");
	json_out_array(o);
	while (str_next_line(&rest, &line))
		json_out_str(o, line);
	json_out_end(o);
	member_bool(o, "whole", r->faults == 0);
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	text_add_char(&c->out, '\n');
	return true;
}

static void verify_text(struct cli *c, const struct journal_report *r)
{
	text_add(&c->out, text_str(&r->lines));
	if (!r->faults)
		text_addf(&c->out, "the journal is whole: %ju %s, %ju %s (%ju bytes), %ju pruned\n",
			  (uintmax_t)r->records, plural(r->records, "record", "records"),
			  (uintmax_t)r->bulk, plural(r->bulk, "bulk object", "bulk objects"),
			  (uintmax_t)r->bulk_bytes, (uintmax_t)r->pruned);
}

static void report_free(struct journal_report *r)
{
	journal_report_free(r);
}

static bool verify_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(text_freep) struct text checkpoint = {0};
	AUTO(report_free) struct journal_report report = {0};
	const char *file = cli_opt(c, "--checkpoint");
	struct journal_check check = {.skip_bulk = cli_flag(c, "--skip-bulk")};
	struct sight sight;

	if (!open_journal(c, ACTS_READ, &a, &sight, err))
		return false;
	if (file && !file_read(file, (size_t)1 << 16, &checkpoint, err))
		return false;
	check.checkpoint = str_trim(text_str(&checkpoint));
	if (file && !check.checkpoint.n)
		return err_set(err, ERR_INVALID, "%s: is no checkpoint: there is nothing in it",
			       file);
	if (!journal_verify(acts_journal(a), &check, &report, err))
		return false;
	if (!c->json)
		verify_text(c, &report);
	else if (!verify_json(c, &report, err))
		return false;
	if (report.faults)
		return err_set(err, ERR_CORRUPT,
			       "the journal is not whole: %ju %s, the first at record %ju",
			       (uintmax_t)report.faults, plural(report.faults, "fault", "faults"),
			       (uintmax_t)report.first_bad);
	return true;
}

static bool checkpoint_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct sight sight;

	if (!open_journal(c, ACTS_WRITE, &a, &sight, err) ||
	    !journal_checkpoint(acts_journal(a), acts_now_ms(a), &c->out, err))
		return false;
	if (c->out.n && c->out.p[c->out.n - 1] != '\n')
		text_add_char(&c->out, '\n');
	return true;
}

static const struct cli_option show_options[] = {
	{"--from", "N", "from record N"},
	{"--until", "TIME", "up to a moment"},
	{"--act", "NAME", "only this kind of act"},
	{"--limit", "N", "at most N records"},
	{NULL, NULL, NULL},
};

struct show {
	struct cli *cli;
	struct listing *listing;
	const char *act;
	struct sight sight;
	uint64_t left;
	uint64_t only;	 /* 0: all */
	uint64_t others; /* not for this post to read */
};

static bool show_one(void *ctx, const struct record *r, struct err *err)
{
	struct show *s = ctx;
	char hex[HASH_HEX_BYTES];
	struct telling told;
	bool reads;

	if (!s->left || (s->only && r->number != s->only) || (s->act && !str_is(r->act, s->act)))
		return true;
	if (!sight_reads_record(&s->sight, r, &reads, err))
		return false;
	if (!reads)
		return s->others++, true;
	s->left--;
	listing_int(s->listing, (int64_t)r->number);
	listing_text(s->listing, r->site);
	listing_stamp(s->listing, r->stamped_ms);
	listing_text(s->listing, r->post);
	listing_text(s->listing, r->user);
	listing_text(s->listing, r->act);
	told = telling_of(s->cli->arena, r->body);
	listing_text(s->listing, told.org);
	listing_text(s->listing, told.what);
	listing_text(s->listing, r->body);
	listing_text(s->listing, hash_hex(&r->hash, hex));
	return true;
}

static bool show_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"number", "no", true},		{"site", NULL, false},	 {"time", "time", false},
		{"post", "post", false},	{"user", "user", false}, {"act", "act", false},
		{"org", "organisation", false}, {"what", "what", false}, {"body", NULL, false},
		{"hash", NULL, false},		{NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(listing_dropp) struct listing *l = listing_begin(c, "records", columns);
	struct show show = {.cli = c, .listing = l, .act = cli_opt(c, "--act")};
	uint64_t from;
	int64_t until;

	if (c->nargs && !str_to_u64(cli_arg(c, 0), &show.only))
		return err_set(err, ERR_USAGE, "\"%s\" is no record number", c->args[0]);
	if (!cli_opt_u64(c, "--from", MAX_OF(show.only, (uint64_t)1), &from, err) ||
	    !cli_opt_u64(c, "--limit", show.only ? 1 : UINT64_MAX, &show.left, err) ||
	    !cli_opt_stamp(c, "--until", INT64_MAX, &until, err) ||
	    !open_journal(c, ACTS_READ, &a, &show.sight, err) ||
	    !journal_each(acts_journal(a), (struct journal_range){from, until}, show_one, &show,
			  err))
		return false;
	if (show.only && show.others && !listing_rows(l))
		return err_set(
			err, ERR_DENIED,
			"record %ju concerns an organisation of which the post %.*s sees nothing",
			(uintmax_t)show.only, STR_FMT(show.sight.post.id));
	if (show.only && !listing_rows(l))
		return err_set(err, ERR_NOT_FOUND, "there is no record %ju", (uintmax_t)show.only);
	if (show.others)
		listing_note_int(l, "not_shown", (int64_t)show.others);
	show.listing = NULL;
	struct listing *done = l;
	l = NULL;
	return listing_end(done, "the journal has no such records", err);
}

static const struct cli_option rebuild_options[] = {
	{"--until", "TIME", "the state of that moment, into a new store (--into)"},
	{"--into", "PATH", "where the state of the past goes; must not be there yet"},
	{NULL, NULL, NULL},
};

/* Evidence as it was then. */
static bool past_advance(struct cli *c, const char *path, struct err *err)
{
	struct store_config config = {.path = path, .mode = STORE_WRITE, .tables = acts_tables};
	AUTO(store_closep) struct store *store = NULL;
	AUTO(journal_closep) struct journal *journal = NULL;
	AUTO(alerts_closep) struct alerts *room = NULL;
	struct alerts_advanced done;

	return store_open(&config, &store, err) && journal_open(store, NULL, &journal, err) &&
	       alerts_open(journal, &c->clock, &room, err) && alerts_advance(room, &done, err);
}

static bool rebuild_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	const char *into = cli_opt(c, "--into");
	struct acts_rebuilt done;
	struct sight sight;
	int64_t until;
	bool ok;

	if (!cli_opt_stamp(c, "--until", INT64_MAX, &until, err))
		return false;
	if (cli_flag(c, "--until") && !into)
		return err_set(err, ERR_USAGE,
			       "--until takes --into PATH: the present stays as it is");
	if (!cli_open(c, into ? ACTS_READ : ACTS_REBUILD, &a, err) ||
	    !sight_open(c, a, &sight, err) || (into && !sight_whole(&sight, err)))
		return false;
	ok = into ? acts_rebuild_until(a, until, into, &done, err) : acts_rebuild(a, &done, err);
	if (!ok || (into && !past_advance(c, into, err)))
		return false;
	text_add_c(&c->out, "rebuilt ");
	store_said(into ? into : c->db, &c->out);
	text_addf(&c->out, " from %ju %s\n", (uintmax_t)done.records,
		  plural(done.records, "record", "records"));
	return true;
}

/* --- store ------------------------------------------------------------------------- */

static bool dump_line(void *ctx, struct str line, struct err *err)
{
	struct cli *c = ctx;

	text_add(&c->out, line);
	text_add_char(&c->out, '\n');
	return c->out.n < ((size_t)1 << 20) || cli_flush(c, err);
}

static bool dump_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct store_dump dump = {
		.kinds = STORE_RECORDED | STORE_DERIVED, .line = dump_line, .ctx = c};
	struct sight sight;

	return cli_open(c, ACTS_READ, &a, err) && sight_open(c, a, &sight, err) &&
	       sight_whole(&sight, err) && store_dump(acts_store(a), &dump, err);
}

/* --- rights ------------------------------------------------------------------------ */

static void kind_row(void *ctx, const struct act_kind *kind)
{
	struct listing *l = ctx;

	listing_text(l, str_of(kind->name));
	listing_text(l, str_of(kind->right));
	listing_text(l, str_of(kind->about));
}

static bool acts_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"act", "act", false},
		{"right", "takes the right", false},
		{"about", "what it does", false},
		{NULL, NULL, false},
	};
	struct listing *l = listing_begin(c, "acts", columns);

	acts_each_kind(kind_row, l);
	return listing_end(l, "", err);
}

const struct command service_commands[] = {
	{"init", NULL, NULL, "Make a new service: a store and its site key.", 0, 0, init_options,
	 init_run},
	{"journal", "verify", NULL, "Read every record and name what was tampered with.", 0, 0,
	 verify_options, verify_run},
	{"journal", "show", "[N]", "List the records: who did what, when.", 0, 1, show_options,
	 show_run},
	{"journal", "rebuild", NULL, "Make all tables again from the journal.", 0, 0,
	 rebuild_options, rebuild_run},
	{"journal", "checkpoint", NULL,
	 "Print a signed line to keep elsewhere: it shows later if the end was cut off.", 0, 0,
	 NULL, checkpoint_run},
	{"journal", "acts", NULL, "List the kinds of act and the right that each takes.", 0, 0,
	 NULL, acts_run},
	{"store", "dump", NULL, "Print every recorded and derived row, in a fixed order.", 0, 0,
	 NULL, dump_run},
	{"store", "copy", "SRC DST", "Copy the service at SRC to a new store at DST, and compare.",
	 2, 2, NULL, store_copy_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
