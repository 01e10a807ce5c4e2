#include "alerts/derive.h"

void track_release(struct track *t)
{
	for (size_t i = 0; i < t->v.n; i++) {
		text_free(&t->v.v[i].list);
		course_release(&t->v.v[i].course);
	}
	free(t->v.v);
	*t = (struct track){0};
}

static struct run *track_last(struct track *t)
{
	return t->open ? &t->v.v[t->v.n - 1] : NULL;
}

/* The newest run ends where the next begins. */
static struct run *track_begin(struct track *t, const struct point *p)
{
	if (t->open)
		track_last(t)->ends_ms = p->at_ms;
	VEC_PUSH(&t->v, (struct run){.from_ms = p->at_ms,
				     .known_ms = p->known_ms,
				     .ref = p->ref,
				     .course = {.sparse = true, .last.at_ms = p->at_ms}});
	t->open = true;
	return track_last(t);
}

/* Does the evidence go on without a gap, or go on not covering? */
static bool goes_on(const struct run *r, const struct point *p, const struct coverage *c)
{
	return r->until_ms ? c->until_ms && p->at_ms <= r->until_ms : !c->until_ms;
}

static void run_extend(struct run *r, const struct point *p, const struct coverage *c)
{
	r->last_ms = p->at_ms;
	r->until_ms = c->until_ms;
	r->cover = *c;
	r->newest = p->ref;
	r->newest_known_ms = p->known_ms;
	r->touched = true;
}

void run_remember(struct run *r)
{
	course_add(&r->course, &(struct course_point){
				       .at_ms = r->last_ms,
				       .unknown = r->unknown,
				       .devices = r->cover.devices,
				       .covered = r->cover.covered,
				       .expected = r->cover.expected,
				       .oldest_ago_ms = r->exposed ? r->last_ms - r->oldest_ms : 0,
				       .newest_ago_ms = r->exposed ? r->last_ms - r->newest_ms : 0,
			       });
}

void track_cover(struct track *t, const struct point *p)
{
	struct run *r = track_last(t);

	if (!r || !goes_on(r, p, &p->cover))
		r = track_begin(t, p);
	run_extend(r, p, &p->cover);
	r->course.sparse = false; /* it tells when there were inventories at all */
	run_remember(r);
}

/* ---- one alert ------------------------------------------------------------------------ */

/* The devices that stood exposed, as the last run lists them. */
struct standing {
	struct str list;
	struct str id;
	int64_t seen_ms;
	bool any;
};

static struct str take_line(struct str *list)
{
	struct str line = {0};

	(void)str_next(list, '\n', &line);
	return line;
}

static void standing_next(struct standing *s)
{
	uint64_t seen = 0;

	s->any = s->list.n > 0;
	if (!s->any)
		return;
	s->id = take_line(&s->list);
	if (str_to_u64(take_line(&s->list), &seen))
		s->seen_ms = (int64_t)seen;
}

struct stepping {
	const struct point *p;
	const struct finding *f;
	struct coverage cover;
	struct run next; /* what stands now */
	uint64_t unknown;
	bool same; /* the same devices as before */
};

static void keep(struct stepping *k, struct str id, int64_t seen_ms)
{
	struct run *r = &k->next;

	device_list_add(&r->list, id, seen_ms);
	r->oldest_ms = r->exposed ? MIN_OF(r->oldest_ms, seen_ms) : seen_ms;
	r->newest_ms = MAX_OF(r->newest_ms, seen_ms);
	r->exposed++;
}

/* One that was exposed and is not seen to be: does it stand? */
static void consider_standing(struct stepping *k, const struct standing *s)
{
	size_t at = segment_find(k->p->sight->segment, s->id);
	bool stands =
		at == SIZE_MAX ? !k->cover.until_ms : k->f->unknown && bits_has(k->f->unknown, at);

	if (!stands) {
		k->same = false;
		return;
	}
	keep(k, s->id, s->seen_ms);
	k->unknown -= at != SIZE_MAX;
}

/* Those exposed now and those that stood, both in order of id. */
static void merge(struct stepping *k, struct str before)
{
	const struct segment *s = k->p->sight->segment;
	struct standing old = {.list = before};

	k->same = true;
	standing_next(&old);
	for (size_t i = k->f->exposed ? bits_next(k->f->exposed, s->ndevices, 0) : s->ndevices;
	     i < s->ndevices; i = bits_next(k->f->exposed, s->ndevices, i + 1)) {
		struct str id = seg_str(s, s->devices[i].id);
		int c = -1;

		for (; old.any && (c = str_cmp(old.id, id)) < 0; standing_next(&old))
			consider_standing(k, &old);
		if (old.any && c == 0)
			standing_next(&old);
		else
			k->same = false;
		keep(k, id, k->f->seen_ms[i]);
	}
	for (; old.any; standing_next(&old))
		consider_standing(k, &old);
}

static void run_take(struct run *r, struct stepping *k)
{
	run_extend(r, k->p, &k->cover);
	text_free(&r->list);
	r->list = k->next.list;
	k->next.list = (struct text){0};
	r->exposed = k->next.exposed;
	r->oldest_ms = k->next.oldest_ms;
	r->newest_ms = k->next.newest_ms;
	r->unknown = k->unknown;
	run_remember(r);
}

void track_step(struct track *t, const struct subject *s, const struct point *p,
		const struct finding *f)
{
	struct run *last = track_last(t);
	struct stepping k = {.p = p, .f = f};
	size_t words = bits_words(p->sight->segment->ndevices);

	/* Until something is exposed or unknown the organisation's cover says as much. */
	if (!last && !f->exposed && !f->unknown && !s->classes)
		return;
	k.unknown = f->unknown ? bits_count(f->unknown, words) : 0;
	k.cover = s->classes || k.unknown
			  ? coverage_of(p->sight, p->expected, s->classes, f->unknown)
			  : p->cover;
	merge(&k, last ? text_str(&last->list) : (struct str){0});
	if (!last || !k.same || !goes_on(last, p, &k.cover))
		last = track_begin(t, p);
	run_take(last, &k);
	text_free(&k.next.list);
}
