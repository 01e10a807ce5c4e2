#include "intel/feed.h"

/* Views of what was imported and from where. */

bool intel_feed_list(struct store *store, struct arena *arena, struct intel_feed **ret,
		     size_t *ret_n, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	VEC_OF(struct intel_feed) v = {0};
	bool ok;

	if (!store_query(store,
			 SQL("SELECT kind, name, source, digest, verdict, site, record, taken,"
			     " received, size, accepted, skipped, refused, criteria FROM intel_feed"
			     " ORDER BY kind, name, taken DESC, digest DESC, record DESC"),
			 ARGS(), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct intel_feed f = {
			.kind = arena_str(arena, store_col_str(q, 0)),
			.name = arena_str(arena, store_col_str(q, 1)),
			.source = arena_str(arena, store_col_str(q, 2)),
			.digest = arena_str(arena, store_col_str(q, 3)),
			.verdict = arena_str(arena, store_col_str(q, 4)),
			.site = arena_str(arena, store_col_str(q, 5)),
			.record = (uint64_t)store_col_int(q, 6),
			.taken_ms = store_col_int(q, 7),
			.received_ms = store_col_int(q, 8),
			.size = (uint64_t)store_col_int(q, 9),
			.counts = {(uint64_t)store_col_int(q, 10), (uint64_t)store_col_int(q, 11),
				   (uint64_t)store_col_int(q, 12), (uint64_t)store_col_int(q, 13)}};

		const struct intel_feed *last = v.n ? &v.v[v.n - 1] : NULL;

		f.current = !last || !str_eq(last->kind, f.kind) || !str_eq(last->name, f.name);
		VEC_PUSH(&v, f);
	}
	if (ok) {
		*ret = ARENA_ARRAY(arena, struct intel_feed, v.n + 1);
		if (v.n)
			memcpy(*ret, v.v, v.n * sizeof(*v.v));
		*ret_n = v.n;
	}
	free(v.v);
	return ok;
}

bool intel_source_list(struct store *store, struct arena *arena, struct intel_source **ret,
		       size_t *ret_n, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	VEC_OF(struct intel_source) v = {0};
	bool ok;

	if (!store_query(store, SQL("SELECT name, kind, url FROM intel_source ORDER BY name"),
			 ARGS(), &q, err))
		return false;
	while (store_next(q, &ok, err))
		VEC_PUSH(&v, (struct intel_source){arena_str(arena, store_col_str(q, 0)),
						   arena_str(arena, store_col_str(q, 1)),
						   arena_str(arena, store_col_str(q, 2))});
	if (ok) {
		*ret = ARENA_ARRAY(arena, struct intel_source, v.n + 1);
		if (v.n)
			memcpy(*ret, v.v, v.n * sizeof(*v.v));
		*ret_n = v.n;
	}
	free(v.v);
	return ok;
}
