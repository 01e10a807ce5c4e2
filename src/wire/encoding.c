#include "wire/wire.h"

void wire_pad(struct text *t)
{
	memset(text_room(t, WIRE_PADDING), 0, WIRE_PADDING);
}

static void add_code_point(struct text *to, uint32_t c)
{
	char *p = text_room(to, 4);

	if (c < 0x80) {
		p[0] = (char)c;
		to->n += 1;
	} else if (c < 0x800) {
		p[0] = (char)(0xc0 | c >> 6);
		p[1] = (char)(0x80 | (c & 0x3f));
		to->n += 2;
	} else if (c < 0x10000) {
		p[0] = (char)(0xe0 | c >> 12);
		p[1] = (char)(0x80 | (c >> 6 & 0x3f));
		p[2] = (char)(0x80 | (c & 0x3f));
		to->n += 3;
	} else {
		p[0] = (char)(0xf0 | c >> 18);
		p[1] = (char)(0x80 | (c >> 12 & 0x3f));
		p[2] = (char)(0x80 | (c >> 6 & 0x3f));
		p[3] = (char)(0x80 | (c & 0x3f));
		to->n += 4;
	}
}

static uint32_t unit_at(struct str b, size_t i, bool big)
{
	unsigned char lo = (unsigned char)b.p[i + !!big], hi = (unsigned char)b.p[i + !big];

	return (uint32_t)hi << 8 | lo;
}

static bool from_utf16(struct str b, bool big, struct text *to, struct err *err)
{
	if (b.n % 2)
		return err_set(err, ERR_INVALID, "UTF-16 with an odd number of bytes");
	text_room(to, b.n + b.n / 2 + WIRE_PADDING);
	for (size_t i = 0; i < b.n; i += 2) {
		uint32_t c = unit_at(b, i, big), low;

		if (c >= 0xd800 && c <= 0xdfff) {
			low = i + 3 < b.n ? unit_at(b, i + 2, big) : 0;
			if (c >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
				return err_set(err, ERR_INVALID,
					       "byte %zu: half a UTF-16 surrogate pair", i);
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			i += 2;
		}
		add_code_point(to, c);
	}
	return true;
}

/* Which half of UTF-16's pairs is zero, in text that is mostly Latin: 0 neither, else 'l' or 'b'.
 */
static char utf16_without_bom(struct str b)
{
	size_t zero[2] = {0}, n = MIN_OF(b.n, (size_t)4096) & ~(size_t)1;

	for (size_t i = 0; i < n; i++)
		zero[i % 2] += !b.p[i];
	if (n < 2 || zero[0] + zero[1] == 0)
		return 0;
	if (zero[1] * 4 >= n && zero[0] * 8 <= n)
		return 'l';
	return zero[0] * 4 >= n && zero[1] * 8 <= n ? 'b' : 0;
}

/* Windows-1252 80 to 9F; the five that it leaves open are C1 controls, as the web has it. */
static const uint16_t windows_1252[32] = {
	0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
	0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
};

/* Code page 850, 80 to FF: what a Western European Windows console writes. */
static const uint16_t cp850[128] = {
	0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8,
	0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2,
	0x00fb, 0x00f9, 0x00ff, 0x00d6, 0x00dc, 0x00f8, 0x00a3, 0x00d8, 0x00d7, 0x0192, 0x00e1,
	0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x00ae, 0x00ac, 0x00bd,
	0x00bc, 0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x00c1, 0x00c2,
	0x00c0, 0x00a9, 0x2563, 0x2551, 0x2557, 0x255d, 0x00a2, 0x00a5, 0x2510, 0x2514, 0x2534,
	0x252c, 0x251c, 0x2500, 0x253c, 0x00e3, 0x00c3, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560,
	0x2550, 0x256c, 0x00a4, 0x00f0, 0x00d0, 0x00ca, 0x00cb, 0x00c8, 0x0131, 0x00cd, 0x00ce,
	0x00cf, 0x2518, 0x250c, 0x2588, 0x2584, 0x00a6, 0x00cc, 0x2580, 0x00d3, 0x00df, 0x00d4,
	0x00d2, 0x00f5, 0x00d5, 0x00b5, 0x00fe, 0x00de, 0x00da, 0x00db, 0x00d9, 0x00fd, 0x00dd,
	0x00af, 0x00b4, 0x00ad, 0x00b1, 0x2017, 0x00be, 0x00b6, 0x00a7, 0x00f7, 0x00b8, 0x00b0,
	0x00a8, 0x00b7, 0x00b9, 0x00b3, 0x00b2, 0x25a0, 0x00a0,
};

static uint32_t code_of(unsigned char c, bool console)
{
	if (c < 0x80)
		return c;
	if (console)
		return cp850[c - 0x80];
	return c < 0xa0 ? windows_1252[c - 0x80] : c;
}

/* Letters of Western European words, and the marks that such text has. */
static bool is_likely(uint32_t c)
{
	return (c >= 0xc0 && c <= 0xff && c != 0xd7 && c != 0xf7) || c == 0x2019 || c == 0x2018 ||
	       c == 0x201c || c == 0x201d || c == 0x2013 || c == 0x20ac || c == 0xa0 || c == 0xa3 ||
	       c == 0xae || c == 0xb0 || c == 0xa9 || c == 0x2122;
}

/* Does the byte sit beside a small letter, as an accented one in a word does? */
static bool in_word(struct str b, size_t i)
{
	return (i && b.p[i - 1] >= 'a' && b.p[i - 1] <= 'z') ||
	       (i + 1 < b.n && b.p[i + 1] >= 'a' && b.p[i + 1] <= 'z');
}

static int fitness(struct str b, bool console)
{
	int fit = 0;

	for (size_t i = 0; i < b.n; i++) {
		uint32_t c = code_of((unsigned char)b.p[i], console);

		if (c < 0x80)
			continue;
		fit += is_likely(c) ? 1 : -1;
		/* An accented letter within a word is small more often than a capital. */
		if (in_word(b, i) && c >= 0xc0 && c <= 0xff)
			fit += c >= 0xdf ? 2 : -1;
	}
	return fit;
}

static void from_code_page(struct str b, struct text *to)
{
	struct str sample = str_sub(b, 0, (size_t)1 << 16);
	bool console = fitness(sample, true) > fitness(sample, false);

	text_room(to, b.n + b.n / 8 + WIRE_PADDING);
	for (size_t i = 0; i < b.n; i++)
		add_code_point(to, code_of((unsigned char)b.p[i], console));
}

bool text_to_utf8(struct str b, bool guess, struct text *to, struct err *err)
{
	size_t start = to->n, bad_at;
	char half = str_starts(b, STR("\xff\xfe")) ? 'l' : str_starts(b, STR("\xfe\xff")) ? 'b' : 0;
	bool bom = half != 0;

	if (!half)
		half = utf16_without_bom(b);
	if (half) {
		if (!from_utf16(str_from_offset(b, bom ? 2 : 0), half == 'b', to, err)) {
			to->n = start;
			wire_pad(to);
			return false;
		}
	} else if (str_is_utf8(b, &bad_at)) {
		text_room(to, b.n + WIRE_PADDING);
		text_add(to, str_starts(b, STR("\xef\xbb\xbf")) ? str_from_offset(b, 3) : b);
	} else if (guess) {
		from_code_page(b, to);
	} else {
		return err_set(err, ERR_INVALID, "byte %zu: neither UTF-8 nor UTF-16", bad_at);
	}
	wire_pad(to);
	return true;
}
