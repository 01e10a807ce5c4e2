#include "estate/build.h"

#include "base/table.h"
#include "estate/segment.h"

/* Which source's row gives a facet of a device; source UINT32_MAX: none. */
struct owner {
	uint32_t source, row;
};

struct merged {
	struct estate_device d;
	struct str text[ROW_TEXTS];
	struct owner owner[FACETS];
	struct row_device os; /* the row that gives the OS */
};

struct build {
	const struct build_in *in;
	struct intern *ids;
	VEC_OF(struct merged) devices;
	uint32_t **global; /* per source: row -> merged device, UINT32_MAX when retired */
	struct map *added; /* source << 32 | row: its software is there beside a whole list */
	uint32_t *order;   /* place in the segment -> merged device */
	uint32_t *place;   /* merged device -> place in the segment */
};

static void build_release(struct build *b)
{
	if (b->ids)
		intern_close(b->ids);
	free(b->devices.v);
	if (b->added)
		map_close(b->added);
	for (size_t i = 0; b->global && i < b->in->n; i++)
		free(b->global[i]);
	free(b->global);
	free(b->order);
	free(b->place);
}

/*
 * A whole snapshot of a source retires what that source listed before and does
 * not list any more.  listed[s] of a device counts the newer whole snapshots of
 * source s that list it.
 */
struct retire {
	struct intern *sources;
	VEC_OF(uint32_t) wholes; /* per source: whole snapshots seen so far, newest first */
	struct map *listed;	 /* source << 32 | device -> how many of them list it */
	struct map *glimpsed;	 /* source << 32 | device: a list cut short was taken from it */
};

static void retire_release(struct retire *t)
{
	intern_close(t->sources);
	free(t->wholes.v);
	map_close(t->listed);
	map_close(t->glimpsed);
}

static bool still_listed(struct retire *t, uint32_t source, uint32_t device)
{
	const uint32_t *n;

	if (!t->wholes.v[source])
		return true;
	n = map_find(t->listed, (uint64_t)source << 32 | device);
	return n && *n == t->wholes.v[source];
}

static void merge_texts(struct merged *m, const struct row_device *row)
{
	static const enum row_text all[] = {ROW_TYPE, ROW_SEGMENT, ROW_SERVICE};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (!m->text[all[i]].n)
			m->text[all[i]] = row->text[all[i]];
	if (!m->d.class)
		m->d.class = row->class;
	if (!m->d.internet_facing)
		m->d.internet_facing = row->internet_facing;
	if (!m->d.smb1_off)
		m->d.smb1_off = row->smb1_off;
}

static void merge_facet(struct merged *m, enum facet f, const struct build_source *s,
			struct owner owner, const struct row_device *row)
{
	struct estate_seen *seen = &m->d.facet[f];
	bool incomplete = row->incomplete >> f & 1;

	/*
	 * A list that says it is cut short does not displace a whole one of the same day; a glimpse
	 * of the software, or a guess at the system, none at all: it does not deny what was listed.
	 */
	if (seen->seen_ms && (!seen->incomplete || incomplete ||
			      (f == FACET_UPDATES && seen->seen_ms - s->taken_ms > MS_PER_DAY)))
		return;
	*seen = (struct estate_seen){
		.seen_ms = s->taken_ms, .kind = (uint8_t)s->kind, .incomplete = incomplete};
	m->owner[f] = owner;
	if (f == FACET_OS)
		m->os = *row;
}

/* Of each source the newest glimpse that is newer than the whole list adds to it. */
static void add_glimpse(struct build *b, struct retire *t, uint32_t source, struct owner from,
			uint32_t id)
{
	const struct row_device *row = &b->in->v[from.source].rows->devices.v[from.row];
	const struct estate_seen *seen = &b->devices.v[id].d.facet[FACET_SOFTWARE];
	uint32_t *taken;

	if (!(row->incomplete >> FACET_SOFTWARE & 1) || (seen->seen_ms && !seen->incomplete))
		return;
	taken = map_put(t->glimpsed, (uint64_t)source << 32 | id, 0);
	if (*taken)
		return;
	*taken = 1;
	*map_put(b->added, (uint64_t)from.source << 32 | from.row, 0) = 1;
}

static void merge_source(struct build *b, struct retire *t, uint32_t at)
{
	const struct build_source *s = &b->in->v[at];
	uint32_t source = intern_put(t->sources, s->source), id;

	if (source == t->wholes.n)
		VEC_PUSH(&t->wholes, 0);
	b->global[at] = mem_alloc((s->rows->devices.n + 1) * sizeof(uint32_t));
	for (uint32_t i = 0; i < s->rows->devices.n; i++) {
		const struct row_device *row = &s->rows->devices.v[i];

		b->global[at][i] = UINT32_MAX;
		id = intern_find(b->ids, row->text[ROW_ID]);
		if (t->wholes.v[source] && (id == UINT32_MAX || !still_listed(t, source, id)))
			continue;
		id = intern_put(b->ids, row->text[ROW_ID]);
		if (id == b->devices.n)
			VEC_PUSH(&b->devices, (struct merged){.text[ROW_ID] = row->text[ROW_ID],
							      .owner = {{UINT32_MAX, 0},
									{UINT32_MAX, 0},
									{UINT32_MAX, 0}}});
		b->global[at][i] = id;
		merge_texts(&b->devices.v[id], row);
		if (row->seen >> FACET_SOFTWARE & 1 && s->sees >> FACET_SOFTWARE & 1)
			add_glimpse(b, t, source, (struct owner){at, i}, id);
		for (unsigned f = 0; f < FACETS; f++)
			if (row->seen >> f & 1 && s->sees >> f & 1)
				merge_facet(&b->devices.v[id], (enum facet)f, s,
					    (struct owner){at, i}, row);
		if (s->whole)
			++*map_put(t->listed, (uint64_t)source << 32 | id, 0);
	}
	t->wholes.v[source] += s->whole;
}

struct id_place {
	struct str id;
	uint32_t device;
};

static int id_order(const void *a, const void *b)
{
	const struct id_place *x = a, *y = b;

	return str_cmp(x->id, y->id);
}

static void merge_all(struct build *b)
{
	AUTO(retire_release)
	struct retire t = {.sources = intern_open(), .listed = map_open(), .glimpsed = map_open()};
	struct id_place *sorted;
	size_t n;

	b->ids = intern_open();
	b->added = map_open();
	b->global = mem_zero(b->in->n + 1, sizeof(*b->global));
	for (size_t i = b->in->n; i-- > 0;)
		merge_source(b, &t, (uint32_t)i);
	n = b->devices.n;
	sorted = mem_alloc((n + 1) * sizeof(*sorted));
	for (uint32_t i = 0; i < n; i++)
		sorted[i] = (struct id_place){b->devices.v[i].text[ROW_ID], i};
	qsort(sorted, n, sizeof(*sorted), id_order);
	b->order = mem_zero(n + 1, sizeof(*b->order));
	b->place = mem_zero(n + 1, sizeof(*b->place));
	for (uint32_t i = 0; i < n; i++) {
		b->order[i] = sorted[i].device;
		b->place[sorted[i].device] = i;
	}
	free(sorted);
}

/* Does source `at` give facet f of its row, or add to it? Then the device's place in the segment.
 */
static bool owns(const struct build *b, uint32_t at, uint32_t row, enum facet f, uint32_t *ret)
{
	uint32_t id = b->global[at][row];

	if (id == UINT32_MAX)
		return false;
	if (b->devices.v[id].owner[f].source != at &&
	    (f != FACET_SOFTWARE || !map_count(b->added) ||
	     !map_find(b->added, (uint64_t)at << 32 | row)))
		return false;
	*ret = b->place[id];
	return true;
}

static int raw_order(const void *a, const void *b)
{
	const struct row_raw *x = *(const struct row_raw *const *)a,
			     *y = *(const struct row_raw *const *)b;
	int c = str_cmp(x->cpe, y->cpe);

	if (!c)
		c = str_cmp(x->purl, y->purl);
	if (!c)
		c = str_cmp(x->publisher, y->publisher);
	if (!c)
		c = str_cmp(x->name, y->name);
	return c ? c : str_cmp(x->version, y->version);
}

/* The software of the devices whose word this source has, as numbers among all. */
static bool collect_source(struct build *b, uint32_t at, struct segment_parts *p, struct rows *all,
			   struct err *err)
{
	const struct rows *rows = b->in->v[at].rows;
	AUTO(freep) uint32_t *raw = mem_alloc((rows->raws.n + 1) * sizeof(*raw));
	uint32_t device;

	memset(raw, 0xff, (rows->raws.n + 1) * sizeof(*raw));
	for (size_t i = 0; i < rows->pairs.n; i++) {
		uint32_t local = (uint32_t)rows->pairs.v[i],
			 row = (uint32_t)(rows->pairs.v[i] >> 32);

		if (!owns(b, at, row, FACET_SOFTWARE, &device))
			continue;
		if (raw[local] == UINT32_MAX &&
		    !rows_raw(all, &rows->raws.v[local], false, &raw[local], err))
			return false;
		VEC_PUSH(&p->pairs, (uint64_t)device << 32 | raw[local]);
	}
	return true;
}

/* The distinct software of all sources, those that nobody has any more left out, in order. */
static bool collect_raws(struct build *b, struct segment_parts *p, struct rows *all,
			 struct err *err)
{
	AUTO(freep) uint32_t *place = NULL;

	for (uint32_t at = 0; at < b->in->n; at++)
		if (!collect_source(b, at, p, all, err))
			return false;
	p->nraws = all->raws.n;
	p->raws = mem_alloc((p->nraws + 1) * sizeof(*p->raws));
	place = mem_alloc((p->nraws + 1) * sizeof(*place));
	for (size_t i = 0; i < p->nraws; i++)
		p->raws[i] = &all->raws.v[i];
	qsort(p->raws, p->nraws, sizeof(*p->raws), raw_order);
	for (uint32_t i = 0; i < p->nraws; i++)
		place[p->raws[i] - all->raws.v] = i;
	for (size_t i = 0; i < p->pairs.n; i++)
		p->pairs.v[i] =
			(p->pairs.v[i] & ~(uint64_t)UINT32_MAX) | place[(uint32_t)p->pairs.v[i]];
	return true;
}

/*
 * Updates of each device, without those that a source of the same day or later
 * saw offered; and file versions from every source (the newest first).
 */
static void collect_updates(const struct build *b, struct segment_parts *p)
{
	AUTO(map_closep) struct map *offered = map_open();
	uint32_t device;

	for (uint32_t at = 0; at < b->in->n; at++) {
		const struct build_source *s = &b->in->v[at];

		for (size_t i = 0; i < s->rows->no_kbs.n; i++) {
			uint32_t id = b->global[at][s->rows->no_kbs.v[i] >> 32];

			if (id != UINT32_MAX &&
			    s->taken_ms + MS_PER_DAY >=
				    b->devices.v[id].d.facet[FACET_UPDATES].seen_ms)
				*map_put(offered,
					 (uint64_t)b->place[id] << 32 |
						 (uint32_t)s->rows->no_kbs.v[i],
					 0) = 1;
		}
	}
	for (uint32_t at = 0; at < b->in->n; at++) {
		const struct rows *rows = b->in->v[at].rows;

		for (size_t i = 0; i < rows->kbs.n; i++)
			if (owns(b, at, (uint32_t)(rows->kbs.v[i] >> 32), FACET_UPDATES, &device) &&
			    !map_find(offered, (uint64_t)device << 32 | (uint32_t)rows->kbs.v[i]))
				VEC_PUSH(&p->kbs,
					 (uint64_t)device << 32 | (uint32_t)rows->kbs.v[i]);
	}
}

static int file_order(const void *a, const void *b)
{
	const struct segment_file *x = a, *y = b;
	int c;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	c = str_cmp(x->name, y->name);
	if (c)
		return c;
	return x->source != y->source ? (x->source > y->source ? -1 : 1)
				      : str_cmp(x->version, y->version);
}

/* The newest source's version of each file stands. */
static void collect_files(const struct build *b, struct segment_parts *p)
{
	size_t to = 0;

	for (uint32_t at = 0; at < b->in->n; at++) {
		const struct rows *rows = b->in->v[at].rows;

		for (size_t i = 0; i < rows->files.n; i++) {
			uint32_t id = b->global[at][rows->files.v[i].device];

			if (id != UINT32_MAX)
				VEC_PUSH(&p->files, (struct segment_file){
							    b->place[id], at, rows->files.v[i].name,
							    rows->files.v[i].version});
		}
	}
	if (p->files.n)
		qsort(p->files.v, p->files.n, sizeof(*p->files.v), file_order);
	for (size_t i = 0; i < p->files.n; i++) {
		const struct segment_file *f = &p->files.v[i], *g = to ? &p->files.v[to - 1] : NULL;

		if (g && g->device == f->device && str_eq(g->name, f->name) &&
		    (g->source != f->source || str_eq(g->version, f->version)))
			continue;
		p->files.v[to++] = *f;
	}
	p->files.n = to;
}

static void collect_devices(const struct build *b, struct segment_parts *p)
{
	p->devices = mem_zero(b->devices.n + 1, sizeof(*p->devices));
	p->texts = mem_zero(b->devices.n + 1, sizeof(*p->texts));
	p->ndevices = b->devices.n;
	for (size_t i = 0; i < b->devices.n; i++) {
		const struct merged *m = &b->devices.v[b->order[i]];
		struct estate_device *d = &p->devices[i];

		*d = m->d;
		memcpy(p->texts[i].v, m->text, sizeof(m->text));
		for (unsigned t = ROW_OS_NAME; t <= ROW_OS_VERSION; t++)
			p->texts[i].v[t] = m->os.text[t];
		d->os_major = m->os.major;
		d->os_minor = m->os.minor;
		d->os_build = m->os.build;
		d->os_revision = m->os.revision;
		d->os_sp = m->os.sp;
		d->os_server = m->os.server;
		d->os_arch = m->os.arch;
		if (!d->class && d->os_server)
			d->class = d->os_server == SERVER_SERVER ? CLASS_SERVER : CLASS_WORKSTATION;
		for (unsigned f = 0; f < FACETS; f++)
			if (d->facet[f].seen_ms > p->as_of_ms)
				p->as_of_ms = d->facet[f].seen_ms;
	}
}

bool segment_build(const struct build_in *in, struct text *out, struct err *err)
{
	AUTO(build_release) struct build b = {.in = in};
	AUTO(segment_parts_release) struct segment_parts p = {.org = in->org, .inputs = in->inputs};
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(rows_releasep) struct rows all;

	rows_init(&all, arena, true);
	merge_all(&b);
	for (size_t i = 0; i < in->n; i++)
		p.as_of_ms = MAX_OF(p.as_of_ms, in->v[i].taken_ms);
	if (!collect_raws(&b, &p, &all, err))
		return false;
	collect_updates(&b, &p);
	collect_files(&b, &p);
	collect_devices(&b, &p);
	return segment_write(&p, out, err);
}
