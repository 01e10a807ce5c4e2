#include "base/clock.h"

static int64_t system_now(const struct clock *c)
{
	struct timespec ts;

	(void)c;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t fixed_now(const struct clock *c)
{
	return c->fixed_ms;
}

static int64_t shifted_now(const struct clock *c)
{
	return system_now(c) + c->fixed_ms;
}

struct clock clock_system(void)
{
	return (struct clock){.now_ms = system_now};
}

struct clock clock_fixed(int64_t ms)
{
	return (struct clock){.now_ms = fixed_now, .fixed_ms = ms};
}

struct clock clock_from(int64_t ms)
{
	return (struct clock){.now_ms = shifted_now, .fixed_ms = ms - system_now(NULL)};
}

int64_t clock_now_ms(const struct clock *c)
{
	return c->now_ms(c);
}

int64_t clock_monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil. */
int64_t day_of(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

/* The inverse, civil_from_days. */
static void civil_of(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*year = yoe + era * 400 + (*month <= 2);
}

bool date_valid(int64_t year, unsigned month, unsigned day)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (unsigned)(month == 2 && leap);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

struct str stamp_format(int64_t ms, char buf[STAMP_BYTES])
{
	int64_t days = floor_div(ms, MS_PER_DAY), rest = ms - days * MS_PER_DAY, year;
	unsigned month, day;
	char out[80];

	civil_of(days, &year, &month, &day);
	snprintf(out, sizeof(out), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", (int)year, month, day,
		 (int)(rest / MS_PER_HOUR), (int)(rest / 60000 % 60), (int)(rest / 1000 % 60),
		 (int)(rest % 1000));
	memcpy(buf, out, STAMP_BYTES - 1);
	buf[STAMP_BYTES - 1] = '\0';
	return str_of(buf);
}

struct str date_format(int64_t ms, char buf[STAMP_BYTES])
{
	stamp_format(ms, buf);
	buf[10] = '\0';
	return str_of(buf);
}

/* n digits at the front of *s. */
static bool take_digits(struct str *s, size_t n, unsigned *ret)
{
	unsigned x = 0;

	if (s->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!char_is_digit(s->p[i]))
			return false;
		x = x * 10 + (unsigned)(s->p[i] - '0');
	}
	*ret = x;
	*s = str_from_offset(*s, n);
	return true;
}

static bool take_char(struct str *s, char c)
{
	if (!s->n || s->p[0] != c)
		return false;
	*s = str_from_offset(*s, 1);
	return true;
}

static bool take_offset(struct str *s, int64_t *ret_ms)
{
	unsigned hour, minute;
	int64_t sign;

	*ret_ms = 0;
	if (!s->n || take_char(s, 'Z') || take_char(s, 'z'))
		return true;
	sign = s->p[0] == '+' ? 1 : -1;
	if (!take_char(s, '+') && !take_char(s, '-'))
		return false;
	if (!take_digits(s, 2, &hour))
		return false;
	(void)take_char(s, ':');
	if (!take_digits(s, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*ret_ms = sign * (int64_t)(hour * 60 + minute) * 60000;
	return true;
}

static bool take_time(struct str *s, int64_t *ret_ms)
{
	unsigned hour, minute, second = 0, milli = 0, scale = 100;
	int64_t offset;

	if (!take_digits(s, 2, &hour) || !take_char(s, ':') || !take_digits(s, 2, &minute))
		return false;
	if (take_char(s, ':') && !take_digits(s, 2, &second))
		return false;
	if (take_char(s, '.')) {
		if (!s->n || !char_is_digit(s->p[0]))
			return false;
		for (; s->n && char_is_digit(s->p[0]); *s = str_from_offset(*s, 1), scale /= 10)
			milli += scale * (unsigned)(s->p[0] - '0');
	}
	if (hour > 23 || minute > 59 || second > 60 || !take_offset(s, &offset))
		return false;
	second = MIN_OF(second, 59u);
	*ret_ms = ((int64_t)(hour * 60 + minute) * 60 + second) * 1000 + milli - offset;
	return true;
}

bool stamp_parse(struct str s, int64_t *ret_ms)
{
	unsigned year, month, day;
	int64_t in_day = 0;

	if (!take_digits(&s, 4, &year) || !take_char(&s, '-') || !take_digits(&s, 2, &month) ||
	    !take_char(&s, '-') || !take_digits(&s, 2, &day) || !date_valid(year, month, day))
		return false;
	if (s.n) {
		if (!take_char(&s, 'T') && !take_char(&s, 't') && !take_char(&s, ' '))
			return false;
		if (!take_time(&s, &in_day) || s.n)
			return false;
	}
	in_day += day_of(year, month, day) * MS_PER_DAY;
	/* An offset may lead out of the years at either end. */
	if (in_day < day_of(1, 1, 1) * MS_PER_DAY || in_day >= day_of(10000, 1, 1) * MS_PER_DAY)
		return false;
	*ret_ms = in_day;
	return true;
}
