#include "estate/read_csv_tails.h"

#include "base/mem.h"

enum { SLOTS_FIRST = 256 };

void tails_release(struct tails *t)
{
	free(t->v);
}

static struct tail *slot_of(struct tail *v, size_t slots, struct str tail, uint32_t hash)
{
	size_t at = hash & (slots - 1);

	while (v[at].p && (v[at].hash != hash || !str_eq(str_from(v[at].p, v[at].n), tail)))
		at = (at + 1) & (slots - 1);
	return &v[at];
}

bool tails_find(const struct tails *t, struct str tail, uint32_t *ret)
{
	const struct tail *found;

	if (!t->n)
		return false;
	found = slot_of(t->v, t->slots, tail, (uint32_t)str_hash(tail));
	*ret = found->raw;
	return found->p != NULL;
}

static void grow(struct tails *t)
{
	size_t slots = t->slots ? t->slots * 2 : SLOTS_FIRST;
	struct tail *v = mem_zero(slots, sizeof(*v));

	for (size_t i = 0; i < t->slots; i++)
		if (t->v[i].p)
			*slot_of(v, slots, str_from(t->v[i].p, t->v[i].n), t->v[i].hash) = t->v[i];
	free(t->v);
	t->v = v;
	t->slots = slots;
}

void tails_put(struct tails *t, struct str tail, uint32_t raw)
{
	uint32_t hash = (uint32_t)str_hash(tail);
	struct tail *to;

	if (!tail.n)
		return;
	if (t->n * 2 >= t->slots)
		grow(t);
	to = slot_of(t->v, t->slots, tail, hash);
	t->n += !to->p;
	*to = (struct tail){.p = tail.p, .n = (uint32_t)tail.n, .hash = hash, .raw = raw};
}
