#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static bool on_start(void *ctx, struct str name, const struct xml_attr *v, size_t n,
		     struct err *err)
{
	size_t *sum = ctx;

	(void)err;
	*sum += name.n + (n ? v[n - 1].value.n : 0);
	return true;
}

static bool on_text(void *ctx, struct str s, struct err *err)
{
	size_t *sum = ctx;

	assert(str_is_utf8(s, NULL));
	*sum += s.n;
	return *sum < 10000 || err_set(err, ERR_LIMIT, "enough");
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	size_t sum = 0;
	struct xml_events e = {.ctx = &sum, .start = on_start, .text = on_text};
	struct err err;

	(void)!xml_read(str_from((const char *)p, n), &e, &err);
	return 0;
}
