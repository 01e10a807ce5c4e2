#include "base/mem.h"
#include "estate/make.h"

/*
 * Bytes written over those of a good file of what is spent, cut short, and its checksum made right
 * again: two bytes say from where on, the third how many of the last are missing.  What it says
 * that snapshots say is then asked, too.
 */

enum { SNAPSHOTS = 6 };

static struct said_row row(unsigned char device, int64_t seen_ms, uint32_t states)
{
	return (struct said_row){.device.b = {device},
				 .brief = {.seen_ms = seen_ms, .states = states}};
}

static void good(const struct need *need, struct text *out)
{
	struct spent_word v[SNAPSHOTS] = {
		{.n = 2, .by = (uint32_t[]){2, 4}}, {0}, {.n = 1, .by = (uint32_t[]){5}}};
	struct said_row rows[] = {row(1, 4, 3), row(2, 4, 1), row(3, 4, 0)};
	struct said_name names[] = {{{7}}, {{8}}};
	uint64_t files[] = {0, (uint64_t)2 << 32 | 1}, offered[] = {(uint64_t)1 << 32 | 4012212};
	struct saying said[SNAPSHOTS] = {[3] = {.known = true, .n = 1, .v = rows},
					 [4] = {.known = true,
						.n = 2,
						.nnames = 1,
						.nfiles = 1,
						.noffered = 1,
						.v = rows,
						.names = names,
						.files = files,
						.offered = offered},
					 [5] = {.known = true,
						.n = 3,
						.nnames = 2,
						.nfiles = 2,
						.noffered = 1,
						.v = rows,
						.names = names,
						.files = files,
						.offered = offered}};

	spent_write(need, &(struct spent){.v = v, .said = said, .n = 2}, out);
}

/* What is taken in is spent because of later ones alone. */
static void check(const struct need *need, const struct spent *s)
{
	size_t n = 0;

	for (size_t i = 0; i < need->n; i++) {
		const struct spent_word *w = &s->v[i];

		n += w->n > 0;
		for (uint32_t k = 0; k < w->n; k++)
			if (w->by[k] <= i || w->by[k] >= need->n || !need->v[w->by[k]].current)
				abort();
	}
	if (n != s->n)
		abort();
}

static void take_in(const struct need *need, struct str bytes)
{
	AUTO(text_freep) struct text again = {0};
	struct spent s = {0}, t = {0};

	spent_read(need, bytes, &s);
	check(need, &s);
	/* Whatever is said, what is found of it can be written and taken in. */
	spent_find(need, &s);
	check(need, &s);
	spent_write(need, &s, &again);
	spent_read(need, text_str(&again), &t);
	check(need, &t);
	if (s.n != t.n)
		abort();
	spent_release(&s);
	spent_release(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct estate_snapshot v[SNAPSHOTS] = {0};
	struct snapshot_more more[SNAPSHOTS] = {0};
	const struct need need = {.org = STR("R1H"), .v = v, .more = more, .n = SNAPSHOTS};
	AUTO(text_freep) struct text file = {0};
	size_t at;

	if (size < 3)
		return 0;
	for (size_t i = 0; i < SNAPSHOTS; i++)
		v[i] = (struct estate_snapshot){.source = i == 3 ? STR("b") : STR("a"),
						.record = i + 1,
						.taken_ms = (int64_t)i,
						.current = i != 1};
	good(&need, &file);
	at = (size_t)(data[0] | data[1] << 8) % file.n;
	memcpy(file.p + at, data + 3, MIN_OF(size - 3, file.n - at));
	file.n -= MIN_OF(data[2], file.n);
	spent_seal(file.p, file.n);
	take_in(&need, text_str(&file));
	return 0;
}
