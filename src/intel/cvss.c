#include "intel/cvss.h"

#include <math.h>

/* One metric: its values in the order of their numbers; "X" and "ND" are not stated at all. */
struct metric {
	const char *name, *values;
	bool mandatory;
};

static const struct metric metrics2[] = {
	{"AV", "L A N", true},	       {"AC", "H M L", true},	   {"Au", "M S N", true},
	{"C", "N P C", true},	       {"I", "N P C", true},	   {"A", "N P C", true},
	{"E", "U POC F H", false},     {"RL", "OF TF W U", false}, {"RC", "UC UR C", false},
	{"CDP", "N L LM MH H", false}, {"TD", "N L M H", false},   {"CR", "L M H", false},
	{"IR", "L M H", false},	       {"AR", "L M H", false},
};
enum {
	V2_AV,
	V2_AC,
	V2_AU,
	V2_C,
	V2_I,
	V2_A,
	V2_E,
	V2_RL,
	V2_RC,
	V2_CDP,
	V2_TD,
	V2_CR,
	V2_IR,
	V2_AR
};

static const struct metric metrics3[] = {
	{"AV", "N A L P", true},  {"AC", "L H", true},	   {"PR", "N L H", true},
	{"UI", "N R", true},	  {"S", "U C", true},	   {"C", "N L H", true},
	{"I", "N L H", true},	  {"A", "N L H", true},	   {"E", "U P F H", false},
	{"RL", "O T W U", false}, {"RC", "U R C", false},  {"CR", "L M H", false},
	{"IR", "L M H", false},	  {"AR", "L M H", false},  {"MAV", "N A L P", false},
	{"MAC", "L H", false},	  {"MPR", "N L H", false}, {"MUI", "N R", false},
	{"MS", "U C", false},	  {"MC", "N L H", false},  {"MI", "N L H", false},
	{"MA", "N L H", false},
};
enum {
	V3_AV,
	V3_AC,
	V3_PR,
	V3_UI,
	V3_S,
	V3_C,
	V3_I,
	V3_A,
	V3_E,
	V3_RL,
	V3_RC,
	V3_CR,
	V3_IR,
	V3_AR,
	V3_MAV
};

/* Values from the worst down, as cvss4.c counts levels. */
static const struct metric metrics4[] = {
	{"AV", "N A L P", true},   {"AC", "L H", true},
	{"AT", "N P", true},	   {"PR", "N L H", true},
	{"UI", "N P A", true},	   {"VC", "H L N", true},
	{"VI", "H L N", true},	   {"VA", "H L N", true},
	{"SC", "H L N", true},	   {"SI", "H L N", true},
	{"SA", "H L N", true},	   {"E", "A P U", false},
	{"CR", "H M L", false},	   {"IR", "H M L", false},
	{"AR", "H M L", false},	   {"MAV", "N A L P", false},
	{"MAC", "L H", false},	   {"MAT", "N P", false},
	{"MPR", "N L H", false},   {"MUI", "N P A", false},
	{"MVC", "H L N", false},   {"MVI", "H L N", false},
	{"MVA", "H L N", false},   {"MSC", "H L N", false},
	{"MSI", "S H L N", false}, {"MSA", "S H L N", false},
	{"S", "N P", false},	   {"AU", "N Y", false},
	{"R", "A U I", false},	   {"V", "D C", false},
	{"RE", "L M H", false},	   {"U", "Clear Green Amber Red", false},
};

static const struct {
	const char *name, *prefix, *not_defined;
	const struct metric *metrics;
	size_t n;
} versions[CVSS_VERSIONS] = {
	[CVSS_2] = {"2.0", "", "ND", metrics2, ARRAY_LEN(metrics2)},
	[CVSS_30] = {"3.0", "CVSS:3.0/", "X", metrics3, ARRAY_LEN(metrics3)},
	[CVSS_31] = {"3.1", "CVSS:3.1/", "X", metrics3, ARRAY_LEN(metrics3)},
	[CVSS_40] = {"4.0", "CVSS:4.0/", "X", metrics4, ARRAY_LEN(metrics4)},
};

const char *cvss_version_name(enum cvss_version version)
{
	return versions[version].name;
}

const char *cvss_severity(enum cvss_version version, int tenths)
{
	if (version == CVSS_2)
		return tenths >= 70 ? "high" : tenths >= 40 ? "medium" : "low";
	return tenths >= 90   ? "critical"
	       : tenths >= 70 ? "high"
	       : tenths >= 40 ? "medium"
	       : tenths >= 1  ? "low"
			      : "none";
}

/* Round up to tenths as 3.1, appendix A has it; harmless for 3.0, where it only takes out the
 * noise of binary fractions. */
static int round_up(double x)
{
	int64_t n = llround(x * 100000);

	return (int)(n % 10000 == 0 ? n / 10000 : n / 10000 + 1);
}

static int round_half_up(double x)
{
	return (int)floor(x * 10 + 0.5 + 1e-9);
}

static double pick(const double *weights, uint8_t value, double not_stated)
{
	return value == CVSS_NOT_STATED ? not_stated : weights[value];
}

/* ---- 2.0 (CVSS v2 guide, section 3.2) ---- */

static double v2_impact(const uint8_t *m, bool adjusted)
{
	static const double cia[] = {0, 0.275, 0.660}, req[] = {0.5, 1.0, 1.51};
	double rest = 1;

	for (int i = 0; i < 3; i++) {
		double r = adjusted ? pick(req, m[V2_CR + i], 1) : 1;

		rest *= 1 - cia[m[V2_C + i]] * r;
	}
	double impact = 10.41 * (1 - rest);

	return adjusted && impact > 10 ? 10 : impact;
}

static int v2_base(const uint8_t *m, double impact)
{
	static const double av[] = {0.395, 0.646, 1.0}, ac[] = {0.35, 0.61, 0.71},
			    au[] = {0.45, 0.56, 0.704};
	double exploit = 20 * av[m[V2_AV]] * ac[m[V2_AC]] * au[m[V2_AU]];

	if (impact <= 0)
		return 0;
	return MAX_OF(0, round_half_up((0.6 * impact + 0.4 * exploit - 1.5) * 1.176));
}

static int v2_temporal(const uint8_t *m, int base)
{
	static const double e[] = {0.85, 0.9, 0.95, 1.0}, rl[] = {0.87, 0.90, 0.95, 1.0},
			    rc[] = {0.90, 0.95, 1.0};

	return round_half_up(base / 10.0 * pick(e, m[V2_E], 1) * pick(rl, m[V2_RL], 1) *
			     pick(rc, m[V2_RC], 1));
}

static bool any_stated(const uint8_t *m, size_t from, size_t to)
{
	for (size_t i = from; i <= to; i++)
		if (m[i] != CVSS_NOT_STATED)
			return true;
	return false;
}

static void score2(struct cvss *c)
{
	static const double cdp[] = {0, 0.1, 0.3, 0.4, 0.5}, td[] = {0, 0.25, 0.75, 1.0};
	const uint8_t *m = c->metric;
	int base = v2_base(m, v2_impact(m, false));

	c->base = (int8_t)base;
	if (any_stated(m, V2_E, V2_RC))
		c->temporal = (int8_t)v2_temporal(m, base);
	if (any_stated(m, V2_CDP, V2_AR)) {
		double at = v2_temporal(m, v2_base(m, v2_impact(m, true))) / 10.0;

		c->environmental = (int8_t)round_half_up(
			(at + (10 - at) * pick(cdp, m[V2_CDP], 0)) * pick(td, m[V2_TD], 1));
	}
}

/* ---- 3.0 and 3.1 (specification, section 7) ---- */

static double v3_exploit(const uint8_t *m)
{
	static const double av[] = {0.85, 0.62, 0.55, 0.2}, ac[] = {0.77, 0.44},
			    ui[] = {0.85, 0.62};
	static const double pr[2][3] = {{0.85, 0.62, 0.27}, {0.85, 0.68, 0.5}};

	return 8.22 * av[m[V3_AV]] * ac[m[V3_AC]] * pr[m[V3_S]][m[V3_PR]] * ui[m[V3_UI]];
}

static double v3_rest(const uint8_t *m, bool adjusted)
{
	static const double cia[] = {0, 0.22, 0.56}, req[] = {0.5, 1.0, 1.5};
	double rest = 1;

	for (int i = 0; i < 3; i++)
		rest *= 1 - cia[m[V3_C + i]] * (adjusted ? pick(req, m[V3_CR + i], 1) : 1);
	return rest;
}

static double v3_total(const uint8_t *m, double impact)
{
	double sum = impact + v3_exploit(m);

	if (impact <= 0)
		return 0;
	return MIN_OF(m[V3_S] ? 1.08 * sum : sum, 10);
}

static double v3_temporal(const uint8_t *m)
{
	static const double e[] = {0.91, 0.94, 0.97, 1.0}, rl[] = {0.95, 0.96, 0.97, 1.0},
			    rc[] = {0.92, 0.96, 1.0};

	return pick(e, m[V3_E], 1) * pick(rl, m[V3_RL], 1) * pick(rc, m[V3_RC], 1);
}

static int v3_environmental(const struct cvss *c)
{
	static const uint8_t order[] = {V3_AV, V3_AC, V3_PR, V3_UI, V3_S, V3_C, V3_I, V3_A};
	uint8_t m[ARRAY_LEN(metrics3)];
	double miss, impact;

	memcpy(m, c->metric, sizeof(m));
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (m[V3_MAV + i] != CVSS_NOT_STATED)
			m[order[i]] = m[V3_MAV + i];
	miss = MIN_OF(1 - v3_rest(m, true), 0.915);
	if (!m[V3_S])
		impact = 6.42 * miss;
	else if (c->version == CVSS_31)
		impact = 7.52 * (miss - 0.029) - 3.25 * pow(miss * 0.9731 - 0.02, 13);
	else
		impact = 7.52 * (miss - 0.029) - 3.25 * pow(miss - 0.02, 15);
	return round_up(round_up(v3_total(m, impact)) / 10.0 * v3_temporal(m));
}

static void score3(struct cvss *c)
{
	const uint8_t *m = c->metric;
	double iss = 1 - v3_rest(m, false);
	double impact = m[V3_S] ? 7.52 * (iss - 0.029) - 3.25 * pow(iss - 0.02, 15) : 6.42 * iss;
	int base = round_up(v3_total(m, impact));

	c->base = (int8_t)base;
	c->temporal = (int8_t)round_up(base / 10.0 * v3_temporal(m));
	c->environmental = (int8_t)v3_environmental(c);
}

/* ---- reading ---- */

static bool value_of(const struct metric *m, struct str value, uint8_t *ret)
{
	struct str rest = str_of(m->values), piece;

	for (uint8_t i = 0; str_next(&rest, ' ', &piece); i++) {
		if (str_eq(piece, value)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool read_metric(struct cvss *c, struct str piece, struct err *err)
{
	size_t colon = str_find_char(piece, ':', 0);
	struct str name = str_sub(piece, 0, colon == SIZE_MAX ? piece.n : colon);
	struct str value = colon == SIZE_MAX ? (struct str){0} : str_from_offset(piece, colon + 1);

	for (size_t i = 0; i < versions[c->version].n; i++) {
		const struct metric *m = &versions[c->version].metrics[i];

		if (!str_is(name, m->name))
			continue;
		if (c->metric[i] != CVSS_NOT_STATED)
			return err_set(err, ERR_INVALID, "CVSS metric %s is stated twice", m->name);
		if (value_of(m, value, &c->metric[i]))
			return true;
		if (!m->mandatory && str_is(value, versions[c->version].not_defined))
			return true;
		return err_set(err, ERR_INVALID, "CVSS metric %s has no value '%.*s'", m->name,
			       (int)MIN_OF(value.n, (size_t)20), value.n ? value.p : "");
	}
	return err_set(err, ERR_INVALID, "CVSS %s has no metric '%.*s'", versions[c->version].name,
		       (int)MIN_OF(name.n, (size_t)20), name.n ? name.p : "");
}

static struct str strip(struct str vector, enum cvss_version *ret)
{
	for (size_t v = CVSS_30; v < CVSS_VERSIONS; v++) {
		if (str_starts(vector, str_of(versions[v].prefix))) {
			*ret = (enum cvss_version)v;
			return str_from_offset(vector, strlen(versions[v].prefix));
		}
	}
	*ret = CVSS_2;
	if (vector.n > 1 && vector.p[0] == '(' && vector.p[vector.n - 1] == ')')
		return str_sub(vector, 1, vector.n - 2);
	return vector;
}

bool cvss_parse(struct str vector, struct cvss *ret, struct err *err)
{
	struct cvss c = {.temporal = -1, .environmental = -1};
	struct str rest = strip(vector, &c.version), piece;

	if (vector.n > 512)
		return err_set(err, ERR_LIMIT, "a CVSS vector of %zu bytes", vector.n);
	memset(c.metric, CVSS_NOT_STATED, sizeof(c.metric));
	while (str_next(&rest, '/', &piece))
		if (!read_metric(&c, piece, err))
			return false;
	for (size_t i = 0; i < versions[c.version].n; i++)
		if (versions[c.version].metrics[i].mandatory && c.metric[i] == CVSS_NOT_STATED)
			return err_set(err, ERR_INVALID, "CVSS metric %s is missing",
				       versions[c.version].metrics[i].name);
	if (c.version == CVSS_2)
		score2(&c);
	else if (c.version == CVSS_40)
		c.base = (int8_t)cvss4_score(c.metric);
	else
		score3(&c);
	*ret = c;
	return true;
}
