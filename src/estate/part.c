#include "estate/read.h"

#include "base/table.h"
#include "directory/directory.h"
#include "estate/mapped.h"

/*
 * One file of a supplier becomes an inventory for each organisation: the lines
 * up to the header, which each of them keeps, and its rows, byte by byte as they
 * came.  A row begins and ends at the same bytes whoever reads it, so what was
 * a row of the file is that row of the part.
 */

/* Every part has the lines before the rows again, and its format must be seen in its first bytes.
 */
enum { HEAD_BYTES_MAX = 16 << 10 };

/* What a mapping reads the rows by. */
struct part_map {
	struct mapping mapping;
	struct mapped table;
	struct rows rows;
	struct text utf8;
	uint64_t nameless, left_out;
};

struct parting {
	struct estate_parts *parts;
	struct arena *arena;
	const struct intern *orgs;
	struct csv_head head;
	struct str prefix; /* the lines up to the header */
	bool quotes;
	struct part_map *map; /* NULL: the columns are the template's */
	enum estate_format format;
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

static void part_map_free(struct part_map *m)
{
	if (!m)
		return;
	mapped_release(&m->table);
	mapping_release(&m->mapping);
	rows_release(&m->rows);
	text_free(&m->utf8);
	free(m);
}

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
	part_map_free(p->map);
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

/* Rows that the mapping does not read are nobody's. */
static bool is_read(struct part_map *m, const struct csv_row *row)
{
	bool out = mapped_leaves_out(&m->table, row);

	m->left_out += out;
	if (out)
		return false;
	out = !mapped_cell(&m->table, TARGET_DEVICE, row).n;
	m->nameless += out;
	return !out;
}

static bool part_row(struct parting *p, const struct csv_row *row, struct err *err)
{
	size_t line = row->line + p->head.lines;
	struct str cell;
	uint32_t org = p->was_org;

	if (p->map ? row->n > p->head.ncolumns : row->n != p->head.ncolumns)
		return err_set(err, ERR_INVALID, "line %zu: %zu columns where the header has %zu",
			       line, row->n, p->head.ncolumns);
	/* At the head of a part it would be taken for the mark that it is. */
	if (str_starts(row->bytes, STR("\xef\xbb\xbf")))
		return err_set(err, ERR_INVALID,
			       "line %zu: a byte order mark amid the rows (were files joined?)",
			       line);
	if (p->map && !is_read(p->map, row))
		return true;
	cell = p->map ? mapped_cell(&p->map->table, TARGET_ORG, row) : csv_field(row, p->head.org);
	/* A cell that is quoted, or made of others, lives no longer than its row. */
	if (p->quotes || !p->was.p || !str_eq(cell, p->was))
		org = org_of(p->orgs, cell);
	p->was = p->quotes || p->map ? (struct str){0} : cell;
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
							       .comments = !p->map,
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
	p->parts->whole = rows.whole > 0;
	return true;
}

static size_t line_ends(struct str s)
{
	size_t n = 0;

	for (size_t at = 0; (at = str_find_char(s, '\n', at)) != SIZE_MAX; at++)
		n++;
	return n;
}

/* Two that see with the same product are two sources, unless the file says what it is. */
static struct str map_source(const struct parting *p, struct str by)
{
	const struct part_map *m = p->map;
	struct str source = mapped_source(&m->table, p->arena);

	return source.n && str_eq(source, m->rows.source)
		       ? arena_fmt(p->arena, "%.*s by %.*s", STR_FMT(source), STR_FMT(by))
		       : (struct str){0};
}

/* The same by a mapping; parts are UTF-8, whatever the file is. */
static bool map_head(struct parting *p, struct str map, struct str bytes, struct err *err)
{
	struct part_map *m = p->map = mem_zero(1, sizeof(*m));
	struct mapped *t = &m->table;
	size_t nul;

	rows_init(&m->rows, p->arena, false);
	*t = (struct mapped){.m = &m->mapping, .r = &m->rows};
	if (!mapping_parse(map, &m->mapping, err) || !text_to_utf8(bytes, true, &m->utf8, err))
		return false;
	bytes = text_str(&m->utf8);
	/* A part with many would be taken for UTF-16. */
	nul = str_find_char(bytes, '\0', 0);
	if (nul != SIZE_MAX)
		return err_set(err, ERR_INVALID, "byte %zu is NUL", nul);
	/* One was taken off; of another a part would be taken off when it is read. */
	if (str_starts(bytes, STR("\xef\xbb\xbf")))
		return err_set(err, ERR_INVALID,
			       "begins with two byte order marks (were files joined?)");
	if (!mapped_open(t, bytes, err) || !mapped_statements(&m->rows, t, bytes, err))
		return false;
	if (!mapped_has(t, TARGET_ORG))
		return err_set(err, ERR_INVALID,
			       "there is no column of which the mapping says that it is \"org\", "
			       "whose device a row is");
	p->head = (struct csv_head){.end = t->end,
				    .lines = t->before +
					     line_ends(str_sub(bytes, t->start, t->end - t->start)),
				    .ncolumns = t->header->n,
				    .sep = csv_sep(t->head)};
	p->parts->whole = m->rows.whole > 0;
	return true;
}

/* Rows by the template's columns, a register's, or those of a mapping. */
static bool part_table(struct parting *p, struct str map, struct str bytes, struct err *err)
{
	if (!(map.n ? map_head(p, map, bytes, err) : part_head(p, bytes, err)))
		return false;
	if (map.n)
		bytes = text_str(&p->map->utf8);
	if (bytes.n > UINT32_MAX)
		return err_set(err, ERR_LIMIT, "%zu bytes, at most %u are parted", bytes.n,
			       UINT32_MAX);
	if (p->head.end > HEAD_BYTES_MAX)
		return err_set(err, ERR_LIMIT,
			       "%zu bytes before the first row, at most %d are kept", p->head.end,
			       HEAD_BYTES_MAX);
	p->prefix = str_sub(bytes, 0, p->head.end);
	p->quotes = str_find_char(bytes, '"', p->head.end) != SIZE_MAX;
	/* What is found in a file is looked for anew in each part. */
	if (wire_kind_of(p->prefix) == WIRE_ARCHIVE)
		return err_set(err, ERR_INVALID, "begins like an archive");
	return part_rows(p, str_from_offset(bytes, p->head.end), err);
}

static void say_map(struct parting *p)
{
	AUTO(text_freep) struct text notes = {0};

	mapped_say(&p->map->table, &notes);
	mapped_say_left(p->map->nameless, p->map->left_out, &notes);
	p->parts->notes = arena_str(p->arena, text_str(&notes));
}

/* The one inventory that the file is, or holds. */
static bool part_member(struct parting *p, const struct estate_file_in *in, struct err *err)
{
	AUTO(read_file_releasep)
	struct read_file file = {.arena = p->arena,
				 .name = in->name,
				 .bytes = in->bytes,
				 .format = in->stated.format,
				 .map = in->stated.map};
	struct str map = in->stated.map;

	if (!read_open(&file, err))
		return false;
	if (file.n == 1 && file.members[0].format == ESTATE_DEVICE_LIST)
		map = str_of(register_mapping);
	if (file.n != 1 || (file.members[0].format != ESTATE_CSV && !map.n))
		return err_set(err, ERR_UNSUPPORTED,
			       "is no single inventory in the CSV template, register or table "
			       "read by --map: only those say whose device a row is "
			       "(doc/templates/inventory.md)");
	p->format = file.members[0].format == ESTATE_MAPPED ? ESTATE_AUTO : file.members[0].format;
	if (!part_table(p, map, file.members[0].bytes, err))
		return false;
	if (p->map)
		say_map(p);
	return true;
}

/* What the parts have in common, and each as a file of its own. */
static void hand_out(struct parting *p, const struct estate_file_in *in, struct str by)
{
	struct estate_parts *ret = p->parts;
	struct hash whole = hash_of(in->bytes);
	struct str source = in->stated.source;

	if (p->map && !source.n)
		source = map_source(p, by);
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
		ret->v[i].stated.format = p->format;
		ret->v[i].stated.source = source;
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
