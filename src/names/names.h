#ifndef NAMES_NAMES_H
#define NAMES_NAMES_H

/*
 * What things are called and how versions order: CPE names (NISTIR 7695 and
 * 7696), package URLs, version schemes, Windows lines, KB numbers, and the raw
 * names that inventories send.  Promises: every function is safe on hostile
 * bytes, linear in what it reads, and the same for the same input.  Never does
 * I/O, never keeps state; memory comes only from the arena passed in, and where
 * no arena is passed nothing is allocated.  Results may point into the input.
 */

#include "base/arena.h"
#include "base/text.h"

/* ---- CPE ------------------------------------------------------------------ */

enum cpe_kind { CPE_ANY, CPE_NA, CPE_VALUE };

/*
 * One attribute.  For CPE_VALUE the text is lower case and every byte stands
 * for itself, except: a bare '*' or '?' is a wildcard (only at the ends), and
 * a literal '*', '?' or '\' has a '\' before it.  wild says whether a wildcard
 * is in it, so that plain values compare as bytes.
 */
struct cpe_attr {
	enum cpe_kind kind;
	bool wild;
	struct str text;
};

enum cpe_attr_no {
	CPE_PART,
	CPE_VENDOR,
	CPE_PRODUCT,
	CPE_VERSION,
	CPE_UPDATE,
	CPE_EDITION,
	CPE_LANGUAGE,
	CPE_SW_EDITION,
	CPE_TARGET_SW,
	CPE_TARGET_HW,
	CPE_OTHER,
	CPE_ATTRS
};

struct cpe {
	struct cpe_attr attr[CPE_ATTRS];
};

enum { CPE_MAX_BYTES = 8192 }; /* longer names are refused with ERR_LIMIT */

/* "part", "vendor"... as a well-formed name spells them. */
const char *cpe_attr_name(enum cpe_attr_no no);

/* Read a 2.3 formatted string, a 2.2 URI or a "wfn:[...]", told apart by how s begins.
 * Texts are in arena or in s.  Fails with ERR_INVALID naming the attribute. */
MUST_CHECK bool cpe_parse(struct arena *arena, struct str s, struct cpe *ret, struct err *err);
/* The same, one binding only (NISTIR 7695, 6.2.3, 6.1.3, 5.4). */
MUST_CHECK bool cpe_parse_23(struct arena *arena, struct str s, struct cpe *ret, struct err *err);
MUST_CHECK bool cpe_parse_22(struct arena *arena, struct str s, struct cpe *ret, struct err *err);
MUST_CHECK bool cpe_parse_wfn(struct arena *arena, struct str s, struct cpe *ret, struct err *err);

/* Append the binding.  cpe_parse of what was appended gives an equal name (a value that is
 * nothing but '?' can be written, but a 2.3 reader refuses it, as the standard does). */
void cpe_format_23(const struct cpe *cpe, struct text *out);
void cpe_format_22(const struct cpe *cpe, struct text *out);
void cpe_format_wfn(const struct cpe *cpe, struct text *out);

/* A value that stands for raw bytes literally: folded to lower case, blanks to '_', specials
 * quoted.  Empty gives ANY, "-" gives NA. */
struct cpe_attr cpe_attr_of(struct arena *arena, struct str raw);
/* Append the literal characters of a value (quoting off); ANY as "*", NA as "-". */
void cpe_attr_plain(const struct cpe_attr *attr, struct text *out);
bool cpe_attr_eq(const struct cpe_attr *a, const struct cpe_attr *b);

enum cpe_relation {
	CPE_DISJOINT,
	CPE_EQUAL,
	CPE_SUBSET,
	CPE_SUPERSET,
	CPE_UNDEFINED,
	CPE_NONE /* of names only: some attributes are wider and some narrower */
};

const char *cpe_relation_name(enum cpe_relation relation);
/* NISTIR 7696 table 6-2. */
enum cpe_relation cpe_compare_attr(const struct cpe_attr *source, const struct cpe_attr *target);
/* NISTIR 7696 table 6-4: disjoint if any attribute is, else undefined if any is, else equal,
 * subset, superset or none.  each, unless NULL, takes the eleven attribute relations. */
enum cpe_relation cpe_compare_names(const struct cpe *source, const struct cpe *target,
				    enum cpe_relation each[CPE_ATTRS]);

bool cpe_wild_matches(struct str pattern, struct str text);
/* Is the component's attribute within the criterion's (equal or subset)?  The engine's fast path.
 */
static inline bool cpe_attr_matches(const struct cpe_attr *criterion,
				    const struct cpe_attr *component)
{
	if (criterion->kind == CPE_ANY)
		return !component->wild;
	if (criterion->kind != component->kind || component->wild)
		return false;
	if (criterion->kind == CPE_NA)
		return true;
	if (criterion->wild)
		return cpe_wild_matches(criterion->text, component->text);
	return str_eq(criterion->text, component->text);
}

/* ---- versions ------------------------------------------------------------- */

enum version_scheme {
	VERSION_GENERIC, /* libversion-like; the default */
	VERSION_PATCHED, /* generic, where p is a patch: 8.5 < 8.5p1 < 8.6 */
	VERSION_DPKG,
	VERSION_RPM,
	VERSION_SEMVER,
	VERSION_MAVEN,
	VERSION_APK,
	VERSION_ALPM,
	VERSION_GENTOO,
	VERSION_NUGET,
	VERSION_OPENSSL,
	VERSION_PYPI,
	VERSION_GEM,
	VERSION_SCHEMES
};

/* -1, 0 or 1.  A total order over all byte strings: what a scheme cannot read falls to the
 * generic order behind everything it can.  Linear in the lengths; never allocates. */
int version_compare(enum version_scheme scheme, struct str a, struct str b);
/* False for a name we don't know; "deb", "npm" and the like are other names of a scheme. */
MUST_CHECK bool version_scheme_by_name(struct str name, enum version_scheme *ret);
const char *version_scheme_name(enum version_scheme scheme);

/* Readings of one side of a generic comparison. */
enum version_flag {
	VERSION_P_IS_PATCH = 1,	  /* 1.0p1 comes after 1.0 */
	VERSION_ANY_IS_PATCH = 2, /* so does any word */
	VERSION_LOWER_BOUND = 4,  /* stands before everything that begins with it */
	VERSION_UPPER_BOUND = 8,  /* stands behind everything that begins with it */
};
int version_compare_flags(struct str a, unsigned a_flags, struct str b, unsigned b_flags);
/* Append bytes whose memcmp order (shorter first on a tie) is the GENERIC order. */
void version_key(struct str version, struct text *out);

/* CPE version and update as one version: 8.5 + p1 = 8.5p1, 1.8.0 + update351 = 1.8.0_351,
 * 2.0 + rc1 = 2.0-rc1.  ANY and NA updates add nothing. */
struct str version_with_update(struct arena *arena, struct str version, struct str update);
/* The scheme of a CPE product; GENERIC unless the table knows better. */
enum version_scheme version_scheme_of_product(struct str vendor, struct str product);

/* ---- package URLs --------------------------------------------------------- */

struct purl_qualifier {
	struct str key, value;
};

struct purl {
	struct str type, space, name, version, subpath; /* decoded; space may hold '/' */
	const struct purl_qualifier *qualifiers;	/* sorted by key */
	size_t n_qualifiers;
};

enum { PURL_MAX_BYTES = 8192, PURL_MAX_QUALIFIERS = 64 };

MUST_CHECK bool purl_parse(struct arena *arena, struct str s, struct purl *ret, struct err *err);
/* Append the canonical spelling. */
void purl_format(const struct purl *purl, struct text *out);
/* Empty when there is no such qualifier. */
struct str purl_qualifier_of(const struct purl *purl, struct str key);
enum version_scheme purl_scheme(const struct purl *purl);
/* The version as its scheme compares it: a deb's or rpm's epoch qualifier put in front. */
struct str purl_full_version(struct arena *arena, const struct purl *purl);

/* ---- Windows -------------------------------------------------------------- */

enum windows_arch {
	WINDOWS_ARCH_ANY,
	WINDOWS_X86,
	WINDOWS_X64,
	WINDOWS_ARM,
	WINDOWS_ARM64,
	WINDOWS_IA64
};

enum windows_order {
	WINDOWS_BY_KB,	 /* the build never changes with patches: 8.1, 2012 R2 and before */
	WINDOWS_BY_BUILD /* build.revision is a total order: 10, 2016 and after */
};

/* One NVD spelling of a line: "windows_10" with version "1607".  "-" is NA, a NULL version is the
 * build, a NULL update NA. */
struct windows_cpe {
	const char *product, *version, *update;
};

/*
 * A product line that shares one history of cumulative updates.  Static rows,
 * compared by pointer.  Client and server of one kernel are two lines with one
 * history key.
 */
struct windows_line {
	const char *name;    /* "7sp1", "2008r2sp1", "10-14393", "2016" */
	const char *title;   /* "Windows 7 Service Pack 1" */
	const char *family;  /* "7", "2008r2", "10", "server": what captions name */
	const char *label;   /* "1607", "22h2", or NULL where service packs tell lines apart */
	const char *history; /* key of the update history: "6.1sp1", "10.0.14393" */
	const char *release,
		*build_or_sp; /* the first row set it has in update histories, or NULL */
	const char *next;     /* the line after its next service pack: "7" -> "7sp1" */
	uint32_t major, minor, build, sp;
	bool server;
	enum windows_order order;
	const struct windows_cpe *cpes; /* NVD's spellings */
	size_t n_cpes;
};

struct windows_version {
	uint32_t major, minor, build, revision, sp; /* revision 0 = not said */
	bool server;
	enum windows_arch arch;
};

size_t windows_line_count(void);
const struct windows_line *windows_line_at(size_t i);
/* By name; NULL when unknown. */
const struct windows_line *windows_line_by_name(struct str name);
/* The line of what a machine says of itself, NULL when we know none.  The caption has no say. */
const struct windows_line *windows_line_of(const struct windows_version *version);
/* The line of a row of an update history: ("Windows 7", "SP1"), ("Windows 10", "14393").  NULL
 * when we know none.  The rows of a history hold for every line with the same history key. */
const struct windows_line *windows_line_of_history(struct str release, struct str build_or_sp);

struct windows_named {
	const struct windows_line *line; /* NULL: Windows, but no line we know */
	enum windows_arch arch;
	bool exact;		/* the text itself fixes the line ("Version 1607", "Service Pack 1",
				   "for x64-based Systems"); false for bare captions such as "Windows 10 Pro" */
	bool core;		/* "(Server Core installation)" */
	struct str application; /* not empty: an application on that line, not the system itself */
};

/* What a product name of MSRC or a system's caption says.  False when Windows is not named. */
MUST_CHECK bool windows_line_of_caption(struct str caption, struct windows_named *ret);
/* "10.0.17763.1637", "6.1.7601 Service Pack 1 Build 7601", "6.1.7601"; server, arch and what is
 * not in it stay as they are in *ret. */
MUST_CHECK bool windows_version_parse(struct str s, struct windows_version *ret);

enum { WINDOWS_MAX_CPES = 8 };
/* The o: names that a device on the line has, as NVD spells them; build, "10.0.14393.953", may be
 * empty.  Texts are static or point into build, but for a copy in arena.  Returns how many. */
size_t windows_line_cpes(struct arena *arena, const struct windows_line *line,
			 enum windows_arch arch, struct str build,
			 struct cpe ret[WINDOWS_MAX_CPES]);

/* "KB4012212", "4012212", "kb4012212-v2" -> 4012212. */
MUST_CHECK bool kb_parse(struct str s, uint32_t *ret);

/* ---- raw names of inventories --------------------------------------------- */

/* Lower-case words of a name without version numbers, architecture and language tags.
 * *ret is in arena; at most 64. */
size_t name_tokens(struct arena *arena, struct str name, struct str **ret);
/* "publisher|name", folded, legal forms and versions, architecture and language stripped: the
 * exact key of the name map. */
struct str name_normal_key(struct arena *arena, struct str publisher, struct str name,
			   struct str version);

struct name_version {
	struct str version, update; /* update empty when there is none */
};

/* The version to believe: ("Java 8 Update 351 (64-bit)", "8.0.3510.10") gives 1.8.0 / update351;
 * a version only in the name is taken from there; else version as it came. */
struct name_version name_version_from(struct arena *arena, struct str name, struct str version);

#endif
