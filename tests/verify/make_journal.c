/*
 * Makes a small journal for the independent verifier: make_journal STORE.  Bodies hold what
 * canonical JSON is hard about; one bulk is cited, one pruned.  Prints a checkpoint.
 */
#include "base/err.h"
#include "journal/journal.h"

static const struct store_table *const tables[] = {journal_tables, NULL};

static struct record said;

static bool say(struct journal *j, const char *act, const char *body, struct store_txn *txn,
		struct err *err)
{
	static int64_t now_ms = 1494575040123;
	const struct record what = {.act = str_of(act),
				    .post = STR("national-lead"),
				    .user = STR("zo\xc3\xab"),
				    .body = str_of(body),
				    .stamped_ms = now_ms};

	now_ms += 1001;
	return journal_append(j, txn, &what, &said, err);
}

static bool say_bulk(struct journal *j, const char *member, struct str bytes, struct store_txn *txn,
		     struct err *err)
{
	AUTO(text_freep) struct text body = {0};
	char hex[HASH_HEX_BYTES];
	struct hash h;

	if (!journal_put_bulk(txn, bytes, &h, err))
		return false;
	text_addf(&body, "{\"%s\":[\"%s\"],\"reason\":\"test\"}", member, hash_hex(&h, hex).p);
	return say(j, "feed.import", text_c(&body), txn, err);
}

static bool prune(struct journal *j, struct str bytes, struct store_txn *txn, struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	AUTO(text_freep) struct text body = {0};
	struct hash h = hash_of(bytes);
	char hex[HASH_HEX_BYTES];
	struct act_ctx ctx = {.store = journal_store(j), .txn = txn, .journal = j};

	text_addf(&body, "{\"bulk_pruned\":[\"%s\"],\"reason\":\"old\"}", hash_hex(&h, hex).p);
	ctx.record = &said;
	return say(j, "journal.prune", text_c(&body), txn, err) &&
	       json_parse(doc, text_str(&body), 0, &ctx.body, err) &&
	       journal_acts[0].apply(&ctx, err);
}

static bool fill(struct journal *j, struct store_txn *txn, struct err *err)
{
	static const char *const bodies[] = {
		"{}",
		"{\"n\":[0,-1,1.5,1e+21,1e-7,0.000001,100000000000000000000,123456.789,5e-324]}",
		"{\"2\":\"\\u0000\\b\\t\\n\\f\\r\\\"\\\\/\x7f\",\"\xe2\x82\xac\":2}",
		"{\"\":\"\",\"10\":1,\"2\":2}",
		"{\"deep\":[[[[{\"x\":null}]]]],\"\xf0\x9f\x98\x80\":true,\"\xef\xac\xb3\":false}",
	};
	AUTO(text_freep) struct text large = {0};

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		if (!say(j, "test.say", bodies[i], txn, err))
			return false;
	}
	for (int i = 0; i < 200000; i++)
		text_addf(&large, "line %d\n", i);
	return say_bulk(j, "bulk", text_str(&large), txn, err) &&
	       say_bulk(j, "bulk", STR("small"), txn, err) &&
	       say_bulk(j, "bulk", (struct str){0}, txn, err) && prune(j, STR("small"), txn, err);
}

static bool make(const char *path, struct text *checkpoint, struct err *err)
{
	const struct store_config config = {.path = path, .mode = STORE_CREATE, .tables = tables};
	AUTO(store_closep) struct store *s = NULL;
	AUTO(site_key_closep) struct site_key *key = NULL;
	AUTO(journal_closep) struct journal *j = NULL;
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	AUTO(text_freep) struct text key_path = {0};

	site_key_path(path, &key_path);
	return store_open(&config, &s, err) && site_key_create(text_c(&key_path), &key, err) &&
	       journal_open(s, key, &j, err) && store_begin(s, &txn, err) && fill(j, txn, err) &&
	       store_commit(&txn, err) && journal_checkpoint(j, 1494580000000, checkpoint, err);
}

int main(int argc, char **argv)
{
	AUTO(text_freep) struct text checkpoint = {0};
	struct err err = {0};

	if (argc != 2 || !make(argv[1], &checkpoint, &err)) {
		fprintf(stderr, "make_journal: %s\n", err.text);
		return 1;
	}
	puts(text_c(&checkpoint));
	return 0;
}
