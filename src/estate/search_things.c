#include "base/parallel.h"
#include "base/table.h"
#include "estate/search.h"

/*
 * The distinct profiles and raws of the nation.  Each is kept once, as the bytes by which it is
 * known (fixed fields, then its texts), and is asked as the only one of a segment made of these.
 */

struct things {
	struct intern *profiles, *raws;
	uint64_t *unresolved; /* of the first `resolved` raws: no name */
	uint32_t resolved;
	uint32_t settled; /* how many, when most segments were numbered */
};

void things_close(struct things *t)
{
	intern_close(t->profiles);
	intern_close(t->raws);
	free(t->unresolved);
	free(t);
}

struct things *things_open(void)
{
	struct things *t = mem_zero(1, sizeof(*t));

	t->profiles = intern_open();
	t->raws = intern_open();
	return t;
}

static uint32_t things_count(const struct things *t)
{
	return intern_count(t->profiles) + intern_count(t->raws);
}

bool things_outgrown(const struct things *t)
{
	enum { FEW = 1 << 16 };

	return things_count(t) > 2 * (uint64_t)t->settled + FEW;
}

void things_names_changed(struct things *t)
{
	t->resolved = 0;
}

/* ---- the bytes -------------------------------------------------------------------------- */

struct profile_key {
	uint32_t major, minor, build, name_n, cpe_n;
	uint8_t sp, server, arch, class, internet_facing, smb1_off, seen, incomplete;
};
_Static_assert(sizeof(struct profile_key) == 28, "nothing between the fields");

static struct str profile_bytes(const struct segment *s, uint32_t device, struct text *out)
{
	const struct estate_device *d = &s->devices[device];
	struct profile_key key = {.major = d->os_major,
				  .minor = d->os_minor,
				  .build = d->os_build,
				  .name_n = d->os_name.n,
				  .cpe_n = d->os_cpe.n,
				  .sp = d->os_sp,
				  .server = d->os_server,
				  .arch = d->os_arch,
				  .class = d->class,
				  .internet_facing = d->internet_facing,
				  .smb1_off = d->smb1_off};

	for (unsigned f = 0; f < FACETS; f++) {
		key.seen |= (uint8_t)((d->facet[f].seen_ms != 0) << f);
		key.incomplete |= (uint8_t)((d->facet[f].incomplete != 0) << f);
	}
	text_clear(out);
	text_add(out, str_from((const char *)&key, sizeof(key)));
	text_add(out, seg_str(s, d->os_name));
	text_add(out, seg_str(s, d->os_cpe));
	return text_str(out);
}

static void profile_of_bytes(struct str bytes, struct segment *ret, struct estate_device *d)
{
	struct profile_key key;

	memcpy(&key, bytes.p, sizeof(key));
	*d = (struct estate_device){.os_name = {sizeof(key), key.name_n},
				    .os_cpe = {(uint32_t)sizeof(key) + key.name_n, key.cpe_n},
				    .os_major = key.major,
				    .os_minor = key.minor,
				    .os_build = key.build,
				    .os_sp = key.sp,
				    .os_server = key.server,
				    .os_arch = key.arch,
				    .class = key.class,
				    .internet_facing = key.internet_facing,
				    .smb1_off = key.smb1_off};
	for (unsigned f = 0; f < FACETS; f++) {
		d->facet[f].seen_ms = key.seen >> f & 1;
		d->facet[f].incomplete = key.incomplete >> f & 1;
	}
	*ret = (struct segment){.ndevices = 1, .devices = d, .strings = bytes.p};
}

struct raw_key {
	uint32_t n[5];
};

static char *put(char *to, struct str s)
{
	if (s.n)
		memcpy(to, s.p, s.n);
	return to + s.n;
}

static void raw_bytes(const struct segment *s, uint32_t raw, struct text *out)
{
	const struct estate_raw *r = &s->raws[raw];
	struct raw_key key = {{r->cpe.n, r->purl.n, r->publisher.n, r->name.n, r->version.n}};
	char *to = text_room(out, sizeof(key) + (size_t)r->cpe.n + r->purl.n + r->publisher.n +
					  r->name.n + r->version.n);

	to = put(to, str_from((const char *)&key, sizeof(key)));
	to = put(to, seg_str(s, r->cpe));
	to = put(to, seg_str(s, r->purl));
	to = put(to, seg_str(s, r->publisher));
	to = put(to, seg_str(s, r->name));
	to = put(to, seg_str(s, r->version));
	out->n = (size_t)(to - out->p);
}

/* In s, which lives longer: to begin it anew for each would cost as much as asking. */
static void raw_of_bytes(struct str bytes, struct segment *s, struct estate_raw *raw)
{
	struct seg_str at[5];
	struct raw_key key;
	uint32_t off = sizeof(key);

	memcpy(&key, bytes.p, sizeof(key));
	for (unsigned i = 0; i < ARRAY_LEN(at); i++) {
		at[i] = (struct seg_str){off, key.n[i]};
		off += key.n[i];
	}
	*raw = (struct estate_raw){at[0], at[1], at[2], at[3], at[4]};
	s->strings = bytes.p;
}

/* ---- numbering -------------------------------------------------------------------------- */

/*
 * Threads look numbers up while nobody gives any; what they did not find one thread numbers after
 * each round.  Rounds double: what is new in one, most of the next know.
 */
enum { FIRST_ROUND = 8 };

struct numbering {
	struct things *t;
	struct place **v;
	bool raws;
};

static void find_profiles(const struct things *t, const struct segment *s, uint32_t *to)
{
	AUTO(freep) uint32_t *first = mem_alloc((s->ndevices + (size_t)1) * sizeof(*first));
	AUTO(text_freep) struct text bytes = {0};
	uint32_t n = number_profiles(s, to, first);

	for (uint32_t p = 0; p < n; p++)
		first[p] = intern_find(t->profiles, profile_bytes(s, first[p], &bytes));
	for (uint32_t i = 0; i < s->ndevices; i++)
		to[i] = first[to[i]];
}

enum { FIND_AT_ONCE = 64 };

static void find_raws(const struct things *t, const struct segment *s, uint32_t *to)
{
	AUTO(text_freep) struct text bytes = {0};
	struct str keys[FIND_AT_ONCE];

	for (uint32_t from = 0, n; from < s->nraws; from += n) {
		const char *p;

		n = MIN_OF(s->nraws - from, (uint32_t)FIND_AT_ONCE);
		text_clear(&bytes);
		for (uint32_t i = 0; i < n; i++) {
			keys[i].n = bytes.n;
			raw_bytes(s, from + i, &bytes);
			keys[i].n = bytes.n - keys[i].n;
		}
		p = bytes.p;
		for (uint32_t i = 0; i < n; p += keys[i++].n)
			keys[i].p = p;
		intern_find_all(t->raws, keys, n, to + from);
	}
}

static void find_one(void *ctx, size_t item, unsigned worker)
{
	const struct numbering *n = ctx;
	struct place *place = n->v[item];
	const struct segment *s = place->segment;

	(void)worker;
	if (!place->numbers.profiles) {
		place->numbers.profiles = mem_alloc((s->ndevices + (size_t)1) * sizeof(uint32_t));
		find_profiles(n->t, s, place->numbers.profiles);
	}
	if (n->raws && !place->numbers.raws) {
		place->numbers.raws = mem_alloc((s->nraws + (size_t)1) * sizeof(uint32_t));
		find_raws(n->t, s, place->numbers.raws);
	}
}

static void put_missing(struct things *t, const struct place *place, bool raws, struct text *bytes)
{
	const struct numbers *to = &place->numbers;
	const struct segment *s = place->segment;

	for (uint32_t i = 0; i < s->ndevices; i++)
		if (to->profiles[i] == UINT32_MAX)
			to->profiles[i] = intern_put(t->profiles, profile_bytes(s, i, bytes));
	for (uint32_t r = 0; raws && r < s->nraws; r++)
		if (to->raws[r] == UINT32_MAX) {
			text_clear(bytes);
			raw_bytes(s, r, bytes);
			to->raws[r] = intern_put(t->raws, text_str(bytes));
		}
}

void things_number(struct things *t, struct place *v, size_t n, bool raws)
{
	AUTO(freep) struct place **missing = mem_alloc((n + 1) * sizeof(struct place *));
	AUTO(text_freep) struct text bytes = {0};
	size_t nmissing = 0;

	for (size_t i = 0; i < n; i++)
		if (!v[i].numbers.profiles || (raws && !v[i].numbers.raws))
			missing[nmissing++] = &v[i];
	for (size_t from = 0, round = FIRST_ROUND; from < nmissing; from += round, round *= 2) {
		struct numbering numbering = {t, missing + from, raws};

		parallel_each(MIN_OF(round, nmissing - from), find_one, &numbering);
		for (size_t i = from; i < nmissing && i < from + round; i++)
			put_missing(t, missing[i], raws, &bytes);
	}
	if (nmissing > n / 2)
		t->settled = things_count(t);
}

/* ---- asking ----------------------------------------------------------------------------- */

enum { ASK_AT_ONCE = 4096 }; /* raws: whole words of bits */

struct asking {
	const struct things *t;
	struct asked *a;
	const struct estate_resolver *resolver;
	uint32_t from, n;
};

static void ask_raws(void *ctx, size_t item, unsigned worker)
{
	const struct asking *asking = ctx;
	uint32_t from = (uint32_t)item * ASK_AT_ONCE;
	struct estate_raw raw;
	struct segment s = {.nraws = 1, .raws = &raw};

	(void)worker;
	for (uint32_t r = from; r < asking->n && r < from + ASK_AT_ONCE; r++) {
		raw_of_bytes(intern_str(asking->t->raws, r), &s, &raw);
		ask_raw(asking->a, r, &s, &raw);
	}
}

static void resolve_raws(void *ctx, size_t item, unsigned worker)
{
	const struct asking *asking = ctx;
	AUTO(arena_closep) struct arena *scratch = arena_open();
	uint32_t from = asking->from + (uint32_t)item * ASK_AT_ONCE;
	struct estate_raw raw;
	struct segment s = {.nraws = 1, .raws = &raw};

	(void)worker;
	for (uint32_t r = from; r < asking->n && r < from + ASK_AT_ONCE; r++) {
		struct estate_resolved resolved;

		arena_clear(scratch);
		raw_of_bytes(intern_str(asking->t->raws, r), &s, &raw);
		estate_resolve_raw(asking->resolver, &s, &raw, scratch, &resolved);
		if (resolved.state == RESOLUTION_UNRESOLVED)
			bits_add(asking->t->unresolved, r);
	}
}

/* Of those that came since; whole words, so that threads don't share one. */
static bool resolve_new(struct things *t, struct estate *e, struct err *err)
{
	AUTO(estate_resolver_closep) struct estate_resolver *resolver = NULL;
	struct asking asking = {.t = t, .n = intern_count(t->raws), .from = t->resolved / 64 * 64};
	size_t had = bits_words(t->resolved), words = bits_words(asking.n);

	if (t->resolved == asking.n)
		return true;
	if (!estate_resolver_open(e, NULL, &resolver, err))
		return false;
	t->unresolved = mem_resize(t->unresolved, words, sizeof(*t->unresolved));
	memset(t->unresolved + had, 0, (words - had) * sizeof(*t->unresolved));
	t->resolved = asking.n;
	asking.resolver = resolver;
	parallel_each((asking.n - asking.from + ASK_AT_ONCE - 1) / ASK_AT_ONCE, resolve_raws,
		      &asking);
	return true;
}

bool things_ask(struct things *t, struct asked *a, struct estate *e, struct arena *arena,
		struct err *err)
{
	struct asking asking = {.t = t, .a = a, .n = intern_count(t->raws)};
	uint32_t nprofiles = intern_count(t->profiles);

	if (a->q->resolution && !resolve_new(t, e, err))
		return false;
	a->unresolved = a->q->resolution ? t->unresolved : NULL;
	asked_profiles(a, nprofiles, arena);
	for (uint32_t p = 0; p < nprofiles; p++) {
		struct estate_device device;
		struct segment s;

		profile_of_bytes(intern_str(t->profiles, p), &s, &device);
		ask_profile(a, p, &s, 0, arena);
	}
	if (!a->q->names)
		return true;
	asked_raws(a, asking.n, arena);
	parallel_each((asking.n + ASK_AT_ONCE - 1) / ASK_AT_ONCE, ask_raws, &asking);
	return true;
}
