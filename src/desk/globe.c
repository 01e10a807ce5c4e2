#include "desk/desk.h"

#include "base/mem.h"

/* A world that is opened once and follows the store. */

struct globe {
	struct acts *acts;
	struct estate *estate;
	struct exposure_world *world;
};

void globe_close(struct globe *g)
{
	exposure_world_closep(&g->world);
	estate_closep(&g->estate);
	free(g);
}

static struct exposure_sources sources(const struct globe *g)
{
	return (struct exposure_sources){.store = acts_store(g->acts),
					 .estate = g->estate,
					 .journal = acts_journal(g->acts),
					 .now_ms = acts_now_ms(g->acts)};
}

bool globe_open(struct acts *acts, struct globe **ret, struct err *err)
{
	AUTO(globe_closep) struct globe *g = mem_zero(1, sizeof(*g));
	struct exposure_sources from;

	g->acts = acts;
	if (!estate_open(acts_journal(acts), &g->estate, err))
		return false;
	from = sources(g);
	if (!exposure_world_open(&from, &g->world, err))
		return false;
	*ret = g, g = NULL;
	return true;
}

bool globe_now(struct globe *g, struct exposure_world **ret, struct err *err)
{
	const struct exposure_sources now = sources(g);
	struct exposure_world *next = NULL;

	if (!exposure_world_follow(g->world, &now, &next, err))
		return false;
	if (next) {
		exposure_world_close(g->world);
		g->world = next;
	}
	*ret = g->world;
	return true;
}
