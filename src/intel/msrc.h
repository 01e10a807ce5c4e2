#ifndef INTEL_MSRC_H
#define INTEL_MSRC_H

/* Inner door: packed rows of Microsoft's CVE, KB, product, supersedes table. */

#include "intel/pack.h"

/* One row; texts are numbers in the feed's word list, 0 the empty one. */
struct msrc_row {
	uint32_t product, kb, kb_text, component, severity, impact, title;
	int64_t day;
	const uint32_t *supersedes; /* KB numbers */
	size_t nsupersedes;
};

enum { MSRC_MAX_SUPERSEDES = 64 };
/* Rows of one CVE; read by the same struct, so that what repeats is spelt once. */
struct msrc_in {
	struct packed in;
	size_t left;
	struct msrc_row row;
	uint32_t supersedes[MSRC_MAX_SUPERSEDES];
};
void msrc_in_start(struct msrc_in *m, struct str body);
bool msrc_in_next(struct msrc_in *m);

/* Supersedence: product in the word list, newer and older KB. */
struct msrc_edge {
	uint32_t product, newer_kb, older_kb;
};
struct msrc_edges_in {
	struct packed in;
	size_t left;
	struct msrc_edge edge;
};
void msrc_edges_start(struct msrc_edges_in *m, struct str edges);
bool msrc_edges_next(struct msrc_edges_in *m);

#endif
