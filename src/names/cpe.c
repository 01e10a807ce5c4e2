#include "names/names.h"

/*
 * Attributes of a CPE name and the three ways to write them (NISTIR 7695,
 * 5.4, 6.1.2 and 6.2.2).
 */

static const char *const attr_names[CPE_ATTRS] = {
	"part",	    "vendor",	  "product",   "version",   "update", "edition",
	"language", "sw_edition", "target_sw", "target_hw", "other",
};

const char *cpe_attr_name(enum cpe_attr_no no)
{
	assert(no < CPE_ATTRS);
	return attr_names[no];
}

bool cpe_attr_eq(const struct cpe_attr *a, const struct cpe_attr *b)
{
	return a->kind == b->kind &&
	       (a->kind != CPE_VALUE || (a->wild == b->wild && str_eq(a->text, b->text)));
}

static bool is_quoted_special(char c)
{
	return c == '*' || c == '?' || c == '\\';
}

/* Alphanumerics and '_' need no quoting in any form. */
static bool is_word(char c)
{
	return char_is_digit(c) || (c >= 'a' && c <= 'z') || c == '_';
}

struct cpe_attr cpe_attr_of(struct arena *arena, struct str raw)
{
	raw = str_trim(raw);
	if (raw.n == 0)
		return (struct cpe_attr){.kind = CPE_ANY};
	if (str_eq(raw, STR("-")))
		return (struct cpe_attr){.kind = CPE_NA};
	char *out = arena_alloc(arena, 2 * raw.n);
	size_t n = 0;
	for (size_t i = 0; i < raw.n; i++) {
		char c = char_lower(raw.p[i]);
		/* The standard knows printable ASCII only (5.3.2). */
		if (c <= ' ' || c > '~')
			c = '_';
		if (is_quoted_special(c))
			out[n++] = '\\';
		out[n++] = c;
	}
	return (struct cpe_attr){.kind = CPE_VALUE, .text = str_from(out, n)};
}

void cpe_attr_plain(const struct cpe_attr *attr, struct text *out)
{
	if (attr->kind != CPE_VALUE) {
		text_add_char(out, attr->kind == CPE_ANY ? '*' : '-');
		return;
	}
	for (size_t i = 0; i < attr->text.n; i++) {
		if (attr->text.p[i] == '\\' && i + 1 < attr->text.n)
			i++;
		text_add_char(out, attr->text.p[i]);
	}
}

/* One character of a value: literal, or a wildcard. */
static char next_char(struct str text, size_t *at, bool *ret_wild)
{
	char c = text.p[(*at)++];
	*ret_wild = c == '*' || c == '?';
	if (c == '\\' && *at < text.n)
		c = text.p[(*at)++];
	return c;
}

static void format_value_23(struct str text, struct text *out)
{
	/* A lone hyphen unquoted would read as NA. */
	if (str_eq(text, STR("-"))) {
		text_add_c(out, "\\-");
		return;
	}
	for (size_t i = 0; i < text.n;) {
		bool wild;
		char c = next_char(text, &i, &wild);
		if (!wild && !is_word(c) && c != '.' && c != '-')
			text_add_char(out, '\\');
		text_add_char(out, c);
	}
}

void cpe_format_23(const struct cpe *cpe, struct text *out)
{
	text_add_c(out, "cpe:2.3");
	for (size_t i = 0; i < CPE_ATTRS; i++) {
		const struct cpe_attr *attr = &cpe->attr[i];
		text_add_char(out, ':');
		if (attr->kind == CPE_VALUE)
			format_value_23(attr->text, out);
		else
			text_add_char(out, attr->kind == CPE_ANY ? '*' : '-');
	}
}

void cpe_format_wfn(const struct cpe *cpe, struct text *out)
{
	text_add_c(out, "wfn:[");
	const char *separator = "";
	for (size_t i = 0; i < CPE_ATTRS; i++) {
		const struct cpe_attr *attr = &cpe->attr[i];
		text_add_c(out, separator);
		separator = ",";
		text_add_c(out, attr_names[i]);
		if (attr->kind != CPE_VALUE) {
			text_add_c(out, attr->kind == CPE_ANY ? "=ANY" : "=NA");
			continue;
		}
		text_add_c(out, "=\"");
		for (size_t j = 0; j < attr->text.n;) {
			bool wild;
			char c = next_char(attr->text, &j, &wild);
			if (!wild && !is_word(c))
				text_add_char(out, '\\');
			text_add_char(out, c);
		}
		text_add_char(out, '"');
	}
	text_add_char(out, ']');
}

static void format_attr_22(const struct cpe_attr *attr, struct text *out)
{
	static const char hex[] = "0123456789abcdef";
	if (attr->kind == CPE_NA)
		text_add_char(out, '-');
	if (attr->kind != CPE_VALUE)
		return;
	if (str_eq(attr->text, STR("-"))) {
		text_add_c(out, "%2d");
		return;
	}
	for (size_t i = 0; i < attr->text.n;) {
		bool wild;
		char c = next_char(attr->text, &i, &wild);
		if (wild) {
			text_add_c(out, c == '?' ? "%01" : "%02");
		} else if (is_word(c) || c == '.' || c == '-') {
			text_add_char(out, c);
		} else {
			text_add_char(out, '%');
			text_add_char(out, hex[(unsigned char)c >> 4]);
			text_add_char(out, hex[(unsigned char)c & 15]);
		}
	}
}

static void format_edition_22(const struct cpe *cpe, struct text *out)
{
	bool packed = false;
	for (size_t i = CPE_SW_EDITION; i < CPE_ATTRS; i++)
		packed |= cpe->attr[i].kind != CPE_ANY;
	if (packed)
		text_add_char(out, '~');
	format_attr_22(&cpe->attr[CPE_EDITION], out);
	for (size_t i = CPE_SW_EDITION; packed && i < CPE_ATTRS; i++) {
		text_add_char(out, '~');
		format_attr_22(&cpe->attr[i], out);
	}
}

void cpe_format_22(const struct cpe *cpe, struct text *out)
{
	text_add_c(out, "cpe:/");
	size_t end = out->n; /* trailing empty components are left off (6.1.2.1) */
	for (size_t i = CPE_PART; i <= CPE_LANGUAGE; i++) {
		if (i > 0)
			text_add_char(out, ':');
		size_t before = out->n;
		if (i == CPE_EDITION)
			format_edition_22(cpe, out);
		else
			format_attr_22(&cpe->attr[i], out);
		if (out->n > before)
			end = out->n;
	}
	out->n = end;
	out->p[end] = '\0';
}
