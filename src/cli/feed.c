#include "cli/command.h"

#include <limits.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/import.h"
#include "intel/intel.h"

/* --- import ------------------------------------------------------------------------- */

static void say_batch(struct cli *c, struct str source, const struct intel_batch *b)
{
	text_addf(&c->out, "%.*s: %s, %ju accepted, %ju skipped, %ju refused", STR_FMT(source),
		  intel_kind_name(b->kind), (uintmax_t)b->counts.accepted,
		  (uintmax_t)b->counts.skipped, (uintmax_t)b->counts.refused);
	if (b->counts.criteria_refused)
		text_addf(&c->out, ", %ju %s unreadable", (uintmax_t)b->counts.criteria_refused,
			  plural(b->counts.criteria_refused, "criterion", "criteria"));
	text_add_char(&c->out, '\n');
	for (size_t i = 0; i < b->nreasons; i++)
		text_addf(&c->out, "  %.*s\n", STR_FMT(b->reasons[i]));
}

static bool import_batch(struct acts *a, struct str source, struct intel_batch *batch,
			 struct str bytes, struct err *err)
{
	AUTO(text_freep) struct text body = {0};

	intel_import_body(batch, source, acts_now_ms(a), &body);
	return import_act(
		a,
		&(struct act_request){.act = "feed.import", .body = text_str(&body), .memo = batch},
		bytes, err);
}

struct jobs {
	struct intel_job *v;
	size_t n;
};

static void jobs_release(struct jobs *jobs)
{
	if (jobs->v)
		intel_jobs_release(jobs->v, jobs->n);
	free(jobs->v);
}

static const struct cli_option import_options[] = {
	{"--taken", "TIME",
	 "treat them as taken then: for exercises in a past that feeds outlived"},
	{NULL, NULL, NULL},
};

/* What a person states goes before what the feed says; the record says so. */
static bool state_taken(struct cli *c, struct acts *a, const struct jobs *jobs, struct err *err)
{
	int64_t taken_ms;

	if (!cli_opt_stamp(c, "--taken", 0, &taken_ms, err) || !cli_flag(c, "--taken"))
		return !cli_flag(c, "--taken");
	if (taken_ms > acts_now_ms(a))
		return err_set(err, ERR_USAGE, "--taken %s is in the future",
			       cli_opt(c, "--taken"));
	for (size_t i = 0; i < jobs->n; i++) {
		jobs->v[i].batch->taken_ms = taken_ms;
		jobs->v[i].batch->taken_stated = true;
	}
	return true;
}

static bool import_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(jobs_release) struct jobs jobs = {.n = c->nargs};

	if (!cli_open(c, ACTS_WRITE, &a, err))
		return false;
	for (size_t i = 0; i < jobs.n; i++)
		if (!import_no_folder("feed import", c->args[i], err))
			return false;
	jobs.v = mem_zero(jobs.n, sizeof(*jobs.v));
	for (size_t i = 0; i < jobs.n; i++)
		jobs.v[i].path = c->args[i];
	cli_progress("reading %zu files", jobs.n);
	if (!intel_read_each(jobs.v, jobs.n, err) || !state_taken(c, a, &jobs, err) ||
	    !acts_begin(a, err))
		return false;
	for (size_t i = 0; i < jobs.n; i++) {
		struct str source = file_base_name(jobs.v[i].path);

		cli_progress("%zu of %zu: %s", i + 1, jobs.n, jobs.v[i].path);
		if (!import_batch(a, source, jobs.v[i].batch, jobs.v[i].bytes, err)) {
			acts_rollback(a);
			return err_wrap(err, "%s", jobs.v[i].path);
		}
	}
	cli_progress("writing");
	if (!acts_commit(a, err))
		return false;
	for (size_t i = 0; i < jobs.n; i++)
		say_batch(c, str_of(jobs.v[i].path), jobs.v[i].batch);
	return true;
}

/* --- update ---------------------------------------------------------------------------- */

static const struct cli_option update_options[] = {
	{"--ca-file", "FILE", "trust these certificates instead of the system's"},
	{"--max-bytes", "N", "refuse feeds larger than this (else 1 GiB)"},
	{"--timeout", "SECONDS", "give up a feed after this long (else 600)"},
	{NULL, NULL, NULL},
};

static void result_release(struct fetch_result *r)
{
	fetch_release(r);
}

/* Bytes that came from a server: read, recorded, and only then is the server's mark of them
 * kept, so that a failed import is asked for again. */
static bool take_in(struct acts *a, const struct intel_source *source,
		    const struct fetch_result *got, struct text *say, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct intel_tag tag = {.etag = text_str(&got->etag),
				.modified = text_str(&got->last_modified)};
	struct intel_batch *batch;

	if (!intel_read(arena, source->name, text_str(&got->bytes), &batch, err))
		return false;
	if (source->kind.n && !str_is(source->kind, intel_kind_name(batch->kind)))
		return err_set(err, ERR_INVALID, "expected %.*s, the server gave %s",
			       STR_FMT(source->kind), intel_kind_name(batch->kind));
	if (!acts_begin(a, err))
		return false;
	if (!import_batch(a, source->url, batch, text_str(&got->bytes), err)) {
		acts_rollback(a);
		return false;
	}
	if (!acts_commit(a, err) || !store_begin(acts_store(a), &txn, err) ||
	    !intel_tag_put(txn, source->url, &tag, err) || !store_commit(&txn, err))
		return false;
	text_addf(say, "%.*s: %ju accepted, %ju skipped, %ju refused\n", STR_FMT(source->name),
		  (uintmax_t)batch->counts.accepted, (uintmax_t)batch->counts.skipped,
		  (uintmax_t)batch->counts.refused);
	return true;
}

static bool update_one(struct cli *c, struct acts *a, const struct intel_source *source,
		       struct err *err)
{
	AUTO(result_release) struct fetch_result got = {0};
	struct fetch_request q = {.url = arena_str(c->arena, source->url).p,
				  .ca_file = cli_opt(c, "--ca-file")};
	struct intel_tag tag = {0};
	uint64_t max, seconds;

	if (!cli_opt_u64(c, "--max-bytes", 0, &max, err) ||
	    !cli_opt_u64(c, "--timeout", 0, &seconds, err) ||
	    !intel_tag_get(acts_store(a), c->arena, source->url, &tag, err))
		return false;
	q.max_bytes = max;
	q.timeout_seconds = (uint32_t)MIN_OF(seconds, (uint64_t)86400);
	q.etag = tag.etag.n ? tag.etag.p : NULL;
	q.last_modified = tag.modified.n ? tag.modified.p : NULL;
	if (!fetch_get(&q, &got, err))
		return false;
	if (got.not_modified) {
		text_addf(&c->out, "%.*s: not changed since the last time\n",
			  STR_FMT(source->name));
		return true;
	}
	return take_in(a, source, &got, &c->out, err);
}

/* One feed that fails must not hold up the others: all are tried, failures are said. */
static bool update_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct intel_source *sources;
	size_t n, failed = 0, tried = 0;

	if (!cli_open(c, ACTS_WRITE, &a, err) ||
	    !intel_source_list(acts_store(a), c->arena, &sources, &n, err))
		return false;
	if (!n)
		return err_set(err, ERR_NOT_FOUND, "no feeds to fetch") ||
		       err_hint(err, "; name one with: lynchpin feed source NAME KIND URL");
	for (size_t i = 0; i < n; i++) {
		struct err why = {0};

		if (c->nargs && !str_eq(cli_arg(c, 0), sources[i].name))
			continue;
		tried++;
		cli_progress("%zu of %zu: %.*s", i + 1, n, STR_FMT(sources[i].name));
		if (update_one(c, a, &sources[i], &why))
			continue;
		failed++;
		text_addf(&c->out, "%.*s: failed: %s\n", STR_FMT(sources[i].name), why.text);
	}
	if (!tried)
		return err_set(err, ERR_NOT_FOUND, "no feed source is called %s", c->args[0]);
	return !failed || err_set(err, ERR_IO, "%zu of %zu %s could not be updated", failed, tried,
				  plural(tried, "feed", "feeds"));
}

static bool source_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(text_freep) struct text body = {0};
	uint64_t number;

	intel_source_body(cli_arg(c, 0), cli_arg(c, 1), cli_arg(c, 2), &body);
	if (!cli_open(c, ACTS_WRITE, &a, err) ||
	    !acts_do(a, &(struct act_request){.act = "feed.source", .body = text_str(&body)},
		     &number, err))
		return false;
	return import_recorded(c, number, err);
}

static bool sources_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {{"name", "name", false},
						{"kind", "kind", false},
						{"url", "url", false},
						{NULL, NULL, false}};
	AUTO(acts_closep) struct acts *a = NULL;
	struct intel_source *sources;
	struct listing *l;
	size_t n;

	if (!cli_open(c, ACTS_READ, &a, err) ||
	    !intel_source_list(acts_store(a), c->arena, &sources, &n, err))
		return false;
	l = listing_begin(c, "sources", columns);
	for (size_t i = 0; i < n; i++) {
		listing_text(l, sources[i].name);
		listing_text(l, sources[i].kind);
		listing_text(l, sources[i].url);
	}
	return listing_end(
		l, "No feeds to fetch; name one with: lynchpin feed source NAME KIND URL", err);
}

/* --- age ------------------------------------------------------------------------------- */

/* How old the newest NVD feed may be before answers carry a warning: the NVD changes daily. */
enum { NVD_OLD_DAYS = 7 };

/* Feeds may be dated up to two days ahead, and --now may look back: nothing is younger than new. */
static int64_t days_since(int64_t now_ms, int64_t then_ms)
{
	return MAX_OF((now_ms - then_ms) / MS_PER_DAY, (int64_t)0);
}

bool feed_age(struct cli *c, struct acts *a, struct feed_age *ret, struct err *err)
{
	struct intel_feed *feeds;
	struct feed_age age = {0};
	size_t n;

	if (!intel_feed_list(acts_store(a), c->arena, &feeds, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (str_is(feeds[i].kind, intel_kind_name(INTEL_NVD)))
			age.taken_ms = MAX_OF(age.taken_ms, feeds[i].taken_ms);
	age.days = days_since(acts_now_ms(a), age.taken_ms);
	age.old = !age.taken_ms || age.days > NVD_OLD_DAYS;
	*ret = age;
	return true;
}

void feed_age_warn(const struct cli *c, const struct feed_age *age)
{
	char day[STAMP_BYTES];

	if (c->json || !age->old)
		return;
	if (age->taken_ms)
		cli_note(c,
			 "note: the newest vulnerability feed is of %s, %jd days ago: what became "
			 "known since is missing",
			 date_format(age->taken_ms, day).p, (intmax_t)age->days);
	else
		cli_note(c, "note: no vulnerability feed was imported yet: lynchpin feed import "
			    "FILE...");
}

void feed_age_note(struct listing *l, const struct feed_age *age)
{
	char at[STAMP_BYTES];

	if (age->taken_ms) {
		listing_note(l, "feed_taken", stamp_format(age->taken_ms, at));
		listing_note_int(l, "feed_age_days", age->days);
	}
	listing_note_bool(l, "feed_old", age->old);
}

/* --- status ------------------------------------------------------------------------------ */

static const struct cli_option status_options[] = {
	{"--all", NULL, "also imports that newer ones have replaced"},
	{NULL, NULL, NULL},
};

/* A feed that says nothing of its time was given that of its receipt. */
static struct str dated_by(const struct intel_feed *f)
{
	if (str_ends(f->verdict, STR(INTEL_STATED)))
		return STR("a person");
	return f->taken_ms == f->received_ms ? STR("receipt") : STR("the feed");
}

static void feed_row(struct listing *l, const struct intel_feed *f, int64_t now_ms)
{
	listing_text(l, f->kind);
	listing_text(l, f->name);
	listing_stamp(l, f->taken_ms);
	if (f->taken_ms)
		listing_int(l, days_since(now_ms, f->taken_ms));
	else
		listing_null(l);
	listing_text(l, dated_by(f));
	listing_stamp(l, f->received_ms);
	listing_int(l, (int64_t)f->counts.accepted);
	listing_int(l, (int64_t)f->counts.skipped);
	listing_int(l, (int64_t)f->counts.refused);
	listing_int(l, (int64_t)f->counts.criteria_refused);
	listing_int(l, (int64_t)f->size);
	listing_text(l, f->source);
	listing_text(l, f->digest);
	listing_int(l, (int64_t)f->record);
	listing_bool(l, f->current);
}

static bool status_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"kind", "kind", false},	 {"name", "feed", false},
		{"taken", "taken", false},	 {"age_days", "days old", true},
		{"dated_by", "dated by", false}, {"received", NULL, false},
		{"accepted", "accepted", true},	 {"skipped", "skipped", true},
		{"refused", "refused", true},	 {"criteria_refused", "criteria unreadable", true},
		{"size", "bytes", true},	 {"source", NULL, false},
		{"digest", NULL, false},	 {"record", "record", true},
		{"current", NULL, false},	 {NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	struct intel_feed *feeds;
	struct listing *l;
	size_t n;

	if (!cli_open(c, ACTS_READ, &a, err) ||
	    !intel_feed_list(acts_store(a), c->arena, &feeds, &n, err))
		return false;
	l = listing_begin(c, "feeds", columns);
	for (size_t i = 0; i < n; i++)
		if (feeds[i].current || cli_flag(c, "--all"))
			feed_row(l, &feeds[i], acts_now_ms(a));
	return listing_end(l, "No intelligence yet. lynchpin feed import FILE... brings some in.",
			   err);
}

const struct command feed_commands[] = {
	{"feed", "import", "FILE...",
	 "Import intelligence: NVD, KEV, EPSS, Microsoft, update histories, fix rules, support "
	 "dates.",
	 1, UINT_MAX, import_options, import_run},
	{"feed", "status", NULL, "List the feeds: what, how old, how many.", 0, 0, status_options,
	 status_run},
	{"feed", "update", "[NAME]", "Fetch the feeds over HTTPS and import what changed.", 0, 1,
	 update_options, update_run},
	{"feed", "source", "NAME KIND URL", "Name a feed to fetch; an empty URL takes it out.", 3,
	 3, NULL, source_run},
	{"feed", "sources", NULL, "List the feeds to fetch.", 0, 0, NULL, sources_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
