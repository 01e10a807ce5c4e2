#include "estate/read.h"

#include "base/table.h"
#include "directory/directory.h"

/*
 * One file of a supplier becomes an inventory for each organisation: the lines
 * up to the header, which each of them keeps, and its rows, byte by byte as they
 * came.  A row begins and ends at the same bytes whoever reads it, so what was
 * a row of the file is that row of the part.
 */

/* Every part has the lines before the rows again, and its format must be seen in its first bytes.
 */
enum { HEAD_BYTES_MAX = 16 << 10 };

struct parting {
	struct estate_parts *parts;
	struct arena *arena;
	const struct intern *orgs;
	struct csv_head head;
	struct str prefix; /* the lines up to the header */
	bool quotes;
	VEC_OF(struct estate_parted) v;
	VEC_OF(struct str) codes;
	uint32_t *part_of; /* by number in orgs: index in v + 1, 0 for none */
	struct str was;	   /* the cell of the row before, and the number that it gave */
	uint32_t was_org;
	struct next_line {
		size_t at, line; /* the next line of the part, and which of the file would go on */
	} * next;
	size_t next_cap;
	uint32_t open; /* the part that open_bytes, side by side in the file, are still to be put in
			*/
	struct str open_bytes;
};

static void parting_release(struct parting *p)
{
	for (size_t i = 0; i < p->v.n; i++) {
		text_free(&p->v.v[i].bytes);
		free(p->v.v[i].runs.v);
	}
	free(p->v.v);
	free(p->codes.v);
	free(p->part_of);
	free(p->next);
	arena_close(p->arena);
}

void estate_parts_release(struct estate_parts *p)
{
	struct estate_parted *v = p->v ? p->v[0].of : NULL;
	size_t n = v ? v[0].parts : 0;
	struct arena *arena = v ? v[0].arena : NULL;

	for (size_t i = 0; i < n; i++) {
		text_free(&v[i].bytes);
		free(v[i].runs.v);
	}
	free(v);
	free(p->v);
	arena_close(arena);
	*p = (struct estate_parts){0};
}

/* The number of a code among those asked for, in any case, with blanks around it; UINT32_MAX. */
static uint32_t org_of(const struct intern *orgs, struct str cell)
{
	char code[DIRECTORY_CODE_MAX];

	cell = str_trim(cell);
	if (!cell.n || cell.n > sizeof(code))
		return UINT32_MAX;
	for (size_t i = 0; i < cell.n; i++)
		code[i] = cell.p[i] >= 'a' && cell.p[i] <= 'z' ? (char)(cell.p[i] - 32) : cell.p[i];
	return intern_find(orgs, str_from(code, cell.n));
}

static void flush(struct parting *p)
{
	if (p->open_bytes.n)
		text_add(&p->v.v[p->open].bytes, p->open_bytes);
	p->open_bytes = (struct str){0};
}

static uint32_t part_of(struct parting *p, uint32_t org)
{
	struct estate_parted part = {0};
	uint32_t at = p->part_of[org];

	if (at)
		return at - 1;
	text_add(&part.bytes, p->prefix);
	p->next = mem_grow(p->next, p->v.n, &p->next_cap, sizeof(*p->next));
	p->next[p->v.n] = (struct next_line){.at = p->head.lines + 1};
	VEC_PUSH(&p->codes, intern_str(p->orgs, org));
	VEC_PUSH(&p->v, part);
	p->part_of[org] = (uint32_t)p->v.n;
	return (uint32_t)p->v.n - 1;
}

static size_t lines_in(const struct parting *p, struct str bytes)
{
	size_t n = 0;

	for (size_t at = 0; p->quotes && at < bytes.n; n++) {
		size_t lf = str_find_char(bytes, '\n', at);

		at = lf == SIZE_MAX ? bytes.n : lf + 1;
	}
	return p->quotes ? n : 1;
}

static void take_row(struct parting *p, uint32_t part, const struct csv_row *row, size_t line)
{
	struct next_line *next = &p->next[part];
	size_t lines = lines_in(p, row->bytes);

	if (!p->open_bytes.n || part != p->open ||
	    p->open_bytes.p + p->open_bytes.n != row->bytes.p) {
		flush(p);
		p->open = part;
		p->open_bytes = str_from(row->bytes.p, 0);
	}
	p->open_bytes.n += row->bytes.n;
	if (line != next->line)
		VEC_PUSH(&p->v.v[part].runs, (struct line_run){(uint32_t)next->at, (uint32_t)line});
	next->at += lines;
	next->line = line + lines;
}

static void refuse_row(struct parting *p, struct str cell, size_t line)
{
	struct estate_parts *ret = p->parts;

	if (ret->refused < ARRAY_LEN(ret->refused_line)) {
		ret->refused_line[ret->refused] = line;
		ret->refused_org[ret->refused] =
			arena_str(p->arena, str_sub(str_trim(cell), 0, 256));
	}
	ret->refused++;
}

static bool part_row(struct parting *p, const struct csv_row *row, struct err *err)
{
	size_t line = row->line + p->head.lines;
	struct str cell = csv_field(row, p->head.org);
	uint32_t org = p->was_org;

	if (row->n != p->head.ncolumns)
		return err_set(err, ERR_INVALID, "line %zu: %zu columns where the header has %zu",
			       line, row->n, p->head.ncolumns);
	/* At the head of a part it would be taken for the mark that it is. */
	if (str_starts(row->bytes, STR("\xef\xbb\xbf")))
		return err_set(err, ERR_INVALID,
			       "line %zu: a byte order mark amid the rows (were files joined?)",
			       line);
	/* A quoted cell lives no longer than its row. */
	if (p->quotes || !p->was.p || !str_eq(cell, p->was))
		org = org_of(p->orgs, cell);
	p->was = p->quotes ? (struct str){0} : cell;
	p->was_org = org;
	if (org == UINT32_MAX)
		refuse_row(p, cell, line);
	else
		take_row(p, part_of(p, org), row, line);
	return true;
}

static bool part_rows(struct parting *p, struct str bytes, struct err *err)
{
	AUTO(csv_closep)
	struct csv *csv = csv_open(bytes, (struct csv_options){.sep = p->head.sep,
							       .comments = true,
							       .no_quotes = !p->quotes});
	const struct csv_row *row;

	for (;;) {
		if (!csv_next(csv, &row, err))
			return read_csv_shift(err, p->head.lines);
		if (!row)
			break;
		if (!part_row(p, row, err))
			return false;
	}
	flush(p);
	return p->v.n || p->parts->refused || err_set(err, ERR_INVALID, "names no device");
}

static bool part_head(struct parting *p, struct str bytes, struct err *err)
{
	AUTO(rows_releasep) struct rows rows;
	size_t bad;

	rows_init(&rows, p->arena, false);
	if (!str_is_utf8(bytes, &bad))
		return err_set(err, ERR_INVALID, "byte %zu is not UTF-8", bad);
	if (!read_csv_head(&rows, bytes, &p->head, err))
		return false;
	if (p->head.org == SIZE_MAX)
		return err_set(err, ERR_INVALID,
			       "there is no column \"org\", which says whose device a row is");
	if (p->head.end > HEAD_BYTES_MAX)
		return err_set(err, ERR_LIMIT,
			       "%zu bytes before the first row, at most %d are kept", p->head.end,
			       HEAD_BYTES_MAX);
	p->prefix = str_sub(bytes, 0, p->head.end);
	p->quotes = str_find_char(bytes, '"', p->head.end) != SIZE_MAX;
	p->parts->whole = rows.whole > 0;
	return true;
}

/* The one inventory in the template that the file is, or holds. */
static bool part_member(struct parting *p, const struct estate_file_in *in, struct err *err)
{
	AUTO(read_file_releasep)
	struct read_file file = {.arena = p->arena,
				 .name = in->name,
				 .bytes = in->bytes,
				 .format = in->stated.format};
	struct str bytes;

	if (!read_open(&file, err))
		return false;
	if (file.n != 1 || file.members[0].format != ESTATE_CSV)
		return err_set(err, ERR_UNSUPPORTED,
			       "is no single inventory in the CSV template: only that says whose "
			       "device a row is (doc/templates/inventory.md)");
	bytes = file.members[0].bytes;
	if (bytes.n > UINT32_MAX)
		return err_set(err, ERR_LIMIT, "%zu bytes, at most %u are parted", bytes.n,
			       UINT32_MAX);
	return part_head(p, bytes, err) && part_rows(p, str_from_offset(bytes, p->head.end), err);
}

/* What the parts have in common, and each as a file of its own. */
static void hand_out(struct parting *p, const struct estate_file_in *in, struct str by)
{
	struct estate_parts *ret = p->parts;
	struct hash whole = hash_of(in->bytes);

	ret->n = p->v.n;
	ret->v = mem_zero(ret->n + 1, sizeof(*ret->v));
	if (!ret->n)
		VEC_PUSH(&p->v, (struct estate_parted){0});
	for (size_t i = 0; i < p->v.n; i++) {
		struct estate_parted *part = &p->v.v[i];

		part->by = arena_str(p->arena, by);
		part->whole = whole;
		part->arena = p->arena;
		part->parts = p->v.n;
		ret->v[i] = *in;
		ret->v[i].of = part;
		ret->v[i].bytes = text_str(&part->bytes);
		ret->v[i].stated.format = ESTATE_CSV;
		if (i < p->codes.n)
			ret->v[i].org = arena_str(p->arena, p->codes.v[i]);
	}
	p->v.v = NULL;
	p->v.n = 0;
	p->arena = NULL;
}

bool estate_part(const struct estate_file_in *in, struct str by, const struct intern *orgs,
		 struct estate_parts *ret, struct err *err)
{
	struct estate_parts parts = {0};
	AUTO(parting_release)
	struct parting p = {.parts = &parts,
			    .orgs = orgs,
			    .part_of = mem_zero(intern_count(orgs) + 1, sizeof(uint32_t))};

	p.arena = arena_open();
	if (!part_member(&p, in, err))
		return err_wrap(err, "%.*s", STR_FMT(str_sub(in->name, 0, 120)));
	hand_out(&p, in, by);
	*ret = parts;
	return true;
}
