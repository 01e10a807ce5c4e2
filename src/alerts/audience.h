#ifndef ALERTS_AUDIENCE_H
#define ALERTS_AUDIENCE_H

/* One picture of the directory, and what rules have in common. */

#include "alerts/inner.h"
#include "base/mem.h"
#include "base/table.h"

struct beneath {
	struct str parent;
	const uint64_t *in; /* bits by place */
};

struct audiences {
	struct directory_view view;
	struct org_list orgs;
	struct intern *places; /* code to place in orgs */
	struct intern *roles;
	VEC_OF(struct beneath) beneath;
};

#endif
