#include "wire/wire.h"

/* Walk everything; what parses must have a canonical form that is a fixed point. */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void check_canonical(struct json_doc *d, struct json_value v)
{
	AUTO(text_freep) struct text once = {0};
	struct err err;

	if (json_canonical(v, &once, &err))
		assert(json_is_canonical(d, text_str(&once)));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	AUTO(json_closep) struct json_doc *d = json_open();
	struct str in = {(const char *)p, n};
	struct json_stream s = {.bytes = in};
	struct json_value v;
	struct err err;
	bool more = true;

	while (more && json_next_doc(d, &s, &v, &more, &err))
		if (more)
			(void)json_count(v);
	if (json_parse(d, in, 0, &v, &err))
		check_canonical(d, v);
	wire_kind_of(in);
	return 0;
}
