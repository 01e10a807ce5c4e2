#include "base/file.h"
#include "base/mem.h"
#include "base/table.h"
#include "estate/make.h"

/*
 * The file of what is spent: a header; of each current snapshot the hash of all
 * that its rows follow from; of each how many it is spent because of (none: it
 * is not); then those, by their number in the file, where they stand behind it.
 */

struct header {
	char magic[8];
	uint32_t n, nby;
	struct hash sum; /* of what follows */
};
static const char magic[8] = "spent 1";

enum { FILE_MOST = 256 << 20 };

/* All that the rows of a snapshot, and what they count for, follow from. */
static struct hash identity(const struct need *need, size_t i)
{
	struct need one = {.org = need->org, .v = need->v + i, .more = need->more + i, .n = 1};

	need_hash(&one);
	return one.inputs;
}

void spent_seal(char *bytes, size_t n)
{
	struct header h;

	if (n < sizeof(h))
		return;
	memcpy(&h, bytes, sizeof(h));
	h.sum = hash_of(str_from(bytes + sizeof(h), n - sizeof(h)));
	memcpy(bytes, &h, sizeof(h));
}

static void add_u32(struct text *out, uint32_t n)
{
	text_add(out, str_from((const char *)&n, sizeof(n)));
}

void spent_write(const struct need *need, const struct spent *s, struct text *out)
{
	AUTO(freep) uint32_t *number = mem_zero(need->n + 1, sizeof(*number));
	struct header h = {0};

	memcpy(h.magic, magic, sizeof(magic));
	text_add(out, str_from((const char *)&h, sizeof(h)));
	for (size_t i = 0; i < need->n; i++) {
		struct hash id;

		if (!need->v[i].current)
			continue;
		id = identity(need, i);
		number[i] = h.n++;
		text_add(out, hash_str(&id));
	}
	for (size_t i = 0; i < need->n; i++)
		if (need->v[i].current)
			add_u32(out, s->v[i].n);
	for (size_t i = 0; i < need->n; i++)
		for (uint32_t k = 0; need->v[i].current && k < s->v[i].n; k++, h.nby++)
			add_u32(out, number[s->v[i].by[k]]);
	memcpy(out->p, &h, sizeof(h));
	spent_seal(out->p, out->n);
}

/* ---- taking it in ------------------------------------------------------------------------ */

/* The file's parts; numbers are not yet looked at. */
struct listed {
	uint32_t n, nby;
	const char *ids, *counts, *by;
};

static uint32_t u32_at(const char *p, uint64_t i)
{
	uint32_t n;

	memcpy(&n, p + i * sizeof(n), sizeof(n));
	return n;
}

static bool listed_see(struct str bytes, struct listed *ret)
{
	struct header h;
	struct hash sum;
	uint64_t nby = 0;

	if (bytes.n < sizeof(h))
		return false;
	memcpy(&h, bytes.p, sizeof(h));
	if (memcmp(h.magic, magic, sizeof(magic)) != 0 ||
	    bytes.n - sizeof(h) != (uint64_t)h.n * (HASH_BYTES + sizeof(uint32_t)) +
					   (uint64_t)h.nby * sizeof(uint32_t))
		return false;
	sum = hash_of(str_from(bytes.p + sizeof(h), bytes.n - sizeof(h)));
	if (!hash_eq(&sum, &h.sum))
		return false;
	*ret = (struct listed){.n = h.n, .nby = h.nby, .ids = bytes.p + sizeof(h)};
	ret->counts = ret->ids + (size_t)h.n * HASH_BYTES;
	ret->by = ret->counts + (size_t)h.n * sizeof(uint32_t);
	for (uint32_t i = 0; i < h.n; i++)
		nby += u32_at(ret->counts, i);
	return nby == h.nby;
}

/* Where each of the file's snapshots stands in what is needed, UINT32_MAX: not. */
static uint32_t *places(const struct need *need, const struct listed *l)
{
	AUTO(intern_closep) struct intern *ids = intern_open();
	uint32_t *place = mem_alloc((l->n + 1) * sizeof(*place));
	AUTO(freep) uint32_t *of = mem_alloc((need->n + 1) * sizeof(*of));

	for (uint32_t i = 0; i < need->n; i++) {
		struct hash id;

		if (!need->v[i].current)
			continue;
		id = identity(need, i);
		of[intern_put(ids, hash_str(&id))] = i;
	}
	for (uint32_t i = 0; i < l->n; i++) {
		uint32_t at =
			intern_find(ids, str_from(l->ids + (size_t)i * HASH_BYTES, HASH_BYTES));

		place[i] = at == UINT32_MAX ? at : of[at];
	}
	return place;
}

/* Those because of which one is spent: all are needed too, later, and of its source. */
static bool by_read(const struct need *need, const struct listed *l, const uint32_t *place,
		    uint32_t from, struct spent_word *w)
{
	for (uint32_t k = 0; k < w->n; k++) {
		uint32_t number = u32_at(l->by, from + k), at;

		if (number >= l->n || place[number] == UINT32_MAX)
			return false;
		at = place[number];
		if (at <= w->place || !str_eq(need->v[at].source, need->v[w->place].source))
			return false;
		w->by[k] = at;
	}
	return w->n > 0;
}

/* One that does not stand is to be read; then what is later of its source may be needed again. */
static void hold_to(const struct need *need, const bool *stands, struct spent *s)
{
	AUTO(intern_closep) struct intern *sources = intern_open();
	AUTO(freep) bool *broken = mem_zero(need->n + 1, sizeof(*broken));

	for (size_t i = 0; i < need->n; i++) {
		uint32_t source;

		if (!need->v[i].current)
			continue;
		source = intern_put(sources, need->v[i].source);
		broken[source] |= !stands[i];
		if (!broken[source] || !s->v[i].n)
			continue;
		s->v[i].n = 0;
		s->n--;
	}
}

static void spent_init(const struct need *need, struct spent *ret)
{
	struct arena *arena = arena_open();

	*ret = (struct spent){.arena = arena,
			      .v = ARENA_ARRAY(arena, struct spent_word, need->n + 1)};
	for (uint32_t i = 0; i < need->n; i++)
		ret->v[i].place = i;
}

void spent_read(const struct need *need, struct str bytes, struct spent *ret)
{
	AUTO(freep) bool *stands = mem_zero(need->n + 1, sizeof(*stands));
	AUTO(freep) uint32_t *place = NULL;
	struct listed l = {0};

	spent_init(need, ret);
	if (!listed_see(bytes, &l))
		return;
	place = places(need, &l);
	for (uint32_t i = 0, from = 0; i < l.n; from += u32_at(l.counts, i++)) {
		struct spent_word w = {.place = place[i], .n = u32_at(l.counts, i)};

		if (w.place == UINT32_MAX)
			continue;
		w.by = ARENA_ARRAY(ret->arena, uint32_t, w.n + 1);
		stands[w.place] = !w.n || by_read(need, &l, place, from, &w);
		if (!w.n || !stands[w.place])
			continue;
		ret->n += !ret->v[w.place].n;
		ret->v[w.place] = w;
	}
	hold_to(need, stands, ret);
}

void spent_release(struct spent *s)
{
	if (s->arena)
		arena_close(s->arena);
	*s = (struct spent){0};
}

/* ---- the file ------------------------------------------------------------------------------ */

static bool is_here(const struct estate *e, const struct hash *digest)
{
	enum journal_bulk_state state = BULK_ABSENT;
	uint64_t bytes;
	struct err ignored;

	return journal_bulk_look(e->journal, digest, &state, &bytes, &ignored) &&
	       state == BULK_HERE;
}

static void hold_to_store(const struct estate *e, const struct need *need, struct spent *s)
{
	AUTO(freep) bool *stands = mem_zero(need->n + 1, sizeof(*stands));

	for (size_t i = 0; i < need->n; i++)
		stands[i] =
			!s->v[i].n || (is_here(e, &need->v[i].digest) &&
				       (!need->more[i].mapped || is_here(e, &need->more[i].map)));
	hold_to(need, stands, s);
}

void spent_open(const struct estate *e, const struct need *need, struct spent *ret)
{
	AUTO(text_freep) struct text path = {0}, bytes = {0};
	struct err ignored;

	if (need_path(e, need, "spent", &path))
		(void)!file_read(text_c(&path), FILE_MOST, &bytes, &ignored);
	spent_read(need, text_str(&bytes), ret);
	if (ret->n)
		hold_to_store(e, need, ret);
}

void spent_keep(const struct estate *e, const struct need *need, const struct spent *s)
{
	AUTO(text_freep) struct text path = {0}, bytes = {0};
	struct err ignored;

	if (!s->n || !need_path(e, need, "spent", &path))
		return;
	spent_write(need, s, &bytes);
	(void)!file_replace_cache(text_c(&path), text_str(&bytes), 0600, &ignored);
}
