#include "cli/bench.h"

#include <unistd.h>

#include "keys/keys.h"

/* What a commit shared by several acts is worth. */

const struct cli_option acts_bench_options[] = {
	{"--acts", "N", "so many acts each way (else 512)"},
	{"--at", "PLACE",
	 "a store is made there for it: a file, or postgresql://...; else in a folder"},
	{NULL, NULL, NULL},
};

struct acts_bench {
	struct cli *cli;
	uint64_t acts, made;
	struct bench_rows rows;
};

static struct str next_body(struct acts_bench *b, char body[100])
{
	uintmax_t n = b->made++;

	snprintf(body, 100, "{\"name\":\"Lot %ju\",\"org\":\"B%06ju\",\"role\":\"trust\"}", n, n);
	return str_of(body);
}

static bool one_by_one(struct acts_bench *b, struct acts *a, struct err *err)
{
	for (uint64_t i = 0; i < b->acts; i++) {
		char body[100];

		if (!acts_do(a, &(struct act_request){.act = "org.add", .body = next_body(b, body)},
			     NULL, err))
			return false;
	}
	return true;
}

static void note_refusal(void *ctx, const struct act_told *told)
{
	if (told->refused)
		*(struct err *)ctx = *told->refused;
}

static bool batched(struct acts_bench *b, struct acts *a, size_t each, struct err *err)
{
	struct err refused = {0};

	for (uint64_t i = 0; i < b->acts; i++) {
		char body[100];

		acts_submit(a, &(struct acts_submission){
				       .request = {.act = "org.add", .body = next_body(b, body)},
				       .told = note_refusal,
				       .ctx = &refused});
		if ((acts_waiting(a) == each || i + 1 == b->acts) && !acts_flush(a, err))
			return false;
	}
	return refused.code == ERR_NONE || (*err = refused, false);
}

static bool measure(void *ctx, struct acts *a, struct err *err)
{
	static const struct {
		const char *work;
		size_t each;
	} ways[] = {
		{"acts, one a commit", 0},
		{"acts queued, 1 a commit", 1},
		{"acts queued, 16 a commit", 16},
		{"acts queued, 256 a commit", 256},
	};
	struct acts_bench *b = ctx;

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		b->rows.began_ns = clock_monotonic_ns();
		if (!(ways[i].each ? batched(b, a, ways[i].each, err) : one_by_one(b, a, err)))
			return false;
		bench_measured(&b->rows, ways[i].work, (double)b->acts, "acts");
	}
	return true;
}

/* In a store at a place that the caller names. */
static bool measure_at(struct acts_bench *b, const char *place, struct err *err)
{
	struct acts_config config = {.path = place,
				     .clock = &b->cli->clock,
				     .mode = ACTS_WRITE,
				     .user = b->cli->config->user};
	struct acts_founding founding = {.service = STR("Bench"), .nation = STR("BENCH")};
	AUTO(text_freep) struct text key = {0};
	struct acts *a;
	bool ok;

	if (!acts_found(&config, &founding, &a, err))
		return false;
	ok = measure(b, a, err);
	site_key_path(store_place(acts_store(a)), &key);
	acts_close(a);
	store_remove(place);
	unlink(text_c(&key));
	return ok;
}

bool acts_bench_run(struct cli *c, struct err *err)
{
	struct acts_bench b = {.cli = c, .rows.bench = "acts"};
	const char *at = cli_opt(c, "--at");

	return cli_opt_u64(c, "--acts", 512, &b.acts, err) &&
	       (at ? measure_at(&b, at, err) : bench_service(c, measure, &b, err)) &&
	       bench_print(c, b.rows.v, b.rows.n, err);
}
