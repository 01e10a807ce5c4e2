#include "intel/feed.h"

/* Support dates by CPE vendor and product. */

struct named_product {	/* one identifier of a product */
	struct str key; /* "vendor\tproduct" */
	uint32_t first, n;
};

struct intel_cycles {
	struct arena *arena;
	VEC_OF(struct named_product) products; /* by key, then first */
	VEC_OF(struct intel_cycle) cycles;
};

static int product_cmp(const void *a, const void *b)
{
	const struct named_product *x = a, *y = b;
	int c = str_cmp(x->key, y->key);

	return c ? c : x->first < y->first ? -1 : x->first > y->first;
}

static void add_product(struct intel_cycles *c, struct str name, struct str body)
{
	struct packed in = packed_of(body);
	struct str title = packed_str(&in);
	size_t names = packed_count(&in), from = c->products.n;
	uint32_t first = (uint32_t)c->cycles.n;

	for (size_t i = 0; i < names && !in.bad; i++) {
		struct str vendor = packed_str(&in), product = packed_str(&in);

		VEC_PUSH(&c->products,
			 (struct named_product){arena_fmt(c->arena, "%.*s\t%.*s", STR_FMT(vendor),
							  STR_FMT(product)),
						first, 0});
	}
	while (!in.bad && in.p < in.end) {
		struct intel_cycle one = {.product = name, .title = title};

		one.cycle = packed_str(&in);
		one.released_ms = packed_i64(&in);
		one.eol_ms = packed_i64(&in);
		one.ended = packed_u64(&in) != 0;
		if (!in.bad)
			VEC_PUSH(&c->cycles, one);
	}
	for (size_t i = from; i < c->products.n; i++)
		c->products.v[i].n = (uint32_t)c->cycles.n - first;
}

bool intel_cycles_load(struct store *store, struct intel_cycles **ret, struct err *err)
{
	AUTO(intel_cycles_closep) struct intel_cycles *c = mem_zero(1, sizeof(*c));
	AUTO(store_donep) struct store_query *q = NULL;
	bool ok;

	c->arena = arena_open();
	if (!store_query(store, SQL("SELECT name, body FROM intel_cycle ORDER BY name"), ARGS(), &q,
			 err))
		return false;
	while (store_next(q, &ok, err))
		add_product(c, arena_str(c->arena, store_col_str(q, 0)),
			    arena_str(c->arena, store_col_str(q, 1)));
	if (!ok)
		return false;
	if (c->products.n)
		qsort(c->products.v, c->products.n, sizeof(*c->products.v), product_cmp);
	*ret = c;
	c = NULL;
	return true;
}

void intel_cycles_close(struct intel_cycles *c)
{
	free(c->products.v);
	free(c->cycles.v);
	arena_close(c->arena);
	free(c);
}

/* Does version begin with cycle, at a boundary: "7" of "7.0.85", not of "75"? */
static bool begins(struct str version, struct str cycle)
{
	return str_starts_ci(version, cycle) &&
	       (version.n == cycle.n || !char_is_digit(version.p[cycle.n]) ||
		!char_is_digit(cycle.p[cycle.n - 1]));
}

const struct intel_cycle *intel_cycle_for(const struct intel_cycles *c, struct str vendor,
					  struct str product, struct str version)
{
	const struct intel_cycle *best = NULL;
	char buf[512];
	int n = snprintf(buf, sizeof(buf), "%.*s\t%.*s", STR_FMT(vendor), STR_FMT(product));
	struct str key = str_from(buf, n < 0 ? 0 : MIN_OF((size_t)n, sizeof(buf) - 1));
	size_t low = 0, high = c->products.n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (str_cmp(c->products.v[mid].key, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < c->products.n && str_eq(c->products.v[low].key, key); low++) {
		const struct named_product *p = &c->products.v[low];

		for (uint32_t i = 0; i < p->n; i++) {
			const struct intel_cycle *one = &c->cycles.v[p->first + i];

			if (begins(version, one->cycle) && (!best || one->cycle.n > best->cycle.n))
				best = one;
		}
	}
	return best;
}
