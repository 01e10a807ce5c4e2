#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H

/*
 * Working days: Monday to Friday without the holidays of a list, in the civil time of one zone.
 * A zone is an offset from UTC and whether summer time is kept by the rule of the European
 * Union (Directive 2000/84/EC: one hour from the last Sunday of March to the last of
 * October, changing at 01:00 UTC), so that the outcome hangs on no machine's zone files.
 */

#include "base/clock.h"

struct calendar {
	int offset_minutes; /* of the zone's standard time from UTC */
	bool eu_summer_time;
	const int32_t *holidays; /* days since 1970-01-01, ascending, each once */
	size_t nholidays;
};

/* Minutes to add to UTC at that moment. */
int calendar_offset_minutes(const struct calendar *c, int64_t ms);
/* The civil day, days since 1970-01-01, at that moment. */
int64_t calendar_day(const struct calendar *c, int64_t ms);
bool calendar_is_working(const struct calendar *c, int64_t day);
/*
 * The end of the n-th working day after the civil day of from_ms: the last millisecond of that day.
 * n 0 is the end of the day itself, working or not.
 */
int64_t calendar_working_days(const struct calendar *c, int64_t from_ms, int64_t n);

#endif
