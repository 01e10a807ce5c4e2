#include "wire/inflow.h"

/* Memory that one xz stream may ask for: four times what xz -9 does. */
static const uint64_t xz_memory_bytes = (uint64_t)256 << 20;

struct inflow *inflow_open(enum packing kind, struct str in)
{
	struct inflow *f = mem_zero(1, sizeof(*f));
	bool ok;

	assert(packing_is_stream(kind));
	f->kind = kind;
	f->in = in;
	f->xz = (lzma_stream)LZMA_STREAM_INIT;
	if (kind == PACKING_GZIP)
		ok = inflateInit2(&f->z, 15 + 16) == Z_OK;
	else if (kind == PACKING_XZ)
		ok = lzma_stream_decoder(&f->xz, xz_memory_bytes, LZMA_CONCATENATED) == LZMA_OK;
	else
		ok = (f->zstd = ZSTD_createDStream()) != NULL;
	assert(ok); /* these only fail for want of memory */
	return f;
}
