/* A record's text from outside: what is accepted must be written again to the same bytes. */
#include "journal/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text again = {0};
	struct str text = str_from((const char *)data, n);
	struct hash hash = hash_of(text);
	struct record r;
	struct err err;

	if (!record_parse(text, arena, &r, &err)) {
		assert(err.text[0]);
		return 0;
	}
	assert(r.number && r.site.n == SITE_ID_BYTES - 1 && hash_eq(&r.hash, &hash));
	if (!record_text(&r, &again, &err))
		abort();
	assert(str_eq(text_str(&again), text));
	text_clear(&again);
	if (!record_export(&r, &again, &err))
		abort();
	return 0;
}
