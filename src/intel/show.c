#include "intel/feed.h"
#include "intel/image.h"

/* One vulnerability with everything that is known of it, and which feed said so. */

struct showing {
	struct store *store;
	struct arena *arena;
	uint64_t key;
	struct vuln_detail *d;
	bool found;
};

/* A packed list of strings. */
static const struct str *strings(struct arena *arena, struct packed *in, size_t *ret_n)
{
	size_t n = packed_count(in);
	struct str *v = ARENA_ARRAY(arena, struct str, n + 1);

	for (size_t i = 0; i < n; i++)
		v[i] = packed_str(in);
	*ret_n = in->bad ? 0 : n;
	return v;
}

static bool source_of(const struct showing *s, struct str site, int64_t record,
		      struct vuln_source *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(s->store,
			 SQL("SELECT name, kind, digest, taken FROM intel_feed"
			     " WHERE site = ?1 AND record = ?2"),
			 ARGS(store_text(site), store_int(record)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (row)
		*ret = (struct vuln_source){.feed = arena_str(s->arena, store_col_str(q, 0)),
					    .kind = arena_str(s->arena, store_col_str(q, 1)),
					    .digest = arena_str(s->arena, store_col_str(q, 2)),
					    .record = (uint64_t)record,
					    .taken_ms = store_col_int(q, 3)};
	return true;
}

/* The edition of a catalogue that its rows are of. */
static bool catalogue_source(const struct showing *s, struct str kind, struct str name,
			     struct vuln_source *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(
		    s->store,
		    SQL("SELECT site, record FROM intel_catalogue WHERE kind = ?1 AND name = ?2"),
		    ARGS(store_text(kind), store_text(name)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	return !row || source_of(s, arena_str(s->arena, store_col_str(q, 0)), store_col_int(q, 1),
				 ret, err);
}

/* ---- configurations ---- */

void intel_match_text(const struct match *m, struct text *out)
{
	AUTO(arena_closep) struct arena *scratch = arena_open();
	struct err err;
	struct cpe cpe;

	if (!cpe_parse(scratch, m->cpe, &cpe, &err)) {
		text_add(out, m->cpe);
		return;
	}
	cpe_attr_plain(&cpe.attr[CPE_VENDOR], out);
	text_add_char(out, ' ');
	cpe_attr_plain(&cpe.attr[CPE_PRODUCT], out);
	for (size_t i = CPE_VERSION; i < CPE_ATTRS; i++) {
		if (cpe.attr[i].kind == CPE_ANY)
			continue;
		text_add_char(out, ' ');
		if (i > CPE_UPDATE) {
			text_add_c(out, cpe_attr_name((enum cpe_attr_no)i));
			text_add_char(out, '=');
		}
		if (cpe.attr[i].kind == CPE_NA)
			text_add_c(out, "(none)");
		else
			cpe_attr_plain(&cpe.attr[i], out);
	}
	if (m->start.n)
		text_addf(out, " from %.*s%s", STR_FMT(m->start),
			  m->start_excluding ? " (not itself)" : "");
	if (m->end.n)
		text_addf(out, " %s %.*s", m->end_excluding ? "before" : "up to", STR_FMT(m->end));
}

/* Postfix back to a tree: each step knows where its operands' lines begin. */
struct tree {
	VEC_OF(struct str) lines; /* in order of the steps */
	VEC_OF(size_t) begins;	  /* of the operands on the stack */
	VEC_OF(uint8_t) depth;
};

static void tree_push(struct tree *t, struct str line)
{
	VEC_PUSH(&t->begins, t->lines.n);
	VEC_PUSH(&t->lines, line);
	VEC_PUSH(&t->depth, 0);
}

/* The operator's line goes before those of its operands, which move one level in. */
static void tree_wrap(struct tree *t, struct str line, size_t operands)
{
	size_t at;

	if (!operands || operands > t->begins.n)
		return;
	t->begins.n -= operands - 1;
	at = t->begins.v[t->begins.n - 1];
	VEC_PUSH(&t->lines, line);
	VEC_PUSH(&t->depth, 0);
	memmove(&t->lines.v[at + 1], &t->lines.v[at], (t->lines.n - 1 - at) * sizeof(*t->lines.v));
	memmove(&t->depth.v[at + 1], &t->depth.v[at], t->depth.n - 1 - at);
	t->lines.v[at] = line;
	t->depth.v[at] = 0;
	for (size_t i = at + 1; i < t->lines.n; i++)
		t->depth.v[i] = (uint8_t)MIN_OF(t->depth.v[i] + 1, 60);
}

static struct str match_line(struct arena *arena, const struct criterion *c, bool platform)
{
	AUTO(text_freep) struct text out = {0};
	struct match m = {c->cpe, c->start, c->end, c->start_excluding, c->end_excluding};

	if (platform)
		text_add_c(&out, "running on ");
	intel_match_text(&m, &out);
	return arena_str(arena, text_str(&out));
}

static void show_config(const struct showing *s, struct str bytes)
{
	struct tree t = {0};
	struct config_in in = {0};
	struct str *lines;

	for (config_in_start(&in, bytes); config_in_next(&in);) {
		if (in.op == CONFIG_MATCH || in.op == CONFIG_PLATFORM)
			tree_push(&t, match_line(s->arena, &in.match, in.op == CONFIG_PLATFORM));
		else if (in.op == CONFIG_UNREADABLE)
			tree_push(&t, STR("(a criterion that could not be read)"));
		else if (in.op == CONFIG_NOT)
			tree_wrap(&t, STR("not"), 1);
		else
			tree_wrap(&t, in.op == CONFIG_AND ? STR("all of") : STR("any of"),
				  in.operands);
	}
	lines = ARENA_ARRAY(s->arena, struct str, t.lines.n + 1);
	for (size_t i = 0; i < t.lines.n; i++)
		lines[i] =
			arena_fmt(s->arena, "%*s%.*s", 2 * t.depth.v[i], "", STR_FMT(t.lines.v[i]));
	s->d->config_lines = lines;
	s->d->nconfig_lines = t.lines.n;
	text_free(&in.name);
	free(t.lines.v);
	free(t.begins.v);
	free(t.depth.v);
}

/* ---- NVD and overrides ---- */

static void show_scores(const struct showing *s, struct packed *in)
{
	size_t n = packed_count(in);
	struct vuln_score *v = ARENA_ARRAY(s->arena, struct vuln_score, n + 1);
	struct err ignored;

	for (size_t i = 0; i < n; i++) {
		v[i].vector = packed_str(in);
		v[i].source = packed_str(in);
		v[i].stated = ((double)packed_u32(in) - 1) / 10;
		if (v[i].stated < 0)
			v[i].stated = -1;
		v[i].valid = cvss_parse(v[i].vector, &v[i].cvss, &ignored);
	}
	s->d->scores = v;
	s->d->nscores = in->bad ? 0 : n;
}

static bool show_row(struct showing *s, struct store_query *q, bool override, struct err *err)
{
	struct vuln_detail *d = s->d;
	struct packed in = packed_of(arena_str(s->arena, store_col_str(q, 6)));
	struct str config = arena_str(s->arena, store_col_str(q, 5));
	struct vuln_source from = {0};
	struct str status, description;

	s->found = true;
	if (!source_of(s, arena_str(s->arena, store_col_str(q, 3)), store_col_int(q, 4), &from,
		       err))
		return false;
	status = packed_str(&in);
	description = packed_str(&in);
	if (!d->description.n)
		d->description = description;
	if (!d->from.feed.n) {
		d->from = from;
		d->modified_ms = store_col_int(q, 0);
		d->published_ms = store_col_int(q, 1);
		d->status = status;
		d->state = override ? VULN_AWAITING : (enum vuln_state)store_col_int(q, 2);
		show_scores(s, &in);
		d->weaknesses = strings(s->arena, &in, &d->nweaknesses);
		d->references = strings(s->arena, &in, &d->nreferences);
	}
	if (!config.n || d->nconfig_lines || d->state == VULN_REJECTED)
		return true;
	d->state = VULN_ANALYSED;
	d->from_override = override;
	d->config_from = from;
	d->has_unreadable = store_col_int(q, 7) & FLAG_UNREADABLE;
	show_config(s, config);
	return true;
}

static bool show_table(struct showing *s, struct sql sql, bool override, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(s->store, sql, ARGS(store_int((int64_t)s->key)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	return !row || show_row(s, q, override, err);
}

/* ---- exploitation ---- */

static bool show_kev(struct showing *s, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct packed in;
	bool row;

	if (!store_query(s->store,
			 SQL("SELECT added, due, flags, body, name FROM intel_kev WHERE cve = ?1"
			     " ORDER BY name"),
			 ARGS(store_int((int64_t)s->key)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (!row)
		return true;
	s->found = true;
	s->d->kev = true;
	s->d->kev_added_ms = store_col_int(q, 0);
	s->d->kev_due_ms = store_col_int(q, 1);
	s->d->kev_ransomware = store_col_int(q, 2) & FLAG_RANSOMWARE;
	in = packed_of(arena_str(s->arena, store_col_str(q, 3)));
	s->d->kev_name = packed_str(&in);
	s->d->kev_action = packed_str(&in);
	return catalogue_source(s, STR("kev"), arena_str(s->arena, store_col_str(q, 4)),
				&s->d->kev_from, err);
}

static bool show_epss(struct showing *s, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	s->d->epss = s->d->epss_percentile = -1;
	if (!store_query(s->store,
			 SQL("SELECT score, percentile, modified, site, record FROM intel_epss"
			     " WHERE cve = ?1"),
			 ARGS(store_int((int64_t)s->key)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (!row)
		return true;
	s->found = true;
	s->d->epss = (double)store_col_int(q, 0) / 1e6;
	s->d->epss_percentile = (double)store_col_int(q, 1) / 1e6;
	s->d->epss_ms = store_col_int(q, 2);
	return source_of(s, arena_str(s->arena, store_col_str(q, 3)), store_col_int(q, 4),
			 &s->d->epss_from, err);
}

/* ---- fixes ---- */

struct fix_list {
	VEC_OF(struct vuln_fix) v;
};

static struct str kb_text(struct arena *arena, uint32_t kb, struct str text)
{
	return kb ? arena_fmt(arena, "KB%u", kb) : text;
}

static void add_msrc(const struct showing *s, struct fix_list *out, struct product_words *p,
		     struct str body, const struct vuln_source *from)
{
	struct msrc_in in;

	for (msrc_in_start(&in, body); msrc_in_next(&in);) {
		int line = product_line(p, in.row.product);
		AUTO(text_freep) struct text older = {0};

		for (size_t i = 0; i < in.row.nsupersedes; i++)
			text_addf(&older, "%sKB%u", i ? " " : "", in.row.supersedes[i]);
		VEC_PUSH(&out->v, (struct vuln_fix){
					  .product = product_word(p, in.row.product),
					  .kb = kb_text(s->arena, in.row.kb,
							product_word(p, in.row.kb_text)),
					  .supersedes = arena_str(s->arena, text_str(&older)),
					  .severity = product_word(p, in.row.severity),
					  .impact = product_word(p, in.row.impact),
					  .component = product_word(p, in.row.component),
					  .title = product_word(p, in.row.title),
					  .date_ms = in.row.day * MS_PER_DAY,
					  .line = line < 0 ? NULL : windows_line_at((size_t)line),
					  .from = *from,
				  });
	}
}

static void add_rules(const struct showing *s, struct fix_list *out, struct str body,
		      const struct vuln_source *from)
{
	struct packed in = packed_of(body);
	size_t n = packed_count(&in);

	for (size_t i = 0; i < n && !in.bad; i++) {
		struct vuln_fix f = {.from = *from};
		uint32_t kb;

		f.line = windows_line_by_name(packed_str(&in));
		f.kind = (enum fix_kind)packed_u32(&in);
		kb = packed_u32(&in);
		f.kb = kb_text(s->arena, kb, (struct str){0});
		f.file = packed_str(&in);
		f.file_from = packed_str(&in);
		f.branch_low = packed_str(&in);
		f.branch_high = packed_str(&in);
		f.source = packed_str(&in);
		f.product = str_of(f.line ? f.line->title : "");
		if (!in.bad)
			VEC_PUSH(&out->v, f);
	}
}

static bool show_msrc(struct showing *s, struct fix_list *out, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct catalogues c = {0};
	struct vuln_source from = {0};
	bool row = false, ok = catalogues_load(s->store, s->arena, &c, err);

	ok = ok &&
	     store_query(s->store,
			 SQL("SELECT name, body FROM intel_msrc WHERE cve = ?1 ORDER BY name"),
			 ARGS(store_int((int64_t)s->key)), &q, err);
	while (ok && (ok = store_step(q, &row, err)) && row) {
		struct str name = arena_str(s->arena, store_col_str(q, 0));
		struct product_words *p = catalogues_find(&c, name);

		s->found = true;
		ok = catalogue_source(s, STR("msrc"), name, &from, err);
		if (ok && p)
			add_msrc(s, out, p, arena_str(s->arena, store_col_str(q, 1)), &from);
	}
	free(c.v.v);
	return ok;
}

static bool show_rules(struct showing *s, struct fix_list *out, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct vuln_source from = {0};
	bool ok;

	if (!store_query(s->store,
			 SQL("SELECT name, body FROM intel_fix WHERE cve = ?1 ORDER BY name"),
			 ARGS(store_int((int64_t)s->key)), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		s->found = true;
		if (!catalogue_source(s, STR("vendor-fix"),
				      arena_str(s->arena, store_col_str(q, 0)), &from, err))
			return false;
		add_rules(s, out, arena_str(s->arena, store_col_str(q, 1)), &from);
	}
	return ok;
}

static bool show_fixes(struct showing *s, struct err *err)
{
	struct fix_list list = {0};
	bool ok = show_msrc(s, &list, err) && show_rules(s, &list, err);
	struct vuln_fix *v = ARENA_ARRAY(s->arena, struct vuln_fix, list.v.n + 1);

	if (list.v.n)
		memcpy(v, list.v.v, list.v.n * sizeof(*v));
	for (size_t i = 0; i < list.v.n; i++) {
		v[i].cve = s->d->cve;
		if (!s->d->title.n)
			s->d->title = v[i].title;
	}
	s->d->fixes = v;
	s->d->nfixes = list.v.n;
	free(list.v.v);
	return ok;
}

#define ROW "SELECT modified, published, state, site, record, config, body, flags FROM "

bool intel_vuln_get(struct store *store, struct arena *arena, struct str cve,
		    struct vuln_detail *ret, struct err *err)
{
	struct vuln_detail d = {.state = VULN_AWAITING};
	struct showing s = {.store = store, .arena = arena, .d = &d};
	char buf[CVE_TEXT_BYTES];

	if (!cve_parse(cve, &s.key))
		return err_set(err, ERR_INVALID, "'%.*s' is no CVE number",
			       STR_FMT(str_sub(cve, 0, 40)));
	d.cve = arena_str(arena, cve_format(s.key, buf));
	if (!show_table(&s, SQL(ROW "intel_vuln WHERE cve = ?1"), false, err) ||
	    !show_table(&s, SQL(ROW "intel_override WHERE cve = ?1"), true, err) ||
	    !show_kev(&s, err) || !show_epss(&s, err) || !show_fixes(&s, err))
		return false;
	if (!s.found)
		return err_set(err, ERR_NOT_FOUND, "%.*s: no feed that was imported speaks of it",
			       STR_FMT(d.cve));
	if (!d.title.n)
		d.title = d.kev_name;
	*ret = d;
	return true;
}
