#include "cli/command.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/bench.h"
#include "cli/import.h"
#include "exposure/exposure.h"

static const struct cli_option bench_options[] = {
	{"--devices", "N", "so many devices (else 100,000)"},
	{"--components", "N", "so many components each (else 100)"},
	{"--orgs", "N", "so many organisations (else 100)"},
	{"--seed", "N", "another estate"},
	{NULL, NULL, NULL},
};

static const struct column bench_columns[] = {
	{"bench", "bench", false},
	{"work", "work", false},
	{"count", "count", true},
	{"unit", "unit", false},
	{"seconds", "seconds", true},
	{"rate", "per second", true},
	{"peak_rss_bytes", "peak bytes", true},
	{NULL, NULL, false},
};

/* A list of rows, as scripts that follow the figures expect it. */
static bool rows_json(struct cli *c, const struct exposure_bench_row *rows, size_t n,
		      struct err *err)
{
	struct json_out *o = json_out_open(&c->out);

	json_out_array(o);
	for (size_t i = 0; i < n; i++) {
		json_out_object(o);
		json_out_key(o, "bench");
		json_out_str(o, arena_fmt(c->arena, "%.*s %.*s", STR_FMT(rows[i].bench),
					  STR_FMT(rows[i].work)));
		json_out_key(o, "work");
		json_out_double(o, rows[i].work_n);
		json_out_key(o, "unit");
		json_out_str(o, rows[i].unit);
		json_out_key(o, "seconds");
		json_out_double(o, rows[i].seconds);
		json_out_key(o, "rate");
		json_out_double(o, rows[i].rate);
		json_out_key(o, "peak_rss_bytes");
		json_out_i64(o, (int64_t)rows[i].peak_rss_bytes);
		json_out_end(o);
	}
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	text_add_char(&c->out, '\n');
	return true;
}

bool bench_print(struct cli *c, const struct exposure_bench_row *rows, size_t n, struct err *err)
{
	struct listing *l;

	if (c->json)
		return rows_json(c, rows, n, err);
	l = listing_begin(c, "rows", bench_columns);
	for (size_t i = 0; i < n; i++) {
		listing_text(l, rows[i].bench);
		listing_text(l, rows[i].work);
		listing_real(l, rows[i].work_n, 0);
		listing_text(l, rows[i].unit);
		listing_real(l, rows[i].seconds, 6);
		listing_real(l, rows[i].rate, 0);
		listing_int(l, (int64_t)rows[i].peak_rss_bytes);
	}
	return listing_end(l, "", err);
}

static bool exposure_bench_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(intel_image_closep) struct intel_image *image = NULL;
	struct exposure_bench_options how = {0};
	struct exposure_bench_row *rows;
	uint64_t devices, components, orgs;
	size_t n;

	if (!cli_opt_u64(c, "--devices", 0, &devices, err) ||
	    !cli_opt_u64(c, "--components", 0, &components, err) ||
	    !cli_opt_u64(c, "--orgs", 0, &orgs, err) ||
	    !cli_opt_u64(c, "--seed", 1, &how.seed, err))
		return false;
	if (!cli_open(c, ACTS_READ, &a, err) ||
	    !intel_image_load(acts_store(a), NULL, 0, &image, err))
		return err_wrap(err, "the bench takes its products from a store with intelligence");
	how.image = image;
	how.devices = devices;
	how.components = components;
	how.orgs = orgs;
	exposure_bench(&how, c->arena, &rows, &n);
	return bench_print(c, rows, n, err);
}

/* --- import ------------------------------------------------------------------------- */

struct import_bench {
	struct cli *cli;
	uint64_t megabytes;
	struct bench_rows rows;
};

void bench_measured(struct bench_rows *b, const char *work, double count, const char *unit)
{
	int64_t now = clock_monotonic_ns();
	double seconds = (double)(now - b->began_ns) / 1e9;

	assert(b->n < BENCH_ROWS);
	b->v[b->n++] = (struct exposure_bench_row){.bench = str_of(b->bench),
						   .work = str_of(work),
						   .unit = str_of(unit),
						   .work_n = count,
						   .seconds = seconds,
						   .rate = seconds > 0 ? count / seconds : 0,
						   .peak_rss_bytes = process_peak_rss_bytes()};
	b->began_ns = clock_monotonic_ns();
}

static bool store_jobs(struct acts *a, const struct intel_job *jobs, size_t n, struct err *err)
{
	if (!acts_begin(a, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		AUTO(text_freep) struct text body = {0};
		struct act_request request = {.act = "feed.import", .memo = jobs[i].batch};

		intel_import_body(jobs[i].batch, file_base_name(jobs[i].path), acts_now_ms(a),
				  &body);
		request.body = text_str(&body);
		if (!import_act(a, &request, jobs[i].bytes, err))
			return err_wrap(err, "%s", jobs[i].path);
	}
	return acts_commit(a, err);
}

static bool feeds_bench(struct import_bench *b, struct acts *a, struct err *err)
{
	struct cli *c = b->cli;
	struct intel_job *jobs = arena_zero(c->arena, c->nargs, sizeof(*jobs));
	AUTO(intel_image_closep) struct intel_image *image = NULL;
	uint64_t entries = 0;
	bool ok;

	for (unsigned i = 0; i < c->nargs; i++)
		jobs[i].path = c->args[i];
	b->rows.began_ns = clock_monotonic_ns();
	ok = intel_read_each(jobs, c->nargs, err);
	for (unsigned i = 0; ok && i < c->nargs; i++)
		entries += jobs[i].batch->counts.accepted;
	if (ok)
		bench_measured(&b->rows, "feeds read", (double)entries, "entries");
	ok = ok && store_jobs(a, jobs, c->nargs, err);
	if (ok)
		bench_measured(&b->rows, "feeds stored and committed", (double)entries, "entries");
	intel_jobs_release(jobs, c->nargs);
	if (!ok || !intel_image_load(acts_store(a), NULL, 0, &image, err))
		return false;
	bench_measured(&b->rows, "image loaded", image->nvulns, "vulnerabilities");
	return true;
}

/* An agent's export: devices of a hundred programs each. */
static void make_inventory(struct text *csv, size_t bytes)
{
	text_add(csv,
		 STR("# source: bench\n# kind: agent\n# scope: organisation\n# taken: 2017-05-10\n"
		     "device,class,os,os_version,publisher,name,version,updates\n"));
	for (unsigned device = 0; csv->n < bytes; device++)
		for (unsigned i = 0; i < 100; i++)
			text_addf(csv,
				  "PC%06u,workstation,Microsoft Windows 7 Professional,6.1.7601,"
				  "Publisher %u,Program number %u,%u.%u.%u,KB4012212;KB4019264\n",
				  device, i / 3, i, i % 7, device % 11, (device * 7 + i) % 5);
}

static bool inventory_bench(struct import_bench *b, uint64_t megabytes, struct err *err)
{
	AUTO(text_freep) struct text csv = {0};
	struct estate_file_in in = {
		.name = STR("bench.csv"), .org = STR("BENCH"), .received_ms = 1494403200000};
	struct estate_reading reading = {0};
	bool ok;

	make_inventory(&csv, megabytes << 20);
	in.bytes = text_str(&csv);
	b->rows.began_ns = clock_monotonic_ns();
	ok = estate_read_all(&in, 1, &reading, err);
	if (ok)
		bench_measured(&b->rows, "inventory CSV read", (double)csv.n, "bytes");
	estate_reading_free(&reading);
	return ok;
}

static const struct cli_option import_bench_options[] = {
	{"--megabytes", "N", "size of the made-up inventory (else 200)"},
	{NULL, NULL, NULL},
};

static bool import_measure(void *ctx, struct acts *a, struct err *err)
{
	struct import_bench *b = ctx;

	return (!b->cli->nargs || feeds_bench(b, a, err)) && inventory_bench(b, b->megabytes, err);
}

/* ---- a service for a bench --------------------------------------------------------- */

static void sweep_away(const char *dir)
{
	DIR *d = opendir(dir);

	for (struct dirent *e; d && (e = readdir(d));) {
		AUTO(text_freep) struct text path = {0};

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		text_addf(&path, "%s/%s", dir, e->d_name);
		if (unlink(text_c(&path)) != 0)
			sweep_away(text_c(&path));
	}
	if (d)
		closedir(d);
	rmdir(dir);
}

static bool in_service(struct cli *c, const char *path, bench_fn *fn, void *ctx, struct err *err)
{
	struct acts_config config = {
		.path = path, .clock = &c->clock, .mode = ACTS_WRITE, .user = c->config->user};
	struct acts_founding founding = {.service = STR("Bench"), .nation = STR("BENCH")};
	AUTO(acts_closep) struct acts *a = NULL;

	return acts_found(&config, &founding, &a, err) && fn(ctx, a, err);
}

bool bench_service(struct cli *c, bench_fn *fn, void *ctx, struct err *err)
{
	const char *base = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
	AUTO(text_freep) struct text dir = {0}, path = {0};
	bool ok;

	text_addf(&dir, "%s/lynchpin-bench-XXXXXX", base);
	if (!mkdtemp(dir.p))
		return err_errno(err, errno, "%s", base);
	text_addf(&path, "%s/bench.db", text_c(&dir));
	ok = in_service(c, text_c(&path), fn, ctx, err);
	sweep_away(text_c(&dir));
	return ok;
}

static bool import_bench_run(struct cli *c, struct err *err)
{
	struct import_bench b = {.cli = c, .rows.bench = "import"};

	return cli_opt_u64(c, "--megabytes", 200, &b.megabytes, err) &&
	       bench_service(c, import_measure, &b, err) && bench_print(c, b.rows.v, b.rows.n, err);
}

const struct command bench_commands[] = {
	{"bench", "exposure", NULL, "Measure the engine on a made-up estate.", 0, 0, bench_options,
	 exposure_bench_run},
	{"bench", "import", "[FEED...]",
	 "Measure reading and storing feeds, and reading an inventory.", 0, UINT_MAX,
	 import_bench_options, import_bench_run},
	{"bench", "acts", NULL, "Measure acts by themselves and several in a commit.", 0, 0,
	 acts_bench_options, acts_bench_run},
	{"bench", "estate", NULL, "Measure inventories coming in, segments opening, and searches.",
	 0, 0, estate_bench_options, estate_bench_run},
	{"bench", "alerts", NULL, "Measure evidence and obligations on a made-up service.", 0, 0,
	 alerts_bench_options, alerts_bench_run},
	{"bench", "access", NULL, "Measure signing in, and looking up who is signed in.", 0, 0,
	 access_bench_options, access_bench_run},
	{"bench", "nation", "FOLDER...",
	 "Measure a nation that synth wrote, from its files to answers.", 1, 8,
	 nation_bench_options, nation_bench_run},
	{"bench", "rehearsal", NULL, "Measure what spreads over a made-up graph.", 0, 0,
	 rehearsal_bench_options, rehearsal_bench_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
