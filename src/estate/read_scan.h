#ifndef ESTATE_READ_SCAN_H
#define ESTATE_READ_SCAN_H

/*
 * What the readers of scanners share: machines looked at from outside.  Such a
 * look proves what it saw, never that nothing else is there: the list of
 * software stays incomplete, a guess at the system is a name and no more.
 */

#include "base/table.h"
#include "estate/read_json.h"

enum { SCAN_CPES_MAX = 16 };

struct scan {
	struct rows *r;
	const struct read_member *m;
	struct arena *host;	  /* memory of the host being read, cleared by its reader */
	struct intern *addresses; /* numbers are places in r->aliases */
	VEC_OF(bool) addressed;	  /* by device: an address of it is known */
	size_t hosts;
	struct intern *said; /* findings for the notes, and of how many hosts */
	VEC_OF(uint32_t) said_of;
};
void scan_init(struct scan *s, struct rows *r, const struct read_member *m);
void scan_release(struct scan *s);

/* The device of a host: called by its name, else by its address; a second host of the same name
 * by its address.  --device names the only one. */
MUST_CHECK bool scan_device(struct scan *s, struct str name, struct str address, uint32_t *ret,
			    struct err *err);
/* A text without control characters and doubled blanks, cut where we stop reading; in s->host. */
struct str scan_clean(struct scan *s, struct str text);
/* The version in what a banner says; empty when that is a range or a guess ("2.4.X", "3.X - 4.X",
 * "7.2 or later"), for a version that is not one would be compared as if it were. */
struct str scan_version(struct str said);
/* A name of part a or h as our readers state it, a version that is a guess left out; empty when it
 * is of a system or cannot be read.  *ret_versioned: it says a version. */
struct str scan_cpe(struct scan *s, struct str stated, bool *ret_versioned);

struct scan_service {
	struct str product, version, cpe[SCAN_CPES_MAX]; /* as the scanner says */
	size_t n;
};
/* Software behind a port, or nothing when it does not say what. */
MUST_CHECK bool scan_put_service(struct scan *s, uint32_t device, const struct scan_service *v,
				 struct err *err);

struct scan_system {
	struct str name, version, cpe;
	bool sure; /* the machine's own word, or as good as that; else the name is a guess */
};
/* Only what nobody was surer about before. */
MUST_CHECK bool scan_put_system(struct scan *s, uint32_t device, const struct scan_system *v,
				struct err *err);
/* What an SMB server says of itself ("Windows 7 Professional 7601 Service Pack 1"; lan manager
 * "Windows 7 Professional 6.1").  False when that is no Windows whose build we know. */
bool scan_windows(struct scan *s, struct str said, struct scan_system *ret);
/* The version in "Samba 4.3.11-Ubuntu"; empty when it is no Samba. */
struct str scan_samba(struct str said);
MUST_CHECK bool scan_put_samba(struct scan *s, uint32_t device, struct str version,
			       struct err *err);

/* Does a list of what the server speaks hold SMBv1?  "On" from anywhere wins. */
void scan_put_smb1(struct scan *s, uint32_t device, bool spoken);
/* A finding is told to the person, never taken as evidence. */
void scan_note(struct scan *s, struct str finding);
/* Lines of what was noted into r->notes. */
void scan_tell(struct scan *s);
/* "2022-03-23T15:07:52Z", "Wed Mar 23 15:07:52 2022", "Jan 5, 2021 10:24:08 MST", "2013/7/1 11:33":
 * a zone that is only named, or not at all, is taken as UTC.  0 when it is none of these. */
int64_t scan_time(struct str said);
/* The earliest moment of the file stands for all: what was seen then is as old as that. */
void scan_taken(struct scan *s, int64_t ms);

#endif
