#include "base/mem.h"
#include "estate/build.h"
#include "estate/inner.h"
#include "estate/read.h"

/*
 * Any bytes as an inventory, and what they say as a segment; as a name map too.
 * A first byte below the number of formats forces that one.
 */

static void as_segment(struct str bytes, enum estate_format format)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(read_file_releasep)
	struct read_file file = {
		.arena = arena, .name = STR("in_qfe.txt"), .bytes = bytes, .format = format};
	AUTO(rows_releasep) struct rows rows;
	AUTO(text_freep) struct text out = {0};
	const struct build_source source = {.rows = &rows, .taken_ms = 1, .sees = 7};
	const struct build_in in = {.org = STR("R1H"), .v = &source, .n = 1};
	struct segment s;
	struct err err = {0};

	rows_init(&rows, arena, false);
	if (!read_open(&file, &err) || !read_rows(&file, &rows, &err)) {
		assert(err.code != ERR_NONE && err.text[0]);
		return;
	}
	/* What was built holds by its own check. */
	if (!segment_build(&in, &out, &err) || !segment_view(text_str(&out), &s, &err))
		abort();
	assert(s.ndevices == rows.devices.n);
	for (uint32_t i = 0; i < s.ndevices; i++)
		(void)segment_line(&s, i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str bytes = str_from((const char *)data, size);
	enum estate_format format = ESTATE_AUTO;
	struct name_entry *entries;
	struct err err;
	size_t n;

	if (size && data[0] < ESTATE_FORMATS) {
		format = (enum estate_format)data[0];
		bytes = str_from_offset(bytes, 1);
	}
	as_segment(bytes, format);
	if (!name_map_read(arena, bytes, &entries, &n, &err))
		return 0;
	return 0;
}
