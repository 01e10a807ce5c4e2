#include "estate/search.h"
#include "wire/wire.h"

/* The segments of all organisations, kept as the journal says that they change. */

enum {
	ALL_FROM = 8, /* one in so many changed: read all again */
	ALL_LEAST = 64
};

static void place_release(struct place *p)
{
	segment_unref(p->segment);
	free(p->numbers.profiles);
	free(p->numbers.raws);
}

void nation_close(struct nation *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->n; i++)
		place_release(&n->v[i]);
	free(n->v);
	things_close(n->things);
	journal_mark_close(n->mark);
	free(n);
}

static struct nation *nation_new(void)
{
	struct nation *n = mem_zero(1, sizeof(*n));

	n->things = things_open();
	n->mark = journal_mark_open();
	return n;
}

/* Where the organisation's place is, or would be. */
static size_t place_of(const struct nation *n, struct str org)
{
	size_t lo = 0, hi = n->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (str_cmp(n->v[mid].segment->org, org) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* NULL: it has none. */
static struct place *place_find(const struct nation *n, struct str org)
{
	size_t at = place_of(n, org);

	return at < n->n && str_eq(n->v[at].segment->org, org) ? &n->v[at] : NULL;
}

static void place_put(struct nation *n, const struct segment *s)
{
	struct place *p = place_find(n, s->org);
	size_t at;

	if (p) {
		place_release(p);
		*p = (struct place){.segment = s};
		return;
	}
	at = place_of(n, s->org);
	n->v = mem_grow(n->v, n->n, &n->cap, sizeof(*n->v));
	memmove(n->v + at + 1, n->v + at, (n->n++ - at) * sizeof(*n->v));
	n->v[at] = (struct place){.segment = s};
}

static void place_drop(struct nation *n, struct place *p)
{
	place_release(p);
	n->n--;
	memmove(p, p + 1, (size_t)(n->v + n->n - p) * sizeof(*p));
}

/* ---- all -------------------------------------------------------------------------------- */

/* What the store says now, after where the mark is put: what comes between is told once more. */
static bool read_all(struct nation *n, struct estate *e, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct needs needs = {0};

	if (!journal_head(e->journal, &n->head, err) ||
	    !journal_news(e->journal, n->mark, NULL, NULL, err) ||
	    !needs_of(e, (struct str){0}, arena, &needs, err) || !segments_prepare(e, &needs, err))
		return false;
	for (size_t i = 0; i < needs.n; i++) {
		const struct segment *s;

		if (!segment_get(e, &needs.v[i], &s, err))
			return false;
		place_put(n, s);
	}
	return true;
}

/* Numbers of segments that are the same still. */
static void take_over(struct nation *n, struct nation *from)
{
	struct things *things = n->things;

	n->searched = from->searched;
	if (things_outgrown(from->things))
		return;
	for (size_t i = 0; i < n->n; i++) {
		struct place *old = place_find(from, n->v[i].segment->org);

		if (!old || !hash_eq(&old->segment->inputs, &n->v[i].segment->inputs))
			continue;
		n->v[i].numbers = old->numbers;
		old->numbers = (struct numbers){0};
	}
	n->things = from->things;
	from->things = things;
	things_names_changed(n->things);
}

static bool read_again(struct estate *e, struct err *err)
{
	struct nation *n = nation_new();

	if (!read_all(n, e, err)) {
		nation_close(n);
		return false;
	}
	if (e->nation)
		take_over(n, e->nation);
	nation_close(e->nation);
	e->nation = n;
	return true;
}

/* ---- what changed ----------------------------------------------------------------------- */

struct news {
	struct json_doc *doc;
	struct intern *orgs;
	bool names;
};

static void news_release(struct news *n)
{
	json_close(n->doc);
	intern_close(n->orgs);
}

static bool hear(void *ctx, const struct record *r, struct err *err)
{
	struct news *n = ctx;
	struct json_value body;
	struct str org;

	if (!str_is(r->act, "estate.import")) {
		n->names |= str_starts(r->act, STR("estate.")) ||
			    str_starts(r->act, STR("names.")) || str_starts(r->act, STR("feed."));
		return true;
	}
	if (!json_parse(n->doc, r->body, 0, &body, err) || !json_need_str(body, "org", &org, err))
		return false;
	(void)intern_put(n->orgs, org);
	return true;
}

/* Is what was read of this journal still?  A transaction that was rolled back took records out. */
static bool goes_on(const struct nation *n, const struct journal *j, const struct journal_head *now)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct record r;
	struct err ignored;

	if (hash_eq(&n->head.hash, &now->hash) || !n->head.number)
		return true;
	return now->number > n->head.number &&
	       journal_find(j, n->head.number, arena, &r, &ignored) &&
	       hash_eq(&r.hash, &n->head.hash);
}

static bool read_one(struct estate *e, struct str org, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct place *p = place_find(e->nation, org);
	const struct segment *s;
	struct needs needs = {0};

	if (!needs_of(e, org, arena, &needs, err))
		return false;
	if (!needs.n) {
		if (p)
			place_drop(e->nation, p);
		return true;
	}
	if (p && hash_eq(&p->segment->inputs, &needs.v[0].inputs))
		return true;
	if (!segment_get(e, &needs.v[0], &s, err))
		return false;
	place_put(e->nation, s);
	return true;
}

static bool read_changed(struct estate *e, const struct journal_head *head, struct err *err)
{
	AUTO(news_release) struct news news = {.doc = json_open(), .orgs = intern_open()};
	struct nation *n = e->nation;
	bool ok;

	if (!journal_news(e->journal, n->mark, hear, &news, err))
		return false;
	n->head = *head;
	if (news.names)
		things_names_changed(n->things);
	if (intern_count(news.orgs) > n->n / ALL_FROM + ALL_LEAST || things_outgrown(n->things))
		return read_again(e, err);
	ok = true;
	for (uint32_t i = 0; ok && i < intern_count(news.orgs); i++)
		ok = read_one(e, intern_str(news.orgs, i), err);
	return ok;
}

bool nation_follow(struct estate *e, struct nation **ret, struct err *err)
{
	struct journal_head head;
	bool ok;

	if (!journal_head(e->journal, &head, err))
		return false;
	if (e->nation && goes_on(e->nation, e->journal, &head))
		ok = read_changed(e, &head, err);
	else
		ok = read_again(e, err);
	if (!ok) { /* part of the news may have been taken: read all next time */
		nation_close(e->nation);
		e->nation = NULL;
		return false;
	}
	*ret = e->nation;
	return true;
}
