#include "alerts/inner.h"

/* Clocks, calendars and ladders as they are in force. */

/* --- clocks --- */

static bool clock_row(const struct alerts_view *view, struct str name, bool *ret_there,
		      struct alert_clock *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	if (!store_query(view->store,
			 SQL("SELECT elapsed, acknowledge, renew, remediate FROM alerts_clock"
			     " WHERE severity = ?1"),
			 ARGS(store_text(name)), &q, err) ||
	    !store_step(q, ret_there, err))
		return false;
	if (*ret_there)
		*ret = (struct alert_clock){store_col_int(q, 0) != 0, store_col_int(q, 1),
					    store_col_int(q, 2), store_col_int(q, 3)};
	return true;
}

static int64_t shorter(int64_t a, int64_t b)
{
	return a && (!b || a < b) ? a : b;
}

/* A working day lasts a day at least: so many hours are never longer than what they replace. */
static void shorten(struct alert_clock *c, const struct alert_clock *by)
{
	int64_t each = c->elapsed ? 1 : MS_PER_DAY;

	c->acknowledge = shorter(c->acknowledge * each, by->acknowledge);
	c->update = shorter(c->update * each, by->update);
	c->remediate = shorter(c->remediate * each, by->remediate);
	c->elapsed = true;
}

bool rules_clock(const struct alerts_view *view, const struct alert_content *content,
		 struct alert_clock *ret, struct err *err)
{
	const char *severity = severity_name(content->severity);
	struct alert_clock clock = {0}, by = {0};
	struct str decision;
	bool there;

	if (!clock_row(view, str_of(severity), &there, &clock, err))
		return false;
	if (!there)
		return err_set(err, ERR_NOT_FOUND,
			       "no clocks are adopted: nothing says how long one has to answer an "
			       "alert of severity %s",
			       severity);
	if (content->ssvc.n) {
		decision = arena_fmt(view->arena, "ssvc-%.*s", STR_FMT(content->ssvc));
		if (!clock_row(view, decision, &there, &by, err))
			return false;
		if (there)
			shorten(&clock, &by);
	}
	*ret = clock;
	return true;
}

bool alert_clock_of(const struct alerts_view *view, struct str id, struct alert_clock *ret,
		    struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(view->store,
			 SQL("SELECT elapsed, acknowledge, renew, remediate FROM alerts_revision"
			     " WHERE alert = ?1 AND published > 0"
			     " ORDER BY revision DESC LIMIT 1"),
			 ARGS(store_text(id)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (!row)
		return err_set(err, ERR_NOT_FOUND, "%.*s is not published: it has no clock",
			       STR_FMT(id));
	*ret = (struct alert_clock){store_col_int(q, 0) != 0, store_col_int(q, 1),
				    store_col_int(q, 2), store_col_int(q, 3)};
	return true;
}

/* --- calendars and ladders --- */

struct area {
	struct str code;
	struct calendar calendar; /* the service's holidays and its own */
};

struct ladder {
	struct str role;
	struct ladder_step *v;
	size_t n;
};

struct rules {
	struct calendar service;
	struct area *areas; /* by code */
	size_t nareas;
	struct ladder *ladders; /* by role */
	size_t nladders;
};

static bool load_zone(const struct alerts_view *view, struct rules *r, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(view->store, SQL("SELECT offset_minutes, eu_summer_time FROM alerts_zone"),
			 ARGS(), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (row) {
		r->service.offset_minutes = (int)store_col_int(q, 0);
		r->service.eu_summer_time = store_col_int(q, 1) != 0;
	}
	return true;
}

bool alert_day_end(const struct alerts_view *view, int64_t day_ms, int64_t *ret_ms, struct err *err)
{
	int64_t noon = day_ms + MS_PER_DAY / 2;
	struct rules r = {0};

	if (!load_zone(view, &r, err))
		return false;
	noon -= calendar_offset_minutes(&r.service, noon) * (MS_PER_HOUR / 60);
	return *ret_ms = calendar_working_days(&r.service, noon, 0), true;
}

static bool count_rows(const struct alerts_view *view, struct sql sql, size_t *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(view->store, sql, ARGS(), &q, err) || !store_step(q, &row, err))
		return false;
	*ret = row ? (size_t)store_col_int(q, 0) : 0;
	return true;
}

static int day_cmp(const void *pa, const void *pb)
{
	const int32_t *a = pa, *b = pb;

	return *a < *b ? -1 : *a > *b;
}

/* The service's days and an area's own, ascending, each once. */
static void calendar_of_area(struct arena *arena, const struct rules *r, const int32_t *own,
			     size_t nown, struct calendar *ret)
{
	size_t n = r->service.nholidays + nown, kept = 0;
	int32_t *v = ARENA_ARRAY(arena, int32_t, n + 1);

	*ret = r->service;
	if (r->service.nholidays)
		memcpy(v, r->service.holidays, r->service.nholidays * sizeof(*v));
	if (nown)
		memcpy(v + r->service.nholidays, own, nown * sizeof(*v));
	if (n)
		qsort(v, n, sizeof(*v), day_cmp);
	for (size_t i = 0; i < n; i++)
		if (!kept || v[kept - 1] != v[i])
			v[kept++] = v[i];
	ret->holidays = v;
	ret->nholidays = kept;
}

struct days {
	struct str area;
	int32_t *v;
	size_t n;
};

static void end_area(struct arena *arena, struct rules *r, struct days *d)
{
	if (!d->area.n) {
		r->service.holidays = d->v;
		r->service.nholidays = d->n;
	} else {
		r->areas[r->nareas].code = d->area;
		calendar_of_area(arena, r, d->v, d->n, &r->areas[r->nareas++].calendar);
	}
	d->v += d->n;
	d->n = 0;
}

/* The area "" comes first. */
static bool load_holidays(const struct alerts_view *view, struct rules *r, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct days d = {0};
	size_t n, areas;
	bool row;

	if (!count_rows(view, SQL("SELECT COUNT(*) FROM alerts_holiday"), &n, err) ||
	    !count_rows(view, SQL("SELECT COUNT(DISTINCT area) FROM alerts_holiday"), &areas,
			err) ||
	    !store_query(view->store,
			 SQL("SELECT area, day FROM alerts_holiday ORDER BY area, day"), ARGS(), &q,
			 err))
		return false;
	d.v = ARENA_ARRAY(view->arena, int32_t, n + 1);
	r->areas = ARENA_ARRAY(view->arena, struct area, areas + 1);
	for (size_t i = 0; i < n; i++) {
		if (!store_step(q, &row, err))
			return false;
		if (!row)
			break;
		if (!str_eq(store_col_str(q, 0), d.area)) {
			end_area(view->arena, r, &d);
			d.area = arena_str(view->arena, store_col_str(q, 0));
		}
		d.v[d.n++] = (int32_t)store_col_int(q, 1);
	}
	end_area(view->arena, r, &d);
	return true;
}

static bool load_ladders(const struct alerts_view *view, struct rules *r, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct ladder_step *v;
	size_t n;
	bool row;

	if (!count_rows(view, SQL("SELECT COUNT(*) FROM alerts_ladder"), &n, err) ||
	    !store_query(view->store,
			 SQL("SELECT role, after_ms, recipient FROM alerts_ladder"
			     " ORDER BY role, step"),
			 ARGS(), &q, err))
		return false;
	v = ARENA_ARRAY(view->arena, struct ladder_step, n + 1);
	r->ladders = ARENA_ARRAY(view->arena, struct ladder, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct ladder *l = r->ladders + r->nladders;

		if (!store_step(q, &row, err))
			return false;
		if (!row)
			break;
		if (!r->nladders || !str_eq(l[-1].role, store_col_str(q, 0))) {
			l->role = arena_str(view->arena, store_col_str(q, 0));
			l->v = &v[i];
			r->nladders++;
		}
		r->ladders[r->nladders - 1].n++;
		v[i] = (struct ladder_step){store_col_int(q, 1),
					    arena_str(view->arena, store_col_str(q, 2))};
	}
	return true;
}

bool rules_load(const struct alerts_view *view, struct rules **ret, struct err *err)
{
	struct rules *r = ARENA_NEW(view->arena, struct rules);

	if (!load_zone(view, r, err) || !load_holidays(view, r, err) || !load_ladders(view, r, err))
		return false;
	*ret = r;
	return true;
}

const struct calendar *rules_calendar(const struct rules *rules, struct str region)
{
	for (size_t i = 0; i < rules->nareas; i++)
		if (str_eq(rules->areas[i].code, region))
			return &rules->areas[i].calendar;
	return &rules->service;
}

bool rules_ladder(const struct rules *rules, struct str role, const struct ladder_step **ret,
		  size_t *ret_n)
{
	const struct ladder *found = NULL;

	for (size_t i = 0; i < rules->nladders; i++)
		if (!rules->ladders[i].role.n || str_eq(rules->ladders[i].role, role))
			found = &rules->ladders[i];
	if (!found)
		return false;
	*ret = found->v;
	*ret_n = found->n;
	return true;
}
