#ifndef WEB_BODY_H
#define WEB_BODY_H

/*
 * Inner door: what a request brings.  The body is read while it comes: forms into pairs, files of
 * forms and every other body into memory up to SPOOL_MEMORY bytes and from there on into a file
 * without a name, so that no upload is ever kept in memory.  The outcome never depends on how the
 * bytes were cut.
 */

#include "web/gate.h"

enum { SPOOL_MEMORY = 1 << 20, FORM_MOST = 1 << 20, FILES_MOST = 64, PART_HEAD_MOST = 4096 };

/* Bytes that go to a file when they are many. */
struct spool {
	const char *folder; /* where the file is made */
	struct text memory; /* all, or what is not in the file yet */
	int fd;		    /* -1 */
	uint64_t written;
	struct str map;
};
/* False: *ret says why. */
bool spool_add(struct spool *s, struct str piece, struct gate_refusal *ret);
bool spool_end(struct spool *s, struct gate_refusal *ret);
struct str spool_bytes(const struct spool *s);
void spool_free(struct spool *s);

enum part_state {
	PART_DATA,
	PART_AFTER,
	PART_AFTER_LF,
	PART_AFTER_DASH,
	PART_HEAD,
	PART_EPILOGUE,
};

/* multipart/form-data (RFC 7578, RFC 2046 5.1), pushed. */
struct multipart {
	struct arena *arena;
	const char *folder;
	struct gate_refusal refusal;
	struct web_pairs *form;
	struct web_uploads files;
	struct spool *spools; /* FILES_MOST, one for each of files */

	enum part_state state;
	struct str delimiter; /* CRLF "--" boundary */
	size_t matched;	      /* bytes of it */
	bool begun, is_file;
	struct text head, value; /* of the part */
	struct str name;
	size_t memory, form_cap, files_cap;
};
/* False: there is no boundary. */
bool multipart_begin(struct multipart *m, struct web_request *req, struct str type);
bool multipart_add(struct multipart *m, struct str piece);
bool multipart_end(struct multipart *m);
void multipart_free(struct multipart *m);

struct body {
	struct web_request *req;
	struct gate_refusal refusal;
	enum { BODY_NONE, BODY_FORM, BODY_MULTIPART, BODY_RAW } kind;
	struct spool raw;
	struct multipart parts;
};

/* The head of req is through; folder outlives the body; raw: not even a form is read as one. False:
 * b->refusal says why, as below. */
bool body_begin(struct body *b, struct web_request *req, const char *folder, bool raw);
bool body_add(struct body *b, struct str piece);
/* It is whole: req->form, files and body are filled. */
bool body_end(struct body *b);
/* What req's handler saw goes with it. */
void body_free(struct body *b);

#endif
