#include "evidence/evidence.h"

static const char *const kinds[CLAIM_KINDS] = {
	[CLAIM_ACKNOWLEDGED] = "acknowledged",
	[CLAIM_APPLICABLE] = "applicable",
	[CLAIM_IN_PROGRESS] = "in_progress",
	[CLAIM_BLOCKED] = "blocked",
	[CLAIM_HELP] = "help",
	[CLAIM_NOT_APPLICABLE] = "not_applicable",
	[CLAIM_FIXED] = "fixed",
	[CLAIM_MITIGATED] = "mitigated",
	[CLAIM_EXCEPTED] = "excepted",
	[CLAIM_ATTESTED] = "attested",
};

static const struct {
	const char *name, *words;
} states[OBLIGATION_STATES] = {
	[OBLIGATION_EVIDENCE_DIFFERS] = {"evidence_differs", "evidence differs"},
	[OBLIGATION_EXPOSED_UNANSWERED] = {"exposed_unanswered", "exposed, unanswered"},
	[OBLIGATION_EXPOSED] = {"exposed", "exposed"},
	[OBLIGATION_UNPROVEN] = {"unproven", "unproven"},
	[OBLIGATION_UNKNOWN_UNANSWERED] = {"unknown_unanswered", "unknown, unanswered"},
	[OBLIGATION_UNKNOWN] = {"unknown", "unknown"},
	[OBLIGATION_CLEAR_UNANSWERED] = {"clear_unanswered", "clear, unanswered"},
	[OBLIGATION_EXCEPTED] = {"excepted", "excepted"},
	[OBLIGATION_MITIGATED] = {"mitigated", "mitigated"},
	[OBLIGATION_ATTESTED] = {"attested", "attested"},
	[OBLIGATION_CLEAR] = {"clear", "clear"},
	[OBLIGATION_VERIFIED_NOT_APPLICABLE] = {"verified_not_applicable",
						"verified not applicable"},
	[OBLIGATION_VERIFIED] = {"verified", "verified"},
};

const char *claim_kind_name(enum claim_kind kind)
{
	return kinds[kind];
}

bool claim_kind_by_name(struct str name, enum claim_kind *ret)
{
	for (unsigned i = 0; i < CLAIM_KINDS; i++)
		if (str_is(name, kinds[i]))
			return *ret = (enum claim_kind)i, true;
	return false;
}

const char *obligation_state_name(enum obligation_state state)
{
	return states[state].name;
}

const char *obligation_state_words(enum obligation_state state)
{
	return states[state].words;
}
