#include "base/mem.h"
#include "base/table.h"
#include "estate/read.h"

/*
 * Any bytes as a supplier's file, or, after a first byte of 1, as the rows of
 * one, or, after a 2, as a mapping, a NUL byte and the table that it reads.  The
 * parts together hold every accepted row once, in order, cell by cell; each
 * parted again is itself; each reads whose devices have readable ids.  By a
 * mapping, no part has a row that is left out, or another's.
 */

#define HEAD "# taken: 2017-05-01\ndevice,org,x_a\n"

static bool open_part(struct str map, struct str bytes, const struct intern *orgs,
		      struct estate_parts *ret)
{
	const struct estate_file_in in = {.name = STR("in.csv"),
					  .bytes = bytes,
					  .received_ms = 1494400000000,
					  .stated.map = map};
	struct err err = {0};

	if (estate_part(&in, STR("S1"), orgs, ret, &err))
		return true;
	assert(err.code != ERR_NONE && err.text[0]);
	return false;
}

static struct csv *rows_of(struct str bytes)
{
	/* The template's reader: quotes are looked for in the whole file, part by part. */
	struct str rows = str_from_offset(bytes, sizeof(HEAD) - 1);
	bool quotes = str_find_char(rows, '"', 0) != SIZE_MAX;

	return csv_open(rows,
			(struct csv_options){.sep = ',', .comments = true, .no_quotes = !quotes});
}

static struct str code_of(struct str cell, char code[8])
{
	cell = str_trim(cell);
	for (size_t i = 0; i < cell.n && i < 8; i++)
		code[i] = (char)(cell.p[i] >= 'a' && cell.p[i] <= 'z' ? cell.p[i] - 32 : cell.p[i]);
	return str_from(code, MIN_OF(cell.n, (size_t)8));
}

/* Each row of the file is the next one of its part, or of none. */
static void same_rows(struct str bytes, const struct estate_parts *p)
{
	AUTO(csv_closep) struct csv *csv = rows_of(bytes);
	AUTO(freep) struct csv **of = mem_zero(p->n + 1, sizeof(*of));
	const struct csv_row *row, *own;
	uint64_t refused = 0;
	struct err err;
	char code[8];

	for (size_t i = 0; i < p->n; i++)
		of[i] = rows_of(p->v[i].bytes);
	while (csv_next(csv, &row, &err) && row) {
		struct str org = code_of(row->v[1], code);
		size_t i = 0;

		while (i < p->n && !str_eq(p->v[i].org, org))
			i++;
		refused += i == p->n;
		if (i == p->n)
			continue;
		if (!csv_next(of[i], &own, &err) || !own || own->n != row->n ||
		    !str_eq(own->bytes, row->bytes))
			abort();
		for (size_t k = 0; k < row->n; k++)
			if (!str_eq(own->v[k], row->v[k]))
				abort();
	}
	for (size_t i = 0; i < p->n; i++) {
		if (!csv_next(of[i], &own, &err) || own)
			abort();
		csv_close(of[i]);
	}
	assert(refused == p->refused);
}

static void reads(const struct estate_file_in *in)
{
	AUTO(csv_closep) struct csv *csv = rows_of(in->bytes);
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(rows_releasep) struct rows rows;
	struct estate_reading reading = {0};
	const struct csv_row *row;
	bool good = true;
	uint32_t device;
	struct err err;

	rows_init(&rows, arena, false);
	while (csv_next(csv, &row, &err) && row)
		good = good && rows_device(&rows, row->v[0], &device, &err);
	if (estate_read_all(in, 1, &reading, &err) != good)
		abort();
	estate_reading_free(&reading);
}

/* What a mapping reads may still be wrong, in a row that was accepted; a mapping never makes of a
 * part another's. */
static void mapped_reads(const struct estate_file_in *in)
{
	struct estate_reading reading = {0};
	struct err err = {0};

	if (!estate_read_all(in, 1, &reading, &err)) {
		struct str text = str_of(err.text);

		/* "in.csv: line 3: ..."; what a cell says stands further on. */
		text = str_from_offset(text, sizeof("in.csv: ") - 1);
		if (str_starts(text, STR("line ")))
			text = str_from_offset(text, str_find_char(text, ':', 0) + 2);
		if (!text.n || str_starts(text, STR("rows of two")) ||
		    str_starts(text, STR("its rows are of")))
			abort();
		return;
	}
	/* What the mapping leaves out is in no part. */
	if (reading.counts.skipped || !reading.counts.devices)
		abort();
	estate_reading_free(&reading);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(intern_closep) struct intern *orgs = intern_open();
	AUTO(text_freep) struct text t = {0};
	struct str bytes = str_from((const char *)data, size), map = {0};
	struct estate_parts p = {0}, again = {0};
	bool ours = size && data[0] == 1;
	size_t cut = size && data[0] == 2 ? str_find_char(bytes, '\0', 0) : SIZE_MAX;

	(void)intern_put(orgs, STR("A"));
	(void)intern_put(orgs, STR("B1"));
	(void)intern_put(orgs, STR("R1H"));
	if (ours) {
		text_add_c(&t, HEAD);
		text_add(&t, str_from_offset(bytes, 1));
		bytes = text_str(&t);
	} else if (cut != SIZE_MAX && cut > 1) {
		map = str_sub(bytes, 1, cut - 1);
		bytes = str_from_offset(bytes, cut + 1);
	}
	if (!open_part(map, bytes, orgs, &p))
		return 0;
	/* An archive's parts are those of what it holds. */
	if (ours)
		same_rows(bytes, &p);
	for (size_t i = 0; i < p.n; i++) {
		if (!open_part(map, p.v[i].bytes, orgs, &again) || again.n != 1 || again.refused ||
		    !str_eq(again.v[0].bytes, p.v[i].bytes) || !str_eq(again.v[0].org, p.v[i].org))
			abort();
		estate_parts_release(&again);
		if (ours)
			reads(&p.v[i]);
		else if (map.n)
			mapped_reads(&p.v[i]);
	}
	estate_parts_release(&p);
	return 0;
}
