#include "estate/search.h"

/* What is left for each device: its numbers looked up, and what only it can say. */

struct finding {
	const struct asked *a;
	const struct segment *s;
	const uint32_t *profiles;
	/* Devices that hold such a raw, as in struct asked. */
	uint64_t *software, *unresolved, **negated;
};

uint64_t *find_left(const struct asked *a, const struct segment *s, const uint32_t *profiles,
		    struct arena *arena)
{
	uint64_t *left = ARENA_ARRAY(arena, uint64_t, bits_words(s->ndevices) + 1);
	bool any = false;

	for (uint32_t i = 0; i < s->ndevices; i++) {
		bool in = !a->verdicts[profiles[i]].out;

		left[i / 64] |= (uint64_t)in << i % 64;
		any |= in;
	}
	return any ? left : NULL;
}

/* The next raw, from r, whose number is among raws. */
static uint32_t next_raw(const struct segment *s, const uint32_t *numbers, const uint64_t *raws,
			 uint32_t r)
{
	if (!numbers)
		return (uint32_t)bits_next(raws, s->nraws, r);
	while (r < s->nraws && !bits_has(raws, numbers[r]))
		r++;
	return r;
}

/* NULL for NULL. */
static uint64_t *holders(const struct segment *s, const uint32_t *numbers, const uint64_t *raws,
			 struct arena *arena)
{
	uint64_t *to = raws ? ARENA_ARRAY(arena, uint64_t, bits_words(s->ndevices) + 1) : NULL;

	for (uint32_t r = 0; raws && (r = next_raw(s, numbers, raws, r)) < s->nraws; r++)
		segment_mark(s, r, to);
	return to;
}

static enum truth truth_of(bool yes)
{
	return yes ? YES : NO;
}

/* What a register states. */
static enum truth kept_says(const struct term *t, const struct segment *s, uint32_t device)
{
	struct str text = segment_kept(s, device, (enum kept)(t->kind - TERM_VENDOR));

	if (t->kind != TERM_SUPPORT)
		return truth_of(term_is_part(t, text));
	return text.n ? truth_of(term_orders(t, str_cmp(text, t->value))) : SILENT;
}

static enum truth text_says(const struct term *t, const struct segment *s,
			    const struct estate_device *d)
{
	return truth_of(
		term_is_part(t, seg_str(s, d->id)) || term_is_part(t, seg_str(s, d->type)) ||
		term_is_part(t, seg_str(s, d->segment)) || term_is_part(t, seg_str(s, d->service)));
}

static enum truth device_says(const struct finding *f, size_t at, uint32_t device)
{
	const struct term *t = &f->a->q->terms.v[at];
	const struct estate_device *d = &f->s->devices[device];

	switch (t->kind) {
	case TERM_KB:
		return segment_has_kb(f->s, device, t->number) ? YES : SILENT;
	case TERM_NAME:
	case TERM_PUBLISHER:
	case TERM_VERSION:
		return bits_has(t->negated ? f->negated[at] : f->software, device) ? YES : SILENT;
	case TERM_UNRESOLVED:
		return truth_of((f->unresolved && bits_has(f->unresolved, device)) ==
				(t->number == SAID_YES));
	case TERM_ID:
		return truth_of(term_is_part(t, seg_str(f->s, d->id)));
	case TERM_TYPE:
		return truth_of(term_is_part(t, seg_str(f->s, d->type)));
	case TERM_SEGMENT:
		return truth_of(term_is_part(t, seg_str(f->s, d->segment)));
	case TERM_SERVICE:
		return truth_of(term_is_part(t, seg_str(f->s, d->service)));
	case TERM_TEXT:
		return text_says(t, f->s, d);
	default:
		return kept_says(t, f->s, device);
	}
}

/* Is no term false?  *ret_why: of the first that is unknown. */
static bool device_holds(const struct finding *f, uint32_t device, const char **ret_why)
{
	const struct query *q = f->a->q;
	const struct said *said = f->a->said + f->profiles[device] * q->terms.n;

	*ret_why = NULL;
	for (size_t i = 0; i < q->terms.n; i++) {
		enum truth own = said[i].asks ? device_says(f, i, device) : SILENT;
		enum truth truth = own == SILENT ? said[i].truth : own;

		if (truth == (q->terms.v[i].negated ? YES : NO))
			return false;
		if (truth == UNKNOWN && !*ret_why)
			*ret_why = said[i].why;
	}
	return true;
}

void find_hits(const struct asked *a, const struct numbers *numbers, const uint64_t *left,
	       struct found *to, struct arena *arena)
{
	const struct segment *s = to->segment;
	struct finding f = {.a = a, .s = s, .profiles = numbers->profiles};

	f.software = holders(s, numbers->raws, a->software, arena);
	f.unresolved = holders(s, numbers->raws, a->unresolved, arena);
	f.negated = ARENA_ARRAY(arena, uint64_t *, a->q->terms.n + 1);
	for (size_t i = 0; a->negated && i < a->q->terms.n; i++)
		f.negated[i] = holders(s, numbers->raws, a->negated[i], arena);
	BITS_EACH (i, left, s->ndevices) {
		const struct verdict *v = &a->verdicts[f.profiles[i]];
		const char *why = v->why;

		if (v->sure || device_holds(&f, (uint32_t)i, &why))
			VEC_PUSH(&to->hits, (struct estate_hit){s, (uint32_t)i, why});
	}
}
