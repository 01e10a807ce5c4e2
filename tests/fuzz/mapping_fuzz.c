#include "base/mem.h"
#include "estate/build.h"
#include "estate/read.h"

/* A mapping, a NUL byte, and the table that is read by it; without the NUL a register. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str bytes = str_from((const char *)data, size);
	size_t cut = str_find_char(bytes, '\0', 0);
	AUTO(read_file_releasep)
	struct read_file file = {.arena = arena,
				 .name = STR("in.csv"),
				 .bytes = cut == SIZE_MAX ? bytes : str_from_offset(bytes, cut + 1),
				 .format = ESTATE_DEVICE_LIST,
				 .map = cut == SIZE_MAX ? (struct str){0} : str_sub(bytes, 0, cut)};
	AUTO(rows_releasep) struct rows rows;
	AUTO(text_freep) struct text out = {0};
	struct build_source source[2] = {{.rows = &rows, .taken_ms = 1, .sees = 7},
					 {.rows = &rows, .taken_ms = 2, .sees = 7}};
	const struct build_in in = {.org = STR("R1H"), .v = source, .n = 2};
	struct estate_conflict_list conflicts;
	struct segment s;
	struct err err = {0};

	source[1].source = STR("other");
	source[1].kind = ESTATE_REGISTER;
	rows_init(&rows, arena, false);
	if (!read_open(&file, &err) || !read_rows(&file, &rows, &err)) {
		assert(err.code != ERR_NONE && err.text[0]);
		return 0;
	}
	if (!segment_build(&in, &out, &err) || !segment_view(text_str(&out), &s, &err))
		abort();
	segment_conflicts(&in, arena, &conflicts);
	/* One source said twice contradicts itself in nothing. */
	assert(s.ndevices == rows.devices.n && conflicts.n == 0);
	return 0;
}
