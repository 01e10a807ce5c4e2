#include "main/serve.h"

#include <unistd.h>

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

bool serve(const struct cli_serve *wish, struct err *err)
{
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
	return console_try(&console, err) && web_serve(&config, err);
}
