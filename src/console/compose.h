#ifndef CONSOLE_COMPOSE_H
#define CONSOLE_COMPOSE_H

/* Inner door: what the pages put together on which an alert is written, and the lead passes on. */

#include "console/alerts.h"
#include "incident/incident.h"

struct compose_view {
	const struct frame *frame;
	struct fault fault;
	struct str alert; /* empty: a new one */
	struct str title, text, cves, query, orgs, except, remediate_by;
	uint64_t base;
	bool everyone, minor;
	struct options_view severities, tlps, roles, regions, outcomes;
};

struct preview_view {
	const struct frame *frame;
	struct alert alert;
	struct alert_preview p;
	unsigned unknown_percent; /* of the devices that are inventoried */
	struct grid orgs;
};

struct lead_view {
	const struct frame *frame;
	struct fault fault;
	struct str said, since, until, accept_by;
	struct incident_now now;
	bool readable, mine, offered_to_me, may_offer, may_set;
	struct options_view posts;
	struct grid history, postures;
};

#endif
