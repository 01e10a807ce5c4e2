#ifndef INTEL_TESTS_H
#define INTEL_TESTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "intel_world.h"

/* Ended by a NULL test_func. */
extern const struct CMUnitTest intel_feeds_tests[];
extern const struct CMUnitTest intel_data_tests[];

/* 2026-09-21: when the tests' feeds are received. */
#define RECEIVED ((int64_t)1790000000000)

#define assert_ok(expr)                                                                            \
	do {                                                                                       \
		err.text[0] = '\0';                                                                \
		if (!(expr))                                                                       \
			fail_msg("%s: %s", #expr, err.text);                                       \
	} while (0)

#endif
