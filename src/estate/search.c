#include "base/bits.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "estate/make.h"

/*
 * The query language: terms, each true, false or unknown for a device; a device
 * is a hit when none is false.  Positive terms about software (name, publisher,
 * version) are about one and the same software.
 */

enum truth { NO, UNKNOWN, YES };

enum term_kind {
	TERM_TEXT,
	TERM_OS,
	TERM_LINE,
	TERM_KB,
	TERM_CLASS,
	TERM_ORG,
	TERM_ID,
	TERM_TYPE,
	TERM_SEGMENT,
	TERM_SERVICE,
	TERM_INTERNET,
	TERM_SMB1,
	TERM_SEEN,
	TERM_VENDOR, /* and on, in the order of enum kept */
	TERM_MODEL,
	TERM_UDI,
	TERM_SUPPORT,
	TERM_CONTROLS,
	TERM_NAME,
	TERM_PUBLISHER,
	TERM_VERSION,
	TERM_UNRESOLVED,
	TERM_KINDS
};

/* The language: what help prints is what is read. */
const struct estate_search_word estate_search_words[] = {
	{"os", "NAME", "operating system: its name, line, title or CPE product", TERM_OS},
	{"line", "LINE", "Windows line, as 7sp1, 2012r2, 10-14393", TERM_LINE},
	{"kb", "KB4012212", "an update is installed", TERM_KB},
	{"class", "CLASS", "workstation, server, medical, network, mobile, other, unknown",
	 TERM_CLASS},
	{"org", "CODE", "of this organisation", TERM_ORG},
	{"id", "TEXT", "part of the device's id; also device:", TERM_ID},
	{"device", "TEXT", "the same as id:", TERM_ID},
	{"type", "TEXT", "part of its type", TERM_TYPE},
	{"seg", "TEXT", "part of its network segment; also segment:", TERM_SEGMENT},
	{"segment", "TEXT", "the same as seg:", TERM_SEGMENT},
	{"service", "TEXT", "part of the clinical service it is for", TERM_SERVICE},
	{"internet", "yes|no", "faces the internet", TERM_INTERNET},
	{"smb1", "on|off", "SMBv1 is switched on or off", TERM_SMB1},
	{"seen", "FACET", "os, software or updates were ever seen", TERM_SEEN},
	{"vendor", "TEXT", "part of its vendor's name, where a register states one", TERM_VENDOR},
	{"model", "TEXT", "part of its model", TERM_MODEL},
	{"udi", "TEXT", "part of its unique device identifier", TERM_UDI},
	{"support", "[<|<=|>|>=]DAY", "its vendor supports it until then, as support:<2027-01-01",
	 TERM_SUPPORT},
	{"controls", "TEXT", "part of what protects it, as a register states it", TERM_CONTROLS},
	{"name", "TEXT", "part of a software's name", TERM_NAME},
	{"publisher", "TEXT", "part of a software's publisher; with name: the same software's",
	 TERM_PUBLISHER},
	{"version", "[<|<=|>|>=]V", "a software's version; with name: the same software's",
	 TERM_VERSION},
	{"unresolved", "yes|no", "holds software whose name is not resolved", TERM_UNRESOLVED},
	{0},
};

static bool kind_of_word(struct str word, enum term_kind *ret)
{
	for (const struct estate_search_word *w = estate_search_words; w->word; w++)
		if (str_eq_ci(word, str_of(w->word))) {
			*ret = (enum term_kind)w->kind;
			return true;
		}
	return false;
}

enum version_test { VERSION_EQ, VERSION_LT, VERSION_LE, VERSION_GT, VERSION_GE };

struct term {
	enum term_kind kind;
	bool negated;
	struct str value;
	uint32_t number; /* KB, class, facet, yes or no */
	enum version_test test;
	const struct windows_line *line;
};

struct query {
	struct arena *arena;
	VEC_OF(struct term) terms;
	bool software;	 /* has positive terms about one software */
	bool resolution; /* needs the resolver */
};

static bool bad_term(struct err *err, struct str term, const char *why)
{
	return err_set(err, ERR_USAGE, "search term \"%.*s\": %s", STR_FMT(str_sub(term, 0, 80)),
		       why);
}

/* The next term: up to a blank outside quotes.  *ret_quoted when it begins with a quote. */
static bool next_term(struct str *rest, struct str *ret, struct err *err)
{
	bool quoted = false;
	size_t n = 0;

	*rest = str_trim(*rest);
	while (n < rest->n && (quoted || !char_is_space(rest->p[n])))
		quoted ^= rest->p[n++] == '"';
	*ret = str_sub(*rest, 0, n);
	if (quoted)
		return bad_term(err, *ret, "the quote is not closed");
	*rest = str_from_offset(*rest, n);
	return true;
}

static struct str unquote(struct arena *arena, struct str s)
{
	AUTO(text_freep) struct text t = {0};

	if (str_find_char(s, '"', 0) == SIZE_MAX)
		return s;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '"')
			text_add_char(&t, s.p[i]);
	return arena_str(arena, text_str(&t));
}

static bool yes_or_no(struct str s, uint32_t *ret)
{
	if (str_eq_ci(s, STR("yes")) || str_eq_ci(s, STR("on")))
		*ret = SAID_YES;
	else if (str_eq_ci(s, STR("no")) || str_eq_ci(s, STR("off")))
		*ret = SAID_NO;
	else
		return false;
	return true;
}

static struct str version_test(struct str s, enum version_test *ret)
{
	static const struct {
		const char *sign;
		enum version_test test;
	} signs[] = {{"<=", VERSION_LE},
		     {">=", VERSION_GE},
		     {"<", VERSION_LT},
		     {">", VERSION_GT},
		     {"=", VERSION_EQ}};

	for (size_t i = 0; i < ARRAY_LEN(signs); i++)
		if (str_starts(s, str_of(signs[i].sign))) {
			*ret = signs[i].test;
			return str_from_offset(s, strlen(signs[i].sign));
		}
	return s;
}

static bool read_value(struct term *t, struct str whole, struct err *err)
{
	int64_t day_ms;

	switch (t->kind) {
	case TERM_KB:
		return kb_parse(t->value, &t->number) ||
		       bad_term(err, whole, "is no KB number, as kb:KB4012212");
	case TERM_CLASS:
		for (unsigned c = 0; c < DEVICE_CLASSES; c++)
			if (str_eq_ci(t->value, str_of(device_class_name((enum device_class)c)))) {
				t->number = c;
				return true;
			}
		return bad_term(err, whole,
				"classes are workstation, server, medical, network, mobile, other, "
				"unknown");
	case TERM_LINE:
		t->line = windows_line_by_name(t->value);
		return t->line || bad_term(err, whole, "no such Windows line, as line:7sp1");
	case TERM_INTERNET:
	case TERM_SMB1:
	case TERM_UNRESOLVED:
		return yes_or_no(t->value, &t->number) ||
		       bad_term(err, whole, "is answered by yes or no");
	case TERM_SEEN:
		for (unsigned f = 0; f < FACETS; f++)
			if (str_eq_ci(t->value, str_of(facet_name((enum facet)f)))) {
				t->number = f;
				return true;
			}
		return bad_term(err, whole, "facets are os, software, updates");
	case TERM_SUPPORT:
		t->value = version_test(t->value, &t->test);
		return (stamp_parse(t->value, &day_ms) && t->value.n == 10) ||
		       bad_term(err, whole, "is no day, as support:<2027-01-01");
	case TERM_VERSION:
		t->value = version_test(t->value, &t->test);
		return t->value.n || bad_term(err, whole, "has no version");
	default:
		return true;
	}
}

static bool read_term(struct query *q, struct str whole, struct err *err)
{
	struct term t = {.kind = TERM_TEXT};
	struct str s = whole;
	size_t colon;

	if (s.n > 1 && s.p[0] == '-') {
		t.negated = true;
		s = str_from_offset(s, 1);
	}
	colon = s.n && s.p[0] == '"' ? SIZE_MAX : str_find_char(s, ':', 0);
	t.value = unquote(q->arena, s);
	if (colon != SIZE_MAX) {
		if (!kind_of_word(str_sub(s, 0, colon), &t.kind))
			return bad_term(err, whole,
					"no such word; lynchpin estate search --help lists them "
					"(quote a text that has a colon)");
		t.value = unquote(q->arena, str_from_offset(s, colon + 1));
	}
	if (!t.value.n)
		return bad_term(err, whole, "says nothing to look for");
	/* KB4012212 alone means the update, and KB401221z nothing. */
	if (t.kind == TERM_TEXT && s.p[0] != '"' && t.value.n > 2 && char_is_digit(t.value.p[2]) &&
	    str_starts_ci(t.value, STR("kb")))
		t.kind = TERM_KB;
	if (!read_value(&t, whole, err))
		return false;
	if (!t.negated && t.kind >= TERM_NAME && t.kind <= TERM_VERSION)
		q->software = true;
	q->resolution = q->resolution || t.kind == TERM_UNRESOLVED;
	VEC_PUSH(&q->terms, t);
	return true;
}

static bool query_read(struct query *q, struct str s, struct err *err)
{
	struct str term;

	for (;;) {
		if (!next_term(&s, &term, err))
			return false;
		if (!term.n)
			return true;
		if (q->terms.n == 64)
			return err_set(err, ERR_LIMIT, "a search has at most 64 terms");
		if (!read_term(q, term, err))
			return false;
	}
}

/* ---- one segment ------------------------------------------------------------------------ */

/* Blanks, '_' and '-' are one; letters are small. */
static struct str folded(struct arena *arena, struct str s)
{
	char *p = arena_alloc(arena, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = s.p[i] == '_' || s.p[i] == '-' ? ' ' : char_lower(s.p[i]);
	return str_from(p, s.n);
}

static bool has(struct str text, struct str part)
{
	return str_find_ci(text, part, 0) != SIZE_MAX;
}

static bool order_holds(enum version_test test, int c)
{
	switch (test) {
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

static bool version_holds(const struct term *t, struct str version)
{
	if (!version.n)
		return false;
	return order_holds(t->test, version_compare(VERSION_GENERIC, version, t->value));
}

static bool raw_holds(const struct term *t, const struct segment *s, const struct estate_raw *raw)
{
	switch (t->kind) {
	case TERM_NAME:
		return has(seg_str(s, raw->name), t->value) ||
		       has(seg_str(s, raw->cpe), t->value) || has(seg_str(s, raw->purl), t->value);
	case TERM_PUBLISHER:
		return has(seg_str(s, raw->publisher), t->value) ||
		       has(seg_str(s, raw->cpe), t->value);
	default:
		return version_holds(t, seg_str(s, raw->version));
	}
}

struct sets {
	uint64_t *software;   /* devices that hold one software of all positive terms */
	uint64_t *unresolved; /* devices that hold an unresolved name */
	uint64_t **negated;   /* per term: devices that hold such a software */
};

static bool is_software(const struct term *t)
{
	return t->kind >= TERM_NAME && t->kind <= TERM_VERSION;
}

/* What the terms say of a raw's names they say of the next with the same names, of which there are
 * as many as versions. */
struct naming {
	const struct estate_raw *raw;
	bool all;      /* every positive term about names holds */
	uint64_t each; /* by term: it holds */
};

static void name_raw(const struct query *q, const struct segment *s, uint32_t raw, struct naming *n)
{
	const struct estate_raw *r = &s->raws[raw];

	if (n->raw && n->raw->name.off == r->name.off && n->raw->name.n == r->name.n &&
	    n->raw->publisher.off == r->publisher.off && n->raw->publisher.n == r->publisher.n &&
	    !n->raw->cpe.n && !r->cpe.n && !n->raw->purl.n && !r->purl.n)
		return;
	*n = (struct naming){.raw = r, .all = q->software};
	for (size_t t = 0; t < q->terms.n; t++) {
		const struct term *term = &q->terms.v[t];

		if (!is_software(term) || term->kind == TERM_VERSION)
			continue;
		if (raw_holds(term, s, r))
			n->each |= (uint64_t)1 << t;
		else
			n->all = n->all && term->negated;
	}
}

static void sets_add(const struct query *q, const struct segment *s, uint32_t raw,
		     const struct naming *named, struct sets *to)
{
	bool all = named->all;

	for (size_t t = 0; t < q->terms.n; t++) {
		const struct term *term = &q->terms.v[t];
		bool version = term->kind == TERM_VERSION, holds;

		if (!is_software(term) || (!term->negated && !(version && all)))
			continue;
		holds = version ? raw_holds(term, s, &s->raws[raw]) : named->each >> t & 1;
		if (!holds)
			all = all && term->negated;
		else if (term->negated)
			segment_mark(s, raw, to->negated[t]);
	}
	if (all)
		segment_mark(s, raw, to->software);
}

static void make_sets(const struct query *q, const struct segment *s,
		      const struct estate_resolver *resolver, struct arena *arena, struct sets *to)
{
	size_t n = bits_words(s->ndevices) + 1;
	AUTO(arena_closep) struct arena *scratch = arena_open();
	bool software = q->software;
	struct naming named = {0};

	to->software = ARENA_ARRAY(arena, uint64_t, n);
	to->unresolved = ARENA_ARRAY(arena, uint64_t, n);
	to->negated = ARENA_ARRAY(arena, uint64_t *, q->terms.n + 1);
	for (size_t t = 0; t < q->terms.n; t++) {
		if (!q->terms.v[t].negated || !is_software(&q->terms.v[t]))
			continue;
		to->negated[t] = ARENA_ARRAY(arena, uint64_t, n);
		software = true;
	}
	for (uint32_t r = 0; software && r < s->nraws; r++) {
		name_raw(q, s, r, &named);
		sets_add(q, s, r, &named, to);
	}
	for (uint32_t r = 0; resolver && r < s->nraws; r++) {
		struct estate_resolved resolved;

		estate_resolve_raw(resolver, s, &s->raws[r], scratch, &resolved);
		if (resolved.state == RESOLUTION_UNRESOLVED)
			segment_mark(s, r, to->unresolved);
		if (r % 256 == 255)
			arena_clear(scratch);
	}
}

struct looking {
	const struct query *q;
	const struct segment *s;
	struct sets sets;
	struct arena *scratch;
	const char *unknown;
	struct system_said *systems; /* SYSTEMS of them for each term */
};

/* What a term about the system said of a device; many have the same. */
enum { SYSTEMS = 32 };
struct system_said {
	const struct estate_device *of; /* NULL: nothing yet */
	bool holds;
};

static bool same_system(const struct estate_device *a, const struct estate_device *b)
{
	return a->os_name.off == b->os_name.off && a->os_name.n == b->os_name.n &&
	       a->os_cpe.off == b->os_cpe.off && a->os_cpe.n == b->os_cpe.n &&
	       a->os_major == b->os_major && a->os_minor == b->os_minor &&
	       a->os_build == b->os_build && a->os_sp == b->os_sp && a->os_server == b->os_server &&
	       a->os_arch == b->os_arch;
}

static enum truth unless_seen(struct looking *l, uint32_t device, enum facet f, bool found)
{
	static const char *const never[FACETS] = {"operating system never seen",
						  "software never seen", "updates never seen"};
	const struct estate_seen *seen = &l->s->devices[device].facet[f];

	if (found)
		return YES;
	if (seen->seen_ms && !seen->incomplete)
		return NO;
	if (!l->unknown)
		l->unknown = seen->seen_ms ? "the list is incomplete" : never[f];
	return UNKNOWN;
}

static bool os_holds(struct looking *l, const struct term *t, uint32_t device)
{
	const struct estate_device *d = &l->s->devices[device];
	const struct windows_line *line = segment_line(l->s, device);
	struct str want = folded(l->scratch, t->value);

	if (has(folded(l->scratch, seg_str(l->s, d->os_name)), want) ||
	    has(seg_str(l->s, d->os_cpe), t->value))
		return true;
	if (!line)
		return false;
	if (str_eq_ci(t->value, str_of(line->name)) ||
	    has(folded(l->scratch, str_of(line->title)), want))
		return true;
	for (size_t i = 0; i < line->n_cpes; i++)
		if (line->cpes[i].product && str_eq_ci(t->value, str_of(line->cpes[i].product)))
			return true;
	return false;
}

/* Of os: and line:, a function of the system alone. */
static bool system_holds(struct looking *l, size_t at, uint32_t device)
{
	const struct term *t = &l->q->terms.v[at];
	const struct estate_device *d = &l->s->devices[device];
	uint64_t key = u64_hash((uint64_t)d->os_name.off << 32 ^ d->os_build ^ d->os_cpe.off << 8);
	struct system_said *said = &l->systems[at * SYSTEMS + key % SYSTEMS];

	if (!said->of || !same_system(said->of, d))
		*said = (struct system_said){d, t->kind == TERM_OS
							? os_holds(l, t, device)
							: segment_line(l->s, device) == t->line};
	return said->holds;
}

static enum truth text_holds(const struct segment *s, const struct estate_device *d,
			     struct str want)
{
	return has(seg_str(s, d->id), want) || has(seg_str(s, d->type), want) ||
			       has(seg_str(s, d->segment), want) ||
			       has(seg_str(s, d->service), want) ||
			       has(seg_str(s, d->os_name), want)
		       ? YES
		       : NO;
}

/* What a register states; of a medical device of which none says until when, nobody knows. */
static bool kept_holds(struct looking *l, const struct term *t, uint32_t device,
		       enum truth *ret_unless)
{
	struct str text = segment_kept(l->s, device, (enum kept)(t->kind - TERM_VENDOR));

	*ret_unless = NO;
	if (t->kind != TERM_SUPPORT)
		return has(text, t->value);
	if (text.n)
		return order_holds(t->test, str_cmp(text, t->value));
	if (l->s->devices[device].class == CLASS_MEDICAL) {
		*ret_unless = UNKNOWN;
		if (!l->unknown)
			l->unknown = "nobody says until when it is supported";
	}
	return false;
}

static enum truth truth_of(bool yes)
{
	return yes ? YES : NO;
}

/* Of the term without its sign. */
static enum truth term_holds(struct looking *l, size_t at, uint32_t device)
{
	const struct term *t = &l->q->terms.v[at];
	const struct segment *s = l->s;
	const struct estate_device *d = &s->devices[device];
	enum truth unless;

	switch (t->kind) {
	case TERM_OS:
	case TERM_LINE:
		return unless_seen(l, device, FACET_OS, system_holds(l, at, device));
	case TERM_KB:
		return unless_seen(l, device, FACET_UPDATES, segment_has_kb(s, device, t->number));
	case TERM_CLASS:
		return truth_of(d->class == t->number);
	case TERM_ORG:
		return truth_of(str_eq_ci(s->org, t->value));
	case TERM_ID:
		return truth_of(has(seg_str(s, d->id), t->value));
	case TERM_TYPE:
		return truth_of(has(seg_str(s, d->type), t->value));
	case TERM_SEGMENT:
		return truth_of(has(seg_str(s, d->segment), t->value));
	case TERM_SERVICE:
		return truth_of(has(seg_str(s, d->service), t->value));
	case TERM_INTERNET:
		return truth_of(d->internet_facing == t->number);
	case TERM_SMB1:
		return truth_of(d->smb1_off && d->smb1_off != t->number);
	case TERM_SEEN:
		return truth_of(d->facet[t->number].seen_ms != 0);
	case TERM_VENDOR:
	case TERM_MODEL:
	case TERM_UDI:
	case TERM_SUPPORT:
	case TERM_CONTROLS:
		return kept_holds(l, t, device, &unless) ? YES : unless;
	case TERM_UNRESOLVED:
		return truth_of(bits_has(l->sets.unresolved, device) == (t->number == SAID_YES));
	case TERM_NAME:
	case TERM_PUBLISHER:
	case TERM_VERSION:
		return unless_seen(
			l, device, FACET_SOFTWARE,
			bits_has(t->negated ? l->sets.negated[at] : l->sets.software, device));
	default:
		return text_holds(s, d, t->value);
	}
}

/* Terms that are answered from the device's row alone: asked of all devices first. */
static bool is_quick(const struct term *t)
{
	return t->kind != TERM_UNRESOLVED && !is_software(t);
}

/* Is no term of these false? */
static bool terms_hold(struct looking *l, uint32_t device, bool quick_only)
{
	l->unknown = NULL;
	for (size_t t = 0; t < l->q->terms.n; t++) {
		const struct term *term = &l->q->terms.v[t];

		if ((!quick_only || is_quick(term)) &&
		    term_holds(l, t, device) == (term->negated ? YES : NO))
			return false;
	}
	return true;
}

/* Hits of one segment, by device. */
struct found {
	const struct segment *segment;
	VEC_OF(struct estate_hit) hits;
};

static void find(const struct query *q, const struct estate_resolver *resolver, struct found *to)
{
	const struct segment *s = to->segment;
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(arena_closep) struct arena *scratch = arena_open();
	struct looking l = {.q = q, .s = s, .scratch = scratch};
	uint64_t *left = ARENA_ARRAY(arena, uint64_t, bits_words(s->ndevices) + 1);
	bool any = false;

	l.systems = ARENA_ARRAY(arena, struct system_said, q->terms.n * SYSTEMS + 1);
	for (uint32_t i = 0; i < s->ndevices; i++) {
		if (i % 64 == 63)
			arena_clear(scratch);
		if (!terms_hold(&l, i, true))
			continue;
		bits_add(left, i);
		any = true;
	}
	if (!any)
		return;
	make_sets(q, s, resolver, arena, &l.sets);
	BITS_EACH (i, left, s->ndevices) {
		arena_clear(scratch);
		if (terms_hold(&l, (uint32_t)i, false))
			VEC_PUSH(&to->hits, (struct estate_hit){s, (uint32_t)i, l.unknown});
	}
}

struct search {
	const struct query *q;
	const struct estate_resolver *resolver;
	struct found *found; /* by organisation */
	size_t n;
};

static void search_release(struct search *s)
{
	for (size_t i = 0; i < s->n; i++) {
		segment_unref(s->found[i].segment);
		free(s->found[i].hits.v);
	}
	free(s->found);
}

/* Organisations that the query rules out are not even opened. */
static bool wants_org(const struct query *q, struct str org)
{
	for (size_t t = 0; t < q->terms.n; t++)
		if (q->terms.v[t].kind == TERM_ORG &&
		    str_eq_ci(q->terms.v[t].value, org) == q->terms.v[t].negated)
			return false;
	return true;
}

static bool open_segments(struct search *search, struct estate *e, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct needs needs = {0};
	size_t n = 0;

	if (!needs_of(e, (struct str){0}, arena, &needs, err))
		return false;
	for (size_t i = 0; i < needs.n; i++)
		if (wants_org(search->q, needs.v[i].org))
			needs.v[n++] = needs.v[i];
	needs.n = n;
	search->found = mem_zero(n + 1, sizeof(*search->found));
	if (!segments_prepare(e, &needs, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!segment_get(e, &needs.v[i], &search->found[i].segment, err))
			return false;
		search->n++;
	}
	return true;
}

static void find_one(void *ctx, size_t item, unsigned worker)
{
	struct search *search = ctx;

	(void)worker;
	find(search->q, search->resolver, &search->found[item]);
}

static bool give_hits(const struct found *f, estate_hit_fn *fn, void *ctx, struct err *err)
{
	for (size_t i = 0; i < f->hits.n; i++)
		if (!fn(ctx, &f->hits.v[i], err))
			return false;
	return true;
}

bool estate_search(struct estate *e, struct str query, estate_hit_fn *fn, void *ctx,
		   struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(estate_resolver_closep) struct estate_resolver *resolver = NULL;
	struct query q = {.arena = arena};
	AUTO(search_release) struct search search = {.q = &q};
	bool ok = query_read(&q, query, err);

	if (ok && q.resolution)
		ok = estate_resolver_open(e, NULL, &resolver, err);
	search.resolver = resolver;
	ok = ok && open_segments(&search, e, err);
	if (ok)
		parallel_each(search.n, find_one, &search);
	for (size_t i = 0; ok && i < search.n; i++)
		ok = give_hits(&search.found[i], fn, ctx, err);
	free(q.terms.v);
	return ok;
}

bool estate_search_in(const struct segment *s, const struct estate_resolver *resolver,
		      const struct estate_query *query, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct query q = {.arena = arena};
	struct found found = {.segment = s};
	bool ok = query_read(&q, query->text, err);

	if (ok && wants_org(&q, s->org)) {
		find(&q, resolver, &found);
		ok = give_hits(&found, query->fn, query->ctx, err);
	}
	free(found.hits.v);
	free(q.terms.v);
	return ok;
}
