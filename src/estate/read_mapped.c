#include "estate/mapping.h"
#include "estate/read.h"

/*
 * Any table, by a mapping of its columns: the first of the mapping's tables whose columns are all
 * there.  A row is a device, or one with a software or updates.  What a cell says is turned into
 * our words first, then checked like the template's.
 */

/* Where a choice's columns are in this file; SIZE_MAX: not there. */
struct place {
	const struct rule *rule;
	size_t at[MAPPING_CHOICES][MAPPING_PIECES];
};

struct sieve_place {
	const struct sieve *sieve;
	size_t at;
};

struct reading {
	struct rows *r;
	const struct mapping *m;
	const struct map_table *table; /* NULL: only what holds for all */
	struct place places[TARGETS];
	VEC_OF(struct sieve_place) sieves;
	const struct csv_row *header;
	bool *read; /* by column */
	struct text cell;
	uint64_t nameless, left_out, no_kbs, odd_udis, differing;
	size_t differing_line;
};

static void reading_release(struct reading *g)
{
	free(g->sieves.v);
	free(g->read);
	text_free(&g->cell);
}

static size_t column_of(const struct reading *g, struct str name)
{
	for (size_t i = 0; i < g->header->n; i++)
		if (str_eq_ci(str_trim(g->header->v[i]), name)) {
			g->read[i] = true;
			return i;
		}
	return SIZE_MAX;
}

/* Is a choice whole: a constant, or all of its columns there? */
static bool choice_place(const struct reading *g, const struct choice *c, size_t at[MAPPING_PIECES])
{
	bool whole = true;

	for (size_t i = 0; i < c->n; i++) {
		at[i] = c->v[i].column.n ? column_of(g, c->v[i].column) : SIZE_MAX;
		whole = whole && (at[i] != SIZE_MAX || !c->v[i].column.n);
	}
	return whole;
}

static struct str choice_column(const struct rule *rule)
{
	for (size_t i = 0; i < rule->v[0].n; i++)
		if (rule->v[0].v[i].column.n)
			return rule->v[0].v[i].column;
	return (struct str){0};
}

static const struct rule *rule_of(const struct reading *g, enum target t)
{
	if (g->table && g->table->rules[t].n)
		return &g->table->rules[t];
	return g->m->common.rules[t].n ? &g->m->common.rules[t] : NULL;
}

static bool sieves_place(struct reading *g, const struct map_table *t, const struct sieve **missing)
{
	for (size_t i = 0; t && i < t->sieves.n; i++) {
		size_t at = column_of(g, t->sieves.v[i].column);

		if (at == SIZE_MAX) {
			*missing = &t->sieves.v[i];
			return false;
		}
		VEC_PUSH(&g->sieves, (struct sieve_place){&t->sieves.v[i], at});
	}
	return true;
}

/* Find all columns; *ret_missing is one that must be there and is not. */
static bool table_place(struct reading *g, const struct map_table *table, struct str *ret_missing)
{
	const struct sieve *lost = NULL;

	g->table = table;
	g->sieves.n = 0;
	memset(g->read, 0, g->header->n + 1);
	for (unsigned t = 0; t < TARGETS; t++) {
		const struct rule *rule = rule_of(g, (enum target)t);
		bool any = false;

		g->places[t].rule = rule;
		for (size_t i = 0; rule && i < rule->n; i++)
			any |= choice_place(g, &rule->v[i], g->places[t].at[i]);
		if (rule && !any && !rule->optional) {
			*ret_missing = choice_column(rule);
			return false;
		}
	}
	if (sieves_place(g, &g->m->common, &lost) && sieves_place(g, table, &lost))
		return true;
	*ret_missing = lost->column;
	return false;
}

static bool tables_place(struct reading *g, struct err *err)
{
	struct str missing = {0};

	if (!g->m->tables.n) {
		if (table_place(g, NULL, &missing))
			return true;
		return rows_err(g->r, err, ERR_INVALID,
				"there is no column \"%.*s\", which the mapping names",
				STR_FMT(str_sub(missing, 0, 80)));
	}
	for (size_t i = 0; i < g->m->tables.n; i++)
		if (table_place(g, &g->m->tables.v[i], &missing))
			return true;
	return rows_err(g->r, err, ERR_INVALID,
			"its columns fit none of the %zu tables of the mapping: for [%.*s], the "
			"last, there is no column \"%.*s\"",
			g->m->tables.n, STR_FMT(str_sub(g->table->name, 0, 60)),
			STR_FMT(str_sub(missing, 0, 80)));
}

/* ---- cells ---------------------------------------------------------------------------- */

static bool translate_in(const struct map_table *t, enum target target, struct str *cell)
{
	const struct word *other = NULL;

	for (size_t i = 0; t && i < t->words.n; i++) {
		const struct word *w = &t->words.v[i];

		if (w->target != target)
			continue;
		if (str_eq_ci(w->from, *cell)) {
			*cell = w->to;
			return true;
		}
		if (str_is(w->from, "*"))
			other = w;
	}
	if (other)
		*cell = other->to;
	return other != NULL;
}

/* Pieces up to the first that says nothing: "{OScode}.{BuildNumber}" may end before the dot. */
static struct str choice_cell(struct reading *g, const struct choice *c, const size_t *at,
			      const struct csv_row *row)
{
	if (c->n == 1 && c->v[0].constant)
		return c->v[0].before;
	if (c->n == 1 && !c->v[0].before.n)
		return str_trim(csv_field(row, at[0]));
	text_clear(&g->cell);
	for (size_t i = 0; i < c->n; i++) {
		struct str field = str_trim(csv_field(row, at[i]));

		if (c->v[i].column.n && !field.n)
			break;
		text_add(&g->cell, c->v[i].before);
		text_add(&g->cell, field);
	}
	return str_trim(text_str(&g->cell));
}

/* What the row says of a target, in our words; it lives until the next one. */
static struct str cell_of(struct reading *g, enum target target, const struct csv_row *row)
{
	const struct place *p = &g->places[target];
	struct str cell = {0};

	for (size_t i = 0; p->rule && i < p->rule->n && !cell.n; i++)
		cell = choice_cell(g, &p->rule->v[i], p->at[i], row);
	if (cell.n && !translate_in(g->table, target, &cell))
		(void)translate_in(&g->m->common, target, &cell);
	return cell;
}

/* Of two words on one device the first may stand. */
static bool settle(struct reading *g, struct err *err)
{
	if (!g->m->first_word || err->code != ERR_INVALID ||
	    !strstr(err->text, "two devices with one id"))
		return false;
	if (!g->differing++)
		g->differing_line = g->r->line;
	return true;
}

static bool put_smb1(struct rows *r, struct row_device *d, struct str cell, struct err *err)
{
	uint8_t on = SAID_UNKNOWN;

	if (!rows_flag(r, &on, "smb1", cell, err))
		return false;
	if (on && !d->smb1_off)
		d->smb1_off = on == SAID_YES ? SAID_NO : SAID_YES;
	return true;
}

static bool put_flag(struct rows *r, uint8_t *field, const char *what, struct str cell,
		     struct err *err)
{
	uint8_t said = SAID_UNKNOWN;

	if (!rows_flag(r, &said, what, cell, err))
		return false;
	if (!*field)
		*field = said;
	return true;
}

static bool put_role(struct rows *r, struct row_device *d, struct str cell, struct err *err)
{
	if (str_eq_ci(cell, STR("server")))
		d->server = SERVER_SERVER;
	else if (str_eq_ci(cell, STR("client")))
		d->server = SERVER_CLIENT;
	else
		return rows_err(r, err, ERR_INVALID,
				"os_role \"%.*s\" is neither client nor server",
				STR_FMT(str_sub(cell, 0, 60)));
	return true;
}

static bool put_support(struct reading *g, uint32_t device, struct str cell, struct err *err)
{
	char buf[STAMP_BYTES];
	struct str day;

	if (!mapping_last_day(cell, g->m->dates, buf, &day))
		return rows_err(g->r, err, ERR_INVALID,
				"support_until \"%.*s\" is no day, month or year as 2027-06-30, "
				"2027-06, 2027",
				STR_FMT(str_sub(cell, 0, 60)));
	return rows_keep_text(g->r, device, KEPT_SUPPORT, day, err) || settle(g, err);
}

static bool put_udi(struct reading *g, uint32_t device, struct str cell, struct err *err)
{
	if (cell.n > ROW_ID_MAX)
		return rows_err(g->r, err, ERR_LIMIT, "udi is %zu bytes long, at most %d are read",
				cell.n, ROW_ID_MAX);
	g->odd_udis += !udi_looks_right(cell);
	return rows_keep_text(g->r, device, KEPT_UDI, cell, err) || settle(g, err);
}

static bool put_seen(struct reading *g, uint32_t device, struct str cell, struct err *err)
{
	struct row_device *d = &g->r->devices.v[device];
	int64_t ms;

	if (!mapping_date(cell, g->m->dates, &ms))
		return rows_err(g->r, err, ERR_INVALID,
				"seen \"%.*s\" is no date as the mapping says (dates = iso, dmy "
				"or mdy)",
				STR_FMT(str_sub(cell, 0, 60)));
	d->seen_ms = MAX_OF(d->seen_ms, ms);
	g->r->taken_ms = MAX_OF(g->r->taken_ms, ms);
	return true;
}

static bool put_text(struct reading *g, uint32_t device, enum target t, struct str cell,
		     struct err *err)
{
	static const struct {
		enum row_text text;
		int kept; /* -1: a text of the row */
	} to[TARGETS] = {
		[TARGET_TYPE] = {ROW_TYPE, -1},
		[TARGET_SEGMENT] = {ROW_SEGMENT, -1},
		[TARGET_SERVICE] = {ROW_SERVICE, -1},
		[TARGET_OS] = {ROW_OS_NAME, -1},
		[TARGET_OS_VERSION] = {ROW_OS_VERSION, -1},
		[TARGET_OS_CPE] = {ROW_OS_CPE, -1},
		[TARGET_VENDOR] = {ROW_TEXTS, KEPT_VENDOR},
		[TARGET_MODEL] = {ROW_TEXTS, KEPT_MODEL},
		[TARGET_CONTROLS] = {ROW_TEXTS, KEPT_CONTROLS},
	};

	if (t == TARGET_OS || t == TARGET_OS_VERSION || t == TARGET_OS_CPE)
		rows_seen(g->r, device, FACET_OS);
	if (to[t].kept < 0)
		return rows_text(g->r, device, to[t].text, cell, err) || settle(g, err);
	return rows_keep_text(g->r, device, (enum kept)to[t].kept, cell, err) || settle(g, err);
}

static bool put_device_cell(struct reading *g, uint32_t device, enum target t, struct str cell,
			    struct err *err)
{
	struct row_device *d = &g->r->devices.v[device];

	switch (t) {
	case TARGET_CLASS:
		return rows_class(g->r, device, cell, err) || settle(g, err);
	case TARGET_INTERNET:
		return put_flag(g->r, &d->internet_facing, "internet_facing", cell, err);
	case TARGET_SMB1:
		return put_smb1(g->r, d, cell, err);
	case TARGET_OS_ARCH:
		d->arch = (uint8_t)row_arch_of(cell);
		return true;
	case TARGET_OS_ROLE:
		return put_role(g->r, d, cell, err);
	case TARGET_SUPPORT:
		return put_support(g, device, cell, err);
	case TARGET_UDI:
		return put_udi(g, device, cell, err);
	case TARGET_SEEN:
		return put_seen(g, device, cell, err);
	default:
		return put_text(g, device, t, cell, err);
	}
}

/* A number within a title: "2017-05 Security Update (KB4019264)". */
static bool kb_within(struct str s, uint32_t *ret)
{
	for (size_t at = 0; (at = str_find_ci(s, STR("kb"), at)) != SIZE_MAX; at += 2) {
		size_t n = at + 2;

		while (n < s.n && char_is_digit(s.p[n]))
			n++;
		if (n - at > 5 && kb_parse(str_sub(s, at, n - at), ret))
			return true;
	}
	return false;
}

static void put_updates(struct reading *g, uint32_t device, struct str cell)
{
	struct rows *r = g->r;
	uint32_t kb;

	while (cell.n) {
		size_t n = 0;
		struct str piece;

		while (n < cell.n && cell.p[n] != ';' && cell.p[n] != ',')
			n++;
		piece = str_trim(str_sub(cell, 0, n));
		cell = str_from_offset(cell, n + 1);
		if (!piece.n || str_eq_ci(piece, STR("unknown")))
			continue;
		if (str_eq_ci(piece, STR("incomplete")))
			rows_incomplete(r, device, FACET_UPDATES);
		else if (kb_parse(piece, &kb) || kb_within(piece, &kb))
			rows_kb(r, device, kb);
		else if (!str_eq_ci(piece, STR("none"))) {
			g->no_kbs++;
			continue;
		}
		rows_seen(r, device, FACET_UPDATES);
	}
}

/* A cell that is made of pieces lasts no longer than the next. */
static struct str lasting(struct reading *g, struct arena *arena, enum target t,
			  const struct csv_row *row)
{
	struct str cell = cell_of(g, t, row);

	return cell.n && cell.p == g->cell.p ? arena_str(arena, cell) : cell;
}

static bool put_software(struct reading *g, uint32_t device, const struct csv_row *row,
			 struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	const struct row_raw raw = {
		.publisher = lasting(g, arena, TARGET_PUBLISHER, row),
		.name = lasting(g, arena, TARGET_NAME, row),
		.version = lasting(g, arena, TARGET_VERSION, row),
		.cpe = lasting(g, arena, TARGET_CPE, row),
		.purl = lasting(g, arena, TARGET_PURL, row),
	};

	return rows_software(g->r, device, &raw, false, err);
}

static bool put_org(struct rows *r, struct str cell, struct err *err)
{
	if (!cell.n || str_eq_ci(cell, r->org))
		return true;
	if (r->org.n)
		return rows_err(r, err, ERR_INVALID,
				"rows of two organisations, \"%.*s\" and \"%.*s\": only the "
				"template can be parted",
				STR_FMT(str_sub(r->org, 0, 60)), STR_FMT(str_sub(cell, 0, 60)));
	if (!rows_check(r, "org", cell, ROW_ID_MAX, err))
		return false;
	r->org = arena_str(r->arena, cell);
	return true;
}

static bool is_left_out(const struct reading *g, const struct csv_row *row)
{
	bool only = false, taken = false;

	for (size_t i = 0; i < g->sieves.n; i++) {
		const struct sieve_place *s = &g->sieves.v[i];
		bool same = str_eq_ci(str_trim(csv_field(row, s->at)), s->sieve->value);

		if (same && !s->sieve->only)
			return true;
		only |= s->sieve->only;
		taken |= same && s->sieve->only;
	}
	return only && !taken;
}

static bool put_row(struct reading *g, const struct csv_row *row, struct err *err)
{
	struct str cell = cell_of(g, TARGET_DEVICE, row);
	uint32_t device;

	if (is_left_out(g, row)) {
		g->left_out++;
		g->r->skipped++;
		return true;
	}
	if (!cell.n) {
		g->nameless++;
		g->r->skipped++;
		return true;
	}
	if (!rows_device(g->r, cell, &device, err) ||
	    !put_org(g->r, cell_of(g, TARGET_ORG, row), err))
		return false;
	for (enum target t = TARGET_CLASS; t <= TARGET_SEEN; t++) {
		cell = cell_of(g, t, row);
		if (cell.n && !put_device_cell(g, device, t, cell, err))
			return false;
	}
	put_updates(g, device, cell_of(g, TARGET_UPDATES, row));
	if (!put_software(g, device, row, err))
		return false;
	for (unsigned f = 0; f < FACETS; f++)
		if (g->m->incomplete >> f & 1)
			rows_incomplete(g->r, device, (enum facet)f);
	return true;
}

/* ---- the file ------------------------------------------------------------------------- */

/* What Excel and PowerShell put before the header. */
static size_t skip_preamble(struct str bytes, size_t *lines)
{
	struct str rest = bytes, line;
	size_t at = 0;

	*lines = 0;
	while (str_next_line(&rest, &line)) {
		struct str clean = str_trim(line);

		if (str_starts(clean, STR("\xef\xbb\xbf")))
			clean = str_from_offset(clean, 3);
		if (clean.n && clean.p[0] != '#' &&
		    !(str_starts_ci(clean, STR("sep=")) && clean.n <= 6))
			break;
		++*lines;
		at = bytes.n - rest.n;
	}
	return at;
}

static void say_unread(struct reading *g)
{
	struct text *notes = &g->r->notes;
	size_t n = 0;

	for (size_t i = 0; i < g->header->n; i++) {
		struct str name = str_trim(g->header->v[i]);

		if (g->read[i] || !name.n)
			continue;
		if (n++ < 12)
			text_addf(notes, "%s%.*s", n == 1 ? "columns not read: " : ", ",
				  STR_FMT(str_sub(name, 0, 60)));
	}
	if (n > 12)
		text_addf(notes, " and %zu more", n - 12);
	if (n)
		text_add_char(notes, '\n');
}

static void say_counts(const struct reading *g)
{
	struct text *notes = &g->r->notes;

	if (g->nameless)
		text_addf(notes, "%ju %s no device and %s left out\n", (uintmax_t)g->nameless,
			  plural(g->nameless, "row names", "rows name"),
			  plural(g->nameless, "is", "are"));
	if (g->left_out)
		text_addf(notes, "%ju %s left out as the mapping says\n", (uintmax_t)g->left_out,
			  plural(g->left_out, "row is", "rows are"));
	if (g->no_kbs)
		text_addf(notes, "%ju %s of updates hold no KB number\n", (uintmax_t)g->no_kbs,
			  plural(g->no_kbs, "word", "words"));
	if (g->odd_udis)
		text_addf(notes,
			  "%ju %s of no form that GS1, HIBCC or ICCBBA give; kept as "
			  "stated\n",
			  (uintmax_t)g->odd_udis, plural(g->odd_udis, "UDI is", "UDIs are"));
	if (g->differing)
		text_addf(notes,
			  "%ju %s another thing of a device than was said before, first in line "
			  "%zu; what was said first stands\n",
			  (uintmax_t)g->differing, plural(g->differing, "cell says", "cells say"),
			  g->differing_line);
}

static bool put_rows(struct reading *g, struct csv *csv, size_t lines, struct err *err)
{
	const struct csv_row *row;

	for (;;) {
		if (!csv_next(csv, &row, err))
			return read_csv_shift(err, lines);
		if (!row)
			return true;
		g->r->line = row->line + lines;
		g->r->lines++;
		if (row->n > g->header->n)
			return rows_err(g->r, err, ERR_INVALID,
					"%zu columns where the header has %zu", row->n,
					g->header->n);
		if (!put_row(g, row, err))
			return false;
	}
}

/* The header lives as long as its own reader. */
static bool read_table(struct reading *g, struct str bytes, struct err *err)
{
	size_t lines, at = skip_preamble(bytes, &lines);
	struct str body = str_from_offset(bytes, at);
	AUTO(csv_closep) struct csv *head = csv_open(body, (struct csv_options){0});
	AUTO(csv_closep) struct csv *csv = NULL;
	const struct csv_row *row;

	if (!csv_next(head, &g->header, err))
		return read_csv_shift(err, lines);
	if (!g->header)
		return err_set(err, ERR_INVALID,
			       "there is no header line: the first line names the columns");
	g->read = mem_zero(g->header->n + 1, sizeof(*g->read));
	g->r->line = lines + g->header->line;
	if (!tables_place(g, err))
		return false;
	say_unread(g);
	csv = csv_open(body, (struct csv_options){.sep = csv_sep(head)});
	return csv_next(csv, &row, err) && put_rows(g, csv, lines, err);
}

static bool read_by(struct rows *r, const struct mapping *m, struct str bytes, struct err *err)
{
	AUTO(reading_release) struct reading g = {.r = r, .m = m};
	AUTO(text_freep) struct text utf8 = {0};

	if (m->kind.n)
		r->kind = arena_str(r->arena, m->kind);
	if (m->whole >= 0)
		r->whole = m->whole;
	if (m->sees >= 0)
		r->sees = m->sees;
	if (!text_to_utf8(bytes, true, &utf8, err))
		return false;
	if (!read_table(&g, text_str(&utf8), err))
		return false;
	say_counts(&g);
	/* Two reports of one product are two sources: what one leaves out the other still says. */
	if (m->source.n)
		r->source = g.table ? arena_fmt(r->arena, "%.*s %.*s", STR_FMT(m->source),
						STR_FMT(str_sub(g.table->name, 0, 100)))
				    : arena_str(r->arena, m->source);
	return read_csv_statements(r, text_str(&utf8), err);
}

static bool read_with(struct rows *r, struct str map, struct str bytes, struct err *err)
{
	AUTO(mapping_release) struct mapping m = {0};

	return mapping_parse(map, &m, err) && read_by(r, &m, bytes, err);
}

bool read_mapped(struct rows *r, const struct read_member *m, struct err *err)
{
	if (!m->map.n)
		return err_set(err, ERR_USAGE,
			       "a table of others is read by a mapping of its columns: --map NAME "
			       "or FILE");
	return read_with(r, m->map, m->bytes, err);
}

bool read_register(struct rows *r, const struct read_member *m, struct err *err)
{
	return read_with(r, str_of(register_mapping), m->bytes, err);
}
