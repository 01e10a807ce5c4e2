#include "base/parallel.h"
#include "estate/read_csv.h"

/*
 * The template without quotes, as programs write it.  The rows are cut at line
 * ends into pieces that several threads read.  An inventory says the same
 * software of many devices: what follows the device in such a line (its tail),
 * once understood, need not be taken apart, nor looked at for UTF-8, again.
 * What is met of quotes or mistakes ends it: then the file is read in order.
 */

enum { PIECE_BYTES = 4 << 20, LINE_MAX_BYTES = 1 << 20, SLOTS_FIRST = 256 };

/* ---- tails --------------------------------------------------------------------------- */

/* The bytes follow, up to a multiple of 8. */
struct tail {
	uint32_t raw, n;
};

struct tail_slot {
	uint32_t hash, at; /* at 0: free; else place in words, + 1 */
};

struct tails {
	struct tail_slot *slots;
	size_t n, nslots;
	VEC_OF(uint64_t) words; /* tails one behind the other */
};

static void tails_release(struct tails *t)
{
	free(t->slots);
	free(t->words.v);
}

static uint64_t load(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

static uint64_t fold(uint64_t a, uint64_t b)
{
	__uint128_t m = (__uint128_t)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* As str_hash(), two words at a time in two chains; the last words may be read twice. */
static inline uint32_t tail_hash(const char *p, size_t n)
{
	const uint64_t k0 = 0xa0761d6478bd642fu, k1 = 0xe7037ed1a0b428dbu;
	const char *end = p + n;
	uint64_t a = k0 ^ n, b = k1;

	if (n < 16)
		return (uint32_t)str_hash(str_from(p, n));
	for (; end - p > 32; p += 32) {
		a = fold(load(p) ^ k1, load(p + 8) ^ a);
		b = fold(load(p + 16) ^ k0, load(p + 24) ^ b);
	}
	if (end - p > 16)
		a = fold(load(p) ^ k1, load(p + 8) ^ a);
	b = fold(load(end - 16) ^ k0, load(end - 8) ^ b);
	return (uint32_t)fold(a ^ k0, b ^ k1);
}

static inline const struct tail *tail_at(const struct tails *t, uint32_t at)
{
	return (const struct tail *)(const void *)&t->words.v[at - 1];
}

/* NULL when tail is not known; it is not empty. */
static inline const struct tail *tails_find(const struct tails *t, struct str tail, uint32_t hash)
{
	for (size_t i = hash & (t->nslots - 1); t->slots[i].at; i = (i + 1) & (t->nslots - 1)) {
		const struct tail *known = tail_at(t, t->slots[i].at);

		if (t->slots[i].hash == hash && known->n == tail.n &&
		    memcmp(known + 1, tail.p, tail.n) == 0)
			return known;
	}
	return NULL;
}

static void slots_put(struct tail_slot *v, size_t n, struct tail_slot slot)
{
	size_t i = slot.hash & (n - 1);

	while (v[i].at)
		i = (i + 1) & (n - 1);
	v[i] = slot;
}

static void tails_grow(struct tails *t)
{
	size_t wide = t->nslots ? t->nslots * 2 : SLOTS_FIRST;
	struct tail_slot *to = mem_zero(wide, sizeof(*to));

	for (size_t i = 0; i < t->nslots; i++)
		if (t->slots[i].at)
			slots_put(to, wide, t->slots[i]);
	free(t->slots);
	t->slots = to;
	t->nslots = wide;
}

/* One that is not known yet. */
static void tails_put(struct tails *t, struct str tail, uint32_t hash, uint32_t raw)
{
	const struct tail head = {.raw = raw, .n = (uint32_t)tail.n};
	size_t at = t->words.n, words = 1 + (tail.n + 7) / 8;

	if (at + words > t->words.cap) {
		t->words.cap = MAX_OF(t->words.cap * 2, at + words);
		t->words.v = mem_resize(t->words.v, t->words.cap, sizeof(*t->words.v));
	}
	if (at + words >= UINT32_MAX)
		return;
	memcpy(&t->words.v[at], &head, sizeof(head));
	memcpy(&t->words.v[at + 1], tail.p, tail.n);
	t->words.n += words;
	slots_put(t->slots, t->nslots, (struct tail_slot){hash, (uint32_t)at + 1});
	if (++t->n * 2 >= t->nslots)
		tails_grow(t);
}

/* ---- a piece ------------------------------------------------------------------------- */

struct piece {
	struct str bytes;
	struct arena *arena;
	struct rows rows; /* lines are those of the piece */
	size_t lines;
	bool ok;
};

struct csv_pieces {
	struct csv_plan plan;
	const struct line_run *runs;
	size_t nruns, n;
	struct piece *v;
};

struct reader {
	const struct csv_plan *plan;
	struct rows *rows;
	struct csv_last last;
	struct tails tails;
	struct str *cells;
};

static void reader_release(struct reader *x)
{
	tails_release(&x->tails);
	free(x->cells);
}

/* Into cells; false when they are not as many as the header's. */
static bool split_line(struct reader *x, struct str line)
{
	size_t n = 0, most = x->plan->ncolumns;

	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	for (const char *p = line.p, *end = p + line.n, *to;; p = to + 1) {
		to = memchr(p, x->plan->sep, (size_t)(end - p));
		if (n == most)
			return false;
		x->cells[n++] = str_from(p, (size_t)((to ? to : end) - p));
		if (!to)
			return n == most;
	}
}

/* Does a row say nothing but one software of a device that is named in its first cell? */
static bool is_software_alone(const struct csv_plan *p, const struct csv_row *row)
{
	static const enum column others[] = {COL_UPDATES, COL_FILES, COL_ORG};
	size_t n = 0;

	for (unsigned c = COL_DEVICE; c < DEVICE_COLUMNS; c++)
		n += csv_field(row, p->at[c]).n != 0;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		n += csv_field(row, p->at[others[i]]).n != 0;
	return n == 1 && p->at[COL_DEVICE] == 0;
}

/* What follows the device in a line of it; empty when it is another's. */
static inline struct str tail_of(const struct reader *x, struct str line)
{
	struct str id = x->last.cell[COL_DEVICE];

	if (!x->last.any || line.n <= id.n || line.p[id.n] != x->plan->sep ||
	    memcmp(line.p, id.p, id.n) != 0)
		return (struct str){0};
	return str_from(line.p + id.n, line.n - id.n);
}

/* A line that is not known by its tail.  False ends it. */
static bool read_line(struct reader *x, struct str line)
{
	const struct csv_row row = {.v = x->cells, .n = x->plan->ncolumns, .bytes = line};
	struct rows *r = x->rows;
	size_t pairs = r->pairs.n;
	struct err ignored;
	struct str tail;

	if (line.n > LINE_MAX_BYTES || !str_is_utf8(line, NULL))
		return false;
	if (!line.n || str_is(line, "\r") || line.p[0] == '#')
		return true;
	r->lines++;
	if (memchr(line.p, '"', line.n) || !split_line(x, line) ||
	    !csv_put_row(r, x->plan, &row, &x->last, &ignored))
		return false;
	tail = tail_of(x, line);
	if (tail.n && r->pairs.n > pairs && is_software_alone(x->plan, &row))
		tails_put(&x->tails, tail, tail_hash(tail.p, tail.n), (uint32_t)r->pairs.v[pairs]);
	return true;
}

static bool read_lines(struct reader *x, struct str bytes)
{
	const char *p = bytes.p, *end = p + bytes.n;
	struct rows *r = x->rows;

	for (const char *to; p < end; p = to + 1) {
		const struct tail *known = NULL;
		struct str line, tail;

		to = memchr(p, '\n', (size_t)(end - p));
		to = to ? to : end;
		line = str_from(p, (size_t)(to - p));
		tail = tail_of(x, line);
		r->line++;
		if (tail.n)
			known = tails_find(&x->tails, tail, tail_hash(tail.p, tail.n));
		if (!known) {
			if (!read_line(x, line))
				return false;
			continue;
		}
		if (r->pairs.n == r->pairs.cap)
			rows_pairs_room(r, 1);
		r->pairs.v[r->pairs.n++] = (uint64_t)x->last.device << 32 | known->raw;
		rows_seen(r, x->last.device, FACET_SOFTWARE);
		r->lines++;
	}
	return true;
}

void csv_pieces_job(void *ctx, size_t item, unsigned worker)
{
	struct csv_pieces *all = ctx;
	struct piece *p = &all->v[item];
	struct arena *arena = arena_open();
	AUTO(reader_release)
	struct reader x = {.plan = &all->plan,
			   .rows = &p->rows,
			   .cells = mem_zero(all->plan.ncolumns, sizeof(struct str))};

	(void)worker;
	rows_init(&p->rows, arena, true);
	p->arena = arena;
	tails_grow(&x.tails);
	p->ok = read_lines(&x, p->bytes);
	p->lines = p->rows.line;
}

/* ---- all pieces ---------------------------------------------------------------------- */

void csv_pieces_close(struct csv_pieces *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++) {
		if (!p->v[i].arena)
			continue;
		rows_release(&p->v[i].rows);
		arena_close(p->v[i].arena);
	}
	free(p->v);
	free(p);
}

size_t csv_pieces_count(const struct csv_pieces *p)
{
	return p->n;
}

static void cut(struct csv_pieces *p, struct str body, unsigned width)
{
	/* Few large pieces: each looks at every distinct software once. */
	size_t most = body.n > 2 * PIECE_BYTES ? MAX_OF(width, 1) : 1;
	size_t size = MAX_OF(body.n / most + 1, (size_t)PIECE_BYTES);

	p->v = mem_zero(most, sizeof(*p->v));
	while (body.n || !p->n) {
		size_t to = body.n <= size || p->n + 1 == most ? SIZE_MAX
							       : str_find_char(body, '\n', size);

		p->v[p->n].bytes = to == SIZE_MAX ? body : str_sub(body, 0, to + 1);
		body = str_from_offset(body, p->v[p->n++].bytes.n);
	}
}

struct csv_pieces *csv_pieces_open(struct str bytes, unsigned width)
{
	struct csv_pieces *p = mem_zero(1, sizeof(*p));
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(rows_releasep) struct rows rows;
	struct err ignored;
	struct str body;

	rows_init(&rows, arena, true);
	if (csv_read_header(&rows, bytes, &p->plan, &ignored) &&
	    str_is_utf8(str_sub(bytes, 0, p->plan.end), NULL)) {
		body = str_from_offset(bytes, p->plan.end);
		/* Between header and rows it would go unseen. */
		if (!str_starts(body, STR("\xef\xbb\xbf")))
			cut(p, body, width);
	}
	return p;
}

/* Lines of a piece are lines of the file. */
static void shift_lines(const struct rows *r, struct rows *from, size_t by)
{
	for (size_t i = 0; i < from->devices.n; i++)
		from->devices.v[i].line = read_csv_whole_line(r, from->devices.v[i].line + by);
}

static bool merge_pieces(struct rows *r, struct csv_pieces *p, struct err *clash)
{
	size_t line = p->plan.lines;

	for (size_t i = 0; i < p->n; i++) {
		struct rows *from = &p->v[i].rows;

		shift_lines(r, from, line);
		line += p->v[i].lines;
		if (!csv_put_org(r, from->org, clash) || !rows_merge(r, from, clash))
			return false;
	}
	return true;
}

bool csv_read_plain(struct rows *r, const struct read_member *m, struct err *clash)
{
	AUTO(csv_pieces_closep) struct csv_pieces *own = NULL;
	struct csv_pieces *p = m->pieces;
	struct err ignored;
	bool ok;

	if (!p) {
		p = own = csv_pieces_open(m->bytes, m->width);
		parallel_each(p->n, csv_pieces_job, p);
	}
	ok = p->n > 0;
	for (size_t i = 0; i < p->n; i++)
		ok = ok && p->v[i].ok;
	return ok && read_csv_statements(r, m->bytes, &ignored) && merge_pieces(r, p, clash);
}
