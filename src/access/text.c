#include "access/inner.h"

#include <arpa/inet.h>

/* --- e-mail addresses and names --- */

/* atext of RFC 5322 and dots; quoted local parts are not taken. */
static bool local_char(char c)
{
	return char_is_alpha(c) || char_is_digit(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

static bool local_good(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!local_char(s.p[i]))
			return false;
	return s.n && s.n <= 64 && s.p[0] != '.' && s.p[s.n - 1] != '.' &&
	       str_find(s, STR(".."), 0) == SIZE_MAX;
}

static bool label_good(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_alpha(s.p[i]) && !char_is_digit(s.p[i]) && s.p[i] != '-')
			return false;
	return s.n && s.n <= 63 && s.p[0] != '-' && s.p[s.n - 1] != '-';
}

static bool domain_good(struct str s)
{
	struct str label;

	if (!s.n || s.n > 253)
		return false;
	while (str_next(&s, '.', &label))
		if (!label_good(label))
			return false;
	return true;
}

struct folded email_typed(struct str s)
{
	struct folded f = {.n = 0};

	s = str_trim(s);
	f.n = MIN_OF(s.n, (size_t)ACCESS_EMAIL_MAX);
	for (size_t i = 0; i < f.n; i++)
		f.c[i] = char_lower(s.p[i]);
	return f;
}

bool email_read(struct str s, struct folded *ret, struct err *err)
{
	size_t at;

	s = str_trim(s);
	at = str_find_char(s, '@', 0);
	if (s.n > ACCESS_EMAIL_MAX || at == SIZE_MAX || !local_good(str_sub(s, 0, at)) ||
	    !domain_good(str_from_offset(s, at + 1)))
		return err_set(err, ERR_INVALID,
			       "\"%.*s\" is no e-mail address that can be used here: "
			       "name@domain in ASCII, at most %d bytes",
			       (int)MIN_OF(s.n, (size_t)ACCESS_EMAIL_MAX), s.n ? s.p : "",
			       ACCESS_EMAIL_MAX);
	*ret = email_typed(s);
	return true;
}

static bool has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

bool access_name_check(struct str name, const char *what, struct err *err)
{
	if (!name.n || name.n > ACCESS_NAME_MAX)
		return err_set(err, ERR_INVALID, "%s takes 1 to %d bytes", what, ACCESS_NAME_MAX);
	if (!str_is_utf8(name, NULL) || has_control(name))
		return err_set(err, ERR_INVALID, "%s is not plain text in UTF-8", what);
	return true;
}

struct str shown_cut(struct str s, size_t max, struct arena *arena)
{
	size_t bad = 0;
	struct str out;

	s = str_sub(s, 0, max);
	if (!str_is_utf8(s, &bad))
		s = str_sub(s, 0, bad);
	out = arena_str(arena, s);
	for (size_t i = 0; i < out.n; i++)
		if ((unsigned char)out.p[i] < 0x20 || out.p[i] == 0x7f)
			return str_sub(out, 0, i);
	return out;
}

/* --- addresses --- */

static void add_place(struct place *p, uint8_t tag, const uint8_t *bytes, const size_t len[2])
{
	p->one[0] = p->wide[0] = tag;
	memcpy(p->one + 1, bytes, len[0]);
	memcpy(p->wide + 1, bytes, len[1]);
	p->one_n = len[0] + 1;
	p->wide_n = len[1] + 1;
}

struct place place_of(struct str address)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct place p = {.one_n = 1, .wide_n = 1}; /* all that are no address: one place */
	char text[INET6_ADDRSTRLEN];
	uint8_t b[16];

	if (address.n >= sizeof(text))
		return p;
	memcpy(text, address.n ? address.p : "", address.n);
	text[address.n] = '\0';
	if (inet_pton(AF_INET, text, b) == 1)
		add_place(&p, 4, b, (const size_t[2]){4, 3});
	else if (inet_pton(AF_INET6, text, b) != 1)
		return p;
	else if (memcmp(b, mapped, sizeof(mapped)) == 0)
		add_place(&p, 4, b + 12, (const size_t[2]){4, 3});
	else
		add_place(&p, 6, b, (const size_t[2]){8, 6});
	return p;
}
