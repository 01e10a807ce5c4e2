#include "acts/kinds.h"

#include "access/access.h"
#include "acts/acts.h"
#include "alerts/alerts.h"
#include "directory/directory.h"
#include "estate/estate.h"
#include "incident/incident.h"
#include "intel/intel.h"
#include "notify/notify.h"
#include "oidc/oidc.h"
#include "once/once.h"

const struct act_kind *const acts_kinds[] = {
	journal_acts, directory_acts, intel_acts, estate_acts, alerts_acts, incident_acts, NULL,
};

const struct store_table *const acts_tables[] = {
	store_tables, journal_tables, directory_tables, intel_tables,  estate_tables, access_tables,
	oidc_tables,  alerts_tables,  incident_tables,	notify_tables, once_tables,   NULL,
};
