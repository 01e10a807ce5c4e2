#ifndef EXPOSURE_WORLD_INNER_H
#define EXPOSURE_WORLD_INNER_H

/*
 * A world is parts: one that most organisations are of, and a few in which those stand whose
 * inventories came later.  Vulnerabilities that changed since are asked of each part by
 * another, which shares what its organisations hold.
 */

#include "exposure/inner.h"

/* An organisation of the world: unit of a part. */
struct seat {
	uint32_t part, unit;
};
/* Vulnerabilities that changed since the parts were made. */
struct anew {
	struct grounds *grounds; /* of their image */
	const struct intel_image *image;
	struct part **parts; /* by part of the world */
};

/* Who is where; shared by worlds that differ in vulnerabilities alone. */
struct roll {
	_Atomic unsigned refs;
	struct arena *arena;
	struct seat *places; /* by code */
	uint32_t nplaces, nparts, widest;
	uint32_t **place_of;		 /* part, unit -> place; NONE: another part has it now */
	struct exposure_org_name *names; /* by place */
	uint32_t (*kinds)[KIND_SETS];	 /* by place: devices of each set of kinds */
};

struct exposure_world {
	_Atomic unsigned refs;
	struct roll *roll;
	const struct intel_image *image;
	int64_t now_ms;
	struct part **parts;
	uint32_t nparts;
	struct anew anew;	   /* parts NULL: none */
	struct journal_mark *mark; /* what of the journal it knows */
};

static inline const struct unit *place_unit(const struct exposure_world *w, uint32_t place)
{
	return &w->parts[w->roll->places[place].part]->orgs[w->roll->places[place].unit];
}
struct roll *roll_ref(struct roll *r);
/* Where two parts have an organisation the later counts.  names by code, may miss some. */
struct roll *roll_of(struct part *const *parts, uint32_t n, const struct exposure_org_name *names,
		     size_t nnames);
/* A world of these parts and their roll, whose references it takes. */
struct exposure_world *world_of(struct part **parts, uint32_t n, struct roll *roll);
/* UINT32_MAX: no such organisation, or nothing of it was imported. */
uint32_t world_place(const struct exposure_world *w, struct str code);

/* A vulnerability as the world knows it now.  NULL with err when nobody speaks of it. */
struct asked_of {
	const struct vuln_row *v;
	const struct intel_image *image;
	struct part *const *parts; /* to be asked, by part */
};
MUST_CHECK bool world_ask(const struct exposure_world *w, struct str cve, struct asked_of *ret,
			  struct err *err);
/* Is it one of those that changed since? */
bool world_anew(const struct exposure_world *w, uint64_t key);
static inline uint32_t asked_class(const struct asked_of *a, uint32_t part)
{
	return a->parts[part]->vuln_class[a->v - a->image->vulns];
}

#endif
