#include "cli/command.h"

#include "base/file.h"
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

static bool exposure_bench_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(intel_image_closep) struct intel_image *image = NULL;
	struct exposure_bench_options how = {0};
	struct exposure_bench_row *rows;
	uint64_t devices, components, orgs;
	struct listing *l;
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

const struct command bench_commands[] = {
	{"bench", "exposure", NULL, "Measure the engine on a made-up estate.", 0, 0, bench_options,
	 exposure_bench_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
