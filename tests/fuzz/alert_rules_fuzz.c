#include "alerts/inner.h"

/* The first byte picks clocks, ladders or holidays, the rest is the file. */

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const kinds[] = {"clocks", "ladders", "holidays"};
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct rules_file file = {0};
	struct err err;

	if (n == 0)
		return 0;
	if (!rules_read(str_of(kinds[p[0] % 3]), str_from((const char *)p + 1, n - 1), arena, &file,
			&err)) {
		assert(err.code != ERR_NONE && err.text[0]);
		return 0;
	}
	assert(file.nclocks || file.nladders || file.zone.name.n);
	for (size_t i = 1; i < file.nholidays; i++)
		assert(str_cmp(file.holidays[i - 1].area, file.holidays[i].area) <= 0);
	for (size_t i = 0; i < file.nladders; i++)
		assert(file.ladders[i].step > 0 && file.ladders[i].after_ms >= 0);
	return 0;
}
