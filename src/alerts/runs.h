#ifndef ALERTS_RUNS_H
#define ALERTS_RUNS_H

/*
 * The rows of alerts_cover and alerts_evidence of one organisation, and the runs of evidence that
 * they make as of a moment: those that had begun, with the counts that they had then.
 */

#include "alerts/inner.h"
#include "base/mem.h"

struct run_row {
	struct evidence_run run; /* as of its newest inventory */
	int64_t ends_ms;	 /* when a later one showed something else; 0: it still stands */
	struct str course;
};
struct run_rows {
	const struct run_row *covers, *pieces; /* by from_ms; pieces: of alerts_evidence */
	size_t ncovers, npieces;
	bool all_classes; /* else covers only tell when there were inventories */
};
/* As runs_each(), but rows; they live until fn returns. */
struct rows_sink {
	enum run_detail detail;
	bool (*fn)(void *ctx, struct str org, const struct run_rows *rows, struct err *err);
	void *ctx;
};
MUST_CHECK bool rows_each(const struct alerts_view *view, const struct runs_query *query,
			  const struct rows_sink *sink, struct err *err);

struct run_maker {
	struct arena *arena; /* of lists of devices, where there are any */
	VEC_OF(struct run_row) covers, pieces;
	VEC_OF(struct evidence_run) runs;
};
void run_maker_release(struct run_maker *m);
/* *ret lives in m until the next call.  ERR_CORRUPT. */
MUST_CHECK bool runs_at(struct run_maker *m, const struct run_rows *rows, int64_t at_ms,
			struct evidence_runs *ret, struct err *err);

#endif
