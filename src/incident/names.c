#include "incident/inner.h"

const char *incident_level_name(enum incident_level level)
{
	static const char *const names[] = {[LEVEL_NORMAL] = "normal",
					    [LEVEL_HEIGHTENED] = "heightened",
					    [LEVEL_MAJOR] = "major_incident"};

	return names[level];
}

const char *incident_level_words(enum incident_level level)
{
	static const char *const words[] = {[LEVEL_NORMAL] = "Normal",
					    [LEVEL_HEIGHTENED] = "Heightened",
					    [LEVEL_MAJOR] = "Major incident"};

	return words[level];
}

const char *incident_happening_name(enum incident_happening what)
{
	static const char *const names[] = {
		[LEAD_OFFERED] = "offered",   [LEAD_HANDED_ON] = "handed_on",
		[LEAD_ACCEPTED] = "accepted", [LEAD_DECLINED] = "declined",
		[LEAD_DEFAULTED] = "fell_to", [LEAD_LAPSED] = "lapsed",
		[LEAD_REPLACED] = "replaced", [LEAD_OVER] = "over",
		[LEAD_ENDED] = "ended",	      [LEAD_VOID] = "void",
	};

	return names[what];
}

const char *incident_happening_words(enum incident_happening what)
{
	static const char *const words[] = {
		[LEAD_OFFERED] = "offered to",
		[LEAD_HANDED_ON] = "handed on, if accepted, to",
		[LEAD_ACCEPTED] = "accepted by",
		[LEAD_DECLINED] = "declined by",
		[LEAD_DEFAULTED] = "not accepted: fell to",
		[LEAD_LAPSED] = "not accepted in time by",
		[LEAD_REPLACED] = "offer replaced, to",
		[LEAD_OVER] = "time over, of",
		[LEAD_ENDED] = "ended, of",
		[LEAD_VOID] = "said too late, without effect, by",
	};

	return words[what];
}

const char *step_name(enum step_kind kind)
{
	static const char *const names[] = {[STEP_OFFER] = "mandate.offer",
					    [STEP_ACCEPT] = "mandate.accept",
					    [STEP_DECLINE] = "mandate.decline",
					    [STEP_HAND_OVER] = "mandate.hand_over",
					    [STEP_END] = "mandate.end"};

	return names[kind];
}
