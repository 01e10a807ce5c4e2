#include "cli/synth.h"

#include "base/clock.h"
#include "base/mem.h"

/*
 * The systems in use at a moment and what had come out for each.  Dates are Microsoft's of release
 * and end of support (Enterprise, LTSC and extended support where there are several).
 */

enum line_kind { CLIENT, SERVER, MEDICAL, LINE_KINDS };

struct line_said {
	enum line_kind kind;
	const char *name, *release, *end, *os;
};

/* In the order of their releases; of medical devices: when makers took them up. */
#define WINDOWS "Microsoft Windows "
static const struct line_said said[] = {
	{CLIENT, "xpsp3", "2008-04-21", "2014-04-08", WINDOWS "XP Professional"},
	{CLIENT, "7sp1", "2011-02-22", "2020-01-14", WINDOWS "7 Enterprise"},
	{CLIENT, "10-10240", "2015-07-29", "2017-05-09", WINDOWS "10 Enterprise"},
	{CLIENT, "10-10586", "2015-11-10", "2018-04-10", WINDOWS "10 Enterprise"},
	{CLIENT, "10-14393", "2016-08-02", "2019-04-09", WINDOWS "10 Enterprise"},
	{CLIENT, "10-15063", "2017-04-05", "2019-10-08", WINDOWS "10 Enterprise"},
	{CLIENT, "10-16299", "2017-10-17", "2020-10-13", WINDOWS "10 Enterprise"},
	{CLIENT, "10-17134", "2018-04-30", "2021-05-11", WINDOWS "10 Enterprise"},
	{CLIENT, "10-17763", "2018-11-13", "2021-05-11", WINDOWS "10 Enterprise"},
	{CLIENT, "10-18362", "2019-05-21", "2020-12-08", WINDOWS "10 Enterprise"},
	{CLIENT, "10-18363", "2019-11-12", "2022-05-10", WINDOWS "10 Enterprise"},
	{CLIENT, "10-19041", "2020-05-27", "2021-12-14", WINDOWS "10 Enterprise"},
	{CLIENT, "10-19042", "2020-10-20", "2023-05-09", WINDOWS "10 Enterprise"},
	{CLIENT, "10-19044", "2021-11-16", "2024-06-11", WINDOWS "10 Enterprise"},
	{CLIENT, "10-19045", "2022-10-18", "2025-10-14", WINDOWS "10 Enterprise"},
	{CLIENT, "11-22621", "2022-09-20", "2025-10-14", WINDOWS "11 Enterprise"},
	{CLIENT, "11-22631", "2023-10-31", "2026-11-10", WINDOWS "11 Enterprise"},
	{CLIENT, "11-26100", "2024-10-01", "2027-10-12", WINDOWS "11 Enterprise"},
	{SERVER, "2003sp2", "2007-03-13", "2015-07-14", WINDOWS "Server 2003 Standard Edition"},
	{SERVER, "2008sp2", "2009-04-29", "2020-01-14", WINDOWS "Server 2008 Standard"},
	{SERVER, "2008r2sp1", "2011-02-22", "2020-01-14", WINDOWS "Server 2008 R2 Standard"},
	{SERVER, "2012", "2012-10-30", "2023-10-10", WINDOWS "Server 2012 Standard"},
	{SERVER, "2012r2", "2013-11-25", "2023-10-10", WINDOWS "Server 2012 R2 Standard"},
	{SERVER, "2016", "2016-10-12", "2027-01-12", WINDOWS "Server 2016 Standard"},
	{SERVER, "2019", "2018-11-13", "2029-01-09", WINDOWS "Server 2019 Standard"},
	{SERVER, "2022", "2021-08-18", "2031-10-14", WINDOWS "Server 2022 Standard"},
	{MEDICAL, "xpsp3", "2002-01-01", "2016-01-12", WINDOWS "XP Embedded"},
	{MEDICAL, "7sp1", "2011-07-01", "2020-10-13", "Windows Embedded Standard 7"},
	{MEDICAL, "10-14393", "2017-10-01", "2026-10-13", WINDOWS "10 Enterprise 2016 LTSB"},
	{MEDICAL, "10-17763", "2020-01-01", "2029-01-09", WINDOWS "10 IoT Enterprise LTSC"},
	{MEDICAL, "10-19044", "2023-01-01", "2032-01-13", WINDOWS "10 IoT Enterprise LTSC"},
};

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
	int64_t at = MAX_OF(l->release_ms, l->build ? 0 : synth_day_ms("2016-10-11"));

	for (uint32_t i = 0; i < h->nrollups; i++) {
		int64_t own = kb_ms(d, h->rollups[i].kb);

		at = own ? own : at + (i ? 30 * MS_PER_DAY : 0);
		v[i] = (struct synth_level){at, h->rollups[i].kb, h->rollups[i].revision};
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
		VEC_PUSH(&v, (struct synth_level){ms ? ms : l->release_ms, f->kb, 0});
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

/* As systems state it; the revision of a Windows 10 follows. */
static struct str version_of(const struct windows_line *line, struct arena *arena)
{
	struct str v = arena_fmt(arena, "%u.%u.%u", line->major, line->minor, line->build);

	return line->sp ? arena_fmt(arena, "%.*s Service Pack %u", STR_FMT(v), line->sp) : v;
}

static enum synth_group group_of(const struct line_said *s, bool ended)
{
	if (s->name[0] == 'x')
		return GROUP_XP;
	if (s->name[0] == '7')
		return GROUP_7;
	return ended ? GROUP_OLD_10 : GROUP_CURRENT;
}

/* False when it was not there yet. */
static bool line_read(struct lines_reading *r, const struct line_said *s, struct synth_line *l)
{
	const struct windows_line *line = windows_line_by_name(str_of(s->name));
	const struct history *h = line ? intel_image_history(r->image, line) : NULL;

	*l = (struct synth_line){.os = s->os,
				 .release_ms = synth_day_ms(s->release),
				 .end_ms = synth_day_ms(s->end)};
	if (!line || l->release_ms > r->as_of_ms)
		return false;
	l->build = line->major >= 10 ? line->build : 0;
	l->version = version_of(line, r->arena);
	l->ended = l->end_ms < r->as_of_ms;
	l->group = group_of(s, l->ended);
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
	unsigned of_kind[LINE_KINDS] = {0}; /* those that are to come, too */

	kb_days_read(image, &r.days);
	for (size_t i = 0; i < ARRAY_LEN(said); i++) {
		enum line_kind kind = said[i].kind;
		struct synth_line *one = &l.v[l.clients + l.servers + l.medical];
		unsigned no = of_kind[kind]++;

		if (!line_read(&r, &said[i], one))
			continue;
		if (kind == SERVER)
			one->share = synth_server_share(no, as_of_ms);
		l.clients += kind == CLIENT;
		l.servers += kind == SERVER;
		l.medical += kind == MEDICAL;
	}
	client_shares(&l, as_of_ms);
	free(r.days.v.v);
	*ret = l;
}

size_t synth_out_by(const void *dated, size_t n, size_t size, int64_t ms)
{
	size_t from = 0, to = n;
	int64_t since;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		memcpy(&since, (const char *)dated + mid * size, sizeof(since));
		if (since <= ms)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

size_t synth_level_at(const struct synth_line *line, int64_t ms)
{
	return synth_out_by(line->levels, line->nlevels, sizeof(*line->levels), ms);
}

size_t synth_medical_line(const struct synth_lines *l, int64_t delivered_ms)
{
	size_t first = l->clients + l->servers, at = first;

	for (size_t i = first; i < first + l->medical; i++)
		if (l->v[i].release_ms <= delivered_ms)
			at = i;
	return at;
}
