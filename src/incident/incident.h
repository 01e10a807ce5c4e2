#ifndef INCIDENT_INCIDENT_H
#define INCIDENT_INCIDENT_H

/*
 * Who leads, by which authority and until when, and how tense the times are.  The lead is offered
 * to a post, which accepts; until then whoever led leads on, and where nobody accepts in time the
 * successor that was named does.  Promises: who leads at a moment is a function of the set of
 * records and that moment alone: what time ends needs no record to be seen, and the order in which
 * records arrive changes nothing.  Never knows alerts or devices, asks nobody, sends nothing, and
 * never changes a row but through its acts.
 */

#include "directory/directory.h"

extern const struct store_table incident_tables[]; /* ended by a NULL name */
/*
 * The acts, all of them about the whole service.  Times are RFC 3339; members in [] may be absent.
 * An offer is named by its record: {site, number}.
 *	mandate.offer	  post, authority, until [, accept_by, successor]: successor needs accept_by
 *	mandate.accept	  offer; mandate.decline offer [, reason]: the post it was made to
 *	mandate.hand_over to, reason: who leads offers the rest of the mandate to another
 *	mandate.end	  reason: who leads or commands; where nobody leads, what is offered goes
 *	posture.set	  level, reason [, until, exercise]: who leads or commands; exercise is a
 *name
 */
extern const struct act_kind incident_acts[]; /* ended by a NULL name */

enum { INCIDENT_TEXT_MAX = 400, INCIDENT_DAYS_MAX = 366 };

enum incident_level { LEVEL_NORMAL, LEVEL_HEIGHTENED, LEVEL_MAJOR };
const char *incident_level_name(enum incident_level level);  /* "major_incident", as in records */
const char *incident_level_words(enum incident_level level); /* "Major incident", for people */

/* A post, and how to reach who holds it: without the computers that may be down. */
struct incident_person {
	struct str post, title, org;
	struct str holder; /* names, parted by ", "; empty where the service keeps no persons */
	/* The out-of-band number of the organisation's contact for this post or for its kind; else
	 * that contact's or the holder's telephone; may be empty. */
	struct str number;
};
struct incident_offer {
	struct incident_person to;
	struct str by, authority, reason; /* by: the post that offered */
	struct str successor;		  /* a post; empty: whoever leads leads on */
	struct str site;
	uint64_t record; /* at site */
	int64_t said_ms, accept_by_ms, until_ms;
	bool hand_over;
};
struct incident_lead {
	struct incident_person who;
	struct str authority;
	int64_t since_ms, until_ms;
	bool in_default; /* as the successor, since nobody accepted */
};
struct incident_posture {
	enum incident_level level;
	struct str by, reason;
	struct str exercise;	   /* its name; empty: it is in earnest */
	int64_t said_ms, until_ms; /* until DIRECTORY_NO_DATE: until another is set */
};
struct incident_now {
	struct incident_posture posture; /* said_ms DIRECTORY_NO_DATE: nobody has said; normal */
	bool led, offered;
	struct incident_lead lead;   /* if led */
	struct incident_offer offer; /* if offered */
};
/* At view->at_ms.  Strings live in view->arena.  O(records of the lead and of levels). */
MUST_CHECK bool incident_now(const struct directory_view *view, struct incident_now *ret,
			     struct err *err);

/* What happened to the lead up to view->at_ms, by time. */
enum incident_happening {
	LEAD_OFFERED,
	LEAD_HANDED_ON, /* offered by who led */
	LEAD_ACCEPTED,
	LEAD_DECLINED,
	LEAD_DEFAULTED, /* nobody accepted: post is the successor that leads */
	LEAD_LAPSED,	/* an offer that nobody accepted, without a successor */
	LEAD_REPLACED,	/* an offer, by a later one */
	LEAD_OVER,	/* its time was over, or the post's */
	LEAD_ENDED,
	LEAD_VOID, /* said when it was no longer so: without effect */
};
const char *incident_happening_name(enum incident_happening what);  /* "handed_on" */
const char *incident_happening_words(enum incident_happening what); /* before the post */
struct incident_event {
	int64_t at_ms;
	enum incident_happening what;
	struct str post;	   /* whom it concerns */
	struct str by;		   /* who said it; empty: time did it */
	struct str authority, why; /* may be empty */
	int64_t until_ms;	   /* of an offer or of a lead that begins; else NO_DATE */
};
ARENA_LIST(incident_events, struct incident_event);
MUST_CHECK bool incident_history(const struct directory_view *view, struct incident_events *ret,
				 struct err *err);
/* Every level that was set up to view->at_ms, the latest first. */
ARENA_LIST(incident_postures, struct incident_posture);
MUST_CHECK bool incident_postures(const struct directory_view *view, struct incident_postures *ret,
				  struct err *err);

#endif
