#include "console/inner.h"

#include "base/mem.h"
#include "cli/cli.h"
#include "desk/desk.h"

/* The world of the whole estate, where this process is the one that keeps it: opened before
 * anybody asks, with a connection of its own. */

struct kept_globe {
	struct acts *acts;
	struct globe *globe;
};

void kept_globe_close(struct console *k)
{
	if (!k->globe)
		return;
	globe_closep(&k->globe->globe);
	acts_close(k->globe->acts);
	free(k->globe);
	k->globe = NULL;
}

static bool open_globe(struct console *k, struct err *err)
{
	struct acts_config config = {
		.path = k->config->db, .mode = ACTS_READ, .clock = &k->config->clock};

	k->globe = mem_zero(1, sizeof(*k->globe));
	return acts_open(&config, &k->globe->acts, err) &&
	       globe_open(k->globe->acts, &k->globe->globe, err);
}

/* A store that was away is opened again by the next who asks. */
static bool world_of(void *ctx, struct exposure_world **ret, struct err *err)
{
	struct console *k = ctx;

	if ((k->globe || open_globe(k, err)) && globe_now(k->globe->globe, ret, err))
		return true;
	kept_globe_close(k);
	return false;
}

bool kept_world(struct console *k, struct exposure_world **ret, struct err *err)
{
	*ret = NULL;
	return !k->config->keeps_world || world_of(k, ret, err);
}

void kept_globe_begin(struct console *k)
{
	struct exposure_world *world;
	struct err ignored = {0};

	(void)!kept_world(k, &world, &ignored);
}

const struct cli_kept *kept_globe(struct console *k, struct arena *arena)
{
	struct cli_kept *kept;

	if (!k->config->keeps_world)
		return NULL;
	kept = ARENA_NEW(arena, struct cli_kept);
	*kept = (struct cli_kept){world_of, k};
	return kept;
}
