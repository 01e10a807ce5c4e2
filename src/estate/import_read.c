#include "estate/import.h"

#include "base/parallel.h"
#include "base/table.h"

/* Files read by several threads: a large one in pieces, of the others each by one. */

enum { LARGE_BYTES = 8 << 20 };

void tasks_release(struct tasks *t)
{
	free(t->v.v);
}

static void run_task(void *ctx, size_t item, unsigned worker)
{
	const struct task *t = (const struct task *)ctx + item;

	(void)worker;
	t->run(t->ctx, t->item);
}

void tasks_run(struct tasks *t)
{
	parallel_each(t->v.n, run_task, t->v.v);
	t->v.n = 0;
}

static void open_job(void *ctx, size_t item, unsigned worker)
{
	struct job *j = (struct job *)ctx + item;
	struct estate_read *r = mem_zero(1, sizeof(*r));
	struct arena *arena = arena_open();

	(void)worker;
	j->read = r;
	r->arena = arena;
	rows_init(&r->rows, arena, false);
	if (j->in->of) {
		r->rows.runs = j->in->of->runs.v;
		r->rows.nruns = j->in->of->runs.n;
	}
	r->file = (struct read_file){.arena = arena,
				     .name = j->in->name,
				     .bytes = j->in->bytes,
				     .format = j->in->stated.format,
				     .map = j->in->stated.map};
	j->ok = read_open(&r->file, &j->err);
	journal_pack_begin(j->in->bytes, &j->reading.pack);
}

/* A text that names no host belongs to what is stated, else to the host that a file of the same
 * stem names, else it is called by the stem (which read_open() did). */
static void pair_jobs(struct job *jobs, size_t n)
{
	AUTO(intern_closep) struct intern *stems = intern_open();
	AUTO(freep) struct str *host = mem_zero(n + 1, sizeof(*host));

	for (size_t i = 0; i < n; i++) {
		const struct read_member *m = jobs[i].read->file.members;

		if (!jobs[i].ok || jobs[i].read->file.n != 1 || m->device.n ||
		    !read_is_windows_text(m->format))
			continue;
		host[intern_put(stems, read_stem_of(m->name))] =
			read_host_of(jobs[i].read->arena, m->format, m->bytes);
	}
	for (size_t i = 0; i < n; i++) {
		struct read_member *m = jobs[i].read->file.members;
		uint32_t at;

		if (!jobs[i].ok)
			continue;
		if (jobs[i].in->stated.device.n) {
			read_state_device(&jobs[i].read->file, jobs[i].in->stated.device);
			jobs[i].read->device = jobs[i].in->stated.device;
		} else if (jobs[i].read->file.n == 1 && m->device.n &&
			   read_is_windows_text(m->format)) {
			at = intern_find(stems, read_stem_of(m->name));
			if (at != UINT32_MAX)
				m->device = host[at];
			jobs[i].read->device = m->device;
		}
	}
}

void jobs_open(struct jobs *jobs, const struct estate_file_in *in, size_t n)
{
	jobs->v = mem_zero(n + 1, sizeof(*jobs->v));
	jobs->n = n;
	for (size_t i = 0; i < n; i++)
		jobs->v[i].in = &in[i];
	parallel_each(n, open_job, jobs->v);
	pair_jobs(jobs->v, n);
	for (size_t i = 0; i < n; i++)
		jobs->v[i].large = n == 1 || in[i].bytes.n >= LARGE_BYTES;
}

static void parse(struct job *j)
{
	if (j->ok)
		j->ok = read_rows(&j->read->file, &j->read->rows, &j->err);
}

static void run_parse(void *ctx, size_t item)
{
	parse((struct job *)ctx + item);
}

/* Who reads the last piece puts them together. */
static void run_piece(void *ctx, size_t item)
{
	struct job *j = ctx;
	struct read_member *m = j->read->file.members;

	csv_pieces_job(m->pieces, item, 0);
	if (__atomic_sub_fetch(&j->left, 1, __ATOMIC_ACQ_REL))
		return;
	parse(j);
	csv_pieces_close(m->pieces);
	m->pieces = NULL;
}

static void run_pack(void *ctx, size_t item)
{
	journal_pack_job(&((struct job *)ctx)->reading.pack, item);
}

/* While its bytes are at hand. */
static void run_small(void *ctx, size_t item)
{
	struct job *j = (struct job *)ctx + item;

	parse(j);
	for (size_t part = 0; part < j->reading.pack.jobs; part++)
		journal_pack_job(&j->reading.pack, part);
}

static void task_add(struct tasks *to, void (*run)(void *ctx, size_t item), void *ctx, size_t item)
{
	VEC_PUSH(&to->v, (struct task){run, ctx, item});
}

static void large_tasks(struct job *j, struct tasks *to)
{
	struct read_file *file = &j->read->file;

	task_add(to, run_pack, j, 0);
	if (j->ok && file->n == 1 && file->members->format == ESTATE_CSV) {
		file->members->pieces = csv_pieces_open(file->members->bytes, parallel_width());
		j->left = csv_pieces_count(file->members->pieces);
	}
	for (size_t i = 0; i < j->left; i++)
		task_add(to, run_piece, j, i);
	if (!j->left)
		task_add(to, run_parse, j, 0);
}

void jobs_tasks(const struct jobs *jobs, struct tasks *to)
{
	for (size_t i = 0; i < jobs->n; i++)
		if (jobs->v[i].large)
			large_tasks(&jobs->v[i], to);
	for (size_t i = 0; i < jobs->n; i++)
		if (!jobs->v[i].large)
			task_add(to, run_small, jobs->v, i);
	for (size_t i = 0; i < jobs->n; i++)
		for (size_t part = 1; jobs->v[i].large && part < jobs->v[i].reading.pack.jobs;
		     part++)
			task_add(to, run_pack, &jobs->v[i], part);
}

bool jobs_finish(struct jobs *jobs, struct estate_reading *ret, struct err *err)
{
	bool ok = true;

	for (size_t i = 0; i < jobs->n && ok; i++) {
		struct job *j = &jobs->v[i];

		ok = j->ok && job_finish(j, &j->err);
		if (!ok) {
			*err = j->err;
			ok = err_wrap(err, "%.*s", STR_FMT(str_sub(j->in->name, 0, 120)));
		}
	}
	for (size_t i = 0; i < jobs->n; i++) {
		jobs->v[i].reading.read = jobs->v[i].read;
		if (ok)
			ret[i] = jobs->v[i].reading;
		else
			estate_reading_free(&jobs->v[i].reading);
	}
	free(jobs->v);
	*jobs = (struct jobs){0};
	return ok;
}

bool estate_read_all(const struct estate_file_in *in, size_t n, struct estate_reading *ret,
		     struct err *err)
{
	AUTO(tasks_release) struct tasks tasks = {0};
	struct jobs jobs;

	jobs_open(&jobs, in, n);
	jobs_tasks(&jobs, &tasks);
	tasks_run(&tasks);
	return jobs_finish(&jobs, ret, err);
}
