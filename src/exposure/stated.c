#include "exposure/inner.h"

/* Names as stated, and nothing else. */

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
