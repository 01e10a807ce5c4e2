#include "base/order.h"
#include "base/table.h"
#include "estate/make.h"

/* A snapshot of which is known what it says. */
struct word {
	const struct estate_snapshot *s;
	const struct saying *said;
	uint32_t place;			 /* in need */
	uint32_t *devices;		 /* by row */
	VEC_OF(uint64_t) files, offered; /* device << 32 | name or KB; ascending */
	bool kept;
};

/* One row, by device. */
struct listing {
	uint32_t word, row;
};

/* All of one source that are not spent yet, oldest first. */
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

static struct str said_str(const struct said_name *name)
{
	return str_from((const char *)name->b, sizeof(name->b));
}

static void word_fill(struct words *m, struct word *w)
{
	const struct saying *said = w->said;

	w->devices = mem_alloc((said->n + (size_t)1) * sizeof(*w->devices));
	for (uint32_t i = 0; i < said->n; i++)
		w->devices[i] = intern_put(m->ids, said_str(&said->v[i].device));
	for (uint32_t i = 0; i < said->nfiles; i++)
		VEC_PUSH(&w->files,
			 (uint64_t)w->devices[said->files[i] >> 32] << 32 |
				 intern_put(m->names,
					    said_str(&said->names[(uint32_t)said->files[i]])));
	for (uint32_t i = 0; i < said->noffered; i++)
		VEC_PUSH(&w->offered, (uint64_t)w->devices[said->offered[i] >> 32] << 32 |
					      (uint32_t)said->offered[i]);
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
		for (uint32_t r = 0; r < m->v[i].said->n; r++)
			at[m->v[i].devices[r]]++;
	for (uint32_t d = 0, sum = 0; d <= n; d++) {
		uint32_t here = at[d];

		at[d] = sum;
		sum += here;
	}
	m->listings = mem_alloc((at[n] + 1) * sizeof(*m->listings));
	for (uint32_t i = 0; i < m->n; i++)
		for (uint32_t r = 0; r < m->v[i].said->n; r++)
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
	uint32_t device = w->devices[row], facts = (1u << FACTS) - 1,
		 bits = 1u << SAYS_LISTED | (w->said->v[row].brief.states & facts);

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
static bool offered_is_past(const struct word *t, const struct claim_brief *later)
{
	int64_t days = 1;

	for (enum estate_kind kind = 0; kind < ESTATE_KINDS; kind++)
		days = MAX_OF(days, estate_fresh_days(kind) + 1);
	return later->states >> FACT_UPDATES & 1 &&
	       later->seen_ms > t->s->taken_ms + days * MS_PER_DAY;
}

/* What is kept has no texts: which of two seen at once comes first is told from rows alone. */
static bool comes_first(const struct listing *a, const struct listing *b, const struct words *m,
			enum fact fact)
{
	const struct saying *x = m->v[a->word].said, *y = m->v[b->word].said;
	struct claim was, is;

	if (!x->rows || !y->rows)
		return true;
	was = claim_of(x->rows, 0, a->row);
	is = claim_of(y->rows, 0, b->row);
	return claim_comes_first(&was, &is, fact);
}

/* Which of the things that the row says (bits) another row of the device, in a later one, says. */
static uint32_t said_again(const struct words *m, struct listing at, struct listing later,
			   uint32_t bits)
{
	const struct word *t = &m->v[at.word], *w = &m->v[later.word];
	const struct claim_brief *was = &t->said->v[at.row].brief,
				 *is = &w->said->v[later.row].brief;
	uint32_t device = t->devices[at.row], said = 1u << SAYS_LISTED;

	for (enum fact fact = 0; fact < FACTS; fact++) {
		enum outdone how = bits >> fact & 1 ? claim_outdone(was, is, fact) : OUTDONE_NO;

		if (how == OUTDONE ||
		    (how == OUTDONE_UNLESS_FIRST && !comes_first(&at, &later, m, fact)))
			said |= 1u << fact;
	}
	if (bits >> SAYS_FILES & 1 && range_has(files_of(w, device), files_of(t, device)))
		said |= 1u << SAYS_FILES;
	if (bits >> SAYS_OFFERED & 1 &&
	    (range_has(offered_of(w, device), offered_of(t, device)) || offered_is_past(t, is)))
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
	uint32_t device = m->v[at.word].devices[at.row];
	const struct listing *end, *from = listed_from(m, device, s + 1, &end);
	uint32_t left = bits;

	for (const struct listing *l = from; l < end; l++)
		left &= ~said_again(m, at, *l, bits);
	for (const struct listing *l = from; !left && bits && l < end; l++) {
		uint32_t said = said_again(m, at, *l, bits) & bits;

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
			if (is_like(m, l->word, s) == alike && said_again(m, at, *l, bits) == bits)
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
		for (uint32_t r = 0; m->v[t].kept && r < m->v[t].said->n; r++)
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
	for (uint32_t r = 0; r < m->v[s].said->n; r++)
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

/* Places in need of those that are not spent, by source, oldest first; ends: where each source's
 * end.  Returns how many sources there are. */
static uint32_t by_source(const struct need *need, const struct spent *s, uint32_t *order,
			  uint32_t *ends)
{
	AUTO(intern_closep) struct intern *sources = intern_open();
	AUTO(freep) uint32_t *of = mem_alloc((need->n + 1) * sizeof(*of));
	uint32_t sum = 0;

	for (size_t i = 0; i < need->n; i++)
		if (need_reads(need, s, i))
			ends[of[i] = intern_put(sources, need->v[i].source)]++;
	for (uint32_t k = 0; k < intern_count(sources); k++) {
		uint32_t n = ends[k];

		ends[k] = sum;
		sum += n;
	}
	for (uint32_t i = 0; i < need->n; i++)
		if (need_reads(need, s, i))
			order[ends[of[i]]++] = i;
	return intern_count(sources);
}

static void find_source(const struct need *need, const uint32_t *place, size_t n, struct spent *s)
{
	AUTO(words_release) struct words m = {.n = n};

	for (size_t i = 0; i < n; i++)
		if (n < 2 || !s->said[place[i]].known)
			return;
	m.v = mem_zero(m.n, sizeof(*m.v));
	for (size_t i = 0; i < n; i++)
		m.v[i] = (struct word){
			.s = &need->v[place[i]], .said = &s->said[place[i]], .place = place[i]};
	words_find(&m, s);
}

void spent_find(const struct need *need, struct spent *s)
{
	AUTO(freep) uint32_t *order = mem_alloc((need->n + 1) * sizeof(*order));
	AUTO(freep) uint32_t *ends = mem_zero(need->n + 1, sizeof(*ends));
	uint32_t n = by_source(need, s, order, ends);

	for (uint32_t k = 0, from = 0; k < n; from = ends[k++])
		find_source(need, order + from, ends[k] - from, s);
}
