#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include "cli/cli.h"

/* Process-wide matters only: who and where we are.  Everything else is cli's. */
int main(int argc, char **argv)
{
	const struct passwd *who = getpwuid(geteuid());
	static char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct cli_config config = {
		.argc = argc,
		.argv = argv,
		.program = n > 0 ? self : argv[0],
		.user = who ? str_of(who->pw_name) : STR("unknown"),
		.db = getenv("LYNCHPIN_DB"),
		.clock = clock_system(),
	};

	/* A write past a file-size limit comes back as an error, not as our death. */
	signal(SIGXFSZ, SIG_IGN);
	return cli_run(&config);
}
