#include "estate/spent.h"

#include "base/order.h"
#include "base/table.h"
#include "estate/facts.h"

/* A snapshot that was read. */
struct word {
	const struct build_source *s;
	uint32_t place;			 /* in need */
	uint32_t *devices;		 /* by row */
	VEC_OF(uint64_t) files, offered; /* device << 32 | name or KB; ascending */
	bool kept;
};

/* One row, by device. */
struct listing {
	uint32_t word, row;
};

/* All of one source that were read, oldest first. */
struct words {
	struct intern *ids, *names;
	struct word *v;
	size_t n;
	uint32_t *start; /* by device, into listings, which ascend by word */
	struct listing *listings;
	uint32_t *wholes; /* ascending */
	size_t nwholes;
	bool *by; /* by word: it settles a row of the one in question */
	size_t nby;
};

/* What a row says, as bits: facts, and after them */
enum { SAYS_FILES = FACTS, SAYS_OFFERED, SAYS_LISTED };
/* So many make a file long: who needs more is read. */
enum { BY_MOST = 64 };

static void words_release(struct words *m)
{
	for (size_t i = 0; m->v && i < m->n; i++) {
		free(m->v[i].devices);
		free(m->v[i].files.v);
		free(m->v[i].offered.v);
	}
	free(m->v);
	free(m->start);
	free(m->listings);
	free(m->wholes);
	free(m->by);
}

/* ---- what they say -------------------------------------------------------------------- */

static void word_fill(struct words *m, struct word *w)
{
	const struct rows *rows = w->s->rows;

	w->devices = mem_alloc((rows->devices.n + 1) * sizeof(*w->devices));
	for (size_t i = 0; i < rows->devices.n; i++)
		w->devices[i] = intern_put(m->ids, rows->devices.v[i].text[ROW_ID]);
	for (size_t i = 0; i < rows->files.n; i++)
		VEC_PUSH(&w->files, (uint64_t)w->devices[rows->files.v[i].device] << 32 |
					    intern_put(m->names, rows->files.v[i].name));
	for (size_t i = 0; i < rows->no_kbs.n; i++)
		VEC_PUSH(&w->offered, (uint64_t)w->devices[rows->no_kbs.v[i] >> 32] << 32 |
					      (uint32_t)rows->no_kbs.v[i]);
	if (w->files.n)
		qsort(w->files.v, w->files.n, sizeof(uint64_t), u64_order);
	if (w->offered.n)
		qsort(w->offered.v, w->offered.n, sizeof(uint64_t), u64_order);
}

/* By device, who lists it. */
static void words_list(struct words *m)
{
	uint32_t n = intern_count(m->ids), *at;

	m->start = mem_zero(n + 2, sizeof(*m->start));
	at = m->start + 1;
	for (size_t i = 0; i < m->n; i++)
		for (size_t r = 0; r < m->v[i].s->rows->devices.n; r++)
			at[m->v[i].devices[r]]++;
	for (uint32_t d = 0, sum = 0; d <= n; d++) {
		uint32_t here = at[d];

		at[d] = sum;
		sum += here;
	}
	m->listings = mem_alloc((at[n] + 1) * sizeof(*m->listings));
	for (uint32_t i = 0; i < m->n; i++)
		for (uint32_t r = 0; r < m->v[i].s->rows->devices.n; r++)
			m->listings[at[m->v[i].devices[r]]++] = (struct listing){i, r};
}

static void words_fill(struct words *m)
{
	m->wholes = mem_alloc((m->n + 1) * sizeof(*m->wholes));
	m->by = mem_zero(m->n + 1, sizeof(*m->by));
	for (uint32_t i = 0; i < m->n; i++) {
		word_fill(m, &m->v[i]);
		if (m->v[i].s->whole)
			m->wholes[m->nwholes++] = i;
	}
	words_list(m);
}

struct range {
	const uint64_t *v;
	size_t n;
};

/* Of a device's. */
static struct range range_of(const uint64_t *v, size_t n, uint32_t device)
{
	size_t lo = 0, hi = n, to;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (v[mid] >> 32 < device)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (to = lo; to < n && v[to] >> 32 == device; to++)
		;
	return (struct range){n ? v + lo : NULL, to - lo};
}

static bool range_has(struct range all, struct range some)
{
	size_t at = 0;

	for (size_t i = 0; i < some.n; i++) {
		while (at < all.n && all.v[at] < some.v[i])
			at++;
		if (at == all.n || all.v[at] != some.v[i])
			return false;
	}
	return true;
}

static struct range files_of(const struct word *w, uint32_t device)
{
	return range_of(w->files.v, w->files.n, device);
}

static struct range offered_of(const struct word *w, uint32_t device)
{
	return range_of(w->offered.v, w->offered.n, device);
}

static uint32_t says(const struct word *w, uint32_t row)
{
	struct claim c = claim_of(w->s, 0, row);
	uint32_t device = w->devices[row], bits = 1u << SAYS_LISTED;

	for (enum fact fact = 0; fact < FACTS; fact++)
		bits |= (uint32_t)claim_states(&c, fact) << fact;
	if (files_of(w, device).n)
		bits |= 1u << SAYS_FILES;
	if (offered_of(w, device).n)
		bits |= 1u << SAYS_OFFERED;
	return bits;
}

/*
 * What is offered counts until the device's word on updates is a day newer.  The word believed is
 * no staler beside the newest than any kind may be, whatever comes in later.
 */
static bool offered_is_past(const struct word *t, const struct claim *later)
{
	int64_t days = 1;

	for (enum estate_kind kind = 0; kind < ESTATE_KINDS; kind++)
		days = MAX_OF(days, estate_fresh_days(kind) + 1);
	return claim_states(later, FACT_UPDATES) &&
	       later->seen_ms > t->s->taken_ms + days * MS_PER_DAY;
}

/* Which of the things that row of t says (bits) another row of the device, in the later w, says. */
static uint32_t said_again(const struct word *t, uint32_t row, const struct word *w,
			   uint32_t row_there, uint32_t bits)
{
	struct claim was = claim_of(t->s, 0, row), is = claim_of(w->s, 0, row_there);
	uint32_t device = t->devices[row], said = 1u << SAYS_LISTED;

	for (enum fact fact = 0; fact < FACTS; fact++)
		if (bits >> fact & 1 && claim_outdone(&was, &is, fact))
			said |= 1u << fact;
	if (bits >> SAYS_FILES & 1 && range_has(files_of(w, device), files_of(t, device)))
		said |= 1u << SAYS_FILES;
	if (bits >> SAYS_OFFERED & 1 &&
	    (range_has(offered_of(w, device), offered_of(t, device)) || offered_is_past(t, &is)))
		said |= 1u << SAYS_OFFERED;
	return said;
}

/* ---- who need not be read --------------------------------------------------------------- */

/* Those that list the device, from that word on. */
static const struct listing *listed_from(const struct words *m, uint32_t device, uint32_t word,
					 const struct listing **ret_end)
{
	const struct listing *l = m->listings + m->start[device];

	*ret_end = m->listings + m->start[device + 1];
	while (l < *ret_end && l->word < word)
		l++;
	return l;
}

static bool settles(struct words *m, uint32_t word)
{
	m->nby += !m->by[word];
	m->by[word] = true;
	return true;
}

/* It is replaced by nothing that does not replace s too: s stays spent for longer. */
static bool is_like(const struct words *m, uint32_t word, uint32_t s)
{
	return (m->v[s].s->sees & ~m->v[word].s->sees) == 0;
}

/* The next whole one after s that does not list the device. */
static bool is_retired(struct words *m, uint32_t device, uint32_t s, bool alike)
{
	const struct listing *end, *l = listed_from(m, device, s + 1, &end);

	for (size_t i = 0; i < m->nwholes; i++) {
		uint32_t w = m->wholes[i];

		while (l < end && l->word < w)
			l++;
		if (w > s && (l == end || l->word != w) && is_like(m, w, s) == alike)
			return settles(m, w);
	}
	return false;
}

static bool by_several(struct words *m, struct listing at, uint32_t s, uint32_t bits)
{
	const struct word *t = &m->v[at.word];
	const struct listing *end, *from = listed_from(m, t->devices[at.row], s + 1, &end);
	uint32_t left = bits;

	for (const struct listing *l = from; l < end; l++)
		left &= ~said_again(t, at.row, &m->v[l->word], l->row, bits);
	for (const struct listing *l = from; !left && bits && l < end; l++) {
		uint32_t said = said_again(t, at.row, &m->v[l->word], l->row, bits) & bits;

		if (said)
			(void)settles(m, l->word);
		bits &= ~said;
	}
	return !left;
}

/* Do those after s say, or retire, what the row does? */
static bool is_settled(struct words *m, struct listing at, uint32_t s)
{
	const struct word *t = &m->v[at.word];
	uint32_t device = t->devices[at.row], bits = says(t, at.row);
	const struct listing *end, *from = listed_from(m, device, s + 1, &end);

	for (unsigned alike = 2; alike-- > 0;) {
		for (const struct listing *l = from; l < end; l++)
			if (is_like(m, l->word, s) == alike &&
			    said_again(t, at.row, &m->v[l->word], l->row, bits) == bits)
				return settles(m, l->word);
		if (is_retired(m, device, s, alike))
			return true;
	}
	return by_several(m, at, s, bits);
}

static bool lists(const struct words *m, uint32_t word, uint32_t device)
{
	const struct listing *end, *l = listed_from(m, device, word, &end);

	return l < end && l->word == word;
}

/* What s retires of older ones that are read would come back without it, unless settled. */
static bool retires_nothing(struct words *m, uint32_t s)
{
	for (uint32_t t = 0; m->v[s].s->whole && t < s; t++)
		for (uint32_t r = 0; m->v[t].kept && r < m->v[t].s->rows->devices.n; r++)
			if (!lists(m, s, m->v[t].devices[r]) &&
			    !is_settled(m, (struct listing){t, r}, s))
				return false;
	return true;
}

static bool is_spent(struct words *m, uint32_t s)
{
	if (m->nby)
		memset(m->by, 0, m->n * sizeof(*m->by));
	m->nby = 0;
	for (uint32_t r = 0; r < m->v[s].s->rows->devices.n; r++)
		if (!is_settled(m, (struct listing){s, r}, s))
			return false;
	if (!retires_nothing(m, s))
		return false;
	/* The newest date of all stays among them, also where it listed nothing. */
	if (!m->nby)
		(void)settles(m, s + 1);
	return m->nby <= BY_MOST;
}

static void spend(const struct words *m, uint32_t word, struct spent *s)
{
	uint32_t *by = ARENA_ARRAY(s->arena, uint32_t, m->nby), n = 0;

	for (uint32_t i = 0; i < m->n; i++)
		if (m->by[i])
			by[n++] = m->v[i].place;
	s->v[m->v[word].place] = (struct spent_word){.place = m->v[word].place, .n = n, .by = by};
	s->n++;
}

/* Oldest first: what is spent asks nothing of those after it. */
static void words_find(struct words *m, struct spent *s)
{
	AUTO(intern_closep) struct intern *ids = intern_open();
	AUTO(intern_closep) struct intern *names = intern_open();

	m->ids = ids;
	m->names = names;
	words_fill(m);
	for (uint32_t i = 0; i + 1 < m->n; i++) {
		m->v[i].kept = !is_spent(m, i);
		if (!m->v[i].kept)
			spend(m, i, s);
	}
}

/* Places in in->v by source, oldest first; ends: where each source's end.  Returns how many. */
static uint32_t by_source(const struct build_in *in, uint32_t *order, uint32_t *ends)
{
	AUTO(intern_closep) struct intern *sources = intern_open();
	AUTO(freep) uint32_t *of = mem_alloc((in->n + 1) * sizeof(*of));
	uint32_t sum = 0;

	for (size_t i = 0; i < in->n; i++)
		ends[of[i] = intern_put(sources, in->v[i].source)]++;
	for (uint32_t k = 0; k < intern_count(sources); k++) {
		uint32_t n = ends[k];

		ends[k] = sum;
		sum += n;
	}
	for (uint32_t i = 0; i < in->n; i++)
		order[ends[of[i]]++] = i;
	return intern_count(sources);
}

void spent_find(const struct build_in *in, const uint32_t *place, struct spent *s)
{
	AUTO(freep) uint32_t *order = mem_alloc((in->n + 1) * sizeof(*order));
	AUTO(freep) uint32_t *ends = mem_zero(in->n + 1, sizeof(*ends));
	uint32_t n = by_source(in, order, ends);

	for (uint32_t k = 0, from = 0; k < n; from = ends[k++]) {
		AUTO(words_release) struct words m = {.n = ends[k] - from};

		if (m.n < 2)
			continue;
		m.v = mem_zero(m.n, sizeof(*m.v));
		for (uint32_t i = 0; i < m.n; i++)
			m.v[i] = (struct word){.s = &in->v[order[from + i]],
					       .place = place[order[from + i]]};
		words_find(&m, s);
	}
}
