#include "estate/import.h"

/*
 * Files on their way in, so many at a time, so that not all are in memory at
 * once; those of one organisation go together, since one may name the device of
 * another, and its segment is made of all of them.  While the next ones are read
 * by several threads, one does the acts of those before, which the store wants
 * one after the other, and the segments of those before them are built.
 */

enum { BATCH_BYTES = 32 << 20 };

struct batch {
	size_t from, n;
	struct jobs jobs;
	struct estate_reading *readings; /* NULL: not read yet */
	struct segments segments;
};

struct flow {
	struct estate *estate;
	const struct estate_file_in *in;
	const struct estate_taker *by;
	size_t n, opened, done; /* files */
	struct batch reading, taking, building;
	bool taken;
	struct err err; /* of taking */
};

static void batch_release(struct batch *b)
{
	segments_release(&b->segments);
	for (size_t i = 0; b->readings && i < b->n; i++)
		estate_reading_free(&b->readings[i]);
	free(b->readings);
	*b = (struct batch){0};
}

static void files_done(struct flow *f, size_t to)
{
	while (f->done < to)
		f->by->done(f->by->ctx, f->done++);
}

static void flow_release(struct flow *f)
{
	batch_release(&f->building);
	batch_release(&f->taking);
	batch_release(&f->reading);
	files_done(f, f->opened);
}

static bool open_batch(struct flow *f, struct batch *b, struct err *err)
{
	const struct estate_file_in *in = f->in;
	size_t bytes = 0, i = f->opened;

	b->from = i;
	for (; i < f->n; i++) {
		if (bytes >= BATCH_BYTES && !str_eq(in[i].org, in[i - 1].org))
			break;
		if (!f->by->open(f->by->ctx, i, err))
			return false;
		f->opened = i + 1;
		bytes += in[i].bytes.n;
	}
	b->n = i - b->from;
	return true;
}

static bool take(struct flow *f, struct batch *b, struct err *err)
{
	for (size_t i = 0; i < b->n; i++)
		if (!f->by->take(f->by->ctx, b->from + i, &b->readings[i], err))
			return false;
	if (!segments_plan(f->estate, &(struct readings){f->in + b->from, b->readings, b->n},
			   &b->segments, err))
		return false;
	for (size_t i = 0; i < b->n; i++)
		journal_pack_free(&b->readings[i].pack);
	return true;
}

static void run_take(void *ctx, size_t item)
{
	struct flow *f = ctx;

	(void)item;
	f->taken = take(f, &f->taking, &f->err);
}

/* What is wrong with files comes after what is wrong with those before them. */
static bool flow_step(struct flow *f, struct err *err)
{
	AUTO(tasks_release) struct tasks tasks = {0};
	struct batch *next = &f->reading;
	bool opened = open_batch(f, next, err);

	f->taken = true;
	if (f->taking.n)
		VEC_PUSH(&tasks.v, (struct task){run_take, f, 0});
	segments_tasks(&f->building.segments, &tasks);
	if (opened) {
		jobs_open(&next->jobs, f->in + next->from, next->n);
		jobs_tasks(&next->jobs, &tasks);
	}
	tasks_run(&tasks);
	if (opened) {
		next->readings = mem_zero(next->n + 1, sizeof(*next->readings));
		opened = jobs_finish(&next->jobs, next->readings, err);
	}
	if (!f->taken)
		*err = f->err;
	return f->taken && opened;
}

bool estate_take_all(struct estate *e, const struct estate_file_in *in, size_t n,
		     const struct estate_taker *by, struct err *err)
{
	AUTO(flow_release) struct flow f = {.estate = e, .in = in, .by = by, .n = n};

	do {
		if (!flow_step(&f, err))
			return false;
		files_done(&f, f.building.from + f.building.n);
		batch_release(&f.building);
		f.building = f.taking;
		f.taking = f.reading;
		f.reading = (struct batch){0};
	} while (f.building.n || f.taking.n);
	return true;
}
