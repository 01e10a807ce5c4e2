#include "base/log.h"

#include <stdarg.h>

#include "base/clock.h"

static enum log_level least = LOG_WARN;

void log_set_level(enum log_level level)
{
	least = level;
}

void log_line(enum log_level level, const char *event, const char *fmt, ...)
{
	static const char *const names[] = {"debug", "info", "warn"};
	struct clock c = clock_system();
	char at[STAMP_BYTES], line[1024];
	va_list ap;

	if (level < least)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < 0x20)
			*p = '?';
	fprintf(stderr, "%s %s %s %s\n", stamp_format(clock_now_ms(&c), at).p, names[level], event,
		line);
}
