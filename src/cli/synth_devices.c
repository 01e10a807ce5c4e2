#include "cli/synth_device.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/*
 * The devices of one organisation, row by row.  What standard builds share is put into words once
 * and copied; a device draws from a stream of its own.
 */

#define DEVICE_COLUMNS ",,,,,,,,,," /* from the device's id to its software */
static const char header[] = "device,class,type,segment,service,os,os_version,internet_facing,smb1,"
			     "updates,publisher,name,version,cpe\n";

static const char *const prefixes[SYNTH_CLASSES] = {"PC", "SV", "MD", "NW", "MB"};
/* Of the components wanted; a device of that class has so many in a hundred. */
static const uint8_t software_percent[SYNTH_CLASSES] = {118, 110, 0, 3, 60};
enum { SHARED_PERCENT = 70, OWN_PERCENT = 5, DRIFT_PERCENT = 8, LATE_PERCENT = 3 };
enum { LATE_FROM = 50 /* devices: smaller organisations have one list */, UNSEEN_PERCENT = 4 };

/* --- what builds are made of ------------------------------------------------------------ */

static char *put(char *to, const char *p, size_t n)
{
	memcpy(to, p, n);
	return to + n;
}

/* At most so many bytes are in a row behind the device's id. */
static size_t tail_most(const struct synth_product *p, struct str version)
{
	return sizeof(DEVICE_COLUMNS) + p->publisher.n + p->name.n + p->cpe.n + version.n + 24;
}

static char *tail_put(char *to, const struct synth_product *p, struct str version)
{
	to = put(to, DEVICE_COLUMNS, sizeof(DEVICE_COLUMNS) - 1);
	if (p->name.n) {
		to = put(to, p->publisher.p, p->publisher.n);
		*to++ = ',';
		to = put(to, p->name.p, p->name.n);
		*to++ = ',';
		to = put(to, version.p, version.n);
		return put(to, ",\n", 2);
	}
	to = put(to, ",,,", 3);
	to = put(to, p->cpe.p, p->cpe.n);
	*to++ = ':';
	to = put(to, version.p, version.n);
	return put(to, ":*:*:*:*:*:*:*\n", 15);
}

static struct str row_tail(const struct maker *m, const struct synth_product *p, struct str version)
{
	char *begin = arena_alloc(m->arena, tail_most(p, version));

	return str_from(begin, (size_t)(tail_put(begin, p, version) - begin));
}

/* One that this list does not hold yet; where chance finds none, the next that is free. */
static uint32_t draw_unused(const struct maker *m, uint8_t *used, struct rng *rng)
{
	const struct synth_products *p = &m->nation->products;
	uint32_t no = 0;

	for (int i = 0; i < 6; i++) {
		no = synth_product_draw(p, rng);
		if (!used[no])
			return no;
	}
	no = (uint32_t)p->known;
	for (size_t i = 0; i < p->n && used[no]; i++)
		no = no + 1 < p->n ? no + 1 : 0;
	return no;
}

/* So long ago that it was last brought up to date. */
static int64_t lag_ms(const struct maker *m, struct rng *rng, double times)
{
	double days = synth_lognormal(rng, m->org->lag_days * times, 0.6);

	return (int64_t)(MIN_OF(days, 4000) * (double)MS_PER_DAY);
}

static void tails_make(struct maker *m, struct tails *t, size_t n, uint64_t stream)
{
	const struct synth_products *p = &m->nation->products;
	struct rng rng = rng_of(m->nation->seed, stream);
	uint32_t *drawn = ARENA_ARRAY(m->arena, uint32_t, n);
	int64_t made_ms = m->org->taken_ms - lag_ms(m, &rng, 1.5);

	n = MIN_OF(n, p->n);
	t->now = ARENA_ARRAY(m->arena, struct str, n);
	t->older = ARENA_ARRAY(m->arena, struct str, n);
	for (size_t i = 0; i < n; i++) {
		const struct synth_product *one;
		int64_t at_ms = made_ms;

		drawn[i] = draw_unused(m, m->used, &rng);
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

	if (!t->now)
		tails_make(m, t, m->nation->components * 118 * SHARED_PERCENT / 10000 + 1, stream);
	return t;
}

/* --- rows -------------------------------------------------------------------------------- */

static void row_out(struct maker *m, struct str tail)
{
	char *to = synth_sink_room(&m->sink, m->id_n + tail.n);

	put(put(to, m->id, m->id_n), tail.p, tail.n);
	m->sink.n += m->id_n + tail.n;
	m->org->made.rows++;
}

static void own_row(struct maker *m, struct rng *rng)
{
	const struct synth_products *p = &m->nation->products;
	const struct synth_product *one = &p->v[synth_product_draw(p, rng)];
	int64_t ago = (int64_t)rng_below(rng, 1500) * MS_PER_DAY;
	struct str version = synth_version_at(one, m->org->taken_ms - ago);
	char *begin = synth_sink_room(&m->sink, m->id_n + tail_most(one, version));
	char *to = tail_put(put(begin, m->id, m->id_n), one, version);

	m->sink.n += (size_t)(to - begin);
	m->org->made.rows++;
}

static void software_out(struct maker *m, const struct synth_device *d, struct rng *rng)
{
	size_t n = m->nation->components * software_percent[d->class] / 100;
	const struct tails *build = build_of(m, d->line, rng_below(rng, SYNTH_BUILDS));
	size_t shared, choice, own, drift, at, step;

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
		own_row(m, rng);
}

/* --- the devices of a list ------------------------------------------------------------------ */

static void updates_out(struct maker *m, const struct synth_line *l, size_t level)
{
	if (!level)
		text_add_c(&m->row, "none");
	for (size_t i = level, n = 0; i > 0 && n < 5; i--, n++) {
		text_add_c(&m->row, n ? ";KB" : "KB");
		text_add_u64(&m->row, l->levels[i - 1].kb);
	}
}

/* An old system answers SMB 1; a newer one where somebody switched it on. */
static const char *smb1_of(const struct maker *m, const struct synth_line *l, struct rng *rng)
{
	bool late = m->nation->as_of_ms > day_of(2018, 1, 1) * MS_PER_DAY;
	unsigned percent = l->build ? (late ? 6 : 60) : late ? 45 : 88;

	return rng_below(rng, 100) < percent ? "on" : "off";
}

static void windows_out(struct maker *m, const struct synth_device *d, struct rng *rng)
{
	const struct synth_line *l = &m->nation->lines.v[d->line];
	int64_t lag = lag_ms(m, rng, rng_below(rng, 100) < 4 ? 8 : 1);
	size_t level = synth_level_at(l, m->org->taken_ms - lag);
	bool unseen = rng_below(rng, 100) < UNSEEN_PERCENT;

	text_add_c(&m->row, l->os);
	text_add_char(&m->row, ',');
	text_add(&m->row, l->version);
	if (l->build && level && l->levels[level - 1].revision) {
		text_add_char(&m->row, '.');
		text_add_u64(&m->row, l->levels[level - 1].revision);
	}
	text_add_c(&m->row, d->class == SYNTH_SERVER && rng_below(rng, 100) < 3 ? ",yes," : ",no,");
	text_add_c(&m->row, smb1_of(m, l, rng));
	text_add_char(&m->row, ',');
	/* A register does not look. */
	if (unseen || m->medical)
		text_add_c(&m->row, "unknown");
	else
		updates_out(m, l, level);
	m->org->made.unseen += unseen || m->medical;
}

static void device_out(struct maker *m, const struct synth_device *d, struct rng *rng)
{
	char *to;

	text_clear(&m->row);
	text_add(&m->row, str_from(m->id, m->id_n));
	text_add_char(&m->row, ',');
	text_add_c(&m->row, synth_classes[d->class]);
	text_add_char(&m->row, ',');
	synth_place_out(m, d, rng);
	if (d->windows)
		windows_out(m, d, rng);
	else
		synth_other_system_out(m, d, rng);
	text_add_c(&m->row, ",,,,\n");
	to = synth_sink_room(&m->sink, m->row.n);
	put(to, m->row.p, m->row.n);
	m->sink.n += m->row.n;
}

static void tally(struct maker *m, const struct synth_device *d)
{
	struct synth_tally *t = &m->org->made;
	const struct synth_line *l = &m->nation->lines.v[d->line];

	t->devices[d->class]++;
	t->windows += d->windows;
	if (!d->windows)
		return;
	t->ended[d->class] += l->ended;
	if (d->class == SYNTH_WORKSTATION || l->group == GROUP_XP)
		t->group[l->group]++;
}

/* Has not answered for a while: a list of its own. */
static bool is_late(const struct maker *m, enum synth_class class, struct rng *rng)
{
	return m->org->devices >= LATE_FROM && class != SYNTH_MEDICAL &&
	       rng_below(rng, 100) < LATE_PERCENT;
}

static struct rng device_rng(const struct maker *m, uint32_t serial)
{
	return rng_of(m->nation->seed, SYNTH_STREAM_DEVICE | (uint64_t)m->number << 32 | serial);
}

static bool any_late(const struct maker *m)
{
	uint32_t serial = 0;

	for (unsigned c = 0; c < SYNTH_CLASSES; c++) {
		for (uint32_t i = 0; i < m->org->count[c]; i++) {
			struct rng rng = device_rng(m, serial++);

			if (is_late(m, (enum synth_class)c, &rng))
				return true;
		}
	}
	return false;
}

static void one_device(struct maker *m, enum synth_class class, uint32_t no, uint32_t serial)
{
	struct rng rng = device_rng(m, serial);
	bool late = is_late(m, class, &rng);
	struct synth_device d = {.class = class};

	if (late != m->late)
		return;
	m->id_n = (size_t)snprintf(m->id, sizeof(m->id), "%s%05u", prefixes[class], no + 1);
	synth_device_draw(m, &d, &rng);
	device_out(m, &d, &rng);
	tally(m, &d);
	m->org->made.late += late;
	if (software_percent[class])
		software_out(m, &d, &rng);
}

static void devices_out(struct maker *m, bool medical)
{
	uint32_t serial = 0;

	for (unsigned c = 0; c < SYNTH_CLASSES; c++) {
		if ((c == SYNTH_MEDICAL) != medical) {
			serial += m->org->count[c];
			continue;
		}
		for (uint32_t i = 0; i < m->org->count[c] && m->sink.ok; i++)
			one_device(m, (enum synth_class)c, i, serial++);
	}
}

static bool list_write(struct maker *m, const char *suffix, const struct list_said *said,
		       struct err *err)
{
	AUTO(text_freep) struct text path = {0};
	char at[STAMP_BYTES];

	text_addf(&path, "%s/inventories/%.*s%s.csv", m->nation->out, STR_FMT(m->org->code),
		  suffix);
	if (!synth_sink_open(&m->sink, text_c(&path), err))
		return false;
	text_clear(&m->row);
	text_addf(&m->row, "# source: %s\n# kind: %s\n# scope: %s\n# taken: %.*s\n", said->source,
		  said->kind, said->scope, STR_FMT(stamp_format(said->taken_ms, at)));
	if (said->sees)
		text_addf(&m->row, "# sees: %s\n", said->sees);
	text_add_c(&m->row, header);
	memcpy(synth_sink_room(&m->sink, m->row.n), m->row.p, m->row.n);
	m->sink.n += m->row.n;
	devices_out(m, m->medical);
	m->org->made.bytes += m->sink.written + m->sink.n;
	return synth_sink_close(&m->sink, err);
}

static bool lists_write(struct maker *m, struct err *err)
{
	const struct synth_org *o = m->org;
	struct list_said agent = {"agent", "agent", "organisation", NULL, o->taken_ms};
	struct list_said late = {"agent, last answers", "agent", "devices", NULL,
				 o->taken_ms - 45 * MS_PER_DAY};
	struct list_said register_ = {"medical device register", "register", "organisation", "os",
				      o->taken_ms - (int64_t)(10 + m->number % 90) * MS_PER_DAY};

	if (o->devices > o->count[SYNTH_MEDICAL] && !list_write(m, "", &agent, err))
		return false;
	m->late = true;
	if (any_late(m) && !list_write(m, "-late", &late, err))
		return false;
	m->late = false;
	m->medical = true;
	return !o->count[SYNTH_MEDICAL] || list_write(m, "-medical", &register_, err);
}

bool synth_inventories_write(const struct synth_nation *s, struct synth_org *org, uint32_t number,
			     struct err *err)
{
	struct maker m = {.nation = s, .org = org, .number = number, .arena = arena_open()};
	size_t pool = org->devices > 200 ? 293 : org->devices > 20 ? 97 : 41;
	bool ok;

	m.used = mem_zero(s->products.n, 1);
	synth_habits_draw(&m);
	tails_make(&m, &m.pool, pool, SYNTH_STREAM_POOL | number);
	ok = lists_write(&m, err);
	synth_sink_drop(&m.sink);
	text_free(&m.row);
	free(m.used);
	arena_close(m.arena);
	return ok;
}
