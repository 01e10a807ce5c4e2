#ifndef ESTATE_RESOLVE_H
#define ESTATE_RESOLVE_H

/* What a resolver holds: made and asked in resolve.c, filled in resolve_open.c. */

#include "base/mem.h"
#include "base/table.h"
#include "estate/inner.h"

struct mapped {
	const struct cpe *cpes;
	size_t n;
	bool none;
};

struct estate_resolver {
	struct arena *arena;
	struct intern *keys; /* of the name map */
	VEC_OF(struct mapped) map;
	const struct intel_dictionary *dictionary;
	struct intel_dictionary *own;
};

/* A resolver that knows no name yet. */
MUST_CHECK struct estate_resolver *resolver_new(void);

#endif
