#ifndef ESTATE_WORLD_H
#define ESTATE_WORLD_H

/* A store with an estate in it, for the tests of the room. */

#include <unistd.h>

#include "world.h"

#include "base/file.h"
#include "base/mem.h"
#include "directory/directory.h"
#include "estate/estate.h"

int world_open(void **state);
int world_close(void **state);

/* By the national lead, unasked. */
bool world_act(struct world *w, const char *act, struct str body, const struct act_bulk *held,
	       struct err *err);
/* Read and take in one inventory. */
bool world_import(struct world *w, const char *org, const char *name, const char *bytes,
		  struct err *err);
bool world_take_in(struct world *w, const struct estate_file_in *in, struct err *err);
/* The same, and it must succeed. */
void world_has(struct world *w, const char *org, const char *name, const char *bytes);
const struct segment *world_segment(struct world *w, const char *org);

/* tests of estate_read_test.c, estate_search_test.c, estate_part_test.c, _scan_, _mapping_,
 * _search_twin_, _spent_ */
extern const struct CMUnitTest read_tests[], search_tests[], part_tests[], scan_tests[],
	mapping_tests[], twin_tests[], spent_tests[];
extern const size_t n_read_tests, n_search_tests, n_part_tests, n_scan_tests, n_mapping_tests,
	n_twin_tests, n_spent_tests;

#endif
