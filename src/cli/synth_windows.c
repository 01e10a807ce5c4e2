#include "cli/synth.h"

#include <math.h>

#include "base/clock.h"
#include "base/mem.h"

/*
 * The systems in use at a moment, and the calibration: figures with their sources stand in
 * doc/synth.md.  Dates are Microsoft's of release and end of support (Enterprise, LTSC and extended
 * support where there are several).
 */

struct line_said {
	const char *name, *os, *version, *release, *end;
	enum synth_group group;
};

static const struct line_said clients[] = {
	{"xpsp3", "Microsoft Windows XP Professional", "5.1.2600 Service Pack 3", "2008-04-21",
	 "2014-04-08", GROUP_XP},
	{"7sp1", "Microsoft Windows 7 Enterprise", "6.1.7601 Service Pack 1", "2011-02-22",
	 "2020-01-14", GROUP_7},
	{"10-10240", "Microsoft Windows 10 Enterprise", NULL, "2015-07-29", "2017-05-09",
	 GROUP_CURRENT},
	{"10-10586", "Microsoft Windows 10 Enterprise", NULL, "2015-11-10", "2018-04-10",
	 GROUP_CURRENT},
	{"10-14393", "Microsoft Windows 10 Enterprise", NULL, "2016-08-02", "2019-04-09",
	 GROUP_CURRENT},
	{"10-15063", "Microsoft Windows 10 Enterprise", NULL, "2017-04-05", "2019-10-08",
	 GROUP_CURRENT},
	{"10-16299", "Microsoft Windows 10 Enterprise", NULL, "2017-10-17", "2020-10-13",
	 GROUP_CURRENT},
	{"10-17134", "Microsoft Windows 10 Enterprise", NULL, "2018-04-30", "2021-05-11",
	 GROUP_CURRENT},
	{"10-17763", "Microsoft Windows 10 Enterprise", NULL, "2018-11-13", "2021-05-11",
	 GROUP_CURRENT},
	{"10-18362", "Microsoft Windows 10 Enterprise", NULL, "2019-05-21", "2020-12-08",
	 GROUP_CURRENT},
	{"10-18363", "Microsoft Windows 10 Enterprise", NULL, "2019-11-12", "2022-05-10",
	 GROUP_CURRENT},
	{"10-19041", "Microsoft Windows 10 Enterprise", NULL, "2020-05-27", "2021-12-14",
	 GROUP_CURRENT},
	{"10-19042", "Microsoft Windows 10 Enterprise", NULL, "2020-10-20", "2023-05-09",
	 GROUP_CURRENT},
	{"10-19044", "Microsoft Windows 10 Enterprise", NULL, "2021-11-16", "2024-06-11",
	 GROUP_CURRENT},
	{"10-19045", "Microsoft Windows 10 Enterprise", NULL, "2022-10-18", "2025-10-14",
	 GROUP_CURRENT},
	{"11-22621", "Microsoft Windows 11 Enterprise", NULL, "2022-09-20", "2025-10-14",
	 GROUP_CURRENT},
	{"11-22631", "Microsoft Windows 11 Enterprise", NULL, "2023-10-31", "2026-11-10",
	 GROUP_CURRENT},
	{"11-26100", "Microsoft Windows 11 Enterprise", NULL, "2024-10-01", "2027-10-12",
	 GROUP_CURRENT},
};

static const struct line_said servers[] = {
	{"2003sp2", "Microsoft Windows Server 2003 Standard Edition", "5.2.3790 Service Pack 2",
	 "2007-03-13", "2015-07-14", GROUP_CURRENT},
	{"2008sp2", "Microsoft Windows Server 2008 Standard", "6.0.6002 Service Pack 2",
	 "2009-04-29", "2020-01-14", GROUP_CURRENT},
	{"2008r2sp1", "Microsoft Windows Server 2008 R2 Standard", "6.1.7601 Service Pack 1",
	 "2011-02-22", "2020-01-14", GROUP_CURRENT},
	{"2012", "Microsoft Windows Server 2012 Standard", "6.2.9200", "2012-10-30", "2023-10-10",
	 GROUP_CURRENT},
	{"2012r2", "Microsoft Windows Server 2012 R2 Standard", "6.3.9600", "2013-11-25",
	 "2023-10-10", GROUP_CURRENT},
	{"2016", "Microsoft Windows Server 2016 Standard", NULL, "2016-10-12", "2027-01-12",
	 GROUP_CURRENT},
	{"2019", "Microsoft Windows Server 2019 Standard", NULL, "2018-11-13", "2029-01-09",
	 GROUP_CURRENT},
	{"2022", "Microsoft Windows Server 2022 Standard", NULL, "2021-08-18", "2031-10-14",
	 GROUP_CURRENT},
};

/* In the order in which makers took them up; released: when devices began to come with it. */
static const struct line_said medical[] = {
	{"xpsp3", "Microsoft Windows XP Embedded", "5.1.2600 Service Pack 3", "2002-01-01",
	 "2016-01-12", GROUP_XP},
	{"7sp1", "Windows Embedded Standard 7", "6.1.7601 Service Pack 1", "2011-07-01",
	 "2020-10-13", GROUP_7},
	{"10-14393", "Microsoft Windows 10 Enterprise 2016 LTSB", NULL, "2017-10-01", "2026-10-13",
	 GROUP_CURRENT},
	{"10-17763", "Microsoft Windows 10 IoT Enterprise LTSC", NULL, "2020-01-01", "2029-01-09",
	 GROUP_CURRENT},
	{"10-19044", "Microsoft Windows 10 IoT Enterprise LTSC", NULL, "2023-01-01", "2032-01-13",
	 GROUP_CURRENT},
};

static int64_t day_ms(const char *day)
{
	int64_t ms = 0;
	bool ok = stamp_parse(str_of(day), &ms);

	assert(ok);
	return ms;
}

/* --- the calibration ---------------------------------------------------------------- */

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
		int64_t here = day_ms(a[i].day), before;

		if (ms > here)
			continue;
		if (!i)
			return a[0].v[what];
		before = day_ms(a[i - 1].day);
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

/* --- levels of patching --------------------------------------------------------------- */

struct kb_day {
	uint32_t kb;
	int32_t day;
};
struct kb_days {
	VEC_OF(struct kb_day) v;
};

static int kb_day_cmp(const void *a, const void *b)
{
	const struct kb_day *x = a, *y = b;

	return x->kb != y->kb ? (x->kb > y->kb) - (x->kb < y->kb)
			      : (x->day > y->day) - (x->day < y->day);
}

/* An update comes with what it fixes: the day on which the median of that was published. */
static void kb_days_read(const struct intel_image *image, struct kb_days *d)
{
	size_t n = 0;

	for (uint32_t i = 0; i < image->nvulns; i++) {
		const struct vuln_row *v = &image->vulns[i];

		for (uint32_t k = 0; v->published_ms && k < v->nfixes; k++) {
			const struct fix *f = &image->fixes[v->first_fix + k];

			if (f->kind == FIX_KB && f->kb)
				VEC_PUSH(&d->v, (struct kb_day){f->kb, (int32_t)(v->published_ms /
										 MS_PER_DAY)});
		}
	}
	if (d->v.n)
		qsort(d->v.v, d->v.n, sizeof(*d->v.v), kb_day_cmp);
	for (size_t from = 0, to; from < d->v.n; from = to) {
		for (to = from; to < d->v.n && d->v.v[to].kb == d->v.v[from].kb;)
			to++;
		d->v.v[n++] = d->v.v[from + (to - from) / 2];
	}
	d->v.n = n;
}

/* 0: nobody says. */
static int64_t kb_ms(const struct kb_days *d, uint32_t kb)
{
	size_t from = 0, to = d->v.n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (d->v.v[mid].kb < kb)
			from = mid + 1;
		else
			to = mid;
	}
	return from < d->v.n && d->v.v[from].kb == kb ? d->v.v[from].day * MS_PER_DAY : 0;
}

static int level_cmp(const void *a, const void *b)
{
	const struct synth_level *x = a, *y = b;

	return x->since_ms != y->since_ms
		       ? (x->since_ms > y->since_ms) - (x->since_ms < y->since_ms)
		       : (x->kb > y->kb) - (x->kb < y->kb);
}

struct lines_reading {
	const struct intel_image *image;
	struct arena *arena;
	struct kb_days days;
	int64_t as_of_ms;
};

/* Rollups in their order; one whose day nobody says came a month after the one before. */
static void history_levels(struct synth_line *l, const struct history *h, const struct kb_days *d,
			   struct arena *arena)
{
	struct synth_level *v = ARENA_ARRAY(arena, struct synth_level, h->nrollups);
	/* Rollups for what is older than Windows 10 began with October 2016. */
	int64_t at = MAX_OF(l->release_ms, l->build ? 0 : day_ms("2016-10-11"));

	for (uint32_t i = 0; i < h->nrollups; i++) {
		int64_t own = kb_ms(d, h->rollups[i].kb);

		at = own ? own : at + (i ? 30 * MS_PER_DAY : 0);
		v[i] = (struct synth_level){h->rollups[i].kb, h->rollups[i].revision, at};
	}
	/* None came after the one that follows it. */
	for (uint32_t i = h->nrollups; i-- > 1;)
		v[i - 1].since_ms = MIN_OF(v[i - 1].since_ms, v[i].since_ms);
	l->levels = v;
	l->nlevels = h->nrollups;
}

/* Without a history: the updates that fix something on it. */
static void fix_levels(struct synth_line *l, const struct windows_line *line,
		       const struct lines_reading *r)
{
	const struct intel_image *image = r->image;
	struct synth_level *kept;
	VEC_OF(struct synth_level) v = {0};
	size_t n = 0;

	for (uint32_t i = 0; i < image->nfixes; i++) {
		const struct fix *f = &image->fixes[i];
		int64_t ms;

		if (windows_line_at(f->line) != line || f->kind != FIX_KB || !f->kb)
			continue;
		ms = kb_ms(&r->days, f->kb);
		VEC_PUSH(&v, (struct synth_level){f->kb, 0, ms ? ms : l->release_ms});
	}
	if (v.n)
		qsort(v.v, v.n, sizeof(*v.v), level_cmp);
	for (size_t i = 0; i < v.n; i++)
		if (!n || v.v[n - 1].kb != v.v[i].kb)
			v.v[n++] = v.v[i];
	kept = ARENA_ARRAY(r->arena, struct synth_level, n + 1);
	if (n)
		memcpy(kept, v.v, n * sizeof(*kept));
	free(v.v);
	l->levels = kept;
	l->nlevels = n;
}

/* False when it was not there yet. */
static bool line_read(struct lines_reading *r, const struct line_said *s, struct synth_line *l)
{
	const struct windows_line *line = windows_line_by_name(str_of(s->name));
	const struct history *h = line ? intel_image_history(r->image, line) : NULL;

	*l = (struct synth_line){.os = s->os,
				 .group = s->group,
				 .release_ms = day_ms(s->release),
				 .end_ms = day_ms(s->end)};
	if (!line || l->release_ms > r->as_of_ms)
		return false;
	l->build = s->version ? 0 : line->build;
	l->version = s->version ? str_of(s->version) : arena_fmt(r->arena, "10.0.%u", line->build);
	l->ended = l->end_ms < r->as_of_ms;
	if (l->ended && l->group == GROUP_CURRENT)
		l->group = GROUP_OLD_10;
	if (h && h->nrollups)
		history_levels(l, h, &r->days, r->arena);
	else
		fix_levels(l, line, r);
	return true;
}

/* Within its group; the last but one of those with support is what most have rolled out. */
static void client_shares(struct synth_lines *l, int64_t as_of_ms)
{
	static const double rolled[] = {0.15, 0.45, 0.25, 0.10, 0.05};
	static const double left[] = {0.5, 0.25, 0.15, 0.06, 0.04};
	size_t current = 0, old = 0;

	for (size_t i = l->clients; i-- > 0;) {
		struct synth_line *one = &l->v[i];

		if (one->group == GROUP_CURRENT && current < ARRAY_LEN(rolled))
			one->share = rolled[current++];
		else if (one->group == GROUP_OLD_10 && old < ARRAY_LEN(left))
			one->share = left[old++];
		else if (one->group == GROUP_XP || one->group == GROUP_7)
			one->share = synth_share(one->group, as_of_ms) > 0;
	}
}

void synth_lines_read(const struct intel_image *image, int64_t as_of_ms, struct arena *arena,
		      struct synth_lines *ret)
{
	struct lines_reading r = {.image = image, .arena = arena, .as_of_ms = as_of_ms};
	struct synth_lines l = {0};

	kb_days_read(image, &r.days);
	for (size_t i = 0; i < ARRAY_LEN(clients); i++)
		l.clients += line_read(&r, &clients[i], &l.v[l.clients]);
	client_shares(&l, as_of_ms);
	for (unsigned i = 0; i < ARRAY_LEN(servers); i++) {
		struct synth_line *one = &l.v[l.clients + l.servers];

		if (!line_read(&r, &servers[i], one))
			continue;
		one->share = between(server_anchors, ARRAY_LEN(server_anchors), i, as_of_ms);
		l.servers++;
	}
	for (size_t i = 0; i < ARRAY_LEN(medical); i++)
		l.medical += line_read(&r, &medical[i], &l.v[l.clients + l.servers + l.medical]);
	free(r.days.v.v);
	*ret = l;
}

size_t synth_level_at(const struct synth_line *line, int64_t ms)
{
	size_t from = 0, to = line->nlevels;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (line->levels[mid].since_ms <= ms)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

size_t synth_medical_line(const struct synth_lines *l, int64_t delivered_ms)
{
	size_t first = l->clients + l->servers, at = first;

	for (size_t i = first; i < first + l->medical; i++)
		if (l->v[i].release_ms <= delivered_ms)
			at = i;
	return at;
}
