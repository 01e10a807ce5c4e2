#ifndef TESTS_UNIT_EXPOSURE_SCENE_H
#define TESTS_UNIT_EXPOSURE_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../model/worlds.h"

/* One organisation, "ORG", and one image: first drawn and made, then asked. */
struct scene {
	struct arena *arena;
	struct drawing d;
	struct maker m;
	const struct segment *segment;
	struct exposure_parts parts;
	struct exposure_world *world;
};
void scene_open(struct scene *s);
void scene_close(struct scene *s);
/* The state of a device; the world is built at the first question. */
enum exposure_state scene_state(struct scene *s, const char *device, const char *cve);
/* Does the chain of reasons say this? */
bool scene_says(struct scene *s, const char *device, const char *cve, const char *text);

#define assert_state(s, device, cve, want)                                                         \
	assert_string_equal(exposure_state_name(scene_state(s, device, cve)),                      \
			    exposure_state_name(want))
#define assert_says(s, device, cve, text) assert_true(scene_says(s, device, cve, text))

int exposure_windows_run(void);
int exposure_threads_run(void);

#endif
