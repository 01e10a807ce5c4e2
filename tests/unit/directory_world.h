#ifndef TESTS_DIRECTORY_WORLD_H
#define TESTS_DIRECTORY_WORLD_H

/* A service whose posts may do anything, for the tests of the room directory. */

#include "world.h"

#include "base/clock.h"
#include "base/text.h"
#include "directory/directory.h"

/* Begun with service.init: nation "X26", now 2017-05-12. */
int world_open(void **state);
int world_close(void **state);
/* Do an act; false with err when its check or its apply says no. */
bool world_try(struct world *w, const char *act, struct str body, const struct act_bulk *held,
	       struct err *err);
/* The same as a post of one's choice. */
bool world_try_as(struct world *w, const char *post, const char *act, const char *body,
		  struct err *err);
void world_do(struct world *w, const char *act, const char *body);
void world_do_as(struct world *w, const char *post, const char *act, const char *body);
/* The post may not, and is told so in words that hold why. */
void world_refused(struct world *w, const char *post, const char *act, const char *body,
		   const char *why);
/* Import bytes; fails the test when it is refused. */
struct directory_report world_import(struct world *w, const char *file, struct str bytes,
				     int64_t taken_ms);
bool world_try_import(struct world *w, const struct directory_import *import,
		      struct directory_report *report, struct err *err);
struct directory_view world_view(const struct world *w);
/* All recorded rows as text, without the list of imports. */
void world_dump_things(struct store *s, struct text *to);
/* Replay the journal into a new store and compare the rows, byte by byte. */
void world_rebuild_same(struct world *w);
/* The same, the records having come in the opposite order. */
void world_rebuild_reversed(struct world *w);
/* Real data: the file's bytes; false when there is none. */
bool world_data(const char *name, struct text *to);

int64_t day_ms(const char *day);

#endif
