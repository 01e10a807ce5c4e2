#include "exposure/eval.h"

/* Organisations that hold nothing a class names: only what was seen tells their devices apart. */

void kinds_count(const struct unit *o, uint32_t ret[KIND_SETS])
{
	uint32_t software = o->nunseen[MASK_SOFTWARE], os = o->nunseen[MASK_OS];
	uint32_t either = o->nunseen[MASK_SOFTWARE | MASK_OS];
	const uint32_t kind[KINDS] = {
		[0] = o->ndevices - either,
		[MASK_SOFTWARE] = either - os,
		[MASK_OS] = either - software,
		[MASK_SOFTWARE | MASK_OS] = software + os - either,
	};

	for (uint32_t set = 0; set < KIND_SETS; set++) {
		ret[set] = 0;
		for (uint32_t k = 0; k < KINDS; k++)
			ret[set] += set >> k & 1 ? kind[k] : 0;
	}
}

/* An organisation of one device of each kind, which holds nothing. */
static struct unit kinds_unit(struct arena *arena)
{
	struct unit r = {.ndevices = KINDS, .nwords = 1};

	for (uint32_t m = 0; m < ARRAY_LEN(r.unseen); m++) {
		uint64_t *words = ARENA_NEW(arena, uint64_t);

		for (uint32_t k = 0; k < KINDS; k++)
			if (m & (k | MASK_ALL))
				bits_add(words, k);
		r.unseen[m] = words;
	}
	return r;
}

static void class_plain(struct part *w, struct class *c, const struct form *f, const struct unit *o,
			struct scratch *s)
{
	for (uint32_t i = 0; i < c->nprograms; i++) {
		struct kind_words said = program_alone(f, i, o, s);
		struct kind_sets *alone = &w->programs[c->program + i].alone;

		*alone = (struct kind_sets){(uint8_t)said.exposed, (uint8_t)said.unknown};
		c->plain_exposed |= alone->exposed;
		c->plain_unknown |= alone->unknown;
	}
	c->plain_unknown &= (uint8_t)~c->plain_exposed;
	c->plain_told = true;
}

void plain_build(struct part *w)
{
	AUTO(scratch_closep) struct scratch *s = scratch_open(1);
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(arena_closep) struct arena *forms = arena_open();
	struct unit o = kinds_unit(arena);

	for (uint32_t i = 0; i < w->nclasses; i++) {
		struct form form;

		if (w->classes[i].plain_told)
			continue;
		arena_clear(forms);
		class_form(w, i, forms, &form);
		class_plain(w, &w->classes[i], &form, &o, s);
	}
}
