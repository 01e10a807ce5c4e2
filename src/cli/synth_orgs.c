#include "cli/synth.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/table.h"
#include "wire/wire.h"

/*
 * Who there is.  Codes begin with SYN_, which no register gives out; names are put together from
 * syllables and left alone where a name of the given directory says the same.
 */

const char *const synth_roles[KINDS] = {"region",   "icb",	"trust", "gp_practice",
					"pharmacy", "supplier", "other"};
static const char letters[KINDS] = {'R', 'B', 'T', 'G', 'P', 'S', 'X'};

static const char *const stems[] = {
	"Alder", "Bram",    "Carrow", "Dun",   "Eller", "Farrow", "Glen",  "Hart",
	"Ingle", "Jess",    "Kelder", "Lark",  "Marr",	"Nether", "Orle",  "Pell",
	"Quarr", "Rush",    "Stan",   "Tarn",  "Ulver", "Vell",	  "Wend",  "Yarr",
	"Ash",	 "Brindle", "Cray",   "Dray",  "Esk",	"Fenn",	  "Gorse", "Heron",
	"Isel",	 "Kest",    "Lorn",   "Mosel", "Norr",	"Osk",	  "Prest", "Rother",
};
static const char *const endings[] = {
	"wick",	 "combe", "moor",  "law",    "by",    "gate", "mere",  "sea",	 "stone",
	"bay",	 "fell",  "mouth", "rick",   "cross", "ton",  "worth", "rendon", "holme",
	"march", "fold",  "garth", "thorpe", "dale",  "well", "haven",
};
static const char *const kinds_of_name[KINDS][8] = {
	[KIND_REGION] = {"Region"},
	[KIND_AREA] = {"Care Board"},
	[KIND_TRUST] = {"Hospitals", "Infirmary", "Community Care", "Mental Health Care"},
	[KIND_PRACTICE] = {"Lane Surgery", "Road Practice", "Hill Surgery", "House Surgery",
			   "Park Practice", "View Surgery", "Court Surgery", "Bank Practice"},
	[KIND_PHARMACY] = {"Pharmacy", "Lane Pharmacy", "Road Chemist", "Street Pharmacy"},
	[KIND_SUPPLIER] = {"Systems", "Imaging", "Clinical Software", "Managed Services"},
	[KIND_OTHER] = {"House", "Lodge", "Care", "Centre"},
};

enum { TOWNS = ARRAY_LEN(stems) * ARRAY_LEN(endings) };

/* Streams of chance: organisations from 0, what is drawn once from here. */
#define STREAM_SPREAD ((uint64_t)1 << 62)

struct making {
	struct synth_nation *s;
	VEC_OF(struct synth_org) orgs;
	struct intern *real;	 /* names of the given directory, in lower case */
	struct intern *codes;	 /* its codes, in upper case */
	VEC_OF(uint32_t) number; /* by code: organisation, or UINT32_MAX */
	uint32_t named[KINDS];	 /* names tried */
	uint32_t made[KINDS];
};

static struct str lower(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = char_lower(s.p[i]);
	return str_from(p, s.n);
}

/* The next name of its kind that is nobody's. */
static struct str next_name(struct making *m, enum synth_kind kind)
{
	const char *const *kinds = kinds_of_name[kind];
	uint32_t n = 0;

	while (n < 8 && kinds[n])
		n++;
	for (;;) {
		/* 389 has no factor in common with the number of towns: each comes once. */
		uint32_t i = m->named[kind]++;
		uint32_t town = (i % TOWNS * 389 + (uint32_t)kind * 37) % TOWNS;
		uint32_t round = i / TOWNS;
		const char *what = kinds[(i + round) % n];
		struct str name = arena_fmt(m->s->arena, "%s%s %s", stems[town % ARRAY_LEN(stems)],
					    endings[town / ARRAY_LEN(stems)], what);

		if (round >= n)
			name = arena_fmt(m->s->arena, "%.*s %u", STR_FMT(name), round / n + 1);
		if (intern_find(m->real, lower(m->s->arena, name)) == UINT32_MAX)
			return name;
	}
}

static struct synth_org *add_org(struct making *m, enum synth_kind kind)
{
	struct synth_org o = {.kind = kind, .role = str_of(synth_roles[kind])};

	o.code = arena_fmt(m->s->arena, "SYN_%c%05u", letters[kind], ++m->made[kind]);
	o.name = next_name(m, kind);
	VEC_PUSH(&m->orgs, o);
	return &m->orgs.v[m->orgs.n - 1];
}

/* --- a nation from nothing ---------------------------------------------------------- */

/* Of 1,000 organisations with devices. */
static const struct {
	enum synth_kind kind;
	uint32_t of_1000;
} mix[] = {{KIND_TRUST, 21}, {KIND_SUPPLIER, 10}, {KIND_PRACTICE, 650}, {KIND_PHARMACY, 319}};

static void invent_kind(struct making *m, enum synth_kind kind, uint32_t n, uint32_t areas)
{
	for (uint32_t i = 0; i < n; i++) {
		struct synth_org *o = add_org(m, kind);

		if (kind != KIND_SUPPLIER)
			o->parent = arena_fmt(m->s->arena, "SYN_B%05u", i % areas + 1);
	}
}

static void invent(struct making *m)
{
	uint64_t wanted = m->s->devices / 200;
	uint32_t n = (uint32_t)MIN_OF(MAX_OF(wanted, (uint64_t)12), (uint64_t)20000);
	uint32_t trusts = MAX_OF(n * mix[0].of_1000 / 1000, 1u);
	uint32_t areas = trusts / 5 + 1, regions = MIN_OF(areas, 7u);

	for (uint32_t i = 0; i < regions; i++)
		add_org(m, KIND_REGION);
	for (uint32_t i = 0; i < areas; i++)
		add_org(m, KIND_AREA)->parent =
			arena_fmt(m->s->arena, "SYN_R%05u", i % regions + 1);
	for (size_t i = 0; i < ARRAY_LEN(mix); i++)
		invent_kind(m, mix[i].kind, MAX_OF(n * mix[i].of_1000 / 1000, 1u), areas);
}

/* --- after a directory ---------------------------------------------------------------- */

enum {
	C_CODE,
	C_ORG,
	C_NAME,
	C_ROLE,
	C_PARENT,
	C_REGION,
	C_CLOSED,
	C_OPEN,
	C_PATIENTS,
	C_STAFF,
	C_BEDS,
	COLUMNS
};
static const char *const column_names[COLUMNS] = {"code",     "org",	"name",	  "role",
						  "parent",   "region", "closed", "open",
						  "patients", "staff",	"beds"};

static enum synth_kind kind_of(struct str role)
{
	static const struct {
		const char *role;
		enum synth_kind kind;
	} others[] = {{"nation", KIND_REGION}, {"sub_icb", KIND_AREA},	    {"pcn", KIND_AREA},
		      {"area", KIND_AREA},     {"commissioner", KIND_AREA}, {"ccg", KIND_AREA},
		      {"csu", KIND_SUPPLIER}};

	for (unsigned k = 0; k < KIND_OTHER; k++)
		if (str_eq_ci(role, str_of(synth_roles[k])))
			return (enum synth_kind)k;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (str_eq_ci(role, str_of(others[i].role)))
			return others[i].kind;
	return KIND_OTHER;
}

/* Two figures: the exact number would tell who is meant. */
static uint32_t rounded(struct str s)
{
	uint64_t n = 0, unit = 1;

	if (!s.n || !str_to_u64(s, &n) || n > 100000000)
		return 0;
	while (n / unit >= 100)
		unit *= 10;
	return (uint32_t)((n + unit / 2) / unit * unit);
}

static struct str upper_code(struct arena *a, struct str s)
{
	struct str r = lower(a, str_trim(s));
	char *p = arena_alloc(a, r.n + 1);

	for (size_t i = 0; i < r.n; i++)
		p[i] = char_is_alpha(r.p[i]) ? (char)(r.p[i] - 32) : r.p[i];
	return str_from(p, r.n);
}

static void role_of(struct making *m, struct synth_org *o, struct str role)
{
	if (!role.n || role.n > 40)
		return;
	for (size_t i = 0; i < role.n; i++)
		if (!char_is_alpha(role.p[i]) && role.p[i] != '_')
			return;
	o->role = lower(m->s->arena, role);
}

static bool closed_by(struct str day, int64_t as_of_ms)
{
	int64_t ms;

	return day.n && (!stamp_parse(day, &ms) || ms <= as_of_ms);
}

static bool directory_row(struct making *m, const struct csv_row *row, const size_t *at,
			  struct err *err)
{
	struct str code = csv_field(row, at[C_CODE] != SIZE_MAX ? at[C_CODE] : at[C_ORG]);
	struct str role = str_trim(csv_field(row, at[C_ROLE]));
	struct str open = str_trim(csv_field(row, at[C_OPEN]));
	struct synth_org *o;
	uint32_t no;

	code = upper_code(m->s->arena, code);
	if (!code.n)
		return err_set(err, ERR_INVALID, "line %zu: there is no code", row->line);
	if (closed_by(str_trim(csv_field(row, at[C_CLOSED])), m->s->as_of_ms) ||
	    str_is(open, "false") || str_is(open, "no") || str_is(open, "0"))
		return true;
	no = intern_put(m->codes, code);
	while (no >= m->number.n)
		VEC_PUSH(&m->number, UINT32_MAX);
	if (m->number.v[no] != UINT32_MAX)
		return err_set(err, ERR_INVALID, "line %zu: %.*s is there twice", row->line,
			       STR_FMT(code));
	m->number.v[no] = (uint32_t)m->orgs.n;
	o = add_org(m, kind_of(role));
	role_of(m, o, role);
	o->patients = rounded(str_trim(csv_field(row, at[C_PATIENTS])));
	o->staff = rounded(str_trim(csv_field(row, at[C_STAFF])));
	o->beds = rounded(str_trim(csv_field(row, at[C_BEDS])));
	/* As they stand in the file, until all are known. */
	o->parent = upper_code(m->s->arena, csv_field(row, at[C_PARENT]));
	o->region = upper_code(m->s->arena, csv_field(row, at[C_REGION]));
	return true;
}

/* The invented code of a real one; empty when it is not in the file. */
static struct str translated(const struct making *m, struct str code)
{
	uint32_t no = code.n ? intern_find(m->codes, code) : UINT32_MAX;

	if (no == UINT32_MAX || m->number.v[no] == UINT32_MAX)
		return (struct str){0};
	return m->orgs.v[m->number.v[no]].code;
}

static bool columns_find(struct csv *csv, size_t *at, struct err *err)
{
	if (!csv_header(csv, err))
		return false;
	for (unsigned c = 0; c < COLUMNS; c++)
		at[c] = csv_column(csv, column_names[c]);
	if ((at[C_CODE] != SIZE_MAX || at[C_ORG] != SIZE_MAX) && at[C_NAME] != SIZE_MAX &&
	    at[C_ROLE] != SIZE_MAX)
		return true;
	return err_set(err, ERR_INVALID,
		       "no columns code, name and role: it takes organisations.csv, or what "
		       "lynchpin org list --csv prints");
}

/* All real names first, so that no invented one can be the name of a later row. */
static bool real_names(struct making *m, struct str bytes, struct err *err)
{
	AUTO(csv_closep) struct csv *csv = csv_open(bytes, (struct csv_options){.comments = true});
	const struct csv_row *row;
	size_t at[COLUMNS];

	if (!columns_find(csv, at, err))
		return false;
	for (;;) {
		if (!csv_next(csv, &row, err))
			return false;
		if (!row)
			return true;
		intern_put(m->real, lower(m->s->arena, str_trim(csv_field(row, at[C_NAME]))));
	}
}

static bool after_directory(struct making *m, struct str bytes, struct err *err)
{
	AUTO(csv_closep) struct csv *csv = csv_open(bytes, (struct csv_options){.comments = true});
	const struct csv_row *row;
	size_t at[COLUMNS];

	if (!real_names(m, bytes, err) || !columns_find(csv, at, err))
		return false;
	for (;;) {
		if (!csv_next(csv, &row, err))
			return false;
		if (!row)
			break;
		if (!directory_row(m, row, at, err))
			return false;
	}
	for (size_t i = 0; i < m->orgs.n; i++) {
		struct synth_org *o = &m->orgs.v[i];

		o->parent = translated(m, o->parent);
		o->region = translated(m, o->region);
	}
	return true;
}

/* --- sizes ------------------------------------------------------------------------------ */

/* Devices that it would have; the nation's number is parted in proportion. */
static void size_org(struct synth_org *o, struct rng *rng)
{
	double noise = synth_lognormal(rng, 1, 0.2);

	switch (o->kind) {
	case KIND_TRUST:
		if (o->beds)
			o->weight = o->beds * 12.3 * noise;
		else if (o->staff)
			o->weight = o->staff * 1.16 * noise;
		else
			o->weight = synth_lognormal(rng, 5060, 0.58);
		o->staff = o->staff ? o->staff : (uint32_t)(o->weight / 1.16);
		break;
	case KIND_PRACTICE:
		if (!o->patients)
			o->patients = (uint32_t)synth_lognormal(rng, 8000, 0.55);
		o->weight = 3 + o->patients / 320.0 * noise;
		break;
	case KIND_PHARMACY:
		o->weight = synth_lognormal(rng, 5, 0.4);
		break;
	case KIND_SUPPLIER:
		o->weight = synth_lognormal(rng, 150, 1.0);
		break;
	case KIND_OTHER:
		o->weight = synth_lognormal(rng, 6, 0.8);
		break;
	default:
		o->weight = 0;
		break;
	}
}

static void habits(const struct synth_nation *s, struct synth_org *o, struct rng *rng)
{
	static const uint8_t silent[KINDS] = {
		[KIND_TRUST] = 2,     [KIND_PRACTICE] = 15, [KIND_PHARMACY] = 25,
		[KIND_SUPPLIER] = 20, [KIND_OTHER] = 30,
	};
	int64_t age_ms = rng_below(rng, 30) * MS_PER_HOUR;

	o->missing = rng_below(rng, 100) < silent[o->kind];
	if (rng_below(rng, 100) < 8)
		age_ms = (int64_t)(8 + synth_lognormal(rng, 25, 0.8)) * MS_PER_DAY;
	o->taken_ms = s->as_of_ms - age_ms;
	o->lag_days = synth_lognormal(rng, 30, 0.7);
	for (unsigned g = 0; g < GROUP_CURRENT; g++)
		o->old[g] = synth_spread(rng);
}

struct remainder {
	double part;
	size_t org;
};

static int remainder_cmp(const void *a, const void *b)
{
	const struct remainder *x = a, *y = b;

	if (x->part != y->part)
		return x->part > y->part ? -1 : 1;
	return (x->org > y->org) - (x->org < y->org);
}

/* Exactly so many in all, in proportion, each who sends at least one while they last. */
static void part_devices(struct synth_nation *s)
{
	struct remainder *rest = mem_zero(s->norgs + 1, sizeof(*rest));
	uint64_t left = s->devices, senders = 0;
	double sum = 0, each;
	size_t n = 0;

	for (size_t i = 0; i < s->norgs; i++)
		if (!s->orgs[i].missing && s->orgs[i].weight > 0)
			sum += s->orgs[i].weight, senders++;
	each = (double)(s->devices - MIN_OF(s->devices, senders)) / (sum > 0 ? sum : 1);
	for (size_t i = 0; i < s->norgs; i++) {
		struct synth_org *o = &s->orgs[i];
		double exact = o->weight * each;

		if (o->weight <= 0)
			continue;
		o->devices = (uint32_t)exact + 1;
		if (o->missing)
			continue;
		o->devices = (uint32_t)MIN_OF((uint64_t)o->devices, left);
		left -= o->devices;
		rest[n++] = (struct remainder){exact - (double)(uint32_t)exact, i};
	}
	if (n)
		qsort(rest, n, sizeof(*rest), remainder_cmp);
	for (size_t i = 0; n && left; i = (i + 1) % n, left--)
		s->orgs[rest[i].org].devices++;
	free(rest);
}

static void part_classes(struct synth_org *o, struct rng *rng)
{
	static const uint16_t of_1000[KINDS][SYNTH_CLASSES] = {
		[KIND_TRUST] = {720, 65, 100, 60, 55}, [KIND_PRACTICE] = {880, 20, 20, 60, 20},
		[KIND_PHARMACY] = {900, 0, 0, 100, 0}, [KIND_SUPPLIER] = {600, 290, 0, 80, 30},
		[KIND_OTHER] = {800, 20, 0, 80, 100},
	};
	uint32_t left = o->devices;

	for (unsigned c = SYNTH_SERVER; c < SYNTH_CLASSES; c++) {
		uint64_t scaled = (uint64_t)o->devices * of_1000[o->kind][c];
		uint32_t n = (uint32_t)(scaled / 1000) + (rng_below(rng, 1000) < scaled % 1000);

		o->count[c] = MIN_OF(n, left);
		left -= o->count[c];
	}
	o->count[SYNTH_WORKSTATION] = left;
}

/* --- the calibration, parted among organisations ------------------------------------------ */

static double mean_of(const struct synth_nation *s, unsigned g, double factor)
{
	double sum = 0, all = 0;

	for (size_t i = 0; i < s->norgs; i++) {
		const struct synth_org *o = &s->orgs[i];

		if (o->missing)
			continue;
		sum += MIN_OF(o->old[g] * factor, 0.95) * o->count[SYNTH_WORKSTATION];
		all += o->count[SYNTH_WORKSTATION];
	}
	return all > 0 ? sum / all : 0;
}

/* Windows XP is counted over everything that runs Windows; medical devices have theirs anyway. */
static double xp_of_workstations(const struct synth_nation *s, double share)
{
	double windows = 0, medical = 0, workstations = 0, xp = 0;
	const struct synth_lines *l = &s->lines;
	const int years = 15;

	for (size_t i = 0; i < s->norgs; i++) {
		const struct synth_org *o = &s->orgs[i];

		if (o->missing)
			continue;
		workstations += o->count[SYNTH_WORKSTATION];
		windows += o->count[SYNTH_WORKSTATION] + o->count[SYNTH_SERVER];
		medical += o->count[SYNTH_MEDICAL] * SYNTH_MEDICAL_WINDOWS / 100.0;
	}
	for (int month = 0; month < years * 12; month++)
		xp += l->v[synth_medical_line(l, s->as_of_ms - month * 30 * MS_PER_DAY)].group ==
		      GROUP_XP;
	xp = medical * xp / (years * 12);
	return workstations > 0 ? MAX_OF(((windows + medical) * share - xp) / workstations, 0) : 0;
}

static void calibrate(struct synth_nation *s)
{
	for (unsigned g = 0; g < GROUP_CURRENT; g++) {
		double share = synth_share((enum synth_group)g, s->as_of_ms), low = 0, high = 1e6;

		if (g == GROUP_XP)
			share = xp_of_workstations(s, share);
		/* While Windows 7 is the standard it is what remains, not an exception. */
		for (size_t i = 0; share > 0.25 && i < s->norgs; i++)
			s->orgs[i].old[g] = 1;
		for (int i = 0; i < 60; i++) {
			double mid = (low + high) / 2;

			if (mean_of(s, g, mid) < share)
				low = mid;
			else
				high = mid;
		}
		for (size_t i = 0; i < s->norgs; i++)
			s->orgs[i].old[g] = MIN_OF(s->orgs[i].old[g] * low, 0.95);
	}
}

bool synth_orgs_make(struct synth_nation *s, struct str bytes, struct err *err)
{
	struct making m = {.s = s, .real = intern_open(), .codes = intern_open()};
	bool ok = true;
	size_t senders = 0;

	if (bytes.n)
		ok = after_directory(&m, bytes, err);
	else
		invent(&m);
	s->norgs = m.orgs.n;
	s->orgs = ARENA_ARRAY(s->arena, struct synth_org, m.orgs.n + 1);
	if (m.orgs.n)
		memcpy(s->orgs, m.orgs.v, m.orgs.n * sizeof(*m.orgs.v));
	for (size_t i = 0; i < s->norgs; i++) {
		struct rng rng = rng_of(s->seed, STREAM_SPREAD | i);

		size_org(&s->orgs[i], &rng);
		habits(s, &s->orgs[i], &rng);
		/* Somebody has to send something. */
		if (s->orgs[i].weight > 0 && !senders)
			s->orgs[i].missing = false;
		senders += s->orgs[i].weight > 0;
	}
	part_devices(s);
	for (size_t i = 0; i < s->norgs; i++) {
		struct rng rng = rng_of(s->seed, STREAM_SPREAD << 1 | i);

		part_classes(&s->orgs[i], &rng);
	}
	calibrate(s);
	intern_close(m.real);
	intern_close(m.codes);
	free(m.orgs.v);
	free(m.number.v);
	if (ok && !senders)
		return err_set(err, ERR_INVALID, "no open organisation in it that has devices");
	return ok;
}
