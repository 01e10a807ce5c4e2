#include "estate/read_csv.h"

/*
 * The template of doc/templates/inventory.md: a row is a device, or a device
 * with one software.
 */

static const char *const column_names[COLUMNS] = {
	[COL_DEVICE] = "device",
	[COL_CLASS] = "class",
	[COL_TYPE] = "type",
	[COL_SEGMENT] = "segment",
	[COL_SERVICE] = "service",
	[COL_OS] = "os",
	[COL_OS_VERSION] = "os_version",
	[COL_OS_CPE] = "os_cpe",
	[COL_OS_ARCH] = "os_arch",
	[COL_OS_ROLE] = "os_role",
	[COL_INTERNET] = "internet_facing",
	[COL_SMB1] = "smb1",
	[COL_PUBLISHER] = "publisher",
	[COL_NAME] = "name",
	[COL_VERSION] = "version",
	[COL_CPE] = "cpe",
	[COL_PURL] = "purl",
	[COL_UPDATES] = "updates",
	[COL_FILES] = "files",
	[COL_ORG] = "org",
};

static bool split_cell(struct str *rest, struct str *ret)
{
	while (rest->n) {
		size_t n = 0;

		while (n < rest->n && rest->p[n] != ';')
			n++;
		*ret = str_trim(str_sub(*rest, 0, n));
		*rest = str_from_offset(*rest, n + 1);
		if (ret->n)
			return true;
	}
	return false;
}

/* "KB4012212; KB4012215", "none", "unknown"; "incomplete" beside numbers: there are more. */
static bool put_updates(struct rows *r, uint32_t device, struct str cell, struct err *err)
{
	struct str piece;
	uint32_t kb;

	while (split_cell(&cell, &piece)) {
		if (str_eq_ci(piece, STR("unknown")))
			continue;
		if (str_eq_ci(piece, STR("incomplete")))
			rows_incomplete(r, device, FACET_UPDATES);
		else if (kb_parse(piece, &kb))
			rows_kb(r, device, kb);
		else if (!str_eq_ci(piece, STR("none")))
			return rows_err(r, err, ERR_INVALID,
					"update \"%.*s\" is no KB number (nor none, unknown, "
					"incomplete)",
					STR_FMT(str_sub(piece, 0, 60)));
		rows_seen(r, device, FACET_UPDATES);
	}
	return true;
}

static bool put_files(struct rows *r, uint32_t device, struct str cell, struct err *err)
{
	struct str piece;

	while (split_cell(&cell, &piece)) {
		size_t eq = str_find_char(piece, '=', 0);

		if (!rows_file(r, device, str_sub(piece, 0, eq),
			       eq == SIZE_MAX ? (struct str){0} : str_from_offset(piece, eq + 1),
			       err))
			return false;
	}
	return true;
}

static bool put_role(struct rows *r, struct row_device *d, struct str s, struct err *err)
{
	uint8_t server = SERVER_UNKNOWN;

	s = str_trim(s);
	if (str_eq_ci(s, STR("server")))
		server = SERVER_SERVER;
	else if (str_eq_ci(s, STR("client")))
		server = SERVER_CLIENT;
	else
		return rows_err(r, err, ERR_INVALID,
				"os_role \"%.*s\" is neither client nor server",
				STR_FMT(str_sub(s, 0, 60)));
	if (d->server && d->server != server)
		return rows_err(r, err, ERR_INVALID,
				"two devices with one id: \"%.*s\" is client and server",
				STR_FMT(str_sub(d->text[ROW_ID], 0, 64)));
	d->server = server;
	return true;
}

static bool put_device_cell(struct rows *r, uint32_t device, enum column c, struct str s,
			    struct err *err)
{
	static const enum row_text texts[DEVICE_COLUMNS] = {
		[COL_TYPE] = ROW_TYPE,
		[COL_SEGMENT] = ROW_SEGMENT,
		[COL_SERVICE] = ROW_SERVICE,
		[COL_OS] = ROW_OS_NAME,
		[COL_OS_VERSION] = ROW_OS_VERSION,
		[COL_OS_CPE] = ROW_OS_CPE,
	};
	struct row_device *d = &r->devices.v[device];
	uint8_t smb1 = SAID_UNKNOWN;

	if (c == COL_OS || c == COL_OS_VERSION || c == COL_OS_CPE)
		rows_seen(r, device, FACET_OS);
	switch (c) {
	case COL_CLASS:
		return rows_class(r, device, s, err);
	case COL_INTERNET:
		return rows_flag(r, &d->internet_facing, "internet_facing", s, err);
	case COL_SMB1:
		if (d->smb1_off)
			smb1 = d->smb1_off == SAID_YES ? SAID_NO : SAID_YES;
		if (!rows_flag(r, &smb1, "smb1", s, err))
			return false;
		if (smb1)
			d->smb1_off = smb1 == SAID_YES ? SAID_NO : SAID_YES;
		return true;
	case COL_OS_ARCH:
		d->arch = (uint8_t)row_arch_of(s);
		return true;
	case COL_OS_ROLE:
		return put_role(r, d, s, err);
	default:
		return rows_text(r, device, texts[c], s, err);
	}
}

/* Whose the rows are may be said, but it must be one organisation in all of them. */
bool csv_put_org(struct rows *r, struct str cell, struct err *err)
{
	cell = str_trim(cell);
	if (!cell.n || str_eq_ci(cell, r->org))
		return true;
	if (r->org.n)
		return rows_err(r, err, ERR_INVALID,
				"rows of two organisations, \"%.*s\" and \"%.*s\"",
				STR_FMT(str_sub(r->org, 0, 60)), STR_FMT(str_sub(cell, 0, 60))) ||
		       err_hint(err, ": lynchpin estate import --by SUPPLIER parts such a file");
	if (!rows_check(r, "org", cell, ROW_ID_MAX, err))
		return false;
	r->org = rows_keep(r, cell);
	return true;
}

bool csv_put_row(struct rows *r, const struct csv_plan *p, const struct csv_row *row,
		 struct csv_last *last, struct err *err)
{
	struct str id = csv_field(row, p->at[COL_DEVICE]), cell;
	struct row_raw raw;

	if (!csv_put_org(r, csv_field(row, p->at[COL_ORG]), err))
		return false;
	if (!last->any || !str_eq(id, last->cell[COL_DEVICE])) {
		memset(last, 0, sizeof(*last));
		if (!rows_device(r, id, &last->device, err))
			return false;
		last->cell[COL_DEVICE] = r->devices.v[last->device].text[ROW_ID];
		last->any = true;
	}
	for (unsigned c = COL_CLASS; c < DEVICE_COLUMNS; c++) {
		cell = csv_field(row, p->at[c]);
		if (!cell.n || str_eq(cell, last->cell[c]))
			continue;
		if (!put_device_cell(r, last->device, (enum column)c, cell, err))
			return false;
		/* A quoted cell lives no longer than its row; without quotes cells last. */
		last->cell[c] = r->borrow ? cell : (struct str){0};
	}
	raw = (struct row_raw){
		.cpe = csv_field(row, p->at[COL_CPE]),
		.purl = csv_field(row, p->at[COL_PURL]),
		.publisher = csv_field(row, p->at[COL_PUBLISHER]),
		.name = csv_field(row, p->at[COL_NAME]),
		.version = csv_field(row, p->at[COL_VERSION]),
	};
	if (!rows_software(r, last->device, &raw, true, err))
		return false;
	cell = csv_field(row, p->at[COL_UPDATES]);
	if (cell.n && !put_updates(r, last->device, cell, err))
		return false;
	cell = csv_field(row, p->at[COL_FILES]);
	return !cell.n || put_files(r, last->device, cell, err);
}

/* "line 3: ..." of a piece is another line of the file. */
bool read_csv_shift(struct err *err, size_t by)
{
	const struct err was = *err; /* err's own text is written while it is read from here */
	struct str text = str_of(was.text), number;
	size_t colon = str_find_char(text, ':', 0);
	uint64_t n;

	if (!str_starts(text, STR("line ")) || colon == SIZE_MAX)
		return false;
	number = str_sub(text, 5, colon - 5);
	if (!str_to_u64(number, &n))
		return false;
	text = str_from_offset(text, colon);
	return err_set(err, was.code, "line %zu%.*s", (size_t)n + by,
		       (int)MIN_OF(text.n, (size_t)400), text.p);
}

size_t read_csv_whole_line(const struct rows *r, size_t line)
{
	size_t from = 0, to = r->nruns;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (r->runs[mid].at <= line)
			from = mid + 1;
		else
			to = mid;
	}
	return from ? r->runs[from - 1].line + (line - r->runs[from - 1].at) : line;
}

/* Rows of bytes, which begin at line first_line + 1 of the file. */
static bool put_rows(struct rows *r, const struct csv_plan *p, struct str bytes, size_t first_line,
		     struct err *err)
{
	AUTO(csv_closep)
	struct csv *csv = csv_open(
		bytes,
		(struct csv_options){.sep = p->sep, .comments = true, .no_quotes = r->borrow});
	const struct csv_row *row;
	struct csv_last last = {0};

	for (;;) {
		if (!csv_next(csv, &row, err))
			return read_csv_shift(err, first_line);
		if (!row)
			return true;
		r->line = read_csv_whole_line(r, row->line + first_line);
		r->lines++;
		if (row->n != p->ncolumns)
			return rows_err(r, err, ERR_INVALID, "%zu columns where the header has %zu",
					row->n, p->ncolumns);
		if (!csv_put_row(r, p, row, &last, err))
			return false;
	}
}

static bool put_statement(struct rows *r, struct str key, struct str value, struct err *err)
{
	enum estate_kind kind;

	if (str_eq_ci(key, STR("source"))) {
		if (!rows_check(r, "source", value, ROW_ID_MAX, err))
			return false;
		r->source = arena_str(r->arena, value);
	} else if (str_eq_ci(key, STR("taken"))) {
		if (!stamp_parse(value, &r->taken_ms))
			return rows_err(r, err, ERR_INVALID,
					"taken: \"%.*s\" is no time as 2017-05-10T06:00Z",
					STR_FMT(str_sub(value, 0, 60)));
	} else if (str_eq_ci(key, STR("kind"))) {
		if (!row_kind_parse(value, &kind))
			return rows_err(r, err, ERR_INVALID,
					"kind: \"%.*s\" is none of agent, scan, register",
					STR_FMT(str_sub(value, 0, 60)));
		r->kind = str_of(estate_kind_name(kind));
	} else if (str_eq_ci(key, STR("scope"))) {
		if (!row_scope_parse(value, &r->whole))
			return rows_err(r, err, ERR_INVALID,
					"scope: \"%.*s\" is neither organisation nor devices",
					STR_FMT(str_sub(value, 0, 60)));
	} else if (str_eq_ci(key, STR("sees"))) {
		if (!row_sees_parse(value, &r->sees))
			return rows_err(r, err, ERR_INVALID,
					"sees: \"%.*s\" is not a list of os, software, updates",
					STR_FMT(str_sub(value, 0, 60)));
	}
	return true;
}

/* "# source: X" lines before the header. */
bool read_csv_statements(struct rows *r, struct str bytes, struct err *err)
{
	struct str line, rest = bytes;

	if (str_starts(rest, STR("\xef\xbb\xbf")))
		rest = str_from_offset(rest, 3);
	for (r->line = 1; str_next_line(&rest, &line); r->line++) {
		size_t colon;

		line = str_trim(line);
		if (!line.n)
			continue;
		if (line.p[0] != '#')
			break;
		colon = str_find_char(line, ':', 0);
		if (colon == SIZE_MAX)
			continue;
		if (!put_statement(r, str_trim(str_sub(line, 1, colon - 1)),
				   str_trim(str_from_offset(line, colon + 1)), err))
			return false;
	}
	return true;
}

static bool plan_columns(struct rows *r, const struct csv_row *header, struct csv_plan *p,
			 struct err *err)
{
	for (unsigned c = 0; c < COLUMNS; c++)
		p->at[c] = SIZE_MAX;
	p->ncolumns = header->n;
	for (size_t i = 0; i < header->n; i++) {
		struct str name = str_trim(header->v[i]);
		unsigned c = 0;

		/* A column of the sender's own says so, so that a slip of the pen is found. */
		if (str_starts_ci(name, STR("x_")))
			continue;
		while (c < COLUMNS && !str_eq_ci(name, str_of(column_names[c])))
			c++;
		if (c == COLUMNS)
			return rows_err(r, err, ERR_INVALID,
					"column \"%.*s\" is not one of the template; name it "
					"\"x_...\" to keep it out",
					STR_FMT(str_sub(name, 0, 60)));
		if (p->at[c] != SIZE_MAX)
			return rows_err(r, err, ERR_INVALID, "column \"%s\" is there twice",
					column_names[c]);
		p->at[c] = i;
	}
	if (p->at[COL_DEVICE] == SIZE_MAX)
		return rows_err(r, err, ERR_INVALID, "there is no column \"device\"");
	return true;
}

/* Find the header: the first line that is no comment. */
bool csv_read_header(struct rows *r, struct str bytes, struct csv_plan *p, struct err *err)
{
	struct str rest = bytes, line;
	size_t lines = 0;

	while (str_next_line(&rest, &line)) {
		AUTO(csv_closep) struct csv *csv = NULL;
		const struct csv_row *row = NULL;
		struct str clean = line;

		if (!lines++ && str_starts(clean, STR("\xef\xbb\xbf")))
			clean = str_from_offset(clean, 3);
		if (!str_trim(clean).n || clean.p[0] == '#')
			continue;
		r->line = lines;
		csv = csv_open(clean, (struct csv_options){0});
		if (!csv_next(csv, &row, err))
			return false;
		if (!row)
			break;
		p->sep = csv_sep(csv);
		p->end = bytes.n - rest.n;
		p->lines = lines;
		return plan_columns(r, row, p, err);
	}
	return err_set(err, ERR_INVALID,
		       "there is no header line: the first line names the columns");
}

bool read_csv_head(struct rows *r, struct str bytes, struct csv_head *ret, struct err *err)
{
	struct csv_plan p = {0};

	if (!read_csv_statements(r, bytes, err) || !csv_read_header(r, bytes, &p, err))
		return false;
	*ret = (struct csv_head){.end = p.end,
				 .lines = p.lines,
				 .ncolumns = p.ncolumns,
				 .org = p.at[COL_ORG],
				 .device = p.at[COL_DEVICE],
				 .sep = p.sep};
	return true;
}

/* Line by line: quotes are taken away, and what is wrong is said of the line where it is. */
static bool read_in_order(struct rows *r, struct str bytes, struct err *err)
{
	struct csv_plan plan = {0};
	bool borrow = r->borrow, ok;
	size_t bad;

	if (!str_is_utf8(bytes, &bad))
		return err_set(err, ERR_INVALID, "byte %zu is not UTF-8", bad);
	if (!read_csv_statements(r, bytes, err) || !csv_read_header(r, bytes, &plan, err))
		return false;
	/* With quotes a cell may be in the reader's memory: then texts are copied. */
	r->borrow = borrow && str_find_char(bytes, '"', plan.end) == SIZE_MAX;
	ok = put_rows(r, &plan, str_from_offset(bytes, plan.end), plan.lines, err);
	r->borrow = borrow;
	return ok;
}

bool read_csv(struct rows *r, const struct read_member *m, struct err *err)
{
	struct err clash = {0};

	if (r->borrow && csv_read_plain(r, m, &clash))
		return true;
	if (!read_in_order(r, m->bytes, err))
		return false;
	if (clash.code)
		*err = clash;
	return !clash.code;
}
