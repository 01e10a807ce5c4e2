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
	struct hash names; /* of the map */
};

/* A resolver that knows no name yet. */
MUST_CHECK struct estate_resolver *resolver_new(void);

/* Let the map say something of key; which entry that is. */
uint32_t resolver_say(struct estate_resolver *r, struct str key);
/* Is it that entry of the map by which a software, or a system, is resolved? */
bool resolver_raw_by(const struct estate_resolver *r, const struct segment *s,
		     const struct estate_raw *raw, struct arena *arena, uint32_t at);
bool resolver_os_by(const struct estate_resolver *r, const struct segment *s, uint32_t device,
		    struct arena *arena, uint32_t at);
/* The map as the store has it. */
MUST_CHECK bool resolver_load(struct estate_resolver *r, struct store *store, struct err *err);

#endif
