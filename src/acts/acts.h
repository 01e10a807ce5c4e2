#ifndef ACTS_ACTS_H
#define ACTS_ACTS_H

/*
 * The only way to change anything.  acts collects the kinds of act and the
 * tables that the rooms below define, and runs each act in one order: is the
 * kind known, may this post do it here, the room's own check, record sealed and
 * appended, the room's apply, all in one transaction.  Web, command line and a
 * bundle from another site come through here, so they cannot differ in what
 * they permit.  It never knows what an act means and keeps nothing of its own.
 */

#include "base/clock.h"
#include "journal/journal.h"

/* Every room's tables, for store_open(). */
extern const struct store_table *const acts_tables[];

/* An open service: store, journal, key, and the post that acts through it. */
struct acts;

enum acts_mode {
	ACTS_READ,    /* to look: the site's key isn't opened */
	ACTS_WRITE,   /* to act */
	ACTS_REBUILD, /* to acts_rebuild(): recorded tables may be of another version's shape */
};

struct acts_config {
	const char *path; /* of the store */
	enum acts_mode mode;
	const struct clock *clock; /* borrowed */
	struct str post;	   /* who acts; empty takes the post that init made */
	struct str user;	   /* the operating system's name for the person */
	struct acts *within; /* the same service, open already in this thread and for longer, is
			      * used where it serves the mode; NULL: none */
};

void acts_close(struct acts *a);
DEFINE_CLOSEP(struct acts, acts_close)
/*
 * Open the service at config->path.  ERR_NOT_FOUND with a hint to init when there is none;
 * else what store, keys and journal say.
 */
MUST_CHECK bool acts_open(const struct acts_config *config, struct acts **ret, struct err *err);

/* What init needs to know. */
struct acts_founding {
	struct str service; /* the service's name, for people */
	struct str nation;  /* code of the organisation that leads, e.g. "X26" */
};
/*
 * A new store and a new site key beside it, and record 1, "service.init": the leading
 * organisation and its first post.  ERR_EXISTS when either file is there; on failure
 * neither is left.
 */
MUST_CHECK bool acts_found(const struct acts_config *config, const struct acts_founding *founding,
			   struct acts **ret, struct err *err);

struct store *acts_store(struct acts *a);
struct journal *acts_journal(struct acts *a);
int64_t acts_now_ms(const struct acts *a);
/* The service's name as the first record has it, in arena; "Lynchpin" where that says none. */
MUST_CHECK bool acts_service_name(struct acts *a, struct arena *arena, struct str *ret,
				  struct err *err);

struct act_request {
	const char *act;	     /* kind's name */
	struct str body;	     /* canonical JSON object; a member "org" names the scope */
	const struct act_bulk *held; /* bulk the body cites, already put */
	size_t held_n;
	void *memo;	  /* what the kind's check would leave, when the caller has it already */
	struct text *say; /* lines for the person, or NULL */
};

/*
 * Several acts that stand or fall together.  acts_do() outside of begin and
 * commit is a transaction of its own.
 */
MUST_CHECK bool acts_begin(struct acts *a, struct err *err);
MUST_CHECK bool acts_commit(struct acts *a, struct err *err);
void acts_rollback(struct acts *a);
/* Within begin and commit only. */
struct store_txn *acts_txn(struct acts *a); /* for local tables that change with an act */
MUST_CHECK bool acts_put_bulk(struct acts *a, struct str bytes, struct hash *ret, struct err *err);
MUST_CHECK bool acts_put_packed(struct acts *a, const struct journal_pack *p, struct err *err);

/*
 * Do one act.  ERR_USAGE unknown kind; ERR_DENIED when the post may not; else what
 * check, journal or apply say.  On failure nothing is recorded; within begin and
 * commit the caller rolls back.  *ret_number (may be NULL) is the record's number.
 */
MUST_CHECK bool acts_do(struct acts *a, const struct act_request *request, uint64_t *ret_number,
			struct err *err);

/*
 * Acts that don't wait for each other, in one commit.  One that is refused leaves nothing and
 * hinders none.  told(), of each in the order submitted, is called once the commit has returned:
 * refused NULL is done and durable; else why not, which is the same for all when the store failed.
 * Until then nobody knows anything: a crash before leaves none of them.  A commit whose answer was
 * lost (ERR_IO of a server) may be done all the same: look for the record's hash before trying
 * again.
 */
struct act_told {
	uint64_t number; /* of the record; 0: there would have been none */
	struct hash hash;
	const struct err *refused;
};
struct acts_submission {
	struct act_request request; /* body is copied; the rest is borrowed until told().  Bulk that
				     * is held is put by the queue. */
	struct str post, user;	    /* who acts; copied; empty: as the service was opened */
	void (*told)(void *ctx, const struct act_told *told); /* or NULL */
	void *ctx;
};
void acts_submit(struct acts *a, const struct acts_submission *submission);
size_t acts_waiting(const struct acts *a);
/* Not within begin and commit.  False when none was done; all were told so, and none waits. */
MUST_CHECK bool acts_flush(struct acts *a, struct err *err);

struct acts_rebuilt {
	uint64_t records, applied;
};
/*
 * Drop every recorded and derived row and make them again from the journal, in
 * one transaction.  A record of an unknown kind fails it (ERR_VERSION).
 */
MUST_CHECK bool acts_rebuild(struct acts *a, struct acts_rebuilt *ret, struct err *err);
/* The state of a moment: the journal up to until_ms, replayed into a new store at path. */
MUST_CHECK bool acts_rebuild_until(struct acts *a, int64_t until_ms, const char *path,
				   struct acts_rebuilt *ret, struct err *err);

/* fn for each kind of act, in the rooms' order. */
void acts_each_kind(void (*fn)(void *ctx, const struct act_kind *kind), void *ctx);

#endif
