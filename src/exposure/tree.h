#ifndef EXPOSURE_TREE_H
#define EXPOSURE_TREE_H

/* A vulnerability's configurations as trees: what classes.c and why.c read. */

#include "exposure/inner.h"

struct tree {
	uint8_t op; /* enum config_op */
	uint32_t match;
	uint32_t n;
	uint8_t value; /* enum tri of one device: for why.c */
	bool fixed;
	bool by_name; /* about Windows, without a range: only an update can tell; for why.c */
	struct tree **child;
};
/* The configurations of v, OR-ed; *ret in arena.  What does not add up becomes one
 * CONFIG_UNREADABLE. */
size_t tree_read(const struct intel_image *image, const struct vuln_row *v, struct arena *arena,
		 struct tree ***ret);
/* Calls fn for every criterion beneath. */
void tree_each(const struct tree *t, void (*fn)(void *ctx, const struct tree *t), void *ctx);
/* Does the configuration name Windows as its platform? */
bool tree_on_windows(const struct part *w, const struct tree *t);
/* Is a vulnerable criterion about Windows, so that the vendor's word on a line replaces it? */
bool criterion_about_windows(const struct part *w, const struct tree *t, bool on_windows);

/* Can this value be true or unknown only where a vulnerable criterion is? */
enum guard { GUARD_NO_VULNERABLE, GUARDED, GUARD_MIXED };
enum guard tree_guard(const struct tree *t);

#endif
