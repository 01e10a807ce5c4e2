#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/file.h"
#include "base/text.h"
#include "store/store.h"
#include "test_store.h"

static char folder[64], path[96];

static const struct store_table pets_tables[] = {
	{.name = "pets_pet",
	 .kind = STORE_RECORDED,
	 .create = SQL("CREATE TABLE pets_pet(name TEXT PRIMARY KEY, born INTEGER, weight REAL, "
		       "photo BLOB, intern INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
		       "CREATE INDEX pets_pet_born ON pets_pet(born);"),
	 .dump_leave_out = "intern other"},
	{.name = "pets_count",
	 .kind = STORE_DERIVED,
	 .create = SQL("CREATE TABLE pets_count(born INTEGER, n INTEGER, PRIMARY KEY(n, born)) "
		       "WITHOUT ROWID;")},
	{.name = "pets_local",
	 .kind = STORE_LOCAL,
	 .create = SQL("CREATE TABLE pets_local(k TEXT PRIMARY KEY) WITHOUT ROWID;")},
	{.name = NULL},
};
static const struct store_table *const pets[] = {pets_tables, NULL};

static int setup(void **state UNUSED)
{
	snprintf(folder, sizeof(folder), "/tmp/lynchpin-store-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a b?%%#.db", folder);
	test_store_at(path);
	return 0;
}

static int teardown(void **state UNUSED)
{
	static const char *const ends[] = {"", "-wal", "-shm"};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char name[128];

		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	return rmdir(folder);
}

static bool try_open(enum store_mode mode, struct store **ret, struct err *err)
{
	const struct store_config config = {
		.path = path, .mode = mode, .tables = pets, .busy_ms = -1};

	return store_open(&config, ret, err);
}

static struct store *opened(enum store_mode mode)
{
	struct store *s = NULL;
	struct err err = {0};

	if (!try_open(mode, &s, &err))
		fail_msg("%s", err.text);
	return s;
}

static bool add_pet(struct store_txn *txn, const char *name, int64_t born, struct err *err)
{
	return store_run(txn, SQL("INSERT INTO pets_pet(name, born) VALUES (?1, ?2)"),
			 ARGS(store_text(str_of(name)), store_int(born)), err);
}

static int64_t count_pets(struct store *s)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct err err;
	bool row;

	assert_true(store_query(s, SQL("SELECT count(*) FROM pets_pet"), ARGS(), &q, &err));
	assert_true(store_step(q, &row, &err));
	assert_true(row);
	return store_col_int(q, 0);
}

static void values_come_back(void **state UNUSED)
{
	AUTO(store_closep) struct store *s = opened(STORE_CREATE);
	AUTO(store_donep) struct store_query *q = NULL;
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct err err;
	struct stat st;
	bool row;

	assert_true(store_begin(s, &txn, &err));
	assert_ptr_equal(store_of(txn), s);
	assert_true(store_run(txn,
			      SQL("INSERT INTO pets_pet(name, born, weight, photo) "
				  "VALUES (?1, ?2, ?3, ?4)"),
			      ARGS(store_text((struct str){0}), store_int(INT64_MIN),
				   store_real(0.1), store_blob("\0\xff", 2)),
			      &err));
	assert_int_equal(store_changed(txn), 1);
	assert_true(store_commit(&txn, &err));
	assert_null(txn);
	assert_true(store_query(s, SQL("SELECT name, born, weight, photo, NULL FROM pets_pet"),
				ARGS(), &q, &err));
	assert_true(store_step(q, &row, &err));
	assert_true(row);
	assert_int_equal(store_col_type(q, 0), STORE_TEXT);
	assert_int_equal(store_col_str(q, 0).n, 0);
	assert_true(store_col_int(q, 1) == INT64_MIN);
	assert_true(store_col_real(q, 2) == 0.1);
	assert_true(str_eq(store_col_str(q, 3), str_from("\0\xff", 2)));
	assert_true(store_col_is_null(q, 4));
	assert_int_equal(store_col_str(q, 4).n, 0);
	assert_true(store_step(q, &row, &err));
	assert_false(row);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void undo(void *ctx)
{
	char *order = ctx;

	order[strlen(order)] = order[strlen(order) + 8];
}

static void a_rollback_leaves_nothing(void **state UNUSED)
{
	AUTO(store_closep) struct store *s = opened(STORE_CREATE);
	struct store_txn *txn = NULL;
	char order[16] = "";
	struct err err;

	memcpy(order + 8, "ab", 2);
	assert_true(store_begin(s, &txn, &err));
	assert_true(add_pet(txn, "Rex", 1, &err));
	assert_int_equal(count_pets(s), 1);
	store_on_rollback(txn, undo, order);
	store_on_rollback(txn, undo, order);
	store_rollback(txn);
	assert_string_equal(order, "ab");
	assert_int_equal(count_pets(s), 0);
	assert_true(store_begin(s, &txn, &err));
	store_on_rollback(txn, undo, order);
	assert_true(store_commit(&txn, &err));
	assert_string_equal(order, "ab");
}

static void count_drop(void *thing)
{
	++*(int *)thing;
}

static void insert_pet(struct store *s, const char *name)
{
	struct store_txn *txn = NULL;
	struct err err;

	assert_true(store_begin(s, &txn, &err) && add_pet(txn, name, 1, &err) &&
		    store_commit(&txn, &err));
}

/* What was worked out stays for as long as its room reads the same mark. */
static void what_is_kept_holds_while_its_mark_does(void **state UNUSED)
{
	struct store *s = opened(STORE_CREATE);
	static const char tag, second;
	int drops[4] = {0};

	assert_null(store_kept(s, &tag, STR("a")));
	store_keep(s, &tag, &drops[0], count_drop);
	assert_ptr_equal(store_kept(s, &tag, STR("a")), &drops[0]);
	assert_null(store_kept(s, &second, STR("a")));
	store_keep(s, &second, &drops[1], count_drop);
	assert_ptr_equal(store_kept(s, &tag, STR("a")), &drops[0]);
	assert_null(store_kept(s, &tag, STR("b")));
	assert_int_equal(drops[0], 1);
	/* what was dropped does not come back with its mark */
	assert_null(store_kept(s, &tag, STR("a")));
	store_keep(s, &tag, &drops[2], count_drop);
	store_keep(s, &tag, &drops[3], count_drop);
	assert_int_equal(drops[2], 1);
	store_close(s);
	assert_int_equal(drops[3], 1);
	assert_int_equal(drops[1], 1);
}

static void a_constraint_is_a_conflict(void **state UNUSED)
{
	AUTO(store_closep) struct store *s = opened(STORE_CREATE);
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct err err;

	assert_true(store_begin(s, &txn, &err));
	assert_true(add_pet(txn, "Rex", 1, &err));
	/* PostgreSQL is heard of it by the next query. */
	assert_false(add_pet(txn, "Rex", 2, &err) &&
		     store_query(s, SQL("SELECT 1 FROM pets_pet"), ARGS(), &q, &err) &&
		     store_step(q, &row, &err));
	assert_int_equal(err.code, ERR_CONFLICT);
	assert_non_null(strstr(err.text, "pets_pet"));
	store_rollback(txn);
	txn = NULL;
	assert_int_equal(count_pets(s), 0);
}

static void queries_within_queries(void **state UNUSED)
{
	AUTO(store_closep) struct store *s = opened(STORE_CREATE);
	struct store_txn *txn = NULL;
	struct err err;
	int pairs = 0;

	assert_true(store_begin(s, &txn, &err));
	for (int i = 0; i < 5; i++) {
		char name[2] = {(char)('a' + i), 0};

		assert_true(add_pet(txn, name, i, &err));
	}
	assert_true(store_commit(&txn, &err));
	for (int round = 0; round < 2; round++) {
		struct store_query *q[2] = {0};
		bool row;

		/* The same literal twice, both under way. */
		for (int i = 0; i < 2; i++)
			assert_true(store_query(s, SQL("SELECT name FROM pets_pet"), ARGS(), &q[i],
						&err));
		assert_ptr_not_equal(q[0], q[1]);
		while (store_step(q[0], &row, &err) && row)
			pairs += store_step(q[1], &row, &err) && row;
		store_done(q[0]);
		store_done(q[1]);
	}
	assert_int_equal(pairs, 10);
}

static void one_writer_at_a_time(void **state UNUSED)
{
	AUTO(store_closep) struct store *a = opened(STORE_CREATE);
	AUTO(store_closep) struct store *b = opened(STORE_WRITE);
	AUTO(store_closep) struct store *r = opened(STORE_READ);
	struct store_txn *ta = NULL, *tb = NULL;
	struct err err;

	assert_true(store_begin(a, &ta, &err));
	assert_true(add_pet(ta, "Rex", 1, &err));
	assert_false(store_begin(b, &tb, &err));
	assert_int_equal(err.code, ERR_CONFLICT);
	assert_non_null(strstr(err.text, "another lynchpin is writing to this store; try again"));
	assert_int_equal(count_pets(r), 0);
	assert_true(store_commit(&ta, &err));
	assert_int_equal(count_pets(r), 1);
	assert_true(store_begin(b, &tb, &err));
	assert_true(add_pet(tb, "Tib", 1, &err));
	assert_true(store_commit(&tb, &err));
	assert_false(store_begin(r, &tb, &err));
	assert_int_equal(err.code, ERR_DENIED);
}

static void a_snapshot_is_one_moment(void **state UNUSED)
{
	AUTO(store_closep) struct store *a = opened(STORE_CREATE);
	AUTO(store_closep) struct store *r = opened(STORE_READ);
	struct store_txn *txn = NULL;
	struct err err;

	assert_true(store_snapshot(r, &err));
	assert_true(store_begin(a, &txn, &err));
	assert_true(add_pet(txn, "Rex", 1, &err));
	assert_true(store_commit(&txn, &err));
	assert_int_equal(count_pets(r), 0);
	store_snapshot_end(r);
	assert_int_equal(count_pets(r), 1);
}

static bool add_line(void *ctx, struct str line, struct err *err UNUSED)
{
	text_add(ctx, line);
	text_add_char(ctx, '\n');
	return true;
}

static void dump(struct store *s, unsigned kinds, const char *const *tables, struct text *out)
{
	const struct store_dump what = {
		.kinds = kinds, .tables = tables, .line = add_line, .ctx = out};
	struct err err;

	text_clear(out);
	assert_true(store_dump(s, &what, &err));
}

static void a_dump_says_the_same_for_the_same(void **state UNUSED)
{
	static const char *const only[] = {"pets_count", NULL};
	AUTO(store_closep) struct store *s = opened(STORE_CREATE);
	AUTO(text_freep) struct text out = {0};
	struct store_txn *txn = NULL;
	struct err err;

	assert_true(store_begin(s, &txn, &err));
	assert_true(store_run(
		txn,
		SQL("INSERT INTO pets_pet VALUES ('z', 2, 0.5, ?1, 7), "
		    "('B', NULL, 1e22, ?2, 8), (?3, 1, NULL, NULL, 9)"),
		ARGS(store_blob("\0\xff", 2), store_blob("", 0), store_text(STR("a\t\n\"\\\1"))),
		&err));
	assert_true(store_run(txn, SQL("INSERT INTO pets_count VALUES (1, 9), (5, 2), (4, 2)"),
			      ARGS(), &err));
	assert_true(store_run(txn, SQL("INSERT INTO pets_local VALUES ('secret')"), ARGS(), &err));
	assert_true(store_commit(&txn, &err));
	/* 1e22 is the largest power of ten that a double holds: no machine may round it. */
	dump(s, STORE_RECORDED | STORE_DERIVED, NULL, &out);
	assert_string_equal(
		text_c(&out),
		"pets_count\tn=2\tborn=4\npets_count\tn=2\tborn=5\npets_count\tn=9\tborn=1\n"
		"pets_pet\tname=\"B\"\tborn=null\tweight=1e+22\tphoto=x''\n"
		"pets_pet\tname=\"a\\t\\n\\\"\\\\\\x01\"\tborn=1\tweight=null\tphoto=null\n"
		"pets_pet\tname=\"z\"\tborn=2\tweight=0.5\tphoto=x'00ff'\n");
	dump(s, ~0U, only, &out);
	assert_int_equal(out.n, strlen("pets_count\tn=2\tborn=4\n") * 3);
	assert_true(store_begin(s, &txn, &err));
	assert_true(store_clear(txn, STORE_RECORDED | STORE_DERIVED, &err));
	assert_true(store_commit(&txn, &err));
	dump(s, ~0U, NULL, &out);
	assert_string_equal(text_c(&out), "pets_local\tk=\"secret\"\n");
}

static void what_is_there_is_not_made_again(void **state UNUSED)
{
	struct store *s = NULL;
	struct err err;

	assert_false(try_open(STORE_WRITE, &s, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "lynchpin init"));
	assert_int_equal(file_exists(path), test_store_elsewhere());
	store_close(opened(STORE_CREATE));
	assert_false(try_open(STORE_CREATE, &s, &err));
	assert_int_equal(err.code, ERR_EXISTS);
	store_close(opened(STORE_READ));
}

static void other_files_are_not_stores(void **state UNUSED)
{
	static const char *const contents[] = {"", "hello", "SQLite format 3"};
	AUTO(text_freep) struct text after = {0};
	struct store *s = NULL;
	sqlite3 *db = NULL;
	struct err err;

	if (test_store_elsewhere())
		skip(); /* it is about files */
	for (size_t i = 0; i < ARRAY_LEN(contents); i++) {
		assert_true(file_replace(path, str_of(contents[i]), 0600, &err));
		assert_false(try_open(STORE_WRITE, &s, &err));
		assert_int_equal(err.code, ERR_CORRUPT);
		assert_non_null(strstr(err.text, "not a Lynchpin store"));
		text_clear(&after);
		assert_true(file_read(path, 100, &after, &err));
		assert_true(str_is(text_str(&after), contents[i]));
	}
	assert_false(try_open(STORE_CREATE, &s, &err));
	assert_int_equal(err.code, ERR_EXISTS);
	unlink(path);
	/* What a creation cut short leaves: a database without tables. */
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(chmod(path, 0640), 0);
	assert_false(try_open(STORE_CREATE, &s, &err)); /* which others may read is not ours */
	assert_int_equal(err.code, ERR_EXISTS);
	assert_int_equal(chmod(path, 0600), 0);
	store_close(opened(STORE_CREATE));
	unlink(path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE t(x)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_false(try_open(STORE_WRITE, &s, &err));
	assert_int_equal(err.code, ERR_CORRUPT);
	assert_false(try_open(STORE_CREATE, &s, &err));
	assert_int_equal(err.code, ERR_EXISTS);
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(try_open(STORE_READ, &s, &err));
	assert_int_equal(err.code, ERR_CORRUPT);
	rmdir(path);
	assert_null(s);
}

static void by_hand(const char *sql)
{
	const char *said = test_store_by_hand(path, sql);

	if (said)
		fail_msg("%s: %s", sql, said);
}

static void a_newer_store_is_refused(void **state UNUSED)
{
	struct store *s = NULL;
	struct err err;

	store_close(opened(STORE_CREATE));
	by_hand("UPDATE store_meta SET value = 99 WHERE key = 'format'");
	for (int mode = STORE_READ; mode <= STORE_WRITE; mode++) {
		assert_false(try_open((enum store_mode)mode, &s, &err));
		assert_int_equal(err.code, ERR_VERSION);
		assert_non_null(strstr(err.text, "made by a newer Lynchpin (store format 99, this "
						 "one reads up to 1)"));
	}
	assert_null(s);
}

static void emptied(struct store *s, bool commit)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct err err;

	assert_true(store_begin(s, &txn, &err));
	if (!store_clear(txn, STORE_RECORDED | STORE_DERIVED, &err) ||
	    (commit && !store_commit(&txn, &err)))
		fail_msg("%s", err.text);
}

static void tables_of_other_versions(void **state UNUSED)
{
	struct store *s = NULL;
	struct err err;

	store_close(opened(STORE_CREATE));
	/* An older one lacks a table and has a derived one in another shape. */
	by_hand("DROP TABLE pets_local; DELETE FROM store_table WHERE name = 'pets_local';"
		"DROP TABLE pets_count; CREATE TABLE pets_count(x INTEGER PRIMARY KEY);"
		"UPDATE store_table SET made = 'old' WHERE name = 'pets_count'");
	assert_false(try_open(STORE_READ, &s, &err));
	assert_int_equal(err.code, ERR_VERSION);
	s = opened(STORE_WRITE);
	store_close(s);
	store_close(opened(STORE_READ));
	by_hand("UPDATE store_table SET made = 'old' WHERE name = 'pets_pet'");
	assert_false(try_open(STORE_WRITE, &s, &err));
	assert_int_equal(err.code, ERR_VERSION);
	assert_non_null(strstr(err.text, "pets_pet"));
	assert_non_null(strstr(err.text, "lynchpin journal rebuild makes it anew"));
	/* Who replays the journal empties it, and it has today's shape; nobody else finds it so
	 * until that is committed. */
	by_hand("DROP TABLE pets_pet; CREATE TABLE pets_pet(old INTEGER PRIMARY KEY);");
	s = opened(STORE_REMAKE);
	emptied(s, false);
	store_close(s);
	assert_false(try_open(STORE_WRITE, &s, &err));
	s = opened(STORE_REMAKE);
	emptied(s, true);
	store_close(s);
	s = opened(STORE_WRITE);
	insert_pet(s, "Rex");
	store_close(s);
	/* What can't be replayed is left alone. */
	by_hand("UPDATE store_table SET made = 'old' WHERE name = 'pets_local'");
	assert_false(try_open(STORE_REMAKE, &s, &err));
	assert_int_equal(err.code, ERR_VERSION);
	assert_null(strstr(err.text, "rebuild"));
}

/* Run fn as a user who owns nothing; its answer is the child's exit code. */
static void as_nobody(int (*fn)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(99);
		_exit(fn());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int read_only_file(void)
{
	struct store *s = NULL;
	struct err err;

	if (try_open(STORE_WRITE, &s, &err) || err.code != ERR_DENIED)
		return 1;
	if (!strstr(err.text, "read-only"))
		return 2;
	if (!try_open(STORE_READ, &s, &err))
		return fprintf(stderr, "%s\n", err.text), 3;
	if (count_pets(s) != 1)
		return 4;
	store_close(s);
	return 0;
}

static int unreadable_file(void)
{
	struct store *s = NULL;
	struct err err;

	if (try_open(STORE_READ, &s, &err) || err.code != ERR_DENIED)
		return 1;
	if (try_open(STORE_WRITE, &s, &err) || err.code != ERR_DENIED)
		return 2;
	snprintf(path, sizeof(path), "%s/new.db", folder);
	return !try_open(STORE_CREATE, &s, &err) && err.code == ERR_DENIED ? 0 : 3;
}

static void a_read_only_store_is_read(void **state UNUSED)
{
	struct store *s = opened(STORE_CREATE);
	struct store_txn *txn = NULL;
	struct err err;

	if (test_store_elsewhere()) {
		store_close(s);
		skip(); /* it is about the modes of files */
	}
	assert_true(store_begin(s, &txn, &err));
	assert_true(add_pet(txn, "Rex", 1, &err));
	assert_true(store_commit(&txn, &err));
	store_close(s);
	chmod(path, 0444);
	chmod(folder, 0555);
	as_nobody(read_only_file);
	chmod(path, 0000);
	as_nobody(unreadable_file);
	chmod(folder, 0700);
}

static int full_disk(void)
{
	struct rlimit limit = {400000, 400000};
	struct store_txn *txn = NULL;
	struct store *s = NULL;
	struct err err = {0};
	bool ok;

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	if (!try_open(STORE_WRITE, &s, &err) || !store_begin(s, &txn, &err))
		return 1;
	ok = store_run(txn,
		       SQL("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c "
			   "WHERE n < 200000) INSERT INTO pets_pet(name, born, photo) "
			   "SELECT 'pet ' || n, n, zeroblob(1000) FROM c"),
		       ARGS(), &err);
	if (!ok)
		store_rollback(txn);
	else
		ok = store_commit(&txn, &err);
	if (ok || err.code != ERR_FULL)
		return fprintf(stderr, "%s\n", err.text), 2;
	if (!strstr(err.text, "no space left"))
		return 3;
	/* What is small still goes. */
	if (!store_begin(s, &txn, &err) || !add_pet(txn, "Tib", 2, &err) ||
	    !store_commit(&txn, &err))
		return fprintf(stderr, "%s\n", err.text), 4;
	store_close(s);
	return 0;
}

static void a_full_disk_changes_nothing(void **state UNUSED)
{
	struct store *s;
	pid_t pid;
	int status;

	if (test_store_elsewhere())
		skip(); /* it is about this machine's disk */
	store_close(opened(STORE_CREATE));
	pid = fork();
	if (pid == 0)
		_exit(full_disk());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	s = opened(STORE_READ);
	assert_int_equal(count_pets(s), 1);
	store_close(s);
}

/* ---- what PostgreSQL does beneath the door, and SQLite at once ------------------------------ */

enum { MANY = 5000 };

static void insert_many(struct store_txn *txn, const char *prefix)
{
	struct err err;

	for (int i = 0; i < MANY; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%s%05d", prefix, i);
		if (!store_run(txn,
			       SQL("INSERT INTO pets_pet(name, born, weight, photo) "
				   "VALUES (?1, ?2, ?3, ?4)"),
			       ARGS(store_text(str_of(name)), store_int(i),
				    i % 3 ? store_real(i / 4.0) : store_null(),
				    store_blob(name, (size_t)(i % 7))),
			       &err))
			fail_msg("%s", err.text);
	}
}

static void many_rows_go_in(void **state UNUSED)
{
	AUTO(store_closep) struct store *s = opened(STORE_CREATE);
	AUTO(store_donep) struct store_query *q = NULL;
	struct store_txn *txn = NULL;
	struct err err;
	bool row;

	assert_true(store_begin(s, &txn, &err));
	insert_many(txn, "a");
	assert_true(store_run(txn, SQL("UPDATE pets_pet SET intern = born WHERE born < ?1"),
			      ARGS(store_int(100)), &err));
	assert_int_equal(store_changed(txn), 100);
	assert_int_equal(count_pets(s), MANY);
	assert_true(store_commit(&txn, &err));
	assert_true(store_query(s,
				SQL("SELECT count(*), sum(born), sum(intern), min(weight) "
				    "FROM pets_pet WHERE name < ?1"),
				ARGS(store_text(STR("a99999"))), &q, &err));
	assert_true(store_step(q, &row, &err) && row);
	assert_int_equal(store_col_int(q, 0), MANY);
	assert_int_equal(store_col_int(q, 1), MANY * (MANY - 1) / 2);
	assert_int_equal(store_col_int(q, 2), 100 * 99 / 2);
	assert_true(store_col_real(q, 3) == 0.25);
}

static void what_one_of_many_breaks_is_said_by_commit(void **state UNUSED)
{
	AUTO(store_closep) struct store *s = opened(STORE_CREATE);
	struct store_txn *txn = NULL;
	struct err err = {0};
	bool ok;

	insert_pet(s, "a00007");
	assert_true(store_begin(s, &txn, &err));
	ok = true;
	for (int i = 0; ok && i < 100; i++) {
		char name[32];

		snprintf(name, sizeof(name), "a%05d", i);
		ok = add_pet(txn, name, i, &err);
	}
	if (ok)
		ok = store_commit(&txn, &err);
	else
		store_rollback(txn);
	assert_false(ok);
	assert_int_equal(err.code, ERR_CONFLICT);
	assert_int_equal(count_pets(s), 1);
}

/* Rows that come while other things are asked and written. */
static void rows_come_while_others_go(void **state UNUSED)
{
	AUTO(store_closep) struct store *s = opened(STORE_CREATE);
	AUTO(store_donep) struct store_query *q = NULL;
	struct store_txn *txn = NULL;
	struct err err;
	int64_t seen = 0;
	bool row;

	assert_true(store_begin(s, &txn, &err));
	insert_many(txn, "a");
	assert_true(store_commit(&txn, &err));
	assert_true(store_begin(s, &txn, &err));
	assert_true(store_query(s, SQL("SELECT name, born FROM pets_pet ORDER BY name"), ARGS(), &q,
				&err));
	while (store_step(q, &row, &err) && row) {
		char name[32];

		snprintf(name, sizeof(name), "a%05d", (int)seen);
		assert_true(str_is(store_col_str(q, 0), name));
		assert_int_equal(store_col_int(q, 1), seen);
		seen++;
		if (seen == 2000)
			assert_int_equal(count_pets(s), MANY);
		assert_true(store_run(txn, SQL("INSERT INTO pets_count(born, n) VALUES (?1, ?2)"),
				      ARGS(store_int(seen), store_int(1)), &err));
		if (seen % 1000 == 0)
			assert_true(store_run(txn, SQL("DELETE FROM pets_count WHERE born = ?1"),
					      ARGS(store_int(seen - 1)), &err));
	}
	assert_int_equal(seen, MANY);
	assert_true(store_commit(&txn, &err));
}

static void others_commits_are_waited_for(void **state UNUSED)
{
	AUTO(store_closep) struct store *s = opened(STORE_CREATE);
	AUTO(store_closep) struct store *other = opened(STORE_WRITE);
	struct err err;
	bool changed;

	assert_true(store_wait(s, 0, &changed, &err));
	assert_false(changed);
	insert_pet(s, "own");
	assert_true(store_wait(s, 60, &changed, &err));
	assert_false(changed);
	insert_pet(other, "theirs");
	assert_true(store_wait(s, 5000, &changed, &err));
	assert_true(changed);
	assert_true(store_wait(s, 0, &changed, &err));
	assert_false(changed);
}

static void addresses_are_shown_without_passwords(void **state UNUSED)
{
	static const char *const pairs[][2] = {
		{"postgresql://u:p@h/d", "postgresql://u:***@h/d"},
		{"postgresql://u:p@x@h:5/d", "postgresql://u:***@h:5/d"},
		{"postgresql://u:p/q@h/d", "postgresql://u:***@h/d"},
		{"postgresql://u@h:5/d", "postgresql://u@h:5/d"},
		{"postgres:///d?host=/run&password=p&user=u",
		 "postgres:///d?host=/run&password=***&user=u"},
		{"postgresql://h/d?sslpassword=p", "postgresql://h/d?sslpassword=***"},
		{"file.db", "file.db"},
	};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		AUTO(text_freep) struct text said = {0};

		store_said(pairs[i][0], &said);
		assert_string_equal(text_c(&said), pairs[i][1]);
	}
}

static void a_password_is_in_no_error(void **state UNUSED)
{
	static const char *const bad[] = {
		"postgresql://u:verysecret@%2Fnowhere/d",
		"postgresql://u:very/secret@h/d",
		"postgresql://u:verysecret@h:port/d",
		"postgresql://u:verysecret@[/d",
		"postgresql://u:verysecret%@h/d",
		"postgresql://u@h/d?password=verysecret&x",
	};
	struct store *s = NULL;
	struct err err;

	setenv("XDG_DATA_HOME", folder, 1);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const struct store_config config = {
			.path = bad[i], .mode = STORE_READ, .tables = pets};

		assert_false(store_open(&config, &s, &err));
		assert_null(strstr(err.text, "secret"));
		assert_null(strstr(err.text, "very"));
	}
}

/* The server ends all connections of this test, as a restart does. */
static void end_connections(void)
{
	by_hand("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE "
		"application_name = current_setting('application_name') AND "
		"pid <> pg_backend_pid()");
}

static void a_lost_connection_comes_back(void **state UNUSED)
{
	AUTO(store_closep) struct store *s = NULL;
	struct store_txn *txn = NULL;
	struct err err = {0};
	bool changed;

	if (!test_store_elsewhere())
		skip(); /* a file has none */
	s = opened(STORE_CREATE);
	insert_pet(s, "before");
	end_connections();
	assert_int_equal(count_pets(s), 1);
	end_connections();
	insert_pet(s, "after");
	end_connections();
	assert_true(store_wait(s, 0, &changed, &err));
	assert_true(store_begin(s, &txn, &err));
	assert_true(add_pet(txn, "lost", 1, &err));
	end_connections();
	assert_false(store_commit(&txn, &err));
	assert_int_equal(err.code, ERR_IO);
	assert_int_equal(count_pets(s), 2);
	/* Found out by the commit itself: the server is asked what became of it. */
	assert_true(store_begin(s, &txn, &err));
	assert_true(add_pet(txn, "lost", 1, &err));
	assert_int_equal(count_pets(s), 3);
	end_connections();
	assert_false(store_commit(&txn, &err));
	assert_int_equal(err.code, ERR_IO);
	assert_non_null(strstr(err.text, "nothing was changed"));
	assert_int_equal(count_pets(s), 2);
	assert_true(store_snapshot(s, &err));
	end_connections();
	{
		AUTO(store_donep) struct store_query *q = NULL;
		bool row;

		assert_false(store_query(s, SQL("SELECT born FROM pets_pet"), ARGS(), &q, &err) &&
			     store_step(q, &row, &err));
		assert_int_equal(err.code, ERR_IO);
	}
	store_snapshot_end(s);
	insert_pet(s, "again");
	assert_int_equal(count_pets(s), 3);
}

static void what_was_removed_can_be_made_again(void **state UNUSED)
{
	struct err err;
	bool there;

	store_close(opened(STORE_CREATE));
	assert_true(store_there(path, &there, &err) && there);
	store_remove(path);
	assert_true(store_there(path, &there, &err) && !there);
	AUTO(store_closep) struct store *s = opened(STORE_CREATE);
	assert_int_equal(count_pets(s), 0);
}

static void a_nul_is_refused_where_it_can_t_be_held(void **state UNUSED)
{
	AUTO(store_closep) struct store *s = opened(STORE_CREATE);
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct err err = {0};
	bool ok;

	assert_true(store_begin(s, &txn, &err));
	ok = store_run(txn, SQL("INSERT INTO pets_pet(name, born) VALUES (?1, ?2)"),
		       ARGS(store_text(str_from("a\0b", 3)), store_int(1)), &err);
	assert_int_equal(ok, !test_store_elsewhere());
	if (!ok)
		assert_int_equal(err.code, ERR_INVALID);
	assert_true(add_pet(txn, "Tib", 2, &err));
	assert_true(store_commit(&txn, &err));
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(values_come_back),
		TEST(a_rollback_leaves_nothing),
		TEST(what_is_kept_holds_while_its_mark_does),
		TEST(a_constraint_is_a_conflict),
		TEST(queries_within_queries),
		TEST(one_writer_at_a_time),
		TEST(a_snapshot_is_one_moment),
		TEST(a_dump_says_the_same_for_the_same),
		TEST(what_is_there_is_not_made_again),
		TEST(other_files_are_not_stores),
		TEST(a_newer_store_is_refused),
		TEST(tables_of_other_versions),
		TEST(a_read_only_store_is_read),
		TEST(a_full_disk_changes_nothing),
		TEST(many_rows_go_in),
		TEST(what_one_of_many_breaks_is_said_by_commit),
		TEST(rows_come_while_others_go),
		TEST(others_commits_are_waited_for),
		TEST(addresses_are_shown_without_passwords),
		TEST(a_password_is_in_no_error),
		TEST(a_lost_connection_comes_back),
		TEST(what_was_removed_can_be_made_again),
		TEST(a_nul_is_refused_where_it_can_t_be_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
