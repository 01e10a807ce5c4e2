#ifndef ESTATE_IMPORT_H
#define ESTATE_IMPORT_H

/*
 * Files that are read together, segments that are made of them, and the tasks
 * into which both fall: each touches nothing but its own, so several threads may
 * run them in any order.
 */

#include "base/mem.h"
#include "estate/make.h"

struct task {
	void (*run)(void *ctx, size_t item);
	void *ctx;
	size_t item;
};
struct tasks {
	VEC_OF(struct task) v;
};
/* All of them; then there are none. */
void tasks_run(struct tasks *t);
void tasks_release(struct tasks *t);

/* One file. */
struct job {
	const struct estate_file_in *in;
	struct estate_read *read;
	struct estate_reading reading;
	size_t left; /* pieces that are still to be read; counted down by threads */
	bool ok, large;
	struct err err;
};

/* What it says of itself, once it is read: the act's body and notes. */
MUST_CHECK bool job_finish(struct job *j, struct err *err);

struct jobs {
	struct job *v;
	size_t n;
};
/* Files seen for what they are; jobs_tasks() reads, digests and packs them. */
void jobs_open(struct jobs *jobs, const struct estate_file_in *in, size_t n);
/* What takes long and can't be divided, then the rest. */
void jobs_tasks(const struct jobs *jobs, struct tasks *to);
/* After the tasks: all readings into ret, or none and what is wrong with the first. */
MUST_CHECK bool jobs_finish(struct jobs *jobs, struct estate_reading *ret, struct err *err);

struct readings {
	const struct estate_file_in *in;
	const struct estate_reading *v;
	size_t n;
};
/* The segments of organisations whose current snapshots are among files that were read and whose
 * acts are done, but for a few that are fetched.  in and v outlive it. */
struct segments {
	struct arena *arena;
	struct ready *v;
	size_t n, nolder; /* nolder: so many inventories are read again */
};
MUST_CHECK bool segments_plan(struct estate *e, const struct readings *of, struct segments *ret,
			      struct err *err);
void segments_tasks(const struct segments *s, struct tasks *to);
void segments_release(struct segments *s);

#endif
