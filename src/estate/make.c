#include "estate/make.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "estate/mapping.h"

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

void need_hash(struct need *need)
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
		if (need->more[i].mapped)
			hasher_add(&h, hash_str(&need->more[i].map));
		hasher_add(&h, hash_str(&s->digest));
	}
	need->inputs = hasher_end(&h);
}

bool needs_of(struct estate *e, struct str org, struct arena *arena, struct needs *ret,
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
		need_hash(need);
	}
	return true;
}

/* ---- building ----------------------------------------------------------------------- */

void opened_release(struct opened *o, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		rows_release(&o[i].rows);
		read_file_release(&o[i].file);
		text_free(&o[i].bytes);
		text_free(&o[i].map);
		journal_unpack_free(&o[i].packed);
		if (o[i].arena)
			arena_close(o[i].arena);
	}
	free(o);
}

bool opened_fetch(struct estate *e, const struct need *need, size_t i, struct opened *o,
		  struct err *err)
{
	const struct estate_snapshot *s = &need->v[i];
	const struct snapshot_more *more = &need->more[i];

	return (journal_get_bulk(e->journal, &s->digest, s->bytes, &o->bytes, err) &&
		(!more->mapped ||
		 journal_get_bulk(e->journal, &more->map, MAPPING_MAX_BYTES, &o->map, err))) ||
	       err_wrap(err, "inventory %.*s of %.*s", STR_FMT(s->name), STR_FMT(s->org));
}

bool opened_fetch_packed(struct estate *e, const struct need *need, size_t i, struct opened *o,
			 struct err *err)
{
	const struct estate_snapshot *s = &need->v[i];
	const struct snapshot_more *more = &need->more[i];

	return journal_unpack_begin(e->journal, &s->digest, s->bytes, &o->packed, err) &&
	       (!more->mapped ||
		journal_get_bulk(e->journal, &more->map, MAPPING_MAX_BYTES, &o->map, err));
}

bool opened_parse(const struct need *need, size_t i, unsigned width, struct opened *o,
		  struct err *err)
{
	const struct estate_snapshot *s = &need->v[i];
	const struct snapshot_more *more = &need->more[i];
	struct arena *arena = arena_open();
	bool ok;

	rows_init(&o->rows, arena, false);
	o->arena = arena;
	o->file = (struct read_file){.arena = arena,
				     .name = s->name,
				     .bytes = text_str(&o->bytes),
				     .format = more->forced,
				     .map = text_str(&o->map)};
	ok = read_open(&o->file, err);
	if (ok && s->device.n)
		read_state_device(&o->file, s->device);
	for (size_t k = 0; ok && k < o->file.n; k++)
		o->file.members[k].width = width;
	return (ok && read_rows(&o->file, &o->rows, err)) ||
	       err_wrap(err, "inventory %.*s of %.*s", STR_FMT(s->name), STR_FMT(s->org));
}

/* Parsed while the bytes are compared with their digest: it is looked at when both are done. */
struct unpacking {
	const struct need *need;
	size_t i;
	unsigned width;
	struct opened *opened;
	bool holds, parsed;
	struct err err;
};

static void run_unpack(void *ctx, size_t item, unsigned worker)
{
	(void)worker;
	journal_unpack_part(&((struct unpacking *)ctx)->opened->packed, item);
}

static void run_parse(void *ctx, size_t item, unsigned worker)
{
	struct unpacking *x = ctx;

	(void)worker;
	if (item)
		x->holds = journal_unpack_holds(&x->opened->packed);
	else
		x->parsed = opened_parse(x->need, x->i, x->width, x->opened, &x->err);
}

static void run_all(struct unpacking *x, size_t items,
		    void (*run)(void *ctx, size_t item, unsigned worker))
{
	if (x->width > 1)
		parallel_each(items, run, x);
	for (size_t i = 0; x->width <= 1 && i < items; i++)
		run(x, i, 0);
}

bool opened_parse_packed(const struct need *need, size_t i, unsigned width, struct opened *o,
			 struct err *err)
{
	struct unpacking x = {.need = need, .i = i, .width = width, .opened = o};

	run_all(&x, o->packed.parts, run_unpack);
	/* Held twice for as long, released once. */
	o->bytes = o->packed.out;
	run_all(&x, 2, run_parse);
	o->packed.out = (struct text){0};
	if (!x.parsed)
		*err = x.err;
	else if (!x.holds)
		err_set(err, ERR_CORRUPT, "the bytes are not those of the digest");
	return x.parsed && x.holds;
}

void building_open(struct estate *e, const struct need *need, struct building *b)
{
	*b = (struct building){.need = need, .width = 1, .ok = true};
	spent_open(e, need, &b->spent);
	b->opened = mem_zero(need->n + 1, sizeof(*b->opened));
	for (size_t i = 0; b->ok && i < need->n; i++) {
		if (!need_reads(need, &b->spent, i))
			continue;
		b->ok = opened_fetch(e, need, i, &b->opened[b->n], &b->err);
		b->bytes += b->opened[b->n++].bytes.n;
	}
}

void building_release(struct building *b)
{
	opened_release(b->opened, b->n);
	spent_release(&b->spent);
	text_free(&b->out);
	*b = (struct building){0};
}

struct build_source source_of(const struct estate_snapshot *s, const struct rows *rows)
{
	return (struct build_source){.rows = rows,
				     .source = s->source,
				     .kind = s->kind,
				     .taken_ms = s->taken_ms,
				     .whole = s->whole,
				     .sees = s->sees};
}

struct sources {
	struct build_source *v;
	uint32_t *place; /* in need, of each */
	size_t n;
};

static void sources_release(struct sources *s)
{
	free(s->v);
	free(s->place);
}

/* Read what was fetched; *ret borrows from b. */
static bool make_sources(struct building *b, struct sources *ret, struct err *err)
{
	const struct need *need = b->need;

	*ret = (struct sources){.v = mem_zero(b->n + 1, sizeof(*ret->v)),
				.place = mem_zero(b->n + 1, sizeof(*ret->place))};
	for (size_t i = 0; i < need->n; i++) {
		struct opened *o = &b->opened[ret->n];

		if (!need_reads(need, &b->spent, i))
			continue;
		if (!opened_parse(need, i, b->width, o, err))
			return false;
		ret->place[ret->n] = (uint32_t)i;
		ret->v[ret->n++] = source_of(&need->v[i], &o->rows);
	}
	return true;
}

static bool make_bytes(struct building *b, struct err *err)
{
	AUTO(sources_release) struct sources sources = {0};
	struct build_in in = {.org = b->need->org, .inputs = b->need->inputs};

	if (!make_sources(b, &sources, err))
		return false;
	in.v = sources.v;
	in.n = sources.n;
	if (!segment_build(&in, &b->out, err))
		return false;
	if (b->past)
		return true;
	for (uint32_t i = 0; i < in.n; i++)
		spent_hear(&b->spent, sources.place[i], &in.v[i]);
	spent_find(b->need, &b->spent);
	for (uint32_t i = 0; i < in.n; i++)
		b->spent.said[sources.place[i]].rows = NULL;
	return true;
}

void building_run(void *ctx, size_t item, unsigned worker)
{
	struct building *b = (struct building *)ctx + item;

	(void)worker;
	b->ok = b->ok && make_bytes(b, &b->err);
}

bool estate_conflicts(struct estate *e, struct str org, struct arena *arena,
		      struct estate_conflict_list *ret, struct err *err)
{
	AUTO(arena_closep) struct arena *scratch = arena_open();
	AUTO(building_release) struct building b = {0};
	AUTO(sources_release) struct sources sources = {0};
	struct needs needs = {0};

	if (!needs_of(e, org, scratch, &needs, err))
		return false;
	*ret = (struct estate_conflict_list){0};
	if (!needs.n || !org.n)
		return true;
	building_open(e, &needs.v[0], &b);
	if (!b.ok) {
		*err = b.err;
		return false;
	}
	if (!make_sources(&b, &sources, err))
		return false;
	segment_conflicts(&(struct build_in){.org = org, .v = sources.v, .n = sources.n}, arena,
			  ret);
	return true;
}

/* "R1H-": what the names of an organisation's files begin with. */
static void file_prefix(struct str org, struct text *out)
{
	for (size_t i = 0; i < org.n && i < 64; i++)
		text_add_char(out,
			      char_is_alpha(org.p[i]) || char_is_digit(org.p[i]) ? org.p[i] : '_');
	text_add_char(out, '-');
}

/* One file per organisation: what it holds is in its header, and who has an older one mapped keeps
 * it. */
bool need_path(const struct estate *e, const struct need *need, const char *ending,
	       struct text *path)
{
	struct hash org = hash_of(need->org);
	char hex[HASH_HEX_BYTES];

	if (!e->folder.n)
		return false;
	text_addf(path, "%s/", text_c(&e->folder));
	file_prefix(need->org, path);
	text_addf(path, "%.16s.%s", hash_hex(&org, hex).p, ending);
	return true;
}

bool segment_keep_file(const struct estate *e, const struct need *need, struct str bytes)
{
	AUTO(text_freep) struct text path = {0};
	struct err ignored;

	return need_path(e, need, "seg", &path) &&
	       file_replace_cache(text_c(&path), bytes, 0600, &ignored);
}

bool building_map(const struct estate *e, const struct need *need, const struct segment **ret)
{
	AUTO(text_freep) struct text path = {0};
	struct segment view = {0};
	struct str bytes = {0};
	struct err ignored;

	if (!need_path(e, need, "seg", &path) || !file_map(text_c(&path), &bytes, &ignored))
		return false;
	if (!segment_view(bytes, &view, &ignored) || !hash_eq(&view.inputs, &need->inputs) ||
	    !str_eq(view.org, need->org)) {
		file_unmap(bytes);
		return false;
	}
	*ret = segment_own(&view, bytes, true);
	return true;
}

bool building_own(struct building *b, const struct segment **ret, struct err *err)
{
	struct segment view = {0};

	if (!b->ok) {
		*err = b->err;
		return false;
	}
	if (!segment_view(text_str(&b->out), &view, err))
		return false;
	*ret = segment_own(&view, text_str(&b->out), false);
	b->out = (struct text){0};
	return true;
}

bool building_keep(struct estate *e, struct building *b, const struct segment **ret,
		   struct err *err)
{
	if (b->ok)
		spent_keep(e, b->need, &b->spent);
	if (b->ok && segment_keep_file(e, b->need, text_str(&b->out)) &&
	    building_map(e, b->need, ret))
		return true;
	return building_own(b, ret, err);
}
