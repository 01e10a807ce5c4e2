#include "cli/synth_device.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/*
 * The devices of one organisation, list by list.  A device draws from a stream of its own.
 */

static const char header[] = "device,class,type,segment,service,os,os_version,internet_facing,smb1,"
			     "updates,publisher,name,version,cpe\n";

static const char *const prefixes[SYNTH_CLASSES] = {"PC", "SV", "MD", "NW", "MB"};
enum {
	LATE_FROM = 50, /* devices: smaller organisations have one list */
	LATE_PERCENT = 3,
	UNSEEN_PERCENT = 4
};

/* --- the devices of a list ------------------------------------------------------------------ */

/* The newest five; what came with the system itself has no number. */
static void updates_out(struct maker *m, const struct synth_line *l, size_t level)
{
	unsigned n = 0;

	for (size_t i = level; i > 0 && n < 5; i--) {
		if (!l->levels[i - 1].kb)
			continue;
		text_add_c(&m->row, n++ ? ";KB" : "KB");
		text_add_u64(&m->row, l->levels[i - 1].kb);
	}
	if (!n)
		text_add_c(&m->row, "none");
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
	int64_t lag = synth_lag_ms(m, rng, rng_below(rng, 100) < 4 ? 8 : 1);
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
	memcpy(to, m->row.p, m->row.n);
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
	synth_software_out(m, &d, &rng);
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

static void list_out(struct maker *m, const struct list_said *said)
{
	char at[STAMP_BYTES];

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
}

static bool list_write(struct maker *m, const char *suffix, const struct list_said *said,
		       struct err *err)
{
	AUTO(text_freep) struct text path = {0};
	struct synth_list list = {0};

	if (m->lists) {
		synth_sink_begin(&m->sink);
		list_out(m, said);
		snprintf(list.name, sizeof(list.name), "%.*s%s.csv", STR_FMT(m->org->code), suffix);
		list.bytes = synth_sink_take(&m->sink);
		VEC_PUSH(m->lists, list);
		return true;
	}
	text_addf(&path, "%s/inventories/%.*s%s.csv", m->nation->out, STR_FMT(m->org->code),
		  suffix);
	if (!synth_sink_open(&m->sink, text_c(&path), err))
		return false;
	list_out(m, said);
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

bool synth_inventories_make(const struct synth_nation *s, uint32_t number,
			    struct synth_lists *lists, struct err *err)
{
	struct maker m = {.nation = s,
			  .org = &s->orgs[number],
			  .number = number,
			  .arena = arena_open(),
			  .lists = lists};
	bool ok;

	m.used = mem_zero(s->products.n, 1);
	synth_habits_draw(&m);
	synth_pool_draw(&m);
	ok = lists_write(&m, err);
	synth_sink_drop(&m.sink);
	text_free(&m.row);
	free(m.used);
	arena_close(m.arena);
	return ok;
}
