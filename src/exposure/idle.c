#include "exposure/eval.h"

/*
 * Some vulnerabilities name thousands of configurations (a processor with each firmware it was sold
 * with), of which an organisation meets a handful.  What a program says where nothing of it is held
 * depends only on what was seen of a device, and each has said it once (plain.c).
 */

enum { MANY_PROGRAMS = 16 }; /* fewer are all asked */

static void name_each(const struct program *g, const uint32_t *code,
		      void (*fn)(void *ctx, uint32_t slot), void *ctx)
{
	if (g->guard != NONE)
		fn(ctx, g->guard);
	if (g->other != NONE)
		fn(ctx, g->other);
	for (uint32_t i = 0; i < g->ncode; i++)
		if (node_op(code[g->code + i]) <= NODE_PLATFORM)
			fn(ctx, node_arg(code[g->code + i]));
}

struct naming {
	uint32_t *start; /* by slot, one further while they are counted */
	uint32_t *programs;
	uint32_t program;
};

static void name_count(void *ctx, uint32_t slot)
{
	struct naming *n = ctx;

	n->start[slot + 2]++;
}

static void name_put(void *ctx, uint32_t slot)
{
	struct naming *n = ctx;

	n->programs[n->start[slot + 1]++] = n->program;
}

/* Slot -> programs; one that names a slot twice is there twice. */
static void namers_index(struct form *f, struct arena *arena)
{
	struct naming n = {.start = ARENA_ARRAY(arena, uint32_t, (size_t)f->nleaves + 3)};

	for (uint32_t i = 0; i < f->nprograms; i++)
		name_each(&f->programs[i], f->code, name_count, &n);
	for (uint32_t i = 1; i < f->nleaves + 3; i++)
		n.start[i] += n.start[i - 1];
	n.programs = ARENA_ARRAY(arena, uint32_t, (size_t)n.start[f->nleaves + 1] + 1);
	for (n.program = 0; n.program < f->nprograms; n.program++)
		name_each(&f->programs[n.program], f->code, name_put, &n);
	f->idle.start = n.start;
	f->idle.programs = n.programs;
}

/* Where the vendor speaks of a device's line programs about Windows are cut by that. */
static void always_find(struct form *f, struct arena *arena)
{
	uint32_t *always = ARENA_ARRAY(arena, uint32_t, (size_t)f->nprograms + 1);

	for (uint32_t i = 0; i < f->nprograms; i++)
		if (f->verdict != NONE && f->programs[i].windows)
			always[f->idle.nalways++] = i;
	f->idle.always = always;
}

void idle_build(struct form *f, struct arena *arena)
{
	if (f->nprograms < MANY_PROGRAMS)
		return;
	namers_index(f, arena);
	always_find(f, arena);
	for (uint32_t i = 0; i < f->nprograms; i++)
		for (uint32_t k = 0; k < KINDS; k++) {
			f->idle.exposed[k] += f->programs[i].alone.exposed >> k & 1;
			f->idle.unknown[k] += f->programs[i].alone.unknown >> k & 1;
		}
}

/* ---- of one organisation -------------------------------------------------------------- */

void due_release(struct due *d)
{
	free(d->asked);
	free(d->programs.v);
}

static void due_begin(struct due *d, uint32_t programs)
{
	d->programs.n = 0;
	d->stamp++;
	if (d->nasked < programs) {
		free(d->asked);
		d->nasked = programs;
		d->asked = mem_zero(d->nasked, sizeof(*d->asked));
	}
}

/* rest: how many of the programs that are not asked say so of each kind. */
static void due_add(struct due *d, const struct form *f, uint32_t program, struct idle *rest)
{
	if (d->asked[program] == d->stamp)
		return;
	d->asked[program] = d->stamp;
	VEC_PUSH(&d->programs, program);
	for (uint32_t k = 0; k < KINDS; k++) {
		rest->exposed[k] -= f->programs[program].alone.exposed >> k & 1;
		rest->unknown[k] -= f->programs[program].alone.unknown >> k & 1;
	}
}

static struct kind_sets rest_sets(const struct idle *rest)
{
	struct kind_sets r = {0, 0};

	for (uint32_t k = 0; k < KINDS; k++) {
		r.exposed |= (uint8_t)((rest->exposed[k] != 0) << k);
		r.unknown |= (uint8_t)((rest->unknown[k] != 0) << k);
	}
	return r;
}

struct kind_sets due_find(struct due *d, const struct form *f, const struct hit *h,
			  const struct hit *end)
{
	const struct idle *idle = &f->idle;
	struct idle rest = *idle;
	uint32_t last = NONE;

	due_begin(d, f->nprograms);
	for (uint32_t i = 0; i < idle->nalways; i++)
		due_add(d, f, idle->always[i], &rest);
	for (; h < end; h++) {
		uint32_t slot = h->lane >> LISTS_SHIFT;

		if (slot == last)
			continue;
		last = slot;
		for (uint32_t i = idle->start[slot]; i < idle->start[slot + 1]; i++)
			due_add(d, f, idle->programs[i], &rest);
	}
	return rest_sets(&rest);
}
