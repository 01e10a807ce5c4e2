#ifndef JOURNAL_INNER_H
#define JOURNAL_INNER_H

/* What the files of this room share.  Never leaves the folder. */

#include "base/clock.h"
#include "base/fault.h"
#include "base/mem.h"
#include "base/table.h"
#include "journal/journal.h"

struct journal {
	struct store *store;
	const struct site_key *key; /* NULL: read only */
	struct json_doc *doc;	    /* for one record's text at a time */
	struct site_id site;	    /* of the key, else of the store's own chain, else empty */
	struct hash root;	    /* what record 1 of that chain carries as prev */
};

struct parsed_record {
	struct record r;
	struct json_value body; /* lives until its doc parses again */
};
/* As record_parse(), with a parser that is kept. */
MUST_CHECK bool record_parse_with(struct json_doc *doc, struct str text, struct arena *arena,
				  struct parsed_record *ret, struct err *err);

/* A row of journal_record in the order site, number, stamped_ms, hash, seal, text: parsed, and
 * compared with its hash.  ERR_CORRUPT names the record. */
#define RECORD_COLUMNS "site, number, stamped_ms, hash, seal, text"
MUST_CHECK bool record_of_row(const struct journal *j, struct store_query *q, struct arena *arena,
			      struct record *ret, struct err *err);

/* fn for the record of every such row that the query gives. */
MUST_CHECK bool records_visit(const struct journal *j, struct store_query *q, journal_visit_fn *fn,
			      void *ctx, struct err *err);

/* The digests that a body cites in "bulk" (or that member): fn for each; what isn't a digest
 * is ERR_INVALID. */
MUST_CHECK bool body_digests(struct json_value body, const char *member,
			     bool (*fn)(void *ctx, const struct hash *digest, struct err *err),
			     void *ctx, struct err *err);

/* What the seal of a record signs: a title, so that no other thing we sign can pass for it,
 * and the hash. */
enum { RECORD_SEALED_BYTES = 18 + HASH_BYTES };
struct str record_sealed(const struct hash *hash, char buf[RECORD_SEALED_BYTES]);

struct checkpoint {
	struct str site;
	struct public_key key;
	uint64_t number;
	struct hash hash;
};
/* ERR_INVALID when it is not a checkpoint or its seal does not hold. */
MUST_CHECK bool checkpoint_parse(struct str text, struct arena *arena, struct checkpoint *ret,
				 struct err *err);

struct hash root_of(const struct public_key *key);

#endif
