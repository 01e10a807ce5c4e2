#include "directory/inner.h"

/*
 * Of each source only the statement that stands is kept for facts and things, every
 * statement for relationships, as theirs are dated.  source, taken, record, origin: who said
 * it and when; what a file says has record 0 and no origin, so that importing it again, here
 * or elsewhere, changes nothing.
 */
const struct store_table directory_tables[] = {
	{"directory_service", STORE_RECORDED,
	 SQL("CREATE TABLE directory_service (nation TEXT NOT NULL, name TEXT NOT NULL,"
	     " PRIMARY KEY (nation));"),
	 NULL},
	{"directory_fact", STORE_RECORDED,
	 SQL("CREATE TABLE directory_fact (org TEXT NOT NULL, fact TEXT NOT NULL,"
	     " source TEXT NOT NULL, weight INTEGER NOT NULL, value TEXT NOT NULL,"
	     " taken INTEGER NOT NULL, record INTEGER NOT NULL, origin TEXT NOT NULL,"
	     " PRIMARY KEY (org, fact, source)) WITHOUT ROWID;"),
	 NULL},
	{"directory_org", STORE_RECORDED,
	 SQL("CREATE TABLE directory_org (code TEXT NOT NULL, name TEXT NOT NULL,"
	     " role TEXT NOT NULL, status TEXT NOT NULL, opened TEXT NOT NULL,"
	     " closed TEXT NOT NULL, postcode TEXT NOT NULL, expected_devices INTEGER,"
	     " patients INTEGER, staff INTEGER, workstations INTEGER, servers INTEGER,"
	     " medical INTEGER, network INTEGER, mobile INTEGER, others INTEGER,"
	     " PRIMARY KEY (code)) WITHOUT ROWID;"),
	 NULL},
	{"directory_relation", STORE_RECORDED,
	 SQL("CREATE TABLE directory_relation (org TEXT NOT NULL, kind TEXT NOT NULL,"
	     " target TEXT NOT NULL, start TEXT NOT NULL, source TEXT NOT NULL,"
	     " taken INTEGER NOT NULL, record INTEGER NOT NULL, origin TEXT NOT NULL,"
	     " ended TEXT NOT NULL, weight INTEGER NOT NULL, sole INTEGER NOT NULL,"
	     " PRIMARY KEY (org, kind, target, start, source, taken, record, origin)) WITHOUT "
	     "ROWID;"
	     "CREATE INDEX directory_relation_target ON directory_relation (target);"
	     "CREATE INDEX directory_relation_succeeded ON directory_relation (org)"
	     " WHERE kind = 'succeeded_by';"),
	 NULL},
	/* The record that changed the rows above last, and how many times it did: by which a
	 * picture of them is known to be of now. */
	{"directory_mark", STORE_LOCAL,
	 SQL("CREATE TABLE directory_mark (one INTEGER NOT NULL, record TEXT NOT NULL,"
	     " times INTEGER NOT NULL, PRIMARY KEY (one));"),
	 NULL},
	{"directory_site", STORE_RECORDED,
	 SQL("CREATE TABLE directory_site (site TEXT NOT NULL, org TEXT NOT NULL,"
	     " name TEXT NOT NULL, postcode TEXT NOT NULL, opened TEXT NOT NULL,"
	     " closed TEXT NOT NULL, source TEXT NOT NULL, taken INTEGER NOT NULL,"
	     " record INTEGER NOT NULL, origin TEXT NOT NULL, PRIMARY KEY (site));"
	     "CREATE INDEX directory_site_org ON directory_site (org);"),
	 NULL},
	{"directory_contact", STORE_RECORDED,
	 SQL("CREATE TABLE directory_contact (org TEXT NOT NULL, post TEXT NOT NULL,"
	     " name TEXT NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL,"
	     " out_of_band TEXT NOT NULL, confirmed TEXT NOT NULL, source TEXT NOT NULL,"
	     " taken INTEGER NOT NULL, record INTEGER NOT NULL, origin TEXT NOT NULL,"
	     " PRIMARY KEY (org, post));"),
	 NULL},
	{"directory_confirmation", STORE_RECORDED,
	 SQL("CREATE TABLE directory_confirmation (org TEXT NOT NULL, post TEXT NOT NULL,"
	     " confirmed INTEGER NOT NULL, PRIMARY KEY (org, post));"),
	 NULL},
	{"directory_person", STORE_RECORDED,
	 SQL("CREATE TABLE directory_person (person TEXT NOT NULL, name TEXT NOT NULL,"
	     " email TEXT NOT NULL, phone TEXT NOT NULL, source TEXT NOT NULL,"
	     " taken INTEGER NOT NULL, record INTEGER NOT NULL, origin TEXT NOT NULL,"
	     " PRIMARY KEY (person));"),
	 NULL},
	{"directory_post", STORE_RECORDED,
	 SQL("CREATE TABLE directory_post (post TEXT NOT NULL, kind TEXT NOT NULL,"
	     " org TEXT NOT NULL, title TEXT NOT NULL, made TEXT NOT NULL,"
	     " source TEXT NOT NULL, taken INTEGER NOT NULL, record INTEGER NOT NULL,"
	     " origin TEXT NOT NULL, PRIMARY KEY (post));"
	     "CREATE INDEX directory_post_org ON directory_post (org);"),
	 NULL},
	{"directory_post_end", STORE_RECORDED,
	 SQL("CREATE TABLE directory_post_end (post TEXT NOT NULL, ended INTEGER NOT NULL,"
	     " PRIMARY KEY (post));"),
	 NULL},
	{"directory_holding", STORE_RECORDED,
	 SQL("CREATE TABLE directory_holding (post TEXT NOT NULL, person TEXT NOT NULL,"
	     " start TEXT NOT NULL, ended TEXT NOT NULL, source TEXT NOT NULL,"
	     " taken INTEGER NOT NULL, record INTEGER NOT NULL, origin TEXT NOT NULL,"
	     " PRIMARY KEY (post, person, start));"),
	 NULL},
	{"directory_proposal", STORE_RECORDED,
	 SQL("CREATE TABLE directory_proposal (org TEXT NOT NULL, origin TEXT NOT NULL,"
	     " record INTEGER NOT NULL, post TEXT NOT NULL, os_user TEXT NOT NULL,"
	     " said INTEGER NOT NULL, devices INTEGER, workstations INTEGER, servers INTEGER,"
	     " medical INTEGER, network INTEGER, mobile INTEGER, others INTEGER,"
	     " PRIMARY KEY (org, origin, record));"),
	 NULL},
	{"directory_proposal_end", STORE_RECORDED,
	 SQL("CREATE TABLE directory_proposal_end (org TEXT NOT NULL, origin TEXT NOT NULL,"
	     " record INTEGER NOT NULL, approved INTEGER NOT NULL, post TEXT NOT NULL,"
	     " said INTEGER NOT NULL, why TEXT NOT NULL, PRIMARY KEY (org, origin, record));"),
	 NULL},
	{"directory_import", STORE_RECORDED,
	 SQL("CREATE TABLE directory_import (origin TEXT NOT NULL, record INTEGER NOT NULL,"
	     " format TEXT NOT NULL, source TEXT NOT NULL, file TEXT NOT NULL,"
	     " taken INTEGER NOT NULL, received INTEGER NOT NULL, digest TEXT NOT NULL,"
	     " bytes INTEGER NOT NULL, accepted INTEGER NOT NULL, skipped INTEGER NOT NULL,"
	     " refused INTEGER NOT NULL, added INTEGER NOT NULL, changed INTEGER NOT NULL,"
	     " unchanged INTEGER NOT NULL, closed INTEGER NOT NULL,"
	     " PRIMARY KEY (origin, record));"
	     "CREATE INDEX directory_import_digest ON directory_import (digest);"),
	 NULL},
	{"directory_delegation", STORE_RECORDED,
	 SQL("CREATE TABLE directory_delegation (org TEXT NOT NULL, target TEXT NOT NULL,"
	     " is_post INTEGER NOT NULL, origin TEXT NOT NULL, record INTEGER NOT NULL,"
	     " said INTEGER NOT NULL, post TEXT NOT NULL, gives INTEGER NOT NULL,"
	     " services TEXT NOT NULL, start INTEGER NOT NULL, ended INTEGER,"
	     " PRIMARY KEY (org, target, is_post, origin, record));"
	     "CREATE INDEX directory_delegation_target ON directory_delegation (target);"),
	 NULL},
	{"directory_delegation_end", STORE_RECORDED,
	 SQL("CREATE TABLE directory_delegation_end (org TEXT NOT NULL, target TEXT NOT NULL,"
	     " is_post INTEGER NOT NULL, origin TEXT NOT NULL, record INTEGER NOT NULL,"
	     " said INTEGER NOT NULL, ended INTEGER NOT NULL,"
	     " PRIMARY KEY (org, target, is_post, origin, record));"),
	 NULL},
	{"directory_oversight", STORE_RECORDED,
	 SQL("CREATE TABLE directory_oversight (org TEXT NOT NULL, duty TEXT NOT NULL,"
	     " body TEXT NOT NULL, origin TEXT NOT NULL, record INTEGER NOT NULL,"
	     " said INTEGER NOT NULL, leads INTEGER NOT NULL, start INTEGER NOT NULL,"
	     " ended INTEGER, PRIMARY KEY (org, duty, body, origin, record));"),
	 NULL},
	{"directory_oversight_end", STORE_RECORDED,
	 SQL("CREATE TABLE directory_oversight_end (org TEXT NOT NULL, duty TEXT NOT NULL,"
	     " body TEXT NOT NULL, origin TEXT NOT NULL, record INTEGER NOT NULL,"
	     " said INTEGER NOT NULL, ended INTEGER NOT NULL,"
	     " PRIMARY KEY (org, duty, body, origin, record));"),
	 NULL},
	{"directory_disclosure", STORE_RECORDED,
	 SQL("CREATE TABLE directory_disclosure (org TEXT NOT NULL, origin TEXT NOT NULL,"
	     " record INTEGER NOT NULL, post TEXT NOT NULL, os_user TEXT NOT NULL,"
	     " purpose TEXT NOT NULL, opened INTEGER NOT NULL,"
	     " PRIMARY KEY (org, origin, record));"),
	 NULL},
	{0},
};
