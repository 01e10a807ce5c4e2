#include "notify/inner.h"

/*
 * All local: how this machine told people.
 *
 * A notice is one thing to tell one recipient: its key is the record that gave the cause, what kind
 * of thing it is, and whom it goes to (a digest of duties has its day for a record).  A message is
 * what goes out: the notices for one recipient that came within a window, numbered per recipient.
 * reach says for each organisation that an alert asks how many of its notices are open, and
 * whether what came of them is recorded.
 */
const struct store_table notify_tables[] = {
	{"notify_setting", STORE_LOCAL,
	 SQL("CREATE TABLE notify_setting (name TEXT NOT NULL, value BLOB NOT NULL,"
	     " PRIMARY KEY (name));"),
	 NULL},
	{"notify_hook", STORE_LOCAL,
	 SQL("CREATE TABLE notify_hook (name TEXT NOT NULL, url TEXT NOT NULL, post TEXT NOT NULL,"
	     " ca TEXT NOT NULL, internal INTEGER NOT NULL, sealed BLOB NOT NULL,"
	     " made INTEGER NOT NULL, PRIMARY KEY (name));"),
	 NULL},
	{"notify_cursor", STORE_LOCAL,
	 SQL("CREATE TABLE notify_cursor (site TEXT NOT NULL, number INTEGER NOT NULL,"
	     " PRIMARY KEY (site));"),
	 NULL},
	{"notify_notice", STORE_LOCAL,
	 SQL("CREATE TABLE notify_notice (site TEXT NOT NULL, record INTEGER NOT NULL,"
	     " kind INTEGER NOT NULL, alert TEXT NOT NULL, channel TEXT NOT NULL,"
	     " recipient TEXT NOT NULL, due INTEGER NOT NULL, orgs TEXT NOT NULL,"
	     " made INTEGER NOT NULL, message INTEGER NOT NULL,"
	     " PRIMARY KEY (site, record, kind, alert, channel, recipient));"
	     "CREATE INDEX notify_notice_message ON notify_notice (channel, recipient, message);"
	     "CREATE INDEX notify_notice_open ON notify_notice (message, channel, recipient);"),
	 NULL},
	{"notify_recipient", STORE_LOCAL,
	 SQL("CREATE TABLE notify_recipient (channel TEXT NOT NULL, recipient TEXT NOT NULL,"
	     " number INTEGER NOT NULL, made INTEGER NOT NULL, PRIMARY KEY (channel, recipient));"),
	 NULL},
	{"notify_message", STORE_LOCAL,
	 SQL("CREATE TABLE notify_message (channel TEXT NOT NULL, recipient TEXT NOT NULL,"
	     " number INTEGER NOT NULL, state INTEGER NOT NULL, made INTEGER NOT NULL,"
	     " next INTEGER NOT NULL, attempts INTEGER NOT NULL, ended INTEGER NOT NULL,"
	     " said TEXT NOT NULL, PRIMARY KEY (channel, recipient, number));"
	     "CREATE INDEX notify_message_next ON notify_message (state, next);"),
	 NULL},
	{"notify_reach", STORE_LOCAL,
	 SQL("CREATE TABLE notify_reach (site TEXT NOT NULL, record INTEGER NOT NULL,"
	     " org TEXT NOT NULL, alert TEXT NOT NULL, asked INTEGER NOT NULL,"
	     " open INTEGER NOT NULL, state INTEGER NOT NULL, channel TEXT NOT NULL,"
	     " at INTEGER NOT NULL, PRIMARY KEY (site, record, org));"
	     "CREATE INDEX notify_reach_state ON notify_reach (state, alert);"
	     "CREATE INDEX notify_reach_alert ON notify_reach (alert, state);"),
	 NULL},
	{"notify_invitation", STORE_LOCAL,
	 SQL("CREATE TABLE notify_invitation (recipient TEXT NOT NULL, number INTEGER NOT NULL,"
	     " sealed BLOB NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (recipient, number));"),
	 NULL},
	{0},
};
