#include "base/err.h"

#include <errno.h>
#include <stdarg.h>

static void one_line(char *p)
{
	for (; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
}

bool err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	err->code = code;
	err->hint = 0;
	one_line(err->text);
	return false;
}

bool err_hint(struct err *err, const char *fmt, ...)
{
	size_t n = strlen(err->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->text + n, sizeof(err->text) - n, fmt, ap);
	va_end(ap);
	err->hint = (unsigned)n;
	one_line(err->text);
	return false;
}

size_t err_said(const struct err *err)
{
	size_t n = strlen(err->text);

	return err->hint && err->hint < n ? err->hint : n;
}

bool err_wrap(struct err *err, const char *fmt, ...)
{
	char was[ERR_TEXT_BYTES];
	va_list ap;
	size_t n;

	memcpy(was, err->text, sizeof(was));
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	n = strlen(err->text);
	snprintf(err->text + n, sizeof(err->text) - n, ": %s", was);
	err->hint += err->hint ? (unsigned)n + 2 : 0;
	one_line(err->text);
	return false;
}

bool err_errno(struct err *err, int errnum, const char *fmt, ...)
{
	char reason[128];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	err->code = errnum == ENOSPC || errnum == EDQUOT ? ERR_FULL
		    : errnum == ENOENT			 ? ERR_NOT_FOUND
							 : ERR_IO;
	err->hint = 0;
	n = strlen(err->text);
	snprintf(err->text + n, sizeof(err->text) - n, ": %s",
		 strerror_r(errnum, reason, sizeof(reason)));
	one_line(err->text);
	return false;
}

const char *err_code_name(enum err_code code)
{
	static const char *const names[] = {
		[ERR_NONE] = "none",	       [ERR_INVALID] = "invalid",
		[ERR_NOT_FOUND] = "not_found", [ERR_EXISTS] = "exists",
		[ERR_DENIED] = "denied",       [ERR_CONFLICT] = "conflict",
		[ERR_LIMIT] = "limit",	       [ERR_IO] = "io",
		[ERR_FULL] = "full",	       [ERR_CORRUPT] = "corrupt",
		[ERR_VERSION] = "version",     [ERR_UNSUPPORTED] = "unsupported",
		[ERR_USAGE] = "usage",
	};

	return (size_t)code < ARRAY_LEN(names) ? names[code] : "unknown";
}
