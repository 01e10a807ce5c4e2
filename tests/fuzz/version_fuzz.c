#include "names/names.h"

/* Three versions, one a line: the order is antisymmetric and transitive in every scheme. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str rest = str_from((const char *)data, n), v[3] = {{0}};

	for (size_t i = 0; i < ARRAY_LEN(v) && str_next(&rest, '\n', &v[i]); i++)
		continue;
	for (enum version_scheme s = 0; s < VERSION_SCHEMES; s++) {
		int ab = version_compare(s, v[0], v[1]), bc = version_compare(s, v[1], v[2]);
		int ac = version_compare(s, v[0], v[2]);
		assert(version_compare(s, v[1], v[0]) == -ab);
		assert(version_compare(s, v[0], v[0]) == 0);
		if (ab <= 0 && bc <= 0)
			assert(ac == (ab + bc ? -1 : 0));
		if (ab >= 0 && bc >= 0)
			assert(ac == (ab + bc ? 1 : 0));
	}
	AUTO(text_freep) struct text x = {0}, y = {0};
	version_key(v[0], &x);
	version_key(v[1], &y);
	assert(str_cmp(text_str(&x), text_str(&y)) == version_compare(VERSION_GENERIC, v[0], v[1]));
	AUTO(arena_closep) struct arena *arena = arena_open();
	(void)version_with_update(arena, v[0], v[1]);
	return 0;
}
