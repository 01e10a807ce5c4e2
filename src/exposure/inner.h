#ifndef EXPOSURE_INNER_H
#define EXPOSURE_INNER_H

/*
 * The inside of a world.  Everything a device may hold is one number space,
 * ids: components (ordered by product, then version), then raw names without a
 * product, then operating system names without one, then Windows patch states.
 * What a vulnerability asks is a class: a small program over leaves, each a few
 * spans of ids.  An organisation holds, per id present, its devices.
 */

#include "base/arena.h"
#include "base/bits.h"
#include "base/mem.h"
#include "base/table.h"
#include "exposure/exposure.h"

#define NONE UINT32_MAX

/* Kleene's three values; AND is the smaller, OR the larger. */
enum tri { TRI_FALSE, TRI_UNKNOWN, TRI_TRUE };

/* ---- spans of ids ----------------------------------------------------------- */

struct span {
	uint32_t lo, hi; /* [lo, hi) */
};
struct spans {
	const struct span *v;
	uint32_t n;
};
struct span_list {
	struct span *v;
	size_t n, cap;
};
static inline void span_add(struct span_list *l, uint32_t lo, uint32_t hi)
{
	if (l->n && l->v[l->n - 1].hi == lo)
		l->v[l->n - 1].hi = hi;
	else if (lo < hi)
		VEC_PUSH(l, (struct span){lo, hi});
}
void span_list_freep(struct span_list *l);
/* Sort and unite, so that equal sets are equal bytes. */
void span_tidy(struct span_list *l);

/* Which facets a criterion needs seen; ALL: unknown for everybody. */
enum { MASK_SOFTWARE = 1, MASK_OS = 2, MASK_ALL = 4 };

/* A criterion (or an OR of criteria) over ids, or the vendor's verdict over patch states. */
enum { LEAF_TRUE, LEAF_MAYBE, LEAF_BEYOND };
enum {
	VERDICT_EXPOSED,
	VERDICT_UNKNOWN,
	VERDICT_FIXED,
	VERDICT_CLEAR, /* the vendor names only earlier lines */
	VERDICT_NO_LINE,
	LEAF_LISTS
};
struct leaf {
	struct spans s[LEAF_LISTS];
	uint32_t mask;
};
/* A leaf and one of its lists as one number. */
enum { LISTS_SHIFT = 3 };
_Static_assert(LEAF_LISTS <= 1 << LISTS_SHIFT, "a list has its number in the low bits");
struct leaf_draft {
	struct span_list s[LEAF_LISTS];
	uint32_t mask;
};
/* Leaves told apart by their keys. */
struct leaf_table {
	struct intern *keys;
	struct leaf *v;
	uint32_t n;
};
void leaf_draft_clear(struct leaf_draft *d);
void leaf_draft_freep(struct leaf_draft *d);
void leaf_draft_add(struct leaf_draft *d, const struct leaf *l);

/* ---- components -------------------------------------------------------------- */

struct component {
	const struct cpe *cpe;
	struct str version; /* with its update, where the version is a plain value */
	enum version_scheme scheme;
	uint32_t group;
	bool release; /* the version is the name of a Windows release, not a number */
};

/* One part, vendor and product that somebody holds. */
struct group {
	uint32_t lo, vlo, hi; /* ids; from vlo on versions are plain values, in order */
	uint32_t perm;	      /* first of its 2 * (hi - vlo) places in world.perm */
	bool odd;	      /* part, vendor or product is not a plain value */
	bool wild;	      /* some attribute of some component has wildcards */
};

/* A raw name that may be a product: unresolved software, or an unresolved system. */
struct raw_name {
	const uint32_t *tokens; /* sorted, distinct */
	uint32_t n;
	bool os;
	struct str text; /* as stated, for people */
};

enum { LINE_OTHER = 0xfffe, LINE_UNTOLD = 0xffff }; /* no Windows; Windows, but which? */

/* What one distinct raw, or one distinct operating system, stands for. */
struct meaning {
	uint32_t first, n; /* ids in world.meant; a name's id when unresolved */
	enum resolution how;
	uint16_t line; /* of a system: windows_line_at(), or LINE_* */
	bool told;     /* of a system: something was stated */
};

/* ---- Windows ------------------------------------------------------------------- */

struct patch_state {
	uint16_t line; /* windows_line_at(), or LINE_* */
	bool os_fresh, os_covered, updates_fresh;
	bool updates_listed; /* seen, however long ago, and the list not known to be incomplete */
	bool by_revision;    /* level stands on the build revision */
	uint32_t level;	     /* order of the rollup reached; 0: none */
	uint32_t build, revision;
	const uint32_t *kbs; /* those that some rule asks for, ascending */
	uint32_t nkbs, nfiles;
	const struct state_file {
		struct str name, version;
	} * files;
};

/* The vendor's word on one line for one or more vulnerabilities. */
struct rule {
	uint16_t line;
	bool no_fix;	/* the line is listed, or only its successor is: nothing fixes it */
	bool past;	/* only earlier lines are listed: it never was in this one */
	uint32_t order; /* least order of a fixing rollup; 0: none */
	const struct fix *fixes; /* the rows it was made of */
	uint32_t nfixes;
	const uint32_t *kbs;	   /* any of these proves it (fixes and what supersedes them) */
	const uint32_t *other_kbs; /* the same of fixes that are no rollup of the history */
	uint32_t nkbs, nother;
	bool has_kb, has_build, has_file;
};
struct windows; /* rules by vulnerability, indexes of edges and histories */

/* ---- programs --------------------------------------------------------------------- */

/* Preorder: an operator with its number of operands, then the operands. */
enum node_op { NODE_LEAF, NODE_PLATFORM, NODE_OR, NODE_AND, NODE_NOT };
static inline uint32_t node_of(enum node_op op, uint32_t arg)
{
	return (uint32_t)op << 29 | arg;
}
static inline enum node_op node_op(uint32_t node)
{
	return (enum node_op)(node >> 29);
}
static inline uint32_t node_arg(uint32_t node)
{
	return node & 0x1fffffff;
}
enum { PROGRAM_DEPTH = 64 };

/* Kinds of devices: bits say which facets nobody saw.  A set of kinds is as many bits. */
enum { KINDS = (MASK_SOFTWARE | MASK_OS) + 1, KIND_SETS = 1 << KINDS };
/* Which kinds of devices are exposed, unknown. */
struct kind_sets {
	uint8_t exposed, unknown;
};

struct program {
	uint32_t code, ncode; /* in world.code */
	uint32_t guard;	      /* leaf of all vulnerable criteria, to be AND-ed; NONE: implied */
	uint32_t other; /* leaf of the vulnerable criteria that are not about Windows, or NONE */
	bool windows;	/* some vulnerable criterion is about Windows */
	struct kind_sets alone; /* what it says where nothing of it is held */
};
/* What a set of vulnerabilities asks alike. */
struct class
{
	uint32_t program, nprograms; /* in world.programs */
	uint32_t verdict;	     /* leaf, or NONE */
	uint32_t single;	     /* leaf, when it is nothing but one OR; else NONE */
	/* Where no id of it is met only what was seen tells devices apart: the kinds of those then
	 * exposed, and unknown. */
	uint8_t plain_exposed, plain_unknown;
	uint8_t mask;	 /* of the single leaf */
	bool plain_told; /* the kinds are known: they do not depend on what is held */
};

/* ---- organisations ------------------------------------------------------------------ */

enum { WORD_DEVICES = 64 }; /* up to so many, every set of an organisation is one word */

struct devset {
	uint32_t n;
	const uint32_t *list; /* ascending, or */
	const uint64_t *words;
};
/* The devices of a set in an organisation of one word. */
static inline uint64_t set_word(const struct devset *d)
{
	uint64_t word = 0;

	if (d->words)
		return d->words[0];
	for (uint32_t i = 0; i < d->n; i++)
		word |= (uint64_t)1 << d->list[i];
	return word;
}
struct unit {
	const struct segment *segment;
	int64_t now_ms;	  /* as of when its evidence is judged */
	int64_t turns_ms; /* when the first of it that is fresh no longer is */
	uint32_t ndevices, nwords, nlocal;
	const uint32_t *ids; /* present, ascending */
	const struct devset *sets;
	const uint64_t *unseen[8]; /* by mask: devices for which a facet of it is not covered */
	uint32_t nunseen[8];
	uint32_t *raw_no, *os_no; /* meanings of its raws; of its devices' systems */
	uint32_t *state_no;	  /* patch state of each device */
	struct arena *arena;
};

struct criterion { /* of one match */
	uint32_t leaf;
	bool microsoft, windows; /* vendor; o:microsoft:windows* */
};

/* What parts stand on and share; freed with the last of them. */
struct grounds {
	_Atomic unsigned refs;
	const struct intel_image *image;
	struct intel_image *own_image; /* NULL: the caller's */
	struct intel_dictionary *dictionary;
	struct estate_resolver *resolver;
	struct catalogue *catalogue; /* of the image; NULL: of few vulnerabilities */
};
struct grounds *grounds_ref(struct grounds *g);
void grounds_unref(struct grounds *g);

/* Organisations looked at together; never changed once it is built. */
struct part {
	_Atomic unsigned refs;
	struct part *of;   /* asks other vulnerabilities of what that part holds; else NULL */
	struct part *like; /* of the same image, asked all of it; a reference; NULL: none */
	struct arena *arena, **kept; /* kept: texts of components, by the thread that made them */
	unsigned nkept;
	const struct intel_image *image;
	struct exposure_resolver resolver;
	int64_t now_ms;
	const struct segment **held; /* references to give back */
	size_t nheld;
	struct grounds *grounds; /* a reference; NULL: the caller's */

	struct component *components;
	uint32_t ncomponents;
	struct intern *group_keys; /* number = group */
	struct group *groups;
	uint32_t ngroups, nodd;
	uint32_t *odd;	/* groups whose part, vendor or product is no plain value */
	uint32_t *perm; /* ids of a group by version text, then by folded version */
	struct raw_name *names;
	uint32_t nnames, os_names; /* software names come first */
	struct intern *tokens;
	uint32_t *post_start, *post; /* token -> names */
	struct meaning *raws, *systems;
	uint32_t nsystems;
	uint32_t *meant; /* ids */
	struct patch_state *states;
	uint32_t nstates, name_id, state_id, nids; /* first ids of names, of states; all */
	struct windows *windows;

	struct leaf_table leaves;
	uint32_t nused;		    /* leaves of classes of several, which come first */
	struct criterion *criteria; /* by match */
	uint32_t *code;
	struct program *programs;
	struct class *classes;
	uint32_t nclasses;
	struct reach {
		uint32_t *start, *classes;	   /* id -> classes of one leaf that name it */
	} reach[2],				   /* as true, as maybe */
		leaf_reach;			   /* id -> leaves of classes of several; small.c */
	uint32_t *leaf_class_start, *leaf_classes; /* leaf -> the other classes that name it */
	uint32_t *vuln_class;			   /* NONE: not judged */
	bool *leaf_is_verdict;

	struct unit *orgs; /* by code */
	size_t norgs;
	/* id -> organisations, its place among the ids of each, its devices where a word holds them
	 */
	uint32_t *id_org_start, *id_orgs, *id_places;
	uint64_t *id_words;
	uint64_t *unseen_words[8]; /* by mask: of organisations of one word */
	uint32_t widest;	   /* words of the largest organisation */
};

/* ---- part.c ---- */
/* grounds: to share and refer to; NULL: it stands on parts alone.  like: a part on the same
 * grounds that was asked everything; NULL: there is none. */
struct part *part_of(const struct exposure_parts *parts, struct grounds *grounds,
		     struct part *like);
/* Asks the vulnerabilities of another image of what `of` holds.  NULL when that can't be told
 * without looking at devices again: a fix asks for an update or a file that no rule asked for, or a
 * name may stand for a product that nobody spoke of. */
struct part *part_asking(struct part *of, struct grounds *grounds);
struct part *part_ref(struct part *w);
void part_unref(struct part *w);
uint64_t part_bytes(const struct part *w);
/* ---- match.c ---- */
static inline bool attr_is_plain(const struct cpe_attr *a)
{
	return a->kind == CPE_VALUE && !a->wild;
}
enum tri attr_tri(const struct cpe_attr *criterion, const struct cpe_attr *component);
/* Part, vendor and product. */
enum tri group_tri(const struct cpe *criterion, const struct cpe *component);
/* Edition, language and the rest. */
enum tri tail_tri(const struct cpe *criterion, const struct cpe *component);
/* Where a component's version lies. */
enum place { PLACE_BEFORE, PLACE_IN, PLACE_BEYOND };
enum place range_place(const struct match *m, enum version_scheme scheme, struct str version);
struct comparison {
	enum tri value;
	bool beyond; /* FALSE only because the version lies beyond the end */
};
struct comparison component_compare(const struct match *m, const struct cpe *criterion,
				    const struct component *c, struct arena *scratch);
static inline bool match_has_range(const struct match *m)
{
	return m->start.n || m->end.n;
}

/* ---- spans.c ---- */
/* A draft as bytes, tidied; those bytes as a leaf; both at once. */
void leaf_draft_key(struct leaf_draft *d, struct text *key);
uint32_t leaf_put(struct leaf_table *t, struct str key);
uint32_t leaf_intern(struct leaf_table *t, struct leaf_draft *d);
/* ---- raws.c: raw names that could be a product ---- */
/* The words of a vendor or product as names have them, at most PRODUCT_WORDS, in arena. */
enum { PRODUCT_WORDS = 64 };
uint32_t attr_words(const struct cpe_attr *a, struct arena *arena, struct str **ret);
void names_index(struct part *w);
void names_candidates(const struct part *w, const struct cpe *criterion, struct arena *scratch,
		      struct span_list *out);
/* ---- products.c ---- */
/* Do names stand for what they stood for, now that w->image's vulnerabilities are as they are? */
bool names_settled(const struct part *w);
/* ---- components.c ---- */
void group_key(const struct cpe *cpe, struct text *key);
void components_build(struct part *w);
/* ---- windows.c, states.c ---- */
void windows_build(struct part *w);
bool windows_ask(struct part *w); /* the same over the states that w->of holds; false: it can't */
void windows_free(struct windows *x, bool borrowed);
void states_build(struct part *w);
void verdicts_build(struct part *w);
uint32_t windows_verdict(struct part *w, const struct vuln_row *v); /* leaf or NONE */
/* Any verdict but VERDICT_NO_LINE. */
int rule_judge(const struct rule *r, const struct patch_state *s);
/* ---- classes.c ---- */
/* Calls fn for each leaf of a class, perhaps more than once. */
void class_each_leaf(const struct part *w, const struct class *c,
		     void (*fn)(void *ctx, uint32_t leaf), void *ctx);
/* ---- orgs.c ---- */
void unit_begin(struct unit *o, const struct segment *s);
void orgs_build(struct part *w);
/* The ids of one device and what it holds, sorted, in arena; returns how many. */
struct one_device {
	const struct unit *o;
	uint32_t device;
	struct device_raws raws;
};
uint32_t device_ids(const struct part *w, const struct one_device *of, struct arena *arena,
		    uint32_t **ret);
/* ---- reach.c ---- */
void reach_build(struct part *w);
void leaf_reach_build(struct part *w);
/* ---- order.c ---- */
void questions_order(struct part *w);
void verdicts_mark(struct part *w);
/* ---- eval.c ---- */
struct sets { /* words of one organisation */
	uint64_t *t, *u, *x;
};
struct scratch;
struct scratch *scratch_open(uint32_t words) MUST_CHECK;
void scratch_close(struct scratch *s);
DEFINE_CLOSEP(struct scratch, scratch_close)
/* Exposed, unknown, fixed devices; valid until the next call. */
struct sets class_eval(const struct part *w, const struct unit *o, uint32_t class,
		       struct scratch *s);

#endif
