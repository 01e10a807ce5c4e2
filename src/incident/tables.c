#include "incident/inner.h"

/* Every record is a row as it was said; what follows from them is worked out when asked. */
const struct store_table incident_tables[] = {
	{"incident_step", STORE_RECORDED,
	 SQL("CREATE TABLE incident_step (origin TEXT NOT NULL, record INTEGER NOT NULL,"
	     " said INTEGER NOT NULL, act TEXT NOT NULL, post TEXT NOT NULL,"
	     " target TEXT NOT NULL, authority TEXT NOT NULL, successor TEXT NOT NULL,"
	     " why TEXT NOT NULL, until INTEGER, accept_by INTEGER, offer_origin TEXT NOT NULL,"
	     " offer_record INTEGER NOT NULL, PRIMARY KEY (origin, record));"),
	 NULL},
	{"incident_posture", STORE_RECORDED,
	 SQL("CREATE TABLE incident_posture (origin TEXT NOT NULL, record INTEGER NOT NULL,"
	     " said INTEGER NOT NULL, post TEXT NOT NULL, level TEXT NOT NULL,"
	     " why TEXT NOT NULL, until INTEGER, exercise TEXT NOT NULL,"
	     " PRIMARY KEY (origin, record));"),
	 NULL},
	{0},
};
