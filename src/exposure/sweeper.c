#include "exposure/sweeper.h"

struct sweeper *sweeper_open(const struct part *w, uint32_t words)
{
	struct sweeper *s = mem_zero(1, sizeof(*s));

	s->words = words;
	local_init(&s->local, w, words);
	s->result = mem_zero(2 * (size_t)words + 1, sizeof(*s->result));
	s->over_words = mem_zero((size_t)words + 1, sizeof(*s->over_words));
	s->leaf_words = mem_zero((size_t)w->nused + 1, sizeof(*s->leaf_words));
	s->lanes = mem_zero((size_t)w->nclasses + 1, sizeof(*s->lanes));
	s->reached = mem_zero((size_t)w->nclasses + 1, sizeof(*s->reached));
	s->asked = mem_zero((size_t)w->nclasses + 1, sizeof(*s->asked));
	return s;
}

void sweeper_close(struct sweeper *s)
{
	local_release(&s->local);
	for (size_t i = 0; i < ARRAY_LEN(s->level); i++)
		free(s->level[i]);
	free(s->result);
	free(s->over_words);
	free(s->asked);
	free(s->leaf_words);
	free(s->lanes);
	free(s->reached);
	free(s->places.v);
	free(s->bounds.v);
	free(s->met.v);
	free(s->words_met.v);
	free(s->pack.words);
	free(s->pack.ids.v);
	free(s->answers.v);
	text_free(&s->key);
	free(s);
}
