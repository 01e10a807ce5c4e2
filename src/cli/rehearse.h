#ifndef CLI_REHEARSE_H
#define CLI_REHEARSE_H

/* Inner door: what the commands of rehearsals share. */

#include "cli/bench.h"

/* A listing of distributions: what, mean, 5, 25, 50, 75 and 95 %. */
struct listing *spread_begin(struct cli *c, const char *name) MUST_CHECK;
/* v (n > 0) is put in order. */
void spread_row(struct listing *l, struct str about, double *v, uint64_t n, int decimals);

extern const struct cli_option worm_options[];
MUST_CHECK bool rehearse_run(struct cli *c, struct err *err);
/* Rows of the worm over a nation made up. */
MUST_CHECK bool worm_bench(struct cli *c, struct bench_rows *rows, struct err *err);

#endif
