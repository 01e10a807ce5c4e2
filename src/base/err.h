#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * One failed step: a code that says what a caller may do about it, and one line
 * for a person.  Never allocates.  A function that can fail returns bool (or a
 * pointer) and takes struct err * last; on success err is untouched.
 */

#include "base/def.h"

enum err_code {
	ERR_NONE = 0,
	ERR_INVALID,	 /* the input is not what it should be */
	ERR_NOT_FOUND,	 /* no such thing */
	ERR_EXISTS,	 /* there already */
	ERR_DENIED,	 /* this post may not do this */
	ERR_CONFLICT,	 /* somebody else was first; try again */
	ERR_LIMIT,	 /* larger or deeper than we accept */
	ERR_IO,		 /* the system refused a read or a write */
	ERR_FULL,	 /* no space left */
	ERR_CORRUPT,	 /* what we stored is not what we find */
	ERR_VERSION,	 /* made by a newer Lynchpin */
	ERR_UNSUPPORTED, /* well-formed, but a kind we don't read */
	ERR_USAGE,	 /* the command line is wrong */
};

enum { ERR_TEXT_BYTES = 512 };

struct err {
	enum err_code code;
	unsigned hint; /* where in text the hint begins; 0: there is none */
	char text[ERR_TEXT_BYTES];
};

/* Set *err and return false, so that "return err_set(err, ...)" reads well.
 * Control characters in the text are shown as '?': a message is one line. */
bool err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* After err_set(): go on with what a person at a command line can do about it, "; lynchpin ...
 * lists them".  It stands in text like the rest; who speaks to people that have no command line
 * leaves it out (err_said()).  Returns false: return err_set(err, ...) || err_hint(err, ...). */
bool err_hint(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* How many bytes of text stand before its hint: all, where it has none. */
size_t err_said(const struct err *err);

/* Put "context: " before what *err says; the code stays.  Returns false. */
bool err_wrap(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* err_set() with ": " and the text of errno; ENOSPC and EDQUOT become ERR_FULL. */
bool err_errno(struct err *err, int errnum, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* A code's name as scripts see it: "not_found", "denied"...  Static. */
const char *err_code_name(enum err_code code);

#endif
