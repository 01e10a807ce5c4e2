#include "names/names.h"

/* What reads is written in a canonical form that reads as the same and is written the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text once = {0}, twice = {0};
	struct purl purl, back;
	struct err err = {0};

	if (!purl_parse(arena, str_from((const char *)data, n), &purl, &err))
		return 0;
	(void)purl_full_version(arena, &purl);
	purl_format(&purl, &once);
	if (!purl_parse(arena, text_str(&once), &back, &err)) {
		assert(once.n > PURL_MAX_BYTES);
		return 0;
	}
	assert(str_eq(purl.name, back.name) && str_eq(purl.version, back.version));
	purl_format(&back, &twice);
	assert(str_eq(text_str(&once), text_str(&twice)));
	return 0;
}
