#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "main/serve.h"
#include "store/store.h"

/* An address may hold a password, which the list of processes would show. */
static char *unshown(char *word)
{
	char *url = strstr(word, "postgresql://"), *kept;
	AUTO(text_freep) struct text said = {0};
	size_t n;

	url = url ? url : strstr(word, "postgres://");
	if (!url)
		return word;
	kept = mem_copy(word, strlen(word));
	n = strlen(url);
	store_said(url, &said);
	memset(url, 0, n);
	memcpy(url, said.p, MIN_OF(n, said.n));
	return kept;
}

/* Process-wide matters only: who and where we are.  Everything else is cli's. */
int main(int argc, char **argv)
{
	const struct passwd *who = getpwuid(geteuid());
	static char **words; /* for as long as the process lives */
	static char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct cli_config config = {
		.argc = argc,
		.program = n > 0 ? self : argv[0],
		.user = who ? str_of(who->pw_name) : STR("unknown"),
		.db = getenv("LYNCHPIN_DB"),
		.clock = clock_system(),
		.serve = serve,
	};

	config.argv = words = mem_zero((size_t)argc + 1, sizeof(*words));
	for (int i = 0; i < argc; i++)
		words[i] = unshown(argv[i]);
	/* A write past a file-size limit comes back as an error, not as our death. */
	signal(SIGXFSZ, SIG_IGN);
	return cli_run(&config);
}
