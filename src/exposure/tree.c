#include "exposure/tree.h"

static struct tree *tree_new(struct arena *a, enum config_op op, uint32_t match)
{
	struct tree *t = ARENA_NEW(a, struct tree);

	t->op = (uint8_t)op;
	t->match = match;
	return t;
}

/* Put the operands on top of the stack beneath one operator; false when there are too few. */
static bool tree_fold(struct arena *a, struct tree **stack, size_t *n, struct config_step step)
{
	uint32_t k = step.op == CONFIG_NOT ? 1 : step.arg;
	struct tree *t = tree_new(a, (enum config_op)step.op, 0);

	if (k > *n)
		return false;
	t->n = k;
	t->child = ARENA_ARRAY(a, struct tree *, (size_t)k + 1);
	for (uint32_t i = 0; i < k; i++)
		t->child[i] = stack[*n - k + i];
	*n -= k;
	stack[(*n)++] = t;
	return true;
}

static size_t depth_of(const struct tree *t, size_t limit)
{
	size_t deepest = 0;

	if (limit == 0)
		return 1;
	for (uint32_t i = 0; i < t->n; i++) {
		size_t d = depth_of(t->child[i], limit - 1);

		deepest = MAX_OF(deepest, d);
	}
	return deepest + 1;
}

size_t tree_read(const struct intel_image *image, const struct vuln_row *v, struct arena *arena,
		 struct tree ***ret)
{
	struct tree **stack = ARENA_ARRAY(arena, struct tree *, (size_t)v->nsteps + 1);
	size_t n = 0;
	bool ok = true;

	for (uint32_t i = 0; i < v->nsteps && ok; i++) {
		struct config_step s = image->steps[v->first_step + i];

		switch ((enum config_op)s.op) {
		case CONFIG_MATCH:
		case CONFIG_PLATFORM:
			ok = s.arg < image->nmatches;
			stack[n++] = tree_new(arena, (enum config_op)s.op, s.arg);
			break;
		case CONFIG_OR:
		case CONFIG_AND:
		case CONFIG_NOT:
			/* An operator without operands would need a place of its own. */
			ok = (s.op == CONFIG_NOT || s.arg) && tree_fold(arena, stack, &n, s);
			break;
		default:
			stack[n++] = tree_new(arena, CONFIG_UNREADABLE, 0);
		}
	}
	for (size_t i = 0; i < n && ok; i++)
		ok = depth_of(stack[i], PROGRAM_DEPTH) <= PROGRAM_DEPTH;
	if (!ok) {
		stack[0] = tree_new(arena, CONFIG_UNREADABLE, 0);
		n = 1;
	}
	*ret = stack;
	return n;
}

static bool is_criterion(const struct tree *t)
{
	return t->op == CONFIG_MATCH || t->op == CONFIG_PLATFORM || t->op == CONFIG_UNREADABLE;
}

void tree_each(const struct tree *t, void (*fn)(void *ctx, const struct tree *t), void *ctx)
{
	if (is_criterion(t))
		fn(ctx, t);
	for (uint32_t i = 0; i < t->n; i++)
		tree_each(t->child[i], fn, ctx);
}

bool tree_on_windows(const struct part *w, const struct tree *t)
{
	bool on = t->op == CONFIG_PLATFORM && w->criteria[t->match].windows;

	for (uint32_t i = 0; i < t->n && !on; i++)
		on = tree_on_windows(w, t->child[i]);
	return on;
}

bool criterion_about_windows(const struct part *w, const struct tree *t, bool on_windows)
{
	return t->op == CONFIG_MATCH && w->criteria[t->match].microsoft &&
	       (on_windows || w->criteria[t->match].windows);
}

enum guard tree_guard(const struct tree *t)
{
	bool guarded = false, mixed = false, bare = false;

	if (is_criterion(t))
		return t->op == CONFIG_PLATFORM ? GUARD_NO_VULNERABLE : GUARDED;
	for (uint32_t i = 0; i < t->n; i++) {
		enum guard g = tree_guard(t->child[i]);

		guarded |= g == GUARDED;
		mixed |= g == GUARD_MIXED;
		bare |= g == GUARD_NO_VULNERABLE;
	}
	if (mixed)
		return GUARD_MIXED;
	if (!guarded)
		return GUARD_NO_VULNERABLE;
	if (t->op == CONFIG_NOT || (t->op == CONFIG_OR && bare))
		return GUARD_MIXED;
	return GUARDED;
}
