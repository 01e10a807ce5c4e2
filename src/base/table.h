#ifndef BASE_TABLE_H
#define BASE_TABLE_H

/*
 * Two hash tables with dense 32-bit values.  struct intern gives equal strings
 * one small number, in order of first sight; struct map takes 64-bit keys to
 * 32-bit values.  Open addressing, power of two, at most half full.  Not shared
 * between threads while somebody writes.
 */

#include "base/arena.h"

enum { TABLE_NONE = -1 };

struct intern;

void intern_close(struct intern *in);
DEFINE_CLOSEP(struct intern, intern_close)
struct intern *intern_open(void) MUST_CHECK CLOSED_BY(intern_close);
/* The number of s; a new string is copied.  O(n) amortised. */
uint32_t intern_put(struct intern *in, struct str s);
/* The number of s, or UINT32_MAX. */
uint32_t intern_find(const struct intern *in, struct str s);
/* The same of each of n strings, quicker where the table is large: memory is waited for once for
 * several. */
void intern_find_all(const struct intern *in, const struct str *v, size_t n, uint32_t *ret);
/* The string of number id (id < intern_count()); valid while the table is. */
struct str intern_str(const struct intern *in, uint32_t id);
uint32_t intern_count(const struct intern *in);
size_t intern_bytes(const struct intern *in);

struct map;

void map_close(struct map *m);
DEFINE_CLOSEP(struct map, map_close)
struct map *map_open(void) MUST_CHECK CLOSED_BY(map_close);
/* Where key's value lies; a new key starts as value if_new.  Valid until the next put. */
uint32_t *map_put(struct map *m, uint64_t key, uint32_t if_new);
/* NULL when absent. */
const uint32_t *map_find(const struct map *m, uint64_t key);
uint32_t map_count(const struct map *m);

#endif
