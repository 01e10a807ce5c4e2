#include "directory/inner.h"

#include "base/table.h"
#include "wire/wire.h"

/* Larger than any register there is; a person's mistake is caught before memory is taken. */
#define FILE_MAX_BYTES ((uint64_t)256 << 20)

static const struct row_format *const lists[] = {ods_formats, nhs_formats, template_formats};

static const struct row_format *format_number(size_t i)
{
	for (size_t l = 0; l < ARRAY_LEN(lists); l++)
		for (const struct row_format *f = lists[l]; f->about.name; f++)
			if (i-- == 0)
				return f;
	return NULL;
}

const struct directory_format *directory_format_at(size_t i)
{
	const struct row_format *f = format_number(i);

	return f ? &f->about : NULL;
}

static bool columns_fit(const struct row_format *f, const struct str *names, size_t n)
{
	for (size_t c = 0; c < f->needed; c++) {
		size_t i = 0;

		while (i < n && !str_eq_ci(str_trim(names[i]), str_of(f->columns[c])))
			i++;
		if (i == n)
			return false;
	}
	return true;
}

/* The first format that the first row fits. */
static const struct row_format *recognise(const struct csv_row *first)
{
	const struct row_format *f;

	for (size_t i = 0; (f = format_number(i)); i++)
		if (f->columns ? columns_fit(f, first->v, first->n) : f->looks(first))
			return f;
	return NULL;
}

/* The format asked for, or the first that the file looks like; NULL with err. */
static const struct row_format *choose(struct str bytes, struct str format, struct err *err)
{
	AUTO(csv_closep) struct csv *csv = csv_open(bytes, (struct csv_options){.sep = ','});
	const struct csv_row *first = NULL;
	const struct row_format *f = NULL;
	bool any = !format.n || str_is(format, "auto");

	for (size_t i = 0; !any && (f = format_number(i)); i++)
		if (str_is(format, f->about.name))
			return f;
	if (!any)
		err_set(err, ERR_UNSUPPORTED, "there is no format \"%.*s\"", STR_FMT(format));
	if (!any || !csv_next(csv, &first, err))
		return NULL;
	if (first)
		f = recognise(first);
	if (!first)
		err_set(err, ERR_INVALID, "the file is empty");
	else if (!f)
		err_set(err, ERR_UNSUPPORTED,
			"line %zu: neither a header nor an ODS row of 27 columns that we know "
			"(%zu columns, the first \"%.*s\"); --format names one",
			first->line, first->n, (int)MIN_OF(first->v[0].n, (size_t)60),
			first->v[0].n ? first->v[0].p : "");
	return f;
}

static void note(struct reader *r, size_t line, const char *text)
{
	struct directory_report *report = r->report;

	if (report->nreasons == DIRECTORY_REASONS)
		return;
	report->reasons[report->nreasons++] =
		(struct directory_reason){line, arena_str(r->arena, str_of(text))};
}

static bool open_columns(struct reader *r, const struct row_format *f, struct err *err)
{
	if (!csv_header(r->csv, err))
		return false;
	for (size_t c = 0; c < ARRAY_LEN(r->column); c++)
		r->column[c] = SIZE_MAX;
	for (size_t c = 0; f->columns[c]; c++) {
		r->column[c] = csv_column(r->csv, f->columns[c]);
		if (c < f->needed && r->column[c] == SIZE_MAX)
			return err_set(err, ERR_INVALID, "column \"%s\" is missing (format %s)",
				       f->columns[c], f->about.name);
	}
	return true;
}

/* What a refused row had said is taken back. */
static void take_row(struct reader *r, const struct row_format *f)
{
	struct directory_batch before = *r->batch;
	struct err why;
	bool skip = false;

	if (f->row(r, &skip, &why)) {
		*(skip ? &r->report->skipped : &r->report->accepted) += 1;
		return;
	}
	r->batch->facts.n = before.facts.n;
	r->batch->ties.n = before.ties.n;
	r->batch->rows.n = before.rows.n;
	r->report->refused++;
	note(r, r->row->line, why.text);
}

static bool read_rows(struct reader *r, const struct row_format *f, struct err *err)
{
	size_t width = 0;

	for (;;) {
		if (!csv_next(r->csv, &r->row, err))
			return false;
		if (!r->row)
			return true;
		if (!width)
			width = r->row->n;
		if (r->row->n != width)
			return err_set(err, ERR_INVALID, "line %zu: %zu columns where %zu are due",
				       r->row->line, r->row->n, width);
		take_row(r, f);
	}
}

/* Did anything come of it? */
static bool judge(const struct reader *r, struct err *err)
{
	const struct directory_report *p = r->report;

	if (p->accepted + p->skipped + p->refused == 0)
		return err_set(err, ERR_INVALID, "there are no rows under the header");
	if (p->accepted)
		return true;
	if (!p->refused)
		return err_set(err, ERR_INVALID, "none of the %llu rows is one that %s is read for",
			       (unsigned long long)p->skipped, p->format);
	return err_set(err, ERR_INVALID, "none of the %llu rows makes sense as %s; line %zu: %.*s",
		       (unsigned long long)p->refused, p->format, p->reasons[0].line,
		       STR_FMT(p->reasons[0].text));
}

static bool read_text(struct reader *r, const struct row_format *f, struct err *err)
{
	AUTO(csv_closep) struct csv *csv = csv_open(r->bytes, (struct csv_options){.sep = ','});
	AUTO(intern_closep) struct intern *seen = intern_open();
	bool ok;

	r->csv = csv;
	r->weight = (uint8_t)f->weight;
	r->seen = seen;
	ok = (!f->columns || open_columns(r, f, err)) && (!f->begin || f->begin(r, err)) &&
	     read_rows(r, f, err) && judge(r, err);
	r->csv = NULL;
	r->seen = NULL;
	return ok;
}

/* The one member of the file, unpacked where it is packed, as UTF-8. */
static bool plain_text(const struct directory_import *import, struct text *ret, struct err *err)
{
	const struct unpack_limits limits = {
		.member_bytes = FILE_MAX_BYTES, .total_bytes = FILE_MAX_BYTES, .members = 2};
	AUTO(unpack_closep) struct unpack *u = NULL;
	const struct unpack_member *member = NULL;

	if (import->bytes.n > FILE_MAX_BYTES)
		return err_set(err, ERR_LIMIT, "larger than 256 MiB");
	if (!unpack_bytes(import->file, import->bytes, &limits, &u, err) ||
	    !unpack_next(u, &member, err))
		return false;
	if (!member)
		return err_set(err, ERR_INVALID, "the file is empty");
	if (!text_to_utf8(member->bytes, true, ret, err))
		return false;
	if (!unpack_next(u, &member, err))
		return false;
	return !member || err_set(err, ERR_UNSUPPORTED, "the archive holds more than one file");
}

bool directory_read(const struct directory_import *import, struct arena *arena,
		    struct directory_report *report, struct directory_batch **ret, struct err *err)
{
	AUTO(text_freep) struct text text = {0};
	struct directory_report found = {.taken_ms = DIRECTORY_NO_DATE};
	struct reader r = {.arena = arena, .report = &found, .batch = batch_new(arena)};
	const struct row_format *f = NULL;

	if (!plain_text(import, &text, err))
		return false;
	r.bytes = text_str(&text);
	f = choose(r.bytes, import->format, err);
	if (!f)
		return false;
	found.format = f->about.name;
	found.source = f->about.source;
	if (!read_text(&r, f, err))
		return false;
	batch_settle(r.batch);
	*report = found;
	*ret = r.batch;
	return true;
}

/* --- for the readers --- */

struct str field(struct reader *r, size_t i)
{
	return str_trim(csv_field(r->row, r->column[i]));
}

struct str keep(struct reader *r, struct str s)
{
	return arena_str(r->arena, s);
}

bool field_code(struct reader *r, size_t i, bool may_be_empty, struct str *ret, struct err *err)
{
	struct str s = field(r, i);

	if (s.n == 0 && may_be_empty)
		return *ret = (struct str){0}, true;
	if (s.n == 0)
		return err_set(err, ERR_INVALID, "the code is empty");
	if (!code_valid(s))
		return err_set(err, ERR_INVALID, "\"%.*s\" is no code", (int)MIN_OF(s.n, 60u), s.p);
	*ret = code_upper(r->arena, s);
	return true;
}

bool field_day(struct reader *r, size_t i, struct str *ret, struct err *err)
{
	struct str s = field(r, i);

	if (day_parse(r->arena, s, ret))
		return true;
	return err_set(err, ERR_INVALID, "\"%.*s\" is no date", (int)MIN_OF(s.n, 60u), s.p);
}

bool once(struct reader *r, char what, struct str code)
{
	char buf[DIRECTORY_CODE_MAX * 2 + 2];
	uint32_t before = intern_count(r->seen);
	size_t n = MIN_OF(code.n, sizeof(buf) - 1);

	buf[0] = what;
	if (n)
		memcpy(buf + 1, code.p, n);
	intern_put(r->seen, str_from(buf, n + 1));
	return intern_count(r->seen) != before;
}

void say(struct reader *r, struct str org, enum fact fact, struct str value)
{
	batch_fact(r->batch, (struct fact_said){.org = org,
						.fact = (uint8_t)fact,
						.weight = r->weight,
						.value = value.n ? keep(r, value) : value});
}

void imply(struct reader *r, struct str code, const char *role)
{
	if (code.n && once(r, 'o', code))
		batch_fact(r->batch, (struct fact_said){.org = code,
							.fact = FACT_ROLE,
							.weight = WEIGHT_IMPLIED,
							.value = str_of(role)});
}

void tie(struct reader *r, const char *kind, struct str org, struct str to)
{
	batch_tie(r->batch, (struct tie_said){.org = org,
					      .kind = str_of(kind),
					      .to = to,
					      .weight = r->weight,
					      .sole = true});
}
