#include "wire/packing.h"
#include "wire/wire.h"

const char *wire_kind_name(enum wire_kind kind)
{
	static const char *const names[] = {
		[WIRE_EMPTY] = "empty", [WIRE_JSON] = "json",	    [WIRE_NDJSON] = "ndjson",
		[WIRE_CSV] = "csv",	[WIRE_XML] = "xml",	    [WIRE_TEXT] = "text",
		[WIRE_UTF16] = "utf16", [WIRE_ARCHIVE] = "archive", [WIRE_BINARY] = "binary",
	};

	return names[kind];
}

static bool looks_utf16(struct str s)
{
	size_t zero[2] = {0};

	if (str_starts(s, STR("\xff\xfe")) || str_starts(s, STR("\xfe\xff")))
		return true;
	for (size_t i = 0; i < MIN_OF(s.n, (size_t)4096); i++)
		zero[i % 2] += !s.p[i];
	return (zero[0] == 0) != (zero[1] == 0) && (zero[0] + zero[1]) * 4 >= MIN_OF(s.n, 4096u);
}

/* Without a branch, so that many bytes are looked at together. */
static bool has_controls(struct str s)
{
	unsigned char found = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		found |= (unsigned char)((c < '\b') | ((c > '\r') & (c < 0x1a)) |
					 ((c > 0x1b) & (c < 0x20)));
	}
	return found;
}

/* Where the bracket that s starts with is closed, or 0. */
static size_t closing(struct str s)
{
	int depth = 0;
	bool string = false;

	for (size_t i = 0; i < s.n; i++) {
		if (string) {
			i += s.p[i] == '\\';
			string = i >= s.n || s.p[i] != '"';
			continue;
		}
		string = s.p[i] == '"';
		depth += s.p[i] == '{' || s.p[i] == '[';
		depth -= s.p[i] == '}' || s.p[i] == ']';
		if (!depth)
			return i + 1;
	}
	return 0;
}

/* s starts with a bracket. */
static enum wire_kind json_or_ndjson(struct str s)
{
	size_t end = closing(s);
	struct str rest = str_trim(str_from_offset(s, end));

	if (!end || !rest.n)
		return WIRE_JSON;
	return rest.p[0] == '{' || rest.p[0] == '[' ? WIRE_NDJSON : WIRE_TEXT;
}

static bool first_line_has_columns(struct str s)
{
	static const char seps[] = {',', '\t', ';', '|'};
	struct str line = {0}, second = {0};

	str_next_line(&s, &line);
	while (line.n && line.p[0] == '#')
		if (!str_next_line(&s, &line))
			return false;
	str_next_line(&s, &second);
	for (size_t i = 0; i < sizeof(seps); i++)
		if (str_find_char(line, seps[i], 0) != SIZE_MAX &&
		    (!second.n || second.p[0] == '"' || line.p[0] == '"' ||
		     str_find_char(second, seps[i], 0) != SIZE_MAX))
			return true;
	return false;
}

enum wire_kind wire_kind_of(struct str bytes)
{
	struct str s = str_sub(bytes, 0, (size_t)1 << 16);

	if (packing_of(s) != PACKING_NONE)
		return WIRE_ARCHIVE;
	if (looks_utf16(s))
		return WIRE_UTF16;
	if (str_starts(s, STR("\xef\xbb\xbf")))
		s = str_from_offset(s, 3);
	s = str_trim(s);
	if (!s.n)
		return WIRE_EMPTY;
	if (has_controls(s))
		return WIRE_BINARY;
	if (s.p[0] == '{' || s.p[0] == '[')
		return json_or_ndjson(s);
	if (s.p[0] == '<')
		return WIRE_XML;
	return first_line_has_columns(s) ? WIRE_CSV : WIRE_TEXT;
}
