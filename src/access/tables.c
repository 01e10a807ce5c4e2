#include "access/inner.h"

/*
 * All local: this machine's own, which no journal holds.  Nothing here lets anybody in: tokens are
 * kept as hashes, TOTP secrets sealed by a key that follows from the site's.  person is a number of
 * chance; an identity of a single sign-on service (issuer, subject) will be a table beside these.
 */
const struct store_table access_tables[] = {
	{"access_person", STORE_LOCAL,
	 SQL("CREATE TABLE access_person (person INTEGER NOT NULL, folded TEXT NOT NULL,"
	     " email TEXT NOT NULL, name TEXT NOT NULL, state INTEGER NOT NULL,"
	     " made INTEGER NOT NULL, signed_in INTEGER NOT NULL, password TEXT NOT NULL,"
	     " password_long INTEGER NOT NULL, password_set INTEGER NOT NULL,"
	     " PRIMARY KEY (person));"
	     "CREATE UNIQUE INDEX access_person_folded ON access_person (folded);"),
	 NULL},
	{"access_holding", STORE_LOCAL,
	 SQL("CREATE TABLE access_holding (person INTEGER NOT NULL, post TEXT NOT NULL,"
	     " PRIMARY KEY (person, post));"),
	 NULL},
	{"access_second", STORE_LOCAL,
	 SQL("CREATE TABLE access_second (person INTEGER NOT NULL, confirmed INTEGER NOT NULL,"
	     " sealed BLOB NOT NULL, step INTEGER NOT NULL, PRIMARY KEY (person, confirmed));"),
	 NULL},
	{"access_recovery", STORE_LOCAL,
	 SQL("CREATE TABLE access_recovery (person INTEGER NOT NULL, code BLOB NOT NULL,"
	     " PRIMARY KEY (person, code));"),
	 NULL},
	{"access_link", STORE_LOCAL,
	 SQL("CREATE TABLE access_link (link BLOB NOT NULL, person INTEGER NOT NULL,"
	     " kind INTEGER NOT NULL, made INTEGER NOT NULL, until INTEGER NOT NULL,"
	     " PRIMARY KEY (link));"
	     "CREATE INDEX access_link_person ON access_link (person);"),
	 NULL},
	{"access_session", STORE_LOCAL,
	 SQL("CREATE TABLE access_session (session BLOB NOT NULL, person INTEGER NOT NULL,"
	     " post TEXT NOT NULL, made INTEGER NOT NULL, seen INTEGER NOT NULL,"
	     " address TEXT NOT NULL, agent TEXT NOT NULL, PRIMARY KEY (session));"
	     "CREATE INDEX access_session_person ON access_session (person);"),
	 NULL},
	{"access_token", STORE_LOCAL,
	 SQL("CREATE TABLE access_token (token BLOB NOT NULL, person INTEGER NOT NULL,"
	     " name TEXT NOT NULL, scope INTEGER NOT NULL, org TEXT NOT NULL,"
	     " post TEXT NOT NULL, made INTEGER NOT NULL, until INTEGER NOT NULL,"
	     " used INTEGER NOT NULL, PRIMARY KEY (token));"
	     "CREATE INDEX access_token_person ON access_token (person);"),
	 NULL},
	{"access_bucket", STORE_LOCAL,
	 SQL("CREATE TABLE access_bucket (kind INTEGER NOT NULL, slot INTEGER NOT NULL,"
	     " filled INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (kind, slot));"),
	 NULL},
	{0},
};
