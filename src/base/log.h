#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * What the machine's keeper should see: one line, "time level event key=value
 * ...", on standard error.  Called from main, web, cli and runners only; lower
 * rooms return errors.  Never a secret, never a personal name.
 */

#include "base/def.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN };

/* The least level that is written; LOG_WARN at first. */
void log_set_level(enum log_level level);
void log_line(enum log_level level, const char *event, const char *fmt, ...) PRINTF_LIKE(3, 4);

#define log_debug(event, ...) log_line(LOG_DEBUG, event, __VA_ARGS__)
#define log_info(event, ...) log_line(LOG_INFO, event, __VA_ARGS__)
#define log_warn(event, ...) log_line(LOG_WARN, event, __VA_ARGS__)

#endif
