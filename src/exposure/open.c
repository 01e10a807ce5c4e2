#include "exposure/catalogue.h"
#include "exposure/follow.h"

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

struct exposure_resolver resolver_of(const struct grounds *g)
{
	return (struct exposure_resolver){g->resolver, resolver_raw, resolver_os};
}

/* ---- organisations and segments --------------------------------------------------- */

void gathering_release(struct gathering *g)
{
	for (size_t i = 0; i < g->nsegments; i++)
		segment_unref(g->segments[i]);
	free(g->segments);
	free(g->orgs.v);
	if (g->arena)
		arena_close(g->arena);
}

void gathering_keep(struct gathering *g, const struct segment *s)
{
	g->segments = mem_grow(g->segments, g->nsegments, &g->segments_cap, sizeof(*g->segments));
	g->segments[g->nsegments++] = s;
}

static bool take_segment(void *ctx, const struct segment *s, struct err *err)
{
	(void)err;
	gathering_keep(ctx, segment_ref(s));
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

bool gathering_names(struct gathering *g, const struct exposure_sources *src, struct err *err)
{
	const struct directory_view view = {src->store, g->arena, src->now_ms};

	if (!directory_each_org(&view, take_org, g, err))
		return false;
	if (g->orgs.n)
		qsort(g->orgs.v, g->orgs.n, sizeof(*g->orgs.v), name_cmp);
	return true;
}

static bool gather_one(const struct exposure_sources *src, struct gathering *g, struct err *err)
{
	const struct directory_view view = {src->store, g->arena, src->now_ms};
	const struct segment *s;
	struct org org;

	if (!directory_org_get(&view, src->only_org, &org, err))
		return false;
	if (!take_org(g, &org, err) || !estate_segment_open(src->estate, org.code, &s, err))
		return false;
	gathering_keep(g, s);
	if (s->ndevices == 0)
		return err_set(err, ERR_NOT_FOUND, "no inventory of %.*s was imported yet",
			       STR_FMT(org.code));
	return true;
}

static bool gather(const struct exposure_sources *src, struct gathering *g, struct err *err)
{
	if (src->only_org.n)
		return gather_one(src, g, err);
	return gathering_names(g, src, err) &&
	       estate_each_segment(src->estate, take_segment, g, err);
}

/* ---- what it stands on ------------------------------------------------------------ */

/* The caller's image, or one that the world owns; names as the map has them now. */
static bool grounds_open(const struct exposure_sources *src, struct grounds **ret, struct err *err)
{
	struct grounds *g = mem_zero(1, sizeof(*g));
	bool ok = true;

	g->refs = 1;
	g->image = src->image;
	if (!g->image) {
		ok = intel_image_load(src->store, NULL, 0, &g->own_image, err);
		g->image = g->own_image;
		g->dictionary = ok ? intel_dictionary_of(g->image) : NULL;
	}
	ok = ok &&
	     estate_resolver_open(src->estate, g->dictionary ? g->dictionary : src->dictionary,
				  &g->resolver, err);
	if (!ok) {
		grounds_unref(g);
		return false;
	}
	g->catalogue = catalogue_open(g->image);
	*ret = g;
	return true;
}

struct part *gathering_part(struct gathering *g, struct grounds *grounds, struct part *like,
			    int64_t now_ms)
{
	struct exposure_parts parts = {.image = grounds->image,
				       .segments = g->segments,
				       .nsegments = g->nsegments,
				       .resolver = resolver_of(grounds),
				       .now_ms = now_ms};
	struct part *part = part_of(&parts, grounds, like);

	part->held = g->segments;
	part->nheld = g->nsegments;
	g->segments = NULL;
	g->nsegments = g->segments_cap = 0;
	return part;
}

static bool open_whole(const struct exposure_sources *src, struct gathering *g,
		       struct exposure_world **ret, struct err *err)
{
	AUTO(journal_mark_closep) struct journal_mark *mark = journal_mark_open();
	struct grounds *grounds = NULL;
	struct part *part;

	/* What comes in while the rest is read is news. */
	if (src->journal && !journal_news(src->journal, mark, NULL, NULL, err))
		return false;
	if (!gather(src, g, err) || !grounds_open(src, &grounds, err))
		return false;
	part = gathering_part(g, grounds, NULL, src->now_ms);
	*ret = world_of(&part, 1, roll_of(&part, 1, g->orgs.v, g->orgs.n));
	(*ret)->mark = mark, mark = NULL;
	grounds_unref(grounds);
	return true;
}

bool exposure_world_open(const struct exposure_sources *sources, struct exposure_world **ret,
			 struct err *err)
{
	AUTO(gathering_release) struct gathering g = {.arena = arena_open()};

	return open_whole(sources, &g, ret, err);
}
