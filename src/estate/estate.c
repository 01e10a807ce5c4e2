#include <dirent.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "base/table.h"
#include "estate/build.h"
#include "estate/inner.h"
#include "estate/read.h"
#include "estate/snapshots.h"

/* ---- one estate ------------------------------------------------------------------- */

void estate_close(struct estate *e)
{
	for (size_t i = 0; i < e->nheld; i++)
		segment_unref(e->held[i].segment);
	free(e->held);
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
	text_addf(&parent, "%s.d", store_path(e->store));
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

/* ---- what a segment is made of ------------------------------------------------------ */

static void hash_number(struct hasher *h, int64_t n)
{
	hasher_add(h, str_from((const char *)&n, sizeof(n)));
}

static void hash_text(struct hasher *h, struct str s)
{
	hash_number(h, (int64_t)s.n);
	hasher_add(h, s);
}

struct need {
	struct str org;
	const struct estate_snapshot *v; /* all of the organisation's, oldest first */
	const struct snapshot_more *more;
	size_t n;
	struct hash inputs;
	int64_t as_of_ms;
};

static void hash_inputs(struct need *need)
{
	struct hasher h;

	hasher_init(&h);
	hash_number(&h, SEGMENT_VERSION);
	hash_text(&h, need->org);
	for (size_t i = 0; i < need->n; i++) {
		const struct estate_snapshot *s = &need->v[i];

		if (s->taken_ms > need->as_of_ms)
			need->as_of_ms = s->taken_ms;
		if (!s->current)
			continue;
		hash_text(&h, s->site);
		hash_number(&h, (int64_t)s->record);
		hash_number(&h, s->taken_ms);
		hash_number(&h, (int64_t)s->kind);
		hash_number(&h, s->whole);
		hash_number(&h, s->sees);
		hash_text(&h, s->source);
		hash_text(&h, s->device);
		hash_text(&h, s->name);
		hash_number(&h, (int64_t)need->more[i].forced);
		hasher_add(&h, hash_str(&s->digest));
	}
	need->inputs = hasher_end(&h);
}

struct needs {
	struct need *v; /* by organisation */
	size_t n;
};

static bool needs_of(struct estate *e, struct str org, struct arena *arena, struct needs *ret,
		     struct err *err)
{
	struct snapshot_list all = {0};

	if (!snapshots_of(e->store, org, arena, &all, err))
		return false;
	ret->v = arena_zero(arena, all.n + 1, sizeof(*ret->v));
	for (size_t from = 0, to; from < all.n; from = to) {
		struct need *need = &ret->v[ret->n++];

		for (to = from; to < all.n && str_eq(all.v[to].org, all.v[from].org); to++)
			;
		*need = (struct need){.org = all.v[from].org,
				      .v = all.v + from,
				      .more = all.more + from,
				      .n = to - from};
		hash_inputs(need);
	}
	return true;
}

/* ---- building ----------------------------------------------------------------------- */

struct opened {
	struct arena *arena;
	struct text bytes;
	struct read_file file;
	struct rows rows;
};

static void opened_release(struct opened *o, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		rows_release(&o[i].rows);
		read_file_release(&o[i].file);
		text_free(&o[i].bytes);
		if (o[i].arena)
			arena_close(o[i].arena);
	}
	free(o);
}

/* Bytes come from the store, which one thread asks; rows can be made by several. */
static bool fetch(struct estate *e, const struct estate_snapshot *s, struct opened *o,
		  struct err *err)
{
	o->arena = arena_open();
	rows_init(&o->rows, o->arena, false);
	return journal_get_bulk(e->journal, &s->digest, s->bytes, &o->bytes, err) ||
	       err_wrap(err, "inventory %.*s of %.*s", STR_FMT(s->name), STR_FMT(s->org));
}

static bool parse(const struct estate_snapshot *s, const struct snapshot_more *more, unsigned width,
		  struct opened *o, struct err *err)
{
	bool ok;

	o->file = (struct read_file){.arena = o->arena,
				     .name = s->name,
				     .bytes = text_str(&o->bytes),
				     .format = more->forced};
	ok = read_open(&o->file, err);
	if (ok && s->device.n)
		read_state_device(&o->file, s->device);
	for (size_t i = 0; ok && i < o->file.n; i++)
		o->file.members[i].width = width;
	return (ok && read_rows(&o->file, &o->rows, err)) ||
	       err_wrap(err, "inventory %.*s of %.*s", STR_FMT(s->name), STR_FMT(s->org));
}

struct building {
	const struct need *need;
	struct opened *opened; /* of each current snapshot */
	size_t n;
	unsigned width; /* threads that one file may use */
	struct text out;
	bool ok;
	struct err err;
};

static bool building_open(struct estate *e, const struct need *need, struct building *b)
{
	*b = (struct building){.need = need, .width = 1, .ok = true};
	b->opened = mem_zero(need->n + 1, sizeof(*b->opened));
	for (size_t i = 0; b->ok && i < need->n; i++)
		if (need->v[i].current)
			b->ok = fetch(e, &need->v[i], &b->opened[b->n++], &b->err);
	return b->ok;
}

static void building_release(struct building *b)
{
	opened_release(b->opened, b->n);
	text_free(&b->out);
	*b = (struct building){0};
}

static bool make_bytes(struct building *b, struct err *err)
{
	AUTO(freep) struct build_source *sources = mem_zero(b->n + 1, sizeof(*sources));
	const struct need *need = b->need;
	size_t at = 0;

	for (size_t i = 0; i < need->n; i++) {
		const struct estate_snapshot *s = &need->v[i];

		if (!s->current)
			continue;
		if (!parse(s, &need->more[i], b->width, &b->opened[at], err))
			return false;
		sources[at] = (struct build_source){.rows = &b->opened[at].rows,
						    .source = s->source,
						    .kind = s->kind,
						    .taken_ms = s->taken_ms,
						    .whole = s->whole,
						    .sees = s->sees};
		at++;
	}
	return segment_build(
		&(struct build_in){.org = need->org, .inputs = need->inputs, .v = sources, .n = at},
		&b->out, err);
}

/* Touches nothing but its own: several may run at once. */
static void build_one(void *ctx, size_t item, unsigned worker)
{
	struct building *b = (struct building *)ctx + item;

	(void)worker;
	b->ok = b->ok && make_bytes(b, &b->err);
}

/* "R1H-": what the names of an organisation's files begin with. */
static void file_prefix(struct str org, struct text *out)
{
	for (size_t i = 0; i < org.n && i < 64; i++)
		text_add_char(out,
			      char_is_alpha(org.p[i]) || char_is_digit(org.p[i]) ? org.p[i] : '_');
	text_add_char(out, '-');
}

static bool segment_path(const struct estate *e, const struct need *need, struct text *path)
{
	char hex[HASH_HEX_BYTES];

	if (!e->folder.n)
		return false;
	text_addf(path, "%s/", text_c(&e->folder));
	file_prefix(need->org, path);
	text_addf(path, "%.32s.seg", hash_hex(&need->inputs, hex).p);
	return true;
}

/* Files of the organisation's earlier segments; who has one mapped keeps it. */
static void drop_older(const struct estate *e, const struct need *need, struct str path)
{
	AUTO(text_freep) struct text prefix = {0};
	DIR *d = opendir(text_c(&e->folder));

	file_prefix(need->org, &prefix);
	if (!d)
		return;
	for (struct dirent *f; (f = readdir(d));)
		if (str_starts(str_of(f->d_name), text_str(&prefix)) &&
		    !str_ends(path, str_of(f->d_name)))
			(void)unlinkat(dirfd(d), f->d_name, 0);
	closedir(d);
}

/* The file, when it is there and whole: anything else is built anew. */
static bool map_segment(const struct estate *e, const struct need *need, const struct segment **ret)
{
	AUTO(text_freep) struct text path = {0};
	struct segment view = {0};
	struct str bytes = {0};
	struct err ignored;

	if (!segment_path(e, need, &path) || !file_map(text_c(&path), &bytes, &ignored))
		return false;
	if (!segment_view(bytes, &view, &ignored) || !hash_eq(&view.inputs, &need->inputs) ||
	    !str_eq(view.org, need->org)) {
		file_unmap(bytes);
		return false;
	}
	*ret = segment_own(&view, bytes, true);
	return true;
}

/* What was built, kept as a file where that can be. */
static bool keep_segment(struct estate *e, struct building *b, const struct segment **ret,
			 struct err *err)
{
	AUTO(text_freep) struct text path = {0};
	struct segment view = {0};
	struct err ignored;

	if (!b->ok) {
		*err = b->err;
		return false;
	}
	if (!segment_view(text_str(&b->out), &view, err))
		return false;
	if (segment_path(e, b->need, &path) &&
	    file_replace(text_c(&path), text_str(&b->out), 0600, &ignored)) {
		drop_older(e, b->need, text_str(&path));
		if (map_segment(e, b->need, ret))
			return true;
	}
	*ret = segment_own(&view, text_str(&b->out), false);
	b->out = (struct text){0};
	return true;
}

static bool build_segment(struct estate *e, const struct need *need, const struct segment **ret,
			  struct err *err)
{
	AUTO(building_release) struct building b = {0};

	(void)building_open(e, need, &b);
	b.width = b.n == 1 ? parallel_width() : 1;
	build_one(&b, 0, 0);
	return keep_segment(e, &b, ret, err);
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

static bool is_held(struct estate *e, const struct need *need)
{
	struct held_segment *h = held_of(e, need->org);

	return h && hash_eq(&h->segment->inputs, &need->inputs);
}

static bool get_segment(struct estate *e, const struct need *need, const struct segment **ret,
			struct err *err)
{
	const struct segment *s = NULL;

	if (is_held(e, need)) {
		*ret = segment_ref(held_of(e, need->org)->segment);
		return true;
	}
	if (!map_segment(e, need, &s) && !build_segment(e, need, &s, err))
		return false;
	hold(e, need->org, s);
	*ret = segment_ref(s);
	return true;
}

/* Build what is in b, several at once, and hold it.  n is small: their bytes are all in memory. */
static bool build_batch(struct estate *e, struct building *b, size_t n, struct err *err)
{
	bool ok = true;

	parallel_each(n, build_one, b);
	for (size_t i = 0; i < n; i++) {
		const struct segment *s = NULL;

		ok = ok && keep_segment(e, &b[i], &s, err);
		if (s)
			hold(e, b[i].need->org, s);
		building_release(&b[i]);
	}
	return ok;
}

enum { BATCH_BYTES = 64 << 20, BATCH_MOST = 256 };

/* See that every segment asked for is held. */
static bool prepare(struct estate *e, const struct needs *needs, struct err *err)
{
	AUTO(freep) struct building *b = mem_zero(BATCH_MOST, sizeof(*b));
	size_t n = 0, bytes = 0;

	for (size_t i = 0; i < needs->n; i++) {
		const struct need *need = &needs->v[i];
		const struct segment *s = NULL;

		if (is_held(e, need))
			continue;
		if (map_segment(e, need, &s)) {
			hold(e, need->org, s);
			continue;
		}
		(void)building_open(e, need, &b[n]);
		for (size_t k = 0; k < b[n].n; k++)
			bytes += b[n].opened[k].bytes.n;
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
		return get_segment(e, &needs.v[0], ret, err);
	hash_inputs(&none);
	return get_segment(e, &none, ret, err);
}

bool estate_each_segment(struct estate *e,
			 bool (*fn)(void *ctx, const struct segment *s, struct err *err), void *ctx,
			 struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct needs needs = {0};

	if (!needs_of(e, (struct str){0}, arena, &needs, err) || !prepare(e, &needs, err))
		return false;
	for (size_t i = 0; i < needs.n; i++) {
		const struct segment *s = NULL;
		bool ok;

		if (!get_segment(e, &needs.v[i], &s, err))
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
