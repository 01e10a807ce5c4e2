#include "intel/msrc.h"

#include "base/order.h"

#include "intel/feed.h"

/*
 * Microsoft's table of CVE, KB, product, what the KB supersedes.  Rows of one
 * CVE are packed together; what is as in the row before is not spelt again.
 * Edges are kept by product, so that they never cross from one line to another.
 */

enum { KB_BITS = 24, MAX_PRODUCTS = 1 << 16, MAX_WORD_BYTES = 4096 };

enum field { KB, KB_TEXT, COMPONENT, SEVERITY, IMPACT, TITLE, DAY, SUPERSEDES };

struct run { /* consecutive rows of one CVE */
	uint64_t cve;
	size_t first, n;
};

struct columns {
	size_t cve, product, kb, supersedes, date, component, severity, impact, title;
};

struct table {
	struct reading *r;
	struct intern *words; /* number 0 is the empty word */
	struct columns col;
	struct {
		struct str text;
		uint32_t id;
	} last[9]; /* a word that repeats from row to row is not looked up again */
	VEC_OF(struct msrc_row) rows;
	VEC_OF(struct run) runs;
	VEC_OF(uint32_t) kbs;	/* supersedes of all rows; rows hold offsets until the end */
	VEC_OF(uint64_t) edges; /* product, newer, older in one number */
	VEC_OF(size_t) at;	/* where a row's supersedes begin in kbs */
};

static uint32_t word(struct table *t, size_t slot, struct str s)
{
	s = str_sub(s, 0, MAX_WORD_BYTES);
	if (!str_eq(t->last[slot].text, s)) {
		t->last[slot].id = intern_put(t->words, s);
		t->last[slot].text = intern_str(t->words, t->last[slot].id);
	}
	return t->last[slot].id;
}

/* KB numbers in a list such as "4010250;4010319" or "4018309<br><br>4011703".  Other words
 * ("None", "20.0.1") are none. */
static size_t kb_list(struct str s, uint32_t ret[MSRC_MAX_SUPERSEDES])
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < MSRC_MAX_SUPERSEDES;) {
		size_t from = i;
		uint64_t kb;

		while (i < s.n && (char_is_digit(s.p[i]) || char_is_alpha(s.p[i]) || s.p[i] == '.'))
			i++;
		if (i - from >= 5 && str_to_u64(str_sub(s, from, i - from), &kb) &&
		    kb < (1u << KB_BITS))
			ret[n++] = (uint32_t)kb;
		i += i == from;
	}
	return n;
}

static bool read_day(struct str s, int64_t *ret)
{
	uint64_t x;

	if (!s.n) {
		*ret = 0;
		return true;
	}
	if (s.n != 8 || !str_to_u64(s, &x) ||
	    !date_valid((int64_t)(x / 10000), (unsigned)(x / 100 % 100), (unsigned)(x % 100)))
		return false;
	*ret = day_of((int64_t)(x / 10000), (unsigned)(x / 100 % 100), (unsigned)(x % 100));
	return true;
}

static void add_row(struct table *t, const struct csv_row *row)
{
	struct str cve = str_trim(csv_field(row, t->col.cve)), kb = csv_field(row, t->col.kb);
	struct msrc_row m = {0};
	uint32_t older[MSRC_MAX_SUPERSEDES];
	uint64_t key = 0;

	if (!read_day(csv_field(row, t->col.date), &m.day)) {
		reading_refuse(t->r, "line %zu: '%.*s' is no date", row->line,
			       STR_FMT(str_sub(csv_field(row, t->col.date), 0, 40)));
		return;
	}
	m.product = word(t, 0, csv_field(row, t->col.product));
	if (m.product >= MAX_PRODUCTS) {
		reading_refuse(t->r, "line %zu: more than %d products", row->line, MAX_PRODUCTS);
		return;
	}
	if (!kb_parse(str_trim(kb), &m.kb) || m.kb >= (1u << KB_BITS))
		m.kb = 0;
	m.nsupersedes = kb_list(csv_field(row, t->col.supersedes), older);
	for (size_t i = 0; m.kb && i < m.nsupersedes; i++)
		if (older[i] != m.kb)
			VEC_PUSH(&t->edges, (uint64_t)m.product << 2 * KB_BITS |
						    (uint64_t)m.kb << KB_BITS | older[i]);
	reading_taken(t->r, m.day * MS_PER_DAY);
	if (!cve_parse(cve, &key)) {
		t->r->batch->counts.skipped++; /* a service pack or an advisory: edges only */
		return;
	}
	m.kb_text = m.kb ? 0 : word(t, 1, kb);
	m.component = word(t, 2, csv_field(row, t->col.component));
	m.severity = word(t, 3, csv_field(row, t->col.severity));
	m.impact = word(t, 4, csv_field(row, t->col.impact));
	m.title = word(t, 5, csv_field(row, t->col.title));
	if (!t->runs.n || t->runs.v[t->runs.n - 1].cve != key)
		VEC_PUSH(&t->runs, (struct run){key, t->rows.n, 0});
	t->runs.v[t->runs.n - 1].n++;
	VEC_PUSH(&t->at, t->kbs.n);
	for (size_t i = 0; i < m.nsupersedes; i++)
		VEC_PUSH(&t->kbs, older[i]);
	VEC_PUSH(&t->rows, m);
	t->r->batch->counts.accepted++;
}

static bool same_list(const struct msrc_row *a, const struct msrc_row *b)
{
	return a->nsupersedes == b->nsupersedes &&
	       (!a->nsupersedes ||
		memcmp(a->supersedes, b->supersedes, a->nsupersedes * sizeof(uint32_t)) == 0);
}

static void pack_row(struct text *out, const struct msrc_row *m, const struct msrc_row *before)
{
	const uint32_t now[] = {m->kb, m->kb_text, m->component, m->severity, m->impact, m->title};
	const uint32_t was[] = {before->kb,	  before->kb_text, before->component,
				before->severity, before->impact,  before->title};
	unsigned changed = 0;

	for (size_t i = 0; i < ARRAY_LEN(now); i++)
		changed |= now[i] != was[i] ? 1u << i : 0;
	changed |= m->day != before->day ? 1u << DAY : 0;
	changed |= same_list(m, before) ? 0 : 1u << SUPERSEDES;
	pack_u64(out, changed);
	pack_u64(out, m->product);
	for (size_t i = 0; i < ARRAY_LEN(now); i++)
		if (changed & 1u << i)
			pack_u64(out, now[i]);
	if (changed & 1u << DAY)
		pack_i64(out, m->day);
	if (changed & 1u << SUPERSEDES) {
		pack_u64(out, m->nsupersedes);
		for (size_t i = 0; i < m->nsupersedes; i++)
			pack_u64(out, m->supersedes[i]);
	}
}

void msrc_in_start(struct msrc_in *m, struct str body)
{
	m->in = packed_of(body);
	m->left = packed_count(&m->in);
	m->row = (struct msrc_row){0};
}

bool msrc_in_next(struct msrc_in *m)
{
	struct msrc_row *row = &m->row;
	uint32_t *const words[] = {&row->kb,	   &row->kb_text, &row->component,
				   &row->severity, &row->impact,  &row->title};
	unsigned changed;

	if (!m->left || m->in.bad)
		return false;
	m->left--;
	changed = packed_u32(&m->in);
	row->product = packed_u32(&m->in);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (changed & 1u << i)
			*words[i] = packed_u32(&m->in);
	if (changed & 1u << DAY)
		row->day = packed_i64(&m->in);
	if (changed & 1u << SUPERSEDES) {
		row->nsupersedes = packed_count(&m->in);
		if (row->nsupersedes > MSRC_MAX_SUPERSEDES) {
			m->in.bad = true;
			return false;
		}
		for (size_t i = 0; i < row->nsupersedes; i++)
			m->supersedes[i] = packed_u32(&m->in);
		row->supersedes = m->supersedes;
	}
	return !m->in.bad;
}

static int run_cmp(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	if (x->cve != y->cve)
		return x->cve < y->cve ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* The runs from i on that are of one CVE become one entry; returns where the next begins. */
static size_t add_entry(struct table *t, size_t i)
{
	const struct msrc_row none = {0}, *before = &none;
	struct entry e = {.key = t->runs.v[i].cve, .cvss = -1};
	size_t end = i, rows = 0;
	struct text *out = &t->r->body;

	for (; end < t->runs.n && t->runs.v[end].cve == e.key; end++)
		rows += t->runs.v[end].n;
	text_clear(out);
	pack_u64(out, rows);
	for (; i < end; i++) {
		for (size_t k = 0; k < t->runs.v[i].n; k++) {
			const struct msrc_row *m = &t->rows.v[t->runs.v[i].first + k];

			pack_row(out, m, before);
			before = m;
		}
	}
	e.body = text_str(out);
	reading_add(t->r, &e);
	t->r->batch->counts.accepted--; /* rows were counted, not CVEs */
	return end;
}

static struct str pack_edges(struct table *t)
{
	struct text *out = &t->r->body;
	const uint64_t mask = (1u << KB_BITS) - 1;
	size_t n = 0;

	if (t->edges.n)
		qsort(t->edges.v, t->edges.n, sizeof(*t->edges.v), u64_order);
	for (size_t i = 0; i < t->edges.n; i++)
		if (!i || t->edges.v[i] != t->edges.v[i - 1])
			t->edges.v[n++] = t->edges.v[i];
	text_clear(out);
	pack_u64(out, n);
	for (size_t i = 0; i < n; i++) {
		pack_u64(out, t->edges.v[i] >> 2 * KB_BITS);
		pack_u64(out, t->edges.v[i] >> KB_BITS & mask);
		pack_u64(out, t->edges.v[i] & mask);
	}
	return arena_str(t->r->arena, text_str(out));
}

void msrc_edges_start(struct msrc_edges_in *m, struct str edges)
{
	m->in = packed_of(edges);
	m->left = edges.n ? packed_count(&m->in) : 0;
}

bool msrc_edges_next(struct msrc_edges_in *m)
{
	if (!m->left || m->in.bad)
		return false;
	m->left--;
	m->edge.product = packed_u32(&m->in);
	m->edge.newer_kb = packed_u32(&m->in);
	m->edge.older_kb = packed_u32(&m->in);
	return !m->in.bad;
}

static struct str pack_words(struct table *t)
{
	struct text *out = &t->r->body;

	text_clear(out);
	pack_u64(out, intern_count(t->words));
	for (uint32_t i = 0; i < intern_count(t->words); i++)
		pack_str(out, intern_str(t->words, i));
	return arena_str(t->r->arena, text_str(out));
}

static void finish(struct table *t)
{
	struct intel_batch *b = t->r->batch;

	for (size_t i = 0; i < t->rows.n; i++)
		if (t->rows.v[i].nsupersedes)
			t->rows.v[i].supersedes = t->kbs.v + t->at.v[i];
	if (t->runs.n)
		qsort(t->runs.v, t->runs.n, sizeof(*t->runs.v), run_cmp);
	for (size_t i = 0; i < t->runs.n;)
		i = add_entry(t, i);
	if (!b->entries)
		b->entries = ARENA_NEW(t->r->arena, struct intel_entries);
	b->entries->edges = pack_edges(t);
	b->entries->words = pack_words(t);
}

static size_t either(const struct csv *c, const char *a, const char *b)
{
	size_t i = csv_column(c, a);

	return i == SIZE_MAX ? csv_column(c, b) : i;
}

static bool read_rows(struct table *t, struct csv *c, struct err *err)
{
	const struct csv_row *row;

	for (;;) {
		if (!csv_next(c, &row, err))
			return false;
		if (!row)
			return true;
		add_row(t, row);
	}
}

bool msrc_read(struct reading *r, struct csv *c, struct err *err)
{
	struct table t = {
		.r = r,
		.words = intern_open(),
		.col = {csv_column(c, "CVE"), either(c, "AffectedProduct", "product"),
			either(c, "BulletinKB", "kb"), csv_column(c, "Supersedes"),
			either(c, "DatePosted", "date"),
			either(c, "AffectedComponent", "component"), csv_column(c, "Severity"),
			csv_column(c, "Impact"), csv_column(c, "Title")},
	};
	bool ok = r->batch->entries
			  ? err_set(err, ERR_UNSUPPORTED, "more than one table in one archive")
			  : true;

	(void)intern_put(t.words, (struct str){0});
	ok = ok && read_rows(&t, c, err);
	if (ok)
		finish(&t);
	free(t.rows.v);
	free(t.runs.v);
	free(t.kbs.v);
	free(t.edges.v);
	free(t.at.v);
	intern_close(t.words);
	return ok;
}
