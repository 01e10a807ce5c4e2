#include "cli/listing.h"
#include "desk/desk.h"

static void add(struct listing *l, struct cell cell)
{
	VEC_PUSH(&l->cells, cell);
}

void listing_text(struct listing *l, struct str s)
{
	add(l, (struct cell){.kind = CELL_TEXT, .s = arena_str(l->arena, s)});
}

void listing_words(struct listing *l, struct str words)
{
	add(l, (struct cell){.kind = CELL_WORDS, .s = arena_str(l->arena, words)});
}

void listing_int(struct listing *l, int64_t n)
{
	add(l, (struct cell){.kind = CELL_INT, .i = n});
}

void listing_json(struct listing *l, struct str json)
{
	add(l, (struct cell){.kind = CELL_JSON, .s = arena_str(l->arena, json)});
}

void listing_real(struct listing *l, double x, int decimals)
{
	add(l, (struct cell){.kind = CELL_REAL, .x = x, .decimals = decimals});
}

void listing_bool(struct listing *l, bool b)
{
	add(l, (struct cell){.kind = CELL_BOOL, .i = b});
}

void listing_null(struct listing *l)
{
	add(l, (struct cell){.kind = CELL_NULL});
}

void listing_stamp(struct listing *l, int64_t ms)
{
	char buf[STAMP_BYTES];

	if (ms)
		listing_text(l, stamp_format(ms, buf));
	else
		listing_null(l);
}

void listing_day(struct listing *l, int64_t ms)
{
	char buf[STAMP_BYTES];

	if (ms)
		listing_text(l, date_format(ms, buf));
	else
		listing_null(l);
}

static void note(struct listing *l, const char *key, struct cell value)
{
	assert(l->nnotes < COLUMNS_MAX);
	l->notes[l->nnotes].key = key;
	l->notes[l->nnotes++].value = value;
}

void listing_note(struct listing *l, const char *key, struct str value)
{
	note(l, key, (struct cell){.kind = CELL_TEXT, .s = arena_str(l->arena, value)});
}

void listing_note_int(struct listing *l, const char *key, int64_t value)
{
	note(l, key, (struct cell){.kind = CELL_INT, .i = value});
}

void listing_note_bool(struct listing *l, const char *key, bool value)
{
	note(l, key, (struct cell){.kind = CELL_BOOL, .i = value});
}

void listing_note_json(struct listing *l, const char *key, struct str json)
{
	note(l, key, (struct cell){.kind = CELL_JSON, .s = arena_str(l->arena, json)});
}

size_t listing_rows(const struct listing *l)
{
	return l->cells.n / l->ncolumns;
}

/* --- JSON -------------------------------------------------------------------------- */

static void json_words(struct json_out *o, struct str words)
{
	struct str word;

	json_out_array(o);
	while (str_next(&words, ' ', &word))
		if (word.n)
			json_out_str(o, word);
	json_out_end(o);
}

static void json_cell(struct json_out *o, const struct cell *c)
{
	char buf[64];
	double x;

	switch (c->kind) {
	case CELL_TEXT:
		json_out_str(o, c->s);
		break;
	case CELL_INT:
		json_out_i64(o, c->i);
		break;
	case CELL_REAL:
		snprintf(buf, sizeof(buf), "%.*f", c->decimals, c->x);
		x = str_to_double(str_of(buf), &x) ? x : c->x;
		json_out_double(o, x);
		break;
	case CELL_BOOL:
		json_out_bool(o, c->i);
		break;
	case CELL_NULL:
		json_out_null(o);
		break;
	case CELL_WORDS:
		json_words(o, c->s);
		break;
	case CELL_JSON:
		json_out_raw(o, c->s);
		break;
	}
}

static bool print_json(struct listing *l, struct text *out, struct err *err)
{
	AUTO(text_freep) struct text doc = {0};
	struct json_out *o = json_out_open(&doc);

	json_out_object(o);
	for (size_t i = 0; i < l->nnotes; i++) {
		json_out_key(o, l->notes[i].key);
		json_cell(o, &l->notes[i].value);
	}
	json_out_key(o, l->name);
	json_out_array(o);
	for (size_t i = 0; i < l->cells.n; i += l->ncolumns) {
		json_out_object(o);
		for (size_t k = 0; k < l->ncolumns; k++) {
			json_out_key(o, l->columns[k].key);
			json_cell(o, &l->cells.v[i + k]);
		}
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	text_add(out, text_str(&doc));
	text_add_char(out, '\n');
	return true;
}

/* --- CSV and plain tables ------------------------------------------------------------ */

static struct str words_text(struct listing *l, struct str words)
{
	AUTO(text_freep) struct text out = {0};
	struct str word;

	while (str_next(&words, ' ', &word))
		if (word.n)
			text_addf(&out, "%s%.*s", out.n ? ", " : "", STR_FMT(word));
	return arena_str(l->arena, text_str(&out));
}

static struct str cell_text(struct listing *l, const struct cell *c, bool table)
{
	switch (c->kind) {
	case CELL_TEXT:
		return c->s;
	case CELL_INT:
		return arena_fmt(l->arena, "%jd", (intmax_t)c->i);
	case CELL_REAL:
		return arena_fmt(l->arena, "%.*f", c->decimals, c->x);
	case CELL_BOOL:
		return c->i ? STR("yes") : STR("no");
	case CELL_WORDS:
		return words_text(l, c->s);
	case CELL_JSON:
		return c->s;
	case CELL_NULL:
		break;
	}
	return table ? STR("-") : (struct str){0};
}

/* A cell that a spreadsheet would take for a formula gets a quote before it (OWASP, CSV injection).
 */
static void print_csv(struct listing *l, struct text *out)
{
	for (size_t k = 0; k < l->ncolumns; k++)
		text_addf(out, "%s%s", k ? "," : "", l->columns[k].key);
	text_add_char(out, '\n');
	for (size_t i = 0; i < l->cells.n; i++) {
		const struct cell *c = &l->cells.v[i];

		if (i % l->ncolumns)
			text_add_char(out, ',');
		desk_csv_cell(out, cell_text(l, c, false),
			      c->kind == CELL_TEXT || c->kind == CELL_WORDS);
		if (i % l->ncolumns == l->ncolumns - 1)
			text_add_char(out, '\n');
	}
}

/* Columns on a terminal: code points, as nothing here is wider than one. */
static size_t width_of(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static void table_cell(struct text *out, struct str s, size_t width, bool right)
{
	size_t pad = width > width_of(s) ? width - width_of(s) : 0;

	for (size_t i = 0; right && i < pad; i++)
		text_add_char(out, ' ');
	/* What came from outside must not steer the terminal. */
	for (size_t i = 0; i < s.n; i++)
		text_add_char(out, (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f ? ' ' : s.p[i]);
	for (size_t i = 0; !right && i < pad; i++)
		text_add_char(out, ' ');
}

static void end_line(struct text *out)
{
	while (out->n && out->p[out->n - 1] == ' ')
		out->p[--out->n] = '\0';
	text_add_char(out, '\n');
}

static void print_table(struct listing *l, struct text *out)
{
	size_t width[COLUMNS_MAX] = {0};
	struct str *texts = arena_zero(l->arena, l->cells.n, sizeof(*texts));

	for (size_t k = 0; k < l->ncolumns; k++)
		width[k] = l->columns[k].heading ? strlen(l->columns[k].heading) : 0;
	for (size_t i = 0; i < l->cells.n; i++) {
		texts[i] = cell_text(l, &l->cells.v[i], true);
		width[i % l->ncolumns] = MAX_OF(width[i % l->ncolumns], width_of(texts[i]));
	}
	for (size_t i = 0; i < l->cells.n + l->ncolumns; i++) {
		size_t k = i % l->ncolumns;
		const struct column *col = &l->columns[k];

		if (col->heading) {
			table_cell(out,
				   i < l->ncolumns ? str_of(col->heading) : texts[i - l->ncolumns],
				   width[k], col->right);
			text_add(out, STR("  "));
		}
		if (k == l->ncolumns - 1)
			end_line(out);
	}
}

bool listing_end(struct listing *l, const char *empty, struct err *err)
{
	struct text *out = &l->cli->out;
	bool ok = true;

	assert(l->cells.n % l->ncolumns == 0);
	if (l->cli->json)
		ok = print_json(l, out, err);
	else if (l->cli->csv)
		print_csv(l, out);
	else if (!l->cells.n)
		text_addf(out, "%s\n", empty);
	else
		print_table(l, out);
	listing_drop(l);
	return ok;
}
