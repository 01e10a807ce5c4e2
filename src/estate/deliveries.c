#include "base/mem.h"
#include "base/parallel.h"
#include "estate/make.h"

/*
 * The past of an estate: what came in together is a delivery, and the deliveries, in order of when
 * they were taken, make the estate as it was after each.  Of two sets of equal snapshots the
 * histories are equal, whatever the order they arrived in.
 */

struct estate_told {
	struct snapshot_list all; /* oldest first */
	uint32_t *delivery;	  /* of each */
};

static int by_received(const void *a, const void *b)
{
	const struct estate_delivery *x = a, *y = b;

	return x->received_ms < y->received_ms ? -1 : x->received_ms > y->received_ms;
}

static int by_taken(const void *a, const void *b)
{
	const struct estate_delivery *x = a, *y = b;

	if (x->taken_ms != y->taken_ms)
		return x->taken_ms < y->taken_ms ? -1 : 1;
	return by_received(a, b);
}

/* One delivery for each time of receipt, in order of when they were taken. */
static void deliveries_find(const struct snapshot_list *all, struct arena *arena,
			    struct estate_history *h)
{
	struct estate_delivery *v = ARENA_ARRAY(arena, struct estate_delivery, all->n + 1);
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		v[i] = (struct estate_delivery){.taken_ms = all->v[i].taken_ms,
						.received_ms = all->v[i].received_ms};
	qsort(v, all->n, sizeof(*v), by_received);
	for (size_t i = 0; i < all->n; i++)
		if (n && v[n - 1].received_ms == v[i].received_ms)
			v[n - 1].taken_ms = MAX_OF(v[n - 1].taken_ms, v[i].taken_ms);
		else
			v[n++] = v[i];
	qsort(v, n, sizeof(*v), by_taken);
	h->v = v;
	h->n = n;
}

static uint32_t delivery_of(const struct estate_history *h, int64_t received_ms)
{
	uint32_t i = 0;

	while (h->v[i].received_ms != received_ms)
		i++;
	return i;
}

static void hash_number(struct hasher *h, int64_t n)
{
	hasher_add(h, str_from((const char *)&n, sizeof(n)));
}

static void hash_text(struct hasher *h, struct str s)
{
	hash_number(h, (int64_t)s.n);
	hasher_add(h, s);
}

static void hash_snapshot(struct hasher *h, const struct estate_snapshot *s)
{
	hash_text(h, s->site);
	hash_number(h, (int64_t)s->record);
	hash_number(h, s->taken_ms);
	hash_number(h, s->received_ms);
	hasher_add(h, hash_str(&s->digest));
}

/* A record says all else of a snapshot: its place and its bytes tell it from every other. */
static void chain_hash(struct estate_history *h)
{
	const struct estate_told *told = h->told;
	struct hash before = {{0}};

	for (uint32_t d = 0; d < h->n; d++) {
		struct estate_delivery *to = &h->v[d];
		struct hasher hasher;

		hasher_init(&hasher);
		hasher_add(&hasher, hash_str(&before));
		for (size_t i = 0; i < told->all.n; i++) {
			if (told->delivery[i] != d)
				continue;
			hash_snapshot(&hasher, &told->all.v[i]);
			to->site = told->all.v[i].site;
			to->record = told->all.v[i].record;
		}
		to->chain = before = hasher_end(&hasher);
	}
}

static void history_make(const struct snapshot_list *all, struct arena *arena,
			 struct estate_history *h)
{
	struct estate_told *told = ARENA_NEW(arena, struct estate_told);

	*h = (struct estate_history){.org = all->v[0].org, .told = told};
	deliveries_find(all, arena, h);
	told->all = *all;
	told->delivery = ARENA_ARRAY(arena, uint32_t, all->n);
	for (size_t i = 0; i < all->n; i++)
		told->delivery[i] = delivery_of(h, all->v[i].received_ms);
	chain_hash(h);
}

bool estate_histories(struct estate *e, struct str org, struct arena *arena,
		      struct estate_history_list *ret, struct err *err)
{
	struct snapshot_list all = {0};
	struct estate_history *v;
	size_t n = 0;

	if (!snapshots_of(e->store, org, arena, &all, err))
		return false;
	v = ARENA_ARRAY(arena, struct estate_history, all.n + 1);
	for (size_t from = 0, to; from < all.n; from = to) {
		for (to = from; to < all.n && str_eq(all.v[to].org, all.v[from].org); to++)
			;
		history_make(&(struct snapshot_list){all.v + from, all.more + from, to - from},
			     arena, &v[n++]);
	}
	*ret = (struct estate_history_list){v, n};
	return true;
}

/* ---- the estate as it was ------------------------------------------------------------ */

static struct need need_at(const struct estate_at *at, struct arena *arena)
{
	const struct estate_told *told = at->history->told;
	struct snapshot_list kept = {
		.v = ARENA_ARRAY(arena, struct estate_snapshot, told->all.n + 1),
		.more = ARENA_ARRAY(arena, struct snapshot_more, told->all.n + 1)};
	struct need need = {.org = at->history->org, .v = kept.v, .more = kept.more};

	for (size_t i = 0; i < told->all.n; i++) {
		if (told->delivery[i] >= at->deliveries)
			continue;
		kept.v[kept.n] = told->all.v[i];
		kept.more[kept.n++] = told->all.more[i];
	}
	snapshots_mark(&kept);
	need.n = kept.n;
	need_hash(&need);
	return need;
}

static bool is_current(const struct estate_at *at)
{
	return at->deliveries >= at->history->n;
}

/* Current ones come from hand, file or bytes like any other's. */
static bool open_current(struct estate *e, struct estate_at *v, size_t n, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct needs needs = {.v = ARENA_ARRAY(arena, struct need, n + 1)};

	for (size_t i = 0; i < n; i++)
		if (is_current(&v[i]))
			needs.v[needs.n++] = need_at(&v[i], arena);
	if (!segments_prepare(e, &needs, err))
		return false;
	for (size_t i = 0, at = 0; i < n; i++)
		if (is_current(&v[i]) && !segment_get(e, &needs.v[at++], &v[i].segment, err))
			return false;
	return true;
}

/* Earlier ones are built in memory, unless bytes that they take were pruned. */
static bool build_past(struct estate *e, struct estate_at *v, size_t n, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct need *needs = ARENA_ARRAY(arena, struct need, n + 1);
	struct building *b = ARENA_ARRAY(arena, struct building, n + 1);
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		needs[i] = need_at(&v[i], arena);
		building_open(e, &needs[i], &b[i]);
		b[i].past = true;
		b[i].pruned = !b[i].ok && b[i].err.code == ERR_NOT_FOUND;
	}
	parallel_each(n, building_run, b);
	for (size_t i = 0; i < n; i++) {
		if (ok && !b[i].pruned)
			ok = building_own(&b[i], &v[i].segment, err);
		building_release(&b[i]);
	}
	return ok;
}

enum { PAST_MOST = 64 };

void estate_segments_drop(struct estate_at *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i].segment)
			segment_unref(v[i].segment);
		v[i].segment = NULL;
	}
}

static bool open_past(struct estate *e, struct estate_at *v, size_t n, struct err *err)
{
	struct estate_at some[PAST_MOST];
	size_t at[PAST_MOST], k = 0;

	for (size_t i = 0; i < n; i++) {
		if (!is_current(&v[i])) {
			some[k] = v[i];
			at[k++] = i;
		}
		if (k < PAST_MOST && i + 1 < n)
			continue;
		if (!build_past(e, some, k, err)) {
			estate_segments_drop(some, k);
			return false;
		}
		for (; k; k--)
			v[at[k - 1]].segment = some[k - 1].segment;
	}
	return true;
}

bool estate_segments_at(struct estate *e, struct estate_at *v, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		v[i].segment = NULL;
	if (open_current(e, v, n, err) && open_past(e, v, n, err))
		return true;
	estate_segments_drop(v, n);
	return false;
}
