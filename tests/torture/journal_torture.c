#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "journal/journal.h"
#include "faulty_disk.h"
#include "torture.h"

static const struct store_table *const tables[] = {journal_tables, NULL};

struct place {
	char folder[64], path[96], key_path[104];
	struct site_key *key;
	uint64_t records; /* that must be there; one more may be, after a lost answer */
	unsigned run;
};

static int files_in(const char *folder)
{
	DIR *d = opendir(folder);
	int n = 0;

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static int setup(void **state)
{
	static struct place p;

	p = (struct place){0};
	snprintf(p.folder, sizeof(p.folder), "/tmp/lynchpin-torture-XXXXXX");
	assert_non_null(mkdtemp(p.folder));
	snprintf(p.path, sizeof(p.path), "%s/lynchpin.db", p.folder);
	snprintf(p.key_path, sizeof(p.key_path), "%s.key", p.path);
	faulty_disk_dies = false;
	*state = &p;
	return 0;
}

static void remove_store(const struct place *p)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char name[128];

		snprintf(name, sizeof(name), "%s%s", p->path, ends[i]);
		unlink(name);
	}
}

static int teardown(void **state)
{
	struct place *p = *state;

	if (p->key)
		site_key_close(p->key);
	remove_store(p);
	unlink(p->key_path);
	return rmdir(p->folder);
}

static bool open_as(const struct place *p, enum store_mode mode, struct store **ret,
		    struct err *err)
{
	const struct store_config config = {
		.path = p->path, .mode = mode, .tables = tables, .busy_ms = -1};

	return store_open(&config, ret, err);
}

static bool create(void *ctx, struct err *err)
{
	AUTO(store_closep) struct store *s = NULL;

	return open_as(ctx, STORE_CREATE, &s, err);
}

static void nothing_is_there(void *ctx)
{
	struct place *p = ctx;

	assert_int_equal(files_in(p->folder), 0);
}

static void remove_it(void *ctx)
{
	remove_store(ctx);
}

static void a_store_is_created_whole_or_not(void **state)
{
	struct place *p = *state;
	struct torture t = {
		.step = create, .unchanged = nothing_is_there, .reset = remove_it, .ctx = p};

	assert_true(torture(&t) >= 10);
}

static bool create_key(void *ctx, struct err *err)
{
	AUTO(site_key_closep) struct site_key *k = NULL;
	struct place *p = ctx;

	return site_key_create(p->key_path, &k, err);
}

static void a_key_is_created_whole_or_not(void **state)
{
	struct place *p = *state;
	struct torture t = {.step = create_key, .unchanged = nothing_is_there, .ctx = p};

	assert_true(torture(&t) >= 4);
}

static bool open_key(void *ctx, struct err *err)
{
	AUTO(site_key_closep) struct site_key *k = NULL;
	struct place *p = ctx;

	return site_key_open(p->key_path, &k, err);
}

static void a_key_that_cannot_be_read(void **state)
{
	struct place *p = *state;
	struct torture t = {.step = open_key, .ctx = p};
	struct err err;

	assert_true(site_key_create(p->key_path, &p->key, &err));
	assert_true(torture(&t) >= 2);
}

/* Bytes that differ in every run and fill more than one part. */
static void make_bytes(struct place *p, struct text *out)
{
	size_t n = JOURNAL_PART_BYTES + 1000;

	memset(text_room(out, n), 'a', n);
	out->n = n;
	snprintf(out->p, 32, "run %u", p->run++);
}

static bool say_in(struct place *p, struct store *s, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	AUTO(journal_closep) struct journal *j = NULL;
	AUTO(text_freep) struct text bytes = {0};
	AUTO(text_freep) struct text body = {0};
	struct record what = {.act = STR("test.say"), .post = STR("lead")}, r;
	char hex[HASH_HEX_BYTES];
	struct hash h;

	make_bytes(p, &bytes);
	if (!journal_open(s, p->key, &j, err) || !store_begin(s, &txn, err) ||
	    !journal_put_bulk(txn, text_str(&bytes), &h, err))
		return false;
	text_addf(&body, "{\"bulk\":\"%s\"}", hash_hex(&h, hex).p);
	what.body = text_str(&body);
	what.stamped_ms = (int64_t)p->run;
	if (!journal_append(j, txn, &what, &r, err) || !store_commit(&txn, err))
		return false;
	p->records = r.number;
	return true;
}

static bool say(void *ctx, struct err *err)
{
	AUTO(store_closep) struct store *s = NULL;
	struct place *p = ctx;

	return open_as(p, STORE_WRITE, &s, err) && say_in(p, s, err);
}

static int64_t count(struct store *s, struct sql sql)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct err err;
	bool row;

	assert_true(store_query(s, sql, ARGS(), &q, &err));
	assert_true(store_step(q, &row, &err));
	return store_col_int(q, 0);
}

/* What was acknowledged is there; at most one more whose answer was lost; each with its bulk. */
static void old_or_new(void *ctx)
{
	struct place *p = ctx;
	AUTO(store_closep) struct store *s = NULL;
	AUTO(journal_closep) struct journal *j = NULL;
	const struct journal_check check = {0};
	struct journal_report report = {0};
	struct err err = {0};

	if (!open_as(p, STORE_WRITE, &s, &err) || !journal_open(s, p->key, &j, &err) ||
	    !journal_verify(j, &check, &report, &err))
		fail_msg("%s", err.text);
	if (report.faults)
		fail_msg("%s", text_c(&report.lines));
	assert_in_range(report.records, p->records, p->records + 1);
	assert_int_equal(report.bulk, report.records);
	assert_int_equal(count(s, SQL("SELECT count(*) FROM journal_bulk")), report.records);
	assert_int_equal(count(s, SQL("SELECT count(*) FROM journal_bulk_part")),
			 2 * report.records);
	p->records = report.records;
	journal_report_free(&report);
}

static void prepare(struct place *p)
{
	AUTO(store_closep) struct store *s = NULL;
	struct err err;

	assert_true(site_key_create(p->key_path, &p->key, &err));
	assert_true(open_as(p, STORE_CREATE, &s, &err));
	assert_true(say_in(p, s, &err));
}

static void an_append_is_there_or_not(void **state)
{
	struct place *p = *state;
	struct torture t = {.step = say, .unchanged = old_or_new, .ctx = p};

	prepare(p);
	assert_true(torture(&t) >= 20);
	old_or_new(p);
}

static bool say_and_die(void *ctx, struct err *err)
{
	faulty_disk_dies = true;
	return say(ctx, err);
}

static void lives_again(void *ctx)
{
	faulty_disk_dies = false;
	old_or_new(ctx);
}

static void a_disk_that_dies(void **state)
{
	struct place *p = *state;
	struct torture t = {.step = say_and_die, .unchanged = lives_again, .ctx = p};

	prepare(p);
	assert_true(torture(&t) >= 20);
	lives_again(p);
}

/* The same store goes on after a refusal: the next record follows the last that is there. */
static void a_store_goes_on_after_a_refusal(void **state)
{
	struct place *p = *state;
	AUTO(store_closep) struct store *s = NULL;
	struct err err;

	prepare(p);
	assert_true(open_as(p, STORE_WRITE, &s, &err));
	for (unsigned n = 1; n < 60; n++) {
		uint64_t before = p->records;
		bool ok;

		fault_arm(n);
		ok = say_in(p, s, &err);
		fault_arm(0);
		assert_true(say_in(p, s, &err));
		assert_in_range(p->records, before + 1 + ok, before + 2);
	}
}

static bool verify(void *ctx, struct err *err)
{
	AUTO(store_closep) struct store *s = NULL;
	AUTO(journal_closep) struct journal *j = NULL;
	const struct journal_check check = {0};
	struct journal_report report = {0};
	struct place *p = ctx;
	bool ok = open_as(p, STORE_READ, &s, err) && journal_open(s, p->key, &j, err) &&
		  journal_verify(j, &check, &report, err);

	if (ok)
		assert_int_equal(report.faults, 0);
	journal_report_free(&report);
	return ok;
}

/* A disk that fails while verifying is an error, never a fault of the journal. */
static void verifying_on_a_bad_disk(void **state)
{
	struct place *p = *state;
	struct torture t = {.step = verify, .ctx = p};

	prepare(p);
	assert_true(torture(&t) >= 10);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_store_is_created_whole_or_not),
		TEST(a_key_is_created_whole_or_not),
		TEST(a_key_that_cannot_be_read),
		TEST(an_append_is_there_or_not),
		TEST(a_disk_that_dies),
		TEST(a_store_goes_on_after_a_refusal),
		TEST(verifying_on_a_bad_disk),
	};

	faulty_disk();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
