#include "estate/mapped.h"
#include "estate/read.h"

/*
 * Any table, by a mapping of its columns: the first of the mapping's tables whose columns are all
 * there.  A row is a device, or one with a software or updates.  What a cell says is turned into
 * our words first, then checked like the template's.
 */

struct reading {
	struct rows *r;
	struct mapped t;
	uint64_t nameless, left_out, no_kbs, odd_udis, differing, cut;
	size_t differing_line, cut_line;
};

static void reading_release(struct reading *g)
{
	mapped_release(&g->t);
}

/* Of two words on one device the first may stand. */
static bool settle(struct reading *g, struct err *err)
{
	if (!g->t.m->first_word || err->code != ERR_INVALID ||
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

	if (!mapping_last_day(cell, g->t.m->dates, buf, &day))
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

	if (!mapping_date(cell, g->t.m->dates, &ms))
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
	struct str cell = mapped_cell(&g->t, t, row);

	return cell.n && cell.p == g->t.cell.p ? arena_str(arena, cell) : cell;
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
				"rows of two organisations, \"%.*s\" and \"%.*s\"",
				STR_FMT(str_sub(r->org, 0, 60)), STR_FMT(str_sub(cell, 0, 60))) ||
		       err_hint(err, ": lynchpin estate import --by SUPPLIER --map ... parts such "
				     "a file");
	if (!rows_check(r, "org", cell, ROW_ID_MAX, err))
		return false;
	r->org = arena_str(r->arena, cell);
	return true;
}

static bool put_row(struct reading *g, const struct csv_row *row, struct err *err)
{
	struct str cell = mapped_cell(&g->t, TARGET_DEVICE, row);
	uint32_t device;

	if (mapped_leaves_out(&g->t, row)) {
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
	    !put_org(g->r, mapped_cell(&g->t, TARGET_ORG, row), err))
		return false;
	for (enum target t = TARGET_CLASS; t <= TARGET_SEEN; t++) {
		cell = mapped_cell(&g->t, t, row);
		if (cell.n && !put_device_cell(g, device, t, cell, err))
			return false;
	}
	put_updates(g, device, mapped_cell(&g->t, TARGET_UPDATES, row));
	if (!put_software(g, device, row, err))
		return false;
	for (unsigned f = 0; f < FACETS; f++)
		if (g->t.m->incomplete >> f & 1)
			rows_incomplete(g->r, device, (enum facet)f);
	return true;
}

/* ---- the file ------------------------------------------------------------------------- */

static void say_counts(const struct reading *g)
{
	struct text *notes = &g->r->notes;

	mapped_say_left(g->nameless, g->left_out, notes);
	if (g->cut)
		text_addf(
			notes,
			"%ju %s fewer cells than the header, first line %zu; what is not there is "
			"taken as empty\n",
			(uintmax_t)g->cut, plural(g->cut, "row has", "rows have"), g->cut_line);
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

static bool put_rows(struct reading *g, struct csv *csv, struct err *err)
{
	const struct csv_row *row;

	for (;;) {
		if (!csv_next(csv, &row, err))
			return read_csv_shift(err, g->t.before);
		if (!row)
			return true;
		g->r->line = read_csv_whole_line(g->r, row->line + g->t.before);
		g->r->lines++;
		if (row->n > g->t.header->n)
			return rows_err(g->r, err, ERR_INVALID,
					"%zu columns where the header has %zu", row->n,
					g->t.header->n);
		/* Spreadsheets leave off empty cells at the end. */
		if (row->n < g->t.header->n && !g->cut++)
			g->cut_line = g->r->line;
		if (!put_row(g, row, err))
			return false;
	}
}

static bool read_table(struct reading *g, struct str bytes, struct err *err)
{
	AUTO(csv_closep) struct csv *csv = NULL;
	const struct csv_row *header;

	if (!mapped_open(&g->t, bytes, err))
		return false;
	/* Of parts it is said once for all. */
	if (!g->r->runs)
		mapped_say(&g->t, &g->r->notes);
	csv = csv_open(str_from_offset(bytes, g->t.start),
		       (struct csv_options){.sep = csv_sep(g->t.head)});
	return csv_next(csv, &header, err) && put_rows(g, csv, err) &&
	       mapped_statements(g->r, &g->t, bytes, err);
}

static bool read_with(struct rows *r, struct str map, struct str bytes, struct err *err)
{
	AUTO(mapping_release) struct mapping m = {0};
	AUTO(reading_release) struct reading g = {.r = r, .t = {.m = &m, .r = r}};
	AUTO(text_freep) struct text utf8 = {0};

	if (!mapping_parse(map, &m, err) || !text_to_utf8(bytes, true, &utf8, err) ||
	    !read_table(&g, text_str(&utf8), err))
		return false;
	say_counts(&g);
	return true;
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
