#include "estate/build.h"

#include "base/table.h"
#include "estate/facts.h"
#include "estate/segment.h"

/* The last of what snapshots say of a device, and how much that is. */
struct merged {
	struct estate_device d;
	struct str text[ROW_TEXTS], kept[KEPT_TEXTS];
	uint32_t last, n;
	bool keeps;
	struct row_device os; /* the row that gives the OS */
};

/* One row of a snapshot, and the place, + 1, of the one before it of the same device. */
struct said {
	uint32_t source, row, before;
};

struct build {
	const struct build_in *in;
	struct intern *ids;
	VEC_OF(struct merged) devices;
	VEC_OF(struct said) said;
	uint32_t **global; /* per source: row -> merged device, UINT32_MAX when retired */
	uint8_t **gives;   /* per source: row -> bits of the facets that it gives, or adds to */
	uint32_t *order;   /* place in the segment -> merged device */
	uint32_t *place;   /* merged device -> place in the segment */
};

static void build_release(struct build *b)
{
	if (b->ids)
		intern_close(b->ids);
	free(b->devices.v);
	free(b->said.v);
	for (size_t i = 0; b->global && i < b->in->n; i++) {
		free(b->global[i]);
		free(b->gives[i]);
	}
	free(b->global);
	free(b->gives);
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
};

static void retire_release(struct retire *t)
{
	intern_close(t->sources);
	free(t->wholes.v);
	map_close(t->listed);
}

static bool still_listed(struct retire *t, uint32_t source, uint32_t device)
{
	const uint32_t *n;

	if (!t->wholes.v[source])
		return true;
	n = map_find(t->listed, (uint64_t)source << 32 | device);
	return n && *n == t->wholes.v[source];
}

static void merge_row(struct build *b, uint32_t at, uint32_t i, uint32_t id)
{
	const struct row_device *row = &b->in->v[at].rows->devices.v[i];
	struct merged *m;

	if (id == b->devices.n)
		VEC_PUSH(&b->devices, (struct merged){.text[ROW_ID] = row->text[ROW_ID]});
	m = &b->devices.v[id];
	VEC_PUSH(&b->said, (struct said){at, i, m->last});
	m->last = (uint32_t)b->said.n;
	m->n++;
	b->global[at][i] = id;
}

static void merge_source(struct build *b, struct retire *t, uint32_t at)
{
	const struct build_source *s = &b->in->v[at];
	uint32_t source = intern_put(t->sources, s->source), id;

	if (source == t->wholes.n)
		VEC_PUSH(&t->wholes, 0);
	b->global[at] = mem_alloc((s->rows->devices.n + 1) * sizeof(uint32_t));
	b->gives[at] = mem_zero(s->rows->devices.n + 1, 1);
	for (uint32_t i = 0; i < s->rows->devices.n; i++) {
		const struct row_device *row = &s->rows->devices.v[i];

		b->global[at][i] = UINT32_MAX;
		id = intern_find(b->ids, row->text[ROW_ID]);
		if (t->wholes.v[source] && (id == UINT32_MAX || !still_listed(t, source, id)))
			continue;
		id = intern_put(b->ids, row->text[ROW_ID]);
		merge_row(b, at, i, id);
		if (s->whole)
			++*map_put(t->listed, (uint64_t)source << 32 | id, 0);
	}
	t->wholes.v[source] += s->whole;
}

static size_t claims_of(const struct build *b, const struct merged *m, struct claim *v)
{
	size_t n = 0;

	for (uint32_t at = m->last; at; at = b->said.v[at - 1].before) {
		const struct said *said = &b->said.v[at - 1];

		v[n++] = claim_of(&b->in->v[said->source], said->source, said->row);
	}
	return n;
}

static void take_facet(struct build *b, struct merged *m, const struct claim *v, size_t n,
		       enum facet f)
{
	enum fact fact = fact_of_facet(f);
	size_t at = fact_choose(v, n, fact);

	if (at == SIZE_MAX)
		return;
	m->d.facet[f] = (struct estate_seen){.seen_ms = v[at].seen_ms,
					     .kind = (uint8_t)v[at].source->kind,
					     .incomplete = v[at].row->incomplete >> f & 1};
	if (f == FACET_OS)
		m->os = *v[at].row;
	b->gives[v[at].at][v[at].row_at] |= (uint8_t)(1u << f);
	for (size_t i = 0; i < n && n > 1; i++)
		if (i != at && fact_adds(&v[i], &v[at], fact) && !claim_is_past(v, n, i, fact))
			b->gives[v[i].at][v[i].row_at] |= (uint8_t)(1u << f);
}

static void take_fact(struct merged *m, const struct claim *c, enum fact fact)
{
	switch (fact) {
	case FACT_CLASS:
		m->d.class = c->row->class;
		return;
	case FACT_TYPE:
		m->text[ROW_TYPE] = c->row->text[ROW_TYPE];
		return;
	case FACT_SEGMENT:
		m->text[ROW_SEGMENT] = c->row->text[ROW_SEGMENT];
		return;
	case FACT_SERVICE:
		m->text[ROW_SERVICE] = c->row->text[ROW_SERVICE];
		return;
	case FACT_INTERNET:
		m->d.internet_facing = c->row->internet_facing;
		return;
	case FACT_SMB1:
		m->d.smb1_off = c->row->smb1_off;
		return;
	default:
		m->kept[fact - FACT_VENDOR] = claim_value(c, fact, NULL);
		m->keeps = true;
	}
}

static void take_facts(struct build *b, struct merged *m, const struct claim *v, size_t n)
{
	for (enum fact fact = 0; fact < FACT_OS; fact++) {
		size_t at = fact_choose(v, n, fact);

		if (at != SIZE_MAX)
			take_fact(m, &v[at], fact);
	}
	for (unsigned f = 0; f < FACETS; f++)
		take_facet(b, m, v, n, (enum facet)f);
}

/* What all sources say, told from the most that any device has of them. */
static struct claim *claims_room(const struct build *b)
{
	uint32_t most = 0;

	for (size_t i = 0; i < b->devices.n; i++)
		most = MAX_OF(most, b->devices.v[i].n);
	return mem_alloc((most + 1) * sizeof(struct claim));
}

static void merge_facts(struct build *b)
{
	AUTO(freep) struct claim *v = claims_room(b);

	for (size_t i = 0; i < b->devices.n; i++)
		take_facts(b, &b->devices.v[i], v, claims_of(b, &b->devices.v[i], v));
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
	struct retire t = {.sources = intern_open(), .listed = map_open()};
	struct id_place *sorted;
	size_t n;

	b->ids = intern_open();
	b->global = mem_zero(b->in->n + 1, sizeof(*b->global));
	b->gives = mem_zero(b->in->n + 1, sizeof(*b->gives));
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
	if (!(b->gives[at][row] >> f & 1))
		return false;
	*ret = b->place[b->global[at][row]];
	return true;
}

static int raw_order(const struct row_raw *x, const struct row_raw *y)
{
	int c = str_cmp(x->cpe, y->cpe);

	if (!c)
		c = str_cmp(x->purl, y->purl);
	if (!c)
		c = str_cmp(x->publisher, y->publisher);
	if (!c)
		c = str_cmp(x->name, y->name);
	return c ? c : str_cmp(x->version, y->version);
}

/* A raw and, in words whose order is that of bytes, the beginning of what it is ordered by. */
struct raw_key {
	uint64_t key[3];
	const struct row_raw *raw;
};

static int key_order(const void *a, const void *b)
{
	const struct raw_key *x = a, *y = b;

	for (unsigned i = 0; i < ARRAY_LEN(x->key); i++)
		if (x->key[i] != y->key[i])
			return x->key[i] < y->key[i] ? -1 : 1;
	return raw_order(x->raw, y->raw);
}

static size_t key_add(unsigned char *to, size_t at, size_t room, struct str s)
{
	size_t n = MIN_OF(s.n, room - at);

	if (n)
		memcpy(to + at, s.p, n);
	return at + n;
}

/* Texts hold no control character, so that zero is less than any of their bytes.  skip: so many
 * bytes are the same in all CPE names. */
static struct raw_key key_of(const struct row_raw *raw, size_t skip)
{
	unsigned char b[sizeof(((struct raw_key *)NULL)->key)] = {0};
	struct raw_key k = {.raw = raw};
	size_t at = 1;

	b[0] = raw->cpe.n ? 2 : raw->purl.n ? 1 : 0;
	if (raw->cpe.n || raw->purl.n) {
		(void)key_add(b, at, sizeof(b),
			      raw->cpe.n ? str_from_offset(raw->cpe, skip) : raw->purl);
	} else {
		at = key_add(b, at, sizeof(b), raw->publisher);
		if (at + 1 < sizeof(b))
			(void)key_add(b, at + 1, sizeof(b), raw->name);
	}
	for (size_t i = 0; i < sizeof(b); i++)
		k.key[i / 8] = k.key[i / 8] << 8 | b[i];
	return k;
}

static void order_raws(const struct rows *all, struct segment_parts *p)
{
	AUTO(freep) struct raw_key *keys = mem_alloc((all->raws.n + 1) * sizeof(*keys));
	const struct str usual = STR("cpe:2.3:");
	size_t skip = usual.n;

	for (size_t i = 0; i < all->raws.n && skip; i++)
		if (all->raws.v[i].cpe.n && !str_starts(all->raws.v[i].cpe, usual))
			skip = 0;
	for (size_t i = 0; i < all->raws.n; i++)
		keys[i] = key_of(&all->raws.v[i], skip);
	qsort(keys, all->raws.n, sizeof(*keys), key_order);
	p->nraws = all->raws.n;
	p->raws = mem_alloc((p->nraws + 1) * sizeof(*p->raws));
	p->place = mem_alloc((p->nraws + 1) * sizeof(*p->place));
	for (uint32_t i = 0; i < p->nraws; i++) {
		p->raws[i] = keys[i].raw;
		p->place[keys[i].raw - all->raws.v] = i;
	}
}

/* The software of the devices whose word this source has, as numbers among all. */
static void collect_source(const struct build *b, uint32_t at, struct segment_parts *p,
			   struct rows *all)
{
	const struct rows *rows = b->in->v[at].rows;
	AUTO(freep) uint32_t *raw = mem_alloc((rows->raws.n + 1) * sizeof(*raw));
	AUTO(freep) uint32_t *hash = mem_alloc((rows->raws.n + 1) * sizeof(*hash));
	uint32_t device = 0, was = UINT32_MAX;
	bool mine = false;
	uint64_t *to;

	memset(raw, 0xff, (rows->raws.n + 1) * sizeof(*raw));
	rows_raw_hashes(rows, hash);
	p->pairs.cap = p->pairs.n + rows->pairs.n;
	p->pairs.v = mem_resize(p->pairs.v, p->pairs.cap, sizeof(*p->pairs.v));
	to = p->pairs.v + p->pairs.n;
	for (size_t i = 0; i < rows->pairs.n; i++) {
		uint32_t local = (uint32_t)rows->pairs.v[i],
			 row = (uint32_t)(rows->pairs.v[i] >> 32);

		if (row != was)
			mine = owns(b, at, row, FACET_SOFTWARE, &device);
		was = row;
		if (!mine)
			continue;
		if (raw[local] == UINT32_MAX)
			raw[local] = rows_raw_admitted(all, &rows->raws.v[local], hash[local]);
		*to++ = (uint64_t)device << 32 | raw[local];
	}
	p->pairs.n = (size_t)(to - p->pairs.v);
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

static void collect_device(const struct merged *m, struct segment_parts *p, size_t i)
{
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
	if (m->keeps)
		VEC_PUSH(&p->kept, (struct segment_kept_text){(uint32_t)i, m->kept});
	for (unsigned f = 0; f < FACETS; f++)
		p->as_of_ms = MAX_OF(p->as_of_ms, d->facet[f].seen_ms);
}

static void collect_devices(const struct build *b, struct segment_parts *p)
{
	p->devices = mem_zero(b->devices.n + 1, sizeof(*p->devices));
	p->texts = mem_zero(b->devices.n + 1, sizeof(*p->texts));
	p->ndevices = b->devices.n;
	for (size_t i = 0; i < b->devices.n; i++)
		collect_device(&b->devices.v[b->order[i]], p, i);
}

struct collecting {
	const struct build *b;
	struct segment_parts *p;
	const struct rows *all;
};

static void collect_step(void *ctx, size_t step, unsigned worker)
{
	struct collecting *x = ctx;

	(void)worker;
	if (step) {
		order_raws(x->all, x->p);
		return;
	}
	collect_updates(x->b, x->p);
	collect_files(x->b, x->p);
	collect_devices(x->b, x->p);
}

bool segment_build(const struct build_in *in, struct text *out, struct err *err)
{
	AUTO(build_release) struct build b = {.in = in};
	AUTO(segment_parts_release)
	struct segment_parts p = {.org = in->org, .inputs = in->inputs, .width = in->width};
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(rows_releasep) struct rows all;

	rows_init(&all, arena, true);
	merge_all(&b);
	merge_facts(&b);
	for (size_t i = 0; i < in->n; i++)
		p.as_of_ms = MAX_OF(p.as_of_ms, in->v[i].taken_ms);
	/* The distinct software of all sources, those that nobody has any more left out. */
	for (uint32_t at = 0; at < in->n; at++)
		collect_source(&b, at, &p, &all);
	segment_steps(in->width, 2, collect_step, &(struct collecting){&b, &p, &all});
	return segment_write(&p, out, err);
}

/* ---- conflicts ------------------------------------------------------------------- */

struct conflicts {
	struct arena *arena;
	VEC_OF(struct estate_conflict) v;
};

static int conflict_order(const void *a, const void *b)
{
	const struct estate_conflict *x = a, *y = b;

	if (x->believed != y->believed)
		return x->believed ? -1 : 1;
	if (x->seen_ms != y->seen_ms)
		return x->seen_ms > y->seen_ms ? -1 : 1;
	return str_cmp(x->source, y->source);
}

static bool differs(const struct claim *v, size_t n, size_t at, enum fact fact, struct arena *arena)
{
	struct str believed = claim_value(&v[at], fact, arena);

	for (size_t i = 0; i < n; i++)
		if (i != at && claim_states(&v[i], fact) && !claim_is_past(v, n, i, fact) &&
		    !str_eq_ci(claim_value(&v[i], fact, arena), believed))
			return true;
	return false;
}

static void conflict_find(struct conflicts *c, const struct claim *v, size_t n, enum fact fact)
{
	size_t at = fact_choose(v, n, fact), first = c->v.n;

	if (at == SIZE_MAX || !differs(v, n, at, fact, c->arena))
		return;
	for (size_t i = 0; i < n; i++) {
		bool same;

		if (!claim_states(&v[i], fact) || claim_is_past(v, n, i, fact))
			continue;
		same = str_eq_ci(claim_value(&v[i], fact, c->arena),
				 claim_value(&v[at], fact, c->arena));
		VEC_PUSH(&c->v,
			 (struct estate_conflict){
				 .device = arena_str(c->arena, v[i].row->text[ROW_ID]),
				 .value = arena_str(c->arena, claim_value(&v[i], fact, c->arena)),
				 .source = arena_str(c->arena, v[i].source->source),
				 .fact = str_of(fact_name(fact)),
				 .why = str_of(i == at ? "believed"
					       : same  ? "says the same"
						       : fact_why(v, n, at, i, fact)),
				 .seen_ms = v[i].seen_ms,
				 .kind = v[i].source->kind,
				 .believed = i == at});
	}
	qsort(c->v.v + first, c->v.n - first, sizeof(*c->v.v), conflict_order);
}

void segment_conflicts(const struct build_in *in, struct arena *arena,
		       struct estate_conflict_list *ret)
{
	AUTO(build_release) struct build b = {.in = in};
	AUTO(freep) struct claim *v = NULL;
	struct conflicts c = {.arena = arena};

	merge_all(&b);
	v = claims_room(&b);
	for (size_t i = 0; i < b.devices.n; i++) {
		size_t n = claims_of(&b, &b.devices.v[b.order[i]], v);

		for (enum fact fact = 0; n > 1 && fact <= FACT_OS; fact++)
			conflict_find(&c, v, n, fact);
	}
	ret->v = ARENA_ARRAY(arena, struct estate_conflict, c.v.n + 1);
	ret->n = c.v.n;
	if (c.v.n)
		memcpy(ret->v, c.v.v, c.v.n * sizeof(*ret->v));
	free(c.v.v);
}
