#include "exposure/sweeper.h"

/*
 * Most organisations have a handful of devices and hold much the same: laid side by side in one
 * word they are asked together, and what each of them answers is a few bits of what is said.
 */

static uint64_t *words_of(struct sweeper *s)
{
	if (!s->pack.words)
		s->pack.words = mem_zero((size_t)s->local.w->nids + 1, sizeof(*s->pack.words));
	return s->pack.words;
}

void pack_add(struct sweeper *s, const struct unit *o)
{
	uint64_t *words = words_of(s);
	struct pack *p = &s->pack;
	uint32_t shift = p->ndevices;

	assert(o->nwords <= 1 && o->ndevices + shift <= WORD_DEVICES);
	if (o->ndevices == 0)
		return;
	for (uint32_t i = 0; i < o->nlocal; i++) {
		uint32_t id = o->ids[i];
		uint64_t word = set_word(&o->sets[i]);

		if (!words[id] && word)
			VEC_PUSH(&p->ids, id);
		words[id] |= word << shift;
	}
	for (size_t m = 0; m < ARRAY_LEN(p->unseen); m++)
		p->unseen[m] |= o->unseen[m][0] << shift;
	p->ndevices += o->ndevices;
}

static void pack_clear(struct pack *p)
{
	for (size_t i = 0; i < p->ids.n; i++)
		p->words[p->ids.v[i]] = 0;
	p->ids.n = 0;
	p->ndevices = 0;
	memset(p->unseen, 0, sizeof(p->unseen));
}

void pack_ask(struct sweeper *s)
{
	s->words_met.n = 0;
	s->stamp++;
	small_ask(s);
	reach_word(s);
	pack_clear(&s->pack);
}
