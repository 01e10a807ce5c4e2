#ifndef EXPOSURE_CATALOGUE_H
#define EXPOSURE_CATALOGUE_H

/*
 * The products that an image's criteria are about, each read once however many parts are asked of
 * it: how it is called, which criteria name it, which vulnerabilities those are of.  Never changed
 * once it is open.
 */

#include "exposure/inner.h"

/* Numbers of the catalogue's words, each once. */
struct name_words {
	const uint32_t *v;
	uint32_t n;
	bool any; /* the attribute is ANY or has wildcards: it could be anything */
};
struct product {
	struct cpe cpe; /* part, vendor and product of it */
	struct name_words vendor, product;
	uint32_t mask; /* facets that must be seen; MASK_ALL: it can't be read */
	bool plain;    /* part, vendor and product are plain values */
	bool microsoft, windows;
};
/* By a number: what belongs to it, start[number] to start[number + 1]. */
struct lists {
	uint32_t *start, *v;
};

struct catalogue {
	struct arena *arena;
	const struct intel_image *image;
	struct product *products;
	uint32_t nproducts;
	struct intern *keys;  /* group_key() -> product */
	uint32_t *of_match;   /* match -> product */
	struct lists matches; /* product -> matches, ascending */
	struct lists vulns;   /* product -> vulnerabilities, ascending */
	struct intern *words;
	struct lists
		of_word; /* word -> products that have it in their own name or their vendor's */
};

void catalogue_close(struct catalogue *c);
DEFINE_CLOSEP(struct catalogue, catalogue_close)
/* The image outlives it. */
struct catalogue *catalogue_open(const struct intel_image *image) MUST_CHECK
	CLOSED_BY(catalogue_close);

/* ---- alike.c: what a part that was asked all of the same image says of another ---- */
struct alike;
void alike_close(struct alike *a);
DEFINE_CLOSEP(struct alike, alike_close)
/* Both outlive it. */
struct alike *alike_open(const struct part *w, const struct part *like) MUST_CHECK
	CLOSED_BY(alike_close);
const struct part *alike_of(const struct alike *a);
/* Of components and names of w: those that the other part does not hold, and how many. */
bool alike_is_fresh(const struct alike *a, uint32_t id);
uint32_t alike_fresh(const struct alike *a);
/* A leaf of the other's criteria as one of w, as far as what is not fresh goes. */
uint32_t alike_leaf(struct alike *a, struct leaf_table *to, uint32_t leaf);

/* What a part is asked, while it is made. */
struct asking {
	const struct catalogue *catalogue;
	struct alike *alike; /* NULL: everything is asked */
	uint64_t *vulns;     /* those that what is fresh may concern, when alike: a bit each */
};
/* ---- criteria.c: every match as a leaf ---- */
void criteria_build(struct part *w, struct asking *asking);
/* ---- classes.c ---- */
void classes_build(struct part *w, const struct asking *asking);

/* ---- raws.c: raw names that could be a product ---- */
/* The part's tokens by the catalogue's words; NONE: no name has it.  free(). */
uint32_t *names_vocabulary(const struct part *w, const struct catalogue *c);
void names_of_product(const struct part *w, const uint32_t *vocabulary, const struct product *p,
		      struct span_list *out);

#endif
