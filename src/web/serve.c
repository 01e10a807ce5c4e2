#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "web/server.h"

/*
 * The parent: opens what is listened on, begins workers, begins those again that die (at once, then
 * after a pause that doubles while they live short), passes signals on.  It serves nothing itself.
 */
enum { PAUSE_LEAST_MS = 50, PAUSE_MOST_MS = 5000, LIVED_MS = 10000, KILL_MS = 2000 };

const struct web_limits web_limits_default = {
	.connections = 10000,
	.address = 1024,
	.requests = 10000,
	.header_ms = 10000,
	.idle_ms = 75000,
	.body_ms = 900000,
	.body_rate = 1024,
	.write_ms = 30000,
	.stop_ms = 10000,
};

struct child {
	pid_t pid; /* 0: none */
	int64_t began_ms, again_ms, pause_ms;
};

struct parent {
	struct server server;
	struct child children[WORKERS_MOST];
	sigset_t heard;
	bool stopping, killed;
	int64_t stop_ms;
};

static bool map_shared(struct server *s, struct err *err)
{
	const struct web_config *config = s->config;
	size_t routes = OWN_ROUTES + config->app.nroutes + 1;
	size_t counts = config->workers * sizeof(struct counts);
	size_t answers = config->workers * routes * STATUS_CLASSES * sizeof(uint64_t);
	size_t bytes = sizeof(struct shared) + counts + answers + 64;
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return err_errno(err, errno, "memory that workers share");
	s->shared = (struct shared *)(void *)p;
	s->shared->bytes = bytes;
	s->shared->workers = config->workers;
	s->shared->began_ms = clock_now_ms(&config->clock);
	p += (sizeof(struct shared) + 63) / 64 * 64;
	s->shared->counts = (struct counts *)(void *)p;
	s->shared->routes = (uint64_t *)(void *)(p + counts);
	if (getrandom(&s->shared->seed, sizeof(s->shared->seed), 0) < 0)
		return err_errno(err, errno, "getrandom");
	return true;
}

/* Each connection is a descriptor; the system's first limit is often 1,024. */
static void raise_descriptors(void)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, &most) < 0)
		return;
	most.rlim_cur = most.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &most);
}

static void begin_worker(struct parent *p, unsigned i)
{
	struct counts *counts = &p->server.shared->counts[i];
	struct child *child = &p->children[i];
	pid_t parent = getpid();

	/* What went up and down with one that was killed. */
	counts->n[COUNT_OPEN] = counts->n[COUNT_STREAMS] = counts->n[COUNT_HEAVY] = 0;
	memset(counts->addresses, 0, sizeof(counts->addresses));
	child->began_ms = now_ms();
	child->pid = fork();
	if (child->pid == 0) {
		/* It must not outlive us. */
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		_exit(getppid() == parent ? worker_run(&p->server, i) : 1);
	}
	if (child->pid < 0) {
		child->pid = 0;
		child->again_ms = now_ms() + PAUSE_MOST_MS;
		log_warn("worker", "state=unforked");
		return;
	}
	__atomic_fetch_add(&counts->n[COUNT_STARTS], 1, __ATOMIC_RELAXED);
}

static void bury(struct parent *p, pid_t pid, int status)
{
	for (unsigned i = 0; i < p->server.config->workers; i++) {
		struct child *child = &p->children[i];
		bool lived = now_ms() - child->began_ms >= LIVED_MS;

		if (child->pid != pid)
			continue;
		child->pid = 0;
		if (p->stopping)
			return;
		child->pause_ms = lived || !child->pause_ms
					  ? PAUSE_LEAST_MS
					  : MIN_OF(child->pause_ms * 2, (int64_t)PAUSE_MOST_MS);
		child->again_ms = now_ms() + child->pause_ms;
		log_warn("worker", "state=died worker=%u signal=%d exit=%d again_ms=%lld", i,
			 WIFSIGNALED(status) ? WTERMSIG(status) : 0,
			 WIFEXITED(status) ? WEXITSTATUS(status) : 0, (long long)child->pause_ms);
	}
}

static bool any_alive(const struct parent *p)
{
	for (unsigned i = 0; i < p->server.config->workers; i++)
		if (p->children[i].pid)
			return true;
	return false;
}

static void tell_all(const struct parent *p, int sig)
{
	for (unsigned i = 0; i < p->server.config->workers; i++)
		if (p->children[i].pid)
			(void)kill(p->children[i].pid, sig);
}

static void stop(struct parent *p)
{
	if (p->stopping)
		return;
	p->stopping = true;
	p->stop_ms = now_ms() + p->server.config->limits.stop_ms + KILL_MS;
	listeners_close(&p->server, true);
	tell_all(p, SIGTERM);
}

static void reload(struct parent *p)
{
	SSL_CTX *fresh;
	struct err err;

	tell_all(p, SIGHUP);
	/* For workers to come; those that are read it themselves. */
	if (!p->server.config->cert)
		return;
	if (!tls_load(p->server.config, p->server.tls, &fresh, &err)) {
		log_warn("certificate", "error=\"%s\"", err.text);
		return;
	}
	SSL_CTX_free(p->server.tls);
	p->server.tls = fresh;
}

static void begin_due(struct parent *p)
{
	for (unsigned i = 0; i < p->server.config->workers && !p->stopping; i++)
		if (!p->children[i].pid && now_ms() >= p->children[i].again_ms)
			begin_worker(p, i);
}

static void wait_for_signal(struct parent *p)
{
	static const struct timespec most = {.tv_nsec = 50000000}, at_ease = {.tv_sec = 5};
	bool busy = p->stopping;
	int status, sig;
	pid_t pid;

	for (unsigned i = 0; i < p->server.config->workers; i++)
		busy = busy || !p->children[i].pid;
	sig = sigtimedwait(&p->heard, NULL, busy ? &most : &at_ease);
	if (sig == SIGTERM || sig == SIGINT)
		stop(p);
	else if (sig == SIGHUP)
		reload(p);
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		bury(p, pid, status);
	if (p->stopping && !p->killed && now_ms() >= p->stop_ms) {
		p->killed = true;
		tell_all(p, SIGKILL);
	}
}

static void look_after(struct parent *p)
{
	sigset_t before;

	sigemptyset(&p->heard);
	sigaddset(&p->heard, SIGTERM);
	sigaddset(&p->heard, SIGINT);
	sigaddset(&p->heard, SIGHUP);
	sigaddset(&p->heard, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &p->heard, &before);
	while (!p->stopping || any_alive(p)) {
		begin_due(p);
		wait_for_signal(p);
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
}

bool web_serve(const struct web_config *config, struct err *err)
{
	struct parent p = {.server = {.config = config}};
	bool ok;

	if (!config->workers || config->workers > WORKERS_MOST)
		return err_set(err, ERR_INVALID, "1 to %d workers", WORKERS_MOST);
	if (!config->nlisten || !config->cert != !config->key)
		return err_set(err, ERR_INVALID,
			       config->nlisten ? "a certificate needs its key"
					       : "there is no address");
	raise_descriptors();
	ok = (!config->cert || tls_load(config, NULL, &p.server.tls, err)) &&
	     map_shared(&p.server, err) && listeners_open(&p.server, err);
	if (ok)
		look_after(&p);
	listeners_close(&p.server, true);
	SSL_CTX_free(p.server.tls);
	if (p.server.shared)
		munmap(p.server.shared, p.server.shared->bytes);
	return ok;
}
