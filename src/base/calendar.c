#include "base/calendar.h"

enum { MINUTES_PER_HOUR = 60, DAYS_PER_WEEK = 7, EPOCH_WEEKDAY = 4 /* a Thursday; Sunday is 0 */ };

static const int64_t ms_per_minute = 60 * MS_PER_SECOND;

static int64_t floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;

	return a % b < 0 ? q - 1 : q;
}

/* 0 Sunday to 6 Saturday. */
static int weekday(int64_t day)
{
	int64_t d = (day + EPOCH_WEEKDAY) % DAYS_PER_WEEK;

	return (int)(d < 0 ? d + DAYS_PER_WEEK : d);
}

/* 01:00 UTC of the last Sunday of a month of 31 days. */
static int64_t last_sunday_ms(int64_t year, unsigned month)
{
	int64_t last = day_of(year, month, 31);

	return (last - weekday(last)) * MS_PER_DAY + MS_PER_HOUR;
}

static int64_t year_of(int64_t ms)
{
	char buf[STAMP_BYTES];
	struct str s = date_format(ms, buf);
	int64_t year = 0;

	for (size_t i = 0; i < 4; i++)
		year = year * 10 + (s.p[i] - '0');
	return year;
}

int calendar_offset_minutes(const struct calendar *c, int64_t ms)
{
	int64_t year = c->eu_summer_time ? year_of(ms) : 0;

	if (c->eu_summer_time && ms >= last_sunday_ms(year, 3) && ms < last_sunday_ms(year, 10))
		return c->offset_minutes + MINUTES_PER_HOUR;
	return c->offset_minutes;
}

int64_t calendar_day(const struct calendar *c, int64_t ms)
{
	return floor_div(ms + calendar_offset_minutes(c, ms) * ms_per_minute, MS_PER_DAY);
}

static bool is_holiday(const struct calendar *c, int64_t day)
{
	size_t lo = 0, hi = c->nholidays;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->holidays[mid] < day)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->nholidays && c->holidays[lo] == day;
}

bool calendar_is_working(const struct calendar *c, int64_t day)
{
	int w = weekday(day);

	return w != 0 && w != 6 && !is_holiday(c, day);
}

/* The zone changes at night: standard time's guess is an hour off at most, and then asked again. */
static int64_t day_end_ms(const struct calendar *c, int64_t day)
{
	int64_t guess = (day + 1) * MS_PER_DAY - c->offset_minutes * ms_per_minute - 1;

	return (day + 1) * MS_PER_DAY - calendar_offset_minutes(c, guess) * ms_per_minute - 1;
}

int64_t calendar_working_days(const struct calendar *c, int64_t from_ms, int64_t n)
{
	int64_t day = calendar_day(c, from_ms);

	while (n > 0)
		n -= calendar_is_working(c, ++day);
	return day_end_ms(c, day);
}
