#ifndef CLI_DEMO_H
#define CLI_DEMO_H

/*
 * Inner door: the fictional service of the demo, as files in real formats.
 */

#include "base/text.h"

enum { DEMO_TRUSTS = 20, DEMO_PRACTICES = 300, DEMO_REGIONS = 4 };

/* An organisation of the story and the inventory files it sends; files[0] is NULL when it
 * sends none. */
struct demo_org {
	char code[8];
	char name[48];
	bool trust;
	bool shown; /* imported by itself in the story; the files of the others lie apart */
	const char *files[4]; /* paths below the demo's folder */
};

struct demo_nation {
	struct demo_org *orgs;
	size_t norgs;
	uint64_t devices;
};

/* Write organisations.csv, relationships.csv and inventories/ in the current folder; the
 * same bytes every time.  Strings live in arena. */
struct arena;
MUST_CHECK bool demo_write(struct arena *arena, struct demo_nation *ret, struct err *err);

#endif
