#ifndef TESTS_ALERTS_WORLD_H
#define TESTS_ALERTS_WORLD_H

/* A small service whose posts do what their rights permit, for the tests of the room alerts. */

#include "world.h"

#include "alerts/alerts.h"
#include "base/mem.h"

/*
 * 2017-05-12 09:00 UTC, a Friday.  Nation X26; regions R1, R2; trusts T1, T9 (R1), T2 (R2);
 * ICB Q1 in R1 with practices P1, P2, P3 beneath it; supplier S1.  Posts: national-lead, analyst
 * (national-analyst), r1-lead, t1-lead (security-lead), t1-siro, p1-lead, s1-resp (responder), each
 * held by somebody of its own.  The packs' clocks, ladders and holidays are adopted.
 */
int world_open(void **state);
int world_close(void **state);
/* For tests of rooms above, before any world is opened: these tables in place of those below. */
void world_with(const struct store_table *const *of_rooms_above);

/* body: JSON, with ' for "; need not be canonical. */
bool world_try(struct world *w, const char *post, const char *act, const char *body,
	       struct err *err);
void world_do(struct world *w, const char *post, const char *act, const char *body);
/* It must be refused so: the code, and words of the line. */
void world_refuses(struct world *w, const char *post, const char *act, const char *body,
		   const char *words);
bool world_adopt(struct world *w, const char *what, struct str bytes, struct err *err);
/* An inventory in the CSV template. */
void world_inventory(struct world *w, const char *org, const char *csv);
/* The same as a file that says itself what it is. */
void world_take_in(struct world *w, const char *org, const char *csv);
/* A feed of intelligence. */
void world_feed(struct world *w, const char *name, const char *bytes);
void world_at(struct world *w, const char *stamp);
struct alerts_view world_view(const struct world *w);
struct alert world_alert(struct world *w, const char *id);
/* A drafted revision is approved by the national lead and published by the analyst. */
void world_release(struct world *w, const char *id, int revision);
/* Draft and release an alert of high severity; rest: its about, audience and outcomes. */
void world_issue(struct world *w, const char *id, const char *rest);
/* To everybody; about CVE-2017-0144. */
void world_publish(struct world *w, const char *id);
/* Clear the recorded tables, replay the journal, and compare. */
void world_rebuild_same(struct world *w);
/* How many rows that a query counts. */
int64_t world_count(struct world *w, struct sql sql);
/* A file of the folder pack/. */
void world_pack(const char *name, struct text *to);

/* --- evidence --- */

#define VULN(id, product, end)                                                                     \
	"{\"cve\":{\"id\":\"" id "\",\"sourceIdentifier\":\"nvd@nist.gov\",\"published\":"         \
	"\"2017-03-17T00:59:00.000\",\"lastModified\":\"2017-03-17T00:59:00.000\",\"vulnStatus\":" \
	"\"Analyzed\",\"descriptions\":[{\"lang\":\"en\",\"value\":\"x\"}],\"metrics\":{},"        \
	"\"configurations\":[{\"nodes\":[{\"operator\":\"OR\",\"negate\":false,\"cpeMatch\":["     \
	"{\"vulnerable\":true,\"criteria\":\"cpe:2.3:a:acme:" product ":*:*:*:*:*:*:*:*\","        \
	"\"versionEndExcluding\":\"" end "\",\"matchCriteriaId\":\"A\"}]}]}]}}"
#define FEED(stamp, vulns)                                                                         \
	"{\"format\":\"NVD_CVE\",\"version\":\"2.0\",\"resultsPerPage\":1,\"startIndex\":0,"       \
	"\"totalResults\":1,\"timestamp\":\"" stamp "\",\"vulnerabilities\":[" vulns "]}"

#define HEAD "device,class,os,os_version,publisher,name,version,cpe\n"
#define PC(id, version)                                                                            \
	id ",workstation,Linux,5,Acme,Widget," version ",cpe:2.3:a:acme:widget:" version           \
	   ":*:*:*:*:*:*:*\n"

/* Bring the derived tables up to the journal. */
void world_advance(struct world *w, struct alerts_advanced *ret);
void world_derive(struct world *w);
/* Their rows as text. */
void world_derived(struct world *w, struct text *to);
/* Derived again from nothing, every byte is the same. */
void world_derives_same(struct world *w);
/* To everybody; about: its member of that name, for ' for ". */
void world_alert_about(struct world *w, const char *id, const char *about);
/* CC-2017-0001, to everybody: a widget before 2.0 is exposed to CVE-2017-0001. */
void world_widget_alert(struct world *w);

/* The groups of the other files: how many tests failed. */
int alerts_evidence_run(void);
int alerts_answer_run(void);
int alerts_rules_run(void);
int alerts_trend_run(void);

#endif
