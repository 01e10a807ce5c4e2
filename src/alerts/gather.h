#ifndef ALERTS_GATHER_H
#define ALERTS_GATHER_H

/*
 * Everything about one alert that its obligations follow from, organisation by organisation.
 */

#include "alerts/inner.h"
#include "base/mem.h"
#include "base/table.h"

struct part { /* an organisation's own claims and runs */
	struct claim *claims;
	size_t nclaims;
	struct evidence_run *runs; /* counts alone */
	size_t nruns;
	int64_t failed_ms, delivered_ms; /* the latest of each; 0: none */
	int64_t told_ms;		 /* the first that was delivered; 0: none */
	unsigned step;			 /* of the ladder, of ordinal step_ordinal */
	unsigned step_ordinal;
	unsigned supplier_step;	    /* of the ladder climbed as a supplier */
	int64_t joined_ms, said_ms; /* said: its first claim of all; 0: none */
	bool member, has_inventory, reachable;
	bool only_inherits; /* asked in the place of one that it succeeded alone */
};

struct heir { /* an organisation that was succeeded, and by whom */
	uint32_t from, to;
	int64_t at_ms;
	int64_t expected; /* devices of from; -1: nobody has said */
};

struct supply { /* the latest answer of a supplier, and its fix */
	struct str supplier, kind, reference, note;
	int64_t at_ms, promised_ms, fix_ms;
};

struct decision { /* on a claim of mitigated or excepted */
	struct record_ref claim;
	int64_t at_ms;
	bool approved;
	struct str post;
};

struct gather {
	const struct alerts_view *view;
	struct arena *scratch;
	struct alert alert;
	struct alert_clock clock;
	struct rules *rules;
	struct intern *codes; /* organisations, by place in parts */
	bool few;	      /* of those in codes alone */
	VEC_OF(struct part) parts;
	struct heir *heirs; /* by to */
	size_t nheirs;
	struct supply *supplies; /* by supplier */
	size_t nsupplies;
	struct decision *decisions;
	size_t ndecisions;
	struct str last_site, last_post; /* of the claim read last: most have the same */
};

void gather_release(struct gather *g);
/* only: of these, their predecessors and the suppliers that they wait for; none: of all. */
MUST_CHECK bool gather_load(const struct alerts_view *view, struct str alert,
			    const struct str_list *only, struct gather *g, struct err *err);
/* By class where that is stated, or in all; -1: nobody has said. */
/* Those of only that the directory knows, or all of it, as of g's view. */
MUST_CHECK bool gather_each_org(const struct gather *g, const struct str_list *only,
				directory_org_fn *fn, void *ctx, struct err *err);
int64_t devices_expected(const struct org *org);
struct part *gather_part(struct gather *g, struct str org);

/* An organisation's claims, runs and inheritance put together; in g->scratch. */
struct assembled {
	uint32_t place;	   /* whose */
	struct str region; /* of its calendar */
	bool detailed;	   /* its runs are to carry their devices */
	struct obligation_facts facts;
};
/* From place, region and detailed to facts. */
MUST_CHECK bool assemble(struct gather *g, struct assembled *a, struct err *err);

/* Place of an organisation that the alert asks, as of g's view; UINT32_MAX: it doesn't. */
uint32_t gather_asks(const struct gather *g, const struct org *org);
/* The verdict on it as of g's view, by what it assembled: from a's place and region. */
MUST_CHECK bool gather_judge(struct gather *g, const struct org *org, struct assembled *a,
			     struct obligation_verdict *ret, struct err *err);

enum { WAITS_MOST = 8 };
/* "blocked": whom it waits for by its claims from first on, the latest first; ret has room for
 * WAITS_MOST. */
size_t waits_for(const struct obligation_facts *facts, size_t first, struct str *ret);
const struct supply *supply_of(const struct gather *g, struct str supplier);

/* Known to somebody there, and no delivery failed since the last that did not. */
bool part_reached(const struct part *p);
/* From w->supplier and w->asked_ms to what it has said, and what is due from it. */
void supplier_said(const struct gather *g, struct supplier_waits *w);
/* The suppliers that obligations wait for, the one whose answer would unlock most first. */
void suppliers_of(const struct gather *g, struct obligation_list *list);

/* Ids as alerts_claim keeps them, "a LF b LF": sorted, in arena. */
const struct str *claim_devices(struct str text, struct arena *arena, size_t *ret_n);

#endif
