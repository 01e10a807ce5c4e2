#include "base/file.h"
#include "base/mem.h"
#include "estate/make.h"
#include "estate/spent_inner.h"

/*
 * The file of what is spent: a header; of each current snapshot an entry; then
 * those because of which they are spent, by their number in the file, where they
 * stand behind it; then what those that are not spent say.
 */

struct header {
	char magic[8];
	uint32_t n, nby;
	struct hash sum; /* of what follows */
};
struct entry {
	struct hash id; /* of all that its rows follow from */
	uint32_t nby;	/* none: it is not spent */
	uint32_t known; /* 1: what it says is here */
	uint32_t n, nnames, nfiles, noffered;
};
static const char magic[8] = "spent 2";

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

/* What is spent says nothing that is asked for again. */
static bool keeps(const struct need *need, const struct spent *s, size_t i)
{
	return need_reads(need, s, i) && s->said[i].known;
}

static struct entry entry_of(const struct need *need, const struct spent *s, size_t i)
{
	struct entry e = {.id = identity(need, i), .nby = s->v[i].n, .known = keeps(need, s, i)};
	const struct saying *said = &s->said[i];

	if (e.known) {
		e.n = said->n;
		e.nnames = said->nnames;
		e.nfiles = said->nfiles;
		e.noffered = said->noffered;
	}
	return e;
}

void spent_write(const struct need *need, const struct spent *s, struct text *out)
{
	AUTO(freep) uint32_t *number = mem_zero(need->n + 1, sizeof(*number));
	struct header h = {0};

	memcpy(h.magic, magic, sizeof(magic));
	text_add(out, str_from((const char *)&h, sizeof(h)));
	for (size_t i = 0; i < need->n; i++) {
		struct entry e;

		if (!need->v[i].current)
			continue;
		e = entry_of(need, s, i);
		number[i] = h.n++;
		text_add(out, str_from((const char *)&e, sizeof(e)));
	}
	for (size_t i = 0; i < need->n; i++)
		for (uint32_t k = 0; need->v[i].current && k < s->v[i].n; k++, h.nby++)
			add_u32(out, number[s->v[i].by[k]]);
	for (size_t i = 0; i < need->n; i++)
		if (keeps(need, s, i))
			said_write(&s->said[i], out);
	memcpy(out->p, &h, sizeof(h));
	spent_seal(out->p, out->n);
}

/* ---- taking it in ------------------------------------------------------------------------ */

/* The file's parts; numbers are not yet looked at. */
struct listed {
	uint32_t n, nby;
	const char *entries, *by;
	struct str said;
};

static uint32_t u32_at(const char *p, uint64_t i)
{
	uint32_t n;

	memcpy(&n, p + i * sizeof(n), sizeof(n));
	return n;
}

static struct entry entry_at(const struct listed *l, uint32_t i)
{
	struct entry e;

	memcpy(&e, l->entries + i * sizeof(e), sizeof(e));
	return e;
}

static struct saying said_of(const struct entry *e)
{
	return (struct saying){.known = true,
			       .n = e->n,
			       .nnames = e->nnames,
			       .nfiles = e->nfiles,
			       .noffered = e->noffered};
}

/* Do the parts add up to the file? */
static bool listed_holds(const struct listed *l)
{
	uint64_t nby = 0, bytes = 0;

	for (uint32_t i = 0; i < l->n; i++) {
		struct entry e = entry_at(l, i);
		struct saying said = said_of(&e);

		nby += e.nby;
		if (e.known)
			bytes += said_bytes(&said);
		if (bytes > l->said.n)
			return false;
	}
	return nby == l->nby && bytes == l->said.n;
}

static bool listed_see(struct str bytes, struct listed *ret)
{
	struct header h;
	struct str rest;
	struct hash sum;
	uint64_t fixed;

	if (bytes.n < sizeof(h))
		return false;
	memcpy(&h, bytes.p, sizeof(h));
	rest = str_from_offset(bytes, sizeof(h));
	fixed = (uint64_t)h.n * sizeof(struct entry) + (uint64_t)h.nby * sizeof(uint32_t);
	if (memcmp(h.magic, magic, sizeof(magic)) != 0 || rest.n < fixed)
		return false;
	sum = hash_of(rest);
	if (!hash_eq(&sum, &h.sum))
		return false;
	*ret = (struct listed){.n = h.n, .nby = h.nby, .entries = rest.p};
	ret->by = ret->entries + (size_t)h.n * sizeof(struct entry);
	ret->said = str_from_offset(rest, (size_t)fixed);
	return listed_holds(ret);
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
		struct entry e = entry_at(l, i);
		uint32_t at = intern_find(ids, hash_str(&e.id));

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
			      .v = ARENA_ARRAY(arena, struct spent_word, need->n + 1),
			      .said = ARENA_ARRAY(arena, struct saying, need->n + 1)};
	for (uint32_t i = 0; i < need->n; i++)
		ret->v[i].place = i;
}

static void take_said(const struct need *need, const struct listed *l, const uint32_t *place,
		      struct spent *ret)
{
	struct str rest = l->said;

	for (uint32_t i = 0; i < l->n; i++) {
		struct entry e = entry_at(l, i);
		struct saying said = said_of(&e);
		size_t n = e.known ? (size_t)said_bytes(&said) : 0;

		if (e.known && place[i] != UINT32_MAX && need_reads(need, ret, place[i]) &&
		    said_read(ret->arena, str_sub(rest, 0, n), &said))
			ret->said[place[i]] = said;
		rest = str_from_offset(rest, n);
	}
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
	for (uint32_t i = 0, from = 0; i < l.n; from += entry_at(&l, i++).nby) {
		struct spent_word w = {.place = place[i], .n = entry_at(&l, i).nby};

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
	take_said(need, &l, place, ret);
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

	for (size_t i = 0; i < need->n; i++) {
		bool here = (s->v[i].n || s->said[i].known) && is_here(e, &need->v[i].digest) &&
			    (!need->more[i].mapped || is_here(e, &need->more[i].map));

		stands[i] = !s->v[i].n || here;
		s->said[i].known &= here;
	}
	hold_to(need, stands, s);
}

void spent_open(const struct estate *e, const struct need *need, struct spent *ret)
{
	AUTO(text_freep) struct text path = {0}, bytes = {0};
	struct err ignored;

	if (need_path(e, need, "spent", &path))
		(void)!file_read(text_c(&path), FILE_MOST, &bytes, &ignored);
	spent_read(need, text_str(&bytes), ret);
	hold_to_store(e, need, ret);
}

void spent_keep(const struct estate *e, const struct need *need, const struct spent *s)
{
	AUTO(text_freep) struct text path = {0}, bytes = {0};
	bool any = s->n > 0;
	struct err ignored;

	for (size_t i = 0; i < need->n && !any; i++)
		any = keeps(need, s, i);
	if (!any || !need_path(e, need, "spent", &path))
		return;
	spent_write(need, s, &bytes);
	(void)!file_replace_cache(text_c(&path), text_str(&bytes), 0600, &ignored);
}
