#include "intel/pack.h"

enum {
	OP_MASK = 7,
	HAS_START = 8,
	HAS_END = 16,
	START_EXCLUDING = 32,
	END_EXCLUDING = 64,
};

/* CVE numbers: year * 10^14 + number. */
static const uint64_t cve_year = 100000000000000;

bool cve_parse(struct str s, uint64_t *ret)
{
	uint64_t year, number;

	if (s.n < 13 || s.n > 23 || !str_starts_ci(s, STR("CVE-")) || s.p[8] != '-' ||
	    !str_to_u64(str_sub(s, 4, 4), &year) || !str_to_u64(str_from_offset(s, 9), &number))
		return false;
	if (year < 1999 || !char_is_digit(s.p[4]) || !char_is_digit(s.p[9]))
		return false;
	if (s.n > 13 && s.p[9] == '0')
		return false; /* five digits and more have no leading zero */
	*ret = year * cve_year + number;
	return true;
}

struct str cve_format(uint64_t cve, char buf[CVE_TEXT_BYTES])
{
	int n = snprintf(buf, CVE_TEXT_BYTES, "CVE-%04u-%04llu", (unsigned)(cve / cve_year % 10000),
			 (unsigned long long)(cve % cve_year));

	return str_from(buf, (size_t)n);
}

void pack_u64(struct text *out, uint64_t x)
{
	char *p = text_room(out, 10);
	size_t n = 0;

	while (x >= 0x80) {
		p[n++] = (char)(x | 0x80);
		x >>= 7;
	}
	p[n++] = (char)x;
	out->n += n;
}

void pack_i64(struct text *out, int64_t x)
{
	pack_u64(out, (uint64_t)x << 1 ^ (uint64_t)(x >> 63));
}

void pack_str(struct text *out, struct str s)
{
	pack_u64(out, s.n);
	text_add(out, s);
}

void config_out_free(struct config_out *c)
{
	text_free(&c->bytes);
	text_free(&c->last);
}

void config_out_clear(struct config_out *c)
{
	text_clear(&c->bytes);
	text_clear(&c->last);
	c->steps = 0;
}

void config_out_match(struct config_out *c, enum config_op op, const struct criterion *m)
{
	struct str name = m->cpe;
	size_t shared = 0, stars = 0;

	while (name.n >= 2 && name.p[name.n - 1] == '*' && name.p[name.n - 2] == ':') {
		name.n -= 2;
		stars++;
	}
	while (shared < name.n && shared < c->last.n && name.p[shared] == c->last.p[shared])
		shared++;
	text_add_char(&c->bytes,
		      (char)((unsigned)op | (m->start.n ? HAS_START : 0) |
			     (m->end.n ? HAS_END : 0) | (m->start_excluding ? START_EXCLUDING : 0) |
			     (m->end_excluding ? END_EXCLUDING : 0)));
	pack_u64(&c->bytes, shared);
	pack_u64(&c->bytes, stars);
	pack_str(&c->bytes, str_from_offset(name, shared));
	if (m->start.n)
		pack_str(&c->bytes, m->start);
	if (m->end.n)
		pack_str(&c->bytes, m->end);
	c->last.n = shared;
	text_add(&c->last, str_from_offset(name, shared));
	c->steps++;
}

void config_out_op(struct config_out *c, enum config_op op, uint32_t operands)
{
	text_add_char(&c->bytes, (char)op);
	if (op == CONFIG_OR || op == CONFIG_AND)
		pack_u64(&c->bytes, operands);
	c->steps++;
}

void config_in_start(struct config_in *c, struct str bytes)
{
	c->in = packed_of(bytes);
	c->trimmed = 0;
}

static bool read_match(struct config_in *c, uint8_t flags)
{
	uint64_t shared = packed_u64(&c->in), stars = packed_u64(&c->in);
	struct str rest = packed_str(&c->in);

	if (c->in.bad || shared > c->trimmed || stars > INTEL_CPE_MAX_BYTES / 2 ||
	    shared + rest.n > INTEL_CPE_MAX_BYTES) {
		c->in.bad = true;
		return false;
	}
	c->name.n = (size_t)shared;
	text_add(&c->name, rest);
	c->trimmed = c->name.n;
	char *p = text_room(&c->name, (size_t)stars * 2);

	for (size_t i = 0; i < stars; i++) {
		p[2 * i] = ':';
		p[2 * i + 1] = '*';
	}
	c->match = (struct criterion){
		.cpe = str_from(c->name.p, c->trimmed + (size_t)stars * 2),
		.start_excluding = flags & START_EXCLUDING,
		.end_excluding = flags & END_EXCLUDING,
	};
	if (flags & HAS_START)
		c->match.start = packed_str(&c->in);
	if (flags & HAS_END)
		c->match.end = packed_str(&c->in);
	return !c->in.bad;
}

bool config_in_next(struct config_in *c)
{
	uint8_t flags;

	if (c->in.bad || c->in.p == c->in.end)
		return false;
	flags = *c->in.p++;
	c->op = (enum config_op)(flags & OP_MASK);
	c->operands = 1;
	switch (c->op) {
	case CONFIG_MATCH:
	case CONFIG_PLATFORM:
		return read_match(c, flags);
	case CONFIG_OR:
	case CONFIG_AND:
		c->operands = packed_u32(&c->in);
		return !c->in.bad;
	case CONFIG_NOT:
	case CONFIG_UNREADABLE:
		return true;
	}
	c->in.bad = true;
	return false;
}
