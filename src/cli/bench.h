#ifndef CLI_BENCH_H
#define CLI_BENCH_H

/* Inner door: what benches share. */

#include "cli/command.h"
#include "exposure/exposure.h"

enum { BENCH_ROWS = 96 };
struct bench_rows {
	const char *bench;
	struct exposure_bench_row v[BENCH_ROWS];
	size_t n;
	int64_t began_ns; /* set before the first */
};
/* What was done since began_ns, or since the last row. */
void bench_measured(struct bench_rows *b, const char *work, double count, const char *unit);
MUST_CHECK bool bench_print(struct cli *c, const struct exposure_bench_row *rows, size_t n,
			    struct err *err);

/* fn with a service in a folder of its own, which goes again. */
typedef bool bench_fn(void *ctx, struct acts *a, struct err *err);
MUST_CHECK bool bench_service(struct cli *c, bench_fn *fn, void *ctx, struct err *err);

/* So many practices with so many devices each; codes[] is filled, in arena. */
struct bench_orgs {
	struct arena *arena;
	struct str *codes;
	uint64_t n, devices;
};
MUST_CHECK bool bench_orgs_make(const struct bench_orgs *o, struct acts *a, struct err *err);

MUST_CHECK bool acts_bench_run(struct cli *c, struct err *err);
extern const struct cli_option acts_bench_options[];
MUST_CHECK bool estate_bench_run(struct cli *c, struct err *err);
extern const struct cli_option estate_bench_options[];
MUST_CHECK bool nation_bench_run(struct cli *c, struct err *err);
extern const struct cli_option nation_bench_options[];
MUST_CHECK bool alerts_bench_run(struct cli *c, struct err *err);
extern const struct cli_option alerts_bench_options[];
MUST_CHECK bool access_bench_run(struct cli *c, struct err *err);
extern const struct cli_option access_bench_options[];
MUST_CHECK bool rehearsal_bench_run(struct cli *c, struct err *err);
extern const struct cli_option rehearsal_bench_options[];

#endif
