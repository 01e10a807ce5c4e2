#ifndef INTEL_IMAGE_H
#define INTEL_IMAGE_H

/* Inner door: what image.c and image_windows.c share while an image is loaded. */

#include "base/mem.h"
#include "base/table.h"
#include "intel/msrc.h"

enum { LINE_UNSEEN = -2, LINE_NONE = -1 };

/* An msrc feed's word list; products are mapped to Windows lines as they are met. */
struct product_words {
	struct str name; /* of the feed */
	struct str *words;
	int16_t *lines;
	size_t n;
	struct str edges; /* packed */
};

struct catalogues {
	VEC_OF(struct product_words) v;
};

struct image_whole {
	struct intel_image image;
	struct intern *keys; /* matches' strings live here */
	VEC_OF(struct vuln_row) vulns;
	VEC_OF(struct config_step) steps;
	VEC_OF(struct match) matches;
	VEC_OF(struct fix) fixes;
	VEC_OF(struct edge) edges;
};

int windows_line_number(const struct windows_line *line);
MUST_CHECK bool catalogues_load(struct store *store, struct arena *arena, struct catalogues *ret,
				struct err *err);
/* NULL when there is no such feed. */
struct product_words *catalogues_find(struct catalogues *c, struct str name);
/* The Windows line that a product is; LINE_NONE when it is none. */
int product_line(struct product_words *p, uint32_t product);
struct str product_word(const struct product_words *p, uint32_t word);

MUST_CHECK bool image_load_histories(struct store *store, struct image_whole *w, struct err *err);
void image_load_edges(struct image_whole *w, struct catalogues *c);
/* Rows of one CVE.  image_end_fixes() sorts what came since from, and drops what says nothing. */
void image_add_msrc(struct image_whole *w, struct product_words *p, struct str body);
void image_add_fixes(struct image_whole *w, struct str body);
void image_end_fixes(struct image_whole *w, size_t from);

#endif
