#include "cli/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/due.h"

struct keeper {
	pid_t pid;
	int in, out; /* what it says; closed, it ends */
	bool known;  /* it has said something */
	struct store_lease lease;
};

/* --- the process that keeps ------------------------------------------------------- */

struct keeping {
	const char *db;
	struct store_lease lease;
	struct store *store; /* NULL: can't be reached */
	int in, out;
	int64_t renewed_ns, told; /* told -1: nothing yet */
};

static void tell(struct keeping *k, int64_t term)
{
	if (k->told == term)
		return;
	if (write(k->out, &term, sizeof(term)) != sizeof(term))
		_exit(0); /* who worked is gone */
	k->told = term;
}

static bool reach(struct keeping *k, struct err *err)
{
	struct store_config config = {.path = k->db, .mode = STORE_WRITE, .tables = acts_tables};

	return k->store || store_open(&config, &k->store, err);
}

static bool renew(struct keeping *k, struct err *err)
{
	bool held;

	if (clock_monotonic_ns() - k->renewed_ns < (int64_t)DUE_RENEW_MS * 1000000)
		return true;
	if (!store_lease_renew(k->store, &k->lease, &held, err))
		return false;
	k->renewed_ns = clock_monotonic_ns();
	if (!held)
		k->lease.term = 0;
	return true;
}

/* That it is another's is said for the first time when that other is known. */
static bool known_other(struct keeping *k, struct err *err)
{
	AUTO(text_freep) struct text other = {0};

	if (!store_lease_holder(k->store, &k->lease, &other, err))
		return false;
	return other.n || err_set(err, ERR_CONFLICT, "nobody holds it: next time");
}

static bool take(struct keeping *k, struct err *err)
{
	bool held;

	if (!store_lease_take(k->store, &k->lease, &held, err))
		return false;
	if (held)
		k->renewed_ns = clock_monotonic_ns();
	return held || k->told >= 0 || known_other(k, err);
}

/*
 * A store that can't be reached is opened again.  The lease may have passed to another meanwhile
 * or not: its term tells, and until it is asked the one that works is refused its commits anyway.
 */
static void keep_once(struct keeping *k)
{
	struct err err = {0};

	if (reach(k, &err) && (k->lease.term ? renew(k, &err) : take(k, &err)))
		tell(k, k->lease.term);
	else if (k->store && err.code != ERR_CONFLICT)
		store_closep(&k->store);
}

/* Until the other end of the pipe is closed, by whom it works for or by that one's death. */
static bool wanted(struct keeping *k, int wait_ms)
{
	struct pollfd p = {.fd = k->in, .events = POLLIN};
	int n = poll(&p, 1, wait_ms);

	return n == 0 || (n < 0 && errno == EINTR);
}

static __attribute__((noreturn)) void keep(struct keeping *k)
{
	struct err ignored;

	/* A signal to the whole group is for the one that works, which stops this. */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	do
		keep_once(k);
	while (wanted(k, DUE_LOOK_MS));
	if (k->store) {
		if (k->lease.term)
			(void)!store_lease_drop(k->store, &k->lease, &ignored);
		store_close(k->store);
	}
	_exit(0);
}

/* --- the process that works --------------------------------------------------------- */

static bool make_pipes(int down[2], int up[2], struct err *err)
{
	if (pipe2(down, O_CLOEXEC) < 0)
		return err_errno(err, errno, "pipe");
	if (pipe2(up, O_CLOEXEC) == 0)
		return true;
	close(down[0]);
	close(down[1]);
	return err_errno(err, errno, "pipe");
}

bool keeper_start(const char *db, const struct store_lease *lease, struct keeper **ret,
		  struct err *err)
{
	int down[2], up[2];
	struct keeper *k;
	pid_t pid;

	if (!make_pipes(down, up, err))
		return false;
	pid = fork();
	if (pid == 0) {
		struct keeping keeping = {
			.db = db, .lease = *lease, .in = down[0], .out = up[1], .told = -1};

		close(down[1]);
		close(up[0]);
		keep(&keeping);
	}
	close(down[0]);
	close(up[1]);
	if (pid < 0) {
		close(down[1]);
		close(up[0]);
		return err_errno(err, errno, "fork");
	}
	k = mem_zero(1, sizeof(*k));
	k->pid = pid;
	k->in = up[0];
	k->out = down[1];
	k->lease = *lease;
	k->lease.term = 0;
	*ret = k;
	return true;
}

void keeper_stop(struct keeper *k)
{
	close(k->out);
	close(k->in);
	while (waitpid(k->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(k);
}

const struct store_lease *keeper_lease(const struct keeper *k)
{
	return &k->lease;
}

bool keeper_look(struct keeper *k, int wait_ms, bool *ret_known)
{
	struct pollfd p = {.fd = k->in, .events = POLLIN};

	while (poll(&p, 1, wait_ms) > 0) {
		int64_t term;
		ssize_t n = read(k->in, &term, sizeof(term));

		if (n != sizeof(term)) {
			k->lease.term = 0;
			return n < 0 && errno == EINTR;
		}
		k->lease.term = term;
		k->known = true;
		wait_ms = 0;
	}
	*ret_known = k->known;
	return true;
}
