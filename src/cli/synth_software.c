#include "cli/synth_device.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/*
 * The software of one organisation's devices.  What standard builds share is put into words once
 * and copied; a device draws what is its own from its stream.
 */

#define DEVICE_COLUMNS ",,,,,,,,,," /* from the device's id to its software */

/* Of the components wanted; a device of that class has so many in a hundred. */
static const uint8_t software_percent[SYNTH_CLASSES] = {118, 110, 0, 3, 60};
enum { SHARED_PERCENT = 70, OWN_PERCENT = 5, DRIFT_PERCENT = 8 };
enum { OLD_ARCH_OF = 8 /* one product in so many is there for 32 bits */, SPELLING_BYTES = 24 };

static char *put(char *to, const char *p, size_t n)
{
	memcpy(to, p, n);
	return to + n;
}

static char *put_str(char *to, struct str s)
{
	return put(to, s.p, s.n);
}

/* At most so many bytes are in a row behind the device's id. */
static size_t tail_most(const struct synth_product *p, struct str version)
{
	return sizeof(DEVICE_COLUMNS) + p->publisher.n + p->name.n + p->cpe.n + version.n * 2 +
	       SPELLING_BYTES + 24;
}

static bool with_version(uint8_t spelling)
{
	return spelling == SYNTH_WITH_VERSION || spelling == SYNTH_VERSION_ARCH;
}

/* As its installer writes it: version, architecture and language are part of many a name. */
static char *name_put(const struct maker *m, char *to, const struct synth_product *p,
		      struct str version)
{
	static const char *const behind[2][SYNTH_SPELLINGS] = {
		{"", "", " (x64)", " (x64 en-GB)", " (64-bit)"},
		{"", "", " (x86)", " (x86 en-GB)", " (32-bit)"}};
	uint64_t hash = u64_hash((uint64_t)(p - m->nation->products.v) << 32 | m->number);

	to = put_str(to, p->name);
	if (with_version(p->spelling)) {
		*to++ = ' ';
		to = put_str(to, version);
	}
	return put_str(to, str_of(behind[hash % OLD_ARCH_OF == 0][p->spelling]));
}

static char *tail_put(const struct maker *m, char *to, const struct synth_product *p,
		      struct str version)
{
	to = put(to, DEVICE_COLUMNS, sizeof(DEVICE_COLUMNS) - 1);
	if (p->name.n && (!m->scans || !p->cpe.n)) {
		to = put_str(to, p->publisher);
		*to++ = ',';
		to = name_put(m, to, p, version);
		*to++ = ',';
		to = put_str(to, version);
		return put(to, ",\n", 2);
	}
	to = put(to, ",,,", 3);
	to = put_str(to, p->cpe);
	*to++ = ':';
	to = put_str(to, version);
	return put(to, ":*:*:*:*:*:*:*\n", 15);
}

static struct str row_tail(const struct maker *m, const struct synth_product *p, struct str version)
{
	char *begin = arena_alloc(m->arena, tail_most(p, version));

	return str_from(begin, (size_t)(tail_put(m, begin, p, version) - begin));
}

/* One that this list does not hold yet; where chance finds none, the next that is free. */
static uint32_t draw_unused(const struct maker *m, bool server, struct rng *rng)
{
	const struct synth_products *p = &m->nation->products;
	uint32_t no = 0;

	for (int i = 0; i < 6; i++) {
		no = synth_product_draw(p, server, rng);
		if (!m->used[no])
			return no;
	}
	no = (uint32_t)p->known;
	for (size_t i = 0; i < p->n && m->used[no]; i++)
		no = no + 1 < p->n ? no + 1 : 0;
	return no;
}

/* So long ago that it was last brought up to date. */
int64_t synth_lag_ms(const struct maker *m, struct rng *rng, double times)
{
	double days = synth_lognormal(rng, m->org->lag_days * times, 0.6);

	return (int64_t)(MIN_OF(days, 4000) * (double)MS_PER_DAY);
}

static bool is_server(const struct maker *m, size_t line)
{
	const struct synth_lines *l = &m->nation->lines;

	return line >= l->clients && line < l->clients + l->servers;
}

static void tails_make(struct maker *m, struct tails *t, bool server, struct rng rng)
{
	const struct synth_products *p = &m->nation->products;
	size_t n = MIN_OF(t->n, p->n);
	uint32_t *drawn = ARENA_ARRAY(m->arena, uint32_t, n);
	int64_t made_ms = m->org->taken_ms - synth_lag_ms(m, &rng, 1.5);

	t->now = ARENA_ARRAY(m->arena, struct str, n);
	t->older = ARENA_ARRAY(m->arena, struct str, n);
	for (size_t i = 0; i < n; i++) {
		const struct synth_product *one;
		int64_t at_ms = made_ms;

		drawn[i] = draw_unused(m, server, &rng);
		m->used[drawn[i]] = 1;
		one = &p->v[drawn[i]];
		/* Every fourth is left as it was when somebody put it in. */
		if (rng_below(&rng, 4) == 0)
			at_ms -= rng_below(&rng, 1500) * MS_PER_DAY;
		t->now[i] = row_tail(m, one, synth_version_at(one, at_ms));
		t->older[i] = row_tail(m, one, synth_version_at(one, at_ms - 400 * MS_PER_DAY));
	}
	for (size_t i = 0; i < n; i++)
		m->used[drawn[i]] = 0;
	t->n = n;
}

static const struct tails *build_of(struct maker *m, size_t line, uint32_t which)
{
	struct tails *t = &m->builds[line][which];
	uint64_t stream = SYNTH_STREAM_BUILD | (uint64_t)m->number << 16 | line << 4 | which;

	if (!t->now) {
		t->n = m->nation->components * 118 * SHARED_PERCENT / 10000 + 1;
		tails_make(m, t, is_server(m, line), rng_of(m->nation->seed, stream));
	}
	return t;
}

void synth_pool_draw(struct maker *m)
{
	m->pool.n = m->org->devices > 200 ? 293 : m->org->devices > 20 ? 97 : 41;
	tails_make(m, &m->pool, false, rng_of(m->nation->seed, SYNTH_STREAM_POOL | m->number));
}

/* --- rows -------------------------------------------------------------------------------- */

static void row_out(struct maker *m, struct str tail)
{
	char *to = synth_sink_room(&m->sink, m->id_n + tail.n);

	put(put(to, m->id, m->id_n), tail.p, tail.n);
	m->sink.n += m->id_n + tail.n;
	m->org->made.rows++;
}

static void own_row(struct maker *m, bool server, struct rng *rng)
{
	const struct synth_products *p = &m->nation->products;
	const struct synth_product *one = &p->v[synth_product_draw(p, server, rng)];
	int64_t ago = (int64_t)rng_below(rng, 1500) * MS_PER_DAY;
	struct str version = synth_version_at(one, m->org->taken_ms - ago);
	char *begin = synth_sink_room(&m->sink, m->id_n + tail_most(one, version));
	char *to = tail_put(m, put(begin, m->id, m->id_n), one, version);

	m->sink.n += (size_t)(to - begin);
	m->org->made.rows++;
}

void synth_software_out(struct maker *m, const struct synth_device *d, struct rng *rng)
{
	size_t n = m->nation->components * software_percent[d->class] / 100;
	const struct tails *build;
	size_t shared, choice, own, drift, at, step;

	if (!n)
		return;
	build = build_of(m, d->line, rng_below(rng, SYNTH_BUILDS));
	n = n * (80 + rng_below(rng, 41)) / 100;
	shared = MIN_OF(n * SHARED_PERCENT / 100, build->n);
	own = n * OWN_PERCENT / 100;
	choice = MIN_OF(n - shared - own, m->pool.n);
	/* Every so many-th of the build was left behind. */
	drift = 100 / DRIFT_PERCENT;
	at = rng_below(rng, (uint32_t)drift);
	for (size_t i = 0; i < shared; i++)
		row_out(m, i % drift == at ? build->older[i] : build->now[i]);
	/* The pool's size is prime: any step meets each once. */
	at = rng_below(rng, (uint32_t)m->pool.n);
	step = 1 + rng_below(rng, (uint32_t)m->pool.n - 1);
	for (size_t i = 0; i < choice; i++, at = (at + step) % m->pool.n)
		row_out(m, m->pool.now[at]);
	while (own-- > 0)
		own_row(m, d->class == SYNTH_SERVER, rng);
}
