#ifndef WIRE_INFLOW_H
#define WIRE_INFLOW_H

/* A stream's insides, shared by the file that opens one and the file that reads. */

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "base/mem.h"
#include "wire/packing.h"

struct inflow {
	enum packing kind;
	struct str in;	    /* what is left */
	bool done, between; /* between: a frame or member has just ended */
	z_stream z;
	lzma_stream xz;
	ZSTD_DStream *zstd;
};

#endif
