#include <limits.h>
#include <unistd.h>

#include "base/parallel.h"
#include "cli/command.h"
#include "cli/work.h"

enum { LISTEN_MOST = 8, WORKERS_MOST = 64, CONNECTIONS_MOST = 1000000 };

static const struct cli_option serve_options[] = {
	{"--listen", "ADDR:PORT...",
	 "127.0.0.1:8080 without; [::1]:8080, :443 (every address), unix:/path; up to 8 times"},
	{"--tls-cert", "FILE", "certificate with its chain, PEM; read again at SIGHUP"},
	{"--tls-key", "FILE", "its key, PEM"},
	{"--workers", "N", "processes that serve; without as many as processors, at least 2"},
	{"--connections", "N", "at most so many at a time (10000)"},
	{"--per-address", "N", "and from one IPv4 address or IPv6 /64 (1024)"},
	{"--uploads", "FOLDER", "where large uploads lie while they are read (/var/tmp)"},
	{"--metrics-for-all", NULL, "answer /metrics to others than this machine"},
	{"--no-work", NULL, "begin no lynchpin work beside: it is run elsewhere"},
	{"--quiet", NULL, "write no line for each request"},
	{NULL, NULL, NULL},
};

static bool read_number(const struct cli *c, const char *name, uint64_t most, unsigned *ret,
			struct err *err)
{
	uint64_t n;

	if (!cli_opt_u64(c, name, 0, &n, err))
		return false;
	if (n > most || (cli_opt(c, name) && !n))
		return err_set(err, ERR_USAGE, "%s takes 1 to %llu", name,
			       (unsigned long long)most);
	*ret = (unsigned)n;
	return true;
}

static bool serve_run(struct cli *c, struct err *err)
{
	const char *listening[LISTEN_MOST] = {"127.0.0.1:8080"};
	struct cli_serve wish = {
		.db = c->db,
		.clock = c->clock,
		.listen = listening,
		.nlisten = 1,
		.cert = cli_opt(c, "--tls-cert"),
		.key = cli_opt(c, "--tls-key"),
		.uploads = cli_opt(c, "--uploads") ? cli_opt(c, "--uploads") : "/var/tmp",
		.metrics_for_all = cli_flag(c, "--metrics-for-all"),
		.quiet = cli_flag(c, "--quiet"),
		.version = LYNCHPIN_VERSION,
	};

	if (!read_number(c, "--workers", WORKERS_MOST, &wish.workers, err) ||
	    !read_number(c, "--connections", CONNECTIONS_MOST, &wish.connections, err) ||
	    !read_number(c, "--per-address", CONNECTIONS_MOST, &wish.per_address, err))
		return false;
	if (!wish.workers)
		wish.workers = MAX_OF(parallel_width(), 2u);
	for (unsigned i = 0; cli_opt_at(c, "--listen", i); i++) {
		if (i == LISTEN_MOST)
			return err_set(err, ERR_USAGE, "--listen may be given %d times",
				       LISTEN_MOST);
		listening[i] = cli_opt_at(c, "--listen", i);
		wish.nlisten = i + 1;
	}
	if (cli_opt(c, "--as"))
		return err_set(err, ERR_USAGE, "serve takes no --as: who asks says who they are");
	if (!wish.cert != !wish.key)
		return err_set(err, ERR_USAGE, "--tls-cert and --tls-key go together");
	if (access(wish.uploads, W_OK | X_OK) < 0)
		return err_set(err, ERR_INVALID, "%s: uploads can't be put there", wish.uploads);
	/* A clock that stands brings nothing more. */
	if (!cli_flag(c, "--no-work") && !cli_opt(c, "--now") && !work_start(c, c->clock, err))
		return false;
	return c->config->serve(&wish, err);
}

const struct command serve_commands[] = {
	{"serve", NULL, NULL,
	 "Serve the console over HTTP until told to stop, with health and figures.", 0, 0,
	 serve_options, serve_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
