#ifndef WIRE_UNPACK_H
#define WIRE_UNPACK_H

/* An unpacking's insides, shared by the file that opens one and the file that goes on. */

#include <archive.h>
#include <archive_entry.h>

#include "base/mem.h"
#include "wire/packing.h"
#include "wire/wire.h"

enum unpack_state { UNPACK_START, UNPACK_ARCHIVE, UNPACK_DONE };

struct unpack {
	enum unpack_state state;
	struct unpack_limits limits;
	struct str input;
	bool mapped;	    /* input is to be unmapped */
	bool padded;	    /* input is padded */
	struct text held;   /* input when it had to be read */
	struct text name;   /* of the file, for errors and as its only member's */
	struct inflow *in;  /* the compression around everything */
	struct archive *ar; /* zip, tar, bzip2 */
	struct text block;  /* what of in was read ahead, or is being given to ar */
	bool ahead;
	struct err in_err; /* of in, while ar was reading it */
	bool in_failed;
	struct text out, inner; /* the member; the member once more unpacked */
	struct text *holder;	/* which of them has it; NULL: neither */
	uint64_t total_bytes;
	uint32_t members;
	struct unpack_member member;
};

#endif
