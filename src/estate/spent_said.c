#include "base/mem.h"
#include "estate/spent_inner.h"

/* What rows say, in short: made of them, and as bytes. */

static struct said_name name_of(struct str s)
{
	struct hash h = hash_of(s);
	struct said_name name;

	memcpy(name.b, h.b, sizeof(name.b));
	return name;
}

static void hear_files(struct arena *arena, const struct rows *rows, struct saying *said)
{
	AUTO(intern_closep) struct intern *names = intern_open();

	said->nfiles = (uint32_t)rows->files.n;
	said->files = ARENA_ARRAY(arena, uint64_t, rows->files.n + 1);
	for (size_t i = 0; i < rows->files.n; i++)
		said->files[i] = (uint64_t)rows->files.v[i].device << 32 |
				 intern_put(names, rows->files.v[i].name);
	said->nnames = intern_count(names);
	said->names = ARENA_ARRAY(arena, struct said_name, said->nnames + 1);
	for (uint32_t i = 0; i < said->nnames; i++)
		said->names[i] = name_of(intern_str(names, i));
}

/* Numbers in a file have so many bits; who says more is read. */
enum { SAID_MOST = 1 << 28 };

void spent_hear(struct spent *s, uint32_t place, const struct build_source *source)
{
	const struct rows *rows = source->rows;
	struct saying *said = &s->said[place];

	*said = (struct saying){0};
	if (rows->devices.n > SAID_MOST || rows->files.n > SAID_MOST || rows->no_kbs.n > SAID_MOST)
		return;
	*said = (struct saying){.known = true,
				.rows = source,
				.n = (uint32_t)rows->devices.n,
				.noffered = (uint32_t)rows->no_kbs.n};
	said->v = ARENA_ARRAY(s->arena, struct said_row, said->n + 1);
	for (uint32_t i = 0; i < said->n; i++) {
		struct claim c = claim_of(source, 0, i);

		said->v[i] = (struct said_row){name_of(c.row->text[ROW_ID]), claim_brief(&c)};
	}
	said->offered = ARENA_ARRAY(s->arena, uint64_t, said->noffered + 1);
	if (said->noffered)
		memcpy(said->offered, rows->no_kbs.v, said->noffered * sizeof(*said->offered));
	hear_files(s->arena, rows, said);
}

/* ---- as bytes ---------------------------------------------------------------------------- */

static void add(struct text *out, const void *v, size_t n)
{
	if (n)
		text_add(out, str_from(v, n));
}

void said_write(const struct saying *said, struct text *out)
{
	add(out, said->v, said->n * sizeof(*said->v));
	add(out, said->names, said->nnames * sizeof(*said->names));
	add(out, said->files, said->nfiles * sizeof(*said->files));
	add(out, said->offered, said->noffered * sizeof(*said->offered));
}

uint64_t said_bytes(const struct saying *said)
{
	return said->n * (uint64_t)sizeof(*said->v) +
	       said->nnames * (uint64_t)sizeof(*said->names) +
	       ((uint64_t)said->nfiles + said->noffered) * sizeof(uint64_t);
}

/* So many bytes off the front of those at hand, in memory of their own. */
static void *take(struct arena *arena, struct str *bytes, size_t n)
{
	void *v = arena_alloc(arena, n + 1);

	if (n)
		memcpy(v, bytes->p, n);
	*bytes = str_from_offset(*bytes, n);
	return v;
}

static bool numbers_hold(const struct saying *said)
{
	for (uint32_t i = 0; i < said->nfiles; i++)
		if (said->files[i] >> 32 >= said->n || (uint32_t)said->files[i] >= said->nnames)
			return false;
	for (uint32_t i = 0; i < said->noffered; i++)
		if (said->offered[i] >> 32 >= said->n)
			return false;
	return true;
}

bool said_read(struct arena *arena, struct str bytes, struct saying *said)
{
	if (said_bytes(said) != bytes.n)
		return false;
	said->v = take(arena, &bytes, said->n * sizeof(*said->v));
	said->names = take(arena, &bytes, said->nnames * sizeof(*said->names));
	said->files = take(arena, &bytes, said->nfiles * sizeof(*said->files));
	said->offered = take(arena, &bytes, said->noffered * sizeof(*said->offered));
	return numbers_hold(said);
}
