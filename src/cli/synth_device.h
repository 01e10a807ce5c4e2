#ifndef CLI_SYNTH_DEVICE_H
#define CLI_SYNTH_DEVICE_H

/*
 * Inner door: what the making of one organisation's devices keeps in hand.
 */

#include "cli/synth.h"

#define SYNTH_STREAM_DEVICE ((uint64_t)1 << 60)
#define SYNTH_STREAM_BUILD ((uint64_t)1 << 59)
#define SYNTH_STREAM_POOL ((uint64_t)1 << 58)
#define SYNTH_STREAM_HABITS ((uint64_t)1 << 57)

enum { SYNTH_BUILDS = 3 /* of each system in an organisation */ };

/* A list that is written in pieces. */
struct synth_sink {
	int fd;
	bool open, ok, memory;
	char *buf;
	size_t n, cap;
	uint64_t written;
	const char *path;
	struct err err;
};
MUST_CHECK bool synth_sink_open(struct synth_sink *k, const char *path, struct err *err);
/* Where n bytes may be written; then k->n += what was. */
char *synth_sink_room(struct synth_sink *k, size_t n);
MUST_CHECK bool synth_sink_close(struct synth_sink *k, struct err *err);
/* In memory instead: begin, then take what was written; the caller frees its p. */
void synth_sink_begin(struct synth_sink *k);
struct str synth_sink_take(struct synth_sink *k);
void synth_sink_drop(struct synth_sink *k);

struct tails { /* rows after the device's id; older: as they were a year before */
	struct str *now, *older;
	size_t n;
};

struct synth_device {
	enum synth_class class;
	bool windows;
	size_t line; /* of the nation's lines; without Windows the first: its build */
	uint32_t made_year;
};

struct list_said {
	const char *source, *kind, *scope, *sees;
	int64_t taken_ms;
};

struct maker {
	const struct synth_nation *nation;
	struct synth_org *org;
	uint32_t number;
	struct arena *arena;
	struct synth_lists *lists; /* NULL: files */
	struct synth_sink sink;
	struct text row;
	char id[24];
	size_t id_n;
	bool late, medical; /* the list that is written */
	bool scans;	    /* its agent states CPE names */
	uint8_t *used;	    /* products of the list that is drawn */
	struct tails pool, builds[SYNTH_LINES_MAX][SYNTH_BUILDS];
	double taste[SYNTH_LINES_MAX]; /* how this organisation likes each line */
};

/* What it likes, drawn once. */
void synth_habits_draw(struct maker *m);
/* What it offers beside its standard builds, drawn once. */
void synth_pool_draw(struct maker *m);
/* So long ago that something of it was last brought up to date; times as long as usual. */
int64_t synth_lag_ms(const struct maker *m, struct rng *rng, double times);
/* The rows of a device's software. */
void synth_software_out(struct maker *m, const struct synth_device *d, struct rng *rng);
/* Which system a device has. */
void synth_device_draw(struct maker *m, struct synth_device *d, struct rng *rng);
/* Cells type, segment, service; and from os to updates where it is no Windows. */
void synth_place_out(struct maker *m, const struct synth_device *d, struct rng *rng);
void synth_other_system_out(struct maker *m, const struct synth_device *d, struct rng *rng);

#endif
