#include "estate/snapshots.h"

#include "base/mem.h"
#include "base/table.h"
#include "estate/inner.h"

struct list {
	VEC_OF(struct estate_snapshot) v;
	VEC_OF(struct snapshot_more) more;
};

static void list_release(struct list *l)
{
	free(l->v.v);
	free(l->more.v);
}

static struct str keep(struct arena *arena, struct store_query *q, int col)
{
	return arena_str(arena, store_col_str(q, col));
}

/* Columns as in the SELECT below. */
static void take_row(struct arena *arena, struct store_query *q, struct list *l)
{
	struct str digest = store_col_str(q, 14);
	struct estate_snapshot s = {
		.site = keep(arena, q, 0),
		.record = (uint64_t)store_col_int(q, 1),
		.org = keep(arena, q, 2),
		.source = keep(arena, q, 3),
		.kind = (enum estate_kind)store_col_int(q, 4),
		.format = keep(arena, q, 5),
		.name = keep(arena, q, 7),
		.device = keep(arena, q, 8),
		.taken_ms = store_col_int(q, 10),
		.received_ms = store_col_int(q, 11),
		.whole = store_col_int(q, 12) != 0,
		.sees = (unsigned)store_col_int(q, 13),
		.bytes = (uint64_t)store_col_int(q, 15),
		.counts = {.devices = (uint64_t)store_col_int(q, 16),
			   .software = (uint64_t)store_col_int(q, 17),
			   .updates = (uint64_t)store_col_int(q, 18),
			   .files = (uint64_t)store_col_int(q, 19),
			   .lines = (uint64_t)store_col_int(q, 20),
			   .skipped = (uint64_t)store_col_int(q, 21),
			   .facet = {(uint64_t)store_col_int(q, 22), (uint64_t)store_col_int(q, 23),
				     (uint64_t)store_col_int(q, 24)},
			   .incomplete = (uint64_t)store_col_int(q, 25)},
		.current = true,
	};
	enum estate_format forced = ESTATE_AUTO;
	struct snapshot_more more;

	if (!estate_format_by_name(store_col_str(q, 6), &forced))
		forced = ESTATE_AUTO;
	if (!hash_parse(digest, &s.digest))
		s.digest = (struct hash){{0}};
	if ((unsigned)s.kind >= ESTATE_KINDS)
		s.kind = ESTATE_AGENT;
	VEC_PUSH(&l->v, s);
	more = (struct snapshot_more){.only = keep(arena, q, 9), .forced = forced};
	more.mapped = hash_parse(store_col_str(q, 26), &more.map);
	VEC_PUSH(&l->more, more);
}

/* Is everything that s could still say said by the later t of the same source? */
static bool replaces(const struct estate_snapshot *t, const struct snapshot_more *tm,
		     const struct estate_snapshot *s, const struct snapshot_more *sm)
{
	bool same_device = sm->only.n && str_eq(tm->only, sm->only);

	if (!str_eq(t->org, s->org) || !str_eq(t->source, s->source) || (!t->whole && !same_device))
		return false;
	/* A device that t lists without a facet keeps the older word on it. */
	for (unsigned f = 0; f < FACETS; f++)
		if (s->sees >> f & 1 &&
		    (!(t->sees >> f & 1) || t->counts.facet[f] != t->counts.devices))
			return false;
	/* What is offered counts beside every list of installed updates. */
	return (s->sees || t->whole || str_eq(s->format, t->format)) &&
	       (t->counts.files || !s->counts.files) && !t->counts.incomplete;
}

/* Snapshots that may replace each other, newest first. */
struct chain {
	uint32_t first, last; /* place + 1 in next; 0: none */
};
struct chains {
	struct intern *keys;
	VEC_OF(struct chain) v;
	uint32_t *next; /* the next older in the chain, + 1 */
};

static void chains_release(struct chains *c)
{
	intern_close(c->keys);
	free(c->v.v);
	free(c->next);
}

static struct chain *chain_of(struct chains *c, struct str org, struct str source, struct str only)
{
	AUTO(text_freep) struct text key = {0};
	uint32_t at;

	text_add(&key, org);
	text_add_char(&key, '\0');
	text_add(&key, source);
	text_add_char(&key, '\0');
	text_add(&key, only);
	at = intern_put(c->keys, text_str(&key));
	if (at == c->v.n)
		VEC_PUSH(&c->v, (struct chain){0, 0});
	return &c->v.v[at];
}

static bool chain_replaces(const struct snapshot_list *l, const struct chains *c,
			   const struct chain *chain, size_t i)
{
	for (uint32_t k = chain->first; k; k = c->next[k - 1])
		if (replaces(&l->v[k - 1], &l->more[k - 1], &l->v[i], &l->more[i]))
			return true;
	return false;
}

static void chain_add(struct chains *c, struct chain *chain, size_t i)
{
	if (chain->last)
		c->next[chain->last - 1] = (uint32_t)i + 1;
	else
		chain->first = (uint32_t)i + 1;
	chain->last = (uint32_t)i + 1;
}

/* From the newest back; one that is replaced replaces nothing that its own replacer does not. */
void snapshots_mark(struct snapshot_list *l)
{
	AUTO(chains_release)
	struct chains c = {.keys = intern_open(), .next = mem_zero(l->n + 1, sizeof(uint32_t))};

	for (size_t i = l->n; i-- > 0;) {
		struct estate_snapshot *s = &l->v[i];
		struct str only = l->more[i].only;

		s->current = !chain_replaces(l, &c,
					     chain_of(&c, s->org, s->source, (struct str){0}), i) &&
			     !(only.n &&
			       chain_replaces(l, &c, chain_of(&c, s->org, s->source, only), i));
		if (!s->current)
			continue;
		if (s->whole)
			chain_add(&c, chain_of(&c, s->org, s->source, (struct str){0}), i);
		else if (only.n)
			chain_add(&c, chain_of(&c, s->org, s->source, only), i);
	}
}

#define SNAPSHOT_COLUMNS                                                                           \
	"site, record, org, source, kind, format, forced, name, device, only_device, taken_ms,"    \
	" received_ms, whole, sees, digest, size, devices, software, updates, files, lines,"       \
	" skipped, seen_os, seen_software, seen_updates, incomplete, coalesce(map, '')"

static bool snapshots_ask(struct store *store, struct str org, struct store_query **ret,
			  struct err *err)
{
	if (org.n)
		return store_query(
			store,
			SQL("SELECT " SNAPSHOT_COLUMNS " FROM estate_snapshot"
			    " LEFT JOIN estate_mapped USING (org, site, record) WHERE org = "
			    "?1 ORDER BY taken_ms, record, site"),
			ARGS(store_text(org)), ret, err);
	return store_query(store,
			   SQL("SELECT " SNAPSHOT_COLUMNS " FROM estate_snapshot"
			       " LEFT JOIN estate_mapped USING (org, site, record) ORDER BY org, "
			       "taken_ms, record, site"),
			   ARGS(), ret, err);
}

bool snapshots_of(struct store *store, struct str org, struct arena *arena,
		  struct snapshot_list *ret, struct err *err)
{
	AUTO(list_release) struct list l = {0};
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!snapshots_ask(store, org, &q, err))
		return false;
	for (;;) {
		if (!store_step(q, &row, err))
			return false;
		if (!row)
			break;
		take_row(arena, q, &l);
	}
	ret->v = arena_alloc(arena, (l.v.n + 1) * sizeof(*ret->v));
	ret->more = arena_alloc(arena, (l.v.n + 1) * sizeof(*ret->more));
	if (l.v.n) {
		memcpy(ret->v, l.v.v, l.v.n * sizeof(*ret->v));
		memcpy(ret->more, l.more.v, l.v.n * sizeof(*ret->more));
	}
	ret->n = l.v.n;
	snapshots_mark(ret);
	return true;
}

bool snapshots_orgs(struct store *store, struct intern *to, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(store, SQL("SELECT DISTINCT org FROM estate_snapshot ORDER BY org"),
			 ARGS(), &q, err))
		return false;
	while (store_step(q, &row, err)) {
		if (!row)
			return true;
		(void)intern_put(to, store_col_str(q, 0));
	}
	return false;
}

bool estate_newest(struct store *store, struct arena *arena, struct estate_org **ret, size_t *ret_n,
		   struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct {
		struct estate_org *v;
		size_t n, cap;
	} all = {0};
	bool row;

	if (!store_query(store,
			 SQL("SELECT org, max(taken_ms) FROM estate_snapshot GROUP BY org ORDER BY "
			     "org"),
			 ARGS(), &q, err))
		return false;
	while (store_step(q, &row, err)) {
		if (!row) {
			*ret = all.v;
			*ret_n = all.n;
			return true;
		}
		ARENA_PUSH(arena, &all, all.cap,
			   (struct estate_org){.code = keep(arena, q, 0),
					       .as_of_ms = store_col_int(q, 1)});
	}
	return false;
}
