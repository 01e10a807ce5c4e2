#ifndef CLI_SYNTH_H
#define CLI_SYNTH_H

/*
 * Inner door: an invented nation and its inventories (doc/synth.md).  Everything is a function of
 * seed, date, number and the intelligence in the store: chance comes from a stream for each
 * organisation, device and standard build, so that neither order nor threads show.
 */

#include "base/arena.h"
#include "base/rng.h"
#include "base/text.h"
#include "intel/intel.h"
#include "names/names.h"

/* --- software ------------------------------------------------------------------- */

/* synth_out_by() reads the moment of both: it comes first. */
struct synth_version {
	int64_t since_ms; /* it, or a later one, was written of by then */
	struct str text;
};

/* How its installer writes its name. */
enum synth_spelling {
	SYNTH_PLAIN,	     /* "Wireshark" */
	SYNTH_WITH_VERSION,  /* "Wireshark 3.4.5" */
	SYNTH_VERSION_ARCH,  /* "Wireshark 3.4.5 (x64)" */
	SYNTH_ARCH_LANGUAGE, /* "Wireshark (x64 en-GB)" */
	SYNTH_BITS,	     /* "Wireshark (64-bit)" */
	SYNTH_SPELLINGS
};

struct synth_product {
	struct str cpe; /* "cpe:2.3:a:vendor:product"; empty: nobody's dictionary has it */
	struct str publisher, name;	      /* as agents state it; empty: they state cpe */
	const struct synth_version *versions; /* ascending */
	uint32_t n, mentions;
	uint8_t spelling;
	bool of_servers;
};

struct synth_products {
	struct synth_product *v;
	size_t n, known; /* the first so many are of the intelligence, by popularity */
	uint32_t *often; /* SYNTH_OFTEN numbers, each as often as it is popular */
};
enum { SYNTH_OFTEN = 1 << 18 };

/* Products of image that had a version at the moment; never none, as some are made up. */
void synth_products_read(const struct intel_image *image, int64_t as_of_ms, struct arena *arena,
			 struct synth_products *ret);
/* For a server, or for another device, where hardly anything is that servers are for. */
uint32_t synth_product_draw(const struct synth_products *p, bool server, struct rng *rng);
/* The newest at that moment, else the oldest. */
struct str synth_version_at(const struct synth_product *p, int64_t ms);

/* --- systems --------------------------------------------------------------------- */

struct synth_level {
	int64_t since_ms;
	uint32_t kb, revision;
};

enum synth_group { GROUP_XP, GROUP_7, GROUP_OLD_10, GROUP_CURRENT, GROUPS };

struct synth_line {
	const char *os;
	struct str version; /* without the revision of a Windows 10 */
	uint32_t build;	    /* of a Windows 10; else 0 */
	int64_t release_ms, end_ms;
	const struct synth_level *levels; /* by order */
	size_t nlevels;
	double share; /* of its kind, at the moment; 0: not in use */
	bool ended;   /* no support at the moment */
	enum synth_group group;
};

enum { SYNTH_LINES_MAX = 40 };
struct synth_lines {
	struct synth_line v[SYNTH_LINES_MAX];
	size_t clients, servers, medical; /* how many, in this order */
};

enum { SYNTH_MEDICAL_WINDOWS = 35 }; /* of 100 medical devices; the others have a maker's own */
#define SYNTH_FROM "2015-12-01"	     /* where the calibration begins */

void synth_lines_read(const struct intel_image *image, int64_t as_of_ms, struct arena *arena,
		      struct synth_lines *ret);
/* Share of the nation's Windows workstations that runs the group at the moment: the calibration. */
double synth_share(enum synth_group group, int64_t as_of_ms);
/* Of the nation's servers, the share of the line that is number no of those listed. */
double synth_server_share(unsigned no, int64_t as_of_ms);
/* How far one organisation is from that: 1 on average, as trusts of 2022 differ. */
double synth_spread(struct rng *rng);
/* "2017-05-12", as a table has it. */
int64_t synth_day_ms(const char *day);
/* How many of n versions or levels of that size, ascending by moment, were out by then. */
size_t synth_out_by(const void *dated, size_t n, size_t size, int64_t ms);
/* How many of its levels were out by then. */
size_t synth_level_at(const struct synth_line *line, int64_t ms);
/* Which of the medical lines a device got that was delivered then. */
size_t synth_medical_line(const struct synth_lines *l, int64_t delivered_ms);

/* Log-normal; exp of a sum of twelve uniforms. */
double synth_lognormal(struct rng *rng, double median, double sigma);

/* --- organisations ---------------------------------------------------------------- */

enum synth_kind {
	KIND_REGION,
	KIND_AREA, /* icb, sub-ICB, network: has no devices */
	KIND_TRUST,
	KIND_PRACTICE,
	KIND_PHARMACY,
	KIND_SUPPLIER,
	KIND_OTHER,
	KINDS
};
extern const char *const synth_roles[KINDS];

enum synth_class {
	SYNTH_WORKSTATION,
	SYNTH_SERVER,
	SYNTH_MEDICAL,
	SYNTH_NETWORK,
	SYNTH_MOBILE,
	SYNTH_CLASSES
};
extern const char *const synth_classes[SYNTH_CLASSES];

struct synth_tally {
	uint64_t devices[SYNTH_CLASSES], ended[SYNTH_CLASSES], group[GROUPS];
	uint64_t windows, late, unseen, rows, bytes;
};

struct synth_org {
	struct str code, name, role, parent, region, supplier; /* all invented; may be empty */
	enum synth_kind kind;
	uint32_t devices, patients, staff, beds;
	uint32_t count[SYNTH_CLASSES];
	bool missing; /* sends nothing */
	int64_t taken_ms;
	double weight, lag_days, old[GROUPS]; /* probability of each old group */
	struct synth_tally made;
};

struct synth_nation {
	int64_t as_of_ms;
	uint64_t seed, devices, components;
	const char *out; /* the folder for files */
	struct arena *arena;
	struct synth_products products;
	struct synth_lines lines;
	struct synth_org *orgs;
	size_t norgs;
};

/* Organisations and their sizes, invented, or after those of a file (bytes not empty). */
MUST_CHECK bool synth_orgs_make(struct synth_nation *s, struct str bytes, struct err *err);
/* What org import reads: organisations, then relationships. */
void synth_orgs_text(const struct synth_nation *s, struct text *orgs, struct text *ties);

/* One list of an organisation: the name and the bytes of its file. */
struct synth_list {
	char name[32];
	struct str bytes; /* its p is freed by whoever has the list */
};
struct synth_lists {
	struct synth_list *v;
	size_t n, cap;
};
/*
 * The inventories of the organisation with that number, at the end of lists or, where that is NULL,
 * into the folder; fills its made.
 */
MUST_CHECK bool synth_inventories_make(const struct synth_nation *s, uint32_t number,
				       struct synth_lists *lists, struct err *err);

/* All of it, as files into the folder, or by acts into the store that is open: whole or not at
 * all.  ERR_EXISTS when organisations are in the store that nobody invented. */
struct acts;
MUST_CHECK bool synth_write(struct synth_nation *s, struct err *err);
MUST_CHECK bool synth_into(struct synth_nation *s, struct acts *a, struct err *err);

#endif
