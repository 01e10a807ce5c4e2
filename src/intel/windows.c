#include "intel/feed.h"

/* Windows update histories and curated fix rules, from their templates (doc/templates). */

enum { MAX_HISTORY_ROWS = 100000 };

struct history_row {
	uint32_t set; /* (release, build or service pack) */
	uint32_t security_only, order, revision, kb;
};

static bool optional_u32(struct str s, uint32_t *ret)
{
	uint64_t x = 0;

	s = str_trim(s);
	if (s.n && (!str_to_u64(s, &x) || x > UINT32_MAX))
		return false;
	*ret = (uint32_t)x;
	return true;
}

struct history_columns {
	size_t release, build, kind, order, revision, kb;
};

static bool read_history_row(struct reading *r, const struct csv_row *row,
			     const struct history_columns *c, struct history_row *ret)
{
	struct str kind = str_trim(csv_field(row, c->kind));

	if (str_eq_ci(kind, STR("rollup")) || str_eq_ci(kind, STR("securityOnly")))
		ret->security_only = str_eq_ci(kind, STR("securityOnly"));
	else {
		reading_refuse(r, "line %zu: kind '%.*s', expected rollup or securityOnly",
			       row->line, STR_FMT(str_sub(kind, 0, 40)));
		return false;
	}
	if (!optional_u32(csv_field(row, c->order), &ret->order) || !ret->order ||
	    !optional_u32(csv_field(row, c->revision), &ret->revision)) {
		reading_refuse(r, "line %zu: order and revision are whole numbers", row->line);
		return false;
	}
	/* Some rollups have a revision and never had a KB; the order still needs them. */
	if (csv_field(row, c->kb).n && !kb_parse(str_trim(csv_field(row, c->kb)), &ret->kb)) {
		reading_refuse(r, "line %zu: '%.*s' is no KB number", row->line,
			       STR_FMT(str_sub(csv_field(row, c->kb), 0, 40)));
		return false;
	}
	if (!ret->kb && !ret->revision) {
		reading_refuse(r, "line %zu: neither a KB nor a revision", row->line);
		return false;
	}
	return true;
}

static int history_cmp(const void *a, const void *b)
{
	const struct history_row *x = a, *y = b;
	const uint32_t l[] = {x->set, x->security_only, x->order, x->revision, x->kb},
		       m[] = {y->set, y->security_only, y->order, y->revision, y->kb};

	for (size_t i = 0; i < ARRAY_LEN(l); i++)
		if (l[i] != m[i])
			return l[i] < m[i] ? -1 : 1;
	return 0;
}

/* Rows of one release and build; the order is what replaces an older edition of the same. */
static void add_history(struct reading *r, struct str name, const struct history_row *v, size_t n)
{
	struct entry e = {.name = name, .cvss = -1};

	text_clear(&r->body);
	pack_u64(&r->body, n);
	for (size_t i = 0; i < n; i++) {
		pack_u64(&r->body, v[i].security_only);
		pack_u64(&r->body, v[i].order);
		pack_u64(&r->body, v[i].revision);
		pack_u64(&r->body, v[i].kb);
	}
	e.body = text_str(&r->body);
	reading_add(r, &e);
	r->batch->counts.accepted--; /* rows are counted */
}

struct history_rows {
	VEC_OF(struct history_row) rows;
	struct intern *sets;
};

static bool read_history_rows(struct reading *r, struct csv *c, struct history_rows *h,
			      struct err *err)
{
	const struct history_columns col = {csv_column(c, "release"),  csv_column(c, "build_or_sp"),
					    csv_column(c, "kind"),     csv_column(c, "order"),
					    csv_column(c, "revision"), csv_column(c, "kb")};
	const struct csv_row *row;
	struct history_row one;

	for (;;) {
		if (!csv_next(c, &row, err))
			return false;
		if (!row)
			return true;
		struct str release = str_trim(csv_field(row, col.release)),
			   build = str_trim(csv_field(row, col.build));

		one = (struct history_row){0};
		if (!release.n || release.n > 100 || build.n > 100) {
			reading_refuse(r, "line %zu: a release and build of 1 to 100 characters",
				       row->line);
			continue;
		}
		if (!read_history_row(r, row, &col, &one))
			continue;
		one.set = intern_put(h->sets, arena_fmt(r->scratch, "%.*s\t%.*s", STR_FMT(release),
							STR_FMT(build)));
		arena_clear(r->scratch);
		if (h->rows.n >= MAX_HISTORY_ROWS)
			return err_set(err, ERR_LIMIT, "over %d rows", MAX_HISTORY_ROWS);
		VEC_PUSH(&h->rows, one);
		r->batch->counts.accepted++;
	}
}

bool history_read(struct reading *r, struct csv *c, struct err *err)
{
	struct history_rows h = {.sets = intern_open()};
	bool ok = read_history_rows(r, c, &h, err);

	if (ok && h.rows.n)
		qsort(h.rows.v, h.rows.n, sizeof(*h.rows.v), history_cmp);
	for (size_t i = 0, end; ok && i < h.rows.n; i = end) {
		for (end = i; end < h.rows.n && h.rows.v[end].set == h.rows.v[i].set; end++)
			;
		add_history(r, intern_str(h.sets, h.rows.v[i].set), h.rows.v + i, end - i);
	}
	free(h.rows.v);
	intern_close(h.sets);
	return ok;
}

/* ---- curated rules ---- */

static const char *const fix_kinds[] = {
	[FIX_KB] = "kb", [FIX_NOT_KB] = "not_kb", [FIX_FILE] = "file", [FIX_BUILD] = "build"};

struct fix_columns {
	size_t cve, line, kind, kb, texts[5]; /* file, from, branch_low, branch_high, source */
};

struct fix_row {
	uint64_t cve;
	size_t ordinal;
	struct str line, texts[5];
	uint32_t kind, kb;
};

static const char *fix_complaint(const struct fix_row *f)
{
	if (!windows_line_by_name(f->line))
		return "no Windows line of that name";
	if ((f->kind == FIX_NOT_KB) && !f->kb)
		return "not_kb needs a KB";
	if (f->kind == FIX_FILE && (!f->texts[0].n || !f->texts[1].n))
		return "a file rule needs file and from";
	if (f->kind == FIX_BUILD && !f->texts[1].n)
		return "a build rule needs from";
	for (size_t i = 0; i < ARRAY_LEN(f->texts); i++)
		if (f->texts[i].n > INTEL_VERSION_MAX_BYTES)
			return "a field longer than 1024 bytes";
	return NULL;
}

static bool read_fix(struct reading *r, const struct csv_row *row, const struct fix_columns *c,
		     struct fix_row *ret)
{
	struct str kind = str_trim(csv_field(row, c->kind)), kb = str_trim(csv_field(row, c->kb));
	const char *complaint;

	ret->kind = ARRAY_LEN(fix_kinds);
	for (uint32_t i = 0; i < ARRAY_LEN(fix_kinds); i++)
		if (str_eq_ci(kind, str_of(fix_kinds[i])))
			ret->kind = i;
	ret->line = str_trim(csv_field(row, c->line));
	for (size_t i = 0; i < ARRAY_LEN(ret->texts); i++)
		ret->texts[i] = str_trim(csv_field(row, c->texts[i]));
	if (!cve_parse(str_trim(csv_field(row, c->cve)), &ret->cve))
		complaint = "no CVE number";
	else if (ret->kind == ARRAY_LEN(fix_kinds))
		complaint = "kind is kb, not_kb, file or build";
	else if (kb.n && !kb_parse(kb, &ret->kb))
		complaint = "no KB number";
	else
		complaint = fix_complaint(ret);
	if (complaint)
		reading_refuse(r, "line %zu: %s", row->line, complaint);
	return !complaint;
}

static int fix_cmp(const void *a, const void *b)
{
	const struct fix_row *x = a, *y = b;

	if (x->cve != y->cve)
		return x->cve < y->cve ? -1 : 1;
	return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

static void add_fixes(struct reading *r, const struct fix_row *v, size_t n)
{
	struct entry e = {.key = v->cve, .cvss = -1};

	text_clear(&r->body);
	pack_u64(&r->body, n);
	for (size_t i = 0; i < n; i++) {
		pack_str(&r->body, v[i].line);
		pack_u64(&r->body, v[i].kind);
		pack_u64(&r->body, v[i].kb);
		for (size_t k = 0; k < ARRAY_LEN(v[i].texts); k++)
			pack_str(&r->body, v[i].texts[k]);
	}
	e.body = text_str(&r->body);
	reading_add(r, &e);
	r->batch->counts.accepted--; /* rows are counted */
}

bool fix_read(struct reading *r, struct csv *c, struct err *err)
{
	const struct fix_columns col = {csv_column(c, "cve"),
					csv_column(c, "line"),
					csv_column(c, "kind"),
					csv_column(c, "kb"),
					{csv_column(c, "file"), csv_column(c, "from"),
					 csv_column(c, "branch_low"), csv_column(c, "branch_high"),
					 csv_column(c, "source")}};
	VEC_OF(struct fix_row) rows = {0};
	const struct csv_row *row;
	bool ok;

	while ((ok = csv_next(c, &row, err)) && row) {
		struct fix_row f = {.ordinal = rows.n};

		if (!read_fix(r, row, &col, &f))
			continue;
		f.line = arena_str(r->arena, f.line);
		for (size_t i = 0; i < ARRAY_LEN(f.texts); i++)
			f.texts[i] = arena_str(r->arena, f.texts[i]);
		VEC_PUSH(&rows, f);
		r->batch->counts.accepted++;
	}
	if (ok && rows.n)
		qsort(rows.v, rows.n, sizeof(*rows.v), fix_cmp);
	for (size_t i = 0, end; ok && i < rows.n; i = end) {
		for (end = i; end < rows.n && rows.v[end].cve == rows.v[i].cve; end++)
			;
		add_fixes(r, rows.v + i, end - i);
	}
	free(rows.v);
	return ok;
}
