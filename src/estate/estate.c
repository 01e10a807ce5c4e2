#include "base/file.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "base/table.h"
#include "estate/search.h"

/* ---- one estate ------------------------------------------------------------------- */

void estate_close(struct estate *e)
{
	for (size_t i = 0; i < e->nheld; i++)
		segment_unref(e->held[i].segment);
	free(e->held);
	nation_close(e->nation);
	intern_close(e->codes);
	text_free(&e->folder);
	free(e);
}

bool estate_open(const struct journal *journal, struct estate **ret, struct err *err)
{
	AUTO(estate_closep) struct estate *e = mem_zero(1, sizeof(*e));
	struct text parent = {0};
	struct err ignored;

	(void)err;
	e->journal = journal;
	e->codes = intern_open();
	e->store = journal_store(journal);
	text_addf(&parent, "%s.d", store_place(e->store));
	text_addf(&e->folder, "%s/segments", text_c(&parent));
	/* A cache: where it can't be kept, segments live in memory. */
	if (!file_make_folder(text_c(&parent), 0700, &ignored) ||
	    !file_make_folder(text_c(&e->folder), 0700, &ignored))
		text_clear(&e->folder);
	text_free(&parent);
	*ret = e;
	e = NULL;
	return true;
}

/* ---- giving out ----------------------------------------------------------------------- */

static struct held_segment *held_of(struct estate *e, struct str org)
{
	uint32_t at = intern_find(e->codes, org);

	return at == UINT32_MAX ? NULL : &e->held[at];
}

/* A new one for the organisation: what was there goes when the last reader has done with it. */
static void hold(struct estate *e, struct str org, const struct segment *s)
{
	struct held_segment *h = held_of(e, org);

	if (h) {
		segment_unref(h->segment);
		h->segment = s;
		return;
	}
	(void)intern_put(e->codes, org);
	e->held = mem_grow(e->held, e->nheld, &e->cap, sizeof(*e->held));
	e->held[e->nheld++] = (struct held_segment){s};
}

static bool build_segment(struct estate *e, const struct need *need, const struct segment **ret,
			  struct err *err)
{
	AUTO(building_release) struct building b = {0};

	building_open(e, need, &b);
	b.width = b.n == 1 ? parallel_width() : 1;
	building_run(&b, 0, 0);
	return building_keep(e, &b, ret, err);
}

/* The segment in hand, NULL when there is none or it is of other inputs. */
static const struct segment *held_as_needed(struct estate *e, const struct need *need)
{
	struct held_segment *h = held_of(e, need->org);

	return h && hash_eq(&h->segment->inputs, &need->inputs) ? h->segment : NULL;
}

bool segment_get(struct estate *e, const struct need *need, const struct segment **ret,
		 struct err *err)
{
	const struct segment *s = held_as_needed(e, need);

	if (s) {
		*ret = segment_ref(s);
		return true;
	}
	if (!building_map(e, need, &s) && !build_segment(e, need, &s, err))
		return false;
	hold(e, need->org, s);
	*ret = segment_ref(s);
	return true;
}

/* Build what is in b, several at once, and hold it.  n is small: their bytes are all in memory. */
static bool build_batch(struct estate *e, struct building *b, size_t n, struct err *err)
{
	bool ok = true;

	parallel_each(n, building_run, b);
	for (size_t i = 0; i < n; i++) {
		const struct segment *s = NULL;

		ok = ok && building_keep(e, &b[i], &s, err);
		if (s)
			hold(e, b[i].need->org, s);
		building_release(&b[i]);
	}
	return ok;
}

/* What is not in hand, from files: many at once. */
struct mapping {
	const struct estate *e;
	const struct need *const *needs;
	const struct segment **ret; /* NULL: there is none, or it is not whole */
};

static void map_one(void *ctx, size_t item, unsigned worker)
{
	struct mapping *m = ctx;

	(void)worker;
	if (!building_map(m->e, m->needs[item], &m->ret[item]))
		m->ret[item] = NULL;
}

static size_t map_all(struct estate *e, const struct need **missing, size_t n)
{
	AUTO(freep) const struct segment **got = mem_zero(n + 1, sizeof(*got));
	struct mapping m = {e, missing, got};
	size_t still = 0;

	parallel_each(n, map_one, &m);
	for (size_t i = 0; i < n; i++)
		if (got[i])
			hold(e, missing[i]->org, got[i]);
		else
			missing[still++] = missing[i];
	return still;
}

enum { BATCH_BYTES = 64 << 20, BATCH_MOST = 256 };

bool segments_prepare(struct estate *e, const struct needs *needs, struct err *err)
{
	AUTO(freep) struct building *b = mem_zero(BATCH_MOST, sizeof(*b));
	AUTO(freep) const struct need **missing = mem_zero(needs->n + 1, sizeof(*missing));
	size_t n = 0, bytes = 0, nmissing = 0;

	for (size_t i = 0; i < needs->n; i++)
		if (!held_as_needed(e, &needs->v[i]))
			missing[nmissing++] = &needs->v[i];
	nmissing = map_all(e, missing, nmissing);
	for (size_t i = 0; i < nmissing; i++) {
		building_open(e, missing[i], &b[n]);
		bytes += b[n].bytes;
		if (++n < BATCH_MOST && bytes < BATCH_BYTES)
			continue;
		if (!build_batch(e, b, n, err))
			return false;
		n = bytes = 0;
	}
	return build_batch(e, b, n, err);
}

bool estate_segment_open(struct estate *e, struct str org, const struct segment **ret,
			 struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct needs needs = {0};
	struct need none = {.org = org};

	if (!org.n)
		return err_set(err, ERR_USAGE, "no organisation named");
	if (!needs_of(e, org, arena, &needs, err))
		return false;
	if (needs.n)
		return segment_get(e, &needs.v[0], ret, err);
	need_hash(&none);
	return segment_get(e, &none, ret, err);
}

bool estate_each_segment(struct estate *e, estate_segment_fn *fn, void *ctx, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct needs needs = {0};

	if (!needs_of(e, (struct str){0}, arena, &needs, err) || !segments_prepare(e, &needs, err))
		return false;
	for (size_t i = 0; i < needs.n; i++) {
		const struct segment *s = NULL;
		bool ok;

		if (!segment_get(e, &needs.v[i], &s, err))
			return false;
		ok = fn(ctx, s, err);
		segment_unref(s);
		if (!ok)
			return false;
	}
	return true;
}

bool estate_orgs(struct estate *e, struct arena *arena, struct estate_org **ret, size_t *ret_n,
		 struct err *err)
{
	struct needs needs = {0};

	if (!needs_of(e, (struct str){0}, arena, &needs, err))
		return false;
	*ret = arena_zero(arena, needs.n + 1, sizeof(**ret));
	for (size_t i = 0; i < needs.n; i++)
		(*ret)[i] = (struct estate_org){needs.v[i].org, needs.v[i].inputs,
						needs.v[i].as_of_ms, needs.v[i].n};
	*ret_n = needs.n;
	return true;
}

bool estate_snapshots(struct estate *e, struct str org, struct arena *arena,
		      struct estate_snapshot_list *ret, struct err *err)
{
	struct snapshot_list all = {0};

	if (!snapshots_of(e->store, org, arena, &all, err))
		return false;
	*ret = (struct estate_snapshot_list){all.v, all.n};
	return true;
}

bool segment_from_csv(struct str org, struct str csv, const struct segment **ret, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text out = {0};
	AUTO(read_file_releasep)
	struct read_file file = {
		.arena = arena, .name = STR("csv"), .bytes = csv, .format = ESTATE_CSV};
	AUTO(rows_releasep) struct rows rows;
	struct build_source source = {.rows = &rows, .source = STR("csv"), .sees = 7};
	struct build_in in = {.org = org, .v = &source, .n = 1};
	struct segment view;

	rows_init(&rows, arena, false);
	if (!read_open(&file, err))
		return false;
	file.members[0].width = parallel_width();
	if (!read_rows(&file, &rows, err))
		return false;
	source.taken_ms = rows.taken_ms ? rows.taken_ms : 1;
	source.whole = rows.whole > 0;
	if (rows.kind.n && !row_kind_parse(rows.kind, &source.kind))
		return err_set(err, ERR_INVALID, "kind \"%.*s\"", STR_FMT(rows.kind));
	if (!segment_build(&in, &out, err) || !segment_view(text_str(&out), &view, err))
		return false;
	*ret = segment_own(&view, text_str(&out), false);
	out = (struct text){0};
	return true;
}
