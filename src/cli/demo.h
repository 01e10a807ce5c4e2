#ifndef CLI_DEMO_H
#define CLI_DEMO_H

/*
 * Inner door: the fictional service of the demo, as files in real formats, and its story.
 */

#include "base/text.h"
#include "cli/command.h"

enum { DEMO_TRUSTS = 20, DEMO_PRACTICES = 300, DEMO_REGIONS = 4 };

/* An organisation of the story and the inventory files it sends; files[0] is NULL when it
 * sends none. */
struct demo_org {
	char code[8];
	char name[48];
	bool trust;
	bool shown; /* imported by itself in the story; the files of the others lie apart */
	const char *files[4]; /* paths below the demo's folder */
	unsigned agent_devices;
};

struct demo_nation {
	struct demo_org *orgs;
	size_t norgs;
	uint64_t devices;
};

/* Write organisations.csv, relationships.csv, posts.csv and inventories/ in the current folder; the
 * same bytes every time.  Strings live in arena. */
MUST_CHECK bool demo_write(struct arena *arena, struct demo_nation *ret, struct err *err);

/* --- the story --- */

struct story {
	struct cli *cli;
	const char *now; /* where the story's clock stands */
	struct demo_nation nation;
	struct cli_caught *caught; /* where a command's words go; NULL: to who watches */
};

enum how {
	RUN_SHOWN,
	RUN_QUIET,
};

MUST_CHECK bool tell(struct story *s, struct err *err, const char *text);
/* Run a command line within this process, shown as a person would type it. */
MUST_CHECK bool run(struct story *s, enum how how, const char *const *words, struct err *err);
#define RUN(s, err, ...) run((s), RUN_SHOWN, (const char *const[]){__VA_ARGS__, NULL}, (err))

/* The second half: an alert, its answers, and what the evidence says of them. */
MUST_CHECK bool demo_alert(struct story *s, struct err *err);

/* The console on 127.0.0.1, with a link for each of four people, until told to stop. */
MUST_CHECK bool demo_serve(struct story *s, uint64_t port, struct err *err);

#endif
