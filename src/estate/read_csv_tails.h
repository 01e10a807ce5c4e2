#ifndef ESTATE_READ_CSV_TAILS_H
#define ESTATE_READ_CSV_TAILS_H

/*
 * Lines that differ in their device alone.  An inventory says the same software
 * of many devices: what follows the device in such a line, once understood, need
 * not be taken apart again.
 */

#include "base/str.h"

struct tail {
	const char *p; /* NULL: free; lives as long as the bytes that are read */
	uint32_t n, hash, raw;
};
struct tails {
	struct tail *v;
	size_t n, slots;
};

void tails_release(struct tails *t);
/* The raw that tail stands for. */
bool tails_find(const struct tails *t, struct str tail, uint32_t *ret);
/* An empty tail is no tail. */
void tails_put(struct tails *t, struct str tail, uint32_t raw);

#endif
