#include "exposure/follow.h"

#include "wire/wire.h"

/*
 * The next world: what the journal has said since is looked at anew, everything else is shared.
 * Few parts and few vulnerabilities asked anew keep answers quick; past that all is made again.
 */

enum {
	ANEW_MOST = 2000, /* vulnerabilities asked anew */
	PARTS_MOST = 6,	  /* beyond that those that came later become one */
	WHOLE_FROM = 4,	  /* one in so many organisations changed: make everything again */
};

struct news {
	const struct exposure_world *w;
	const struct exposure_sources *src;
	struct arena *arena;
	struct json_doc *doc;
	struct intern *orgs; /* whose evidence changed, or aged */
	struct intern *cves; /* that changed */
	bool whole, names;
};

static void news_release(struct news *n)
{
	arena_close(n->arena);
	json_close(n->doc);
	intern_close(n->orgs);
	intern_close(n->cves);
}

/* A list of the exploited takes the place of the one before. */
static void hear_kev(struct news *n)
{
	const struct intel_image *image = n->w->image;

	for (uint32_t i = 0; i < image->nvulns; i++)
		if (image->vulns[i].kev)
			intern_put(n->cves, image->vulns[i].cve);
}

static bool hear_feed(struct news *n, const struct record *r, struct err *err)
{
	struct intel_news more;

	if (!intel_news_of(n->src->journal, r, n->arena, &more, err))
		return false;
	n->whole |= more.whole;
	for (size_t i = 0; i < more.n; i++)
		intern_put(n->cves, more.v[i]);
	if (more.kev)
		hear_kev(n);
	return true;
}

static bool hear_inventory(struct news *n, const struct record *r, struct err *err)
{
	struct json_value body;
	struct str org;

	if (!json_parse(n->doc, r->body, 0, &body, err) || !json_need_str(body, "org", &org, err))
		return false;
	intern_put(n->orgs, org);
	return true;
}

static bool hear_names(struct news *n, const struct record *r, struct err *err)
{
	(void)r;
	(void)err;
	n->whole = true;
	return true;
}

static bool hear_directory(struct news *n, const struct record *r, struct err *err)
{
	(void)r;
	(void)err;
	n->names = true;
	return true;
}

static const struct hearing {
	const char *act; /* or what it begins with, where it ends in a full stop */
	bool (*hear)(struct news *n, const struct record *r, struct err *err);
} hearings[] = {
	{"feed.import", hear_feed}, {"estate.import", hear_inventory}, {"estate.", hear_names},
	{"names.", hear_names},	    {"org.", hear_directory},	       {"service.", hear_directory},
};

static bool hear(void *ctx, const struct record *r, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(hearings); i++) {
		struct str act = str_of(hearings[i].act);
		bool begins = act.p[act.n - 1] == '.';

		if (begins ? str_starts(r->act, act) : str_eq(r->act, act))
			return hearings[i].hear(ctx, r, err);
	}
	return true;
}

/* Evidence that was fresh when it was looked at and is no more. */
static void hear_time(struct news *n)
{
	for (uint32_t i = 0; i < n->w->roll->nplaces; i++) {
		const struct unit *o = place_unit(n->w, i);

		if (n->src->now_ms >= o->turns_ms || n->src->now_ms < o->now_ms)
			intern_put(n->orgs, o->segment->org);
	}
}

/* ---- organisations ---------------------------------------------------------------- */

static bool gather_changed(struct news *n, struct gathering *g, struct err *err)
{
	for (uint32_t i = 0; i < intern_count(n->orgs); i++) {
		const struct segment *s;

		if (!estate_segment_open(n->src->estate, intern_str(n->orgs, i), &s, err))
			return false;
		gathering_keep(g, s);
	}
	return true;
}

/* Those that came later and are what counts still, to become one part with the new ones. */
static void gather_later(struct news *n, struct gathering *g)
{
	const struct exposure_world *w = n->w;

	for (uint32_t i = 0; i < w->roll->nplaces; i++) {
		const struct segment *s = place_unit(w, i)->segment;

		if (w->roll->places[i].part && intern_find(n->orgs, s->org) == UINT32_MAX)
			gathering_keep(g, segment_ref(s));
	}
}

struct making {
	struct part *parts[PARTS_MOST + 1];
	uint32_t n;
};

/* The parts of the next world: references. */
static bool parts_make(struct news *n, struct gathering *g, struct making *ret, struct err *err)
{
	const struct exposure_world *w = n->w;
	bool changed = intern_count(n->orgs) > 0, merge = changed && w->nparts == PARTS_MOST;

	for (uint32_t i = 0; i < (merge ? 1 : w->nparts); i++)
		ret->parts[ret->n++] = part_ref(w->parts[i]);
	if (!changed)
		return true;
	if (!gather_changed(n, g, err))
		return false;
	if (merge)
		gather_later(n, g);
	ret->parts[ret->n++] = gathering_part(g, w->parts[0]->grounds, w->parts[0], n->src->now_ms);
	return true;
}

/* ---- vulnerabilities -------------------------------------------------------------- */

/* One that a list alone had named, and names no more, is known to nobody. */
static bool all_known(const struct news *n, const struct intel_image *image)
{
	for (uint32_t i = 0; i < intern_count(n->cves); i++) {
		struct str cve = intern_str(n->cves, i);

		if (!intel_image_find(image, cve) && intel_image_find(n->w->image, cve))
			return false;
	}
	return true;
}

static bool anew_image(struct news *n, struct anew *ret, struct err *err)
{
	const struct anew *old = &n->w->anew;
	struct intel_news all = {.n = intern_count(n->cves)};
	struct intel_image *image;

	if (!all.n) {
		ret->grounds = grounds_ref(old->grounds);
		return true;
	}
	all.v = ARENA_ARRAY(n->arena, struct str, all.n);
	for (uint32_t i = 0; i < all.n; i++)
		all.v[i] = intern_str(n->cves, i);
	if (!intel_image_more(n->src->store, &all, n->w->image, &image, err))
		return false;
	n->whole = !all_known(n, image);
	ret->grounds = mem_zero(1, sizeof(*ret->grounds));
	ret->grounds->refs = 1;
	ret->grounds->image = ret->grounds->own_image = image;
	return true;
}

/* Each part asked; false when one cannot tell without being made again. */
static bool anew_ask(const struct news *n, const struct making *parts, struct anew *ret)
{
	const struct exposure_world *w = n->w;
	bool same = !intern_count(n->cves);

	ret->parts = mem_zero(parts->n, sizeof(struct part *));
	ret->image = ret->grounds->image;
	for (uint32_t i = 0; i < parts->n; i++) {
		bool known = same && i < w->nparts && parts->parts[i] == w->parts[i];

		ret->parts[i] = known ? part_ref(w->anew.parts[i])
				      : part_asking(parts->parts[i], ret->grounds);
		if (!ret->parts[i])
			return false;
	}
	return true;
}

static void anew_release(struct anew *a, uint32_t n)
{
	for (uint32_t i = 0; a->parts && i < n; i++)
		if (a->parts[i])
			part_unref(a->parts[i]);
	free(a->parts);
	grounds_unref(a->grounds);
	*a = (struct anew){0};
}

/* ---- the next world --------------------------------------------------------------- */

/* As they were where nobody named an organisation anew and none is new. */
static bool names_gather(const struct news *n, struct gathering *g, struct err *err)
{
	const struct exposure_world *w = n->w;
	bool anew = n->names;

	for (uint32_t i = 0; i < intern_count(n->orgs); i++)
		anew |= world_place(w, intern_str(n->orgs, i)) == NONE;
	if (anew)
		return gathering_names(g, n->src, err);
	for (uint32_t i = 0; i < w->roll->nplaces; i++)
		VEC_PUSH(&g->orgs, w->roll->names[i]);
	return true;
}

/* *ret NULL: it takes a new one. */
static bool world_next(struct news *n, struct exposure_world **ret, struct err *err)
{
	AUTO(gathering_release) struct gathering g = {.arena = arena_open()};
	const struct exposure_world *w = n->w;
	struct making parts = {.n = 0};
	struct anew anew = {0};
	bool same = !n->names && !intern_count(n->orgs), ok, told;

	*ret = NULL;
	if (!same && !names_gather(n, &g, err))
		return false;
	ok = parts_make(n, &g, &parts, err) && anew_image(n, &anew, err);
	told = ok && !n->whole && (!anew.grounds || anew_ask(n, &parts, &anew));
	if (told) {
		*ret = world_of(parts.parts, parts.n,
				same ? roll_ref(w->roll)
				     : roll_of(parts.parts, parts.n, g.orgs.v, g.orgs.n));
		(*ret)->anew = anew;
		(*ret)->now_ms = n->src->now_ms;
		return true;
	}
	anew_release(&anew, parts.n);
	for (uint32_t i = 0; i < parts.n; i++)
		part_unref(parts.parts[i]);
	return ok;
}

/* Those that changed before are asked again with those that change now. */
static void gather_cves(struct news *n)
{
	const struct intel_image *old = n->w->anew.image;

	for (uint32_t i = 0; n->w->anew.grounds && i < old->nvulns; i++)
		intern_put(n->cves, old->vulns[i].cve);
}

bool exposure_world_follow(struct exposure_world *w, const struct exposure_sources *now,
			   struct exposure_world **ret, struct err *err)
{
	AUTO(journal_mark_closep) struct journal_mark *mark = journal_mark_copy(w->mark);
	AUTO(news_release)
	struct news n = {.w = w,
			 .src = now,
			 .arena = arena_open(),
			 .doc = json_open(),
			 .orgs = intern_open(),
			 .cves = intern_open()};

	assert(!now->image && !now->only_org.n && now->journal);
	*ret = NULL;
	if (!journal_news(now->journal, mark, hear, &n, err))
		return false;
	hear_time(&n);
	if (!n.whole && !n.names && !intern_count(n.cves) && !intern_count(n.orgs)) {
		journal_mark_close(w->mark); /* nobody hears again what changed nothing */
		w->mark = mark, mark = NULL;
		return true;
	}
	if (intern_count(n.cves))
		gather_cves(&n);
	n.whole |= intern_count(n.cves) > INTEL_NEWS_MOST ||
		   intern_count(n.orgs) > w->roll->nplaces / WHOLE_FROM + PARTS_MOST;
	if (!n.whole && !world_next(&n, ret, err))
		return false;
	if (!*ret)
		return exposure_world_open(now, ret, err);
	(*ret)->mark = mark, mark = NULL;
	return true;
}
