#include "names/version.h"

/*
 * The order for versions of which nothing is known, as Repology's libversion
 * documents it: components are runs of digits or of letters, anything else only
 * separates; words count as releases before the number, a few as releases after
 * it; a letter straight behind a number and not before one is an addendum.  A
 * version is padded with zeroes, so the order is lexicographic over components
 * and total.
 */

enum component_order {
	ORDER_LOWER_BOUND,
	ORDER_PRE,
	ORDER_ZERO,
	ORDER_POST,
	ORDER_LETTER,
	ORDER_NUMBER,
	ORDER_UPPER_BOUND
};

struct component {
	enum component_order order;
	char letter;	   /* of words: only the first counts */
	struct str digits; /* of ORDER_NUMBER, without leading zeroes */
};

struct cursor {
	struct str s;
	size_t at;
	unsigned flags;
	bool ended, has_addendum;
	struct component addendum;
};

static bool is_post_word(struct str word)
{
	return str_eq_ci(word, STR("pl")) || str_eq_ci(word, STR("patch")) ||
	       str_eq_ci(word, STR("errata")) || str_starts_ci(word, STR("post"));
}

static bool is_pre_word(struct str word)
{
	return str_eq_ci(word, STR("alpha")) || str_eq_ci(word, STR("beta")) ||
	       str_eq_ci(word, STR("rc")) || str_starts_ci(word, STR("pre"));
}

static enum component_order word_order(struct str word, unsigned flags,
				       enum component_order otherwise)
{
	char first = char_lower(word.p[0]);
	if (flags & VERSION_ANY_IS_PATCH)
		return ORDER_POST;
	if (flags & VERSION_P_IS_PATCH && first == 'p' && word.n == 1)
		return ORDER_POST;
	if (word.n == 1 || !memchr("aberp", first, 5))
		return otherwise;
	if (is_post_word(word))
		return ORDER_POST;
	return is_pre_word(word) ? ORDER_PRE : otherwise;
}

static struct component end_component(struct cursor *c)
{
	c->ended = true;
	if (c->flags & VERSION_LOWER_BOUND)
		return (struct component){.order = ORDER_LOWER_BOUND};
	if (c->flags & VERSION_UPPER_BOUND)
		return (struct component){.order = ORDER_UPPER_BOUND};
	return (struct component){.order = ORDER_ZERO};
}

static struct component next_word(struct cursor *c, enum component_order otherwise)
{
	size_t end = version_alpha_end(c->s, c->at);
	struct str word = str_from(c->s.p + c->at, end - c->at);
	c->at = end;
	return (struct component){.order = word_order(word, c->flags, otherwise),
				  .letter = char_lower(word.p[0])};
}

static struct component next_component(struct cursor *c)
{
	if (c->has_addendum) {
		c->has_addendum = false;
		return c->addendum;
	}
	while (c->at < c->s.n && !char_is_digit(c->s.p[c->at]) && !char_is_alpha(c->s.p[c->at]))
		c->at++;
	if (c->at == c->s.n)
		return end_component(c);
	if (!char_is_digit(c->s.p[c->at]))
		return next_word(c, ORDER_PRE);
	while (c->at < c->s.n && c->s.p[c->at] == '0')
		c->at++;
	size_t end = version_digits_end(c->s, c->at);
	struct component number = {.order = end > c->at ? ORDER_NUMBER : ORDER_ZERO,
				   .digits = str_from(c->s.p + c->at, end - c->at)};
	c->at = end;
	if (version_alpha_at(c->s, end) && !version_digit_at(c->s, version_alpha_end(c->s, end))) {
		c->addendum = next_word(c, ORDER_LETTER);
		c->has_addendum = true;
	}
	return number;
}

static int component_cmp(const struct component *a, const struct component *b)
{
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	if (a->order != ORDER_NUMBER)
		return a->letter < b->letter ? -1 : a->letter > b->letter;
	if (a->digits.n != b->digits.n)
		return a->digits.n < b->digits.n ? -1 : 1;
	return version_sign(memcmp(a->digits.p, b->digits.p, a->digits.n));
}

int version_compare_flags(struct str a, unsigned a_flags, struct str b, unsigned b_flags)
{
	struct cursor x = {.s = a, .flags = a_flags}, y = {.s = b, .flags = b_flags};
	do {
		struct component p = next_component(&x), q = next_component(&y);
		int c = component_cmp(&p, &q);
		if (c)
			return c;
	} while (!x.ended || !y.ended);
	return 0;
}

/*
 * Key bytes.  A run of zeroes sorts by what follows it: before the end when that
 * is a pre-release, behind it otherwise, and the longer run nearer to the end.
 * So a zero is KEY_ZERO_LOW or KEY_ZERO_HIGH, and memcmp gives the padded order.
 */
enum {
	KEY_PRE = 0x08,
	KEY_ZERO_LOW = 0x10,
	KEY_END = 0x20,
	KEY_ZERO_HIGH = 0x28,
	KEY_POST = 0x30,
	KEY_LETTER = 0x38,
	KEY_NUMBER = 0x40,
	KEY_LONG = 0xff /* four bytes of length follow */
};

static void key_zeroes(struct text *out, size_t n, int byte)
{
	char *at = text_room(out, n);
	memset(at, byte, n);
	out->n += n;
	out->p[out->n] = '\0';
}

static void key_number(struct text *out, struct str digits)
{
	text_add_char(out, KEY_NUMBER);
	if (digits.n < KEY_LONG) {
		text_add_char(out, (char)digits.n);
	} else {
		text_add_char(out, (char)KEY_LONG);
		for (int shift = 24; shift >= 0; shift -= 8)
			text_add_char(out, (char)(digits.n >> shift & 0xff));
	}
	text_add(out, digits);
}

void version_key(struct str version, struct text *out)
{
	struct cursor c = {.s = version};
	size_t zeroes = 0;
	for (;;) {
		struct component x = next_component(&c);
		if (c.ended)
			break;
		if (x.order == ORDER_ZERO) {
			zeroes++;
			continue;
		}
		key_zeroes(out, zeroes, x.order == ORDER_PRE ? KEY_ZERO_LOW : KEY_ZERO_HIGH);
		zeroes = 0;
		if (x.order == ORDER_NUMBER) {
			key_number(out, x.digits);
			continue;
		}
		text_add_char(out, x.order == ORDER_PRE	   ? KEY_PRE
				   : x.order == ORDER_POST ? KEY_POST
							   : KEY_LETTER);
		text_add_char(out, x.letter);
	}
	text_add_char(out, KEY_END);
}
