#include "exposure/windows.h"

const char *exposure_state_name(enum exposure_state state)
{
	static const char *const names[] = {"not_affected", "fixed", "unknown", "exposed"};

	assert(state < EXPOSURE_STATES);
	return names[state];
}

void exposure_world_close(struct exposure_world *w)
{
	for (size_t i = 0; i < w->norgs; i++)
		arena_close(w->orgs[i].arena);
	for (size_t i = 0; i < w->nheld; i++)
		segment_unref(w->held[i]);
	if (w->owned_resolver)
		estate_resolver_close(w->owned_resolver);
	windows_free(w->windows);
	intern_close(w->group_keys);
	intern_close(w->tokens);
	intern_close(w->raw_keys);
	intern_close(w->os_keys);
	intern_close(w->leaf_keys);
	free(w->leaves);
	free(w->block_leaves);
	free(w->code);
	free(w->programs);
	free(w->classes);
	free(w->orgs);
	free(w->held);
	for (unsigned i = 0; i < w->nkept; i++)
		arena_close(w->kept[i]);
	free(w->kept);
	arena_close(w->arena);
	free(w);
}

static struct exposure_world *world_new(void)
{
	struct exposure_world *w = mem_zero(1, sizeof(*w));

	w->arena = arena_open();
	w->group_keys = intern_open();
	w->tokens = intern_open();
	w->raw_keys = intern_open();
	w->os_keys = intern_open();
	w->leaf_keys = intern_open();
	return w;
}

static struct exposure_org_name name_of(const struct exposure_parts *p, struct str code)
{
	size_t lo = 0, hi = p->norgs;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (str_cmp(p->orgs[mid].code, code) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < p->norgs && str_eq(p->orgs[lo].code, code))
		return p->orgs[lo];
	return (struct exposure_org_name){.code = code, .name = code, .expected = -1};
}

static int org_cmp(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	return str_cmp(x->segment->org, y->segment->org);
}

static void unit_read(struct exposure_world *w, const struct exposure_parts *p, struct unit *o)
{
	struct exposure_org_name n = name_of(p, o->segment->org);

	o->now_ms = p->own_time ? o->segment->as_of_ms : p->now_ms;
	o->ndevices = o->segment->ndevices;
	o->nwords = (uint32_t)bits_words(o->ndevices);
	o->name = (struct exposure_org_name){.code = arena_str(w->arena, n.code),
					     .name = arena_str(w->arena, n.name),
					     .region = arena_str(w->arena, n.region),
					     .expected = n.expected};
	o->state_no = ARENA_ARRAY(o->arena, uint32_t, o->ndevices + 1);
}

static void orgs_read(struct exposure_world *w, const struct exposure_parts *p)
{
	w->orgs = mem_zero(p->nsegments + 1, sizeof(*w->orgs));
	w->norgs = p->nsegments;
	for (size_t i = 0; i < p->nsegments; i++)
		unit_begin(&w->orgs[i], p->segments[i]);
	if (p->nsegments)
		qsort(w->orgs, w->norgs, sizeof(*w->orgs), org_cmp);
	for (size_t i = 0; i < w->norgs; i++)
		unit_read(w, p, &w->orgs[i]);
}

static void world_build(struct exposure_world *w, const struct exposure_parts *p)
{
	w->image = p->image;
	w->now_ms = p->now_ms;
	w->resolver = p->resolver;
	orgs_read(w, p);
	components_build(w);
	windows_build(w);
	states_build(w);
	criteria_build(w);
	classes_build(w);
	blocks_build(w);
	sweep_plain(w);
	orgs_build(w);
}

struct exposure_world *exposure_world_of(const struct exposure_parts *parts)
{
	struct exposure_world *w = world_new();

	world_build(w, parts);
	return w;
}

/* ---- names as stated ------------------------------------------------------------ */

static void take_cpe(struct str stated, struct arena *arena, struct estate_resolved *ret)
{
	struct cpe *c = ARENA_NEW(arena, struct cpe);
	struct err err;

	*ret = (struct estate_resolved){.state = RESOLUTION_UNRESOLVED};
	if (stated.n && cpe_parse(arena, stated, c, &err))
		*ret = (struct estate_resolved){.state = RESOLUTION_GIVEN, .cpes = c, .n = 1};
}

static void stated_raw(const void *ctx, const struct segment *s, const struct estate_raw *raw,
		       struct arena *arena, struct estate_resolved *ret)
{
	(void)ctx;
	take_cpe(seg_str(s, raw->cpe), arena, ret);
}

static void stated_os(const void *ctx, const struct segment *s, uint32_t device,
		      struct arena *arena, struct estate_resolved *ret)
{
	const struct estate_device *d = &s->devices[device];
	const struct windows_line *line = segment_line(s, device);
	struct cpe *names;
	struct str build = {0};

	(void)ctx;
	if (!line) {
		take_cpe(seg_str(s, d->os_cpe), arena, ret);
		return;
	}
	if (d->os_revision)
		build = arena_fmt(arena, "%u.%u.%u.%u", d->os_major, d->os_minor, d->os_build,
				  d->os_revision);
	else if (d->os_build)
		build = arena_fmt(arena, "%u.%u.%u", d->os_major, d->os_minor, d->os_build);
	names = ARENA_ARRAY(arena, struct cpe, WINDOWS_MAX_CPES);
	*ret = (struct estate_resolved){.state = RESOLUTION_GIVEN, .cpes = names};
	ret->n = windows_line_cpes(arena, line, (enum windows_arch)d->os_arch, build, names);
}

struct exposure_resolver exposure_resolver_stated(void)
{
	return (struct exposure_resolver){.raw = stated_raw, .os = stated_os};
}

struct exposure_world_size exposure_world_size(const struct exposure_world *w)
{
	struct exposure_world_size r = {.orgs = w->norgs,
					.components = w->ncomponents,
					.groups = w->ngroups,
					.unresolved = w->nnames,
					.patch_states = w->nstates,
					.vulns = w->image->nvulns,
					.classes = w->nclasses};

	r.bytes = arena_bytes(w->arena) + intern_bytes(w->leaf_keys) + intern_bytes(w->raw_keys);
	for (unsigned i = 0; i < w->nkept; i++)
		r.bytes += arena_bytes(w->kept[i]);
	for (size_t i = 0; i < w->norgs; i++) {
		r.devices += w->orgs[i].ndevices;
		r.bytes += arena_bytes(w->orgs[i].arena);
	}
	return r;
}
