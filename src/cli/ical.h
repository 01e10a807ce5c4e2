#ifndef CLI_ICAL_H
#define CLI_ICAL_H

/*
 * Inner door: duties as iCalendar to-dos (RFC 5545).  Lines end in CRLF and are folded at 75
 * octets, never within a character (3.1); values are escaped as TEXT (3.3.11).
 */

#include "base/clock.h"
#include "base/text.h"

struct ical_todo {
	struct str uid; /* the same for the same duty whenever it is written */
	struct str summary, description;
	int64_t due_ms;
};

void ical_begin(struct text *out, struct str name);
/* stamp_ms: when this was written (DTSTAMP). */
void ical_todo(struct text *out, const struct ical_todo *todo, int64_t stamp_ms);
void ical_end(struct text *out);

#endif
