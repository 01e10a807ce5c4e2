#include "console/chart.h"

/* Numbers into paths. */

static int64_t across(const struct chart_span *span, int64_t ms)
{
	int64_t long_ms = MAX_OF(span->to_ms - span->from_ms, (int64_t)1);
	int64_t at = (ms - span->from_ms) * CHART_W / long_ms;

	return MIN_OF(MAX_OF(at, (int64_t)0), (int64_t)CHART_W);
}

void chart_days(const struct look *l, struct chart *c, const struct chart_span *span)
{
	int64_t days = (span->to_ms - span->from_ms) / MS_PER_DAY + 1;
	int64_t step = MAX_OF((days + CHART_TICKS - 2) / (CHART_TICKS - 1), (int64_t)1);

	for (int64_t day = 0; day <= days && c->nx < CHART_TICKS; day += step) {
		int64_t ms = span->from_ms + day * MS_PER_DAY;

		if (ms > span->to_ms)
			break;
		c->x[c->nx++] = (struct chart_tick){
			(unsigned)across(span, ms),
			day ? arena_fmt(l->arena, "%jd d", (intmax_t)day) : STR("0")};
	}
}

static int time_cmp(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

struct str chart_steps(const struct look *l, const struct chart_span *span,
		       const struct chart_steps *steps)
{
	size_t total = MAX_OF(steps->total, (size_t)1);
	AUTO(text_freep) struct text path = {0};

	if (steps->n > 1)
		qsort(steps->times, steps->n, sizeof(*steps->times), time_cmp);
	text_addf(&path, "M0 %d", steps->rest ? 0 : CHART_H);
	for (size_t i = 0; i < steps->n; i++) {
		size_t done = steps->rest ? total - i - 1 : i + 1;
		int64_t x = across(span, steps->times[i]);

		if (i + 1 < steps->n && across(span, steps->times[i + 1]) == x)
			continue; /* as one step */
		text_addf(&path, "H%jdV%zu", (intmax_t)x, CHART_H - done * CHART_H / total);
	}
	text_addf(&path, "H%d", CHART_W);
	return arena_str(l->arena, text_str(&path));
}

struct str chart_values(const struct look *l, const uint64_t *v, size_t n, uint64_t most)
{
	AUTO(text_freep) struct text path = {0};

	for (size_t i = 0; i < n; i++) {
		uint64_t x = n > 1 ? i * CHART_W / (n - 1) : 0;

		text_addf(&path, "%s%ju %ju", i ? "L" : "M", (uintmax_t)x,
			  (uintmax_t)(CHART_H - v[i] * CHART_H / MAX_OF(most, (uint64_t)1)));
	}
	if (n == 1)
		text_addf(&path, "H%d", CHART_W);
	return n ? arena_str(l->arena, text_str(&path)) : STR("M0 0");
}

void bar_lay(struct bar_part *v, size_t n)
{
	enum { SEEN = 4 };
	uint64_t total = 0, at = 0, shown = 0;

	for (size_t i = 0; i < n; i++) {
		total += v[i].n;
		shown += v[i].n != 0;
	}
	for (size_t i = 0; i < n && total; i++) {
		v[i].x = (unsigned)at;
		v[i].w = v[i].n ? (unsigned)(SEEN + v[i].n * (CHART_W - SEEN * shown) / total) : 0;
		at += v[i].w;
	}
}
