#include "cli/synth_seen.h"

#include "base/clock.h"

/*
 * When each version of a product came out.  Nobody states it; that a vulnerability published on a
 * day names it shows that it, and every version before it, was there by then.  What one
 * vulnerability names at once came out one after the other since the one before; and between two
 * versions that are named, and after the last, releases came that nobody had cause to write of.
 */

enum {
	RELEASE_DAYS = 90, /* one in so many where nothing is known */
	FIRST_DAYS = 60,   /* between those that are named first, at once */
	FILL_YEARS = 6,	   /* further back nothing is put in */
	FILL_MOST = 12,	   /* between two that are known, or after the last */
	GONE_YEARS = 10	   /* after so many in which nobody writes of it, none has it */
};

static bool is_year(uint64_t n)
{
	return n >= 1990 && n < 2100;
}

static uint64_t first_number(struct str v)
{
	uint64_t n = 0;

	for (size_t i = 0; i < v.n && i < 9 && char_is_digit(v.p[i]); i++)
		n = n * 10 + (uint64_t)(v.p[i] - '0');
	return n;
}

/* "240.0" behind "140.0", said once: a slip of the pen. */
static bool is_slip(struct str v, struct str before, size_t times)
{
	uint64_t n = first_number(v);

	return times < 2 && !is_year(n) && n > first_number(before) * 3 / 2 + 3;
}

/* Each of seen once, dated by itself and all after it. */
static uint32_t named_versions(const struct synth_seen *seen, size_t n, struct synth_version *v)
{
	uint32_t k = 0;

	for (size_t from = 0, to; from < n; from = to) {
		for (to = from; to < n && str_eq(seen[to].version, seen[from].version);)
			to++;
		if (!k || !is_slip(seen[from].version, v[k - 1].text, to - from))
			v[k++] = (struct synth_version){seen[from].ms, seen[from].version};
	}
	for (uint32_t i = k; i-- > 1;)
		v[i - 1].since_ms = MIN_OF(v[i - 1].since_ms, v[i].since_ms);
	return k;
}

static void part_dates(struct synth_version *v, uint32_t n)
{
	int64_t before = 0;

	for (uint32_t from = 0, to; from < n; from = to) {
		int64_t ms = v[from].since_ms, step = FIRST_DAYS * MS_PER_DAY;

		for (to = from; to < n && v[to].since_ms == ms;)
			to++;
		if (from)
			step = (ms - before) / (to - from);
		for (uint32_t i = from; i < to; i++)
			v[i].since_ms = ms - (int64_t)(to - 1 - i) * step;
		before = ms;
	}
}

static bool only_numbers(struct str v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!char_is_digit(v.p[i]) && v.p[i] != '.')
			return false;
	return v.n && v.n < 24 && char_is_digit(v.p[v.n - 1]);
}

static bool below(struct str v, struct str limit)
{
	return !limit.n || version_compare(VERSION_GENERIC, v, limit) < 0;
}

/* The no-th after v: its last number raised, else another number behind it; empty: none fits. */
static struct str raised(struct arena *arena, struct str v, unsigned no, struct str limit)
{
	size_t begin = v.n;
	uint64_t last = 0;
	struct str r;

	while (begin > 0 && char_is_digit(v.p[begin - 1]))
		begin--;
	if (!str_to_u64(str_from_offset(v, begin), &last) || last > 1000000000)
		return (struct str){0};
	r = arena_fmt(arena, "%.*s%0*ju", (int)begin, v.p, (int)(v.n - begin),
		      (uintmax_t)(last + no));
	if (!is_year(last) && below(r, limit))
		return r;
	r = arena_fmt(arena, "%.*s.%u", STR_FMT(v), no);
	return below(r, limit) ? r : (struct str){0};
}

/* What came between one that is known and the moment at which the next did. */
static void fill(struct synth_history *h, struct synth_version known, struct str limit,
		 int64_t until_ms)
{
	int64_t gap_ms = until_ms - known.since_ms;
	int64_t n = MIN_OF(gap_ms / (RELEASE_DAYS * MS_PER_DAY), (int64_t)FILL_MOST);

	if (!only_numbers(known.text))
		return;
	for (int64_t i = 1; i <= n; i++) {
		int64_t ms = known.since_ms + gap_ms * i / (n + 1);
		struct str text;

		if (ms < h->as_of_ms - FILL_YEARS * 365 * MS_PER_DAY)
			continue;
		text = raised(h->arena, known.text, (unsigned)i, limit);
		if (!text.n)
			return;
		VEC_PUSH(&h->v, (struct synth_version){ms, text});
	}
}

uint32_t synth_history_make(struct synth_history *h, const struct synth_seen *seen, size_t n,
			    const struct synth_version **ret)
{
	struct synth_version *v, *kept;
	int64_t last_ms = 0;
	uint32_t named;

	for (size_t i = 0; i < n; i++)
		if (seen[i].ms <= h->as_of_ms)
			last_ms = MAX_OF(last_ms, seen[i].ms);
	if (last_ms < h->as_of_ms - GONE_YEARS * 365 * MS_PER_DAY)
		return 0;
	v = mem_alloc(n * sizeof(*v));
	named = named_versions(seen, n, v);
	part_dates(v, named);
	h->v.n = 0;
	for (uint32_t i = 0; i < named && v[i].since_ms <= h->as_of_ms; i++) {
		bool last = i + 1 == named;

		VEC_PUSH(&h->v, v[i]);
		if (!last)
			fill(h, v[i], v[i + 1].text, MIN_OF(v[i + 1].since_ms, h->as_of_ms));
		/* One product in three was given up. */
		else if (u64_hash(seen->product) % 3)
			fill(h, v[i], (struct str){0}, h->as_of_ms);
	}
	free(v);
	kept = ARENA_ARRAY(h->arena, struct synth_version, h->v.n + 1);
	if (h->v.n)
		memcpy(kept, h->v.v, h->v.n * sizeof(*kept));
	*ret = kept;
	return (uint32_t)h->v.n;
}
