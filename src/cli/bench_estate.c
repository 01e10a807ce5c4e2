#include "base/mem.h"
#include "base/rng.h"
#include "cli/bench.h"
#include "cli/import.h"
#include "estate/estate.h"

/* An invented service: how fast its inventories come in, its segments open, and it is searched. */

const struct cli_option estate_bench_options[] = {
	{"--devices", "N", "so many devices (else 100,000)"},
	{"--orgs", "N", "of so many organisations (else 500)"},
	{"--seed", "N", "another estate"},
	{NULL, NULL, NULL},
};
enum { SOFTWARE = 100, PRODUCTS = 2000, VERSIONS = 5, DRIFT_PERCENT = 10, ALONE = 10000 };
enum { BATCH_BYTES = 64 << 20, BATCH_MOST = 4096, ORGS_MOST = 99999, DEVICES_MOST = 20000000 };

struct estate_bench {
	struct cli *cli;
	uint64_t devices, orgs, seed;
	int64_t taken_ms;
	struct str *codes;
	struct bench_rows rows;
};

struct bench_batch {
	struct estate_file_in in[BATCH_MOST];
	struct estate_reading readings[BATCH_MOST];
	struct text csv[BATCH_MOST];
	size_t n, bytes;
};

static void batch_clear(struct bench_batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		estate_reading_free(&b->readings[i]);
		text_free(&b->csv[i]);
	}
	b->n = b->bytes = 0;
}

static void batch_free(struct bench_batch **b)
{
	batch_clear(*b);
	free(*b);
}

/* A standard build, from which each device drifts a little. */
static void make_csv(const struct estate_bench *b, uint64_t org, uint64_t devices, struct text *csv)
{
	struct rng rng = rng_of(b->seed, org);
	uint32_t product[SOFTWARE];

	for (unsigned i = 0; i < SOFTWARE; i++)
		product[i] = (uint32_t)rng_below(&rng, PRODUCTS);
	text_add_c(csv, "# source: bench\n# kind: agent\n# scope: organisation\n"
			"device,class,os,os_version,updates,publisher,name,version\n");
	for (uint64_t d = 0; d < devices; d++) {
		text_addf(csv,
			  "PC%06ju,workstation,Microsoft Windows 10 Enterprise,10.0.19045.%ju,"
			  "KB5030211,,,\n",
			  (uintmax_t)d, (uintmax_t)(3000 + rng_below(&rng, 20)));
		for (unsigned i = 0; i < SOFTWARE; i++)
			text_addf(csv, "PC%06ju,,,,,Publisher %u,Program number %u,%u.%u\n",
				  (uintmax_t)d, product[i] / 7, product[i], product[i] % 9,
				  rng_below(&rng, 100) < DRIFT_PERCENT
					  ? (unsigned)rng_below(&rng, VERSIONS)
					  : 0);
	}
}

static void batch_add(const struct estate_bench *b, struct bench_batch *to, uint64_t org,
		      uint64_t devices)
{
	size_t i = to->n++;

	make_csv(b, org, devices, &to->csv[i]);
	to->in[i] = (struct estate_file_in){.name = STR("bench.csv"),
					    .bytes = text_str(&to->csv[i]),
					    .org = b->codes[org],
					    .received_ms = b->taken_ms,
					    .stated = {.taken_ms = b->taken_ms}};
	to->bytes += to->csv[i].n;
}

/* In the caller's transaction, as estate import does it. */
static bool batch_take(struct bench_batch *b, struct acts *a, struct estate *e, struct err *err)
{
	if (!estate_read_all(b->in, b->n, b->readings, err))
		return false;
	for (size_t i = 0; i < b->n; i++)
		if (!import_reading(a, &b->readings[i], err))
			return false;
	return estate_make_segments(e, b->in, b->n, b->readings, err);
}

/* Making the bytes is not counted. */
static bool import_all(struct estate_bench *b, struct acts *a, struct estate *e, struct err *err)
{
	AUTO(batch_free) struct bench_batch *batch = mem_zero(1, sizeof(*batch));
	int64_t spent = 0, began;
	uint64_t bytes = 0;
	bool ok = acts_begin(a, err);

	for (uint64_t i = 0; ok && i < b->orgs; i++) {
		uint64_t share = b->devices / b->orgs + (i < b->devices % b->orgs);

		batch_add(b, batch, i, share);
		if (i + 1 < b->orgs && batch->n < BATCH_MOST && batch->bytes < BATCH_BYTES)
			continue;
		cli_progress("inventories: %ju of %ju", (uintmax_t)i, (uintmax_t)b->orgs);
		bytes += batch->bytes;
		began = clock_monotonic_ns();
		ok = batch_take(batch, a, e, err);
		spent += clock_monotonic_ns() - began;
		batch_clear(batch);
	}
	began = clock_monotonic_ns();
	if (!ok || !acts_commit(a, err)) {
		acts_rollback(a);
		return false;
	}
	spent += clock_monotonic_ns() - began;
	b->rows.began_ns = clock_monotonic_ns() - spent;
	bench_measured(&b->rows, "inventories to segments", (double)b->devices, "devices");
	b->rows.began_ns = clock_monotonic_ns() - spent;
	bench_measured(&b->rows, "the same", (double)bytes, "bytes");
	return true;
}

static bool import_one(struct estate_bench *b, struct acts *a, struct estate *e, struct err *err)
{
	AUTO(batch_free) struct bench_batch *batch = mem_zero(1, sizeof(*batch));
	const struct segment *s = NULL;

	b->taken_ms += MS_PER_HOUR;
	batch_add(b, batch, 0, ALONE);
	b->rows.began_ns = clock_monotonic_ns();
	if (!acts_begin(a, err) || !batch_take(batch, a, e, err) || !acts_commit(a, err)) {
		acts_rollback(a);
		return false;
	}
	if (!estate_segment_open(e, b->codes[0], &s, err))
		return false;
	segment_unref(s);
	bench_measured(&b->rows, "one inventory to its segment", ALONE, "devices");
	return true;
}

static bool count_segment(void *ctx, const struct segment *s, struct err *err)
{
	(void)err;
	*(uint64_t *)ctx += s->npairs;
	return true;
}

static bool count_hit(void *ctx, const struct estate_hit *hit, struct err *err)
{
	(void)hit;
	(void)err;
	++*(uint64_t *)ctx;
	return true;
}

static bool open_and_search(struct estate_bench *b, struct acts *a, struct err *err)
{
	static const char *const queries[] = {
		"class:workstation os:windows_10 -kb:KB5030211",
		"name:\"number 17\" version:<5 class:workstation",
		"publisher:\"publisher 3\" -name:\"number 21\" os:windows_10",
	};
	AUTO(estate_closep) struct estate *e = NULL;
	uint64_t pairs = 0, hits = 0;

	if (!estate_open(acts_journal(a), &e, err))
		return false;
	b->rows.began_ns = clock_monotonic_ns();
	if (!estate_each_segment(e, count_segment, &pairs, err))
		return false;
	bench_measured(&b->rows, "segments opened", (double)pairs, "installations");
	/* The first search of a process is answered segment by segment, the second numbers names.
	 */
	for (size_t i = 0; i < 2 * ARRAY_LEN(queries) + 1; i++) {
		const char *query = queries[i % ARRAY_LEN(queries)];

		b->rows.began_ns = clock_monotonic_ns();
		if (!estate_search(e, str_of(query), count_hit, &hits, err))
			return false;
		bench_measured(&b->rows, query, (double)b->devices, "devices");
	}
	return true;
}

static bool estate_measure(void *ctx, struct acts *a, struct err *err)
{
	struct estate_bench *b = ctx;
	AUTO(estate_closep) struct estate *e = NULL;
	struct bench_orgs orgs = {b->cli->arena, b->codes, b->orgs, b->devices / b->orgs};

	b->taken_ms = acts_now_ms(a) - MS_PER_DAY;
	return bench_orgs_make(&orgs, a, err) && estate_open(acts_journal(a), &e, err) &&
	       import_all(b, a, e, err) && open_and_search(b, a, err) && import_one(b, a, e, err);
}

bool estate_bench_run(struct cli *c, struct err *err)
{
	struct estate_bench b = {.cli = c, .rows.bench = "estate"};

	if (!cli_opt_u64(c, "--devices", 100000, &b.devices, err) ||
	    !cli_opt_u64(c, "--orgs", 500, &b.orgs, err) ||
	    !cli_opt_u64(c, "--seed", 1, &b.seed, err))
		return false;
	if (!b.orgs || b.orgs > ORGS_MOST || b.devices < b.orgs || b.devices > DEVICES_MOST)
		return err_set(err, ERR_USAGE,
			       "--orgs takes 1 to %d, and --devices as many or more, to %d",
			       ORGS_MOST, DEVICES_MOST);
	b.codes = ARENA_ARRAY(c->arena, struct str, b.orgs);
	return bench_service(c, estate_measure, &b, err) && bench_print(c, b.rows.v, b.rows.n, err);
}
