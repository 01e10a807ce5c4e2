#include "alerts/derive.h"

/*
 * Points are judged in rounds: the first that is new of every organisation of a batch, then the
 * second, and so on, each round one world.  The runs of a batch are written at its end.
 */

enum { BATCH_ORGS = 500 };

struct seat { /* an organisation in the round */
	const struct task *task;
	size_t number; /* of the task in the batch */
	const struct segment *segment;
	struct sight sight;
	struct point point;
};

struct batch {
	struct derivation *d;
	const struct task *tasks;
	size_t n;
	struct track *covers, *tracks; /* by task; by task and subject */
	struct arena *arena;	       /* of the batch: what is read */
	struct arena *round;
	struct seat *seats;
	struct estate_at *at;
	size_t nseats;
	const struct subject *subject;
	size_t subject_number, next; /* next: the seat that is judged next */
	uint64_t *exposed, *unknown; /* widest organisation of the round */
	int64_t *seen_ms;
};

static void batch_release(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		track_release(&b->covers[i]);
	for (size_t i = 0; i < b->n * b->d->nsubjects; i++)
		track_release(&b->tracks[i]);
	free(b->covers);
	free(b->tracks);
	arena_close(b->arena);
	arena_close(b->round);
}

static void batch_begin(struct batch *b, struct derivation *d, const struct task *tasks, size_t n)
{
	*b = (struct batch){.d = d, .tasks = tasks, .n = n};
	b->covers = mem_zero(n + 1, sizeof(*b->covers));
	b->tracks = mem_zero(n * d->nsubjects + 1, sizeof(*b->tracks));
	b->arena = arena_open();
	b->round = arena_open();
}

/* ---- one alert over the round ------------------------------------------------------------ */

static void seat_judge(struct batch *b, const struct seat *seat, const struct finding *f)
{
	track_step(&b->tracks[seat->number * b->d->nsubjects + b->subject_number], b->subject,
		   &seat->point, f);
}

/* Devices of classes that the alert is not about do not count. */
static void concerned_only(const struct batch *b, const struct segment *s, uint64_t *bits)
{
	BITS_EACH (i, bits, s->ndevices)
		if (!subject_concerns(b->subject, s->devices[i].class))
			bits_drop(bits, i);
}

static bool any(const uint64_t *bits, uint32_t n)
{
	return bits_next(bits, n, 0) < n;
}

/* What is in exposed and unknown, of the classes concerned: unknown is who is not exposed. */
static void found(struct batch *b, const struct seat *seat)
{
	const struct segment *s = seat->segment;
	struct finding f = {.seen_ms = b->seen_ms};

	bits_and_not(b->unknown, b->exposed, bits_words(s->ndevices));
	if (b->subject->classes) {
		concerned_only(b, s, b->exposed);
		concerned_only(b, s, b->unknown);
	}
	f.exposed = any(b->exposed, s->ndevices) ? b->exposed : NULL;
	f.unknown = any(b->unknown, s->ndevices) ? b->unknown : NULL;
	seat_judge(b, seat, &f);
}

static int64_t oldest_fresh(const struct estate_device *d, int64_t now_ms)
{
	int64_t oldest = 0;

	for (unsigned f = 0; f < FACETS; f++)
		if (estate_is_fresh(&d->facet[f], now_ms))
			oldest = oldest ? MIN_OF(oldest, d->facet[f].seen_ms) : d->facet[f].seen_ms;
	return oldest;
}

struct hits {
	struct batch *b;
	const struct seat *seat;
};

static bool take_hit(void *ctx, const struct estate_hit *hit, struct err *err)
{
	struct hits *h = ctx;
	struct batch *b = h->b;
	uint32_t i = hit->device;

	(void)err;
	if (hit->unknown) {
		bits_add(b->unknown, i);
	} else if (h->seat->sight.expires_ms[i]) {
		bits_add(b->exposed, i);
		b->seen_ms[i] = MAX_OF(b->seen_ms[i], oldest_fresh(&hit->segment->devices[i],
								   h->seat->sight.now_ms));
	}
	return true;
}

/* Add what the query finds.  What was last seen too long ago cannot be told, whether it held for it
 * or not. */
static bool query_add(struct batch *b, const struct seat *seat, struct err *err)
{
	struct hits h = {b, seat};
	struct estate_query q = {b->subject->query, take_hit, &h};

	for (uint32_t i = 0; i < seat->segment->ndevices; i++)
		if (!seat->sight.expires_ms[i])
			bits_add(b->unknown, i);
	return estate_search_in(seat->segment, b->d->alerts->resolver, &q, err) ||
	       err_wrap(err, "%.*s", STR_FMT(b->subject->alert));
}

static void nothing_found(struct batch *b, const struct segment *s)
{
	size_t bytes = bits_words(s->ndevices) * sizeof(uint64_t);

	memset(b->exposed, 0, bytes);
	memset(b->unknown, 0, bytes);
	memset(b->seen_ms, 0, s->ndevices * sizeof(*b->seen_ms));
}

static void copy_worst(struct batch *b, const struct exposure_worst *w)
{
	size_t bytes = bits_words(w->segment->ndevices) * sizeof(uint64_t);

	nothing_found(b, w->segment);
	if (!w->exposed)
		return;
	memcpy(b->exposed, w->exposed, bytes);
	memcpy(b->unknown, w->unknown, bytes);
	memcpy(b->seen_ms, w->seen_ms, w->segment->ndevices * sizeof(*b->seen_ms));
}

static bool take_worst(void *ctx, const struct exposure_worst *w, struct err *err)
{
	struct batch *b = ctx;
	const struct seat *seat = &b->seats[b->next++];

	assert(seat->segment == w->segment);
	if (!b->subject->query.n && !b->subject->classes) {
		seat_judge(b, seat,
			   &(struct finding){.exposed = w->nexposed ? w->exposed : NULL,
					     .unknown = w->nunknown ? w->unknown : NULL,
					     .seen_ms = w->seen_ms});
		return true;
	}
	copy_worst(b, w);
	if (b->subject->query.n && !query_add(b, seat, err))
		return false;
	found(b, seat);
	return true;
}

static bool ask_query(struct batch *b, struct err *err)
{
	for (size_t i = 0; i < b->nseats; i++) {
		nothing_found(b, b->seats[i].segment);
		if (!query_add(b, &b->seats[i], err))
			return false;
		found(b, &b->seats[i]);
	}
	return true;
}

/* ---- one round ---------------------------------------------------------------------------- */

/* Of deliveries taken at one time only the last makes a point. */
static bool makes_point(const struct estate_history *h, size_t delivery)
{
	return delivery + 1 == h->n || h->v[delivery + 1].taken_ms != h->v[delivery].taken_ms;
}

static int64_t known_ms(const struct estate_history *h, size_t delivery)
{
	int64_t known = h->v[delivery].received_ms;

	while (delivery && h->v[delivery - 1].taken_ms == h->v[delivery].taken_ms)
		known = MAX_OF(known, h->v[--delivery].received_ms);
	return known;
}

static bool seats_open(struct batch *b, size_t round, struct err *err)
{
	b->seats = ARENA_ARRAY(b->round, struct seat, b->n + 1);
	b->at = ARENA_ARRAY(b->round, struct estate_at, b->n + 1);
	b->nseats = 0;
	for (size_t i = 0; i < b->n; i++) {
		const struct task *t = &b->tasks[i];
		size_t delivery = t->from + round;

		if (delivery >= t->history->n || !makes_point(t->history, delivery))
			continue;
		b->at[b->nseats] = (struct estate_at){t->history, delivery + 1, NULL};
		b->seats[b->nseats++] = (struct seat){.task = t, .number = i};
	}
	return estate_segments_at(b->d->alerts->estate, b->at, b->nseats, err);
}

static void seat_fill(struct batch *b, struct seat *seat, const struct estate_at *at)
{
	const struct estate_delivery *v = &at->history->v[at->deliveries - 1];

	seat->segment = at->segment;
	sight_make(at->segment, b->round, &seat->sight);
	seat->point = (struct point){.at_ms = v->taken_ms,
				     .known_ms = known_ms(at->history, at->deliveries - 1),
				     .ref = {v->site, v->record},
				     .sight = &seat->sight,
				     .expected = &seat->task->expected};
	seat->point.cover = coverage_of(&seat->sight, seat->point.expected, 0, NULL);
}

/* Those whose bytes were pruned say nothing any more.  Returns the devices of the widest. */
static uint32_t seats_fill(struct batch *b)
{
	size_t kept = 0;
	uint32_t widest = 0;

	for (size_t i = 0; i < b->nseats; i++) {
		if (!b->at[i].segment)
			continue;
		b->at[kept] = b->at[i];
		b->seats[kept] = b->seats[i];
		seat_fill(b, &b->seats[kept], &b->at[kept]);
		widest = MAX_OF(widest, b->at[kept].segment->ndevices);
		kept++;
	}
	b->nseats = kept;
	return widest;
}

static struct exposure_world *world_of(struct batch *b)
{
	const struct segment **segments =
		ARENA_ARRAY(b->round, const struct segment *, b->nseats + 1);
	struct alerts *a = b->d->alerts;

	for (size_t i = 0; i < b->nseats; i++)
		segments[i] = b->seats[i].segment;
	return exposure_world_of(&(struct exposure_parts){.image = a->image,
							  .segments = segments,
							  .nsegments = b->nseats,
							  .resolver = sources_resolver(a->resolver),
							  .own_time = true});
}

static bool subjects_judge(struct batch *b, struct err *err)
{
	AUTO(exposure_world_closep) struct exposure_world *w = NULL;

	for (size_t i = 0; i < b->d->nsubjects; i++) {
		b->subject = b->d->subjects[i];
		b->subject_number = i;
		b->next = 0;
		if (!b->subject->cves.n) {
			if (!ask_query(b, err))
				return false;
			continue;
		}
		if (!w)
			w = world_of(b);
		if (!exposure_worst_each(
			    w, (struct exposure_cves){b->subject->cves.v, b->subject->cves.n},
			    take_worst, b, err))
			return false;
	}
	return true;
}

static bool round_judge(struct batch *b, struct err *err)
{
	uint32_t widest = seats_fill(b);

	b->exposed = ARENA_ARRAY(b->round, uint64_t, bits_words(widest) + 1);
	b->unknown = ARENA_ARRAY(b->round, uint64_t, bits_words(widest) + 1);
	b->seen_ms = ARENA_ARRAY(b->round, int64_t, widest + 1);
	for (size_t i = 0; b->d->cover && i < b->nseats; i++)
		track_cover(&b->covers[b->seats[i].number], &b->seats[i].point);
	return subjects_judge(b, err);
}

/* ---- a batch -------------------------------------------------------------------------------- */

static bool batch_read(struct batch *b, struct err *err)
{
	struct derivation *d = b->d;

	for (size_t i = 0; i < b->n; i++) {
		struct str org = b->tasks[i].history->org;

		if (!b->tasks[i].from)
			continue;
		if (d->cover && !cover_read(d->alerts->store, org, &b->covers[i], err))
			return false;
		if (!evidence_read(d, org, &b->tracks[i * d->nsubjects], err))
			return false;
	}
	return true;
}

/* By alert, so that rows come in the order of their key. */
static bool batch_write(struct batch *b, struct err *err)
{
	struct derivation *d = b->d;

	for (size_t i = 0; d->cover && i < b->n; i++) {
		if (!cover_write(d->txn, b->tasks[i].history->org, &b->covers[i], err))
			return false;
		d->rows += b->covers[i].v.n;
	}
	for (size_t s = 0; s < d->nsubjects; s++)
		for (size_t i = 0; i < b->n; i++) {
			struct track *t = &b->tracks[i * d->nsubjects + s];

			if (!evidence_write(d->txn, d->subjects[s]->alert, b->tasks[i].history->org,
					    t, err))
				return false;
			d->rows += t->v.n;
		}
	return true;
}

static bool batch_derive(struct batch *b, struct err *err)
{
	size_t rounds = 0;

	for (size_t i = 0; i < b->n; i++)
		rounds = MAX_OF(rounds, b->tasks[i].history->n - b->tasks[i].from);
	if (!batch_read(b, err))
		return false;
	for (size_t r = 0; r < rounds; r++) {
		bool ok;

		arena_clear(b->round);
		if (!seats_open(b, r, err))
			return false;
		ok = round_judge(b, err);
		estate_segments_drop(b->at, b->nseats);
		if (!ok)
			return false;
	}
	return batch_write(b, err);
}

bool derive(struct derivation *d, struct err *err)
{
	for (size_t at = 0; at < d->ntasks; at += BATCH_ORGS) {
		AUTO(batch_release) struct batch b;

		batch_begin(&b, d, d->tasks + at, MIN_OF(d->ntasks - at, (size_t)BATCH_ORGS));
		if (!batch_derive(&b, err))
			return false;
	}
	return true;
}
