#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

/*
 * The only door to threads: a data-parallel loop over immutable inputs.  Items
 * are handed out in order; each writes only its own result, and the caller
 * merges results in order of item, so the answer never depends on timing.
 */

#include "base/def.h"

/* Number of threads a loop may use: the processors we may run on, 1 to 64. */
unsigned parallel_width(void);
/* Override for tests and --threads; 0 restores the default. */
void parallel_set_width(unsigned threads);

/* Call work(ctx, item, worker) for every item in [0, items); returns when all are done.
 * worker is in [0, parallel_width()), so scratch can be kept per worker. */
void parallel_each(size_t items, void (*work)(void *ctx, size_t item, unsigned worker), void *ctx);

#endif
