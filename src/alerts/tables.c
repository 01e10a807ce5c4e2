#include "alerts/alerts.h"

/*
 * Recorded: what was said of alerts, each row under the record that said it.  Derived: what the
 * inventories show, by the runner of advance.c alone.
 *
 * Evidence is kept sparsely.  alerts_cover holds for an organisation the spans in which what was
 * seen is enough to speak for it; alerts_evidence holds only where an alert finds something
 * exposed or unknown in it, or concerns some classes of device alone.  course is how the counts
 * of a row went (course.c): history costs no row of its own.
 *
 * What belongs to an organisation has its code first in its key, so that it can lie with the
 * organisation (doc/scale.md); who asks about an alert has an index.
 */
const struct store_table alerts_tables[] = {
	{"alerts_revision", STORE_RECORDED,
	 SQL("CREATE TABLE alerts_revision (alert TEXT NOT NULL, revision INTEGER NOT NULL,"
	     " weight TEXT NOT NULL, content TEXT NOT NULL, author TEXT NOT NULL,"
	     " drafted INTEGER NOT NULL, approver TEXT NOT NULL, approved INTEGER NOT NULL,"
	     " publisher TEXT NOT NULL, published INTEGER NOT NULL, elapsed INTEGER NOT NULL,"
	     " acknowledge INTEGER NOT NULL, renew INTEGER NOT NULL, remediate INTEGER NOT NULL,"
	     " site TEXT NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (alert, revision));"),
	 NULL},
	{"alerts_end", STORE_RECORDED,
	 SQL("CREATE TABLE alerts_end (alert TEXT NOT NULL, kind TEXT NOT NULL,"
	     " at INTEGER NOT NULL, post TEXT NOT NULL, why TEXT NOT NULL,"
	     " site TEXT NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (alert));"),
	 NULL},
	{"alerts_member", STORE_RECORDED,
	 SQL("CREATE TABLE alerts_member (alert TEXT NOT NULL, org TEXT NOT NULL,"
	     " joined INTEGER NOT NULL, gone INTEGER NOT NULL, PRIMARY KEY (org, alert));"
	     "CREATE INDEX alerts_member_alert ON alerts_member (alert, org);"
	     "CREATE INDEX alerts_member_now ON alerts_member (alert, gone);"),
	 NULL},
	{"alerts_claim", STORE_RECORDED,
	 SQL("CREATE TABLE alerts_claim (alert TEXT NOT NULL, org TEXT NOT NULL,"
	     " at INTEGER NOT NULL, site TEXT NOT NULL, record INTEGER NOT NULL,"
	     " kind TEXT NOT NULL, post TEXT NOT NULL, devices TEXT NOT NULL,"
	     " until INTEGER NOT NULL, promised INTEGER NOT NULL, supplier TEXT NOT NULL,"
	     " note TEXT NOT NULL, opinion TEXT NOT NULL, controls TEXT NOT NULL,"
	     " PRIMARY KEY (org, alert, at, site, record));"
	     "CREATE INDEX alerts_claim_alert ON alerts_claim (alert, org, at, site, record);"
	     "CREATE INDEX alerts_claim_supplier ON alerts_claim (supplier, alert, at)"
	     " WHERE supplier <> '';"),
	 NULL},
	{"alerts_decision", STORE_RECORDED,
	 SQL("CREATE TABLE alerts_decision (alert TEXT NOT NULL, org TEXT NOT NULL,"
	     " claim_site TEXT NOT NULL, claim_record INTEGER NOT NULL, at INTEGER NOT NULL,"
	     " approved INTEGER NOT NULL, post TEXT NOT NULL, why TEXT NOT NULL,"
	     " PRIMARY KEY (org, alert, claim_site, claim_record));"
	     "CREATE INDEX alerts_decision_alert ON alerts_decision (alert);"),
	 NULL},
	{"alerts_delivery", STORE_RECORDED,
	 SQL("CREATE TABLE alerts_delivery (alert TEXT NOT NULL, org TEXT NOT NULL,"
	     " at INTEGER NOT NULL, site TEXT NOT NULL, record INTEGER NOT NULL,"
	     " channel TEXT NOT NULL, delivered INTEGER NOT NULL,"
	     " PRIMARY KEY (org, alert, at, site, record));"
	     "CREATE INDEX alerts_delivery_alert ON alerts_delivery (alert, org, at);"),
	 NULL},
	{"alerts_supply", STORE_RECORDED,
	 SQL("CREATE TABLE alerts_supply (alert TEXT NOT NULL, supplier TEXT NOT NULL,"
	     " at INTEGER NOT NULL, site TEXT NOT NULL, record INTEGER NOT NULL,"
	     " kind TEXT NOT NULL, post TEXT NOT NULL, promised INTEGER NOT NULL,"
	     " reference TEXT NOT NULL, note TEXT NOT NULL,"
	     " PRIMARY KEY (alert, supplier, at, site, record));"),
	 NULL},
	{"alerts_escalation", STORE_RECORDED,
	 SQL("CREATE TABLE alerts_escalation (alert TEXT NOT NULL, org TEXT NOT NULL,"
	     " ordinal INTEGER NOT NULL, step INTEGER NOT NULL, at INTEGER NOT NULL,"
	     " recipient TEXT NOT NULL, site TEXT NOT NULL, record INTEGER NOT NULL,"
	     " PRIMARY KEY (org, alert, ordinal, step));"
	     "CREATE INDEX alerts_escalation_alert ON alerts_escalation (alert, org, ordinal,"
	     " step);"),
	 NULL},
	{"alerts_chase", STORE_RECORDED,
	 SQL("CREATE TABLE alerts_chase (alert TEXT NOT NULL, org TEXT NOT NULL,"
	     " at INTEGER NOT NULL, site TEXT NOT NULL, record INTEGER NOT NULL,"
	     " raised INTEGER NOT NULL, post TEXT NOT NULL, note TEXT NOT NULL,"
	     " PRIMARY KEY (org, alert, at, site, record));"
	     "CREATE INDEX alerts_chase_alert ON alerts_chase (alert, org, at);"),
	 NULL},
	{"alerts_rules", STORE_RECORDED,
	 SQL("CREATE TABLE alerts_rules (what TEXT NOT NULL, name TEXT NOT NULL,"
	     " digest TEXT NOT NULL, at INTEGER NOT NULL, site TEXT NOT NULL,"
	     " record INTEGER NOT NULL, PRIMARY KEY (what));"),
	 NULL},
	{"alerts_clock", STORE_RECORDED,
	 SQL("CREATE TABLE alerts_clock (severity TEXT NOT NULL, elapsed INTEGER NOT NULL,"
	     " acknowledge INTEGER NOT NULL, renew INTEGER NOT NULL, remediate INTEGER NOT NULL,"
	     " PRIMARY KEY (severity));"),
	 NULL},
	{"alerts_ladder", STORE_RECORDED,
	 SQL("CREATE TABLE alerts_ladder (role TEXT NOT NULL, step INTEGER NOT NULL,"
	     " after_ms INTEGER NOT NULL, recipient TEXT NOT NULL, PRIMARY KEY (role, step));"),
	 NULL},
	{"alerts_holiday", STORE_RECORDED,
	 SQL("CREATE TABLE alerts_holiday (area TEXT NOT NULL, day INTEGER NOT NULL,"
	     " name TEXT NOT NULL, PRIMARY KEY (area, day));"),
	 NULL},
	{"alerts_zone", STORE_RECORDED,
	 SQL("CREATE TABLE alerts_zone (name TEXT NOT NULL, offset_minutes INTEGER NOT NULL,"
	     " eu_summer_time INTEGER NOT NULL, PRIMARY KEY (name));"),
	 NULL},
	{"alerts_cover", STORE_DERIVED,
	 SQL("CREATE TABLE alerts_cover (org TEXT NOT NULL, from_ms INTEGER NOT NULL,"
	     " last_ms INTEGER NOT NULL, known_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,"
	     " devices INTEGER NOT NULL, covered INTEGER NOT NULL, expected INTEGER NOT NULL,"
	     " site TEXT NOT NULL, record INTEGER NOT NULL, newest_known INTEGER NOT NULL,"
	     " newest_site TEXT NOT NULL, newest_record INTEGER NOT NULL,"
	     " course BLOB NOT NULL, PRIMARY KEY (org, from_ms));"),
	 NULL},
	{"alerts_evidence", STORE_DERIVED,
	 SQL("CREATE TABLE alerts_evidence (alert TEXT NOT NULL, org TEXT NOT NULL,"
	     " from_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, known_ms INTEGER NOT NULL,"
	     " until_ms INTEGER NOT NULL, ends_ms INTEGER NOT NULL, exposed INTEGER NOT NULL,"
	     " oldest_ms INTEGER NOT NULL, newest_ms INTEGER NOT NULL,"
	     " unknown INTEGER NOT NULL, devices INTEGER NOT NULL, covered INTEGER NOT NULL,"
	     " expected INTEGER NOT NULL, site TEXT NOT NULL, record INTEGER NOT NULL,"
	     " newest_known INTEGER NOT NULL, newest_site TEXT NOT NULL,"
	     " newest_record INTEGER NOT NULL,"
	     " list BLOB NOT NULL, course BLOB NOT NULL, PRIMARY KEY (org, alert, from_ms));"
	     "CREATE INDEX alerts_evidence_alert ON alerts_evidence (alert, org, from_ms);"),
	 NULL},
	{"alerts_estate", STORE_DERIVED,
	 SQL("CREATE TABLE alerts_estate (org TEXT NOT NULL, deliveries INTEGER NOT NULL,"
	     " inputs TEXT NOT NULL, expected TEXT NOT NULL, PRIMARY KEY (org));"),
	 NULL},
	{"alerts_judged", STORE_DERIVED,
	 SQL("CREATE TABLE alerts_judged (alert TEXT NOT NULL, basis TEXT NOT NULL,"
	     " PRIMARY KEY (alert));"),
	 NULL},
	/* shape: of the tables above.  Where it is another the store makes them anew, this one too,
	 * and without a cursor everything is derived again. */
	{"alerts_cursor", STORE_DERIVED,
	 SQL("CREATE TABLE alerts_cursor (site TEXT NOT NULL, number INTEGER NOT NULL,"
	     " shape INTEGER NOT NULL DEFAULT 3, PRIMARY KEY (site));"),
	 NULL},
	{0},
};
