#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static size_t read_all(struct str in, struct csv_options opt, bool header)
{
	AUTO(csv_closep) struct csv *c = csv_open(in, opt);
	const struct csv_row *row = NULL;
	struct err err;
	size_t sum = 0;

	if (header && !csv_header(c, &err))
		return 0;
	while (csv_next(c, &row, &err) && row)
		for (size_t i = 0; i < row->n; i++)
			for (size_t k = 0; k < row->v[i].n; k++)
				sum += (unsigned char)row->v[i].p[k];
	return sum + csv_column(c, "name");
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str in = {(const char *)p, n};

	read_all(in, (struct csv_options){0}, true);
	read_all(in, (struct csv_options){.sep = '\t', .no_quotes = true}, false);
	read_all(in, (struct csv_options){.sep = ';', .comments = true, .max_field = 9}, false);
	return 0;
}
