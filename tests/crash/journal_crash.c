/*
 * A writer is killed (SIGKILL) at random moments, 200 times, among them while it creates the
 * store.  It says a record's number once its commit returned.  Afterwards the journal must
 * verify, all that was said must be there, and each record must have its bulk and its row of
 * a recorded table, or none of the three.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/rng.h"
#include "journal/journal.h"

enum { KILLS = 200, KILLS_PER_STORE = 20, CREATIONS_PER_STORE = 4, SAID_MOST = 8, WAIT_US = 6000 };

static const struct store_table said_tables[] = {
	{.name = "said_thing",
	 .kind = STORE_RECORDED,
	 .create = SQL("CREATE TABLE said_thing(number INTEGER PRIMARY KEY);")},
	{.name = NULL},
};
static const struct store_table *const tables[] = {journal_tables, said_tables, NULL};

static char folder[64], path[96], key_path[104];
static struct site_key *key;

static int setup(void **state UNUSED)
{
	struct err err;

	snprintf(folder, sizeof(folder), "/tmp/lynchpin-crash-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/lynchpin.db", folder);
	snprintf(key_path, sizeof(key_path), "%s.key", path);
	assert_true(site_key_create(key_path, &key, &err));
	return 0;
}

static void remove_store(void)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char name[128];

		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
}

static int teardown(void **state UNUSED)
{
	site_key_close(key);
	remove_store();
	unlink(key_path);
	return rmdir(folder);
}

static struct store *open_as(enum store_mode mode)
{
	const struct store_config config = {.path = path, .mode = mode, .tables = tables};
	struct store *s = NULL;
	struct err err = {0};

	if (!store_open(&config, &s, &err)) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	return s;
}

static bool say(struct store *s, struct journal *j, uint64_t *ret_number, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	AUTO(text_freep) struct text bytes = {0};
	AUTO(text_freep) struct text body = {0};
	struct record what = {.act = STR("test.say"), .post = STR("lead"), .user = STR("eve")};
	struct journal_head head;
	struct record r = {0};
	char hex[HASH_HEX_BYTES];
	struct hash h;

	if (!store_begin(s, &txn, err) || !journal_head(j, &head, err))
		return false;
	/* Now and then more than a part, so that the log is written before the commit. */
	text_addf(&bytes, "bulk of record %llu\n", (unsigned long long)head.number + 1);
	if (head.number % 8 == 0) {
		size_t n = JOURNAL_PART_BYTES;

		memset(text_room(&bytes, n), 'x', n);
		bytes.n += n;
	}
	if (!journal_put_bulk(txn, text_str(&bytes), &h, err))
		return false;
	text_addf(&body, "{\"bulk\":\"%s\"}", hash_hex(&h, hex).p);
	what.body = text_str(&body);
	if (!journal_append(j, txn, &what, &r, err) ||
	    !store_run(txn, SQL("INSERT INTO said_thing(number) VALUES (?1)"),
		       ARGS(store_int((int64_t)r.number)), err) ||
	    !store_commit(&txn, err))
		return false;
	*ret_number = r.number;
	return true;
}

static void write_until_killed(int out, bool create)
{
	struct store *s = open_as(create ? STORE_CREATE : STORE_WRITE);
	struct journal *j = NULL;
	struct err err = {0};
	uint64_t number = 0;

	if (!journal_open(s, key, &j, &err))
		number = UINT64_MAX;
	while (number != UINT64_MAX) {
		if (!say(s, j, &number, &err))
			break;
		if (write(out, &number, sizeof(number)) != (ssize_t)sizeof(number))
			_exit(2);
	}
	fprintf(stderr, "%s\n", err.text);
	_exit(3);
}

static bool hear(int from, uint64_t *ret_number)
{
	return read(from, ret_number, sizeof(*ret_number)) == (ssize_t)sizeof(*ret_number);
}

/*
 * Start a writer, hear it `heard` times, and kill it some microseconds later, so that on a slow
 * machine as on a fast one it dies at work.  The last number it said, or 0.
 */
static uint64_t run_and_kill(bool create, unsigned heard, unsigned us)
{
	uint64_t last = 0, number;
	int ends[2], status;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0)
		write_until_killed(ends[1], create);
	close(ends[1]);
	while (heard-- && hear(ends[0], &number))
		last = number;
	usleep(us);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	while (hear(ends[0], &number))
		last = number;
	close(ends[0]);
	return last;
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

static uint64_t look(uint64_t said)
{
	/* A reader is enough: what a crash left in the log is read from there. */
	AUTO(store_closep) struct store *s = open_as(STORE_READ);
	AUTO(journal_closep) struct journal *j = NULL;
	const struct journal_check check = {0};
	struct journal_report report = {0};
	struct err err = {0};
	uint64_t records;

	if (!journal_open(s, key, &j, &err) || !journal_verify(j, &check, &report, &err))
		fail_msg("%s", err.text);
	if (report.faults)
		fail_msg("%s", text_c(&report.lines));
	records = report.records;
	assert_in_range(records, said, said + 1);
	assert_int_equal(count(s, SQL("SELECT count(*) FROM said_thing")), records);
	assert_int_equal(count(s, SQL("SELECT count(*) FROM journal_bulk")), records);
	assert_int_equal(report.bulk, records);
	journal_report_free(&report);
	return records;
}

/* Was the store's creation finished before the kill? */
static bool is_store(void)
{
	const struct store_config config = {.path = path, .mode = STORE_READ, .tables = tables};
	AUTO(store_closep) struct store *s = NULL;
	struct err err;

	return store_open(&config, &s, &err);
}

static void nothing_said_is_lost(void **state UNUSED)
{
	struct rng rng = rng_of(20170512, 0);
	uint64_t said = 0, in_all = 0;
	bool there = false;
	int idle = 0;

	for (int i = 0; i < KILLS; i++) {
		/* The first few of a store die while it is created, if they are quick enough. */
		bool creating = i % KILLS_PER_STORE < CREATIONS_PER_STORE;
		unsigned heard = creating ? 0 : 1 + rng_below(&rng, SAID_MOST);
		uint64_t last;

		if (i % KILLS_PER_STORE == 0) {
			remove_store();
			there = false;
			said = 0;
		}
		last = run_and_kill(!there, heard, rng_below(&rng, WAIT_US));
		there = there || is_store();
		if (!there) {
			assert_int_equal(last, 0);
			idle++;
			continue;
		}
		last = look(MAX_OF(last, said));
		in_all += last - said;
		said = last;
	}
	print_message("# %d kills, %llu records written, %d before the store was there\n", KILLS,
		      (unsigned long long)in_all, idle);
	assert_true(in_all > KILLS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_said_is_lost, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
