#include "estate/import.h"

/* Segments from what was just read, so that it is not fetched from the store and read again. */

struct ready {
	const struct estate *e;
	struct need need;
	struct build_source *sources;
	size_t n;
};

static bool by_same_map(const struct estate_file_in *in, const struct snapshot_more *more)
{
	struct hash map = hash_of(in->stated.map);

	return in->stated.map.n ? more->mapped && hash_eq(&map, &more->map) : !more->mapped;
}

/* The file that the snapshot is of: rows follow from bytes, name, format, device and mapping. */
static const struct rows *rows_of(const struct readings *of, const struct estate_snapshot *s,
				  const struct snapshot_more *more)
{
	for (size_t i = 0; i < of->n; i++) {
		const struct estate_reading *r = &of->v[i];

		if (hash_eq(&r->pack.digest, &s->digest) && str_eq(of->in[i].name, s->name) &&
		    of->in[i].stated.format == more->forced && str_eq(r->read->device, s->device) &&
		    str_eq(of->in[i].org, s->org) && by_same_map(&of->in[i], more))
			return &r->read->rows;
	}
	return NULL;
}

/* False when an older snapshot counts still, whose bytes are in the store alone. */
static bool sources_find(struct ready *ready, const struct readings *of, struct arena *arena)
{
	const struct need *need = &ready->need;

	ready->sources = ARENA_ARRAY(arena, struct build_source, need->n + 1);
	for (size_t i = 0; i < need->n; i++) {
		const struct rows *rows;

		if (!need->v[i].current)
			continue;
		rows = rows_of(of, &need->v[i], &need->more[i]);
		if (!rows)
			return false;
		ready->sources[ready->n++] = source_of(&need->v[i], rows);
	}
	return true;
}

static void build_one(void *ctx, size_t item)
{
	const struct ready *r = (const struct ready *)ctx + item;
	AUTO(text_freep) struct text out = {0};
	const struct build_in in = {
		.org = r->need.org, .inputs = r->need.inputs, .v = r->sources, .n = r->n};
	struct err ignored;

	/* A cache: what can't be made or kept now is made when it is asked for, and that says why.
	 */
	if (segment_build(&in, &out, &ignored))
		(void)segment_keep_file(r->e, &r->need, text_str(&out));
}

void segments_release(struct segments *s)
{
	if (s->arena)
		arena_close(s->arena);
	*s = (struct segments){0};
}

bool segments_plan(struct estate *e, const struct readings *of, struct segments *ret,
		   struct err *err)
{
	const struct estate_file_in *in = of->in;
	struct arena *arena = arena_open();

	ret->arena = arena;
	ret->v = ARENA_ARRAY(arena, struct ready, of->n + 1);
	for (size_t from = 0, to; from < of->n; from = to) {
		struct ready *ready = &ret->v[ret->n];
		struct needs needs = {0};

		for (to = from; to < of->n && str_eq(in[to].org, in[from].org); to++)
			;
		if (!needs_of(e, in[from].org, arena, &needs, err))
			return false;
		if (needs.n != 1)
			continue;
		*ready = (struct ready){.e = e, .need = needs.v[0]};
		ret->n += sources_find(
			ready, &(struct readings){in + from, of->v + from, to - from}, arena);
	}
	return true;
}

void segments_tasks(const struct segments *s, struct tasks *to)
{
	for (size_t i = 0; i < s->n; i++)
		VEC_PUSH(&to->v, (struct task){build_one, s->v, i});
}
