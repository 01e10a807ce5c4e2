#include "main/serve.h"

#include <unistd.h>

#include "acts/acts.h"
#include "base/mem.h"
#include "web/web.h"

/* A worker's own: opened after the fork, as a connection to a store is not shared. */
struct console {
	const struct cli_serve *wish;
	struct acts *acts; /* NULL: the store can't be reached */
};

static bool reach(struct console *k, struct err *err)
{
	struct acts_config config = {
		.path = k->wish->db, .mode = ACTS_READ, .clock = &k->wish->clock};

	return k->acts || acts_open(&config, &k->acts, err);
}

static void let_go(struct console *k)
{
	acts_closep(&k->acts);
	k->acts = NULL;
}

static bool open_console(void *ctx, void **ret_app, struct err *err)
{
	struct console *k = mem_zero(1, sizeof(*k));

	k->wish = ctx;
	if (!reach(k, err)) {
		free(k);
		return false;
	}
	*ret_app = k;
	return true;
}

static void close_console(void *app)
{
	struct console *k = app;

	let_go(k);
	free(k);
}

/* A store that was away is reached again. */
static bool is_ready(void *app, struct err *err)
{
	struct console *k = app;
	struct journal_head head;

	if (reach(k, err) && journal_head(acts_journal(k->acts), &head, err))
		return true;
	let_go(k);
	return reach(k, err) && journal_head(acts_journal(k->acts), &head, err);
}

/* What is wrong for good is said at once; a server that is away may come. */
static bool try_store(const struct cli_serve *wish, struct err *err)
{
	struct console k = {.wish = wish};
	bool ok = reach(&k, err);

	let_go(&k);
	return ok || err->code == ERR_IO;
}

static void say_listening(void *ctx UNUSED, struct str url)
{
	bool here = str_starts(url, STR("http://127.")) || str_starts(url, STR("http://[::1]"));

	dprintf(STDOUT_FILENO, "listening on %.*s\n", STR_FMT(url));
	if (str_starts(url, STR("http://")) && !here)
		fprintf(stderr,
			"lynchpin: without --tls-cert what is said there can be read on the way\n");
}

bool serve(const struct cli_serve *wish, struct err *err)
{
	struct web_config config = {
		.app = {.ctx = (void *)(uintptr_t)wish,
			.open = open_console,
			.close = close_console,
			.ready = is_ready},
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
	return try_store(wish, err) && web_serve(&config, err);
}
