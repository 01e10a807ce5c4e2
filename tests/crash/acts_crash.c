/*
 * Two and four processes act at once on one service, one by one and in batches: nothing is lost and
 * the chain is whole.  Then one that submits batches is killed at random moments: whom it had told
 * is there, and of each batch all or none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "acts/acts.h"
#include "base/rng.h"

#include "../unit/test_store.h"

enum { ACTS = 24, BATCH = 8, KILLS = 12, TELL_MOST = 4096 };

static char folder[64], path[96];
static struct clock now;

static struct acts_config config_of(void)
{
	return (struct acts_config){
		.path = path, .mode = ACTS_WRITE, .clock = &now, .user = STR("tester")};
}

static int setup(void **state UNUSED)
{
	struct acts_founding founding = {.service = STR("Test"), .nation = STR("NAT")};
	struct acts_config config = config_of();
	struct acts *a;
	struct err err = {0};

	now = clock_system();
	config.clock = &now;
	snprintf(folder, sizeof(folder), "/tmp/lynchpin-crash-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/lynchpin.db", folder);
	test_store_at(path);
	if (!acts_found(&config, &founding, &a, &err))
		fail_msg("%s", err.text);
	acts_close(a);
	return 0;
}

static int teardown(void **state UNUSED)
{
	static const char *const ends[] = {"", ".key", "-wal", "-shm"};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char name[128];

		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	return rmdir(folder);
}

static struct acts *open_service(void)
{
	struct acts_config config = config_of();
	struct acts *a = NULL;
	struct err err = {0};

	if (!acts_open(&config, &a, &err)) {
		fprintf(stderr, "open: %s\n", err.text);
		_exit(1);
	}
	return a;
}

/* What its reader reads when the commit has returned. */
static void say(int fd, uint64_t number)
{
	if (write(fd, &number, sizeof(number)) != sizeof(number))
		_exit(1);
}

static void told(void *ctx, const struct act_told *t)
{
	if (t->refused) {
		fprintf(stderr, "refused: %s\n", t->refused->text);
		_exit(1);
	}
	say(*(int *)ctx, t->number);
}

static void body_of(char body[128], unsigned who, unsigned i)
{
	snprintf(body, 128, "{\"name\":\"%u %u\",\"org\":\"W%uN%u\",\"role\":\"trust\"}", who, i,
		 who, i);
}

/* Every third run of acts is a batch; a busy store is tried again, as anybody would. */
static void writer(unsigned who, int fd)
{
	struct acts *a = open_service();

	for (unsigned i = 0; i < ACTS; i++) {
		struct act_request request = {.act = "org.add"};
		char body[128];
		struct err err = {0};
		uint64_t number;

		body_of(body, who, i);
		request.body = str_of(body);
		if (i / BATCH == 1) {
			acts_submit(a, &(struct acts_submission){
					       .request = request, .told = told, .ctx = &fd});
			if (acts_waiting(a) == BATCH && !acts_flush(a, &err))
				_exit(1);
		} else if (acts_do(a, &request, &number, &err)) {
			say(fd, number);
		} else {
			fprintf(stderr, "%s\n", err.text);
			_exit(1);
		}
	}
	acts_close(a);
	_exit(0);
}

static size_t hear(int fd, uint64_t *numbers, size_t n)
{
	while (n < TELL_MOST && read(fd, &numbers[n], sizeof(*numbers)) == sizeof(*numbers))
		n++;
	return n;
}

static uint64_t verify(void)
{
	struct acts *a = open_service();
	struct journal_report report = {0};
	struct journal_check check = {0};
	struct err err = {0};
	uint64_t records;

	assert_true(journal_verify(acts_journal(a), &check, &report, &err));
	if (report.faults)
		fail_msg("%s", text_c(&report.lines));
	records = report.records;
	journal_report_free(&report);
	acts_close(a);
	return records;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void race(unsigned writers, unsigned first)
{
	static uint64_t numbers[TELL_MOST];
	uint64_t before = verify();
	size_t n;
	int fd[2];

	assert_int_equal(pipe(fd), 0);
	for (unsigned i = 0; i < writers; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (!pid)
			writer(first + i, fd[1]);
	}
	close(fd[1]);
	n = hear(fd[0], numbers, 0);
	close(fd[0]);
	for (unsigned i = 0; i < writers; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(n, (size_t)writers * ACTS);
	qsort(numbers, n, sizeof(*numbers), by_number);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(numbers[i], before + 1 + i);
	assert_int_equal(verify(), before + n);
}

static void nothing_is_lost_between_writers(void **state UNUSED)
{
	race(2, 0);
	race(4, 2);
}

static void submitter(unsigned who, int fd)
{
	struct acts *a = open_service();

	for (unsigned i = 0;; i++) {
		char body[128];
		struct err err = {0};

		body_of(body, who, i);
		acts_submit(a, &(struct acts_submission){
				       .request = {.act = "org.add", .body = str_of(body)},
				       .told = told,
				       .ctx = &fd});
		if (acts_waiting(a) == BATCH && !acts_flush(a, &err))
			_exit(1);
	}
}

static void a_batch_is_there_whole_or_not_at_all(void **state UNUSED)
{
	static uint64_t numbers[TELL_MOST];
	struct rng rng = rng_of(20170512, 1);
	uint64_t founded = verify(), records = founded;
	unsigned heard = 0;

	for (unsigned i = 0; i < KILLS; i++) {
		size_t n = 0;
		pid_t pid;
		int fd[2];

		assert_int_equal(pipe(fd), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (!pid)
			submitter(100 + i, fd[1]);
		close(fd[1]);
		/* Most of them in the middle of things: when somebody was told already. */
		if (i % 4 && read(fd[0], &numbers[0], sizeof(numbers[0])) == sizeof(numbers[0]))
			n = 1;
		usleep(rng_below(&rng, 40000));
		kill(pid, SIGKILL);
		n = hear(fd[0], numbers, n);
		close(fd[0]);
		assert_true(waitpid(pid, NULL, 0) == pid);
		records = verify();
		assert_int_equal((records - founded) % BATCH, 0);
		for (size_t k = 0; k < n; k++)
			assert_true(numbers[k] <= records);
		heard += n > 0;
	}
	print_message("# killed %d times, %u of them had told somebody, %ju records\n", KILLS,
		      heard, (uintmax_t)records);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_lost_between_writers, setup, teardown),
		cmocka_unit_test_setup_teardown(a_batch_is_there_whole_or_not_at_all, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
