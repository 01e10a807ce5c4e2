#ifndef TESTS_MODEL_TWIN_INNER_H
#define TESTS_MODEL_TWIN_INNER_H

/* What the twin's files share: a device as it is judged. */

#include "twin.h"

#include "base/bits.h"
#include "base/mem.h"
#include "base/table.h"

enum kleene { F, U, T };

enum { HELD_MOST = 2048, NAMES_MOST = 1024, BUCKETS = 256, NOWHERE = 0xffff };

struct held {
	struct cpe cpe;
	enum version_scheme scheme;
	uint16_t next; /* of its bucket */
	bool release;  /* its version is the name of a Windows release */
};
struct unknown_name {
	struct str *tokens;
	size_t n;
	uint64_t words; /* a bit for each, by its hash */
	bool os;
};
struct asked { /* a criterion, read */
	bool readable, microsoft, windows;
	bool o, ah; /* is it about systems, about the rest? */
	struct wording {
		struct str *v;
		size_t n;
		uint64_t bits; /* by hash */
		bool open;     /* no plain value */
	} vendor, product;
	struct cpe cpe;
};
struct twin {
	const struct exposure_parts *parts;
	struct arena *arena;
	const struct vuln_row *const *vulns;
	size_t n;
	struct asked **asked; /* by match; NULL: of none of the vulnerabilities */
};
struct machine;
struct twin_hand {
	const struct twin *twin;
	struct arena *kept;
	struct intern *reach_keys, *word_keys;
	VEC_OF(struct reached {
		uint32_t *v;
		size_t n;
	})
	reached;
	VEC_OF(uint8_t *) words; /* by vulnerability */
	struct machine *m;
};

struct machine {
	const struct exposure_parts *parts;
	struct twin_hand *hand;		   /* NULL: nothing is kept */
	const struct inventory *inventory; /* NULL: software is looked up here */
	struct arena *scratch;		   /* of one vulnerability */
	struct asked one;
	uint16_t bucket[BUCKETS], open; /* of held: by product; those that are no plain value */
	uint32_t level;
	bool level_known;
	const struct segment *s;
	uint32_t no;
	const struct estate_device *d;
	struct arena *arena;
	struct held held[HELD_MOST];
	size_t nheld;
	struct unknown_name names[NAMES_MOST];
	size_t nnames;
	const struct windows_line *line;
	bool windows, software_seen, os_seen, os_fresh, updates_told, updates_fresh;
};

struct value {
	enum kleene v;
	bool fixed; /* false, and marked: beyond the end of a range */
};

/* What the raws of a segment are, once, and which device holds which. */
struct inventory {
	struct raw_is {
		struct held *held;
		struct unknown_name *names;
		size_t nheld, nnames;
	} * raws;
	uint32_t *start, *list; /* device -> raws */
};

/* The vendor on one device. */
enum word { SILENT, SAYS_EXPOSED, SAYS_FIXED, SAYS_CLEAR, SAYS_UNKNOWN, SAYS_UNKNOWN_LINE };

/* ---- twin.c ---- */
void machine_clear(struct machine *m);
void machine_read(struct machine *m);
void raw_read(struct machine *m, uint32_t no);
void asked_read(const struct match *match, struct arena *arena, struct asked *ret);
int judge(struct machine *m, const struct vuln_row *v, enum word word);
bool nobody_judges(const struct exposure_parts *parts, const struct vuln_row *v);
/* ---- twin_vendor.c ---- */
bool speaks(const struct exposure_parts *p, const struct vuln_row *v, const char *line);
enum word vendor_word_find(struct machine *m, const struct vuln_row *v);

#endif
