#include "estate/import.h"

#include "base/parallel.h"

/* Segments from what was just read, so that it is not fetched from the store and read again. */

/* Older snapshots that count still are fetched where an organisation has few and those of all that
 * are read together are not large; else the segment is made when it is asked for. */
enum { OLDER_MOST = 4, OLDER_BYTES = 64 << 20 };

struct ready {
	const struct estate *e;
	struct need need;
	struct spent spent;
	struct build_source *sources; /* rows NULL: of one that is fetched */
	uint32_t *place;	      /* in need, by source */
	size_t n, nolder;
	struct opened *opened; /* nolder of them */
	unsigned width;	       /* threads that it may use */
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

/* Of each snapshot that is read the rows at hand; returns how many bytes are in the store alone. */
static uint64_t sources_find(struct ready *ready, const struct readings *of, struct arena *arena)
{
	const struct need *need = &ready->need;
	uint64_t bytes = 0;

	ready->n = ready->nolder = 0;
	ready->sources = ARENA_ARRAY(arena, struct build_source, need->n + 1);
	ready->place = ARENA_ARRAY(arena, uint32_t, need->n + 1);
	for (size_t i = 0; i < need->n; i++) {
		const struct rows *rows;

		if (!need_reads(need, &ready->spent, i))
			continue;
		rows = rows_of(of, &need->v[i], &need->more[i]);
		if (!rows) {
			ready->nolder++;
			bytes += need->v[i].bytes;
		}
		ready->place[ready->n] = (uint32_t)i;
		ready->sources[ready->n++] = source_of(&need->v[i], rows);
	}
	return bytes;
}

static void hear(struct ready *ready)
{
	for (size_t i = 0; i < ready->n; i++)
		if (ready->sources[i].rows && !ready->spent.said[ready->place[i]].rows)
			spent_hear(&ready->spent, ready->place[i], &ready->sources[i]);
}

/* What came in, and what was kept of those before it, may tell that some need not be fetched. */
static uint64_t sources_needed(struct ready *ready, const struct readings *of, struct arena *arena)
{
	uint64_t bytes = sources_find(ready, of, arena);

	if (!ready->nolder)
		return bytes;
	hear(ready);
	spent_find(&ready->need, &ready->spent);
	return sources_find(ready, of, arena);
}

static bool older_fetch(struct estate *e, struct ready *ready)
{
	struct err ignored;
	size_t at = 0;
	bool ok = true;

	if (!ready->nolder)
		return true;
	ready->opened = mem_zero(ready->nolder, sizeof(*ready->opened));
	for (size_t i = 0; ok && i < ready->n; i++)
		if (!ready->sources[i].rows)
			ok = opened_fetch_packed(e, &ready->need, ready->place[i],
						 &ready->opened[at++], &ignored);
	if (!ok)
		opened_release(ready->opened, ready->nolder);
	return ok;
}

static bool older_parse(const struct ready *ready)
{
	struct err ignored;
	size_t at = 0;
	bool ok = true;

	for (size_t i = 0; ok && i < ready->n; i++) {
		struct opened *o = &ready->opened[at];

		if (ready->sources[i].rows)
			continue;
		ok = opened_parse_packed(&ready->need, ready->place[i], ready->width, o, &ignored);
		ready->sources[i].rows = &o->rows;
		at++;
	}
	return ok;
}

static void build_one(void *ctx, size_t item)
{
	struct ready *r = (struct ready *)ctx + item;
	AUTO(text_freep) struct text out = {0};
	const struct build_in in = {.org = r->need.org,
				    .inputs = r->need.inputs,
				    .v = r->sources,
				    .n = r->n,
				    .width = r->width};
	struct err ignored;

	/* A cache: what can't be made or kept now is made when it is asked for, and that says why.
	 */
	if (!older_parse(r) || !segment_build(&in, &out, &ignored))
		return;
	hear(r);
	spent_find(&r->need, &r->spent);
	spent_keep(r->e, &r->need, &r->spent);
	(void)segment_keep_file(r->e, &r->need, text_str(&out));
}

void segments_release(struct segments *s)
{
	for (size_t i = 0; i < s->n; i++) {
		opened_release(s->v[i].opened, s->v[i].nolder);
		spent_release(&s->v[i].spent);
	}
	if (s->arena)
		arena_close(s->arena);
	*s = (struct segments){0};
}

bool segments_plan(struct estate *e, const struct readings *of, struct segments *ret,
		   struct err *err)
{
	const struct estate_file_in *in = of->in;
	struct arena *arena = arena_open();
	uint64_t older = 0;

	ret->arena = arena;
	ret->v = ARENA_ARRAY(arena, struct ready, of->n + 1);
	for (size_t from = 0, to; from < of->n; from = to) {
		struct ready *ready = &ret->v[ret->n];
		struct needs needs = {0};
		uint64_t bytes;

		for (to = from; to < of->n && str_eq(in[to].org, in[from].org); to++)
			;
		if (!needs_of(e, in[from].org, arena, &needs, err))
			return false;
		if (needs.n != 1)
			continue;
		*ready = (struct ready){.e = e, .need = needs.v[0]};
		spent_open(e, &ready->need, &ready->spent);
		bytes = sources_needed(
			ready, &(struct readings){in + from, of->v + from, to - from}, arena);
		if (ready->nolder > OLDER_MOST || older + bytes > OLDER_BYTES ||
		    !older_fetch(e, ready)) {
			spent_release(&ready->spent);
			continue;
		}
		older += bytes;
		ret->nolder += ready->nolder;
		ret->n++;
	}
	return true;
}

void segments_tasks(const struct segments *s, struct tasks *to)
{
	for (size_t i = 0; i < s->n; i++)
		s->v[i].width = s->n == 1 ? parallel_width() : 1;
	for (size_t i = 0; i < s->n; i++)
		VEC_PUSH(&to->v, (struct task){build_one, s->v, i});
}
