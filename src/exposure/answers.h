#ifndef EXPOSURE_ANSWERS_H
#define EXPOSURE_ANSWERS_H

/*
 * What distinct raws and systems stand for, found by as many threads as there are.  Answers
 * come in the order of the questions and owe nothing to who found them.
 */

#include "exposure/inner.h"

struct question {
	const struct segment *segment;
	uint32_t at; /* a raw, or a device whose system is meant */
	bool os;
};
/* A component before it has numbers: equal keys, equal component. */
struct candidate {
	struct component component; /* its texts live as long as the world; group is not set */
	struct str key, group_key;
};
struct answer {
	enum resolution how;
	uint32_t n;
	const struct candidate *v;
};

struct answers;
void answers_close(struct answers *a);
DEFINE_CLOSEP(struct answers, answers_close)
struct answers *answers_open(struct part *w) MUST_CHECK CLOSED_BY(answers_close);

/* Those of n questions, n up to ANSWERS_BATCH; valid until the next call. */
enum { ANSWERS_BATCH = 8192 };
const struct answer *answers_get(struct answers *a, const struct question *questions, size_t n);

#endif
