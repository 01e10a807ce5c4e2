#include "cli/synth_device.h"

#include "base/clock.h"

/* Which system a device has and where it stands. */

const char *const synth_classes[SYNTH_CLASSES] = {"workstation", "server", "medical", "network",
						  "mobile"};
enum { SCANS_PERCENT = 25 };
enum { LIFE_MONTHS = 15 * 12 /* of medical equipment */ };

/* --- systems ------------------------------------------------------------------------------ */

void synth_habits_draw(struct maker *m)
{
	const struct synth_lines *l = &m->nation->lines;
	struct rng rng = rng_of(m->nation->seed, SYNTH_STREAM_HABITS | m->number);

	for (size_t i = 0; i < l->clients; i++)
		m->taste[i] = l->v[i].share * (0.2 + 1.6 * rng_unit(&rng));
	/* Servers are counted over the nation: the lines of none are taken more or less. */
	for (size_t i = l->clients; i < l->clients + l->servers; i++)
		m->taste[i] = l->v[i].share;
	m->scans = rng_below(&rng, 100) < SCANS_PERCENT;
}

/* One of lines [from, to) that group holds (GROUPS: any), as often as liked; to: none. */
static size_t draw_line(const struct maker *m, size_t from, size_t to, enum synth_group group,
			struct rng *rng)
{
	const struct synth_line *v = m->nation->lines.v;
	double sum = 0, at;
	size_t last = to;

	for (size_t i = from; i < to; i++)
		if (group == GROUPS || v[i].group == group)
			sum += m->taste[i];
	at = rng_unit(rng) * sum;
	for (size_t i = from; i < to && sum > 0; i++) {
		if ((group != GROUPS && v[i].group != group) || m->taste[i] <= 0)
			continue;
		last = i;
		if (at < m->taste[i])
			return i;
		at -= m->taste[i];
	}
	return last;
}

static size_t client_line(const struct maker *m, struct rng *rng)
{
	size_t clients = m->nation->lines.clients, line = clients;
	double at = rng_unit(rng);
	enum synth_group group = GROUP_CURRENT;

	for (unsigned g = 0; g < GROUP_CURRENT; g++) {
		if (at < m->org->old[g]) {
			group = (enum synth_group)g;
			break;
		}
		at -= m->org->old[g];
	}
	line = draw_line(m, 0, clients, group, rng);
	return line < clients ? line : draw_line(m, 0, clients, GROUPS, rng);
}

void synth_device_draw(struct maker *m, struct synth_device *d, struct rng *rng)
{
	const struct synth_lines *l = &m->nation->lines;
	int64_t delivered;

	switch (d->class) {
	case SYNTH_WORKSTATION:
		d->windows = true;
		d->line = client_line(m, rng);
		break;
	case SYNTH_SERVER:
		d->windows = true;
		d->line = draw_line(m, l->clients, l->clients + l->servers, GROUPS, rng);
		break;
	case SYNTH_MEDICAL:
		delivered = m->nation->as_of_ms - rng_below(rng, LIFE_MONTHS) * 30 * MS_PER_DAY;
		d->windows = rng_below(rng, 100) < SYNTH_MEDICAL_WINDOWS;
		d->line = d->windows ? synth_medical_line(l, delivered) : 0;
		break;
	default:
		break;
	}
}

/* --- places ---------------------------------------------------------------------------------- */

static const char *const medical_types[] = {
	"MR scanner",	   "CT scanner",    "Ultrasound", "Blood analyser",
	"Patient monitor", "Infusion pump", "Ventilator", "X-ray"};
static const char *const medical_services[] = {"imaging", "imaging", "imaging",	 "pathology",
					       "wards",	  "wards",   "theatres", "imaging"};
static const char *const network_types[] = {"switch", "switch", "switch", "access point",
					    "firewall"};
static const char *const services[] = {"wards",	    "outpatients", "pathology", "imaging",
				       "pharmacy",  "emergency",   "theatres",	"administration",
				       "maternity", "records"};
static const char *const own_services[KINDS] = {[KIND_PRACTICE] = "general practice",
						[KIND_PHARMACY] = "dispensing",
						[KIND_SUPPLIER] = "support",
						[KIND_OTHER] = "care"};

#define PICK(list, rng) (list)[rng_below((rng), ARRAY_LEN(list))]

void synth_place_out(struct maker *m, const struct synth_device *d, struct rng *rng)
{
	bool trust = m->org->kind == KIND_TRUST;
	const char *service = trust ? PICK(services, rng) : own_services[m->org->kind];
	uint32_t type = rng_below(rng, ARRAY_LEN(medical_types));

	if (d->class == SYNTH_MEDICAL) {
		service = medical_services[type];
		text_add_c(&m->row, medical_types[type]);
		/* Isolation is the control for what cannot be patched; not everywhere. */
		text_addf(&m->row, ",%s", rng_below(rng, 100) < 60 ? "medical" : "clinical-1");
	} else if (d->class == SYNTH_SERVER) {
		text_add_c(&m->row, rng_below(rng, 100) < 80 ? ",servers" : ",clinical-1");
	} else if (d->class == SYNTH_NETWORK) {
		text_addf(&m->row, "%s,management", PICK(network_types, rng));
	} else if (d->class == SYNTH_MOBILE) {
		text_add_c(&m->row, ",wireless");
	} else if (trust) {
		text_addf(&m->row, ",clinical-%u", 1 + rng_below(rng, 2 + m->org->devices / 1000));
	} else {
		text_add_c(&m->row, ",office");
	}
	text_addf(&m->row, ",%s,", service);
}

void synth_other_system_out(struct maker *m, const struct synth_device *d, struct rng *rng)
{
	static const struct {
		int16_t year;
		const char *android;
	} mobiles[] = {{2015, "5.1"}, {2016, "7.0"}, {2018, "9"},
		       {2020, "11"},  {2021, "12"},  {2023, "14"}};
	static const char *const switches[] = {"Cisco IOS,15.2", "Cisco IOS,12.2", "HP Comware,7.1",
					       "Junos OS,15.1"};
	int64_t at = m->org->taken_ms - rng_below(rng, 1200) * MS_PER_DAY;
	size_t i = 0;

	if (d->class == SYNTH_MEDICAL) {
		text_addf(&m->row, "Maker's own system,%u.%u", 1 + rng_below(rng, 5),
			  rng_below(rng, 10));
	} else if (d->class == SYNTH_NETWORK) {
		text_add_c(&m->row, PICK(switches, rng));
	} else {
		while (i + 1 < ARRAY_LEN(mobiles) &&
		       day_of(mobiles[i + 1].year, 9, 1) * MS_PER_DAY <= at)
			i++;
		text_addf(&m->row, "Android,%s", mobiles[i].android);
	}
	text_add_c(&m->row, ",no,,unknown");
}
