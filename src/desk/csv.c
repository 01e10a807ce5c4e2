#include "desk/desk.h"

void desk_csv_cell(struct text *out, struct str s, bool is_text)
{
	bool risky = is_text && s.n && memchr("=+-@\t\r", s.p[0], 6);
	bool quote = risky || str_find_char(s, ',', 0) != SIZE_MAX ||
		     str_find_char(s, '"', 0) != SIZE_MAX || str_find_char(s, '\n', 0) != SIZE_MAX;

	if (quote)
		text_add_char(out, '"');
	if (risky)
		text_add_char(out, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			text_add_char(out, '"');
		text_add_char(out, s.p[i]);
	}
	if (quote)
		text_add_char(out, '"');
}
