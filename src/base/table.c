#include "base/table.h"

#include "base/mem.h"

struct intern {
	struct arena *arena;
	struct str *strs;
	uint64_t *hashes;
	uint32_t *slots; /* id + 1, 0 when free */
	size_t n, cap, mask;
};

enum { FIRST_SLOTS = 64 };

struct intern *intern_open(void)
{
	struct intern *in = mem_zero(1, sizeof(*in));

	in->arena = arena_open();
	in->mask = FIRST_SLOTS - 1;
	in->slots = mem_zero(FIRST_SLOTS, sizeof(*in->slots));
	return in;
}

void intern_close(struct intern *in)
{
	if (!in)
		return;
	arena_close(in->arena);
	free(in->strs);
	free(in->hashes);
	free(in->slots);
	free(in);
}

static size_t intern_slot(const struct intern *in, struct str s, uint64_t h)
{
	size_t i = h & in->mask;

	for (; in->slots[i]; i = (i + 1) & in->mask) {
		uint32_t id = in->slots[i] - 1;

		if (in->hashes[id] == h && str_eq(in->strs[id], s))
			break;
	}
	return i;
}

static void intern_rehash(struct intern *in)
{
	size_t slots = (in->mask + 1) * 2;

	free(in->slots);
	in->slots = mem_zero(slots, sizeof(*in->slots));
	in->mask = slots - 1;
	for (size_t id = 0; id < in->n; id++) {
		size_t i = in->hashes[id] & in->mask;

		while (in->slots[i])
			i = (i + 1) & in->mask;
		in->slots[i] = (uint32_t)id + 1;
	}
}

uint32_t intern_put(struct intern *in, struct str s)
{
	uint64_t h = str_hash(s);
	size_t i = intern_slot(in, s, h);

	if (in->slots[i])
		return in->slots[i] - 1;
	if (in->n == in->cap) {
		in->cap = in->cap ? in->cap * 2 : FIRST_SLOTS;
		in->strs = mem_resize(in->strs, in->cap, sizeof(*in->strs));
		in->hashes = mem_resize(in->hashes, in->cap, sizeof(*in->hashes));
	}
	assert(in->n < UINT32_MAX - 1);
	in->strs[in->n] = arena_str(in->arena, s);
	in->hashes[in->n] = h;
	in->slots[i] = (uint32_t)++in->n;
	if (in->n * 2 > in->mask)
		intern_rehash(in);
	return (uint32_t)in->n - 1;
}

uint32_t intern_find(const struct intern *in, struct str s)
{
	size_t i = intern_slot(in, s, str_hash(s));

	return in->slots[i] ? in->slots[i] - 1 : UINT32_MAX;
}

enum { AT_ONCE = 16 };

/* Slot, number and string lie apart, each where the one before says: all are fetched step by step.
 */
static void find_some(const struct intern *in, const struct str *v, size_t n, uint32_t *ret)
{
	uint64_t h[AT_ONCE];

	for (size_t k = 0; k < n; k++) {
		h[k] = str_hash(v[k]);
		__builtin_prefetch(&in->slots[h[k] & in->mask]);
	}
	for (size_t k = 0; k < n; k++) {
		uint32_t id = in->slots[h[k] & in->mask];

		if (!id)
			continue;
		__builtin_prefetch(&in->hashes[id - 1]);
		__builtin_prefetch(&in->strs[id - 1]);
	}
	for (size_t k = 0; k < n; k++) {
		uint32_t id = in->slots[h[k] & in->mask];

		if (id && in->hashes[id - 1] == h[k])
			__builtin_prefetch(in->strs[id - 1].p);
	}
	for (size_t k = 0; k < n; k++)
		ret[k] = in->slots[intern_slot(in, v[k], h[k])] - 1;
}

void intern_find_all(const struct intern *in, const struct str *v, size_t n, uint32_t *ret)
{
	for (size_t i = 0; i < n; i += AT_ONCE)
		find_some(in, v + i, MIN_OF(n - i, (size_t)AT_ONCE), ret + i);
}

struct str intern_str(const struct intern *in, uint32_t id)
{
	assert(id < in->n);
	return in->strs[id];
}

uint32_t intern_count(const struct intern *in)
{
	return (uint32_t)in->n;
}

size_t intern_bytes(const struct intern *in)
{
	return arena_bytes(in->arena) + in->cap * (sizeof(*in->strs) + sizeof(*in->hashes)) +
	       (in->mask + 1) * sizeof(*in->slots);
}

struct map_cell {
	uint64_t key;
	uint32_t value, used;
};

struct map {
	struct map_cell *cells;
	size_t n, mask;
};

struct map *map_open(void)
{
	struct map *m = mem_zero(1, sizeof(*m));

	m->mask = FIRST_SLOTS - 1;
	m->cells = mem_zero(FIRST_SLOTS, sizeof(*m->cells));
	return m;
}

void map_close(struct map *m)
{
	if (!m)
		return;
	free(m->cells);
	free(m);
}

static struct map_cell *map_cell(const struct map *m, uint64_t key)
{
	size_t i = u64_hash(key) & m->mask;

	while (m->cells[i].used && m->cells[i].key != key)
		i = (i + 1) & m->mask;
	return &m->cells[i];
}

static void map_rehash(struct map *m)
{
	struct map_cell *old = m->cells;
	size_t slots = m->mask + 1;

	m->cells = mem_zero(slots * 2, sizeof(*m->cells));
	m->mask = slots * 2 - 1;
	for (size_t i = 0; i < slots; i++)
		if (old[i].used)
			*map_cell(m, old[i].key) = old[i];
	free(old);
}

uint32_t *map_put(struct map *m, uint64_t key, uint32_t if_new)
{
	struct map_cell *c;

	if ((m->n + 1) * 2 > m->mask)
		map_rehash(m);
	c = map_cell(m, key);
	if (!c->used) {
		*c = (struct map_cell){.key = key, .value = if_new, .used = 1};
		m->n++;
	}
	return &c->value;
}

const uint32_t *map_find(const struct map *m, uint64_t key)
{
	const struct map_cell *c = map_cell(m, key);

	return c->used ? &c->value : NULL;
}

uint32_t map_count(const struct map *m)
{
	return (uint32_t)m->n;
}
