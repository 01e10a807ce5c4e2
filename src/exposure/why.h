#ifndef EXPOSURE_WHY_H
#define EXPOSURE_WHY_H

/* Reasons: what query.c, ranked.c, why.c and the reasons_*.c share. */

#include "exposure/tree.h"
#include "exposure/windows.h"
#include "exposure/world.h"

struct spot {
	uint32_t part;
	const struct unit *unit;
	uint32_t device;
};
MUST_CHECK bool device_find(const struct exposure_world *w, struct str org, struct str device,
			    struct spot *ret, struct err *err);

/* What is the same for every device asked about one vulnerability. */
struct inquiry {
	const struct part *w;
	const struct vuln_row *v;
	struct arena *arena; /* of the answers */
	struct tree **configs;
	size_t nconfigs;
	VEC_OF(struct tree *) named; /* criteria that name some id */
	bool unreadable;
	bool vendor_speaks, on_windows; /* on_windows: of the configuration being read */
	const struct device_raws *raws; /* of each device of the unit asked about; NULL: look */
};
void inquiry_begin(struct inquiry *q, const struct part *w, const struct vuln_row *v,
		   struct arena *arena);
void inquiry_end(struct inquiry *q);

/* One device under inquiry. */
struct account {
	struct inquiry *q;
	const struct unit *o;
	const struct estate_device *d;
	const struct patch_state *state;
	uint32_t device, nids;
	uint32_t *ids;
	struct device_raws raws;
	VEC_OF(struct exposure_reason) reasons;
	/* The vendor's word: a verdict, or -1; rule is valid when it speaks of the line. */
	int verdict;
	bool ruled;
	struct rule rule;
	uint32_t rule_line; /* whose rows speak: the device's or its successor's */
};
void account_begin(struct account *a, struct inquiry *q, const struct unit *o, uint32_t device);
void account_end(struct account *a);
void reason_add(struct account *a, enum exposure_reason_kind kind, unsigned depth, const char *fmt,
		...) PRINTF_LIKE(4, 5);

/* ---- reasons_criteria.c ---- */
struct finding { /* of a criterion on a device */
	enum tri value;
	uint32_t id;  /* the component or name that decides; NONE: there is none */
	bool beyond;  /* false, and id lies beyond the end */
	bool unseen;  /* unknown for want of a facet alone */
	bool similar; /* false, though id is of that product */
};
struct finding criterion_find(const struct account *a, const struct tree *t);
void configs_explain(struct account *a);
/* The criterion that decides for a state, or NULL; its finding in *ret. */
const struct tree *criterion_decisive(const struct account *a, enum exposure_state state,
				      struct finding *ret);
/* "openssh 8.5 lies within [8.0, 8.6)" */
struct str comparison_text(const struct account *a, const struct tree *t, const struct finding *f);
struct str id_text(const struct account *a, uint32_t id);

/* ---- reasons_windows.c ---- */
bool vendor_speaks_of(const struct part *w, const struct vuln_row *v);
/* Is it about Windows and without a range?  Then updates alone could tell the patched apart. */
bool criterion_by_name(const struct part *w, const struct tree *t, bool on_windows);
void vendor_read(struct account *a); /* sets verdict, ruled, rule */
void vendor_explain(struct account *a);
struct str vendor_line(const struct account *a);  /* the verdict in one line */
enum facet vendor_facet(const struct account *a); /* what the verdict stands on */

/* ---- why.c ---- */
struct str facet_text(const struct account *a, enum facet facet);
/* "as seen on 2017-02-14; stale since 2017-02-21"; "" when fresh or never seen. */
struct str facet_stale(const struct account *a, enum facet facet);
int64_t facet_seen(const struct account *a, enum facet facet);
bool facet_covered(const struct account *a, enum facet facet);
/* Fill in why and seen_ms of one device. */
void why_line(struct inquiry *q, const struct unit *o, uint32_t device, enum exposure_state state,
	      struct exposure_device *ret);

#endif
