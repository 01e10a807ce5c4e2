#include "directory/inner.h"

/* The first byte picks a format (none: by content), the rest is the file. */

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct directory_import import = {0};
	struct directory_report report;
	struct directory_batch *batch;
	const struct directory_format *f;
	struct err err;

	if (n == 0)
		return 0;
	f = directory_format_at((size_t)(p[0] - 'a'));
	import.format = f && p[0] >= 'a' ? str_of(f->name) : (struct str){0};
	import.bytes = str_from((const char *)p + 1, n - 1);
	if (!directory_read(&import, arena, &report, &batch, &err))
		assert(err.code != ERR_NONE && err.text[0]);
	else
		assert(report.accepted && report.nreasons <= DIRECTORY_REASONS);
	return 0;
}
