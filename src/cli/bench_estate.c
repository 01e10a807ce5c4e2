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
enum { AGAIN = 20, AGAIN_DEVICES = 2000 };
enum { ORGS_MOST = 99999, DEVICES_MOST = 20000000 };

struct estate_bench {
	struct cli *cli;
	uint64_t devices, orgs, seed;
	int64_t taken_ms;
	struct str *codes;
	struct bench_rows rows;
};

struct make {
	uint64_t stream, devices;
	bool gap; /* of the first device no updates are known */
};

/* A standard build, from which each device drifts a little. */
static void make_csv(const struct estate_bench *b, const struct make *m, struct text *csv)
{
	struct rng rng = rng_of(b->seed, m->stream);
	uint32_t product[SOFTWARE];

	for (unsigned i = 0; i < SOFTWARE; i++)
		product[i] = (uint32_t)rng_below(&rng, PRODUCTS);
	text_add_c(csv, "# source: bench\n# kind: agent\n# scope: organisation\n"
			"device,class,os,os_version,updates,publisher,name,version\n");
	for (uint64_t d = 0; d < m->devices; d++) {
		text_addf(csv,
			  "PC%06ju,workstation,Microsoft Windows 10 Enterprise,10.0.19045.%ju,"
			  "%s,,,\n",
			  (uintmax_t)d, (uintmax_t)(3000 + rng_below(&rng, 20)),
			  m->gap && !d ? "" : "KB5030211");
		for (unsigned i = 0; i < SOFTWARE; i++)
			text_addf(csv, "PC%06ju,,,,,Publisher %u,Program number %u,%u.%u\n",
				  (uintmax_t)d, product[i] / 7, product[i], product[i] % 9,
				  rng_below(&rng, 100) < DRIFT_PERCENT
					  ? (unsigned)rng_below(&rng, VERSIONS)
					  : 0);
	}
}

/* Files that come in as estate import takes them in. */
struct bench_files {
	struct estate_bench *b;
	struct acts *acts;
	struct estate_file_in *in;
	struct text *csv;
	size_t n, first;	 /* of the organisations */
	uint64_t devices, bytes; /* of one file; of all so far */
	uint64_t again;		 /* so many times before, with a gap; 0: whole */
	int64_t making_ns;	 /* is not counted */
};

static void files_free(struct bench_files *f)
{
	for (size_t i = 0; i < f->n; i++)
		text_free(&f->csv[i]);
	free(f->csv);
	free(f->in);
}

static bool file_make(void *ctx, size_t i, struct err *err)
{
	struct bench_files *f = ctx;
	int64_t began = clock_monotonic_ns();

	(void)err;
	cli_progress("inventories: %zu of %zu", i, f->n);
	make_csv(f->b,
		 &(struct make){.stream = f->first + i + f->again * ORGS_MOST,
				.devices = f->devices + (f->n > 1 && i < f->b->devices % f->n),
				.gap = f->again},
		 &f->csv[i]);
	f->in[i].bytes = text_str(&f->csv[i]);
	f->bytes += f->csv[i].n;
	f->making_ns += clock_monotonic_ns() - began;
	return true;
}

static bool file_take(void *ctx, size_t i, const struct estate_reading *r, struct err *err)
{
	(void)i;
	return import_reading(((struct bench_files *)ctx)->acts, r, err);
}

static void file_free(void *ctx, size_t i)
{
	text_free(&((struct bench_files *)ctx)->csv[i]);
}

/* Files of so many devices each, in one transaction; *ret_ns is what it took. */
static bool take_files(struct bench_files *f, struct estate *e, int64_t *ret_ns, struct err *err)
{
	const struct estate_taker by = {
		.open = file_make, .take = file_take, .done = file_free, .ctx = f};
	int64_t began = clock_monotonic_ns();

	f->in = mem_zero(f->n, sizeof(*f->in));
	f->csv = mem_zero(f->n, sizeof(*f->csv));
	for (size_t i = 0; i < f->n; i++)
		f->in[i] = (struct estate_file_in){.name = STR("bench.csv"),
						   .org = f->b->codes[f->first + i],
						   .received_ms = f->b->taken_ms,
						   .stated = {.taken_ms = f->b->taken_ms}};
	if (!acts_begin(f->acts, err) || !estate_take_all(e, f->in, f->n, &by, err) ||
	    !acts_commit(f->acts, err)) {
		acts_rollback(f->acts);
		return false;
	}
	*ret_ns = clock_monotonic_ns() - began - f->making_ns;
	return true;
}

static bool import_all(struct estate_bench *b, struct acts *a, struct estate *e, struct err *err)
{
	AUTO(files_free)
	struct bench_files f = {.b = b, .acts = a, .n = b->orgs, .devices = b->devices / b->orgs};
	int64_t spent;

	if (!take_files(&f, e, &spent, err))
		return false;
	b->rows.began_ns = clock_monotonic_ns() - spent;
	bench_measured(&b->rows, "inventories to segments", (double)b->devices, "devices");
	b->rows.began_ns = clock_monotonic_ns() - spent;
	bench_measured(&b->rows, "the same", (double)f.bytes, "bytes");
	return true;
}

/* One file to its segment, as work called so; NULL: not told. */
static bool import_file(struct bench_files *f, struct estate *e, const char *work, struct err *err)
{
	const struct segment *s = NULL;
	int64_t spent, began;

	if (!take_files(f, e, &spent, err))
		return false;
	began = clock_monotonic_ns();
	if (!estate_segment_open(e, f->in[0].org, &s, err))
		return false;
	segment_unref(s);
	f->b->rows.began_ns = began - spent;
	if (work)
		bench_measured(&f->b->rows, work, (double)f->devices, "devices");
	return true;
}

static bool import_one(struct estate_bench *b, struct acts *a, struct estate *e, struct err *err)
{
	AUTO(files_free) struct bench_files f = {.b = b, .acts = a, .n = 1, .devices = ALONE};

	b->taken_ms += MS_PER_HOUR;
	return import_file(&f, e, "one inventory to its segment", err);
}

/* Again and again of one source, which never says all of one device: older ones count still. */
static bool import_again(struct estate_bench *b, struct acts *a, struct estate *e, struct err *err)
{
	for (uint64_t i = 1; i <= AGAIN; i++) {
		AUTO(files_free)
		struct bench_files f = {.b = b,
					.acts = a,
					.n = 1,
					.first = b->orgs - 1,
					.again = i,
					.devices = AGAIN_DEVICES};
		const char *work = i == 2	? "the second of a source that leaves a gap"
				   : i == AGAIN ? "the twentieth of it"
						: NULL;

		b->taken_ms += MS_PER_HOUR / 6;
		if (!import_file(&f, e, work, err))
			return false;
	}
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
	       import_all(b, a, e, err) && open_and_search(b, a, err) && import_one(b, a, e, err) &&
	       import_again(b, a, e, err);
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
