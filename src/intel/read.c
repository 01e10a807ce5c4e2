#include "intel/feed.h"

#include <stdarg.h>

#include "base/file.h"
#include "base/parallel.h"

/* Feeds from bytes: which kind it is, and what is the same for all kinds. */

static const char *const kind_names[INTEL_KINDS] = {
	[INTEL_NVD] = "nvd",	    [INTEL_OVERRIDE] = "nvd-override",
	[INTEL_KEV] = "kev",	    [INTEL_EPSS] = "epss",
	[INTEL_MSRC] = "msrc",	    [INTEL_HISTORY] = "windows-history",
	[INTEL_FIX] = "vendor-fix", [INTEL_CYCLE] = "endoflife",
};

const char *intel_kind_name(enum intel_kind kind)
{
	return kind_names[kind];
}

static void PRINTF_LIKE(2, 0) add_reason(struct reading *r, const char *fmt, va_list ap)
{
	struct intel_batch *b = r->batch;
	char text[400], cve[CVE_TEXT_BYTES];

	if (b->nreasons == INTEL_REASONS)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	for (char *p = text; *p; p++)
		if ((uint8_t)*p < ' ' || *p == 0x7f)
			*p = '?';
	b->reasons[b->nreasons++] =
		r->cve ? arena_fmt(r->arena, "%s: %s", cve_format(r->cve, cve).p, text)
		       : arena_fmt(r->arena, "%s", text);
}

void reading_refuse(struct reading *r, const char *fmt, ...)
{
	va_list ap;

	r->batch->counts.refused++;
	va_start(ap, fmt);
	add_reason(r, fmt, ap);
	va_end(ap);
}

void reading_refuse_criterion(struct reading *r, const char *fmt, ...)
{
	va_list ap;

	r->batch->counts.criteria_refused++;
	va_start(ap, fmt);
	add_reason(r, fmt, ap);
	va_end(ap);
}

void reading_add(struct reading *r, const struct entry *e)
{
	struct entry kept = *e;

	kept.name = arena_str(r->arena, e->name);
	kept.config = arena_str(r->arena, e->config);
	kept.body = arena_str(r->arena, e->body);
	kept.ordinal = (uint32_t)r->rows.n;
	VEC_PUSH(&r->rows, kept);
	r->batch->counts.accepted++;
}

bool reading_kind(struct reading *r, enum intel_kind kind, struct err *err)
{
	if (r->have_kind && r->batch->kind != kind)
		return err_set(err, ERR_INVALID, "holds feeds of two kinds, %s and %s",
			       kind_names[r->batch->kind], kind_names[kind]);
	r->have_kind = true;
	r->batch->kind = kind;
	return true;
}

void reading_taken(struct reading *r, int64_t ms)
{
	r->batch->taken_ms = MAX_OF(r->batch->taken_ms, ms);
}

bool read_time(struct str s, int64_t *ret_ms)
{
	int64_t ms = 0;

	if (s.n && !stamp_parse(s, &ms))
		return false;
	*ret_ms = ms;
	return true;
}

/* ---- JSON ---- */

/* One 2.0 vulnerability in any of its wrappers; false when it is none. */
static bool find_20(struct json_value v, struct json_value *ret)
{
	static const char *const paths[] = {"cve", "item/cve"};
	struct json_value e;
	struct str id;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (json_path(v, paths[i], &e) && json_type(e) == JSON_OBJECT &&
		    json_str_or(e, "id", (struct str){0}).n) {
			*ret = e;
			return true;
		}
	}
	id = json_str_or(v, "id", (struct str){0});
	if (!str_starts_ci(id, STR("CVE-")) || !json_get(v, "vulnStatus", &e))
		return false;
	*ret = v;
	return true;
}

static bool read_page(struct reading *r, struct json_value v, struct json_value list,
		      struct err *err)
{
	struct json_value e, cve;
	int64_t ms;

	if (!reading_kind(r, INTEL_NVD, err))
		return false;
	if (read_time(json_str_or(v, "timestamp", (struct str){0}), &ms))
		reading_taken(r, ms);
	for (struct json_iter it = json_iter(list); json_next(&it, &e);) {
		if (find_20(e, &cve))
			nvd_read_20(r, cve);
		else
			reading_refuse(r, "an entry without \"cve\"");
	}
	return true;
}

bool json_feed_read(struct reading *r, struct json_value v, struct err *err)
{
	struct json_value list, cve;

	if (json_get(v, "CVE_Items", &list)) {
		if (!reading_kind(r, INTEL_NVD, err))
			return false;
		nvd_read_11(r, v);
	} else if (json_get(v, "vulnerabilities", &list)) {
		if (!json_get(v, "catalogVersion", &cve))
			return read_page(r, v, list, err);
		if (!reading_kind(r, INTEL_KEV, err))
			return false;
		kev_read_json(r, v);
	} else if (find_20(v, &cve)) {
		if (!reading_kind(r, INTEL_NVD, err))
			return false;
		nvd_read_20(r, cve);
	} else if (json_get(v, "_annotation", &list)) {
		if (!reading_kind(r, INTEL_OVERRIDE, err))
			return false;
		override_read(r, v);
	} else if (json_get(v, "_product", &list)) {
		if (!reading_kind(r, INTEL_CYCLE, err))
			return false;
		cycle_read(r, v);
	} else if (json_type(v) == JSON_ARRAY && json_count(v)) {
		for (struct json_iter it = json_iter(v); json_next(&it, &cve);)
			if (json_type(cve) != JSON_OBJECT || !json_feed_read(r, cve, err))
				return json_type(cve) == JSON_OBJECT
					       ? false
					       : err_set(err, ERR_UNSUPPORTED,
							 "JSON, but no feed that we know");
	} else {
		return err_set(err, ERR_UNSUPPORTED, "JSON, but no feed that we know");
	}
	return true;
}

static bool read_json(struct reading *r, struct str bytes, bool many, struct err *err)
{
	struct json_stream s = {.bytes = bytes, .flags = JSON_PADDED};
	struct json_value v;
	bool more = false;

	if (!many)
		return json_parse(r->doc, bytes, JSON_PADDED, &v, err) && json_feed_read(r, v, err);
	for (;;) {
		if (!json_next_doc(r->doc, &s, &v, &more, err))
			return false;
		if (!more)
			return true;
		if (!json_feed_read(r, v, err))
			return err_wrap(err, "line %zu", s.line);
	}
}

/* ---- tables ---- */

static const struct {
	const char *columns[4]; /* all of these make it that kind */
	enum intel_kind kind;
	bool (*read)(struct reading *r, struct csv *c, struct err *err);
} tables[] = {
	{{"cveID", "vendorProject", "dateAdded"}, INTEL_KEV, kev_read_csv},
	{{"cve", "epss", "percentile"}, INTEL_EPSS, epss_read},
	{{"CVE", "EPSS", "EPSS Percentile"}, INTEL_EPSS, epss_read},
	{{"CVE", "BulletinKB", "AffectedProduct", "Supersedes"}, INTEL_MSRC, msrc_read},
	{{"cve", "product", "kb", "supersedes"}, INTEL_MSRC, msrc_read},
	{{"release", "build_or_sp", "order", "kb"}, INTEL_HISTORY, history_read},
	{{"cve", "line", "kind", "kb"}, INTEL_FIX, fix_read},
};

static bool has_columns(const struct csv *c, size_t which)
{
	for (size_t i = 0; i < ARRAY_LEN(tables[which].columns); i++)
		if (tables[which].columns[i] && csv_column(c, tables[which].columns[i]) == SIZE_MAX)
			return false;
	return true;
}

static bool read_csv(struct reading *r, struct str bytes, struct err *err)
{
	AUTO(csv_closep) struct csv *c = csv_open(bytes, (struct csv_options){.comments = true});

	if (!csv_header(c, err))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		if (has_columns(c, i))
			return reading_kind(r, tables[i].kind, err) && tables[i].read(r, c, err);
	return err_set(err, ERR_UNSUPPORTED,
		       "a table whose columns are those of no feed that we know");
}

/* The date an EPSS file states in its first, commented line. */
static void epss_date(struct reading *r, struct str bytes)
{
	struct str line, sub;
	size_t at;
	int64_t ms;

	if (!str_next_line(&bytes, &line) || !str_starts(line, STR("#")))
		return;
	at = str_find(line, STR("score_date:"), 0);
	if (at == SIZE_MAX)
		return;
	sub = str_sub(line, at + 11, 10);
	if (stamp_parse(sub, &ms))
		reading_taken(r, ms);
}

/* ---- members ---- */

static bool read_text(struct reading *r, struct str bytes, struct err *err)
{
	AUTO(text_freep) struct text converted = {0};

	switch (wire_kind_of(bytes)) {
	case WIRE_JSON:
		return read_json(r, bytes, false, err);
	case WIRE_NDJSON:
		return read_json(r, bytes, true, err);
	case WIRE_CSV:
	case WIRE_TEXT:
		if (str_starts(bytes, STR("#")))
			epss_date(r, bytes);
		return read_csv(r, bytes, err);
	case WIRE_UTF16:
		if (!text_to_utf8(bytes, false, &converted, err))
			return false;
		return wire_kind_of(text_str(&converted)) != WIRE_UTF16 &&
		       read_text(r, text_str(&converted), err);
	case WIRE_EMPTY:
		return err_set(err, ERR_INVALID, "is empty");
	default:
		return err_set(err, ERR_UNSUPPORTED, "neither JSON nor a table");
	}
}

/* Is the member the whole file, packed or plain ("a/feed.json.xz" holds "feed.json")? */
static bool is_file_itself(struct str file, struct str member)
{
	size_t at = file.n;

	while (at && file.p[at - 1] != '/')
		at--;
	return str_starts(str_from_offset(file, at), member);
}

static bool read_members(struct reading *r, struct str name, struct str bytes, struct err *err)
{
	const struct unpack_limits limits = {.member_bytes = (size_t)2 << 30, .members = 1000};
	AUTO(unpack_closep) struct unpack *u = NULL;
	const struct unpack_member *m;
	size_t members = 0;

	if (!unpack_bytes(name, bytes, &limits, &u, err))
		return false;
	for (;;) {
		if (!unpack_next(u, &m, err))
			return false;
		if (!m)
			break;
		members++;
		if (!read_text(r, m->bytes, err))
			return is_file_itself(name, m->name)
				       ? false
				       : err_wrap(err, "%.*s", STR_FMT(m->name));
	}
	return members ? true : err_set(err, ERR_INVALID, "an archive with nothing in it");
}

/* "feeds/wesng-CVEs_20260628.csv.xz" -> "wesng-CVEs": what stays the same from issue to issue. */
static struct str feed_name(struct arena *arena, const struct intel_batch *b, struct str file)
{
	static const char *const ends[] = {".xz",   ".gz",  ".zip", ".zst",    ".bz2",
					   ".json", ".csv", ".tsv", ".ndjson", ".txt"};
	size_t n = file.n, digits = 0;

	if (b->kind == INTEL_KEV || b->kind == INTEL_EPSS || b->kind == INTEL_CYCLE)
		return str_of(kind_names[b->kind]);
	while (n && file.p[n - 1] != '/')
		n--;
	file = str_from_offset(file, n);
	for (size_t again = 0; again < 3; again++)
		for (size_t i = 0; i < ARRAY_LEN(ends); i++)
			if (str_ends(file, str_of(ends[i])) && file.n > strlen(ends[i]))
				file.n -= strlen(ends[i]);
	while (digits < file.n && char_is_digit(file.p[file.n - 1 - digits]))
		digits++;
	if (digits == 8 && file.n > 9 && (file.p[file.n - 9] == '_' || file.p[file.n - 9] == '-'))
		file.n -= 9;
	if (!file.n || file.n > 200 || !str_is_utf8(file, NULL))
		return str_of(kind_names[b->kind]);
	return arena_str(arena, file);
}

static void reading_start(struct reading *r)
{
	r->batch = ARENA_NEW(r->arena, struct intel_batch);
	r->scratch = arena_open();
	r->cpes = intern_open();
}

static void reading_release(struct reading *r)
{
	config_out_free(&r->config);
	text_free(&r->body);
	free(r->rows.v);
	free(r->cpe_ok.v);
	arena_close(r->scratch);
	intern_close(r->cpes);
}

static bool read_feed(struct reading *r, struct str file_name, struct str bytes, struct err *err)
{
	struct intel_batch *b = r->batch;

	if (!read_members(r, file_name, bytes, err))
		return err_wrap(err, "%.*s", STR_FMT(file_name));
	if (!b->counts.accepted && b->counts.refused)
		return err_set(err, ERR_INVALID,
			       "%.*s: none of its %llu entries could be read; first: %.*s",
			       STR_FMT(file_name), (unsigned long long)b->counts.refused,
			       STR_FMT(b->reasons[0]));
	b->name = feed_name(r->arena, b, file_name);
	b->size = bytes.n;
	b->digest = hash_of(bytes);
	b->entries = b->entries ? b->entries : ARENA_NEW(r->arena, struct intel_entries);
	b->entries->n = r->rows.n;
	b->entries->v = ARENA_ARRAY(r->arena, struct entry, r->rows.n + 1);
	if (r->rows.n)
		memcpy(b->entries->v, r->rows.v, r->rows.n * sizeof(*r->rows.v));
	return true;
}

bool intel_read(struct arena *arena, struct str file_name, struct str bytes,
		struct intel_batch **ret, struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct reading r = {.arena = arena, .doc = doc};
	bool ok;

	reading_start(&r);
	ok = read_feed(&r, file_name, bytes, err);
	if (ok)
		*ret = r.batch;
	reading_release(&r);
	return ok;
}

/* ---- many at once ---- */

enum { MAX_WORKERS = 64 };

struct jobs {
	struct intel_job *v;
	size_t *order;			   /* largest first, so that the last to end is short */
	struct json_doc *doc[MAX_WORKERS]; /* its memory is the largest there is: one a worker */
};

static void read_job(void *ctx, size_t item, unsigned worker)
{
	struct jobs *jobs = ctx;
	struct intel_job *job = &jobs->v[jobs->order[item]];
	struct reading r = {0};

	if (job->err.code)
		return;
	if (!jobs->doc[worker])
		jobs->doc[worker] = json_open();
	r.doc = jobs->doc[worker];
	r.arena = arena_open();
	reading_start(&r);
	job->arena = r.arena;
	if (read_feed(&r, str_of(job->path), job->bytes, &job->err))
		job->batch = r.batch;
	reading_release(&r);
}

static int size_cmp(const void *a, const void *b, void *ctx)
{
	const struct intel_job *v = ctx;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	if (v[x].bytes.n != v[y].bytes.n)
		return v[x].bytes.n > v[y].bytes.n ? -1 : 1;
	return x < y ? -1 : x > y;
}

bool intel_read_each(struct intel_job *jobs, size_t n, struct err *err)
{
	struct jobs all = {.v = jobs, .order = mem_zero(n + 1, sizeof(size_t))};

	for (size_t i = 0; i < n; i++) {
		jobs[i] = (struct intel_job){.path = jobs[i].path};
		/* A failure leaves its code, by which read_job() passes it over. */
		(void)!file_map(jobs[i].path, &jobs[i].bytes, &jobs[i].err);
		all.order[i] = i;
	}
	qsort_r(all.order, n, sizeof(*all.order), size_cmp, jobs);
	parallel_each(n, read_job, &all);
	for (size_t i = 0; i < MAX_WORKERS; i++)
		if (all.doc[i])
			json_close(all.doc[i]);
	free(all.order);
	for (size_t i = 0; i < n; i++) {
		if (!jobs[i].batch) {
			*err = jobs[i].err;
			return false;
		}
	}
	return true;
}

void intel_jobs_release(struct intel_job *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (jobs[i].bytes.p)
			file_unmap(jobs[i].bytes);
		if (jobs[i].arena)
			arena_close(jobs[i].arena);
		jobs[i] = (struct intel_job){.path = jobs[i].path};
	}
}
