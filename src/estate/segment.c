#include "estate/segment.h"

#include "base/file.h"
#include "base/table.h"

/*
 * Layout: a header, then sections at multiples of 16, in the machine's byte
 * order, since the file is this machine's cache.  The checksum is over all
 * behind the header.
 */

enum section {
	SEC_DEVICES,
	SEC_RAWS,
	SEC_RAW_START,
	SEC_RAW_DEVICES,
	SEC_DEVICE_START,
	SEC_DEVICE_RAWS,
	SEC_KB_START,
	SEC_KBS,
	SEC_FILES,
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

void segment_parts_release(struct segment_parts *p)
{
	free(p->devices);
	free(p->texts);
	free((void *)(uintptr_t)p->raws);
	free(p->pairs.v);
	free(p->kbs.v);
	free(p->files.v);
}

/* ---- writing ------------------------------------------------------------------- */

struct strings {
	struct intern *known;
	VEC_OF(uint32_t) at;
	struct text bytes;
};

static struct seg_str put_string(struct strings *s, struct str str)
{
	uint32_t id;

	if (!str.n)
		return (struct seg_str){0, 0};
	id = intern_put(s->known, str);
	if (id == s->at.n) {
		VEC_PUSH(&s->at, (uint32_t)s->bytes.n);
		text_add(&s->bytes, str);
	}
	return (struct seg_str){s->at.v[id], (uint32_t)str.n};
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

/* Pairs as lists, both ways, each ascending and without doubles: three passes of counting. */
struct lists {
	uint32_t *device_start, *device_raws, *raw_start, *raw_devices;
};

static void lists_release(struct lists *l)
{
	free(l->device_start);
	free(l->device_raws);
	free(l->raw_start);
	free(l->raw_devices);
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

static void make_lists(const struct segment_parts *p, struct lists *l)
{
	size_t n = p->pairs.n;
	AUTO(freep) uint32_t *by_device = mem_alloc((n + 1) * sizeof(uint32_t));
	AUTO(freep) uint32_t *next = NULL;
	uint32_t at = 0;

	/* By device, as they came. */
	l->device_start = mem_zero(p->ndevices + 2, sizeof(uint32_t));
	for (size_t i = 0; i < n; i++)
		l->device_start[p->pairs.v[i] >> 32]++;
	sums(l->device_start, p->ndevices);
	next = mem_alloc((MAX_OF(p->ndevices, p->nraws) + 2) * sizeof(uint32_t));
	memcpy(next, l->device_start, (p->ndevices + 1) * sizeof(uint32_t));
	for (size_t i = 0; i < n; i++)
		by_device[next[p->pairs.v[i] >> 32]++] = (uint32_t)p->pairs.v[i];
	/* By raw: devices come ascending, so a double stands beside its like. */
	l->raw_start = mem_zero(p->nraws + 2, sizeof(uint32_t));
	l->raw_devices = mem_alloc((n + 1) * sizeof(uint32_t));
	for (size_t i = 0; i < n; i++)
		l->raw_start[(uint32_t)p->pairs.v[i]]++;
	sums(l->raw_start, p->nraws);
	memcpy(next, l->raw_start, (p->nraws + 1) * sizeof(uint32_t));
	for (uint32_t d = 0; d < p->ndevices; d++)
		for (uint32_t i = l->device_start[d]; i < l->device_start[d + 1]; i++)
			l->raw_devices[next[by_device[i]]++] = d;
	for (size_t r = 0; r < p->nraws; r++) {
		uint32_t from = l->raw_start[r], end = l->raw_start[r + 1];

		l->raw_start[r] = at;
		for (uint32_t i = from; i < end; i++)
			if (i == from || l->raw_devices[i] != l->raw_devices[i - 1])
				by_device[at++] = l->raw_devices[i];
	}
	l->raw_start[p->nraws] = at;
	memcpy(l->raw_devices, by_device, at * sizeof(uint32_t));
	/* And back: raws come ascending. */
	memset(l->device_start, 0, (p->ndevices + 2) * sizeof(uint32_t));
	for (uint32_t i = 0; i < at; i++)
		l->device_start[l->raw_devices[i]]++;
	sums(l->device_start, p->ndevices);
	memcpy(next, l->device_start, (p->ndevices + 1) * sizeof(uint32_t));
	l->device_raws = mem_alloc((n + 1) * sizeof(uint32_t));
	for (uint32_t r = 0; r < p->nraws; r++)
		for (uint32_t i = l->raw_start[r]; i < l->raw_start[r + 1]; i++)
			l->device_raws[next[l->raw_devices[i]]++] = r;
}

static int u64_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
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
	intern_close(s->known);
	free(s->at.v);
	text_free(&s->bytes);
}

bool segment_write(struct segment_parts *p, struct text *out, struct err *err)
{
	AUTO(strings_release) struct strings s = {.known = intern_open()};
	AUTO(lists_release) struct lists l = {0};
	struct header h = {.version = SEGMENT_VERSION,
			   .order = BYTE_ORDER_MARK,
			   .inputs = p->inputs,
			   .as_of_ms = p->as_of_ms,
			   .ndevices = (uint32_t)p->ndevices,
			   .nraws = (uint32_t)p->nraws};

	if (p->pairs.n >= UINT32_MAX || p->kbs.n >= UINT32_MAX || p->files.n >= UINT32_MAX)
		return err_set(err, ERR_LIMIT, "the estate of %.*s is too large for one segment",
			       STR_FMT(p->org));
	memcpy(h.magic, magic, sizeof(magic));
	text_add(out, str_from((const char *)&h, sizeof(h)));
	put_devices(p, &s, out, &h);
	put_raws(p, &s, out, &h);
	make_lists(p, &l);
	h.npairs = l.raw_start[p->nraws];
	put_section(out, &h, SEC_RAW_START, l.raw_start, (p->nraws + 1) * sizeof(uint32_t));
	put_section(out, &h, SEC_RAW_DEVICES, l.raw_devices, h.npairs * sizeof(uint32_t));
	put_section(out, &h, SEC_DEVICE_START, l.device_start,
		    (p->ndevices + 1) * sizeof(uint32_t));
	put_section(out, &h, SEC_DEVICE_RAWS, l.device_raws, h.npairs * sizeof(uint32_t));
	put_kbs(p, out, &h);
	put_files(p, &s, out, &h);
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
			     .npairs = h->npairs,
			     .nstrings = h->sec[SEC_STRINGS].n,
			     .inputs = h->inputs};
	s.devices = section(bytes, h, SEC_DEVICES, s.ndevices, sizeof(*s.devices));
	s.raws = section(bytes, h, SEC_RAWS, s.nraws, sizeof(*s.raws));
	s.raw_start = section(bytes, h, SEC_RAW_START, (uint64_t)s.nraws + 1, 4);
	s.raw_devices = section(bytes, h, SEC_RAW_DEVICES, s.npairs, 4);
	s.device_start = section(bytes, h, SEC_DEVICE_START, (uint64_t)s.ndevices + 1, 4);
	s.device_raws = section(bytes, h, SEC_DEVICE_RAWS, s.npairs, 4);
	s.device_kb_start = section(bytes, h, SEC_KB_START, (uint64_t)s.ndevices + 1, 4);
	s.device_kbs = section(bytes, h, SEC_KBS, s.nkbs, 4);
	s.files = section(bytes, h, SEC_FILES, s.nfiles, sizeof(*s.files));
	s.strings = section(bytes, h, SEC_STRINGS, s.nstrings, 1);
	s.org = str_from(section(bytes, h, SEC_ORG, h->sec[SEC_ORG].n, 1), h->sec[SEC_ORG].n);
	if (!s.devices || !s.raws || !s.raw_start || !s.raw_devices || !s.device_start ||
	    !s.device_raws || !s.device_kb_start || !s.device_kbs || !s.files || !s.strings ||
	    !s.org.p)
		return bad(err, "a section lies outside");
	if (!lists_hold(s.raw_start, s.nraws, s.raw_devices, s.npairs, s.ndevices) ||
	    !lists_hold(s.device_start, s.ndevices, s.device_raws, s.npairs, s.nraws) ||
	    !lists_hold(s.device_kb_start, s.ndevices, s.device_kbs, s.nkbs, UINT32_MAX) ||
	    !refs_hold(&s))
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
