#ifndef EVIDENCE_SCENE_H
#define EVIDENCE_SCENE_H

/*
 * One made-up obligation: organisation A, asked on day 10 with elapsed clocks of 2, 3 and 14
 * days.  Claims and runs are added in order of time; judged() asks at a moment.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "evidence/evidence.h"

#define DAY(n) ((int64_t)(n)*MS_PER_DAY)

enum { SCENE_CLAIMS = 24, SCENE_RUNS = 12, SCENE_DEVICES = 8 };

struct scene {
	struct claim claims[SCENE_CLAIMS];
	struct str named[SCENE_CLAIMS][SCENE_DEVICES];
	struct evidence_run runs[SCENE_RUNS];
	struct evidence_device devices[SCENE_RUNS][SCENE_DEVICES];
	struct calendar calendar;
	struct obligation_facts facts;
	struct obligation_verdict is; /* as judged last */
};

/* A new scene; the one before is gone. */
struct scene *scene_new(void);
/* A claim of A about everything; devices: "d1 d2", or NULL. */
struct claim *add_claim(struct scene *s, enum claim_kind kind, int64_t at_ms, const char *devices);
/* One that ends, and was approved at once. */
struct claim *add_approved(struct scene *s, enum claim_kind kind, int64_t at_ms, int64_t until_ms,
			   const char *devices);
/* An inventory: covering until (0: not), showing devices of A exposed, seen when it was taken. */
struct evidence_run *add_run(struct scene *s, int64_t from_ms, int64_t covers_until_ms,
			     const char *exposed);
/* The state at a moment; the rest is in s->is. */
enum obligation_state judged(struct scene *s, int64_t now_ms);
/* The same by name, so that a failure can be read. */
#define assert_judged(s, now_ms, want)                                                             \
	assert_string_equal(obligation_state_name(judged(s, now_ms)), want)

/* One of the files' lists of tests. */
int evidence_state_tests(void);
int evidence_device_tests(void);
int evidence_clock_tests(void);

#endif
