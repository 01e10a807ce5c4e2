#include "worlds.h"

#include <string.h>

struct seg_str make_str(struct maker *m, struct str s)
{
	struct seg_str r = {(uint32_t)m->strings.n, (uint32_t)s.n};

	text_add(&m->strings, s);
	return r;
}

struct estate_device *make_device(struct maker *m, const char *id)
{
	struct estate_device d = {.id = make_str(m, str_of(id))};

	for (int i = 0; i < FACETS; i++)
		d.facet[i] = (struct estate_seen){.seen_ms = MADE_NOW_MS, .kind = ESTATE_AGENT};
	VEC_PUSH(&m->devices, d);
	return &m->devices.v[m->devices.n - 1];
}

void make_windows(struct maker *m, struct windows_version v)
{
	struct estate_device *d = &m->devices.v[m->devices.n - 1];

	d->os_major = v.major;
	d->os_minor = v.minor;
	d->os_build = v.build;
	d->os_revision = v.revision;
	d->os_sp = (uint8_t)v.sp;
	d->os_server = v.server ? SERVER_SERVER : SERVER_CLIENT;
	d->os_arch = (uint8_t)v.arch;
	d->os_name = make_str(m, STR("Microsoft Windows"));
}

static void raw_add(struct maker *m, struct estate_raw raw)
{
	VEC_PUSH(&m->pairs, (uint64_t)m->raws.n << 32 | (m->devices.n - 1));
	VEC_PUSH(&m->raws, raw);
}

void make_cpe(struct maker *m, const char *cpe)
{
	raw_add(m, (struct estate_raw){.cpe = make_str(m, str_of(cpe))});
}

void make_raw(struct maker *m, const char *publisher, const char *name)
{
	raw_add(m, (struct estate_raw){.publisher = make_str(m, str_of(publisher)),
				       .name = make_str(m, str_of(name))});
}

void make_kb(struct maker *m, uint32_t kb)
{
	VEC_PUSH(&m->kbs, (uint64_t)(m->devices.n - 1) << 32 | kb);
}

void make_file(struct maker *m, const char *name, const char *version)
{
	VEC_PUSH(&m->files, (struct estate_file){.device = (uint32_t)m->devices.n - 1,
						 .name = make_str(m, str_of(name)),
						 .version = make_str(m, str_of(version))});
}

static int u64_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

struct rows {
	const uint32_t *start, *values;
};

/* (key << 32 | value) pairs as a start array by key and the values. */
static struct rows rows_of(struct arena *a, uint64_t *v, size_t n, uint32_t keys)
{
	uint32_t *start = ARENA_ARRAY(a, uint32_t, (size_t)keys + 1);
	uint32_t *values = ARENA_ARRAY(a, uint32_t, n + 1), kept = 0;

	if (n)
		qsort(v, n, sizeof(*v), u64_cmp);
	for (size_t i = 0; i < n; i++) {
		if (i && v[i] == v[i - 1])
			continue;
		start[(v[i] >> 32) + 1]++;
		values[kept++] = (uint32_t)v[i];
	}
	for (uint32_t i = 0; i < keys; i++)
		start[i + 1] += start[i];
	return (struct rows){start, values};
}

static void *keep(struct arena *a, const void *p, size_t bytes)
{
	void *q = arena_alloc(a, bytes + 1);

	if (bytes)
		memcpy(q, p, bytes);
	return q;
}

const struct segment *make_segment(struct maker *m, const char *org)
{
	struct segment *s = ARENA_NEW(m->arena, struct segment);
	struct rows r;

	s->org = arena_str(m->arena, str_of(org));
	s->as_of_ms = MADE_NOW_MS;
	s->ndevices = (uint32_t)m->devices.n;
	s->nraws = (uint32_t)m->raws.n;
	s->nfiles = (uint32_t)m->files.n;
	s->devices = keep(m->arena, m->devices.v, m->devices.n * sizeof(*m->devices.v));
	s->raws = keep(m->arena, m->raws.v, m->raws.n * sizeof(*m->raws.v));
	s->files = keep(m->arena, m->files.v, m->files.n * sizeof(*m->files.v));
	s->strings = keep(m->arena, m->strings.p, m->strings.n);
	s->nstrings = m->strings.n;
	r = rows_of(m->arena, m->pairs.v, m->pairs.n, s->nraws);
	segment_put_sets(s, m->arena, r.start, r.values);
	r = rows_of(m->arena, m->kbs.v, m->kbs.n, s->ndevices);
	s->device_kb_start = r.start;
	s->device_kbs = r.values;
	s->nkbs = s->device_kb_start[s->ndevices];
	free(m->devices.v);
	free(m->raws.v);
	free(m->pairs.v);
	free(m->kbs.v);
	free(m->files.v);
	text_free(&m->strings);
	*m = (struct maker){.arena = m->arena};
	return s;
}

/* ---- images ---------------------------------------------------------------------- */

void draw_vuln(struct drawing *d, const char *cve)
{
	struct vuln_row v = {.cve = arena_str(d->arena, str_of(cve)),
			     .state = VULN_ANALYSED,
			     .first_step = (uint32_t)d->steps.n,
			     .first_fix = (uint32_t)d->fixes.n,
			     .epss = -1,
			     .epss_percentile = -1,
			     .cvss = -1};

	if (!cve_parse(v.cve, &v.key))
		abort();
	VEC_PUSH(&d->vulns, v);
}

static void step_add(struct drawing *d, enum config_op op, size_t arg)
{
	struct config_step s = {.op = (uint32_t)op & 7, .arg = (uint32_t)arg & 0x1fffffff};

	VEC_PUSH(&d->steps, s);
	d->vulns.v[d->vulns.n - 1].nsteps++;
}

void draw_match(struct drawing *d, bool vulnerable, const char *cpe, const char *start,
		const char *end)
{
	struct match m = {.cpe = arena_str(d->arena, str_of(cpe))};

	if (start) {
		m.start = arena_str(d->arena, str_of(start + 1));
		m.start_excluding = *start == '(';
	}
	if (end) {
		m.end = arena_str(d->arena, str_from(end, strlen(end) - 1));
		m.end_excluding = end[strlen(end) - 1] == ')';
	}
	step_add(d, vulnerable ? CONFIG_MATCH : CONFIG_PLATFORM, d->matches.n);
	VEC_PUSH(&d->matches, m);
}

void draw_op(struct drawing *d, enum config_op op, uint32_t n)
{
	step_add(d, op, n);
}

void draw_fix(struct drawing *d, struct fix f)
{
	VEC_PUSH(&d->fixes, f);
	d->vulns.v[d->vulns.n - 1].nfixes++;
}

void draw_history(struct drawing *d, struct history h)
{
	h.key = arena_str(d->arena, h.key);
	h.rollups = keep(d->arena, h.rollups, h.nrollups * sizeof(*h.rollups));
	h.security_only =
		keep(d->arena, h.security_only, h.nsecurity_only * sizeof(*h.security_only));
	VEC_PUSH(&d->histories, h);
}

void draw_edge(struct drawing *d, uint16_t line, uint32_t newer, uint32_t older)
{
	VEC_PUSH(&d->edges, (struct edge){line, newer, older});
}

static int edge_cmp(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->newer_kb != y->newer_kb)
		return x->newer_kb < y->newer_kb ? -1 : 1;
	return x->older_kb < y->older_kb ? -1 : x->older_kb > y->older_kb;
}

static int history_cmp(const void *a, const void *b)
{
	const struct history *x = a, *y = b;

	return str_cmp(x->key, y->key);
}

static int fix_cmp(const void *a, const void *b)
{
	const struct fix *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->kb < y->kb ? -1 : x->kb > y->kb;
}

const struct intel_image *draw_image(struct drawing *d)
{
	struct intel_image *i = ARENA_NEW(d->arena, struct intel_image);

	for (size_t v = 0; v < d->vulns.n; v++)
		if (d->vulns.v[v].nfixes)
			qsort(d->fixes.v + d->vulns.v[v].first_fix, d->vulns.v[v].nfixes,
			      sizeof(*d->fixes.v), fix_cmp);
	if (d->edges.n)
		qsort(d->edges.v, d->edges.n, sizeof(*d->edges.v), edge_cmp);
	if (d->histories.n)
		qsort(d->histories.v, d->histories.n, sizeof(*d->histories.v), history_cmp);
	*i = (struct intel_image){
		.vulns = keep(d->arena, d->vulns.v, d->vulns.n * sizeof(*d->vulns.v)),
		.steps = keep(d->arena, d->steps.v, d->steps.n * sizeof(*d->steps.v)),
		.matches = keep(d->arena, d->matches.v, d->matches.n * sizeof(*d->matches.v)),
		.fixes = keep(d->arena, d->fixes.v, d->fixes.n * sizeof(*d->fixes.v)),
		.histories =
			keep(d->arena, d->histories.v, d->histories.n * sizeof(*d->histories.v)),
		.edges = keep(d->arena, d->edges.v, d->edges.n * sizeof(*d->edges.v)),
		.nvulns = (uint32_t)d->vulns.n,
		.nsteps = (uint32_t)d->steps.n,
		.nmatches = (uint32_t)d->matches.n,
		.nfixes = (uint32_t)d->fixes.n,
		.nhistories = (uint32_t)d->histories.n,
		.nedges = (uint32_t)d->edges.n,
	};
	free(d->vulns.v);
	free(d->steps.v);
	free(d->matches.v);
	free(d->fixes.v);
	free(d->histories.v);
	free(d->edges.v);
	*d = (struct drawing){.arena = d->arena};
	return i;
}

uint16_t line_no(const char *name)
{
	for (size_t i = 0; i < windows_line_count(); i++)
		if (strcmp(windows_line_at(i)->name, name) == 0)
			return (uint16_t)i;
	abort();
}
