#include "cli/synth.h"

#include <math.h>

#include "base/clock.h"

/*
 * The calibration: how much of what an estate holds at a moment, and how organisations differ.
 * Figures stand in doc/synth.md with their sources.
 */

int64_t synth_day_ms(const char *day)
{
	int64_t ms = 0;
	bool ok = stamp_parse(str_of(day), &ms);

	assert(ok);
	return ms;
}

struct anchor {
	const char *day;
	double v[8];
};

/* Workstations: XP, 7, Windows 10 and 11 without support. */
static const struct anchor client_anchors[] = {
	{"2015-12-01", {0.165, 0.82, 0}},
	{"2017-05-12", {0.05, 0.905, 0}},
	{"2018-01-31", {0.018, 0.88, 0}},
	{"2020-01-14", {0.004, 0.30, 0.03}},
	{"2022-09-01", {0, 14424.0 / 1232867, 56773.0 / 1232867}},
};

/* Servers by line; assumed. */
static const struct anchor server_anchors[] = {
	{"2015-12-01", {0.08, 0.06, 0.46, 0.08, 0.32, 0, 0, 0}},
	{"2017-05-12", {0.05, 0.05, 0.42, 0.08, 0.34, 0.06, 0, 0}},
	{"2020-01-14", {0.01, 0.03, 0.28, 0.07, 0.30, 0.26, 0.05, 0}},
	{"2022-09-01", {0, 0.01, 0.08, 0.04, 0.24, 0.33, 0.27, 0.03}},
	{"2026-01-01", {0, 0, 0.02, 0.01, 0.08, 0.25, 0.37, 0.27}},
};

static double between(const struct anchor *a, size_t n, unsigned what, int64_t ms)
{
	for (size_t i = 0; i < n; i++) {
		int64_t here = synth_day_ms(a[i].day), before;

		if (ms > here)
			continue;
		if (!i)
			return a[0].v[what];
		before = synth_day_ms(a[i - 1].day);
		return a[i - 1].v[what] + (a[i].v[what] - a[i - 1].v[what]) *
						  ((double)(ms - before) / (double)(here - before));
	}
	return a[n - 1].v[what];
}

double synth_share(enum synth_group group, int64_t as_of_ms)
{
	return group == GROUP_CURRENT ? 0
				      : between(client_anchors, ARRAY_LEN(client_anchors),
						(unsigned)group, as_of_ms);
}

double synth_server_share(unsigned no, int64_t as_of_ms)
{
	return between(server_anchors, ARRAY_LEN(server_anchors), no, as_of_ms);
}

/*
 * Trusts of 2022 by their share of Windows 10 without support, to 5 in a hundred: 152 of 215 at 0,
 * 36 at 5, 10 at 10, 5 at 15, 6 at 25, one each at 30, 35, 55, 65, 75, 85; over their mean.
 */
double synth_spread(struct rng *rng)
{
	static const struct {
		uint8_t trusts, percent;
	} seen[] = {{152, 0}, {36, 5}, {10, 10}, {5, 15}, {6, 25}, {1, 30},
		    {1, 35},  {1, 55}, {1, 65},	 {1, 75}, {1, 85}};
	uint32_t at = rng_below(rng, 215);
	size_t i = 0;

	while (at >= seen[i].trusts)
		at -= seen[i++].trusts;
	/* What rounds to 0 is anything below 2.5. */
	return (seen[i].percent ? seen[i].percent - 2.5 + 5 * rng_unit(rng)
				: 1.85 * rng_unit(rng)) /
	       4.6;
}

double synth_lognormal(struct rng *rng, double median, double sigma)
{
	double normal = -6;

	for (int i = 0; i < 12; i++)
		normal += rng_unit(rng);
	return median * exp(sigma * normal);
}
