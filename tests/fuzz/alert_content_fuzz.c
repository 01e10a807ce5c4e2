#include <stdlib.h>

#include "alerts/inner.h"

/* The body of a draft: what is taken is written canonically, and reads back as the same. */

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(json_closep) struct json_doc *doc = json_open();
	AUTO(text_freep) struct text once = {0}, twice = {0};
	struct alert_content content, again;
	struct json_value body;
	struct err err;

	if (!json_parse(doc, str_from((const char *)p, n), 0, &body, &err))
		return 0;
	if (!content_read(body, arena, &content, &err)) {
		assert(err.code != ERR_NONE && err.text[0]);
		return 0;
	}
	/* What was taken is taken again. */
	if (!content_text(&content, &once, &err) ||
	    !content_parse(text_str(&once), arena, &again, &err) ||
	    !content_text(&again, &twice, &err))
		abort();
	assert(str_eq(text_str(&once), text_str(&twice)));
	assert(!content_asks_otherwise(&content, &again) && content_same_scope(&content, &again));
	return 0;
}
