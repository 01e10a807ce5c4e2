#ifndef EXPOSURE_WINDOWS_H
#define EXPOSURE_WINDOWS_H

/* Rules and patch states: what windows.c, states.c and why.c share. */

#include "exposure/inner.h"

struct line_info {
	const struct windows_line *line;
	const struct history *history;
	uint32_t next; /* the line after its next service pack, or NONE */
	bool has_revisions, present;
};
struct kb_list {
	uint32_t *v;
	size_t n, cap;
};
static inline void kb_list_freep(struct kb_list *l)
{
	free(l->v);
}

struct windows {
	struct line_info *lines;
	uint32_t nlines;
	struct edge *by_older; /* of lines present, without those of security-only updates */
	uint32_t nedges;
	bool shared; /* edges and rules are those of the part that this one is like */
	struct intern *rule_keys, *set_keys;
	VEC_OF(struct rule) rules;
	VEC_OF(uint32_t) of_vuln;  /* rule numbers, from first[vuln] */
	VEC_OF(uint32_t) set_leaf; /* verdict of each distinct list of rules */
	uint32_t *first;
	struct map *wanted;		      /* line << 32 | kb: some rule asks for it */
	struct leaf *verdicts;		      /* by rule: spans over patch states */
	struct span *line_states, *uncovered; /* by line; then LINE_OTHER, LINE_UNTOLD */
	struct text key;
};

/* Edges whose older end is kb begin here and go on while superseding(). */
uint32_t superseding_first(const struct windows *x, uint32_t line, uint32_t kb);
bool superseding(const struct windows *x, uint32_t at, uint32_t line, uint32_t kb);
bool kb_is_security_only(const struct line_info *l, uint32_t kb);
const struct rollup *kb_rollup(const struct line_info *l, uint32_t kb);
bool rule_denies(const struct rule *r, uint32_t kb);
/* The rule of a vulnerability for a line, unread (rows only); returns the line whose rows speak, or
 * NONE when the vendor doesn't speak of it. */
uint32_t windows_rule_of(const struct part *w, const struct vuln_row *v, uint32_t line,
			 struct rule *ret);
/* The highest rollup that a KB stands for on the line, itself or by supersedence; 0: none. */
uint32_t kb_level(const struct part *w, uint32_t line, uint32_t kb, uint32_t *ret_rollup_kb);
/* Is it this file, within the branch?  Then *ret_fixed: at or past the threshold. */
bool file_says(const struct fix *f, struct str name, struct str version, bool *ret_fixed);
/* Does the revision say anything?  Then *ret_fixed. */
bool build_says(const struct fix *f, uint32_t build, uint32_t revision, bool *ret_fixed);

#endif
