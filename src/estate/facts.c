#include "estate/facts.h"

static const struct fact_about {
	const char *name;
	bool written; /* people know it better than machines */
} facts[FACTS] = {
	[FACT_CLASS] = {"class", true},
	[FACT_TYPE] = {"type", true},
	[FACT_SEGMENT] = {"segment", false},
	[FACT_SERVICE] = {"service", true},
	[FACT_INTERNET] = {"internet_facing", false},
	[FACT_SMB1] = {"smb1", false},
	[FACT_VENDOR] = {"vendor", true},
	[FACT_MODEL] = {"model", true},
	[FACT_UDI] = {"udi", true},
	[FACT_SUPPORT] = {"support_until", true},
	[FACT_CONTROLS] = {"controls", true},
	[FACT_OS] = {"os", false},
	[FACT_SOFTWARE] = {"software", false},
	[FACT_UPDATES] = {"updates", false},
};

const char *fact_name(enum fact fact)
{
	return facts[fact].name;
}

static struct str kept_text(const struct claim *c, enum fact fact)
{
	return c->row->kept ? c->source->rows->kept.v[c->row->kept - 1].text[fact - FACT_VENDOR]
			    : (struct str){0};
}

static struct str row_text_of(const struct claim *c, enum fact fact)
{
	static const enum row_text texts[] = {
		[FACT_TYPE] = ROW_TYPE, [FACT_SEGMENT] = ROW_SEGMENT, [FACT_SERVICE] = ROW_SERVICE};

	return c->row->text[texts[fact]];
}

struct claim claim_of(const struct build_source *source, uint32_t at, uint32_t row)
{
	const struct row_device *device = &source->rows->devices.v[row];
	int64_t taken_ms = source->taken_ms;

	return (struct claim){.source = source,
			      .row = device,
			      .at = at,
			      .row_at = row,
			      .seen_ms = device->seen_ms ? MIN_OF(device->seen_ms, taken_ms)
							 : taken_ms};
}

bool claim_states(const struct claim *c, enum fact fact)
{
	switch (fact) {
	case FACT_CLASS:
		return c->row->class != CLASS_UNKNOWN;
	case FACT_TYPE:
	case FACT_SEGMENT:
	case FACT_SERVICE:
		return row_text_of(c, fact).n > 0;
	case FACT_INTERNET:
		return c->row->internet_facing != SAID_UNKNOWN;
	case FACT_SMB1:
		return c->row->smb1_off != SAID_UNKNOWN;
	case FACT_OS:
	case FACT_SOFTWARE:
	case FACT_UPDATES:
		return (c->row->seen & c->source->sees) >> (fact - FACT_OS) & 1;
	default:
		return kept_text(c, fact).n > 0;
	}
}

static struct str os_value(const struct row_device *row, struct arena *arena)
{
	struct str version = row->text[ROW_OS_VERSION], name = row->text[ROW_OS_NAME];

	if (!name.n)
		name = row->text[ROW_OS_CPE];
	if (!version.n)
		return name;
	return name.n ? arena_fmt(arena, "%.*s %.*s", STR_FMT(name), STR_FMT(version)) : version;
}

struct str claim_value(const struct claim *c, enum fact fact, struct arena *arena)
{
	switch (fact) {
	case FACT_CLASS:
		return str_of(device_class_name((enum device_class)c->row->class));
	case FACT_TYPE:
	case FACT_SEGMENT:
	case FACT_SERVICE:
		return row_text_of(c, fact);
	case FACT_INTERNET:
		return c->row->internet_facing == SAID_YES ? STR("yes") : STR("no");
	case FACT_SMB1:
		return c->row->smb1_off == SAID_YES ? STR("off") : STR("on");
	case FACT_OS:
		return os_value(c->row, arena);
	case FACT_SOFTWARE:
	case FACT_UPDATES:
		return (struct str){0};
	default:
		return kept_text(c, fact);
	}
}

/* ---- what decides, the first difference first ------------------------------------------ */

static bool is_short(const struct claim *c, enum fact fact)
{
	return fact >= FACT_OS && c->row->incomplete >> (fact - FACT_OS) & 1;
}

/* How exactly it names the system: a caption, a version, a build, a build with its revision. */
static int os_detail(const struct row_device *row)
{
	if (row->build)
		return row->revision ? 3 : 2;
	return row->text[ROW_OS_VERSION].n ? 1 : 0;
}

/* 0 says most. */
static int vagueness(const struct claim *c, enum fact fact)
{
	if (fact == FACT_CLASS)
		return c->row->class == CLASS_MEDICAL ? 0 : c->row->class == CLASS_OTHER ? 2 : 1;
	return 0;
}

static bool is_second_hand(const struct claim *c, enum fact fact)
{
	return (c->source->kind == ESTATE_REGISTER) != facts[fact].written;
}

static bool is_fresh_at(const struct claim *c, int64_t at_ms)
{
	return at_ms - c->seen_ms <= estate_fresh_days(c->source->kind) * MS_PER_DAY;
}

static int texts_order(const struct claim *a, const struct claim *b)
{
	for (unsigned t = 0; t < ROW_TEXTS; t++) {
		int c = str_cmp(a->row->text[t], b->row->text[t]);

		if (c)
			return c;
	}
	return 0;
}

bool claim_comes_first(const struct claim *a, const struct claim *b, enum fact fact)
{
	int c = (int)a->source->kind - (int)b->source->kind;

	if (a->seen_ms != b->seen_ms)
		return a->seen_ms > b->seen_ms;
	if (!c)
		c = os_detail(b->row) - os_detail(a->row);
	if (!c)
		c = str_cmp(a->source->source, b->source->source);
	if (!c && fact < FACT_OS)
		c = str_cmp(claim_value(a, fact, NULL), claim_value(b, fact, NULL));
	return (c ? c : texts_order(a, b)) < 0;
}

bool claim_is_past(const struct claim *v, size_t n, size_t at, enum fact fact)
{
	for (size_t i = 0; i < n; i++)
		if (i != at && str_eq(v[i].source->source, v[at].source->source) &&
		    claim_states(&v[i], fact) && is_short(&v[i], fact) == is_short(&v[at], fact) &&
		    (claim_comes_first(&v[i], &v[at], fact) ||
		     (i > at && !claim_comes_first(&v[at], &v[i], fact))))
			return true;
	return false;
}

struct claim_brief claim_brief(const struct claim *c)
{
	struct claim_brief b = {.seen_ms = c->seen_ms};

	for (enum fact fact = 0; fact < FACTS; fact++) {
		b.states |= (uint32_t)claim_states(c, fact) << fact;
		b.cut |= (uint32_t)is_short(c, fact) << fact;
	}
	return b;
}

enum outdone claim_outdone(const struct claim_brief *c, const struct claim_brief *later,
			   enum fact fact)
{
	if (!(later->states >> fact & 1) || ((later->cut ^ c->cut) >> fact & 1))
		return OUTDONE_NO;
	if (c->seen_ms != later->seen_ms)
		return c->seen_ms < later->seen_ms ? OUTDONE : OUTDONE_NO;
	return OUTDONE_UNLESS_FIRST;
}

/* The claims that are still in question. */
struct field {
	const struct claim *v;
	size_t n;
	enum fact fact;
	bool *in;
};

static int64_t newest_of(const struct field *f)
{
	int64_t newest = INT64_MIN;

	for (size_t i = 0; i < f->n; i++)
		if (f->in[i])
			newest = MAX_OF(newest, f->v[i].seen_ms);
	return newest;
}

enum sieve { SIEVE_SHORT, SIEVE_STALE, SIEVE_VAGUE, SIEVE_HEARSAY, SIEVE_DAY, SIEVE_KIND, SIEVES };

/* How far down a claim stands by one sieve: only those that stand highest stay. */
static int depth(const struct field *f, size_t i, enum sieve sieve, int64_t newest)
{
	const struct claim *c = &f->v[i];

	switch (sieve) {
	case SIEVE_SHORT:
		return f->fact != FACT_UPDATES && is_short(c, f->fact);
	case SIEVE_STALE:
		return !is_fresh_at(c, newest);
	case SIEVE_VAGUE:
		return vagueness(c, f->fact);
	case SIEVE_HEARSAY:
		return is_second_hand(c, f->fact);
	case SIEVE_DAY:
		return newest - c->seen_ms > MS_PER_DAY;
	default:
		/* A list of updates cut short gives way to a whole one of that day. */
		return (is_short(c, f->fact) ? ESTATE_KINDS : 0) + (int)c->source->kind;
	}
}

static void sift(struct field *f, enum sieve sieve)
{
	int64_t newest = newest_of(f);
	int least = INT32_MAX;

	for (size_t i = 0; i < f->n; i++)
		if (f->in[i])
			least = MIN_OF(least, depth(f, i, sieve, newest));
	for (size_t i = 0; i < f->n; i++)
		f->in[i] = f->in[i] && depth(f, i, sieve, newest) == least;
}

static size_t first_of(const struct field *f)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < f->n; i++)
		if (f->in[i] &&
		    (best == SIZE_MAX || claim_comes_first(&f->v[i], &f->v[best], f->fact)))
			best = i;
	return best;
}

/* Could both speak of one system, b more exactly? */
static bool os_refines(const struct row_device *a, const struct row_device *b)
{
	struct str x = a->text[ROW_OS_VERSION], y = b->text[ROW_OS_VERSION];
	struct windows_named name = {0}, other = {0};

	if (os_detail(b) <= os_detail(a))
		return false;
	if (a->build)
		return a->major == b->major && a->minor == b->minor && a->build == b->build &&
		       (!a->sp || a->sp == b->sp);
	if (x.n)
		return str_starts(y, x) && (y.n == x.n || y.p[x.n] == '.' || y.p[x.n] == ' ');
	x = a->text[ROW_OS_NAME];
	y = b->text[ROW_OS_NAME];
	if (!x.n)
		return true;
	if (windows_line_of_caption(x, &name) && windows_line_of_caption(y, &other) && name.exact &&
	    other.exact)
		return name.line == other.line;
	return str_starts_ci(y, x) || str_starts_ci(x, y);
}

/* A word that says the same more exactly, and is no older than its source is believed. */
static size_t os_sharpen(struct field *f, size_t lead)
{
	const struct row_device *row = f->v[lead].row;
	int best = os_detail(row);
	size_t at;

	for (size_t i = 0; i < f->n; i++)
		if (f->in[i] && os_refines(row, f->v[i].row))
			best = MAX_OF(best, os_detail(f->v[i].row));
	if (best == os_detail(row))
		return lead;
	for (size_t i = 0; i < f->n; i++)
		f->in[i] =
			f->in[i] && os_detail(f->v[i].row) == best && os_refines(row, f->v[i].row);
	sift(f, SIEVE_HEARSAY);
	at = first_of(f);
	return at == SIZE_MAX ? lead : at;
}

enum { FEW = 32 };

static size_t choose(struct field *f)
{
	size_t n = 0, lead = 0;
	bool was[FEW], *held = f->n <= FEW ? was : mem_alloc(f->n * sizeof(*held));

	for (size_t i = 0; i < f->n; i++) {
		f->in[i] =
			claim_states(&f->v[i], f->fact) && !claim_is_past(f->v, f->n, i, f->fact);
		lead = f->in[i] ? i : lead;
		n += f->in[i];
	}
	if (n > 1) {
		sift(f, SIEVE_SHORT);
		sift(f, SIEVE_STALE);
		memcpy(held, f->in, f->n * sizeof(*held));
		for (enum sieve s = SIEVE_VAGUE; s < SIEVES; s++)
			sift(f, s);
		lead = first_of(f);
		memcpy(f->in, held, f->n * sizeof(*held));
		if (f->fact == FACT_OS)
			lead = os_sharpen(f, lead);
	}
	if (held != was)
		free(held);
	return n ? lead : SIZE_MAX;
}

size_t fact_choose(const struct claim *v, size_t n, enum fact fact)
{
	bool few[FEW];
	struct field f = {v, n, fact, few};
	size_t at;

	if (n == 1)
		return claim_states(v, fact) ? 0 : SIZE_MAX;
	if (n > FEW)
		f.in = mem_alloc(n * sizeof(*f.in));
	at = choose(&f);
	if (n > FEW)
		free(f.in);
	return at;
}

bool fact_adds(const struct claim *c, const struct claim *believed, enum fact fact)
{
	if (fact != FACT_SOFTWARE || !claim_states(c, fact))
		return false;
	if (is_short(c, fact))
		return is_short(believed, fact) || c->seen_ms >= believed->seen_ms;
	return c->source->kind == ESTATE_REGISTER && believed->source->kind != ESTATE_REGISTER &&
	       c->seen_ms >= believed->seen_ms;
}

const char *fact_why(const struct claim *v, size_t n, size_t believed, size_t other, enum fact fact)
{
	const struct claim *a = &v[believed], *b = &v[other];
	int64_t newest = INT64_MIN;

	for (size_t i = 0; i < n; i++)
		if (claim_states(&v[i], fact) && (fact != FACT_OS || !is_short(&v[i], fact)))
			newest = MAX_OF(newest, v[i].seen_ms);
	if (is_short(a, fact) != is_short(b, fact))
		return "a guess";
	if (is_fresh_at(a, newest) && !is_fresh_at(b, newest))
		return "too old beside a newer word";
	if (fact == FACT_OS && os_refines(b->row, a->row))
		return "the same, less exactly";
	if (vagueness(b, fact) > vagueness(a, fact))
		return fact == FACT_CLASS && a->row->class == CLASS_MEDICAL ? "medical says more"
									    : "says less";
	if (is_second_hand(b, fact) && !is_second_hand(a, fact))
		return facts[fact].written ? "a register knows it better" : "a machine saw it";
	if (a->seen_ms - b->seen_ms > MS_PER_DAY)
		return "older";
	if (b->source->kind > a->source->kind)
		return "less close, of the same day";
	return a->seen_ms > b->seen_ms ? "older" : "as good; the sources' names decide";
}
