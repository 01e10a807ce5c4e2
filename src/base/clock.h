#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/*
 * Time is passed in.  Instants are milliseconds since 1970-01-01T00:00:00Z
 * without leap seconds (POSIX), as int64_t named _ms; days are whole days since
 * then, named _day.  Years 0001 to 9999 only.
 */

#include "base/str.h"

struct clock {
	int64_t (*now_ms)(const struct clock *c);
	int64_t fixed_ms; /* or how far it is from the machine's */
};

#define MS_PER_SECOND ((int64_t)1000)
#define MS_PER_HOUR ((int64_t)3600000)
#define MS_PER_DAY ((int64_t)86400000)
enum { STAMP_BYTES = 25 }; /* "2017-05-12T07:44:00.000Z" and a NUL */

/* The machine's clock, and one that stands still. */
struct clock clock_system(void);
struct clock clock_fixed(int64_t ms);
/* One that goes on from ms as the machine's does. */
struct clock clock_from(int64_t ms);
int64_t clock_now_ms(const struct clock *c);
/* Monotonic nanoseconds, for measuring work only. */
int64_t clock_monotonic_ns(void);

/* "2017-05-12T07:44:00.000Z" in buf; returns buf as a str. */
struct str stamp_format(int64_t ms, char buf[STAMP_BYTES]);
/* "2017-05-12" in buf. */
struct str date_format(int64_t ms, char buf[STAMP_BYTES]);

/*
 * Read an RFC 3339 date or date-time: "2017-05-12", "2017-05-12T07:44Z", with
 * seconds, fraction (cut to ms), offset "+01:00"; without offset it is UTC.
 * False when malformed or outside years 0001 to 9999; *ret_ms is then untouched.
 */
MUST_CHECK bool stamp_parse(struct str s, int64_t *ret_ms);

/* Days since 1970-01-01 of a proleptic Gregorian date; no check of the ranges. */
int64_t day_of(int64_t year, unsigned month, unsigned day);
/* Is this a date of the calendar? */
bool date_valid(int64_t year, unsigned month, unsigned day);

#endif
