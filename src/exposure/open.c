#include "exposure/inner.h"

#include "directory/directory.h"

/* A world from a store. */

static void resolver_raw(const void *ctx, const struct segment *s, const struct estate_raw *raw,
			 struct arena *arena, struct estate_resolved *ret)
{
	estate_resolve_raw(ctx, s, raw, arena, ret);
}

static void resolver_os(const void *ctx, const struct segment *s, uint32_t device,
			struct arena *arena, struct estate_resolved *ret)
{
	estate_resolve_os(ctx, s, device, arena, ret);
}

struct gathering {
	struct arena *arena;
	const struct segment **segments; /* references held */
	size_t nsegments, segments_cap;
	VEC_OF(struct exposure_org_name) orgs;
};

static void gathering_release(struct gathering *g)
{
	for (size_t i = 0; i < g->nsegments; i++)
		segment_unref(g->segments[i]);
	free(g->segments);
	free(g->orgs.v);
	if (g->arena)
		arena_close(g->arena);
}

static void segment_keep(struct gathering *g, const struct segment *s)
{
	g->segments = mem_grow(g->segments, g->nsegments, &g->segments_cap, sizeof(*g->segments));
	g->segments[g->nsegments++] = s;
}

static bool take_segment(void *ctx, const struct segment *s, struct err *err)
{
	(void)err;
	segment_keep(ctx, segment_ref(s));
	return true;
}

static bool take_org(void *ctx, const struct org *o, struct err *err)
{
	struct gathering *g = ctx;

	(void)err;
	VEC_PUSH(&g->orgs, (struct exposure_org_name){.code = arena_str(g->arena, o->code),
						      .name = arena_str(g->arena, o->name),
						      .region = arena_str(g->arena, o->region),
						      .expected = o->expected_devices});
	return true;
}

static int name_cmp(const void *a, const void *b)
{
	const struct exposure_org_name *x = a, *y = b;

	return str_cmp(x->code, y->code);
}

static bool gather_one(const struct exposure_sources *src, const struct directory_view *view,
		       struct gathering *g, struct err *err)
{
	const struct segment *s;
	struct org org;

	if (!directory_org_get(view, src->only_org, &org, err))
		return false;
	if (!take_org(g, &org, err) || !estate_segment_open(src->estate, org.code, &s, err))
		return false;
	segment_keep(g, s);
	if (s->ndevices == 0)
		return err_set(err, ERR_NOT_FOUND, "no inventory of %.*s was imported yet",
			       STR_FMT(org.code));
	return true;
}

static bool gather(const struct exposure_sources *src, struct gathering *g, struct err *err)
{
	const struct directory_view view = {src->store, g->arena, src->now_ms};

	if (src->only_org.n)
		return gather_one(src, &view, g, err);
	if (!directory_each_org(&view, take_org, g, err))
		return false;
	if (g->orgs.n)
		qsort(g->orgs.v, g->orgs.n, sizeof(*g->orgs.v), name_cmp);
	return estate_each_segment(src->estate, take_segment, g, err);
}

bool exposure_world_open(const struct exposure_sources *sources, struct exposure_world **ret,
			 struct err *err)
{
	struct gathering g = {.arena = arena_open()};
	struct estate_resolver *resolver = NULL;
	struct exposure_world *world;
	struct exposure_parts parts = {.image = sources->image, .now_ms = sources->now_ms};
	bool ok = gather(sources, &g, err) &&
		  estate_resolver_open(sources->estate, sources->dictionary, &resolver, err);

	if (ok) {
		parts.segments = g.segments;
		parts.nsegments = g.nsegments;
		parts.orgs = g.orgs.v;
		parts.norgs = g.orgs.n;
		parts.resolver = (struct exposure_resolver){resolver, resolver_raw, resolver_os};
		world = exposure_world_of(&parts);
		assert(world);
		world->owned_resolver = resolver;
		world->held = g.segments;
		world->nheld = g.nsegments;
		*ret = world;
		g.segments = NULL;
		g.nsegments = 0;
	}
	gathering_release(&g);
	return ok;
}
