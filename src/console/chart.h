#ifndef CONSOLE_CHART_H
#define CONSOLE_CHART_H

/* Inner door: charts as SVG of which only numbers come from data; a table stands beside each. */

#include "console/look.h"

enum { CHART_W = 600, CHART_H = 200, CHART_LINES = 4, CHART_TICKS = 8 };

struct chart_line {
	struct str label, path, css; /* css: lp-line--1... */
};
struct chart_tick {
	unsigned at;
	struct str words;
};
/* What happened when: shares or counts over time. */
struct chart {
	struct str title; /* said to who can't see it, with what it comes to */
	struct chart_line lines[CHART_LINES];
	size_t nlines;
	struct chart_tick x[CHART_TICKS], y[3];
	size_t nx;
	unsigned mark; /* a vertical line there, 0: none */
	struct str mark_words;
};

struct chart_span {
	int64_t from_ms, to_ms;
};
/* The days below, at most CHART_TICKS - 1 of them. */
void chart_days(const struct look *l, struct chart *c, const struct chart_span *span);
/* How many of total had happened, step by step; times need not be sorted, and are after. rest: how
 * many had not. */
struct chart_steps {
	int64_t *times;
	size_t n, total;
	bool rest;
};
struct str chart_steps(const struct look *l, const struct chart_span *span,
		       const struct chart_steps *steps);
/* Values at equal distances, most at the top. */
struct str chart_values(const struct look *l, const uint64_t *v, size_t n, uint64_t most);

/* A bar of parts. */
struct bar_part {
	struct str words, css, href;
	uint64_t n;
	unsigned x, w; /* of 600 */
};
struct bar {
	struct str title;
	const struct bar_part *v;
	size_t n;
};
/* Widths by n; one that is not nought is seen. */
void bar_lay(struct bar_part *v, size_t n);

#endif
