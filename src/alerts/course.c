#include "alerts/course.h"

/*
 * Bytes of an entry: twice the milliseconds since the one before, plus one when counts follow;
 * then a byte that says which differ, and by how much each.  Numbers are groups of seven bits, the
 * lowest first; differences have their sign in the lowest bit.  An entry without counts takes
 * four bytes at a day's distance.
 */

enum { FIELDS = 6 };

static void fields_of(const struct course_point *p, int64_t v[FIELDS])
{
	v[0] = (int64_t)p->unknown;
	v[1] = (int64_t)p->devices;
	v[2] = (int64_t)p->covered;
	v[3] = p->expected;
	v[4] = p->oldest_ago_ms;
	v[5] = p->newest_ago_ms;
}

/* ---- writing ------------------------------------------------------------------------------ */

static void put(struct text *out, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		text_add_char(out, (char)(unsigned char)(n | 0x80));
	text_add_char(out, (char)(unsigned char)n);
}

static void put_signed(struct text *out, int64_t n)
{
	put(out, n < 0 ? ~((uint64_t)n << 1) : (uint64_t)n << 1);
}

void course_add(struct course *c, const struct course_point *p)
{
	int64_t now[FIELDS], before[FIELDS];
	unsigned differ = 0;

	fields_of(p, now);
	fields_of(&c->last, before);
	for (unsigned i = 0; i < FIELDS; i++)
		differ |= (unsigned)(now[i] != before[i]) << i;
	if (!differ && c->sparse && c->bytes.n)
		return;
	put(&c->bytes, (uint64_t)(p->at_ms - c->last.at_ms) << 1 | (differ != 0));
	if (differ)
		text_add_char(&c->bytes, (char)differ);
	for (unsigned i = 0; i < FIELDS; i++)
		if (differ >> i & 1)
			put_signed(&c->bytes, now[i] - before[i]);
	c->last = *p;
}

void course_release(struct course *c)
{
	text_free(&c->bytes);
	*c = (struct course){0};
}

/* ---- reading ------------------------------------------------------------------------------ */

static bool take(struct str *s, uint64_t *ret)
{
	uint64_t n = 0;

	for (unsigned shift = 0; s->n && shift < 63; shift += 7) {
		unsigned char b = (unsigned char)*s->p;

		*s = str_from_offset(*s, 1);
		n |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80)
			return *ret = n, true;
	}
	return false;
}

/* Added without overflow: bytes that were tampered with mean nothing, and break nothing. */
static bool take_signed(struct str *s, int64_t *to)
{
	uint64_t n;

	if (!take(s, &n))
		return false;
	n = n & 1 ? ~(n >> 1) : n >> 1;
	*to = (int64_t)((uint64_t)*to + n);
	return true;
}

static bool take_fields(struct str *s, struct course_point *p)
{
	int64_t v[FIELDS];
	unsigned differ;

	fields_of(p, v);
	if (!s->n)
		return false;
	differ = (unsigned char)*s->p;
	*s = str_from_offset(*s, 1);
	if (!differ || differ >> FIELDS)
		return false;
	for (unsigned i = 0; i < FIELDS; i++)
		if (differ >> i & 1 && !take_signed(s, &v[i]))
			return false;
	if (v[0] < 0 || v[1] < 0 || v[2] < 0 || v[3] < -1)
		return false;
	p->unknown = (uint64_t)v[0];
	p->devices = (uint64_t)v[1];
	p->covered = (uint64_t)v[2];
	p->expected = v[3];
	p->oldest_ago_ms = v[4];
	p->newest_ago_ms = v[5];
	return true;
}

bool course_next(struct str *bytes, struct course_point *at, bool *ret_any)
{
	uint64_t step;

	*ret_any = bytes->n > 0;
	if (!bytes->n)
		return true;
	if (!take(bytes, &step))
		return false;
	at->at_ms = (int64_t)((uint64_t)at->at_ms + (step >> 1));
	return !(step & 1) || take_fields(bytes, at);
}

bool course_resume(struct course *c, struct str bytes, int64_t from_ms)
{
	struct course_point at = {.at_ms = from_ms};
	struct str rest = bytes;
	bool any = true;

	while (any)
		if (!course_next(&rest, &at, &any))
			return false;
	c->last = at;
	text_clear(&c->bytes);
	text_add(&c->bytes, bytes);
	return true;
}

bool course_is_corrupt(const char *table, struct str org, struct err *err)
{
	return err_set(err, ERR_CORRUPT, "%s: the counts of %.*s are not what they were", table,
		       STR_FMT(org)) ||
	       err_hint(err, "; lynchpin journal rebuild makes them again");
}
