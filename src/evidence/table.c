#include "evidence/evidence.h"

/*
 * Each cell is what obligation_judge() says of a made-up organisation: asked on one day, its claim
 * the next, an inventory of two devices the day after.
 */

enum column { CLEAR_COLUMN, EXPOSED_COLUMN, NEITHER_COLUMN, COLUMNS };

static const struct row {
	const char *claims;
	enum claim_kind kinds[3];
	size_t n;
} rows[] = {
	{"none", {0}, 0},
	{"acknowledged, in progress, blocked",
	 {CLAIM_ACKNOWLEDGED, CLAIM_IN_PROGRESS, CLAIM_BLOCKED},
	 3},
	{"not applicable", {CLAIM_NOT_APPLICABLE}, 1},
	{"fixed", {CLAIM_FIXED}, 1},
	{"mitigated / excepted, approved, until T", {CLAIM_MITIGATED, CLAIM_EXCEPTED}, 2},
	{"attested (organisation that can send no inventory), until T", {CLAIM_ATTESTED}, 1},
};

static struct obligation_verdict judge_cell(const enum claim_kind *kind, enum column column)
{
	const struct evidence_device devices[] = {{STR("A"), STR("1"), 3 * MS_PER_DAY},
						  {STR("A"), STR("2"), 3 * MS_PER_DAY}};
	const struct evidence_run run = {.from_ms = 3 * MS_PER_DAY,
					 .last_ms = 3 * MS_PER_DAY,
					 .known_ms = 3 * MS_PER_DAY,
					 .covers_until_ms = 10 * MS_PER_DAY,
					 .exposed = column == EXPOSED_COLUMN ? 2 : 0,
					 .oldest_ms = 3 * MS_PER_DAY,
					 .newest_ms = 3 * MS_PER_DAY,
					 .v = devices};
	const struct claim claim = {.kind = kind ? *kind : CLAIM_ACKNOWLEDGED,
				    .at_ms = 2 * MS_PER_DAY,
				    .org = STR("A"),
				    .until_ms = 20 * MS_PER_DAY,
				    .decided_ms = 2 * MS_PER_DAY,
				    .approved = true};
	const struct calendar calendar = {0};
	const struct obligation_facts facts = {.org = STR("A"),
					       .start_ms = MS_PER_DAY,
					       .now_ms = 4 * MS_PER_DAY,
					       .clock = {.elapsed = true},
					       .calendar = &calendar,
					       .claims = &claim,
					       .nclaims = kind ? 1 : 0,
					       .runs = {&run, column == NEITHER_COLUMN ? 0 : 1},
					       .evidencable = true,
					       .has_inventory = column != NEITHER_COLUMN,
					       .reached = true};
	struct obligation_verdict verdict;

	obligation_judge(&facts, &verdict);
	return verdict;
}

/* What is said beside the state's own words. */
static const char *beside(const struct obligation_verdict *v, enum column column)
{
	if (v->differs)
		return " (n devices, listed)";
	if (v->state == OBLIGATION_CLEAR)
		return " (closes)";
	if (v->state == OBLIGATION_ATTESTED)
		return " until T, counted apart";
	if (v->until_ms)
		return column == NEITHER_COLUMN ? " until T, counted apart; unknown"
						: " until T, counted apart";
	return "";
}

static void make_cell(const struct row *row, enum column column, struct text *out)
{
	struct obligation_verdict v = judge_cell(row->n ? row->kinds : NULL, column);
	enum obligation_state last = v.state;

	text_add_c(out, obligation_state_words(v.state));
	for (size_t i = 1; i < row->n; i++) {
		v = judge_cell(&row->kinds[i], column);
		if (v.state != last)
			text_addf(out, " / %s", obligation_state_words(v.state));
		last = v.state;
	}
	text_add_c(out, beside(&v, column));
}

void evidence_table_each(evidence_table_fn *fn, void *ctx)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(text_freep) struct text clear = {0};
		AUTO(text_freep) struct text exposed = {0};
		AUTO(text_freep) struct text neither = {0};

		make_cell(&rows[i], CLEAR_COLUMN, &clear);
		make_cell(&rows[i], EXPOSED_COLUMN, &exposed);
		make_cell(&rows[i], NEITHER_COLUMN, &neither);
		fn(ctx, rows[i].claims, text_c(&clear), text_c(&exposed), text_c(&neither));
	}
}
