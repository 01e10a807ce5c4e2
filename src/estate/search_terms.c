#include "estate/search.h"

/* What the terms of a query say of a profile, and of a software. */

/* Blanks, '_' and '-' are one; letters are small. */
static struct str folded(struct arena *arena, struct str s)
{
	char *p = arena_alloc(arena, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = s.p[i] == '_' || s.p[i] == '-' ? ' ' : char_lower(s.p[i]);
	return str_from(p, s.n);
}

bool term_is_part(const struct term *t, struct str text)
{
	return str_find_ci(text, t->value, 0) != SIZE_MAX;
}

bool term_orders(const struct term *t, int c)
{
	switch (t->test) {
	case VERSION_LT:
		return c < 0;
	case VERSION_LE:
		return c <= 0;
	case VERSION_GT:
		return c > 0;
	case VERSION_GE:
		return c >= 0;
	default:
		return c == 0;
	}
}

/* ---- profiles --------------------------------------------------------------------------- */

static bool os_holds(const struct term *t, const struct segment *s, uint32_t device,
		     struct arena *scratch)
{
	const struct estate_device *d = &s->devices[device];
	const struct windows_line *line = segment_line(s, device);
	struct str want = folded(scratch, t->value);

	if (str_find(folded(scratch, seg_str(s, d->os_name)), want, 0) != SIZE_MAX ||
	    term_is_part(t, seg_str(s, d->os_cpe)))
		return true;
	if (!line)
		return false;
	if (str_eq_ci(t->value, str_of(line->name)) ||
	    str_find(folded(scratch, str_of(line->title)), want, 0) != SIZE_MAX)
		return true;
	for (size_t i = 0; i < line->n_cpes; i++)
		if (line->cpes[i].product && str_eq_ci(t->value, str_of(line->cpes[i].product)))
			return true;
	return false;
}

static struct said said_plainly(bool yes)
{
	return (struct said){.truth = yes ? YES : NO};
}

static struct said unless_seen(const struct estate_device *d, enum facet f, bool found)
{
	static const char *const never[FACETS] = {"operating system never seen",
						  "software never seen", "updates never seen"};
	const char *partly =
		f == FACET_OS ? "its system is only guessed" : "the list is incomplete";
	const struct estate_seen *seen = &d->facet[f];

	if (found || (seen->seen_ms && !seen->incomplete))
		return said_plainly(found);
	return (struct said){.truth = UNKNOWN, .why = seen->seen_ms ? partly : never[f]};
}

/* Of a medical device of which no register says until when, nobody knows. */
static struct said unless_supported(const struct estate_device *d)
{
	if (d->class != CLASS_MEDICAL)
		return said_plainly(false);
	return (struct said){.truth = UNKNOWN, .why = "nobody says until when it is supported"};
}

static struct said and_ask(struct said said)
{
	said.asks = true;
	return said;
}

static struct said profile_says(const struct term *t, const struct segment *s, uint32_t device,
				struct arena *scratch)
{
	const struct estate_device *d = &s->devices[device];

	switch (t->kind) {
	case TERM_OS:
		return unless_seen(d, FACET_OS, os_holds(t, s, device, scratch));
	case TERM_LINE:
		return unless_seen(d, FACET_OS, segment_line(s, device) == t->line);
	case TERM_CLASS:
		return said_plainly(d->class == t->number);
	case TERM_INTERNET:
		return said_plainly(d->internet_facing == t->number);
	case TERM_SMB1:
		return said_plainly(d->smb1_off && d->smb1_off != t->number);
	case TERM_SEEN:
		return said_plainly(d->facet[t->number].seen_ms != 0);
	case TERM_KB:
		return and_ask(unless_seen(d, FACET_UPDATES, false));
	case TERM_NAME:
	case TERM_PUBLISHER:
	case TERM_VERSION:
		return and_ask(unless_seen(d, FACET_SOFTWARE, false));
	case TERM_SUPPORT:
		return and_ask(unless_supported(d));
	case TERM_TEXT:
		return term_is_part(t, seg_str(s, d->os_name)) ? said_plainly(true)
							       : and_ask(said_plainly(false));
	case TERM_ORG: /* was asked of the organisation, and did not rule it out */
		return said_plainly(!t->negated);
	default:
		return and_ask(said_plainly(false));
	}
}

void asked_profiles(struct asked *a, uint32_t n, struct arena *arena)
{
	a->said = arena_alloc(arena, (n * a->q->terms.n + 1) * sizeof(*a->said));
	a->verdicts = ARENA_ARRAY(arena, struct verdict, (size_t)n + 1);
}

void ask_profile(struct asked *a, uint32_t profile, const struct segment *s, uint32_t device,
		 struct arena *scratch)
{
	struct verdict v = {.sure = true};

	for (size_t i = 0; i < a->q->terms.n; i++) {
		const struct term *t = &a->q->terms.v[i];
		struct said said = profile_says(t, s, device, scratch);

		a->said[profile * a->q->terms.n + i] = said;
		v.sure = v.sure && !said.asks;
		v.out = v.out || (!said.asks && said.truth == (t->negated ? YES : NO));
		if (!v.why)
			v.why = said.why;
	}
	a->verdicts[profile] = v;
}

/* What os_holds(), and all else that a profile says, looks at. */
static bool same_profile(const struct estate_device *a, const struct estate_device *b)
{
	bool same = a->os_name.off == b->os_name.off && a->os_name.n == b->os_name.n &&
		    a->os_cpe.off == b->os_cpe.off && a->os_cpe.n == b->os_cpe.n &&
		    a->os_major == b->os_major && a->os_minor == b->os_minor &&
		    a->os_build == b->os_build && a->os_sp == b->os_sp &&
		    a->os_server == b->os_server && a->os_arch == b->os_arch &&
		    a->class == b->class && a->internet_facing == b->internet_facing &&
		    a->smb1_off == b->smb1_off;

	for (unsigned f = 0; same && f < FACETS; f++)
		same = !a->facet[f].seen_ms == !b->facet[f].seen_ms &&
		       a->facet[f].incomplete == b->facet[f].incomplete;
	return same;
}

uint32_t number_profiles(const struct segment *s, uint32_t *to, uint32_t *first)
{
	enum { LATELY = 64 };
	uint32_t lately[LATELY] = {0}, n = 0; /* profile + 1 */

	for (uint32_t i = 0; i < s->ndevices; i++) {
		const struct estate_device *d = &s->devices[i];
		uint64_t key = (uint64_t)d->os_name.off << 32 ^ d->os_build ^ d->os_cpe.off << 8;
		uint32_t *at = &lately[u64_hash(key ^ (uint64_t)d->class << 24) % LATELY];

		if (!*at || !same_profile(&s->devices[first[*at - 1]], d)) {
			first[n] = i;
			*at = ++n;
		}
		to[i] = *at - 1;
	}
	return n;
}

/* ---- software --------------------------------------------------------------------------- */

static bool raw_holds(const struct term *t, const struct segment *s, const struct estate_raw *raw)
{
	struct str version = seg_str(s, raw->version);

	switch (t->kind) {
	case TERM_NAME:
		return term_is_part(t, seg_str(s, raw->name)) ||
		       term_is_part(t, seg_str(s, raw->cpe)) ||
		       term_is_part(t, seg_str(s, raw->purl));
	case TERM_PUBLISHER:
		return term_is_part(t, seg_str(s, raw->publisher)) ||
		       term_is_part(t, seg_str(s, raw->cpe));
	default:
		return version.n &&
		       term_orders(t, version_compare(VERSION_GENERIC, version, t->value));
	}
}

void asked_raws(struct asked *a, uint32_t n, struct arena *arena)
{
	size_t words = bits_words(n) + 1;

	if (a->q->software)
		a->software = ARENA_ARRAY(arena, uint64_t, words);
	a->negated = ARENA_ARRAY(arena, uint64_t *, a->q->terms.n + 1);
	for (size_t i = 0; i < a->q->terms.n; i++)
		if (a->q->terms.v[i].negated && term_is_software(&a->q->terms.v[i]))
			a->negated[i] = ARENA_ARRAY(arena, uint64_t, words);
}

/* Do all positive terms hold?  Versions cost most, and come last. */
static bool positive_hold(const struct query *q, const struct segment *s,
			  const struct estate_raw *raw, bool versions)
{
	for (size_t i = 0; i < q->terms.n; i++) {
		const struct term *t = &q->terms.v[i];

		if (term_is_software(t) && !t->negated && (t->kind == TERM_VERSION) == versions &&
		    !raw_holds(t, s, raw))
			return false;
	}
	return true;
}

void ask_raw(struct asked *a, uint32_t number, const struct segment *s,
	     const struct estate_raw *raw)
{
	if (a->software && positive_hold(a->q, s, raw, false) && positive_hold(a->q, s, raw, true))
		bits_add(a->software, number);
	for (size_t i = 0; i < a->q->terms.n; i++)
		if (a->negated[i] && raw_holds(&a->q->terms.v[i], s, raw))
			bits_add(a->negated[i], number);
}
