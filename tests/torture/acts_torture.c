/*
 * What a command does to a store, from opening it to the commit, with each step that the disk
 * can refuse refused once: an import is there whole or not at all, a rebuild that fails changes
 * nothing, and what could not be founded leaves nothing behind.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <limits.h>
#include <unistd.h>

#include <cmocka.h>

#include "acts/acts.h"
#include "base/file.h"
#include "base/parallel.h"
#include "estate/estate.h"
#include "faulty_disk.h"
#include "torture.h"

enum { FEEDS = 8, INVENTORIES = 2 };

struct place {
	char folder[64], path[96], past[96];
	struct clock clock;
	uint64_t records;   /* before a run */
	unsigned more;	    /* records that a run adds when it succeeds */
	struct text before; /* the tables, before a run */
	bool noted;	    /* the records and tables are as they are now */
	unsigned run;
};

static struct acts_config config_of(const struct place *p, enum acts_mode mode)
{
	return (struct acts_config){
		.path = p->path, .mode = mode, .clock = &p->clock, .user = STR("tester")};
}

static int files_in(const struct place *p, bool remove)
{
	DIR *d = opendir(p->folder);
	int n = 0;

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		n += e->d_name[0] != '.';
		if (remove && e->d_name[0] != '.')
			assert_int_equal(unlinkat(dirfd(d), e->d_name, 0), 0);
	}
	closedir(d);
	return n;
}

static bool found(void *ctx, struct err *err)
{
	const struct acts_founding founding = {.service = STR("Test"), .nation = STR("NAT")};
	struct acts_config config = config_of(ctx, ACTS_WRITE);
	AUTO(acts_closep) struct acts *a = NULL;

	return acts_found(&config, &founding, &a, err);
}

static bool org_add(struct acts *a, const char *body, struct err *err)
{
	return acts_do(a, &(struct act_request){.act = "org.add", .body = str_of(body)}, NULL, err);
}

static int nowhere(void **state)
{
	static struct place p;

	p = (struct place){.folder = "/tmp/lynchpin-torture-XXXXXX",
			   .clock = clock_fixed((int64_t)1780000000000)};
	assert_non_null(mkdtemp(p.folder));
	snprintf(p.path, sizeof(p.path), "%s/lynchpin.db", p.folder);
	snprintf(p.past, sizeof(p.past), "%s/past.db", p.folder);
	faulty_disk_dies = false;
	/* One thread: the n-th step is then the same in every run. */
	parallel_set_width(1);
	*state = &p;
	return 0;
}

static struct acts *look(const struct place *p, enum acts_mode mode)
{
	struct acts_config config = config_of(p, mode);
	struct acts *a = NULL;
	struct err err = {0};

	if (!acts_open(&config, &a, &err))
		fail_msg("%s", err.text);
	return a;
}

static int service(void **state)
{
	struct err err = {0};

	nowhere(state);
	if (!found(*state, &err))
		fail_msg("%s", err.text);

	AUTO(acts_closep) struct acts *a = look(*state, ACTS_WRITE);

	assert_true(org_add(a, "{\"name\":\"One\",\"org\":\"T1\",\"role\":\"trust\"}", &err));
	assert_true(org_add(a, "{\"name\":\"Two\",\"org\":\"T2\",\"role\":\"trust\"}", &err));
	return 0;
}

static int leave(void **state)
{
	struct place *p = *state;

	faulty_disk_dies = false;
	parallel_set_width(0);
	text_free(&p->before);
	files_in(p, true);
	return rmdir(p->folder);
}

static uint64_t head(struct acts *a)
{
	struct journal_head h;
	struct err err = {0};

	assert_true(journal_head(acts_journal(a), &h, &err));
	return h.number;
}

static bool dump_line(void *ctx, struct str line, struct err *err)
{
	(void)err;
	text_add(ctx, line);
	text_add_char(ctx, '\n');
	return true;
}

static void dump(struct acts *a, struct text *out)
{
	const struct store_dump what = {
		.kinds = STORE_RECORDED | STORE_DERIVED, .line = dump_line, .ctx = out};
	struct err err = {0};

	text_clear(out);
	if (!store_dump(acts_store(a), &what, &err))
		fail_msg("%s", err.text);
}

static void note(void *ctx)
{
	struct place *p = ctx;

	if (p->noted)
		return;

	AUTO(acts_closep) struct acts *a = look(p, ACTS_READ);

	p->records = head(a);
	dump(a, &p->before);
	p->noted = true;
}

/* Nothing happened; or all of it, where only the answer to the commit was lost, and then the
 * tables are what the journal makes of them. */
static void old_or_new(void *ctx)
{
	struct place *p = ctx;

	faulty_disk_dies = false;

	AUTO(acts_closep) struct acts *a = look(p, ACTS_WRITE);
	AUTO(text_freep) struct text now = {0}, again = {0};
	struct acts_rebuilt done;
	struct err err = {0};
	uint64_t records = head(a);

	dump(a, &now);
	if (records == p->records) {
		assert_true(str_eq(text_str(&now), text_str(&p->before)));
		return;
	}
	p->noted = false;
	assert_int_equal(records, p->records + p->more);
	assert_true(acts_rebuild(a, &done, &err));
	dump(a, &again);
	assert_true(str_eq(text_str(&now), text_str(&again)));
}

static bool act_with_bulk(struct acts *a, struct act_request *q, struct str bytes, struct err *err)
{
	struct act_bulk held = {.bytes = bytes};

	if (!acts_put_bulk(a, bytes, &held.digest, err))
		return false;
	q->held = &held;
	q->held_n = 1;
	return acts_do(a, q, NULL, err);
}

static bool committed(struct place *p, struct acts *a, struct err *err)
{
	bool ok = acts_commit(a, err);

	p->noted = p->noted && !ok;
	return ok;
}

/* ---- feeds ---- */

struct feeds {
	char path[FEEDS][512];
	struct intel_job jobs[FEEDS];
};

static void feeds_release(struct feeds *f)
{
	intel_jobs_release(f->jobs, FEEDS);
}

static void feeds_name(struct feeds *f)
{
	static const char *const names[FEEDS] = {"nvd20.json", "override.ndjson", "kev.json",
						 "epss.csv",   "msrc.csv",	  "history.csv",
						 "fix.csv",    "eol.ndjson"};
	const char *source = getenv("LYNCHPIN_SOURCE");

	for (size_t i = 0; i < FEEDS; i++) {
		snprintf(f->path[i], sizeof(f->path[i]), "%s/tests/fuzz/corpus/feed/%s",
			 source ? source : ".", names[i]);
		f->jobs[i].path = f->path[i];
	}
}

static bool import_feeds(void *ctx, struct err *err)
{
	struct place *p = ctx;
	struct acts_config config = config_of(p, ACTS_WRITE);
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(text_freep) struct text body = {0};
	AUTO(feeds_release) struct feeds f = {0};

	feeds_name(&f);
	if (!acts_open(&config, &a, err) || !intel_read_each(f.jobs, FEEDS, err) ||
	    !acts_begin(a, err))
		return false;
	for (size_t i = 0; i < FEEDS; i++) {
		struct intel_batch *b = f.jobs[i].batch;

		text_clear(&body);
		intel_import_body(b, b->name, acts_now_ms(a), &body);
		/* One is read again by the act's own check, as a bundle's would be. */
		if (!act_with_bulk(a,
				   &(struct act_request){.act = "feed.import",
							 .body = text_str(&body),
							 .memo = i ? b : NULL},
				   f.jobs[i].bytes, err))
			return false;
	}
	return committed(p, a, err);
}

static void feeds_are_there_or_not(void **state)
{
	struct place *p = *state;
	struct torture t = {.step = import_feeds, .unchanged = old_or_new, .reset = note, .ctx = p};

	p->more = FEEDS;
	assert_true(torture(&t) >= 20 + 4 * FEEDS);
	note(p);
	assert_true(p->records >= 3 + FEEDS);
}

/* ---- inventories ---- */

struct readings {
	struct estate_reading v[INVENTORIES];
};

static void readings_release(struct readings *r)
{
	for (size_t i = 0; i < INVENTORIES; i++)
		estate_reading_free(&r->v[i]);
}

/* Other bytes in every run: what was taken in before would be refused. */
static void make_inventory(struct place *p, struct text *out)
{
	text_addf(out,
		  "# taken: 2026-05-01\n# source: a\n# scope: organisation\n"
		  "device,os,os_version,name,version,updates\n"
		  "X%u,Windows 7,6.1.7601,Firefox,52,KB4012212\n",
		  p->run++);
}

static bool import_inventories(void *ctx, struct err *err)
{
	struct place *p = ctx;
	struct acts_config config = config_of(p, ACTS_WRITE);
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(readings_release) struct readings r = {0};
	AUTO(text_freep) struct text inventory = {0};
	struct estate_file_in in[INVENTORIES];

	make_inventory(p, &inventory);
	if (!acts_open(&config, &a, err))
		return false;
	for (size_t i = 0; i < INVENTORIES; i++)
		in[i] = (struct estate_file_in){.name = STR("a.csv"),
						.bytes = text_str(&inventory),
						.org = i ? STR("T2") : STR("T1"),
						.received_ms = acts_now_ms(a)};
	if (!estate_read_all(in, INVENTORIES, r.v, err) || !acts_begin(a, err))
		return false;
	for (size_t i = 0; i < INVENTORIES; i++)
		if (!act_with_bulk(a,
				   &(struct act_request){.act = "estate.import",
							 .body = text_str(&r.v[i].body)},
				   in[i].bytes, err))
			return false;
	return committed(p, a, err);
}

static void inventories_are_there_or_not(void **state)
{
	struct place *p = *state;
	struct torture t = {
		.step = import_inventories, .unchanged = old_or_new, .reset = note, .ctx = p};

	p->more = INVENTORIES;
	assert_true(torture(&t) >= 20);
}

static void note_and_die(void *ctx)
{
	note(ctx);
	faulty_disk_dies = true;
}

static void inventories_on_a_disk_that_dies(void **state)
{
	struct place *p = *state;
	struct torture t = {.step = import_inventories,
			    .unchanged = old_or_new,
			    .reset = note_and_die,
			    .ctx = p};

	p->more = INVENTORIES;
	assert_true(torture(&t) >= 20);
}

/* ---- rebuild ---- */

static bool rebuild(void *ctx, struct err *err)
{
	struct acts_config config = config_of(ctx, ACTS_WRITE);
	AUTO(acts_closep) struct acts *a = NULL;
	struct acts_rebuilt done;

	return acts_open(&config, &a, err) && acts_rebuild(a, &done, err);
}

static void import_both(struct place *p)
{
	struct err err = {0};

	if (!import_feeds(p, &err) || !import_inventories(p, &err))
		fail_msg("%s", err.text);
	note(p);
}

/* Whether it failed or not: the same rows. */
static void a_rebuild_changes_nothing(void **state)
{
	struct place *p = *state;
	struct torture t = {.step = rebuild, .unchanged = old_or_new, .ctx = p};

	import_both(p);
	p->more = 0;
	assert_true(torture(&t) >= 40);
	old_or_new(p);
}

static bool rebuild_past(void *ctx, struct err *err)
{
	struct place *p = ctx;
	struct acts_config config = config_of(p, ACTS_READ);
	AUTO(acts_closep) struct acts *a = NULL;
	struct acts_rebuilt done;

	return acts_open(&config, &a, err) &&
	       acts_rebuild_until(a, clock_now_ms(&p->clock), p->past, &done, err);
}

static void remove_past(void *ctx)
{
	struct place *p = ctx;

	unlink(p->past);
	faulty_disk_dies = true;
}

/* How many steps it takes to make a store, which journal_torture.c refuses one by one. */
static unsigned steps_to_create(const struct place *p)
{
	struct store_config config = {.path = p->past, .mode = STORE_CREATE, .tables = acts_tables};
	struct store *s = NULL;
	struct err err = {0};
	unsigned n;

	fault_arm(UINT_MAX);
	assert_true(store_open(&config, &s, &err));
	n = fault_asked();
	fault_arm(0);
	store_close(s);
	store_remove(p->past);
	return n;
}

/* The store itself and its key; of the past nothing. */
static void no_past(void *ctx)
{
	old_or_new(ctx);
	assert_int_equal(files_in(ctx, false), 2);
}

static void a_past_is_there_whole_or_not(void **state)
{
	struct place *p = *state;
	struct torture t = {.step = rebuild_past,
			    .unchanged = no_past,
			    .reset = remove_past,
			    .ctx = p,
			    .first = steps_to_create(p)};
	struct err err = {0};

	assert_true(import_inventories(p, &err));
	note(p);
	assert_true(torture(&t) >= 40);
	faulty_disk_dies = false;
	assert_true(file_exists(p->past));
}

/* ---- founding ---- */

static void nothing_is_there(void *ctx)
{
	assert_int_equal(files_in(ctx, false), 0);
}

static void clear(void *ctx)
{
	files_in(ctx, true);
}

static void a_service_is_founded_whole_or_not(void **state)
{
	struct torture t = {.step = found,
			    .unchanged = nothing_is_there,
			    .reset = clear,
			    .ctx = *state,
			    .first = steps_to_create(*state)};

	assert_true(torture(&t) >= 20);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, service, leave)
	const struct CMUnitTest tests[] = {
		CASE(feeds_are_there_or_not),
		CASE(inventories_are_there_or_not),
		CASE(inventories_on_a_disk_that_dies),
		CASE(a_rebuild_changes_nothing),
		CASE(a_past_is_there_whole_or_not),
		cmocka_unit_test_setup_teardown(a_service_is_founded_whole_or_not, nowhere, leave),
	};

	faulty_disk();
	return cmocka_run_group_tests_name("acts torture", tests, NULL, NULL);
}
