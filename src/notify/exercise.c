#include "notify/inner.h"

/* What belongs to an exercise says so, wherever it goes: by the posture of the moment it came of,
 * so that a message that is tried again later, or a feed that is read later, says the same. */

bool exercises_of(const struct alerts_view *view, struct incident_postures *ret, struct err *err)
{
	const struct directory_view directory = {view->store, view->arena, view->at_ms};

	return incident_postures(&directory, ret, err);
}

struct str exercise_at(const struct incident_postures *all, int64_t at_ms)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct incident_posture *p = &all->v[i];

		if (p->said_ms > at_ms)
			continue;
		if (p->until_ms != DIRECTORY_NO_DATE && p->until_ms <= at_ms)
			return (struct str){0};
		return p->exercise;
	}
	return (struct str){0};
}
