#include "names/names.h"

/* Whatever reads must be written and read again as the same name, in every form. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static void (*const formats[])(const struct cpe *, struct text *) = {
		cpe_format_23, cpe_format_22, cpe_format_wfn};
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str s = str_from((const char *)data, n);
	struct cpe cpe, back;
	struct err err = {0};

	(void)cpe_attr_of(arena, str_sub(s, 0, 4096));
	if (!cpe_parse(arena, s, &cpe, &err))
		return 0;
	(void)cpe_compare_names(&cpe, &cpe, NULL);
	(void)cpe_attr_matches(&cpe.attr[CPE_VENDOR], &cpe.attr[CPE_PRODUCT]);
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		AUTO(text_freep) struct text out = {0};
		formats[i](&cpe, &out);
		/* Quoting may pass the limit; a lone '?' has no 2.3 form. */
		if (!cpe_parse(arena, text_str(&out), &back, &err)) {
			bool only_q = false;
			for (size_t j = 0; j < CPE_ATTRS; j++)
				only_q |= cpe.attr[j].wild && cpe.attr[j].text.p[0] == '?';
			assert(out.n > CPE_MAX_BYTES || (i == 0 && only_q));
			continue;
		}
		for (size_t j = 0; j < CPE_ATTRS; j++)
			assert(cpe_attr_eq(&cpe.attr[j], &back.attr[j]));
	}
	return 0;
}
