#include "wire/csv.h"

/* The separator that the first line has most of outside quotes; a comma when none. */
static char guess_sep(struct str s)
{
	static const char candidates[] = {',', '\t', ';', '|'};
	size_t count[ARRAY_LEN(candidates)] = {0}, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < s.n && (quoted || s.p[i] != '\n'); i++) {
		quoted ^= s.p[i] == '"';
		for (size_t k = 0; k < ARRAY_LEN(candidates) && !quoted; k++)
			count[k] += s.p[i] == candidates[k];
	}
	for (size_t k = 1; k < ARRAY_LEN(candidates); k++)
		if (count[k] > count[best])
			best = k;
	return candidates[best];
}

struct csv *csv_open(struct str bytes, struct csv_options options)
{
	struct csv *c = mem_zero(1, sizeof(*c));

	if (!bytes.n)
		bytes = STR("");
	if (str_starts(bytes, STR("\xef\xbb\xbf")))
		bytes = str_from_offset(bytes, 3);
	c->opt = options;
	if (!options.sep)
		c->opt.sep = guess_sep(str_sub(bytes, 0, (size_t)1 << 16));
	if (!options.max_field)
		c->opt.max_field = (size_t)1 << 20;
	if (!options.max_row)
		c->opt.max_row = (size_t)16 << 20;
	if (!options.max_fields)
		c->opt.max_fields = 4096;
	c->undo = arena_open();
	c->names_arena = arena_open();
	c->line = 1;
	c->p = bytes.p;
	c->end = bytes.p + bytes.n;
	csv_start(c);
	return c;
}
