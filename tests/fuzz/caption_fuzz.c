#include "names/names.h"

/* Free text of inventories: captions, builds, KB numbers and product names. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str s = str_from((const char *)data, n), rest = s, name = {0}, version = {0};
	struct windows_named named;
	struct windows_version v = {0};
	struct cpe cpes[WINDOWS_MAX_CPES];
	uint32_t kb;

	if (windows_line_of_caption(s, &named) && named.line)
		(void)windows_line_cpes(arena, named.line, named.arch, s, cpes);
	if (windows_version_parse(s, &v))
		(void)windows_line_of(&v);
	(void)!kb_parse(s, &kb);
	(void)windows_line_of_history(s, s);
	if (str_next(&rest, '\n', &name))
		(void)str_next(&rest, '\n', &version);
	struct str *tokens;
	(void)name_tokens(arena, name, &tokens);
	struct str key = name_normal_key(arena, version, name, version);
	assert(str_find_char(key, '|', 0) != SIZE_MAX);
	(void)name_version_from(arena, name, version);
	return 0;
}
