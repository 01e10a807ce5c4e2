/*
 * intel_bench FILE...: read, merge, store and commit the feeds, then load the
 * image and the dictionary; prints seconds and sizes.
 */

#include "base/mem.h"
#include "../unit/intel_world.h"

static int64_t started;

static void lap(const char *what)
{
	int64_t now = clock_monotonic_ns();

	printf("%-28s %7.3f s  peak %zu MB\n", what, (double)(now - started) / 1e9,
	       process_peak_rss_bytes() >> 20);
	started = clock_monotonic_ns();
}

static bool import(struct world *w, struct intel_job *jobs, size_t n, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	started = clock_monotonic_ns();
	if (!intel_read_each(jobs, n, err))
		return false;
	lap("read");
	if (!store_begin(w->store, &txn, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct act_bulk held = {.bytes = jobs[i].bytes};
		const struct intel_batch *b = jobs[i].batch;

		if (!journal_put_bulk(txn, jobs[i].bytes, &held.digest, err))
			return false;
		text_clear(&w->last_body);
		intel_import_body(jobs[i].batch, str_of(jobs[i].path), 1790000000000,
				  &w->last_body);
		if (!world_act(w, txn,
			       (struct world_request){0, text_str(&w->last_body), &held,
						      jobs[i].batch},
			       err))
			return false;
		printf("%s: %s %.*s accepted %llu skipped %llu refused %llu criteria %llu\n",
		       jobs[i].path, intel_kind_name(b->kind), STR_FMT(b->name),
		       (unsigned long long)b->counts.accepted,
		       (unsigned long long)b->counts.skipped, (unsigned long long)b->counts.refused,
		       (unsigned long long)b->counts.criteria_refused);
		for (size_t k = 0; k < b->nreasons; k++)
			printf("    %.*s\n", STR_FMT(b->reasons[k]));
	}
	lap("bulk, append, apply");
	if (!store_commit(&txn, err))
		return false;
	lap("commit");
	return true;
}

static bool load(struct world *w, struct err *err)
{
	AUTO(intel_image_closep) struct intel_image *m = NULL;
	AUTO(intel_dictionary_closep) struct intel_dictionary *d = NULL;
	struct intel_candidate best[5];
	size_t n, states[3] = {0};

	if (!intel_image_load(w->store, NULL, 0, &m, err))
		return false;
	lap("image");
	for (uint32_t i = 0; i < m->nvulns; i++)
		states[m->vulns[i].state]++;
	printf("%u vulnerabilities (%zu analysed, %zu awaiting, %zu rejected), %u steps, %u "
	       "matches,"
	       " %u fixes, %u histories, %u edges\n",
	       m->nvulns, states[0], states[1], states[2], m->nsteps, m->nmatches, m->nfixes,
	       m->nhistories, m->nedges);
	started = clock_monotonic_ns();
	d = intel_dictionary_of(m);
	lap("dictionary");
	n = intel_dictionary_candidates(d, STR("Mozilla"), STR("Mozilla Firefox (x64 en-US)"), 5,
					best);
	lap("candidates");
	for (size_t i = 0; i < n; i++)
		printf("  %.2f %.*s:%.*s:%.*s %u\n", best[i].score, STR_FMT(best[i].product->part),
		       STR_FMT(best[i].product->vendor), STR_FMT(best[i].product->product),
		       best[i].product->cves);
	printf("%zu products\n", intel_dictionary_count(d));
	return true;
}

int main(int argc, char **argv)
{
	struct world w;
	struct err err;
	struct intel_job *jobs = mem_zero((size_t)argc, sizeof(*jobs));
	size_t n = (size_t)argc - 1;
	struct stat st;
	bool ok;

	for (size_t i = 0; i < n; i++)
		jobs[i].path = argv[i + 1];
	ok = world_open(&w, &err) && import(&w, jobs, n, &err);
	intel_jobs_release(jobs, n);
	started = clock_monotonic_ns();
	ok = ok && load(&w, &err);
	if (!ok)
		printf("%s\n", err.text);
	if (stat(w.path, &st) == 0)
		printf("store %lld MB\n", (long long)st.st_size >> 20);
	world_close(&w);
	free(jobs);
	return ok ? 0 : 1;
}
