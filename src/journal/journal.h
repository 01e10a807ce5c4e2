#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

/*
 * What people decided or claimed, in order: records that are numbered, chained by
 * hash and sealed by the site's key (doc/journal-format.md says exactly how, and
 * what that proves), and the bulk bytes that records cite by digest.  Promises:
 * a record is durable once store_commit() of its transaction returned; nothing
 * is ever altered or taken out except bulk by a record that says so; any byte
 * changed since is found and named.  Never knows what an act means: rooms above
 * define their kinds of act with the struct below, the room acts runs them.
 */

#include "base/arena.h"
#include "base/text.h"
#include "keys/keys.h"
#include "store/store.h"
#include "wire/wire.h"

struct journal;

enum {
	JOURNAL_TEXT_MAX = 1 << 20,   /* bytes of one record's text; larger things are bulk */
	JOURNAL_PART_BYTES = 1 << 20, /* bulk bytes per stored part, before zstd */
	JOURNAL_NAME_MAX = 256,	      /* bytes of act, post and user */
};

/* Bytes of one bulk object. */
#define JOURNAL_BULK_MAX ((uint64_t)4 << 30)

struct record {
	uint64_t number;    /* 1, 2, 3... in the chain of its site */
	struct str site;    /* 16 hex digits: site_id_of() the site's public key */
	int64_t stamped_ms; /* never less than the one before */
	struct str act;	    /* the kind's name, "org.import" */
	struct str post;    /* who acted */
	struct str user;    /* the operating system's name for the person; may be empty */
	struct str body;    /* canonical JSON object (RFC 8785) */
	struct hash prev;   /* of the record before; of record 1: BLAKE2b-256 of the public key */
	struct hash hash;   /* of the record's text */
	struct seal seal;
};

/* The tables of this room; of kind STORE_JOURNAL, which rebuild never clears. */
extern const struct store_table journal_tables[];

void journal_close(struct journal *j);
DEFINE_CLOSEP(struct journal, journal_close)
/*
 * The journal in store, which outlives it.  key: the site's, borrowed, or NULL to read
 * only.  ERR_DENIED when the store's own chain was begun by another key.  A store without
 * records is fine.  O(1): verifying is journal_verify().
 */
MUST_CHECK bool journal_open(struct store *store, const struct site_key *key, struct journal **ret,
			     struct err *err);
struct store *journal_store(const struct journal *j);

/*
 * Seal what (act, post, user, body, stamped_ms; the rest is ignored) and append it to the own
 * site's chain within txn, after whatever record is the last in the store at this moment. A
 * stamped_ms before the last record's is raised to it, so that time never runs
 * backwards in a chain.  *ret is the record as sealed; its strings borrow from what, its
 * site from j.  A member "bulk" of the body (a digest in hex, or an array of them) cites bulk,
 * which must be there.  ERR_DENIED without a key, ERR_INVALID (body not a canonical object, a name
 * empty, too long or not UTF-8), ERR_LIMIT past JOURNAL_TEXT_MAX, ERR_NOT_FOUND for bulk
 * that isn't there; what the store refuses.  Rolling txn back takes it out again.
 */
MUST_CHECK bool journal_append(struct journal *j, struct store_txn *txn, const struct record *what,
			       struct record *ret, struct err *err);

/* The last record's number and time in the own chain (0, 0 for none), and how many in all. */
struct journal_head {
	struct str site; /* empty when the journal has no chain yet and no key is held */
	uint64_t number;
	int64_t stamped_ms;
	struct hash hash; /* of the last record, or what record 1 will carry as prev */
};
MUST_CHECK bool journal_head(const struct journal *j, struct journal_head *ret, struct err *err);

/* Was it committed?  Who lost a commit's answer looks here before trying again.
 * *ret in arena; ERR_NOT_FOUND. */
MUST_CHECK bool journal_find_by_hash(const struct journal *j, const struct hash *hash,
				     struct arena *arena, struct record *ret, struct err *err);
MUST_CHECK bool journal_find(const struct journal *j, uint64_t number, struct arena *arena,
			     struct record *ret, struct err *err);

/* Records numbered from `from` and stamped up to until_ms; {1, INT64_MAX} is all. */
struct journal_range {
	uint64_t from;
	int64_t until_ms;
};
/*
 * fn(ctx, record, err) for each record of range, by (time, site, number); within a site that is the
 * order of numbers. The record lives until fn returns.  Stops at the first false.  fn may write
 * through a transaction of another store, or of this one in tables that are not the journal's.
 */
typedef bool journal_visit_fn(void *ctx, const struct record *record, struct err *err);
MUST_CHECK bool journal_each(const struct journal *j, struct journal_range range,
			     journal_visit_fn *fn, void *ctx, struct err *err);

/*
 * What came since somebody looked last, of every site, in whatever order it arrived.  fn as above,
 * by site and number; the mark moves past each record that fn took.  NULL for fn: to the end,
 * unread.
 */
struct journal_mark;
struct journal_mark *journal_mark_open(void);
struct journal_mark *journal_mark_copy(const struct journal_mark *mark);
void journal_mark_close(struct journal_mark *mark);
DEFINE_CLOSEP(struct journal_mark, journal_mark_close)
MUST_CHECK bool journal_news(const struct journal *j, struct journal_mark *mark,
			     journal_visit_fn *fn, void *ctx, struct err *err);

/* Read the text of a record as doc/journal-format.md defines it: *ret borrows from arena.
 * hash is filled, seal zeroed. ERR_INVALID says what is wrong. */
MUST_CHECK bool record_parse(struct str text, struct arena *arena, struct record *ret,
			     struct err *err);
/* The record's text, appended to *out: what is hashed, and what record_parse() reads. */
MUST_CHECK bool record_text(const struct record *r, struct text *out, struct err *err);
/* The record as one canonical JSON object with "hash" and "seal" added: to show or to send. */
MUST_CHECK bool record_export(const struct record *r, struct text *out, struct err *err);

/* Copy every record stamped up to until_ms, the sites' keys and the bulk cited, as they
 * are, into the empty journal of another store (for a state of the past).  Counts in *ret. */
MUST_CHECK bool journal_copy(const struct journal *from, int64_t until_ms, struct store_txn *to,
			     uint64_t *ret, struct err *err);

/* --- proof --- */

/*
 * One line of canonical JSON: site, public key, number, hash and time of the last record, sealed.
 * Kept outside the store it proves later that nothing up to that number was changed or cut off.
 * ERR_DENIED without a key.
 */
MUST_CHECK bool journal_checkpoint(const struct journal *j, int64_t now_ms, struct text *out,
				   struct err *err);

struct journal_report {
	uint64_t records; /* looked at */
	uint64_t bulk;	  /* bulk objects read and compared with their digest */
	uint64_t bulk_bytes;
	uint64_t pruned;    /* cited, and taken out by a record */
	uint64_t faults;    /* what is wrong, in all */
	uint64_t first_bad; /* number of the first record with a fault, 0 for none */
	struct text lines;  /* "record 17: the seal is not that of ..." LF, the first 20 faults */
};
void journal_report_free(struct journal_report *r);

struct journal_check {
	struct str checkpoint;	      /* empty for none */
	const struct public_key *key; /* the key that is known from elsewhere, or NULL */
	bool skip_bulk;		      /* don't read the bulk, only see that it is there */
	bool steady;		      /* the caller is within a snapshot or a transaction */
};
/*
 * Read everything and name what is wrong.  True when the check could be made: then
 * report->faults == 0 means the journal is whole.  report must be {0}; released with
 * journal_report_free().  ERR_INVALID for a checkpoint that isn't one.  O(journal).
 */
MUST_CHECK bool journal_verify(const struct journal *j, const struct journal_check *check,
			       struct journal_report *report, struct err *err);

/* --- bulk --- */

/*
 * Keep bytes under their digest, as zstd parts; those already there are not kept twice.
 * Within txn; cite *ret_digest in a record's body member "bulk".  O(bytes).
 */
MUST_CHECK bool journal_put_bulk(struct store_txn *txn, struct str bytes, struct hash *ret_digest,
				 struct err *err);
/*
 * The same in two steps: packed away from the store, by several threads, then put.  jobs are
 * independent: job 0 makes the digest, each other packs a part; all before journal_put_packed().
 */
struct journal_pack {
	struct str bytes;
	struct hash digest;
	struct text *parts; /* jobs - 1 of them */
	size_t jobs;
	bool failed;
};
void journal_pack_begin(struct str bytes, struct journal_pack *ret);
void journal_pack_job(struct journal_pack *p, size_t job);
void journal_pack_free(struct journal_pack *p);
MUST_CHECK bool journal_put_packed(struct store_txn *txn, const struct journal_pack *p,
				   struct err *err);
/* Append the bytes to *out, compared with the digest.  ERR_NOT_FOUND: never here, or pruned
 * (then the text names the record); ERR_CORRUPT; ERR_LIMIT past max_bytes.  On failure *out is as
 * before. */
MUST_CHECK bool journal_get_bulk(const struct journal *j, const struct hash *digest,
				 uint64_t max_bytes, struct text *out, struct err *err);
/*
 * The same in two steps: fetched from the store, then unpacked away from it, by several threads.
 * Parts are independent: each once, all before out is looked at, which is the bytes if, and only
 * if, journal_unpack_holds().  Fails as journal_get_bulk() does.
 */
struct journal_unpack {
	struct hash digest;
	struct text *packed; /* a part each */
	size_t parts;
	struct text out; /* padded */
	_Atomic bool failed;
};
MUST_CHECK bool journal_unpack_begin(const struct journal *j, const struct hash *digest,
				     uint64_t max_bytes, struct journal_unpack *ret,
				     struct err *err);
void journal_unpack_part(struct journal_unpack *u, size_t part);
MUST_CHECK bool journal_unpack_holds(const struct journal_unpack *u);
void journal_unpack_free(struct journal_unpack *u);
enum journal_bulk_state { BULK_ABSENT, BULK_HERE, BULK_PRUNED };
MUST_CHECK bool journal_bulk_look(const struct journal *j, const struct hash *digest,
				  enum journal_bulk_state *ret, uint64_t *ret_bytes,
				  struct err *err);

/* --- acts: defined by the rooms above, collected and run by the room acts --- */

/* Bulk that the caller has in hand, so that it isn't unpacked just after it was packed. */
struct act_bulk {
	struct hash digest;
	struct str bytes;
};

struct act_ctx {
	struct store *store;   /* to ask */
	struct store_txn *txn; /* to write; NULL in check */
	const struct journal
		*journal;	     /* where bulk is read from; on replay maybe another store's */
	const struct record *record; /* in check: number 0, hash and seal not set */
	struct json_value body;	     /* record->body, parsed */
	struct arena *arena;	     /* for the duration of this act */
	const struct act_bulk *held; /* held_n of them; NULL on replay */
	size_t held_n;
	void *memo;  /* check may leave here, in arena, what apply would compute again from record
		      * and bulk; NULL on replay, and the outcome must be the same */
	bool replay; /* a rebuild: bulk, which no rebuild restores, is left as it is */
	struct text *say; /* apply may add lines for the person who acted; NULL on replay */
};

/*
 * check: may this be said?  Run once, by the author's site, before the record is sealed; may
 * look at the world; writes nothing.  apply: make it so in the room's recorded tables; a pure
 * function of (record, bulk, recorded tables so far), so that a rebuild gives the same
 * rows: no clock, no chance, no environment, no local or derived table.
 */
struct act_kind {
	const char *name;				     /* "org.import"; as in record.act */
	const char *right;				     /* what the post must hold */
	const char *about;				     /* one line for listings */
	bool (*check)(struct act_ctx *ctx, struct err *err); /* NULL: nothing to check */
	bool (*apply)(struct act_ctx *ctx, struct err *err);
};

/* The bytes of bulk for an act: from ctx->held, else from the journal into the arena.
 * Fails as journal_get_bulk(). */
MUST_CHECK bool act_bulk_bytes(struct act_ctx *ctx, const struct hash *digest, struct str *ret,
			       struct err *err);

/* "journal.prune" {"bulk_pruned":[digest...],"reason":text}: takes bulk out of the store. */
extern const struct act_kind journal_acts[]; /* ended by a NULL name */

#endif
