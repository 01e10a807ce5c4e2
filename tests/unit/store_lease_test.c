#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/store.h"

#include "test_store.h"

/*
 * Leases, which two connections ask for as two processes would; parts of a transaction that are
 * undone alone; what is kept with a connection, and what another commits.
 */

static const struct store_table pets_tables[] = {
	{.name = "pets_pet",
	 .kind = STORE_RECORDED,
	 .create = SQL("CREATE TABLE pets_pet(name TEXT PRIMARY KEY) WITHOUT ROWID;")},
	{.name = NULL},
};
static const struct store_table *const tables[] = {pets_tables, store_tables, NULL};

struct pair {
	char folder[64], path[96];
	struct clock clock;
	struct store *one, *two;
};

static struct store *open_as(struct pair *p, enum store_mode mode)
{
	struct store_config config = {.path = p->path, .mode = mode, .tables = tables};
	struct store *s = NULL;
	struct err err = {0};

	if (!store_open(&config, &s, &err))
		fail_msg("%s", err.text);
	return s;
}

static int pair_open(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));

	snprintf(p->folder, sizeof(p->folder), "/tmp/lynchpin-lease-XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	snprintf(p->path, sizeof(p->path), "%s/test.db", p->folder);
	test_store_at(p->path);
	p->clock = clock_fixed(1494493200000);
	p->one = open_as(p, STORE_CREATE);
	p->two = open_as(p, STORE_WRITE);
	*state = p;
	return 0;
}

static int pair_close(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	struct pair *p = *state;

	store_close(p->two);
	store_close(p->one);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char name[128];

		snprintf(name, sizeof(name), "%s%s", p->path, ends[i]);
		unlink(name);
	}
	rmdir(p->folder);
	free(p);
	return 0;
}

static struct store_lease lease_of(struct pair *p, const char *holder)
{
	return (struct store_lease){
		.name = "work", .holder = str_of(holder), .length_ms = 200, .clock = &p->clock};
}

static bool take(struct store *s, struct store_lease *l)
{
	struct err err = {0};
	bool held = false;

	if (!store_lease_take(s, l, &held, &err))
		fail_msg("%s", err.text);
	return held;
}

static bool renew(struct store *s, const struct store_lease *l)
{
	struct err err = {0};
	bool held = false;

	assert_true(store_lease_renew(s, l, &held, &err));
	return held;
}

/* Where the clock is passed in it is moved; a database's own goes by itself. */
static void later(struct pair *p, int64_t ms)
{
	p->clock.fixed_ms += ms;
	if (test_store_elsewhere())
		usleep((useconds_t)(ms * 1000));
}

static void assert_holder(struct store *s, const struct store_lease *l, const char *who)
{
	struct text holder = {0};
	struct err err = {0};

	assert_true(store_lease_holder(s, l, &holder, &err));
	assert_string_equal(text_c(&holder), who);
	text_free(&holder);
}

static bool write_as(struct store *s, const char *name, struct err *err)
{
	struct store_txn *txn = NULL;

	assert_true(store_begin(s, &txn, err));
	assert_true(store_run(txn, SQL("INSERT INTO pets_pet(name) VALUES (?1)"),
			      ARGS(store_text(str_of(name))), err));
	return store_commit(&txn, err);
}

static void one_holds_it_at_a_time(void **state)
{
	struct pair *p = *state;
	struct store_lease a = lease_of(p, "a"), b = lease_of(p, "b");
	struct err err = {0};

	assert_holder(p->one, &a, "");
	assert_true(take(p->one, &a));
	assert_false(take(p->two, &b));
	assert_holder(p->two, &b, "a");
	later(p, 150);
	assert_true(renew(p->one, &a));
	later(p, 150);
	assert_false(take(p->two, &b));
	later(p, 250);
	assert_holder(p->two, &b, "");
	assert_true(take(p->two, &b));
	assert_int_equal(b.term, a.term + 1);
	assert_false(renew(p->one, &a)); /* it has passed */
	assert_true(store_lease_drop(p->one, &a, &err));
	assert_holder(p->one, &a, "b"); /* and is not the other's to drop */
	assert_true(store_lease_drop(p->two, &b, &err));
	assert_true(take(p->one, &a));
	assert_int_equal(a.term, 3);
}

static void who_has_lost_it_commits_nothing(void **state)
{
	struct pair *p = *state;
	struct store_lease a = lease_of(p, "a"), b = lease_of(p, "b");
	struct err err = {0};

	assert_true(take(p->one, &a));
	store_fence(p->one, &a);
	later(p, 300);
	assert_true(write_as(p->one, "late, but nobody else wanted it", &err));
	assert_false(take(p->two, &b)); /* the commit prolonged it */
	later(p, 300);
	assert_true(take(p->two, &b));
	assert_false(write_as(p->one, "too late", &err));
	assert_int_equal(err.code, ERR_CONFLICT);
	assert_true(write_as(p->two, "too late", &err));
	store_fence(p->one, NULL);
	assert_true(write_as(p->one, "unfenced", &err));
}

static void a_clock_that_went_back_holds_nobody_up(void **state)
{
	struct pair *p = *state;
	struct store_lease a = lease_of(p, "a"), b = lease_of(p, "b");

	if (test_store_elsewhere())
		skip(); /* the database's clock is not ours to put back */
	assert_true(take(p->one, &a));
	p->clock.fixed_ms -= MS_PER_DAY;
	assert_true(take(p->two, &b));
	assert_false(renew(p->one, &a));
}

static void count_up(void *ctx)
{
	++*(int *)ctx;
}

static int64_t pets(struct store *s)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct err err = {0};
	bool row;

	assert_true(store_query(s, SQL("SELECT count(*) FROM pets_pet"), ARGS(), &q, &err));
	assert_true(store_step(q, &row, &err) && row);
	return store_col_int(q, 0);
}

static void a_part_is_undone_alone(void **state)
{
	struct pair *p = *state;
	struct store_txn *txn = NULL;
	struct err err = {0};
	int undone = 0, early = 0;

	assert_true(store_begin(p->one, &txn, &err));
	store_on_rollback(txn, count_up, &early);
	for (int i = 0; i < 4; i++) {
		const char *name = i < 2 ? "cat" : "dog"; /* each a second time */
		bool ok;

		assert_true(store_part(txn, &err));
		store_on_rollback(txn, count_up, &undone);
		ok = store_run(txn, SQL("INSERT INTO pets_pet(name) VALUES (?1)"),
			       ARGS(store_text(str_of(name))), &err) &&
		     store_part_keep(txn, &err);
		assert_int_equal(ok, i % 2 == 0);
		if (!ok)
			assert_true(store_part_undo(txn, &err));
	}
	assert_int_equal(undone, 2);
	assert_int_equal(early, 0);
	assert_true(store_commit(&txn, &err));
	assert_int_equal(pets(p->two), 2);
}

/* --- another process ------------------------------------------------------------------------- */

static bool add_pet(struct store *s, struct err *err)
{
	struct store_txn *txn;

	if (!store_begin(s, &txn, err))
		return false;
	if (store_run(txn,
		      SQL("INSERT INTO pets_pet(name) SELECT 'child' || count(*) FROM pets_pet"),
		      ARGS(), err))
		return store_commit(&txn, err);
	store_rollback(txn);
	return false;
}

/* What a process of its own does: it opens the store, writes, and is the last to close it, as far
 * as it sees. */
static int be_another(const char *path)
{
	struct store_config config = {.path = path, .mode = STORE_WRITE, .tables = tables};
	struct store *s = NULL;
	struct err err = {0};
	bool ok = store_open(&config, &s, &err) && add_pet(s, &err);

	if (s)
		store_close(s);
	if (!ok)
		fprintf(stderr, "%s\n", err.text);
	return ok ? 0 : 1;
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

static void what_is_opened_twice_keeps_its_locks(void **state)
{
	struct pair *p = *state;
	struct store *third = open_as(p, STORE_READ);
	int ended;
	pid_t pid;

	store_close(third);
	/* The second would begin a log of its own, had the first removed ours. */
	for (int i = 1; i <= 2; i++) {
		pid = fork();
		if (pid == 0) {
			execl("/proc/self/exe", "store_lease_test", p->path, (char *)NULL);
			_exit(2);
		}
		assert_int_equal(waitpid(pid, &ended, 0), pid);
		assert_int_equal(ended, 0);
		assert_int_equal(count_pets(p->one), i);
		assert_int_equal(count_pets(p->two), i);
	}
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, pair_open, pair_close)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(one_holds_it_at_a_time),
		CASE(who_has_lost_it_commits_nothing),
		CASE(a_clock_that_went_back_holds_nobody_up),
		CASE(a_part_is_undone_alone),
		CASE(what_is_opened_twice_keeps_its_locks),
	};

	if (argc == 2)
		return be_another(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
