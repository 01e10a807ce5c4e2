#include "main/serve.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "console/console.h"
#include "web/web.h"

static void say_listening(void *ctx UNUSED, struct str url)
{
	bool here = str_starts(url, STR("http://127.")) || str_starts(url, STR("http://[::1]"));

	dprintf(STDOUT_FILENO, "listening on %.*s\n", STR_FMT(url));
	if (str_starts(url, STR("http://")) && !here)
		fprintf(stderr,
			"lynchpin: without --tls-cert what is said there can be read on the way\n");
}

/* --- beside the workers ------------------------------------------------------------------------
 */

/*
 * One more process keeps the world of the whole estate, which is too large for each worker to have.
 * They ask it over a socket in a folder of this user's alone.
 */
static const char unix_scheme[] = "unix:";
struct beside {
	char folder[PATH_MAX], socket[PATH_MAX];
	pid_t pid; /* 0: none */
};

static void beside_release(struct beside *b)
{
	if (b->pid && kill(b->pid, SIGTERM) == 0)
		while (waitpid(b->pid, NULL, 0) < 0 && errno == EINTR)
			;
	if (!b->folder[0])
		return;
	(void)unlink(b->socket + strlen(unix_scheme)); /* of one that was killed */
	(void)rmdir(b->folder);
}

static __attribute__((noreturn)) void keep_world(const struct web_config *first,
						 const struct console_config *of,
						 const char *socket, pid_t parent)
{
	struct console_config console = *of;
	struct web_config config = *first;
	struct err err = {0};

	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	console.keeps_world = true;
	console_app(&console, &config.app);
	config.listen = &socket;
	config.nlisten = 1;
	config.cert = config.key = config.apart = NULL;
	config.is_apart = config.quiet = true;
	config.metrics_for_all = false;
	config.workers = 1;
	config.listening = NULL;
	if (getppid() == parent && !web_serve(&config, &err))
		log_warn("apart", "state=ended error=%s", err.text);
	_exit(0);
}

/* Where it can't be, each worker opens what it looks at: that is no reason not to serve. */
static void begin_beside(struct beside *b, struct web_config *config,
			 const struct console_config *console)
{
	pid_t parent = getpid();

	snprintf(b->folder, sizeof(b->folder), "%s/lynchpin-XXXXXX", config->folder);
	if (!mkdtemp(b->folder)) {
		b->folder[0] = '\0';
		return;
	}
	/* The folder's name is the longer for its own. */
	if (snprintf(b->socket, sizeof(b->socket), "%s%s/s", unix_scheme, b->folder) >=
	    (int)sizeof(b->socket))
		return;
	b->pid = fork();
	if (b->pid == 0)
		keep_world(config, console, b->socket, parent);
	b->pid = MAX_OF(b->pid, 0);
	if (b->pid)
		config->apart = b->socket + strlen(unix_scheme);
}

bool serve(const struct cli_serve *wish, struct err *err)
{
	AUTO(beside_release) struct beside beside = {0};
	struct console_config console = {.db = wish->db, .clock = wish->clock};
	struct web_config config = {
		.listen = wish->listen,
		.nlisten = wish->nlisten,
		.cert = wish->cert,
		.key = wish->key,
		.workers = wish->workers,
		.folder = wish->uploads,
		.limits = web_limits_default,
		.clock = wish->clock,
		.version = wish->version,
		.metrics_for_all = wish->metrics_for_all,
		.quiet = wish->quiet,
		.listening = say_listening,
	};

	if (wish->connections)
		config.limits.connections = wish->connections;
	if (wish->per_address)
		config.limits.address = wish->per_address;
	console_app(&console, &config.app);
	if (!console_try(&console, err))
		return false;
	begin_beside(&beside, &config, &console);
	return web_serve(&config, err);
}
