#include "estate/segment.h"

#include "base/bits.h"
#include "base/file.h"
#include "base/order.h"
#include "base/parallel.h"
#include "base/table.h"
#include "estate/inner.h"

/*
 * Layout: a header, then sections at multiples of 16, in the machine's byte
 * order, since the file is this machine's cache.  The checksum is over all
 * behind the header.
 */

enum section {
	SEC_DEVICES,
	SEC_RAWS,
	SEC_HELD,
	SEC_HELD_AT,
	SEC_WORDS,
	SEC_LISTS,
	SEC_SOFTWARE,
	SEC_KB_START,
	SEC_KBS,
	SEC_FILES,
	SEC_KEPT,
	SEC_ORG,
	SEC_STRINGS,
	SECTIONS
};

struct header {
	char magic[8];
	uint32_t version, order;
	uint64_t size, checksum;
	struct hash inputs;
	int64_t as_of_ms;
	uint64_t npairs;
	uint32_t ndevices, nraws, nkbs, nfiles;
	struct {
		uint64_t off, n; /* bytes */
	} sec[SECTIONS];
};

_Static_assert(sizeof(struct header) == SEGMENT_HEADER_BYTES, "segment.h says otherwise");

static const char magic[8] = {'L', 'Y', 'N', 'C', 'H', 'S', 'E', 'G'};
enum { BYTE_ORDER_MARK = 0x01020304 };

void segment_steps(unsigned width, size_t n, void (*run)(void *ctx, size_t step, unsigned worker),
		   void *ctx)
{
	if (width > 1)
		parallel_each(n, run, ctx);
	for (size_t i = 0; width <= 1 && i < n; i++)
		run(ctx, i, 0);
}

void segment_parts_release(struct segment_parts *p)
{
	free(p->devices);
	free(p->texts);
	free((void *)(uintptr_t)p->raws);
	free(p->place);
	free(p->pairs.v);
	free(p->kbs.v);
	free(p->files.v);
	free(p->kept.v);
}

/* ---- writing ------------------------------------------------------------------- */

/* Each text once, in order of first sight. */
struct strings {
	struct string_slot {
		uint32_t hash, at; /* at 0: free; else place in refs, + 1 */
	} * slots;
	size_t nslots;
	VEC_OF(struct seg_str) refs;
	struct text bytes;
};

static void strings_grow(struct strings *s)
{
	size_t wide = s->nslots ? s->nslots * 2 : 256;
	struct string_slot *to = mem_zero(wide, sizeof(*to));

	for (size_t i = 0; i < s->nslots; i++) {
		size_t at = s->slots[i].hash & (wide - 1);

		if (!s->slots[i].at)
			continue;
		while (to[at].at)
			at = (at + 1) & (wide - 1);
		to[at] = s->slots[i];
	}
	free(s->slots);
	s->slots = to;
	s->nslots = wide;
}

static struct seg_str put_string(struct strings *s, struct str str)
{
	uint32_t hash;
	size_t i;

	if (!str.n)
		return (struct seg_str){0, 0};
	if (s->refs.n * 2 >= s->nslots)
		strings_grow(s);
	hash = (uint32_t)str_hash(str);
	for (i = hash & (s->nslots - 1); s->slots[i].at; i = (i + 1) & (s->nslots - 1)) {
		struct seg_str ref = s->refs.v[s->slots[i].at - 1];

		if (s->slots[i].hash == hash && ref.n == str.n &&
		    memcmp(s->bytes.p + ref.off, str.p, str.n) == 0)
			return ref;
	}
	VEC_PUSH(&s->refs, (struct seg_str){(uint32_t)s->bytes.n, (uint32_t)str.n});
	text_add(&s->bytes, str);
	s->slots[i] = (struct string_slot){hash, (uint32_t)s->refs.n};
	return s->refs.v[s->refs.n - 1];
}

static void put_section(struct text *out, struct header *h, enum section sec, const void *p,
			size_t n)
{
	static const char zeros[16] = {0};

	text_add(out, str_from(zeros, (16 - out->n % 16) % 16));
	h->sec[sec].off = out->n;
	h->sec[sec].n = n;
	text_add(out, str_from(p, n));
}

static bool too_large(const struct segment_parts *p, struct err *err)
{
	return err_set(err, ERR_LIMIT, "the estate of %.*s is too large for one segment",
		       STR_FMT(p->org));
}

static const void *arena_copy(struct arena *arena, const void *p, size_t n)
{
	void *to = arena_alloc(arena, n + 1);

	if (n)
		memcpy(to, p, n);
	return to;
}

/* Pairs by raw: lists of devices, each ascending and without doubles; two passes of counting. */
struct lists {
	uint32_t *start, *end, *devices;
};

static void lists_release(struct lists *l)
{
	free(l->start);
	free(l->end);
	free(l->devices);
}

static void sums(uint32_t *start, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i <= n; i++) {
		uint32_t here = start[i];

		start[i] = sum;
		sum += here;
	}
}

/* In order of device: as they come from a file that lists device by device already. */
static void pairs_by_device(struct segment_parts *p)
{
	AUTO(freep) uint32_t *next = NULL;
	uint64_t *sorted;
	size_t i = 1, n = p->pairs.n;

	while (i < n && p->pairs.v[i - 1] >> 32 <= p->pairs.v[i] >> 32)
		i++;
	if (i >= n)
		return;
	next = mem_zero(p->ndevices + 2, sizeof(*next));
	sorted = mem_alloc(n * sizeof(*sorted));
	for (i = 0; i < n; i++)
		next[p->pairs.v[i] >> 32]++;
	sums(next, p->ndevices);
	for (i = 0; i < n; i++)
		sorted[next[p->pairs.v[i] >> 32]++] = p->pairs.v[i];
	free(p->pairs.v);
	p->pairs.v = sorted;
	p->pairs.cap = n;
}

static void make_lists(struct segment_parts *p, struct lists *l)
{
	struct fill {
		uint32_t from, to;
	};
	AUTO(freep) struct fill *fill = mem_zero(p->nraws + 1, sizeof(*fill));
	size_t n = p->pairs.n;

	pairs_by_device(p);
	l->start = mem_zero(p->nraws + 2, sizeof(uint32_t));
	l->end = mem_zero(p->nraws + 1, sizeof(uint32_t));
	l->devices = mem_alloc((n + 1) * sizeof(uint32_t));
	for (size_t i = 0; i < n; i++)
		fill[(uint32_t)p->pairs.v[i]].to++;
	for (size_t i = 0; i < p->nraws; i++)
		l->start[p->place[i]] = fill[i].to;
	sums(l->start, p->nraws);
	for (size_t i = 0; i < p->nraws; i++)
		fill[i].from = fill[i].to = l->start[p->place[i]];
	/* Devices come ascending, so a double stands beside its like. */
	for (size_t i = 0; i < n; i++) {
		struct fill *f = &fill[(uint32_t)p->pairs.v[i]];
		uint32_t device = (uint32_t)(p->pairs.v[i] >> 32);

		if (f->to == f->from || l->devices[f->to - 1] != device)
			l->devices[f->to++] = device;
	}
	for (size_t i = 0; i < p->nraws; i++)
		l->end[p->place[i]] = fill[i].to;
}

/* By raw: its devices from start up to end. */
struct spans {
	const uint32_t *start, *end, *devices;
};

/* Who holds each raw in the form that is smaller, and how many raws each device holds. */
struct sets {
	uint32_t *n, *at, *lists, *software;
	uint64_t *words;
	size_t nwords, nlists, pairs;
};

static void sets_release(struct sets *s)
{
	free(s->n);
	free(s->at);
	free(s->words);
	free(s->lists);
	free(s->software);
}

static void make_sets(struct sets *s, size_t ndevices, size_t nraws, const struct spans *l)
{
	size_t width = bits_words(ndevices);

	s->n = mem_zero(nraws + 1, sizeof(*s->n));
	s->at = mem_zero(nraws + 1, sizeof(*s->at));
	s->software = mem_zero(ndevices + 1, sizeof(*s->software));
	for (size_t r = 0; r < nraws; r++) {
		uint32_t n = l->end[r] - l->start[r];

		s->nwords += n > width ? width : 0;
		s->nlists += n > width ? 0 : n;
	}
	s->words = mem_zero(s->nwords + 1, sizeof(*s->words));
	s->lists = mem_zero(s->nlists + 1, sizeof(*s->lists));
	s->nwords = s->nlists = 0;
	for (size_t r = 0; r < nraws; r++) {
		const uint32_t *from = l->devices + l->start[r];
		uint32_t n = l->end[r] - l->start[r];

		s->n[r] = n;
		s->pairs += n;
		for (uint32_t i = 0; i < n; i++)
			s->software[from[i]]++;
		if (n > width) {
			s->at[r] = (uint32_t)s->nwords;
			for (uint32_t i = 0; i < n; i++)
				bits_add(s->words + s->nwords, from[i]);
			s->nwords += width;
			continue;
		}
		s->at[r] = (uint32_t)s->nlists;
		memcpy(s->lists + s->nlists, from, n * sizeof(*from));
		s->nlists += n;
	}
}

static void sets_of(struct segment_parts *p, struct sets *ret)
{
	AUTO(lists_release) struct lists l = {0};

	make_lists(p, &l);
	make_sets(ret, p->ndevices, p->nraws, &(struct spans){l.start, l.end, l.devices});
}

static bool put_sets(const struct segment_parts *p, const struct sets *s, struct text *out,
		     struct header *h, struct err *err)
{
	h->npairs = s->pairs;
	if (s->nwords >= UINT32_MAX)
		return too_large(p, err);
	put_section(out, h, SEC_HELD, s->n, p->nraws * sizeof(*s->n));
	put_section(out, h, SEC_HELD_AT, s->at, p->nraws * sizeof(*s->at));
	put_section(out, h, SEC_WORDS, s->words, s->nwords * sizeof(*s->words));
	put_section(out, h, SEC_LISTS, s->lists, s->nlists * sizeof(*s->lists));
	put_section(out, h, SEC_SOFTWARE, s->software, p->ndevices * sizeof(*s->software));
	return true;
}

void segment_put_sets(struct segment *s, struct arena *arena, const uint32_t *start,
		      const uint32_t *devices)
{
	AUTO(sets_release) struct sets made = {0};
	const struct spans by_raw = {start, start + 1, devices};

	make_sets(&made, s->ndevices, s->nraws, &by_raw);
	s->held = arena_copy(arena, made.n, s->nraws * sizeof(*made.n));
	s->held_at = arena_copy(arena, made.at, s->nraws * sizeof(*made.at));
	s->words = arena_copy(arena, made.words, made.nwords * sizeof(*made.words));
	s->lists = arena_copy(arena, made.lists, made.nlists * sizeof(*made.lists));
	s->software = arena_copy(arena, made.software, s->ndevices * sizeof(*made.software));
	s->npairs = start[s->nraws];
}

static void put_kbs(struct segment_parts *p, struct text *out, struct header *h)
{
	AUTO(freep) uint32_t *start = mem_zero(p->ndevices + 2, sizeof(*start));
	AUTO(freep) uint32_t *kbs = mem_alloc((p->kbs.n + 1) * sizeof(*kbs));
	uint32_t n = 0;

	if (p->kbs.n)
		qsort(p->kbs.v, p->kbs.n, sizeof(uint64_t), u64_order);
	for (size_t i = 0; i < p->kbs.n; i++) {
		if (i && p->kbs.v[i] == p->kbs.v[i - 1])
			continue;
		start[p->kbs.v[i] >> 32]++;
		kbs[n++] = (uint32_t)p->kbs.v[i];
	}
	sums(start, p->ndevices);
	h->nkbs = n;
	put_section(out, h, SEC_KB_START, start, (p->ndevices + 1) * sizeof(*start));
	put_section(out, h, SEC_KBS, kbs, n * sizeof(*kbs));
}

static void put_devices(struct segment_parts *p, struct strings *s, struct text *out,
			struct header *h)
{
	for (size_t i = 0; i < p->ndevices; i++) {
		struct estate_device *d = &p->devices[i];
		const struct str *t = p->texts[i].v;

		d->id = put_string(s, t[ROW_ID]);
		d->type = put_string(s, t[ROW_TYPE]);
		d->segment = put_string(s, t[ROW_SEGMENT]);
		d->service = put_string(s, t[ROW_SERVICE]);
		d->os_name = put_string(s, t[ROW_OS_NAME]);
		d->os_cpe = put_string(s, t[ROW_OS_CPE]);
		d->os_version = put_string(s, t[ROW_OS_VERSION]);
	}
	put_section(out, h, SEC_DEVICES, p->devices, p->ndevices * sizeof(*p->devices));
}

static void put_raws(const struct segment_parts *p, struct strings *s, struct text *out,
		     struct header *h)
{
	AUTO(freep) struct estate_raw *raws = mem_zero(p->nraws + 1, sizeof(*raws));

	for (size_t i = 0; i < p->nraws; i++) {
		const struct row_raw *r = p->raws[i];

		raws[i] = (struct estate_raw){
			.cpe = put_string(s, r->cpe),
			.purl = put_string(s, r->purl),
			.publisher = put_string(s, r->publisher),
			.name = put_string(s, r->name),
			.version = put_string(s, r->version),
		};
	}
	put_section(out, h, SEC_RAWS, raws, p->nraws * sizeof(*raws));
}

static void put_files(const struct segment_parts *p, struct strings *s, struct text *out,
		      struct header *h)
{
	AUTO(freep) struct estate_file *files = mem_zero(p->files.n + 1, sizeof(*files));

	for (size_t i = 0; i < p->files.n; i++)
		files[i] = (struct estate_file){.device = p->files.v[i].device,
						.name = put_string(s, p->files.v[i].name),
						.version = put_string(s, p->files.v[i].version)};
	h->nfiles = (uint32_t)p->files.n;
	put_section(out, h, SEC_FILES, files, p->files.n * sizeof(*files));
}

static void put_kept(const struct segment_parts *p, struct strings *s, struct text *out,
		     struct header *h)
{
	AUTO(freep) struct segment_kept *kept = mem_zero(p->kept.n + 1, sizeof(*kept));

	for (size_t i = 0; i < p->kept.n; i++) {
		kept[i].device = p->kept.v[i].device;
		for (unsigned k = 0; k < KEPT_TEXTS; k++)
			kept[i].text[k] = put_string(s, p->kept.v[i].text[k]);
	}
	put_section(out, h, SEC_KEPT, kept, p->kept.n * sizeof(*kept));
}

static uint64_t checksum_of(struct str bytes)
{
	struct str body = str_from_offset(bytes, sizeof(struct header));

	return str_hash(body);
}

void segment_seal(char *bytes, size_t n)
{
	struct header h;

	memcpy(&h, bytes, sizeof(h));
	h.size = n;
	h.checksum = checksum_of(str_from(bytes, n));
	memcpy(bytes, &h, sizeof(h));
}

static void strings_release(struct strings *s)
{
	free(s->slots);
	free(s->refs.v);
	text_free(&s->bytes);
}

struct writing {
	struct segment_parts *p;
	struct strings *s;
	struct sets *sets;
	struct text *out;
	struct header *h;
};

/* What takes longest: texts of devices and raws, and who holds what. */
static void write_step(void *ctx, size_t step, unsigned worker)
{
	struct writing *x = ctx;

	(void)worker;
	if (step) {
		sets_of(x->p, x->sets);
		return;
	}
	put_devices(x->p, x->s, x->out, x->h);
	put_raws(x->p, x->s, x->out, x->h);
}

bool segment_write(struct segment_parts *p, struct text *out, struct err *err)
{
	AUTO(strings_release) struct strings s = {0};
	AUTO(sets_release) struct sets sets = {0};
	struct header h = {.version = SEGMENT_VERSION,
			   .order = BYTE_ORDER_MARK,
			   .inputs = p->inputs,
			   .as_of_ms = p->as_of_ms,
			   .ndevices = (uint32_t)p->ndevices,
			   .nraws = (uint32_t)p->nraws};

	if (p->pairs.n >= UINT32_MAX || p->kbs.n >= UINT32_MAX || p->files.n >= UINT32_MAX)
		return too_large(p, err);
	memcpy(h.magic, magic, sizeof(magic));
	text_add(out, str_from((const char *)&h, sizeof(h)));
	segment_steps(p->width, 2, write_step, &(struct writing){p, &s, &sets, out, &h});
	if (!put_sets(p, &sets, out, &h, err))
		return false;
	put_kbs(p, out, &h);
	put_files(p, &s, out, &h);
	put_kept(p, &s, out, &h);
	put_section(out, &h, SEC_ORG, p->org.p, p->org.n);
	if (s.bytes.n >= UINT32_MAX)
		return err_set(err, ERR_LIMIT, "the names of %.*s's estate take more than 4 GB",
			       STR_FMT(p->org));
	put_section(out, &h, SEC_STRINGS, s.bytes.p, s.bytes.n);
	memcpy(out->p, &h, sizeof(h));
	segment_seal(out->p, out->n);
	return true;
}

/* ---- seeing -------------------------------------------------------------------- */

static bool bad(struct err *err, const char *what)
{
	return err_set(err, ERR_CORRUPT, "segment: %s", what);
}

static const void *section(struct str bytes, const struct header *h, enum section sec, uint64_t n,
			   size_t item)
{
	uint64_t off = h->sec[sec].off, size = h->sec[sec].n;

	if (off % 16 || off < sizeof(*h) || off > bytes.n || size > bytes.n - off ||
	    size != n * item)
		return NULL;
	return bytes.p + off;
}

static bool set_holds(const struct segment *s, uint32_t raw)
{
	const uint64_t *words = segment_words(s, raw);
	const uint32_t *list = segment_list(s, raw);
	size_t width = bits_words(s->ndevices);

	for (uint32_t i = 0; list && i < s->held[raw]; i++)
		if (list[i] >= s->ndevices || (i && list[i] <= list[i - 1]))
			return false;
	return !words || (bits_count(words, width) == s->held[raw] &&
			  !(s->ndevices % 64 && words[width - 1] >> s->ndevices % 64));
}

/* Sets lie one behind the other in words and lists, which hold nothing else. */
static bool sets_hold(const struct segment *s, uint64_t nwords, uint64_t nlists)
{
	uint64_t words = 0, lists = 0, pairs = 0, software = 0, width = bits_words(s->ndevices);

	for (uint32_t r = 0; r < s->nraws; r++) {
		uint32_t n = s->held[r];
		bool dense = n > width;

		if (s->held_at[r] != (dense ? words : lists) || n > s->ndevices)
			return false;
		words += dense ? width : 0;
		lists += dense ? 0 : n;
		pairs += n;
		if (words > nwords || lists > nlists)
			return false;
		if (!set_holds(s, r))
			return false;
	}
	for (uint32_t d = 0; d < s->ndevices; d++)
		software += s->software[d];
	return words == nwords && lists == nlists && pairs == s->npairs && pairs == software;
}

/* start[0] = 0 <= start[1] <= ... = n, and every value below limit, rising within a list. */
static bool lists_hold(const uint32_t *start, size_t lists, const uint32_t *v, uint64_t n,
		       uint64_t limit)
{
	if (start[0] != 0 || start[lists] != n)
		return false;
	for (size_t i = 0; i < lists; i++) {
		if (start[i] > start[i + 1] || start[i + 1] > n)
			return false;
		for (uint32_t k = start[i]; k < start[i + 1]; k++)
			if (v[k] >= limit || (k > start[i] && v[k] <= v[k - 1]))
				return false;
	}
	return true;
}

static bool ref_holds(const struct segment *s, struct seg_str r)
{
	return r.off <= s->nstrings && r.n <= s->nstrings - r.off;
}

static bool kept_holds(const struct segment *s)
{
	for (uint32_t i = 0; i < s->nkept; i++) {
		const struct segment_kept *k = &s->kept[i];

		if (k->device >= s->ndevices || (i && k->device <= k[-1].device))
			return false;
		for (unsigned t = 0; t < KEPT_TEXTS; t++)
			if (!ref_holds(s, k->text[t]))
				return false;
	}
	return true;
}

static bool refs_hold(const struct segment *s)
{
	for (uint32_t i = 0; i < s->ndevices; i++) {
		const struct estate_device *d = &s->devices[i];

		if (!ref_holds(s, d->id) || !ref_holds(s, d->type) || !ref_holds(s, d->segment) ||
		    !ref_holds(s, d->service) || !ref_holds(s, d->os_name) ||
		    !ref_holds(s, d->os_cpe) || !ref_holds(s, d->os_version) ||
		    d->class >= DEVICE_CLASSES || d->os_arch > WINDOWS_IA64 ||
		    d->os_server > SERVER_SERVER || d->internet_facing > SAID_YES ||
		    d->smb1_off > SAID_YES)
			return false;
		for (unsigned f = 0; f < FACETS; f++)
			if (d->facet[f].kind >= ESTATE_KINDS)
				return false;
	}
	for (uint32_t i = 0; i < s->nraws; i++) {
		const struct estate_raw *r = &s->raws[i];

		if (!ref_holds(s, r->cpe) || !ref_holds(s, r->purl) ||
		    !ref_holds(s, r->publisher) || !ref_holds(s, r->name) ||
		    !ref_holds(s, r->version))
			return false;
	}
	for (uint32_t i = 0; i < s->nfiles; i++)
		if (s->files[i].device >= s->ndevices || !ref_holds(s, s->files[i].name) ||
		    !ref_holds(s, s->files[i].version))
			return false;
	return true;
}

bool segment_view(struct str bytes, struct segment *ret, struct err *err)
{
	const struct header *h = (const void *)bytes.p;
	struct segment s = {0};

	if (bytes.n < sizeof(*h) || memcmp(h->magic, magic, sizeof(magic)) ||
	    h->order != BYTE_ORDER_MARK || h->version != SEGMENT_VERSION)
		return bad(err, "not of this version");
	if (h->size != bytes.n || h->checksum != checksum_of(bytes))
		return bad(err, "the checksum differs");
	if (h->npairs >= UINT32_MAX)
		return bad(err, "too many pairs");
	s = (struct segment){.as_of_ms = h->as_of_ms,
			     .ndevices = h->ndevices,
			     .nraws = h->nraws,
			     .nkbs = h->nkbs,
			     .nfiles = h->nfiles,
			     .nkept = (uint32_t)(h->sec[SEC_KEPT].n / sizeof(*s.kept)),
			     .npairs = h->npairs,
			     .nstrings = h->sec[SEC_STRINGS].n,
			     .inputs = h->inputs};
	s.devices = section(bytes, h, SEC_DEVICES, s.ndevices, sizeof(*s.devices));
	s.raws = section(bytes, h, SEC_RAWS, s.nraws, sizeof(*s.raws));
	s.held = section(bytes, h, SEC_HELD, s.nraws, 4);
	s.held_at = section(bytes, h, SEC_HELD_AT, s.nraws, 4);
	s.words = section(bytes, h, SEC_WORDS, h->sec[SEC_WORDS].n / 8, 8);
	s.lists = section(bytes, h, SEC_LISTS, h->sec[SEC_LISTS].n / 4, 4);
	s.software = section(bytes, h, SEC_SOFTWARE, s.ndevices, 4);
	s.device_kb_start = section(bytes, h, SEC_KB_START, (uint64_t)s.ndevices + 1, 4);
	s.device_kbs = section(bytes, h, SEC_KBS, s.nkbs, 4);
	s.files = section(bytes, h, SEC_FILES, s.nfiles, sizeof(*s.files));
	s.kept = section(bytes, h, SEC_KEPT, s.nkept, sizeof(*s.kept));
	s.strings = section(bytes, h, SEC_STRINGS, s.nstrings, 1);
	s.org = str_from(section(bytes, h, SEC_ORG, h->sec[SEC_ORG].n, 1), h->sec[SEC_ORG].n);
	if (!s.devices || !s.raws || !s.held || !s.held_at || !s.words || !s.lists || !s.software ||
	    !s.device_kb_start || !s.device_kbs || !s.files || !s.kept || !s.strings || !s.org.p)
		return bad(err, "a section lies outside");
	if (!sets_hold(&s, h->sec[SEC_WORDS].n / 8, h->sec[SEC_LISTS].n / 4) ||
	    !lists_hold(s.device_kb_start, s.ndevices, s.device_kbs, s.nkbs, UINT32_MAX) ||
	    !refs_hold(&s) || !kept_holds(&s))
		return bad(err, "a number points outside");
	*ret = s;
	return true;
}

/* ---- holding ------------------------------------------------------------------- */

struct held {
	struct segment s;
	struct str bytes;
	bool mapped;
	unsigned refs;
};

const struct segment *segment_own(const struct segment *view, struct str bytes, bool mapped)
{
	struct held *h = mem_zero(1, sizeof(*h));

	*h = (struct held){*view, bytes, mapped, 1};
	return &h->s;
}

/* A segment that was given out is the first member of a struct held of ours. */
static struct held *held_of(const struct segment *s)
{
	return (struct held *)(uintptr_t)s;
}

const struct segment *segment_ref(const struct segment *s)
{
	held_of(s)->refs++;
	return s;
}

void segment_unref(const struct segment *s)
{
	struct held *h = held_of(s);

	if (--h->refs)
		return;
	if (h->mapped)
		file_unmap(h->bytes);
	else
		free((void *)(uintptr_t)h->bytes.p);
	free(h);
}

size_t segment_find(const struct segment *s, struct str id)
{
	size_t lo = 0, hi = s->ndevices;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = str_cmp(seg_str(s, s->devices[mid].id), id);

		if (!c)
			return mid;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return SIZE_MAX;
}

const uint64_t *segment_words(const struct segment *s, uint32_t raw)
{
	return s->held[raw] > bits_words(s->ndevices) ? s->words + s->held_at[raw] : NULL;
}

const uint32_t *segment_list(const struct segment *s, uint32_t raw)
{
	return s->held[raw] > bits_words(s->ndevices) ? NULL : s->lists + s->held_at[raw];
}

void segment_mark(const struct segment *s, uint32_t raw, uint64_t *devices)
{
	const uint64_t *words = segment_words(s, raw);
	const uint32_t *list = segment_list(s, raw);

	if (words)
		bits_or(devices, words, bits_words(s->ndevices));
	for (uint32_t i = 0; list && i < s->held[raw]; i++)
		bits_add(devices, list[i]);
}

static bool holds(const struct segment *s, uint32_t raw, uint32_t device)
{
	const uint64_t *words = segment_words(s, raw);
	const uint32_t *list = segment_list(s, raw);
	uint32_t lo = 0, hi = s->held[raw];

	if (words)
		return bits_has(words, device);
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (list[mid] < device)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->held[raw] && list[lo] == device;
}

struct device_raws segment_raws(const struct segment *s, uint32_t device, struct arena *arena)
{
	uint32_t *found = ARENA_ARRAY(arena, uint32_t, (size_t)s->software[device] + 1), n = 0;

	for (uint32_t r = 0; r < s->nraws && n < s->software[device]; r++)
		if (holds(s, r, device))
			found[n++] = r;
	return (struct device_raws){found, n};
}

struct turning { /* raws by device, out of devices by raw */
	const struct segment *s;
	struct device_raws *all;
	uint32_t **to;
};

static void turn(struct turning *t, uint32_t device, uint32_t raw)
{
	if (t->all[device].n < t->s->software[device])
		t->to[device][t->all[device].n++] = raw;
}

const struct device_raws *segment_all_raws(const struct segment *s, struct arena *arena)
{
	struct turning t = {s, ARENA_ARRAY(arena, struct device_raws, (size_t)s->ndevices + 1),
			    ARENA_ARRAY(arena, uint32_t *, (size_t)s->ndevices + 1)};

	for (uint32_t i = 0; i < s->ndevices; i++)
		t.all[i].v = t.to[i] = ARENA_ARRAY(arena, uint32_t, (size_t)s->software[i] + 1);
	for (uint32_t r = 0; r < s->nraws; r++) {
		const uint64_t *words = segment_words(s, r);
		const uint32_t *list = segment_list(s, r);

		for (uint32_t i = 0; list && i < s->held[r]; i++)
			turn(&t, list[i], r);
		for (uint32_t i = 0; words && i < s->ndevices; i++)
			if (bits_has(words, i))
				turn(&t, i, r);
	}
	return t.all;
}

struct str segment_kept(const struct segment *s, uint32_t device, enum kept which)
{
	uint32_t lo = 0, hi = s->nkept;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->kept[mid].device == device)
			return seg_str(s, s->kept[mid].text[which]);
		if (s->kept[mid].device < device)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (struct str){0};
}

bool segment_has_kb(const struct segment *s, uint32_t device, uint32_t kb)
{
	uint32_t lo = s->device_kb_start[device], hi = s->device_kb_start[device + 1];

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->device_kbs[mid] == kb)
			return true;
		if (s->device_kbs[mid] < kb)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

const struct windows_line *segment_line(const struct segment *s, uint32_t device)
{
	const struct estate_device *d = &s->devices[device];
	struct windows_version v = {
		.major = d->os_major,
		.minor = d->os_minor,
		.build = d->os_build,
		.revision = d->os_revision,
		.sp = d->os_sp,
		.server = d->os_server == SERVER_SERVER,
		.arch = (enum windows_arch)d->os_arch,
	};

	return d->os_build ? windows_line_of(&v) : NULL;
}
