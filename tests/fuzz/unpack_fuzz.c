#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	AUTO(unpack_closep) struct unpack *u = NULL;
	AUTO(text_freep) struct text t = {0};
	struct unpack_limits limits = {
		.member_bytes = 1 << 20, .total_bytes = 2 << 20, .members = 50};
	const struct unpack_member *m;
	struct str in = {(const char *)p, n};
	struct err err;

	if (!unpack_bytes(STR("f"), in, &limits, &u, &err))
		return 0;
	while (unpack_next(u, &m, &err) && m)
		assert(m->bytes.p[m->bytes.n + WIRE_PADDING - 1] == 0);
	(void)!zstd_unpack(in, 1 << 20, &t, &err);
	return 0;
}
