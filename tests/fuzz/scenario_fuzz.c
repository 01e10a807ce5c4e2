#include <assert.h>

#include "rehearsal/rehearsal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A scenario from anywhere: what is read lies within bounds, and is said as it can be read again.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct scenario s;
	struct err err = {0};

	if (!scenario_read(STR("fuzz"), str_from((const char *)data, size), arena, &s, &err)) {
		assert(err.code != ERR_NONE && err.text[0]);
		return 0;
	}
	assert(s.cves.n);
	for (int i = 0; i < SCENARIO_PARAMS; i++) {
		const struct scenario_about *a = &scenario_params[i];

		assert(a->least <= s.lo[i] && s.lo[i] <= s.hi[i] && s.hi[i] <= a->most);
		assert(scenario_set(&s, str_of(a->word),
				    scenario_value(&s, (enum scenario_param)i, arena), arena,
				    &err));
	}
	return 0;
}
