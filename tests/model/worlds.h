#ifndef TESTS_MODEL_WORLDS_H
#define TESTS_MODEL_WORLDS_H

/* Small estates and images put together by hand or by chance, all in one arena. */

#include "base/mem.h"
#include "base/rng.h"
#include "exposure/exposure.h"

#define MADE_NOW_MS ((int64_t)1494489600000) /* 2017-05-11T08:00Z */

/* One organisation under construction; devices in the order of their ids. */
struct maker {
	struct arena *arena;
	struct text strings;
	VEC_OF(struct estate_device) devices;
	VEC_OF(struct estate_raw) raws;
	VEC_OF(uint64_t) pairs; /* raw << 32 | device */
	VEC_OF(uint64_t) kbs;	/* device << 32 | kb */
	VEC_OF(struct estate_file) files;
};
/* A new device, seen by an agent now in every facet; returned until the next one is added. */
struct estate_device *make_device(struct maker *m, const char *id);
struct seg_str make_str(struct maker *m, struct str s);
/* The last device runs this Windows. */
void make_windows(struct maker *m, struct windows_version v);
void make_cpe(struct maker *m, const char *cpe); /* the last device holds it */
void make_raw(struct maker *m, const char *publisher, const char *name); /* no rule knows it */
void make_kb(struct maker *m, uint32_t kb);
void make_file(struct maker *m, const char *name, const char *version);
/* The segment; m is released. */
const struct segment *make_segment(struct maker *m, const char *org);

/* An image under construction. */
struct drawing {
	struct arena *arena;
	VEC_OF(struct vuln_row) vulns;
	VEC_OF(struct config_step) steps;
	VEC_OF(struct match) matches;
	VEC_OF(struct fix) fixes;
	VEC_OF(struct history) histories;
	VEC_OF(struct edge) edges;
};
/* A new vulnerability; steps and fixes that follow are its own. */
void draw_vuln(struct drawing *d, const char *cve);
/* A criterion: cpe, and ends written "[1.0", "(1.0" and "2.0)", "2.0]", or NULL. */
void draw_match(struct drawing *d, bool vulnerable, const char *cpe, const char *start,
		const char *end);
void draw_op(struct drawing *d, enum config_op op, uint32_t n);
void draw_fix(struct drawing *d, struct fix f);
/* Everything of h is copied. */
void draw_history(struct drawing *d, struct history h);
void draw_edge(struct drawing *d, uint16_t line, uint32_t newer, uint32_t older);
/* The image; d is released. */
const struct intel_image *draw_image(struct drawing *d);
uint16_t line_no(const char *name);

#endif
