#include "evidence/inner.h"

/* Two estates side by side: where either begins a run, so does what they show together. */

/* The run of one estate that stands at a moment; NULL before its first. */
static const struct evidence_run *run_at(const struct evidence_runs *runs, size_t *next,
					 int64_t at_ms)
{
	while (*next < runs->n && runs->v[*next].from_ms <= at_ms)
		++*next;
	return *next ? &runs->v[*next - 1] : NULL;
}

static int device_cmp(const struct evidence_device *a, const struct evidence_device *b)
{
	int c = str_cmp(a->org, b->org);

	return c ? c : str_cmp(a->id, b->id);
}

static const struct evidence_device *merge(const struct evidence_run *a,
					   const struct evidence_run *b, struct arena *arena)
{
	struct evidence_device *v;
	size_t i = 0, k = 0, n = 0;

	if ((a->exposed && !a->v) || (b->exposed && !b->v))
		return NULL;
	v = ARENA_ARRAY(arena, struct evidence_device, a->exposed + b->exposed + 1);
	while (i < a->exposed || k < b->exposed) {
		bool left =
			k == b->exposed || (i < a->exposed && device_cmp(&a->v[i], &b->v[k]) <= 0);

		v[n++] = left ? a->v[i++] : b->v[k++];
	}
	return v;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* When the last inventory was taken that still showed this, of those before ends_ms. */
static int64_t last_before(const struct evidence_run *r, int64_t ends_ms)
{
	return r->last_ms < ends_ms ? r->last_ms : r->from_ms;
}

static struct evidence_run join_two(const struct evidence_run *a, const struct evidence_run *b,
				    int64_t ends_ms, struct arena *arena)
{
	int64_t last_a = last_before(a, ends_ms), last_b = last_before(b, ends_ms);

	return (struct evidence_run){
		.from_ms = most(a->from_ms, b->from_ms),
		.last_ms = most(last_a, last_b),
		.known_ms = a->from_ms > b->from_ms   ? a->known_ms
			    : b->from_ms > a->from_ms ? b->known_ms
						      : most(a->known_ms, b->known_ms),
		.covers_until_ms = least(a->covers_until_ms, b->covers_until_ms),
		.exposed = a->exposed + b->exposed,
		.oldest_ms = !a->exposed   ? b->oldest_ms
			     : !b->exposed ? a->oldest_ms
					   : least(a->oldest_ms, b->oldest_ms),
		.newest_ms = !a->exposed   ? b->newest_ms
			     : !b->exposed ? a->newest_ms
					   : most(a->newest_ms, b->newest_ms),
		.unknown = a->unknown + b->unknown,
		.covered = a->covered + b->covered,
		.devices = a->devices + b->devices,
		.expected = a->expected < 0 || b->expected < 0 ? -1 : a->expected + b->expected,
		.v = merge(a, b, arena),
		.ref = last_a > last_b ? a->ref : b->ref,
	};
}

/* The other has sent nothing yet: what is shown stands, and covers nothing. */
static struct evidence_run one_alone(const struct evidence_run *r, int64_t ends_ms)
{
	struct evidence_run alone = *r;

	alone.last_ms = last_before(r, ends_ms);
	alone.covers_until_ms = 0;
	alone.expected = -1;
	return alone;
}

static int64_t begins(const struct evidence_runs *runs, size_t next)
{
	return next < runs->n ? runs->v[next].from_ms : INT64_MAX;
}

void evidence_runs_join(const struct evidence_runs *a, const struct evidence_runs *b,
			struct arena *arena, struct evidence_runs *ret)
{
	struct evidence_run *v = ARENA_ARRAY(arena, struct evidence_run, a->n + b->n + 1);
	size_t i = 0, k = 0, n = 0;

	while (i < a->n || k < b->n) {
		int64_t from = least(begins(a, i), begins(b, k));
		const struct evidence_run *x = run_at(a, &i, from), *y = run_at(b, &k, from);
		int64_t ends = least(begins(a, i), begins(b, k));

		if (x || y)
			v[n++] = x && y ? join_two(x, y, ends, arena) : one_alone(x ? x : y, ends);
	}
	*ret = (struct evidence_runs){v, n};
}
