#include "directory/inner.h"

#include "base/clock.h"
#include "base/mem.h"

const char *const fact_names[FACTS] = {
	"name",
	"role",
	"status",
	"opened",
	"closed",
	"postcode",
	"expected_devices",
	"patients",
	"staff",
	"expected_workstation",
	"expected_server",
	"expected_medical",
	"expected_network",
	"expected_mobile",
	"expected_other",
};

const char *org_class_name(enum org_class class)
{
	return fact_names[FACT_CLASS + class] + strlen("expected_");
}

struct directory_batch *batch_new(struct arena *arena)
{
	struct directory_batch *b = ARENA_NEW(arena, struct directory_batch);

	b->arena = arena;
	return b;
}

struct str copy(struct arena *arena, struct str s)
{
	return s.n ? arena_str(arena, s) : (struct str){0};
}

#define PUSH(b, vec, item) ARENA_PUSH((b)->arena, &(b)->vec, (b)->vec.cap, (item))

void batch_fact(struct directory_batch *b, struct fact_said f)
{
	bool empty_speaks = f.fact == FACT_STATUS || f.fact == FACT_OPENED || f.fact == FACT_CLOSED;

	if (f.value.n || empty_speaks)
		PUSH(b, facts, f);
}

void batch_tie(struct directory_batch *b, struct tie_said t)
{
	if (t.to.n && !str_eq(t.to, t.org))
		PUSH(b, ties, t);
}

void batch_row(struct directory_batch *b, struct row_said r)
{
	PUSH(b, rows, r);
}

/* By organisation and fact; of two values the one that stands first. */
static int fact_cmp(const void *pa, const void *pb)
{
	const struct fact_said *a = pa, *b = pb;
	int c = str_cmp(a->org, b->org);

	if (c == 0)
		c = (int)a->fact - (int)b->fact;
	if (c == 0)
		c = (int)b->weight - (int)a->weight;
	return c ? c : str_cmp(b->value, a->value);
}

static int tie_cmp(const void *pa, const void *pb)
{
	const struct tie_said *a = pa, *b = pb;
	int c = str_cmp(a->org, b->org);

	if (c == 0)
		c = str_cmp(a->kind, b->kind);
	if (c == 0)
		c = str_cmp(a->to, b->to);
	if (c == 0)
		c = str_cmp(a->start, b->start);
	return c ? c : str_cmp(b->ended, a->ended);
}

static bool tie_same_end(const struct tie_said *a, const struct tie_said *b)
{
	return str_eq(a->org, b->org) && str_eq(a->kind, b->kind);
}

/* Of ties v[0..n) from one organisation of one kind where one alone can be: the target that
 * most rows name, the first by code among equals. */
static struct tie_said most_named(const struct tie_said *v, size_t n)
{
	size_t best = 0, best_n = 0;

	for (size_t i = 0, j; i < n; i = j) {
		for (j = i + 1; j < n && str_eq(v[j].to, v[i].to); j++)
			;
		if (j - i > best_n)
			best = i, best_n = j - i;
	}
	return v[best];
}

static void settle_ties(struct directory_batch *b)
{
	struct tie_said *v = b->ties.v;
	size_t out = 0;

	for (size_t i = 0, j; i < b->ties.n; i = j) {
		for (j = i + 1; j < b->ties.n && tie_same_end(&v[i], &v[j]); j++)
			;
		if (v[i].sole) {
			v[out++] = most_named(v + i, j - i);
			continue;
		}
		for (size_t k = i; k < j; k++)
			if (k == i || !str_eq(v[k].to, v[out - 1].to) ||
			    !str_eq(v[k].start, v[out - 1].start))
				v[out++] = v[k];
	}
	b->ties.n = out;
}

void batch_settle(struct directory_batch *b)
{
	struct fact_said *f = b->facts.v;
	size_t out = 0;

	if (b->facts.n)
		qsort(f, b->facts.n, sizeof(*f), fact_cmp);
	for (size_t i = 0; i < b->facts.n; i++)
		if (!out || f[i].fact != f[out - 1].fact || !str_eq(f[i].org, f[out - 1].org))
			f[out++] = f[i];
	b->facts.n = out;
	if (b->ties.n)
		qsort(b->ties.v, b->ties.n, sizeof(*b->ties.v), tie_cmp);
	settle_ties(b);
}

int stamp_cmp(const struct stamp *a, struct str va, const struct stamp *b, struct str vb)
{
	int c;

	if (a->taken_ms != b->taken_ms)
		return a->taken_ms < b->taken_ms ? -1 : 1;
	if (a->record != b->record)
		return a->record < b->record ? -1 : 1;
	c = str_cmp(a->origin, b->origin);
	return c ? c : str_cmp(va, vb);
}

bool code_valid(struct str code)
{
	if (code.n == 0 || code.n > DIRECTORY_CODE_MAX)
		return false;
	for (size_t i = 0; i < code.n; i++) {
		char c = code.p[i];

		/* The registers themselves hold "8HL46-FOM-SPH" and "Demo Dental Account 009". */
		if (!char_is_alpha(c) && !char_is_digit(c) &&
		    (i == 0 || c == 0 || !strchr("-_.:/ ", c)))
			return false;
	}
	return code.p[code.n - 1] != ' ';
}

struct str code_upper(struct arena *arena, struct str code)
{
	struct str s = str_trim(code);
	char *p = arena_alloc(arena, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 32) : s.p[i];
	p[s.n] = 0;
	return str_from(p, s.n);
}

bool slug_lower(struct arena *arena, struct str s, struct str *ret)
{
	char *p;

	s = str_trim(s);
	if (s.n == 0 || s.n > SLUG_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_alpha(s.p[i]) && !char_is_digit(s.p[i]) &&
		    (i == 0 || s.p[i] == 0 || !strchr("-_.:/@", s.p[i])))
			return false;
	p = arena_alloc(arena, s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		p[i] = char_lower(s.p[i]);
	p[s.n] = 0;
	*ret = str_from(p, s.n);
	return true;
}

bool count_valid(struct str s)
{
	uint64_t n;

	return str_to_u64(s, &n) && n <= 1000000000;
}

bool value_valid(struct str s)
{
	if (s.n > VALUE_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 127)
			return false;
	return true;
}

static bool digits(struct str s, size_t from, size_t n, unsigned *ret)
{
	unsigned x = 0;

	if (from + n > s.n)
		return false;
	for (size_t i = from; i < from + n; i++) {
		if (!char_is_digit(s.p[i]))
			return false;
		x = x * 10 + (unsigned)(s.p[i] - '0');
	}
	*ret = x;
	return true;
}

static bool month_named(struct str s, unsigned *ret)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (unsigned m = 0; m < 12; m++)
		if (str_eq_ci(s, str_from(names + m * 3, 3)))
			return *ret = m + 1, true;
	return false;
}

bool day_parse(struct arena *arena, struct str s, struct str *ret)
{
	unsigned y = 0, m = 0, d = 0;
	int64_t ms;

	if (s.n == 0 || str_is(s, "NA") || str_is(s, "NULL"))
		return *ret = (struct str){0}, true;
	if (s.n == 8 && digits(s, 0, 4, &y) && digits(s, 4, 2, &m) && digits(s, 6, 2, &d)) {
		/* as ODS writes it */
	} else if (s.n == 10 && s.p[2] == '/' && s.p[5] == '/') {
		if (!digits(s, 0, 2, &d) || !digits(s, 3, 2, &m) || !digits(s, 6, 4, &y))
			return false;
	} else if (s.n == 9 && month_named(str_sub(s, 2, 3), &m)) {
		if (!digits(s, 0, 2, &d) || !digits(s, 5, 4, &y))
			return false;
	} else if (s.n == 8 && s.p[4] == '-' && month_named(str_from_offset(s, 5), &m)) {
		if (!digits(s, 0, 4, &y))
			return false;
		d = 1;
	} else {
		if (!stamp_parse(s, &ms))
			return false;
		return *ret = day_of_ms(arena, ms), true;
	}
	if (y == 0 || !date_valid(y, m, d))
		return false;
	*ret = arena_fmt(arena, "%04u-%02u-%02u", y, m, d);
	return true;
}

struct str day_of_ms(struct arena *arena, int64_t ms)
{
	char buf[STAMP_BYTES];

	return arena_str(arena, date_format(ms, buf));
}

int64_t stamp_to_ms(struct str s)
{
	int64_t ms;

	return s.n && stamp_parse(s, &ms) ? ms : DIRECTORY_NO_DATE;
}

int64_t day_to_ms(struct str day)
{
	return stamp_to_ms(day);
}

struct str stamp_of_ms(struct arena *arena, int64_t ms)
{
	char buf[STAMP_BYTES];

	return ms == DIRECTORY_NO_DATE ? (struct str){0} : arena_str(arena, stamp_format(ms, buf));
}
