#include "notify/inner.h"

enum { LINE_OCTETS = 75 }; /* RFC 5545, 3.1: without the line break */

/* Fold: what follows a CRLF and one blank belongs to the line before. */
static void fold(struct text *out, struct str line)
{
	size_t room = LINE_OCTETS;

	while (line.n > room) {
		size_t cut = room;

		while (cut && ((unsigned char)line.p[cut] & 0xc0) == 0x80)
			cut--;
		cut = cut ? cut : room; /* not UTF-8: any place is as good */
		text_add(out, str_sub(line, 0, cut));
		text_add(out, STR("\r\n "));
		line = str_from_offset(line, cut);
		room = LINE_OCTETS - 1;
	}
	text_add(out, line);
	text_add(out, STR("\r\n"));
}

/* TEXT, 3.3.11: backslash, semicolon, comma and line break are escaped; other control characters
 * have no place in it. */
static void add_escaped(struct text *line, struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		char ch = value.p[i];

		if (ch == '\n')
			text_add(line, STR("\\n"));
		else if (ch == '\\' || ch == ';' || ch == ',')
			text_addf(line, "\\%c", ch);
		else if (ch == '\t' || ((unsigned char)ch >= 0x20 && ch != 0x7f))
			text_add_char(line, ch);
	}
}

static void property(struct text *out, const char *name, struct str value)
{
	AUTO(text_freep) struct text line = {0};

	text_addf(&line, "%s:", name);
	add_escaped(&line, value);
	fold(out, text_str(&line));
}

/* A URI is no TEXT: nothing in it is escaped (3.3.13).  Ours are of printable ASCII. */
static void plain(struct text *out, const char *name, struct str value)
{
	AUTO(text_freep) struct text line = {0};

	text_addf(&line, "%s:%.*s", name, STR_FMT(value));
	fold(out, text_str(&line));
}

/* DATE-TIME in UTC, 3.3.5: "20170516T090000Z". */
static void moment(struct text *out, const char *name, int64_t ms)
{
	char stamp[STAMP_BYTES], plain[STAMP_BYTES];
	struct str s = stamp_format(ms, stamp);
	size_t n = 0;

	for (size_t i = 0; i < s.n && s.p[i] != '.'; i++)
		if (s.p[i] != '-' && s.p[i] != ':')
			plain[n++] = s.p[i];
	plain[n++] = 'Z';
	property(out, name, str_from(plain, n));
}

void ical_begin(struct text *out, struct str name)
{
	property(out, "BEGIN", STR("VCALENDAR"));
	property(out, "VERSION", STR("2.0"));
	property(out, "PRODID", STR("-//Lynchpin//Duties//EN"));
	property(out, "X-WR-CALNAME", name);
}

void ical_todo(struct text *out, const struct ical_todo *todo, int64_t stamp_ms)
{
	property(out, "BEGIN", STR("VTODO"));
	property(out, "UID", todo->uid);
	moment(out, "DTSTAMP", stamp_ms);
	moment(out, "DUE", todo->due_ms);
	property(out, "SUMMARY", todo->summary);
	if (todo->description.n)
		property(out, "DESCRIPTION", todo->description);
	if (todo->url.n)
		plain(out, "URL", todo->url);
	property(out, "CLASS", STR("CONFIDENTIAL"));
	property(out, "STATUS", STR("NEEDS-ACTION"));
	property(out, "END", STR("VTODO"));
}

void ical_end(struct text *out)
{
	property(out, "END", STR("VCALENDAR"));
}
