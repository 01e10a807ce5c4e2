#include "web/page.h"

/* What stands for the byte in text and in quoted values; NULL: itself. */
static const char *escape_of(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&#34;";
	case '\'':
		return "&#39;";
	default:
		break;
	}
	return (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f ? "\xef\xbf\xbd" : NULL;
}

void page_put_str(struct text *out, struct str s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		const char *escape = escape_of((unsigned char)s.p[i]);

		if (!escape)
			continue;
		text_add(out, str_from(s.p + from, i - from));
		text_add_c(out, escape);
		from = i + 1;
	}
	text_add(out, str_from(s.p + from, s.n - from));
}

void page_put_c(struct text *out, const char *s)
{
	page_put_str(out, str_of(s));
}

void page_put_i64(struct text *out, int64_t n)
{
	text_addf(out, "%jd", (intmax_t)n);
}

void page_put_u64(struct text *out, uint64_t n)
{
	text_addf(out, "%ju", (uintmax_t)n);
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void page_url_str(struct text *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_unreserved(s.p[i]))
			text_add_char(out, s.p[i]);
		else
			text_addf(out, "%%%02X", (unsigned char)s.p[i]);
}

void page_url_c(struct text *out, const char *s)
{
	page_url_str(out, str_of(s));
}

/* What RFC 3986 lets stand in a path, a query or a fragment goes as it is. */
void page_path(struct text *out, struct str s)
{
	while (s.n && (s.p[0] == '/' || s.p[0] == '\\'))
		s = str_from_offset(s, 1);
	for (size_t i = 0; i < s.n; i++) {
		struct str c = str_sub(s, i, 1);

		if (c.p[0] == '&')
			text_add_c(out, "&amp;");
		else if (c.p[0] && strchr("/?=%#:@,;+!*()$", c.p[0]))
			text_add(out, c);
		else
			page_url_str(out, c);
	}
}

void page_count(struct text *out, uint64_t n)
{
	char digits[32];
	size_t at = sizeof(digits), group = 0;

	do {
		if (group && group % 3 == 0)
			digits[--at] = ',';
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
		group++;
	} while (n);
	text_add(out, str_from(digits + at, sizeof(digits) - at));
}
