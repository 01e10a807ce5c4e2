#include "exposure/eval.h"

#include "base/order.h"
#include "exposure/words.h"

/*
 * Kleene logic over an organisation, a word of 64 devices at a time: which leaf is true, may be or
 * lies beyond is put down by slot, then the class is worked out for each word.
 */

struct slot {
	const uint64_t *v[LEAF_LISTS]; /* NULL: no device */
};
struct scratch {
	struct sets result;
	struct slot *slots; /* as form's; lists NULL between uses */
	size_t nslots;
	struct due due;
	struct arena *devices, *forms; /* last as long as a class over one organisation */
};

struct scratch *scratch_open(uint32_t words)
{
	struct scratch *s = mem_zero(1, sizeof(*s));
	uint64_t *w = mem_zero(3 * ((size_t)words + 1), sizeof(*w));

	s->devices = arena_open();
	s->forms = arena_open();
	s->result = (struct sets){w, w + words + 1, w + 2 * ((size_t)words + 1)};
	return s;
}

void scratch_close(struct scratch *s)
{
	free(s->result.t);
	free(s->slots);
	due_release(&s->due);
	arena_close(s->devices);
	arena_close(s->forms);
	free(s);
}

/* ---- which devices ------------------------------------------------------------------ */

static void set_add(uint64_t *to, const struct devset *d, size_t words)
{
	if (d->words) {
		words_or(to, d->words, words);
		return;
	}
	for (uint32_t i = 0; i < d->n; i++)
		bits_add(to, d->list[i]);
}

bool spans_devices(const struct unit *o, const struct spans *s, uint64_t *to)
{
	bool any = false;

	for (uint32_t i = 0; i < s->n; i++)
		for (uint32_t k = u32_place(o->ids, o->nlocal, s->v[i].lo);
		     k < o->nlocal && o->ids[k] < s->v[i].hi; k++) {
			set_add(to, &o->sets[k], o->nwords);
			any = true;
		}
	return any;
}

static void slots_begin(struct scratch *s, const struct form *f)
{
	arena_clear(s->devices);
	if (s->nslots < f->nleaves) {
		free(s->slots);
		s->nslots = f->nleaves;
		s->slots = mem_zero(s->nslots, sizeof(*s->slots));
	}
}

static void slots_search(struct scratch *s, const struct form *f, const struct unit *o)
{
	uint64_t *to = NULL;

	for (uint32_t i = 0; i < f->nleaves; i++)
		for (uint32_t k = 0; k < LEAF_LISTS; k++) {
			if (!to)
				to = ARENA_ARRAY(s->devices, uint64_t, o->nwords + 1);
			s->slots[i].v[k] = NULL;
			if (!spans_devices(o, &f->part->leaves.v[f->leaves[i]].s[k], to))
				continue;
			s->slots[i].v[k] = to;
			to = NULL;
		}
}

/* The devices of hits of one lane. */
static const uint64_t *lane_devices(struct scratch *s, const struct unit *o, const struct hit *h,
				    const struct hit *end)
{
	uint64_t *to;

	if (end - h == 1 && o->nwords > 1 && o->sets[h->place].words)
		return o->sets[h->place].words;
	if (end - h == 1 && o->nwords == 1)
		return &h->word;
	to = ARENA_ARRAY(s->devices, uint64_t, o->nwords);
	for (; h < end; h++)
		if (o->nwords == 1)
			to[0] |= h->word;
		else
			set_add(to, &o->sets[h->place], o->nwords);
	return to;
}

static void slots_fill(struct scratch *s, const struct unit *o, const struct hit *h,
		       const struct hit *end)
{
	for (const struct hit *next; h < end; h = next) {
		for (next = h + 1; next < end && next->lane == h->lane;)
			next++;
		s->slots[h->lane >> LISTS_SHIFT].v[hit_list(h)] = lane_devices(s, o, h, next);
	}
}

/* ---- one word -------------------------------------------------------------------------- */

struct word {
	uint64_t t, u, x; /* exposed, unknown, fixed */
};
struct walk {
	const struct form *form;
	const struct slot *slots;
	const struct unit *o;
	size_t i;	     /* the word */
	uint64_t all;	     /* its devices */
	const uint32_t *at;  /* the next node */
	const uint32_t *due; /* programs to ask; NULL: the first ndue, which are all */
	size_t ndue;
	struct kind_sets rest; /* what the others say */
};

static uint64_t list_word(const struct walk *k, uint32_t slot, int list)
{
	const uint64_t *v = k->slots[slot].v[list];

	return v ? v[k->i] : 0;
}

static struct word leaf_word(const struct walk *k, uint32_t slot)
{
	struct word r = {.t = list_word(k, slot, LEAF_TRUE)};

	r.u = (list_word(k, slot, LEAF_MAYBE) | k->o->unseen[k->form->masks[slot]][k->i]) & ~r.t;
	r.x = list_word(k, slot, LEAF_BEYOND) & ~(r.t | r.u);
	return r;
}

static struct word word_or(struct word a, struct word b)
{
	struct word r = {.t = a.t | b.t};

	r.u = (a.u | b.u) & ~r.t;
	r.x = (a.x | b.x) & ~(r.t | r.u);
	return r;
}

static struct word word_and(struct word a, struct word b)
{
	uint64_t t = a.t & b.t;

	return (struct word){t, (a.t | a.u) & (b.t | b.u) & ~t, a.x | b.x};
}

static struct word node_word(struct walk *k)
{
	uint32_t node = *k->at++, n = node_arg(node);
	struct word r;

	if (node_op(node) <= NODE_PLATFORM)
		return leaf_word(k, n);
	r = node_word(k);
	if (node_op(node) == NODE_NOT)
		return (struct word){~(r.t | r.u) & k->all, r.u, 0};
	for (uint32_t i = 1; i < n; i++) {
		struct word one = node_word(k);

		r = node_op(node) == NODE_OR ? word_or(r, one) : word_and(r, one);
	}
	return r;
}

/* Where the vendor speaks of a device's line (over), what is only about Windows is dropped. */
static struct word program_word(struct walk *k, const struct program *g, uint64_t over)
{
	struct word r, other = {0};

	k->at = k->form->code + g->code;
	r = node_word(k);
	if (g->guard != NONE)
		r = word_and(r, leaf_word(k, g->guard));
	if (!g->windows)
		return r;
	if (g->other != NONE)
		other = leaf_word(k, g->other);
	over &= ~(other.t | other.u);
	r.t &= ~over;
	r.u &= ~over;
	return r;
}

static struct word class_word(struct walk *k)
{
	const struct form *f = k->form;
	uint32_t v = f->verdict;
	struct kind_words rest = kinds_word(k->o, k->i, k->rest);
	struct word r = {.t = rest.exposed, .u = rest.unknown};
	uint64_t over = 0;

	for (int i = VERDICT_EXPOSED; v != NONE && i <= VERDICT_CLEAR; i++)
		over |= list_word(k, v, i);
	for (size_t i = 0; i < k->ndue; i++)
		r = word_or(r, program_word(k, &f->programs[k->due ? k->due[i] : i], over));
	if (v != NONE)
		r = word_or(r, (struct word){list_word(k, v, VERDICT_EXPOSED),
					     list_word(k, v, VERDICT_UNKNOWN) |
						     list_word(k, v, VERDICT_NO_LINE),
					     list_word(k, v, VERDICT_FIXED)});
	return r;
}

/* ---- one organisation -------------------------------------------------------------------- */

static struct walk walk_of(const struct form *f, const struct unit *o, const struct scratch *s)
{
	return (struct walk){.form = f, .slots = s->slots, .o = o, .ndue = f->nprograms};
}

/* The slots filled by its hits. */
static struct walk walk_hits(const struct form *f, const struct unit *o, struct scratch *s,
			     const struct hit *h, const struct hit *end)
{
	struct walk k;

	slots_begin(s, f);
	slots_fill(s, o, h, end);
	k = walk_of(f, o, s);
	if (f->idle.start) {
		k.rest = due_find(&s->due, f, h, end);
		k.due = s->due.programs.v;
		k.ndue = s->due.programs.n;
	}
	return k;
}

static struct word walk_word(struct walk *k, size_t i)
{
	k->i = i;
	k->all = unit_word(k->o, i);
	return class_word(k);
}

/* Of one leaf: what walk_word() says, all words at once. */
static void single_all(const struct walk *k, struct sets to)
{
	const uint64_t *const *v = k->slots[0].v, *unseen = k->o->unseen[k->form->masks[0]];
	size_t n = k->o->nwords, bytes = n * sizeof(*to.t);

	memset(to.t, 0, bytes);
	memset(to.x, 0, bytes);
	memcpy(to.u, unseen, bytes);
	if (v[LEAF_TRUE])
		memcpy(to.t, v[LEAF_TRUE], bytes);
	if (v[LEAF_MAYBE])
		words_or(to.u, v[LEAF_MAYBE], n);
	words_and_not(to.u, to.t, n);
	if (!v[LEAF_BEYOND])
		return;
	memcpy(to.x, v[LEAF_BEYOND], bytes);
	words_and_not(to.x, to.t, n);
	words_and_not(to.x, to.u, n);
}

static void walk_all(struct walk *k, struct sets to)
{
	if (k->form->single) {
		single_all(k, to);
		return;
	}
	for (size_t i = 0; i < k->o->nwords; i++) {
		struct word r = walk_word(k, i);

		to.t[i] = r.t;
		to.u[i] = r.u;
		to.x[i] = r.x;
	}
}

static void slots_end(struct scratch *s, const struct hit *h, const struct hit *end)
{
	for (; h < end; h++)
		s->slots[h->lane >> LISTS_SHIFT].v[hit_list(h)] = NULL;
}

struct sets class_eval(const struct part *w, const struct unit *o, uint32_t class,
		       struct scratch *s)
{
	struct form form;
	struct walk k;

	arena_clear(s->forms);
	class_form(w, class, s->forms, &form);
	slots_begin(s, &form);
	slots_search(s, &form, o);
	k = walk_of(&form, o, s);
	walk_all(&k, s->result);
	for (uint32_t i = 0; i < form.nleaves; i++)
		s->slots[i] = (struct slot){0};
	return s->result;
}

struct sets class_eval_hits(const struct class_hits *hits, uint32_t unit, struct scratch *s)
{
	const struct hit *h = hits->v + hits->start[unit], *end = hits->v + hits->start[unit + 1];
	const struct unit *o = &hits->form.part->orgs[unit];
	struct walk k = walk_hits(&hits->form, o, s, h, end);

	walk_all(&k, s->result);
	slots_end(s, h, end);
	return s->result;
}

/* A device has one patch state, so that those of a verdict need not be told apart. */
static struct counts verdict_count(const struct unit *o, const struct hit *h, const struct hit *end)
{
	uint32_t n[1 << LISTS_SHIFT] = {0};

	for (; h < end; h++)
		n[hit_list(h)] +=
			o->nwords == 1 ? (uint32_t)words_count(&h->word, 1) : o->sets[h->place].n;
	return (struct counts){n[VERDICT_EXPOSED], n[VERDICT_UNKNOWN] + n[VERDICT_NO_LINE],
			       n[VERDICT_FIXED]};
}

static struct counts word_count(struct word w)
{
	return (struct counts){(uint32_t)words_count(&w.t, 1), (uint32_t)words_count(&w.u, 1),
			       (uint32_t)words_count(&w.x, 1)};
}

/* One leaf over one word, as most are. */
static struct counts single_count(const struct form *f, uint32_t unit, const struct hit *h,
				  const struct hit *end)
{
	uint64_t v[1 << LISTS_SHIFT] = {0};
	struct word r;

	for (; h < end; h++)
		v[hit_list(h)] |= h->word;
	r.t = v[LEAF_TRUE];
	r.u = (v[LEAF_MAYBE] | f->part->unseen_words[f->masks[0]][unit]) & ~r.t;
	r.x = v[LEAF_BEYOND] & ~(r.t | r.u);
	return word_count(r);
}

struct counts class_count_hits(const struct class_hits *hits, uint32_t unit, struct scratch *s)
{
	const struct hit *h = hits->v + hits->start[unit], *end = hits->v + hits->start[unit + 1];
	const struct form *f = &hits->form;
	const struct unit *o = &f->part->orgs[unit];
	struct counts r;
	struct walk k;

	if (f->verdict != NONE && f->nprograms == 0)
		return verdict_count(o, h, end);
	if (f->single && o->nwords == 1)
		return single_count(f, unit, h, end);
	k = walk_hits(f, o, s, h, end);
	if (o->nwords == 1) {
		r = word_count(walk_word(&k, 0));
	} else {
		walk_all(&k, s->result);
		r = (struct counts){(uint32_t)words_count(s->result.t, o->nwords),
				    (uint32_t)words_count(s->result.u, o->nwords),
				    (uint32_t)words_count(s->result.x, o->nwords)};
	}
	slots_end(s, h, end);
	return r;
}

struct kind_words program_alone(const struct form *f, uint32_t program, const struct unit *o,
				struct scratch *s)
{
	struct walk k;
	struct word r;

	slots_begin(s, f);
	k = walk_of(f, o, s);
	k.all = unit_word(o, 0);
	r = program_word(&k, &f->programs[program], 0);
	return (struct kind_words){r.t, r.u};
}
