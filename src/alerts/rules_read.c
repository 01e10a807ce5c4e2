#include "alerts/inner.h"

#include "base/mem.h"

/* The files of rules, as doc/templates/alerts.md has them.  Outside bytes: bounds first. */

enum { ROWS_MAX = 100000, NAME_MAX = 200, HOURS_MAX = 87600, DAYS_MAX = 3650, STEPS_MAX = 20 };

struct reading {
	struct arena *arena;
	const struct csv_row *row;
	size_t column[6]; /* of the names asked for */
	VEC_OF(struct clock_row) clocks;
	VEC_OF(struct ladder_row) ladders;
	VEC_OF(struct holiday_row) holidays;
	struct rules_zone zone;
};

static void reading_free(struct reading *r)
{
	free(r->clocks.v);
	free(r->ladders.v);
	free(r->holidays.v);
}

static struct str cell(const struct reading *r, size_t i)
{
	return str_trim(csv_field(r->row, r->column[i]));
}

static bool bad(const struct reading *r, struct err *err, struct str value, const char *what)
{
	return err_set(err, ERR_INVALID, "line %zu: \"%.*s\" is %s", r->row->line,
		       STR_FMT(str_sub(value, 0, 80)), what);
}

/* A name that is shown: one line, not too long. */
static bool plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ')
			return false;
	return s.n <= NAME_MAX;
}

static bool number(const struct reading *r, size_t i, int64_t most, int64_t *ret, struct err *err)
{
	struct str s = cell(r, i);
	uint64_t n = 0;

	if (s.n && (!str_to_u64(s, &n) || n > (uint64_t)most))
		return err_set(err, ERR_INVALID,
			       "line %zu: \"%.*s\" is no whole number from 0 to %jd", r->row->line,
			       STR_FMT(str_sub(s, 0, 80)), (intmax_t)most);
	*ret = (int64_t)n;
	return true;
}

/* --- clocks: severity, unit, acknowledge, update, remediate --- */

static bool clock_name(struct str name, bool *ret_ssvc)
{
	static const char *const decisions[] = {"ssvc-defer", "ssvc-scheduled", "ssvc-out-of-cycle",
						"ssvc-immediate"};
	enum severity severity;

	*ret_ssvc = false;
	if (severity_by_name(name, &severity))
		return true;
	*ret_ssvc = true;
	for (size_t i = 0; i < ARRAY_LEN(decisions); i++)
		if (str_is(name, decisions[i]))
			return true;
	return false;
}

static bool clock_is_new(const struct reading *r, struct str name, struct err *err)
{
	for (size_t i = 0; i < r->clocks.n; i++)
		if (str_eq(r->clocks.v[i].severity, name))
			return bad(r, err, name, "there twice");
	return true;
}

static bool read_clock(struct reading *r, struct err *err)
{
	struct clock_row c = {.severity = cell(r, 0)};
	struct str unit = cell(r, 1);
	int64_t most, each;
	bool ssvc;

	if (!clock_name(c.severity, &ssvc))
		return bad(r, err, c.severity, "neither a severity nor ssvc- and a decision");
	c.elapsed = str_is(unit, "hours");
	if (!c.elapsed && !str_is(unit, "working_days"))
		return bad(r, err, unit, "no unit: hours or working_days");
	most = c.elapsed ? HOURS_MAX : DAYS_MAX;
	each = c.elapsed ? MS_PER_HOUR : 1;
	if (!number(r, 2, most, &c.acknowledge, err) || !number(r, 3, most, &c.update, err) ||
	    !number(r, 4, most, &c.remediate, err))
		return false;
	if (ssvc && (!c.elapsed || !c.acknowledge || !c.update || !c.remediate))
		return bad(r, err, c.severity,
			   "to shorten other clocks: in hours, all three stated");
	if (!clock_is_new(r, c.severity, err))
		return false;
	c.acknowledge *= each;
	c.update *= each;
	c.remediate *= each;
	c.severity = arena_str(r->arena, c.severity);
	VEC_PUSH(&r->clocks, c);
	return true;
}

static bool clocks_whole(const struct reading *r, struct err *err)
{
	for (unsigned s = 0; s < SEVERITIES; s++) {
		size_t i = 0;

		while (i < r->clocks.n &&
		       !str_is(r->clocks.v[i].severity, severity_name((enum severity)s)))
			i++;
		if (i == r->clocks.n)
			return err_set(err, ERR_INVALID, "there is no clock for severity %s",
				       severity_name((enum severity)s));
	}
	return true;
}

/* --- ladders: role, step, after, unit, to --- */

struct kind_sought {
	struct str kind;
	bool found;
};

static void kind_seen(void *ctx, const char *kind, enum post_scope scope, const char *right)
{
	struct kind_sought *s = ctx;

	(void)scope;
	(void)right;
	s->found |= str_is(s->kind, kind);
}

/* A kind of post that people hold. */
static bool post_kind(struct str kind)
{
	struct kind_sought s = {.kind = kind};

	directory_rights_each(kind_seen, &s);
	return s.found && !str_is(kind, "system");
}

/* "kind" of the organisation's own posts, or of those of its parent, region or nation. */
static bool recipient_valid(struct str to)
{
	static const char *const whose[] = {"parent", "region", "nation"};
	size_t colon = str_find_char(to, ':', 0);
	struct str kind = colon == SIZE_MAX ? to : str_from_offset(to, colon + 1);
	bool known = colon == SIZE_MAX;

	for (size_t i = 0; i < ARRAY_LEN(whose); i++)
		known |= str_is(str_sub(to, 0, colon), whose[i]);
	return known && to.n <= NAME_MAX && post_kind(kind);
}

static bool step_follows(const struct reading *r, const struct ladder_row *s, struct err *err)
{
	const struct ladder_row *last = NULL;

	for (size_t i = 0; i < r->ladders.n; i++)
		if (str_eq(r->ladders.v[i].role, s->role))
			last = &r->ladders.v[i];
	if (s->step != (last ? last->step + 1 : 1))
		return err_set(err, ERR_INVALID,
			       "line %zu: step %jd: the steps of a role come in order from 1",
			       r->row->line, (intmax_t)s->step);
	return !last || s->after_ms >= last->after_ms ||
	       err_set(err, ERR_INVALID, "line %zu: step %jd is due before the one below it",
		       r->row->line, (intmax_t)s->step);
}

static bool read_step(struct reading *r, struct err *err)
{
	struct ladder_row s = {.role = cell(r, 0), .recipient = cell(r, 4)};
	struct str unit = cell(r, 3);
	bool days = str_is(unit, "days");

	if (!s.role.n || !plain(s.role))
		return bad(r, err, s.role, "no role (* is every other)");
	if (!days && !str_is(unit, "hours"))
		return bad(r, err, unit, "no unit: hours or days");
	if (!recipient_valid(s.recipient))
		return bad(r, err, s.recipient,
			   "nobody: a kind of post, or parent:, region: or nation: and a kind");
	s.role = str_is(s.role, "*") ? (struct str){0} : arena_str(r->arena, s.role);
	if (!number(r, 1, STEPS_MAX, &s.step, err) ||
	    !number(r, 2, days ? DAYS_MAX : HOURS_MAX, &s.after_ms, err))
		return false;
	s.after_ms *= days ? MS_PER_DAY : MS_PER_HOUR;
	s.recipient = arena_str(r->arena, s.recipient);
	if (!step_follows(r, &s, err))
		return false;
	VEC_PUSH(&r->ladders, s);
	return true;
}

/* --- holidays: date, name, area; and one row "zone" --- */

/* "+00:00", "+01:00 eu": the offset of standard time, and whether the EU's summer time is kept. */
static bool offset_parse(struct str s, struct rules_zone *z)
{
	enum { OFFSET = 6, MINUTES = 60, FURTHEST = 14 * MINUTES };
	struct str rule = str_trim(str_from_offset(s, OFFSET));
	uint64_t hours, minutes;

	if (s.n < OFFSET || (s.p[0] != '+' && s.p[0] != '-') || s.p[3] != ':' ||
	    !str_to_u64(str_sub(s, 1, 2), &hours) || !str_to_u64(str_sub(s, 4, 2), &minutes) ||
	    minutes >= MINUTES || hours * MINUTES + minutes > FURTHEST)
		return false;
	z->offset_minutes = (int64_t)(hours * MINUTES + minutes);
	if (s.p[0] == '-')
		z->offset_minutes = -z->offset_minutes;
	z->eu_summer_time = str_is(rule, "eu");
	return !rule.n || z->eu_summer_time;
}

static bool read_zone(struct reading *r, struct err *err)
{
	struct str name = cell(r, 1), offset = cell(r, 2);

	if (r->zone.name.n)
		return bad(r, err, name, "a second zone");
	if (!name.n || !plain(name))
		return bad(r, err, name, "no name of a zone");
	if (!offset_parse(offset, &r->zone))
		return bad(r, err, offset, "no offset from UTC: +00:00, or +00:00 eu");
	r->zone.name = arena_str(r->arena, name);
	return true;
}

static bool read_holiday(struct reading *r, struct err *err)
{
	struct holiday_row h = {.name = cell(r, 1), .area = cell(r, 2)};
	struct str date = cell(r, 0);
	enum { DATE = 10 };
	int64_t ms;

	if (str_is(date, "zone"))
		return read_zone(r, err);
	if (date.n != DATE || !stamp_parse(date, &ms))
		return bad(r, err, date, "no date (2017-05-29)");
	if (!plain(h.name))
		return bad(r, err, h.name, "no name");
	if (h.area.n > DIRECTORY_CODE_MAX || !plain(h.area))
		return bad(r, err, h.area, "no area: the code of a region, or nothing");
	h.day = ms / MS_PER_DAY - (ms % MS_PER_DAY < 0);
	h.name = arena_str(r->arena, h.name);
	h.area = h.area.n ? directory_code(r->arena, h.area) : (struct str){0};
	VEC_PUSH(&r->holidays, h);
	return true;
}

static int holiday_cmp(const void *pa, const void *pb)
{
	const struct holiday_row *a = pa, *b = pb;
	int by_area = str_cmp(a->area, b->area);

	if (by_area)
		return by_area;
	return a->day < b->day ? -1 : a->day > b->day;
}

static bool holidays_whole(const struct reading *r, struct err *err)
{
	char buf[STAMP_BYTES];

	if (!r->zone.name.n)
		return err_set(err, ERR_INVALID,
			       "there is no row \"zone\" that says in which time days are counted");
	if (r->holidays.n)
		qsort(r->holidays.v, r->holidays.n, sizeof(*r->holidays.v), holiday_cmp);
	for (size_t i = 1; i < r->holidays.n; i++)
		if (holiday_cmp(&r->holidays.v[i - 1], &r->holidays.v[i]) == 0)
			return err_set(err, ERR_INVALID, "%.*s is there twice%s%.*s",
				       STR_FMT(date_format(r->holidays.v[i].day * MS_PER_DAY, buf)),
				       r->holidays.v[i].area.n ? " for " : "",
				       STR_FMT(r->holidays.v[i].area));
	return true;
}

static bool ladders_whole(const struct reading *r, struct err *err)
{
	return r->ladders.n || err_set(err, ERR_INVALID, "there is no step in it");
}

/* --- all three --- */

static const struct kind {
	const char *what, *columns[6];
	bool (*row)(struct reading *r, struct err *err);
	bool (*whole)(const struct reading *r, struct err *err);
} kinds[] = {
	{"clocks",
	 {"severity", "unit", "acknowledge", "update", "remediate"},
	 read_clock,
	 clocks_whole},
	{"ladders", {"role", "step", "after", "unit", "to"}, read_step, ladders_whole},
	{"holidays", {"date", "name", "area"}, read_holiday, holidays_whole},
};

static bool read_rows(struct reading *r, const struct kind *kind, struct str bytes, struct err *err)
{
	AUTO(csv_closep)
	struct csv *csv = csv_open(bytes, (struct csv_options){.sep = ',', .comments = true});

	if (!csv_header(csv, err))
		return false;
	for (size_t i = 0; kind->columns[i]; i++)
		if (!csv_need_column(csv, kind->columns[i], &r->column[i], err))
			return false;
	for (size_t n = 0;; n++) {
		if (!csv_next(csv, &r->row, err))
			return false;
		if (!r->row)
			return kind->whole(r, err);
		if (n == ROWS_MAX)
			return err_set(err, ERR_LIMIT, "more than %d rows", ROWS_MAX);
		if (!kind->row(r, err))
			return false;
	}
}

static void *kept(struct arena *arena, const void *v, size_t n, size_t item)
{
	void *p = arena_zero(arena, n + 1, item);

	if (n)
		memcpy(p, v, n * item);
	return p;
}

bool rules_read(struct str what, struct str bytes, struct arena *arena, struct rules_file *ret,
		struct err *err)
{
	AUTO(reading_free) struct reading r = {.arena = arena};
	size_t k = 0, at;

	while (k < ARRAY_LEN(kinds) && !str_is(what, kinds[k].what))
		k++;
	if (k == ARRAY_LEN(kinds))
		return err_set(err, ERR_INVALID,
			       "\"%.*s\" is none of the rules: clocks, ladders, holidays",
			       STR_FMT(str_sub(what, 0, 80)));
	if (!str_is_utf8(bytes, &at))
		return err_set(err, ERR_INVALID, "byte %zu is not UTF-8", at);
	if (!read_rows(&r, &kinds[k], bytes, err))
		return false;
	*ret = (struct rules_file){
		.clocks = kept(arena, r.clocks.v, r.clocks.n, sizeof(*r.clocks.v)),
		.ladders = kept(arena, r.ladders.v, r.ladders.n, sizeof(*r.ladders.v)),
		.holidays = kept(arena, r.holidays.v, r.holidays.n, sizeof(*r.holidays.v)),
		.nclocks = r.clocks.n,
		.nladders = r.ladders.n,
		.nholidays = r.holidays.n,
		.zone = r.zone,
	};
	return true;
}
